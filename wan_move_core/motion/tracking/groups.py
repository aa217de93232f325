"""What a point moved with: a lost point is carried by the local map of those neighbours that shared its motion."""

from __future__ import annotations

import numpy as np

NEAR, FAR = 40, 24
_SLACK_PX, _SLACK_SHARE = 0.8, 0.04
"""Two points move together where their motions differ by less than this, and this share of their distance (a turn)."""

_APART_PX, _APART_SHARE = 3.0, 0.2
"""The same of where a neighbour has come to, beyond where the point's own map puts it."""


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
        self.away = self.origin[self.others] - self.origin[:, None]
        self.distance = np.linalg.norm(self.away, axis=-1)
        self.together = np.ones(self.others.shape, np.float32)

    def learn(self, motion_xy: np.ndarray, now_xy: np.ndarray, linear: np.ndarray, seen: np.ndarray) -> None:
        """``motion_xy`` [N, 2] since the frame before, places and maps [N, 2, 2] of the points ``seen`` in both."""
        both = seen[:, None] & seen[self.others]
        differ = np.linalg.norm(motion_xy[self.others] - motion_xy[:, None], axis=-1)
        agree = 1 / (1 + (differ / (_SLACK_PX + _SLACK_SHARE * self.distance)) ** 4)
        # Slow things part by little in a frame and by much in the end: the whole way is asked too.
        expected = now_xy[:, None] + np.einsum("nde,nke->nkd", linear, self.away)
        apart = np.linalg.norm(now_xy[self.others] - expected, axis=-1)
        agree = np.minimum(agree, 1 / (1 + (apart / (_APART_PX + _APART_SHARE * self.distance)) ** 4))
        # Parting is remembered for long, being together has to be earned back.
        then = np.where(agree < self.together, 0.5 * self.together + 0.5 * agree, 0.96 * self.together + 0.04 * agree)
        self.together = np.where(both, then, self.together).astype(np.float32)

    def carry(self, now_xy: np.ndarray, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(place [N, 2], linear map [N, 2, 2] from the first frame, support [N]) of every point by its neighbours.

        The point itself is not asked. Support is the weight of those that were; near 0: nobody knows.
        """
        count = len(self.origin)
        if not self.others.size:
            return now_xy.copy(), np.tile(np.eye(2, dtype=np.float32), (count, 1, 1)), np.zeros(count, np.float32)
        trust = seen[self.others] * np.where(self.together > 0.15, self.together, 0.0) ** 2
        # As wide as it takes to have about eight of them.
        order = np.argsort(self.distance, axis=1)
        reach = np.take_along_axis(np.cumsum(np.take_along_axis(trust, order, 1), 1), order.argsort(1), 1)
        wide = np.where(reach <= 8.0, self.distance, 0).max(1, initial=0, keepdims=False) * 1.1 + 4.0
        weight = trust * np.exp(-0.5 * (self.distance / wide[:, None] / 0.7) ** 2)
        went = now_xy[self.others] - self.origin[self.others]
        support = trust.sum(1)
        robust = np.ones_like(weight)
        mean_p = mean_v = np.zeros((count, 2))
        linear = np.zeros((count, 2, 2))
        for _ in range(4):
            w = weight * robust
            total = np.maximum(w.sum(1), 1e-9)
            mean_p = np.einsum("nk,nkd->nd", w, self.away) / total[:, None]
            mean_v = np.einsum("nk,nkd->nd", w, went) / total[:, None]
            p, v = self.away - mean_p[:, None], went - mean_v[:, None]
            moment = np.einsum("nk,nkd,nke->nde", w, p, p, optimize=True) / total[:, None, None]
            cross = np.einsum("nk,nkd,nke->nde", w, v, p, optimize=True) / total[:, None, None]
            # Towards the similarity where too few points, or points on a line, leave the rest of the map open.
            trace = np.maximum(moment[:, 0, 0] + moment[:, 1, 1], 1e-6)
            along = (cross[:, 0, 0] + cross[:, 1, 1]) / trace
            across = (cross[:, 1, 0] - cross[:, 0, 1]) / trace
            firm = np.minimum(1, total / 2.0)
            alike = np.stack([np.stack([along, -across], -1), np.stack([across, along], -1)], 1) * firm[:, None, None]
            ease = (0.03 * trace + 4.0)[:, None, None] * np.eye(2)
            linear = (cross + ease[:, :1, :1] * alike) @ np.linalg.inv(moment + ease)
            fitted = mean_v[:, None] + np.einsum("nde,nke->nkd", linear, p)
            off = np.linalg.norm(went - fitted, axis=-1)
            robust = 1 / (1 + (off / (1.0 + 0.02 * self.distance)) ** 2)
        shift = mean_v - np.einsum("nde,ne->nd", linear, mean_p)
        return (
            (self.origin + shift).astype(np.float32),
            (np.eye(2) + linear).astype(np.float32),
            support.astype(np.float32),
        )
