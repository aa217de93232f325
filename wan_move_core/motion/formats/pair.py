"""The published pair of files: positions ``x.npy`` and, beside them, their visibility."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

LIES_BESIDE = "lies beside"
"""In each note about a visibility that nobody named."""


def visibility_beside(path: Path) -> Path:
    """``a_tracks.npy`` and ``a.npy`` -> ``a_visibility.npy``, ``tracks.npy`` -> ``visibility.npy``."""
    stem = path.stem
    named = stem[: -len("tracks")] + "visibility" if stem.endswith("tracks") else f"{stem}_visibility"
    return path.with_name(named + path.suffix)


def visibility_file(path: str | Path) -> Path | None:
    """The visibility that lies beside positions ``x.npy`` under the name that ``write_tracks`` gives it, if it does."""
    path = Path(path)
    if path.suffix.lower() != ".npy":
        return None
    found = visibility_beside(path)
    return found if found != path and found.is_file() else None


def notes_of_beside(notes: Sequence[str]) -> Iterator[str]:
    """Those of a report's notes that tell of a visibility which was found beside the positions."""
    return (note for note in notes if LIES_BESIDE in note)
