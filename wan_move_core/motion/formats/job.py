"""One import: what the caller said, what the file says, and the steps that every format shares."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from ...errors import WanMoveError, plural
from ...geometry import is_inside, is_video_length, nearest_lengths
from ...tracks import MAX_FRAMES, MAX_SAMPLES, MAX_TRACKS, Tracks
from .report import Choice, Imported, Report

MAX_PX = 1e6
MAX_NUMBER = 1e12
ASSUMED_SIZE_WH = (832, 480)
ASSUMED_FRAMES = 81
AXES = ("tracks_first", "frames_first")
Y_ORIGINS = ("top", "bottom")

_PLAIN_NUMBER = re.compile(r"\s*[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})([eE][+-]?\d{1,3})?\s*", re.ASCII)


@dataclass
class Job:
    """The caller's words (see ``read_tracks``) and the notes gathered while reading."""

    where: str
    frames: int | None = None
    size_wh: tuple[int, int] | None = None
    fps: float = 16.0
    unit: str = "auto"
    visibility: Any = None
    axes: str = "auto"
    y_origin: str = "auto"
    notes: list[str] = field(default_factory=list)
    choices: dict[str, Choice] = field(default_factory=dict)
    size_from: str = ""
    texts_as_numbers: int = 0

    def __post_init__(self) -> None:
        if self.unit not in ("auto", "px", "norm"):
            raise self.error(f"unknown unit {self.unit!r}", "use auto, px or norm")
        if self.axes not in ("auto", *AXES):
            raise self.error(f"unknown order of axes {self.axes!r}", f"use auto, {' or '.join(AXES)}")
        if self.y_origin not in ("auto", *Y_ORIGINS):
            raise self.error(f"unknown origin of y {self.y_origin!r}", f"use auto, {' or '.join(Y_ORIGINS)}")
        if self.frames is not None and not 1 <= self.frames <= MAX_FRAMES:
            raise self.error(f"{self.frames} frames", f"use 1 to {MAX_FRAMES}")
        if self.size_wh is not None:
            self.size_wh = self.size_of(self.size_wh, "the given size")
        if not (math.isfinite(self.fps) and self.fps > 0):
            raise self.error(f"{self.fps} frames per second", "use a positive number such as 16")

    def error(self, what: str, fix: str) -> WanMoveError:
        return WanMoveError(where=self.where, what=what, fix=fix)

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def chose(self, name: str, taken: Any, by: str, other: Any = None) -> None:
        """Keep for the report what was taken and what could be (see ``Choice``)."""
        self.choices[name] = Choice(taken, by, other)

    # -- numbers ----------------------------------------------------------------------------------------------------

    def number(self, value: Any, name: str) -> float:
        """A finite float; numbers written as text are taken when plain, and counted.

        Raises: WanMoveError naming the value.
        """
        if isinstance(value, str) and _PLAIN_NUMBER.fullmatch(value):
            self.texts_as_numbers += 1
            value = float(value)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            shown = "missing or not a number" if value is None else f"{str(value)[:40]!r}, not a number"
            raise self.error(f"{name} is {shown}", "give a finite number")
        if not math.isfinite(value):
            raise self.error(f"{name} is {value}", "give a finite number")
        if abs(value) > MAX_NUMBER:
            raise self.error(f"{name} is {value:g}, beyond any picture", "correct it")
        return float(value)

    def number_or(self, value: Any, default: float, name: str) -> float:
        return default if value is None else self.number(value, name)

    def points(self, value: Any, name: str) -> np.ndarray:
        """float64 [P, 2] from a list of ``{"x", "y"}`` or ``[x, y]``; errors count points from 1, as people do."""
        if not isinstance(value, list):
            raise self.error(f"{name} has no list of points", "export it again")
        made = np.empty((len(value), 2))
        for i, point in enumerate(value):
            pair = (point.get("x"), point.get("y")) if isinstance(point, dict) else point
            if not isinstance(pair, (tuple, list)) or len(pair) < 2:
                raise self.error(f"point {i + 1} of {name} is not an x and a y", "export it again")
            made[i] = (
                self.number(pair[0], f"x of point {i + 1} of {name}"),
                self.number(pair[1], f"y of point {i + 1} of {name}"),
            )
        return made

    # -- size, unit, length -----------------------------------------------------------------------------------------

    def size_of(self, value: Any, name: str) -> tuple[int, int]:
        """Two positive whole sides from a pair or ``{"width", "height"}``."""
        pair = (value.get("width"), value.get("height")) if isinstance(value, dict) else value
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise self.error(f"{name} is not a width and a height", "give two positive whole numbers")
        width, height = (round(self.number(v, name)) if abs(self.number(v, name)) < 1e9 else 0 for v in pair)
        if not (1 <= width <= 65536 and 1 <= height <= 65536):
            raise self.error(f"{name} is {pair[0]} by {pair[1]}", "give two sides between 1 and 65536")
        return width, height

    def size(self, file_wh: tuple[int, int] | None = None) -> tuple[tuple[int, int], np.ndarray]:
        """The picture's size, and the factors (x, y) from the file's pixels to it."""
        if self.size_wh is None:
            self.size_from = "from the file" if file_wh else "assumed"
            size_wh = file_wh or ASSUMED_SIZE_WH
            if file_wh is None:
                self.note(
                    f"The file does not say its picture's size; {size_wh[0]}x{size_wh[1]} is assumed. Give the size if "
                    "it differs."
                )
            self.chose("size_wh", list(size_wh), "file" if file_wh else "assumed")
            return size_wh, np.ones(2)
        self.size_from = "as given"
        differs = file_wh is not None and file_wh != self.size_wh
        self.chose("size_wh", list(self.size_wh), "given", list(file_wh) if differs and file_wh else None)
        if file_wh is None or file_wh == self.size_wh:
            return self.size_wh, np.ones(2)
        scale = np.array([self.size_wh[0] / file_wh[0], self.size_wh[1] / file_wh[1]])
        note = f"Scaled from the file's {file_wh[0]}x{file_wh[1]} to {self.size_wh[0]}x{self.size_wh[1]}"
        if abs(scale[0] / scale[1] - 1) > 0.005:
            note += ", x and y by different factors because the shapes differ"
        self.note(note + ".")
        return self.size_wh, scale

    def unit_of(self, xy: np.ndarray, *, default: str | None = None, whole_is_px: bool = False) -> str:
        """``px`` or ``norm``: the caller's word, else the format's ``default``, else judged from the numbers."""
        unit, by = self._unit(xy, default, whole_is_px)
        self.chose("unit", unit, by, None if by == "format" else "norm" if unit == "px" else "px")
        return unit

    def _unit(self, xy: np.ndarray, default: str | None, whole_is_px: bool) -> tuple[str, str]:
        if self.unit != "auto":
            return self.unit, "given"
        if default is not None:
            return default, "format"
        extent = float(np.abs(xy).max()) if xy.size else 2.0
        if extent <= 1 and not (whole_is_px and bool(np.all(xy == np.round(xy)))):
            self.note("All coordinates lie within 0-1, so they are read as parts of the picture, not pixels.")
            return "norm", "data"
        if extent <= 4:
            self.note("All coordinates lie within 4 pixels of the corner; if they are 0-1 coordinates, say unit norm.")
        return "px", "data"

    def rate(self, file_fps: Any) -> None:
        """Keep and say the frames per second that a file states; nothing is resampled by it."""
        fps = self.number(file_fps, "frames per second")
        if not 0 < fps <= 1000:
            self.note(f"The file states {fps:g} frames per second, which is no rate; it is not used.")
            return
        self.chose("fps", fps, "file", None if fps == self.fps else self.fps)
        self.note(f"The file states {fps:g} frames per second; its frames are taken one by one.")

    def turned_over(self, y: np.ndarray, height: float | None, rule: str, whose: str) -> np.ndarray:
        """``y`` counted from the top, by the caller's word or ``rule`` (top or bottom), which is ``whose`` convention.

        Args:
            height: of the picture in the unit of ``y``; None where nobody said.

        Raises: WanMoveError where y counts from the bottom of a picture whose height is unknown.
        """
        taken, by = (rule, "format") if self.y_origin == "auto" else (self.y_origin, "given")
        self.chose("y_origin", taken, by, "top" if taken == "bottom" else "bottom")
        if taken == "top":
            return y
        if height is None:
            raise self.error(
                f"y counts from the bottom of the picture ({whose}), and the picture's height is not known",
                "give the size of the picture that was tracked, such as 1920x1080",
            )
        of = f"height of {height:g}" if height != 1 else "height"
        self.note(f"y counts from the bottom ({whose}); turned over with the picture's {of}.")
        return height - y

    def length(self, file_frames: int | None = None) -> int:
        """The clip's frames: as given, else the file's, else 81 (said)."""
        if self.frames is not None:
            return self.frames
        if file_frames is None:
            self.note(f"Control points carry no length; {ASSUMED_FRAMES} frames are assumed.")
            return ASSUMED_FRAMES
        return file_frames

    def require_room(self, frames: int, count: int) -> None:
        """Raise before an array of [frames, count] is made that no clip could need."""
        if frames > MAX_FRAMES:
            raise self.error(f"{frames} frames, at most {MAX_FRAMES} are accepted", "trim the clip")
        if count > MAX_TRACKS:
            raise self.error(f"{count:,} tracks, at most {MAX_TRACKS:,} are accepted", "give fewer tracks")
        if frames * count > MAX_SAMPLES:
            raise self.error(
                f"{count} tracks over {frames} frames, at most {MAX_SAMPLES:,} positions are accepted",
                "give fewer tracks or frames",
            )

    # -- the end of every import ------------------------------------------------------------------------------------

    def finish(
        self,
        format: str,
        xy: np.ndarray,
        visible: np.ndarray,
        size_wh: tuple[int, int],
        unit: str,
        document: dict[str, Any] | None = None,
    ) -> Imported:
        """Positions in pixels float [T, N, 2] and visibility bool [T, N], retimed, clamped, checked and reported.

        Raises: WanMoveError for positions that are not finite or absurdly far, naming track and frame.
        """
        frames, count = xy.shape[:2]
        self.require_room(max(frames, self.frames or 1), count)
        if count == 0:
            raise self.error("there are no tracks in it", "draw at least one track, or choose another file")
        bad = np.empty((frames, count), bool)
        for frame in range(frames):  # frame by frame: judged at once, a large file would be held twice
            with np.errstate(invalid="ignore"):
                bad[frame] = ~(np.abs(xy[frame]) <= MAX_PX).all(-1)
        if bad.any():
            frame, track = (int(i) for i in np.argwhere(bad)[0])
            raise self.error(
                f"position of track {track + 1} at frame {frame} is {_shown(xy[frame, track])}, "
                f"not within {MAX_PX:,.0f} pixels",
                "correct that position, or check the unit",
            )
        tracks = Tracks.make(xy, visible, size_wh=size_wh, where=self.where, copy=False)
        if self.frames is not None and tracks.frames != self.frames:
            self.note(f"Retimed from {plural(tracks.frames, 'frame')} to {self.frames}; the whole motion is kept.")
            tracks = tracks.retime(self.frames)
        if not is_video_length(tracks.frames):
            below, above = nearest_lengths(tracks.frames)
            self.note(
                f"{tracks.frames} frames is not a length of the model (4k+1); the nearest are {below} and {above}."
            )
        clamped = _clamp_border(tracks)
        if clamped:
            self.note(f"{plural(clamped, 'position')} exactly on the right or bottom border moved just inside.")
        if self.texts_as_numbers:
            self.note(f"{plural(self.texts_as_numbers, 'number')} written as text read as numbers.")
        for what, lost in (
            ("hidden", ~tracks.visible[0]),
            ("outside the picture", tracks.visible[0] & ~is_inside(tracks.xy[0], tracks.size_wh)),
        ):
            if int(lost.sum()):
                self.note(f"{plural(int(lost.sum()), 'track')} {what} at frame 0: guidance has nothing to carry there.")
        report = Report(format, tracks.count, tracks.frames, unit, size_wh, self.size_from, self.notes, self.choices)
        return Imported(tracks, report, document)


def _clamp_border(tracks: Tracks) -> int:
    """As ``Tracks.clamp_border``, in the positions that this import made and nobody else has."""
    size = torch.tensor(tracks.size_wh, dtype=torch.float32)
    inner, moved = torch.nextafter(size, torch.zeros(2)), 0
    for frame in tracks.xy:
        on_edge = frame == size
        if bool(on_edge.any()):
            moved += int(on_edge.any(-1).sum())
            frame.copy_(torch.where(on_edge, inner, frame))
    return moved


def resample(xy: np.ndarray, visible: np.ndarray, frames: int) -> tuple[np.ndarray, np.ndarray]:
    """[t, N, 2] and [t, N] over ``frames`` frames by ``Tracks.retime``'s rule, in float64."""
    given = xy.shape[0]
    if given == frames:
        return xy, visible
    if given == 1 or frames == 1:
        return np.repeat(xy[:1], frames, 0), np.repeat(visible[:1], frames, 0)
    at = np.arange(frames) * ((given - 1) / (frames - 1))
    below = np.minimum(at.astype(np.int64), given - 2)
    part = (at - below)[:, None, None]
    nearest = np.minimum(np.floor(at + 0.5).astype(np.int64), given - 1)
    return xy[below] * (1 - part) + xy[below + 1] * part, visible[nearest]


def fill_absent(xy: np.ndarray, present: np.ndarray) -> np.ndarray:
    """[T, N, 2] with the positions that are not ``present`` [T, N] held from the last one before, else the first after.

    A track that is never present stands at (0, 0).
    """
    frames = xy.shape[0]
    index = np.where(present, np.arange(frames)[:, None], -1)
    last = np.maximum.accumulate(index, axis=0)
    first = np.where(present.any(0), present.argmax(0), -1)
    take = np.where(last >= 0, last, first[None])
    held = np.take_along_axis(xy, np.maximum(take, 0)[..., None], axis=0)
    return np.where((take >= 0)[..., None], held, 0.0)


def _shown(point_xy: np.ndarray) -> str:
    return f"({point_xy[0]:g}, {point_xy[1]:g})"
