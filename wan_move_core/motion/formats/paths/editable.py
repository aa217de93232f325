"""Foreign control points as version-1 motion documents, with what could not be carried over measured and said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ....errors import WanMoveError, plural
from ....tracks import Tracks
from ...sources.simplify import PALETTE, document_from_tracks, new_document, path_layer
from ..job import Job
from ..report import Imported

__all__ = ["PALETTE", "differences_px", "from_document", "new_document", "path_layer", "with_document"]

EXACT_PX = 0.05
CLOSE_PX = 1.0


def evaluate(document: dict[str, Any], where: str) -> Tracks:
    """The document's own tracks. Raises: WanMoveError where it breaks a document's rules."""
    from ...document.read import parse_document
    from ...evaluation.evaluate import tracks_from_document

    return tracks_from_document(parse_document(document, where=where))


def differences_px(document: dict[str, Any], tracks: Tracks, where: str) -> list[float]:
    """Largest distance per track over its visible frames; infinite where visibility differs.

    The document must have one path layer per track, in order.
    """
    made = evaluate(document, where)
    off = ((made.xy - tracks.xy).norm(dim=-1) * tracks.visible).amax(0)
    same = (made.visible == tracks.visible).all(0)
    return [float(d) if s else float("inf") for d, s in zip(off, same, strict=True)]


def from_document(
    job: Job, format: str, layers: list[dict[str, Any]], size_wh: tuple[int, int], frames: int, unit: str
):
    """Import whose tracks are the document's own: formats that hold control points and no rule of motion."""
    document = new_document(layers, size_wh, frames, job.fps)
    tracks = evaluate(document, job.where)
    return job.finish(format, tracks.xy.numpy(), tracks.visible.numpy(), size_wh, unit, document)


def with_document(job: Job, imported: Imported, candidates: list[Callable[[], list[dict[str, Any]]]]) -> Imported:
    """``imported`` with, for each track, the first candidate's path layer that moves within 1 px of it.

    Candidates (best to edit first) make one layer per track, in order. Where none is near enough, timed keys are
    simplified from the track. The report says how far the document's motion is off.
    """
    tracks = imported.tracks
    chosen: list[dict[str, Any] | None] = [None] * tracks.count
    off = [float("inf")] * tracks.count
    named: list[dict[str, Any]] = []
    try:
        for make in candidates:
            named = layers = make()
            document = new_document(layers, tracks.size_wh, tracks.frames, job.fps)
            for i, distance in enumerate(differences_px(document, tracks, job.where)):
                if chosen[i] is None and distance <= CLOSE_PX:
                    chosen[i], off[i] = layers[i], distance
            if None not in chosen:
                break
        keyed = [i for i, layer in enumerate(chosen) if layer is None]
        if keyed:
            simple, errors = document_from_tracks(tracks.select(keyed), CLOSE_PX / 2, fps=job.fps, group_static=False)
            for n, i in enumerate(keyed):
                like = named[i] if named else simple["layers"][n]
                kept = {"id": f"t{i + 1}", "name": like["name"], "color": like["color"]}
                chosen[i], off[i] = {**simple["layers"][n], **kept}, errors[n]
            job.note(f"{plural(len(keyed), 'path')} imported as timed keys: the editor has no rule for such motion.")
        if max(off) > EXACT_PX:
            job.note(f"The editable paths differ from the file's motion by up to {max(off):.2f} px.")
    except WanMoveError as error:
        job.note(f"No editable paths were made: {error.what}.")
        return imported
    document = new_document([x for x in chosen if x is not None], tracks.size_wh, tracks.frames, job.fps)
    return Imported(tracks, imported.report, document)
