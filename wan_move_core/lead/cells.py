"""What a draft knows, in cells of the latent: frames to latent steps, pixels to cells, a soft edge.

Latent step 0 is frame 0, latent step j >= 1 covers frames 4j-3 to 4j and knows what any of the four knows: their
content is mixed in it. (The published code takes every fourth frame alone.) A cell knows what more than half of its
8x8 pixels know; greys stay grey.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F

from ..errors import WanMoveError
from ..geometry import STRIDE_T, STRIDE_X, STRIDE_Y, require_video_length
from .presets import require_feather


def known_cells(known: torch.Tensor, feather: int = 0) -> torch.Tensor:
    """float32 [1, 1, Tl, h, w] in 0-1 of ``known`` [T, H, W] (bool, uint8 0-255 or float 0-1).

    ``feather``: cells over which it falls to nothing, outside of what is known.

    Raises: WanMoveError for another shape, a length that is not 4k+1, sides that are not multiples of 8.
    """
    if known.ndim != 3 or known.shape[1] % STRIDE_Y or known.shape[2] % STRIDE_X:
        raise WanMoveError(
            where="Lead / mask",
            what=f"shape {list(known.shape)}, expected [frames, height, width] with sides that are multiples of 8",
            fix="fit the mask to the video first",
        )
    require_video_length(known.shape[0], "Lead / mask")
    require_feather(feather)
    shares = known.to(torch.float32) / 255 if known.dtype == torch.uint8 else known.to(torch.float32)
    return feathered(cells_of_pixels(steps_of_frames(shares.clamp(0, 1))), feather)[None, None]


def steps_of_frames(known: torch.Tensor) -> torch.Tensor:
    """[Tl, H, W]: the union over the frames that each latent step covers."""
    later = known[1:].reshape(-1, STRIDE_T, *known.shape[1:])
    return torch.cat([known[:1], later.amax(1)])


def cells_of_pixels(known: torch.Tensor) -> torch.Tensor:
    """[Tl, h, w]: the median of each cell's pixels."""
    steps, height, width = known.shape
    parts = known.reshape(steps, height // STRIDE_Y, STRIDE_Y, width // STRIDE_X, STRIDE_X)
    return parts.permute(0, 1, 3, 2, 4).flatten(-2).median(-1).values


def feathered(cells: torch.Tensor, feather: int) -> torch.Tensor:
    """[Tl, h, w] with an edge that falls evenly over ``feather`` cells around what is known, which stays as it is."""
    soft, wide = cells, cells[:, None]
    for ring in range(1, feather + 1):
        wide = F.max_pool2d(wide, 3, stride=1, padding=1)
        soft = torch.maximum(soft, wide[:, 0] * (1 - ring / (feather + 1)))
    return soft
