"""Arrays of plain numbers in ``.npy`` files, read without numpy's own loader: nothing but numbers can come out, and no
header is evaluated as Python (numpy's loader parses it, and enough brackets end that with a MemoryError)."""

from __future__ import annotations

import re

import numpy as np

from .errors import WanMoveError

MAX_ARRAY_BYTES = 144 * 1024 * 1024
"""Bytes of arrays that a file may hold or unpack to: 16 million float32 positions, their visibility, and some room."""
NPY_MAGIC = b"\x93NUMPY"
_DESCR = re.compile(r"'descr'\s*:\s*'([<>|=]?)([fiub])([1248])'")
_ORDER = re.compile(r"'fortran_order'\s*:\s*(True|False)")
_SHAPE = re.compile(r"'shape'\s*:\s*\(([\d\s,L]{0,200})\)")


def parse_npy(data: bytes | bytearray, where: str, limit: int = MAX_ARRAY_BYTES) -> np.ndarray:
    """The array of a ``.npy`` file: real numbers, integers or booleans only.

    The header is matched, never evaluated, and its declared size is checked before the data is touched.

    Raises: WanMoveError for anything else: objects, structures, text, complex numbers, truncated or oversized data.
    """

    def error(what: str, fix: str = "save the array again with numpy.save") -> WanMoveError:
        return WanMoveError(where=where, what=what, fix=fix)

    if len(data) < 10 or not data.startswith(NPY_MAGIC):
        raise error("not a .npy file")
    width = {1: 2, 2: 4, 3: 4}.get(data[6])
    if width is None:
        raise error(f"unknown .npy version {data[6]}")
    start = 8 + width
    length = int.from_bytes(data[8:start], "little")
    if length > 65536 or start + length > len(data):
        raise error("the header is truncated or too long")
    header = data[start : start + length].decode("latin-1")
    if "'|O'" in header or "'O'" in header:
        raise error("the array holds Python objects, which could run code", "save plain numbers (float32) instead")
    descr, order, shape_text = _DESCR.search(header), _ORDER.search(header), _SHAPE.search(header)
    if descr is None or order is None or shape_text is None:
        raise error(f"not an array of plain numbers ({header.strip()[:80]})", "save an array of float32")
    sides = [s.strip(" L\t\r\n") for s in shape_text[1].split(",")]
    shape = [int(s) for s in sides if s.isdigit() and len(s) < 16]
    if len(shape) != sum(bool(s) for s in sides) or len(shape) > 8:
        raise error(f"unreadable shape ({shape_text[1][:80]})")
    kind = "b1" if descr[2] == "b" else descr[2] + descr[3]
    if (descr[2] == "b" and descr[3] != "1") or kind == "f1":
        raise error(f"unknown number type {descr[2]}{descr[3]}")
    dtype = np.dtype((descr[1] if descr[1] in "<>" else "=") + kind)
    count = 1
    for side in shape:
        count *= side
    if count * dtype.itemsize > limit:
        raise error(f"the array declares {count:,} numbers, too many for tracks", "trim it")
    body = start + length
    if count * dtype.itemsize > len(data) - body:
        raise error(f"the array declares {count * dtype.itemsize:,} bytes, the file holds {len(data) - body:,}")
    flat = np.frombuffer(data, dtype, count, body)
    if kind == "b1":
        flat = flat.view(np.uint8) != 0
    array = flat.reshape(shape, order="F" if order[1] == "True" else "C")
    # Native numbers stay a read-only view of the file's bytes: a copy would double a large file.
    return array.astype(dtype.newbyteorder("="), copy=False)
