"""Foreign trajectory files: every format in use is read, and those that others read are written.

The shape of the data decides what it is, never a file's name. Importing this package is cheap: each format's code is
loaded when it is used. Knows document, evaluation, sources and the nouns of the core.

    imported = read_tracks(Path("tracks.npy"), visibility=Path("visibility.npy"), size_wh=(832, 480))
    print(imported.report)
    write_tracks(imported.tracks, "tracks.json")
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .pair import notes_of_beside, visibility_file
from .report import FORMATS, Choice, Imported, Report, Written

if TYPE_CHECKING:
    from ...tracks import Tracks

__all__ = [
    "FORMATS",
    "Choice",
    "Imported",
    "Report",
    "Written",
    "notes_of_beside",
    "parse_tracks_text",
    "read_tracks",
    "visibility_file",
    "write_tracks",
]


def read_tracks(
    source: Any,
    *,
    frames: int | None = None,
    size_wh: tuple[int, int] | None = None,
    fps: float = 16.0,
    unit: str = "auto",
    visibility: Any = None,
    where: str | None = None,
    axes: str = "auto",
    y_origin: str = "auto",
    name: str | None = None,
) -> Imported:
    """Tracks from a file (``str`` or ``Path``), bytes, an array or tensor, or a TRACKS dict, whatever their format.

    Args:
        frames: the clip's length; every track is resampled to it. None: the source's own length.
        size_wh: the picture that the result belongs to; pixels of a file that states another size are scaled to it.
            None: the file's size, else 832x480 (said in the report).
        fps: of the document that control points become.
        unit: ``px`` or ``norm`` (0-1) where the numbers alone do not tell; ``auto`` judges and says so.
        visibility: beside bare positions: [T, N] or [1, T, N], as array, path or bytes of a ``.npy``. None: beside a
            path ``x.npy`` the file that ``visibility_file`` finds, if any (said); ``none``: do not look.
        where: the place named in errors; the path, the name, or "Tracks".
        axes: ``tracks_first``, ``frames_first``, or ``auto``: judged by the data where the format leaves it open.
        y_origin: where y is counted from: ``top``, ``bottom``, or ``auto``: by the format's own rule.
        name: of the file that bytes came from. Only for words: it never decides what the bytes are.

    Returns: the tracks, a report (printable, and with ``choices`` that a program can offer), and a motion document
        where the source holds something to edit.
    Raises: WanMoveError, also for everything malformed, hostile or too large.
    """
    from .detect import read_source
    from .job import Job

    place = where or name or (str(source) if isinstance(source, (str, Path)) else "Tracks")
    return read_source(source, Job(place, frames, size_wh, fps, unit, visibility, axes, y_origin))


def parse_tracks_text(
    text: Any,
    *,
    frames: int | None = None,
    size_wh: tuple[int, int] | None = None,
    fps: float = 16.0,
    unit: str = "auto",
    visibility: Any = None,
    where: str = "Tracks / text",
    axes: str = "auto",
    y_origin: str = "auto",
) -> Imported:
    """Tracks from pasted text of any readable kind, or a list of coordinate strings; never opens a file.

    Otherwise as ``read_tracks``.
    """
    from .detect import read_text
    from .job import Job

    return read_text(text, Job(where, frames, size_wh, fps, unit, visibility, axes, y_origin))


def write_tracks(tracks: Tracks, path: str | Path, format: str = "auto", **options: Any) -> Written:
    """Write ``tracks`` to ``path``; a file is replaced only when its successor is complete.

    Args:
        format: a key of ``writers.WRITERS``, or ``auto``: by the path's ending (.npy, .npz, .json, .safetensors, .pth,
            .csv).
        options: see ``writers.write``.

    Returns: the files written, and what the format could not hold.
    Raises: WanMoveError for an unknown format, or a place that cannot be written.
    """
    from .writers import write

    return write(tracks, Path(path), format, **options)
