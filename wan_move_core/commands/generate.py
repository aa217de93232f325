"""``wan-move generate``: videos from pictures and trajectories with the published model, without ComfyUI."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path

from ..errors import WanMoveError
from ..generate.arguments import add_arguments, seed_of, settings_of
from ..generate.cases import Case, beside, leading_away, read_case_list
from ..generate.resume import finished_or_damaged
from ..generate.settings import RunSettings, require_sound
from ..generate.sidefile import SideFile, read_side_file, side_path
from ..generate.takes.plan import Varied, check_count, parse_varied, take_path
from ..video import H264_SUFFIXES
from ._inputs import note, say
from .cases import SEVERAL
from .cases.lead import with_lead
from .cases.loras import with_loras
from .cases.options import MODELS, given, require_agreeing, require_list_alone, require_repeatable, without_effect
from .cases.run import outlives, run_cases

SUMMARY = "make videos with the model, without ComfyUI, on one GPU or several"

EPILOG = (
    """\
examples:
  wan-move generate --ckpt-dir Wan-Move-14B-480P --image a.jpg --tracks a.npy --prompt "..." -o a.mp4
  wan-move generate --ckpt-dir Wan-Move-14B-480P --memory 16g --list cases.jsonl -o results/
  torchrun --nproc_per_node=8 -m wan_move_core.cli generate --ulysses_size 8 --dit_fsdp --t5_fsdp ...
  torchrun --nproc_per_node=8 --max-restarts=8 -m wan_move_core.cli generate --list cases.jsonl -o results/ ...
  wan-move generate --ckpt-dir Wan-Move-14B-480P --image a.jpg --tracks a.json --prompt "..." --lead draft -o a.mp4
  wan-move generate --repeat a.mp4.json -o again.mp4
  wan-move generate --ckpt-dir Wan-Move-14B-480P --image a.jpg --tracks a.npy --prompt "..." -o a.mp4 --takes 8
  wan-move generate ... -o a.mp4 --takes 2 --vary strength=0.7,0.85,1
  wan-move generate ... -o a.mp4 --vary lead=off,draft
  wan-move generate ... -o a.mp4 --lora few_steps.safetensors --lora-start 2 --steps 6 --shift 5 --guidance 1

A list file has one JSON object per line: {"image": "a.jpg", "tracks": "a.npy", "prompt": "..."}, also "lead": "draft"
or a clip; paths are relative to it. Clips that are there already, intact and made by the same run, are not made again:
start the same command after an interruption, also without a seed (what was drawn is kept beside the clips). Clips that
are not this run's are left and told; those that another run on the folder is making are left to it. Beside every clip
lies NAME.json with all that is needed to repeat it.

LoRAs go on the network as they lie (names of kohya, ComfyUI, diffusers, peft, and of wan-move extract-lora), in every
precision and preset; FILE:0.6 gives a strength, FILE:1:0 one for each of two experts. A list's case may have its own:
"lora": "a.safetensors:0.6", a list of such, or "off". Not tried on real weights.

"""
    + SEVERAL
    + """
--takes N makes A_take1.mp4, A_take2.mp4 ... with other seeds, measures how each follows its tracks and how still the
rest stays, and ranks them with pictures in A_takes.html (with --list: takes.html). All are kept; more takes, or the
same command after an interruption, make and measure only what is missing.
"""
)

__all__ = ["EPILOG", "SUMMARY", "add_arguments", "run"]


def run(args: argparse.Namespace) -> int:
    if args.eval_bench:
        raise WanMoveError(
            where="Generate / --eval_bench", what="MoveBench has a command of its own", fix="use wan-move bench"
        )
    varied = _varied(args)
    if (ended := outlives(args)) is not None:
        return ended
    settings, cases, expected = _request(args)
    for case in cases:
        _check_case(case)
    is_finished = finished_or_damaged(lambda line: say(args, line))
    if args.takes is not None:
        from .takes.run import run_takes

        return run_takes(args, settings, cases, varied, is_finished, lambda given: _begun(args, given))
    return run_cases(args, settings, cases, expected, is_finished, lambda given: _begun(args, given))


def _varied(args: argparse.Namespace) -> Varied:
    """What the takes differ in; ``--vary`` alone is one take of each value. Raises: WanMoveError."""
    varied = parse_varied(args.vary)
    if varied.name and args.takes is None:
        args.takes = 1
    if args.takes is None:
        return varied
    for option, value in (("--repeat", args.repeat), ("--noise", args.noise)):
        if value:
            raise WanMoveError(
                where=f"Generate / {option}",
                what=f"{option} beside --takes, which are to differ",
                fix="give one of them",
            )
    check_count(args.takes, varied)
    return varied


def _begun(args: argparse.Namespace, cases: list[Case]) -> AbstractContextManager[list[Case]]:
    return _with_seed_kept(args, cases) if args.list and args.seed == -1 else nullcontext(cases)


@contextmanager
def _with_seed_kept(args: argparse.Namespace, cases: list[Case]) -> Iterator[list[Case]]:
    """``cases`` with the list's one seed, which is recorded beside the clips."""
    from ..generate.seeds import kept_seed

    folder = args.output or "."
    with kept_seed(args.drawn_seed, args.list, folder) as seed:
        if seed != args.drawn_seed:
            say(args, f"Seed {seed}, which another run has drawn")
            cases = _with_options(args, read_case_list(args.list, seed, folder))
        yield cases


def _with_options(args: argparse.Namespace, cases: list[Case]) -> list[Case]:
    """``cases`` with what the options say for those that say nothing of it themselves."""
    return with_loras(args, with_lead(args, cases))


def _request(args: argparse.Namespace) -> tuple[RunSettings, list[Case], SideFile | None]:
    """Settings and cases from the options; and the side file that is repeated, if one is."""
    if args.repeat:
        return _repeated(args)
    settings = settings_of(args)
    require_agreeing(args)
    if args.list:
        require_list_alone(args)
        _require_folder(args.output)
        from ..generate.seeds import list_seed

        seed, origin = list_seed(args.seed, args.list, args.output or ".")
        args.drawn_seed = seed
        if origin != "given":
            say(args, f"Seed {seed}" + (", as in the earlier start" if origin == "kept" else ""))
        listed = read_case_list(args.list, seed, args.output or ".")
        cases = _with_options(args, listed)
        _tell_without_effect(args, cases, listed)
        return settings, cases, None
    for name in ("image", "prompt"):
        if not getattr(args, name):
            raise WanMoveError(where=f"Generate / --{name}", what="missing", fix="give it, or use --list or --repeat")
    seed = _one_seed(args)
    case = Case(
        index=0,
        image=args.image,
        prompt=args.prompt,
        output=args.output or f"{Path(args.image).stem}{'' if args.takes else f'_{seed}'}.mp4",
        seed=seed,
        tracks=args.tracks,
        visibility=args.visibility,
        image_embeds=args.image_embeds,
        noise=args.noise,
    )
    cases = _with_options(args, [case])
    _tell_without_effect(args, cases, [])
    return settings, cases, None


def _tell_without_effect(args: argparse.Namespace, cases: list[Case], listed: list[Case]) -> None:
    for line in without_effect(args, cases, listed):
        say(args, f"Note: {line}")


def _require_folder(output: str | None) -> None:
    if output and Path(output).suffix.lower() in H264_SUFFIXES and not Path(output).is_dir():
        raise WanMoveError(
            where="Generate / --output",
            what=f"{Path(output).name} is a clip's name, the clips of a list go into a folder",
            fix="give a folder",
        )


def _one_seed(args: argparse.Namespace) -> int:
    """The seed of the only clip; where none is given, that of the clip which is there already, else a drawn one."""
    if args.seed != -1:
        return seed_of(args.seed)
    there = args.output
    if args.takes is not None:
        there = take_path(args.output or f"{Path(args.image).stem}.mp4", 1)
    if there and not args.overwrite and side_path(there).is_file():
        with suppress(WanMoveError):
            seed = read_side_file(side_path(there)).case.seed
            say(args, f"Seed {seed}, as of the clip that is there")
            return seed
    seed = seed_of(-1)
    say(args, f"Seed {seed}")
    return seed


def _repeated(args: argparse.Namespace) -> tuple[RunSettings, list[Case], SideFile]:
    path = Path(args.repeat)
    require_repeatable(args)
    side = read_side_file(path)
    named = {MODELS[option]: getattr(args, option) for option in MODELS if getattr(args, option, None)}
    models = {part: getattr(side.settings, part) for part in MODELS.values()}
    _warn_of_paths(path, {**side.case.inputs(), **{part: file for part, file in models.items() if part not in named}})
    placed = {name: getattr(args, name) for name in ("vae_tiling", "offload_model") if name in given(args)}
    settings = dataclasses.replace(side.settings, **named, **placed, memory=args.memory, t5_cpu=args.t5_cpu)
    case = dataclasses.replace(beside(side.case, path.parent), output=args.output or str(_again(path)))
    return require_sound(settings), [case], side


def _again(path: Path) -> Path:
    """``a.mp4.json`` -> ``a_again.mp4`` beside it. Where the clip goes is never taken from what the file says."""
    clip = path.with_suffix("") if path.suffix.lower() == ".json" else path
    ending = clip.suffix.lower() if clip.suffix.lower() in H264_SUFFIXES else ".mp4"
    return path.with_name(f"{clip.stem}_again{ending}")


def _warn_of_paths(path: Path, named: dict[str, str | None]) -> None:
    """A side file may come from anyone: what it wants read from elsewhere is told before anything is read."""
    away = leading_away(named)
    if away:
        flat = "".join(c if c.isprintable() else " " for c in "; ".join(away))
        more = " ..." if len(flat) > 1000 else ""
        note(f"{path.name} names files outside its folder, which will be read: {flat[:1000]}{more}")


def _check_case(case: Case) -> None:
    from ..video import require_writable_clip

    if not Path(case.output).suffix:
        raise WanMoveError(where="Generate / --output", what=f"{case.output!r} has no ending", fix="end it in .mp4")
    require_writable_clip(case.output, folders=False)
    if case.visibility and not case.tracks:
        raise WanMoveError(where="Generate / --visibility", what="visibility without tracks", fix="give --tracks")
