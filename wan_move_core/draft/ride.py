"""Where a hidden point is: with the thing it belongs to, or with the field around it, never where it was last seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .groups import Controls, Groups
from .warp import similarity

NEIGHBOURS = 6


def riding(controls: Controls, groups: Groups) -> Controls:
    """``controls`` with the hidden stretches of every thing's and of the field's points carried by what is seen."""
    xy = controls.xy.copy()
    for group in groups.objects:
        led = _led(xy[:, group], controls.visible[:, group])
        xy[:, group] = _joined(xy[:, group], controls.visible[:, group], led)
    field = groups.camera
    if len(field) > NEIGHBOURS and not controls.visible[:, field].all():
        led = _flowing(xy[:, field], controls.visible[:, field])
        xy[:, field] = _joined(xy[:, field], controls.visible[:, field], led)
    return replace(controls, xy=xy)


def _led(xy: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """[T, M, 2]: the start moved by the similarity of the points that are seen; in frames without any, between the
    frames that have some, and beyond the last at its pace (what leaves the picture goes on leaving)."""
    frames = len(xy)
    linear, offset = np.tile(np.eye(2), (frames, 1, 1)), np.zeros((frames, 2))
    centre = xy[0].mean(0)
    known = seen.any(1)
    for f in range(1, frames):
        on = np.flatnonzero(seen[f])
        if not len(on):
            continue
        if len(on) > 1:
            linear[f], _ = similarity(xy[0, on], xy[f, on])
        else:
            linear[f] = linear[f - 1]
        # About the centre of the seen points of both frames, so that losing one makes no jump.
        offset[f] = (xy[f, on] - (xy[0, on] - centre) @ linear[f].T).mean(0)
    offset[0] = centre
    sight = np.flatnonzero(known)
    every = np.arange(frames)
    for axis in (0, 1):
        offset[:, axis] = np.interp(every, sight, offset[sight, axis])
        for other in (0, 1):
            linear[:, axis, other] = np.interp(every, sight, linear[sight, axis, other])
    last = int(sight[-1])
    if last < frames - 1 and last > 0:
        since = max(0, last - 3)
        pace = (offset[last] - offset[since]) / max(1, last - since)
        offset[last + 1 :] += pace * (every[last + 1 :] - last)[:, None]
    return np.einsum("tij,mj->tmi", linear, xy[0] - centre) + offset[:, None]


def _flowing(xy: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """[T, M, 2]: every point moved by the mean way of the seen points nearest to it, nearer ones counting more."""
    start = xy[0]
    apart = np.hypot(*np.moveaxis(start[:, None] - start[None], -1, 0))
    np.fill_diagonal(apart, np.inf)
    closeness = 1 / (apart + 4) ** 3
    out = np.repeat(start[None], len(xy), 0)
    for f in range(1, len(xy)):
        on = np.flatnonzero(seen[f])
        if len(on) < 3:
            out[f] = out[f - 1]
            continue
        linear, offset = similarity(start[on], xy[f, on])
        whole = start @ linear.T + offset
        weight = closeness[:, on]
        beyond = (xy[f, on] - whole[on]).astype(float)
        out[f] = whole + weight @ beyond / weight.sum(1, keepdims=True)
    return out


def _joined(xy: np.ndarray, seen: np.ndarray, led: np.ndarray) -> np.ndarray:
    """``xy`` where seen; elsewhere ``led`` and what the point was beside it at the ends of the gap."""
    every = np.arange(len(xy))
    out = xy.copy()
    for n in range(xy.shape[1]):
        if seen[:, n].all():
            continue
        sight = np.flatnonzero(seen[:, n])
        beside = np.stack([np.interp(every, sight, (xy - led)[sight, n, axis]) for axis in (0, 1)], -1)
        out[:, n] = np.where(seen[:, n, None], xy[:, n], led[:, n] + beside)
    return out
