"""Files in and out of the open editor, read and written by the core: one reader for the nodes, the shell and the page.

Both servers of the editor, the page's own and ComfyUI's, hand a request's bytes to ``answer``; what they say of it lies
in ``envelope``. No path comes from whoever asks, and nothing is opened by name.
"""

from __future__ import annotations

import io
import json
import math
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import WanMoveError
from .encoding import encode_clip
from .envelope import pack, unpack

if TYPE_CHECKING:
    from ..motion.formats import Imported

ACTIONS = ("import", "export", "clip")
MAX_FILES_BYTES = 64 * 1024 * 1024
MAX_BODY_BYTES = MAX_FILES_BYTES + 64 * 1024
"""The files of an import, and the facts before them."""
EXPORTS: dict[str, tuple[str, str]] = {
    "after_effects": ("after_effects", "after_effects.txt"),
    "csv": ("csv", "tracks.csv"),
    "nuke": ("nuke_ascii", "nuke.txt"),
    "equalizer": ("equalizer", "3dequalizer.txt"),
    "pftrack": ("pftrack", "tracks.2dt"),
    "shake": ("shake", "shake.txt"),
    "syntheyes": ("syntheyes", "syntheyes.txt"),
    "svg": ("svg", "paths.svg"),
    "ati": ("ati", "tracks.pth"),
    "npz": ("host", "tracks.npz"),
    "safetensors": ("host", "tracks.safetensors"),
    "wan2gp": ("wan2gp", "motion_designer.json"),
    "wan2gp_npy": ("wan2gp_npy", "wan2gp.npy"),
    "points_store": ("points_store", "points_store.json"),
    "strokes": ("strokes", "strokes.json"),
}
"""What the editor's menu calls a format: the writer's own key, and the name of the file that is offered."""

CHOICES = ("unit", "axes", "y_origin")
"""What a person may choose about a file, by ``read_tracks``' own names."""

_BINARY, _JSON = "application/octet-stream", "application/json; charset=utf-8"


@dataclass(frozen=True)
class Reply:
    """An HTTP answer."""

    status: int
    media_type: str
    content: bytes


def answer(action: str, body: bytes) -> Reply:
    """The reply to one request; a fault is ``{"error", "where", "what", "fix"}``, never a trace."""
    try:
        if len(body) > MAX_BODY_BYTES:
            return too_large()
        facts, files = unpack(body)
        made = _MAKERS[action](facts, files)
        return Reply(200, _BINARY, pack(*made))
    except WanMoveError as error:
        return refusal(400, error)
    except MemoryError:
        return refusal(
            400, WanMoveError(where="Import", what="the file needs more memory than there is", fix="trim it")
        )
    except Exception as error:  # a fault of a reader: the page is told in one line, as of every other file
        what = f"it could not be read ({type(error).__name__})"
        return refusal(500, WanMoveError(where="Import", what=what, fix="export it again, as .npy or coordinate JSON"))


def too_large() -> Reply:
    what = f"more than {MAX_FILES_BYTES >> 20} MB"
    return refusal(413, WanMoveError(where="Import", what=what, fix="trim the file, or keep fewer tracks"))


def refusal(status: int, error: WanMoveError) -> Reply:
    said = {"error": str(error), "where": error.where, "what": error.what, "fix": error.fix}
    return Reply(status, _JSON, json.dumps(said).encode("utf-8"))


# -- in ---------------------------------------------------------------------------------------------------------------


def read_files(
    files: list[tuple[str, bytes]],
    size_wh: tuple[int, int],
    frames: int,
    fps: float,
    choices: dict[str, str] | None = None,
) -> Imported:
    """One file of tracks (name, content), or tracks and their visibility, as the open document of ``size_wh`` shows it.

    Args:
        frames, fps: of the open document, to which the tracks are brought.
        choices: what the person said where the file leaves it open: ``unit``, ``axes`` and ``y_origin``, as
            ``read_tracks`` takes them; other keys are ignored.

    Raises: WanMoveError.
    """
    from ..motion.formats import read_tracks

    if not files:
        raise WanMoveError(where="Import", what="there is no file", fix="drop a file of tracks")
    if len(files) > 2:
        raise WanMoveError(
            where="Import", what=f"{len(files)} files at once", fix="drop one, or tracks with their visibility"
        )
    name, content = files[0]
    said = {key: value for key, value in (choices or {}).items() if key in CHOICES}
    return read_tracks(
        content,
        frames=frames,
        size_wh=size_wh,
        fps=fps,
        visibility=files[1][1] if len(files) == 2 else None,
        name=name,
        **said,
    )


def _import(facts: dict[str, Any], files: list[tuple[str, bytes]]) -> tuple[dict[str, Any], list[tuple[str, bytes]]]:
    import numpy as np

    size_wh, frames, fps = _clip(facts.get("clip"))
    imported = read_files(files, size_wh, frames, fps, _choices(facts.get("choices")))
    report, tracks = imported.report, imported.tracks
    made: dict[str, Any] = {
        "report": report.to_dict(),
        "frames": tracks.frames,
        "count": tracks.count,
        "document": imported.document,
    }
    if imported.document is not None:
        return made, []
    # The page makes layers of positions, whoever read them.
    xy = tracks.xy.numpy().astype("<f4", copy=False)
    return made, [("xy", xy.tobytes()), ("visible", tracks.visible.numpy().astype(np.uint8).tobytes())]


def _clip(said: Any) -> tuple[tuple[int, int], int, float]:
    """The open document's (size_wh, frames, fps). Raises: WanMoveError."""
    clip = said if isinstance(said, dict) else {}
    size, frames, fps = clip.get("size_wh"), clip.get("frames"), clip.get("fps", 16.0)
    whole = [v for v in (*(size if isinstance(size, list) else ()), frames) if type(v) is int]
    if len(whole) != 3 or not all(8 <= v <= 16384 for v in whole[:2]) or not 1 <= whole[2] <= 4001:
        raise WanMoveError(
            where="Import / clip", what="no size and length of the open drawing came with it", fix="reload the page"
        )
    if isinstance(fps, bool) or not isinstance(fps, (int, float)) or not (math.isfinite(fps) and fps > 0):
        raise WanMoveError(where="Import / clip", what="its frame rate is no positive number", fix="reload the page")
    return (whole[0], whole[1]), whole[2], float(fps)


def _choices(said: Any) -> dict[str, str]:
    if not isinstance(said, dict):
        return {}
    return {str(key): value for key, value in said.items() if isinstance(value, str)}


# -- out --------------------------------------------------------------------------------------------------------------


def write_document(text: str, format: str) -> tuple[list[tuple[str, bytes]], list[str]]:
    """A motion document's tracks in ``format``, a key of ``EXPORTS``: its file (name, content), and the notes on it.

    A format of a file for each track becomes a zip archive of them.

    Raises: WanMoveError for an unknown format, or a document that cannot be read or has no tracks.
    """
    from ..motion.document.read import parse_document
    from ..motion.evaluation.evaluate import tracks_from_document
    from ..motion.formats import write_tracks

    if format not in EXPORTS:
        raise WanMoveError(where="Export", what=f"unknown format {format!r}", fix=f"use one of {', '.join(EXPORTS)}")
    key, name = EXPORTS[format]
    document = parse_document(text, where="Export / document")
    tracks = tracks_from_document(document)
    # The writers make whole files; a folder of its own keeps them apart from everybody's.
    with tempfile.TemporaryDirectory(prefix="wan-move-") as folder:
        written = write_tracks(tracks, Path(folder, name), key, fps=document.fps)
        files = [(path.name, path.read_bytes()) for path in written.paths]
    if len(files) == 1:
        return files, list(written.notes)
    # A page saves one file at a press: browsers ask, or refuse, where there are hundreds.
    together = io.BytesIO()
    with zipfile.ZipFile(together, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files:
            archive.writestr(path, content)
    return [(f"{Path(name).stem}.zip", together.getvalue())], list(written.notes)


def _export(facts: dict[str, Any], _files: Any) -> tuple[dict[str, Any], list[tuple[str, bytes]]]:
    text, format = facts.get("document"), facts.get("format")
    if not isinstance(text, str) or not isinstance(format, str):
        raise WanMoveError(where="Export", what="no document and format came with it", fix="reload the page")
    files, notes = write_document(text, format)
    return {"notes": notes}, files


_MAKERS = {"import": _import, "export": _export, "clip": encode_clip}
