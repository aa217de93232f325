"""The default tracker: dense flow held to the first frame, patches that settle the rest. OpenCV only, no weights.

OpenCV counts from the middle of the first pixel, the rest of the core from its corner; the shift happens here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...pictures import grey_of
from .cuts import CutFinder, checked_on_cut
from .flow import DenseFlow
from .groups import Groups
from .matching import Matching, apart_px
from .patches import LEAST_SMEAR_PX, Templates, at_level, is_inside, pyramid
from .points import Progress, TrackedPoints, checked_frames, checked_points, require_same_size

LEVELS = 3
HELPERS = 160
SMOOTH, SMOOTH_WIDE = 0.9, 0.5
"""Grey levels per px, gradient's mean taken out: with less in a patch, and less in the weaker direction of one twice as
wide and softened (a place beside an edge slides along it), there is nothing that could be seen again."""
KEEP, TAKE_UP = 0.6, 0.78
"""Likeness to the first frame's patch that a point in sight needs to stay so, and one out of sight to be taken up."""

ELSEWHERE_PX, BEYOND, MOST_BAR = (14.0, 22.0, 34.0), 0.06, 0.94
"""A patch that resembles what lies so far around it needs this much more than that, and never more than the last."""
SHUTTER = (0.0, 0.25, 0.5, 0.75, 1.0)
BLURS_PX = 3.0
"""Shares of the time between frames that a shutter may be open; asked of points that move so far in a frame."""
ASTRAY_PX, UNSURE = 8.0, 0.35
"""A point that is found so far from where the flow led, or that was out of sight for two frames, may have this part of
the largest error, or three times what others have, or up to twice as much as it looks the more the same."""
SURE = 0.9
"""Likeness of the fine patch from which the wide one is not asked: it could not say more."""
LOOKS_SAME = (0.85, 0.95)
WORSE = 0.004
"""Likeness by which the neighbours' map may fall behind the one that suited the patch last."""


@dataclass(frozen=True)
class DenseTracker:
    """Chained DIS flow as a guess, a direct match to the first frame from there, then Lucas-Kanade on patches.

    A patch of the first frame, laid by its neighbours' map, is aligned with the frame, back again, and compared: that
    decides whether a point is seen. A point out of sight goes with what it moved with (groups.py) and is taken up when
    its own patch shows where it should be. Points of the tracker's own fill the gaps, so that one point has neighbours.
    A point on a smooth place is never called visible; it is carried.

    Args:
        max_error_px: forward-backward error above which a point counts as lost.
        on_cut: at a scene cut ``stop``: nothing is visible from there on, places stay; or ``go on``: points still in
            the picture follow what they then stand on.
    """

    max_error_px: float = 1.0
    on_cut: str = "stop"
    name: str = "dense (OpenCV's DIS flow and Lucas-Kanade)"

    def __post_init__(self) -> None:
        checked_on_cut(self.on_cut)

    def track(
        self, frames: Iterable[np.ndarray], point_xy: np.ndarray, progress: Progress | None = None
    ) -> TrackedPoints:
        frames, size_wh = checked_frames(frames)
        asked = checked_points(point_xy) - 0.5
        first = next(frames)
        scene = _Scene(first, size_wh, asked, self.max_error_px)
        path, visible, errors = [asked.copy()], [scene.seen[: len(asked)].copy()], [np.zeros(len(asked), np.float32)]
        finder, cuts, stopped = CutFinder(first), [], False
        smooth = scene.smooth[: len(asked)].copy()
        for number, frame in enumerate(frames, start=1):
            require_same_size(frame, size_wh, number)
            if not stopped:
                share = scene.step(frame)
                if finder.is_cut(frame, share, scene.flow.chain_likeness):
                    cuts.append(number)
                    stopped = self.on_cut == "stop"
                    if not stopped:
                        scene = _Scene(frame, size_wh, path[-1], self.max_error_px)
                        finder = CutFinder(frame)
            count = len(asked)
            if stopped:
                path.append(path[-1])
                visible.append(np.zeros(count, bool))
            else:
                path.append(scene.now[:count].copy())
                visible.append(scene.seen[:count].copy())
            errors.append(np.where(visible[-1], scene.error[:count], np.nan).astype(np.float32))
            if progress is not None:
                progress(number + 1)
        return TrackedPoints(np.stack(path) + np.float32(0.5), np.stack(visible), np.stack(errors), smooth, tuple(cuts))


class _Scene:
    """Points between two cuts. Arrays are of the asked points, then of the tracker's own."""

    def __init__(self, first: np.ndarray, size_wh: tuple[int, int], asked: np.ndarray, max_error_px: float) -> None:
        self.size_wh, self.max_error_px = size_wh, max_error_px
        self.origin = np.concatenate([asked, _helpers(asked, size_wh)]).astype(np.float32)
        count = len(self.origin)
        self.grey = grey = grey_of(first)
        self.first = pyramid(grey, LEVELS)
        self.matching = Matching(self.first, self.origin)
        self.flow = DenseFlow(size_wh)
        self.flow.start(grey)
        self.groups = Groups(self.origin)
        self.linear = np.tile(np.eye(2, dtype=np.float32), (count, 1, 1))
        stronger, weaker_wide = self.matching.contrasts()
        self.smooth = (stronger < SMOOTH) & (weaker_wide < SMOOTH_WIDE)
        self.suited = self.linear.copy()
        self.smear = np.zeros_like(self.origin)
        self.now = self.origin.copy()
        self.seen = is_inside(self.now, size_wh) & ~self.smooth
        self.doubted = np.zeros(count, bool)
        self.bar = self._bars()
        self.offset = np.zeros_like(self.origin)
        self.error = np.zeros(count, np.float32)
        self.usual = 1.0

    def _bars(self) -> np.ndarray:
        """float32 [N]: likeness from which a point is taken up: more than other places of its own picture have."""
        usual = np.full(len(self.origin), -1.0, np.float32)
        for number, far in enumerate(ELSEWHERE_PX):
            for angle in (np.arange(8) + 0.5 * (number % 2)) * np.pi / 4:
                at = self.origin + np.float32(far) * np.array([np.cos(angle), np.sin(angle)], np.float32)
                like = self.matching.repeats(at)
                usual = np.maximum(usual, np.where(is_inside(at, self.size_wh), like, -1.0))
        return np.clip(usual + BEYOND, TAKE_UP, MOST_BAR).astype(np.float32)

    def step(self, frame: np.ndarray) -> float:
        """Follow everything into ``frame``; the share of the points seen before that are seen still."""
        grey = grey_of(frame)
        current = pyramid(grey, LEVELS)
        before, was_seen = self.now, self.seen
        hardly = was_seen.sum() < 0.05 * max(1, (~self.smooth).sum())
        last = self.flow.step(grey, bool(hardly))
        chained = before + self.flow.look_up(last, before)
        direct = self.origin + self.flow.look_up(self.flow.flow, self.origin)

        self.smear = self._smeared(current, chained, before)

        now, alike, error = chained.copy(), np.full(len(before), -1.0, np.float32), np.full(len(before), np.inf)
        some = np.flatnonzero(was_seen)
        now[some], alike[some], error[some] = self._followed(current, some, chained[some])
        doubt = np.flatnonzero(was_seen & ((alike < 0.8) | (error > self.max_error_px)))
        self._try(current, doubt, direct[doubt], (1, 0), 6.0, now, alike, error)
        # Flow smooths over what jumps; a pyramid of large patches finds it.
        doubt = np.flatnonzero(was_seen & ((alike < 0.8) | (error > self.max_error_px)))
        self._try(current, doubt, _leap(self.grey, grey, before[doubt]), (1, 0), 6.0, now, alike, error)
        self.grey = grey
        usual = float(np.median(alike[was_seen])) if was_seen.any() else 1.0
        self.usual = max(0.5 * self.usual + 0.5 * usual, usual)
        scale = min(1.0, max(0.6, self.usual / 0.95))
        keep, bar = KEEP * scale, self.bar * scale
        # Chance likenesses are found back less well than true ones; patches that are smeared have another measure.
        # So are those that are found where the flow did not lead.
        sharp = np.abs(self.smear).max(1) <= LEAST_SMEAR_PX
        usual = float(np.median(error[was_seen])) if was_seen.any() else 0.0
        least = min(1.0, max(UNSURE, 3 * usual / self.max_error_px))

        def strictly() -> np.ndarray:
            """float [N] px: the error allowed where chance is to be ruled out, larger for what looks the same."""
            sure = np.clip((alike / scale - LOOKS_SAME[0]) / (LOOKS_SAME[1] - LOOKS_SAME[0]), 0, 1)
            return self.max_error_px * np.maximum(least, UNSURE + sure * UNSURE)

        strict = strictly()
        limit = np.where(self.doubted & sharp, strict, self.max_error_px)
        strayed = was_seen & (apart_px(now, chained) > ASTRAY_PX)
        followed = was_seen & ~(strayed & ((alike < bar) | (sharp & (error > strict))))
        good = followed & (alike >= keep) & (error <= limit) & is_inside(now, self.size_wh)

        place, linear, support = self.groups.carry(now, good)
        known = support > 0.6
        self._turn(current[0], now, good, known & _sane(linear), linear)
        guess = np.where(known[:, None], place + self.offset, chained).astype(np.float32)
        rest = np.flatnonzero(~good & ~self.smooth)
        now[~good] = guess[~good]
        alike[rest], error[rest] = -1.0, np.inf
        near = rest[is_inside(guess[rest], self.size_wh)]
        self._try(current, near, guess[near], (1, 0), 5.0, now, alike, error)
        astray = near[(alike[near] < self.bar[near]) & (~known[near] | (apart_px(direct[near], guess[near]) < 24))]
        self._try(current, astray, direct[astray], (1, 0), 4.0, now, alike, error)
        found = np.zeros_like(good)
        found[rest] = alike[rest] >= np.where(followed[rest], keep, bar[rest])
        found &= error <= np.where(~followed & sharp, strictly(), limit)
        found &= is_inside(now, self.size_wh)
        self.seen = good | found
        # A lapse of a frame is no reason; nor is it any longer where the patch is found back to the spot.
        self.doubted |= ~self.seen & ~was_seen
        self.doubted &= ~(self.seen & (error <= 0.5 * UNSURE * self.max_error_px))
        now = np.where(self.seen[:, None], now, guess)
        # What the neighbours' map leaves over belongs to the point: kept for when it is out of sight.
        over = now - place
        settled = self.seen & known & (np.linalg.norm(over, axis=1) < 6)
        self.offset[settled] = 0.7 * self.offset[settled] + 0.3 * over[settled]
        self.groups.learn(now - before, now, self.linear, self.seen & was_seen)
        self.now = now.astype(np.float32)
        self.error = np.where(self.seen, error, np.nan).astype(np.float32)
        return float(good[was_seen].mean()) if was_seen.any() else 1.0

    def _smeared(self, current, chained, before) -> np.ndarray:
        """[N, 2] px along which each point's patch is smeared: the part of its motion that the shutter is open for."""
        motion = chained - before
        length = np.linalg.norm(motion, axis=1)
        some = np.flatnonzero(self.seen & (length > BLURS_PX))
        if len(some) < 8:
            return np.zeros_like(motion)
        some = some[:: max(1, len(some) // 48)]
        inverse = np.linalg.inv(self.linear[some]).astype(np.float32)
        alike = []
        for part in SHUTTER:
            patch = Templates.cut(self.first[1], at_level(self.origin[some], 1), inverse, part * motion[some] / 2)
            at = patch.align(current[1], at_level(chained[some], 1), 4, 3.0)
            alike.append(float(np.median(patch.likeness(current[1], at))))
        best = int(np.argmax(alike))
        return SHUTTER[best if alike[best] > alike[0] + 0.01 else 0] * motion

    def _turn(self, picture, now, good, known, linear) -> None:
        """Take the neighbours' maps, unless a point's patch looks worse by them than by the map that suited it last.

        Neighbours may be of another thing; a map fitted through both bends the patch as neither does.
        """
        self.linear = np.where(known[:, None, None], linear, self.linear)
        asked = np.flatnonzero(good & (np.abs(self.linear - self.suited).max((1, 2)) > 0.01))
        if not len(asked):
            return
        theirs, own = (self.matching.looks(picture, asked, now, maps) for maps in (self.linear, self.suited))
        self.suited[asked[theirs > own]] = self.linear[asked[theirs > own]]
        worse = asked[theirs < own - WORSE]
        self.linear[worse] = self.suited[worse]

    def _try(self, current, which, guess, levels, most_px, now, alike, error) -> None:
        """Settle these points from another guess, and keep what is the better match."""
        if not len(which):
            return
        at, like, off = self._settle(current, which, guess, levels, most_px)
        better = np.where(off <= self.max_error_px, like, like - 1) > np.where(
            error[which] <= self.max_error_px, alike[which], alike[which] - 1
        )
        kept = which[better]
        now[kept], alike[kept], error[kept] = at[better], like[better], off[better]

    def _settle(self, current, which, guess, levels, most_px):
        return self.matching.settle(current, which, guess, levels, most_px, self.linear, self.smear)

    def _followed(self, current, which, guess):
        """:meth:`_settle` points in sight, most of which are so near that the fine patch finds them alone."""
        at, like, error = self._settle(current, which, guess, (0,), 2.5)
        rest = np.flatnonzero((like < SURE) | (error > UNSURE * self.max_error_px))
        at[rest], like[rest], error[rest] = self._settle(current, which[rest], guess[rest], (1, 0), 4.0)
        return at, like, error


def _helpers(asked: np.ndarray, size_wh: tuple[int, int]) -> np.ndarray:
    """float32 [M, 2]: places of a grid over the first frame that no asked point is near to."""
    spacing = max(8.0, float(np.sqrt(size_wh[0] * size_wh[1] / HELPERS)))
    x = np.arange(spacing / 2, size_wh[0], spacing)
    y = np.arange(spacing / 2, size_wh[1], spacing)
    grid = np.stack(np.meshgrid(x, y), -1).reshape(-1, 2).astype(np.float32)
    for start in range(0, len(asked), 512):
        apart = np.abs(grid[:, None] - asked[None, start : start + 512]).max(-1)
        grid = grid[(apart > spacing / 2).all(1)]
    return grid


def _leap(before: np.ndarray, current: np.ndarray, at_xy: np.ndarray) -> np.ndarray:
    """[N, 2]: where Lucas-Kanade alone finds these points of the frame before."""
    import cv2

    if not len(at_xy):
        return at_xy
    ends: Any = None
    return cv2.calcOpticalFlowPyrLK(before, current, at_xy, ends, winSize=(21, 21), maxLevel=4)[0]


def _sane(linear: np.ndarray) -> np.ndarray:
    """bool [N]: maps that neither fold the patch nor blow it up."""
    size = np.linalg.svd(linear, compute_uv=False)
    return (np.linalg.det(linear) > 0.1) & (size[:, 0] < 4) & (size[:, 1] > 0.25)
