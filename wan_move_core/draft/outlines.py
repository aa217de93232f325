"""The outlines a motion document holds: what a person drew around a region is what the draft cuts out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..motion.document.layers import MotionDocument, RegionLayer
from ..motion.evaluation.evaluate import tracks_and_owners
from .matte import Outline


def outlines_from_document(document: MotionDocument) -> list[Outline]:
    """One of every region whose eye is open and that has tracks; masks of the document's size."""
    import cv2

    _, owner = tracks_and_owners(document)
    w, h = document.size_wh
    found = []
    for number, layer in enumerate(document.layers):
        tracks = np.flatnonzero(owner == number)
        if not isinstance(layer, RegionLayer) or not len(tracks):
            continue
        if layer.mask is not None:
            cols, rows = layer.mask.size_wh
            runs = np.asarray(layer.mask.runs, np.int64)
            cells = np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(rows, cols).astype(np.float32)
            inside = cv2.resize(cells, (w, h), interpolation=cv2.INTER_NEAREST) > 0.5
        else:
            # Even-odd, as regions are evaluated; coordinates are of pixels' edges, OpenCV's of their centres.
            corners = np.asarray(layer.polygon or (), np.float64).reshape(-1, 2) * (w, h) - 0.5
            area = np.zeros((h, w), np.uint8)
            cv2.fillPoly(area, [np.rint(corners * 16).astype(np.int32)], 1, cv2.LINE_8, 4)
            inside = area > 0
        if inside.any():
            found.append(Outline(tracks, inside))
    return found


def outline_of(tracks: np.ndarray, outlines: Sequence[Outline]) -> np.ndarray | None:
    """bool [H, W]: together the outlines whose tracks are in a thing, where they hold most of it."""
    held = [np.isin(tracks, outline.tracks) for outline in outlines]
    inside = [o.inside for o, own in zip(outlines, held, strict=True) if own.any()]
    if not inside or np.logical_or.reduce(held).mean() <= 0.5:
        return None
    return np.logical_or.reduce(inside)
