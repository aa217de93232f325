"""Our own motion document, read as tracks like every other format."""

from __future__ import annotations

from typing import Any

from ..document import parse_document, tracks_from_document
from .job import Job
from .report import Imported


def read(source: Any, job: Job) -> Imported:
    document = parse_document(source, where=job.where)
    job.size_from = "from the file"
    tracks = tracks_from_document(document)
    return job.finish("document", tracks.xy.numpy(), tracks.visible.numpy(), tracks.size_wh, "norm", document)
