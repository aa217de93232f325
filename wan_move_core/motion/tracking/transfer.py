"""Motion transfer: points followed through a clip, and their motion laid on another picture."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from ...errors import WanMoveError, plural, verb
from ...geometry import is_inside, nearest_lengths
from ...tracks import Tracks
from .points import PointTracker, TrackedPoints, grid_points
from .retarget import apply_map, maps_for

LOST = ("hide", "drop")


@dataclass(frozen=True)
class Retarget:
    """How the clip is laid on the picture; see retarget.maps_for. Masks are bool [h, w] of any size.

    Attributes:
        clip_masks: what to follow in the clip's first frame; none: everything. Later ones are in front.
        motion_scale: 1 as in the clip; else every way is that many times as long.
    """

    method: str = "frame"
    clip_masks: Sequence[np.ndarray] = ()
    picture_masks: Sequence[np.ndarray] = ()
    clip_points: np.ndarray | None = None
    picture_points: np.ndarray | None = None
    motion_scale: float = 1.0


def transfer_motion(
    frames: Iterable[np.ndarray],
    tracker: PointTracker,
    picture_wh: tuple[int, int] | None = None,
    retarget: Retarget | None = None,
    *,
    spacing_px: float = 24.0,
    length: int = 0,
    lost: str = "hide",
    progress: Callable[[int], None] | None = None,
) -> tuple[Tracks, list[str]]:
    """Follow a grid of points through uint8 [H, W, 3] RGB ``frames`` and bring it to ``picture_wh``.

    Args:
        picture_wh: size of the picture that shall move; None keeps the clip's size and places.
        spacing_px: of the grid, in pixels of the clip.
        length: frames of the result, retimed; 0 takes the clip's, cut to 4k+1.
        lost: ``hide`` points while they are lost, or ``drop`` those that ever are (leaving the frame counts).

    Returns: (tracks, notes on lost points, drift and points left out).
    Raises: WanMoveError for an empty mask or clip, unknown words, or a map that cannot be made.
    """
    how = retarget or Retarget()
    if lost not in LOST:
        raise WanMoveError(where="Video tracks / lost", what=f"unknown {lost!r}", fix=f"use {', '.join(LOST)}")
    iterator = iter(frames)
    first = next(iterator, None)
    if first is None:
        raise WanMoveError(where="Video tracks / clip", what="there are no frames", fix="give a clip")
    clip_wh = (int(first.shape[1]), int(first.shape[0]))
    target_wh = clip_wh if picture_wh is None else picture_wh
    maps = maps_for(
        how.method, clip_wh, target_wh, how.clip_masks, how.picture_masks, how.clip_points, how.picture_points
    )
    points, region = _points(clip_wh, spacing_px, how.clip_masks)
    found = tracker.track(chain([first], iterator), points, progress)
    notes = _drift_notes(found, tracker.name)
    found = _before_the_cut(found)
    xy, visible = found.xy.astype(np.float64), found.visible
    if how.motion_scale != 1.0:
        xy = xy[0] + (xy - xy[0]) * how.motion_scale
    whose = region if how.method == "regions" else np.zeros(len(points), np.int64)
    for number, matrix in enumerate(maps):
        xy[:, whose == number] = apply_map(matrix, xy[:, whose == number])
    made = Tracks.make(xy.astype(np.float32), visible, size_wh=target_wh, where="Video tracks")
    keep = is_inside(made.xy[0], target_wh) & made.visible[0]
    if not bool(keep.all()):
        notes.append(f"{plural(int((~keep).sum()), 'point')} left out that started outside the picture")
    if lost == "drop":
        always = made.visible.all(0)
        notes.append(f"{plural(int((keep & ~always).sum()), 'point')} dropped that were lost on the way")
        keep &= always
    if not bool(keep.any()):
        notes.append("no point is left: check the masks and the map between clip and picture")
    return _timed(made.select(keep), length, notes), notes


def _points(clip_wh: tuple[int, int], spacing_px: float, masks: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """float32 [N, 2] px of the grid inside the masks, and the number of the mask each belongs to."""
    points = grid_points(clip_wh, spacing_px)
    if not len(masks):
        return points, np.zeros(len(points), np.int64)
    region = np.full(len(points), -1, np.int64)
    for number, mask in enumerate(masks):
        rows, cols = mask.shape
        at = np.floor(points / clip_wh * (cols, rows)).astype(np.int64)
        region[mask[np.clip(at[:, 1], 0, rows - 1), np.clip(at[:, 0], 0, cols - 1)]] = number
    inside = region >= 0
    if not inside.any():
        raise WanMoveError(
            where="Video tracks / clip_mask",
            what=f"no grid point of {spacing_px:g} px spacing lies in the mask",
            fix="paint more, or use a smaller spacing",
        )
    return points[inside], region[inside]


def _drift_notes(found: TrackedPoints, name: str) -> list[str]:
    """What a user should know of how well the points were followed."""
    count = found.visible.shape[1]
    ever = int((~found.visible).any(0).sum())
    notes = [f"{plural(count, 'point')} followed by {name}; {ever} lost for a time, {int(found.lost.sum())} at the end"]
    if found.cuts:
        where = ", ".join(str(frame) for frame in found.cuts)
        ended = not found.visible[found.cuts[-1] :].any()
        then = (
            "tracking stops there, the tracks end before it"
            if ended
            else "points go on with what they then stand on, which is another scene"
        )
        notes.append(f"the clip cuts to another scene at frame {where}: {then}")
    if found.smooth is not None and found.smooth.any():
        count = int(found.smooth.sum())
        notes.append(
            f"{plural(count, 'point')} {verb(count, 'lies', 'lie')} on places too smooth to see again: carried by what "
            "is around them, never counted as seen"
        )
    error = found.error_px[-1][~found.lost]
    error = error[np.isfinite(error)]
    if len(error):
        notes.append(
            f"drift at the end of the {plural(len(error), 'point')} still seen there, followed back: median "
            f"{np.median(error):.2f} px, worst {error.max():.2f} px of the clip"
        )
    return notes


def _before_the_cut(found: TrackedPoints) -> TrackedPoints:
    """Without the frames from the cut on that tracking stopped at; the first frame always stays."""
    if not found.cuts or found.visible[found.cuts[-1] :].any():
        return found
    kept = slice(0, found.cuts[-1])
    return TrackedPoints(found.xy[kept], found.visible[kept], found.error_px[kept], found.smooth, found.cuts)


def _timed(tracks: Tracks, length: int, notes: list[str]) -> Tracks:
    if length:
        if length != tracks.frames:
            notes.append(f"retimed from {tracks.frames} to {plural(length, 'frame')}")
        return tracks.retime(length)
    below = nearest_lengths(tracks.frames)[0]
    if below != tracks.frames:
        notes.append(f"cut from {tracks.frames} to {plural(below, 'frame')}, 4k+1")
    return tracks.trim(0, below - 1)
