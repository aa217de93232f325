"""``wan-move draft``: a picture moved along its trajectories, with no model, in seconds."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from . import _common

SUMMARY = "a quick preview: the picture itself, moved along its trajectories"

DESCRIPTION = """\
A motion draft in seconds, with no model: things on the picture are cut out and carried along their trajectories over a
repaired background, what only stirs is bent, still points hold. It shows whether the motion is what you meant before
you generate; it is not the model's picture."""

EPILOG = """\
examples:
  wan-move draft --image photo.jpg --tracks motion.json -o draft.mp4
  wan-move draft --image photo.jpg --tracks tracks.npy --visibility visibility.npy --fit area -o draft.mp4
  wan-move draft --image photo.jpg --tracks tracks.json --size 480x832 --fit crop -o draft.gif
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--image", required=True, metavar="FILE", type=Path, help="the picture (JPEG, PNG, WebP, ...)")
    _common.add_tracks_options(parser)
    _common.add_fit_options(parser)
    _common.add_output_options(parser)


def run(args: argparse.Namespace) -> int:
    from ..draft.outlines import outlines_from_document, view_of
    from ..draft.render import draft_clip
    from ..motion.document.read import parse_document
    from ..progress import progress_bar
    from ..video import DEFAULT_FPS, require_writable_clip

    require_writable_clip(args.output)
    fps = _common.fps_from_args(args, DEFAULT_FPS)
    picture = _common.read_image(args.image)
    scene = _common.scene_from_args(args, (picture.shape[1], picture.shape[0]))
    _common.report(args, scene)
    if rate := _common.rate_note(scene.imported, fps):
        _common.say(args, f"- {rate}.")
    # The tracks of a document are those of its own frame, so its outlines lie where its tracks do.
    document = scene.imported.document
    parsed = parse_document(json.dumps(document)) if document else None
    outlines = outlines_from_document(parsed) if parsed else []
    tracks, view = (parsed and view_of(parsed)) or (scene.tracks, None)
    with progress_bar("Draft", quiet=args.quiet) as progress:
        draft = draft_clip(args.output, scene.picture(picture), tracks, fps, progress, outlines, view)
    for note in draft.notes:
        _common.say(args, f"- {note}.")
    _common.say(args, f"Wrote {args.output} ({draft.frames} frames).")
    return 0
