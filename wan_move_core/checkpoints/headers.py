"""What a weight file says about its tensors, read without loading one: names, shapes, dtypes, completeness."""

from __future__ import annotations

import json
import math
import pickletools
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import torch

from ..errors import WanMoveError
from .gguf_header import MAX_NAME, MAX_SIDE, MAX_TENSORS, require_readable

MAX_HEADER_BYTES = 32 * 2**20
"""A third of the format's own bound, and thirty times what the largest published video model needs."""
MAX_PICKLE_BYTES = 4 * 2**20
"""The part of a torch file that names its tensors: some 250 bytes each, and each byte may be a step of the reader."""
MAX_DIRECTORY_BYTES = 16 * 2**20

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
        # Each tensor is an object with two lists: counted in the text, before a million of them are made.
        # Generously, since metadata may carry a whole workflow in its texts.
        if any(raw.count(mark) > most * MAX_TENSORS for mark, most in ((b"{", 1), (b"[", 10), (b'"', 40))):
            raise _not_safetensors(path, f"it names more than {MAX_TENSORS:,} tensors")
        table = json.loads(raw, parse_constant=_refuse, parse_float=_refuse)
        metadata = {str(k): str(v) for k, v in (table.pop("__metadata__", None) or {}).items()}
        infos = {name: _info(entry, path) for name, entry in table.items()}
        end = max((entry["data_offsets"][1] for entry in table.values()), default=0)
    except WanMoveError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OverflowError) as error:
        raise _not_safetensors(path, f"its header cannot be read ({type(error).__name__})") from error
    if 8 + length + end > size:
        raise WanMoveError(
            where=path.name,
            what=f"the file has {size} bytes but its header describes {8 + length + end}: the download is incomplete",
            fix="download the file again",
        )
    long = next((name for name in infos if len(name) > MAX_NAME), None)
    if long is not None:
        raise _not_safetensors(path, f"it has a tensor whose name has {len(long):,} letters")
    return infos, metadata


def _info(entry: dict[str, Any], path: Path) -> TensorInfo:
    """One tensor, whose sides and place must be whole numbers that agree. Raises: ValueError, KeyError, TypeError."""
    shape, (first, last) = tuple(entry["shape"]), entry["data_offsets"]
    if any(type(v) is not int or not 0 <= v <= MAX_SIDE for v in shape) or len(shape) > 16:
        raise _not_safetensors(path, f"a tensor of the shape {str(list(shape))[:80]}")
    if type(first) is not int or type(last) is not int or not 0 <= first <= last:
        raise ValueError
    dtype = SAFETENSORS_DTYPES.get(str(entry["dtype"]))
    made = TensorInfo(shape, dtype, path)
    # Types that torch has no name for pack at most eight numbers into a byte.
    stored = last - first
    if made.numel * dtype.itemsize != stored if dtype is not None else made.numel > 8 * stored:
        raise _not_safetensors(path, f"a tensor of {made.numel:,} numbers in {stored:,} bytes")
    return made


def _refuse(text: str) -> float:
    raise ValueError(text[:40])


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
    _require_few_steps(path, zipped)
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


def _require_few_steps(path: Path, zipped: bool) -> None:
    """Raise: WanMoveError where torch's reader would have millions of steps to take before it can refuse."""
    what = f"its list of tensors is larger than {MAX_PICKLE_BYTES >> 20} MB"
    if zipped:
        if _directory_bytes(path) > MAX_DIRECTORY_BYTES:
            raise _not_torch(path, f"its directory is larger than {MAX_DIRECTORY_BYTES >> 20} MB")
        try:
            with zipfile.ZipFile(path) as archive:
                long = any(m.file_size > MAX_PICKLE_BYTES for m in archive.infolist() if m.filename.endswith(".pkl"))
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, IndexError, struct.error):
            return  # torch says what is damaged
        if long:
            raise _not_torch(path, what)
        return
    with path.open("rb") as stream:
        # Four pickles precede the numbers: a mark, a version, the system, the tensors. Then come the numbers' names.
        for _ in range(4):
            try:
                for _opcode, _value, at in pickletools.genops(cast(Any, _Bounded(stream))):
                    if at is not None and at > MAX_PICKLE_BYTES:
                        raise _not_torch(path, what)
            except WanMoveError:
                raise
            except (ValueError, IndexError, KeyError, OverflowError, EOFError, struct.error, AttributeError):
                return
            if stream.tell() > 2 * MAX_PICKLE_BYTES:
                raise _not_torch(path, what)


class _Bounded:
    """A stream whose single reads are short: a pickle may announce a text of gigabytes."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.tell = stream.tell

    def read(self, count: int) -> bytes:
        if count > MAX_PICKLE_BYTES:
            raise ValueError
        return self._stream.read(count)

    def readline(self) -> bytes:
        return self._stream.readline(MAX_NAME)


def _directory_bytes(path: Path) -> int:
    """Bytes of a zip file's directory as its end says: read whole by whoever opens it."""
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - 66_000))
        tail = stream.read()
    at = tail.rfind(b"PK\x05\x06")
    found = struct.unpack_from("<I", tail, at + 12)[0] if 0 <= at <= len(tail) - 22 else 0
    large = tail.rfind(b"PK\x06\x06")
    if found == 0xFFFFFFFF and 0 <= large <= len(tail) - 56:
        (found,) = struct.unpack_from("<Q", tail, large + 40)
    return found


def _not_torch(path: Path, what: str) -> WanMoveError:
    return WanMoveError(
        where=path.name, what=f"not a file of plain tensors: {what}", fix="download it again, or choose another one"
    )


def read_gguf(path: Path) -> Any:
    """The reader of a GGUF file (needs the ``gguf`` package).

    Raises: WanMoveError when the package is not there, or the header does not agree with itself or the file.
    """
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
    require_readable(path)
    try:
        return GGUFReader(str(path))
    except Exception as error:  # it raises whatever a lying header leads it to
        raise WanMoveError(
            where=path.name, what=f"a damaged GGUF file ({type(error).__name__})", fix="download the file again"
        ) from error


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
