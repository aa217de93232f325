"""Whether downloaded files are what the hub said they are, by the hashes that its client keeps beside them.

huggingface_hub writes ``.cache/huggingface/download/NAME.metadata`` into the folder: the commit, the ETag, a time. The
ETag is the file's sha256 where the hub stores it as a large file, else the sha1 of git's blob. The client compares only
sizes; modelscope's compares hashes itself.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..errors import WanMoveError

METADATA = Path(".cache/huggingface/download")
REMEMBERED = METADATA / "wan_move_intact.json"
"""What was compared before: name -> [etag, bytes, time of change], so that a second run does not read 80 GB again."""

_PIECE_BYTES = 1 << 22
_MAX_NOTE_BYTES = 1 << 20
_REMEMBERING = threading.Lock()


def require_intact(folder: Path, on_file: Callable[[int, int], None] | None = None) -> int:
    """Compare every file of ``folder`` that the hub gave a hash for; the number of them.

    A file that differs is removed, with what the client remembers of it, so that the same command fetches it again.

    Raises: WanMoveError naming the files that differ.
    """
    hashes = _told_hashes(folder)
    differ: list[str] = []
    for done, (name, etag) in enumerate(hashes.items(), start=1):
        if not same(folder, name, etag):
            differ.append(name)
            (folder / name).unlink()
            (folder / METADATA / f"{name}.metadata").unlink(missing_ok=True)
        if on_file is not None:
            on_file(done, len(hashes))
    if differ:
        raise WanMoveError(
            where=str(folder),
            what=f"not what the hub says, and removed: {', '.join(differ)}",
            fix="run the same command again: only these are fetched",
        )
    return len(hashes)


def same(folder: Path, name: str, etag: str) -> bool:
    """Whether the file has the hash; read only where it changed since it was found so."""
    file = folder / name
    found = file.stat()
    state = [etag, found.st_size, found.st_mtime_ns]
    if _remembered(folder).get(name) == state:
        return True
    if _hash(file, etag, found.st_size) != etag:
        return False
    if not name.endswith(".part"):
        _remember(folder, name, state)
    return True


def note_intact(folder: Path, name: str, etag: str, commit: str) -> None:
    """A file of this hash is in its place: told to ourselves and, in its own form, to huggingface_hub."""
    file = folder / name
    note = folder / METADATA / f"{name}.metadata"
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(f"{commit}\n{etag}\n{time.time()}\n", encoding="utf-8")
    _remember(folder, name, [etag, file.stat().st_size, file.stat().st_mtime_ns])


def _told_hashes(folder: Path) -> dict[str, str]:
    """Name -> hash of the files that are there and have one."""
    made = {}
    for note in sorted((folder / METADATA).rglob("*.metadata")):
        name = note.relative_to(folder / METADATA).as_posix().removesuffix(".metadata")
        with suppress(OSError, UnicodeDecodeError):
            lines = note.read_text(encoding="utf-8")[:4096].splitlines()
            etag = lines[1].strip().strip('"').lower() if len(lines) > 1 else ""
            if re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", etag) and (folder / name).is_file():
                made[name] = etag
    return made


def _hash(file: Path, etag: str, size: int) -> str:
    made = hashlib.sha256() if len(etag) == 64 else hashlib.sha1(f"blob {size}\0".encode(), usedforsecurity=False)
    with file.open("rb") as stream:
        while piece := stream.read(_PIECE_BYTES):
            made.update(piece)
    return made.hexdigest()


def _remembered(folder: Path) -> dict[str, Any]:
    path = folder / REMEMBERED
    with suppress(OSError, ValueError, RecursionError):
        if path.stat().st_size <= _MAX_NOTE_BYTES:
            table = json.loads(path.read_text(encoding="utf-8"))
            return table if isinstance(table, dict) else {}
    return {}


def _remember(folder: Path, name: str, state: list[Any]) -> None:
    path = folder / REMEMBERED
    waiting = path.with_name(f"{path.name}.{os.getpid()}.part")
    with _REMEMBERING, suppress(OSError):  # a note that saves time, nothing more
        path.parent.mkdir(parents=True, exist_ok=True)
        waiting.write_text(json.dumps({**_remembered(folder), name: state}), encoding="utf-8")
        waiting.replace(path)
