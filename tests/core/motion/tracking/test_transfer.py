"""Motion transfer: maps recovered exactly, tracks of synthetic clips with known motion, and what is reported."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from wan_move_core.errors import WanMoveError
from wan_move_core.motion.tracking.lucas_kanade import LucasKanade
from wan_move_core.motion.tracking.points import TrackedPoints
from wan_move_core.motion.tracking.retarget import (
    affine_map,
    apply_map,
    box_map,
    frame_map,
    maps_for,
    parse_points,
    similarity_map,
)
from wan_move_core.motion.tracking.transfer import Retarget, transfer_motion

CLIP_WH = (256, 160)


def texture(size_wh=CLIP_WH, seed=0):
    rng = np.random.default_rng(seed)
    picture = np.zeros((size_wh[1], size_wh[0], 3), np.float32)
    for sigma, weight in ((1.5, 1.0), (4.0, 2.0), (12.0, 3.0)):
        noise = cv2.GaussianBlur(rng.standard_normal(picture.shape).astype(np.float32), (0, 0), sigma)
        picture += weight * noise / noise.std()
    return np.clip(128 + picture * 16, 0, 255).astype(np.uint8)


def shifted(picture, x, y):
    matrix = np.array([[1, 0, x], [0, 1, y]], np.float64)
    size = (picture.shape[1], picture.shape[0])
    return cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)


class Told:
    """A tracker whose findings are told beforehand."""

    name = "told"

    def __init__(self, motion, visible=None, error=0.25):
        self.motion, self.visible, self.error = np.asarray(motion, np.float32), visible, error

    def track(self, frames, point_xy, progress=None):
        count = sum(1 for _ in frames)
        xy = np.asarray(point_xy, np.float32)[None] + self.motion[:count, None]
        seen = np.ones(xy.shape[:2], bool) if self.visible is None else self.visible(xy)
        return TrackedPoints(xy.astype(np.float32), seen, np.full(seen.shape, self.error, np.float32))


def clip(frames=9, size_wh=CLIP_WH):
    return [np.zeros((size_wh[1], size_wh[0], 3), np.uint8)] * frames


# -- maps -------------------------------------------------------------------------------------------------------------


def test_a_similarity_is_recovered_and_never_mirrors():
    rng = np.random.default_rng(0)
    source = rng.uniform(0, 200, (7, 2))
    c, s = 1.7 * np.cos(0.6), 1.7 * np.sin(0.6)
    truth = np.array([[c, -s, 30.0], [s, c, -12.0]])
    assert similarity_map(source, apply_map(truth, source)) == pytest.approx(truth, abs=1e-9)
    assert similarity_map(source[:2], apply_map(truth, source[:2])) == pytest.approx(truth, abs=1e-9)
    mirrored = similarity_map(source, source * (-1, 1))
    assert np.linalg.det(mirrored[:, :2]) >= 0


def test_an_affine_map_is_recovered():
    source = np.random.default_rng(1).uniform(0, 200, (5, 2))
    truth = np.array([[1.2, 0.3, 5.0], [-0.1, 0.7, 40.0]])
    assert affine_map(source, apply_map(truth, source)) == pytest.approx(truth, abs=1e-9)
    noisy = apply_map(truth, source) + np.random.default_rng(2).normal(0, 1, (5, 2))
    design = np.column_stack([source, np.ones(5)])
    assert affine_map(source, noisy) == pytest.approx(np.linalg.pinv(design).dot(noisy).T, abs=1e-8)


def test_boxes_meet():
    a, b = np.zeros((160, 256), bool), np.zeros((96, 96), bool)
    a[40:80, 100:180] = True
    b[10:50, 20:60] = True  # of a 192x192 picture: pixels twice as large
    stretched = box_map(a, CLIP_WH, b, (192, 192), "affine")
    assert apply_map(stretched, np.array([[100.0, 40.0], [180.0, 80.0]])) == pytest.approx(
        np.array([[40.0, 20.0], [120.0, 100.0]])
    )
    even = box_map(a, CLIP_WH, b, (192, 192), "similarity")
    assert even[0, 0] == even[1, 1] == pytest.approx(np.sqrt(1.0 * 2.0)) and even[0, 1] == 0
    assert apply_map(even, np.array([140.0, 60.0])) == pytest.approx([80.0, 60.0])


def test_the_whole_frame_is_cut_to_the_pictures_shape():
    matrix = frame_map((400, 200), (100, 100))
    assert apply_map(matrix, np.array([[100.0, 0.0], [300.0, 200.0]])) == pytest.approx(
        np.array([[0, 0], [100, 100.0]])
    )


def test_points_as_text():
    assert parse_points("1,2; 3.5 , 4\n5,6;", "x").tolist() == [[1, 2], [3.5, 4], [5, 6]]
    assert parse_points("  ", "x").shape == (0, 2)
    for text in ("1", "1,2,3", "a,b", "1,nan"):
        with pytest.raises(WanMoveError):
            parse_points(text, "x")


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"method": "warp"}, "unknown 'warp'. Fix: use frame, similarity, affine, regions"),
        ({"method": "similarity"}, "connect clip_mask and picture_mask, or give point pairs"),
        ({"method": "similarity", "source_points": [[0, 0]], "target_points": [[0, 0]]}, "1 point pair"),
        ({"method": "similarity", "source_points": [[1, 1]] * 3, "target_points": [[0, 0]] * 3}, "coincide"),
        ({"method": "affine", "source_points": [[0, 0], [1, 1], [2, 2]], "target_points": [[0, 0]] * 3}, "on one line"),
        ({"method": "affine", "source_points": [[0, 0]], "target_points": [[0, 0]] * 2}, "1 point in the clip, 2 in"),
        ({"method": "regions", "source_masks": [np.ones((2, 2), bool)] * 2, "target_masks": [np.ones((2, 2), bool)]},
         "2 masks in the clip, 1 in the picture"),
        ({"method": "affine", "source_masks": [np.zeros((2, 2), bool)], "target_masks": [np.ones((2, 2), bool)]},
         "the mask in the clip is empty"),
    ],
)  # fmt: skip
def test_maps_that_cannot_be_made_are_explained(how, told):
    with pytest.raises(WanMoveError) as error:
        maps_for(source_wh=CLIP_WH, target_wh=CLIP_WH, **how)
    assert told in str(error.value)


# -- real tracking ----------------------------------------------------------------------------------------------------


def test_81_frames_at_8_px_per_frame_within_half_a_pixel():
    picture = texture((512, 192), 4)
    # To and fro, 8 px per frame, over a window of a larger picture: no border comes in.
    x = 80 + np.abs((np.arange(81) * 8) % 320 - 160)
    frames = [np.ascontiguousarray(picture[16:176, int(v) : int(v) + 256]) for v in x]
    tracks, notes = transfer_motion(frames, LucasKanade(), spacing_px=20)
    truth = tracks.xy[0].numpy()[None] - np.stack([x - x[0], 0 * x], -1)[:, None]
    inside = np.all((truth > 14) & (truth < np.array(CLIP_WH) - 14), axis=-1)
    error = np.linalg.norm(tracks.xy.numpy() - truth, axis=-1)
    assert tracks.frames == 81 and inside[-1].sum() > 20
    assert np.median(error[inside]) <= 0.5 and np.median(error[-1][inside[-1]]) <= 0.5
    assert "followed by lucas-kanade (OpenCV)" in notes[0] and "drift at the end" in notes[1]


def test_regions_each_go_to_their_partner():
    picture = texture()
    frames = []
    for f in range(9):
        frame = picture.copy()
        frame[:, 128:] = shifted(picture, 0, 2.0 * f)[:, 128:]
        frame[:, :128] = shifted(picture, -2.0 * f, 0)[:, :128]
        frames.append(frame)
    left, right = (np.zeros((160, 256), bool) for _ in range(2))
    left[40:120, 40:100] = True
    right[40:100, 160:220] = True
    swapped = [np.zeros((320, 512), bool) for _ in range(2)]
    swapped[0][40:200, 360:480] = True  # the left one, twice as large, on the picture's right
    swapped[1][200:260, 40:100] = True
    how = Retarget("regions", (left, right), tuple(swapped))
    tracks, _ = transfer_motion(frames, LucasKanade(window_px=15), (512, 320), how, spacing_px=12)
    moved = (tracks.xy[-1] - tracks.xy[0]).numpy()
    on_right = tracks.xy[0, :, 0].numpy() > 256
    assert np.median(moved[on_right], axis=0) == pytest.approx([-32, 0], abs=1.0)
    assert np.median(moved[~on_right], axis=0) == pytest.approx([0, 16], abs=1.0)


# -- bookkeeping ------------------------------------------------------------------------------------------------------


def test_motion_is_mapped_scaled_and_timed():
    motion = np.stack([np.arange(11) * 2.0, np.zeros(11)], -1)
    tracks, notes = transfer_motion(clip(11), Told(motion), (512, 320), Retarget(motion_scale=0.5), spacing_px=32)
    assert tracks.frames == 9 and "cut from 11 to 9 frames, 4k+1" in notes
    assert (tracks.xy[8] - tracks.xy[0]).numpy() == pytest.approx(np.tile([16.0, 0], (tracks.count, 1)), abs=1e-4)
    tracks, notes = transfer_motion(clip(11), Told(motion), spacing_px=32, length=21)
    assert tracks.frames == 21 and float(tracks.xy[20, 0, 0] - tracks.xy[0, 0, 0]) == pytest.approx(20.0)


def test_lost_points_are_hidden_or_dropped_and_told():
    def visible(xy):
        seen = np.ones(xy.shape[:2], bool)
        seen[3:5, 0] = seen[6:, 1] = False
        return seen

    told = Told(np.zeros((9, 2)), visible)
    hidden, notes = transfer_motion(clip(), told, spacing_px=32)
    assert hidden.count == 40 and "40 points followed by told; 2 lost for a time, 1 at the end" in notes
    assert (
        "drift at the end of the 39 points still seen there, followed back: median 0.25 px, worst 0.25 px of the clip"
        in notes
    )
    assert not bool(hidden.visible[4, 0]) and bool(hidden.visible[5, 0])
    dropped, notes = transfer_motion(clip(), told, spacing_px=32, lost="drop")
    assert dropped.count == 38 and "2 points dropped that were lost on the way" in notes


def test_points_that_start_outside_the_picture_are_left_out():
    tracks, notes = transfer_motion(clip(), Told(np.zeros((9, 2))), (160, 160), spacing_px=32)
    assert tracks.count == 25 and "15 points left out that started outside the picture" in notes
    assert bool(tracks.inside().all())


def test_errors_and_cancel():
    with pytest.raises(WanMoveError, match="there are no frames"):
        transfer_motion([], Told(np.zeros((1, 2))))
    with pytest.raises(WanMoveError, match=r"unknown 'keep'. Fix: use hide, drop"):
        transfer_motion(clip(), Told(np.zeros((9, 2))), lost="keep")
    speck = np.zeros((160, 256), bool)
    speck[0, 0] = True
    with pytest.raises(WanMoveError, match="no grid point of 24 px spacing lies in the mask"):
        transfer_motion(clip(), Told(np.zeros((9, 2))), None, Retarget(clip_masks=(speck,)))

    class Stop(Exception):
        pass

    def stop(done):
        raise Stop

    with pytest.raises(Stop):
        transfer_motion([texture()] * 5, LucasKanade(), spacing_px=60, progress=stop)
