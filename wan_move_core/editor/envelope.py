"""A question to the editor's server and its answer as one run of bytes: facts as JSON, then files as they are.

``u32 length of the JSON (little-endian) | JSON (UTF-8) | the files' bytes, one after another``; ``"files"`` in the JSON
lists ``{"name", "bytes"}`` in their order. js/editor/files/envelope.mjs is the other end.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from typing import Any

from ..errors import WanMoveError
from ..motion.document.bounded_json import load_json

WHERE = "Editor / request"
MAX_FACTS_BYTES = 8 * 1024 * 1024
"""A document of 5 MB travels among the facts."""
MAX_FILES = 16


def pack(facts: dict[str, Any], files: Sequence[tuple[str, bytes]] = ()) -> bytes:
    """The bytes of ``facts`` and ``files`` (name, content)."""
    listed = [{"name": name, "bytes": len(content)} for name, content in files]
    head = json.dumps({**facts, "files": listed}, allow_nan=False).encode("utf-8")
    return b"".join((struct.pack("<I", len(head)), head, *(content for _, content in files)))


def unpack(body: bytes) -> tuple[dict[str, Any], list[tuple[str, bytes]]]:
    """What ``pack`` was given. A name is words for people: it is never opened.

    Raises: WanMoveError for bytes that are no such envelope.
    """
    if len(body) < 4:
        raise _broken("it is empty")
    (length,) = struct.unpack_from("<I", body)
    if length > min(MAX_FACTS_BYTES, len(body) - 4):
        raise _broken("it ends before its facts do")
    facts = load_json(body[4 : 4 + length], WHERE, MAX_FACTS_BYTES)
    listed = facts.get("files", []) if isinstance(facts, dict) else None
    if not isinstance(facts, dict) or not isinstance(listed, list) or len(listed) > MAX_FILES:
        raise _broken("its facts are no object with at most 16 files")
    files = []
    at = 4 + length
    for entry in listed:
        name, size = (entry.get("name"), entry.get("bytes")) if isinstance(entry, dict) else (None, None)
        if not isinstance(name, str) or not isinstance(size, int) or isinstance(size, bool):
            raise _broken("a file in it has no name and number of bytes")
        if not 0 <= size <= len(body) - at:
            raise _broken("it ends before its files do")
        files.append((_shown(name), body[at : at + size]))
        at += size
    if at != len(body):
        raise _broken("it goes on after its files")
    return facts, files


def _shown(name: str) -> str:
    """The last part of a name, printable and short: it stands in messages and in the names of layers."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(c if c.isprintable() else " " for c in last).strip()[:120] or "file"


def _broken(what: str) -> WanMoveError:
    return WanMoveError(where=WHERE, what=f"the request is not one of the editor's: {what}", fix="reload the page")
