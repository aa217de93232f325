"""Which axis of an array of positions is time: an author's habit, so judged by the data and said.

Along time a point makes small steps and few turns; from one track to the next it jumps. Two measures, both without a
unit, are added as logarithms: how long a step is along the one axis and along the other, and how long it is against the
spread along its own axis (for a smooth path of T frames about sqrt(12)/T, for points in no order sqrt(2)).
"""

from __future__ import annotations

import math

import numpy as np

from ...errors import plural
from .job import Job

# exp(0.9): the steps along one axis must be some 2.5 times those along the other, or the data tell nothing.
SURE = 0.9
# A length that the caller knows and that only one axis has.
LENGTH_KNOWN = math.log(8)
JUDGED = 1024
"""Rows and columns that are looked at."""
_ORDERS = ("frames_first", "tracks_first")


def frames_first(
    xy: np.ndarray, present: np.ndarray, job: Job, usual: str, sides: tuple[int, int] | None = None
) -> bool:  # fmt: skip
    """Whether the first axis of positions [A, B, 2] is time; what was taken is noted and offered.

    Args:
        present: bool [A, B], which positions say something.
        usual: what is taken where the data do not tell: the format's habit.
        sides: the whole array's first two sides, where ``xy`` is but a corner of it.
    """
    rows, columns = sides or xy.shape[:2]
    if job.axes != "auto":
        taken, by = job.axes, "given"
    elif 1 in (rows, columns):
        taken, by = ("frames_first" if columns == 1 else "tracks_first") if rows != columns else usual, "assumed"
        if rows == 1 < columns and usual == "frames_first":
            job.note(
                f"A first axis of one is read as one track of {columns} frames, not one frame of {columns} tracks."
            )
    else:
        # A part is enough, and of the largest accepted file the differences alone would take half a gigabyte.
        score = judge(xy[:JUDGED, :JUDGED], present[:JUDGED, :JUDGED])
        if job.frames is not None and rows != columns and job.frames in (rows, columns):
            score += LENGTH_KNOWN if job.frames == rows else -LENGTH_KNOWN
        taken, by = (usual, "assumed") if abs(score) < SURE else (_ORDERS[score < 0], "data")
    other = _ORDERS[1 - _ORDERS.index(taken)]
    job.chose("axes", taken, by, other)
    first = taken == "frames_first"
    frames, count = (rows, columns) if first else (columns, rows)
    if by == "assumed" and min(rows, columns) > 1:
        job.note(
            f"Whether the first axis is frames or tracks cannot be told from the data; {_said(taken)} is assumed "
            f"({plural(count, 'track')} of {plural(frames, 'frame')}). If it is the other way round, say axes {other}."
        )
    elif by == "data" and taken != usual:
        job.note(
            f"Read as {_said(taken)} ({plural(count, 'track')} of {plural(frames, 'frame')}), because steps along time "
            "are the small ones. "
            f"If it is the other way round, say axes {other}."
        )
    return first


def judge(xy: np.ndarray, present: np.ndarray) -> float:
    """Positive where the first axis of [A, B, 2] looks like time, negative where the second does; 0 is no answer."""
    steps, turns = zip(*(_along(xy, present, axis) for axis in (0, 1)), strict=True)
    if None in steps or min(steps) == 0:
        # Along one axis nothing changes at all: points that stand still, or several tracks on one path.
        return 0.0
    score = math.log(steps[1] / steps[0])
    return score + (math.log(turns[1] / turns[0]) if min(turns) > 0 else 0.0)


def _along(xy: np.ndarray, present: np.ndarray, axis: int) -> tuple[float | None, float]:
    """Root mean square step along ``axis``, and the same in parts of the spread along it (0 where nothing spreads)."""
    points, seen = np.moveaxis(xy, axis, 0), np.moveaxis(present, axis, 0)
    both = seen[1:] & seen[:-1]
    if not both.any():
        return None, 0.0
    with np.errstate(invalid="ignore"):  # between infinities, which are not among ``both``
        step = math.sqrt(float((np.diff(points, axis=0)[both] ** 2).sum(-1).mean()))
    number = np.maximum(seen.sum(0), 1)[..., None]
    kept = np.where(seen[..., None], points, 0.0)
    middle = kept.sum(0) / number
    spread = math.sqrt(float(((kept - middle) ** 2).sum(-1)[seen].mean()))
    return step, step / spread if spread > 0 else 0.0


def _said(order: str) -> str:
    return order.replace("_", " ")
