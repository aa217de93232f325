"""Format 9, ATI's ``.pth`` (the bytes of an npz inside ``torch.save``), and bare tensors saved by trackers.

A pickle can run code. It is therefore interpreted by torch_pickle, which only notes what would be made, and only two
shapes are taken: the bytes of an npz, and plain tensors, which are then laid over the archive's numbers.
"""

from __future__ import annotations

import io

import numpy as np
import torch

from ....errors import WanMoveError, plural
from ....npy import MAX_ARRAY_BYTES
from ..job import Job
from ..report import Imported
from . import arrays, torch_pickle
from .archive import Archive
from .torch_pickle import Storage, TensorSpec

ATI_FRAMES = 121
ATI_SCALE = 8


def payload(archive: Archive, where: str) -> bytes | dict[str, np.ndarray]:
    """The npz bytes, or the tensors by name, of a torch zip archive.

    The sum of what the tensors expand to is bounded before one is made; an expanded view stays a view.

    Raises: WanMoveError for every other content.
    """
    pickles = [name for name in archive.members if name == "data.pkl" or name.endswith("/data.pkl")]
    if len(pickles) != 1:
        raise _refusal(where, "a zip archive without tracks")
    if archive.members[pickles[0]].file_size > torch_pickle.MAX_PICKLE_BYTES:
        raise _refusal(where, f"a pickle of {archive.members[pickles[0]].file_size:,} bytes")
    try:
        value = torch_pickle.interpret(bytes(archive.read(pickles[0])))
    except torch_pickle.Refused as refused:
        raise _refusal(where, str(refused)) from None
    if isinstance(value, bytes):
        return value
    found = {"positions": value} if isinstance(value, TensorSpec) else value
    if isinstance(found, (list, tuple)):
        found = {f"arr_{i}": part for i, part in enumerate(found)}
    if not isinstance(found, dict):
        raise _refusal(where, f"a torch file of a {type(found).__name__}")
    specs = [spec for spec in found.values() if isinstance(spec, TensorSpec)]
    if not specs:
        raise _refusal(where, "a pickle without tensors")
    total = sum(spec.numel * _ITEM_BYTES[spec.storage.kind] for spec in specs)
    if total > MAX_ARRAY_BYTES:
        raise _refusal(where, f"tensors of {total:,} bytes together, at most {MAX_ARRAY_BYTES:,} are accepted")
    folder = pickles[0].removesuffix("data.pkl")
    order = archive.read(f"{folder}byteorder") if f"{folder}byteorder" in archive.members else b"little"
    stored: dict[Storage, np.ndarray] = {}
    made = {}
    for key, spec in found.items():
        if not isinstance(spec, TensorSpec):
            # Beside tensors a file may state a rate or a size; the rest is kept by name, to be told.
            sides = isinstance(spec, (list, tuple)) and 0 < len(spec) <= 4 and all(map(_is_plain, spec))
            made[str(key)] = np.asarray(spec, np.float64) if sides or _is_plain(spec) else np.zeros(0)
            continue
        if spec.storage not in stored:
            stored[spec.storage] = _numbers(archive, f"{folder}data/{spec.storage.key}", spec.storage, order, where)
        made[str(key)] = _view(stored[spec.storage], spec, where)
    return made


_ITEM_BYTES = {"f4": 4, "f8": 8, "f2": 2, "bf16": 4, "b1": 1, "u1": 1, "i1": 1, "i2": 2, "i4": 4, "i8": 8}
"""Bytes of one number as it is read here: numpy has no bfloat16, which becomes float32."""


def _is_plain(value: object) -> bool:
    return isinstance(value, (int, float)) and abs(value) < 1e300


def _numbers(archive: Archive, name: str, storage: Storage, order: bytes | bytearray, where: str) -> np.ndarray:
    """A storage's numbers [count], read-only and as stored (bfloat16 as its 16 bits, bool as uint8)."""
    if name not in archive.members:
        raise _refusal(where, "a damaged torch file (numbers are missing)")
    kind = {"bf16": "u2", "b1": "u1"}.get(storage.kind, storage.kind)
    dtype = np.dtype((">" if order == b"big" else "<") + kind)
    raw = archive.read(name)
    if storage.count * dtype.itemsize > len(raw):
        raise _refusal(where, f"a damaged torch file ({storage.count:,} numbers announced in {len(raw):,} bytes)")
    return np.frombuffer(raw, dtype, storage.count)


def _view(numbers: np.ndarray, spec: TensorSpec, where: str) -> np.ndarray:
    """The tensor as torch lays it over its storage; nothing is copied but what numpy cannot hold as stored."""
    last = spec.offset + sum((side - 1) * step for side, step in zip(spec.shape, spec.stride, strict=True))
    if spec.numel and last >= len(numbers):
        raise _refusal(where, "a damaged torch file (a tensor reaches beyond its numbers)")
    if not spec.numel:
        return np.zeros(spec.shape, np.float32)
    steps = tuple(step * numbers.itemsize for step in spec.stride)
    view = np.lib.stride_tricks.as_strided(numbers[spec.offset :], spec.shape, steps, writeable=False)
    if spec.storage.kind == "bf16":
        return (view.astype(np.uint32) << 16).view(np.float32)
    return view != 0 if spec.storage.kind == "b1" else view.astype(view.dtype.newbyteorder("="), copy=False)


def _refusal(where: str, what: str) -> WanMoveError:
    return WanMoveError(
        where=where, what=f"{what}; only ATI tracks and plain tensors are read", fix="save the tracks with numpy.save"
    )


def is_ati(array: np.ndarray) -> bool:
    return array.ndim == 4 and array.shape[-1] == 3 and array.shape[2] == 1


def read_ati(array: np.ndarray, job: Job) -> Imported:
    """[N, T, 1, 3] of (x, y, visible), all multiplied by 8; frames are the axis of 121, else the second."""
    if not is_ati(array) or 0 in array.shape:
        raise job.error(f"an ATI array of shape {list(array.shape)}", "give [tracks, 121, 1, 3]")
    by_time = array if array.shape[0] == ATI_FRAMES and array.shape[1] != ATI_FRAMES else array.transpose(1, 0, 2, 3)
    job.require_room(*by_time.shape[:2])
    frames, count = by_time.shape[:2]
    visible, unknown, padding = np.empty((3, frames, count), bool)
    for part in arrays.blocks(frames, count):
        numbers = by_time[:, part, 0].astype(np.float64) / ATI_SCALE
        visible[:, part] = numbers[..., 2] > 0.5
        unknown[:, part] = ~np.isfinite(numbers).all(-1)
        # Tracks shorter than the clip are padded with hidden zeros, which are no positions.
        padding[:, part] = (numbers == 0).all(-1)
    if unknown.any():
        frame, track = (int(i) for i in np.argwhere(unknown)[0])
        raise job.error(f"position of track {track + 1} at frame {frame} is not finite", "export it again")
    size_wh, _ = job.size()
    unit = job.unit_of(np.zeros((0, 2)), default="px")
    scale = (np.array(size_wh) if unit == "norm" else np.ones(2)) / ATI_SCALE
    xy = arrays.in_pixels(by_time[:, :, 0, :2], scale, ~padding)
    if padding.any():
        job.note(f"{plural(int(padding.sum()), 'padded position')} (zeros, hidden) held in place.")
    if frames == ATI_FRAMES:
        job.note("ATI's 121 frames are 5 seconds at 24 fps, as long as 81 frames at 16 fps.")
    return job.finish("ati", xy, visible, size_wh, unit)


def ati_bytes(array: np.ndarray) -> bytes:
    """The ``.pth`` file of an array [N, 121, 1, 3], as ATI's own editor writes it."""
    inner, outer = io.BytesIO(), io.BytesIO()
    np.savez_compressed(inner, array=array.astype(np.float32))
    torch.save(inner.getvalue(), outer)
    return outer.getvalue()
