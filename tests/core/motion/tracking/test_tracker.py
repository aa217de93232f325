"""The built-in tracker on clips whose motion is known exactly: a textured picture moved by an affine map per frame."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from wan_move_core.errors import WanMoveError
from wan_move_core.motion.tracking.choose import tracker_by_name
from wan_move_core.motion.tracking.lucas_kanade import LucasKanade
from wan_move_core.motion.tracking.points import grid_points

SIZE_WH = (416, 240)


def _texture(size_wh=SIZE_WH, seed=0):
    rng = np.random.default_rng(seed)
    picture = np.zeros((size_wh[1], size_wh[0], 3), np.float32)
    for sigma, weight in ((2.0, 1.0), (6.0, 2.0), (20.0, 3.0)):
        noise = cv2.GaussianBlur(rng.standard_normal(picture.shape).astype(np.float32), (0, 0), sigma)
        picture += weight * noise / noise.std()
    return np.clip(128 + picture * 18, 0, 255).astype(np.uint8)


def _clip(matrices):
    """Frames of one picture under each 2x3 matrix, given in raster pixels (origin at the corner)."""
    picture = _texture()
    to_centre = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    for matrix in matrices:
        full = np.vstack([matrix, [0, 0, 1]])
        cv_matrix = (np.linalg.inv(to_centre) @ full @ to_centre)[:2]
        yield cv2.warpAffine(picture, cv_matrix, SIZE_WH, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)


def _turn(angle_deg, scale, shift, centre=(208.0, 120.0)):
    a = np.deg2rad(angle_deg)
    linear = scale * np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    return np.column_stack([linear, np.array(centre) + shift - linear @ np.array(centre)])


@pytest.mark.parametrize(
    "matrices",
    [
        [_turn(0, 1, np.array([8.0 * abs((f + 20) % 40 - 20), 0]) - [160, 0]) for f in range(20, 101)],
        [_turn(0, 1, 60 * np.array([np.sin(f * 0.1), 1 - np.cos(f * 0.1)])) for f in range(81)],
        [_turn(f * 0.4, 1 + 0.003 * f, np.array([0.5 * f, 0.2 * f])) for f in range(81)],
    ],
    ids=["8 px per frame", "circle", "turn and zoom"],
)
def test_median_error_over_81_frames(matrices):
    points = grid_points(SIZE_WH, 24)
    found = LucasKanade().track(_clip(matrices), points)
    homogeneous = np.concatenate([points, np.ones((len(points), 1))], axis=1)
    # The clip's own first frame is moved too, so truth is relative to it.
    to_first = np.linalg.inv(np.vstack([matrices[0], [0, 0, 1]]))
    truth = np.stack([(np.vstack([m, [0, 0, 1]]) @ to_first @ homogeneous.T).T[:, :2] for m in matrices])
    margin = 14
    well_inside = ((truth > margin) & (truth < np.array(SIZE_WH) - margin)).all(-1)
    always = well_inside.all(0)
    assert always.sum() >= 8
    error = np.linalg.norm(found.xy - truth, axis=-1)[:, always]
    assert np.median(error[-1]) <= 0.5 and np.median(error) <= 0.5
    assert found.visible[:, always].mean() > 0.9


def test_an_occluded_point_is_lost_and_found_again():
    picture = _texture()
    points = np.array([[100.0, 120.0], [208.0, 120.0], [310.0, 60.0], [60.0, 60.0]], np.float32)
    frames = []
    for f in range(40):
        frame = picture.copy()
        if 10 <= f < 25:
            frame[90:150, 170:246] = _texture(seed=9)[90:150, 170:246]
        frames.append(frame)
    found = LucasKanade().track(frames, points)
    assert found.visible[:, [0, 2, 3]].all()
    assert not found.visible[12:24, 1].any() and found.visible[28:, 1].all()
    assert np.abs(found.xy[-1] - points).max() < 0.3
    assert not found.lost.any() and np.isfinite(found.xy).all()


def test_leaving_the_picture_is_seen():
    matrices = [_turn(0, 1, np.array([-6.0 * f, 0])) for f in range(30)]
    found = LucasKanade().track(_clip(matrices), np.array([[60.0, 120.0], [300.0, 120.0]], np.float32))
    assert not found.visible[12:, 0].any() and found.visible[:, 1].all()


def test_grid_and_mask():
    points = grid_points((64, 32), 8)
    assert points.shape == (32, 2) and points[0].tolist() == [4.0, 4.0] and points[-1].tolist() == [60.0, 28.0]
    mask = np.zeros((32, 64), bool)
    mask[:, :16] = True
    assert len(grid_points((64, 32), 8, mask)) == 8
    with pytest.raises(WanMoveError, match="mask of 10x10, frame of 64x32"):
        grid_points((64, 32), 8, np.zeros((10, 10), bool))


def test_errors():
    with pytest.raises(WanMoveError, match="there are no frames"):
        LucasKanade().track([], np.zeros((1, 2)))
    with pytest.raises(WanMoveError, match=r"frame 1 is 8x8, the first is 16x16"):
        LucasKanade().track([np.zeros((16, 16, 3), np.uint8), np.zeros((8, 8, 3), np.uint8)], np.zeros((1, 2)))
    with pytest.raises(WanMoveError, match="frame 0 is float64"):
        LucasKanade().track([np.zeros((16, 16, 3))], np.zeros((1, 2)))
    with pytest.raises(WanMoveError, match=r"expected finite \[N, 2\]"):
        LucasKanade().track([np.zeros((16, 16, 3), np.uint8)], np.full((1, 2), np.nan))
    with pytest.raises(WanMoveError, match=r"unknown tracker 'magic'. Fix: use dense, lk, cotracker or tapir"):
        tracker_by_name("magic")
    with pytest.raises(WanMoveError, match="Tracker / tapir: no weights file"):
        tracker_by_name("tapir")


def test_progress_can_cancel():
    class Stop(Exception):
        pass

    def stop(done):
        if done == 3:
            raise Stop

    with pytest.raises(Stop):
        LucasKanade().track(_clip([_turn(0, 1, np.zeros(2))] * 10), grid_points(SIZE_WH, 60), stop)
