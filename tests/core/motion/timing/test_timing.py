"""Timing: the published sampling, arc length measured independently, speeds, the hand's own times, easing."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import brentq

from wan_move_core.motion.timing.easing import PRESETS, ease
from wan_move_core.motion.timing.path import arc_xy, progress, published_over_clip_xy, published_xy

CURVES = ("straight", "cubic", "catmull-rom")

coordinate = st.floats(-2000, 2000, allow_nan=False).map(lambda v: round(v, 3))
points = st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=9).map(np.array)


def test_published_sampling_matches_the_published_demo(golden):
    golden = np.load(golden / "timing.npz")
    names = {key.split("/")[0] for key in golden}
    assert len(names) >= 7
    for name in names:
        case = {key.split("/")[1]: golden[key] for key in golden if key.startswith(f"{name}/")}
        ours = published_xy(
            case["points_xy"], len(case["track_xy"]), smooth=bool(case["smooth"]), speeds=case["speeds"]
        )
        np.testing.assert_allclose(ours, case["track_xy"], atol=1e-6, rtol=0, err_msg=name)


def test_published_sampling_waits_before_and_after_its_frames():
    path = np.array([[0.0, 0.0], [100.0, 0.0]])
    xy = published_over_clip_xy(path, 11, smooth=False, speeds=None, closed=False, start=3, end=7)
    np.testing.assert_allclose(xy[:, 0], [0, 0, 0, 0, 25, 50, 75, 100, 100, 100, 100], atol=1e-9)


def test_progress_is_linear_between_start_and_end():
    np.testing.assert_array_equal(progress(6, 1, 5), [0, 0, 0.25, 0.5, 0.75, 1])
    np.testing.assert_array_equal(progress(4, 2, 2), [0, 0, 1, 1])
    np.testing.assert_array_equal(progress(3, 0, 4), [0, 0.25, 0.5])


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("closed", [False, True])
def test_arc_timing_has_constant_speed_measured_on_a_finer_sampling(curve, closed):
    path = np.array([[100.0, 50], [400, 300], [600, 80], [780, 400], [200, 420]])
    fine = arc_xy(path, 40 * 500 + 1, curve=curve, closed=closed)
    lengths = np.hypot(*np.diff(fine, axis=0).T).reshape(40, 500).sum(1)
    # A chord is shorter than the way it cuts across, most at the corners of straight paths.
    assert lengths.max() - lengths.min() < 1e-3 * lengths.mean()
    coarse = arc_xy(path, 41, curve=curve, closed=closed)
    np.testing.assert_allclose(coarse, fine[::500], atol=1e-9)


@given(points, st.sampled_from(CURVES), st.booleans(), st.integers(2, 40))
@settings(max_examples=120, deadline=None)
def test_paths_are_finite_and_hit_both_ends(path, curve, closed, frames):
    xy = arc_xy(path, frames, curve=curve, closed=closed)
    assert xy.shape == (frames, 2)
    assert np.isfinite(xy).all()
    np.testing.assert_allclose(xy[0], path[0], atol=1e-6)
    np.testing.assert_allclose(xy[-1], path[0] if closed else path[-1], atol=2e-6)


@given(points, st.data())
@settings(max_examples=100, deadline=None)
def test_speeds_and_times_stay_finite_and_on_the_path(path, data):
    n = len(path)
    speeds = data.draw(st.lists(st.floats(-5, 1e6), min_size=n, max_size=n))
    times = sorted(data.draw(st.lists(st.floats(0, 1), min_size=n, max_size=n)))
    times[0], times[-1] = 0.0, 1.0
    choices: list[dict[str, Any]] = [{"speeds": speeds}, {"times": times}, {"speeds": speeds, "closed": True}]
    for options in choices:
        xy = arc_xy(path, 9, **options)
        assert np.isfinite(xy).all()
        slack = 1e-6 * (1 + np.abs(path).max())
        assert (xy >= path.min(0) - slack).all()
        assert (xy <= path.max(0) + slack).all()


def test_speeds_reproduce_the_integral_of_ds_over_v():
    path, speeds = np.array([[0.0, 0], [300, 0], [420, 0]]), [1.0, 4.0, 0.5]

    def seconds(s: float) -> float:
        return quad(lambda x: 1 / np.interp(x, [0, 300, 420], speeds), 0, s, points=[300], epsabs=1e-12)[0]

    xy = arc_xy(path, 21, speeds=speeds)
    for frame in range(1, 20):
        wanted = brentq(lambda s, f=frame: seconds(s) - f / 20 * seconds(420), 0, 420, xtol=1e-10)
        assert xy[frame, 0] == pytest.approx(wanted, abs=1e-6)


def test_equal_speeds_are_constant_speed_and_only_ratios_matter():
    path = np.array([[0.0, 0], [100, 50], [300, 0]])
    even = arc_xy(path, 17)
    np.testing.assert_allclose(arc_xy(path, 17, speeds=[3, 3, 3]), even, atol=1e-9)
    np.testing.assert_allclose(arc_xy(path, 17, speeds=[1, 2, 3]), arc_xy(path, 17, speeds=[10, 20, 30]), atol=1e-9)
    np.testing.assert_allclose(arc_xy(path, 17, speeds=[-4, 0, 0.1]), even, atol=1e-9)


def test_the_hands_own_times_are_kept_to_the_frame():
    path = np.array([[0.0, 0], [100, 0], [100, 40], [260, 40]])
    xy = arc_xy(path, 11, times=[0, 0.1, 0.6, 1])
    np.testing.assert_allclose(xy[[0, 1, 6, 10]], path, atol=1e-9)
    np.testing.assert_allclose(xy[8], [180, 40], atol=1e-9)


def test_a_hand_that_rests_keeps_its_rest():
    path = np.array([[0.0, 0], [100, 0], [100, 0], [200, 0]])
    xy = arc_xy(path, 11, times=[0, 0.3, 0.7, 1])
    np.testing.assert_allclose(xy[3:8, 0], 100, atol=1e-9)


def test_closed_paths_wrap_where_easing_overshoots_and_open_ones_stop():
    path = np.array([[0.0, 0], [100, 0], [100, 100], [0, 100]])
    backwards = [0.3, -0.6, 0.6, 1.7]
    q = ease(backwards, progress(33, 0, 32))
    assert q.min() < 0 and q.max() > 1
    closed = arc_xy(path, 33, closed=True, easing=backwards)
    first = int(np.argmin(q))
    np.testing.assert_allclose(closed[first], [0, -q[first] * 400], atol=1e-6)
    np.testing.assert_allclose(arc_xy(path, 33, easing=backwards)[first], [0, 0], atol=1e-9)


@given(st.floats(0, 1), st.floats(-2, 3), st.floats(0, 1), st.floats(-2, 3), st.floats(0, 1))
@settings(max_examples=200, deadline=None)
def test_easing_solves_the_css_curve(x1, y1, x2, y2, p):
    def bezier(t, a, b):
        return 3 * (1 - t) ** 2 * t * a + 3 * (1 - t) * t * t * b + t**3

    found = float(ease([x1, y1, x2, y2], np.array([p]))[0])
    assert math.isfinite(found)
    # The solution is a parameter t whose x is p; where x is nearly flat in t, so is the test.
    t = np.linspace(0, 1, 4001)
    near = np.abs(bezier(t, x1, x2) - p) <= np.abs(np.diff(bezier(t, x1, x2))).max() + 1e-12
    y = bezier(t[near], y1, y2)
    slack = 1e-9 + np.abs(np.diff(bezier(t, y1, y2))).max()
    assert y.min() - slack <= found <= y.max() + slack


def test_easing_presets_hit_both_ends_exactly():
    for name in PRESETS:
        np.testing.assert_array_equal(ease(name, np.array([-1.0, 0, 1, 2])), [0, 0, 1, 1])
    assert ease("ease-in-out", np.array([0.5]))[0] == pytest.approx(0.5, abs=1e-9)
    assert ease("ease-in", np.array([0.5]))[0] < 0.5 < ease("ease-out", np.array([0.5]))[0]
