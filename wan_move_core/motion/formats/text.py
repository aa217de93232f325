"""JSON as tools and people really write it: strict first, then Python's spelling of the same values, then one a line.

Several coordinate strings may come joined: a list of texts (what KJNodes' AppendStringsToList gives), or a line each.
"""

from __future__ import annotations

import json
import re
from typing import Any

from ...errors import WanMoveError
from ..document.bounded_json import MAX_ESCAPES, decode_text, load_json

MAX_TEXT_BYTES = 16_000_000
MAX_LINES = 20_000

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
        if translated != text:
            try:
                value = load_json(translated, where, 2 * MAX_TEXT_BYTES)
                return value, ["Not strict JSON (single quotes or Python's words); read all the same."]
            except WanMoveError:
                pass
        parts = _by_line(translated, where)
        if parts is None:
            raise strict from None
    return parts, [f"{len(parts)} JSON values, one a line, read as one list."]


def _by_line(text: str, where: str) -> list[Any] | None:
    """Every line's value (JSONL, or strings pasted below each other, also with commas between); None for others."""
    lines = [line.strip().removesuffix(",") for line in text.splitlines() if line.strip()]
    if not 2 <= len(lines) <= MAX_LINES or any(line[0] not in '[{"' for line in lines if line) or not all(lines):
        return None
    try:
        return [load_json(line, where, MAX_TEXT_BYTES) for line in lines]
    except WanMoveError:
        return None


def joined(parts: Any, where: str, depth: int = 0) -> list[Any] | None:
    """The tracks of all texts in ``parts`` as one list; None where ``parts`` is not a list of texts or of their values.

    Raises: WanMoveError for a text that is no JSON, naming which.
    """
    if not isinstance(parts, (list, tuple)) or not any(isinstance(part, str) for part in parts) or depth > 3:
        return None
    if len(parts) > MAX_LINES or sum(len(part) for part in parts if isinstance(part, str)) > MAX_TEXT_BYTES:
        raise WanMoveError(where=where, what=f"{len(parts):,} texts of coordinates", fix="give fewer tracks")
    made: list[Any] = []
    for number, part in enumerate(parts, start=1):
        place = f"{where} / text {number}"
        if isinstance(part, str):
            if not part.strip():
                continue
            part, _ = load_tolerant(part, place)
        if isinstance(part, str):
            part = [part]
        inner = joined(part, place, depth + 1) if isinstance(part, list) else None
        made += tracks_of(part if inner is None else inner, place)
    return made


def tracks_of(value: Any, where: str) -> list[Any]:
    """The tracks of one coordinate string: a flat list of points is one."""
    if not isinstance(value, list):
        raise WanMoveError(
            where=where, what=f"a {type(value).__name__} among coordinate strings", fix="give lists of {x, y}"
        )
    first = next((item for item in value if item is not None), None)
    flat = isinstance(first, dict) or (isinstance(first, list) and bool(first) and isinstance(first[0], (int, float)))
    return [value] if flat and value else value


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
