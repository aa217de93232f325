"""Format 1, coordinate JSON: sampled positions, one per frame, as spline editors and web editors hand them on.

Several tracks ``[[{"x", "y"}, ...], ...]`` or one flat ``[{"x", "y"}, ...]``; ``"v"`` is visibility; ``[x, y]`` pairs
are read too.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..job import Job, fill_absent, resample
from ..report import Imported, plural


def matches(data: Any) -> bool:
    first = data[0] if isinstance(data, list) and data else None
    if isinstance(first, dict):
        return "x" in first and "h1x" not in first
    return isinstance(first, list)


def _is_position(value: Any) -> bool:
    return isinstance(value, dict) or (
        isinstance(value, list) and len(value) in (2, 3) and all(isinstance(v, (int, float, str)) for v in value)
    )


def read(data: list[Any], job: Job) -> Imported:
    flat = _is_position(data[0])
    rows = [data] if flat else data
    longest = max((len(row) for row in rows if isinstance(row, list)), default=1)
    job.require_room(job.frames or max(longest, 1), len(rows))
    parsed = [_track(row, i, job) for i, row in enumerate(rows)]
    every = np.concatenate([xy[present] for xy, _, present in parsed])
    if flat and job.unit == "auto" and _looks_normalized_str(every):
        raise job.error(
            "one flat list of fractions looks like KJNodes' normalized_str: y is flipped, x is divided by the height "
            "and all splines are run together, so the motion cannot be recovered",
            "connect the coord_str output instead, or say unit norm if these are true 0-1 positions",
        )
    size_wh, _ = job.size()
    unit = job.unit_of(every, whole_is_px=True)
    lengths = [len(xy) for xy, _, _ in parsed]
    frames = job.frames or max(lengths)
    job.require_room(frames, len(parsed))
    if min(lengths) != max(lengths):
        short = sum(n != frames for n in lengths)
        job.note(
            f"Tracks have {min(lengths)} to {max(lengths)} positions; {plural(short, 'track')} resampled to {frames} "
            "frames, each over the whole clip."
        )
    elif job.frames is not None and lengths[0] != frames:
        job.note(
            f"Resampled from {plural(lengths[0], 'position')} per track to {frames} frames; the whole motion is kept."
        )
    elif lengths[0] == 1 and frames == 1:
        job.note("One position per track: they stand still. Give the clip's length to hold them.")
    scale = np.array(size_wh) if unit == "norm" else np.ones(2)
    xy = np.empty((frames, len(parsed), 2))
    visible = np.empty((frames, len(parsed)), bool)
    for i, (points, seen, present) in enumerate(parsed):
        filled = fill_absent(points[:, None], present[:, None])
        made, sight = resample(filled * scale, seen[:, None], frames)
        xy[:, i], visible[:, i] = made[:, 0], sight[:, 0]
    return job.finish("coordinates", xy, visible, size_wh, unit)


def _track(row: Any, track: int, job: Job) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions [t, 2], visible [t], present [t] of one track."""
    if not isinstance(row, list) or not row:
        raise job.error(f"track {track} has no positions", "remove it, or give one position per frame")
    xy = np.zeros((len(row), 2))
    visible = np.ones(len(row), bool)
    present = np.ones(len(row), bool)
    for frame, point in enumerate(row):
        where = f"track {track} at frame {frame}"
        if isinstance(point, list) and len(point) in (2, 3):
            point = dict(zip("xyv", point, strict=False))
        if not isinstance(point, dict):
            raise job.error(f"position of {where} is missing or not an x and a y", "give every frame a position")
        if "v" in point:
            visible[frame] = _seen(point["v"], where, job)
        if not visible[frame] and (point.get("x") is None or point.get("y") is None):
            present[frame] = False
            continue
        xy[frame] = job.number(point.get("x"), f"x of {where}"), job.number(point.get("y"), f"y of {where}")
    return xy, visible, present


def _seen(value: Any, where: str, job: Job) -> bool:
    return value if isinstance(value, bool) else job.number(value, f"visibility of {where}") > 0.5


def _looks_normalized_str(xy: np.ndarray) -> bool:
    # x is divided by the height, so it passes 1 on wide pictures; y is 1 - y/H.
    return bool(xy.size and np.abs(xy).max() < 4 and xy[:, 1].max() <= 1 and np.any(xy != np.round(xy)))
