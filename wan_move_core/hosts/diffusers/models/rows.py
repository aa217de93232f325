"""Rows of a checkpoint's tensors, read from its files as they are wanted: none is ever read whole for a part of it.

Rows are views of memory-mapped files: what several processes map is in memory once, and is the system's to forget.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol

import torch

from ....checkpoints import fp8
from ....checkpoints.headers import load_torch
from ....checkpoints.layout import Layout
from ....errors import WanMoveError

CHUNK_BYTES = 32 * 2**20
"""Rows are cast and moved to the device in pieces of this size, so that no temporary grows with the model."""


class Rows(Protocol):
    """Where rows come from. ``name`` is the published name; rows are those of the first axis."""

    def read(self, name: str, first: int, last: int) -> torch.Tensor:
        """Rows ``first`` to ``last`` (exclusive) as stored, [last - first, ...]. Not to be written to."""
        ...


class FileRows:
    """Rows of safetensors and torch files. Made by :func:`open_rows`.

    Attributes:
        bytes_read: what was asked for so far.
    """

    def __init__(self, layout: Layout, stack: ExitStack) -> None:
        self._layout, self._stack = layout, stack
        self._files: dict[Path, Any] = {}
        self.bytes_read = 0

    def read(self, name: str, first: int, last: int) -> torch.Tensor:
        info, stored = self._layout.infos[name], self._layout.stored_name(name)
        file = self._open(info.file)
        if isinstance(file, dict):
            rows = file[stored] if not info.shape else file[stored][first:last]
        else:
            # A number has no rows.
            rows = file.get_tensor(stored) if not info.shape else file.get_slice(stored)[first:last]
        self.bytes_read += rows.numel() * rows.element_size()
        return rows

    def _open(self, path: Path) -> Any:
        if path not in self._files:
            if path.suffix.lower() in (".safetensors", ".sft"):
                from safetensors import safe_open

                self._files[path] = self._stack.enter_context(safe_open(str(path), framework="pt", device="cpu"))
            else:
                self._files[path] = load_torch(require_mapped(path))
        return self._files[path]


@contextmanager
def open_rows(layout: Layout) -> Iterator[FileRows]:
    """The files of ``layout`` open for reading rows. Raises: WanMoveError for a damaged safetensors file."""
    from safetensors import SafetensorError

    with ExitStack() as stack:
        try:
            yield FileRows(layout, stack)
        except SafetensorError as error:
            raise WanMoveError(
                where=layout.path.name, what=f"a damaged safetensors file ({error})", fix="download the file again"
            ) from error


def require_mapped(path: Path) -> Path:
    """``path``. Raises: WanMoveError for a torch file of before version 1.6, which every process would read whole."""
    with path.open("rb") as stream:
        if stream.read(4) == b"PK\x03\x04":
            return path
    raise WanMoveError(
        where=path.name,
        what="it was saved in torch's old form, which can only be read whole, and FSDP lets each process read its part",
        fix="save it again with a torch of today (torch.save), or leave FSDP out for this part",
    )


def require_shareable(layout: Layout) -> None:
    """Raise: WanMoveError where parts of a file cannot be read by themselves."""
    for file in layout.files:
        if file.suffix.lower() not in (".safetensors", ".sft", ".gguf"):
            require_mapped(file)


class ScaledRows:
    """Rows with fp8 multiplied out by the layer's one scale, in ``dtype``; everything else as stored."""

    def __init__(self, rows: Rows, scales: dict[str, torch.Tensor], dtype: torch.dtype) -> None:
        self._rows, self._scales, self._dtype, self._scratch = rows, scales, dtype, fp8.Scratch()

    def read(self, name: str, first: int, last: int) -> torch.Tensor:
        rows = self._rows.read(name, first, last)
        if rows.dtype not in fp8.FLOAT8_DTYPES:
            return rows
        scale = self._scales.get(name.removesuffix(".weight"), torch.ones(()))
        return fp8.dequantise(rows, scale, self._dtype, self._scratch)


def copy_rows(rows: Rows, name: str, first: int, out: torch.Tensor, dtype: torch.dtype) -> None:
    """Fill ``out`` [rows, ...] with the tensor's rows from ``first`` on, rounded to ``dtype`` before ``out``'s own."""
    if out.ndim == 0:
        out.copy_(rows.read(name, 0, 0))
        return
    count = len(out)
    row_bytes = max(1, out[:1].numel() * 4)
    step = max(1, CHUNK_BYTES // row_bytes)
    for start in range(0, count, step):
        stop = min(start + step, count)
        part = rows.read(name, first + start, first + stop)
        if dtype not in (part.dtype, out.dtype):
            part = part.to(dtype)
        out[start:stop].copy_(part)
