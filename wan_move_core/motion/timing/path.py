"""Control points to a position per frame, in the two timing modes of the motion document.

``arc``: progress through start..end, eased, becomes arc length: evenly, by the hand's own times, or by speeds.
``published``: the published demo's sampling, for parity. The rules in full: tests/golden_shared/README.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .curves import Handle, chord_parameter, hermite, merge_coincident, not_a_knot_slopes, polyline
from .easing import Easing, ease

SLOWEST = 0.1
"""Speeds below this count as this, as in the published demo."""

_PUBLISHED_SAMPLES = 1000
_SAME_SPEED = 1e-9


def progress(frames: int, start: int, end: int) -> np.ndarray:
    """float64 [T]: 0 up to ``start``, 1 from ``end`` on, linear between (start = end: 1 from there on)."""
    frame = np.arange(frames, dtype=np.float64)
    if end <= start:
        return (frame >= start).astype(np.float64)
    return np.clip((frame - start) / (end - start), 0.0, 1.0)


def arc_xy(
    point_xy: np.ndarray,
    frames: int,
    *,
    curve: str = "straight",
    closed: bool = False,
    times: Sequence[float] | None = None,
    speeds: Sequence[float] | None = None,
    start: int = 0,
    end: int | None = None,
    easing: Easing = "linear",
    handles_px: Sequence[Handle | None] | None = None,
) -> np.ndarray:
    """float64 [T, 2] px: the path ``point_xy`` [P, 2] px walked in arc length.

    Args:
        times: the points' own times (nondecreasing, from 0 to 1), P of them, or P + 1 when closed. Win over speeds.
        speeds: one per point; the speed is linear in arc length between points, so only ratios matter.
        handles_px: one per point, or None for it: see :data:`curves.Handle`.
        start, end: the motion's first and last frame; it rests before and after. ``end`` defaults to the last frame.
    """
    points = np.asarray(point_xy, np.float64)
    kept, knot = merge_coincident(points, closed)
    if len(kept) == 1:
        return np.repeat(points[:1], frames, axis=0)
    bent = None if handles_px is None else [handles_px[i] for i in kept]
    line = polyline(points[kept], curve, closed, bent)
    q = ease(easing, progress(frames, start, frames - 1 if end is None else end))
    outside = (q < 0.0) | (q > 1.0)
    q = np.where(outside, q - np.floor(q), q) if closed else np.clip(q, 0.0, 1.0)
    if times is not None:
        s_px = _by_times(np.asarray(times, np.float64), line.knot_px[knot], closed, line.total_px, q)
    elif speeds is not None:
        speed = np.asarray(speeds, np.float64)[kept]
        s_px = _by_speeds(line.knot_px, np.concatenate([speed, speed[:1]]) if closed else speed, q)
    else:
        s_px = q * line.total_px
    return line.at(s_px)


def _by_times(times: np.ndarray, s_px: np.ndarray, closed: bool, total_px: float, q: np.ndarray) -> np.ndarray:
    count = len(s_px)
    if closed and len(times) > count:
        s_px = np.append(s_px, total_px)
    elif closed and s_px[-1] < total_px:
        times, s_px = np.append(times, times[-1] + 1.0 / (count - 1)), np.append(s_px, total_px)
    times = times / times[-1]
    i = np.searchsorted(times, q, side="right") - 1
    after = np.minimum(i + 1, len(times) - 1)
    span = times[after] - times[i]
    part = np.divide(q - times[i], span, out=np.zeros_like(q), where=span > 0)
    return s_px[i] + (s_px[after] - s_px[i]) * part


def _by_speeds(knot_px: np.ndarray, speeds: np.ndarray, q: np.ndarray) -> np.ndarray:
    speed = np.maximum(speeds, SLOWEST)
    v0, v1, length = speed[:-1], speed[1:], np.diff(knot_px)
    change = v1 - v0
    even = np.abs(change) <= _SAME_SPEED
    safe = np.where(even, 1.0, change)
    seconds = np.where(even, length / v0, length * np.log(v1 / v0) / safe)
    clock = np.concatenate([[0.0], np.cumsum(seconds)])
    now = q * clock[-1]
    i = np.clip(np.searchsorted(clock, now, side="right") - 1, 0, len(length) - 1)
    into = now - clock[i]
    walked = np.where(even[i], v0[i] * into, length[i] * v0[i] * np.expm1(safe[i] * into / length[i]) / safe[i])
    return knot_px[i] + np.clip(walked, 0.0, length[i])


def published_xy(
    point_xy: np.ndarray,
    frames: int,
    *,
    smooth: bool,
    speeds: Sequence[float] | None = None,
    closed: bool = False,
) -> np.ndarray:
    """float64 [T, 2] px: the published demo's own sampling of a path over all ``frames``.

    The parameter is cumulative chord length scaled to 0..1; ``smooth`` with more than 3 points takes the not-a-knot
    cubic spline per axis; the clock is the cumulative trapezoid of 1/speed over 1,000 samples, inverted linearly.
    Source: Wan-Move 27409be, the demo's path sampling. Ours on purpose: coincident points are merged (there they divide
    by zero), ``closed`` adds the first point at the end.
    """
    points = np.asarray(point_xy, np.float64)
    kept, _ = merge_coincident(points, closed)
    if len(kept) == 1:
        return np.repeat(points[:1], frames, axis=0)
    if closed:
        kept = np.append(kept, 0)
    knots = points[kept]
    speed = np.maximum(np.ones(len(points)) if speeds is None else np.asarray(speeds, np.float64), SLOWEST)[kept]
    u = chord_parameter(knots)
    u = u / u[-1]
    fine = np.linspace(0.0, 1.0, _PUBLISHED_SAMPLES)
    slow = 1.0 / np.interp(fine, u, speed)
    clock = np.concatenate([[0.0], np.cumsum((slow[1:] + slow[:-1]) * 0.5 * np.diff(fine))])
    at = np.interp(np.linspace(0.0, clock[-1], frames), clock, fine)
    if smooth and len(knots) > 3:
        return hermite(u, knots, not_a_knot_slopes(u, knots), at)
    return np.stack([np.interp(at, u, knots[:, i]) for i in range(2)], -1)


def published_over_clip_xy(
    point_xy: np.ndarray,
    frames: int,
    *,
    smooth: bool,
    speeds: Sequence[float] | None,
    closed: bool,
    start: int,
    end: int,
) -> np.ndarray:
    """float64 [T, 2] px: :func:`published_xy` over the frames start..end of a clip, at rest before and after."""
    if end <= start:
        points = np.asarray(point_xy, np.float64)
        ends = np.stack([points[0], points[0] if closed else points[-1]])
        return ends[progress(frames, start, end).astype(np.int64)]
    row = published_xy(point_xy, end - start + 1, smooth=smooth, speeds=speeds, closed=closed)
    return row[np.clip(np.arange(frames) - start, 0, end - start)]
