"""Reading and writing still pictures as uint8 RGB.

Convention: arrays are [H, W, 3] (or 4), RGB(A), rows from the top, uint8 0-255. A picture with transparency is laid
over a background colour (white unless told otherwise), a 16-bit one is rounded to 8 bits, grey is repeated in three
channels, CMYK is converted, and the camera's orientation (EXIF) is applied: what is read is what a viewer shows.
"""

from __future__ import annotations

import os
import struct
from contextlib import suppress
from pathlib import Path

import numpy as np

from .errors import WanMoveError
from .geometry import Fit

MAX_PIXELS = 100_000_000
MAX_FILE_BYTES = 512 * 1024 * 1024
READABLE = "JPEG, PNG, WebP, TIFF or BMP"
JPEG_MAGIC = b"\xff\xd8"


def read_picture(path: str | os.PathLike, background_rgb: tuple[int, int, int] = (255, 255, 255)) -> np.ndarray:
    """uint8 [H, W, 3] RGB of the picture file ``path``.

    Raises: WanMoveError when it is missing, not a picture, damaged, or larger than 100 megapixels.
    """
    import cv2

    data = _bytes(Path(path))
    size_wh = _size_from_header(data)
    if size_wh is not None and size_wh[0] * size_wh[1] > MAX_PIXELS:
        raise _too_large(path, size_wh)
    packed = np.frombuffer(data, np.uint8)
    try:
        colour = cv2.imdecode(packed, cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH)
        may_have_alpha = colour is not None and data[:2] != JPEG_MAGIC
        stored = cv2.imdecode(packed, cv2.IMREAD_UNCHANGED) if may_have_alpha else None
    except cv2.error:
        colour = stored = None
    if colour is None:
        raise WanMoveError(
            where=str(path), what="not a picture that can be read, or damaged", fix=f"save it as {READABLE}"
        )
    if colour.shape[0] * colour.shape[1] > MAX_PIXELS:
        raise _too_large(path, (colour.shape[1], colour.shape[0]))
    picture = _eight_bits(cv2.cvtColor(colour, cv2.COLOR_BGR2RGB))
    alpha = _alpha(stored)
    if alpha is None:
        return picture
    return _over(picture, _oriented(alpha, packed, colour), background_rgb)


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


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise WanMoveError(where=str(path), what="larger than 512 MB", fix="give a picture, scaled down")
        data = path.read_bytes()
    except OSError as error:
        raise WanMoveError(
            where=str(path), what=f"cannot be read ({error.strerror or error})", fix="check the picture's path"
        ) from error
    if not data:
        raise WanMoveError(where=str(path), what="the file is empty", fix=f"give a picture ({READABLE})")
    return data


def _too_large(path: str | os.PathLike, size_wh: tuple[int, int]) -> WanMoveError:
    return WanMoveError(
        where=str(path),
        what=f"{size_wh[0]}x{size_wh[1]} is more than {MAX_PIXELS // 10**6} megapixels",
        fix="scale the picture down first",
    )


def _size_from_header(data: bytes) -> tuple[int, int] | None:
    """Width and height as PNG or JPEG declare them, before anything is decompressed; None where not told here."""
    if data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) >= 24:
        return struct.unpack(">II", data[16:24])  # type: ignore[return-value]
    if data[:2] != JPEG_MAGIC:
        return None
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], struct.unpack(">H", data[at + 2 : at + 4])[0]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return None


def _alpha(stored: np.ndarray | None) -> np.ndarray | None:
    """float32 [H, W] 0-1 as stored, where the file has transparency that shows."""
    if stored is None or stored.ndim != 3 or stored.shape[2] != 4:
        return None
    top = {np.dtype(np.uint8): 255.0, np.dtype(np.uint16): 65535.0}.get(stored.dtype, 1.0)
    alpha = np.asarray(stored[..., 3], np.float32) / top
    return None if bool((alpha >= 1).all()) else alpha


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
            if turned[0].shape == colour.shape and np.array_equal(turned[0], colour):
                return turned[1]
    return alpha


def _over(picture: np.ndarray, alpha: np.ndarray, background_rgb: tuple[int, int, int]) -> np.ndarray:
    mixed = picture * alpha[..., None] + np.asarray(background_rgb, np.float32) * (1 - alpha[..., None])
    return (mixed + 0.5).astype(np.uint8)


def _eight_bits(picture: np.ndarray) -> np.ndarray:
    """uint8 from uint8, uint16 (rounded) or float 0-1 (some TIFFs; clipped)."""
    if picture.dtype == np.uint8:
        return picture
    if picture.dtype == np.uint16:
        return ((picture.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)
    return (np.clip(np.nan_to_num(picture.astype(np.float32)), 0, 1) * 255 + 0.5).astype(np.uint8)


def grey_of(frame: np.ndarray) -> np.ndarray:
    """uint8 [H, W] of a uint8 frame: [H, W], or [H, W, C] with 1 or 2 channels (grey first) or RGB first."""
    import cv2

    if frame.ndim == 3 and frame.shape[2] < 3:
        frame = np.ascontiguousarray(frame[..., 0])
    return frame if frame.ndim == 2 else cv2.cvtColor(np.ascontiguousarray(frame[..., :3]), cv2.COLOR_RGB2GRAY)
