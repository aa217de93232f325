"""Windows of long motion: cutting and joining give back what was there, and each window starts where one can begin."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from wan_move_core.errors import WanMoveError
from wan_move_core.motion.sources.windows import split_window, window_count
from wan_move_core.tracks import Tracks

SIZE_WH = (160, 96)


def _drifting(frames=33, count=12, seed=0):
    rng = np.random.default_rng(seed)
    start = rng.uniform((4, 4), (156, 92), (count, 2))
    speed = rng.uniform(-3, 3, (count, 2))
    xy = start + speed * np.arange(frames)[:, None, None]
    visible = rng.random((frames, count)) > 0.1
    visible[0] = True
    return Tracks.make(xy.astype(np.float32), visible, size_wh=SIZE_WH)


def _joined(windows, count):
    """The whole motion from its windows: a dropped track is hidden, the shared frame is the earlier window's."""
    parts_xy, parts_visible = [], []
    for window in windows:
        own, index = window.kept >= 0, window.kept[window.kept >= 0]
        xy = torch.zeros(window.tracks.frames, count, 2)
        visible = torch.zeros(window.tracks.frames, count, dtype=torch.bool)
        xy[:, index], visible[:, index] = window.tracks.xy[:, own], window.tracks.visible[:, own]
        skip = 1 if parts_xy else 0
        parts_xy.append(xy[skip:])
        parts_visible.append(visible[skip:])
    return Tracks.make(torch.cat(parts_xy), torch.cat(parts_visible), size_wh=SIZE_WH)


@settings(max_examples=30, deadline=None)
@given(windows=st.integers(1, 5), step=st.integers(1, 5), seed=st.integers(0, 999))
def test_windows_joined_give_back_what_was_kept(windows, step, seed):
    length = 4 * step + 1
    tracks = _drifting(windows * 4 * step + 1, seed=seed)
    assert window_count(tracks.frames, length) == windows
    cut = [split_window(tracks, number, length) for number in range(windows)]
    for before, after in itertools.pairwise(cut):
        assert after.first_frame == before.first_frame + length - 1
        # The last frame of one is the first of the next.
        both = np.intersect1d(before.kept, after.kept)
        a = before.tracks.xy[-1, [list(before.kept).index(n) for n in both]]
        b = after.tracks.xy[0, [list(after.kept).index(n) for n in both]]
        assert torch.equal(a, b)
    joined = _joined(cut, tracks.count)
    assert joined.frames == tracks.frames
    for number, window in enumerate(cut):
        first = window.first_frame + (number > 0)
        last = window.first_frame + length - 1
        for track in range(tracks.count):
            start = tracks.xy[window.first_frame, track]
            starts = bool(tracks.visible[window.first_frame, track]) and bool(
                (start >= 0).all() and start[0] < 160 and start[1] < 96
            )
            span = slice(first, last + 1)
            if starts:
                assert torch.equal(joined.xy[span, track], tracks.xy[span, track])
                assert torch.equal(joined.visible[span, track], tracks.visible[span, track])
            else:
                assert track not in window.kept and not bool(joined.visible[span, track].any())


def test_a_short_last_window_is_held_to_a_valid_length():
    window = split_window(_drifting(40), 1, 33)
    assert window.first_frame == 32 and window.tracks.frames == 9
    assert torch.equal(window.tracks.xy[8], window.tracks.xy[7])
    assert "its last position is held from 8 to 9 frames, 4k+1" in window.notes


def test_surroundings_fill_the_gap_and_move_as_their_neighbours_do():
    """A camera truck: content leaves on the left, and what comes in on the right is to be guided too."""
    x, y = np.meshgrid(np.arange(4, 160, 16.0), np.arange(4, 96, 16.0))
    start = np.stack([x.ravel(), y.ravel()], -1)
    xy = start - np.stack([np.arange(17) * 3.0, np.zeros(17)], -1)[:, None]
    tracks = Tracks.make(xy.astype(np.float32), size_wh=SIZE_WH)
    window = split_window(tracks, 1, 9, "surroundings")
    added = window.tracks.select(torch.from_numpy(window.kept < 0))
    assert added.count >= 5 and float(added.xy[0, :, 0].min()) > 124
    moved = (added.xy - added.xy[0]).numpy()
    assert moved == pytest.approx(
        np.tile((np.stack([np.arange(9) * -3.0, np.zeros(9)], -1))[:, None], (1, added.count, 1))
    )
    assert torch.equal(
        window.tracks.select(torch.from_numpy(window.kept >= 0)).xy[0, 0],
        tracks.xy[8, window.kept[window.kept >= 0][0]],
    )


def test_anchors_keep_off_what_moves():
    xy = np.stack([np.linspace(20, 120, 17), np.full(17, 48.0)], -1)[:, None].astype(np.float32)
    window = split_window(Tracks.make(xy, size_wh=SIZE_WH), 1, 9, "anchors")
    added = window.tracks.select(torch.from_numpy(window.kept < 0))
    assert added.count > 3 and torch.equal(added.xy[0], added.xy[-1])
    apart = (added.xy[0][:, None] - window.tracks.xy[:, -1][None]).abs().amax(-1)
    assert float(apart.min()) > 16


def test_everything_gone_is_told_not_invented():
    tracks = Tracks.make(torch.full((17, 2, 2), -50.0), size_wh=SIZE_WH)
    window = split_window(tracks, 1, 9, "surroundings")
    assert window.tracks.count == 0 and "2 of 2 points are gone at its first frame and dropped" in window.notes


@pytest.mark.parametrize(
    ("number", "length", "refill", "told"),
    [
        (2, 17, "none", "window 2 of 2 (33 frames in windows of 17). Fix: use 0 to 1"),
        (-1, 17, "none", "window -1 of 2"),
        (0, 16, "none", "use 13 or 17 frames"),
        (0, 1, "none", "1 frame. Fix: use 5 or more"),
        (0, 17, "magic", "unknown 'magic'. Fix: use none, anchors, surroundings"),
    ],
)
def test_errors(number, length, refill, told):
    with pytest.raises(WanMoveError) as error:
        split_window(_drifting(), number, length, refill)
    assert told in str(error.value)
