"""The published pair of files: positions ``x.npy`` and, beside them, their visibility."""

from __future__ import annotations

from pathlib import Path


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
