"""Formats 4 and 5: numpy arrays, read without numpy's own loader so that nothing but plain numbers can come out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ....npy import parse_npy
from ..job import Job, fill_absent
from ..report import Imported, plural
from .archive import Archive

BLOCK_POSITIONS = 1 << 20


def parse_npz(data: bytes, where: str) -> dict[str, np.ndarray]:
    """The arrays of a ``.npz`` file by name. Raises: WanMoveError."""
    return parse_members(Archive(data, where))


def parse_members(archive: Archive) -> dict[str, np.ndarray]:
    """The arrays of an open ``.npz`` by name; other members are left packed. Raises: WanMoveError."""
    return {
        name.removesuffix(".npy"): parse_npy(archive.read(name), f"{archive.where} / {name}")
        for name in archive.members
        if name.endswith(".npy")
    }


def read(positions: np.ndarray, visibility: np.ndarray | None, job: Job) -> Imported:
    """Positions [T, N, 2] or [1, T, N, 2] (pixels, or 0-1 with -1 where absent) and visibility [T, N] or [1, T, N]."""
    shape = list(positions.shape)
    if positions.ndim == 4 and shape[-1] == 2:
        if shape[0] != 1:
            raise job.error(f"a batch of {shape[0]} sets of tracks {shape}", "give one set, [T, N, 2]")
        positions = positions[0]
        published = True
    elif positions.ndim == 2 and shape[-1] == 2:
        positions, published = positions[:, None], True
        job.note("One track of [frames, 2].")
    else:
        published = False
    if positions.ndim != 3 or positions.shape[-1] != 2:
        raise job.error(
            f"an array of shape {shape}, not tracks", "give positions [1, T, N, 2] or [T, N, 2], x then y, frames first"
        )
    frames, count = positions.shape[:2]
    if frames == 0 or count == 0:
        raise job.error(f"an empty array of shape {shape}", "give at least one track and one frame")
    job.require_room(frames, count)
    visible = visible_of(visibility, frames, count, job)
    absent, unknown = np.empty((2, frames, count), bool)
    extent = -1.0
    for part in blocks(frames, count):
        block = _float64(positions[:, part])
        absent[:, part], unknown[:, part] = (block == -1).all(-1), ~np.isfinite(block).all(-1)
        known = block[~absent[:, part] & ~unknown[:, part]]
        extent = max(extent, float(np.abs(known).max(initial=-1.0)))
    if (unknown & visible).any() or (unknown.any() and visibility is None):
        frame, track = (int(i) for i in np.argwhere(unknown & visible)[0])
        x, y = _float64(positions[frame, track])
        raise job.error(
            f"position of track {track} at frame {frame} is not finite ({x}, {y})",
            "give a finite x and y, or hide that frame in the visibility",
        )
    unit = job.unit_of(np.full((int(extent >= 0), 2), extent))
    size_wh, _ = job.size()
    present: Any = ~unknown
    if unit == "norm":
        present = present & ~absent
        if absent.any():
            job.note(f"{plural(int(absent.sum()), 'position')} of (-1, -1) read as absent: hidden, held in place.")
            visible = visible & ~absent
    if unknown.any():
        job.note(f"{plural(int(unknown.sum()), 'hidden position')} without a number held in place.")
    if visibility is None and not (unit == "norm" and absent.any()):
        job.note("No visibility was given: every frame counts as visible.")
    name = "wan2gp_npy" if unit == "norm" and not published else "npy"
    scale = np.array(size_wh) if unit == "norm" else np.ones(2)
    return job.finish(name, in_pixels(positions, scale, present), visible, size_wh, unit)


def blocks(frames: int, count: int) -> Iterator[slice]:
    """Slices of the tracks that hold about a million positions each: work in float64 stays small beside the tracks."""
    step = max(1, BLOCK_POSITIONS // max(frames, 1))
    return (slice(at, min(at + step, count)) for at in range(0, count, step))


def in_pixels(positions: np.ndarray, scale: np.ndarray, present: np.ndarray | None = None) -> np.ndarray:
    """float32 [T, N, 2]: ``positions`` of any number type times ``scale`` [2] in float64, those not ``present`` [T, N]
    held from their neighbours; block by block."""
    made = np.empty((*positions.shape[:2], 2), np.float32)
    for part in blocks(*positions.shape[:2]):
        block = _float64(positions[:, part]) * scale
        with np.errstate(over="ignore"):  # too far for float32 is too far for a picture; told at the end of the import
            made[:, part] = block if present is None else fill_absent(block, present[:, part])
    return made


def _float64(positions: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):  # a damaged NaN; found by whoever asks for finite numbers
        return positions.astype(np.float64)


def visible_of(value: Any, frames: int, count: int, job: Job) -> np.ndarray:
    if value is None:
        return np.ones((frames, count), bool)
    seen = np.asarray(value)
    if seen.ndim == 4 and seen.shape[-1] == 1:
        seen = seen[..., 0]
    if seen.ndim == 3 and seen.shape[0] == 1:
        seen = seen[0]
    if seen.ndim == 1:
        seen = seen[:, None]
    if seen.ndim != 2 or seen.shape[0] != frames or seen.shape[1] not in (1, count):
        raise job.error(
            f"visibility of shape {list(np.shape(value))}, expected [{frames}, {count}] or [1, {frames}, {count}]",
            "give the visibility that belongs to these tracks",
        )
    if seen.dtype.kind not in "fiub" or (seen.dtype.kind == "f" and not np.isfinite(seen).all()):
        raise job.error("visibility holds something other than finite numbers", "use 0 and 1")
    return np.broadcast_to(seen > 0.5 if seen.dtype.kind != "b" else seen, (frames, count)).copy()
