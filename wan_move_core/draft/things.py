"""What the draft cuts out of a picture, for those that only ask: the rules of the checks, and what holds the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..motion.checks.judged import Thing
from ..tracks import Tracks
from .bend import BESIDE_PX, bends_of
from .groups import controls_from_tracks, groups_from_controls
from .matte import MAX_CUT_BY_COLOUR, Outline, outlined_matte, thing_matte
from .outlines import outline_of
from .ride import riding
from .warp import similarity

COVERED = 0.3
"""Of a matte's 0-1: its soft edge belongs to the thing rather than to what is held."""


@dataclass(frozen=True)
class _Cut:
    tracks: np.ndarray
    matte: np.ndarray | None
    """float32 [H, W]; None: nothing closes around a lone point."""
    start_xy: np.ndarray
    ridden_xy: np.ndarray
    """[T, M, 2] px, hidden points where their thing has them."""
    held_xy: np.ndarray
    """[K, 2] px, what stays."""


def _cuts(picture: np.ndarray, tracks: Tracks, outlines: Sequence[Outline]) -> Iterator[_Cut]:
    controls = controls_from_tracks(tracks)
    groups = groups_from_controls(controls, (picture.shape[1], picture.shape[0]))
    ridden, start = riding(controls, groups), controls.xy[0]
    for number, group in enumerate(groups.objects):
        index = controls.index[group]
        drawn = outline_of(index, outlines)
        others = start[np.setdiff1d(np.arange(start.shape[0]), group)]
        by_colour = number < MAX_CUT_BY_COLOUR
        matte = thing_matte(picture, start[group], others, by_colour) if drawn is None else outlined_matte(drawn)
        yield _Cut(index, matte, start[group], ridden.xy[:, group], start[groups.base])


def things_in(picture: np.ndarray, tracks: Tracks, outlines: Sequence[Outline] = ()) -> list[Thing]:
    """The things that ``tracks`` (camera motion left out) move in ``picture``, uint8 [H, W, 3] of the tracks' size.

    ``outlines``: what a person drew around things; there, that is the cut. What bends with the picture is no thing.
    """
    found = []
    for cut in _cuts(picture, tracks, outlines):
        if cut.matte is None and len(cut.start_xy) > 1:
            continue
        # From OpenCV's pixels, whose centres are whole numbers, to those of tracks.
        maps = [_between_edges(*similarity(cut.start_xy, now)) for now in cut.ridden_xy]
        around = _around(picture, cut) if cut.matte is None else None
        found.append(Thing(cut.tracks, cut.matte, np.stack(maps), around))
    return found


def _around(picture: np.ndarray, cut: _Cut) -> np.ndarray:
    """float32 [h, w], 0-1 per cell: how far the picture goes with a lone point."""
    held = cut.held_xy[np.hypot(*(cut.held_xy - cut.start_xy).T) > BESIDE_PX]
    travel = np.sqrt(((cut.ridden_xy[:, 0] - cut.start_xy) ** 2).sum(-1)).max(keepdims=True)
    return bends_of(picture, cut.start_xy, np.array([0]), travel, held).weights[0]


def swept_cut(
    picture: np.ndarray, tracks: Tracks, outlines: Sequence[Outline] = (), frames: range | None = None
) -> np.ndarray:
    """bool [H, W]: every place that a thing covers in any of ``frames`` (None: all), for ``anchors.hold_the_rest`` as
    ``kept_free``.

    ``picture`` uint8 [H, W, 3] of the tracks' size. Each thing is cut out around its points and carried by their common
    turn, scale and shift. A lone point that no outline closes around, what bends with the picture, and a camera's move
    are not cut out and cover nothing.
    """
    import cv2

    covered = np.zeros(picture.shape[:2], bool)
    for cut in _cuts(picture, tracks, outlines):
        if cut.matte is None:
            continue
        inside = (cut.matte > COVERED).astype(np.uint8)
        for now in cut.ridden_xy if frames is None else cut.ridden_xy[frames.start : frames.stop]:
            matrix = np.column_stack(similarity(cut.start_xy, now))
            covered |= cv2.warpAffine(inside, matrix, covered.shape[::-1], flags=cv2.INTER_NEAREST).astype(bool)
    return covered


def _between_edges(linear: np.ndarray, offset: np.ndarray) -> np.ndarray:
    return np.column_stack([linear, offset + 0.5 - linear @ (0.5, 0.5)])
