"""Live previews of a clip: four moments of it, each with the tracks drawn on it, through the host's own previewer.

The host previews the first latent step alone, which shows the given picture and no motion.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from PIL import Image

from ....geometry import STRIDE_T, STRIDE_X, STRIDE_Y, Fit, frames_from_latent_steps
from ....overlay.brush import Brush, TrackStyle
from ....tracks import Tracks
from ..condition.guide import same_shape
from ..host.running import decodes_single_pictures, host_preview, longest_preview_px, preview_picture, previewer_of
from ..progress import Progress

MOMENTS = 4


def preview_callback(model: Any, steps: int, tracks: Tracks | dict[str, Any] | None = None) -> Callable[..., None]:
    """The host's sampling callback (step, x0, x, total): progress, cancel, and a preview where the user wants them.

    ``tracks`` that do not belong to the video's frame are not drawn, and the log says so once. Where another pack
    previews in its own way (VideoHelperSuite's animated previews), its preview is shown in place of ours.
    """
    previewer = previewer_of(model)
    ours = decodes_single_pictures(previewer)
    progress = Progress(steps)
    longest = longest_preview_px()
    # The video's shape is known at the first step only; judged once, so that the log tells it once.
    fitted = functools.cache(functools.partial(_fitted, tracks))

    def callback(step: int, x0: torch.Tensor, x: torch.Tensor, total: int) -> None:
        preview = None
        if ours and x0.ndim == 5:
            preview = ("JPEG", contact_sheet(previewer, x0, fitted(x0.shape), longest), longest)
        elif previewer is not None:
            preview = host_preview(previewer, x0)
        progress(step + 1, total, preview)

    return callback


def contact_sheet(previewer: Any, x0: torch.Tensor, tracks: Tracks | None, longest: int = 512) -> Image.Image:
    """Up to four moments of the first clip of x0 [B, C, Tl, h, w], in reading order, no side over ``longest`` px."""
    moments = preview_moments(x0.shape[2])
    columns = 1 if len(moments) == 1 else 2
    size_wh = _tile_size((x0.shape[4] * STRIDE_X, x0.shape[3] * STRIDE_Y), longest // columns)
    brush = None
    if tracks is not None:
        shown = tracks.fit(Fit.make("stretch", tracks.size_wh, size_wh))
        brush = Brush(shown, TrackStyle().scaled_to(size_wh), (size_wh[1], size_wh[0], 3))
    rows = -(-len(moments) // columns)
    sheet = Image.new("RGB", (columns * size_wh[0], rows * size_wh[1]))
    for i, latent_step in enumerate(moments):
        tile = preview_picture(previewer, x0[:1, :, latent_step : latent_step + 1]).convert("RGB")
        frame = np.asarray(tile.resize(size_wh, Image.Resampling.BICUBIC)).copy()
        if brush is not None:
            frame = brush.paint(frame, STRIDE_T * latent_step, STRIDE_T * latent_step)
        sheet.paste(Image.fromarray(frame), (i % columns * size_wh[0], i // columns * size_wh[1]))
    return sheet


def preview_moments(latent_steps: int) -> list[int]:
    """Latent steps to show: a quarter, half, three quarters and the end of the clip."""
    last = latent_steps - 1
    return sorted({round(last * (i + 1) / MOMENTS) for i in range(MOMENTS)})


def _tile_size(video_wh: tuple[int, int], longest: int) -> tuple[int, int]:
    scale = longest / max(video_wh)
    return max(1, round(video_wh[0] * scale)), max(1, round(video_wh[1] * scale))


def _fitted(tracks: Tracks | dict[str, Any] | None, shape: torch.Size) -> Tracks | None:
    if tracks is None:
        return None
    video_wh = (shape[4] * STRIDE_X, shape[3] * STRIDE_Y)
    own = tracks if isinstance(tracks, Tracks) else Tracks.from_host(tracks, video_wh)
    if own.frames != frames_from_latent_steps(shape[2]) or not same_shape(own.size_wh, video_wh):
        logging.warning(
            "Wan-Move: previews come without tracks: these are %d frames of %dx%d, the video is %d frames of %dx%d.",
            own.frames, *own.size_wh, frames_from_latent_steps(shape[2]), *video_wh,
        )  # fmt: skip
        return None
    return own
