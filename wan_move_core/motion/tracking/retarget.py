"""Laying motion of one picture on another: by similarity, by affine map, or each region by its own.

A map is a 2x3 matrix [linear | shift] in pixels: p' = linear p + shift. Correspondences are point pairs, or masks whose
boxes meet. Mirroring is never introduced by a similarity.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...errors import WanMoveError, plural
from ...geometry import Fit

METHODS = ("frame", "similarity", "affine", "regions")
_FLAT = 1e-3
"""Ratio of a point set's short to its long extent below which it counts as one line."""


def frame_map(source_wh: tuple[int, int], target_wh: tuple[int, int]) -> np.ndarray:
    """The source's frame laid over the whole target, cut to its shape (geometry.Fit, crop)."""
    fit = Fit.make("crop", source_wh, target_wh)
    scale = np.asarray(fit.scale_xy, np.float64)
    shift = np.asarray(fit.place_xywh[:2]) - np.asarray(fit.crop_xywh[:2]) * scale
    return np.column_stack([np.diag(scale), shift])


def similarity_map(source_xy: np.ndarray, target_xy: np.ndarray) -> np.ndarray:
    """The shift, turn and even scale with the least squared error over point pairs [P, 2], P >= 2.

    Source: Umeyama 1991, without the reflection.
    Raises: WanMoveError for too few or coinciding points, or counts that differ.
    """
    source, target = _pairs(source_xy, target_xy, 2, "similarity")
    middle, goal = source.mean(0), target.mean(0)
    a, b = source - middle, target - goal
    spread = (a**2).sum()
    if spread <= 1e-12:
        raise _degenerate("similarity", "the points in the clip coincide")
    along = (a * b).sum() / spread
    across = (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum() / spread
    linear = np.array([[along, -across], [across, along]])
    return np.column_stack([linear, goal - linear @ middle])


def affine_map(source_xy: np.ndarray, target_xy: np.ndarray) -> np.ndarray:
    """The affine map with the least squared error over point pairs [P, 2], P >= 3.

    Raises: WanMoveError for too few points, points on one line, or counts that differ.
    """
    source, target = _pairs(source_xy, target_xy, 3, "affine")
    middle, goal = source.mean(0), target.mean(0)
    extents = np.linalg.svd(source - middle, compute_uv=False)
    if extents[1] <= _FLAT * max(extents[0], 1e-12):
        raise _degenerate("affine", "the points in the clip lie on one line")
    linear = np.linalg.lstsq(source - middle, target - goal, rcond=None)[0].T
    return np.column_stack([linear, goal - linear @ middle])


def box_map(
    source_mask: np.ndarray,
    source_wh: tuple[int, int],
    target_mask: np.ndarray,
    target_wh: tuple[int, int],
    method: str,
) -> np.ndarray:
    """The mask's box laid on the other's: middle on middle, scaled evenly (similarity) or by each side (affine).

    Raises: WanMoveError where a mask is empty.
    """
    low, high = _box(source_mask, source_wh, "the clip")
    to_low, to_high = _box(target_mask, target_wh, "the picture")
    scale = (to_high - to_low) / (high - low)
    if method != "affine":
        scale = np.full(2, np.sqrt(scale.prod()))
    return np.column_stack([np.diag(scale), (to_low + to_high) / 2 - scale * (low + high) / 2])


def parse_points(text: str, where: str) -> np.ndarray:
    """float64 [P, 2] px from ``"x,y; x,y"`` (also split by lines); [0, 2] where it is empty.

    Raises: WanMoveError for anything else.
    """
    points = []
    for part in text.replace("\n", ";").split(";"):
        if not part.strip():
            continue
        try:
            x, y = (float(v) for v in part.split(","))
        except ValueError:
            raise WanMoveError(
                where=where, what=f"{part.strip()[:40]!r} is not x,y", fix='write "120,80; 300,96"'
            ) from None
        if not (abs(x) < 1e6 and abs(y) < 1e6):
            raise WanMoveError(where=where, what=f"{part.strip()[:40]!r} is far off", fix="use pixels of the picture")
        points.append((x, y))
    return np.array(points, np.float64).reshape(-1, 2)


def maps_for(
    method: str,
    source_wh: tuple[int, int],
    target_wh: tuple[int, int],
    source_masks: Sequence[np.ndarray] = (),
    target_masks: Sequence[np.ndarray] = (),
    source_points: np.ndarray | None = None,
    target_points: np.ndarray | None = None,
) -> list[np.ndarray]:
    """One map for everything, or with ``regions`` one for each pair of masks.

    Similarity and affine follow the point pairs where they are given, else the boxes of all masks together.
    Raises: WanMoveError where what the method needs is missing.
    """
    where = "Video tracks / retarget"
    if method not in METHODS:
        raise WanMoveError(where=where, what=f"unknown {method!r}", fix=f"use {', '.join(METHODS)}")
    if method == "frame":
        return [frame_map(source_wh, target_wh)]
    pairs = source_points is not None and target_points is not None and len(source_points) + len(target_points) > 0
    if pairs and method != "regions":
        fitted = similarity_map if method == "similarity" else affine_map
        return [fitted(source_points, target_points)]  # type: ignore[arg-type]
    if not len(source_masks) or not len(target_masks):
        raise WanMoveError(
            where=where,
            what=f"{method} needs to know what belongs together",
            fix="connect clip_mask and picture_mask, or give point pairs",
        )
    if method == "regions":
        if len(source_masks) != len(target_masks):
            raise WanMoveError(
                where=where,
                what=f"{plural(len(source_masks), 'mask')} in the clip, {len(target_masks)} in the picture",
                fix="give one for each, in the same order",
            )
        alike = zip(source_masks, target_masks, strict=True)
        return [box_map(a, source_wh, b, target_wh, "similarity") for a, b in alike]
    together, other = (np.any(np.stack([*masks]), axis=0) for masks in (source_masks, target_masks))
    return [box_map(together, source_wh, other, target_wh, method)]


def apply_map(matrix: np.ndarray, point_xy: np.ndarray) -> np.ndarray:
    """float64 [..., 2] px: the points under a 2x3 map."""
    return np.asarray(point_xy, np.float64) @ matrix[:, :2].T + matrix[:, 2]


def _pairs(source_xy: np.ndarray, target_xy: np.ndarray, least: int, method: str) -> tuple[np.ndarray, np.ndarray]:
    source, target = np.asarray(source_xy, np.float64), np.asarray(target_xy, np.float64)
    if len(source) != len(target):
        raise WanMoveError(
            where="Video tracks / points",
            what=f"{plural(len(source), 'point')} in the clip, {len(target)} in the picture",
            fix="give the same points in both, in one order",
        )
    if len(source) < least:
        raise _degenerate(method, f"{len(source)} point pair{'s' * (len(source) != 1)}", f"give {least} or more")
    return source, target


def _degenerate(method: str, what: str, fix: str = "spread them over the subject") -> WanMoveError:
    return WanMoveError(where=f"Video tracks / {method}", what=what, fix=fix)


def _box(mask: np.ndarray, size_wh: tuple[int, int], whose: str) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = np.nonzero(mask)
    if not len(rows):
        raise WanMoveError(where="Video tracks / mask", what=f"the mask in {whose} is empty", fix="paint the subject")
    per_px = np.asarray(size_wh, np.float64) / (mask.shape[1], mask.shape[0])
    return np.array([columns.min(), rows.min()]) * per_px, np.array([columns.max() + 1, rows.max() + 1]) * per_px
