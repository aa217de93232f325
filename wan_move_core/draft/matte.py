"""Cutting objects out of one picture, and painting over where they were: rough, quick, good enough to judge motion."""

from __future__ import annotations

from typing import Any

import numpy as np

WORK_SIDE_PX = 320
"""Objects are found on a copy of at most this size: 0.1 s each instead of 2 s, and edges are softened anyway."""
MAX_CUT_BY_COLOUR = 8


def object_matte(picture: np.ndarray, own: np.ndarray, others: np.ndarray, by_colour: bool) -> np.ndarray:
    """float32 [H, W], 0-1: the object that carries the points ``own`` [M, 2] and none of ``others`` [K, 2].

    Its outline is looked for in the colours (GrabCut, from the points' hull); where that finds nothing that holds
    together, it is the hull itself, with a soft edge.
    """
    import cv2

    h, w = picture.shape[:2]
    inner_px, outer_px = _reach_px(own, (w, h))
    hull = _distance_to_hull(own, (w, h))
    free = _room_beside(others, hull, (w, h))
    if by_colour:
        found = _outline(picture, own, hull, free, inner_px, outer_px)
        if found is not None:
            return cv2.GaussianBlur(found, (0, 0), max(0.8, min(h, w) / 500))
    soft = np.clip((inner_px - hull) / (0.45 * inner_px) + 0.5, 0, 1)
    sure = np.clip(2 - 2 * _distance_to_points(own, (w, h)) / inner_px, 0, 1)
    return (np.maximum(soft, sure) * free).astype(np.float32)


def _reach_px(own: np.ndarray, size_wh: tuple[int, int]) -> tuple[float, float]:
    """How far beyond the points the object surely goes, and may go at most."""
    side = min(size_wh)
    extent = float(np.hypot(*np.ptp(own, axis=0)))
    return max(16.0, 0.06 * side, 0.15 * min(extent, side)), max(40.0, 0.16 * side, 0.45 * min(extent, side))


def _outline(
    picture: np.ndarray, own: np.ndarray, hull: np.ndarray, free: np.ndarray, inner_px: float, outer_px: float
) -> np.ndarray | None:
    """float32 [H, W] of the object by colour; None where the colours do not tell it from its surroundings."""
    import cv2

    h, w = picture.shape[:2]
    x0, y0 = (max(0, int(v - outer_px - 24)) for v in own.min(0))
    x1, y1 = (min(limit, int(v + outer_px + 24)) for v, limit in zip(own.max(0), (w, h), strict=True))
    if x1 - x0 < 16 or y1 - y0 < 16:
        return None
    scale = min(1.0, WORK_SIDE_PX / max(x1 - x0, y1 - y0))
    size = (max(8, round((x1 - x0) * scale)), max(8, round((y1 - y0) * scale)))

    def small(image: np.ndarray) -> np.ndarray:
        return cv2.resize(np.ascontiguousarray(image[y0:y1, x0:x1]), size, interpolation=cv2.INTER_AREA)

    far, room = small(hull), small(free)
    guess = np.full(size[::-1], cv2.GC_PR_BGD, np.uint8)
    guess[far < inner_px * 0.5] = cv2.GC_PR_FGD
    guess[(far > outer_px) | (room < 0.3)] = cv2.GC_BGD
    for x, y in (own - (x0, y0)) * scale:
        cv2.circle(guess, (round(x), round(y)), max(2, round(inner_px * scale * 0.22)), int(cv2.GC_FGD), -1)
    zone = int(((far <= outer_px) & (room >= 0.3)).sum())
    try:
        cv2.setRNGSeed(0)  # GrabCut's clustering draws from OpenCV's generator: the same picture, the same cut
        # With a mask there is no rectangle; OpenCV's own annotations do not know that.
        whole: Any = None
        cv2.grabCut(
            np.ascontiguousarray(small(picture)), guess, whole, np.empty(0), np.empty(0), 4, cv2.GC_INIT_WITH_MASK
        )
    except cv2.error:
        return None
    mask = ((guess == cv2.GC_FGD) | (guess == cv2.GC_PR_FGD)).astype(np.uint8)
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    mask = _touching(mask, np.rint((own - (x0, y0)) * scale).astype(int))
    mask = _filled(mask)
    core = far < inner_px * 0.5
    # What holds together survives an opening; what only resembles the points' colours here and there does not.
    brush = 2 * round(max(1.0, 0.15 * inner_px * scale)) + 1
    solid = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((brush, brush), np.uint8)).sum()
    if solid < 0.75 * mask.sum():
        return None
    if mask.sum() > 0.7 * zone or (mask & core).sum() < 0.3 * core.sum():
        return None
    whole = np.zeros((h, w), np.float32)
    enlarged = cv2.resize(mask.astype(np.float32), (x1 - x0, y1 - y0), interpolation=cv2.INTER_CUBIC)
    whole[y0:y1, x0:x1] = np.clip((enlarged - 0.5) * max(1.0, 1 / scale) + 0.5, 0, 1)
    return whole


def _touching(mask: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """The connected parts of ``mask`` that hold a seed."""
    import cv2

    parts = cv2.connectedComponents(mask, connectivity=8)[1]
    x = np.clip(seeds[:, 0], 0, mask.shape[1] - 1)
    y = np.clip(seeds[:, 1], 0, mask.shape[0] - 1)
    kept = np.unique(parts[y, x])
    return np.isin(parts, kept[kept > 0]).astype(np.uint8)


def _filled(mask: np.ndarray) -> np.ndarray:
    """``mask`` without its small holes; a large one (through a handle, between legs) stays."""
    import cv2

    parts, labels, stats, _ = cv2.connectedComponentsWithStats(1 - mask, connectivity=4)
    small = [i for i in range(1, parts) if stats[i, cv2.CC_STAT_AREA] < 0.02 * mask.size]
    return (mask | np.isin(labels, small)).astype(np.uint8)


def _distance_to_hull(own: np.ndarray, size_wh: tuple[int, int]) -> np.ndarray:
    import cv2

    image = np.ones((size_wh[1], size_wh[0]), np.uint8)
    hull = cv2.convexHull(np.rint(own).astype(np.int32))
    cv2.fillConvexPoly(image, hull, 0)
    cv2.polylines(image, [hull], True, 0)
    return cv2.distanceTransform(image, cv2.DIST_L2, 5)


def _distance_to_points(points: np.ndarray, size_wh: tuple[int, int]) -> np.ndarray:
    import cv2

    image = np.ones((size_wh[1], size_wh[0]), np.uint8)
    at = np.rint(points).astype(int)
    image[np.clip(at[:, 1], 0, size_wh[1] - 1), np.clip(at[:, 0], 0, size_wh[0] - 1)] = 0
    return cv2.distanceTransform(image, cv2.DIST_L2, 5)


def _room_beside(others: np.ndarray, hull: np.ndarray, size_wh: tuple[int, int]) -> np.ndarray:
    """1 where the object may be, falling to 0 near points of something else and beyond the halfway line to them."""
    if len(others) == 0:
        return np.ones_like(hull)
    away = _distance_to_points(others, size_wh)
    return np.clip((away - 4) / 10, 0, 1) * np.clip((away - hull) / 8 + 0.5, 0, 1)


def painted_over(picture: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """uint8 [H, W, 3]: ``picture`` with ``hole`` (bool [H, W]) filled from around it.

    The tone flows in from the rim (a membrane, stretched more along the rows); the grain is borrowed from beside the
    hole, on the same rows, so that water stays water and a lawn a lawn.
    """
    import cv2

    tone = _membrane(picture, hole)
    smooth = cv2.GaussianBlur(tone, (0, 0), 4)
    inside = hole[..., None]
    columns = np.flatnonzero(hole.any(0))
    grain = np.zeros_like(tone)
    if len(columns):
        done = np.zeros(hole.shape, bool)
        full = np.where(inside, tone, picture).astype(np.float32)
        # Bounded, or an edge beside the hole (a ridge, a mast) would be repeated in it.
        detail = np.clip(picture - cv2.GaussianBlur(full, (0, 0), 4), -14, 14)
        for part in _parts(hole):
            x0, x1 = np.flatnonzero(part.any(0))[[0, -1]]
            step = int(x1 - x0 + 12)
            for shift in (step, -step):
                lent = np.roll(detail, shift, 1)
                usable = part & ~done & ~np.roll(hole, shift, 1) & _in_range(hole.shape[1], shift)[None, :]
                grain[usable] = lent[usable]
                done |= usable
    filled = np.clip(smooth + grain, 0, 255)
    return np.where(inside, filled + 0.5, picture).astype(np.uint8)


def _in_range(width: int, shift: int) -> np.ndarray:
    source = np.arange(width) - shift
    return (source >= 0) & (source < width)


def _parts(hole: np.ndarray) -> list[np.ndarray]:
    import cv2

    count, labels = cv2.connectedComponents(hole.astype(np.uint8), connectivity=8)
    return [labels == i for i in range(1, min(count, 33))]


def _membrane(picture: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """float32 [H, W, 3]: the hole filled by averaging neighbours until it settles, on coarse copies first."""
    import cv2

    h, w = hole.shape
    sides = [(w, h)]
    while min(sides[-1]) > 24:
        sides.append((-(-sides[-1][0] // 2), -(-sides[-1][1] // 2)))
    # Rows carry more than columns: what lies beside a thing usually goes on behind it (a horizon, water, ground).
    kernel = np.array([[0, 0.08, 0], [0.42, 0, 0.42], [0, 0.08, 0]], np.float32)
    known, weight = picture.astype(np.float32), (~hole).astype(np.float32)
    filled = None
    for size in reversed(sides):
        share = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)[..., None]
        mean = cv2.resize(known * weight[..., None], size, interpolation=cv2.INTER_AREA) / np.maximum(share, 1e-3)
        fixed = share > 0.5
        start = mean[fixed[..., 0]].mean(0) if filled is None else cv2.resize(filled, size)
        filled = np.where(fixed, mean, start).astype(np.float32)
        for _ in range(60 if size[0] < 300 else 16):
            filled = np.where(fixed, mean, cv2.filter2D(filled, -1, kernel, borderType=cv2.BORDER_REPLICATE))
    return filled if filled is not None else known
