"""Regions in motion against plain loops: placement, soft bodies, and what lies behind what."""

from __future__ import annotations

import math

import numpy as np
import pytest

from wan_move_core.errors import WanMoveError
from wan_move_core.motion.sources.move_keys import Channel, channel_values, move_from_to, parse_keys, require_easing
from wan_move_core.motion.sources.region_motion import (
    BODY_CHANNELS,
    Body,
    parse_body_keys,
    pivot_of_mask,
    region_tracks,
)
from wan_move_core.tracks import Tracks

SIZE_WH = (160, 96)


def _mask(x0, y0, x1, y1, size_wh=SIZE_WH):
    mask = np.zeros((size_wh[1], size_wh[0]), bool)
    mask[y0:y1, x0:x1] = True
    return mask


def _values(frames=9, **ends):
    return channel_values(move_from_to(ends, 0, -1, frames, "test"), BODY_CHANNELS, frames)


def test_every_cell_of_the_mask_moves_as_the_formula_says():
    values = _values(x=12.0, y=-5.0, rotate=40.0, scale_x=1.5, scale_y=0.8, shear=20.0)
    body = Body(_mask(40, 24, 80, 64), SIZE_WH, values, (50.0, 40.0))
    tracks, notes = region_tracks([body])
    assert tracks.count == 25 and not notes  # 40x40 px are 5x5 cells
    for frame in range(9):
        q = frame / 8
        angle, lean = math.radians(40 * q), math.tan(math.radians(20 * q))
        sx, sy = 1.5**q, 0.8**q
        for n in range(25):
            start_x, start_y = 44 + 8 * (n % 5), 28 + 8 * (n // 5)
            x, y = (start_x - 50) * sx + lean * (start_y - 40) * sy, (start_y - 40) * sy
            moved = (
                50 + 12 * q + x * math.cos(angle) - y * math.sin(angle),
                40 - 5 * q + x * math.sin(angle) + y * math.cos(angle),
            )
            assert tracks.xy[frame, n].tolist() == pytest.approx(moved, abs=1e-3)


def test_shear_moves_the_top_to_the_left():
    tracks, _ = region_tracks([Body(_mask(40, 24, 80, 64), SIZE_WH, _values(shear=30.0), (60.0, 44.0))])
    moved = (tracks.xy[-1] - tracks.xy[0]).numpy()
    top, bottom = tracks.xy[0, :, 1] < 44, tracks.xy[0, :, 1] > 44
    assert (moved[top.numpy(), 0] < 0).all() and (moved[bottom.numpy(), 0] > 0).all()
    assert np.abs(moved[:, 1]).max() < 1e-4


def test_keys_that_do_not_rest_at_the_start_still_start_on_the_mask():
    keys = [{"frame": 0, "x": 30.0, "rotate": 90.0}, {"frame": 8, "x": 0.0, "rotate": 0.0}]
    body = Body(_mask(40, 24, 80, 64), SIZE_WH, channel_values(keys, BODY_CHANNELS, 9), (60.0, 44.0))
    tracks, _ = region_tracks([body])
    assert tracks.xy[0].numpy() == pytest.approx(body.lattice(), abs=1e-4)


def test_thinning_keeps_the_share_that_is_asked_for_spread_evenly():
    whole = Body(np.ones((640, 640), bool), (640, 640), _values(1), (0.0, 0.0))
    for density in (0.5, 0.25, 0.1):
        points = whole.lattice(density)
        assert len(points) / 6400 == pytest.approx(density, abs=0.02)
        quarters = [np.sum((points[:, 0] < 320) == a) for a in (True, False)]
        assert quarters[0] == quarters[1]


def test_a_mask_of_another_size_is_stretched_over_the_picture():
    small = np.zeros((6, 10), bool)
    small[2:4, 5:7] = True
    tracks, _ = region_tracks([Body(small, SIZE_WH, _values(1), (0.0, 0.0))])
    xy = tracks.xy[0].numpy()
    assert (xy > (80, 32)).all() and (xy < (112, 64)).all() and len(xy) == 16


@pytest.mark.parametrize(
    ("pivot", "expected"),
    [("top", (60, 24)), ("bottom", (60, 64)), ("left", (40, 44)), ("right", (80, 44)), ("centre", (60, 44)),
     ("picture", (80, 48)), ("custom", (3, 4))],
)  # fmt: skip
def test_pivots(pivot, expected):
    mask = _mask(40, 24, 80, 64)
    assert pivot_of_mask(mask, SIZE_WH, pivot, (3, 4)) == pytest.approx(expected)
    # The same place whatever the mask's resolution.
    assert pivot_of_mask(mask[::2, ::2], SIZE_WH, pivot, (3, 4)) == pytest.approx(expected)


# -- what is in front -------------------------------------------------------------------------------------------------


def test_a_region_in_front_hides_the_points_behind_it_frame_by_frame():
    """A square drives over a still one: the closed form is a rectangle test."""
    still = Body(_mask(80, 24, 120, 64), SIZE_WH, _values(), (0.0, 0.0))
    driving = Body(_mask(16, 16, 64, 72), SIZE_WH, _values(x=80.0), (0.0, 0.0))
    tracks, notes = region_tracks([still, driving])
    behind = 25
    for frame in range(9):
        left, right = 16 + 10 * frame, 64 + 10 * frame
        for n in range(behind):
            x = 84 + 8 * (n % 5)
            assert bool(tracks.visible[frame, n]) == (not left <= x < right)
    assert bool(tracks.visible[:, behind:].all())
    assert any("25 points of region 1 hidden for a time" in note for note in notes)


def test_points_covered_at_the_start_are_left_out():
    back = Body(_mask(16, 16, 96, 80), SIZE_WH, _values(), (0.0, 0.0))
    front = Body(_mask(48, 16, 96, 80), SIZE_WH, _values(), (0.0, 0.0))
    tracks, _ = region_tracks([back, front])
    assert tracks.count == 10 * 8  # each cell once
    xy = np.array([[20.0, 20.0], [60.0, 40.0]], np.float32)
    given = Tracks.make(np.repeat(xy[None], 9, 0), size_wh=SIZE_WH)
    tracks, notes = region_tracks([front], behind=given)
    assert tracks.xy[0, 0].tolist() == [20.0, 20.0] and tracks.count == 1 + 6 * 8
    assert "1 point of tracks behind left out: a region in front covers them at the start" in notes


@pytest.mark.parametrize("soft", [{"follow_frames": 3.0}, {"elastic": 0.6}, {"follow_frames": 2.0, "elastic": 1.0}])
def test_a_soft_body_covers_what_it_was_moved_over(soft):
    """covers() inverts positions(): any point of the region, moved, lies under the moved region."""
    body = Body(_mask(24, 16, 88, 72), SIZE_WH, _values(x=20.0, rotate=25.0), (56.0, 44.0), **soft)
    inner = body.lattice()
    inner = inner[(np.abs(inner - (56, 44)) < (24, 20)).all(1)]
    assert body.covers(body.positions(inner)).all()
    far = np.tile(np.array([[150.0, 8.0]]), (9, 1, 1))
    assert not body.covers(far).any()


def test_following_parts_come_late_and_end_where_a_rigid_body_does_not_yet():
    rigid = Body(_mask(24, 16, 88, 72), SIZE_WH, _values(17, x=32.0), (24.0, 44.0))
    soft = Body(_mask(24, 16, 88, 72), SIZE_WH, _values(17, x=32.0), (24.0, 44.0), follow_frames=4.0)
    points = rigid.lattice()
    distance = np.hypot(*(points - (24.0, 44.0)).T)
    late = 4.0 * distance / distance.max()
    moved = soft.positions(points)[:, :, 0] - points[:, 0]
    expected = np.clip(np.arange(17)[:, None] - late[None], 0, None) * 2.0
    assert moved == pytest.approx(expected, abs=1e-6)


def test_elastic_skin_stays_grown_in_at_the_border_and_moves_whole_inside():
    body = Body(_mask(24, 16, 104, 80), SIZE_WH, _values(x=10.0), (64.0, 48.0), elastic=0.5)
    probe = np.array([[64.0, 48.0], [24.5, 48.0], [8.0, 8.0], [40.0, 48.0]])
    moved = body.positions(probe)[-1, :, 0] - probe[:, 0]
    assert moved[0] == pytest.approx(10.0, abs=1e-6) and moved[1] < 0.2 and moved[2] == 0.0
    t = 16.5 / (0.5 * 32)  # this far from the border, of half the depth: the fade has ended
    assert moved[3] == pytest.approx(10.0 * min(1.0, t) ** 2 * (3 - 2 * min(1.0, t)), abs=0.3)


# -- keys -------------------------------------------------------------------------------------------------------------


def test_a_channel_that_a_later_key_does_not_name_goes_on():
    channels = (Channel("x"), Channel("y", 5.0))
    keys = parse_keys('[{"frame":8,"x":80},{"frame":0},{"frame":4,"y":1}]', channels, "test")[0]
    values = channel_values(keys, channels, 11)
    assert values[:, 0] == pytest.approx([10 * f for f in range(9)] + [80, 80])
    assert values[:, 1] == pytest.approx([5, 4, 3, 2, 1] + [1] * 6)


def test_a_factor_changes_evenly_in_its_ratio():
    keys = parse_keys('[{"frame":0},{"frame":10,"scale_x":4}]', BODY_CHANNELS, "test")[0]
    assert channel_values(keys, BODY_CHANNELS, 11)[5, 3] == pytest.approx(2.0)


def test_scale_stands_for_both_factors():
    [[first, last]] = parse_body_keys('[{"frame":0},{"frame":3,"scale":2}]', "test")
    assert first == {"frame": 0} and last == {"frame": 3, "scale_x": 2.0, "scale_y": 2.0}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{}", "not a list of keys"),
        ("[1]", "key 0 is not an object"),
        ('[{"x":1}]', "key 0 has no whole frame number"),
        ('[{"frame":1.5}]', "key 0 has no whole frame number"),
        ('[{"frame":-1}]', "key 0 is at frame -1"),
        ('[{"frame":0},{"frame":0}]', "two keys at frame 0"),
        ('[{"frame":0,"spin":1}]', "key 0 names 'spin'. Fix: use x, y, rotate, scale_x, scale_y, shear"),
        ('[{"frame":0,"x":"1"}]', "key 0: x is not a number"),
        ('[{"frame":0,"x":true}]', "key 0: x is not a number"),
        ('[{"frame":0,"scale":0}]', "key 0: scale is 0"),
        ('[{"frame":0,"scale":2,"scale_x":1}]', "has scale beside scale_x or scale_y"),
        ('[{"frame":0,"x":NaN}]', "NaN"),
        ("[[" * 40, "deep"),
    ],
)
def test_bad_keys_are_explained(text, told):
    with pytest.raises(WanMoveError) as error:
        parse_body_keys(text, "Keys")
    assert told in str(error.value) and str(error.value).startswith("Keys")


def test_bad_words_and_empty_masks_are_explained():
    with pytest.raises(WanMoveError, match=r"unknown 'corner'. Fix: use centre"):
        pivot_of_mask(_mask(0, 0, 8, 8), SIZE_WH, "corner")
    with pytest.raises(WanMoveError, match=r"mask 1 is empty. Fix: paint what shall move"):
        region_tracks([Body(_mask(0, 0, 0, 0), SIZE_WH, _values(), (0.0, 0.0))])
    with pytest.raises(WanMoveError, match="starts at frame 5 and ends at 2"):
        move_from_to({}, 5, 2, 9, "test")
    with pytest.raises(WanMoveError, match="unknown easing 'bouncy'"):
        require_easing("bouncy", "test")
    body = Body(_mask(0, 0, 8, 8), SIZE_WH, _values(), (0.0, 0.0))
    with pytest.raises(WanMoveError, match="5 frames of 160x96, the regions have 9 of 160x96"):
        region_tracks([body], behind=Tracks.empty(5, SIZE_WH))


def test_a_move_of_no_time_is_a_jump_from_rest():
    keys = move_from_to({"x": 8.0}, 4, 4, 9, "test")
    values = channel_values(keys, BODY_CHANNELS, 9)[:, 0]
    assert values.tolist() == [0, 0, 0, 0, 8, 8, 8, 8, 8]
    assert channel_values(move_from_to({"x": 8.0}, 0, -1, 1, "test"), BODY_CHANNELS, 1)[0, 0] == 0.0
