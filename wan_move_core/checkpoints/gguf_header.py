"""A GGUF file's header, walked within bounds before the ``gguf`` package reads it.

The package believes every count and length that it reads. Layout: ggml's docs/gguf.md, versions 2 and 3.
"""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

from ..errors import WanMoveError

MAX_TENSORS = 100_000
MAX_NAME = 1024
MAX_SIDE = 2**40
"""Of a weight file of any kind: tensors, letters of a name, and one side of a shape."""
MAX_KEYS = 10_000
MAX_ELEMENTS = 1_000_000
"""Values in all arrays together; a text encoder's vocabulary of 256,384 words has three such lists."""
MAX_DIMENSIONS = 8
_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_STRING, _ARRAY = 8, 9


def require_readable(path: Path) -> None:
    """Raise: WanMoveError unless counts, lengths and sides in the header fit each other, the file and the bounds."""
    size = path.stat().st_size
    if size < 24:
        raise _error(path, f"its {size} bytes are no header")
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            _walk(path, data, size)
        except struct.error:
            raise _error(path, "its header reaches beyond the end of the file") from None


def _walk(path: Path, data: mmap.mmap, size: int) -> None:
    version = struct.unpack_from("<I", data, 4)[0]
    order = "<" if version & 0xFFFF else ">"
    version, tensors, keys = struct.unpack_from(order + "IQQ", data, 4)
    if version not in (2, 3):
        raise _error(path, f"it is of version {version}, versions 2 and 3 are read")
    if tensors > MAX_TENSORS or keys > MAX_KEYS:
        raise _error(path, f"it announces {tensors:,} tensors and {keys:,} keys")
    number, text = struct.Struct(order + "Q"), struct.Struct(order + "I")
    at, elements = 24, 0

    def string(at: int) -> int:
        return _within(path, at + 8 + number.unpack_from(data, at)[0], size)

    for _ in range(keys):
        at = string(at)
        (kind,) = text.unpack_from(data, at)
        at += 4
        many, repeated = 1, kind == _ARRAY
        if repeated:
            (kind,), (many,) = text.unpack_from(data, at), number.unpack_from(data, at + 4)
            at, elements = at + 12, elements + many
        if elements > MAX_ELEMENTS:
            raise _error(path, f"its keys hold more than {MAX_ELEMENTS:,} values")
        if kind == _STRING:
            for _ in range(many):
                at = string(at)
        elif kind in _SIZES:
            at = _within(path, at + many * _SIZES[kind], size)
        else:
            raise _error(path, f"a key of the unknown type {kind}")
    for _ in range(tensors):
        (letters,) = number.unpack_from(data, at)
        if letters > MAX_NAME:
            raise _error(path, f"a tensor's name of {letters:,} letters")
        at = _within(path, at + 8 + letters, size)
        (sides,) = text.unpack_from(data, at)
        if sides > MAX_DIMENSIONS:
            raise _error(path, f"a tensor of {sides:,} dimensions")
        shape = struct.unpack_from(f"{order}{sides}Q", data, at + 4)
        count = 1
        for side in shape:
            count *= side
        # No quantisation packs more than eight numbers into a byte.
        if count > 8 * size or max(shape, default=0) > MAX_SIDE:
            raise _error(path, f"a tensor of {count:,} numbers in a file of {size:,} bytes")
        at = _within(path, at + 4 + 8 * sides + 12, size)


def _within(path: Path, at: int, size: int) -> int:
    if at > size:
        raise _error(path, "its header reaches beyond the end of the file")
    return at


def _error(path: Path, what: str) -> WanMoveError:
    return WanMoveError(where=path.name, what=f"a damaged GGUF file: {what}", fix="download the file again")
