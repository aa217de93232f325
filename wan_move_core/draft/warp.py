"""Smooth maps through scattered points: a similarity for the whole, compact radial functions for what is left.

Convention: positions are OpenCV's, pixel i centred at i. Maps are backward (from where a pixel is shown to where it
comes from), so a control pair (shown, source) is met exactly and nothing has to be inverted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MESH_STEP_PX = 2
"""Which triangle of a mesh is seen is decided on a raster of this many px."""
MAX_FIELD_WORK = 400_000
"""Grid nodes times control points evaluated per field; more points get a coarser grid."""


@dataclass(frozen=True)
class BackwardMap:
    """source = shown @ linear.T + offset + sum of bumps of radius ``support_px`` around ``centres``."""

    linear: np.ndarray
    offset: np.ndarray
    centres: np.ndarray
    weights: np.ndarray
    support_px: float

    @classmethod
    def through(cls, shown: np.ndarray, source: np.ndarray, support_px: float, trend: np.ndarray | None) -> BackwardMap:
        """The map taking each ``shown`` [M, 2] to its ``source`` [M, 2].

        ``trend``: bool [M], the points whose common similarity carries the rest along; None: nothing is carried, the
        map is the identity away from the points.
        """
        linear, offset = np.eye(2), np.zeros(2)
        if trend is not None and trend.any():
            linear, offset = similarity(shown[trend], source[trend])
        rest = source - (shown @ linear.T + offset)
        if len(rest) == 0 or np.abs(rest).max() < 0.05:
            return cls(linear, offset, np.zeros((0, 2)), np.zeros((0, 2)), support_px)
        between = _wendland(_distances(shown, shown) / support_px)
        # Points that meet in one frame ask for two sources at once; a little slack then gives their mean.
        weights = np.linalg.solve(between + 1e-4 * np.eye(len(shown)), rest)
        return cls(linear, offset, shown, weights, support_px)

    @property
    def is_identity(self) -> bool:
        same = np.allclose(self.linear, np.eye(2), atol=1e-5) and np.abs(self.offset).max() < 0.02
        return same and len(self.centres) == 0

    @property
    def is_affine(self) -> bool:
        return len(self.centres) == 0

    def matrix(self, box_xy: tuple[int, int], source_xy: tuple[int, int]) -> np.ndarray:
        """float64 [2, 3]: pixels of a box at ``box_xy`` to pixels of a crop of the source at ``source_xy``."""
        offset = self.offset + self.linear @ np.asarray(box_xy, float) - np.asarray(source_xy, float)
        return np.concatenate([self.linear, offset[:, None]], 1)

    def dense(self, box_xy: tuple[int, int], size_wh: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """float32 x and y [h, w] of the source of every pixel of a box: bumps on a coarse grid, then enlarged."""
        import cv2

        w, h = size_wh
        step = 8
        while (w // step + 1) * (h // step + 1) * len(self.centres) > MAX_FIELD_WORK and step < 32:
            step *= 2
        columns, rows = -(-w // step), -(-h // step)
        # Enlarging by a whole factor puts node k's centre at (k + 0.5) step - 0.5, which is where it is evaluated.
        x = (np.arange(columns) + 0.5) * step - 0.5 + box_xy[0]
        y = (np.arange(rows) + 0.5) * step - 0.5 + box_xy[1]
        nodes = np.stack(np.meshgrid(x, y), -1).reshape(-1, 2)
        bumps = np.zeros((len(nodes), 2), np.float32)
        for at in range(0, len(nodes), 4096):
            near = _wendland(_distances(nodes[at : at + 4096], self.centres) / self.support_px)
            bumps[at : at + 4096] = near @ self.weights
        fine = cv2.resize(bumps.reshape(rows, columns, 2), (columns * step, rows * step), interpolation=cv2.INTER_CUBIC)
        px = (np.arange(w, dtype=np.float32) + box_xy[0])[None, :]
        py = (np.arange(h, dtype=np.float32) + box_xy[1])[:, None]
        (a, b), (c, d) = self.linear.astype(np.float32)
        source_x = fine[:h, :w, 0] + (a * px + b * py + np.float32(self.offset[0]))
        source_y = fine[:h, :w, 1] + (c * px + d * py + np.float32(self.offset[1]))
        return source_x, source_y


def similarity(shown: np.ndarray, source: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least-squares rotation, scale and shift (one point: the shift alone)."""
    centre_shown, centre_source = shown.mean(0), source.mean(0)
    a, b = shown - centre_shown, source - centre_source
    power = float((a**2).sum())
    if power < 1.0:
        return np.eye(2), centre_source - centre_shown
    cosine = float((a * b).sum()) / power
    sine = float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) / power
    scale = float(np.clip(np.hypot(cosine, sine), 0.1, 10))
    angle = np.arctan2(sine, cosine)
    linear = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return linear, centre_source - linear @ centre_shown


def _wendland(r: np.ndarray) -> np.ndarray:
    """Wendland's C2 function: positive definite in the plane, exactly zero from r = 1 on."""
    left = np.maximum(1 - r, 0)
    return (left * left) ** 2 * (4 * r + 1)


def _distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    a, b = a.astype(np.float32), b.astype(np.float32)
    return np.hypot(a[:, None, 0] - b[None, :, 0], a[:, None, 1] - b[None, :, 1])


class Mesh:
    """The whole picture bent by many points: a mesh between them, drawn with what moves most in front.

    Where parallax folds the mesh, triangles overlap; painting them from far to near decides who is seen. The mesh
    reaches far beyond the picture, so there are no holes, whatever covers it.

    Delaunay triangles over ``start`` [M, 2] px and a frame of points around the picture.

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
        raster = np.full((-(-h // MESH_STEP_PX), -(-w // MESH_STEP_PX)), -1, np.int32)
        corners = np.rint(((at + 0.5) / MESH_STEP_PX - 0.5) * 16).clip(-(2**24), 2**24).astype(np.int32)
        low, high = at.min(1), at.max(1)
        shows = solid & (high >= 0).all(1) & (low < (w, h)).all(1)
        for k in order[shows[order]]:
            cv2.fillConvexPoly(raster, corners[k], int(k), cv2.LINE_8, 4)
        which = np.maximum(raster, 0)
        y, x = np.mgrid[0 : raster.shape[0], 0 : raster.shape[1]] * float(MESH_STEP_PX) + (MESH_STEP_PX - 1) / 2
        (a, b), (c, d) = (back[:, i].T.astype(np.float32) for i in (0, 1))
        ox, oy = shift.T.astype(np.float32)
        none = raster < 0
        from_x = np.where(none, x, a[which] * x + b[which] * y + ox[which]).astype(np.float32)
        from_y = np.where(none, y, c[which] * x + d[which] * y + oy[which]).astype(np.float32)
        size = (raster.shape[1] * MESH_STEP_PX, raster.shape[0] * MESH_STEP_PX)
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
