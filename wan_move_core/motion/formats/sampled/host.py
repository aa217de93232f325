"""Format 8, ComfyUI's TRACKS: ``track_path`` [T, N, 2] px and ``track_visibility`` [T, N].

Read as dict, JSON, npz or safetensors.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from ....errors import WanMoveError
from ...document.bounded_json import load_json
from ..job import Job
from ..report import Imported
from . import positions

MAX_HEADER_BYTES = 1_000_000
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
    return job.finish("host", xy * (np.array(size_wh) if unit == "norm" else scale), visible, size_wh, unit)


def is_safetensors(data: bytes) -> bool:
    return len(data) > 9 and data[8:9] == b"{" and int.from_bytes(data[:8], "little") <= len(data) - 8


def parse_safetensors(data: bytes, where: str) -> dict[str, Any]:
    """The tensors as numpy arrays, and ``size_wh`` where the metadata has it. Raises: WanMoveError."""
    from safetensors import SafetensorError
    from safetensors.torch import load

    length = int.from_bytes(data[:8], "little")
    if length > MAX_HEADER_BYTES:
        raise WanMoveError(where=where, what=f"a safetensors header of {length:,} bytes", fix="give a file of tracks")
    header = load_json(data[8 : 8 + length], f"{where} / header", MAX_HEADER_BYTES)
    try:
        tensors = load(data)
    except (SafetensorError, KeyError, ValueError, TypeError, RuntimeError) as error:
        raise WanMoveError(where=where, what=f"a damaged safetensors file ({error})", fix="save it again") from None
    made: dict[str, Any] = {
        k: (v.float() if v.is_floating_point() else v).numpy() for k, v in tensors.items() if not v.is_complex()
    }
    metadata = header.get("__metadata__") if isinstance(header, dict) else None
    size = _SIZE.fullmatch(str(metadata.get("size_wh", ""))) if isinstance(metadata, dict) else None
    if size:
        made["size_wh"] = [int(size[1]), int(size[2])]
    return made


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
    with np.errstate(invalid="ignore"):  # a damaged NaN; found at the end of the import
        return array.astype(np.float64) if array.dtype.kind != "b" else array
