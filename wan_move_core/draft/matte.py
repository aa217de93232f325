"""Cutting things out of one picture: by the outline that was given, by colour, or by shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .reaches import change_along_rim, completed, filled, majority, touching
from .rim import sharpened

WORK_SIDE_PX = 256
"""Objects are found on a copy of at most this size: 0.1 s each instead of 2 s, and edges are softened anyway."""
WIDE_SIDE_PX = 224
MANY, CLOSE = 24, 0.06
"""Points that tell the shape between them better than their hull does; and, as a share of the shorter side, how close
together they tell it to its outline."""
MAX_CUT_BY_COLOUR = 12
"""Things that are cut out by colour, as in the editor; further ones by shape."""


@dataclass(frozen=True)
class Outline:
    """What a person drew around a thing: ``tracks`` (places in the list of tracks) are carried in ``inside``, bool
    [H, W] of the picture."""

    tracks: Sequence[int] | np.ndarray
    inside: np.ndarray


def outlined_matte(inside: np.ndarray) -> np.ndarray:
    """float32 [H, W], 0-1: the outline itself, its edge a few pixels soft."""
    import cv2

    h, w = inside.shape
    return cv2.GaussianBlur(inside.astype(np.float32), (0, 0), max(0.8, min(h, w) / 400))


def thing_matte(picture: np.ndarray, own: np.ndarray, others: np.ndarray, by_colour: bool) -> np.ndarray | None:
    """float32 [H, W], 0-1: the thing that carries the points ``own`` [M, 2]; None for a lone point that no edge closes
    around, which stands for something larger."""
    import cv2

    drawn = region_matte(own, (picture.shape[1], picture.shape[0]))
    if drawn is not None:
        return _along_edges(picture, cv2.GaussianBlur(sharpened(picture, drawn, own), (0, 0), 0.8))
    matte = colour_matte(picture, own, others) if by_colour else None
    if matte is None and len(own) > 1:
        matte = shape_matte(own, others, (picture.shape[1], picture.shape[0]))
    return matte


def region_matte(own: np.ndarray, size_wh: tuple[int, int]) -> np.ndarray | None:
    """float32 [H, W], 0-1: what points in close rows and columns cover, half a step beyond the outermost, as those of a
    region lie whose outline somebody has drawn or painted; None where they lie otherwise."""
    import cv2

    if len(own) < MANY:
        return None
    nearest, spacing = _nearest_px(own), _spacing_px(own)
    between = _between_many(own, size_wh)
    even = bool((np.abs(nearest - spacing) < 0.15 * spacing).mean() > 0.9)
    if between is None or not even or spacing > CLOSE * min(size_wh):
        return None
    reach = max(1, round(spacing / 4))
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return outlined_matte(cv2.dilate(between, brush) > 0)


def colour_matte(picture: np.ndarray, own: np.ndarray, others: np.ndarray) -> np.ndarray | None:
    """float32 [H, W], 0-1: the thing that carries the points ``own`` [M, 2] and none of ``others`` [K, 2], by colour.

    GrabCut from the points' hull, and once more, wider, from what that found: it reaches what lies between and beyond
    the points. None where nothing is found that holds together.
    """
    import cv2

    h, w = picture.shape[:2]
    inner_px, outer_px = _reach_px(own, (w, h))
    hull = _distance_to_hull(own, (w, h))
    free = _room_beside(others, hull, (w, h))
    first = _outline(picture, own, hull, free, inner_px, outer_px)
    if len(own) > 1:
        if len(own) > 3 or first is not None:
            first = _wider(picture, own, others, hull, first)
        first = _with_most(picture, own, others, hull, first)
    elif first is not None and not _stands_out(picture, first > 0.5):
        return None
    if first is None:
        return None
    return _along_edges(picture, cv2.GaussianBlur(sharpened(picture, first, own), (0, 0), max(0.8, min(h, w) / 500)))


def shape_matte(own: np.ndarray, others: np.ndarray, size_wh: tuple[int, int]) -> np.ndarray:
    """float32 [H, W], 0-1: the points' hull with a soft edge, where the colours tell nothing."""
    inner_px, _ = _reach_px(own, size_wh)
    hull = _distance_to_hull(own, size_wh)
    soft = np.clip((inner_px - hull) / (0.45 * inner_px) + 0.5, 0, 1)
    sure = np.clip(2 - 2 * _distance_to_points(own, size_wh) / inner_px, 0, 1)
    return (np.maximum(soft, sure) * _room_beside(others, hull, size_wh)).astype(np.float32)


def _along_border(mask: np.ndarray) -> int:
    return int(np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]]).sum())


def _along_edges(picture: np.ndarray, matte: np.ndarray) -> np.ndarray:
    """float32 [H, W]: ``matte``, found on a small copy, with its rim moved to the edges of the picture nearby (guided
    filter: He et al., 2010)."""
    import cv2

    reach = max(2, round(min(matte.shape) / 96))
    rows, columns = np.flatnonzero((matte > 0.02).any(1)), np.flatnonzero((matte > 0.02).any(0))
    if not len(rows):
        return matte
    margin = 3 * reach
    box = (
        slice(max(0, rows[0] - margin), rows[-1] + margin + 1),
        slice(max(0, columns[0] - margin), columns[-1] + margin + 1),
    )
    colour, alpha = picture[box].astype(np.float32) / 255, matte[box]

    def mean(image: np.ndarray) -> np.ndarray:
        return cv2.blur(image, (2 * reach + 1, 2 * reach + 1))

    middle, level = mean(colour), mean(alpha)
    shared = mean(colour * alpha[..., None]) - middle * level[..., None]
    spread = np.empty((*alpha.shape, 3, 3), np.float32)
    for i in range(3):
        for j in range(i, 3):
            both = mean(colour[..., i] * colour[..., j]) - middle[..., i] * middle[..., j]
            spread[..., i, j] = spread[..., j, i] = both
    slope = np.linalg.solve(spread + 1e-4 * np.eye(3, dtype=np.float32), shared[..., None])[..., 0]
    offset = level - (slope * middle).sum(-1)
    along = (mean(slope) * colour).sum(-1) + mean(offset)
    brush = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    solid = (alpha > 0.5).astype(np.uint8)
    rim = cv2.dilate(solid, brush) != cv2.erode(solid, brush)
    out = matte.copy()
    out[box] = np.where(rim, np.clip(2 * along - 0.5, 0, 1), alpha)
    return out


def _stands_out(picture: np.ndarray, inside: np.ndarray) -> bool:
    """Whether the colours change along nearly all of an outline: a ball on a table, not a nose in a face."""
    change, _ = change_along_rim(picture, inside, max(3, round(min(inside.shape) / 120)), 1.0)
    return float((change > 36).mean()) > 0.93


def _with_most(
    picture: np.ndarray, own: np.ndarray, others: np.ndarray, hull: np.ndarray, first: np.ndarray | None
) -> np.ndarray | None:
    """float32 [H, W]: the cut ``first`` and what most cuts of other reaches hold beside it, completed."""
    h, w = hull.shape
    away = _distance_to_points(others, (w, h)) if len(others) else np.full((h, w), 1e6, np.float32)
    most = majority(picture, own, hull, away)
    both = [cut for cut in (most, first) if cut is not None]
    if not both:
        return None
    cut = np.maximum.reduce(both)
    cut = (cut * touching((cut > 0.3).astype(np.uint8), np.rint(own).astype(int))).astype(np.float32)
    return completed(picture, own, away, cut)


def _wider(
    picture: np.ndarray,
    own: np.ndarray,
    others: np.ndarray,
    hull: np.ndarray,
    first: np.ndarray | None,
) -> np.ndarray | None:
    """float32 [H, W]: the cut ``first`` grown to the whole thing; ``first`` where the colours lead elsewhere."""
    import cv2

    h, w = hull.shape
    solid = np.zeros((h, w), bool) if first is None else first > 0.5
    if first is not None and _along_border(solid) > np.sqrt(solid.sum()):
        # It has run out of the picture, over the ground.
        first, solid = None, np.zeros((h, w), bool)
    extent = float(np.hypot(*np.ptp(own, axis=0)))
    within = hull <= (0 if len(own) > 2 else 2)
    beyond_px = 0.14 * extent if len(own) < MANY else min(0.14 * extent, _spacing_px(own))
    known = cv2.distanceTransform((~(solid | within)).astype(np.uint8), cv2.DIST_L2, 5)
    reach_px = max(0.16 * min(h, w), 0.25 * extent)
    away = _distance_to_points(others, (w, h)) if len(others) else np.full((h, w), 1e6, np.float32)
    rows, columns = np.flatnonzero((known < reach_px + 24).any(1)), np.flatnonzero((known < reach_px + 24).any(0))
    y0, y1, x0, x1 = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    scale = min(1.0, WIDE_SIDE_PX / max(x1 - x0, y1 - y0))
    size = (max(8, round((x1 - x0) * scale)), max(8, round((y1 - y0) * scale)))

    def small(image: np.ndarray) -> np.ndarray:
        image = np.ascontiguousarray(image[y0:y1, x0:x1])
        return cv2.resize(image, size, interpolation=cv2.INTER_AREA)

    share, far, hulled = small(solid.astype(np.float32)), small(known), small(within.astype(np.float32))
    guess = np.full(size[::-1], cv2.GC_PR_BGD, np.uint8)
    guess[(hulled > 0.5) | (small(hull) < beyond_px)] = cv2.GC_PR_FGD
    guess[share > 0.5] = cv2.GC_PR_FGD
    core = cv2.erode((share > 0.9).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    guess[core] = cv2.GC_FGD
    closed = (far > reach_px) | (small(away) < 5)
    guess[closed] = cv2.GC_BGD
    seeds = np.rint((own - (x0, y0)) * scale).astype(int)
    for x, y in seeds:
        cv2.circle(guess, (int(x), int(y)), 2, int(cv2.GC_FGD), -1)
    if not (guess == cv2.GC_BGD).any() and not (guess == cv2.GC_PR_BGD).any():
        return first
    cv2.setRNGSeed(0)
    whole: Any = None
    try:
        cv2.grabCut(
            np.ascontiguousarray(small(picture)), guess, whole, np.empty(0), np.empty(0), 3, cv2.GC_INIT_WITH_MASK
        )
    except cv2.error:
        return first
    mask = ((guess == cv2.GC_FGD) | (guess == cv2.GC_PR_FGD)).astype(np.uint8)
    # Threads and bays that are thin beside the thing are the ground's, or the thing's, by chance of colour.
    brush = 2 * round(max(1.0, 0.035 * min(extent, min(h, w)) * scale)) + 1
    round_brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (brush, brush))
    wide_brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * brush + 1, 2 * brush + 1))
    mask = np.pad(mask | (hulled > 0.5), 2 * brush + 1).astype(np.uint8)
    mask = cv2.morphologyEx(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, wide_brush), cv2.MORPH_OPEN, round_brush)
    mask = filled(touching(mask[2 * brush + 1 : -2 * brush - 1, 2 * brush + 1 : -2 * brush - 1], seeds))
    # Held against the limit, or grown out of all proportion: it runs into the ground.
    rim = ((far > reach_px - 3 / scale) & (far <= reach_px)).astype(np.uint8)
    leaks = float((mask * rim).sum()) > 0.2 * max(1, int(rim.sum()))
    floor = max(float(share.sum()), float(hulled.sum()))
    if leaks or mask.sum() > 3.5 * floor or mask.sum() < 0.5 * floor:
        return first
    # The first cut stays in it, unless it has run into the ground.
    kept = (share > 0.5) & ~closed
    kept = cv2.morphologyEx(kept.astype(np.uint8), cv2.MORPH_OPEN, round_brush) > 0
    if kept.sum() > 4 * mask.sum():
        kept[:] = False
    if len(own) > 3 and (first is None or mask.sum() < 1.6 * hulled.sum()):
        # Where the colours stop short of what lies beyond the points, a thing is still larger than its points.
        mask = np.maximum(mask, (small(hull) < beyond_px) & ~closed)
    merged = np.maximum(mask, ((hulled > 0.5) & ~closed) | kept).astype(np.float32)
    out = np.zeros((h, w), np.float32)
    enlarged = cv2.resize(merged, (int(x1 - x0), int(y1 - y0)), interpolation=cv2.INTER_CUBIC)
    out[y0:y1, x0:x1] = np.clip((enlarged - 0.5) * max(1.0, 1 / scale) + 0.5, 0, 1)
    return out


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
            np.ascontiguousarray(small(picture)), guess, whole, np.empty(0), np.empty(0), 3, cv2.GC_INIT_WITH_MASK
        )
    except cv2.error:
        return None
    mask = ((guess == cv2.GC_FGD) | (guess == cv2.GC_PR_FGD)).astype(np.uint8)
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    mask = touching(mask, np.rint((own - (x0, y0)) * scale).astype(int))
    mask = filled(mask)
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


def _distance_to_hull(own: np.ndarray, size_wh: tuple[int, int]) -> np.ndarray:
    import cv2

    image = np.ones((size_wh[1], size_wh[0]), np.uint8)
    hull = cv2.convexHull(np.rint(own).astype(np.int32))
    cv2.fillConvexPoly(image, hull, 0)
    cv2.polylines(image, [hull], True, 0)
    between = _between_many(own, size_wh) if len(own) >= MANY else None
    if between is not None:
        image = np.maximum(image, 1 - between)
    return cv2.distanceTransform(image, cv2.DIST_L2, 5)


def _between_many(own: np.ndarray, size_wh: tuple[int, int]) -> np.ndarray | None:
    """uint8 [H, W]: 1 between points that lie close, and a quarter of a step beyond: a shape with bays, not their hull;
    None where they do not hang together."""
    import cv2

    at = np.rint(own).astype(int)
    spacing = _spacing_px(own)
    rest_px = max(1, round(spacing / 4))
    for wide in (1.5, 2.5, 4.0):
        reach = int(np.ceil(wide * spacing / 2))
        x0, y0 = at.min(0) - 2 * reach - 2
        dots = np.zeros(np.ptp(at, axis=0)[::-1] + 4 * reach + 5, np.uint8)
        dots[at[:, 1] - y0, at[:, 0] - x0] = 1
        # Drawn back by less than they were grown, or a row of single points would fall apart again.
        grown, back = (
            cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * px + 1, 2 * px + 1)) for px in (reach, reach - rest_px)
        )
        shape = filled(np.maximum(cv2.erode(cv2.dilate(dots, grown), back), dots))
        if cv2.connectedComponents(shape, connectivity=8)[0] == 2:
            out = np.zeros((size_wh[1], size_wh[0]), np.uint8)
            ys, xs = np.nonzero(shape)
            inside = (ys + y0 >= 0) & (xs + x0 >= 0) & (ys + y0 < size_wh[1]) & (xs + x0 < size_wh[0])
            out[ys[inside] + y0, xs[inside] + x0] = 1
            return out
    return None


def _spacing_px(own: np.ndarray) -> float:
    """From a point to the next, as a rule."""
    return max(2.0, float(np.median(_nearest_px(own))))


def _nearest_px(own: np.ndarray) -> np.ndarray:
    """[M] px from each point to the next one."""
    apart = np.hypot(*np.moveaxis(own[:, None] - own[None], -1, 0))
    np.fill_diagonal(apart, np.inf)
    return apart.min(1)


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
