"""The newest pictures and clips of the output folder, for the editor's takes: the host lists only its top level."""

from __future__ import annotations

import heapq
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..host.folders import output_folder
from ..host.server import add_get_route

ROUTE = "/wan_move/outputs"
READABLE = frozenset({".png", ".webp", ".mp4", ".webm", ".mkv", ".mov"})
MAX_FILES = 100
MAX_SCANNED = 50_000
"""Files looked at; a folder that holds more answers with the newest of those."""


def newest_outputs(limit: int = MAX_FILES) -> list[dict[str, Any]]:
    """``limit`` files, newest first: {"filename", "subfolder", "type", "time"} with time in ms since 1970."""
    found = heapq.nlargest(limit, _files(output_folder()))
    return [
        {"filename": name, "subfolder": folder, "type": "output", "time": round(time * 1000)}
        for time, folder, name in found
    ]


def _files(root: Path) -> Iterator[tuple[float, str, str]]:
    scanned = 0
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            scanned += 1
            if scanned > MAX_SCANNED:
                return
            path = Path(folder, name)
            if path.suffix.lower() not in READABLE or name.startswith("."):
                continue
            try:
                time = path.stat().st_mtime
            except OSError:
                # Removed between the listing and now.
                continue
            yield time, path.parent.relative_to(root).as_posix().removeprefix("."), name


def add_route() -> None:
    """Answer ``GET /wan_move/outputs`` on the running server; nothing where there is none (a script, a test)."""
    add_get_route(ROUTE, newest_outputs)
