"""Whether a place can be judged at all, and whether it still looks as it did in frame 0: by patches, without tracking.

Pictures are grey [H, W]; positions px of the picture, origin at its corner.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from ..motion.tracking.patches import unit_patches
from ..motion.tracking.points import TrackedPoints
from .thresholds import (
    BETTER_LOOK,
    BLUR_SIGMA_PX,
    CELL_PX,
    LEAST_TEXTURE,
    LOOKS_HELD,
    PATCH_PX,
    TEXTURE_OVER_NOISE,
)

SOBEL_VARIANCE = 0.5
"""Sobel's smoothing across its derivative, as the variance of a Gaussian in px²."""
SMOOTHEST = 0.1


def texture_at(grey: np.ndarray, point_xy: np.ndarray) -> np.ndarray:
    """float32 [N], grey levels per px: slopes of the patch around each point in the direction where they are weakest.

    The root of the structure tensor's smaller eigenvalue: an edge alone has little, since along it nothing can be told.
    """
    import cv2

    soft = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), BLUR_SIGMA_PX)
    dx, dy = (cv2.Sobel(soft, cv2.CV_32F, 1 - axis, axis, ksize=3) / 8 for axis in (0, 1))
    xx, xy, yy = (cv2.blur(product, (PATCH_PX, PATCH_PX)) for product in (dx * dx, dx * dy, dy * dy))
    weaker = (xx + yy) / 2 - np.sqrt(((xx - yy) / 2) ** 2 + xy * xy)
    height, width = grey.shape
    x = np.clip(np.floor(point_xy[:, 0]), 0, width - 1).astype(int)
    y = np.clip(np.floor(point_xy[:, 1]), 0, height - 1).astype(int)
    return np.sqrt(np.maximum(weaker[y, x], 0))


def noise_level(grey: np.ndarray) -> float:
    """Standard deviation of the noise in grey levels, from the smoothest tenth of the picture.

    Immerkaer (1996), "Fast noise variance estimation": a mask that constant, sloping and edged places do not answer to.
    """
    import cv2

    mask = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    answer = np.abs(cv2.filter2D(grey.astype(np.float32), -1, mask))
    local = cv2.blur(answer, (PATCH_PX, PATCH_PX))[:: PATCH_PX // 2, :: PATCH_PX // 2]
    return float(np.quantile(local, SMOOTHEST) * math.sqrt(math.pi / 2) / 6)


def too_smooth(grey: np.ndarray, point_xy: np.ndarray) -> np.ndarray:
    """bool [N]: points whose surroundings say too little to be found again, beside the picture's noise."""
    # White noise of deviation 1 has these slopes after a Gaussian: 1 / (sqrt(8 pi) sigma²).
    slopes_of_noise = 1 / (math.sqrt(8 * math.pi) * (BLUR_SIGMA_PX**2 + SOBEL_VARIANCE))
    least = max(LEAST_TEXTURE, TEXTURE_OVER_NOISE * slopes_of_noise * noise_level(grey))
    return texture_at(grey, point_xy) < least


def patches(grey: np.ndarray, point_xy: np.ndarray) -> np.ndarray:
    """float32 [N, P]: softened patches around the points, each without its mean and of length 1."""
    import cv2

    # Pixel i of OpenCV is centred at i, ours at i + 0.5.
    return unit_patches(cv2.GaussianBlur(grey, (0, 0), BLUR_SIGMA_PX), np.asarray(point_xy) - 0.5, PATCH_PX)


def likeness(first: np.ndarray, grey: np.ndarray, point_xy: np.ndarray) -> np.ndarray:
    """float32 [N], -1 to 1: correlation of ``first`` (:func:`patches` of frame 0) with what ``grey`` shows there."""
    return np.einsum("np,np->n", first, patches(grey, point_xy))


def judged_by_looks(
    found: TrackedPoints,
    greys: list[np.ndarray],
    point_xy: np.ndarray,
    still: np.ndarray,
    wanted_xy: np.ndarray,
    moving: np.ndarray,
) -> TrackedPoints:
    """The same with points held at the place that is asked for wherever that looks as theirs did in frame 0.

    ``still`` bool [N], at ``point_xy`` [N, 2]: the tracker is believed where it finds the point within a cell of its
    place (it is finer), and where what it found looks better than the place itself (fine as that looks: a coarse
    texture resembles itself a cell further on). ``moving`` bool [T, N], at ``wanted_xy`` [T, N, 2]: asked only of
    points that the tracker lost, since a patch that turned on its way looks otherwise.
    """
    xy, visible = found.xy.copy(), found.visible.copy()
    soft = patches(greys[0], point_xy)
    # Behind a cut that tracking stopped at, what resembles the place is chance.
    end = found.cuts[0] if found.cuts and not found.visible[found.cuts[0] :].any() else len(greys)
    for frame, grey in enumerate(greys[1:], start=1):
        away = np.linalg.norm(xy[frame] - point_xy, axis=-1)
        one = np.flatnonzero(still & (~visible[frame] | (away > CELL_PX)))
        if len(one):
            here, there = likeness(soft[one], grey, point_xy[one]), likeness(soft[one], grey, xy[frame, one])
            held = one[(here >= LOOKS_HELD) & ~(visible[frame, one] & (there > here + BETTER_LOOK))]
            xy[frame, held], visible[frame, held] = point_xy[held], True
        one = np.flatnonzero(moving[frame] & ~visible[frame])
        if len(one) and frame < end:
            held = one[likeness(soft[one], grey, wanted_xy[frame, one]) >= LOOKS_HELD]
            xy[frame, held], visible[frame, held] = wanted_xy[frame, held], True
    return replace(found, xy=xy, visible=visible)
