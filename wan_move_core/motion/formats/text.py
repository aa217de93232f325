"""JSON as tools and people really write it: strict first, then Python's spelling, then several values in a row.

Several coordinate strings may come joined: a list of texts (what KJNodes' AppendStringsToList gives), a line each, or
one behind the other (what nodes that join strings give, with any delimiter or none).
"""

from __future__ import annotations

import codecs
import json
import re
from typing import Any

from ...errors import WanMoveError
from ..document.bounded_json import MAX_ESCAPES, decode_text, load_json
from .job import Job

MAX_TEXT_BYTES = 16_000_000
MAX_LINES = 20_000

_TOKEN = re.compile(
    # Unfinished strings reach to the end, so that the scan stays linear; the parser then refuses them.
    r'"[^"\\]*(?:\\.[^"\\]*)*"?'
    r"|'(?P<single>[^'\\]*(?:\\.[^'\\]*)*)'?"
    r"|-?\b(?P<word>True|False|None|NaN|nan|Infinity|inf)\b",
    re.DOTALL,
)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_QUOTED_OR_BRACKET = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{}]', re.DOTALL)
_DELIMITERS = " \t\r\n,;|"
_WORDS = {"True": "true", "False": "false"}


def decoded(text: str | bytes, job: Job) -> str:
    """The text with plain line ends: UTF-8, UTF-16 with its mark (Excel's "Unicode Text"), else Windows-1252 (said).

    Raises: WanMoveError when it is too long, or bytes that are no text.
    """
    if isinstance(text, bytes) and text[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        if len(text) > 2 * MAX_TEXT_BYTES:
            raise job.error(f"{len(text):,} bytes of UTF-16 text", "save it as UTF-8, or give fewer tracks")
        try:
            text = text.decode("utf-16")
        except UnicodeDecodeError as error:
            raise job.error(f"damaged UTF-16 text (byte {error.start})", "save the file as UTF-8") from None
    elif isinstance(text, bytes) and len(text) <= MAX_TEXT_BYTES and not _CONTROL.search(text[:4096]):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError:
            # Numbers are the same in both; only names could come out wrong.
            text = text.decode("cp1252", "replace")
            job.note("Not UTF-8 text; read as Windows-1252, which concerns names only.")
    text = decode_text(text, job.where, MAX_TEXT_BYTES)
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


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
        parts, how = _by_line(translated, where), "one a line"
        if parts is None:
            parts, how = _in_a_row(translated, where), "one behind the other"
        if parts is None:
            raise strict from None
    notes = [f"{len(parts)} JSON values, {how}, read as one list."]
    if all(isinstance(part, list) for part in parts):
        return [track for part in parts for track in tracks_of(part, where)], notes
    return parts, notes


def _by_line(text: str, where: str) -> list[Any] | None:
    """Every line's value (JSONL, or strings pasted below each other, also with commas between); None for others."""
    lines = [line.strip().removesuffix(",") for line in text.splitlines() if line.strip()]
    if not 2 <= len(lines) <= MAX_LINES or any(line[0] not in '[{"' for line in lines if line) or not all(lines):
        return None
    try:
        return [load_json(line, where, MAX_TEXT_BYTES) for line in lines]
    except WanMoveError:
        return None


def _in_a_row(text: str, where: str) -> list[Any] | None:
    """The lists or objects that follow each other, delimited or not; None for others."""
    pieces: list[str] = []
    depth = start = end = 0
    for token in _QUOTED_OR_BRACKET.finditer(text):
        bracket = token[0]
        if bracket in "[{":
            if not depth:
                start = token.start()
                if text[end:start].strip(_DELIMITERS):
                    return None
            depth += 1
        elif bracket in "]}":
            depth -= 1
            if depth < 0 or len(pieces) >= MAX_LINES:
                return None
            if not depth:
                end = token.end()
                pieces.append(text[start:end])
    if depth or len(pieces) < 2 or text[end:].strip(_DELIMITERS):
        return None
    try:
        return [load_json(piece, where, MAX_TEXT_BYTES) for piece in pieces]
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
