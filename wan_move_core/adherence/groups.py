"""Which tracks are asked to move as one: alike at any distance, or near and keeping their distance.

What moves as one is a connected part of the graph of such pairs, so the order in which pairs are looked at changes
nothing. Two things keep thousands of tracks cheap. A pair that passes in every frame is joined and not looked at again,
which happens once a track at most. Of all others one frame is enough in which they are too far apart, so frames that
told most pairs apart so far are asked first.
"""

from __future__ import annotations

import numpy as np

from .measure import Adherence
from .thresholds import ALIKE_PART, NEAR_PX, STILL_PX


def groups(found: Adherence) -> list[np.ndarray]:
    """Indices of moving tracks by common motion, each sorted, by their lowest; still tracks are in none."""
    xy = found.tracks.xy.numpy(force=True).astype(np.float64)
    usable = (found.tracks.visible & found.tracks.inside()).numpy(force=True)
    way = xy - xy[:1]
    length = np.where(usable, np.linalg.norm(way, axis=-1), 0.0).max(0)
    same_way, same_distance = _SameWay(way, usable), _SameDistance(xy, usable)
    left = np.flatnonzero((length > STILL_PX) & usable[0])
    made = []
    while len(left):
        waiting, members = [int(left[0])], []
        left = left[1:]
        while waiting:
            one = waiting.pop()
            members.append(one)
            if not len(left):
                continue
            shorter = np.minimum(length[left], length[one])
            joined = same_way.kept(one, left, np.maximum(STILL_PX, ALIKE_PART * shorter))
            apart = same_distance.at_start(one, left)
            near = np.flatnonzero((apart <= NEAR_PX) & ~joined)
            joined[near] = same_distance.kept(one, left[near], ALIKE_PART * apart[near] + STILL_PX)
            waiting += left[joined].tolist()
            left = left[~joined]
        made.append(np.array(sorted(members)))
    return made


class _EveryFrame:
    """What pairs of tracks have to keep in every frame in which both are usable (bool [T, N])."""

    def __init__(self, xy: np.ndarray, usable: np.ndarray) -> None:
        self.x, self.y = (np.ascontiguousarray(xy[..., axis]) for axis in (0, 1))
        self._usable = usable
        # Later frames first, until there is something to go by: ways part as they get longer.
        self._told_apart = np.linspace(0, 1, len(usable), endpoint=False)

    def off_px(self, one: int, others: np.ndarray, frames: np.ndarray) -> np.ndarray:
        """float64 [F, n]: how far each of ``others`` [n] is from keeping it with ``one`` at ``frames`` [F]."""
        raise NotImplementedError

    def kept(self, one: int, others: np.ndarray, allowed_px: np.ndarray) -> np.ndarray:
        """bool [n]: of ``others`` [n], those never more than ``allowed_px`` [n] off."""
        order = np.argsort(-self._told_apart, kind="stable")
        standing, begin, count = np.arange(len(others)), 0, 1
        while begin < len(order) and len(standing):
            frames, tracks = order[begin : begin + count], others[standing]
            beyond = self.off_px(one, tracks, frames) > allowed_px[standing]
            beyond &= self._usable[np.ix_(frames, tracks)] & self._usable[frames, one, None]
            self._told_apart[frames] += beyond.sum(1)
            standing = standing[~beyond.any(0)]
            begin, count = begin + count, 2 * count
        kept = np.zeros(len(others), bool)
        kept[standing] = True
        return kept

    def _apart(self, one: int, others: np.ndarray, frames: np.ndarray) -> np.ndarray:
        at = np.ix_(frames, others)
        x, y = self.x[at] - self.x[frames, one, None], self.y[at] - self.y[frames, one, None]
        return np.sqrt(x * x + y * y)


class _SameWay(_EveryFrame):
    """Of ways from the start: that they are the same."""

    def off_px(self, one: int, others: np.ndarray, frames: np.ndarray) -> np.ndarray:
        return self._apart(one, others, frames)


class _SameDistance(_EveryFrame):
    """Of positions: that they stay as far apart as at the start."""

    def off_px(self, one: int, others: np.ndarray, frames: np.ndarray) -> np.ndarray:
        return np.abs(self._apart(one, others, frames) - self.at_start(one, others))

    def at_start(self, one: int, others: np.ndarray) -> np.ndarray:
        """float64 [n] px."""
        return self._apart(one, others, np.zeros(1, int))[0]
