"""The call's picture, tracks and given tensors in the shapes that the network takes, as published."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from ....errors import WanMoveError
from ....geometry import Fit, require_video_size
from ....tracks import Tracks


def picture_tensor(image: Any) -> torch.Tensor:
    """float32 [1, H, W, 3] in [0, 1] from PIL, uint8 or float [H, W, 3] arrays, or a tensor [3, H, W] in [0, 1].

    Raises: WanMoveError for anything else, more than one picture, or values outside 0-1.
    """
    if hasattr(image, "convert"):
        image = np.asarray(image.convert("RGB"))
    if isinstance(image, np.ndarray):
        tensor = torch.from_numpy(np.array(image))
        tensor = tensor.permute(2, 0, 1) if tensor.ndim == 3 else tensor
    else:
        tensor = image
    if isinstance(tensor, torch.Tensor) and tensor.ndim == 4 and tensor.shape[0] == 1:
        tensor = tensor[0]
    if not isinstance(tensor, torch.Tensor) or tensor.ndim != 3 or tensor.shape[0] != 3:
        found = list(tensor.shape) if isinstance(tensor, torch.Tensor) else type(image).__name__
        raise WanMoveError(
            where="Generate / image",
            what=f"expected one RGB picture (PIL, array [H, W, 3] or tensor [3, H, W]), got {found}",
            fix="give one picture per call",
        )
    if tensor.dtype == torch.uint8:
        tensor = tensor.to(torch.float32) / 255
    tensor = tensor.to(torch.float32)
    low, high = float(tensor.min()), float(tensor.max())
    if not (low >= -1e-4 and high <= 1 + 1e-4):
        raise WanMoveError(
            where="Generate / image", what=f"values from {low:g} to {high:g}", fix="give a picture with values 0 to 1"
        )
    return tensor.permute(1, 2, 0)[None].contiguous()


def fit_picture(
    picture: torch.Tensor, tracks: Tracks | None, height: int | None, width: int | None
) -> tuple[torch.Tensor, Tracks | None]:
    """Picture [1, H, W, 3] in [0, 1] and its tracks, at the video's size: float32 [1, 3, h, w] in [-1, 1] and tracks.

    Both are stretched to height and width or, without them, by the area rule. Bicubic overshoot is kept, as published.

    Raises: WanMoveError when only one side is given, a side is no multiple of 16, or the tracks belong to a picture of
        another size.
    """
    source_wh = (int(picture.shape[2]), int(picture.shape[1]))
    if tracks is not None and tracks.size_wh != source_wh:
        raise WanMoveError(
            where="Generate / tracks",
            what=f"they belong to a {tracks.size_wh[0]}x{tracks.size_wh[1]} picture, the given one is "
            f"{source_wh[0]}x{source_wh[1]}",
            fix="give tracks in the pixels of this picture",
        )
    if (height is None) != (width is None):
        raise WanMoveError(where="Generate / size", what="only one of height and width", fix="give both or none")
    if height is None or width is None:
        fit = Fit.make("area", source_wh)
    else:
        require_video_size((width, height), "Generate")
        fit = Fit.make("stretch", source_wh, (width, height))
    # Resampled on the [-1, 1] scale, like the published code.
    fitted = fit.picture(picture * 2 - 1).permute(0, 3, 1, 2).contiguous()
    return fitted, tracks if tracks is None else tracks.fit(fit)


def repeat_to(given: torch.Tensor, batch: int, name: str) -> torch.Tensor:
    """[batch, tokens, width] from one entry, or from entries that divide the batch (each repeated in a row)."""
    if given.ndim != 3 or batch % given.shape[0]:
        raise WanMoveError(
            where=f"Generate / {name}",
            what=f"shape {list(given.shape)} for {batch} videos",
            fix="give [1 or the number of prompts, tokens, width]",
        )
    return given.repeat_interleave(batch // given.shape[0], dim=0)
