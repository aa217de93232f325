"""Positions along a polyline by length: what most foreign editors do with their control points."""

from __future__ import annotations

import numpy as np


def at_lengths(point_xy: np.ndarray, part: np.ndarray, *, extrapolate: bool = False) -> np.ndarray:
    """float64 [T, 2]: positions at ``part`` [T] (0-1 of the total length) of the polyline ``point_xy`` [P, 2].

    ``extrapolate`` runs on along the first and last spans where ``part`` leaves 0-1, else the ends hold.
    """
    ends = cumulative(point_xy)
    total = ends[-1]
    if len(point_xy) == 1 or not total > 0:
        return np.repeat(point_xy[:1], len(part), 0)
    target = part * total
    made = np.stack([np.interp(target, ends, point_xy[:, axis]) for axis in (0, 1)], axis=1)
    if extrapolate:
        spans = np.flatnonzero(np.diff(ends) > 0)
        for outside, span in ((target < 0, spans[0]), (target > total, spans[-1])):
            step = (target[outside] - ends[span]) / (ends[span + 1] - ends[span])
            made[outside] = point_xy[span] + step[:, None] * (point_xy[span + 1] - point_xy[span])
    return made


def cumulative(point_xy: np.ndarray) -> np.ndarray:
    """float64 [P]: length from the first point to each."""
    return (
        np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(point_xy, axis=0).T))]) if len(point_xy) > 1 else np.zeros(1)
    )
