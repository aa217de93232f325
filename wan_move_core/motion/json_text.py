"""JSON from strangers: bounded in size, depth and numbers, no key twice, nothing that is not a number called one."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from ..errors import WanMoveError

MAX_BYTES = 5_000_000
MAX_DEPTH = 32
_MAX_DIGITS = 300

# Strings are skipped whole; an unfinished one reaches to the end, so that the scan stays linear.
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[{]|[\]}]', re.DOTALL)


def load_json(value: str | bytes | Any, where: str, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Any:
    """Parse JSON text, or check an already parsed value by the same rules and copy it.

    Raises: WanMoveError for anything else: too large, too deep, not UTF-8, not JSON, a key twice, NaN or infinity.
    """
    if isinstance(value, (bytes, bytearray, memoryview)):
        data = bytes(value)
        _require_size(len(data), where, max_bytes)
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise _error(where, f"not UTF-8 text (byte {error.start})", "save the file as UTF-8 JSON") from None
    elif isinstance(value, str):
        text = value
    else:
        text = _dump_plain(value, where)
    _require_size(len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass")), where, max_bytes)
    _require_depth(text, where, max_depth)
    try:
        return json.loads(
            text,
            object_pairs_hook=lambda pairs: _unique(pairs, where),
            parse_constant=lambda name: _refuse_constant(name, where),
            parse_int=lambda digits: _number(digits, where),
            parse_float=lambda digits: _number(digits, where),
        )
    except json.JSONDecodeError as error:
        raise _error(
            where, f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}", "mend or export it again"
        ) from None
    except RecursionError:
        raise _too_deep(where, max_depth) from None


def dump_json(value: Any) -> str:
    """Compact JSON text of plain values; characters that no file can hold as UTF-8 are escaped."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, allow_nan=False, separators=(",", ":"))
    return text


def _dump_plain(value: Any, where: str) -> str:
    try:
        return json.dumps(value, allow_nan=False, ensure_ascii=False)
    except RecursionError:
        raise _too_deep(where, MAX_DEPTH) from None
    except ValueError as error:
        what = "refers to itself" if "ircular" in str(error) else "holds NaN or infinity"
        raise _error(where, what, "use finite numbers in plain objects and lists") from None
    except TypeError:
        raise _error(
            where, f"not plain JSON data ({type(value).__name__})", "give text, bytes or a plain dict"
        ) from None


def _require_size(length: int, where: str, limit: int) -> None:
    if length > limit:
        raise _error(where, f"{length / 1e6:.1f} MB of text, at most {limit / 1e6:g} MB", "keep dense tracks in a file")


def _require_depth(text: str, where: str, limit: int) -> None:
    depth = 0
    for token in _TOKEN.finditer(text):
        first = text[token.start()]
        if first in "[{":
            depth += 1
            if depth > limit:
                raise _too_deep(where, limit)
        elif first in "]}":
            depth -= 1


def _unique(pairs: list[tuple[str, Any]], where: str) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _error(where, f"the key {key[:60]!r} occurs twice in one object", "remove one of them")
            seen.add(key)
    return result


def _refuse_constant(name: str, where: str) -> Any:
    raise _error(where, f"holds {name}, which is not a number", "use finite numbers")


def _number(digits: str, where: str) -> int | float:
    if len(digits) > _MAX_DIGITS:
        raise _error(where, f"holds a number of {len(digits)} characters", "use ordinary numbers")
    if digits.lstrip("-").isdigit():
        return int(digits)
    value = float(digits)
    if not math.isfinite(value):
        raise _error(where, f"holds {digits[:40]}, which is not finite", "use finite numbers")
    return value


def _too_deep(where: str, limit: int) -> WanMoveError:
    return _error(where, f"nested more than {limit} deep", "flatten it")


def _error(where: str, what: str, fix: str) -> WanMoveError:
    return WanMoveError(where=where, what=what, fix=fix)
