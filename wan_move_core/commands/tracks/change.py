"""``wan-move tracks anchors|split|simplify``: trajectories held, cut into windows, or made editable."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import plural
from .. import _common

if TYPE_CHECKING:
    import numpy as np

    from ...motion.formats import Imported

NAMES = ("anchors", "split", "simplify")


def add_actions(actions: Any) -> list[argparse.ArgumentParser]:
    anchors = actions.add_parser("anchors", help="add still points over everything that does not move")
    split = actions.add_parser("split", help="cut a long motion into windows of one generation each")
    simplify = actions.add_parser("simplify", help="dense tracks as few editable keys: a motion document")
    for action, out in (
        (anchors, "the file to write"),
        (split, "a name such as part.npy; a number is added"),
        (simplify, "the motion document to write (.json)"),
    ):
        action.add_argument("tracks", metavar="FILE", type=Path, help="the trajectory file")
        action.add_argument("output", metavar="OUT", type=Path, help=out)
    for action in (anchors, split):
        action.add_argument("--to", metavar="FORMAT", default="auto", help="its format (default: by OUT's ending)")
    anchors.add_argument("--spacing", type=int, metavar="CELLS", help="between still points, in cells of 8 px")
    anchors.add_argument("--margin", type=int, metavar="CELLS", help="to keep from anything that moves")
    anchors.add_argument("--avoid", metavar="MASK", type=Path, help="where no still point goes")
    anchors.add_argument("--only", action="store_true", help="write the still points alone")
    split.add_argument("--window", type=int, default=81, metavar="N", help="frames of each, 4k+1 (default: 81)")
    split.add_argument("--refill", choices=("none", "anchors", "surroundings"), default="none", help="for lost points")
    simplify.add_argument("--error", type=float, default=1.0, metavar="PX", help="allowed distance (default: 1)")
    return [anchors, split, simplify]


def run(args: argparse.Namespace, imported: Imported) -> int:
    _common.say(args, imported.report)
    return {"anchors": _anchors, "split": _split, "simplify": _simplify}[args.action](args, imported)


def _anchors(args: argparse.Namespace, imported: Imported) -> int:
    from ...draft.things import swept_cut
    from ...motion.formats import write_tracks
    from ...motion.sources.anchors import hold_the_rest, lone_note
    from ...motion.sources.space.plane_files import read_mask
    from ...tracks import merge_tracks

    mask = read_mask(args.avoid) if args.avoid else None
    picture = _shown(args, imported, "anchors")
    covered = None if picture is None else swept_cut(picture, imported.tracks)
    held = hold_the_rest(
        imported.tracks, spacing_cells=args.spacing, margin_cells=args.margin, avoid_mask=mask, kept_free=covered
    )
    _common.say(args, f"{plural(held.count, 'still point')} beside {plural(imported.tracks.count, 'track')}.")
    if note := lone_note(imported.tracks, covered):
        _common.say(args, f"- {note}.")
    made = held if args.only else merge_tracks([held, imported.tracks])
    _common.say(args, write_tracks(made, args.output, args.to))
    return 0


def _shown(args: argparse.Namespace, imported: Imported, action: str) -> np.ndarray | None:
    """--image, uint8 [H, W, 3] of the tracks' size; None without one."""
    if not args.image:
        return None
    return _common.picture_of(imported.tracks, args.image, f"wan-move tracks {action} / --image")


def _split(args: argparse.Namespace, imported: Imported) -> int:
    from ...draft.things import swept_cut
    from ...motion.formats import write_tracks
    from ...motion.sources.windows import split_window, window_count

    picture = _shown(args, imported, "split") if args.refill == "anchors" else None

    def covered(number: int) -> np.ndarray | None:
        # The picture is the whole motion's first frame: its things are cut there, and followed to this window.
        first = number * (args.window - 1)
        frames = range(first, first + args.window)
        return None if picture is None else swept_cut(picture, imported.tracks, frames=frames)

    for number in range(window_count(imported.tracks.frames, args.window)):
        window = split_window(imported.tracks, number, args.window, args.refill, kept_free=covered(number))
        for note in window.notes:
            _common.say(args, f"- {note}.")
        target = args.output.with_name(f"{args.output.stem}_{number}{args.output.suffix}")
        _common.say(args, write_tracks(window.tracks, target, args.to))
    return 0


def _simplify(args: argparse.Namespace, imported: Imported) -> int:
    from ...motion.formats import write_tracks
    from ...motion.sources.simplify import document_from_tracks

    document, errors = document_from_tracks(imported.tracks, args.error)
    layers = document["layers"]
    keys, worst = sum(len(layer.get("points", ())) for layer in layers), max(errors, default=0.0)
    _common.say(
        args, f"{plural(len(layers), 'layer')} with {plural(keys, 'point')}; the worst position is {worst:.2f} px off."
    )
    _common.say(args, write_tracks(imported.tracks, args.output, "document", document=document))
    return 0
