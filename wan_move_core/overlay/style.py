"""How tracks look, and how that look makes room for the picture where there are many of them.

What an overlay hides is measured as the mean opacity of its layer over a window of a third of the picture's shorter
side. Where the fullest window would hide more than :data:`MOST_HIDDEN`, discs and tails become smaller, then tails
shorter, until it does not. A few tracks keep the published look.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..errors import WanMoveError
from ..palette import TRACK_RGB
from ..tracks import Tracks

REFERENCE_SIDE_PX = 480
MOST_HIDDEN = 0.25
"""Share of the fullest window that discs and tails may hide: their areas added up, as if none lay over another."""
FULL_SIZE_TRACKS = 4
"""So many keep their size however close they are; from there on the least size falls with the root of their number."""
LEAST_RADIUS_PX = 1.0
WINDOW_CELLS = 3
SIDE_CELLS = 9
"""The shorter side is cut into so many cells; a window is so many cells wide."""
WATCHED_FRAMES = 9
LEAST_TAIL = 0.05


@dataclass(frozen=True)
class TrackStyle:
    """How tracks look. Lengths in pixels of the frame, ``opacity`` 0-1.

    ``labels``: each track's number (from 1) beside its disc. ``cursor``: the index of the track that carries a pointer.
    ``rim``: a dark edge around discs and tails, so that they are seen on a picture of their own colour, and a plate
    under labels. ``shrink``: sizes fall with the number of tracks. Both off is the look as published.
    """

    radius_px: float = 12.0
    tail_frames: int = 24
    tail_width_px: float = 16.0
    opacity: float = 1.0
    fade: bool = True
    labels: bool = False
    cursor: int | None = None
    colours: tuple[tuple[int, int, int], ...] = TRACK_RGB
    rim: bool = True
    shrink: bool = True

    def __post_init__(self) -> None:
        for name, value, low, high in (
            ("radius", self.radius_px, 0, 4096),
            ("tail frames", self.tail_frames, 0, 100_000),
            ("tail width", self.tail_width_px, 0, 4096),
            ("opacity", self.opacity, 0, 1),
        ):
            if not low <= value <= high:
                raise WanMoveError(where=f"Overlay / {name}", what=f"{value}", fix=f"use {low} to {high}")
        if not self.colours:
            raise WanMoveError(where="Overlay / colours", what="there is none", fix="give at least one colour")

    @property
    def rim_px(self) -> float:
        """Width of a disc's dark edge, outside its radius."""
        return 0.5 + min(self.radius_px, 48.0) / 16 if self.rim and self.radius_px > 0 else 0.0

    @property
    def tail_rim_px(self) -> int:
        """Width of a tail's dark edge, outside its own width; whole pixels, as it grows out of the drawn tail."""
        return max(1, round(self.tail_width_px / 16)) if self.rim and self.tail_width_px >= 2 else 0

    def scaled_to(self, size_wh: tuple[int, int]) -> TrackStyle:
        """The same look on a frame of ``size_wh``: sizes are meant for a shorter side of 480 px, and grow with it."""
        factor = max(0.25, min(size_wh) / REFERENCE_SIDE_PX)
        return replace(self, radius_px=self.radius_px * factor, tail_width_px=self.tail_width_px * factor)

    def with_given(self, **changes: Any) -> TrackStyle:
        """The same look but for ``changes``; None leaves a value as it is."""
        return replace(self, **{name: value for name, value in changes.items() if value is not None})

    def making_room_for(self, tracks: Tracks) -> TrackStyle:
        """The same look, small enough that ``tracks`` leave the picture visible; unchanged where they already do."""
        if not self.shrink or tracks.count <= FULL_SIZE_TRACKS or self.opacity == 0:
            return self
        discs, tails, room = _ink(self, tracks)
        if not len(discs):
            return self
        # Per window: discs s² + tails s = room, for the scale s of radius and width.
        root = np.sqrt(tails**2 + 4 * discs * room)
        scale = float((2 * room / np.maximum(tails + root, 1e-9)).min())
        floor = math.sqrt(FULL_SIZE_TRACKS / tracks.count)
        if self.radius_px > 0:
            floor = max(floor, LEAST_RADIUS_PX / self.radius_px)
        scale = min(1.0, max(scale, floor))
        if scale == 1.0 and scale > floor:
            return self
        if self.radius_px > 0:
            # Quarters of a pixel: one track more or less is no other look.
            scale = min(1.0, math.ceil(scale * self.radius_px * 4) / 4 / self.radius_px)
        small = replace(self, radius_px=self.radius_px * scale, tail_width_px=self.tail_width_px * scale)
        if not self.fade:
            return small
        discs, tails, room = _ink(small, tracks)
        left = np.where(tails > 0, np.maximum(room - discs, 0) / np.maximum(tails, 1e-9), 1.0)
        reach = min(1.0, max(float(left.min()), LEAST_TAIL))
        return replace(small, tail_frames=math.ceil(self.tail_frames * reach)) if self.tail_frames else small


def _ink(style: TrackStyle, tracks: Tracks) -> tuple[np.ndarray, np.ndarray, float]:
    """Opacity in px that discs lay down in each window of the watched frames, and tails; and the px that may be hidden.

    Two float arrays [M], of windows in which anything lies, and one number: all windows are of one size.
    """
    xy, visible = tracks.xy.numpy(force=True).astype(np.float32), tracks.visible.numpy(force=True)
    frames, width, height = len(xy), *tracks.size_wh
    side = min(tracks.size_wh) / SIDE_CELLS
    grid = (max(1, round(height / side)), max(1, round(width / side)))
    inside = visible & ((xy >= 0) & (xy < (width, height))).all(-1)
    row, column = (
        np.clip(xy[..., axis] * (cells / size), 0, cells - 1).astype(np.int32)
        for axis, cells, size in ((1, grid[0], height), (0, grid[1], width))
    )
    cell = row * grid[1] + column
    step = np.diff(xy, axis=0)
    length = np.minimum(np.hypot(step[..., 0], step[..., 1]), width + height) * (inside[1:] & inside[:-1])
    disc_px = math.pi * (style.radius_px + style.rim_px) ** 2 * style.opacity
    discs, tails = [], []
    for frame in np.unique(np.linspace(0, frames - 1, WATCHED_FRAMES).round().astype(int)):
        first = max(0, frame - style.tail_frames)
        clear = 1 - (frame - np.arange(first, frame)) / max(style.tail_frames, 1) if style.fade else None
        if clear is None:
            per_px = np.full(frame - first, 0.6 * (style.tail_width_px / 2 + 2 * style.tail_rim_px))
        else:
            per_px = clear * (1 + (style.tail_width_px - 1) * clear + 2 * style.tail_rim_px)
        heads = np.bincount(cell[frame][inside[frame]], minlength=grid[0] * grid[1]) * disc_px
        weight = (length[first:frame] * per_px[:, None] * style.opacity).ravel()
        lines = np.bincount(cell[first + 1 : frame + 1].ravel(), weight, minlength=grid[0] * grid[1])
        discs.append(_windows(heads.reshape(grid)))
        tails.append(_windows(lines.reshape(grid)))
    a, b = np.stack(discs), np.stack(tails)
    cells = min(WINDOW_CELLS, grid[0]) * min(WINDOW_CELLS, grid[1])
    room_px = MOST_HIDDEN * width * height * cells / (grid[0] * grid[1])
    used = (a + b) > 0
    return a[used], b[used], room_px


def _windows(grid: np.ndarray) -> np.ndarray:
    """Sums over every window of WINDOW_CELLS x WINDOW_CELLS cells."""
    shape = (min(WINDOW_CELLS, grid.shape[0]), min(WINDOW_CELLS, grid.shape[1]))
    return np.lib.stride_tricks.sliding_window_view(grid, shape).sum((-1, -2))
