"""``wan-move generate``: videos from pictures and trajectories with the published model, without ComfyUI."""

from __future__ import annotations

import argparse
import dataclasses
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import WanMoveError
from ..generate.arguments import add_arguments, seed_of, settings_of
from ..generate.cases import Case, beside, read_case_list
from ..generate.settings import RunSettings
from ..generate.sidefile import SideFile, finished, input_record, read_side_file, run_digest, versions, weights_record

if TYPE_CHECKING:
    from ..hosts.diffusers.engine import Engine
    from ..hosts.diffusers.parallel import Parallel

SUMMARY = "make videos with the model, without ComfyUI, on one GPU or several"

EPILOG = """\
examples:
  wan-move generate --ckpt-dir Wan-Move-14B-480P --image a.jpg --tracks a.npy --prompt "..." -o a.mp4
  wan-move generate --ckpt-dir Wan-Move-14B-480P --memory 16g --list cases.jsonl -o results/
  torchrun --nproc_per_node=8 -m wan_move_core.cli generate --ulysses_size 8 --dit_fsdp --t5_fsdp ...
  wan-move generate --repeat a.mp4.json -o again.mp4

A list file has one JSON object per line: {"image": "a.jpg", "tracks": "a.npy", "prompt": "..."}; paths are relative to
it. Clips that are there already, intact and made by the same run, are not made again: start the same command after an
interruption. Beside every clip lies NAME.json with all that is needed to repeat it.
"""

__all__ = ["EPILOG", "SUMMARY", "add_arguments", "run", "run_cases"]


def run(args: argparse.Namespace) -> int:
    if args.eval_bench:
        raise WanMoveError(
            where="Generate / --eval_bench", what="MoveBench has a command of its own", fix="use wan-move bench"
        )
    settings, cases, expected = _request(args)
    for case in cases:
        _check_case(case)
    return run_cases(args, settings, cases, expected)


def run_cases(
    args: argparse.Namespace,
    settings: RunSettings,
    cases: list[Case],
    expected: SideFile | None = None,
    is_finished: Callable[[Case, str], bool] = finished,
) -> int:
    """Make every case that is not there yet, in as many processes as torchrun started; 0.

    ``is_finished(case, digest of its run)`` tells whether a clip can stay; it raises where it must not be touched.
    """
    from ..hosts.diffusers.environment import require_diffusers

    require_diffusers()
    import torch

    from ..hosts.diffusers import parallel as several

    parallel = several.plan_parallel(
        ulysses=args.ulysses_size,
        ring=args.ring_size,
        dit_fsdp=args.dit_fsdp,
        t5_fsdp=args.t5_fsdp,
        attention=settings.attention,
    )
    device = _device(args.device, parallel)
    if device.type == "cuda":
        torch.cuda.set_device(device)
    joined = several.start(parallel, device)
    try:
        return _generate(args, settings, cases, expected, parallel, device, is_finished)
    finally:
        if joined:
            several.stop()


def _request(args: argparse.Namespace) -> tuple[RunSettings, list[Case], SideFile | None]:
    """Settings and cases from the options; and the side file that is repeated, if one is."""
    if args.repeat:
        side = read_side_file(args.repeat)
        settings = side.settings if not args.ckpt_dir else dataclasses.replace(side.settings, checkpoint=args.ckpt_dir)
        settings = dataclasses.replace(settings, memory=args.memory, t5_cpu=args.t5_cpu)
        output = args.output or str(Path(side.case.output).with_stem(Path(side.case.output).stem + "_again"))
        case = beside(side.case, Path(args.repeat).parent)
        return settings, [dataclasses.replace(case, output=output)], side
    settings = settings_of(args)
    seed = seed_of(args.seed)
    if args.list:
        if args.image or args.prompt or args.tracks:
            raise WanMoveError(
                where="Generate / --list", what="a list beside --image, --prompt or --tracks", fix="give one"
            )
        cases = read_case_list(args.list, seed, args.output or ".")
    else:
        for name in ("image", "prompt"):
            if not getattr(args, name):
                raise WanMoveError(
                    where=f"Generate / --{name}", what="missing", fix="give it, or use --list or --repeat"
                )
        case = Case(
            index=0,
            image=args.image,
            prompt=args.prompt,
            output=args.output or f"{Path(args.image).stem}_{seed}.mp4",
            seed=seed,
            tracks=args.tracks,
            visibility=args.visibility,
            image_embeds=args.image_embeds,
            noise=args.noise,
        )
        cases = [case]
    if args.seed == -1:
        _say(args, f"Seed {seed}")
    return settings, cases, None


def _check_case(case: Case) -> None:
    from ..video import require_writable_clip

    if not Path(case.output).suffix:
        raise WanMoveError(where="Generate / --output", what=f"{case.output!r} has no ending", fix="end it in .mp4")
    require_writable_clip(case.output)
    if case.visibility and not case.tracks:
        raise WanMoveError(where="Generate / --visibility", what="visibility without tracks", fix="give --tracks")


def _generate(
    args: argparse.Namespace,
    settings: RunSettings,
    cases: list[Case],
    expected: SideFile | None,
    parallel: Parallel,
    device: Any,
    is_finished: Callable[[Case, str], bool],
) -> int:
    from ..generate.memory import choose_plan, estimate, plan_lines
    from ..hosts.diffusers.engine import Engine, run_paths, weight_files

    plan = choose_plan(
        settings.memory,
        card_bytes=_card_bytes(device),
        storage=settings.storage,
        t5_cpu=settings.t5_cpu,
        offload_model=settings.offload_model,
    )
    # What decides the result is recorded as it was used, not as "the preset's".
    settings = dataclasses.replace(settings, storage=plan.storage)
    cases = parallel.agreed(_extended(args, cases, device))
    files = weight_files(run_paths(settings))
    weights = weights_record(files)
    engine = Engine(settings, plan, device, _tracks_reader(settings), parallel, lambda line: _say(args, line))
    sides = {}
    for case in cases:
        sides[case.index] = SideFile(settings, case, input_record(case), weights, {}, versions())
        engine.check(case)
    if expected is not None:
        _compare_inputs(expected, sides[cases[0].index])
    if parallel.rank == 0:
        computed = estimate(
            plan,
            engine.shape,
            engine.size_of(cases[0]),
            settings.frames,
            weight_bytes=4 if settings.dtype == "fp32" else 2,
            text_bytes=sum(f.stat().st_size for f in files.get("text_encoder", [])),
            gguf_bytes=_gguf_bytes(files["transformer"]),
            shards=parallel.world if parallel.dit_fsdp else 1,
            sequence=parallel.ulysses * parallel.ring,
        )
        for line in plan_lines(plan, computed):
            _say(args, line)
    if args.dry_run:
        _say(args, f"{len(cases)} case{'s' * (len(cases) > 1)} checked; nothing was made (--dry-run)")
        return 0
    pending = [c for c in cases if args.overwrite or not is_finished(c, sides[c.index].digest())]
    if len(pending) < len(cases):
        _say(args, f"{len(cases) - len(pending)} of {len(cases)} are there already")
    # All ranks must have looked before any of them writes.
    parallel.barrier()
    mine = parallel.mine(pending)
    if mine:
        engine.prepare(mine)
    for number, case in enumerate(mine, start=1):
        _make(args, engine, sides[case.index], f"{number}/{len(mine)} {Path(case.output).name}", expected)
    engine.close()
    parallel.barrier()
    return 0


def _make(args: argparse.Namespace, engine: Engine, side: SideFile, label: str, expected: SideFile | None) -> None:
    from ..generate.results import write_result, write_with_tracks
    from ..progress import progress_bar

    began = time.monotonic()
    case, writes = side.case, engine.parallel.writes
    with progress_bar(label, quiet=args.quiet or not writes) as bar:

        def stepped(done: int, total: int) -> None:
            bar(done, total)
            if not args.quiet and writes and not sys.stderr.isatty():
                sys.stderr.write(f"{label}: step {done}/{total}\n")

        frames = engine.make(case, stepped)
    if not writes:
        return
    told = {
        "seconds": round(time.monotonic() - began, 3),
        "device": engine.device_name,
        "memory_plan": engine.plan.preset,
    }
    result = write_result(side, frames, engine.settings.fps, {**told, "processes": engine.parallel.world})
    _say(
        args,
        f"{case.output}: {result['frames']} frames of {frames.shape[2]}x{frames.shape[1]}, {told['seconds']:.1f} s",
    )
    if args.vis_track:
        tracks = engine.tracks_of(case)
        if tracks is None:
            _say(args, "--vis-track: the case has no tracks, so there is nothing to draw")
        else:
            _say(args, f"{write_with_tracks(case.output, frames, tracks, engine.settings.fps)}: with its tracks")
    if expected is not None:
        same = expected.result.get("frames_sha256") == result["frames_sha256"]
        _say(
            args, "The frames are the same, bit for bit." if same else "The frames differ (other machine or versions?)."
        )


def _extended(args: argparse.Namespace, cases: list[Case], device: Any) -> list[Case]:
    if not args.use_prompt_extend or args.repeat:
        return cases
    if args.prompt_extend_method == "dashscope":
        raise WanMoveError(
            where="Prompt extension / method",
            what="dashscope is a web service; prompts are written out on this machine only",
            fix="use --prompt_extend_method local with --prompt_extend_model FOLDER",
        )
    if not args.prompt_extend_model:
        raise WanMoveError(
            where="Prompt extension / model", what="no chat model was given", fix="give --prompt_extend_model FOLDER"
        )
    from ..generate.prompts import extend_prompts

    _say(args, f"Writing out {len(cases)} prompt{'s' * (len(cases) > 1)} with {Path(args.prompt_extend_model).name}")
    texts = extend_prompts([c.prompt for c in cases], args.prompt_extend_model, args.prompt_extend_target_lang, device)
    return [dataclasses.replace(case, prompt_used=text) for case, text in zip(cases, texts, strict=True)]


def _tracks_reader(settings: RunSettings) -> Any:
    def read(case: Case, size_wh: tuple[int, int]) -> Any:
        if case.tracks is None:
            return None
        from ..motion.formats import read_tracks

        visibility = None if case.visibility is None else Path(case.visibility)
        wanted = settings.frames if settings.retime_tracks else None
        tracks = read_tracks(Path(case.tracks), frames=wanted, size_wh=size_wh, visibility=visibility).tracks
        if tracks.frames != settings.frames:
            raise WanMoveError(
                where=f"Generate / tracks ({Path(case.tracks).name})",
                what=f"{tracks.frames} frames, the video has {settings.frames}",
                fix=f"use --frames {tracks.frames}, or --retime-tracks",
            )
        return tracks

    return read


def _compare_inputs(old: SideFile, new: SideFile) -> None:
    changed = [role for role, entry in old.inputs.items() if new.inputs.get(role, {}).get("sha256") != entry["sha256"]]
    if changed:
        raise WanMoveError(
            where="Generate / --repeat",
            what=f"changed since: {', '.join(changed)}",
            fix="bring back the original files",
        )
    told = [f"{k} {old.versions[k]} -> {v}" for k, v in new.versions.items() if old.versions.get(k, v) != v]
    if told:
        sys.stderr.write(f"Note: other versions than then ({', '.join(told)}); the frames may differ a little.\n")
    if run_digest(old.settings, old.case, old.inputs, old.weights) != run_digest(
        old.settings, old.case, old.inputs, new.weights
    ):
        raise WanMoveError(
            where="Generate / --repeat",
            what="the weights are not those of the side file",
            fix="give --ckpt-dir with them",
        )


def _device(given: str | None, parallel: Parallel) -> Any:
    """The torch.device to compute on, always with its number where it is a GPU: torch cannot select one without."""
    import torch

    where = "Generate / --device"
    try:
        device = torch.device(given or ("cuda" if torch.cuda.is_available() else "cpu"))
    except RuntimeError as error:
        raise WanMoveError(where=where, what=f"unknown device {given!r}", fix="use cuda or cpu") from error
    if device.type != "cuda":
        return device
    if not torch.cuda.is_available():
        raise WanMoveError(
            where=where, what="this PyTorch sees no GPU", fix="install its CUDA build, or use --device cpu"
        )
    if parallel.world > 1 and device.index is not None:
        raise WanMoveError(
            where=where, what=f"{given} for {parallel.world} processes, which need a GPU each", fix="use --device cuda"
        )
    index, count = parallel.local_rank if device.index is None else device.index, torch.cuda.device_count()
    if index >= count:
        raise WanMoveError(
            where=where,
            what=f"GPU number {index}, and this machine has {count}",
            fix="count from 0, or start at most as many processes as there are GPUs",
        )
    return torch.device("cuda", index)


def _card_bytes(device: Any) -> int | None:
    import torch

    return torch.cuda.get_device_properties(device).total_memory if device.type == "cuda" else None


def _gguf_bytes(files: list[Path]) -> float | None:
    return float(files[0].stat().st_size) if files[0].suffix.lower() == ".gguf" else None


def _say(args: argparse.Namespace, line: str) -> None:
    import os

    # Under torchrun one voice is enough.
    if not args.quiet and os.environ.get("RANK", "0") == "0":
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
