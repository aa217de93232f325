"""What other video models are steered with, drawn from our tracks: as the host's IMAGE and MASK, and as a preview."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from ....geometry import Fit
from ....overlay.guide_frames import dot_frames, ltx_frames, vace_frames
from ..files.names import preview_clip
from ..progress import Progress
from ..tracks.others import ForModel, tracks_for
from ..tracks.sockets import HostTracks
from .clips import as_bytes


@dataclass(frozen=True)
class Guide:
    """``images`` float32 [T, H, W, 3] and ``mask`` [T, H, W] (1: to be made), the numbers beside them, a preview."""

    images: torch.Tensor
    mask: torch.Tensor
    made: ForModel
    preview: dict[str, str]


def guide(
    model: str, tracks: HostTracks, width: int, height: int, length: int, radius: float,
    picture: torch.Tensor | None = None,
) -> Guide:  # fmt: skip
    """The guide of ``model``; ``radius`` 0 is 8 px at 480p. ``picture``: IMAGE, cut to the video's shape in the middle.

    Raises: WanMoveError, see ``for_model``.
    """
    made = tracks_for(model, tracks, width, height, length)
    frames, (wide, high) = made.tracks.frames, made.guide_wh
    images, mask = torch.empty(frames, high, wide, 3), torch.ones(frames, high, wide)
    progress = Progress(frames)
    for frame, (shown, hole) in enumerate(_frames(model, made, radius or None, picture)):
        images[frame] = torch.from_numpy(shown)
        if hole is not None:
            mask[frame] = torch.from_numpy(hole)
        progress(frame + 1)
    fps = 24.0 if model == "ltx" else 16.0
    return Guide(images, mask, made, preview_clip(as_bytes(images), fps))


def _frames(
    model: str, made: ForModel, radius: float | None, picture: torch.Tensor | None
) -> Iterator[tuple[np.ndarray, np.ndarray | None]]:
    if model == "ltx":
        for frame in ltx_frames(made.tracks, made.guide_wh):
            yield frame, None
    elif model == "vace":
        yield from vace_frames(made.tracks, _fitted(picture, made.tracks.size_wh), radius)
    else:
        for frame in dot_frames(made.tracks, radius):
            yield frame.astype(np.float32) / 255, None


def _fitted(picture: torch.Tensor | None, video_wh: tuple[int, int]) -> np.ndarray | None:
    if picture is None:
        return None
    first = picture[:1, ..., :3].to(torch.float32)
    fit = Fit.make("crop", (first.shape[2], first.shape[1]), video_wh)
    return fit.picture(first)[0].clamp(0, 1).cpu().numpy()
