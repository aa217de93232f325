"""The order of axes, visibility under its many names, markers: judged by the data, and said."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from wan_move_core.errors import WanMoveError
from wan_move_core.motion.formats import parse_tracks_text, read_tracks

SIZE = (832, 480)
# 5 tracks of 9 frames: a track every (30, 20) px, 10 px a frame.
FRAMES_FIRST = np.array([[[100 + 30 * n + 10 * t, 200 + 20 * n] for n in range(5)] for t in range(9)], np.float32)
SEEN = np.ones((9, 5), bool)
SEEN[3:6, 1] = False


def npz(**arrays) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def pth(value) -> bytes:
    buffer = io.BytesIO()
    torch.save(value, buffer)
    return buffer.getvalue()


def same(got) -> None:
    assert np.allclose(got.tracks.xy.numpy(), FRAMES_FIRST) and np.array_equal(got.tracks.visible.numpy(), SEEN)


# -- axes -------------------------------------------------------------------------------------------------------------


def test_arrays_in_either_order():
    for positions, visibility, order in (
        (FRAMES_FIRST, SEEN, "frames_first"),
        (FRAMES_FIRST.transpose(1, 0, 2), SEEN.T, "tracks_first"),
        (FRAMES_FIRST[None], SEEN[None], "frames_first"),
        (FRAMES_FIRST.transpose(1, 0, 2)[None], SEEN.T[None], "tracks_first"),
        (FRAMES_FIRST.transpose(1, 0, 2), SEEN, "tracks_first"),
    ):
        got = read_tracks(np.ascontiguousarray(positions), visibility=visibility, size_wh=SIZE)
        same(got)
        assert got.report.choices["axes"].taken == order and got.report.choices["axes"].by == "data"
    assert "Read as tracks first (5 tracks of 9 frames)" in str(got.report)
    other = read_tracks(FRAMES_FIRST, axes="tracks_first", size_wh=SIZE)
    assert other.tracks.count == 9 and other.report.choices["axes"].by == "given"
    assert other.report.choices["axes"].other == "frames_first"


def test_nested_lists_in_either_order():
    for rows in (FRAMES_FIRST.tolist(), FRAMES_FIRST.transpose(1, 0, 2).tolist(), [FRAMES_FIRST.tolist()]):
        got = parse_tracks_text(json.dumps(rows), size_wh=SIZE)
        assert np.allclose(got.tracks.xy.numpy(), FRAMES_FIRST)
    turned = parse_tracks_text(json.dumps(FRAMES_FIRST.tolist()), size_wh=SIZE, axes="tracks_first")
    assert turned.tracks.count == 9
    # Lists of objects have tracks first: nobody writes them otherwise.
    objects = [[{"x": x, "y": y} for x, y in row] for row in FRAMES_FIRST.tolist()]
    assert parse_tracks_text(json.dumps(objects), size_wh=SIZE).tracks.count == 9
    assert parse_tracks_text(json.dumps(objects), size_wh=SIZE, axes="frames_first").tracks.count == 5


def test_where_it_cannot_be_told_it_is_said():
    grid = np.array([[[10 * n + 10 * t, 0] for n in range(5)] for t in range(5)], np.float32)
    got = read_tracks(grid, size_wh=SIZE)
    assert got.report.choices["axes"].by == "assumed" and "cannot be told from the data" in str(got.report)
    assert "say axes tracks_first" in str(got.report)
    # Two tracks on one path, or two frames of points that stand: only the habit of the format tells.
    path = np.repeat(np.linspace(0, 400, 10).reshape(5, 1, 2), 2, axis=1)
    assert read_tracks(path, size_wh=SIZE).tracks.count == 2
    assert parse_tracks_text(json.dumps(path.tolist()), size_wh=SIZE).tracks.frames == 2
    # A length that the caller knows decides what the data leave open.
    wide = np.array([[[10 * n + 10 * t, 0] for n in range(5)] for t in range(9)], np.float32)
    assert read_tracks(wide, frames=9, size_wh=SIZE).tracks.count == 5
    assert read_tracks(wide, frames=5, size_wh=SIZE).tracks.count == 9


def test_one_track_in_an_array():
    line = FRAMES_FIRST[:, 0]
    for positions in (line, line[:, None], line[None]):
        got = read_tracks(positions, size_wh=SIZE)
        assert got.tracks.count == 1 and got.tracks.frames == 9
    assert "one track of 9 frames" in str(got.report)


def test_unknown_order_is_refused():
    with pytest.raises(WanMoveError, match="use auto, tracks_first or frames_first"):
        read_tracks(FRAMES_FIRST, axes="time")


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 12), st.integers(9, 81), st.integers(0, 2**32 - 1), st.floats(0, 12))
def test_random_points_with_small_steps_are_read_alike_in_both_orders(count, frames, seed, speed):
    """Points anywhere in the picture, each going its own way by at most ``speed`` px a frame and a little noise."""
    rng = np.random.default_rng(seed)
    start, way = rng.uniform(100, 700, (1, count, 2)), rng.uniform(-speed, speed, (1, count, 2))
    start[0, 0], start[0, 1] = (100, 100), (600, 500)
    xy = start + way * np.arange(frames)[:, None, None] + rng.normal(0, 0.2, (frames, count, 2))
    a, b = (
        read_tracks(xy, size_wh=(4000, 4000)),
        read_tracks(np.ascontiguousarray(xy.transpose(1, 0, 2)), size_wh=(4000, 4000)),
    )
    assert a.tracks.frames == b.tracks.frames == frames and a.tracks.equals(b.tracks)


# -- names ------------------------------------------------------------------------------------------------------------

VISIBLE = ["visibility", "visible", "visibles", "visibs", "vis", "pred_visibility", "Visibility", "target_visible"]
OCCLUDED = ["occluded", "occlusion", "pred_occluded"]


@pytest.mark.parametrize("name", VISIBLE + OCCLUDED)
@pytest.mark.parametrize("tracks", ["tracks", "pred_tracks", "trajectories", "points"])
def test_visibility_under_any_name(name, tracks):
    value = ~SEEN if name in OCCLUDED else SEEN
    same(read_tracks(npz(**{tracks: FRAMES_FIRST, name: value}), size_wh=SIZE))
    same(read_tracks(pth({tracks: torch.from_numpy(FRAMES_FIRST), name: torch.from_numpy(value)}), size_wh=SIZE))
    text = json.dumps({tracks: FRAMES_FIRST.tolist(), name: value.tolist()})
    got = parse_tracks_text(text, size_wh=SIZE)
    same(got)
    assert "No visibility was given" not in str(got.report)


def test_visibility_in_logits():
    logits = np.where(SEEN, 3.0, -2.0).astype(np.float32)
    same(read_tracks(npz(tracks=FRAMES_FIRST, visibility=logits), size_wh=SIZE))
    got = read_tracks(npz(tracks=FRAMES_FIRST, occlusion=-logits), size_wh=SIZE)
    same(got)
    assert "read as logits" in str(got.report)


def test_third_column():
    three = np.concatenate([FRAMES_FIRST, SEEN[..., None]], -1)
    same(read_tracks(three, size_wh=SIZE))
    same(read_tracks(np.ascontiguousarray(three.transpose(1, 0, 2)), size_wh=SIZE))
    depth = np.concatenate([FRAMES_FIRST, np.full((9, 5, 1), 7.5)], -1)
    got = read_tracks(depth, size_wh=SIZE)
    assert bool(got.tracks.visible.all()) and "third column is not used" in str(got.report)


def test_a_third_number_of_points():
    seen = parse_tracks_text("[[[1,2,1],[3,4,0],[5,6,1]]]")
    assert seen.tracks.visible[:, 0].tolist() == [True, False, True]
    frames = parse_tracks_text("[[[1,2,0],[3,4,1],[5,6,2]]]")
    assert bool(frames.tracks.visible.all()) and "third number of points is not used" in str(frames.report)


def test_what_is_not_used_is_named():
    got = read_tracks(npz(tracks=FRAMES_FIRST, confidence=np.full((9, 5), 0.5), queries=np.zeros((5, 3))), size_wh=SIZE)
    assert "Not used: confidence, queries" in str(got.report)
    assert "No visibility was given" in str(got.report)
    both = read_tracks(npz(tracks=FRAMES_FIRST, visibility=SEEN, occluded=SEEN), size_wh=SIZE)
    same(both)
    assert "occluded is not used" in str(both.report)


def test_containers():
    same(read_tracks(pth((torch.from_numpy(FRAMES_FIRST), torch.from_numpy(SEEN))), size_wh=SIZE))
    got = read_tracks(
        pth({"tracks": torch.from_numpy(FRAMES_FIRST), "vis": torch.from_numpy(SEEN), "fps": 24}), size_wh=SIZE
    )
    same(got)
    assert got.report.choices["fps"].taken == 24
    sized = parse_tracks_text(json.dumps({"width": 640, "height": 360, "tracks": FRAMES_FIRST.tolist()}))
    assert sized.report.size_wh == (640, 360) and sized.report.size_from == "from the file"
    listed = {"trajectories": [[{"x": 1, "y": 2}, {"x": 3, "y": 4}], [{"x": 5, "y": 6}, {"x": 7, "y": 8}]]}
    assert parse_tracks_text(json.dumps(listed)).tracks.xy[1].tolist() == [[3, 4], [7, 8]]
    with pytest.raises(WanMoveError, match="a pickle that asks for"):
        read_tracks(pth({"tracks": torch.from_numpy(FRAMES_FIRST), "run": print}))


# -- markers ----------------------------------------------------------------------------------------------------------


def test_markers_are_hidden_before_anything_is_resampled():
    points = [{"x": 400 + t, "y": 200} for t in range(9)]
    points[3] = points[4] = {"x": -100, "y": -100}
    got = parse_tracks_text(json.dumps([points]))
    assert got.tracks.visible[:, 0].tolist() == [True] * 3 + [False] * 2 + [True] * 4
    assert got.tracks.xy[3:5, 0].tolist() == [[402, 200]] * 2
    longer = parse_tracks_text(json.dumps([points]), frames=33)
    x = longer.tracks.xy[:, 0, 0]
    assert float(x.min()) >= 400 and float((x[1:] - x[:-1]).abs().max()) < 1, "no frame lies on the way to the marker"


@pytest.mark.parametrize("marker", [-1.0, -100.0, -999.0, np.nan])
def test_markers_in_arrays(marker):
    xy = FRAMES_FIRST.copy()
    xy[~SEEN] = marker
    got = read_tracks(xy, size_wh=SIZE)
    assert np.array_equal(got.tracks.visible.numpy(), SEEN) and "read as absent" in str(got.report)
    assert got.tracks.xy[4, 1].tolist() == FRAMES_FIRST[2, 1].tolist()


def test_a_path_through_minus_one_is_a_path():
    xy = np.array([[[3.0 - t, 3.0 - t], [300.0, 200.0]] for t in range(9)])
    got = read_tracks(xy, size_wh=SIZE, unit="px")
    assert bool(got.tracks.visible.all()) and got.tracks.xy[4, 0].tolist() == [-1, -1]


def test_points_without_a_position():
    got = parse_tracks_text('[[{"x":null,"y":null},{"x":300,"y":120},null,{"x":NaN,"y":NaN},{"x":304,"y":120}]]')
    assert got.tracks.visible[:, 0].tolist() == [False, True, False, False, True]
    assert got.tracks.xy[:, 0, 0].tolist() == [300, 300, 300, 300, 304]
    capital = parse_tracks_text('[[{"X": 100, "Y": 100}, {"X": 300, "Y": 120}]]')
    assert capital.tracks.xy[:, 0].tolist() == [[100, 100], [300, 120]]
    hidden = parse_tracks_text('[[{"x":1,"y":2,"occluded":true},{"x":3,"y":4,"occluded":false}]]')
    assert hidden.tracks.visible[:, 0].tolist() == [False, True]


# -- time -------------------------------------------------------------------------------------------------------------


def test_points_at_their_own_frames():
    points = [{"frame": 0, "x": 100, "y": 100}, {"frame": 20, "x": 300, "y": 120}, {"frame": 80, "x": 310, "y": 130}]
    got = parse_tracks_text(json.dumps([points]))
    assert got.tracks.frames == 81
    assert [got.tracks.xy[t, 0].tolist() for t in (0, 10, 20, 50, 80)] == [
        [100, 100], [200, 110], [300, 120], [305, 125], [310, 130],
    ]  # fmt: skip
    # In a longer clip they stay where they are, and hold.
    longer = parse_tracks_text(json.dumps([points]), frames=101)
    assert longer.tracks.xy[20, 0].tolist() == [300, 120] and longer.tracks.xy[100, 0].tolist() == [310, 130]
    parts = [{"t": 0.0, "x": 0, "y": 0}, {"t": 0.25, "x": 100, "y": 0}, {"t": 1.0, "x": 200, "y": 0}]
    by_part = parse_tracks_text(json.dumps([parts]), frames=81)
    assert by_part.tracks.xy[20, 0].tolist() == [100, 0] and "parts of a clip of 81 frames" in str(by_part.report)
    seconds = [{"t": 0, "x": 0, "y": 0}, {"t": 2.5, "x": 100, "y": 0}]
    assert parse_tracks_text(json.dumps([seconds]), fps=16).tracks.frames == 41


def test_points_by_their_own_track():
    rows = [{"track": n, "frame": t, "x": 10 * n + t, "y": 5} for t in range(5) for n in (7, 9)]
    got = parse_tracks_text(json.dumps(rows))
    assert got.tracks.count == 2 and got.tracks.xy[:, 1, 0].tolist() == [90, 91, 92, 93, 94]
