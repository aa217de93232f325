"""Curves of (frame, x, y, seen) as tracks: frames counted from 0, y from the top, gaps and markers hidden."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ....errors import plural
from ....tracks import MAX_FRAMES, MAX_TRACKS
from ..job import Job
from ..markers import marked
from ..report import Imported

# Frames numbered from a plate's own first frame, such as 1001.
PLATE_OFFSET = 900
MAX_SAMPLES = 1 << 22


@dataclass
class Curve:
    """One track as a file tells it: lists or arrays [K] of frames as they are numbered there, in any order, positions
    (NaN where there is none) and whether they are seen.
    """

    name: str = ""
    frames: Any = field(default_factory=list)
    x: Any = field(default_factory=list)
    y: Any = field(default_factory=list)
    seen: Any = field(default_factory=list)

    def add(self, frame: float, x: float, y: float, seen: bool = True) -> None:
        self.frames.append(frame)
        self.x.append(x)
        self.y.append(y)
        self.seen.append(seen)


@dataclass(frozen=True)
class Rule:
    """How a format counts.

    Attributes:
        format: a key of FORMATS.
        whose: the convention's name in sentences.
        first_frame: the number of its first frame.
        y_from: ``top`` or ``bottom``.
        unit: ``px``, ``norm``, or None: judged by the numbers.
        keyed: positions are keys: straight between them, held before the first and after the last. Else they are so
            only where rows are far apart throughout, and a frame without a row is one where the point was not found.
        stays: frames keep their numbers in a longer clip, instead of the motion being spread over it.
    """

    format: str
    whose: str
    first_frame: int = 0
    y_from: str = "top"
    unit: str | None = "px"
    keyed: bool = False
    stays: bool = False


def imported(curves: list[Curve], rule: Rule, job: Job, size_wh: tuple[int, int] | None = None) -> Imported:
    """Tracks of ``curves``; ``size_wh`` is the size that the file states.

    Raises: WanMoveError where there is nothing, too much, or a y from the bottom of an unknown height.
    """
    curves = [curve for curve in curves if len(curve.frames)]
    if not curves:
        raise job.error("there are no positions in it", "export the tracks again")
    if len(curves) > MAX_TRACKS:
        raise job.error(f"{len(curves):,} tracks, at most {MAX_TRACKS:,} are accepted", "give fewer tracks")
    if sum(len(curve.frames) for curve in curves) > MAX_SAMPLES:
        raise job.error(f"more than {MAX_SAMPLES:,} positions", "give fewer tracks or frames")
    first, frames = _span(curves, rule, job)
    job.require_room(frames, len(curves))
    xy = np.full((frames, len(curves), 2), np.nan)
    visible = np.zeros((frames, len(curves)), bool)
    for n, curve in enumerate(curves):
        xy[:, n], visible[:, n] = _sampled(curve, first, frames, rule, job)
    xy = np.where(np.isfinite(xy).all(-1, keepdims=True), xy, np.nan)
    known: Any = np.isfinite(xy).all(-1)
    if not known.any():
        raise job.error("no row has a position", "export the tracks again")
    unit = job.unit_of(xy[known], default=rule.unit)
    if rule.format == "table" and job.y_origin == "auto":
        job.note("y is taken to count from the top of the picture; if it counts from the bottom, say y_origin bottom.")
    height = 1.0 if unit == "norm" else (size_wh or job.size_wh or (None, None))[1]
    if size_wh is None and job.size_wh and unit == "px":
        _say_reach(xy[known], job.size_wh, job)
    xy[..., 1] = job.turned_over(xy[..., 1], height, rule.y_from, rule.whose)
    target_wh, scale = job.size(size_wh)
    xy = xy * (np.array(target_wh) if unit == "norm" else scale)
    return job.finish(rule.format, np.where(known[..., None], xy, 0.0), visible & known, target_wh, unit)


def _say_reach(xy: np.ndarray, size_wh: tuple[int, int], job: Job) -> None:
    """Most positions [P, 2] beyond a picture of ``size_wh`` were found on another: from the bottom, all go wrong."""
    beyond = ((xy < 0) | (xy > np.array(size_wh))).any(-1)
    if 2 * int(beyond.sum()) > len(xy):
        x, y = xy.max(0)
        job.note(
            f"Most positions lie beyond {size_wh[0]}x{size_wh[1]} (up to x {x:g}, y {y:g}): they were tracked on a "
            "larger picture. Read them with its size, such as 1920x1080."
        )


def _span(curves: list[Curve], rule: Rule, job: Job) -> tuple[float, int]:
    """The number of the file's first frame, and how many frames there are from it."""
    ends = [(float(np.min(curve.frames)), float(np.max(curve.frames))) for curve in curves]
    low, high = min(a for a, _ in ends), max(b for _, b in ends)
    first = float(rule.first_frame)
    if low < first or low >= first + PLATE_OFFSET:
        first = math.floor(low)
    if first != 0:
        job.note(f"Frames count from {first:g} there; {first:g} becomes frame 0.")
    if high - first >= MAX_FRAMES:
        raise job.error(f"frames {low:g} to {high:g}, at most {MAX_FRAMES} are accepted", "trim the clip")
    frames = math.floor(high - first + 0.5) + 1
    return first, max(frames, job.frames or 1) if rule.stays else frames


def _sampled(curve: Curve, first: float, frames: int, rule: Rule, job: Job) -> tuple[np.ndarray, np.ndarray]:
    """Positions [T, 2] and visible [T] of one curve; NaN throughout where it has no position at all."""
    at = np.array(curve.frames, np.float64) - first
    if len(at) == frames and at[0] == 0 and bool((np.diff(at) == 1).all()):
        point = np.stack([curve.x, curve.y], axis=1).astype(np.float64)
        if bool((point >= 0).all()):  # nothing missing, no marker
            return point, np.array(curve.seen, bool)
    order = np.argsort(at, kind="stable")
    at, point = at[order], np.stack([curve.x, curve.y], axis=1)[order].astype(np.float64)
    seen = np.array(curve.seen, bool)[order]
    keep = np.append(np.diff(at) > 0, True)
    if not keep.all():
        job.note(f"{plural(int((~keep).sum()), 'frame')} given twice; the last row counts.")
        at, point, seen = at[keep], point[keep], seen[keep]
    there = np.isfinite(point).all(-1) & ~marked(point)
    lost = int((~there).sum())
    if lost:
        job.note("Rows without a position, or with a marker such as (-100, -100), are hidden frames.")
    every = np.arange(frames, dtype=np.float64)
    if not there.any():
        return np.full((frames, 2), np.nan), np.zeros(frames, bool)
    xy = np.stack([np.interp(every, at[there], point[there, k]) for k in (0, 1)], axis=1)
    nearest = _nearest(at, every)
    visible = (seen & there)[nearest]
    if rule.keyed:
        if len(at) > 1 and float(np.diff(at).max()) > 1:
            job.note("Keys lie frames apart: straight between them, the program's own curves are not in the text.")
        return xy, visible
    steps = np.diff(at)
    if 2 * int((steps <= 1).sum()) < len(steps):
        job.note(
            "Rows are frames apart and read as keys: straight between them, held before the first and after the last."
        )
        return xy, visible
    missing = np.abs(at[nearest] - every) > 0.5
    if (visible & missing).any():
        job.note("Frames without a row are hidden.")
    return xy, visible & ~missing


def _nearest(at: np.ndarray, every: np.ndarray) -> np.ndarray:
    """Index of the sample of rising times ``at`` that is nearest to each of ``every``; of two, the earlier."""
    if len(at) == 1:
        return np.zeros(len(every), np.int64)
    right = np.clip(np.searchsorted(at, every), 1, len(at) - 1)
    return np.where(every - at[right - 1] <= at[right] - every, right - 1, right)


def frames_of_times(times: list[float], job: Job, name: str, seconds: bool = False) -> list[float]:
    """Frames from numbers under a name such as ``t``: whole numbers are frames, 0-1 parts of the clip, else seconds.

    ``seconds``: the name says so, or a clock runs through more than one row.
    """
    whole = all(t == math.floor(t) for t in times)
    if whole and max(times) > 1 and not seconds:
        job.note(f"{name} are whole numbers and read as frames.")
        return times
    if not seconds and max(times) <= 1 and min(times) >= 0 and (not whole or len(set(times)) == 2):
        frames = job.frames or 81
        job.note(f"{name} lie within 0-1 and are read as parts of a clip of {frames} frames.")
        return [t * (frames - 1) for t in times]
    job.note(f"{name} are read as seconds at {job.fps:g} frames per second.")
    return [t * job.fps for t in times]


def number_of(text: Any, decimal_comma: bool = False) -> float | None:
    """A finite float, NaN for an empty or not-a-number cell, None for any other text."""
    word = str(text)
    if word.isascii() and 0 < len(word) <= 24 and word[-1].isdigit() and "_" not in word:
        try:
            value = float(word)
            return value if abs(value) <= 1e12 else None
        except ValueError:
            pass
    word = word.strip()
    if word.lower() in ("", "nan", "null", "none", "na", "n/a", "-"):
        return math.nan
    if decimal_comma:
        word = word.replace(",", ".", 1)
    if len(word) > 40 or not word.isascii() or "_" in word:
        return None
    try:
        value = float(word)
    except ValueError:
        return None
    return value if abs(value) <= 1e12 else None
