"""JSON as tools and people really write it: strict first, then Python's spelling of the same values."""

from __future__ import annotations

import json
import re
from typing import Any

from ...errors import WanMoveError
from ..document.bounded_json import MAX_ESCAPES, decode_text, load_json

MAX_TEXT_BYTES = 16_000_000

_TOKEN = re.compile(
    # Unfinished strings reach to the end, so that the scan stays linear; the parser then refuses them.
    r'"[^"\\]*(?:\\.[^"\\]*)*"?'
    r"|'(?P<single>[^'\\]*(?:\\.[^'\\]*)*)'?"
    r"|-?\b(?P<word>True|False|None|NaN|nan|Infinity|inf)\b",
    re.DOTALL,
)
_WORDS = {"True": "true", "False": "false"}


def load_tolerant(text: str | bytes, where: str) -> tuple[Any, list[str]]:
    """The value and notes about what was tolerated.

    Single quotes, True, False and None are translated token by token (nothing is evaluated); NaN and infinities become
    null, so that the reader that knows tracks and frames can name the place.

    Raises: WanMoveError, that of the strict reading, where the translation is no JSON either.
    """
    text = decode_text(text, where, MAX_TEXT_BYTES)
    try:
        return load_json(text, where, MAX_TEXT_BYTES), []
    except WanMoveError as strict:
        if text.count("\\") > MAX_ESCAPES:
            raise
        translated = _TOKEN.sub(_translate, text)
        if translated == text:
            raise
        try:
            value = load_json(translated, where, 2 * MAX_TEXT_BYTES)
        except WanMoveError:
            raise strict from None
    return value, ["Not strict JSON (single quotes or Python's words); read all the same."]


def _translate(match: re.Match[str]) -> str:
    single = match["single"]
    if single is not None:
        # Only the quote's own escape differs from JSON's; other escapes are passed on for the parser to judge.
        return '"' + single.replace("\\'", "'").replace('"', '\\"') + '"'
    word = match["word"]
    return match[0] if word is None else _WORDS.get(word, "null")


def dump_json(value: Any) -> str:
    """Compact ASCII JSON; NaN cannot slip through."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False)
