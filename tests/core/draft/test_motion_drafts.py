"""A draft of each application, measured: the drafted clip moves as its tracks say, by the tracker, median <= 1 px."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from wan_move_core.draft.render import Draft
from wan_move_core.motion.sources.anchors import hold_the_rest
from wan_move_core.motion.sources.move_keys import channel_values, move_from_to
from wan_move_core.motion.sources.region_motion import BODY_CHANNELS, Body, region_tracks
from wan_move_core.motion.sources.space.camera_rig import RIG_CHANNELS, keys_from_moves
from wan_move_core.motion.sources.space.camera_scene import camera_tracks
from wan_move_core.motion.sources.space.depth import DistanceMap
from wan_move_core.motion.sources.space.rotate3d import TURN_CHANNELS, Solid, rotate_tracks
from wan_move_core.motion.sources.windows import split_window
from wan_move_core.motion.tracking.lucas_kanade import LucasKanade
from wan_move_core.motion.tracking.transfer import Retarget, transfer_motion
from wan_move_core.tracks import merge_tracks

W, H = SIZE_WH = (320, 240)
FRAMES = 33


def _texture(seed=0, size_wh=SIZE_WH):
    rng = np.random.default_rng(seed)
    picture = np.zeros((size_wh[1], size_wh[0], 3), np.float32)
    for sigma, weight in ((1.5, 1.0), (4.0, 2.0), (12.0, 3.0)):
        noise = cv2.GaussianBlur(rng.standard_normal(picture.shape).astype(np.float32), (0, 0), sigma)
        picture += weight * noise / noise.std()
    return np.clip(128 + picture * 16, 0, 255).astype(np.uint8)


def _disc():
    mask = np.zeros((H, W), np.uint8)
    cv2.circle(mask, (110, 120), 40, 1, -1)
    return mask > 0


def _with_object(mask):
    picture = _texture()
    picture[mask] = _texture(5)[mask]
    return picture


def _measured(frames, tracks, moving_from=0, most=80):
    """Median distance, in px, between where tracks that are seen throughout lead and where the clip's points go."""
    xy = tracks.xy.numpy()
    inner = ((xy > 12) & (xy < np.array(tracks.size_wh) - 12)).all((0, 2)) & tracks.visible.all(0).numpy()
    inner[:moving_from] = False
    chosen = np.flatnonzero(inner)
    chosen = chosen[np.unique(np.linspace(0, len(chosen) - 1, most).astype(int))]
    assert len(chosen) >= 15
    assert np.abs(xy[-1, chosen] - xy[0, chosen]).max() > 8, "the application should move something"
    found = LucasKanade(window_px=15).track(frames, xy[0, chosen])
    assert found.visible.mean() > 0.8
    return float(np.median(np.linalg.norm(found.xy - xy[:, chosen], axis=-1)[found.visible]))


def _drafted(picture, tracks):
    return list(Draft(picture, tracks))


def test_region_drag():
    mask = _disc()
    keys = move_from_to({"x": 60.0, "y": 20.0, "rotate": 20.0}, 0, -1, FRAMES, "test")
    body = Body(mask, SIZE_WH, channel_values(keys, BODY_CHANNELS, FRAMES, "ease-in-out"), (110.0, 120.0))
    moved, _ = region_tracks([body])
    held = hold_the_rest(moved)
    tracks = merge_tracks([held, moved])
    assert _measured(_drafted(_with_object(mask), tracks), tracks, held.count) <= 1.0


@pytest.mark.parametrize(
    ("moves", "distance"),
    [
        ([("dolly in", 20.0), ("truck right", 6.0)], None),
        ([("pan right", 6.0), ("roll clockwise", 5.0)], None),
        ([("orbit left", 8.0)], np.linspace(6.0, 3.0, W)[None].repeat(H, 0)),
    ],
    ids=["flat", "turning", "orbit through depth"],
)
def test_camera_move(moves, distance):
    values = channel_values(keys_from_moves(moves, 0, -1, FRAMES), RIG_CHANNELS, FRAMES, "ease-in-out")
    depth = None if distance is None else DistanceMap(distance)
    tracks, _ = camera_tracks(SIZE_WH, values, distances=depth)
    assert _measured(_drafted(_texture(), tracks), tracks) <= 1.0


def test_motion_transfer():
    """From a clip of known motion, by tracking, onto a larger picture, by its draft."""
    small = _texture(3, (256, 160))
    clip = []
    for f in range(FRAMES):
        turn = cv2.getRotationMatrix2D((128, 80), 0.3 * f, 1.0 + 0.004 * f) + np.array([[0, 0, 0.5 * f], [0, 0, 0]])
        clip.append(cv2.warpAffine(small, turn, (256, 160), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101))
    tracks, _ = transfer_motion(clip, LucasKanade(), SIZE_WH, Retarget("frame"), spacing_px=20)
    assert _measured(_drafted(_texture(), tracks), tracks) <= 1.0


def test_3d_turn():
    mask = _disc()
    keys = move_from_to({"angle": 30.0}, 0, -1, FRAMES, "test")
    angle = channel_values(keys, TURN_CHANNELS, FRAMES, "ease-in-out")[:, 0]
    turned, _ = rotate_tracks(mask, SIZE_WH, angle, Solid("cylinder"))
    held = hold_the_rest(turned, avoid_mask=mask)
    tracks = merge_tracks([held, turned])
    assert _measured(_drafted(_with_object(mask), tracks), tracks, held.count) <= 1.0


def test_long_clip_window_after_window():
    """Each window is drafted from the last frame of the one before; all are measured against their own tracks."""
    values = channel_values(
        keys_from_moves([("truck right", 20.0)], 0, -1, 2 * FRAMES - 1), RIG_CHANNELS, 2 * FRAMES - 1
    )
    whole, _ = camera_tracks(SIZE_WH, values)
    picture = _texture()
    for number in range(2):
        window = split_window(whole, number, FRAMES, "surroundings")
        frames = _drafted(picture, window.tracks)
        assert _measured(frames, window.tracks) <= 1.0
        picture = frames[-1]
