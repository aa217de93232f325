"""The picture as the published image encoder sees it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from wan_move_core.errors import WanMoveError
from wan_move_core.method.encoder_pixels import published_clip_pixels


def test_the_published_preprocessing_is_reproduced(golden):
    expected = np.load(golden / "clip_vision" / "expected.npz")
    image = torch.from_numpy(expected["image"]).permute(0, 2, 3, 1).float() / 255
    pixels = published_clip_pixels(image, 32)
    assert pixels.shape == expected["pixel_values"].shape and pixels.dtype == torch.float32
    assert float((pixels - torch.from_numpy(expected["pixel_values"])).abs().max()) < 1e-5
    with_alpha = torch.cat([image, torch.zeros_like(image[..., :1])], dim=-1)
    assert torch.equal(published_clip_pixels(with_alpha, 32), pixels)


def test_nothing_is_cropped_and_overshoot_is_kept():
    image = torch.zeros(1, 64, 256, 3)
    image[:, :, :32] = 1.0
    flat = published_clip_pixels(image, 16, mean=(0, 0, 0), std=(1, 1, 1))
    assert float(flat[0, 0, 8, 0]) > 0.9 and float(flat[0, 0, 8, -1]) == pytest.approx(0, abs=1e-3)
    assert float(published_clip_pixels(image, 512, mean=(0, 0, 0), std=(1, 1, 1)).max()) > 1.01


def test_another_shape_is_refused():
    with pytest.raises(WanMoveError, match=r"a picture of shape \(3, 8, 8\), expected \[B, H, W, 3\]"):
        published_clip_pixels(torch.zeros(3, 8, 8))
