"""Fields of data classes that come out of files: every value is of its field's type, or the field is named."""

from __future__ import annotations

import dataclasses
import math
import types
from collections.abc import Iterable, Mapping
from typing import Any, Union, get_args, get_origin, get_type_hints

from ..errors import WanMoveError

_NAMES = {str: "text", int: "a whole number", float: "a number", bool: "true or false", type(None): "null"}
_FIX = "make the clip anew, or mend the field"


def require_fields(kind: type, table: Mapping[str, Any], where: str, choices: Mapping[str, Iterable[str]]) -> None:
    """Raise unless every value of ``table`` is of the type that data class ``kind`` gives its field.

    ``choices``: field -> the words it may be. Numbers are finite, texts without NUL. Fields without a default must be
    there.

    Raises: WanMoveError naming the first field that is not so.
    """
    hints = get_type_hints(kind)
    for field in dataclasses.fields(kind):
        missing = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        if field.name not in table:
            if missing:
                raise WanMoveError(where=f"{where} / {field.name}", what="is missing", fix=_FIX)
            continue
        value, allowed = table[field.name], _types(hints[field.name])
        if not any(_is(value, one) for one in allowed):
            expected = " or ".join(_NAMES.get(one, "a list of texts") for one in allowed)
            raise WanMoveError(where=f"{where} / {field.name}", what=f"{shown(value)}, expected {expected}", fix=_FIX)
        words = tuple(choices.get(field.name, ()))
        if words and value is not None and value not in words:
            raise WanMoveError(
                where=f"{where} / {field.name}", what=f"{shown(value)}, expected {', '.join(words)}", fix=_FIX
            )


def shown(value: Any) -> str:
    """A value out of a file, short enough for a line."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _types(hint: Any) -> tuple[type, ...]:
    return tuple(get_args(hint)) if get_origin(hint) in (Union, types.UnionType) else (hint,)


def _is(value: Any, kind: type) -> bool:
    if get_origin(kind) is tuple:
        return isinstance(value, list | tuple) and all(_is(one, str) for one in value)
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and _finite(value)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**64
    if kind is str:
        return isinstance(value, str) and "\0" not in value
    return isinstance(value, kind)


def _finite(value: float) -> bool:
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False
