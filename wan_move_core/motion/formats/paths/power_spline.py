"""Format 7, power spline editor: 0-1 control points under ``coordinates`` (moving) and ``p_coordinates`` (standing)."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..job import Job
from ..report import Imported
from .editable import from_document, path_layer

_USED = {"coordinates", "p_coordinates", "names", "interpolations", "coord_width", "coord_height"}


def matches(data: Any) -> bool:
    return isinstance(data, dict) and ("coordinates" in data or "p_coordinates" in data)


def read(data: dict[str, Any], job: Job) -> Imported:
    frames = job.length()
    size_wh, _ = job.size()
    moving = _paths(data.get("coordinates"), "coordinates", job)
    standing = _paths(data.get("p_coordinates"), "p_coordinates", job)
    unit = job.unit_of(np.zeros((0, 2)), default="norm")
    extent = np.array([job.number_or(data.get(k), 1.0, k) for k in ("coord_width", "coord_height")])
    if not (extent >= 1e-3).all():
        raise job.error("coord_width and coord_height are not positive", "export it again")
    # With an extent of their own the coordinates are parts of it; 1.0 means they are 0-1 already.
    scale = np.array(size_wh) / extent if unit == "norm" else np.ones(2)
    count = len(moving) + sum(len(p) for p in standing)
    job.require_room(frames, count)
    names, curves = _per_path(data.get("names")), _per_path(data.get("interpolations"))
    layers: list[dict[str, Any]] = []
    for points in (point[None] for path in standing for point in path):
        layers.append(path_layer(len(layers), points * scale, size_wh, frames))
    for i, points in enumerate(moving):
        kind = curves[i] if i < len(curves) else "linear"
        straight = kind == "linear" or len(points) < 3
        if kind != "linear":
            job.note("Curves other than linear are read as smooth (Catmull-Rom) curves.")
        layers.append(
            path_layer(
                len(layers), points * scale, size_wh, frames, name=names[i] if i < len(names) else None,
                curve="straight" if straight else "catmull-rom",
            )
        )  # fmt: skip
    if not layers:
        raise job.error("there are no paths in it", "draw at least one path")
    left = sorted(k for k in data if k not in _USED)
    if any("scale" in p for p in _raw_points(data)):
        left.append("scale of points")
    if left:
        shown = ", ".join("".join(c for c in k if c.isprintable())[:40] for k in left[:20])
        job.note(
            f"Not imported: {shown}{' and more' if len(left) > 20 else ''}; paths run at even speed over the clip."
        )
    return from_document(job, "power_spline", layers, size_wh, frames, unit)


def _paths(value: Any, name: str, job: Job) -> list[np.ndarray]:
    """Every path [P, 2]; a single path is written unwrapped."""
    if value in (None, []):
        return []
    if not isinstance(value, list):
        raise job.error(f"{name} is not a list of points", "export it again")
    paths = [value] if isinstance(value[0], dict) else value
    made = [job.points(path, f"path {i + 1} of {name}") for i, path in enumerate(paths)]
    return [p for p in made if len(p)]


def _raw_points(data: dict[str, Any]):
    for key in ("coordinates", "p_coordinates"):
        for item in data.get(key) or []:
            yield from (p for p in (item if isinstance(item, list) else [item]) if isinstance(p, dict))


def _per_path(value: Any) -> list[Any]:
    """The moving paths' values of a setting: a list, one value, or ``{"p", "c", "b"}``."""
    if isinstance(value, dict):
        value = value.get("c")
    return value if isinstance(value, list) else [] if value is None else [value]
