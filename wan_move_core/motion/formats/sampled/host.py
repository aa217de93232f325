"""Format 8, ComfyUI's TRACKS: ``track_path`` [T, N, 2] px and ``track_visibility`` [T, N].

Read as dict, JSON, npz or safetensors.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from ....errors import WanMoveError
from ....npy import MAX_ARRAY_BYTES
from ...document.bounded_json import load_json
from ..job import Job
from ..report import Imported
from . import arrays, positions

MAX_HEADER_BYTES = 1_000_000
_KINDS = {
    "F64": "f8", "F32": "f4", "F16": "f2", "BF16": "bf16", "I64": "i8", "I32": "i4", "I16": "i2", "I8": "i1",
    "U64": "u8", "U32": "u4", "U16": "u2", "U8": "u1", "BOOL": "b1",
}  # fmt: skip
_SIZE = re.compile(r"\s*\[?\s*(\d{1,5})\s*[x, ]\s*(\d{1,5})\s*\]?\s*")


def matches(data: Any) -> bool:
    return isinstance(data, Mapping) and "track_path" in data


def read(data: Mapping[str, Any], job: Job) -> Imported:
    xy = array_of(data["track_path"], "track_path", job)
    if xy.ndim == 4 and xy.shape[0] == 1:
        xy = xy[0]
    if xy.ndim != 3 or xy.shape[-1] != 2 or 0 in xy.shape:
        raise job.error(
            f"track_path of shape {list(xy.shape)}, expected [frames, tracks, 2]", "connect a tracks output"
        )
    seen = data.get("track_visibility")
    frames, count = xy.shape[:2]
    job.require_room(frames, count)
    visible = positions.visible_of(
        None if seen is None else array_of(seen, "track_visibility", job), frames, count, job
    )
    if seen is not None and frames and np.ndim(seen) == 2 and np.shape(seen)[1] == 1 != count:
        job.note("One column of visibility is used for all tracks.")
    said = data.get("size_wh")
    said = np.asarray(said).tolist() if isinstance(said, (np.ndarray, torch.Tensor)) else said
    size_wh, scale = job.size(job.size_of(said, "size_wh") if said is not None else None)
    unit = job.unit_of(xy, default="px")
    xy = arrays.in_pixels(xy, np.array(size_wh) if unit == "norm" else scale)
    return job.finish("host", xy, visible, size_wh, unit)


def is_safetensors(data: bytes) -> bool:
    return len(data) > 9 and data[8:9] == b"{" and int.from_bytes(data[:8], "little") <= len(data) - 8


def parse_safetensors(data: bytes, where: str) -> dict[str, Any]:
    """The tensors as numpy arrays, and ``size_wh`` where the metadata has it. Raises: WanMoveError."""
    length = int.from_bytes(data[:8], "little")
    if length > MAX_HEADER_BYTES:
        raise WanMoveError(where=where, what=f"a safetensors header of {length:,} bytes", fix="give a file of tracks")
    header = load_json(data[8 : 8 + length], f"{where} / header", MAX_HEADER_BYTES)
    made: dict[str, Any] = {}
    total = 0
    for name, entry in header.items() if isinstance(header, dict) else ():
        if name != "__metadata__":
            made[name] = _tensor(entry, memoryview(data)[8 + length :], f"{where} / {name[:60]}")
            total += made[name].nbytes
        if total > MAX_ARRAY_BYTES:
            raise WanMoveError(
                where=where, what=f"tensors of more than {MAX_ARRAY_BYTES:,} bytes", fix="give a file of tracks"
            )
    metadata = header.get("__metadata__") if isinstance(header, dict) else None
    size = _SIZE.fullmatch(str(metadata.get("size_wh", ""))) if isinstance(metadata, dict) else None
    if size:
        made["size_wh"] = [int(size[1]), int(size[2])]
    return made


def _tensor(entry: Any, body: memoryview, where: str) -> np.ndarray:
    """One entry of a safetensors header over the file's numbers, read-only. Raises: WanMoveError."""
    entry = entry if isinstance(entry, dict) else {}
    shape, offsets = (_wholes(entry.get(key)) for key in ("shape", "data_offsets"))
    if shape is None or offsets is None or len(shape) > 8 or len(offsets) != 2:
        raise WanMoveError(where=where, what="a damaged safetensors file (no shape or place)", fix="save it again")
    said = str(entry.get("dtype"))
    kind = _KINDS.get(said)
    if kind is None:
        raise WanMoveError(where=where, what=f"numbers of type {said[:20]}", fix="save it as float32")
    dtype = np.dtype("<u2" if kind == "bf16" else "<" + kind)
    count = math.prod(shape)
    if offsets[1] - offsets[0] != count * dtype.itemsize or not 0 <= offsets[0] <= offsets[1] <= len(body):
        raise WanMoveError(where=where, what="a damaged safetensors file (sizes do not agree)", fix="save it again")
    flat = np.frombuffer(body, dtype, count, offsets[0]) if count else np.zeros(0, dtype)
    if kind == "bf16":
        flat = (flat.astype(np.uint32) << 16).view(np.float32)
    return (flat.view(np.uint8) != 0 if kind == "b1" else flat).reshape(shape)


def _wholes(value: Any) -> list[int] | None:
    return value if isinstance(value, list) and all(type(n) is int and n >= 0 for n in value) else None


def array_of(value: Any, name: str, job: Job) -> np.ndarray:
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu()
        value = (value.float() if value.is_floating_point() else value).numpy()
    try:
        array = np.asarray(value)
    except ValueError:
        raise job.error(f"{name} has rows of different lengths", "give every track the same number of frames") from None
    if array.dtype.kind not in "fiub":
        raise job.error(f"{name} is not numbers", "give an array of numbers")
    return array
