"""Masks and depth maps from files: pictures of 8 or 16 bits, or .npy planes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ....errors import WanMoveError
from ....npy import NPY_MAGIC, parse_npy
from ....picture_header import MAX_FILE_BYTES, MAX_PIXELS, require_decodable, too_large
from ....pictures import decode, picture_bytes, row_blocks

UNREADABLE = "not a picture or plane of numbers"


def read_mask(path: str | Path) -> np.ndarray:
    """bool [h, w]: a picture's bright half, or what a picture with transparency shows, or a .npy plane above one half.

    Raises: WanMoveError when it cannot be read.
    """
    plane = _plane(Path(path))
    full = float(np.iinfo(plane.dtype).max) if plane.dtype.kind in "iu" else 1.0
    see_through = plane.ndim == 3 and plane.shape[2] == 4 and np.ptp(plane[..., 3]) > 0
    made = np.empty(plane.shape[:2], bool)
    for rows in row_blocks(*plane.shape[:2]):
        share = plane[rows].astype(np.float64) / full
        if share.ndim == 3:
            share = share[..., 3] if see_through else share[..., :3].mean(-1)
        made[rows] = share > 0.5
    return made


def read_depth(path: str | Path) -> np.ndarray:
    """float64 [h, w] as stored (8 or 16 bits, or the numbers of a .npy); depth.distance_map gives it a meaning.

    Raises: WanMoveError when it cannot be read.
    """
    plane = _plane(Path(path))
    if plane.ndim == 2:
        return plane.astype(np.float64)
    made = np.empty(plane.shape[:2], np.float64)
    for rows in row_blocks(*plane.shape[:2]):
        made[rows] = plane[rows, :, :3].mean(-1, dtype=np.float64)
    return made


def _plane(path: Path) -> np.ndarray:
    """[h, w] or [h, w, c] numbers as stored."""
    import cv2

    where = str(path)
    if not path.is_file():
        raise WanMoveError(where=where, what="there is no such file", fix="check the path")
    data = picture_bytes(path)
    if data.startswith(NPY_MAGIC):
        try:
            plane = parse_npy(data, where, MAX_FILE_BYTES)
        except WanMoveError as error:
            raise WanMoveError(where=where, what=f"{UNREADABLE} ({error.what})", fix=error.fix) from None
        while plane.ndim > 2 and plane.shape[0] == 1:
            plane = plane[0]
    else:
        require_decodable(data, where, UNREADABLE)
        plane = decode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED, where, UNREADABLE)
    if plane.ndim not in (2, 3) or not plane.size or plane.dtype.kind not in "fiub":
        raise WanMoveError(where=where, what=UNREADABLE, fix="save it as PNG, or as .npy [h, w]")
    if plane.shape[0] * plane.shape[1] > MAX_PIXELS:
        raise too_large(where, (plane.shape[1], plane.shape[0]))
    return plane
