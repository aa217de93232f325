"""The rim of a cut, told anew from the colours on both of its sides close by.

Two mixtures of colours for a whole thing and all of its surroundings do not know that here the thing is white before a
grey shelf and there it is dark before a white one. After Bai et al., Video SnapCut (2009): windows along the rim, each
with colours of its own, whose cuts (GrabCut) are averaged where they overlap.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .reaches import touching

STEP, HALF, BAND = 24, 36, 14
"""Px at a shorter side of 480: from window to window, half a window, and how far the rim may move: no further than what
is painted over beside a cut, so that nothing of the thing stays behind where it was cut too closely."""
OWN = 20
"""Px at a shorter side of 480 around a point within which nothing of the cut is taken away."""
LEAST_SURE = 40
"""Px in a window that are surely the thing's, and surely not, without which it tells nothing."""
ROUNDS = 2


def sharpened(picture: np.ndarray, cut: np.ndarray, own: np.ndarray) -> np.ndarray:
    """float32 [H, W], 0-1: ``cut`` with its rim where the colours change nearby; around the points ``own`` [M, 2] px it
    stays as it is, as they are known to be the thing's. ``picture`` uint8 [H, W, 3]."""
    import cv2

    h, w = cut.shape
    scale = min(h, w) / 480
    solid = (cut > 0.5).astype(np.uint8)
    half, band, step = round(HALF * scale), BAND * scale, max(1, round(STEP * scale))
    # A thing narrower than the band has no middle that is sure.
    if half < 8 or solid.sum() < (2 * band) ** 2:
        return cut
    depth = _distance(solid) - _distance(1 - solid)
    soft = cv2.GaussianBlur(picture, (0, 0), 0.7)
    plane = np.hanning(2 * half + 3)[1:-1].astype(np.float32)
    window = np.outer(plane, plane)
    votes, weights = np.zeros((h, w), np.float32), np.zeros((h, w), np.float32)
    for contour in cv2.findContours(solid, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)[0]:
        for x, y in np.asarray(contour)[::step, 0].tolist():
            # On the picture's own border there is no rim to find.
            if x < 2 or y < 2 or x > w - 3 or y > h - 3:
                continue
            rows, columns = (slice(max(0, at - half), at + half + 1) for at in (y, x))
            part = _cut(soft[rows, columns], depth[rows, columns], band)
            if part is None:
                continue
            top, left = half - (y - rows.start), half - (x - columns.start)
            share = window[top : top + part.shape[0], left : left + part.shape[1]]
            votes[rows, columns] += share * part
            weights[rows, columns] += share
    near = np.ones((h, w), np.uint8)
    for x, y in np.rint(own).astype(int).tolist():
        cv2.circle(near, (x, y), round(OWN * scale), 0, -1)
    told = (weights > 1e-3) & (np.abs(depth) <= band) & ((near > 0) | (solid == 0))
    moved = np.where(told, votes / np.maximum(weights, 1e-6) > 0.5, solid > 0).astype(np.uint8)
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    moved = cv2.morphologyEx(cv2.morphologyEx(moved, cv2.MORPH_OPEN, brush), cv2.MORPH_CLOSE, brush)
    return touching(moved, np.rint(own).astype(int)).astype(np.float32)


def _cut(image: np.ndarray, depth: np.ndarray, band: float) -> np.ndarray | None:
    """bool of ``image``'s size; None where too little is sure."""
    import cv2

    guess = np.where(depth > 0, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    guess[depth > band], guess[depth < -band] = cv2.GC_FGD, cv2.GC_BGD
    if (guess == cv2.GC_FGD).sum() < LEAST_SURE or (guess == cv2.GC_BGD).sum() < LEAST_SURE:
        return None
    whole: Any = None
    try:
        cv2.setRNGSeed(0)
        cv2.grabCut(np.ascontiguousarray(image), guess, whole, np.empty(0), np.empty(0), ROUNDS, cv2.GC_INIT_WITH_MASK)
    except cv2.error:
        return None
    return (guess == cv2.GC_FGD) | (guess == cv2.GC_PR_FGD)


def _distance(inside: np.ndarray) -> np.ndarray:
    """float32 [H, W] px to what is not ``inside``; the picture's border is none."""
    import cv2

    return cv2.distanceTransform(inside, cv2.DIST_L2, 5) if not inside.all() else np.full(inside.shape, 1e6, np.float32)
