"""Numbers that stand for "no position": found before anything is resampled, so that no path runs to them and back."""

from __future__ import annotations

import numpy as np

MARKERS = (-1.0, -100.0, -999.0, -1000.0, -9999.0, -10000.0, -99999.0, -100000.0)
# A path that really passes there comes by small steps; a marker is jumped to.
NEAR = 8.0
BLOCK_POSITIONS = 1 << 20


def marked(xy: np.ndarray, axis: int = 0) -> np.ndarray:
    """bool [...]: both coordinates are one marker, and the nearest other positions along ``axis`` are not near it.

    Args:
        xy: float [..., 2] px; positions that are not finite count as none.
    """
    if xy.ndim == 3 and xy.shape[0] * xy.shape[1] > BLOCK_POSITIONS:
        # Block by block across the other axis, because the nearest neighbours take five times the positions.
        step = max(1, BLOCK_POSITIONS // xy.shape[axis])
        starts = range(0, xy.shape[1 - axis], step)
        parts = [xy[:, at : at + step] if axis == 0 else xy[at : at + step] for at in starts]
        return np.concatenate([marked(part, axis) for part in parts], axis=1 - axis)
    value = xy[..., 0]
    with np.errstate(invalid="ignore"):
        found = (value == xy[..., 1]) & np.isin(value, MARKERS)
    if not found.any():
        return found
    points, where = np.moveaxis(xy, axis, 0), np.moveaxis(found, axis, 0).copy()
    usable = ~where & np.isfinite(points).all(-1)
    near = np.zeros_like(where)
    for order in (slice(None), slice(None, None, -1)):
        index = np.where(usable[order], np.arange(len(points)).reshape(-1, *[1] * (where.ndim - 1)), -1)
        last = np.maximum.accumulate(index, axis=0)
        beside = np.take_along_axis(points[order], np.maximum(last, 0)[..., None], axis=0)
        with np.errstate(invalid="ignore"):
            close = (np.abs(beside - points[order]).max(-1) <= NEAR) & (last >= 0)
        near[order] |= close
    return np.moveaxis(where & ~near, 0, axis)
