"""Masks and depth maps from files: pictures of 8 or 16 bits, or .npy planes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ....errors import WanMoveError
from ....pictures import MAX_FILE_BYTES, MAX_PIXELS


def read_mask(path: str | Path) -> np.ndarray:
    """bool [h, w]: a picture's bright half, or what a picture with transparency shows, or a .npy plane above one half.

    Raises: WanMoveError when it cannot be read.
    """
    plane = _plane(Path(path))
    full = float(np.iinfo(plane.dtype).max) if plane.dtype.kind in "iu" else 1.0
    share = plane.astype(np.float64) / full
    if share.ndim == 3:
        see_through = share.shape[2] == 4 and np.ptp(share[..., 3]) > 0
        share = share[..., 3] if see_through else share[..., :3].mean(-1)
    return share > 0.5


def read_depth(path: str | Path) -> np.ndarray:
    """float64 [h, w] as stored (8 or 16 bits, or the numbers of a .npy); depth.distance_map gives it a meaning.

    Raises: WanMoveError when it cannot be read.
    """
    plane = _plane(Path(path)).astype(np.float64)
    return plane[..., :3].mean(-1) if plane.ndim == 3 else plane


def _plane(path: Path) -> np.ndarray:
    where = str(path)
    if not path.is_file():
        raise WanMoveError(where=where, what="there is no such file", fix="check the path")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise WanMoveError(where=where, what=f"{path.stat().st_size:,} bytes", fix="make the map smaller")
    try:
        plane = _npy(path) if path.suffix.lower() == ".npy" else _picture(path)
    except OSError as error:
        raise WanMoveError(where=where, what=f"cannot be read ({error.strerror})", fix="check the file") from None
    if plane is None or plane.ndim not in (2, 3) or not plane.size or plane.dtype.kind not in "fiub":
        raise WanMoveError(
            where=where, what="not a picture or plane of numbers", fix="save it as PNG, or as .npy [h, w]"
        )
    return plane


def _npy(path: Path) -> np.ndarray | None:
    try:
        plane = np.load(path, allow_pickle=False)
    except (ValueError, EOFError):
        return None
    if not isinstance(plane, np.ndarray):
        return None
    while plane.ndim > 2 and plane.shape[0] == 1:
        plane = plane[0]
    return plane


def _picture(path: Path) -> np.ndarray | None:
    import cv2

    try:
        stored = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    return stored if stored is None or stored.shape[0] * stored.shape[1] <= MAX_PIXELS else None
