"""Format 6, path animator paths: polylines in canvas pixels with a time window, an easing curve and parallel rows.

Rules read from the WanMove Path Animator: the window is startTime..endTime of the clip in whole frames; an easing curve
runs from (0, y0) through Bezier handles (x1, y1), (x2, y2) to (1, y3) and may overshoot; ``qty`` more rows lie
``spread`` percent of the mean of the frame's sides apart, across the direction of travel; ``pop`` hides outside the
window, ``static`` holds.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ....errors import plural
from ..job import Job
from ..report import Imported
from .editable import path_layer, with_document
from .polyline import at_lengths

MAX_ROWS = 1000
PLAIN_EASING = (0.0, 0.0, 0.0, 1.0, 1.0, 1.0)


def matches(data: Any) -> bool:
    return isinstance(data, dict) and isinstance(data.get("paths"), list)


def read(data: dict[str, Any], job: Job) -> Imported:
    canvas = job.size_of(data["canvas_size"], "canvas_size") if data.get("canvas_size") else None
    size_wh, scale = job.size(canvas)
    unit = job.unit_of(np.zeros((0, 2)), default="px")
    scale = scale if unit == "px" else np.array(size_wh, dtype=np.float64)
    frames = job.length()
    paths = [_path(p, i, scale, frames, job) for i, p in enumerate(data["paths"])]
    empty = sum(p is None for p in paths)
    if empty:
        job.note(f"{plural(empty, 'path')} without points left out.")
    drawn = [p for p in paths if p is not None]
    count = sum(p["rows"] for p in drawn)
    job.require_room(frames, count)
    xy = np.empty((frames, count, 2))
    visible = np.ones((frames, count), bool)
    n = 0
    for path in drawn:
        first, last, rows = path["start"], path["end"], path["rows"]
        active = last - first + 1
        time = np.linspace(0, 1, active) if active > 1 else np.zeros(1)
        middle = at_lengths(path["points"], easing(time, path["bezier"]), extrapolate=True)
        offset = (np.arange(rows) - (rows - 1) / 2) * path["spread"] * 0.01 * (size_wh[0] + size_wh[1]) / 2
        moving = middle[:, None] + _across(middle)[:, None] * offset[:, None]
        xy[first : last + 1, n : n + rows] = moving
        xy[:first, n : n + rows], xy[last + 1 :, n : n + rows] = moving[0], moving[-1]
        if path["pop"]:
            visible[:first, n : n + rows] = visible[last + 1 :, n : n + rows] = False
        n += rows
    if count == 0:
        raise job.error("there are no paths in it", "draw at least one path")
    imported = job.finish("path_animator", xy, visible, size_wh, unit)
    return with_document(job, imported, [lambda: _layers(drawn, size_wh, frames)] if count == len(drawn) else [])


def easing(time: np.ndarray, bezier: tuple[float, ...]) -> np.ndarray:
    """Progress [T] at ``time`` [T] (0-1) on the curve (0, y0), (x1, y1), (x2, y2), (1, y3); may leave 0-1."""
    y0, x1, y1, x2, y2, y3 = bezier
    low, high = np.zeros_like(time), np.ones_like(time)
    for _ in range(50):
        u = (low + high) / 2
        x = 3 * (1 - u) ** 2 * u * x1 + 3 * (1 - u) * u**2 * x2 + u**3
        low, high = np.where(x < time, u, low), np.where(x < time, high, u)
    u = np.where(time <= 0, 0.0, np.where(time >= 1, 1.0, (low + high) / 2))
    return (1 - u) ** 3 * y0 + 3 * (1 - u) ** 2 * u * y1 + 3 * (1 - u) * u**2 * y2 + u**3 * y3


def _across(point_xy: np.ndarray) -> np.ndarray:
    """Unit vectors [T, 2] across the direction of travel (the next position's, the last frame's the one before)."""
    if len(point_xy) < 2:
        return np.tile((1.0, 0.0), (len(point_xy), 1))
    step = np.diff(point_xy, axis=0)
    step = np.concatenate([step, step[-1:]])
    length = np.hypot(*step.T)[:, None]
    turned = np.stack([-step[:, 1], step[:, 0]], axis=1)
    return np.where(length > 0, turned / np.where(length > 0, length, 1), (1.0, 0.0))


def _path(path: Any, index: int, scale: np.ndarray, frames: int, job: Job) -> dict[str, Any] | None:
    if not isinstance(path, dict):
        raise job.error(f"path {index + 1} is not an object with points", "export it again")
    points = job.points(path.get("points", []), f"path {index + 1}")
    if not len(points):
        return None

    def value(key: str, default: float, low: float, high: float) -> float:
        return min(max(job.number_or(path.get(key), default, f"{key} of path {index + 1}"), low), high)

    start, end = (round(value(k, d, 0, 1) * (frames - 1)) for k, d in (("startTime", 0), ("endTime", 1)))
    rows = 1 + round(value("qty", 0, 0, MAX_ROWS))
    if rows > 1:
        job.note("Parallel rows (qty) are imported as tracks of their own.")
    closed = path.get("closed") is True
    if closed and len(points) > 2:
        points = np.concatenate([points, points[:1]])
    mode = path.get("visibilityMode", "pop")
    if mode not in ("pop", "static"):
        job.note(f"Visibility mode {str(mode)[:20]!r} is unknown and read as pop (hidden outside its time).")
    if path.get("interpolation") not in (None, "linear", "bezier"):
        job.note("Named interpolations are not imported; the motion is even where no bezier_pts are given.")
    return {
        "points": points * scale,
        "start": min(start, end),
        "end": max(start, end),
        "rows": rows,
        "spread": value("spread", 1.5, -1000, 1000),
        "bezier": _bezier(path.get("bezier_pts"), index, job),
        "pop": mode != "static",
        "name": path.get("name"),
        "color": path.get("color"),
    }


def _bezier(value: Any, index: int, job: Job) -> tuple[float, ...]:
    if value is None:
        return PLAIN_EASING
    if not isinstance(value, list) or len(value) not in (4, 6):
        raise job.error(f"bezier_pts of path {index + 1} are not 4 or 6 numbers", "export it again")
    numbers = [min(max(job.number(v, f"bezier_pts of path {index + 1}"), -100.0), 100.0) for v in value]
    y0, x1, y1, x2, y2, y3 = numbers if len(numbers) == 6 else (0.0, *numbers, 1.0)
    return y0, min(max(x1, 0.0), 1.0), y1, min(max(x2, 0.0), 1.0), y2, y3


def _layers(paths: list[dict[str, Any]], size_wh: tuple[int, int], frames: int) -> list[dict[str, Any]]:
    made = []
    for i, path in enumerate(paths):
        y0, x1, y1, x2, y2, y3 = path["bezier"]
        points = path["points"]
        if (y0, y3) == (1.0, 0.0):
            points, y1, y2 = points[::-1], 1 - y1, 1 - y2
        beyond = "hide" if path["pop"] else "hold"
        made.append(
            path_layer(
                i, points, size_wh, frames, name=path["name"], color=path["color"],
                start=path["start"], end=path["end"], before=beyond, after=beyond,
                easing="linear" if path["bezier"] == PLAIN_EASING else [x1, y1, x2, y2],
            )
        )  # fmt: skip
    return made
