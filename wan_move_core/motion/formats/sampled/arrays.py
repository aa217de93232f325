"""Formats 4 and 5: numpy arrays, read without numpy's own loader so that nothing but plain numbers can come out."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ....errors import WanMoveError
from ....npy import parse_npy
from .. import names
from ..job import fill_absent
from .archive import Archive

_WANTED = {*names.TRACKS, *names.VISIBLE, *names.OCCLUDED, "trackvisibility"}
BLOCK_POSITIONS = 1 << 20


def parse_npz(data: bytes, where: str) -> dict[str, np.ndarray]:
    """The arrays of a ``.npz`` file by name. Raises: WanMoveError."""
    return parse_members(Archive(data, where))


def parse_members(archive: Archive) -> dict[str, np.ndarray]:
    """The arrays of an open ``.npz`` by name; other members are left packed. Raises: WanMoveError."""
    made: dict[str, np.ndarray] = {}
    unread: list[WanMoveError] = []
    for member in archive.members:
        name = member.removesuffix(".npy")
        if name == member:
            continue
        try:
            made[name] = parse_npy(archive.read(member), f"{archive.where} / {member}")
        except WanMoveError as error:
            # Names or a script's own facts beside the tracks: kept by name, to be told, and never unpickled.
            if names.plain(name) in _WANTED or len(archive.members) == 1:
                raise
            unread.append(error)
            made[name] = np.zeros(0)
    if unread and len(unread) == len(made):
        raise unread[0]
    return made


def blocks(frames: int, count: int) -> Iterator[slice]:
    """Slices of the tracks that hold about a million positions each: work in float64 stays small beside the tracks."""
    step = max(1, BLOCK_POSITIONS // max(frames, 1))
    return (slice(at, min(at + step, count)) for at in range(0, count, step))


def in_pixels(positions: np.ndarray, scale: np.ndarray, present: np.ndarray | None = None) -> np.ndarray:
    """float32 [T, N, 2]: ``positions`` of any number type times ``scale`` [2] in float64, those not ``present`` [T, N]
    held from their neighbours; block by block."""
    made = np.empty((*positions.shape[:2], 2), np.float32)
    for part in blocks(*positions.shape[:2]):
        block = float64(positions[:, part]) * scale
        with np.errstate(over="ignore"):  # too far for float32 is too far for a picture; told at the end of the import
            made[:, part] = block if present is None else fill_absent(block, present[:, part])
    return made


def float64(positions: np.ndarray) -> np.ndarray:
    """A float64 copy; what is damaged stays so."""
    with np.errstate(invalid="ignore"):  # a damaged NaN; found by whoever asks for finite numbers
        return positions.astype(np.float64)
