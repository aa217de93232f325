"""Arrays that a case brings instead of having them made: image features, noise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from ...errors import WanMoveError
from ...npy import parse_npy

MAX_INPUT_BYTES = 2**30
"""Numbers of a latent or noise file: a clip of the largest size takes a third of it."""


def read_array(path: str, role: str, sides: tuple[int | None, ...]) -> torch.Tensor:
    """float32 [1, *sides] of a .npy file, with or without the leading 1; a side of None may have any length."""
    where = f"Generate / {role}"
    try:
        array = parse_npy(Path(path).read_bytes(), path, MAX_INPUT_BYTES)
        given = torch.from_numpy(array.astype(np.float32))
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise WanMoveError(
            where=where,
            what=f"{path} cannot be read ({getattr(error, 'what', error)})",
            fix="give a .npy file of numbers",
        ) from error
    found = tuple(given.shape[1:] if given.ndim == len(sides) + 1 and given.shape[0] == 1 else given.shape)
    if len(found) != len(sides) or any(want not in (None, side) for want, side in zip(sides, found, strict=True)):
        told = ", ".join("any" if side is None else str(side) for side in sides)
        raise WanMoveError(
            where=where,
            what=f"{Path(path).name} has the shape {list(given.shape)}, expected [{told}]",
            fix="give the array of this network, size and length",
        )
    return given.reshape(1, *found)
