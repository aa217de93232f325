"""Dense layers: up to 64 tracks, frame by frame, packed small enough to live in a document.

``z1:TxN:`` and base64 of zlib of int16 little-endian [T, N, 2] (first row, then wrapping differences) in 1/16384 of the
picture's sides, then uint8 [T, N] sight.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from typing import NoReturn

import numpy as np
import torch

from ...errors import WanMoveError
from ...tracks import Tracks

MAX_DENSE_TRACKS = 64
MAX_DENSE_FRAMES = 4001
UNITS = 16384
"""Steps per picture side: 832 px are kept to 0.03 px."""

_HEAD = re.compile(r"z1:(\d{1,4})x(\d{1,3}):")


def dense_from_tracks(tracks: Tracks, *, clamp: bool = False) -> str:
    """The dense string of ``tracks``. Positions move by up to one unit (side / 16384), never across a border.

    Args:
        clamp: bring positions beyond the format's reach (two sides away) to its limit instead of refusing them.

    Raises: WanMoveError for more than 64 tracks, more than 4,001 frames, or a position out of reach.
    """
    where = "Motion document / dense layer"
    if tracks.count > MAX_DENSE_TRACKS or tracks.frames > MAX_DENSE_FRAMES:
        raise WanMoveError(
            where=where,
            what=_too_many(tracks.count, tracks.frames),
            fix="simplify the tracks into paths, or keep them in a file",
        )
    size = np.asarray(tracks.size_wh, np.float64)
    xy = tracks.xy.detach().cpu().numpy().astype(np.float64)
    units = np.floor(xy / size * UNITS + 0.5)
    units = np.where((xy >= 0) & (xy < size), np.clip(units, 0, UNITS - 1), units)
    # Exactly one side away reads back as just inside, so what lies outside steps past it.
    units = np.where((xy >= size) & (units <= UNITS), UNITS + 1, np.where((xy < 0) & (units >= 0), -1, units))
    if not clamp and (units.min(initial=0) < -32768 or units.max(initial=0) > 32767):
        raise WanMoveError(
            where=where,
            what="a position lies two picture sides or more outside",
            fix="clamp the tracks to the surroundings of the picture, or keep them in a file",
        )
    units = np.clip(units, -32768, 32767).astype(np.int64)
    deltas = np.concatenate([units[:1], np.diff(units, axis=0)]).astype(np.uint16)
    raw = deltas.astype("<u2").tobytes() + tracks.visible.cpu().numpy().astype(np.uint8).tobytes()
    return f"z1:{tracks.frames}x{tracks.count}:" + base64.b64encode(zlib.compress(raw, 9)).decode("ascii")


def tracks_from_dense(text: str, size_wh: tuple[int, int], *, where: str = "Motion document / dense layer") -> Tracks:
    """The tracks of a dense string, as they were stored, over a picture of ``size_wh``.

    Raises: WanMoveError for a string that is not exactly this format, or holds more than it says.
    """
    norm, visible = decode_dense(text, where)
    xy = norm * np.asarray(size_wh, np.float64)
    return Tracks.make(torch.from_numpy(inside_far_edge(xy, size_wh)), visible, size_wh=size_wh, where=where)


def decode_dense(text: str, where: str) -> tuple[np.ndarray, np.ndarray]:
    """float64 [T, N, 2] in picture sides, and bool [T, N]."""

    def refuse(what: str) -> NoReturn:
        raise WanMoveError(where=where, what=what, fix="import the tracks again")

    head = _HEAD.match(text)
    if head is None:
        refuse("tracks do not start with 'z1:FRAMESxTRACKS:'")
    frames, count = int(head[1]), int(head[2])
    if not 1 <= frames <= MAX_DENSE_FRAMES or count > MAX_DENSE_TRACKS:
        refuse(_too_many(count, frames))
    expected = 5 * frames * count
    try:
        packed = base64.b64decode(text[head.end() :], validate=True)
        unpacker = zlib.decompressobj()
        # One byte more than there should be: a bomb is noticed without being unpacked.
        raw = unpacker.decompress(packed, expected + 1)
    except (binascii.Error, zlib.error, ValueError):
        refuse("tracks are damaged (not base64 of zlib data)")
    if len(raw) != expected or not unpacker.eof or unpacker.unused_data:
        refuse(f"tracks are damaged (expected {expected} bytes for {count} tracks over {frames} frames)")
    sight = np.frombuffer(raw, np.uint8, frames * count, offset=4 * frames * count).reshape(frames, count)
    if (sight > 1).any():
        refuse("tracks are damaged (visibility is not 0 or 1)")
    deltas = np.frombuffer(raw, "<i2", 2 * frames * count).reshape(frames, count, 2)
    units = np.cumsum(deltas.astype(np.int64), axis=0)
    return ((units + 32768) % 65536 - 32768) / UNITS, sight > 0


def dense_size(text: str) -> tuple[int, int]:
    """(frames, tracks) as the string's head says; (0, 0) where it has none."""
    head = _HEAD.match(text)
    return (int(head[1]), int(head[2])) if head else (0, 0)


def _too_many(count: int, frames: int) -> str:
    return f"{count} tracks over {frames} frames; at most {MAX_DENSE_TRACKS} over {MAX_DENSE_FRAMES}"


def inside_far_edge(xy: np.ndarray, size_wh: tuple[int, int]) -> np.ndarray:
    """float32 copy of ``xy`` [..., 2]; exactly W or H, after rounding, becomes the largest float32 below."""
    rounded = np.asarray(xy).astype(np.float32)
    size = np.asarray(size_wh, np.float32)
    return np.where(rounded == size, np.nextafter(size, np.float32(0)), rounded)
