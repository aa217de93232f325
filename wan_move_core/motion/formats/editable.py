"""Foreign control points as version-1 motion documents, with what could not be carried over measured and said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...errors import WanMoveError
from ...tracks import Tracks
from ..simplify import PALETTE, document_from_tracks, new_document, path_layer
from .job import Job
from .report import Imported

__all__ = ["PALETTE", "difference_px", "from_document", "new_document", "path_layer", "with_document"]

EXACT_PX = 0.05
CLOSE_PX = 1.0


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
