"""What hides what when the camera moves: a z-buffer of the whole scene, asked for each point.

The scene is a lattice of surface patches, one per latent cell. Each is drawn where the camera sees it, as large as it
then appears, into a buffer of half cells; the nearest patch wins. A point is hidden when the winner in its place is
in front of the plane that touches the surface at the point. Slopes therefore do not hide themselves.
"""

from __future__ import annotations

import numpy as np

from ....geometry import STRIDE_X

BUFFER_PX = 4.0
MAX_FOOTPRINT = 16
NEARER_SHARE = 0.03
"""A surface must be nearer by this share of inverse distance to hide: depth maps are not better than that."""


def surface_slopes(inverse_distance: np.ndarray) -> np.ndarray:
    """float64 [h, w, 2]: change of inverse distance per cell along x and y, taken from the smoother side.

    Planes have constant slopes in inverse distance, so a plane is continued exactly; at an edge of things the smaller
    of both one-sided differences belongs to the thing itself.
    """
    slopes = []
    for axis in (1, 0):
        step = np.diff(inverse_distance, axis=axis)
        pad = [(0, 0), (0, 0)]
        pad[axis] = (1, 0)
        before = np.pad(step, pad, mode="edge" if step.size else "constant")
        pad[axis] = (0, 1)
        after = np.pad(step, pad, mode="edge" if step.size else "constant")
        slopes.append(np.where(np.abs(before) <= np.abs(after), before, after))
    return np.stack(slopes, -1)


def hidden_points(
    point_xy: np.ndarray,
    point_z: np.ndarray,
    point_cell: np.ndarray,
    scene_xy: np.ndarray,
    scene_z: np.ndarray,
    magnification: np.ndarray,
    inverse_distance: np.ndarray,
    size_wh: tuple[int, int],
    nearest: float,
) -> np.ndarray:
    """bool [T, N]: points covered by a nearer part of the scene.

    Args:
        point_xy, point_z: float64 [T, N, 2] px and [T, N], the points as each frame's camera sees them.
        point_cell: float64 [N, 2], the points' places in the first picture, in cells (x, y).
        scene_xy, scene_z: float64 [T, h * w, 2] px and [T, h * w]: the lattice of patches, row by row.
        magnification: float64 [T, h * w], how many times larger each patch appears than in the first frame.
        inverse_distance: float64 [h, w], of the patches in the first frame.
        nearest: patches nearer than this, or behind the camera, are not drawn.
    """
    rows, cols = inverse_distance.shape
    slopes = surface_slopes(inverse_distance)
    own_cell = np.stack(
        [np.clip(point_cell[:, 0].astype(int), 0, cols - 1), np.clip(point_cell[:, 1].astype(int), 0, rows - 1)], -1
    )
    own_inverse = inverse_distance[own_cell[:, 1], own_cell[:, 0]]
    own_slope = slopes[own_cell[:, 1], own_cell[:, 0]]
    patch_cell = np.stack(np.meshgrid(np.arange(cols), np.arange(rows)), -1).reshape(-1, 2) + 0.5
    patch_inverse = inverse_distance.reshape(-1)
    hidden = np.zeros(point_z.shape, bool)
    for frame in range(1, len(hidden)):
        winner = _winners(scene_xy[frame], scene_z[frame], magnification[frame], size_wh, nearest)
        at = np.floor(np.clip(point_xy[frame], -1e6, 1e6) / BUFFER_PX).astype(np.int64)
        inside = np.all((at >= 0) & (at < winner.shape[::-1]), axis=-1)
        asked = np.flatnonzero(inside)
        won = winner[at[asked, 1], at[asked, 0]]
        some = won >= 0
        asked, won = asked[some], won[some]
        ahead = patch_cell[won] - point_cell[asked]
        continued = own_inverse[asked] + (own_slope[asked] * ahead).sum(-1)
        # In front of the point's own tangent plane, and nearer to this frame's camera.
        ahead_of_plane = patch_inverse[won] > continued + NEARER_SHARE * own_inverse[asked]
        nearer = scene_z[frame, won] < point_z[frame, asked] * (1.0 - NEARER_SHARE / 2)
        hidden[frame, asked] = ahead_of_plane & nearer
    return hidden


def _winners(
    xy: np.ndarray, z: np.ndarray, magnification: np.ndarray, size_wh: tuple[int, int], nearest: float
) -> np.ndarray:
    """int64 [rows, cols] number of the nearest patch in each buffer cell (-1: none)."""
    cols, rows = (int(np.ceil(side / BUFFER_PX)) for side in size_wh)
    half = np.minimum(magnification * (STRIDE_X / 2 / BUFFER_PX), MAX_FOOTPRINT / 2)
    u, v = (np.clip(xy, -1e6, 1e6) / BUFFER_PX).T
    drawn = np.flatnonzero((z > nearest) & (u > -half) & (u < cols + half) & (v > -half) & (v < rows + half))
    # Painted from far to near, so that of all written in one pass the nearest stays.
    drawn = drawn[np.argsort(-z[drawn])]
    u, v, half, z = u[drawn], v[drawn], half[drawn], z[drawn]
    left, top = (np.ceil(w - half - 0.5).astype(np.int32) for w in (u, v))
    across, down = (np.ceil(w + half - 0.5).astype(np.int32) - low for w, low in ((u, left), (v, top)))
    winner = np.full(rows * cols, -1, np.int32)
    nearest_z = np.full(rows * cols, np.inf)
    most_across, most_down = int(across.max(initial=0)), int(down.max(initial=0))
    for dy in range(most_down):
        row = top + dy
        in_row = np.flatnonzero((dy < down) & (row >= 0) & (row < rows))
        base, first, count, far = row[in_row] * cols, left[in_row], across[in_row], z[in_row]
        for dx in range(most_across):
            column = first + dx
            cell = base + column
            good = (dx < count) & (column >= 0) & (column < cols)
            # Earlier passes may have put something nearer there.
            good &= far < nearest_z[np.where(good, cell, 0)]
            where = cell[good]
            nearest_z[where] = far[good]
            winner[where] = drawn[in_row[good]]
    return winner.reshape(rows, cols)
