"""What the commands share: options under the same names, and a picture with its tracks brought to one size."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import WanMoveError, plain, plural
from ..geometry import FIT_MODES, Fit
from ..palette import track_rgb
from ..pictures import fit_picture, read_picture

if TYPE_CHECKING:
    from ..motion.formats import Imported
    from ..tracks import Tracks
    from ..video import ClipInfo

STILL_RGB = (214, 214, 224)
"""Anchors, where a document tells them from paths: they hold, so they do not shout."""

SAME_RATE = 0.005
"""Rates that differ by less are one: 23.976 is written as 24."""

SAME_SHAPE = 0.01
"""Shapes that differ by less are one picture at two sizes."""


def add_tracks_options(parser: argparse.ArgumentParser) -> None:
    """--tracks, --visibility and how to read them, as ``tracks_from_args`` reads them."""
    group = parser.add_argument_group("trajectories")
    group.add_argument(
        "--tracks",
        required=True,
        metavar="FILE",
        type=Path,
        help="motion document, coordinate JSON, .npy [T,N,2] or another format that 'wan-move tracks' reads",
    )
    group.add_argument(
        "--visibility",
        metavar="FILE",
        type=Path,
        help="the visibility .npy [T,N] of positions .npy (default: x_visibility.npy beside x.npy; none: all visible)",
    )
    add_reading_options(group)


def add_reading_options(group: Any) -> None:
    group.add_argument(
        "--frames",
        type=int,
        metavar="N",
        help="resample the trajectories to N frames; a motion document keeps its timing (default: their own length)",
    )
    group.add_argument(
        "--unit", choices=("auto", "px", "norm"), default="auto", help="pixels or 0-1, where the file does not tell"
    )
    group.add_argument(
        "--axes",
        choices=("auto", "tracks_first", "frames_first"),
        default="auto",
        help="order of the axes of an array or of nested lists (default: judged by the data, and said)",
    )
    group.add_argument(
        "--y-origin",
        choices=("auto", "top", "bottom"),
        default="auto",
        help="where y is counted from (default: as the format does: Nuke and match-movers from the bottom)",
    )


def reading(args: argparse.Namespace) -> dict[str, Any]:
    """What ``read_tracks`` is given by the options of ``add_reading_options`` and --visibility."""
    return {
        "frames": args.frames, "unit": args.unit, "axes": args.axes, "y_origin": args.y_origin,
        "visibility": args.visibility,
    }  # fmt: skip


def add_fit_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("size (picture and points always move together)")
    group.add_argument(
        "--fit",
        choices=FIT_MODES,
        help="crop: the centre; stretch: each side; pad: with bars; area: the published rule, the picture's own shape "
        "at about 832x480 (default: area, or crop when --size is given; a motion document says its own)",
    )
    group.add_argument("--size", type=size_wh, metavar="WxH", help="the result's size, such as 832x480")


def add_output_options(parser: argparse.ArgumentParser, default_fps: float = 16.0) -> None:
    group = parser.add_argument_group("result")
    group.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="CLIP",
        type=Path,
        help="name ending in .mp4 (also .mov, .mkv), .webp or .gif; without an ending, a folder of PNG frames",
    )
    group.add_argument("--fps", type=float, metavar="F", help=f"frames per second (default: {default_fps:g})")
    group.add_argument("-q", "--quiet", action="store_true", help="print nothing but errors")


def size_wh(text: str) -> tuple[int, int]:
    """``832x480``, also with ``*`` or ``,`` between, as a pair; for argparse."""
    parts = text.lower().replace("*", "x").replace(",", "x").split("x")
    if len(parts) != 2 or not all(p.strip().isdigit() and 1 <= int(p) <= 16384 for p in parts):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 832x480")
    return int(parts[0]), int(parts[1])


def fps_from_args(args: argparse.Namespace, default: float) -> float:
    from ..video import check_fps

    return default if args.fps is None else check_fps(args.fps)


def say(args: argparse.Namespace, text: object) -> None:
    """A line for people, unless --quiet."""
    if not getattr(args, "quiet", False):
        sys.stdout.write(f"{plain(text)}\n")


@dataclass(frozen=True)
class Scene:
    """Tracks at their final size, the map that brings a picture there, and what to print about it."""

    tracks: Tracks
    fit: Fit
    imported: Imported

    def picture(self, picture: np.ndarray) -> np.ndarray:
        return fit_picture(picture, self.fit)

    def pictures(self, frames: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
        return (fit_picture(frame, self.fit) for frame in frames) if not self.fit.is_identity else frames

    @property
    def colours(self) -> tuple[tuple[int, int, int], ...]:
        """A colour for every track: the document's own for its layers, else the palette's."""
        return document_colours(self.imported.document, self.tracks.count)


def scene_from_args(args: argparse.Namespace, source_wh: tuple[int, int], keep_size: bool = False) -> Scene:
    """Read --tracks for a picture of ``source_wh`` and bring both to --size by --fit.

    ``keep_size``: the default is the source's own size rather than the published rule's (a clip that exists already).
    """
    from ..motion.document.read import parse_document
    from ..motion.formats import read_tracks

    how = reading(args)
    imported = read_tracks(args.tracks, size_wh=source_wh, **how)
    if imported.report.format == "document":
        # A document knows its own frame, and by which fit the picture came into it.
        own_size = source_wh if keep_size and not args.size else args.size
        imported = read_tracks(args.tracks, size_wh=own_size, **how)
        if not keep_size:
            _note_other_picture(imported, source_wh)
        mode = args.fit or str((imported.document or {}).get("fit", "crop"))
        if mode == "area":
            mode = "stretch"
        # A clip that exists already shows no more than what the crop left.
        crop = None if keep_size else parse_document(imported.document or {}).crop_on(source_wh)
        return Scene(imported.tracks, Fit.make(mode, source_wh, imported.tracks.size_wh, part=crop), imported)
    mode = args.fit or ("crop" if args.size else "stretch" if keep_size else "area")
    target = args.size or (source_wh if mode != "area" else None)
    fit = Fit.make(mode, source_wh, target)
    return Scene(imported.tracks.fit(fit), fit, imported)


def made_fps(imported: Imported) -> float | None:
    """Frames per second that the trajectories were made for, where their file says so."""
    told = getattr(imported.report, "choices", {}).get("fps")
    fps = (imported.document or {}).get("fps") if told is None else told.taken
    return None if fps is None else float(fps)


def clip_notes(imported: Imported, tracks_frames: int, info: ClipInfo) -> list[str]:
    """What to tell of a clip that has another length or rate than the trajectories that go with it."""
    notes, fps = [], made_fps(imported)
    if info.frames is not None and info.frames != tracks_frames:
        notes.append(f"The trajectories have {plural(tracks_frames, 'frame')}, the clip has {info.frames}")
    if fps is not None and abs(info.fps / fps - 1) > SAME_RATE:
        notes.append(
            f"The trajectories were made for {fps:g} frames per second, the clip runs at {info.fps:g}: they go frame "
            "by frame, not by the second"
        )
    return notes


def rate_note(imported: Imported, fps: float) -> str | None:
    """What to tell where a clip is written at another rate than its trajectories were made for."""
    made = made_fps(imported)
    if made is None or abs(fps / made - 1) <= SAME_RATE:
        return None
    return f"The trajectories were made for {made:g} frames per second, the clip is written at {fps:g} (--fps)"


def short_note(path: Path, decoded: int, announced: int) -> str:
    """What to tell of a clip that decodes short."""
    whole = plural(announced, "frame")
    return f"{path.name}: only {decoded} of its {whole} can be decoded; it is damaged, or not yet whole"


def refuse_short(path: Path) -> Callable[[int, int], None]:
    """For ``read_clip(on_short=...)``: an error, where a clip that decodes short cannot be worked on."""

    def refuse(decoded: int, announced: int) -> None:
        raise WanMoveError(
            where=str(path),
            what=f"only {decoded} of its {plural(announced, 'frame')} can be decoded: it is damaged, or not yet whole",
            fix="make or copy the clip again",
        )

    return refuse


def _note_other_picture(imported: Imported, source_wh: tuple[int, int]) -> None:
    """Points of a document lie where they were drawn only on a picture of the same shape."""
    drawn_on = ((imported.document or {}).get("picture") or {}).get("size_wh")
    if drawn_on is None or abs(drawn_on[0] * source_wh[1] / (drawn_on[1] * source_wh[0]) - 1) < SAME_SHAPE:
        return
    imported.report.notes.append(
        f"The motion was drawn on a picture of {drawn_on[0]}x{drawn_on[1]}, this one is {source_wh[0]}x{source_wh[1]}: "
        "points may not lie where they were drawn."
    )


def read_image(path: Path) -> np.ndarray:
    return read_picture(path)


def picture_of(tracks: Tracks, path: Path, where: str) -> np.ndarray:
    """uint8 [H, W, 3] of the file that the tracks were made on. Raises: WanMoveError where it has another size."""
    picture = read_image(path)
    size, (width, height) = (int(picture.shape[1]), int(picture.shape[0])), tracks.size_wh
    if size != tracks.size_wh:
        raise WanMoveError(
            where=where,
            what=f"{size[0]}x{size[1]}, the tracks belong to {width}x{height}",
            fix="give the picture that the tracks were made on, at their size",
        )
    return picture


def report(args: argparse.Namespace, scene: Scene) -> None:
    """Say what was read and what was done to it."""
    say(args, scene.imported.report)
    if not scene.fit.is_identity:
        (sw, sh), (tw, th) = scene.fit.source_wh, scene.fit.target_wh
        say(args, f"Picture and points: {sw}x{sh} to {tw}x{th} by {scene.fit.mode}.")


def document_colours(document: dict[str, Any] | None, count: int) -> tuple[tuple[int, int, int], ...]:
    """RGB of each track: one colour per layer of ``document``, or the palette's in turn."""
    palette = tuple(track_rgb(i) for i in range(max(count, 1)))
    if document is None:
        return palette
    from ..motion.document.read import parse_document
    from ..motion.evaluation.evaluate import tracks_and_owners

    parsed = parse_document(document)
    tracks, owners = tracks_and_owners(parsed)
    if tracks.count != count:
        return palette
    colours = [_layer_rgb(layer, i) for i, layer in enumerate(parsed.layers, start=1)]
    return tuple(colours[int(owner)] for owner in owners) or palette


def _layer_rgb(layer: Any, index: int) -> tuple[int, int, int]:
    if type(layer).__name__ == "AnchorsLayer":
        return STILL_RGB
    text = str(getattr(layer, "color", "")).lstrip("#")
    try:
        return (int(text[0:2], 16), int(text[2:4], 16), int(text[4:6], 16)) if len(text) == 6 else track_rgb(index)
    except ValueError:
        return track_rgb(index)
