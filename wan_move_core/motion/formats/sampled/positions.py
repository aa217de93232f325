"""Formats 4 and 5 and their kin: an array of positions and, beside it or in it, their visibility."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....errors import plural
from ....tracks import MAX_FRAMES, MAX_SAMPLES
from .. import axes, names
from ..job import Job
from ..markers import marked
from ..report import Imported
from . import arrays

CORNER = 512
"""Frames and tracks that are enough to judge which is which."""


def read(
    positions: np.ndarray,
    visibility: np.ndarray | None,
    job: Job,
    *,
    usual: str = "frames_first",
    size_wh: tuple[int, int] | None = None,
) -> Imported:
    """Positions [T, N, 2], [N, T, 2] or either in a batch of one; pixels, or 0-1 with -1 where absent.

    Args:
        positions: a third column of 0 and 1 is visibility.
        visibility: in the positions' order of axes or the other where its shape tells.
        usual: the order of axes where the data do not tell it.
        size_wh: the picture that the file states.
    """
    shape = list(positions.shape)
    published = False
    if positions.ndim == 4 and shape[-1] in (2, 3):
        if shape[0] != 1:
            raise job.error(f"a batch of {shape[0]} sets of tracks {shape}", "give one set, [T, N, 2]")
        positions = positions[0]
        published = True
    elif positions.ndim == 2 and shape[-1] == 2:
        positions, published = positions[:, None], True
        job.note("One track of [frames, 2].")
    if positions.dtype.kind == "b" and positions.ndim in (2, 3):
        raise job.error(
            f"an array of yes and no {shape}: visibility, not positions",
            "give the positions, and this as their visibility",
        )
    if positions.ndim != 3 or positions.shape[-1] not in (2, 3):
        raise job.error(
            f"an array of shape {shape}, not tracks", "give positions [1, T, N, 2] or [T, N, 2], x then y, frames first"
        )
    rows, columns = positions.shape[:2]
    if rows == 0 or columns == 0:
        raise job.error(f"an empty array of shape {shape}", "give at least one track and one frame")
    if min(rows, columns) > MAX_FRAMES or rows * columns > MAX_SAMPLES:
        job.require_room(rows, columns)
    if positions.shape[-1] == 3:
        visibility = _third(positions[..., 2], visibility, job)
    positions = positions[..., :2]
    first = True if len(shape) == 2 and job.axes == "auto" else _frames_first(positions, job, usual)
    if not first:
        positions = positions.transpose(1, 0, 2)
    frames, count = positions.shape[:2]
    job.require_room(frames, count)
    visible = visible_of(visibility, frames, count, job, swapped=not first)
    return _placed(positions, visible, visibility is not None, published, size_wh, job)


def _frames_first(positions: np.ndarray, job: Job, usual: str) -> bool:
    """Whether the first axis is time, judged by a corner of the array."""
    corner = arrays.float64(positions[:CORNER, :CORNER])
    present = np.isfinite(corner).all(-1) & ~marked(corner, 0) & ~marked(corner, 1)
    return axes.frames_first(corner, present, job, usual, sides=(positions.shape[0], positions.shape[1]))


def _placed(
    positions: np.ndarray, visible: np.ndarray, given: bool, published: bool, file_wh: tuple[int, int] | None, job: Job
) -> Imported:  # fmt: skip
    """Markers and missing numbers hidden, the unit judged, everything in pixels; block by block."""
    frames, count = positions.shape[:2]
    none, unknown, absent, marker = np.zeros((4, frames, count), bool)
    extent = -1.0
    for part in arrays.blocks(frames, count):
        xy = arrays.float64(positions[:, part])
        unknown[:, part], none[:, part] = ~np.isfinite(xy).all(-1), ~np.isfinite(xy).any(-1)
        absent[:, part], marker[:, part] = (xy == -1).all(-1), marked(xy, 0)
        known = xy[~absent[:, part] & ~unknown[:, part] & ~marker[:, part]]
        extent = max(extent, float(np.abs(known).max(initial=-1.0)))
    half = unknown & ~none & visible
    if half.any():
        frame, track = (int(i) for i in np.argwhere(half)[0])
        x, y = arrays.float64(positions[frame, track])
        raise job.error(
            f"position of track {track + 1} at frame {frame} is not finite ({x}, {y})",
            "give a finite x and y, or hide that frame in the visibility",
        )
    if extent < 0 and unknown.any():
        raise job.error("no position is a number", "export the tracks again")
    unit = job.unit_of(np.full((int(extent >= 0), 2), extent))
    size_wh, scale = job.size(file_wh)
    # Among parts of the picture (-1, -1) is always absence; among pixels only where it is jumped to.
    absent = absent & marker if unit == "px" else absent
    marker = marker & ~absent
    _note_missing(positions, visible, unknown, absent, marker, job)
    gone = absent | marker | unknown
    if not given and not gone.any():
        job.note("No visibility was given: every frame counts as visible.")
    made = arrays.in_pixels(positions, np.array(size_wh) if unit == "norm" else scale, ~gone)
    if job.y_origin != "auto":
        made[..., 1] = job.turned_over(made[..., 1], float(size_wh[1]), "top", "as you say")
    name = "wan2gp_npy" if unit == "norm" and not published else "npy"
    return job.finish(name, made, visible & ~gone, size_wh, unit)


def _note_missing(
    positions: np.ndarray, visible: np.ndarray, unknown: np.ndarray, absent: np.ndarray, marker: np.ndarray, job: Job
) -> None:  # fmt: skip
    if absent.any():
        job.note(f"{plural(int(absent.sum()), 'position')} of (-1, -1) read as absent: hidden, held in place.")
    if marker.any():
        x, y = positions[tuple(np.argwhere(marker)[0])]
        job.note(
            f"{plural(int(marker.sum()), 'position')} of a marker such as ({x:g}, {y:g}) read as absent: hidden, held "
            "in place."
        )
    if (unknown & visible).any():
        job.note(f"{plural(int((unknown & visible).sum()), 'position')} without a number read as absent: hidden, held.")
    if (unknown & ~visible).any():
        job.note(f"{plural(int((unknown & ~visible).sum()), 'hidden position')} without a number held in place.")


def _third(column: np.ndarray, visibility: np.ndarray | None, job: Job) -> np.ndarray | None:
    """The visibility in a third column, where it is one."""
    flags = bool(np.isin(column, (0, 1)).all()) or (
        column.dtype.kind == "f" and bool(((column >= 0) & (column <= 1)).all())
    )
    if flags and visibility is None:
        job.note("The third column is read as visibility.")
        return column
    job.note(
        "The third column is not used" + ("; the visibility beside counts." if flags else " (no visibility of 0 to 1).")
    )
    return visibility


def visible_of(value: Any, frames: int, count: int, job: Job, swapped: bool = False) -> np.ndarray:
    """bool [frames, count]. ``swapped``: the positions had tracks first, so visibility of that shape has too."""
    if value is None:
        return np.ones((frames, count), bool)
    seen = np.asarray(value)
    if seen.ndim == 4 and seen.shape[-1] == 1:
        seen = seen[..., 0]
    if seen.ndim == 3 and (seen.shape[0] == 1 or seen.shape[-1] == 1):
        seen = seen[0] if seen.shape[0] == 1 else seen[..., 0]
    if seen.ndim == 1:
        seen = seen[:, None]
    if seen.shape == (count, frames) and (swapped or count != frames):
        seen = seen.T
    if seen.ndim != 2 or seen.shape[0] != frames or seen.shape[1] not in (1, count):
        raise job.error(
            f"visibility of shape {list(np.shape(value))}, expected [{frames}, {count}] or [1, {frames}, {count}]",
            "give the visibility that belongs to these tracks",
        )
    return np.broadcast_to(names.seen_of(seen, False, "visibility", job), (frames, count)).copy()
