"""Format 1, coordinate JSON: sampled positions, one per frame, as spline editors and web editors hand them on.

Several tracks ``[[{"x", "y"}, ...], ...]`` or one flat ``[{"x", "y"}, ...]``; ``"v"`` (or another word for it) is
visibility; ``[x, y]`` pairs are read too, and turned where the data show frames first. ``frame`` or ``t`` of a point
places it in time; ``null`` and markers are hidden frames.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ....errors import plural
from ....geometry import is_video_length
from ....tracks import MAX_SAMPLES
from .. import axes, names
from ..job import Job, fill_absent, resample
from ..markers import marked
from ..report import Imported
from ..tables.samples import Curve, Rule, frames_of_times, imported
from . import positions

_POINT_LISTS = ("points", "positions", "path", "trajectory", "samples", "coords", "data", "keys")
_PLACED = Rule("coordinates", "as you say", 0, "top", None, stays=True)


def matches(data: Any) -> bool:
    if _per_frame(data) is not None:
        return True
    if not isinstance(data, list):
        return False
    first = next((item for item in data if item is not None), None)
    if isinstance(first, dict):
        words = {names.plain(key) for key in list(first)[:20]}
        if _listed(first) is not None:
            return True
        return "x" in words and "h1x" not in words
    return isinstance(first, list)


def is_position(value: Any) -> bool:
    return isinstance(value, dict) or (
        isinstance(value, list) and len(value) in (2, 3) and all(isinstance(v, (int, float, str)) for v in value)
    )


def read(data: Any, job: Job) -> Imported:
    by_frame = _per_frame(data)
    if by_frame is not None:
        job.note("Lists of points for each frame, put together by their own numbers or their place in the list.")
        return read_listed(by_frame, job, None, None)
    if isinstance(next((item for item in data if item is not None), None), dict):
        listed = [_listed(item) for item in data if isinstance(item, dict)]
        if listed and None not in listed and len(listed) == len(data):
            return read_listed([points for points in listed if points is not None], job, None, None)
    return read_listed(data, job, None, None)


def read_listed(
    data: Any, job: Job, visibility: np.ndarray | None, file_wh: tuple[int, int] | None
) -> Imported:  # fmt: skip
    """Lists of points; ``visibility`` [T, N] or [N, T] stands beside them, ``file_wh`` is the size they state."""
    named = isinstance(data, dict)
    if named:
        data = [_listed(v) or v if isinstance(v, dict) else v for v in data.values()]
    elif data and all(isinstance(item, dict) for item in data):
        data = [_listed(item) or item for item in data]
    flat = is_position(next((item for item in data if item is not None), None))
    rows = _grouped(data, job) if flat else data
    if not flat and not named:
        rows = _turned(rows, job)
    longest = max((len(row) for row in rows if isinstance(row, list)), default=1)
    job.require_room(job.frames or max(longest, 1), len(rows))
    parsed = [_track(row, i, job) for i, row in enumerate(rows)]
    if any(part.at is not None for part in parsed):
        return _in_time(parsed, job, file_wh)
    every = np.concatenate([part.xy[part.present] for part in parsed])
    if not len(every):
        raise job.error("no point has a position", "give at least one frame an x and a y")
    if flat and len(rows) == 1 and job.unit == "auto" and _looks_normalized_str(every):
        raise job.error(
            "one flat list of fractions looks like KJNodes' normalized_str: y is flipped, x is divided by the height "
            "and all splines are run together, so the motion cannot be recovered",
            "connect the coord_str output instead, or say unit norm if these are true 0-1 positions",
        )
    size_wh, scale = job.size(file_wh)
    unit = job.unit_of(every, whole_is_px=True)
    lengths = [len(part.xy) for part in parsed]
    frames = job.frames or max(lengths)
    job.require_room(frames, len(parsed))
    _note_lengths(lengths, frames, job)
    scale = np.array(size_wh) if unit == "norm" else scale
    xy = np.empty((frames, len(parsed), 2))
    visible = np.empty((frames, len(parsed)), bool)
    for i, part in enumerate(parsed):
        filled = fill_absent(part.xy[:, None], part.present[:, None])
        made, sight = resample(filled * scale, part.visible[:, None], frames)
        xy[:, i], visible[:, i] = made[:, 0], sight[:, 0]
    if visibility is not None:
        if min(lengths) != max(lengths):
            job.note("The visibility beside the tracks is not used: their lengths differ.")
        else:
            seen = positions.visible_of(visibility, lengths[0], len(parsed), job, swapped=True)
            visible &= resample(np.zeros((*seen.shape, 2)), seen, frames)[1]
    if job.y_origin != "auto":
        xy[..., 1] = job.turned_over(xy[..., 1], float(size_wh[1]), "top", "as you say")
    return job.finish("coordinates", xy, visible, size_wh, unit)


def _note_lengths(lengths: list[int], frames: int, job: Job) -> None:
    if min(lengths) != max(lengths):
        short = sum(n != frames for n in lengths)
        job.note(
            f"Tracks have {min(lengths)} to {plural(max(lengths), 'position')}; {plural(short, 'track')} resampled to "
            f"{frames} frames, each over the whole clip."
        )
    elif job.frames is not None and lengths[0] != frames:
        job.note(
            f"Resampled from {plural(lengths[0], 'position')} per track to {plural(frames, 'frame')}; the whole "
            "motion is kept."
        )
    elif lengths[0] == 1 and frames == 1:
        job.note("One position per track: they stand still. Give the clip's length to hold them.")


# -- what belongs to which track ----------------------------------------------------------------------------------


def _listed(item: dict[str, Any]) -> list[Any] | None:
    """The sampled points inside an object for a track; None for control points (which have no time) and others."""
    key = names.pick(item, _POINT_LISTS)
    points = None if key is None else item[key]
    if not isinstance(points, list) or not points or not isinstance(points[0], dict):
        return None
    words = {names.plain(k) for k in list(points[0])[:20]}
    timed = words & {*names.FRAME, *names.TIME, *names.VISIBLE, *names.OCCLUDED}
    return points if timed and "x" in words and "h1x" not in words else None


def _per_frame(data: Any) -> list[Any] | None:
    """One flat list of points with frame and track from ``[{"frame", "points": [{"x", "y"}, ...]}, ...]``."""
    if isinstance(data, dict) and names.pick(data, ("frames",)) is not None and "points" not in data:
        data = data[names.pick(data, ("frames",))]
    if not (isinstance(data, list) and len(data) > 1 and all(isinstance(item, dict) for item in data)):
        return None
    at, key = names.pick(data[0], names.FRAME), names.pick(data[0], _POINT_LISTS)
    if at is None or key is None or not all(isinstance(item.get(key), list) for item in data):
        return None
    if not all(isinstance(item.get(at), (int, float)) for item in data):
        return None
    made = []
    for item in data:
        for i, point in enumerate(item[key]):
            if not (isinstance(point, dict) and names.pick(point, ("x",)) is not None):
                return None
            own = names.pick(point, names.TRACK)
            made.append({**point, "frame": item[at], own or "track": point[own] if own is not None else i})
    return made or None


def _grouped(data: list[Any], job: Job) -> list[list[Any]]:
    """One flat list as one track, or by the points' own track numbers."""
    first = next(item for item in data if item is not None)
    key = names.pick(first, names.TRACK) if isinstance(first, dict) else None
    if key is None:
        return [data]
    made: dict[str, list[Any]] = {}
    for point in data:
        if isinstance(point, dict):
            made.setdefault(str(point.get(key))[:80], []).append(point)
    job.note(f"Points are put together by their {names.shown([key])}.")
    return list(made.values())


def _turned(rows: list[Any], job: Job) -> list[Any]:
    """Lists of [x, y] with tracks first, whichever way they came; lists of objects always have tracks first."""
    if not all(isinstance(row, list) and row and all(isinstance(p, list) for p in row) for row in rows):
        if job.axes == "frames_first" and all(isinstance(row, list) and len(row) == len(rows[0]) for row in rows):
            job.chose("axes", "frames_first", "given", "tracks_first")
            return [list(track) for track in zip(*rows, strict=True)]
        return rows
    if len(rows) == 1 and all(isinstance(p, list) and p and isinstance(p[0], list) for p in rows[0]):
        return _turned(rows[0], job)
    if len({len(row) for row in rows}) != 1 or len(rows) * len(rows[0]) > MAX_SAMPLES:
        return rows
    try:
        xy = np.array([[(float(p[0]), float(p[1])) for p in row] for row in rows])
    except (TypeError, ValueError, IndexError, OverflowError):
        return rows  # the reader that knows tracks and frames names the place
    present = np.isfinite(xy).all(-1) & ~marked(xy, 0) & ~marked(xy, 1)
    if axes.frames_first(xy, present, job, "tracks_first"):
        return [list(track) for track in zip(*rows, strict=True)]
    return rows


# -- one track ----------------------------------------------------------------------------------------------------


class _Part:
    """Positions [t, 2], visible [t], present [t] of one track, and its points' own times where they have them."""

    def __init__(self, length: int) -> None:
        self.xy = np.zeros((length, 2))
        self.visible = np.ones(length, bool)
        self.present = np.ones(length, bool)
        self.at: list[float] | None = None
        self.time_key = ""


def _track(row: Any, track: int, job: Job) -> _Part:
    if not isinstance(row, list) or not row:
        raise job.error(f"track {track + 1} has no positions", "remove it, or give one position per frame")
    made = _Part(len(row))
    first = next((point for point in row if isinstance(point, dict)), None)
    thirds = [point[2] for point in row if isinstance(point, list) and len(point) == 3]
    depth = any(isinstance(v, (int, float)) and not isinstance(v, bool) and v > 1 for v in thirds)
    if depth:
        job.note("The third number of points is not used (no visibility of 0 to 1).")
    keys = _keys(first) if first is not None else {}
    for frame, point in enumerate(row):
        where = f"track {track + 1} at frame {frame}"
        if point is None:
            made.present[frame] = made.visible[frame] = False
            continue
        if isinstance(point, list) and len(point) in (2, 3):
            x, y, seen = point[0], point[1], point[2] if len(point) == 3 and not depth else None
        elif isinstance(point, dict):
            x, y = (point.get(keys[axis]) if axis in keys else point.get(axis) for axis in "xy")
            seen = point.get(keys["seen"]) if "seen" in keys else None
        else:
            raise job.error(f"position of {where} is missing or not an x and a y", "give every frame a position")
        if seen is not None:
            made.visible[frame] = _seen(seen, where, job) != ("reverse" in keys)
        if _nothing(x) and _nothing(y):
            made.present[frame] = made.visible[frame] = False
            continue
        if not made.visible[frame] and (x is None or y is None):
            made.present[frame] = False
            continue
        made.xy[frame] = job.number(x, f"x of {where}"), job.number(y, f"y of {where}")
    found = marked(np.where(made.present[:, None], made.xy, np.nan))
    if found.any():
        x, y = made.xy[int(found.argmax())]
        job.note(f"Positions of a marker such as ({x:g}, {y:g}) are hidden frames, held in place.")
    made.present &= ~found
    made.visible &= made.present
    if "at" in keys:
        made.time_key = str(keys["at"])
        made.at = [_moment(point, keys["at"], made, track, frame, job) for frame, point in enumerate(row)]
    return made


def _keys(point: dict[str, Any]) -> dict[str, Any]:
    """How this file spells x, y, visibility and time."""
    made = {axis: key for axis in "xy" if (key := names.pick(point, (axis,))) is not None}
    if (key := names.pick(point, names.VISIBLE)) is not None:
        made["seen"] = key
    elif (key := names.pick(point, names.OCCLUDED)) is not None:
        made["seen"], made["reverse"] = key, key
    at = names.pick(point, names.FRAME)
    at = at if at is not None else names.pick(point, names.TIME)
    if at is not None and isinstance(point[at], (int, float)) and not isinstance(point[at], bool):
        made["at"] = at
    return made


def _moment(point: Any, key: str, part: _Part, track: int, frame: int, job: Job) -> float:
    if not isinstance(point, dict):
        return math.nan
    return job.number(point.get(key), f"{key} of point {frame + 1} of track {track + 1}")


def _nothing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value)) or value in ("", "null", "nan", "NaN")


def _in_time(parsed: list[_Part], job: Job, file_wh: tuple[int, int] | None) -> Imported:
    """Points at their own frames or times."""
    if any(part.at is None for part in parsed):
        raise job.error("some tracks have frames and some have not", "give every point its frame, or none")
    times = [t for part in parsed for t in part.at or () if not math.isnan(t)]
    key = next(part.time_key for part in parsed)
    timed = names.plain(key) in names.TIME
    placed = iter(frames_of_times(times, job, f"Numbers under {names.shown([key])}") if timed else times)
    curves = []
    for i, part in enumerate(parsed):
        curve = Curve(f"track {i + 1}")
        for k, t in enumerate(part.at or ()):
            if not math.isnan(t):
                x, y = part.xy[k] if part.present[k] else (math.nan, math.nan)
                curve.add(next(placed), float(x), float(y), bool(part.visible[k]))
        curves.append(curve)
    low = min(min(curve.frames) for curve in curves if curve.frames)
    if not timed:
        job.note(f"Points are placed by their {names.shown([key])}.")
    high = max(max(curve.frames) for curve in curves if curve.frames)
    one = low == 1 and not timed and (is_video_length(int(high)) if job.frames is None else high == job.frames)
    return imported(
        curves, Rule("coordinates", "as you say", 1, stays=True, unit=None) if one else _PLACED, job, file_wh
    )


def _seen(value: Any, where: str, job: Job) -> bool:
    return value if isinstance(value, bool) else job.number(value, f"visibility of {where}") > 0.5


def _looks_normalized_str(xy: np.ndarray) -> bool:
    # x is divided by the height, so it passes 1 on wide pictures; y is 1 - y/H.
    return bool(xy.size and np.abs(xy).max() < 4 and xy[:, 1].max() <= 1 and np.any(xy != np.round(xy)))
