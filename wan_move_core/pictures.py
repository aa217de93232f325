"""Reading and writing still pictures as uint8 RGB.

Convention: arrays are [H, W, 3] (or 4), RGB(A), rows from the top, uint8 0-255. A picture with transparency is laid
over a background colour (white unless told otherwise), a 16-bit one is rounded to 8 bits, grey is repeated in three
channels, CMYK is converted, and the camera's orientation (EXIF) is applied: what is read is what a viewer shows.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np

from .errors import WanMoveError
from .geometry import Fit
from .picture_header import MAX_FILE_BYTES, MAX_PIXELS, READABLE, UNREADABLE, require_decodable, too_large

BLOCK_PIXELS = 1 << 20


def read_picture(path: str | os.PathLike, background_rgb: tuple[int, int, int] = (255, 255, 255)) -> np.ndarray:
    """uint8 [H, W, 3] RGB of the picture file ``path``.

    Raises: WanMoveError when it is missing, not a picture, damaged, or too large (picture_header says what is).
    """
    return read_layer(path, background_rgb)[0]


def read_layer(
    path: str | os.PathLike, background_rgb: tuple[int, int, int] = (255, 255, 255)
) -> tuple[np.ndarray, np.ndarray | None]:
    """The picture file ``path`` as :func:`read_picture`, and how opaque it is: uint8 [H, W], None where all of it is.

    Raises: WanMoveError, as it.
    """
    import cv2

    data = picture_bytes(Path(path))
    header = require_decodable(data, str(path))
    packed = np.frombuffer(data, np.uint8)
    alpha = _alpha(packed) if header.may_have_alpha else None
    colour = decode(packed, cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH, str(path))
    if alpha is not None:
        alpha = _oriented(alpha, packed, colour)
    picture = _eight_bits(colour)
    cv2.cvtColor(picture, cv2.COLOR_BGR2RGB, dst=picture)
    if alpha is None:
        return picture, None
    return _laid_over(picture, alpha, background_rgb), _eight_bits(alpha)


def decode(packed: np.ndarray, flags: int, where: str, unreadable: str = UNREADABLE) -> np.ndarray:
    """What OpenCV makes of a file's bytes uint8 [B], whose header was judged before.

    Raises: WanMoveError for what it cannot decode, or what comes out larger than any picture may be.
    """
    import cv2

    try:
        decoded = cv2.imdecode(packed, flags)
    except (cv2.error, MemoryError):
        decoded = None
    if decoded is None:
        raise WanMoveError(where=where, what=unreadable, fix=f"save it as {READABLE}")
    if decoded.shape[0] * decoded.shape[1] > MAX_PIXELS:
        raise too_large(where, (decoded.shape[1], decoded.shape[0]))
    return decoded


def picture_bytes(path: Path) -> bytes:
    """A picture file's bytes. Raises: WanMoveError when it is missing, empty, no file, or larger than 256 MB."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise WanMoveError(where=str(path), what="not a regular file", fix="check the picture's path")
        if found.st_size > MAX_FILE_BYTES:
            limit = f"{MAX_FILE_BYTES >> 20} MB"
            raise WanMoveError(where=str(path), what=f"larger than {limit}", fix="give a picture, scaled down")
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES)
    except (OSError, ValueError) as error:
        if isinstance(error, WanMoveError):
            raise
        reason = getattr(error, "strerror", None) or str(error)
        raise WanMoveError(
            where=str(path), what=f"cannot be read ({reason})", fix="check the picture's path"
        ) from error
    if not data:
        raise WanMoveError(where=str(path), what="the file is empty", fix=f"give a picture ({READABLE})")
    return data


def fit_picture(picture: np.ndarray, fit: Fit) -> np.ndarray:
    """uint8 [h, w, 3] of the fit's target size, from uint8 [H, W, 3] of its source size."""
    if fit.is_identity:
        return picture.copy()
    import torch

    moved = fit.picture(torch.from_numpy(np.ascontiguousarray(picture))[None].to(torch.float32))
    return moved[0].round().clamp(0, 255).to(torch.uint8).numpy()


def lay_over(layer: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """A premultiplied RGBA layer over uint8 RGB (fast, in OpenCV) or straight-alpha RGBA."""
    import cv2

    alpha = cv2.extractChannel(layer, 3)
    if picture.shape[2] == 3:
        keep = cv2.cvtColor(cv2.bitwise_not(alpha), cv2.COLOR_GRAY2RGB)
        kept = cv2.multiply(np.ascontiguousarray(picture), keep, scale=1 / 255)
        return cv2.add(kept, cv2.cvtColor(layer, cv2.COLOR_RGBA2RGB), dst=kept)
    over, under = layer.astype(np.float32) / 255, picture.astype(np.float32) / 255
    rest = under[..., 3:] * (1 - over[..., 3:])
    total = over[..., 3:] + rest
    rgb = np.divide(over[..., :3] + under[..., :3] * rest, total, out=np.zeros_like(over[..., :3]), where=total > 0)
    return (np.concatenate([rgb, total], -1) * 255 + 0.5).clip(0, 255).astype(np.uint8)


def write_png(path: str | os.PathLike, picture: np.ndarray) -> Path:
    """Write uint8 [H, W, 3 or 4] as PNG: to a temporary name beside ``path``, then moved into place.

    Raises: WanMoveError when the folder cannot be written.
    """
    target = Path(path)
    waiting = target.with_name(f".{target.name}.{os.getpid()}.part")
    made = [parent for parent in target.absolute().parents if not parent.exists()]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        waiting.write_bytes(png_bytes(picture))
        waiting.replace(target)
    except OSError as error:
        with suppress(OSError):  # it may never have come to be
            waiting.unlink()
        for folder in made:
            with suppress(OSError):
                folder.rmdir()
        raise WanMoveError(
            where=str(target), what=f"cannot be written ({error.strerror or error})", fix="choose another folder"
        ) from error
    return target


def png_bytes(picture: np.ndarray) -> bytes:
    import cv2

    order = cv2.COLOR_RGBA2BGRA if picture.shape[-1] == 4 else cv2.COLOR_RGB2BGR
    return cv2.imencode(".png", cv2.cvtColor(picture, order), [cv2.IMWRITE_PNG_COMPRESSION, 3])[1].tobytes()


def row_blocks(rows: int, cols: int) -> Iterator[slice]:
    """Slices of the rows of some million pixels each: what is done in floats stays small beside the picture."""
    step = max(1, BLOCK_PIXELS // max(cols, 1))
    return (slice(at, at + step) for at in range(0, rows, step))


def _alpha(packed: np.ndarray) -> np.ndarray | None:
    """[H, W] of the stored type, turned as it is stored, where the file has transparency that shows."""
    import cv2

    try:
        stored = cv2.imdecode(packed, cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    if stored is None or stored.ndim != 3 or stored.shape[2] != 4:
        return None
    alpha = cv2.extractChannel(stored, 3)
    return None if bool((alpha >= _full(alpha.dtype)).all()) else alpha


def _full(dtype: np.dtype) -> float:
    return {np.dtype(np.uint8): 255.0, np.dtype(np.uint16): 65535.0}.get(dtype, 1.0)


def _oriented(alpha: np.ndarray, packed: np.ndarray, colour: np.ndarray) -> np.ndarray:
    """``alpha`` turned as the colours were. OpenCV applies EXIF to colours only, and does not tell what it did: of the
    eight ways to hold a camera, take the one that makes the stored colours the shown ones."""
    import cv2

    stored = cv2.imdecode(packed, cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH | cv2.IMREAD_IGNORE_ORIENTATION)
    if stored is None:
        return alpha
    for quarter_turns in range(4):
        for mirrored in (False, True):
            turned = [np.rot90(a[:, ::-1] if mirrored else a, quarter_turns) for a in (stored, alpha)]
            same = turned[0].shape == colour.shape
            if same and all(np.array_equal(turned[0][b], colour[b]) for b in row_blocks(*colour.shape[:2])):
                return turned[1]
    return alpha


def _laid_over(picture: np.ndarray, alpha: np.ndarray, background_rgb: tuple[int, int, int]) -> np.ndarray:
    """``picture`` uint8 [H, W, 3], mixed in place with the background where ``alpha`` [H, W] shows through."""
    full, background = _full(alpha.dtype), np.asarray(background_rgb, np.float32)
    for rows in row_blocks(*alpha.shape):
        share = (np.asarray(alpha[rows], np.float32) / full)[..., None]
        picture[rows] = (picture[rows] * share + background * (1 - share) + 0.5).astype(np.uint8)
    return picture


def _eight_bits(picture: np.ndarray) -> np.ndarray:
    """uint8 from uint8, uint16 (rounded) or float 0-1 (some TIFFs; clipped)."""
    if picture.dtype == np.uint8:
        return picture
    made = np.empty(picture.shape, np.uint8)
    for rows in row_blocks(*picture.shape[:2]):
        if picture.dtype == np.uint16:
            made[rows] = (picture[rows].astype(np.uint32) * 255 + 32767) // 65535
        else:
            made[rows] = np.clip(np.nan_to_num(picture[rows].astype(np.float32)), 0, 1) * 255 + 0.5
    return made


def grey_of(frame: np.ndarray) -> np.ndarray:
    """uint8 [H, W] of a uint8 frame: [H, W], or [H, W, C] with 1 or 2 channels (grey first) or RGB first."""
    import cv2

    if frame.ndim == 3 and frame.shape[2] < 3:
        frame = np.ascontiguousarray(frame[..., 0])
    return frame if frame.ndim == 2 else cv2.cvtColor(np.ascontiguousarray(frame[..., :3]), cv2.COLOR_RGB2GRAY)
