"""Latent guidance against the published numbers, a plain loop written from the description, and its own promises."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from wan_move_core.errors import WanMoveError
from wan_move_core.method import guidance
from wan_move_core.method.guidance import cells_from_tracks, guide_latent
from wan_move_core.tracks import Tracks

GOLDEN_CASES = ("example", "lines_n4", "leaves_frame_n6", "occluded_n5", "portrait_49f_n4")


def _loop(latent, tracks, known_steps=1):
    """The method as the reference page describes it, one track and one step at a time; later tracks write later."""
    out = latent.clone()
    width, height = tracks.size_wh
    for n in range(tracks.count):
        for j in range(latent.shape[2]):
            cells = []
            for frame in (0, 4 * j):
                x, y = tracks.xy[frame, n].tolist()
                seen = bool(tracks.visible[frame, n]) and 0 <= x < width and 0 <= y < height
                cells.append((int(y // 8), int(x // 8)) if seen else None)
            if j >= known_steps and None not in cells:
                (sy, sx), (ty, tx) = cells
                out[:, :, j, ty, tx] = latent[:, :, 0, sy, sx]
    return out


def _random_tracks(seed, frames=17, count=6, size_wh=(64, 48), spread=1.5):
    gen = torch.Generator().manual_seed(seed)
    size = torch.tensor(size_wh, dtype=torch.float32)
    xy = (torch.rand(frames, count, 2, generator=gen) * spread - (spread - 1) / 2) * size
    return Tracks.make(xy, torch.rand(frames, count, generator=gen) > 0.2, size_wh=size_wh)


@pytest.mark.parametrize("case", GOLDEN_CASES)
def test_equals_the_published_result_bit_for_bit(golden, case):
    data = np.load(golden / "guidance.npz", allow_pickle=False)
    height, width = (int(v) for v in data[f"{case}/height_width"])
    tracks = Tracks.make(data[f"{case}/tracks"], data[f"{case}/visibility"], size_wh=(width, height))
    source = torch.from_numpy(data[f"{case}/source_index"]).to(torch.int64)
    # Cells that hold their own number show afterwards whose features stand where.
    number = torch.arange(source.numel(), dtype=torch.float64).view(1, 1, *source.shape)
    assert torch.equal(guide_latent(number, tracks)[0, 0].to(torch.int64), source)
    latent = torch.randn(2, 16, *source.shape, generator=torch.Generator().manual_seed(5))
    expected = latent.flatten(2)[:, :, source.flatten()].view_as(latent)
    assert torch.equal(guide_latent(latent, tracks), expected)


def test_worked_table():
    # One point, 832x480: frame 0 in cell (25, 12), frame 4 in cell (25, 13), frame 8 outside.
    xy = torch.zeros(9, 1, 2)
    xy[0, 0] = torch.tensor([100.0, 201.0])
    xy[4, 0] = torch.tensor([104.0, 207.99])
    xy[8, 0] = torch.tensor([832.0, 207.0])
    cell_yx, valid = cells_from_tracks(Tracks.make(xy, size_wh=(832, 480)))
    assert cell_yx.dtype == torch.int64 and cell_yx.shape == (1, 3, 2)
    assert valid.tolist() == [[True, True, False]]
    assert cell_yx[0, :2].tolist() == [[25, 12], [25, 13]]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31), st.integers(0, 8), st.integers(1, 3))
def test_equals_the_plain_loop(seed, count, known_steps):
    tracks = _random_tracks(seed, count=count)
    latent = torch.randn(1, 3, 5, 6, 8, generator=torch.Generator().manual_seed(seed))
    before = latent.clone()
    result = guide_latent(latent, tracks, known_steps=known_steps)
    assert torch.equal(result, _loop(latent, tracks, known_steps))
    assert torch.equal(latent, before) and result.data_ptr() != latent.data_ptr()


def test_later_track_wins_a_shared_cell():
    xy = torch.tensor([[[4.0, 4.0], [20.0, 4.0]]]).repeat(5, 1, 1)
    xy[4, 0] = xy[4, 1] = torch.tensor([44.0, 28.0])
    latent = torch.arange(2 * 6 * 8, dtype=torch.float32).view(1, 1, 2, 6, 8)
    for order in ([0, 1], [1, 0]):
        tracks = Tracks.make(xy, size_wh=(64, 48)).select(order)
        winner_x = (0, 2)[order[1]]
        assert guide_latent(latent, tracks)[0, 0, 1, 3, 5] == latent[0, 0, 0, 0, winner_x]


def test_shuffled_winners_come_from_the_generator_alone():
    tracks = _random_tracks(3, count=200, spread=1.0)
    latent = torch.randn(1, 4, 5, 6, 8)
    state = torch.get_rng_state()

    def run(seed):
        return guide_latent(latent, tracks, generator=torch.Generator().manual_seed(seed))

    assert torch.equal(run(1), run(1))
    assert torch.equal(torch.get_rng_state(), state)
    results = [run(seed) for seed in range(6)]
    assert any(not torch.equal(results[0], other) for other in results[1:])
    # Who wins may differ; which cells are written may not, and every value comes from some track of that cell.
    written = guide_latent(latent, tracks) != latent
    assert all(torch.equal(((r != latent) | ~written).all(1), torch.ones_like(written[:, 0])) for r in results)


@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("count", [1, 7, 60])
def test_few_tracks_and_many_are_resolved_alike(monkeypatch, count, shuffled):
    """Both ways of finding a cell's winner, on a picture so small that most cells are shared."""
    tracks = _random_tracks(count, count=count, size_wh=(32, 24))
    latent = torch.randn(1, 16, 5, 3, 4, generator=torch.Generator().manual_seed(1))
    results = []
    for few in (0, 10**9):
        monkeypatch.setattr(guidance, "FEW", few)
        generator = torch.Generator().manual_seed(9) if shuffled else None
        results.append(guide_latent(latent, tracks, generator=generator))
    assert torch.equal(*results)
    if count > 1:
        assert not torch.equal(results[0], latent)


@pytest.mark.parametrize("hide", ["hidden", "outside"])
def test_a_track_missing_at_frame_0_guides_nothing(hide):
    xy = torch.full((9, 1, 2), 20.0)
    visible = torch.ones(9, 1, dtype=torch.bool)
    if hide == "hidden":
        visible[0] = False
    else:
        xy[0] = -1.0
    latent = torch.randn(1, 2, 3, 6, 8)
    assert torch.equal(guide_latent(latent, Tracks.make(xy, visible, size_wh=(64, 48))), latent)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_dtypes_batches_and_strength(dtype):
    tracks = _random_tracks(11, count=5)
    latent = torch.randn(3, 4, 5, 6, 8, generator=torch.Generator().manual_seed(1)).to(dtype)
    full = guide_latent(latent, tracks)
    assert full.dtype == dtype and torch.equal(full, _loop(latent, tracks))
    assert torch.equal(guide_latent(latent, tracks, strength=0.0), latent)
    half = guide_latent(latent, tracks, strength=0.5).double()
    tolerance = 4 * torch.finfo(dtype).eps * float(latent.double().abs().max())
    assert torch.allclose(half, (latent.double() + full.double()) / 2, rtol=0, atol=tolerance)
    one = torch.cat([guide_latent(latent[i : i + 1], tracks) for i in range(3)])
    assert torch.equal(full, one)


def test_strided_latent_is_read_right_and_left_alone():
    tracks = _random_tracks(7)
    wide = torch.randn(1, 5, 6, 8, 3).permute(0, 4, 1, 2, 3)
    assert not wide.is_contiguous()
    assert torch.equal(guide_latent(wide, tracks), guide_latent(wide.contiguous(), tracks))


def test_far_outside_positions_do_not_wrap():
    xy = torch.full((5, 3, 2), 4.0)
    xy[4] = torch.tensor([[1e30, 4.0], [-1e30, 4.0], [4.0, 3.4e10]])
    latent = torch.randn(1, 1, 2, 6, 8)
    assert torch.equal(guide_latent(latent, Tracks.make(xy, size_wh=(64, 48))), latent)


def test_same_result_on_any_number_of_threads():
    code = (
        "import torch, hashlib, sys; torch.set_num_threads(int(sys.argv[1]))\n"
        "from wan_move_core.tracks import Tracks; from wan_move_core.method.guidance import guide_latent\n"
        "g = torch.Generator().manual_seed(0)\n"
        "xy = torch.rand(81, 4096, 2, generator=g) * torch.tensor([832., 480.])\n"
        "z = torch.randn(1, 16, 21, 60, 104, generator=g)\n"
        "t = Tracks.make(xy, size_wh=(832, 480))\n"
        "print({hashlib.sha256(guide_latent(z, t).numpy().tobytes()).hexdigest() for _ in range(4)})"
    )
    results = {
        subprocess.run([sys.executable, "-c", code, n], capture_output=True, text=True, check=True).stdout
        for n in ("1", "2", "4")
    }
    assert len(results) == 1 and next(iter(results)).count("'") == 2


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            {"latent": torch.zeros(16, 5, 6, 8)},
            r"Guidance / latent: .*\[16, 5, 6, 8\], expected floating point \[B, C, Tl",
        ),
        ({"latent": torch.zeros(1, 1, 5, 6, 8, dtype=torch.int64)}, "Guidance / latent: torch.int64"),
        ({"latent": torch.zeros(1, 1, 4, 6, 8)}, "17 frames, the video has 13. Fix: retime or trim the tracks to 13"),
        ({"latent": torch.zeros(1, 1, 5, 6, 9)}, "tracks of a 64x48 picture, the video is 72x48"),
        ({"strength": float("nan")}, "Guidance / strength: nan"),
        ({"strength": -0.1}, "Guidance / strength: -0.1"),
        ({"known_steps": 0}, "Guidance / known steps: 0"),
    ],
)
def test_errors(change, text):
    arguments = {"latent": torch.zeros(1, 1, 5, 6, 8), "tracks": _random_tracks(0), **change}
    with pytest.raises(WanMoveError, match=text):
        guide_latent(**arguments)


def test_length_that_is_not_4k_plus_1_names_the_nearest():
    tracks = _random_tracks(0, frames=16)
    with pytest.raises(WanMoveError, match=r"16 frames, but the model's lengths are 4k\+1.*use 13 or 17 frames"):
        cells_from_tracks(tracks)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine")
def test_cuda_equals_cpu():
    tracks = _random_tracks(2, count=500, spread=1.0)
    latent = torch.randn(2, 16, 5, 6, 8)
    assert torch.equal(guide_latent(latent.cuda(), tracks).cpu(), guide_latent(latent, tracks))
