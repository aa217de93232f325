"""Regions: which cells, which of them are kept, and the rigid motion, against closed forms and naive loops."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wan_move_core.motion.document.layers import RegionKey
from wan_move_core.motion.evaluation.region import (
    bayer_matrix,
    cell_centres_xy,
    cells_in_mask,
    cells_in_polygon,
    lattice_cells,
    move_points,
)

SIZE = (160, 96)


def test_bayer_matrix_is_the_standard_one():
    assert bayer_matrix(2).tolist() == [[0, 2], [3, 1]]
    assert bayer_matrix(4).tolist() == [[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]
    assert sorted(bayer_matrix(8).ravel()) == list(range(64))


@given(st.lists(st.tuples(st.floats(-200, 300), st.floats(-200, 300)), min_size=3, max_size=12))
@settings(max_examples=60, deadline=None)
def test_cells_follow_the_even_odd_rule(polygon):
    inside = cells_in_polygon(np.array(polygon), SIZE)
    for row, col in np.ndindex(inside.shape):
        x, y = col * 8 + 4, row * 8 + 4
        hit = False
        for i, (xi, yi) in enumerate(polygon):
            xj, yj = polygon[i - 1]
            if (yi > y) != (yj > y) and x < (xj - xi) * (y - yi) / (yj - yi) + xi:
                hit = not hit
        assert inside[row, col] == hit


def test_a_rectangle_takes_the_cells_whose_centres_it_covers():
    inside = cells_in_polygon(np.array([[16.0, 8], [48, 8], [48, 40], [16, 40]]), SIZE)
    expected = np.zeros((12, 20), bool)
    expected[1:5, 2:6] = True
    np.testing.assert_array_equal(inside, expected)


def test_masks_of_any_size_are_stretched_over_the_picture():
    mask = np.zeros((2, 2), bool)
    mask[0, 1] = True
    inside = cells_in_mask(mask, SIZE)
    expected = np.zeros((12, 20), bool)
    expected[:6, 10:] = True
    np.testing.assert_array_equal(inside, expected)
    full = np.random.default_rng(0).random((96, 160)) > 0.5
    np.testing.assert_array_equal(cells_in_mask(full, SIZE), full[4::8, 4::8])


@pytest.mark.parametrize("density", [1 / 64, 0.25, 0.5, 0.75, 1.0])
def test_density_keeps_that_share_evenly(density):
    kept = lattice_cells(np.ones((16, 24), bool), density)
    assert len(kept) == round(density * 16 * 24)
    blocks = np.zeros((2, 3), int)
    np.add.at(blocks, (kept[:, 0] // 8, kept[:, 1] // 8), 1)
    assert (blocks == round(density * 64)).all()


def test_cells_come_row_by_row_and_a_region_keeps_at_least_one():
    inside = np.zeros((9, 9), bool)
    inside[3, 5] = inside[3, 6] = True
    assert lattice_cells(inside, 1e-9).tolist() == [[3, 5]]
    assert lattice_cells(inside, 1.0).tolist() == [[3, 5], [3, 6]]
    assert lattice_cells(np.zeros((9, 9), bool)).shape == (0, 2)
    assert cell_centres_xy(np.array([[3, 5]])).tolist() == [[44.0, 28.0]]


def test_motion_is_offset_turn_and_scale_about_the_pivot():
    keys = [RegionKey(0), RegionKey(4, (0.25, -0.5), 90, 2.0)]
    xy = move_points(np.array([[30.0, 20.0]]), (20.0, 20.0), keys, 5, SIZE)
    np.testing.assert_allclose(xy[0, 0], [30, 20], atol=1e-12)
    # A quarter turn clockwise on screen carries what lies to the right of the pivot below it.
    np.testing.assert_allclose(xy[4, 0], [20 + 40, 20 + 20 - 48], atol=1e-9)
    angle = math.radians(45)
    np.testing.assert_allclose(xy[2, 0], [20 + 20 + 15 * math.cos(angle), 20 + 15 * math.sin(angle) - 24], atol=1e-9)


@given(st.lists(st.tuples(st.integers(0, 30), st.floats(-2, 2), st.floats(-400, 400), st.floats(0.01, 20)), min_size=1))
@settings(max_examples=60, deadline=None)
def test_points_start_on_their_cells_whatever_the_keys_say(values):
    keys = list({v[0]: RegionKey(v[0], (v[1], -v[1]), v[2], v[3]) for v in values}.values())
    points = np.random.default_rng(1).random((5, 2)) * 100
    xy = move_points(points, (50.0, 10.0), keys, 12, SIZE, "ease-in-out")
    np.testing.assert_allclose(xy[0], points, atol=1e-6)
    assert np.isfinite(xy).all()
    # One rigid body: all distances grow alike.
    first = np.linalg.norm(xy[:, 0] - xy[:, 1], axis=-1) / np.linalg.norm(points[0] - points[1])
    other = np.linalg.norm(xy[:, 2] - xy[:, 3], axis=-1) / np.linalg.norm(points[2] - points[3])
    np.testing.assert_allclose(first, other, rtol=1e-6)
