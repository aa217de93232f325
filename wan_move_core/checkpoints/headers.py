"""What a weight file says about its tensors, read without loading one: names, shapes, dtypes, completeness."""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ..errors import WanMoveError

MAX_HEADER_BYTES = 100 * 2**20
"""The safetensors format's own bound; a larger number means that the file is something else."""

SAFETENSORS_DTYPES: dict[str, torch.dtype] = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}


@dataclass(frozen=True)
class TensorInfo:
    """Shape and dtype of a stored tensor; dtype is None for kinds that torch has no name for (GGUF blocks, ...)."""

    shape: tuple[int, ...]
    dtype: torch.dtype | None
    file: Path

    @property
    def numel(self) -> int:
        return math.prod(self.shape)


def require_file(path: Path, where: str | None = None) -> None:
    """Raise unless ``path`` is a readable weight file rather than a pointer or a web page left by a failed download."""
    if not path.is_file():
        raise WanMoveError(
            where=where or path.name, what=f"{path} is not there", fix="download the file again, or correct the path"
        )
    with path.open("rb") as stream:
        start = stream.read(64)
    if start.startswith(b"version https://git-lfs"):
        raise WanMoveError(
            where=where or path.name,
            what="the file is a Git LFS pointer, not the weights",
            fix="fetch the real file (git lfs pull, or the site's own download)",
        )
    if start.lstrip()[:9].lower().startswith((b"<!doctype", b"<html")):
        raise WanMoveError(
            where=where or path.name,
            what="the file is a web page, not weights: the download was refused or redirected",
            fix="download it again, logged in if the site asks for it",
        )


def read_safetensors_header(path: Path) -> tuple[dict[str, TensorInfo], dict[str, str]]:
    """Names -> TensorInfo and the metadata of one safetensors file.

    Raises: WanMoveError for a file that is not safetensors, or is shorter than its own header says.
    """
    require_file(path)
    size = path.stat().st_size
    with path.open("rb") as stream:
        lead = stream.read(8)
        length = struct.unpack("<Q", lead)[0] if len(lead) == 8 else 0
        if not 2 <= length <= min(MAX_HEADER_BYTES, max(size - 8, 0)):
            raise _not_safetensors(path, f"its first 8 bytes announce a header of {length} bytes in a file of {size}")
        raw = stream.read(length)
    try:
        table = json.loads(raw)
        metadata = {str(k): str(v) for k, v in (table.pop("__metadata__", None) or {}).items()}
        infos = {name: _info(entry, path) for name, entry in table.items()}
        end = max((int(entry["data_offsets"][1]) for entry in table.values()), default=0)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise _not_safetensors(path, f"its header cannot be read ({type(error).__name__})") from error
    if 8 + length + end > size:
        raise WanMoveError(
            where=path.name,
            what=f"the file has {size} bytes but its header describes {8 + length + end}: the download is incomplete",
            fix="download the file again",
        )
    return infos, metadata


def _info(entry: dict[str, Any], path: Path) -> TensorInfo:
    shape = tuple(int(side) for side in entry["shape"])
    return TensorInfo(shape, SAFETENSORS_DTYPES.get(entry["dtype"]), path)


def _not_safetensors(path: Path, what: str) -> WanMoveError:
    return WanMoveError(
        where=path.name, what=f"not a safetensors file: {what}", fix="download the file again, or choose another one"
    )


def load_torch(path: Path) -> dict[str, torch.Tensor]:
    """The tensors of a ``.pth``/``.pt``/``.bin`` file, memory-mapped and without running any code of the file.

    A file saved before torch's zip format cannot be mapped; it is read into memory.
    Raises: WanMoveError for anything that holds more than tensors.
    """
    require_file(path)
    with path.open("rb") as stream:
        zipped = stream.read(4) == b"PK\x03\x04"
    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True, mmap=zipped)
    except Exception as error:
        # torch's own text invites people to switch the protection off; ours must not.
        raise WanMoveError(
            where=path.name,
            what=f"not a file of plain tensors ({type(error).__name__})",
            fix="download it again; a file that needs code to be run while loading is never opened here",
        ) from error
    if isinstance(loaded, dict) and isinstance(loaded.get("state_dict"), dict):
        loaded = loaded["state_dict"]
    if not isinstance(loaded, dict) or not all(isinstance(value, torch.Tensor) for value in loaded.values()):
        raise WanMoveError(
            where=path.name, what="the file holds no state dict of tensors", fix="choose the file of the weights"
        )
    return loaded


def read_gguf(path: Path) -> Any:
    """The reader of a GGUF file (needs the ``gguf`` package)."""
    require_file(path)
    with path.open("rb") as stream:
        if stream.read(4) != b"GGUF":
            raise WanMoveError(where=path.name, what="not a GGUF file", fix="download the file again")
    try:
        from gguf import GGUFReader
    except ImportError as error:
        raise WanMoveError(
            where=path.name,
            what="reading GGUF needs the package gguf, which is not installed",
            fix='pip install gguf, or in ComfyUI use the "Unet Loader (GGUF)" node of ComfyUI-GGUF',
        ) from error
    return GGUFReader(str(path))


def read_infos(path: Path) -> tuple[dict[str, TensorInfo], dict[str, str]]:
    """Names -> TensorInfo and metadata of one weight file of any kind, by its ending."""
    suffix = path.suffix.lower()
    if suffix in (".safetensors", ".sft"):
        return read_safetensors_header(path)
    if suffix == ".gguf":
        tensors = read_gguf(path).tensors
        # GGUF stores sides innermost first.
        return {t.name: TensorInfo(tuple(int(s) for s in reversed(t.shape)), None, path) for t in tensors}, {}
    tensors = load_torch(path)
    return {name: TensorInfo(tuple(t.shape), t.dtype, path) for name, t in tensors.items()}, {}
