"""Which tracks move as one: the background, what bends with it, and the objects that are cut out and carried."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..tracks import Tracks
from .warp import similarity

MAX_CONTROLS = 256
STILL_PX = 2.0


@dataclass(frozen=True)
class Controls:
    """The tracks a draft can use: M points that start visible, inside the picture.

    ``xy`` float64 [T, M, 2] (OpenCV pixels; hidden stretches bridged by straight lines, ends held), ``visible`` [T, M],
    ``index`` [M] their places in the list of tracks, ``unused`` how many tracks start hidden or outside.
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
    """Points are of one object when they start near each other and keep their distance.

    An object that moves little beside its distance to everything else bends with the picture; one whose points span
    most of the picture, with nothing still, is a camera's move; the rest are cut out.
    """
    some = controls.xy[np.unique(np.linspace(0, len(controls.xy) - 1, 41).astype(int))]
    start, count = some[0], some.shape[1]
    side = min(size_wh)
    reach = np.sqrt(((some - start) ** 2).sum(-1)).max(0) if count else np.zeros(0)
    moving = reach > STILL_PX
    apart = np.sqrt(((some[:, :, None] - some[:, None, :]) ** 2).sum(-1))
    rigid = (np.abs(apart - apart[0]) <= 0.25 * apart[0] + 4).all(0)
    linked = rigid & (apart[0] < 0.3 * side) & moving[:, None] & moving[None, :]
    label = np.where(moving, np.arange(count), -1)
    for _ in range(count):
        smallest = np.where(linked, label[None, :], count).min(1, initial=count)
        lower = np.where(moving, np.minimum(label, smallest), -1)
        if (lower == label).all():
            break
        label = lower
    members = [np.flatnonzero(label == value) for value in np.unique(label[moving])]
    if _is_one_move(some[:, moving], side):
        members = [np.flatnonzero(moving)]
    base, camera, objects = [np.flatnonzero(~moving)], [], []
    for group in members:
        # A pivot does not move, yet it belongs to what turns around it.
        still = base[0]
        if len(group) >= 3 and len(still):
            pivots = still[rigid[np.ix_(still, group)].all(1) & (apart[0][np.ix_(still, group)].min(1) < 0.15 * side)]
            inside = [p for p in pivots if _within(start[p], start[group])]
            base[0] = np.setdiff1d(still, inside)
            group = np.concatenate([group, np.asarray(inside, int)]).astype(int)
        others = np.setdiff1d(np.arange(count), group)
        near = apart[:, group][:, :, others].min(initial=np.inf)
        span = np.ptp(start[group], axis=0)
        wide = len(group) >= 4 and bool((span > 0.6 * np.asarray(size_wh)).all())
        if wide and len(base[0]) <= len(group) // 4 and _is_one_move(some[:, group], side):
            camera.append(group)
        elif reach[group].max() <= min(0.08 * side, 0.4 * near):
            base.append(group)
        else:
            objects.append(group)
    objects.sort(key=lambda group: controls.index[group].max())
    base_all = np.concatenate(base + camera).astype(int)
    return Groups(base_all, np.concatenate([np.zeros(0, int), *camera]).astype(int), tuple(objects))


def _is_one_move(xy: np.ndarray, side_px: float) -> bool:
    """Whether one turn, scale and shift per frame brings all points [T, M, 2] to where they are, about."""
    if xy.shape[1] < 4:
        return False
    for now in xy[1:]:
        linear, offset = similarity(xy[0], now)
        if np.sqrt(((xy[0] @ linear.T + offset - now) ** 2).sum(-1).mean()) > 0.03 * side_px:
            return False
    return True


def _within(point: np.ndarray, cloud: np.ndarray) -> bool:
    low, high = cloud.min(0), cloud.max(0)
    return bool(((point > low) & (point < high)).all())
