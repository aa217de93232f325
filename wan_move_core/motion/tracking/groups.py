"""What a point moved with: a lost point is carried by the local map of those neighbours that shared its motion."""

from __future__ import annotations

import numpy as np

from .patches import in_parts

NEAR, FAR = 40, 24
_SLACK_PX, _SLACK_SHARE = 0.8, 0.04
"""Two points move together where their motions differ by less than this, and this share of their distance (a turn)."""

_APART_PX, _APART_SHARE = 3.0, 0.2
"""The same of where a neighbour has come to, beyond where the point's own map puts it."""


ROUNDS = 4
"""Fits of a map: those that it fits badly count less each time."""


class Groups:
    """Neighbours of every point in the first frame, and how far each is of one motion with it.

    Nothing is said of what belongs together beyond that: points far apart on one thing help each other when those
    between are hidden too, points of another thing do not.
    """

    def __init__(self, origin_xy: np.ndarray) -> None:
        self.origin = origin_xy.astype(np.float32)
        count = len(origin_xy)
        near, far = min(NEAR, max(count - 1, 0)), max(0, min(FAR, count - 1 - NEAR))
        rows = []
        for start in range(0, count, 512):
            apart = ((self.origin[start : start + 512, None] - self.origin[None]) ** 2).sum(-1)
            order = np.argsort(apart, axis=1)[:, 1:]
            beyond = np.linspace(near, count - 2, far).astype(int) if far else np.zeros(0, int)
            rows.append(np.concatenate([order[:, :near], order[:, beyond]], axis=1))
        self.others = np.concatenate(rows) if rows else np.zeros((0, 0), int)
        x, y = (np.ascontiguousarray(self.origin[self.others, axis] - self.origin[:, None, axis]) for axis in (0, 1))
        self._x, self._y = x, y
        # A plane through values at (x, y) is fitted from sums of these.
        self._powers = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], -1)
        self.distance = np.hypot(x, y)
        self._by_distance = np.argsort(self.distance, axis=1)
        self.together = np.ones(self.others.shape, np.float32)

    def learn(self, motion_xy: np.ndarray, now_xy: np.ndarray, linear: np.ndarray, seen: np.ndarray) -> None:
        """``motion_xy`` [N, 2] since the frame before, places and maps [N, 2, 2] of the points ``seen`` in both."""
        both = seen[:, None] & seen[self.others]
        differ = self._length(motion_xy, motion_xy)
        agree = _fades(differ / (_SLACK_PX + _SLACK_SHARE * self.distance))
        # Slow things part by little in a frame and by much in the end: the whole way is asked too.
        apart = self._length(now_xy, now_xy, linear)
        agree = np.minimum(agree, _fades(apart / (_APART_PX + _APART_SHARE * self.distance)))
        # Parting is remembered for long, being together has to be earned back.
        then = np.where(agree < self.together, 0.5 * self.together + 0.5 * agree, 0.96 * self.together + 0.04 * agree)
        self.together = np.where(both, then, self.together).astype(np.float32)

    def _length(self, xy: np.ndarray, own_xy: np.ndarray, linear: np.ndarray | None = None) -> np.ndarray:
        """float32 [N, K]: how far ``xy`` of each neighbour is from the point's own, or where its map puts it."""
        x, y = (xy[self.others, axis] - own_xy[:, None, axis] for axis in (0, 1))
        if linear is not None:
            x -= linear[:, 0, :1] * self._x + linear[:, 0, 1:] * self._y
            y -= linear[:, 1, :1] * self._x + linear[:, 1, 1:] * self._y
        return np.sqrt(x * x + y * y)

    def carry(self, now_xy: np.ndarray, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(place [N, 2], linear map [N, 2, 2] from the first frame, support [N]) of every point by its neighbours.

        The point itself is not asked. Support is the weight of those that were; near 0: nobody knows.
        """
        count = len(self.origin)
        if not self.others.size:
            return now_xy.copy(), np.tile(np.eye(2, dtype=np.float32), (count, 1, 1)), np.zeros(count, np.float32)
        parts = [self._carry(part, now_xy, seen) for part in in_parts(count, 1024)]
        place, linear, support = (np.concatenate(values) for values in zip(*parts, strict=True))
        return place, linear, support

    def _carry(self, which: slice, now_xy: np.ndarray, seen: np.ndarray) -> tuple[np.ndarray, ...]:
        others, distance, powers = self.others[which], self.distance[which], self._powers[which]
        together = self.together[which]
        trust = np.where(seen[others] & (together > 0.15), together * together, np.float32(0))
        # As wide as it takes to have about eight of them.
        order = self._by_distance[which]
        near = np.cumsum(np.take_along_axis(trust, order, 1), 1) <= 8.0
        wide = np.where(near, np.take_along_axis(distance, order, 1), 0).max(1, initial=0) * 1.1 + 4.0
        weight = trust * np.exp(-0.5 * (distance / (0.7 * wide[:, None])) ** 2)
        went = [now_xy[others, axis] - self.origin[others, axis] for axis in (0, 1)]
        loose = 1.0 + 0.02 * distance
        plane = _plane(weight, powers, went)
        for _ in range(ROUNDS - 1):
            off = [
                v - (c + gx * self._x[which] + gy * self._y[which])
                for v, (c, gx, gy) in zip(went, plane[..., None].transpose(1, 2, 0, 3), strict=True)
            ]
            plane = _plane(weight / (1 + (off[0] ** 2 + off[1] ** 2) / loose**2), powers, went)
        return (
            (self.origin[which] + plane[:, :, 0]).astype(np.float32),
            (np.eye(2) + plane[:, :, 1:]).astype(np.float32),
            trust.sum(1).astype(np.float32),
        )


def _plane(weight: np.ndarray, powers: np.ndarray, went: list[np.ndarray]) -> np.ndarray:
    """float64 [N, 2, 3]: for each axis the constant, and the slope by x and y, of ``went`` ([N, K] per axis)."""
    # float64 from here on: products of means are taken from means of products.
    drawn = np.stack([weight, weight * went[0], weight * went[1]], 1)
    sums = (drawn @ powers).astype(np.float64)
    total = np.maximum(sums[:, 0, 0], 1e-9)
    mean_p, told = sums[:, 0, 1:3] / total[:, None], sums[:, 1:, :3] / total[:, None, None]
    mean_v = told[..., 0]
    moment = (sums[:, 0, [3, 4, 4, 5]] / total[:, None]).reshape(-1, 2, 2) - mean_p[:, :, None] * mean_p[:, None]
    cross = told[..., 1:] - mean_v[..., None] * mean_p[:, None]
    # Towards the similarity where too few points, or points on a line, leave the rest of the map open.
    trace = np.maximum(moment[:, 0, 0] + moment[:, 1, 1], 1e-6)
    along = (cross[:, 0, 0] + cross[:, 1, 1]) / trace
    across = (cross[:, 1, 0] - cross[:, 0, 1]) / trace
    firm = np.minimum(1, total / 2.0)
    alike = np.stack([np.stack([along, -across], -1), np.stack([across, along], -1)], 1) * firm[:, None, None]
    ease = (0.03 * trace + 4.0)[:, None, None] * np.eye(2)
    linear = (cross + ease[:, :1, :1] * alike) @ np.linalg.inv(moment + ease)
    shift = mean_v - (linear @ mean_p[..., None])[..., 0]
    return np.concatenate([shift[..., None], linear], axis=2)


def _fades(ratio: np.ndarray) -> np.ndarray:
    """1 where ``ratio`` is small, a half at 1, nothing far beyond."""
    ratio *= ratio
    ratio *= ratio
    ratio += 1
    return 1 / ratio
