"""``wan-move adherence``: how closely a generated clip follows its tracks, seen, in numbers, and what to change."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import WanMoveError, plural
from . import _common

if TYPE_CHECKING:
    from ..adherence.advice import Advice
    from ..adherence.measure import Adherence

SUMMARY = "how closely a clip follows its tracks, and what to change"

DESCRIPTION = """\
Track a generated clip from the first positions of its tracks, compare, and say where it does not follow. Written into
the output folder: adherence.json (every figure, the error of every track in every frame), adherence.png (whole paths
coloured by error), adherence.mp4 (the same in motion), and, where points are missing, suggested_tracks.npy with
suggested_visibility.npy: the given tracks and the advised points, ready for another generate.

A point that the tracker loses is not an error of the clip: how many were lost is printed with every figure. A point
that starts where the picture is too smooth to be found again is counted nowhere. Where the clip cuts to another scene,
the frame is told, and points are lost there unless --on-cut go-on says otherwise."""

EPILOG = """\
examples:
  wan-move adherence result.mp4 --tracks tracks.npy --visibility visibility.npy -o check/
  wan-move adherence result.mp4 --tracks motion.json --image photo.jpg -o check/
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("clip", metavar="CLIP", type=Path, help="the generated video")
    _common.add_tracks_options(parser)
    parser.add_argument(
        "--image", metavar="FILE", type=Path, help="the picture that the tracks belong to, where it has another size"
    )
    parser.add_argument("--fit", choices=("crop", "stretch", "pad"), help="how it became the video (default: stretch)")
    add_tracker_options(parser)
    parser.add_argument("--worst", type=int, default=10, metavar="N", help="tracks to list (default: 10)")
    parser.add_argument("--scale", type=float, metavar="PX", help="the error at the end of the colour scale")
    parser.add_argument("-o", "--output", required=True, metavar="DIR", type=Path, help="the folder to write into")
    parser.add_argument("-q", "--quiet", action="store_true", help="print nothing but errors")


def add_tracker_options(parser: Any) -> None:
    """--tracker, --tracker-weights and --on-cut, as ``tracker_from_args`` reads them."""
    parser.add_argument(
        "--tracker", choices=("dense", "lk", "cotracker", "tapir"), default="dense",
        help="dense: flow held to the first frame, built in, as is lk, Lucas-Kanade alone; the others need their "
        "package and weights (default: dense)",
    )  # fmt: skip
    parser.add_argument("--tracker-weights", metavar="FILE", help="of cotracker or tapir")
    parser.add_argument("--tracker-device", default="cpu", help="where they compute (default: cpu)")
    parser.add_argument(
        "--on-cut", choices=("stop", "go-on"), default=None,
        help="at a scene cut: follow no further, or go on with what the points then stand on (default: stop)",
    )  # fmt: skip


def tracker_from_args(args: argparse.Namespace) -> Any:
    from ..motion.tracking.choose import tracker_by_name

    on_cut = None if args.on_cut is None else args.on_cut.replace("-", " ")
    return tracker_by_name(args.tracker, args.tracker_weights, args.tracker_device, on_cut)


def run(args: argparse.Namespace) -> int:
    from ..adherence.advice import advise, places_to_watch
    from ..adherence.measure import measure_adherence
    from ..adherence.report import report_lines
    from ..draft.things import swept_cut
    from ..progress import progress_bar
    from ..video import probe_clip, read_clip

    if args.worst < 0 or (args.scale is not None and not args.scale > 0):
        raise WanMoveError(where="wan-move adherence", what="a negative --worst or --scale", fix="use positive numbers")
    tracker = tracker_from_args(args)
    info = probe_clip(args.clip)
    scene = _scene(args, info.size_wh)
    _common.say(args, scene.imported.report)
    tracks = scene.tracks
    for note in _common.clip_notes(scene.imported, info.frames or tracks.frames, info):
        _common.say(args, f"- {note}.")
    if info.frames is not None and info.frames != tracks.frames:
        raise WanMoveError(
            where="wan-move adherence / --tracks",
            what=f"{plural(tracks.frames, 'frame')}, the clip has {info.frames}",
            fix=f"add --frames {info.frames}, or give the tracks that the clip was made from",
        )
    frames = iter(read_clip(args.clip, on_short=_common.refuse_short(args.clip)))
    # Frame 0 is the picture: what its things cover on their way is nothing that should stay.
    first = np.ascontiguousarray(next(frames))
    with progress_bar("Track", quiet=args.quiet) as bar:
        found = measure_adherence(
            chain([first], frames), tracks, tracker, lambda done: bar(done, tracks.frames),
            rest_xy=places_to_watch(tracks, swept_cut(first, tracks)), by_looks=True,
        )  # fmt: skip
    advice = advise(found)
    _write(args, found, advice, info.fps)
    for line in report_lines(found, advice, args.worst):
        _common.say(args, line)
    return 0


def _scene(args: argparse.Namespace, video_wh: tuple[int, int]) -> _common.Scene:
    if args.image is None:
        args.size = None
        return _common.scene_from_args(args, video_wh, keep_size=True)
    picture = _common.read_image(args.image)
    args.size, args.fit = video_wh, args.fit or "stretch"
    return _common.scene_from_args(args, (picture.shape[1], picture.shape[0]))


def _write(args: argparse.Namespace, found: Adherence, advice: list[Advice], fps: float) -> None:
    from ..adherence.advice import suggested_tracks
    from ..adherence.picture import adherence_still, draw_adherence, scale_for
    from ..adherence.things import things
    from ..motion.formats import write_tracks
    from ..pictures import write_png
    from ..progress import counted, progress_bar
    from ..video import read_clip, write_clip

    folder, scale = args.output, args.scale or scale_for(found)
    last: list[np.ndarray] = []

    def remembered() -> Iterator[np.ndarray]:
        for frame in read_clip(args.clip):
            last[:] = [frame]
            yield frame

    with progress_bar("Draw", quiet=args.quiet) as bar:
        drawn = draw_adherence(remembered(), found, scale)
        write_clip(folder / "adherence.mp4", counted(drawn, found.tracks.frames, bar), fps)
    advised = [point for one in advice for point in one.point_xy]
    write_png(folder / "adherence.png", adherence_still(last[0], found, scale, advised))
    better = suggested_tracks(found, advice)
    names = ("suggested_tracks.npy", "suggested_visibility.npy")
    if better is None:
        for name in names:  # of an earlier clip: they would pass for this one's
            (folder / name).unlink(missing_ok=True)
    else:
        write_tracks(better, folder / names[0], "npy", visibility_path=folder / names[1])
    table = {
        "format": "wan-move-adherence",
        "version": 1,
        "clip": args.clip.name,
        **found.summary(),
        "scale_px": scale,
        "scores": [asdict(score) for score in found.scores()],
        "things": [thing.to_json() for thing in things(found)],
        "watched": {
            "places": len(found.rest_xy),
            "too_smooth": int(found.rest_smooth.sum()),
        },
        "advice": [one.to_json() for one in advice],
        "error_px": _per_track(found),
    }
    _replace(folder / "adherence.json", lambda path: path.write_text(json.dumps(table, indent=1), encoding="utf-8"))


def _per_track(found: Adherence) -> list[list[float | None]]:
    """For each track its error in every frame; None where it does not count or the tracker did not see the point."""
    known = found.counted & found.seen
    return [
        [round(float(e), 3) if k else None for e, k in zip(found.error_px[:, n], known[:, n], strict=True)]
        for n in range(found.tracks.count)
    ]


def _replace(path: Path, write: Callable[[Path], object]) -> None:
    import os

    waiting = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        write(waiting)
        waiting.replace(path)
    finally:
        waiting.unlink(missing_ok=True)
