"""What the moving things cover on their way, by the draft's own cut: where no still point belongs."""

from __future__ import annotations

import numpy as np

from ..tracks import Tracks
from .groups import controls_from_tracks, groups_from_controls
from .matte import MAX_CUT_BY_COLOUR, thing_matte
from .ride import riding
from .warp import similarity

COVERED = 0.3
"""Of a matte's 0-1: its soft edge belongs to the thing rather than to what is held."""


def swept_cut(picture: np.ndarray, tracks: Tracks) -> np.ndarray:
    """bool [H, W]: every place that a thing covers in any frame, for ``anchors.hold_the_rest`` as ``kept_free``.

    ``picture`` uint8 [H, W, 3] of the tracks' size. Each thing is cut out around its points and carried by their common
    turn, scale and shift. A lone point that no outline closes around, what bends with the picture, and a camera's move
    are not cut out and cover nothing.
    """
    import cv2

    size_wh = (picture.shape[1], picture.shape[0])
    controls = controls_from_tracks(tracks)
    groups = groups_from_controls(controls, size_wh)
    objects, ridden = groups.objects, riding(controls, groups)
    covered = np.zeros(picture.shape[:2], bool)
    for group in objects:
        start = controls.xy[0]
        others = start[np.setdiff1d(np.arange(start.shape[0]), group)]
        matte = thing_matte(picture, start[group], others, len(objects) <= MAX_CUT_BY_COLOUR)
        if matte is None:
            continue
        cut = (matte > COVERED).astype(np.uint8)
        covered |= cut.astype(bool)
        for now in ridden.xy[1:, group]:
            linear, offset = similarity(start[group], now)
            matrix = np.column_stack([linear, offset])
            covered |= cv2.warpAffine(cut, matrix, size_wh, flags=cv2.INTER_NEAREST).astype(bool)
    return covered
