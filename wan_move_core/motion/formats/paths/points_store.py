"""Format 2, ``points_store`` control points of the KJNodes spline editor, and the published demo's like-shaped state.

``[{"points": [{"x", "y", "h1x"...}], "color", "name", "isSinglePoint"}]``; ``h1`` is the handle on the way in, ``h2``
on the way out. The demo's state has ``[x, y]`` points and a ``speeds`` number per point.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..job import Job
from ..report import Imported
from .editable import from_document, path_layer, with_document
from .polyline import at_lengths

_BEZIER_PIECES = 64


def matches(data: Any) -> bool:
    first = data[0] if isinstance(data, list) and data else None
    return isinstance(first, dict) and ("points" in first or "h1x" in first)


def read(data: list[Any], job: Job) -> Imported:
    splines = [{"points": data}] if "points" not in data[0] else data
    frames = job.length()
    job.require_room(frames, len(splines))
    size_wh, _ = job.size()
    controls, handles = [], []
    for i, spline in enumerate(splines):
        if not isinstance(spline, dict):
            raise job.error(f"spline {i + 1} is not an object with points", "copy the whole points_store again")
        points = job.points(spline.get("points"), f"spline {i + 1}")
        if not len(points):
            raise job.error(f"spline {i + 1} has no points", "remove it, or draw it")
        if spline.get("isSinglePoint") is True and len(points) > 1:
            job.note(f"Spline {i + 1} is marked as a single point; its other points were left out.")
            points = points[:1]
        controls.append(points)
        handles.append(_handles(spline["points"], points, i, job))
    unit = job.unit_of(np.concatenate(controls), whole_is_px=True)
    scale = np.array(size_wh) if unit == "norm" else np.ones(2)
    if any("speeds" in s for s in splines):
        return _demo(splines, controls, size_wh, frames, unit, scale, job)

    def smooth_layers() -> list[dict[str, Any]]:
        return [
            path_layer(
                i, p * scale, size_wh, frames, name=s.get("name"), color=s.get("color"),
                curve="straight" if len(p) < 3 else "catmull-rom",
            )
            for i, (s, p) in enumerate(zip(splines, controls, strict=True))
        ]  # fmt: skip

    if not any(len(h) for h in handles):
        if any(len(p) > 2 for p in controls):
            job.note("The control points do not say their curve; smooth curves at even speed are used.")
        return from_document(job, "points_store", smooth_layers(), size_wh, frames, unit)
    job.note("Curve handles are present, so the curves are read as Bezier, at even speed.")
    rendered = [_bezier(p * scale, h * scale) for p, h in zip(controls, handles, strict=True)]
    part = np.linspace(0, 1, frames)
    xy = np.stack([at_lengths(p, part) for p in rendered], axis=1)
    imported = job.finish("points_store", xy, np.ones(xy.shape[:2], bool), size_wh, unit)
    return with_document(job, imported, [smooth_layers])


def _handles(raw: list[Any], points: np.ndarray, spline: int, job: Job) -> np.ndarray:
    """[P, 2, 2] (way in, way out), a missing handle at its point; [0, 2, 2] where no point has any."""
    if not any(isinstance(p, dict) and ("h1x" in p or "h2x" in p) for p in raw):
        return np.zeros((0, 2, 2))
    made = np.repeat(points[:, None], 2, 1)
    for i, point in enumerate(raw[: len(points)]):
        for j, side in enumerate(("h1", "h2")):
            for k, axis in enumerate("xy"):
                made[i, j, k] = job.number_or(
                    point.get(side + axis), points[i, k], f"{side}{axis} of point {i + 1} of spline {spline + 1}"
                )
    return made


def _bezier(points: np.ndarray, handles: np.ndarray) -> np.ndarray:
    """Polyline of the Bezier spans; points without handles stay a polyline."""
    if not len(handles) or len(points) < 2:
        return points
    t = np.linspace(0, 1, _BEZIER_PIECES + 1)[1:, None]
    made = [points[:1]]
    for i in range(len(points) - 1):
        a, b, c, d = points[i], handles[i, 1], handles[i + 1, 0], points[i + 1]
        made.append((1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d)
    return np.concatenate(made)


def _demo(splines, controls, size_wh, frames, unit, scale, job: Job) -> Imported:
    layers = []
    for i, (spline, points) in enumerate(zip(splines, controls, strict=True)):
        speeds = spline.get("speeds")
        if not isinstance(speeds, list) or len(speeds) != len(points):
            raise job.error(f"trajectory {i} does not have one speed per point", "export it again")
        values = [job.number(v, f"speed of point {k} of trajectory {i}") for k, v in enumerate(speeds)]
        layers.append(
            path_layer(i, points * scale, size_wh, frames, timing="published", speeds=values, curve="cubic")
        )  # fmt: skip
    job.note("The demo's spline switch is not in the data; smooth curves are used.")
    return from_document(job, "demo_state", layers, size_wh, frames, unit)
