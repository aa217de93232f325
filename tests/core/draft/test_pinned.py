"""A document's draft under a camera: the picture goes past, what is pinned to the screen stays where it is."""

from __future__ import annotations

import numpy as np
import pytest

from wan_move_core.draft.outlines import outlines_from_document, view_of
from wan_move_core.draft.render import Draft
from wan_move_core.motion.document.read import parse_document
from wan_move_core.motion.evaluation.evaluate import tracks_from_document

SIZE = (256, 160)


def shot(*, pinned: bool, truck=(0.25, 0.0), zoom=1.0):
    box = [[0.5, 0.3], [0.75, 0.3], [0.75, 0.7], [0.5, 0.7]]
    region = {"id": "r", "type": "region", "name": "Logo", "polygon": box, "pivot": [0.6, 0.5], "pinned": pinned}
    hold = [[x / 10 + 0.05, y / 6 + 0.08] for x in range(5) for y in range(6)]
    keys = [
        {"frame": 0, "truck": [0, 0], "zoom": 1, "roll": 0},
        {"frame": 16, "truck": list(truck), "zoom": zoom, "roll": 0},
    ]
    return parse_document(
        {
            "version": 1,
            "size_wh": list(SIZE),
            "frames": 17,
            "layers": [{"id": "k", "type": "anchors", "points": hold}, region],
            "camera": {"keys": keys, "easing": "linear"},
        }
    )


@pytest.fixture(scope="module")
def picture():
    import cv2

    rough = np.random.default_rng(4).integers(0, 256, (20, 32, 3), np.uint8)
    return cv2.resize(rough, SIZE, interpolation=cv2.INTER_CUBIC)


def test_the_pinned_thing_stays_and_the_picture_goes_past(picture):
    document = shot(pinned=True)
    shown = view_of(document)
    assert shown is not None
    tracks, view = shown
    last = Draft(picture, tracks, outlines_from_document(document), view).frame(16)
    inside = slice(56, 104), slice(136, 184)
    assert np.abs(last[inside].astype(int) - picture[inside]).mean() < 2, "where it is on the screen"
    # Trucked a quarter to the right: what lay 64 px further right is seen, away from the thing and the place it left.
    aside = slice(4, 30), slice(8, 180)
    assert np.abs(last[aside].astype(int) - picture[4:30, 72:244]).mean() < 2
    assert (last[:, 200:] == (18, 19, 23)).all(2).mean() > 0.8, "past the picture there is nothing"


def test_it_stays_beside_the_picture_too(picture):
    """Its place over the scene lies past the frame then; on the screen it is whole."""
    document = shot(pinned=True, truck=(0.6, 0.0))
    shown = view_of(document)
    assert shown is not None
    tracks, view = shown
    assert (tracks.xy[16, -20:, 0] > SIZE[0]).all()
    last = Draft(picture, tracks, outlines_from_document(document), view).frame(16)
    inside = slice(56, 104), slice(136, 184)
    assert np.abs(last[inside].astype(int) - picture[inside]).mean() < 2


def test_without_a_pin_or_a_moving_camera_nothing_is_different(picture):
    assert view_of(shot(pinned=False)) is None
    still = shot(pinned=True, truck=(0.0, 0.0))
    assert view_of(still) is None
    frame = Draft(picture, tracks_from_document(still), outlines_from_document(still)).frame(16)
    assert np.array_equal(frame, picture)
