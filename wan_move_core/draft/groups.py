"""Which tracks move as one: what carries the whole picture, the things that are cut out of it, and what stays.

The rule, the same in the editor (``js/editor/draft/groups.mjs``), held by ``tests/golden_shared/draft_groups.json``.
Motion is read at up to 41 frames; two points are compared only where both are seen.

1. A point *moves* when it is ever seen more than 2 px from its start. A similarity per frame (turn, scale, shift; scale
   within 0.4-2.5) *explains* a point when it brings it, wherever it is seen, within 3 px + 5 % of its reach.
2. **Field**: 60 or more moving points in more than 65 % of the cells of an 80 px grid bend the whole picture; only
   things of three or more points (found by 4a alone, within 3 px + 1 % and scales of 0.7-1.4) of which more
   than two thirds go against the twenty other points nearest to each (the median of their ways: more than 0.1 of the
   shorter side away, and at a cosine below 0.25) are still cut out.
3. **Camera**: fewer than that, but at least four moving points over more than 60 % of width and height that one
   similarity explains (within 3 % of the shorter side), with no more than a quarter as many still ones, carry the whole
   picture.
4. **Things**, at any distance, from the moving points that are left:
   a. every point and its nearest neighbour propose a similarity; the one that explains most (three or more) takes them,
      is fitted again to all of them, and so on until no proposal has three;
   b. up to 48 points that are left propose in every pair, likewise; a point that several of these things explain goes
      to the one that does so best (of those within 2 px of it the nearest), where three stay behind, and a lone one
      that one explains joins it;
   c. points nearer than 0.3 of the shorter side that keep their distance (15 % + 4 px) are one, with all that is
      theirs, unless two points of them contradict it (a start nearer than 0.3, a distance that changes by
      half of it + 8 px), or both hold things of 4a or 4b without a joint: a place between them, no further from the
      middle of their nearest points than half the way, that both carry to within 3 px + 5 % of the shorter reach;
   d. two things whose union one similarity explains (3 px + 2 %) are one; a lone point joins the thing whose motion
      explains it; two lone points at any distance are one if they keep it (6 % + 4 px) and move alike (their ways
      differ by at most half the longer one);
   e. a point that is hidden at times belongs to the nearest of the things that explain it where it is seen;
   f. a still point belongs to a thing of three or more that explains it within 2 px and surrounds it, or, when it is
      hidden at times, starts within 0.3.
5. A thing that moves little beside its distance to everything else bends with the picture: base, like what is still.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..tracks import Tracks
from .alike import Motion

MAX_CONTROLS = 256
STILL_PX = 2.0
SAMPLES = 41
NEAR = 0.3
FIELD_POINTS, FIELD_CELL_PX, FIELD_SHARE = 60, 80, 0.65


@dataclass(frozen=True)
class Controls:
    """The tracks a draft can use: M points that start visible, inside the picture.

    ``xy`` float64 [T, M, 2] (OpenCV pixels; hidden stretches bridged by straight lines, ends held, until the groups are
    known: see ``ride``), ``visible`` [T, M], ``index`` [M] their places in the list of tracks, ``unused`` how many
    tracks start hidden or outside.
    """

    xy: np.ndarray
    visible: np.ndarray
    index: np.ndarray
    unused: int


@dataclass(frozen=True)
class Groups:
    """Indexes into Controls: ``base`` bend the picture, ``camera`` among them carry it, ``objects`` are cut out."""

    base: np.ndarray
    camera: np.ndarray
    objects: tuple[np.ndarray, ...]


def controls_from_tracks(tracks: Tracks) -> Controls:
    """Usable tracks, thinned to at most 256: per cell of a grid, a still one and a moving one."""
    xy = tracks.xy.numpy(force=True).astype(np.float64) - 0.5
    visible = tracks.visible.numpy(force=True)
    usable = visible[0] & tracks.inside()[0].numpy(force=True)
    index = np.flatnonzero(usable)
    moving = (np.abs(xy[:, index] - xy[:1, index]).max((0, 2)) > STILL_PX) if len(index) else np.zeros(0, bool)
    cell_px = 8
    while len(index) > MAX_CONTROLS:
        key = np.concatenate([xy[0, index] // cell_px, moving[:, None]], 1)
        # The last of a cell, as in guidance: np.unique keeps the first, so it sees them from the end.
        first = np.unique(key[::-1], axis=0, return_index=True)[1]
        keep = np.sort(len(index) - 1 - first)
        index, moving = index[keep], moving[keep]
        cell_px *= 2
    bridged = np.stack([_bridged(xy[:, n], visible[:, n]) for n in index], 1) if len(index) else xy[:, :0]
    return Controls(bridged, visible[:, index], index, int(tracks.count - usable.sum()))


def _bridged(path: np.ndarray, visible: np.ndarray) -> np.ndarray:
    """Positions in hidden frames are never read: the gap is crossed evenly, and the last sight is held."""
    if visible.all():
        return path
    frames = np.flatnonzero(visible)
    every = np.arange(len(path))
    return np.stack([np.interp(every, frames, path[frames, axis]) for axis in (0, 1)], -1)


def groups_from_controls(controls: Controls, size_wh: tuple[int, int]) -> Groups:
    """The rule at the head of this file."""
    picked = np.unique(np.linspace(0, len(controls.xy) - 1, SAMPLES).astype(int))
    motion = Motion(controls.xy[picked], controls.visible[picked])
    side, start = min(size_wh), motion.start
    every = np.arange(motion.count)
    moving, still = every[motion.reach > STILL_PX], every[motion.reach <= STILL_PX]
    if _covers(start[moving], size_wh):
        things = _against(motion, motion.things(moving, NEAR * side, pairs=False), moving, side)
        camera = np.setdiff1d(moving, _joined(things))
    else:
        camera = _camera(motion, moving, still, size_wh)
        things = motion.things(np.setdiff1d(moving, camera), NEAR * side)
    things = [_with_pivots(motion, group, still, NEAR * side) for group in things]
    base, objects = [np.setdiff1d(still, _joined(things))], []
    for group in things:
        others = np.setdiff1d(every, group)
        near = motion.apart(group, others).min(initial=np.inf)
        stirs = motion.reach[group].max() <= min(0.08 * side, 0.4 * near)
        (base if stirs else objects).append(group)
    objects.sort(key=lambda group: controls.index[group].max())
    return Groups(np.concatenate([*base, camera]).astype(int), camera.astype(int), tuple(objects))


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.zeros(0, int), *parts]).astype(int)


def _camera(motion: Motion, moving: np.ndarray, still: np.ndarray, size_wh: tuple[int, int]) -> np.ndarray:
    none = np.zeros(0, int)
    if len(moving) < 4:
        return none
    side = min(size_wh)
    group = moving
    for _ in range(4):
        if len(group) < 4:
            return none
        off = motion.misfit(group, moving)
        group = moving[off <= max(0.03 * side, 1.0 * float(np.median(off)))]
    if len(group) < 4 or motion.misfit(group, group).max() > 0.03 * side:
        return none
    wide = bool((np.ptp(motion.start[group], axis=0) > 0.6 * np.asarray(size_wh)).all())
    return group if wide and len(still) <= len(group) // 4 else none


def _covers(start: np.ndarray, size_wh: tuple[int, int]) -> bool:
    if len(start) < FIELD_POINTS:
        return False
    cells = -(-size_wh[0] // FIELD_CELL_PX) * -(-size_wh[1] // FIELD_CELL_PX)
    return len(np.unique(start // FIELD_CELL_PX, axis=0)) > FIELD_SHARE * cells


def _against(motion: Motion, things: list[np.ndarray], moving: np.ndarray, side: int) -> list[np.ndarray]:
    """Things of three or more whose ways lead elsewhere than those of the twenty points around each."""
    kept = []
    for group in things:
        others = np.setdiff1d(moving, group)
        if len(group) < 3 or len(group) > 0.4 * len(moving) or len(others) < 20:
            continue
        around = others[np.argsort(motion.apart(group, others), axis=1, kind="stable")[:, :20]]
        own, theirs = motion.way[group], np.median(motion.way[around], axis=1)
        size = np.hypot(*own.T) * np.hypot(*theirs.T)
        aside = (np.hypot(*(own - theirs).T) > 0.1 * side) & ((own * theirs).sum(1) < 0.25 * size)
        if aside.mean() > 2 / 3:
            kept.append(group)
    return kept


def _with_pivots(motion: Motion, group: np.ndarray, still: np.ndarray, near_px: float) -> np.ndarray:
    """A pivot does not move, yet it belongs to what turns around it; a point hidden early has no time to move."""
    if len(group) < 3 or not len(still):
        return group
    fits = still[motion.misfit(group, still) <= 2]
    low, high = motion.start[group].min(0), motion.start[group].max(0)
    inside = ((motion.start[fits] > low) & (motion.start[fits] < high)).all(1)
    early = ~motion.seen[:, fits].all(0) & (motion.apart(fits, group).min(1, initial=np.inf) < near_px)
    return np.concatenate([group, fits[inside | early]])
