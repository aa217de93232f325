"""Formats 4 and 5 and their kin: an array of positions and, beside it or in it, their visibility."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import axes, names
from ..job import Job, fill_absent
from ..markers import marked
from ..report import Imported, plural


def read(
    positions: np.ndarray,
    visibility: np.ndarray | None,
    job: Job,
    *,
    usual: str = "frames_first",
    size_wh: tuple[int, int] | None = None,
    unused_visibility: bool = False,
) -> Imported:
    """Positions [T, N, 2], [N, T, 2] or either in a batch of one; pixels, or 0-1 with -1 where absent.

    Args:
        positions: a third column of 0 and 1 is visibility.
        visibility: in the positions' order of axes or the other where its shape tells.
        usual: the order of axes where the data do not tell it.
        size_wh: the picture that the file states.
        unused_visibility: something beside the positions could be visibility, and was named as unused.
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
    if min(rows, columns) > 4001:
        job.require_room(rows, columns)
    with np.errstate(invalid="ignore"):  # a damaged NaN; found below
        xy = positions[..., :2].astype(np.float64)
    if positions.shape[-1] == 3:
        visibility = _third(positions[..., 2], visibility, job)
    none: Any = ~np.isfinite(xy).any(-1)
    if len(shape) == 2 and job.axes == "auto":
        first = True
    else:
        first = axes.frames_first(xy, ~none & ~marked(xy, 0) & ~marked(xy, 1), job, usual)
    if not first:
        xy, none = xy.transpose(1, 0, 2), none.T
    frames, count = xy.shape[:2]
    job.require_room(frames, count)
    visible = visible_of(visibility, frames, count, job, swapped=not first)
    return _placed(xy, none, visible, visibility is not None, unused_visibility, published, size_wh, job)


def _placed(
    xy: np.ndarray, none: np.ndarray, visible: np.ndarray, given: bool, unused: bool, published: bool,
    file_wh: tuple[int, int] | None, job: Job,
) -> Imported:  # fmt: skip
    """Markers and missing numbers hidden, the unit judged, everything in pixels."""
    unknown = ~np.isfinite(xy).all(-1)
    half = unknown & ~none & visible
    if half.any():
        frame, track = (int(i) for i in np.argwhere(half)[0])
        raise job.error(
            f"position of track {track} at frame {frame} is not finite ({xy[frame, track, 0]}, {xy[frame, track, 1]})",
            "give a finite x and y, or hide that frame in the visibility",
        )
    absent = (xy == -1).all(-1)
    marker = marked(xy, 0) & ~absent
    if not (~absent & ~unknown & ~marker).any() and unknown.any():
        raise job.error("no position is a number", "export the tracks again")
    unit = job.unit_of(xy[~absent & ~unknown & ~marker])
    size_wh, scale = job.size(file_wh)
    if unit == "px":
        absent &= marked(xy, 0)
    if absent.any():
        job.note(f"{plural(int(absent.sum()), 'position')} of (-1, -1) read as absent: hidden, held in place.")
    if marker.any():
        example = xy[tuple(np.argwhere(marker)[0])]
        job.note(
            f"{plural(int(marker.sum()), 'position')} of a marker such as ({example[0]:g}, {example[1]:g}) read as "
            "absent: hidden, held in place."
        )
    if (unknown & visible).any():
        job.note(f"{plural(int((unknown & visible).sum()), 'position')} without a number read as absent: hidden, held.")
    if (unknown & ~visible).any():
        job.note(f"{plural(int((unknown & ~visible).sum()), 'hidden position')} without a number held in place.")
    gone = absent | marker | unknown
    if not given and not unused and not gone.any():
        job.note("No visibility was given: every frame counts as visible.")
    xy = xy * (np.array(size_wh) if unit == "norm" else scale)
    height = float(size_wh[1])
    xy[..., 1] = job.turned_over(xy[..., 1], height, "top", "as you say") if job.y_origin != "auto" else xy[..., 1]
    name = "wan2gp_npy" if unit == "norm" and not published else "npy"
    return job.finish(name, fill_absent(xy, ~gone), visible & ~gone, size_wh, unit)


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
