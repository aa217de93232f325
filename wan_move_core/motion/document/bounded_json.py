"""JSON from strangers: bounded in size and depth, strict about numbers and keys, every fault a WanMoveError."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import numpy as np

from ...errors import WanMoveError

MAX_BYTES = 5_000_000
MAX_DEPTH = 32
MAX_CONTAINERS = 2_000_000
"""Arrays and objects in one text: each takes a hundred bytes or two, however few characters it has."""
MAX_ESCAPES = 1_000_000
"""Backslashes in one text: the scan for strings keeps some hundred bytes for each within one string."""
# A double never needs more; Python's own limit on digits differs between versions and raises a bare ValueError.
_MAX_DIGITS = 400

# An unfinished string reaches to the end, so that the scan stays linear.
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)


class _Refused(Exception):
    """A value that Python's parser takes and we do not; becomes a WanMoveError where the place is known."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.what, self.fix = what, fix


def load_json(text: str | bytes | Any, where: str, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Any:
    """Parse JSON text (UTF-8 where bytes; a byte order mark is skipped), or copy plain data held to the same rules.

    Args:
        text: the JSON, or lists, objects and numbers already parsed.
        where: the place named in errors.
        max_bytes: longest accepted text, in UTF-8 bytes.
        max_depth: deepest accepted nesting of arrays and objects.

    Raises: WanMoveError when the text is too long or too deep, is not JSON, holds NaN, Infinity or a number beyond
        double precision's range, or repeats a key within one object; or the data is none that JSON could hold.
    """
    if not isinstance(text, (str, bytes, bytearray, memoryview)):
        text = _text_of_plain(text, where)
    text = decode_text(text if isinstance(text, str) else bytes(text), where, max_bytes)
    if not text.strip():
        raise WanMoveError(where=where, what="the text is empty", fix="give JSON")
    escapes = text.count("\\")
    if escapes > MAX_ESCAPES:
        raise WanMoveError(where=where, what=f"{escapes:,} escapes in the text", fix="save it as plain UTF-8")
    depth, containers = _depth(text)
    if containers > MAX_CONTAINERS:
        raise WanMoveError(
            where=where,
            what=f"{containers:,} lists and objects, at most {MAX_CONTAINERS:,} are accepted",
            fix="give fewer points, or keep long tracks in a .npy file",
        )
    if depth > max_depth:
        raise WanMoveError(
            where=where,
            what=f"JSON nested {depth} deep, at most {max_depth} is accepted",
            fix="check that this is the right file",
        )
    try:
        return json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_float=_finite_float,
            parse_int=_bounded_int,
            object_pairs_hook=_unique_keys,
        )
    except _Refused as refused:
        raise WanMoveError(where=where, what=refused.what, fix=refused.fix) from None
    except json.JSONDecodeError as error:
        raise WanMoveError(
            where=where,
            what=f"not valid JSON ({error.msg} at line {error.lineno} column {error.colno})",
            fix="correct the text there, or export it again",
        ) from None
    except (ValueError, RecursionError) as error:
        raise WanMoveError(where=where, what=f"not valid JSON ({error})", fix="export the text again") from None


def dump_json(value: Any) -> str:
    """Compact JSON text of plain values; characters that no file can hold as UTF-8 are escaped."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, allow_nan=False, separators=(",", ":"))
    return text


def decode_text(text: str | bytes, where: str, max_bytes: int = MAX_BYTES) -> str:
    """The text, checked to be at most ``max_bytes`` of UTF-8, without a byte order mark.

    Raises: WanMoveError when it is longer, or bytes are not UTF-8.
    """
    # A character takes at least one byte, so a text too long by characters need not be encoded to be measured.
    size = len(text)
    if isinstance(text, str) and max_bytes // 4 < size <= max_bytes:
        size = len(text.encode("utf-8", "surrogatepass"))
    if size > max_bytes:
        raise WanMoveError(
            where=where,
            what=f"{size:,} bytes of text, at most {max_bytes:,} are accepted",
            fix="give fewer points, or keep long tracks in a .npy file",
        )
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError as error:
            raise WanMoveError(
                where=where, what=f"not UTF-8 text (byte {error.start})", fix="save the file as UTF-8"
            ) from None
    return text.removeprefix("\ufeff")


def _text_of_plain(value: Any, where: str) -> str:
    try:
        return json.dumps(value, allow_nan=False, ensure_ascii=False)
    except RecursionError:
        raise WanMoveError(where=where, what="nested too deep", fix="flatten it") from None
    except ValueError as error:
        what = "refers to itself" if "ircular" in str(error) else "holds NaN or infinity"
        raise WanMoveError(where=where, what=what, fix="use finite numbers in plain objects and lists") from None
    except TypeError:
        raise WanMoveError(
            where=where, what=f"not plain JSON data ({type(value).__name__})", fix="give text, bytes or a plain dict"
        ) from None


def _depth(text: str) -> tuple[int, int]:
    """Deepest nesting of brackets outside strings, and their number; counted before parsing, because the parser
    recurses and makes an object of each."""
    bare = np.frombuffer(_STRING.sub("", text).encode("utf-8", "replace"), dtype=np.uint8)
    opens = (bare == ord("[")) | (bare == ord("{"))
    closes = (bare == ord("]")) | (bare == ord("}"))
    if not opens.any():
        return 0, 0
    steps = opens.view(np.int8) - closes.view(np.int8)
    return int(np.cumsum(steps, dtype=np.int32).max()), int(opens.sum())


def _refuse_constant(name: str) -> Any:
    raise _Refused(f"{name} is not a number that JSON or a position can hold", "replace it with a finite number")


def _finite_float(digits: str) -> float:
    if len(digits) > _MAX_DIGITS:
        raise _Refused(f"a number of {len(digits)} digits", "round the numbers")
    value = float(digits)
    if not math.isfinite(value):
        raise _Refused(f"the number {digits[:40]} is too large", "use numbers within the range of a picture")
    return value


def _bounded_int(digits: str) -> int:
    # 2**1023 has 308 digits: more would not convert to float without an OverflowError later.
    if len(digits) > 300:
        raise _Refused(f"a number of {len(digits)} digits", "use numbers within the range of a picture")
    return int(digits)


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _Refused(f"the key {key[:60]!r} appears twice in one object", "keep one of them")
            seen.add(key)
    return made
