"""Tracks drawn on frames: a disc where each point is, a tail where it has been.

The tail reaches back ``tail_frames`` frames, as wide as ``tail_width_px`` at the head, thinning to 1 px and fading to
clear; its width is measured across the path, so it is the same in every direction. A hidden point is not drawn, and no
tail crosses a hidden frame. Newer pieces of any track lie over older ones, discs over tails, later tracks over earlier.

Lengths: the result is as long as the longer of clip and tracks, and the shorter one holds its last frame.

Source: Wan-Move 27409be (radius, tail, colours). Differs on purpose: the tail keeps its width on vertical paths and
stops at hidden frames, edges are smooth, and the colours go on after five.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from ..errors import WanMoveError
from ..tracks import Tracks
from .brush import Brush, TrackStyle


def draw_tracks(frames: Any, tracks: Tracks, style: TrackStyle | None = None) -> Iterator[np.ndarray]:
    """Frames with the tracks drawn on them, one at a time.

    Args:
        frames: one picture [H, W, C] or a clip [T, H, W, C] (numpy or torch; uint8 0-255, or float 0-1), or an iterable
            of uint8 pictures. C is 3 (RGB) or 4 (RGBA). Never written to.
        tracks: of the frames' size.
        style: None is the published look, ``TrackStyle()``.

    Yields: uint8 [H, W, C]; max(clip, tracks) of them.
    Raises: WanMoveError when sizes differ or a frame has another shape.
    """
    look = style or TrackStyle()
    brush: Brush | None = None
    last: np.ndarray | None = None
    shown = 0
    for last in _pictures(frames):
        brush = brush or Brush(tracks, look, last.shape)
        yield brush.paint(last, min(shown, tracks.frames - 1), shown)
        shown += 1
    if brush is None or last is None:
        raise WanMoveError(
            where="Overlay / frames", what="there is no frame to draw on", fix="give a picture or a clip"
        )
    for frame in range(shown, tracks.frames):
        yield brush.paint(last, frame, frame)


def draw_paths(picture: Any, tracks: Tracks, style: TrackStyle | None = None) -> np.ndarray:
    """uint8 [H, W, C]: a still with every path drawn whole, from its start to a disc at its end."""
    whole = replace(style or TrackStyle(), tail_frames=max(1, tracks.frames - 1), fade=False, cursor=None)
    still = next(_pictures(picture))
    return Brush(tracks, whole, still.shape).paint(still, tracks.frames - 1, tracks.frames - 1)


def stacked(first: Any, second: Any, beside: bool = False) -> Iterator[np.ndarray]:
    """Two clips or pictures in one frame: ``second`` under ``first``, or at its right when ``beside``.

    The shorter one holds its last frame (a picture: throughout); ``second`` is scaled to the shared side.
    """
    upper, lower = _pictures(first), _pictures(second)
    a, b = next(upper, None), next(lower, None)
    if a is None or b is None:
        raise WanMoveError(where="Overlay / stack", what="one side has no frame", fix="give a picture or a clip")
    while True:
        yield _joined(a, b, beside)
        next_a, next_b = next(upper, None), next(lower, None)
        if next_a is None and next_b is None:
            return
        a, b = (a if next_a is None else next_a), (b if next_b is None else next_b)


def _joined(a: np.ndarray, b: np.ndarray, beside: bool) -> np.ndarray:
    import cv2

    axis = 1 if beside else 0
    shared = a.shape[1 - axis]
    if b.shape[1 - axis] != shared:
        other = max(1, round(b.shape[axis] * shared / b.shape[1 - axis]))
        b = cv2.resize(b, (other, shared) if beside else (shared, other), interpolation=cv2.INTER_AREA)
    return np.concatenate([a[..., :3], b[..., :3]], axis)


def _pictures(frames: Any) -> Iterator[np.ndarray]:
    """uint8 [H, W, C] pictures from whatever the caller holds, converted one at a time."""
    if isinstance(frames, torch.Tensor):
        frames = frames.detach()
    if hasattr(frames, "ndim"):
        if frames.ndim not in (3, 4):
            raise WanMoveError(
                where="Overlay / frames",
                what=f"an array of shape {list(frames.shape)}, expected [H, W, C] or [T, H, W, C]",
                fix="give a picture or a clip",
            )
        frames = [frames] if frames.ndim == 3 else frames
    for frame in frames:
        array = frame.cpu().numpy() if isinstance(frame, torch.Tensor) else np.asarray(frame)
        if array.ndim != 3 or array.shape[2] not in (3, 4):
            raise WanMoveError(
                where="Overlay / frames",
                what=f"a frame of shape {list(array.shape)}, expected [H, W, 3] or [H, W, 4]",
                fix="give RGB or RGBA pictures",
            )
        if array.dtype != np.uint8:
            if array.dtype.kind != "f":
                raise WanMoveError(
                    where="Overlay / frames",
                    what=f"pixels of type {array.dtype}",
                    fix="give uint8, or float from 0 to 1",
                )
            array = (np.clip(np.nan_to_num(array.astype(np.float32)), 0, 1) * 255 + 0.5).astype(np.uint8)
        yield array
