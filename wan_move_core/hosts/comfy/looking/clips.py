"""What people look at: tracks on frames, drafts, clips side by side; as the host's IMAGE and as a preview in temp/."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from itertools import chain

import numpy as np
import torch

from ....errors import WanMoveError, plural
from ....geometry import Fit
from ....overlay.brush import TrackStyle
from ....overlay.draw import draw_tracks, stacked
from ....tracks import Tracks
from ..condition.guide import fit_tracks
from ..condition.picture import EncodedImage
from ..files.names import preview_clip
from ..progress import Progress
from ..tracks.sockets import HostTracks, open_tracks
from .motion import look as clip_of_tracks

LAYOUTS = ("beside", "under")
DRAFT_SIDE_PX = 1280
"""A draft of a photograph is made smaller: 81 frames of 12 megapixels would be 12 GB."""

Shown = tuple[torch.Tensor, dict[str, str]]
"""Frames float32 [T, H, W, 3] in 0-1, and the {filename, subfolder, type} of their preview clip."""


def style(
    radius: float, tail_frames: int, tail_width: float, opacity: float, labels: bool, cursor: int,
    as_published: bool = False,
) -> TrackStyle:  # fmt: skip
    """The look that the node's widgets describe; ``cursor`` counts tracks from 1, 0 is none."""
    return TrackStyle(
        radius_px=radius,
        tail_frames=tail_frames,
        tail_width_px=tail_width,
        opacity=opacity,
        labels=labels,
        cursor=cursor - 1 if cursor > 0 else None,
        rim=not as_published,
        shrink=not as_published,
    )


def draw(
    images: torch.Tensor, tracks: HostTracks, look: TrackStyle, encoded: EncodedImage | None = None
) -> tuple[torch.Tensor, dict[str, str], str]:
    """The frames with the tracks on them, and what to tell of lengths that differ ("" where they do not).

    ``encoded``: tracks of the whole picture are moved as it was fitted. One picture is no clip of another length.
    Raises: WanMoveError for tracks of another picture, or frames that are not the fitted video's.
    """
    own = _in_frame(tracks, images, encoded, "Draw tracks / tracks")
    shown, preview = _shown(draw_tracks(images[..., :3], own, look), max(len(images), own.frames))
    if len(images) in (1, own.frames):
        return shown, preview, ""
    note = f"The tracks have {plural(own.frames, 'frame')}, the clip has {len(images)}: the shorter one holds its end."
    logging.warning("Wan-Move: draw tracks: %s", note)
    return shown, preview, note


def draft(
    picture: torch.Tensor,
    tracks: HostTracks,
    with_tracks: bool = False,
    fps: float = 16.0,
    encoded: EncodedImage | None = None,
) -> tuple[torch.Tensor, torch.Tensor, dict[str, str]]:
    """(frames, mask, preview clip) of the picture warped along its tracks, at most 1280 px wide or high.

    The mask, float32 [T, H, W], is 1 where the draft knows what is seen. ``encoded``: the draft is of the fitted
    picture, in the video's size.
    """
    from ....draft.render import Draft
    from ....lead.known import frames_and_known

    first = picture[:1, ..., :3].to(torch.float32)
    if encoded is not None and (first.shape[2], first.shape[1]) != encoded.spec.size_wh:
        if (first.shape[2], first.shape[1]) != encoded.fit.source_wh:
            raise WanMoveError(
                where="Draft / picture",
                what=f"a {first.shape[2]}x{first.shape[1]} picture, the encoded one was "
                f"{encoded.fit.source_wh[0]}x{encoded.fit.source_wh[1]}",
                fix="connect the picture that Encode Image got, or the one it gives",
            )
        first = encoded.fit.picture(first)
    own = _in_frame(tracks, first, encoded, "Draft / tracks")
    if max(own.size_wh) > DRAFT_SIDE_PX:
        scale = DRAFT_SIDE_PX / max(own.size_wh)
        small = Fit.make(
            "crop", own.size_wh, (max(8, round(own.size_wh[0] * scale)), max(8, round(own.size_wh[1] * scale)))
        )
        first, own = small.picture(first), own.fit(small)
    made = Draft(next(as_bytes(first)), own)
    for note in made.notes:
        logging.info("Wan-Move: draft: %s", note)
    known = torch.empty(own.frames, own.size_wh[1], own.size_wh[0])

    def drawn() -> Iterator[np.ndarray]:
        for at, (frame, plane) in enumerate(frames_and_known(made)):
            torch.div(torch.from_numpy(plane), 255, out=known[at])
            yield frame

    frames = drawn()
    if with_tracks:
        frames = draw_tracks(frames, own, TrackStyle().scaled_to(own.size_wh))
    images, preview = _shown(frames, own.frames, fps)
    return images, known, preview


def side_by_side(first: torch.Tensor, second: torch.Tensor, layout: str) -> Shown:
    """Both clips in one frame; the shorter one holds its last frame."""
    if layout not in LAYOUTS:
        raise WanMoveError(where="Side by side / layout", what=f"unknown {layout!r}", fix="use beside or under")
    frames = stacked(first[..., :3], second[..., :3], beside=layout == "beside")
    return _shown(frames, max(len(first), len(second)))


def look_at_tracks(tracks: HostTracks) -> dict[str, str]:
    """A preview clip of the tracks alone, on a dark frame; of thousands, an even choice."""
    given, _ = open_tracks(tracks, "Tracks")
    return clip_of_tracks(given, None)


def as_bytes(images: torch.Tensor) -> Iterator[np.ndarray]:
    """uint8 [H, W, C] frames of the host's IMAGE, one at a time."""
    for image in images:
        yield (image.clamp(0, 1) * 255 + 0.5).to(torch.uint8).cpu().numpy()


def _in_frame(tracks: HostTracks, images: torch.Tensor, encoded: EncodedImage | None, where: str) -> Tracks:
    size = (images.shape[2], images.shape[1])
    fit = Fit.make("stretch", size, size)
    if encoded is not None:
        if size != encoded.spec.size_wh:
            raise WanMoveError(
                where=where,
                what=f"frames of {size[0]}x{size[1]}, wanmove_image is {encoded.spec.width}x{encoded.spec.height}",
                fix="give the video's own frames, or leave wanmove_image unconnected",
            )
        fit = encoded.fit
    return fit_tracks(tracks, fit, where=where)


def _shown(frames: Iterator[np.ndarray], total: int, fps: float = 16.0) -> Shown:
    """Collect uint8 frames into one array that is allocated once, counted on the progress bar."""
    progress = Progress(total)
    first = next(frames)
    clip = torch.empty((total, *first.shape), dtype=torch.float32)
    for i, frame in enumerate(chain([first], frames)):
        torch.div(torch.from_numpy(frame), 255, out=clip[i])
        progress(i + 1)
    return clip, preview_clip(as_bytes(clip), fps)
