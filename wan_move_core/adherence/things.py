"""Tracks that are asked to move as one, and in words what became of the whole: late, beside its path, part of the way.

A thing's found path is compared with its own asked path delayed by whole frames, shifted, or scaled about its start.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from .groups import groups
from .measure import Adherence, allowed_px
from .thresholds import CELL_PX, EXPLAINED, MOST_LATE_PART, SIMPLER

_VALUES_AT_ONCE = 1 << 18


@dataclass(frozen=True)
class Thing:
    """Tracks that move as one, and how they went.

    ``mean_px`` is the error of the whole where it was seen (None: never), ``way_px`` its longest way. One of the others
    is set where it explains the error: ``late_frames`` (negative: early), ``shift_px`` (x, y) or ``scale`` (1: the
    whole way); ``left_px`` is then the error that it leaves.
    """

    tracks: tuple[int, ...]
    way_px: float
    mean_px: float | None = None
    late_frames: int | None = None
    shift_px: tuple[float, float] | None = None
    scale: float | None = None
    left_px: float | None = None

    @property
    def words(self) -> str | None:
        """What became of it, as "same path, 3 frames late"; None where nothing simple explains it."""
        if self.late_frames is not None:
            count = abs(self.late_frames)
            return f"same path, {count} frame{'s' * (count != 1)} {'late' if self.late_frames > 0 else 'early'}"
        if self.shift_px is not None:
            return f"same path, {np.hypot(*self.shift_px):.0f} px {direction(np.array(self.shift_px), 'to the ')}"
        return None if self.scale is None else f"covers {self.scale:.0%} of the way".replace("%", " %")

    def to_json(self) -> dict[str, Any]:
        return {
            "tracks": list(self.tracks),
            "way_px": self.way_px,
            "mean_px": self.mean_px,
            "late_frames": self.late_frames,
            "shift_px": None if self.shift_px is None else list(self.shift_px),
            "scale": self.scale,
            "left_px": self.left_px,
            "words": self.words,
        }


_KEPT: WeakKeyDictionary[Adherence, list[Thing]] = WeakKeyDictionary()


def things(found: Adherence) -> list[Thing]:
    """Every moving thing, by its lowest track; still tracks belong to none. Kept as long as ``found`` is."""
    if found not in _KEPT:
        clip = _Clip(found)
        _KEPT[found] = [_fitted(clip, members) for members in groups(found)]
    return list(_KEPT[found])


def thing_motion(found: Adherence, members: np.ndarray, asked: bool = False) -> Callable[[np.ndarray, int], Any]:
    """A function of (point_xy [2], frame): where the thing carries a point of itself, [2] px from its start; or None.

    By a turn, scale and shift through three or more of its points, else by their median shift. ``asked``: as the
    tracks ask, else as it was seen to go.
    """
    # Members first: a whole clip converted for each of thousands of things is what takes the time.
    start = found.tracks.xy[0].numpy(force=True)[members].astype(np.float64)
    went = (found.tracks.xy.numpy(force=True) if asked else found.found_xy)[:, members].astype(np.float64)
    known = found.counted[:, members] & (True if asked else found.seen[:, members])

    def motion(point_xy: np.ndarray, frame: int) -> Any:
        use = known[frame]
        if not use.any():
            return None
        source, now = start[use], went[frame, use]
        shift = np.median(now - source, axis=0)
        centred = (source - source.mean(0)) @ (1, 1j)
        spread = float((np.abs(centred) ** 2).sum())
        if use.sum() < 3 or spread < use.sum() * CELL_PX**2:
            return shift
        turn = np.vdot(centred, (now - now.mean(0)) @ (1, 1j)) / spread
        moved = turn * complex(*(point_xy - source.mean(0))) + complex(*now.mean(0))
        return np.array([moved.real, moved.imag]) - point_xy

    return motion


def direction(way_xy: np.ndarray, article: str = "") -> str:
    """``way_xy`` [2] in words, such as "up and left"; with ``article`` "to the ", "up and to the left"."""
    x, y = float(way_xy[0]), float(way_xy[1])
    words = [w for w, on in (("up", y < -abs(x) * 0.4), ("down", y > abs(x) * 0.4)) if on]
    words += [article + w for w, on in (("left", x < -abs(y) * 0.4), ("right", x > abs(y) * 0.4)) if on]
    return " and ".join(words)


class _Clip:
    """What fits of all things read, worked out once: asked and found [T, N, 2] px, usable and known bool [T, N]."""

    def __init__(self, found: Adherence) -> None:
        self.asked = found.tracks.xy.numpy(force=True).astype(np.float64)
        self.found = found.found_xy.astype(np.float64)
        self.usable = (found.tracks.visible & found.tracks.inside()).numpy(force=True)
        self.known = found.counted & found.seen


def _fitted(clip: _Clip, members: np.ndarray) -> Thing:
    tracks = tuple(int(i) for i in members)
    asked, usable, known = clip.asked[:, members], clip.usable[:, members], clip.known[:, members]
    way = asked - asked[:1]
    way_px = float(np.where(usable, np.linalg.norm(way, axis=-1), 0.0).max())
    if not known.any():
        return Thing(tracks, way_px)
    went = clip.found[:, members] - asked[:1]
    error = _mean_off(way, went, known)
    if error <= min(allowed_px(way_px), CELL_PX):
        return Thing(tracks, way_px, error)
    frames = np.arange(len(way))
    # Frame 0 is given: a thing that is beside its path has first to get there.
    settled = known & (frames >= min(8, len(frames) // 4))[:, None]
    settled = settled if settled.any() else known

    most = int(MOST_LATE_PART * frames[-1])
    delays = [by for by in range(-most, most + 1) if by]
    shift = np.median((went - way)[settled], axis=0)
    scale = float((way * went)[known].sum() / max((way * way)[known].sum(), 1e-9))
    left = {"late": np.inf, "scale": _mean_off(way * scale, went, known)}
    best = 0
    if delays:
        left["late"], _, best = min(
            (off, abs(by), by) for off, by in zip(_delayed_off(way, went, known, delays), delays, strict=True)
        )
    left["shift"] = _mean_off(way + shift, went, settled)
    told = "late"
    for other in ("scale", "shift"):
        if left[other] < SIMPLER * left[told]:
            told = other
    good = left[told] <= max(EXPLAINED * error, 1.0) and left[told] <= max(allowed_px(way_px), CELL_PX)
    if not good or scale <= 0.1:
        return Thing(tracks, way_px, error)
    return Thing(
        tracks, way_px, error,
        late_frames=best if told == "late" else None,
        shift_px=(float(shift[0]), float(shift[1])) if told == "shift" else None,
        scale=scale if told == "scale" else None,
        left_px=float(left[told]),
    )  # fmt: skip


def _delayed_off(way: np.ndarray, went: np.ndarray, known: np.ndarray, delays: list[int]) -> list[float]:
    """The mean error that each delay in frames leaves, of a few delays at once: many things are a single track."""
    frames, at_once, off = np.arange(len(way)), max(1, _VALUES_AT_ONCE // way.size), []
    for begin in range(0, len(delays), at_once):
        some = np.array(delays[begin : begin + at_once])
        late = way[np.clip(frames - some[:, None], 0, frames[-1])]
        errors = np.linalg.norm(late - went, axis=-1)[:, known]
        # Rows in one piece: NumPy adds these up in the order in which it adds a single one.
        off += np.ascontiguousarray(errors).mean(axis=1).tolist()
    return off


def _mean_off(way: np.ndarray, went: np.ndarray, known: np.ndarray) -> float:
    return float(np.linalg.norm(way - went, axis=-1)[known].mean())
