"""Reading one field of a JSON object: its type, its range, and an error that names the place."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from ...errors import WanMoveError

REQUIRED = object()
_SHOWN = 40


class Fields:
    """The fields of one object, taken one by one; what is left at the end is unknown and kept.

    Args:
        data: the parsed object.
        where: its place, as errors tell it.
    """

    def __init__(self, data: Any, where: str) -> None:
        if not isinstance(data, dict):
            raise WanMoveError(where=where, what=f"{shown(data)} is not an object", fix="write {...}")
        self.where = where
        self._left: dict[str, Any] = dict(data)

    def error(self, name: str, what: str, fix: str) -> WanMoveError:
        return WanMoveError(where=f"{self.where} / {name}", what=what, fix=fix)

    def take(self, name: str, default: Any = REQUIRED) -> Any:
        """The raw value; the default where it is missing."""
        if name not in self._left:
            if default is REQUIRED:
                raise self.error(name, "is missing", f"add {name}")
            return default
        return self._left.pop(name)

    def rest(self) -> dict[str, Any]:
        """What nobody took."""
        return self._left

    def text(self, name: str, default: Any = REQUIRED, *, longest: int, shortest: int = 0) -> str:
        value = self.take(name, default)
        if not isinstance(value, str):
            raise self.error(name, f"{shown(value)} is not text", 'write "..."')
        if not shortest <= len(value) <= longest:
            raise self.error(name, f"{len(value)} characters, allowed are {shortest} to {longest}", "change its length")
        return value

    def flag(self, name: str, default: bool) -> bool:
        value = self.take(name, default)
        if not isinstance(value, bool):
            raise self.error(name, f"{shown(value)} is not true or false", "write true or false")
        return value

    def choice(self, name: str, default: Any, allowed: Sequence[str]) -> str:
        value = self.take(name, default)
        if not isinstance(value, str) or value not in allowed:
            raise self.error(name, f"{shown(value)} is unknown", f"use {', '.join(allowed)}")
        return value

    def integer(self, name: str, default: Any = REQUIRED, *, low: int, high: int) -> int:
        return self.as_integer(self.take(name, default), name, low, high)

    def number(self, name: str, default: Any = REQUIRED, *, low: float, high: float) -> float:
        return self.as_number(self.take(name, default), name, low, high)

    def sequence(self, name: str, default: Any = REQUIRED, *, longest: int, shortest: int = 0) -> list[Any]:
        return self.as_list(self.take(name, default), name, longest, shortest)

    def as_list(self, value: Any, name: str, longest: int, shortest: int = 0) -> list[Any]:
        if not isinstance(value, list):
            raise self.error(name, f"{shown(value)} is not a list", "write [...]")
        if not shortest <= len(value) <= longest:
            raise self.error(
                name, f"{len(value)} entries, allowed are {shortest} to {longest:,}", "change their number"
            )
        return value

    def as_integer(self, value: Any, name: str, low: int, high: int) -> int:
        number = self.as_number(value, name, low, high)
        if number != int(number):
            raise self.error(name, f"{shown(value)} is not a whole number", "round it")
        return int(number)

    def as_number(self, value: Any, name: str, low: float, high: float) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.error(name, f"{shown(value)} is not a number", "write a plain number")
        if not (low <= value <= high) or not math.isfinite(value):
            raise self.error(name, f"{shown(value)} is not within {low:g} to {high:g}", "correct it")
        return value

    def pair(self, value: Any, name: str, limit: float) -> tuple[float, float]:
        """[x, y], both within -limit to limit."""
        if not isinstance(value, list) or len(value) != 2:
            raise self.error(name, f"{shown(value)} is not [x, y]", "write two numbers")
        x, y = value
        # The common case without a call per number: a document may hold a hundred thousand points.
        if type(x) is float and type(y) is float and -limit <= x <= limit and -limit <= y <= limit:
            return x, y
        return float(self.as_number(x, name, -limit, limit)), float(self.as_number(y, name, -limit, limit))

    def pairs(self, values: Iterable[Any], name: str, limit: float) -> tuple[tuple[float, float], ...]:
        return tuple(self.pair(value, f"{name}[{i}]", limit) for i, value in enumerate(values))


def shown(value: Any) -> str:
    """A short, harmless picture of a value for an error."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
