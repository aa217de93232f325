"""What the draft cuts out, for the rules that look at the picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..motion.checks.judged import Thing
from ..tracks import Tracks
from .groups import controls_from_tracks, groups_from_controls
from .matte import MAX_CUT_BY_COLOUR, Outline, outlined_matte, thing_matte
from .render import _outline_of
from .ride import riding
from .warp import similarity


def things_in(picture: np.ndarray, tracks: Tracks, outlines: Sequence[Outline] = ()) -> list[Thing]:
    """The things that ``tracks`` (camera motion left out) move in ``picture``, uint8 [H, W, 3] of the tracks' size.

    ``outlines``: what a person drew around things; there, that is the cut. What bends with the picture is no thing.
    """
    controls = controls_from_tracks(tracks)
    groups = groups_from_controls(controls, (picture.shape[1], picture.shape[0]))
    ridden, start, found = riding(controls, groups), controls.xy[0], []
    for group in groups.objects:
        index = controls.index[group]
        drawn = _outline_of(index, outlines)
        others = start[np.setdiff1d(np.arange(start.shape[0]), group)]
        by_colour = len(groups.objects) <= MAX_CUT_BY_COLOUR
        share = thing_matte(picture, start[group], others, by_colour) if drawn is None else outlined_matte(drawn)
        if share is None and len(group) > 1:
            continue
        # From OpenCV's pixels, whose centres are whole numbers, to those of tracks.
        maps = [_between_edges(*similarity(start[group], now)) for now in ridden.xy[:, group]]
        found.append(Thing(index, share, np.stack(maps)))
    return found


def _between_edges(linear: np.ndarray, offset: np.ndarray) -> np.ndarray:
    return np.column_stack([linear, offset + 0.5 - linear @ (0.5, 0.5)])
