"""Foreign control points as version-1 motion documents, with what could not be carried over measured and said."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from ...errors import WanMoveError
from ...tracks import Tracks
from .job import Job
from .report import Imported, clean_name

PALETTE = ("#6699ff", "#00ffff", "#ffff00", "#ff66cc", "#00ff00")
EXACT_PX = 0.05
CLOSE_PX = 1.0
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def new_document(layers: list[dict[str, Any]], size_wh: tuple[int, int], frames: int, fps: float) -> dict[str, Any]:
    return {
        "version": 1,
        "size_wh": list(size_wh),
        "frames": frames,
        "fps": fps,
        "fit": "crop",
        "picture": None,
        "layers": layers,
        "camera": None,
    }


def path_layer(
    index: int,
    point_px: np.ndarray,
    size_wh: tuple[int, int],
    frames: int,
    *,
    name: Any = None,
    color: Any = None,
    **fields: Any,
) -> dict[str, Any]:
    """A path layer of ``point_px`` [P, 2] in pixels of ``size_wh``; ``fields`` override the defaults."""
    layer = {
        "id": f"p{index + 1}",
        "type": "path",
        "name": clean_name(name, f"Track {index + 1}"),
        "color": color if isinstance(color, str) and _COLOUR.fullmatch(color) else PALETTE[index % len(PALETTE)],
        "visible": True,
        "locked": False,
        "points": norm_points(point_px, size_wh),
        "times": None,
        "curve": "straight",
        "closed": False,
        "timing": "arc",
        "speeds": None,
        "start": 0,
        "end": max(frames - 1, 0),
        "before": "hold",
        "after": "hold",
        "easing": "linear",
        "hidden": [],
    }
    layer.update(fields)
    return layer


def norm_points(point_px: np.ndarray, size_wh: tuple[int, int]) -> list[list[float]]:
    """0-1 coordinates; eight digits keep a 16,384 px picture to 1e-4 px and the text short."""
    return [[round(float(x / size_wh[0]), 8), round(float(y / size_wh[1]), 8)] for x, y in point_px]


def evaluate(document: dict[str, Any], where: str) -> Tracks:
    """The document's own tracks. Raises: WanMoveError where it breaks a document's rules."""
    from ..document import parse_document, tracks_from_document

    return tracks_from_document(parse_document(document, where=where))


def difference_px(document: dict[str, Any], tracks: Tracks, where: str) -> float:
    """Largest distance over frames where both are visible; infinite where shape or visibility differ."""
    made = evaluate(document, where)
    if made.xy.shape != tracks.xy.shape or not bool((made.visible == tracks.visible).all()):
        return float("inf")
    if not bool(tracks.visible.any()):
        return 0.0
    return float((made.xy - tracks.xy).norm(dim=-1)[tracks.visible].max())


def from_document(
    job: Job, format: str, layers: list[dict[str, Any]], size_wh: tuple[int, int], frames: int, unit: str
):
    """Import whose tracks are the document's own: formats that hold control points and no rule of motion."""
    document = new_document(layers, size_wh, frames, job.fps)
    tracks = evaluate(document, job.where)
    return job.finish(format, tracks.xy.numpy(), tracks.visible.numpy(), size_wh, unit, document)


def with_document(job: Job, imported: Imported, candidates: list[Callable[[], list[dict[str, Any]]]]) -> Imported:
    """``imported`` and the first candidate (lists of path layers, best to edit first) that moves within 1 px of it.

    Where none does, dense keys are simplified from the tracks. The report says how far the document's motion is off.
    """
    from ..simplify import document_from_tracks

    tracks = imported.tracks
    document: dict[str, Any] | None = None
    off = float("inf")
    try:
        for make in candidates:
            document = new_document(make(), tracks.size_wh, tracks.frames, job.fps)
            off = difference_px(document, tracks, job.where)
            if off <= CLOSE_PX:
                break
        if off > CLOSE_PX:
            document, errors = document_from_tracks(tracks, error_px=CLOSE_PX / 2, fps=job.fps, group_static=False)
            off = max(errors, default=0.0)
            job.note("The motion's rule has no counterpart in the editor: its paths carry timed keys instead.")
        if off > EXACT_PX:
            job.note(f"The editable paths differ from the file's motion by up to {off:.2f} px.")
    except WanMoveError as error:
        document = None
        job.note(f"No editable paths were made: {error.what}.")
    return Imported(tracks, imported.report, document)
