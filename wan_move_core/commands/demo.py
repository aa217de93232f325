"""``wan-move demo``: draft and overlay of a painted picture, from nothing but this package."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..demo.picture import ASSETS, DOCUMENT, PICTURE
from ..errors import plural
from . import _common

if TYPE_CHECKING:
    from ..tracks import Tracks

SUMMARY = "a first look: a painted picture set in motion, into ./wan-move-demo"

DESCRIPTION = """\
Sets a painted picture in motion along several trajectories, with no model and no download, and writes into
./wan-move-demo: draft.mp4 (the motion), overlay.mp4 (with its trajectories), contact-sheet.png, and the picture and
motion document to play with."""

FOLDER = "wan-move-demo"
SHEET_COLUMNS, SHEET_ROWS, SHEET_CELL_W = 3, 3, 416


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o", "--output", metavar="FOLDER", type=Path, default=Path(FOLDER), help=f"where to (default: ./{FOLDER})"
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="print nothing but errors")


def run(args: argparse.Namespace) -> int:
    from ..draft.outlines import outlines_from_document
    from ..draft.render import Draft
    from ..motion.document.read import parse_document
    from ..motion.evaluation.evaluate import tracks_from_document
    from ..overlay.draw import TrackStyle, draw_tracks
    from ..pictures import read_picture, write_png
    from ..progress import counted, progress_bar
    from ..video import ClipWriter

    folder: Path = args.output
    document = parse_document((ASSETS / DOCUMENT).read_bytes(), where=DOCUMENT)
    tracks, picture = tracks_from_document(document), read_picture(ASSETS / PICTURE)
    style = TrackStyle(
        radius_px=8, tail_width_px=11, colours=_common.document_colours(document.to_dict(), tracks.count)
    )
    size_wh, fps = tracks.size_wh, document.fps
    kept: list[tuple[int, np.ndarray]] = []
    with (
        ClipWriter(folder / "draft.mp4", size_wh, fps) as plain,
        ClipWriter(folder / "overlay.mp4", size_wh, fps) as over,
    ):
        frames = _written(Draft(picture, tracks, outlines_from_document(document)), plain)
        chosen = {round(i * (tracks.frames - 1) / (SHEET_COLUMNS * SHEET_ROWS - 1)) for i in range(9)}
        with progress_bar("Demo", quiet=args.quiet) as progress:
            drawn = counted(draw_tracks(frames, tracks, style), tracks.frames, progress)
            for number, frame in enumerate(drawn):
                over.add(frame)
                if number in chosen:
                    kept.append((number, frame))
    write_png(folder / "contact-sheet.png", contact_sheet(kept))
    for name, asset in (("picture.jpg", PICTURE), ("motion.json", DOCUMENT)):
        (folder / name).write_bytes((ASSETS / asset).read_bytes())
    _tell(args, folder, tracks)
    return 0


def _written(frames: object, clip: object) -> Iterator[np.ndarray]:
    """Frames on their way to the overlay, written to the plain clip as they pass."""
    for frame in frames:  # type: ignore[attr-defined]
        clip.add(frame)  # type: ignore[attr-defined]
        yield frame


def _tell(args: argparse.Namespace, folder: Path, tracks: Tracks) -> None:
    where = folder.resolve()
    _common.say(args, f"{plural(tracks.count, 'track')}, {plural(tracks.frames, 'frame')}. Look at:")
    for name, what in (
        ("draft.mp4", "the picture in motion"),
        ("overlay.mp4", "the same, with its trajectories"),
        ("contact-sheet.png", "nine moments of it on one page"),
    ):
        _common.say(args, f"  {where / name}   {what}")
    _common.say(args, "Make it yours:")
    inputs = f"--image {folder / 'picture.jpg'} --tracks {folder / 'motion.json'}"
    _common.say(args, f"  wan-move draft {inputs} -o mine.mp4")
    _common.say(args, "Or with a picture of your own: wan-move edit --help, wan-move draft --help")


def contact_sheet(moments: list[tuple[int, np.ndarray]]) -> np.ndarray:
    """uint8 [h, w, 3]: numbered frames on one page, row by row."""
    import cv2

    first = moments[0][1]
    cell_h = round(SHEET_CELL_W * first.shape[0] / first.shape[1])
    gap, rows = 6, -(-len(moments) // SHEET_COLUMNS)
    sheet = np.full((rows * (cell_h + gap) + gap, SHEET_COLUMNS * (SHEET_CELL_W + gap) + gap, 3), 24, np.uint8)
    for i, (number, frame) in enumerate(moments):
        y, x = gap + i // SHEET_COLUMNS * (cell_h + gap), gap + i % SHEET_COLUMNS * (SHEET_CELL_W + gap)
        small = cv2.resize(frame, (SHEET_CELL_W, cell_h), interpolation=cv2.INTER_AREA)
        for colour, thick in (((20, 20, 20), 3), ((255, 255, 255), 1)):
            cv2.putText(small, f"{number}", (8, cell_h - 10), cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, thick, cv2.LINE_AA)
        sheet[y : y + cell_h, x : x + SHEET_CELL_W] = small
    return sheet
