"""What a motion draft knows, frame by frame: where its things are, the places they left, and what it has bent.

Where it carries the whole picture (a camera, a field of tracks) it knows everything but what that uncovers: pixels that
come from beyond the picture's rim, or from a seam that is stretched between what moved apart. What merely holds still
is not claimed: the model may move it.

Drawn by the draft itself, of stand-ins for its picture: whatever way it takes, its mask takes.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterator

import numpy as np

from ..draft.render import Draft

MOVED_PX = 2.0
STRETCHED = 0.25
"""A pixel that shows less than this share of the source that pixels show elsewhere is a seam or a smeared rim."""


def known_frames(draft: Draft) -> Iterator[np.ndarray]:
    """uint8 [H, W], 0-255, of every frame."""
    places, ways = _things(draft), _coordinates(draft)
    return (_known(draft, places, ways, frame) for frame in range(draft.frames))


def _known(draft: Draft, places: Draft, ways: Draft, frame: int) -> np.ndarray:
    carried = ways._base(frame)
    if len(draft.groups.camera):
        known = ~_uncovered(carried)
    else:
        known = np.hypot(*np.moveaxis(carried - ways.picture, -1, 0)) > MOVED_PX
    drawn = known.astype(np.uint8) * 255
    if not draft.objects:
        return drawn
    shown = places._base(frame)
    for item in places.objects:
        places._lay(shown, item, frame)
    return np.maximum(drawn, shown[..., 0])


def _coordinates(draft: Draft) -> Draft:
    """A draft of where pixels come from: its picture is each pixel's own x and y, float32 [H, W, 2]."""
    w, h = draft.size_wh
    own = np.stack(np.meshgrid(np.arange(w, dtype=np.float32), np.arange(h, dtype=np.float32)), -1)
    return _stand_in(draft, picture=own, behind=own, objects=[])


def _things(draft: Draft) -> Draft:
    """A draft of white things on black, whose places turn white as they leave them."""
    places = (draft.behind != draft.picture).any(-1).astype(np.uint8) * 255
    white = []
    for item in draft.objects:
        alpha = item.cut_out[..., 3]
        (x, y), (h, w) = item.corner_xy, alpha.shape
        places[y : y + h, x : x + w] = np.maximum(places[y : y + h, x : x + w], alpha)
        white.append(dataclasses.replace(item, cut_out=np.repeat(alpha[..., None], 4, -1)))
    return _stand_in(draft, picture=np.zeros_like(draft.picture), behind=_rgb(places), objects=white)


def _stand_in(draft: Draft, **parts: object) -> Draft:
    other = copy.copy(draft)
    for name, value in parts.items():
        setattr(other, name, value)
    return other


def _uncovered(source_xy: np.ndarray) -> np.ndarray:
    """bool [H, W]: pixels that show (nearly) the same source as their neighbours, or a mirrored one, but for specks."""
    import cv2

    down, right = np.gradient(source_xy, axis=(0, 1))
    area = right[..., 0] * down[..., 1] - right[..., 1] * down[..., 0]
    return cv2.medianBlur((area < STRETCHED * max(float(np.median(area)), 1e-6)).astype(np.uint8), 3) > 0


def _rgb(plane: np.ndarray) -> np.ndarray:
    return np.repeat(plane[..., None], 3, -1)
