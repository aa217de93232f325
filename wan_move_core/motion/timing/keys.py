"""Values between keys, and the plane maps that keys describe: what regions and the camera have in common."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .easing import FASTEST, Easing, ease, end_speeds


def interpolate_keys(
    key_frame: Sequence[int], values: np.ndarray, frames: int, easing: Easing = "linear"
) -> np.ndarray:
    """float64 [T, D]: ``values`` [K, D] of keys at ``key_frame`` (any order, no two alike), for frames 0..T-1.

    Held before the first and after the last key; between two, linear in the eased share of the span.
    """
    order = np.argsort(np.asarray(key_frame), kind="stable")
    at = np.asarray(key_frame, np.float64)[order]
    value = np.asarray(values, np.float64)[order]
    frame = np.arange(frames, dtype=np.float64)
    if len(at) == 1:
        return np.repeat(value, frames, axis=0)
    i = np.clip(np.searchsorted(at, frame, side="right") - 1, 0, len(at) - 2)
    q = ease(easing, (frame - at[i]) / (at[i + 1] - at[i]))[:, None]
    return value[i] * (1.0 - q) + value[i + 1] * q


def smooth_keys(key_frame: Sequence[int], values: np.ndarray, frames: int, easing: Easing = "linear") -> np.ndarray:
    """float64 [T, D] as :func:`interpolate_keys`, passing through the keys without a stop or a corner.

    Between two keys a cubic in time. At a key it goes as the parabola through the key and its neighbours does there, so
    keys that lie on a parabola give that parabola; but never faster than three times the slower of the two spans, so
    that what holds between two keys holds, and nothing swings far beyond them. ``easing`` tells how it sets off and
    arrives, all in all. The D values are one body: its speed is the length of all. Two keys are joined as ever.
    """
    if len(key_frame) < 3:
        return interpolate_keys(key_frame, values, frames, easing)
    order = np.argsort(np.asarray(key_frame), kind="stable")
    at = np.asarray(key_frame, np.float64)[order]
    value = np.asarray(values, np.float64)[order]
    span = np.diff(at)
    chord = np.diff(value, axis=0) / span[:, None]
    speed = np.linalg.norm(chord, axis=1)
    before, after = span[:-1, None], span[1:, None]
    slope = np.empty_like(value)
    slope[1:-1] = _at_most(
        (chord[:-1] * after + chord[1:] * before) / (before + after), np.minimum(speed[:-1], speed[1:])
    )
    first, last = end_speeds(easing)
    slope[:1] = _at_most(first * (2.0 * chord[:1] - slope[1:2]), speed[:1])
    slope[-1:] = _at_most(last * (2.0 * chord[-1:] - slope[-2:-1]), speed[-1:])
    frame = np.clip(np.arange(frames, dtype=np.float64), at[0], at[-1])
    i = np.clip(np.searchsorted(at, frame, side="right") - 1, 0, len(at) - 2)
    q = ((frame - at[i]) / span[i])[:, None]
    way = value[i + 1] - value[i]
    off, on = slope[i] * span[i, None], slope[i + 1] * span[i, None]
    return value[i] + q * (off + q * (3.0 * way - 2.0 * off - on + q * (off + on - 2.0 * way)))


def _at_most(slope: np.ndarray, speed: np.ndarray) -> np.ndarray:
    """[K, D] no longer than :data:`FASTEST` times ``speed`` [K]."""
    length = np.linalg.norm(slope, axis=1)
    most = FASTEST * speed
    return slope * np.where(length > most, most / np.where(length > 0.0, length, 1.0), 1.0)[:, None]


def turn_matrices(degrees: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """float64 [T, 2, 2]: scale times the turn by ``degrees`` [T]; y points down, so positive is clockwise on screen."""
    angle = np.radians(degrees)
    c, s = np.cos(angle) * scale, np.sin(angle) * scale
    return np.stack([np.stack([c, -s], -1), np.stack([s, c], -1)], -2)


def relative_to_start(linear: np.ndarray, shift_xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """M(f) M(0)^-1 of the maps M(f) p = linear[f] p + shift_xy[f]; float64 [T, 2, 2] and [T, 2].

    Points drawn on the first picture start where they were drawn, whatever the keys say of frame 0.
    """
    together = linear @ np.linalg.inv(linear[0])
    return together, shift_xy - together @ shift_xy[0]


def apply_maps(point_xy: np.ndarray, linear: np.ndarray, shift_xy: np.ndarray) -> np.ndarray:
    """float64 [T, N, 2]: point_xy [N, 2] or [T, N, 2] moved by the map of each frame."""
    if point_xy.ndim == 2:
        # One product for all frames: thousands of products of 2x2 matrices cost ten times as much.
        moved = linear.reshape(-1, 2) @ np.asarray(point_xy, np.float64).T + shift_xy.reshape(-1, 1)
        return np.swapaxes(moved.reshape(len(linear), 2, -1), 1, 2)
    return point_xy @ np.swapaxes(linear, -1, -2) + shift_xy[:, None]
