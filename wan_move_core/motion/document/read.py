"""The motion document: what the editor writes, and the only stored truth of a motion.

Read with :func:`parse_document`, made with :func:`empty_document`, turned into tracks with
evaluation.evaluate.tracks_from_document, carried to another size or length with remap.remap_document. Version 1; its
meaning in full: tests/golden_shared/README.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ...errors import WanMoveError
from ...geometry import Part
from .bounded_json import MAX_BYTES, load_json
from .fields import shown
from .layers import VERSION, MotionDocument
from .parse import document_from_data

__all__ = [
    "MIGRATIONS",
    "VERSION",
    "MotionDocument",
    "crop_in_file",
    "empty_document",
    "migrate",
    "parse_document",
]

Migration = Callable[[dict[str, Any]], dict[str, Any]]

MIGRATIONS: Mapping[int, Migration] = {}
"""From a version to the next. Version 1 is the first; a later field enters with a new version and its entry here."""


def parse_document(source: str | bytes | Mapping[str, Any], where: str = "Motion document") -> MotionDocument:
    """Read a motion document from JSON text, UTF-8 bytes or already parsed data. Older versions are migrated.

    Raises: WanMoveError, naming the layer and the field, for anything that is not a document of this version or older.
    """
    data = load_json(dict(source) if isinstance(source, Mapping) else source, where)
    return document_from_data(migrate(data, where), where)


def crop_in_file(path: str | Path, picture_wh: tuple[int, int] | None) -> Part | None:
    """The crop of the motion document at ``path`` for a picture of this size; None for any other file, which whoever
    reads its tracks judges.
    """
    file = Path(path)
    try:
        if not file.is_file() or file.stat().st_size > MAX_BYTES:
            return None
        data = file.read_bytes()
        return parse_document(data).crop_on(picture_wh) if b'"crop"' in data else None
    except (OSError, WanMoveError):
        return None


def migrate(
    data: Any, where: str = "Motion document", *, table: Mapping[int, Migration] = MIGRATIONS, current: int = VERSION
) -> dict[str, Any]:
    """``data`` as the ``current`` version, one step of ``table`` at a time.

    Raises: WanMoveError when it carries no version, an unknown one, or a newer one.
    """
    if not isinstance(data, dict) or "version" not in data:
        raise WanMoveError(
            where=where,
            what=f"not a motion document ({'no version' if isinstance(data, dict) else shown(data)})",
            fix="open a file written by the motion editor",
        )
    version = data["version"]
    if isinstance(version, bool) or not isinstance(version, (int, float)) or version != int(version) or version < 1:
        raise WanMoveError(where=f"{where} / version", what=f"{shown(version)} is not a version", fix=f"use {VERSION}")
    if version > current:
        raise WanMoveError(
            where=f"{where} / version",
            what=f"version {int(version)} was written by a newer release, this one reads up to {current}",
            fix="update the pack, or export tracks from the newer one",
        )
    for step in range(int(version), current):
        data = {**table[step](data), "version": step + 1}
    return data


def empty_document(
    size_wh: tuple[int, int] = (832, 480),
    frames: int = 81,
    fps: float = 16,
    fit: str = "crop",
    picture: Mapping[str, Any] | None = None,
) -> MotionDocument:
    """A document without layers. Raises: WanMoveError for a size, length, rate or fit that no document may have."""
    made = MotionDocument(size_wh=(size_wh[0], size_wh[1]), frames=frames, fps=fps, fit=fit, picture=picture)
    return parse_document(made.to_dict(), "Empty motion document")
