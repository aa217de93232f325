"""``wan-move tracks``: trajectory files looked at, checked, mended, converted; and trajectories made and changed."""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import plural
from .. import _common
from . import change as tracks_change
from . import make as tracks_make
from . import others as tracks_others

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...motion.checks.issues import Issue
    from ...motion.checks.judged import Thing
    from ...motion.document.layers import MotionDocument
    from ...motion.formats import Imported
    from ...motion.sources.anchors import KeptFree
    from ...tracks import Tracks

SUMMARY = "trajectories: look, check, convert; make them from regions, cameras, clips"

DESCRIPTION = """\
Read, check, mend and convert trajectory files; make trajectories from masks, a camera, a clip or a turn in space; add
still points, cut long motion into windows, make dense tracks editable. The shape of the data decides a file's format,
never its name; what was assumed, clamped or left out is printed."""

LEVELS = ("errors", "warnings", "all")

EPILOG = """\
examples:
  wan-move tracks info tracks.npy --visibility visibility.npy
  wan-move tracks check motion.json
  wan-move tracks convert motion.json tracks.npy
  wan-move tracks convert tracks.npy motion.json --to document --image photo.jpg --frames 81
  wan-move tracks convert nuke.txt tracks.npy --size 1920x1080
  wan-move tracks convert tapir.npy tracks.npy --axes tracks_first --size 832x480
  wan-move tracks convert motion.json keyframes.txt --to after_effects
  wan-move tracks convert motion.json guide.mp4 --to ltx --video-size 960x576
  wan-move tracks convert motion.json guide.mp4 --to vace --image photo.jpg
  wan-move tracks check tracks.npy --size 832x480 --fix mended.npy
  wan-move tracks region out.npy --mask car.png --image photo.jpg --move 120,0
  wan-move tracks camera out.npy --image photo.jpg --depth depth.png --move "orbit left=15"
  wan-move tracks transfer out.npy --clip dance.mp4 --image photo.jpg --retarget similarity \\
      --clip-mask dancer.png --picture-mask person.png
  wan-move tracks turn out.npy --mask head.png --shape sphere --angle 40
  wan-move tracks anchors out.npy held.npy --size 832x480
  wan-move tracks split long.npy part.npy --size 832x480 --window 81
  wan-move tracks simplify out.npy motion.json --size 832x480 --error 1

check ends with 1 when something in the file (with --fix: in what was written) will not work, else with 0.
"""


WRITABLE = (
    "npy, coordinates, host, document, wan2gp, wan2gp_npy, points_store, strokes, ati, after_effects, csv, nuke_ascii, "
    "equalizer, pftrack, shake, syntheyes, svg (default: by OUT's ending); for other video models: ltx (a guide clip "
    "of discs and trails, or .json), ati (.pth or .json), dots (white dots on black, for Fun Control), vace (the "
    "picture, then dots on grey; and a clip of the mask)"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    info = actions.add_parser("info", help="what the file holds, track by track", description="What a file holds.")
    check = actions.add_parser("check", help="what will silently not work, and the fix", description="Find mistakes.")
    convert = actions.add_parser("convert", help="write it in another format", description="Write another format.")
    tracks_make.add_actions(actions)
    changing = tracks_change.add_actions(actions)
    check.add_argument("--fix", metavar="OUT", type=Path, help="mend what was found and write it to OUT")
    check.add_argument(
        "--level",
        choices=LEVELS,
        default="warnings",
        help="what to mend: errors, warnings too (default), or all",
    )
    for action in (info, check, convert):
        action.add_argument("tracks", metavar="FILE", type=Path, help="the trajectory file")
        if action is convert:
            action.add_argument("output", metavar="OUT", type=Path, help="the file to write (.npy .json .csv ...)")
            action.add_argument("--to", metavar="FORMAT", default="auto", help=WRITABLE)
            action.add_argument(
                "--visibility-output", metavar="FILE", type=Path, help="of an npy pair (default: beside)"
            )
            tracks_others.add_options(action)
    for action in (info, check, convert, *changing):
        action.add_argument(
            "--visibility", metavar="FILE", type=Path,
            help="visibility .npy of positions .npy (default: x_visibility.npy beside x.npy; none: all visible)",
        )  # fmt: skip
        _common.add_reading_options(action)
        action.add_argument("--image", metavar="FILE", type=Path, help="the picture that the tracks belong to")
        action.add_argument("--size", type=_common.size_wh, metavar="WxH", help="or its size")
        if action in (info, check):
            action.add_argument("--json", action="store_true", help="print JSON, for programs")
        action.add_argument("-q", "--quiet", action="store_true", help="print nothing but errors")


def run(args: argparse.Namespace) -> int:
    if args.action in tracks_make.NAMES:
        return tracks_make.run(args)
    imported = _read(args)
    if args.action in tracks_change.NAMES:
        return tracks_change.run(args, imported)
    return {"info": _info, "check": _check, "convert": _convert}[args.action](args, imported)


def _read(args: argparse.Namespace) -> Imported:
    from ...motion.formats import read_tracks

    size_wh = args.size
    if size_wh is None and args.image is not None:
        picture = _common.read_image(args.image)
        size_wh = (picture.shape[1], picture.shape[0])
    return read_tracks(args.tracks, size_wh=size_wh, **_common.reading(args))


def _info(args: argparse.Namespace, imported: Imported) -> int:
    rows = _rows(imported)
    if args.json:
        _print_json({**_head(imported), "tracks": rows})
        return 0
    _common.say(args, imported.report)
    if rows and not args.quiet:
        _print_table(rows)
    return 0


def _head(imported: Imported) -> dict[str, Any]:
    report = imported.report
    return {
        "format": report.format,
        "count": report.count,
        "frames": report.frames,
        "unit": report.unit,
        "size_wh": list(report.size_wh),
        "size_from": report.size_from,
        "notes": list(report.notes),
        "choices": report.to_dict()["choices"],
    }


def _rows(imported: Imported) -> list[dict[str, Any]]:
    tracks = imported.tracks
    steps = (tracks.xy[1:] - tracks.xy[:-1]).norm(dim=-1)
    inside, frames = tracks.inside(), tracks.frames
    return [
        {
            "track": n,
            "start": [round(float(v), 1) for v in tracks.xy[0, n]],
            "end": [round(float(v), 1) for v in tracks.xy[-1, n]],
            "length_px": round(float(steps[:, n].sum()), 1),
            "fastest_px_per_frame": round(float(steps[:, n].max()), 1) if frames > 1 else 0.0,
            "hidden_frames": int((~tracks.visible[:, n]).sum()),
            "outside_frames": int((~inside[:, n]).sum()),
        }
        for n in range(tracks.count)
    ]


MAX_ROWS = 40


def _print_table(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for title in ("track", "start", "end", "path px", "fastest px/frame", "hidden", "outside"):
        table.add_column(title, justify="right")
    for row in rows[:MAX_ROWS]:
        start, end = (f"{x:g}, {y:g}" for x, y in (row["start"], row["end"]))
        numbers = (row["length_px"], row["fastest_px_per_frame"], row["hidden_frames"], row["outside_frames"])
        table.add_row(str(row["track"] + 1), start, end, *(f"{v:g}" for v in numbers))
    Console().print(table)
    if len(rows) > MAX_ROWS:
        sys.stdout.write(f"... and {len(rows) - MAX_ROWS} more (--json prints all)\n")


def _check(args: argparse.Namespace, imported: Imported) -> int:
    found, left, mended = _judged(args, imported)
    errors = sum(issue.severity == "error" for issue in left)
    if args.json:
        fixed = {} if args.fix is None else {"found": [issue.to_dict() for issue in found], "mended": mended}
        _print_json({**_head(imported), **fixed, "issues": [issue.to_dict() for issue in left]})
        return 1 if errors else 0
    _common.say(args, imported.report)
    if args.fix is not None:
        for issue in found:
            _common.say(args, f"{issue.severity.upper():8} {issue.text}")
        for sentence in mended:
            _common.say(args, f"- {sentence}")
        _common.say(args, f"Left in {args.fix}:" if left else f"Nothing is left in {args.fix}.")
    for issue in left:
        _common.say(args, f"{issue.severity.upper():8} {issue.text} Fix: {issue.fix_label}.")
    warnings = sum(issue.severity == "warning" for issue in left)
    _common.say(args, f"{plural(errors, 'error')}, {plural(warnings, 'warning')}." if left else "No issue found.")
    return 1 if errors else 0


def _judged(args: argparse.Namespace, imported: Imported) -> tuple[list[Issue], list[Issue], list[str]]:
    """The file's issues, those that are left in --fix (else the same), and what was changed; --fix is written."""
    from ...motion.checks.checker import check_document, check_tracks
    from ...motion.formats import write_tracks
    from ...motion.mending.fixes import apply
    from ...motion.mending.mend import mend

    if imported.report.format == "document" and imported.document is not None:
        from ...motion.document.read import parse_document
        from ...motion.evaluation.evaluate import tracks_from_document
        from ...motion.mending.fix_document import apply_to_document

        document = parse_document(imported.document, where=str(args.tracks))

        def judged_document(now: MotionDocument) -> list[Issue]:
            return check_document(now, things=_things(args, now))

        found = judged_document(document)
        if args.fix is None:
            return found, found, []
        mended, left, said = mend(
            document, judged_document, partial(apply_to_document, kept_free=_kept_free(args, document)), args.level
        )
        stays = {"format": "document", "document": mended.to_dict()} if args.fix.suffix.lower() == ".json" else {}
        write_tracks(tracks_from_document(mended), args.fix, **stays)
        return found, left, said

    def judged_tracks(now: Tracks) -> list[Issue]:
        return check_tracks(now, things=_things(args, now))

    if args.image is not None:
        _common.picture_of(imported.tracks, args.image, "Check / --image")
    found = judged_tracks(imported.tracks)
    if args.fix is None:
        return found, found, []
    tracks, left, said = mend(
        imported.tracks, judged_tracks, partial(apply, kept_free=_kept_free(args, imported.tracks)), args.level
    )
    write_tracks(tracks, args.fix)
    return found, left, said


def _shown(args: argparse.Namespace, moved: Tracks | MotionDocument) -> np.ndarray | None:
    """--image as the motion's clip shows it, uint8 [H, W, 3]; None without one."""
    if args.image is None:
        return None
    from ...geometry import Fit
    from ...pictures import fit_picture
    from ...tracks import Tracks

    picture = _common.read_image(args.image)
    mode = "crop" if isinstance(moved, Tracks) else moved.fit
    # The size of an area is the picture's own shape, and known already.
    mode = "stretch" if mode == "area" else mode
    own_wh = picture.shape[1], picture.shape[0]
    fit = Fit.make(mode, own_wh, moved.size_wh, part=None if isinstance(moved, Tracks) else moved.crop_on(own_wh))
    return np.ascontiguousarray(fit_picture(picture, fit))


def _things(args: argparse.Namespace, moved: Tracks | MotionDocument) -> Sequence[Thing]:
    """What moves in --image; nothing without one."""
    shown = _shown(args, moved)
    if shown is None:
        return ()
    from ...draft.outlines import outlines_from_document
    from ...draft.things import things_in
    from ...motion.evaluation.evaluate import tracks_and_owners
    from ...tracks import Tracks

    if isinstance(moved, Tracks):
        return things_in(shown, moved)
    return things_in(shown, tracks_and_owners(moved, through_camera=False)[0], outlines_from_document(moved))


def _kept_free(args: argparse.Namespace, moved: Tracks | MotionDocument) -> KeptFree | None:
    """What moves in --image and where it passes, asked of the tracks as they are then."""
    shown = _shown(args, moved)
    if shown is None:
        return None
    from ...draft.outlines import outlines_from_document
    from ...draft.things import swept_cut
    from ...motion.evaluation.evaluate import tracks_and_owners
    from ...tracks import Tracks

    drawn = () if isinstance(moved, Tracks) else outlines_from_document(moved)
    count = 0 if isinstance(moved, Tracks) else tracks_and_owners(moved)[0].count

    def covered(tracks: Tracks) -> np.ndarray | None:
        # Another size: a mend changed it, and the picture is no longer that of the tracks. Another count: the outlines
        # no longer know which tracks are theirs.
        if tracks.size_wh != (shown.shape[1], shown.shape[0]):
            return None
        return swept_cut(shown, tracks, drawn if tracks.count == count else ())

    return covered


def _convert(args: argparse.Namespace, imported: Imported) -> int:
    if tracks_others.is_one(args):
        return tracks_others.convert(args, imported)
    from ...motion.formats import write_tracks

    imported = tracks_others.in_video_size(args, imported)
    options: dict[str, Any] = {}
    if args.to == "document" and imported.document is not None:
        options["document"] = imported.document
    if args.visibility_output is not None:
        options["visibility_path"] = args.visibility_output
    _common.say(args, imported.report)
    _common.say(args, write_tracks(imported.tracks, args.output, args.to, **options))
    return 0


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, indent=1) + "\n")
