"""``wan-move draw``: trajectories drawn over a picture or a clip."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import WanMoveError, plural
from . import _common

SUMMARY = "trajectories drawn over a picture or a video"

DESCRIPTION = """\
Draw trajectories as discs with fading tails over a picture or a clip. The result is as long as the longer of the two;
the shorter one holds its last frame. With --image and --video, the trajectories belong to the picture, and are brought
to the video's size."""

EPILOG = """\
examples:
  wan-move draw --image photo.jpg --tracks motion.json -o overlay.mp4
  wan-move draw --video result.mp4 --tracks tracks.npy --visibility visibility.npy -o overlay.mp4
  wan-move draw --video result.mp4 --image photo.jpg --tracks tracks.npy --layout above --cursor -o overlay.mp4
"""

LAYOUTS = ("overlay", "beside", "above")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--image", metavar="FILE", type=Path, help="the picture to draw on, or that tracks belong to")
    parser.add_argument("--video", metavar="FILE", type=Path, help="the clip to draw on")
    _common.add_tracks_options(parser)
    _common.add_fit_options(parser)
    look = parser.add_argument_group("look")
    look.add_argument(
        "--layout",
        choices=LAYOUTS,
        default="overlay",
        help="overlay: drawn over the clip; beside: the clip and its overlay; above: a still with whole paths over it",
    )
    look.add_argument(
        "--cursor", nargs="?", const=1, type=int, metavar="TRACK", help="a pointer on track 1, 2, ... (default: 1)"
    )
    look.add_argument("--labels", action="store_true", help="number the tracks, from 1")
    look.add_argument("--radius", type=float, metavar="PX", help="of the discs (default: 12 at 480p, larger with size)")
    look.add_argument("--tail", type=int, default=24, metavar="FRAMES", help="how far tails reach back (default: 24)")
    look.add_argument("--tail-width", type=float, metavar="PX", help="at the head (default: 16 at 480p)")
    look.add_argument(
        "--as-published", action="store_true",
        help="no dark rims, and discs as large for many tracks as for few (sizes you give are kept either way)",
    )  # fmt: skip
    look.add_argument("--opacity", type=float, default=1.0, metavar="0-1", help="of discs and tails (default: 1)")
    _common.add_output_options(parser)


def run(args: argparse.Namespace) -> int:
    from ..progress import counted, progress_bar
    from ..video import DEFAULT_FPS, ClipWriter, probe_clip, read_clip, require_writable_clip

    source: Path | None = args.video or args.image
    if source is None:
        raise WanMoveError(where="wan-move draw", what="nothing to draw on", fix="give --image or --video")
    require_writable_clip(args.output)
    fps, length, notes = _common.fps_from_args(args, DEFAULT_FPS), 1, []
    short: list[str] = []

    def told_short(decoded: int, announced: int) -> None:
        short.append(_common.short_note(args.video, decoded, announced))

    if args.video is not None:
        info = probe_clip(args.video)
        fps, length = _common.fps_from_args(args, info.fps), info.frames or 1
        scene, frames = _scene_on_video(args, info.size_wh), read_clip(args.video, on_short=told_short)
        notes = _common.clip_notes(scene.imported, scene.tracks.frames, info)
        frames = frames if scene.fit.source_wh != info.size_wh else scene.pictures(frames)
    else:
        picture = _common.read_image(source)
        scene = _common.scene_from_args(args, (picture.shape[1], picture.shape[0]))
        frames = iter([scene.picture(picture)])
        rate = _common.rate_note(scene.imported, fps)
        notes = [] if rate is None else [rate]
    _common.report(args, scene)
    for note in notes:
        _common.say(args, f"- {note}.")
    drawn = _laid_out(args, scene, frames)
    first = next(drawn)
    total = max(length, scene.tracks.frames)
    with ClipWriter(args.output, (first.shape[1], first.shape[0]), fps) as clip:
        clip.add(first)
        with progress_bar("Draw", quiet=args.quiet) as progress:
            for frame in counted(drawn, total, lambda done, all_: progress(done + 1, all_)):
                clip.add(frame)
    for note in short:
        _common.say(args, f"- {note}: its last frame was held.")
    _common.say(args, f"Wrote {args.output} ({plural(clip.frames, 'frame')}).")
    return 0


def _scene_on_video(args: argparse.Namespace, video_wh: tuple[int, int]) -> _common.Scene:
    """Tracks at the clip's size: from the picture's where there is one, else as pixels of the clip itself."""
    if args.image is None:
        return _common.scene_from_args(args, video_wh, keep_size=True)
    if args.size is not None and args.size != video_wh:
        raise WanMoveError(
            where="wan-move draw / --size",
            what=f"{args.size[0]}x{args.size[1]}, the video is {video_wh[0]}x{video_wh[1]}",
            fix="leave --size out: with --image and --video, the video's size counts",
        )
    picture = _common.read_image(args.image)
    args.size, args.fit = video_wh, "stretch" if args.fit in (None, "area") else args.fit
    return _common.scene_from_args(args, (picture.shape[1], picture.shape[0]))


def _laid_out(args: argparse.Namespace, scene: _common.Scene, frames: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    from ..overlay.draw import TrackStyle, draw_paths, draw_tracks, stacked

    style = TrackStyle(
        tail_frames=args.tail,
        opacity=args.opacity,
        labels=args.labels,
        colours=scene.colours,
        rim=not args.as_published,
        shrink=not args.as_published and args.radius is None and args.tail_width is None,
    ).scaled_to(scene.tracks.size_wh)
    given: dict[str, Any] = {"radius_px": args.radius, "tail_width_px": args.tail_width}
    if args.cursor is not None:
        if not 1 <= args.cursor <= scene.tracks.count:
            raise WanMoveError(
                where="wan-move draw / --cursor",
                what=f"track {args.cursor} of {scene.tracks.count}",
                fix=f"use 1 to {scene.tracks.count}",
            )
        given["cursor"] = args.cursor - 1
    style = style.with_given(**given)
    if args.layout == "overlay":
        yield from draw_tracks(frames, scene.tracks, style)
        return
    if args.layout == "above":
        first = next(frames)
        still = draw_paths(first, scene.tracks, style)
        yield from stacked(still, draw_tracks(_chained(first, frames), scene.tracks, style))
        return
    seen: list[np.ndarray] = []

    def remembered() -> Iterator[np.ndarray]:
        for frame in frames:
            seen[:] = [frame]
            yield frame

    for overlay in draw_tracks(remembered(), scene.tracks, style):
        yield next(stacked(seen[0], overlay, beside=True))


def _chained(first: np.ndarray, rest: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    yield first
    yield from rest
