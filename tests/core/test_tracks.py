"""Tracks: what is refused and in which words, and what each change does to the numbers."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from wan_move_core.errors import WanMoveError
from wan_move_core.geometry import Fit
from wan_move_core.tracks import Tracks, merge_tracks

SIZE = (64, 48)


def _tracks(frames=9, count=3, seed=0):
    gen = torch.Generator().manual_seed(seed)
    xy = torch.rand(frames, count, 2, generator=gen) * torch.tensor(SIZE)
    return Tracks.make(xy, torch.rand(frames, count, generator=gen) > 0.3, size_wh=SIZE)


def _nan():
    xy = torch.zeros(5, 3, 2)
    xy[2, 1, 0] = float("nan")
    return xy


@pytest.mark.parametrize(
    ("xy", "visible", "text"),
    [
        (torch.zeros(5, 2), None, r"positions have shape \[5, 2\], expected \[frames, tracks, 2\]"),
        (torch.zeros(1, 5, 3, 2), None, r"positions have shape \[1, 5, 3, 2\]"),
        (torch.zeros(5, 3, 3), None, r"positions have shape \[5, 3, 3\]"),
        (torch.zeros(0, 3, 2), None, "there are no frames"),
        (_nan(), None, "position of track 2 at frame 2 is not finite"),
        (torch.full((5, 1, 2), math.inf), None, "position of track 1 at frame 0 is not finite"),
        (torch.full((5, 1, 2), 1e300, dtype=torch.float64), None, "position of track 1 at frame 0 is not finite"),
        ([[[1, 2], [3, 4]], [[1, 2]]], None, "positions have rows of different lengths"),
        ([[["a", "b"]]], None, "positions are not numbers"),
        (torch.zeros(5, 3, 2), torch.ones(4, 3), "visibility has 4 frames, positions have 5"),
        (torch.zeros(5, 3, 2), torch.ones(5, 2), "visibility has 2 tracks, positions have 3"),
        (torch.zeros(5, 3, 2), torch.ones(1, 5, 3), r"visibility has shape \[1, 5, 3\], expected \[5, 3\]"),
        (torch.zeros(5, 3, 2), torch.full((5, 3), math.nan), "visibility holds NaN"),
    ],
)
def test_refused(xy, visible, text):
    with pytest.raises(WanMoveError, match=text):
        Tracks.make(xy, visible, size_wh=SIZE)


@pytest.mark.parametrize("size", [(0, 8), (8,), "ab", None])
def test_bad_size(size):
    with pytest.raises(WanMoveError, match=r"is not \(width, height\)"):
        Tracks.make(torch.zeros(1, 1, 2), size_wh=size)


def test_visibility_broadcasts():
    column = torch.tensor([1, 0, 1, 0, 1])
    for given_as in (column, column[:, None], column[:, None].bool().numpy(), column[:, None].float()):
        tracks = Tracks.make(torch.zeros(5, 3, 2), given_as, size_wh=SIZE)
        assert tracks.visible.shape == (5, 3) and torch.equal(tracks.visible, column[:, None].bool().expand(5, 3))


def test_make_copies_and_accepts_integers():
    source = np.arange(30, dtype=np.int32).reshape(5, 3, 2)
    tracks = Tracks.make(source, size_wh=SIZE)
    source[:] = 0
    assert tracks.xy.dtype == torch.float32 and tracks.xy[4, 2].tolist() == [28.0, 29.0]


def test_length_error_names_the_nearest():
    with pytest.raises(WanMoveError, match=r"80 frames.*use 77 or 81 frames"):
        _tracks(80).require_video_length()
    _tracks(81).require_video_length()


def test_host_dict_round_trip_and_native_dict():
    tracks = _tracks()
    host = tracks.to_host()
    assert set(host) == {"track_path", "track_visibility", "size_wh"}
    assert Tracks.from_host(host).equals(tracks)
    native = {"track_path": host["track_path"], "track_visibility": host["track_visibility"][:, :1]}
    assert Tracks.from_host(native, SIZE).visible.shape == (9, 3)
    with pytest.raises(WanMoveError, match="do not say their picture's size"):
        Tracks.from_host(native)
    with pytest.raises(WanMoveError, match=r"not a TRACKS value .* but list"):
        Tracks.from_host([1])


def test_merge():
    a, b = _tracks(seed=1), _tracks(seed=2, count=2)
    both = merge_tracks([a, b])
    assert both.count == 5 and torch.equal(both.xy[:, 3:], b.xy) and torch.equal(both.visible[:, :3], a.visible)
    with pytest.raises(WanMoveError, match="part 1 has 5 frames, part 0 has 9"):
        merge_tracks([a, _tracks(5)])
    with pytest.raises(WanMoveError, match="part 1 belongs to a 32x32 picture, part 0 to 64x48"):
        merge_tracks([a, Tracks.make(torch.zeros(9, 1, 2), size_wh=(32, 32))])
    with pytest.raises(WanMoveError, match="nothing to merge"):
        merge_tracks([])


def test_trim_and_extend():
    tracks = _tracks()
    assert torch.equal(tracks.trim(2, 5).xy, tracks.xy[2:6])
    assert tracks.trim(4).frames == 5
    longer = tracks.extend(13)
    assert longer.frames == 13 and torch.equal(longer.xy[12], tracks.xy[8]) and torch.equal(longer.xy[:9], tracks.xy)
    with pytest.raises(WanMoveError, match="frames 3 to 9 of a clip whose frames are 0 to 8"):
        tracks.trim(3, 9)


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 40), st.integers(1, 90))
def test_retime_keeps_ends_and_straight_motion(frames, target):
    ramp = torch.linspace(0, 10, frames)[:, None, None] * torch.tensor([[[1.0, -2.0]]]) + 20
    retimed = Tracks.make(ramp, size_wh=SIZE).retime(target)
    assert retimed.frames == target
    assert torch.allclose(retimed.xy[0], ramp[0])
    if frames > 1 and target > 1:
        expected = torch.linspace(0, 10, target)[:, None, None] * torch.tensor([[[1.0, -2.0]]]) + 20
        assert torch.allclose(retimed.xy, expected, atol=1e-4)


def test_retime_visibility_takes_the_nearest_frame():
    tracks = Tracks.make(torch.zeros(5, 1, 2), torch.tensor([1, 1, 0, 0, 1]), size_wh=SIZE)
    assert tracks.retime(9).visible[:, 0].int().tolist() == [1, 1, 1, 0, 0, 0, 0, 1, 1]


def test_transform_worked():
    point = Tracks.make(torch.tensor([[[40.0, 24.0]]]), size_wh=SIZE)
    # 8 px right of the centre (32, 24). Clockwise on screen by 90 degrees: 8 px below it.
    assert torch.allclose(point.transform(rotate_deg=90).xy[0, 0], torch.tensor([32.0, 32.0]), atol=1e-5)
    assert point.transform(mirror="x").xy[0, 0].tolist() == [24.0, 24.0]
    assert point.transform(scale_xy=(2, 1), offset_xy=(1, -3)).xy[0, 0].tolist() == [49.0, 21.0]
    assert point.transform(scale_xy=(3, 3), pivot_xy=(40, 24)).xy[0, 0].tolist() == [40.0, 24.0]
    with pytest.raises(WanMoveError, match="Tracks / mirror: unknown 'z'"):
        point.transform(mirror="z")
    with pytest.raises(WanMoveError, match="a value is not finite"):
        point.transform(rotate_deg=math.nan)


def test_fit_moves_and_refuses_another_size():
    tracks = _tracks()
    fit = Fit.make("stretch", SIZE, (128, 48))
    moved = tracks.fit(fit)
    assert moved.size_wh == (128, 48) and torch.allclose(moved.xy[..., 0], tracks.xy[..., 0] * 2)
    with pytest.raises(WanMoveError, match="belong to a 128x48 picture, the fit is for 64x48"):
        moved.fit(fit)


def test_clamp_border_moves_only_the_exact_border():
    xy = torch.tensor([[[64.0, 10.0], [10.0, 48.0], [64.5, 10.0], [63.0, 47.0]]])
    clamped, moved = Tracks.make(xy, size_wh=SIZE).clamp_border()
    assert moved == 2 and clamped.inside().tolist() == [[True, True, False, True]]
    assert torch.equal(clamped.xy[0, 2:], xy[0, 2:]) and (64 - clamped.xy[0, 0, 0]) < 1e-4


def test_methods_never_touch_the_original():
    tracks = _tracks()
    xy, visible = tracks.xy.clone(), tracks.visible.clone()
    tracks.select([0]).xy.zero_()
    tracks.trim(0, 3).xy.zero_()
    tracks.to_host()["track_path"].zero_()
    tracks.fit(Fit.make("crop", SIZE, SIZE)).xy.zero_()
    tracks.transform(offset_xy=(1, 1)).visible.zero_()
    assert torch.equal(tracks.xy, xy) and torch.equal(tracks.visible, visible)


def test_error_is_one_line_and_survives_a_worker_process():
    error = WanMoveError(where="a\nb", what="c\x1b[31m.", fix="d.")
    assert str(error) == "a b: c [31m. Fix: d."
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error) and again.fix == "d"
