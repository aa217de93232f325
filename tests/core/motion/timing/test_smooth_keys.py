"""Keys joined smoothly: through every key, without a stop, and no further than they ask for."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wan_move_core.motion.document.read import parse_document
from wan_move_core.motion.evaluation.evaluate import tracks_from_document
from wan_move_core.motion.timing.easing import end_speeds
from wan_move_core.motion.timing.keys import interpolate_keys, smooth_keys

FRAMES = 81
PLACE = st.tuples(st.floats(-2, 2), st.floats(-2, 2))


@pytest.mark.parametrize("at", [(0, 40, 80), (0, 16, 80), (0, 10, 35, 60, 80)])
def test_keys_on_a_thrown_ball_s_way_give_that_way(at):
    """The three-point rule is exact for a parabola in time, whatever the spacing, where no span is three times another
    in speed."""
    frame = np.arange(FRAMES)
    way = np.stack([0.01 * frame, 0.02 * frame - 0.00006 * frame**2], 1)
    np.testing.assert_allclose(smooth_keys(at, way[list(at)], FRAMES), way, atol=1e-12)


def test_two_keys_are_joined_as_ever_and_one_is_held():
    two = np.array([[0.0, 0.0], [1.0, -1.0]])
    for easing in ("linear", "ease-in-out", [0.3, -0.5, 0.6, 1.4]):
        np.testing.assert_array_equal(
            smooth_keys([0, 80], two, FRAMES, easing), interpolate_keys([0, 80], two, FRAMES, easing)
        )
    np.testing.assert_array_equal(smooth_keys([7], two[:1], 9), np.zeros((9, 2)))


def test_what_holds_between_two_keys_holds():
    value = np.array([[0.0], [1.0], [1.0], [3.0]])
    moved = smooth_keys([0, 4, 60, 80], value, FRAMES)[:, 0]
    np.testing.assert_allclose(moved[4:61], 1.0, atol=1e-12)
    assert moved.min() >= -1e-12 and moved.max() <= 3.0 + 1e-12 and (np.diff(moved) >= -1e-12).all()


@pytest.mark.parametrize(
    ("easing", "sets_off", "arrives"),
    [("linear", 1, 1), ("ease-in", 0, 1 / 0.58), ("ease-out", 1 / 0.58, 0), ("ease-in-out", 0, 0),
     ([0.0, 1.0, 1.0, 0.0], 3, 3), ([0.5, -0.5, 0.5, 2.0], -1, -2), ([0.0, 0.0, 0.0, -1.0], -3, 2)],
)  # fmt: skip
def test_easing_tells_how_it_sets_off_and_arrives(easing, sets_off, arrives):
    assert end_speeds(easing) == pytest.approx((sets_off, arrives))


def test_an_eased_way_stands_at_its_ends_and_not_at_the_keys_between():
    moved = smooth_keys([0, 40, 80], np.array([[0.0], [0.5], [1.0]]), FRAMES, "ease-in-out")[:, 0]
    speed = np.diff(moved)
    assert speed[0] < 0.2 * speed[39] and speed[-1] < 0.2 * speed[39]
    assert speed[39] > 1 / 80
    # As before, it stops at each.
    stops = np.diff(interpolate_keys([0, 40, 80], np.array([[0.0], [0.5], [1.0]]), FRAMES, "ease-in-out")[:, 0])
    assert stops[39] < 0.1 * speed[39]


@given(st.lists(st.tuples(st.integers(0, 80), PLACE), min_size=3, max_size=8, unique_by=lambda key: key[0]))
def test_every_key_is_passed_at_one_speed_and_nothing_swings_far(keys):
    at = [frame for frame, _ in keys]
    value = np.array([place for _, place in keys])
    fine = 2**10
    # The same keys on a finer clock: its differences are speeds.
    moved = smooth_keys([frame * fine for frame in at], value, 80 * fine + 1)
    np.testing.assert_allclose(moved[[frame * fine for frame in at]], value, atol=1e-9)
    order = np.argsort(at)
    for inner in order[1:-1]:
        place = at[inner] * fine
        before, after = moved[place] - moved[place - 1], moved[place + 1] - moved[place]
        np.testing.assert_allclose(before * fine, after * fine, atol=0.06)
    for a, b in itertools.pairwise(order):
        part = moved[at[a] * fine : at[b] * fine + 1]
        length = np.linalg.norm(value[b] - value[a])
        # A cubic whose ends are no faster than three times its chord: 4/9 of it at most beyond either end.
        nearest = np.minimum(*(np.linalg.norm(part - value[end], axis=1) for end in (a, b)))
        assert nearest.max() <= length + 1e-9


def test_a_region_goes_smoothly_where_the_document_says_so_and_is_written_so():
    document = {
        "version": 1, "size_wh": [832, 480], "frames": 81,
        "layers": [{
            "id": "r", "type": "region", "polygon": [[0.1, 0.1], [0.2, 0.1], [0.2, 0.3]], "pivot": [0.15, 0.2],
            "curve": "smooth", "keys": [
                {"frame": 0}, {"frame": 40, "offset": [0.2, -0.2]}, {"frame": 80, "offset": [0.4, 0.0]},
            ],
        }],
    }  # fmt: skip
    smooth = parse_document(document)
    assert json.loads(smooth.to_json())["layers"][0]["curve"] == "smooth"
    document["layers"][0]["curve"] = "straight"
    straight = parse_document(document)
    assert "curve" not in json.loads(straight.to_json())["layers"][0]
    a, b = (tracks_from_document(one).xy.numpy() for one in (smooth, straight))
    np.testing.assert_allclose(a[[0, 40, 80]], b[[0, 40, 80]], atol=1e-3)
    # At a quarter of the time a parabola of 0.2 heights is 0.05 of them above its chord.
    middle_y = (a[20] - b[20])[:, 1].mean()
    assert middle_y == pytest.approx(-0.05 * 480, abs=0.01)
    document["layers"][0]["curve"] = "wavy"
    with pytest.raises(Exception, match=r"wavy.*straight, smooth"):
        parse_document(document)
