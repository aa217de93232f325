"""``wan-move bench``: MoveBench made with the model, on one GPU or several, and scored."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import WanMoveError, plural
from ..generate.arguments import (
    add_length_arguments,
    add_model_arguments,
    add_output_arguments,
    add_placement_arguments,
    add_sampling_arguments,
    settings_of,
)
from ..movebench.dataset import LANGUAGES, SPLITS, BenchClip, BenchSet, read_dataset, require_files
from ..movebench.words import CLIP_HELP, LPIPS_HELP, NOTICE
from . import _common
from .adherence import add_tracker_options, tracker_from_args
from .cases import SEVERAL

if TYPE_CHECKING:
    from ..generate.cases import Case

SUMMARY = "MoveBench: make its clips with the model (generate), measure them (score)"

DESCRIPTION = f"""\
Run MoveBench. 'generate' makes every clip of one list (language and mode) into a results folder; killed or cancelled,
the same command goes on: finished clips are checked, not made again. 'score' measures what is there, goes on as well,
and leaves out what cannot be read; 'fid' measures two folders of frames.

{NOTICE}"""

EPILOG = (
    """\
examples:
  wan-move download movebench --to MoveBench
  wan-move bench generate MoveBench --ckpt-dir Wan-Move-14B-480P --mode single --language en -o results/en_single
  torchrun --nproc_per_node=8 --max-restarts=8 -m wan_move_core.cli bench generate MoveBench --ckpt-dir ... -o ...
  torchrun --nproc_per_node=8 --max-restarts=8 -m wan_move_core.cli bench score results/en_single MoveBench
  wan-move bench score results/en_single MoveBench
  wan-move bench score results/en_single MoveBench --fid-weights inception.safetensors --fvd-weights rgb_imagenet.pt
  wan-move bench score results/en_single MoveBench --lpips-weights alexnet-owt-7be5be79.pth --clip-weights clip-vit-b32
  wan-move bench fid frames/results frames/references --fid-weights inception.safetensors

"""
    + SEVERAL
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="generate|score|fid", required=True)
    generate = actions.add_parser("generate", help="make the clips; goes on where it stopped")
    _add_generate(generate)
    score = actions.add_parser(
        "score", help="PSNR, SSIM, LPIPS, CLIP-I, EPE, FID and FVD of a results folder, with a report"
    )
    _add_score(score)
    fid = actions.add_parser("fid", help="FID of two folders of frames, as it is published (pool3, 2048 features)")
    _add_fid(fid)


def run(args: argparse.Namespace) -> int:
    return {"generate": _generate, "score": _score, "fid": _fid}[args.action](args)


def _add_list_options(parser: argparse.ArgumentParser, defaults: bool) -> None:
    group = parser.add_argument_group("which clips")
    told = "(default: %(default)s)" if defaults else "(default: as the results folder says)"
    group.add_argument("--mode", choices=SPLITS, default="single" if defaults else None, help=f"the list {told}")
    group.add_argument("--language", choices=LANGUAGES, default="en" if defaults else None, help=f"of captions {told}")
    group.add_argument("--limit", type=int, metavar="N", help="the first N clips only")
    group.add_argument("--ids", nargs="+", default=(), metavar="ID", help="these clips only")


def _add_generate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dataset", metavar="DATASET", type=Path, help="the MoveBench folder")
    parser.add_argument(
        "-o", "--output", "--save-path", required=True, metavar="RESULTS", type=Path,
        help="folder for ID.mp4 and ID.mp4.json, one list per folder",
    )  # fmt: skip
    parser.add_argument("--overwrite", action="store_true", help="make every clip again")
    parser.add_argument("--dry-run", action="store_true", help="check everything, print the plan, and stop")
    _add_list_options(parser, True)
    add_model_arguments(parser)
    add_length_arguments(parser.add_argument_group("length (the size is each picture's own, as published)"))
    how = add_sampling_arguments(parser)
    how.add_argument(
        "--image-embeds", metavar="NPY", help="image features (a file for all, or a folder of ID.npy) instead of CLIP"
    )
    add_placement_arguments(parser)
    more = parser.add_argument_group("more")
    more.add_argument("--negative-prompt", help="what is not wanted (default: the published one)")
    more.add_argument(
        "--use-prompt-extend", action="store_true", help="refused: the captions are part of the benchmark"
    )
    add_output_arguments(more)
    parser.set_defaults(seed=0)


def _add_score(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("results", metavar="RESULTS", type=Path, help="folder of ID.mp4")
    parser.add_argument("dataset", metavar="DATASET", type=Path, help="the MoveBench folder")
    parser.add_argument("-o", "--output", metavar="DIR", type=Path, help="for the report (default: RESULTS/scores)")
    _add_list_options(parser, False)
    how = parser.add_argument_group("how")
    add_tracker_options(how)
    how.add_argument(
        "--fresh", action="store_true", help="measure every clip again, whatever an earlier start has kept"
    )
    how.add_argument("--no-floor", action="store_true", help="do not track the reference clips as well (faster)")
    for kind, network in (("fid", "Inception-v3, FID variant"), ("fvd", "I3D, Kinetics-400 RGB")):
        how.add_argument(
            f"--{kind}-weights", metavar="FILE", help=f"state dict of {network} (.safetensors, .pth); without: left out"
        )
        how.add_argument(
            f"--{kind}-extractor", metavar="MODULE:FUNCTION", help="or your own network: imports and runs your code"
        )
    how.add_argument("--fid-every", type=int, default=8, metavar="N", help="frames for FID: every Nth (default: 8)")
    how.add_argument(
        "--fid-published", action="store_true",
        help="FID in the published way too: every frame of whole clips, as from two folders (eight times the work)",
    )  # fmt: skip
    how.add_argument("--lpips-weights", metavar="FILE", help=f"{LPIPS_HELP}; without: left out")
    how.add_argument("--clip-weights", metavar="PATH", help=f"for CLIP-I: {CLIP_HELP}; without: left out")
    how.add_argument(
        "--perceptual-every",
        type=int,
        default=1,
        metavar="N",
        help="frames for LPIPS, CLIP-I: every Nth (default: 1)",
    )
    how.add_argument("--feature-device", default="cpu", help="where features are computed (default: cpu)")
    parser.add_argument("-q", "--quiet", action="store_true", help="print nothing but errors")


def _add_fid(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("frames", metavar="RESULT_FRAMES", type=Path, help="folder of pictures")
    parser.add_argument("reference", metavar="REFERENCE_FRAMES", type=Path, help="folder of pictures")
    parser.add_argument("--fid-weights", metavar="FILE", help="state dict of Inception-v3, FID variant")
    parser.add_argument("--fid-extractor", metavar="MODULE:FUNCTION", help="or your own network: runs your code")
    parser.add_argument("--feature-device", default="cpu", help="where features are computed (default: cpu)")
    parser.set_defaults(fid_every=1)


def _fid(args: argparse.Namespace) -> int:
    from ..movebench.folders import folder_fid
    from ..movebench.scoring import NO_FID

    extractor = _extractor(args, "fid")
    if extractor is None:
        raise WanMoveError(where="Bench / FID", what=NO_FID, fix="give --fid-weights FILE")
    value, results, references = folder_fid(args.frames, args.reference, extractor)
    few = min(results, references) <= extractor.width
    about = f"; fewer than {extractor.width + 1} pictures: strongly biased upwards, not comparable" if few else ""
    sys.stdout.write(
        f"FID {value:.4f}  ({results} and {plural(references, 'picture')}; {extractor.name}, "
        f"sha256 {str(extractor.digest)[:12]}{about})\n"
    )
    return 0


def _generate(args: argparse.Namespace) -> int:
    import dataclasses
    import os

    from ..movebench.runs import BenchRecord, bench_cases, keeper
    from .cases.run import outlives, run_cases

    if args.use_prompt_extend:
        raise WanMoveError(
            where="Bench / --use-prompt-extend",
            what="captions that are written out differently in every run cannot be compared",
            fix="leave it out: MoveBench uses its own captions, as published",
        )
    if (ended := outlives(args)) is not None:
        return ended
    bench, clips = _chosen(args, args.language, args.mode)
    require_files(clips)
    args.size, args.width, args.height, args.own_size = "832*480", None, None, True
    settings = dataclasses.replace(settings_of(args), size_rule="own")
    cases = bench_cases(bench, clips, args.output, args.seed, args.image_embeds)
    # What run_cases reads of generate's own options, and a benchmark does not have.
    args.repeat = None
    first = os.environ.get("RANK", "0") == "0"

    def tell(line: str) -> None:
        if first and not args.quiet:
            sys.stderr.write(line + "\n")

    record = BenchRecord(bench.folder.name, bench.language, bench.split, args.seed)
    record.require(args.output)

    @contextmanager
    def begun(given: list[Case]) -> Iterator[list[Case]]:
        with record.kept(args.output):
            yield given

    tell(f"{bench.name}: {len(cases)} of {plural(len(bench.clips), 'clip')}, seeds {args.seed} + index")
    return run_cases(args, settings, cases, is_finished=keeper(settings.frames, tell), begin=begun)


def _score(args: argparse.Namespace) -> int:
    import os
    import uuid
    from dataclasses import replace

    from ..generate.elastic.outlive import stand_in
    from ..generate.leftovers import sweep
    from ..movebench.kept import KeptScores
    from ..movebench.report import ReportPictures, write_report
    from ..movebench.runs import read_record
    from ..movebench.scoring import Measures, lines, score_results
    from ..progress import progress_bar

    if (ended := stand_in()) is not None:
        return ended
    record = read_record(args.results)
    language = args.language or (record.language if record else None)
    split = args.mode or (record.split if record else None)
    if language is None or split is None:
        raise WanMoveError(
            where=str(args.results), what="the folder does not say which list its clips are of",
            fix="give --language and --mode",
        )  # fmt: skip
    bench, clips = _chosen(args, language, split)
    first, world = os.environ.get("RANK", "0") == "0", int(os.environ.get("WORLD_SIZE", "1"))
    if world > 1 and args.feature_device == "cuda":
        args.feature_device = f"cuda:{os.environ.get('LOCAL_RANK', '0')}"
    tracker = tracker_from_args(args)
    fid, fvd = (_extractor(args, kind) for kind in ("fid", "fvd"))
    lpips, clip_i = _frame_measures(args)
    published = None
    if args.fid_published:
        # A network of the user's own takes the frames that it takes.
        published = fid.of_every_frame() if hasattr(fid, "of_every_frame") else fid
    there = [c for c in clips if (args.results / c.result_name).is_file()]
    require_files(there, ("first frame", "tracks"))
    pictures, output = ReportPictures(), args.output or args.results / "scores"
    folder = output.with_name(f"{output.name}.kept")
    for name in (*sweep(output), *sweep(folder)) if first else ():
        _common.say(args, f"Removed {name}, left by a killed run")
    measures = Measures(tracker, fid, fvd, published, lpips, clip_i, not args.no_floor, pictures.add)
    measured = measures.told()
    kept = None if args.fresh else KeptScores(folder, measured)
    if world > 1 and there:
        from ..generate.elastic.store import StoreLost, open_store
        from .cases.scores import measure_in_turn

        def tell(line: str) -> None:
            if not args.quiet:
                sys.stderr.write(line + "\n")

        try:
            store = open_store(int(os.environ["RANK"]), world, len(there))
            if kept is None:
                # What is measured anew by one process must be found by another, and nothing older.
                kept = KeptScores(folder, measured + store.agreed("fresh", lambda: uuid.uuid4().hex))
            measure_in_turn(store, args.results, there, kept, replace(measures, on_clip=ReportPictures().add), tell)
        except StoreLost as lost:
            sys.stderr.write(f"{lost}\n")
            return 1
        if not first:
            return 0
    with progress_bar("Score", quiet=args.quiet) as bar:

        def done(number: int, total: int) -> None:
            bar(number, total)
            if not args.quiet and not sys.stderr.isatty() and world == 1:
                sys.stderr.write(f"scored {number}/{total}\n")

        scored = score_results(bench, args.results, clips, measures, progress=done, kept=kept, on_kept=pictures.put)
    files = write_report(scored, pictures, output)
    for line in lines(scored):
        _common.say(args, line)
    _common.say(args, "Wrote " + ", ".join(str(path) for path in files.values()))
    return 0


def _chosen(args: argparse.Namespace, language: str, split: str) -> tuple[BenchSet, tuple[BenchClip, ...]]:
    bench = read_dataset(args.dataset, language, split)
    return bench, bench.chosen(args.ids, args.limit)


def _frame_measures(args: argparse.Namespace) -> tuple[Any, Any]:
    """LPIPS and CLIP-I, from the weights that were named, else from those at hand; None where there are none."""
    from ..movebench.perceptual import ClipImages, Lpips, alexnet_at_hand, clip_at_hand

    made = []
    for measure, weights in (
        (Lpips, args.lpips_weights or alexnet_at_hand()), (ClipImages, args.clip_weights or clip_at_hand()),
    ):  # fmt: skip
        made.append(measure(weights, args.feature_device, args.perceptual_every) if weights else None)
    return made[0], made[1]


def _extractor(args: argparse.Namespace, kind: str) -> Any:
    from ..movebench.features import I3DFeatures, InceptionFeatures, named_extractor

    weights, own = getattr(args, f"{kind}_weights"), getattr(args, f"{kind}_extractor")
    if weights and own:
        raise WanMoveError(
            where=f"Bench / {kind.upper()}", what="both weights and an extractor", fix="give one of them"
        )
    if own:
        return named_extractor(own, kind.upper())
    if not weights:
        return None
    if kind == "fid":
        return InceptionFeatures(weights, args.feature_device, args.fid_every)
    return I3DFeatures(weights, args.feature_device)
