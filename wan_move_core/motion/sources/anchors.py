"""Hold the rest: still points over everything that no track touches, so that the picture does not drift along.

The rule, shared with the editor: candidates are the cells r = r0 + k S, c = c0 + k S, row by row, with
r0 = ((rows - 1) % S) // 2 and c0 alike. A cell is touched when a visible position lies in it, or a part of the way
between two consecutive visible frames, cut in max(1, ceil(length_px / 4)) equal parts; or, with a mask, when its centre
is in the mask. Candidates within ``margin_cells`` (the larger of both distances) of a touched cell are dropped, which
keeps anchors off the subject, off its borders and off its way.

A thing is larger than its points. Whoever has the picture finds the thing's outline there and gives what it covers on
its way as ``kept_free``: no anchor lies in it or within a cell of it, where the margin around the points ends sooner.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from ...errors import WanMoveError
from ...geometry import STRIDE_X, STRIDE_Y
from ...tracks import Tracks
from ..checks.issues import checks_table
from ..evaluation.region import cell_centres_xy, cells_in_mask

KeptFree = np.ndarray | Callable[[Tracks], np.ndarray | None]
"""bool [H, W] of the tracks' own size: what moves and where it passes; or a function of the tracks that gives it."""
LONE_PX = 64.0
OUTLINE_MARGIN_CELLS = 1
"""A cut outline is at most a cell off; three more, as around a point, would leave no anchor beside a large thing."""
_STEP_PX = 4.0
_POINTS_AT_ONCE = 1_000_000


def anchor_points(
    tracks: Tracks,
    size_wh: tuple[int, int] | None = None,
    *,
    spacing_cells: int | None = None,
    margin_cells: int | None = None,
    avoid_mask: np.ndarray | torch.Tensor | None = None,
    kept_free: KeptFree | None = None,
) -> np.ndarray:
    """float64 [M, 2] px: where to hold the picture still beside ``tracks``; the same for the same input, always.

    Args:
        tracks: what moves, and what is held already (asking twice adds nothing near it). Camera motion left out.
        size_wh: the picture's size; that of the tracks by default, and it may not differ.
        spacing_cells, margin_cells: in latent cells of 8 px; by default as in checks.json (6 and 3).
        avoid_mask: bool or 0-1 [h, w] of any size, stretched over the picture: nothing in it or near its border.
        kept_free: bool [H, W], or a function of the tracks: what the moving things cover on their way.

    Raises: WanMoveError for a spacing below 1, a negative margin, another size, or a mask that is not a plane.
    """
    entry = checks_table()["no_anchors"]
    spacing = entry["spacing_cells"] if spacing_cells is None else spacing_cells
    margin = entry["margin_cells"] if margin_cells is None else margin_cells
    size = tracks.size_wh if size_wh is None else tuple(size_wh)
    _require(tracks.size_wh == size, f"tracks of {tracks.size_wh}, picture of {size}", "fit the tracks first")
    _require(spacing >= 1, f"a spacing of {spacing} cells", "use 1 or more")
    _require(margin >= 0, f"a margin of {margin} cells", "use 0 or more")
    rows, cols = size[1] // STRIDE_Y, size[0] // STRIDE_X
    free = ~_near_touched(touched_cells(tracks, margin), margin)[margin : margin + rows, margin : margin + cols]
    if avoid_mask is not None:
        mask = np.asarray(torch.as_tensor(avoid_mask).detach().cpu().to(torch.float32))
        _require(mask.ndim == 2 and mask.size > 0, f"a mask of shape {list(mask.shape)}", "give one plane [h, w]")
        padded = np.pad(cells_in_mask(mask > 0.5, tracks.size_wh), margin)
        free &= ~_near_touched(padded, margin)[margin : margin + rows, margin : margin + cols]
    covered = kept_free(tracks) if callable(kept_free) else kept_free
    if covered is not None:
        plane = np.asarray(covered, bool)
        _require(
            plane.shape == (size[1], size[0]), f"kept_free of shape {list(plane.shape)}, picture of {size}",
            "give one plane [H, W] of the picture's size",
        )  # fmt: skip
        tiles = plane[: rows * STRIDE_Y, : cols * STRIDE_X].reshape(rows, STRIDE_Y, cols, STRIDE_X)
        cells = np.asarray(tiles.any(axis=(1, 3)))
        free &= ~_near_touched(cells, OUTLINE_MARGIN_CELLS)
    candidate = np.zeros((rows, cols), bool)
    candidate[((rows - 1) % spacing) // 2 :: spacing, ((cols - 1) % spacing) // 2 :: spacing] = True
    return cell_centres_xy(np.argwhere(candidate & free))


def hold_the_rest(
    tracks: Tracks,
    size_wh: tuple[int, int] | None = None,
    *,
    spacing_cells: int | None = None,
    margin_cells: int | None = None,
    avoid_mask: np.ndarray | torch.Tensor | None = None,
    kept_free: KeptFree | None = None,
) -> Tracks:
    """Still, visible tracks at :func:`anchor_points`, as long as ``tracks``: the anchors alone; merge them before."""
    points = anchor_points(
        tracks, size_wh, spacing_cells=spacing_cells, margin_cells=margin_cells, avoid_mask=avoid_mask,
        kept_free=kept_free,
    )  # fmt: skip
    xy = torch.from_numpy(points).to(torch.float32)[None].expand(tracks.frames, -1, -1)
    return Tracks.make(xy, size_wh=tracks.size_wh)


def lone_points(tracks: Tracks) -> list[int]:
    """Tracks that move and have no other moving track within ``LONE_PX`` of their start: each may be a larger thing."""
    start = tracks.xy[0].numpy(force=True).astype(np.float64)
    seen = tracks.visible.numpy(force=True)
    way = np.linalg.norm(tracks.xy.numpy(force=True).astype(np.float64) - start, axis=-1)
    moving = np.flatnonzero((np.where(seen, way, 0).max(0) > STRIDE_X / 2) & seen[0])
    return [int(one) for one in moving if (np.hypot(*(start[moving] - start[one]).T) <= LONE_PX).sum() == 1]


def lone_note(tracks: Tracks, covered: np.ndarray | None = None) -> str | None:
    """What to tell of points that may be a larger thing; ``covered`` as ``kept_free``: bool [H, W]."""
    lone = lone_points(tracks)
    cut_out = False
    if covered is not None and lone:
        x, y = tracks.xy[0, lone].numpy(force=True).astype(int).T
        inside = (x >= 0) & (y >= 0) & (x < covered.shape[1]) & (y < covered.shape[0])
        cut_out = bool(inside.all() and covered[y[inside], x[inside]].all())
    if not lone:
        return None
    shown = ", ".join(str(one + 1) for one in lone[:10]) + (f" and {len(lone) - 10} more" if len(lone) > 10 else "")
    one = len(lone) == 1
    which = f"track{'s' * (not one)} {shown} move{'s' * one} alone"
    if cut_out:
        return (
            f"{which}: what {'it stands' if one else 'they stand'} for is guessed from the picture's colours; look "
            "whether a still point lies on it"
        )
    return (
        f"{which}: if {'it stands' if one else 'they stand'} for a larger thing, these still points hold most of it in "
        "place; draw the thing as a region, give its outline to avoid, or give the picture"
    )


def touched_cells(tracks: Tracks, border_cells: int = 0) -> np.ndarray:
    """bool [rows + 2 b, cols + 2 b]: cells that the tracks' sweep touches, with a border of ``b`` cells outside."""
    rows, cols = tracks.size_wh[1] // STRIDE_Y, tracks.size_wh[0] // STRIDE_X
    touched = np.zeros((rows + 2 * border_cells, cols + 2 * border_cells), bool)
    xy = tracks.xy.detach().cpu().numpy().astype(np.float64)
    visible = tracks.visible.detach().cpu().numpy()
    _mark(touched, xy[visible], border_cells)
    both = visible[1:] & visible[:-1]
    _mark_ways(touched, xy[:-1][both], np.diff(xy, axis=0)[both], border_cells)
    return touched


def _mark_ways(touched: np.ndarray, start: np.ndarray, step: np.ndarray, border_cells: int) -> None:
    """Mark start + step k / n, 0 < k < n, of every way [M, 2]; what lies off the raster is skipped, not walked."""
    parts = np.maximum(1, np.ceil(np.hypot(*step.T) / _STEP_PX))
    low, high = np.zeros(len(step)), np.ones(len(step))
    for axis, stride in ((0, STRIDE_X), (1, STRIDE_Y)):
        edge = np.array([-border_cells, touched.shape[1 - axis] - border_cells]) * float(stride)
        moves = step[:, axis] != 0
        safe = np.where(moves, step[:, axis], 1.0)
        reach = np.sort((edge - start[:, axis, None]) / safe[:, None], axis=1)
        aside = (start[:, axis] < edge[0]) | (start[:, axis] > edge[1])
        low = np.where(moves, np.maximum(low, reach[:, 0]), np.where(aside, 2.0, low))
        high = np.where(moves, np.minimum(high, reach[:, 1]), high)
    # One part more on either side: rounding may cost a touched cell, a skipped one may not.
    first = np.maximum(1, np.floor(low * parts) - 1)
    count = np.maximum(0, np.minimum(parts - 1, np.ceil(high * parts) + 1) - first + 1).astype(np.int64)
    way = np.flatnonzero(count)
    group = np.cumsum(count[way]) // _POINTS_AT_ONCE
    for number in np.unique(group):
        some = way[group == number]
        each = np.repeat(some, count[some])
        k = np.arange(len(each)) - np.repeat(np.cumsum(count[some]) - count[some], count[some]) + first[each]
        _mark(touched, start[each] + step[each] * k[:, None] / parts[each][:, None], border_cells)


def _mark(touched: np.ndarray, point_xy: np.ndarray, border_cells: int) -> None:
    column, row = (np.floor(point_xy / (STRIDE_X, STRIDE_Y)) + border_cells).T
    inside = (row >= 0) & (row < touched.shape[0]) & (column >= 0) & (column < touched.shape[1])
    touched[row[inside].astype(np.int64), column[inside].astype(np.int64)] = True


def _near_touched(touched: np.ndarray, margin: int) -> np.ndarray:
    """bool, same shape: within ``margin`` of a touched cell, along rows and columns."""
    near = touched.copy()
    for axis in range(2):
        grown = near.copy()
        for distance in range(1, min(margin, near.shape[axis] - 1) + 1):
            ahead = [slice(None)] * 2
            behind = [slice(None)] * 2
            ahead[axis], behind[axis] = slice(distance, None), slice(None, -distance)
            grown[tuple(ahead)] |= near[tuple(behind)]
            grown[tuple(behind)] |= near[tuple(ahead)]
        near = grown
    return near


def _require(good: bool, what: str, fix: str) -> None:
    if not good:
        raise WanMoveError(where="Hold the rest", what=what, fix=fix)
