"""Where a hidden point is: with the thing it belongs to, or with the field around it, never where it was last seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .groups import Controls, Groups
from .warp import similarity

NEIGHBOURS = 6
PACE_FRAMES, TURN_FRAMES = 3, 8
"""A pace is read over so many frames; a turn is told less surely than a place."""
MOST_GROWTH = 4.0


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
    """[T, M, 2]: the start moved by the similarity of the points that are seen.

    Where fewer than two tell the turn and the scale, and where nobody tells the place, it is what lies between the
    frames that do, and goes on at its last pace beyond them: what leaves the picture goes on leaving, and turning.
    """
    frames = len(xy)
    turn, offset = np.zeros((frames, 2)), np.zeros((frames, 2))
    centre = xy[0].mean(0)
    sure, known = np.zeros(frames, bool), np.asarray(seen.any(1))
    sure[0] = True
    for f in range(1, frames):
        on = np.flatnonzero(seen[f])
        if len(on) > 1 and float(((xy[0, on] - xy[0, on].mean(0)) ** 2).sum()) >= 1:
            linear, _ = similarity(xy[0, on], xy[f, on])
            now = np.arctan2(linear[1, 0], linear[0, 0])
            before = turn[np.flatnonzero(sure)[-1], 0]
            turn[f] = before + (now - before + np.pi) % (2 * np.pi) - np.pi, np.log(np.hypot(*linear[:, 0]))
            sure[f] = True
    turn = _gone_on(turn, sure, TURN_FRAMES)
    growth = np.exp(np.clip(turn[:, 1], -np.log(MOST_GROWTH), np.log(MOST_GROWTH)))
    cosine, sine = growth * np.cos(turn[:, 0]), growth * np.sin(turn[:, 0])
    linear = np.stack([np.stack([cosine, -sine], -1), np.stack([sine, cosine], -1)], 1)
    about = np.einsum("tij,mj->tmi", linear, xy[0] - centre)
    for f in np.flatnonzero(known):
        # About the centre of the seen points of both frames, so that losing one makes no jump.
        offset[f] = (xy[f] - about[f])[seen[f]].mean(0)
    return about + _gone_on(offset, known, PACE_FRAMES)[:, None]


def _gone_on(values: np.ndarray, known: np.ndarray, pace_frames: int) -> np.ndarray:
    """``values`` [T, 2] where ``known`` [T]; evenly between those frames, and beyond the last at its pace."""
    sight, every = np.flatnonzero(known), np.arange(len(values))
    out = np.stack([np.interp(every, sight, values[sight, i]) for i in (0, 1)], -1)
    last = int(sight[-1])
    since = max(0, last - pace_frames)
    if last > since:
        out[last + 1 :] += (out[last] - out[since]) / (last - since) * (every[last + 1 :] - last)[:, None]
    return out


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
