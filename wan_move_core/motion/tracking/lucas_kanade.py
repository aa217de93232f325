"""OpenCV's Lucas-Kanade, made to hold on: the tracker that is always there.

OpenCV counts from the middle of the first pixel, the rest of the core from its corner; the shift happens in this file
only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ...pictures import grey_of
from .cuts import ON_CUT, CutFinder, checked_on_cut, likeness_between
from .patches import is_inside, unit_patches
from .points import Progress, TrackedPoints, checked_frames, checked_points, require_same_size


@dataclass(frozen=True)
class LucasKanade:
    """OpenCV's pyramidal Lucas-Kanade, checked forward and backward, and held to the first frame against drift.

    Each frame is tracked from the one before. Comparing patches that turn or grow drifts (a strong edge at a patch's
    side pulls it along), so the first frame is then laid over the current one by the affine motion that most points
    share, up to four such motions, and each point is refined against that. A lost point moves on with its nearest
    neighbours and is taken up again when its patch is found there.

    Args:
        window_px: side of the compared patch.
        levels: pyramid levels beyond the first; 4 follows about 8 * 2**4 px per frame.
        max_error_px: forward-backward error above which a point counts as lost.
        on_cut: at a scene cut ``stop`` or ``go on``, see cuts.py.
    """

    window_px: int = 21
    levels: int = 4
    max_error_px: float = 1.0
    on_cut: str = ON_CUT[0]
    name: str = "lucas-kanade (OpenCV)"

    def __post_init__(self) -> None:
        checked_on_cut(self.on_cut)

    def track(
        self, frames: Iterable[np.ndarray], point_xy: np.ndarray, progress: Progress | None = None
    ) -> TrackedPoints:
        import cv2

        frames, size_wh = checked_frames(frames)
        start = checked_points(point_xy)
        window = (self.window_px, self.window_px)

        def flow(source, target, from_xy, guess_xy=None, levels=self.levels):
            if not len(from_xy):
                return from_xy.copy(), np.zeros(0, bool)
            flags = 0 if guess_xy is None else cv2.OPTFLOW_USE_INITIAL_FLOW
            ends: Any = None if guess_xy is None else guess_xy.copy()
            ends, found, _ = cv2.calcOpticalFlowPyrLK(
                source, target, from_xy, ends,
                winSize=window, maxLevel=levels, flags=flags,
                criteria=(cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 30, 0.003),
            )  # fmt: skip
            return ends, found[:, 0].astype(bool)

        def there_and_back(source, target, from_xy, guess_xy, levels):
            ahead, found = flow(source, target, from_xy, guess_xy, levels)
            # The way back starts where it should end, so that few levels find it.
            back, found_back = flow(target, source, ahead, from_xy, min(levels, 2))
            return ahead, found & found_back, np.linalg.norm(back - from_xy, axis=1)

        def follow(source, target, from_xy, motion, seen):
            """Ends, fitness, error of the points in sight; what the last motion does not find is searched for."""
            ahead, fits, error = from_xy.copy(), np.zeros(len(from_xy), bool), np.full(len(from_xy), np.inf, np.float32)
            some = np.flatnonzero(seen)
            for quick in (True, False):
                guess = from_xy[some] + motion[some] if quick else None
                levels = min(self.levels, 2) if quick else self.levels
                ahead[some], found, error[some] = there_and_back(source, target, from_xy[some], guess, levels)
                fits[some] = found & (error[some] <= self.max_error_px) & is_inside(ahead[some], size_wh)
                some = some[~fits[some]]
            return ahead, fits, error

        def refine(current, guess, good):
            """Ends and fitness of every point against the first frame, laid over this one by shared motions."""
            ends, fits, error = guess.copy(), np.zeros(len(guess), bool), np.full(len(guess), np.inf, np.float32)
            for matrix, members in _shared_motions(origin, guess, good):
                laid = cv2.warpAffine(first, matrix, size_wh, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
                start_xy = (origin[members] @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)
                there, found = flow(laid, current, start_xy, guess[members], 1)
                back, found_back = flow(current, laid, there, start_xy, 0)
                error[members] = np.linalg.norm(back - start_xy, axis=1)
                near = np.linalg.norm(there - guess[members], axis=1)
                alike = np.einsum(
                    "np,np->n",
                    unit_patches(laid, start_xy, self.window_px),
                    unit_patches(current, there, self.window_px),
                )
                ends[members] = there
                fits[members] = (
                    found & found_back & (alike > 0.8) & np.where(good[members], near <= 2, near <= window[0])
                )
            return ends, fits & (error <= self.max_error_px / 2) & is_inside(ends, size_wh), error

        shown = next(frames)
        finder, cuts, stopped = CutFinder(shown), [], False
        error = np.zeros(len(start), np.float32)
        first = previous = grey_of(shown)
        origin = start - 0.5
        now, motion = origin.copy(), np.zeros_like(origin)
        seen = is_inside(now, size_wh)
        path, visible, errors = [now], [seen], [error]
        for done, frame in enumerate(frames, start=2):
            current = grey_of(require_same_size(frame, size_wh, done - 1))
            if not stopped:
                ahead, good, error = follow(previous, current, now, motion, seen)
                survived = float(good[seen].mean()) if seen.any() else 1.0
                if finder.is_cut(frame, survived, partial(likeness_between, previous, current)):
                    cuts.append(done - 1)
                    stopped = self.on_cut == "stop"
                    # Going on, points stand where they were, and that is the scene's first frame.
                    first, origin, motion = current, now, np.zeros_like(now)
                    seen = is_inside(now, size_wh) & (not stopped)
                    error = np.zeros(len(now), np.float32)
                else:
                    guess = np.where(good[:, None], ahead, now + _neighbours_motion(now, ahead - now, good))
                    refined, held, error_home = refine(current, guess.astype(np.float32), good)
                    before, now = now, np.where(held[:, None], refined, guess).astype(np.float32)
                    motion = now - before
                    seen = good | held
                    error = np.where(held, error_home, error).astype(np.float32)
            path.append(now)
            visible.append(seen)
            errors.append(np.where(seen, error, np.nan).astype(np.float32))
            previous = current
            if progress is not None:
                progress(done)
        return TrackedPoints(np.stack(path) + np.float32(0.5), np.stack(visible), np.stack(errors), cuts=tuple(cuts))


def _shared_motions(origin: np.ndarray, now: np.ndarray, good: np.ndarray, most: int = 4):
    """Yield (2x3 matrix, indices): affine motions shared by tracked points, largest group first, each point once.

    Lost points go with the motion of the largest group; what fits no motion goes with a plain shift of its own group.
    """
    import cv2

    left, first = np.flatnonzero(good), True
    lost = np.flatnonzero(~good)
    for _ in range(most):
        if len(left) < 6:
            break
        # The method draws its samples from OpenCV's own fixed seed: the same clip gives the same tracks.
        matrix, inlier = cv2.estimateAffine2D(origin[left], now[left], method=cv2.RANSAC, ransacReprojThreshold=2.0)
        if matrix is None or inlier.sum() < 6:
            break
        members = left[inlier[:, 0].astype(bool)]
        left = left[~inlier[:, 0].astype(bool)]
        yield matrix, np.concatenate([members, lost]) if first else members
        first = False
    rest = np.concatenate([left, lost]) if first else left
    if len(rest):
        shift = np.median(now[rest] - origin[rest], axis=0)
        yield np.column_stack([np.eye(2), np.round(shift)]), rest


def _neighbours_motion(at: np.ndarray, motion: np.ndarray, good: np.ndarray, count: int = 5) -> np.ndarray:
    """[N, 2]: median motion of each lost point's nearest tracked neighbours; zero where nothing is tracked."""
    result = np.zeros_like(at)
    lost, kept = np.flatnonzero(~good), np.flatnonzero(good)
    if not len(lost) or not len(kept):
        return result
    distance = ((at[lost, None] - at[None, kept]) ** 2).sum(-1)
    nearest = np.argpartition(distance, min(count, len(kept)) - 1, axis=1)[:, :count]
    result[lost] = np.median(motion[kept[nearest]], axis=1)
    return result
