"""The draft's parts, each on a picture whose right answer is known by construction."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from wan_move_core.draft.bend import bends_of
from wan_move_core.draft.blend import blended
from wan_move_core.draft.fill import painted_over
from wan_move_core.draft.matte import thing_matte
from wan_move_core.draft.render import Draft
from wan_move_core.draft.rim import sharpened
from wan_move_core.tracks import Tracks

W, H = SIZE_WH = (416, 240)
CORNERS = np.array([(6, 6), (W - 7, 6), (6, H - 7), (W - 7, H - 7)], float)


def _noise(seed, size, amount):
    grain = cv2.GaussianBlur(np.random.default_rng(seed).standard_normal((H, W, 3)).astype(np.float32), (0, 0), size)
    return grain / grain.std() * amount


# -- blending ----------------------------------------------------------------------------------------------------------


def test_pieces_of_another_tone_meet_what_lies_around():
    """A picture that grows brighter to the right, with a hole filled from 150 px to the left: the texture stays the
    source's, the tone becomes the place's own."""
    slope = np.linspace(60, 190, W)[None, :, None]
    picture = np.clip(slope + np.zeros((H, W, 3)) + _noise(1, 1.0, 3), 0, 255).astype(np.uint8)
    hole = np.zeros((H, W), bool)
    hole[70:170, 220:330] = True
    at = np.moveaxis(np.mgrid[:H, :W], 0, -1)
    guess = picture.copy()
    guess[hole] = picture[70:170, 70:180].reshape(-1, 3)
    solved = blended(guess, hole, hole, at - (0, 150))
    assert np.array_equal(solved[~hole], picture[~hole])
    assert np.abs(guess[hole].astype(float) - (slope + np.zeros((H, W, 3)))[hole]).mean() > 40
    assert np.abs(solved[hole].astype(float) - (slope + np.zeros((H, W, 3)))[hole]).mean() < 5
    grain = [cv2.Laplacian(p.astype(np.float32), cv2.CV_32F)[80:160, 230:320].std() for p in (guess, solved)]
    assert 0.9 < grain[1] / grain[0] < 1.1


def test_what_ends_at_the_rim_does_not_bleed_in():
    """The hole lies in grey and touches something red: it stays grey beside it."""
    picture = np.full((H, W, 3), 120, np.uint8)
    picture[60:180, 250:330] = (220, 20, 20)
    hole = np.zeros((H, W), bool)
    hole[80:160, 160:250] = True
    at = np.moveaxis(np.mgrid[:H, :W], 0, -1)
    solved = blended(picture, hole, hole, at - (0, 120))
    off = np.abs(solved[hole].astype(int) - 120)
    # Without that: up to 97, 22 in the mean.
    assert off.max() <= 20 and off.mean() < 4


def test_a_gradient_is_filled_without_a_step():
    """A sky: what is painted into it differs from it nowhere by what an eye would see."""
    y = np.linspace(0, 1, H)[:, None, None]
    sky = np.repeat(np.array([40, 60, 120]) * (1 - y) + np.array([240, 170, 120]) * y, W, 1)
    picture = np.clip(sky + _noise(2, 0.7, 1.5), 0, 255).astype(np.uint8)
    hole = np.zeros((H, W), np.uint8)
    cv2.ellipse(hole, (200, 120), (55, 80), 0, 0, 360, 1, -1)
    filled = painted_over(np.where(hole[..., None] > 0, np.uint8(255), picture), hole > 0)
    off = cv2.GaussianBlur(filled.astype(np.float32) - sky.astype(np.float32), (0, 0), 4)
    assert np.abs(off[hole > 0]).max() < 8


# -- cutting -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("points", [[(190, 100), (225, 150), (200, 130)], [(180, 112), (235, 140), (230, 105)]])
def test_a_thing_is_cut_whole_around_points_in_its_middle(points):
    """It is another colour at its rim than in its middle, where the points lie."""
    y, x = np.mgrid[:H, :W]
    far = np.hypot((x - 205) / 75, (y - 125) / 65)[..., None]
    thing = np.array([215, 90, 40]) * (1 - far) + np.array([240, 190, 120]) * far + _noise(5, 2, 14)
    ground = np.array([60, 110, 70]) + _noise(3, 2, 10)
    picture = np.clip(np.where(far <= 1, thing, ground), 0, 255).astype(np.uint8)
    matte = thing_matte(picture, np.array(points, float), CORNERS, True)
    assert matte is not None
    cut, true = matte > 0.5, far[..., 0] <= 1
    assert (cut & true).sum() / true.sum() > 0.95 and (cut & true).sum() / cut.sum() > 0.95


def test_a_rim_lies_on_the_picture_s_edges():
    """Of a large thing that is looked for on a small copy: within about a pixel of the true outline."""
    big = (832, 480)
    picture = np.full((big[1], big[0], 3), (70, 90, 120), np.uint8)
    inside = np.zeros((big[1], big[0]), np.uint8)
    cv2.fillPoly(inside, [np.array([(250, 80), (600, 130), (560, 400), (300, 360)])], 1)
    picture[inside > 0] = (220, 190, 90)
    points = np.array([(300, 140), (540, 170), (520, 350), (330, 320)], float)
    matte = thing_matte(picture, points, np.array([(8, 8), (823, 8), (8, 471), (823, 471)], float), True)
    assert matte is not None
    wrong = ((matte > 0.5) != (inside > 0)).sum()
    assert wrong < 2 * cv2.arcLength(np.array([(250, 80), (600, 130), (560, 400), (300, 360)]), True)


# -- a lone point ------------------------------------------------------------------------------------------------------


def test_a_pull_stops_at_edges_and_never_folds():
    """Two halves of different colours: the pull reaches far in the point's own and hardly into the other."""
    picture = np.full((H, W, 3), 90, np.uint8)
    picture[:, 250:] = (230, 200, 60)
    start, way = np.array([(180.0, 120.0)]), np.array([(20.0, 0.0)])
    bends = bends_of(picture, start, np.array([0]), np.array([20.0]), np.zeros((0, 2)))
    weight = bends.weights[0]
    assert weight[15, 180 // 8] > 0.95
    # As far to the left as to the right of the point.
    assert weight[15, 104 // 8] > weight[15, 256 // 8] + 0.1
    x, y = bends.map(way)
    assert (np.diff(x[:, 2:-2], axis=1) > 0).all() and (np.diff(y, axis=0)[2:-2] > 0).all()
    assert np.abs(bends.sources(start + way, way) - start).max() < 0.5


@pytest.mark.parametrize("way", [(0, -90), (70, -60), (-60, 0)])
def test_a_lone_point_near_a_border_bares_nothing(way):
    """A picture without repeated rows or columns at its borders has none afterwards, and the point is where it should
    be."""
    y, x = np.mgrid[:H, :W]
    picture = np.stack([40 + x * 0.4, 40 + y * 0.7, np.full_like(x, 90)], -1).astype(np.uint8)
    point = np.array([210.0, 200.0])
    xy = np.concatenate([np.repeat(CORNERS[None], 9, 0), point + np.linspace(0, 1, 9)[:, None, None] * way], 1) + 0.5
    draft = Draft(picture, Tracks.make(xy.astype(np.float32), None, size_wh=SIZE_WH))
    assert not draft.objects
    last = draft.frame(8).astype(int)
    assert np.abs(last[-1, :, 1] - picture[-1, :, 1]).max() <= 3
    assert np.abs(last[:, 0, 0] - picture[:, 0, 0]).max() <= 3 and np.abs(last[:, -1, 0] - picture[:, -1, 0]).max() <= 3
    at = (point + way).astype(int)
    assert np.abs(last[at[1], at[0]] - picture[200, 210]).max() <= 4


def test_a_rim_is_moved_to_where_the_colours_change_there():
    """Dark before a light wall above, light before a dark floor below: no pair of mixtures for the whole tells that."""
    rng = np.random.default_rng(2)
    picture = np.full((480, 832, 3), 200.0)
    picture[240:] = 40
    inside = np.zeros((480, 832), np.uint8)
    cv2.ellipse(inside, (400, 240), (130, 110), 0, 0, 360, 1, -1)
    thing = np.where(np.arange(480)[:, None] < 240, 60, 170) * np.ones((1, 832))
    picture = np.where(inside[..., None] > 0, thing[..., None], picture) + rng.normal(0, 5, (480, 832, 1))
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    own = np.array([(360.0, 200.0), (440.0, 280.0)])
    off = np.array([[1, 0, 9], [0, 1, -7]], np.float32)
    cut = cv2.warpAffine(inside, off, (832, 480)).astype(np.float32)

    def wrong(mask: np.ndarray) -> float:
        return float(((mask > 0.5) != (inside > 0)).sum() / inside.sum())

    assert wrong(cut) > 0.08
    assert wrong(sharpened(picture, cut, own)) < 0.03
    flat = np.full_like(picture, 90)
    assert np.abs((sharpened(flat, cut, own) > 0.5).sum() / cut.sum() - 1) < 0.25, (
        "without colours it stays about where it was"
    )


def test_points_in_rows_and_columns_are_cut_as_the_outline_they_fill():
    """A region reaches the draft as tracks: what was painted is the cut, with its bays, and no hull around it."""
    y, x = np.mgrid[0:480, 0:832]
    ring = np.hypot(x - 400, y - 150) < 80
    drop = (np.abs(x - 400) < 14) & (y >= 150) & (y < 380)
    painted = ring | drop
    rows, columns = np.mgrid[8:480:16, 8:832:16]
    inside = painted[rows, columns]
    points = np.stack([columns[inside], rows[inside]], -1).astype(float)
    # Much like what is around it, as a balloon's ropes are: colours alone would run away.
    noise = np.random.default_rng(4).normal(0, 6, (480, 832, 1))
    picture = np.clip(np.where(painted[..., None], 150, 120) + noise, 0, 255).astype(np.uint8).repeat(3, 2)
    matte = thing_matte(picture, points, np.zeros((0, 2)), True)
    assert matte is not None
    both, either = ((matte > 0.5) & painted).sum(), ((matte > 0.5) | painted).sum()
    assert both / either > 0.85
    assert not (matte > 0.02)[300:, :360].any() and not (matte > 0.02)[300:, 440:].any(), "no skirt of the hull"
