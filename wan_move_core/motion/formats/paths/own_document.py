"""Our own motion document, read as tracks like every other format."""

from __future__ import annotations

from typing import Any

from ...document.read import parse_document
from ...document.remap import remap_document
from ...evaluation.evaluate import tracks_from_document
from ..job import Job
from ..report import Imported


def read(source: Any, job: Job) -> Imported:
    """It knows its picture and its seconds, so another size or length remaps it, as the editor would."""
    document = parse_document(source, where=job.where)
    job.size_from = "from the file"
    size_wh, frames = job.size_wh or document.size_wh, job.frames or document.frames
    if (size_wh, frames) != (document.size_wh, document.frames):
        if size_wh != document.size_wh:
            job.size_from = "as given"
            job.note(
                f"Remapped from the document's {document.size_wh[0]}x{document.size_wh[1]}, points kept on the picture."
            )
        if frames != document.frames:
            job.note(
                f"The document has {document.frames} frames; its timing is kept, the clip of {frames} waits or cuts."
            )
        document = remap_document(document, size_wh=size_wh, frames=frames)
    tracks = tracks_from_document(document)
    return job.finish("document", tracks.xy.numpy(), tracks.visible.numpy(), tracks.size_wh, "norm", document.to_dict())
