"""The picture as the published image encoder sees it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F

from ..errors import WanMoveError

CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)


def published_clip_pixels(
    image: torch.Tensor, size: int = 224, mean: Sequence[float] = CLIP_MEAN, std: Sequence[float] = CLIP_STD
) -> torch.Tensor:
    """float32 [B, 3, size, size] for the image encoder, of pictures [B, H, W, C >= 3] with values 0-1.

    The whole picture is squashed to a square: bicubic, align_corners=False, no antialiasing, no crop, overshoot kept
    (Source: Wan-Move 27409be). ComfyUI's own preprocessing crops the centre, or antialiases and rounds to 8 bits: with
    it the encoder sees something else.

    Raises: WanMoveError for another shape.
    """
    if image.ndim != 4 or image.shape[-1] < 3:
        raise WanMoveError(
            where="Image encoder / picture",
            what=f"a picture of shape {tuple(image.shape)}, expected [B, H, W, 3]",
            fix="connect an IMAGE",
        )
    # Squashed on the [-1, 1] scale like the published code, so that rounding agrees to the last digits.
    signed = image[..., :3].to(torch.float32).permute(0, 3, 1, 2) * 2.0 - 1.0
    squashed = F.interpolate(signed, size=(size, size), mode="bicubic", align_corners=False) * 0.5 + 0.5
    shift, scale = (squashed.new_tensor(tuple(values)).view(1, 3, 1, 1) for values in (mean, std))
    return (squashed - shift) / scale
