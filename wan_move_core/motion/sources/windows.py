"""Long motion in windows, one generation each: the last frame of a window is the first of the next.

A generation copies what it finds under each point in its first frame. So a window keeps the points that are visible and
inside the picture at its first frame, from where they are then, and drops the others: they could guide nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ...errors import WanMoveError, plural, verb
from ...geometry import STRIDE_X, STRIDE_Y, is_video_length, nearest_lengths, require_video_length
from ...tracks import Tracks, merge_tracks
from ..evaluation.region import cell_centres_xy
from .anchors import KeptFree, hold_the_rest, lone_note

REFILLS = ("none", "anchors", "surroundings")
_NEIGHBOURS = 4
_LEAST_SPACING_CELLS, _MOST_SPACING_CELLS = 2, 8


@dataclass(frozen=True, eq=False)
class Window:
    """One window of a long motion.

    Attributes:
        tracks: from its frame 0 on. first_frame: the frame of the whole motion that this is.
        kept: int64 [N], which track of the whole motion each one is; -1 for points added here.
        notes: what was kept, dropped and added.
    """

    tracks: Tracks
    first_frame: int
    kept: np.ndarray
    notes: tuple[str, ...]


def window_count(frames: int, window_length: int) -> int:
    """How many windows of ``window_length`` frames, each sharing one frame with the next, cover ``frames``."""
    _require_window(window_length)
    return max(1, -(-(frames - 1) // (window_length - 1)))


def split_window(
    tracks: Tracks,
    number: int,
    window_length: int = 81,
    refill: str = "none",
    *,
    kept_free: KeptFree | None = None,
) -> Window:
    """Window ``number`` (counted from 0) of a long motion. A last, shorter one is held to the next length 4k+1.

    Args:
        refill: what stands in for points that are gone: nothing; ``anchors`` where nothing moves;
            ``surroundings``: new points in the gaps, which move as their nearest kept points do (for cameras).
        kept_free: what moves in the picture of this window and where it passes, as ``anchor_points`` takes it: no
            point is held there. Without it anchors keep off points and their ways alone, and the notes say so.

    Raises: WanMoveError for a window that is not there, a length that is not 4k+1, or an unknown refill.
    """
    where = "Split tracks"
    if refill not in REFILLS:
        raise WanMoveError(where=f"{where} / refill", what=f"unknown {refill!r}", fix=f"use {', '.join(REFILLS)}")
    count = window_count(tracks.frames, window_length)
    if not 0 <= number < count:
        raise WanMoveError(
            where=f"{where} / window",
            what=f"window {number} of {count} ({plural(tracks.frames, 'frame')} in windows of {window_length})",
            fix=f"use 0 to {count - 1}",
        )
    first = number * (window_length - 1)
    part = tracks.trim(first, min(first + window_length, tracks.frames) - 1)
    notes = [f"window {number + 1} of {count}: frames {first} to {first + part.frames - 1}"]
    if not is_video_length(part.frames):
        longer = nearest_lengths(part.frames)[1]
        notes.append(f"its last position is held from {part.frames} to {plural(longer, 'frame')}, 4k+1")
        part = part.extend(longer)
    usable = (part.visible & part.inside())[0]
    dropped = int((~usable).sum())
    if dropped:
        gone = verb(dropped, "is", "are")
        notes.append(f"{dropped} of {plural(tracks.count, 'point')} {gone} gone at its first frame and dropped")
    kept = part.select(usable)
    index = torch.nonzero(usable)[:, 0].numpy()
    if refill == "none" or (refill == "surroundings" and not kept.count):
        return Window(kept, first, index, tuple(notes))
    added = hold_the_rest(kept, kept_free=kept_free) if refill == "anchors" else _surroundings(kept)
    notes.append(f"{plural(added.count, 'point')} added ({refill})")
    if refill == "anchors" and kept_free is None and (note := lone_note(kept)):
        notes.append(note)
    together = merge_tracks([added, kept])
    return Window(together, first, np.concatenate([np.full(added.count, -1), index]), tuple(notes))


def _surroundings(tracks: Tracks) -> Tracks:
    """Points on a grid in the gaps between ``tracks``' starts, moved as the mean of their nearest, near ones more."""
    start = tracks.xy[0].numpy().astype(np.float64)
    spacing = _spacing_cells(start)
    rows, cols = tracks.size_wh[1] // STRIDE_Y, tracks.size_wh[0] // STRIDE_X
    grid = np.zeros((rows, cols), bool)
    if rows and cols:
        grid[((rows - 1) % spacing) // 2 :: spacing, ((cols - 1) % spacing) // 2 :: spacing] = True
    points = cell_centres_xy(np.argwhere(grid))
    if not len(points):
        return Tracks.empty(tracks.frames, tracks.size_wh)
    distance, nearest = _nearest(points, start, min(_NEIGHBOURS, len(start)))
    free = distance[:, 0] > spacing * STRIDE_X
    points, distance, nearest = points[free], distance[free], nearest[free]
    weight = 1.0 / np.maximum(distance, 1e-6)
    weight /= weight.sum(1, keepdims=True)
    motion = (tracks.xy - tracks.xy[0]).numpy().astype(np.float64)
    xy = points + np.einsum("tnkc,nk->tnc", motion[:, nearest], weight)
    return Tracks.make(xy.astype(np.float32), size_wh=tracks.size_wh, where="Split tracks")


def _spacing_cells(start: np.ndarray) -> int:
    if len(start) < 2:
        return _MOST_SPACING_CELLS
    distance, _ = _nearest(start, start, 2)
    cells = round(float(np.median(distance[:, 1])) / STRIDE_X)
    return int(np.clip(cells, _LEAST_SPACING_CELLS, _MOST_SPACING_CELLS))


def _nearest(point_xy: np.ndarray, among_xy: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Distances and indices [N, count] of the nearest, nearest first; in pieces, so that memory stays small."""
    distances, indices = [], []
    for part in np.array_split(point_xy, max(1, len(point_xy) * len(among_xy) // 2_000_000)):
        apart = np.hypot(part[:, None, 0] - among_xy[None, :, 0], part[:, None, 1] - among_xy[None, :, 1])
        order = np.argsort(apart, axis=1, kind="stable")[:, :count]
        distances.append(np.take_along_axis(apart, order, 1))
        indices.append(order)
    return np.concatenate(distances), np.concatenate(indices)


def _require_window(window_length: int) -> None:
    require_video_length(window_length, "Split tracks / window length")
    if window_length < 5:
        raise WanMoveError(
            where="Split tracks / window length", what=plural(window_length, "frame"), fix="use 5 or more"
        )
