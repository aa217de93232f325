"""Depth maps: what their numbers mean, and the distance of every point in them.

Kinds, as depth estimators and renderers give them:
``near is bright``  relative inverse depth (disparity), as MiDaS and Depth Anything give: evenly graded in 1 / distance.
                    Stretched to 0..1, it is put between 1 / far and 1 / near.
``near is dark``    relative distance, evenly graded. Stretched to 0..1, it is put between near and far.
``metres``          distances along the view, as they are. What is not positive and finite (sky, holes) is put behind
                    everything else.
Both relative kinds know neither scale nor field of view, so near, far and fov shape the scene.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ....errors import WanMoveError

DEPTH_KINDS = ("near is bright", "near is dark", "metres")


@dataclass(frozen=True, eq=False)
class DistanceMap:
    """Distances along the view.

    Attributes:
        distance: float64 [h, w], positive and finite; of any size, stretched over the picture.
        notes: what was assumed or mended.
    """

    distance: np.ndarray
    notes: tuple[str, ...] = ()

    def at(self, point_xy: np.ndarray, size_wh: tuple[int, int]) -> np.ndarray:
        """float64 [...]: the distance under pixels [..., 2] of a picture of ``size_wh``; outside, the nearest edge's.

        Nearest, not mixed: a mean of near and far would be a place where nothing is.
        """
        rows, cols = self.distance.shape
        cell = np.floor(np.asarray(point_xy, np.float64) / size_wh * (cols, rows)).astype(np.int64)
        return self.distance[np.clip(cell[..., 1], 0, rows - 1), np.clip(cell[..., 0], 0, cols - 1)]


def distance_map(depth: np.ndarray, kind: str, near: float = 1.0, far: float = 10.0) -> DistanceMap:
    """Distances from a depth map [h, w] or [h, w, C] (the channels' mean); see the module for ``kind``.

    Raises: WanMoveError for an unknown kind, a map without finite numbers or another rank, or near and far that are not
        0 < near < far.
    """
    where = "Depth"
    if kind not in DEPTH_KINDS:
        raise WanMoveError(where=f"{where} / kind", what=f"unknown {kind!r}", fix=f"use {', '.join(DEPTH_KINDS)}")
    values = np.asarray(depth, np.float64)
    if values.ndim == 3:
        values = values[..., :3].mean(-1)
    if values.ndim != 2 or not values.size:
        raise WanMoveError(where=where, what=f"a map of shape {list(np.shape(depth))}", fix="give one plane [h, w]")
    finite = np.isfinite(values)
    if not finite.any():
        raise WanMoveError(where=where, what="no finite number in the map", fix="make the depth map again")
    if kind == "metres":
        return _metres(values, finite)
    if not 0 < near < far < np.inf:
        raise WanMoveError(where=f"{where} / near, far", what=f"{near:g} and {far:g}", fix="use 0 < near < far")
    notes = [f"relative depth put between {near:g} and {far:g}"]
    low, high = float(values[finite].min()), float(values[finite].max())
    if not finite.all():
        notes.append(f"{int((~finite).sum())} pixels without a number taken as farthest")
        values = np.where(finite, values, low if kind == "near is bright" else high)
    if high - low <= 1e-9 * max(1.0, abs(high)):
        # A blank map is a flat picture across the view, half way in inverse depth.
        return DistanceMap(np.full(values.shape, 2.0 / (1.0 / near + 1.0 / far)), (*notes, "the map is blank: flat"))
    share = (values - low) / (high - low)
    if kind == "near is bright":
        return DistanceMap(1.0 / (1.0 / far + share * (1.0 / near - 1.0 / far)), tuple(notes))
    return DistanceMap(near + share * (far - near), tuple(notes))


def _metres(values: np.ndarray, finite: np.ndarray) -> DistanceMap:
    good = finite & (values > 0)
    if not good.any():
        raise WanMoveError(
            where="Depth / metres", what="no positive distance in the map", fix="choose the kind that fits the map"
        )
    if good.all():
        return DistanceMap(values)
    farthest = float(values[good].max())
    note = f"{int((~good).sum())} pixels without a distance put behind the farthest, {farthest:g}"
    return DistanceMap(np.where(good, values, 2.0 * farthest), (note,))
