"""Writing a safetensors file tensor by tensor, so that a killed run can be taken up again.

The header is written first, then each tensor at its own place in ``NAME.partial``; ``NAME.journal`` notes what is
there, with checksums. When all is there the file is moved to its name in one step.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import torch

from ..errors import WanMoveError
from .headers import SAFETENSORS_DTYPES

_DTYPE_NAMES = {dtype: name for name, dtype in SAFETENSORS_DTYPES.items()}
_VERIFY_BYTES = 2**24

Entry = tuple[tuple[int, ...], torch.dtype]


def tensor_bytes(shape: tuple[int, ...], dtype: torch.dtype) -> int:
    """Size of such a tensor in a file, in bytes."""
    size = dtype.itemsize
    for side in shape:
        size *= side
    return size


class StreamedFile:
    """A safetensors file in the making.

    Args:
        target: the finished file's path.
        entries: name -> (shape, dtype) of everything that will be written.
        metadata: safetensors metadata.
        plan: what the content depends on (inputs, settings); a partial file of another plan is started anew.

    ``done`` maps the work units (see :meth:`write`) found intact from an earlier run to the notes kept with them.
    """

    def __init__(self, target: Path, entries: Mapping[str, Entry], metadata: Mapping[str, str], plan: Any) -> None:
        self.target = target
        self.partial = target.with_name(target.name + ".partial")
        self.journal = target.with_name(target.name + ".journal")
        self._header, self._places = _header(entries, metadata)
        self.size_bytes = len(self._header) + sum(length for _, length in self._places.values())
        digest = hashlib.sha256(self._header)
        digest.update(json.dumps(plan, sort_keys=True).encode())
        self._plan = digest.hexdigest()
        self.done: dict[str, Any] = {}
        self.restarted = False
        self._stream: BinaryIO | None = None
        self._notes: BinaryIO | None = None

    def __enter__(self) -> StreamedFile:
        kept = self.partial.exists() and self.journal.exists()
        self._stream = self.partial.open("r+b" if self.partial.exists() else "w+b")
        _lock(self._stream, self.partial)
        lines = self._read_journal() if kept else []
        if lines:
            self.done = lines[0]
            self._notes = self.journal.open("ab")
        else:
            self.restarted = kept
            self._stream.truncate(0)
            self._stream.write(self._header)
            self._stream.truncate(self.size_bytes)
            self._notes = self.journal.open("wb")
            self._note({"plan": self._plan})
        return self

    def __exit__(self, kind: Any, *_: Any) -> None:
        for stream in (self._stream, self._notes):
            if stream is not None:
                stream.close()

    def write(self, unit: str, tensors: Mapping[str, torch.Tensor], note: Any = None) -> None:
        """Write the tensors of one unit of work, then note it as done together with ``note`` (JSON)."""
        assert self._stream is not None
        sums = {}
        for name, tensor in tensors.items():
            offset, length = self._places[name]
            raw = tensor.contiguous().reshape(-1).view(torch.uint8).numpy().data
            if len(raw) != length:
                raise WanMoveError(
                    where=name, what=f"{len(raw)} bytes, the header announces {length}", fix="report this defect"
                )
            self._stream.seek(offset)
            self._stream.write(raw)
            sums[name] = zlib.crc32(raw)
        self._stream.flush()
        self._note({"unit": unit, "sums": sums, "note": note})
        self.done[unit] = note

    def finish(self) -> None:
        """Move the finished file to its name; the journal goes."""
        assert self._stream is not None
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self.__exit__(None)
        self.partial.replace(self.target)
        self.journal.unlink(missing_ok=True)

    def discard(self) -> None:
        """Remove what was written: nothing of it can be used again."""
        self.__exit__(None)
        self.partial.unlink(missing_ok=True)
        self.journal.unlink(missing_ok=True)

    def _note(self, line: dict[str, Any]) -> None:
        assert self._notes is not None
        self._notes.write(json.dumps(line).encode() + b"\n")
        self._notes.flush()

    def _read_journal(self) -> list[dict[str, Any]]:
        """[units found intact], or [] when there is nothing to continue from."""
        assert self._stream is not None
        lines = self.journal.read_bytes().split(b"\n")
        try:
            if json.loads(lines[0]).get("plan") != self._plan:
                return []
        except (ValueError, AttributeError):
            return []
        self._stream.seek(0)
        if self._stream.read(len(self._header)) != self._header or self.partial.stat().st_size != self.size_bytes:
            return []
        done = {}
        for line in lines[1:]:
            try:
                entry = json.loads(line)
                intact = all(self._checksum(name) == value for name, value in entry["sums"].items())
            except (ValueError, KeyError, TypeError, AttributeError):
                continue  # a line that the kill cut short: its unit is done again
            if intact:
                done[entry["unit"]] = entry.get("note")
        return [done]

    def _checksum(self, name: str) -> int:
        assert self._stream is not None
        offset, left = self._places[name]
        self._stream.seek(offset)
        value = 0
        while left:
            part = self._stream.read(min(left, _VERIFY_BYTES))
            if not part:
                return -1
            value = zlib.crc32(part, value)
            left -= len(part)
        return value


def _header(entries: Mapping[str, Entry], metadata: Mapping[str, str]) -> tuple[bytes, dict[str, tuple[int, int]]]:
    """The header's bytes and name -> (offset in the file, length).

    Wide dtypes first, as the format's own writer does: every tensor then starts at a multiple of its element size.
    """
    table: dict[str, Any] = {"__metadata__": dict(metadata)} if metadata else {}
    places, at = {}, 0
    for name, (shape, dtype) in sorted(entries.items(), key=lambda item: -item[1][1].itemsize):
        length = tensor_bytes(shape, dtype)
        table[name] = {"dtype": _DTYPE_NAMES[dtype], "shape": list(shape), "data_offsets": [at, at + length]}
        places[name] = (at, length)
        at += length
    text = json.dumps(table, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    header = len(text).to_bytes(8, "little") + text
    return header, {name: (len(header) + start, length) for name, (start, length) in places.items()}


def _lock(stream: BinaryIO, path: Path) -> None:
    """Let one process at a time write ``path``. The system frees the lock when the process ends, however it ends."""
    try:
        import fcntl
    except ImportError:  # Windows: no such lock; two runs at once would fail at the final move
        return
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise WanMoveError(
            where=path.name, what="another conversion is writing this file", fix="wait for it, or stop it first"
        ) from error
