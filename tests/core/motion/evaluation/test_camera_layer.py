"""The document's camera against closed forms, and what rides it."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from wan_move_core.motion.document.layers import CameraKey
from wan_move_core.motion.document.read import parse_document
from wan_move_core.motion.evaluation.camera import camera_maps, camera_moves, ride_camera
from wan_move_core.motion.evaluation.evaluate import tracks_from_document
from wan_move_core.motion.timing.easing import Easing

SIZE = (800, 400)


def seen(points, *keys, frames=5, easing: Easing = "linear"):
    return ride_camera(np.array(points, float), camera_maps(keys, SIZE, frames, easing))


def test_truck_to_the_right_moves_the_picture_to_the_left():
    xy = seen([[100.0, 100.0]], CameraKey(0), CameraKey(4, (0.1, -0.05)))
    np.testing.assert_allclose(xy[:, 0], [[100 - 20 * f, 100 + 5 * f] for f in range(5)], atol=1e-9)


def test_zoom_grows_about_the_centre_and_feels_even():
    xy = seen([[500.0, 200.0], [400.0, 200.0]], CameraKey(0), CameraKey(4, zoom=16.0))
    np.testing.assert_allclose(xy[:, 0, 0], [400 + 100 * 2.0**f for f in range(5)], atol=1e-9)
    np.testing.assert_allclose(xy[:, 1], [[400, 200]] * 5, atol=1e-9)


def test_a_clockwise_roll_turns_the_picture_the_other_way():
    xy = seen([[500.0, 200.0]], CameraKey(0), CameraKey(4, roll=90.0))
    np.testing.assert_allclose(xy[4, 0], [400, 100], atol=1e-9)
    np.testing.assert_allclose(xy[2, 0], [400 + 100 / math.sqrt(2), 200 - 100 / math.sqrt(2)], atol=1e-9)


@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.floats(-3, 3), st.floats(-3, 3), st.floats(0.001, 1000), st.floats(-720, 720)),
        min_size=1,
        max_size=6,
    )
)
@settings(max_examples=80, deadline=None)
def test_the_first_frame_is_always_the_picture_itself(values):
    keys = list({v[0]: CameraKey(v[0], (v[1], v[2]), v[3], v[4]) for v in values}.values())
    points = np.array([[0.0, 0.0], [799.0, 399.0], [123.4, 56.7]])
    xy = seen(points, *keys, frames=9, easing=[0.3, -2.0, 0.6, 3.0])
    np.testing.assert_allclose(xy[0], points, atol=1e-4)
    assert np.isfinite(xy.astype(np.float32)).all()


def test_everything_rides_the_camera_and_sight_does_not_change():
    document = {
        "version": 1,
        "size_wh": list(SIZE),
        "frames": 5,
        "layers": [
            {"id": "a", "type": "anchors", "points": [[0.5, 0.5]]},
            {"id": "p", "type": "path", "points": [[0.25, 0.5], [0.5, 0.5]], "hidden": [[2, 3]]},
        ],
        "camera": {"keys": [{"frame": 0}, {"frame": 4, "truck": [0.25, 0]}]},
    }
    tracks = tracks_from_document(parse_document(document))
    np.testing.assert_allclose(tracks.xy[:, 0, 0], [400, 350, 300, 250, 200], atol=1e-4)
    # The path keeps pace with the truck: it stands still on screen.
    np.testing.assert_allclose(tracks.xy[:, 1, 0], [200] * 5, atol=1e-4)
    assert tracks.visible[:, 1].tolist() == [True, True, False, False, True]


def test_camera_moves_only_when_a_key_differs():
    assert not camera_moves([])
    assert not camera_moves([CameraKey(0, (0.1, 0)), CameraKey(9, (0.1, 0))])
    assert camera_moves([CameraKey(0), CameraKey(9, roll=1)])
