"""Whether a place can be judged at all, and whether it still looks as it did in frame 0: by patches, without tracking.

Pictures are grey [H, W]; positions px of the picture, origin at its corner.
"""

from __future__ import annotations

import math

import numpy as np

from ..motion.tracking.patches import unit_patches
from .thresholds import BLUR_SIGMA_PX, LEAST_TEXTURE, PATCH_PX, TEXTURE_OVER_NOISE

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
