"""The document's camera: truck, zoom and roll by keys, applied to everything that was drawn.

Convention: truck to the right moves the picture's content to the left; zoom above 1 makes it grow about the centre; a
clockwise roll turns it counter-clockwise. screen = C + zoom R(-roll) (scene - C - truck), relative to frame 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from ..timing.easing import Easing
from ..timing.keys import apply_maps, interpolate_keys, relative_to_start, turn_matrices

ZOOM_RANGE = (1e-6, 1e6)
"""An easing that overshoots may ask for any zoom; positions stay finite in float32."""


class CameraKeyLike(Protocol):
    """Where the camera is at ``frame``: truck in widths and heights, zoom, roll in degrees clockwise."""

    @property
    def frame(self) -> int: ...
    @property
    def truck(self) -> Sequence[float]: ...
    @property
    def zoom(self) -> float: ...
    @property
    def roll(self) -> float: ...


def camera_maps(
    keys: Sequence[CameraKeyLike], size_wh: tuple[int, int], frames: int, easing: Easing = "linear"
) -> tuple[np.ndarray, np.ndarray]:
    """From the scene, as the first frame shows it, to the screen at each frame: p' = linear[f] p + shift_xy[f], px.

    float64 [T, 2, 2] and [T, 2]. Zoom moves evenly in its logarithm, so that it feels steady.
    """
    if not keys:
        return np.repeat(np.eye(2)[None], frames, axis=0), np.zeros((frames, 2))
    rows = np.array([[*k.truck, np.log(k.zoom), k.roll] for k in keys], np.float64)
    value = interpolate_keys([k.frame for k in keys], rows, frames, easing)
    zoom = np.exp(np.clip(value[:, 2], *np.log(ZOOM_RANGE)))
    linear = turn_matrices(-value[:, 3], zoom)
    size = np.asarray(size_wh, np.float64)
    looked_at = size / 2.0 + value[:, :2] * size
    shift = size / 2.0 - (linear @ looked_at[..., None])[..., 0]
    return relative_to_start(linear, shift)


def ride_camera(point_xy: np.ndarray, maps: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """float64 [T, N, 2] px on screen: scene positions [N, 2] or [T, N, 2] px seen by the camera of each frame."""
    return apply_maps(point_xy, *maps)


def inverse_maps(linear: np.ndarray, shift_xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """From the screen back to the scene: maps as ``camera_maps`` gives them, each turned round."""
    back = np.linalg.inv(linear)
    return back, -(back @ shift_xy[..., None])[..., 0]


def camera_moves(keys: Sequence[CameraKeyLike]) -> bool:
    """Whether any key differs from the first."""
    return any((tuple(k.truck), k.zoom, k.roll) != (tuple(keys[0].truck), keys[0].zoom, keys[0].roll) for k in keys)
