"""Format 10, stroke JSON: 0-1 polylines, drawn at even speed over the clip."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....errors import plural
from ..job import Job
from ..report import Imported
from .editable import path_layer, with_document
from .polyline import at_lengths


def matches(data: Any) -> bool:
    return isinstance(data, dict) and isinstance(data.get("strokes"), list)


def read(data: dict[str, Any], job: Job) -> Imported:
    file_wh = job.size_of(data["reference_size"], "reference_size") if data.get("reference_size") else None
    frames = job.length()
    strokes = []
    for i, stroke in enumerate(data["strokes"]):
        strokes.append(job.points(stroke.get("points") if isinstance(stroke, dict) else stroke, f"stroke {i + 1}"))
    empty = sum(not len(s) for s in strokes)
    if empty:
        job.note(f"{plural(empty, 'stroke')} without points left out.")
    strokes = [s for s in strokes if len(s)]
    if not strokes:
        raise job.error("there are no strokes in it", "draw at least one stroke")
    job.require_room(frames, len(strokes))
    size_wh, factor = job.size(file_wh)
    unit = job.unit_of(np.zeros((0, 2)), default="norm")
    scale = np.array(size_wh) if unit == "norm" else factor
    if data.get("reference_image"):
        job.note("The picture inside the file is not imported.")
    part = np.linspace(0, 1, frames)
    xy = np.stack([at_lengths(s * scale, part) for s in strokes], axis=1)
    imported = job.finish("strokes", xy, np.ones(xy.shape[:2], bool), size_wh, unit)
    return with_document(
        job, imported, [lambda: [path_layer(i, s * scale, size_wh, frames) for i, s in enumerate(strokes)]]
    )
