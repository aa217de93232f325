"""Curves against scipy's splines and the pyramid form of Catmull-Rom."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import CubicSpline

from wan_move_core.motion.timing.curves import (
    PIECES_PER_SPAN,
    chord_parameter,
    hermite,
    merge_coincident,
    not_a_knot_slopes,
    periodic_slopes,
    polyline,
    solve_tridiagonal,
)

gaps = st.lists(st.floats(0.05, 50), min_size=3, max_size=12)


@given(gaps, st.integers(0, 2**31))
@settings(max_examples=60, deadline=None)
def test_not_a_knot_spline_equals_scipys(gap, seed):
    u = np.concatenate([[0], np.cumsum(gap)])
    values = np.random.default_rng(seed).normal(size=(len(u), 2)) * 100
    at = np.linspace(0, u[-1], 101)
    expected = CubicSpline(u, values)
    ours = hermite(u, values, not_a_knot_slopes(u, values), at)
    scale = 1 + np.abs(expected(at)).max()
    np.testing.assert_allclose(ours / scale, expected(at) / scale, atol=1e-9)


@given(gaps, st.integers(0, 2**31))
@settings(max_examples=60, deadline=None)
def test_periodic_spline_equals_scipys(gap, seed):
    u = np.concatenate([[0], np.cumsum(gap)])
    values = np.random.default_rng(seed).normal(size=(len(u), 2)) * 100
    values[-1] = values[0]
    at = np.linspace(0, u[-1], 101)
    expected = CubicSpline(u, values, bc_type="periodic")(at)
    ours = hermite(u, values, periodic_slopes(u, values), at)
    np.testing.assert_allclose(ours, expected, atol=1e-7 * (1 + np.abs(expected).max()))


def test_tridiagonal_solver_equals_numpys():
    rng = np.random.default_rng(3)
    lower, upper, right = rng.normal(size=7), rng.normal(size=7), rng.normal(size=(7, 2))
    main = 4 + rng.random(7)
    dense = np.diag(main) + np.diag(lower[1:], -1) + np.diag(upper[:-1], 1)
    np.testing.assert_allclose(solve_tridiagonal(lower, main, upper, right), np.linalg.solve(dense, right), atol=1e-12)


def test_catmull_rom_equals_the_pyramid_of_interpolations():
    path = np.array([[0.0, 0], [50, 80], [51, 79], [200, -30], [300, 40]])
    line = polyline(path, "catmull-rom", closed=False).point_xy
    around = np.vstack([2 * path[0] - path[1], path, 2 * path[-1] - path[-2]])
    for span in range(4):
        four = around[span : span + 4]
        k = np.concatenate([[0], np.cumsum([math.dist(a, b) ** 0.5 for a, b in itertools.pairwise(four)])])
        for j in (0, 13, 32, 50):
            x = k[1] + j / PIECES_PER_SPAN * (k[2] - k[1])
            level, width = list(four), 1
            while len(level) > 1:
                # Neighbours of one level share the knots between them; the last level is cut at the inner span.
                ends = [(i, i + width) for i in range(len(level) - 1)] if width < 3 else [(1, 2)]
                level = [
                    (k[b] - x) / (k[b] - k[a]) * p + (x - k[a]) / (k[b] - k[a]) * q
                    for (a, b), p, q in zip(ends, level[:-1], level[1:], strict=True)
                ]
                width += 1
            np.testing.assert_allclose(line[span * PIECES_PER_SPAN + j], level[0], atol=1e-9)


@pytest.mark.parametrize("curve", ["straight", "cubic", "catmull-rom"])
def test_closed_curves_do_not_depend_on_where_they_begin(curve):
    path = np.array([[0.0, 0], [120, 10], [140, 90], [60, 160], [-20, 80]])
    line = polyline(path, curve, closed=True)
    turned = polyline(np.roll(path, -2, axis=0), curve, closed=True)
    assert line.total_px == pytest.approx(turned.total_px, abs=1e-8)
    np.testing.assert_allclose(
        np.roll(line.point_xy[:-1], -2 * PIECES_PER_SPAN, axis=0), turned.point_xy[:-1], atol=1e-8
    )


def test_a_circle_of_points_has_almost_a_circles_length():
    angle = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    path = 100 * np.stack([np.cos(angle), np.sin(angle)], 1)
    for curve in ("cubic", "catmull-rom"):
        assert polyline(path, curve, closed=True).total_px == pytest.approx(2 * np.pi * 100, rel=2e-3)
    assert polyline(path, "straight", closed=True).total_px == pytest.approx(16 * 200 * math.sin(np.pi / 16), rel=1e-12)


@pytest.mark.parametrize("curve", ["cubic", "catmull-rom"])
def test_collinear_points_stay_on_their_line(curve):
    path = np.array([[0.0, 0], [10, 5], [40, 20], [100, 50]])
    line = polyline(path, curve, closed=False).point_xy
    np.testing.assert_allclose(line[:, 0], 2 * line[:, 1], atol=1e-9)


def test_too_few_points_are_joined_by_straight_lines():
    path = np.array([[0.0, 0], [10, 50], [90, 20]])
    np.testing.assert_array_equal(
        polyline(path, "cubic", closed=False).point_xy, polyline(path, "straight", closed=False).point_xy
    )
    assert polyline(path[:2], "catmull-rom", closed=True).total_px == pytest.approx(2 * math.hypot(10, 50))


def test_arc_length_and_positions_along_the_polyline():
    line = polyline(np.array([[0.0, 0], [30, 40], [30, 140]]), "straight", closed=False)
    np.testing.assert_allclose(line.knot_px, [0, 50, 150], atol=1e-9)
    np.testing.assert_allclose(line.at(np.array([-5.0, 25, 100, 999])), [[0, 0], [15, 20], [30, 90], [30, 140]])
    np.testing.assert_allclose(chord_parameter(np.array([[0.0, 0], [3, 4], [3, 4]])), [0, 5, 5])


def test_coincident_points_are_merged_and_remember_their_knot():
    a, b, c = [0.0, 0.0], [10.0, 0.0], [20.0, 0.0]
    kept, knot = merge_coincident(np.array([a, a, b, b, c, a]), closed=False)
    assert kept.tolist() == [0, 2, 4, 5] and knot.tolist() == [0, 0, 1, 1, 2, 3]
    kept, knot = merge_coincident(np.array([a, b, c, a]), closed=True)
    assert kept.tolist() == [0, 1, 2] and knot.tolist() == [0, 1, 2, 3]
    kept, _ = merge_coincident(np.array([a, a, a]), closed=True)
    assert kept.tolist() == [0]
