"""Conversions and Fit: worked numbers, round trips, and a picture's own pixels as the witness."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from wan_move_core.errors import WanMoveError
from wan_move_core.geometry import (
    FIT_MODES,
    Fit,
    VideoSpec,
    area_size_wh,
    is_inside,
    is_video_length,
    latent_steps_from_frames,
    nearest_lengths,
)


@pytest.mark.parametrize(("frames", "steps"), [(1, 1), (5, 2), (17, 5), (49, 13), (81, 21), (121, 31)])
def test_time(frames, steps):
    assert latent_steps_from_frames(frames) == steps
    assert is_video_length(frames)


@pytest.mark.parametrize(
    ("frames", "near"), [(81, (81, 81)), (80, (77, 81)), (82, (81, 85)), (2, (1, 5)), (0, (1, 1)), (-3, (1, 1))]
)
def test_nearest_lengths(frames, near):
    assert nearest_lengths(frames) == near


def test_inside_is_half_open():
    points = torch.tensor(
        [[0.0, 0.0], [831.99, 479.99], [832.0, 10.0], [10.0, 480.0], [-1e-6, 3.0], [float("nan"), 1.0]]
    )
    assert is_inside(points, (832, 480)).tolist() == [True, True, False, False, False, False]


def test_area_rule_worked():
    # The published example: 1024x1024 becomes 624x624, 832x480 stays; 1920x1080: sqrt(399360*9/16)=473.96 -> 58 -> 464.
    assert area_size_wh((1024, 1024)) == (624, 624)
    assert area_size_wh((832, 480)) == (832, 480)
    assert area_size_wh((1920, 1080)) == (832, 464)


def test_video_spec():
    spec = VideoSpec(832, 480)
    assert (spec.latent_steps, spec.latent_size_hw, spec.size_wh) == (21, (60, 104), (832, 480))
    with pytest.raises(WanMoveError, match=r"Video / width: 830 px is not a positive multiple of 8. Fix: use 832"):
        VideoSpec(830, 480)
    with pytest.raises(WanMoveError, match=r"Video / length: 80 frames.*use 77 or 81"):
        VideoSpec(832, 480, 80)
    with pytest.raises(WanMoveError, match="Video / fps"):
        VideoSpec(832, 480, 81, float("nan"))


sizes = st.tuples(st.integers(8, 4000), st.integers(8, 4000))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(FIT_MODES), sizes, st.tuples(st.integers(1, 250), st.integers(1, 250)), st.integers(0, 2**31))
def test_round_trip(mode, source_wh, target_cells, seed):
    target_wh = (target_cells[0] * 8, target_cells[1] * 8)
    fit = Fit.make(mode, source_wh, target_wh)
    gen = torch.Generator().manual_seed(seed)
    points = torch.rand(50, 2, dtype=torch.float64, generator=gen) * torch.tensor(source_wh)
    assert torch.allclose(fit.inverse_points(fit.points(points)), points, rtol=0, atol=1e-4)
    single = points.float()
    back = fit.inverse_points(fit.points(single))
    # float32 itself resolves the moved position no finer than this, seen from the source.
    resolution = 4e-7 * max(*fit.target_wh, *source_wh) * max(1.0, *(1 / s for s in fit.scale_xy)) + 1e-4
    assert torch.allclose(back, single, rtol=0, atol=resolution)
    corners = torch.tensor([[0.0, 0.0], [source_wh[0], source_wh[1]]])
    moved = fit.points(corners)
    if mode == "crop":
        assert bool((moved[0] <= 1e-3).all()) and bool((moved[1] >= torch.tensor(target_wh) - 1e-3).all())
    if mode == "pad":
        assert bool((moved[0] >= -1e-3).all()) and bool((moved[1] <= torch.tensor(target_wh) + 1e-3).all())


@pytest.mark.parametrize("mode", FIT_MODES)
@pytest.mark.parametrize("source_wh", [(200, 120), (96, 300), (256, 256)])
def test_picture_and_points_move_together(mode, source_wh):
    """A soft blob drawn at a point must have its centre of mass where the Fit moves that point."""
    point = torch.tensor([source_wh[0] * 0.55, source_wh[1] * 0.48])
    y, x = torch.meshgrid(torch.arange(source_wh[1]) + 0.5, torch.arange(source_wh[0]) + 0.5, indexing="ij")
    blob = torch.exp(-((x - point[0]) ** 2 + (y - point[1]) ** 2) / (2 * 6.0**2))[None, :, :, None]
    fit = Fit.make(mode, source_wh, (160, 96), area_px=160 * 96)
    moved = fit.picture(blob)
    assert moved.shape == (1, fit.target_wh[1], fit.target_wh[0], 1)
    weight = moved[0, :, :, 0].double().clamp_min(0)
    ty, tx = torch.meshgrid(torch.arange(fit.target_wh[1]) + 0.5, torch.arange(fit.target_wh[0]) + 0.5, indexing="ij")
    centre = torch.stack([(weight * tx).sum(), (weight * ty).sum()]) / weight.sum()
    assert torch.allclose(centre, fit.points(point).double(), rtol=0, atol=0.15)


def test_area_and_stretch_resample_as_published():
    # The published command resizes the [-1, 1] tensor, bicubic, without antialiasing, and keeps the overshoot.
    image = torch.rand(1, 60, 90, 3, generator=torch.Generator().manual_seed(0)).round()
    signed = (image * 2 - 1).permute(0, 3, 1, 2)
    for fit in (Fit.make("stretch", (90, 60), (64, 40)), Fit.make("area", (90, 60), area_px=64 * 64)):
        expected = F.interpolate(signed, size=(fit.target_wh[1], fit.target_wh[0]), mode="bicubic", align_corners=False)
        moved = fit.picture(image)
        assert torch.allclose(moved * 2 - 1, expected.permute(0, 2, 3, 1), atol=1e-5)
        assert float(moved.max()) > 1.0


def test_identity_copies_exactly():
    image = torch.rand(1, 48, 64, 3)
    for mode in ("crop", "stretch", "pad"):
        fit = Fit.make(mode, (64, 48), (64, 48))
        moved = fit.picture(image)
        assert fit.is_identity and torch.equal(moved, image) and moved.data_ptr() != image.data_ptr()


def test_fit_errors():
    with pytest.raises(WanMoveError, match=r"Fit / mode: unknown mode 'zoom'. Fix: use crop, stretch, pad, area"):
        Fit.make("zoom", (8, 8), (8, 8))
    with pytest.raises(WanMoveError, match="Fit / size: mode 'crop' needs a target size"):
        Fit.make("crop", (8, 8))
    with pytest.raises(WanMoveError, match="Fit / picture: size"):
        Fit.make("crop", (0, 8), (8, 8))
    with pytest.raises(WanMoveError, match=r"expected \[B, 8, 16, C\]"):
        Fit.make("crop", (16, 8), (8, 8)).picture(torch.zeros(1, 8, 8, 3))
