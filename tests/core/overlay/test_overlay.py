"""Overlay: where discs and tails are, measured in the pixels, against the stated geometry."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from wan_move_core.errors import WanMoveError
from wan_move_core.overlay.brush import TrackStyle, cursor_icon
from wan_move_core.overlay.draw import draw_paths, draw_tracks, stacked
from wan_move_core.palette import TRACK_RGB, track_rgb
from wan_move_core.tracks import Tracks

SIZE_WH = (240, 200)
BLACK = np.zeros((200, 240, 3), np.uint8)


def _tracks(xy, visible=None, size_wh=SIZE_WH):
    return Tracks.make(np.asarray(xy, np.float32), visible, size_wh=size_wh)


def _line(start, end, frames=41):
    t = np.linspace(0, 1, frames)[:, None, None]
    return np.asarray(start, float) + (np.asarray(end, float) - start) * t


def _drawn_on(frames, tracks, style=None):
    """uint8 [T, H, W, C]: the stream of :func:`draw_tracks` in one array."""
    return np.stack(list(draw_tracks(frames, tracks, style)))


def _drawn(frame):
    return frame.astype(int).max(-1)


def test_a_disc_is_a_disc():
    frame = _drawn_on(BLACK, _tracks([[[100.5, 90.5]]]))[0]
    y, x = np.mgrid[0:200, 0:240] + 0.5
    away = np.hypot(x - 100.5, y - 90.5)
    assert (frame[away < 11] == TRACK_RGB[0]).all()
    assert (frame[away > 13.5] == 0).all()
    assert _drawn(frame).sum() / 255 == pytest.approx(math.pi * 12**2, rel=0.05)


@pytest.mark.parametrize("angle", range(0, 360, 30))
def test_tails_keep_their_width_in_every_direction(angle):
    """Across the tail, a given number of frames back, the coverage sums to the width that the taper promises there."""
    way = np.array([math.cos(math.radians(angle)), math.sin(math.radians(angle))])
    centre = np.array([120.0, 100.0])
    step = 3.0
    xy = _line(centre - way * step * 30, centre + way * step * 10)
    frame = _drawn_on(BLACK, _tracks(xy), TrackStyle(fade=True, colours=((255, 255, 255),)))[40].astype(float)
    across = np.array([-way[1], way[0]])
    for back in (8, 14, 20):
        spot = xy[40 - back, 0]
        clear = 1 - back / 24
        offsets = np.arange(-14, 14, 0.25)
        at = spot + across * offsets[:, None]
        profile = frame[at[:, 1].astype(int), at[:, 0].astype(int), 0] / 255
        width = profile.sum() * 0.25 / clear
        assert width == pytest.approx(1 + 15 * clear, abs=1.2), back
        assert profile.max() == pytest.approx(clear, abs=0.06), back
    ahead = (xy[40, 0] + way * 16).astype(int)
    beyond = (xy[40, 0] - way * (24 * step + 6)).astype(int)
    assert frame[ahead[1], ahead[0]].max() == 0 and frame[beyond[1], beyond[0]].max() == 0


def test_nothing_is_drawn_through_hidden_frames():
    xy = _line((20, 100), (220, 100))
    visible = np.ones((41, 1), bool)
    visible[20:26] = False
    frames = _drawn_on(BLACK, _tracks(xy, visible))
    assert _drawn(frames[22])[:, 120:].max() == 0, "no disc while hidden"
    row = _drawn(frames[34])[100]
    gap = slice(int(xy[19, 0, 0]) + 2, int(xy[26, 0, 0]) - 2)
    assert row[gap].max() == 0 and row[int(xy[28, 0, 0])] > 0 and row[int(xy[17, 0, 0])] > 0


def test_colours_cycle_and_later_tracks_lie_in_front():
    assert [track_rgb(i) for i in (0, 1, 2, 3, 4)] == [
        (102, 153, 255), (0, 255, 255), (255, 255, 0), (255, 102, 204), (0, 255, 0),
    ]  # fmt: skip
    assert track_rgb(10) == track_rgb(0) and len(set(TRACK_RGB)) == 10
    frame = _drawn_on(BLACK, _tracks([[[100, 100], [104, 100]]]))[0]
    assert tuple(frame[100, 103]) == track_rgb(1) and tuple(frame[100, 89]) == track_rgb(0)


def test_opacity_blends():
    grey = np.full((200, 240, 3), 100, np.uint8)
    frame = _drawn_on(grey, _tracks([[[100, 100]]]), TrackStyle(opacity=0.5))[0]
    assert np.abs(frame[100, 100] - (np.array(track_rgb(0)) + 100) / 2).max() <= 1
    assert (frame[0, 0] == 100).all()


def test_inputs_are_left_alone_and_kinds_agree():
    rng = np.random.default_rng(0)
    clip = rng.integers(0, 256, (5, 200, 240, 3), dtype=np.uint8)
    before = clip.copy()
    tracks = _tracks(_line((20, 20), (200, 150), 5))
    drawn = _drawn_on(clip, tracks)
    assert np.array_equal(clip, before)
    assert np.array_equal(drawn, _drawn_on(torch.from_numpy(clip).float() / 255, tracks))
    assert np.array_equal(drawn, np.stack(list(draw_tracks(iter(clip), tracks))))
    assert np.array_equal(drawn, _drawn_on(list(clip), tracks))


@pytest.mark.parametrize("count", [1, 3, 9, 12])
def test_the_longer_of_clip_and_tracks_counts(count):
    clip = np.zeros((count, 200, 240, 3), np.uint8)
    clip[:, 0, 0, 0] = np.arange(count) + 1
    xy = _line((30, 100), (200, 100), 9)
    frames = _drawn_on(clip, _tracks(xy))
    assert len(frames) == max(count, 9)
    for i, frame in enumerate(frames):
        assert frame[0, 0, 0] == min(i, count - 1) + 1
        x = int(xy[min(i, 8), 0, 0])
        assert tuple(frame[100, x]) == track_rgb(0)


def test_tails_run_out_after_the_tracks_end():
    clip = np.zeros((40, 200, 240, 3), np.uint8)
    frames = _drawn_on(clip, _tracks(_line((30, 100), (200, 100), 9)))
    covered = [_drawn(f).sum() / 255 for f in frames]
    assert covered[8] > covered[20] > covered[39]
    assert covered[39] == pytest.approx(math.pi * 12**2, rel=0.12), "only the disc is left"


def test_rgba_over_clear_is_the_overlay_alone():
    clear = np.zeros((200, 240, 4), np.uint8)
    frame = _drawn_on(clear, _tracks(_line((30, 100), (200, 100))))[40]
    assert frame.shape == (200, 240, 4)
    assert tuple(frame[100, 200]) == (*track_rgb(0), 255) and frame[0, 0, 3] == 0
    tail = frame[100, 150]
    assert 0 < tail[3] < 255 and np.abs(tail[:3].astype(int) - track_rgb(0)).max() <= 4


def test_many_and_far_tracks():
    rng = np.random.default_rng(2)
    xy = rng.uniform(-1e7, 1e7, (10, 300, 2))
    xy[:, :100] = rng.uniform(0, 200, (10, 100, 2))
    frames = _drawn_on(BLACK, _tracks(xy))
    assert frames.shape == (10, 200, 240, 3) and frames.max() > 0
    assert np.array_equal(_drawn_on(BLACK, Tracks.empty(3, SIZE_WH)), np.stack([BLACK] * 3))


def test_coarse_tails_look_like_fine_ones(monkeypatch):
    """Many tracks are drawn in longer pieces; the difference to single frames' pieces is invisible."""
    t = np.linspace(0, 6, 41)
    xy = np.stack([120 + 80 * np.cos(t), 100 + 70 * np.sin(t)], -1)[:, None]
    fine = _drawn_on(BLACK, _tracks(xy)).astype(int)
    monkeypatch.setattr("wan_move_core.overlay.brush.FINE_TAIL_TRACKS", 0)
    coarse = _drawn_on(BLACK, _tracks(xy)).astype(int)
    assert np.abs(fine - coarse).mean() < 1


def test_labels_and_cursor_are_drawn_inside_their_box():
    tracks = _tracks([[[100, 100], [236, 4], [3, 196]]])
    plain = _drawn_on(BLACK, tracks)[0].astype(int)
    labels = _drawn_on(BLACK, tracks, TrackStyle(labels=True))[0].astype(int)
    cursor = _drawn_on(BLACK, tracks, TrackStyle(cursor=0))[0].astype(int)
    assert np.abs(labels - plain).max() > 200 and np.abs(cursor - plain).max() > 100
    changed = np.argwhere(np.abs(cursor - plain).max(-1) > 0)
    assert changed[:, 0].min() >= 100 - 16 - 2 and changed[:, 0].max() <= 100 + 48
    assert changed[:, 1].min() >= 100 - 24 - 2 and changed[:, 1].max() <= 100 + 40
    hidden = _drawn_on(BLACK, _tracks([[[100, 100]]], [[False]]), TrackStyle(cursor=0))[0]
    assert np.array_equal(hidden, BLACK)


@pytest.mark.parametrize("radius", [0.5, 2, 12])
def test_a_label_is_whole_beside_a_disc_of_any_size(radius):
    style = TrackStyle(radius_px=radius, labels=True, tail_frames=0)
    # A hundred tracks in one place: the last one's label has three digits.
    crowd = np.tile([120.0, 100.0], (1, 100, 1))
    # The same, and discs in two corners, for whose sake the whole frame is drawn.
    spread = np.concatenate([crowd, [[[2.0, 2.0], [238.0, 198.0]]]], 1)
    near = (slice(50, 150), slice(60, 200))
    alone, beside = (_drawn_on(BLACK, _tracks(xy), style)[0][near] for xy in (crowd, spread))
    assert alone.max() > 200 and np.array_equal(alone, beside)


def test_cursor_icon_points_at_its_hot_spot():
    icon = cursor_icon()
    assert icon.shape == (64, 64, 4)
    solid = np.argwhere(icon[..., 3] > 200)
    tip = solid[solid[:, 0].argmin()]
    assert abs(tip[0] - 16) <= 3 and abs(tip[1] - 24) <= 2
    assert (icon[..., :3] <= icon[..., 3:]).all(), "premultiplied"


def test_sizes_grow_with_the_picture():
    assert TrackStyle().scaled_to((832, 480)) == TrackStyle()
    assert TrackStyle().scaled_to((1664, 960)).radius_px == 24


def test_paths_of_a_still_reach_from_start_to_end():
    still = draw_paths(BLACK, _tracks(_line((30, 100), (200, 100), 81)))
    assert (_drawn(still)[100, 32:200] > 60).all() and tuple(still[100, 200]) == track_rgb(0)


def test_stacking():
    a, b = np.full((20, 30, 3), 10, np.uint8), np.full((3, 20, 30, 3), 20, np.uint8)
    below = list(stacked(a, b))
    assert len(below) == 3 and below[2].shape == (40, 30, 3)
    assert (below[2][:20] == 10).all() and (below[2][20:] == 20).all()
    beside = next(stacked(a, np.full((40, 10, 3), 7, np.uint8), beside=True))
    assert beside.shape == (20, 35, 3)


def test_errors():
    tracks = _tracks([[[1, 1]]])
    with pytest.raises(WanMoveError, match="tracks belong to a 240x200 picture, frames are 100x50"):
        _drawn_on(np.zeros((50, 100, 3), np.uint8), tracks)
    with pytest.raises(WanMoveError, match="give a picture or a clip"):
        list(draw_tracks([], tracks))
    with pytest.raises(WanMoveError, match=r"an array of shape \[5\], expected \[H, W, C\] or \[T, H, W, C\]"):
        list(draw_tracks(np.zeros(5, np.uint8), tracks))
    with pytest.raises(WanMoveError, match=r"a frame of shape \[200, 240, 2\]"):
        list(draw_tracks(np.zeros((200, 240, 2), np.uint8), tracks))
    with pytest.raises(WanMoveError, match="pixels of type int64"):
        list(draw_tracks(np.zeros((200, 240, 3), np.int64), tracks))
    with pytest.raises(WanMoveError, match=r"frame 1 is \[100, 240, 3\], the first was \[200, 240, 3\]"):
        list(draw_tracks([BLACK, BLACK[:100]], tracks))
    with pytest.raises(WanMoveError, match="Overlay / opacity: 2"):
        TrackStyle(opacity=2)
