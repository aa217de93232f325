"""How far a thing goes beyond its points nobody knows: cut at several reaches, and taken by majority.

Each reach is cut twice (GrabCut: Rother et al., 2004), once with everything within it for the thing's at first, once
with only what is close to the points; what most of them hold, those with the clearest rim counting more, is the thing.
One reach alone stops short of a thing of many colours, or runs into the ground.
"""

from __future__ import annotations

from typing import Any

import numpy as np

WORK_SIDE_PX, FINE_SIDE_PX = 128, 160
REACHES = ((64, 0.5), (100, 1.0), (150, 0.5))
"""Px at a shorter side of 480, and how much a cut at it counts."""
CLEAR = 60.0
"""A change of colour (RGB distance) across the rim from which it is as clear as can be."""
STANDS_OUT = 1.4
"""So many times as clear as the changes of colour anywhere near it, or it is no rim."""
MAJORITY = 0.5
LEAST_CLEAR = 0.8
"""Sum of the votes' weights under which the colours tell nothing."""


def majority(picture: np.ndarray, own: np.ndarray, hull: np.ndarray, others: np.ndarray) -> np.ndarray | None:
    """float32 [H, W], 0-1: what most cuts around the points ``own`` [M, 2] hold; None where no cut has a clear rim.

    ``hull``: px [H, W] from the points' hull; ``others``: px [H, W] from the nearest point of something else.
    """
    h, w = hull.shape
    votes, total = np.zeros((h, w), np.float32), 0.0
    for reach, share in REACHES:
        for all_within in (True, False):
            cut = _cut(picture, own, hull, others, reach * min(h, w) / 480, all_within)
            if cut is not None:
                (x0, y0, x1, y1), mask, clear = cut
                votes[y0:y1, x0:x1] += share * clear**2 * mask
                total += share * clear**2
    if total < LEAST_CLEAR:
        return None
    return np.clip((votes / total - MAJORITY) * 5 + 0.5, 0, 1)


def _cut(
    picture: np.ndarray, own: np.ndarray, hull: np.ndarray, others: np.ndarray, reach_px: float, all_within: bool
) -> tuple[tuple[int, int, int, int], np.ndarray, float] | None:
    """Box, float32 mask of its size, and how clear its rim is (0-1); None: nothing, or held against the limit."""
    import cv2

    h, w = hull.shape
    margin = 1.5 * reach_px + 12
    x0, y0 = (int(max(0, v - margin)) for v in own.min(0))
    x1, y1 = (int(min(limit, v + margin)) for v, limit in zip(own.max(0), (w, h), strict=True))
    scale = min(1.0, WORK_SIDE_PX / max(x1 - x0, y1 - y0))
    size = (max(8, round((x1 - x0) * scale)), max(8, round((y1 - y0) * scale)))

    def small(image: np.ndarray) -> np.ndarray:
        return cv2.resize(np.ascontiguousarray(image[y0:y1, x0:x1]), size, interpolation=cv2.INTER_AREA)

    image, far, room = small(picture), small(hull), small(others)
    closed = (far > reach_px) | (room < far) | (room < 5)
    if not closed.any():
        return None
    guess = np.full(size[::-1], cv2.GC_PR_FGD if all_within else cv2.GC_PR_BGD, np.uint8)
    extent = float(np.hypot(*np.ptp(own, axis=0)))
    guess[far < max(0.35 * reach_px, 0.14 * extent)] = cv2.GC_PR_FGD
    guess[closed] = cv2.GC_BGD
    seeds = np.rint((own - (x0, y0)) * scale).astype(int)
    seeded = np.zeros(size[::-1], np.uint8)
    for x, y in seeds:
        cv2.circle(seeded, (int(x), int(y)), 2, 1, -1)
    guess[seeded > 0] = cv2.GC_FGD
    mask = _grab_cut(image, guess, 5 if reach_px * scale > 16 else 3)
    if mask is None:
        return None
    mask = filled(touching(mask | seeded, seeds))
    if _held(mask, far, reach_px) > 0.2 or mask.sum() < 0.5 * int((far <= 0).sum()):
        return None
    enlarged = cv2.resize(mask.astype(np.float32), (x1 - x0, y1 - y0), interpolation=cv2.INTER_LINEAR)
    return (x0, y0, x1, y1), enlarged, _clearness(image, mask)


def completed(picture: np.ndarray, own: np.ndarray, others: np.ndarray, cut: np.ndarray) -> np.ndarray:
    """float32 [H, W]: ``cut`` with what beside it is coloured as it is; as it was, where that runs into the ground or
    makes its rim less clear."""
    import cv2

    h, w = cut.shape
    solid = cut > 0.5
    if solid.sum() < 100:
        return cut
    away = cv2.distanceTransform((~solid).astype(np.uint8), cv2.DIST_L2, 5)
    reach_px = max(0.06 * min(h, w), 0.35 * float(np.sqrt(solid.sum())))
    near = away < 1.5 * reach_px + 12
    rows, columns = np.flatnonzero(near.any(1)), np.flatnonzero(near.any(0))
    y0, y1, x0, x1 = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    scale = min(1.0, FINE_SIDE_PX / max(x1 - x0, y1 - y0))
    size = (max(8, round((x1 - x0) * scale)), max(8, round((y1 - y0) * scale)))

    def small(image: np.ndarray) -> np.ndarray:
        return cv2.resize(np.ascontiguousarray(image[y0:y1, x0:x1]), size, interpolation=cv2.INTER_AREA)

    image, far, room, share = small(picture), small(away), small(others), small(solid.astype(np.float32))
    closed = (far > reach_px) | ((room < far) & (share < 0.5)) | (room < 5)
    if not closed.any():
        return cut
    seeds = np.rint((own - (x0, y0)) * scale).astype(int)
    before = (share > 0.5).astype(np.uint8)
    guess = np.where(before > 0, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    guess[cv2.erode((share > 0.9).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0] = cv2.GC_FGD
    guess[closed] = cv2.GC_BGD
    mask = _grab_cut(image, guess, 5)
    if mask is None:
        return cut
    mask = filled(touching(mask | before, seeds))
    if _held(mask, far, reach_px) > 0.1 or mask.sum() > 2.5 * before.sum():
        return cut
    if not mask.any() or not before.any():
        return cut
    clear = _clearness(image, mask)
    if clear == 0 or clear < _clearness(image, before):
        return cut
    larger = np.zeros((h, w), np.float32)
    enlarged = cv2.resize(mask.astype(np.float32), (int(x1 - x0), int(y1 - y0)), interpolation=cv2.INTER_CUBIC)
    larger[y0:y1, x0:x1] = np.clip((enlarged - 0.5) * max(1.0, 1 / scale) + 0.5, 0, 1)
    return np.maximum(larger, cut)


def _grab_cut(image: np.ndarray, guess: np.ndarray, brush_px: int) -> np.ndarray | None:
    """uint8 of ``guess``'s size, closed and opened with a brush; None where the colours are too few."""
    import cv2

    whole: Any = None
    try:
        cv2.setRNGSeed(0)
        cv2.grabCut(image, guess, whole, np.empty(0), np.empty(0), 3, cv2.GC_INIT_WITH_MASK)
    except cv2.error:
        return None
    mask = ((guess == cv2.GC_FGD) | (guess == cv2.GC_PR_FGD)).astype(np.uint8)
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (brush_px, brush_px))
    mask = cv2.morphologyEx(cv2.morphologyEx(np.pad(mask, 8), cv2.MORPH_CLOSE, brush), cv2.MORPH_OPEN, brush)
    return mask[8:-8, 8:-8]


def _held(mask: np.ndarray, far: np.ndarray, reach_px: float) -> float:
    """Share of the limit's line that the mask lies against: it would go on, over the ground."""
    rim = (far > reach_px - 3) & (far <= reach_px)
    return float((mask * rim).sum()) / max(1, int(rim.sum()))


def _clearness(image: np.ndarray, mask: np.ndarray) -> float:
    """0-1: how much the colours change across the outline of ``mask``, in the mean; its part on the border is none."""
    import cv2

    change, within = change_along_rim(image, mask > 0, 2, 0.8)
    soft = cv2.GaussianBlur(image, (0, 0), 0.8).astype(np.float32)
    anywhere = [np.linalg.norm(a - b, axis=-1).mean() for a, b in ((soft[4:], soft[:-4]), (soft[:, 4:], soft[:, :-4]))]
    # In busy texture the colours change along any line.
    if within.mean() <= 0.8 or change[within].mean() < STANDS_OUT * np.mean(anywhere):
        return 0.0
    return float(np.minimum(change[within] / CLEAR, 1).mean())


def change_along_rim(image: np.ndarray, inside: np.ndarray, step: int, sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """Along the outline of ``inside``: RGB distance of what lies ``step`` px within and without, float32 [K], and
    bool [K] whether that is within the picture."""
    import cv2

    h, w = inside.shape
    contours = cv2.findContours(inside.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]
    rim = np.concatenate([np.asarray(c)[:, 0] for c in contours]).astype(int)
    depth = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 5)
    depth -= cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, 5)
    soft = cv2.GaussianBlur(image, (0, 0), sigma).astype(np.float32)
    slope = np.stack([cv2.Sobel(depth, cv2.CV_32F, 1, 0), cv2.Sobel(depth, cv2.CV_32F, 0, 1)], -1)[rim[:, 1], rim[:, 0]]
    slope /= np.maximum(np.hypot(*slope.T), 1e-6)[:, None]
    sides = []
    for sign in (1, -1):
        at = np.clip(np.rint(rim + sign * step * slope).astype(int), 0, (w - 1, h - 1))
        sides.append(soft[at[:, 1], at[:, 0]])
    within = np.all((rim > 1) & (rim < (w - 2, h - 2)), axis=1)
    return np.linalg.norm(sides[0] - sides[1], axis=1), np.asarray(within)


def touching(mask: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """The connected parts of ``mask`` that hold a seed."""
    import cv2

    parts = cv2.connectedComponents(mask, connectivity=8)[1]
    x = np.clip(seeds[:, 0], 0, mask.shape[1] - 1)
    y = np.clip(seeds[:, 1], 0, mask.shape[0] - 1)
    kept = np.unique(parts[y, x])
    return np.isin(parts, kept[kept > 0]).astype(np.uint8)


def filled(mask: np.ndarray) -> np.ndarray:
    """``mask`` without its small holes; a large one (through a handle, between legs) stays."""
    import cv2

    parts, labels, stats, _ = cv2.connectedComponentsWithStats(1 - mask, connectivity=4)
    small = [i for i in range(1, parts) if stats[i, cv2.CC_STAT_AREA] < 0.02 * mask.size]
    return (mask | np.isin(labels, small)).astype(np.uint8)
