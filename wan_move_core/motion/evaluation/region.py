"""Regions: one point per latent cell inside an outline, thinned by density, moved as one rigid or scaled body.

Convention: a cell belongs to a region when its centre lies inside (even-odd for outlines; the pixel under it for
masks); cells are listed row by row. Rules shared with the editor: tests/golden_shared/README.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from ...errors import WanMoveError
from ...geometry import STRIDE_X, STRIDE_Y
from ..timing.easing import Easing
from ..timing.keys import apply_maps, interpolate_keys, relative_to_start, smooth_keys, turn_matrices

SMALLEST_SCALE = 1e-6
"""An easing that overshoots may ask for a negative scale; the body is never turned inside out."""


MOST_POSITIONS = 12_000_000
"""Positions that are computed at once, points times frames: every cell of a 4K picture over 81 frames, about 1 GB."""


class RegionKeyLike(Protocol):
    """Where the body is at ``frame``: offset in widths and heights, degrees clockwise, scale."""

    @property
    def frame(self) -> int: ...
    @property
    def offset(self) -> Sequence[float]: ...
    @property
    def rotate(self) -> float: ...
    @property
    def scale(self) -> float: ...


def require_bearable(points: int, frames: int, where: str, fix: str) -> None:
    """Raise where ``points`` over ``frames`` would take more memory than a node may."""
    if points * frames > MOST_POSITIONS:
        what = f"{points:,} points over {frames:,} frames are more than {MOST_POSITIONS:,} positions"
        raise WanMoveError(where=where, what=what, fix=fix)


def bayer_matrix(side: int = 8) -> np.ndarray:
    """int64 [side, side] ordered-dither ranks 0..side²-1 (side a power of two), from [[0, 2], [3, 1]]."""
    matrix = np.zeros((1, 1), np.int64)
    while len(matrix) < side:
        matrix = np.block([[4 * matrix, 4 * matrix + 2], [4 * matrix + 3, 4 * matrix + 1]])
    return matrix


def cells_in_polygon(polygon_xy: np.ndarray, size_wh: tuple[int, int]) -> np.ndarray:
    """bool [H // 8, W // 8]: cells whose centre lies inside the polygon [P, 2] px, by the even-odd rule."""
    rows, cols = size_wh[1] // STRIDE_Y, size_wh[0] // STRIDE_X
    centre_x = (np.arange(cols) + 0.5) * STRIDE_X
    xi, yi = np.asarray(polygon_xy, np.float64).T
    xj, yj = np.roll(xi, 1), np.roll(yi, 1)
    inside = np.zeros((rows, cols), bool)
    for row in range(rows):
        y = (row + 0.5) * STRIDE_Y
        crosses = np.flatnonzero((yi > y) != (yj > y))
        if len(crosses) == 0:
            continue
        a, b, c, d = xi[crosses], yi[crosses], xj[crosses], yj[crosses]
        crossing_x = np.sort((c - a) * (y - b) / (d - b) + a)
        to_the_right = len(crosses) - np.searchsorted(crossing_x, centre_x, side="right")
        inside[row] = to_the_right % 2 == 1
    return inside


def cells_in_mask(mask_hw: np.ndarray, size_wh: tuple[int, int]) -> np.ndarray:
    """bool [H // 8, W // 8]: cells whose centre falls on a set pixel of ``mask_hw`` (any size, stretched over all)."""
    mask = np.asarray(mask_hw, bool)

    def pixel(cells: int, stride: int, side: int, pixels: int) -> np.ndarray:
        centre = (np.arange(cells) + 0.5) * stride
        return np.minimum(pixels - 1, np.floor(centre / side * pixels).astype(np.int64))

    rows = pixel(size_wh[1] // STRIDE_Y, STRIDE_Y, size_wh[1], mask.shape[0])
    cols = pixel(size_wh[0] // STRIDE_X, STRIDE_X, size_wh[0], mask.shape[1])
    return mask[rows[:, None], cols[None, :]]


def lattice_cells(inside_hw: np.ndarray, density: float = 1.0) -> np.ndarray:
    """int64 [K, 2] cells (y, x), row by row: those set in ``inside_hw`` [h, w], thinned evenly to about ``density``.

    A region with any cell keeps at least one.
    """
    inside = np.asarray(inside_hw, bool)
    rows, cols = inside.shape
    rank = (bayer_matrix(8) + 0.5) / 64.0
    tiled = np.tile(rank, (rows // 8 + 1, cols // 8 + 1))[:rows, :cols]
    kept = np.argwhere(inside & (tiled < density))
    return kept if len(kept) else np.argwhere(inside)[:1]


def cell_centres_xy(cell_yx: np.ndarray) -> np.ndarray:
    """float64 [K, 2] px (x, y): centres of the cells [K, 2] (y, x)."""
    return (np.asarray(cell_yx, np.float64)[:, ::-1] + 0.5) * (STRIDE_X, STRIDE_Y)


def region_maps(
    keys: Sequence[RegionKeyLike],
    pivot_xy: Sequence[float],
    size_wh: tuple[int, int],
    frames: int,
    easing: Easing = "linear",
    curve: str = "straight",
) -> tuple[np.ndarray, np.ndarray]:
    """The body's map from its place at frame 0 to each frame: p' = linear[f] p + shift_xy[f], px."""
    if not keys:
        return np.repeat(np.eye(2)[None], frames, axis=0), np.zeros((frames, 2))
    rows = np.array([[*k.offset, k.rotate, k.scale] for k in keys], np.float64)
    at = [k.frame for k in keys]
    if curve == "smooth":
        # Its way, its turn and its size each go at a speed of their own.
        value = np.concatenate(
            [smooth_keys(at, part, frames, easing) for part in np.split(rows, (2, 3), axis=1)], axis=1
        )
    else:
        value = interpolate_keys(at, rows, frames, easing)
    linear = turn_matrices(value[:, 2], np.maximum(value[:, 3], SMALLEST_SCALE))
    pivot = np.asarray(pivot_xy, np.float64)
    shift = pivot + value[:, :2] * np.asarray(size_wh, np.float64) - linear @ pivot
    return relative_to_start(linear, shift)


def move_points(
    point_xy: np.ndarray,
    pivot_xy: Sequence[float],
    keys: Sequence[RegionKeyLike],
    frames: int,
    size_wh: tuple[int, int],
    easing: Easing = "linear",
    curve: str = "straight",
) -> np.ndarray:
    """float64 [T, N, 2] px: points [N, 2] px of a body that turns and scales about ``pivot_xy`` px and shifts by keys.

    At frame 0 every point is where it was given.
    """
    return apply_maps(np.asarray(point_xy, np.float64), *region_maps(keys, pivot_xy, size_wh, frames, easing, curve))
