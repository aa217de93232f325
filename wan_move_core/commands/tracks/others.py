"""``wan-move tracks convert --to ltx|ati|dots|vace``: what other video models are steered with, from our tracks."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...errors import WanMoveError, plural
from .. import _common

if TYPE_CHECKING:
    from ...motion.formats import Imported
    from ...motion.formats.guides import ForModel

NAMES = ("ltx", "ati", "dots", "vace")
_FPS = {"ltx": 24.0}
_OURS = 16.0


def add_options(action: argparse.ArgumentParser) -> None:
    action.add_argument(
        "--video-size",
        type=_common.size_wh,
        metavar="WxH",
        help="with ltx, ati, dots, vace: size of the video that model makes (default: the picture's, to its grid)",
    )
    action.add_argument(
        "--radius", type=float, metavar="PX", help="with dots, vace: of the dots (default: 8 at 480p, larger with size)"
    )


def is_one(args: argparse.Namespace) -> bool:
    """Whether the conversion is one of these; ATI's own file is a plain trajectory format."""
    return args.to in NAMES and not (args.to == "ati" and args.output.suffix.lower() == ".pth")


def in_video_size(args: argparse.Namespace, imported: Imported) -> Imported:
    """For a plain format: ATI's own file takes a --video-size, the others neither that nor a --radius."""
    if args.radius is not None or (args.video_size is not None and args.to != "ati"):
        raise WanMoveError(
            where="wan-move tracks convert",
            what="--video-size or --radius with a format that is no other model's",
            fix="leave it out, or give --to ltx, ati, dots or vace",
        )
    if args.video_size is None:
        return imported
    from ...motion.formats.guides import for_model

    made = for_model("ati", imported.tracks, args.video_size, args.frames)
    for note in made.notes:
        _common.say(args, f"- {note}")
    return dataclasses.replace(imported, tracks=made.tracks)


def convert(args: argparse.Namespace, imported: Imported) -> int:
    from ...motion.formats.guides import for_model

    made = for_model(args.to, imported.tracks, args.video_size, args.frames)
    if args.output.suffix.lower() == ".json":
        from ...motion.formats.writers import write_whole

        if args.to == "vace":
            raise _wrong_ending(args, "a clip (.mp4, or a folder of PNG frames)")
        write_whole([(args.output, made.coordinates.encode())])
        paths = [args.output]
    elif args.to == "ati":
        raise _wrong_ending(args, "a .json or a .pth file")
    else:
        paths = _write_clips(args, imported, made)
    _common.say(args, imported.report)
    for note in made.notes:
        _common.say(args, f"- {note}")
    width, height = made.tracks.size_wh
    size = "" if made.guide_wh == made.tracks.size_wh else f", guide {made.guide_wh[0]}x{made.guide_wh[1]}"
    names = " and ".join(str(path) for path in paths)
    _common.say(args, f"Wrote {names} ({plural(made.tracks.frames, 'frame')}, for a video of {width}x{height}{size}).")
    return 0


def _wrong_ending(args: argparse.Namespace, wanted: str) -> WanMoveError:
    return WanMoveError(
        where=str(args.output), what=f"for {args.to} it is to be {wanted}", fix="choose a name with such an ending"
    )


def _write_clips(args: argparse.Namespace, imported: Imported, made: ForModel) -> list[Path]:
    from ...overlay.guide_frames import dot_frames, ltx_frames, vace_frames
    from ...progress import progress_bar
    from ...video import ClipWriter, require_writable_clip

    paths = [args.output]
    if args.to == "vace":
        paths.append(args.output.with_name(f"{args.output.stem}_mask{args.output.suffix}"))
    for path in paths:
        require_writable_clip(path)
    frames: Iterator[tuple[np.ndarray, ...]]
    if args.to == "ltx":
        frames = ((frame,) for frame in ltx_frames(made.tracks, made.guide_wh))
    elif args.to == "dots":
        frames = ((frame,) for frame in dot_frames(made.tracks, args.radius))
    else:
        frames = vace_frames(made.tracks, _picture(args, imported, made.tracks.size_wh), args.radius)
    fps = _FPS.get(args.to, _OURS)
    with ExitStack() as stack:
        progress = stack.enter_context(progress_bar("Draw", quiet=args.quiet))
        writers = [stack.enter_context(ClipWriter(path, made.guide_wh, fps)) for path in paths]
        for done, parts in enumerate(frames, start=1):
            for writer, part in zip(writers, parts, strict=True):
                writer.add(_bytes(part))
            progress(done, made.tracks.frames)
    return paths


def _bytes(frame: np.ndarray) -> np.ndarray:
    """uint8 [H, W, 3] of a frame or a mask."""
    shown = frame if frame.dtype == np.uint8 else (frame * 255 + 0.5).astype(np.uint8)
    return shown if shown.ndim == 3 else np.repeat(shown[..., None], 3, axis=2)


def _picture(args: argparse.Namespace, imported: Imported, video_wh: tuple[int, int]) -> np.ndarray | None:
    """--image as the video shows it, float32 0-1, cut as the tracks were; None without one."""
    if args.image is None:
        return None
    from ...geometry import Fit
    from ...pictures import fit_picture

    picture = _common.read_image(args.image)
    mode = str((imported.document or {}).get("fit", "crop"))
    own_wh = imported.tracks.size_wh
    # The size of an area is the picture's own shape, and known already.
    own = Fit.make("stretch" if mode == "area" else mode, (picture.shape[1], picture.shape[0]), own_wh)
    shown = fit_picture(fit_picture(picture, own), Fit.make("crop", own_wh, video_wh))
    return np.ascontiguousarray(shown[..., :3]).astype(np.float32) / 255
