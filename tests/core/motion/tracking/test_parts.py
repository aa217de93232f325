"""Pieces of the dense tracker: maps that neighbours agree on, and patches found, whatever number is asked at once."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from truth import about, painted

from wan_move_core.motion.tracking.groups import Groups
from wan_move_core.motion.tracking.matching import Matching
from wan_move_core.motion.tracking.patches import AT_ONCE, pyramid

SIZE_WH = (320, 240)
TURNED = about((160, 120), (4.0, -3.0), 12, 1.1)


def _scattered(count):
    return np.random.default_rng(4).uniform((20, 20), (300, 220), (count, 2)).astype(np.float32)


def _moved(points):
    return (points @ TURNED[:, :2].T + TURNED[:, 2]).astype(np.float32)


@pytest.mark.parametrize("count", [60, 1100])
def test_neighbours_tell_the_map_that_all_share(count):
    """More than is worked on at once, and fewer; every fifth is astray and not to be believed."""
    points = _scattered(count)
    now = _moved(points)
    astray = np.arange(count) % 5 == 0
    place, linear, support = Groups(points).carry(np.where(astray[:, None], now + 25, now), np.ones(count, bool))
    off = np.abs(place - now)
    assert np.quantile(off, 0.95) < 1.0 and np.median(off) < 0.1
    assert np.median(np.abs(linear - TURNED[:, :2]).max((1, 2))) < 0.02 and (support > 1).all()


def test_neighbours_out_of_sight_say_nothing():
    points = _scattered(60)
    place, linear, support = Groups(points).carry(_moved(points), np.zeros(60, bool))
    assert (support == 0).all() and (linear == np.eye(2)).all() and (place == points).all()


def test_neighbours_that_part_are_no_longer_asked():
    points = _scattered(80)
    groups, left = Groups(points), points[:, 0] < 160
    now = points.copy()
    for _ in range(8):
        before, now = now, now + np.where(left[:, None], (-3.0, 0.0), (3.0, 0.0)).astype(np.float32)
        groups.learn(now - before, now, np.tile(np.eye(2, dtype=np.float32), (80, 1, 1)), np.ones(80, bool))
    place, _, _ = groups.carry(now, np.ones(80, bool))
    assert np.abs(place - now).max() < 0.5


def test_patches_are_found_alike_one_by_one_and_many_at_once():
    picture = cv2.cvtColor(painted(SIZE_WH, 7).astype(np.uint8), cv2.COLOR_RGB2GRAY)
    # Pixel i of OpenCV is centred at i: the same map in both counts of positions here.
    later = cv2.warpAffine(picture, TURNED, SIZE_WH, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    points = _scattered(AT_ONCE + 44)
    matching, current = Matching(pyramid(picture, 3), points), pyramid(later, 3)
    truth = _moved(points)
    guess = truth + np.random.default_rng(2).uniform(-2, 2, truth.shape).astype(np.float32)
    maps = np.tile(TURNED[:, :2].astype(np.float32), (len(points), 1, 1))
    still = np.zeros_like(points)
    at, like, error = matching.settle(current, np.arange(len(points)), guess, (1, 0), 4.0, maps, still)
    stronger, weaker = matching.contrasts()
    told = (stronger > 2) & (weaker > 1) & ((truth > 12) & (truth < np.array(SIZE_WH) - 12)).all(1)
    assert told.sum() > 40
    off = np.linalg.norm(at - truth, axis=1)[told]
    assert np.median(off) < 0.15 and (like[told] > 0.9).mean() > 0.9 and (error[told] < 0.5).mean() > 0.9
    for one in (0, 17, AT_ONCE - 1, AT_ONCE, len(points) - 1):
        alone = matching.settle(current, np.array([one]), guess[[one]], (1, 0), 4.0, maps, still)
        assert alone[0] == pytest.approx(at[[one]], abs=1e-2) and alone[1] == pytest.approx(like[[one]], abs=1e-3)
    none = matching.settle(current, np.zeros(0, int), np.zeros((0, 2)), (1, 0), 4.0, maps, still)
    assert none[0].shape == (0, 2) and matching.looks(current[0], np.zeros(0, int), at, maps).shape == (0,)
    # A place that looks otherwise does not look alike.
    assert np.median(matching.looks(current[0], np.flatnonzero(told), at, maps)) > 0.9
    assert np.median(matching.looks(current[0], np.flatnonzero(told), at + 30, maps)) < 0.5
