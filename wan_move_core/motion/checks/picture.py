"""The rules that look at the picture, over what the draft found in it. Without things they find nothing.

The same as the editor's picture.mjs.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...geometry import STRIDE_X
from .issues import Finding, checks_table
from .judged import Judged

OUTLINE = 0.5
"""Of a matte's 0-1: half of it is the thing's."""
STILL_PX = 2.0
_EDGES = (("left", 0, 1), ("right", 0, -1), ("top", 1, 1), ("bottom", 1, -1))


def lone_point(judged: Judged) -> Iterator[Finding]:
    entry = checks_table()["lone_point"]
    lone = [thing for thing in judged.things if thing.share is None]
    moving = judged.moving(judged.scene_xy.astype(np.float64), entry["moving_cells"]) if lone else None
    for thing in lone:
        track = int(thing.tracks[0])
        if moving is None or not moving[track]:
            continue
        # What goes along is as large as it is across; nobody having looked, it may be anything.
        across_cells = np.inf if thing.around is None else np.sqrt((thing.around > OUTLINE).sum())
        if across_cells > entry["threshold"]:
            yield Finding(track, None, 1)


def still_in_way(judged: Judged) -> Iterator[Finding]:
    """One finding for every still track; the editor gathers those of a layer."""
    scene, seen = judged.scene_xy.astype(np.float64), judged.visible
    frames = [0, *judged.samples]
    apart = np.hypot(*np.moveaxis(scene[frames] - scene[0], -1, 0))
    still = judged.usable & ~((apart > STILL_PX) & seen[frames]).any(0)
    first: dict[int, int] = {}
    for thing in judged.things:
        if thing.share is None:
            continue
        # Few of a region's points carry it in the draft; the others, such as those it turns about, are its own no less.
        regions = judged.region_of[thing.tracks]
        own = np.isin(judged.region_of, regions[regions >= 0])
        own[thing.tracks] = True
        for frame in frames:
            linear, offset = thing.to_frame[frame, :, :2], thing.to_frame[frame, :, 2]
            back = (scene[0] - offset) @ np.linalg.inv(linear).T
            hit = still & seen[frame] & (_share_at(thing.share, back) > OUTLINE)
            hit &= ~own
            for track in np.flatnonzero(hit).tolist():
                first[track] = min(frame, first.get(track, frame))
    for track, frame in sorted(first.items()):
        yield Finding(track, frame, 1)


def cut_by_frame(judged: Judged) -> Iterator[Finding]:
    entry = checks_table()["cut_by_frame"]
    found: dict[int, Finding] = {}
    for thing in judged.things:
        if thing.share is None:
            continue
        frames, edges = [], 0
        for _, axis, sign in _EDGES:
            border = _rim(thing.share, axis, sign)
            if len(border) < entry["threshold"] * STRIDE_X:
                continue
            for frame in judged.samples:
                matrix = thing.to_frame[frame]
                inwards = sign * ((border @ matrix[:, :2].T + matrix[:, 2])[:, axis] - border[:, axis])
                if (inwards > entry["moving_cells"] * STRIDE_X).any():
                    frames.append(frame)
                    edges += 1
                    break
        if edges:
            track = int(thing.tracks.min())
            found[track] = Finding(track, min(frames), edges)
    yield from (found[track] for track in sorted(found))


def _share_at(share: np.ndarray, point_xy: np.ndarray) -> np.ndarray:
    """float [N]: 0 outside of the picture."""
    column, row = np.floor(point_xy).astype(np.int64).T
    inside = (column >= 0) & (row >= 0) & (column < share.shape[1]) & (row < share.shape[0])
    return np.where(inside, share[np.where(inside, row, 0), np.where(inside, column, 0)], 0.0)


def _rim(share: np.ndarray, axis: int, sign: int) -> np.ndarray:
    """float [M, 2] px: places along an edge of the frame at which the thing goes on beyond it."""
    line = share[:, 0 if sign > 0 else -1] if axis == 0 else share[0 if sign > 0 else -1]
    along = np.flatnonzero(line > OUTLINE) + 0.5
    at = np.full(len(along), 0.0 if sign > 0 else float(share.shape[1 - axis]))
    return np.stack([at, along] if axis == 0 else [along, at], -1)
