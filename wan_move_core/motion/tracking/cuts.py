"""Scene cuts: a frame that neither what was tracked nor the frame before leads to, and that looks otherwise as a whole.

Not told apart: a cut between pictures of much the same colours is missed, since a pan too fast to be followed looks so;
what comes to cover most of the picture within a frame or two may be taken for one.

The bounds were set on 18 photographs under a moving camera: 36 cuts between them had at most 0.39 of the points left,
0.26 of likeness, and at least 0.46 of the colours changed; of 450 frames of pans, zooms, flashes, fades and dissolves
none is within all three. STAYS and the PLAIN ones were set later, on these and six photographs more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ...errors import WanMoveError
from ...pictures import grey_of
from .flow import DenseFlow
from .points import TrackedPoints

ON_CUT = ("stop", "go on")
"""At a scene cut: nothing is visible from there on, places stay; or points follow what they then stand on."""
SURVIVE = 0.5
"""Share of the points in sight before a cut that may seem to be so behind it."""
CHAIN = 0.4
"""Likeness of the frame before, laid over this one by the flow between them. Dissolves leave 0.43 and more."""
JUMP = 0.12
"""Share of the pixels that change their colour. Pans of a tenth of the width a frame, lost by the flow, have 0.115."""
SURVIVE_BY_CHANCE, PLAIN_CHAIN, PLAIN_JUMP = 0.8, 0.26, 0.46
"""Patches that repeat are found in any picture: more points may seem to be left where the other two say it this
plainly."""
STAYS = 0.7
"""Correlation of the two frames as they are, small and soft: a dissolve between hard pictures leaves 0.9 where nothing
else is left. Across 23 cuts between photographs at most 0.45."""
_SMALL_WH = (40, 24)


class CutFinder:
    """Told of every frame in turn. Keeps a histogram and a very small picture."""

    def __init__(self, first: np.ndarray) -> None:
        self._before, self._small = _histogram(first), _small(first)

    def is_cut(self, frame: np.ndarray, survived: float, likeness: Callable[[], float]) -> bool:
        """``survived``: share of the points seen in the frame before that are seen in this one. ``likeness``: of the
        two frames laid over each other, asked only where the rest speaks for a cut."""
        histogram, small = _histogram(frame), _small(frame)
        jump = float(np.abs(histogram - self._before).sum() / 2)
        stays = _correlation(small, self._small)
        self._before, self._small = histogram, small
        if jump < JUMP or survived > SURVIVE_BY_CHANCE or stays > STAYS:
            return False
        if survived > SURVIVE:
            return jump > PLAIN_JUMP and likeness() < PLAIN_CHAIN
        return likeness() < CHAIN


def likeness_between(before: np.ndarray, frame: np.ndarray) -> float:
    """What ``CutFinder.is_cut`` asks for, of two uint8 frames [H, W] or [H, W, 3]."""
    flow = DenseFlow((frame.shape[1], frame.shape[0]))
    flow.start(grey_of(before))
    flow.step(grey_of(frame), afresh=True)
    return flow.chain_likeness()


def checked_on_cut(on_cut: str) -> str:
    """Raises: WanMoveError for a word that is not in ON_CUT."""
    if on_cut not in ON_CUT:
        raise WanMoveError(where="Tracker / on_cut", what=f"unknown {on_cut!r}", fix=f"use {' or '.join(ON_CUT)}")
    return on_cut


def told_cuts(clip: np.ndarray, found: TrackedPoints, on_cut: str) -> TrackedPoints:
    """``found`` with the cuts of ``clip`` [T, H, W, 3], for a tracker that looks for none; ended there by ``stop``."""
    finder, cuts = CutFinder(clip[0]), []
    for number in range(1, len(clip)):
        before, seen = found.visible[number - 1], found.visible[number]
        survived = float(seen[before].mean()) if before.any() else 1.0
        if finder.is_cut(clip[number], survived, lambda n=number: likeness_between(clip[n - 1], clip[n])):
            cuts.append(number)
    if not cuts or on_cut != "stop":
        return replace(found, cuts=tuple(cuts))
    xy, visible, error = found.xy.copy(), found.visible.copy(), found.error_px.copy()
    first = cuts[0]
    xy[first:], visible[first:], error[first:] = xy[first - 1], False, np.nan
    return replace(found, xy=xy, visible=visible, error_px=error, cuts=(first,))


def _histogram(frame: np.ndarray) -> np.ndarray:
    """float [512]: shares of pixels by colour, eight steps a channel."""
    colour = frame if frame.ndim == 3 else np.repeat(frame[..., None], 3, axis=2)
    step = colour[::4, ::4, :3].astype(np.int64) >> 5
    index = (step[..., 0] * 8 + step[..., 1]) * 8 + step[..., 2]
    counts = np.bincount(index.reshape(-1), minlength=512)
    return counts / counts.sum()


def _small(frame: np.ndarray) -> np.ndarray:
    """float64 [P], mean taken out."""
    import cv2

    small = cv2.resize(grey_of(frame), _SMALL_WH, interpolation=cv2.INTER_AREA).astype(np.float64).reshape(-1)
    return small - small.mean()


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    """0 where either is of one grey."""
    return float(one @ other / max(np.sqrt((one @ one) * (other @ other)), 1e-9))
