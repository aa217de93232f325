"""What of a case's picture its motion document shows: a crop drawn in the editor holds for every run of the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..geometry import part_px
from ..motion.document.read import crop_in_file
from ..pictures import read_picture
from .cases import Case

if TYPE_CHECKING:
    import numpy as np


def shown_picture(case: Case) -> np.ndarray:
    """uint8 [H, W, 3]: the case's picture, or what its motion document crops of it; tracks are read for its size.

    Raises: WanMoveError for a picture that cannot be read.
    """
    picture = read_picture(case.image)
    source_wh = picture.shape[1], picture.shape[0]
    crop = None if case.tracks is None else crop_in_file(case.tracks, source_wh)
    if crop is None:
        return picture
    x, y, width, height = part_px(source_wh, crop)
    return picture[y : y + height, x : x + width].copy()


def picture_key(case: Case) -> tuple[str, str | None]:
    """Equal where two cases show the same part of the same picture."""
    return case.image, case.tracks if case.tracks is not None and crop_in_file(case.tracks, None) else None
