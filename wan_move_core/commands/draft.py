"""``wan-move draft``: a picture moved along its trajectories, with no model, in seconds."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import plural
from . import _common

if TYPE_CHECKING:
    from ..draft.render import Draft
    from ..progress import OnProgress

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
  wan-move draft --image photo.jpg --tracks motion.json -o frames --mask masks
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--image", required=True, metavar="FILE", type=Path, help="the picture (JPEG, PNG, WebP, ...)")
    _common.add_tracks_options(parser)
    _common.add_fit_options(parser)
    _common.add_output_options(parser)
    parser.add_argument(
        "--mask",
        metavar="CLIP",
        type=Path,
        help="also write what the draft knows, white: things where they are, the places they left, under a camera all "
        "but what it uncovers; for generate --lead-mask (a folder of PNG frames loses nothing)",
    )


def run(args: argparse.Namespace) -> int:
    from ..draft.outlines import outlines_from_document, view_of
    from ..draft.render import Draft, draft_clip
    from ..motion.document.read import parse_document
    from ..progress import progress_bar
    from ..video import DEFAULT_FPS, require_writable_clip

    require_writable_clip(args.output)
    if args.mask is not None:
        _require_other_name(args)
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
        if args.mask is None:
            draft = draft_clip(args.output, scene.picture(picture), tracks, fps, progress, outlines, view)
        else:
            draft = Draft(scene.picture(picture), tracks, outlines, view)
            _write_both(args, draft, fps, progress)
    for note in draft.notes:
        _common.say(args, f"- {note}.")
    _common.say(args, f"Wrote {args.output} ({plural(draft.frames, 'frame')}).")
    if args.mask is not None:
        _common.say(args, f"Wrote {args.mask} (what the draft knows).")
    return 0


def _require_other_name(args: argparse.Namespace) -> None:
    from ..errors import WanMoveError
    from ..video import require_writable_clip

    require_writable_clip(args.mask)
    if args.mask.resolve() == args.output.resolve():
        raise WanMoveError(where="Draft / --mask", what=f"{args.mask} is the draft itself", fix="give another name")


def _write_both(args: argparse.Namespace, draft: Draft, fps: float, progress: OnProgress) -> None:
    """The draft and its mask, drawn together; an interruption leaves neither."""
    import numpy as np

    from ..lead.known import frames_and_known
    from ..progress import counted
    from ..video import ClipWriter

    size_wh = draft.size_wh
    with ClipWriter(args.output, size_wh, fps) as clip, ClipWriter(args.mask, size_wh, fps) as mask:
        for frame, known in counted(frames_and_known(draft), draft.frames, progress):
            clip.add(frame)
            mask.add(np.repeat(known[..., None], 3, -1))
