"""What other models see of our tracks, against a drawing done pixel by pixel from the description of theirs."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from wan_move_core.overlay.guide_frames import dot_frames, ltx_frames, vace_frames
from wan_move_core.tracks import Tracks


def some_tracks(frames: int, size_wh: tuple[int, int], hidden: bool = True) -> Tracks:
    width, height = size_wh
    t = np.linspace(0, 1, frames)
    paths = [
        np.stack([width * (0.1 + 0.9 * t), height * (0.3 + 0.2 * np.sin(5 * t))], -1),
        np.stack([np.full(frames, width * 0.62), np.full(frames, height * 0.41)], -1),
        np.stack([width * (0.8 - t), height * (0.05 + t)], -1),
    ]
    visible = np.ones((frames, 3), bool)
    if hidden:
        visible[frames // 3 : frames // 2, 0] = False
        visible[: frames // 4, 2] = False
    return Tracks.make(np.stack(paths, 1).astype(np.float32), visible, size_wh=size_wh)


def by_the_description(tracks: Tracks, frame: int) -> np.ndarray:
    """One frame at the video's size: for every pixel of the canvas the newest disc that covers it."""
    width, height = tracks.size_wh
    short = 1080
    canvas_wh = (int(width * short / height), short) if height <= width else (short, int(height * short / width))
    canvas = np.zeros((canvas_wh[1], canvas_wh[0], 3), np.float32)
    for age in range(min(50, frame), -1, -1):
        share = 1 - age / 50
        radius = 2 + 6 * share
        if share <= 1 / 3:
            rgb = (0, 3 * share, 1 - 3 * share)
        elif share <= 2 / 3:
            rgb = (3 * share - 1, 1, 0)
        else:
            rgb = (1, 3 - 3 * share, 0)
        for n in range(tracks.count):
            if not tracks.visible[frame - age, n]:
                continue
            x, y = (float(v) for v in tracks.xy[frame - age, n])
            # Positions are float32 by then; halves go to the even pixel.
            cx = round(float(np.float32(x * (canvas_wh[0] / width))))
            cy = round(float(np.float32(y * (canvas_wh[1] / height))))
            for dy in range(-9, 10):
                for dx in range(-9, 10):
                    inside = 0 <= cy + dy < canvas_wh[1] and 0 <= cx + dx < canvas_wh[0]
                    if inside and dx * dx + dy * dy <= radius * radius:
                        canvas[cy + dy, cx + dx] = rgb
    return _shrunk(canvas, (width, height))[..., ::-1]


def _shrunk(canvas: np.ndarray, size_wh: tuple[int, int]) -> np.ndarray:
    """Linear interpolation between the four pixels around each sample, pixels having their centres at halves."""
    high, wide = canvas.shape[:2]
    y = np.clip((np.arange(size_wh[1]) + 0.5) * high / size_wh[1] - 0.5, 0, None)
    x = np.clip((np.arange(size_wh[0]) + 0.5) * wide / size_wh[0] - 0.5, 0, None)
    y0, x0 = y.astype(int), x.astype(int)
    y1, x1 = np.minimum(y0 + 1, high - 1), np.minimum(x0 + 1, wide - 1)
    fy, fx = (y - y0)[:, None, None], (x - x0)[None, :, None]
    top = canvas[y0][:, x0] * (1 - fx) + canvas[y0][:, x1] * fx
    low = canvas[y1][:, x0] * (1 - fx) + canvas[y1][:, x1] * fx
    return top * (1 - fy) + low * fy


@pytest.mark.parametrize("size_wh", [(320, 192), (192, 320), (256, 256)])
def test_ltx_discs_and_trails(size_wh):
    tracks = some_tracks(57, size_wh)
    drawn = list(ltx_frames(tracks))
    assert len(drawn) == 57 and drawn[0].shape == (size_wh[1], size_wh[0], 3) and drawn[0].dtype == np.float32
    for frame in (0, 1, 20, 56):
        np.testing.assert_allclose(drawn[frame], by_the_description(tracks, frame), atol=2e-5)
        assert drawn[frame].max() > 0.9


def test_ltx_guide_at_half_size_is_the_whole_one_shrunk_again():
    tracks = some_tracks(9, (320, 192))
    whole, half = list(ltx_frames(tracks)), list(ltx_frames(tracks, (160, 96)))
    for big, small in zip(whole, half, strict=True):
        # Linear interpolation to exactly half takes the mean of four.
        mean = big.reshape(96, 2, 160, 2, 3).mean((1, 3))
        np.testing.assert_allclose(small, mean, atol=1e-6)


def test_the_newest_is_red_written_as_blue_and_the_oldest_blue_written_as_red():
    """A still point shows its newest disc only; a fast one shows each age beside the other."""
    still = Tracks.make(torch.full((60, 1, 2), 128.0), size_wh=(256, 256))
    np.testing.assert_allclose(list(ltx_frames(still))[59][128, 128], (0, 0, 1), atol=1e-6)
    x = torch.arange(60.0) * 8 + 20
    fast = Tracks.make(torch.stack([x, torch.full((60,), 512.0)], -1)[:, None], size_wh=(1024, 1024))
    last = list(ltx_frames(fast))[59]
    assert last[512, int(x[59])].argmax() == 2 and last[512, int(x[9])].argmax() == 0
    assert last[:, int(x[8])].max() == 0, "51 positions are shown, no more"


def test_nothing_hidden_is_drawn_and_nothing_outside_fails():
    xy = torch.tensor([[[-500.0, 20.0], [3.0, 3.0]]]).expand(5, 2, 2)
    visible = torch.ones(5, 2, dtype=torch.bool)
    visible[:, 1] = False
    assert max(frame.max() for frame in ltx_frames(Tracks.make(xy, visible, size_wh=(64, 64)))) == 0
    edge = Tracks.make(torch.tensor([[[1023.9, 0.0]]]), size_wh=(1024, 1024))
    assert next(ltx_frames(edge)).max() > 0.5


def test_dots_are_white_where_the_tracks_are():
    tracks = some_tracks(9, (832, 480))
    for frame, shown in enumerate(dot_frames(tracks)):
        assert shown.dtype == np.uint8 and shown.shape == (480, 832, 3)
        assert (shown[..., 0] == shown[..., 1]).all() and (shown[..., 0] == shown[..., 2]).all()
        area = 0.0
        for n in range(3):
            x, y = (int(v) for v in tracks.xy[frame, n])
            if tracks.visible[frame, n] and 10 < x < 820 and 10 < y < 470:
                assert shown[y, x, 0] == 255
                area += np.pi * 8**2
        assert shown[..., 0].sum() / 255 == pytest.approx(area, rel=0.25, abs=120)
    wide = next(dot_frames(tracks, 20.0))[..., 0]
    assert wide.sum() > 4 * next(dot_frames(tracks))[..., 0].sum()


def test_vace_keeps_the_picture_and_makes_what_is_grey():
    tracks = some_tracks(5, (96, 64))
    picture = np.random.default_rng(0).random((64, 96, 3), np.float32)
    frames, masks = zip(*vace_frames(tracks, picture, 2.0), strict=True)
    assert np.array_equal(frames[0], picture) and masks[0].max() == 0
    for shown, mask in zip(frames[1:], masks[1:], strict=True):
        assert mask.min() == 1 and shown.dtype == np.float32
        # Exactly a half: VACE takes 0.5 away, and nothing known is to be nothing.
        assert (shown == 0.5).mean() > 0.9 and shown.min() == 0.5 and shown.max() == 1.0
    without = list(vace_frames(tracks, None, 2.0))
    assert without[0][1].min() == 1 and (without[0][0] == 0.5).mean() > 0.9
