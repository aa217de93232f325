"""The whole picture bent by many points: a mesh between them, drawn with what moves most in front.

Where parallax folds the mesh, triangles overlap; painting them from far to near decides who is seen. The mesh reaches
far beyond the picture, so there are no holes, whatever covers it.
"""

from __future__ import annotations

import numpy as np

from .warp import similarity

STEP = 2
"""Which triangle is seen is decided on a raster of this many px."""


class Mesh:
    """Delaunay triangles over ``start`` [M, 2] px and a frame of points around the picture.

    Args:
        start: where the points are in the picture.
        size_wh: of the picture.
    """

    def __init__(self, start: np.ndarray, size_wh: tuple[int, int]) -> None:
        self.size_wh = size_wh
        w, h = size_wh
        rim_x, rim_y = np.linspace(-w, 2 * w, 9), np.linspace(-h, 2 * h, 9)
        self.rim = np.array([(x, y) for x in rim_x for y in rim_y if x in rim_x[[0, -1]] or y in rim_y[[0, -1]]], float)
        edge = [(x, y) for x in np.linspace(0, w - 1, 7) for y in (0, h - 1)]
        edge += [(x, y) for y in np.linspace(0, h - 1, 5)[1:-1] for x in (0, w - 1)]
        self.added = np.concatenate([np.asarray(edge, float), self.rim])
        self.start = start
        away = np.hypot(*np.moveaxis(self.added[:, None] - start[None], -1, 0))
        self.closeness = 1 / (away + 8) ** 2
        self.points, self.triangles = _delaunay(np.concatenate([start, self.added]))

    def source(self, shown: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """float32 [H, W] x and y of where every pixel comes from, with the points at ``shown`` [M, 2] px."""
        import cv2

        w, h = self.size_wh
        linear, offset = similarity(self.start, shown)
        beyond = shown - (self.start @ linear.T + offset)
        rest = self.closeness @ beyond / self.closeness.sum(1, keepdims=True)
        now = np.concatenate([shown, self.added @ linear.T + offset + rest])
        at, origin = now[self.triangles], self.points[self.triangles]
        edges = np.stack([at[:, 1] - at[:, 0], at[:, 2] - at[:, 0]], -1)
        area = np.linalg.det(edges)
        solid = np.abs(area) > 0.05
        from_edges = np.stack([origin[:, 1] - origin[:, 0], origin[:, 2] - origin[:, 0]], -1)
        safe = np.where(solid[:, None, None], edges, np.eye(2))
        back = from_edges @ np.linalg.inv(safe)
        shift = origin[:, 0] - np.einsum("kij,kj->ki", back, at[:, 0])
        moved = np.hypot(*np.moveaxis(at - origin, -1, 0)).mean(1)
        # A turned-over triangle joins what is in front to what is behind: it lies under both.
        order = np.argsort(np.where(area * np.linalg.det(from_edges) > 0, moved, moved - 1e6), kind="stable")
        raster = np.full((-(-h // STEP), -(-w // STEP)), -1, np.int32)
        corners = np.rint(((at + 0.5) / STEP - 0.5) * 16).clip(-(2**24), 2**24).astype(np.int32)
        low, high = at.min(1), at.max(1)
        shows = solid & (high >= 0).all(1) & (low < (w, h)).all(1)
        for k in order[shows[order]]:
            cv2.fillConvexPoly(raster, corners[k], int(k), cv2.LINE_8, 4)
        which = np.maximum(raster, 0)
        y, x = np.mgrid[0 : raster.shape[0], 0 : raster.shape[1]] * float(STEP) + (STEP - 1) / 2
        (a, b), (c, d) = (back[:, i].T.astype(np.float32) for i in (0, 1))
        ox, oy = shift.T.astype(np.float32)
        none = raster < 0
        from_x = np.where(none, x, a[which] * x + b[which] * y + ox[which]).astype(np.float32)
        from_y = np.where(none, y, c[which] * x + d[which] * y + oy[which]).astype(np.float32)
        size = (raster.shape[1] * STEP, raster.shape[0] * STEP)
        fine = (cv2.resize(v, size, interpolation=cv2.INTER_LINEAR)[:h, :w] for v in (from_x, from_y))
        x_px, y_px = fine
        return x_px, y_px


def _delaunay(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``points`` and int [K, 3] into them; of points on one place the first is used."""
    import cv2

    low, high = np.floor(points.min(0)) - 2, np.ceil(points.max(0)) + 2
    division = cv2.Subdiv2D((int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1])))
    for x, y in points:
        division.insert((float(x), float(y)))
    lookup = {tuple(points[n].astype(np.float32).tolist()): n for n in reversed(range(len(points)))}
    corners = np.asarray(division.getTriangleList()).reshape(-1, 3, 2)
    found = [[lookup.get((float(p[0]), float(p[1])), -1) for p in triangle] for triangle in corners]
    triangles = np.array([t for t in found if min(t) >= 0], int).reshape(-1, 3)
    return points, triangles
