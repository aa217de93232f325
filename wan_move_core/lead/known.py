"""What a motion draft knows, frame by frame: where its things are, the places they left, and what it has bent.

Where it carries the whole picture (a camera, a field of tracks) it knows everything but what that uncovers: pixels that
come from beyond the picture's rim, or from a seam that is stretched between what moved apart. What merely holds still
is not claimed: the model may move it.

Drawn by the draft itself and together with its frames: each way is worked out once, and carries the picture, the places
that were left, and the pixels' own coordinates.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator

import numpy as np

from ..draft.render import Draft, lay

MOVED_PX = 2.0
STRETCHED = 0.25
"""A pixel that shows less than this share of the source that pixels show elsewhere is a seam or a smeared rim."""


def frames_and_known(draft: Draft) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(uint8 [H, W, 3], uint8 [H, W] in 0-255) of every frame: the draft's, and what it knows of it."""
    known = _Known(draft)
    return (known.drawn_with(frame) for frame in range(draft.frames))


def known_frames(draft: Draft) -> Iterator[np.ndarray]:
    """uint8 [H, W], 0-255, of every frame; where the frames are wanted too, :func:`frames_and_known` has both."""
    return (known for _, known in frames_and_known(draft))


class _Known:
    def __init__(self, draft: Draft) -> None:
        w, h = draft.size_wh
        self.draft, self.places = draft, _places(draft)
        self.own = np.stack(np.meshgrid(np.arange(w, dtype=np.float32), np.arange(h, dtype=np.float32)), -1)

    def drawn_with(self, frame: int) -> tuple[np.ndarray, np.ndarray]:
        draft = self.draft
        carry = draft.carry(frame)
        drawn = carry(draft.under(frame)) if frame else draft.picture.copy()
        carried = carry(self.own)
        if len(draft.groups.camera):
            certain = ~_uncovered(carried)
        else:
            certain = _moved(carried - self.own)
        known = certain.astype(np.uint8) * 255
        shown = carry(self.places.under(frame)) if draft.objects else None
        if draft.view is not None:
            known = _seen_of_all(draft, known, frame)
            drawn = draft.view.seen(drawn, frame) if frame else drawn
            shown = None if shown is None else _rgb(draft.view.carried(shown[..., 0], frame))
        for item in draft.objects:
            if (laid := draft.layer(item, frame)) is None:
                continue
            part, layer = laid
            assert shown is not None
            if frame:
                lay(drawn, part, layer)
            lay(shown, part, np.repeat(layer[..., 3:], 4, -1))
        return drawn, known if shown is None else np.maximum(known, shown[..., 0])


def _moved(way_xy: np.ndarray) -> np.ndarray:
    """bool [H, W]: ways [H, W, 2] of more than 2 px."""
    return np.hypot(way_xy[..., 0], way_xy[..., 1]) > MOVED_PX


def _places(draft: Draft) -> Draft:
    """A draft of black, whose places turn white as its things leave them."""
    places = (draft.behind != draft.picture).any(-1).astype(np.uint8) * 255
    for item in draft.objects:
        alpha = item.cut_out[..., 3]
        (x, y), (h, w) = item.corner_xy, alpha.shape
        places[y : y + h, x : x + w] = np.maximum(places[y : y + h, x : x + w], alpha)
    other = copy.copy(draft)
    other.picture, other.behind = np.zeros_like(draft.picture), _rgb(places)
    return other


def _seen_of_all(draft: Draft, known: np.ndarray, frame: int) -> np.ndarray:
    """Under a camera over the scene: all that it shows of the scene, once it moves; before that as without it."""
    assert draft.view is not None
    if not draft.view.moves(frame):
        return known
    return draft.view.carried(np.full_like(known, 255), frame)


def _uncovered(source_xy: np.ndarray) -> np.ndarray:
    """bool [H, W]: pixels that show (nearly) the same source as their neighbours, or a mirrored one, but for specks."""
    import cv2

    x, y = cv2.split(source_xy)
    area = np.gradient(x, axis=1)
    area *= np.gradient(y, axis=0)
    area -= np.gradient(y, axis=1) * np.gradient(x, axis=0)
    return cv2.medianBlur((area < STRETCHED * max(_median(area), 1e-6)).view(np.uint8), 3) > 0


def _median(plane: np.ndarray) -> float:
    """``np.median``, by sorting only what a sample says may be the middle."""
    flat = plane.reshape(-1)
    low, high = np.quantile(flat[:: max(1, flat.size // 4096)], (0.45, 0.55))
    below, between = int(np.count_nonzero(flat < low)), flat[(flat >= low) & (flat <= high)]
    middle = (flat.size - 1) // 2 - below, flat.size // 2 - below
    if not 0 <= middle[0] <= middle[1] < between.size:
        return float(np.median(flat))
    return float(np.partition(between, middle)[list(middle)].mean())


def _rgb(plane: np.ndarray) -> np.ndarray:
    return np.repeat(plane[..., None], 3, -1)
