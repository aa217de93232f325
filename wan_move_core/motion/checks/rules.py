"""One function per check: a judged motion in, findings out. Exact conditions: tests/golden_shared/README.md."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from ...geometry import STRIDE_T, STRIDE_X, STRIDE_Y, is_video_length, nearest_lengths
from .issues import Finding, checks_table
from .judged import Judged
from .picture import cut_by_frame, lone_point, still_in_way

_STAYS_PX = 0.01
"""Rounding, no motion."""
_WAYS = 16
"""Ways of moving together that are told apart; of tracks that all go their own way only the first are compared."""


def wrong_length(judged: Judged) -> Iterator[Finding]:
    frames = judged.tracks.frames
    if judged.frames is not None and judged.frames != frames:
        yield Finding(values={"frames": frames, "expected": str(judged.frames)})
    elif not is_video_length(frames):
        below, above = nearest_lengths(frames)
        yield Finding(values={"frames": frames, "expected": f"{below} or {above}"})


def size_mismatch(judged: Judged) -> Iterator[Finding]:
    width, height = judged.tracks.size_wh
    expected = judged.size_wh or nearest_size((width, height))
    if (width, height) != tuple(expected):
        yield Finding(values={"size": f"{width}x{height}", "expected": f"{expected[0]}x{expected[1]}"})


def hidden_at_start(judged: Judged) -> Iterator[Finding]:
    for track in np.flatnonzero(~judged.visible[0]):
        yield Finding(int(track), 0)


def outside_at_start(judged: Judged) -> Iterator[Finding]:
    for track in np.flatnonzero(judged.visible[0] & ~judged.inside[0]):
        yield Finding(int(track), 0)


def on_border(judged: Judged) -> Iterator[Finding]:
    touching = (judged.raw_xy == np.asarray(judged.tracks.size_wh, np.float32)).any(-1) & judged.visible
    yield from _per_track(touching)


def leaves_picture(judged: Judged) -> Iterator[Finding]:
    left_behind = np.zeros(len(judged.usable), bool)
    if judged.camera_moves:
        # That is what the camera was told to do, as long as some of what stays in the scene is in sight.
        away = judged.scene_xy.astype(np.float64) - judged.scene_xy[0]
        staying = judged.usable & (np.hypot(*np.moveaxis(away, -1, 0)).max(0) <= _STAYS_PX)
        left_behind = staying & (judged.valid & staying).any(1).all()
    yield from _per_track(judged.usable & judged.visible & ~judged.inside & ~left_behind)


def between_samples(judged: Judged) -> Iterator[Finding]:
    # Only tracks that are hidden somewhere have runs to look at.
    for track in np.flatnonzero(~judged.visible.all(0) | (judged.tracks.frames < STRIDE_T + 1)):
        short = unsampled_runs(judged.visible[:, track])
        if short:
            yield Finding(int(track), short[0][0], len(short))


def jumps(judged: Judged) -> Iterator[Finding]:
    limit = checks_table()["jumps"]["threshold"]
    cells = latent_step_cells(judged)
    for finding in _per_track(cells > limit):
        assert finding.track is not None and finding.frame is not None
        largest = math.ceil(float(cells[:, finding.track].max()) * 10) / 10
        # 20, not 20.0: the text reads the same in both languages.
        largest = int(largest) if largest.is_integer() else largest
        yield Finding(finding.track, (finding.frame + 1) * STRIDE_T, finding.count, {"cells": largest})


def shares_cell(judged: Judged) -> Iterator[Finding]:
    lost, winner = lost_cells(judged)
    for finding in _per_track(lost):
        assert finding.track is not None and finding.frame is not None
        other = int(winner[finding.frame, finding.track])
        yield Finding(finding.track, (finding.frame + 1) * STRIDE_T, finding.count, {"other": other})


def no_anchors(judged: Judged) -> Iterator[Finding]:
    if judged.camera_moves:
        return
    moving = judged.moving(judged.xy, checks_table()["no_anchors"]["moving_cells"])
    if moving.any() and not (judged.usable & ~moving).any():
        yield Finding(count=int(moving.sum()))


def few_points(judged: Judged) -> Iterator[Finding]:
    entry = checks_table()["few_points"]
    found: list[Finding] = []
    for number, name in enumerate(judged.region_names):
        own = np.flatnonzero(judged.region_of == number)
        usable = int(judged.usable[own].sum())
        if usable < entry["region_threshold"]:
            values = {"region": name, "threshold": entry["region_threshold"]}
            found.append(Finding(int(own[0]) if len(own) else None, None, usable, values))
    scene = judged.scene_xy.astype(np.float64)
    movers = np.flatnonzero(judged.moving(scene, entry["moving_cells"]) & (judged.region_of < 0))
    near = _neighbours(scene[0, movers] / STRIDE_X, entry["radius_cells"], entry["threshold"])
    for track, count in zip(movers.tolist(), near.tolist(), strict=True):
        if count < entry["threshold"]:
            found.append(Finding(track, None, count))
    yield from sorted(found, key=lambda f: -1 if f.track is None else f.track)


def many_tracks(judged: Judged) -> Iterator[Finding]:
    # A region is one thing, however many cells it fills.
    count = int((judged.usable & (judged.region_of < 0)).sum())
    if count > checks_table()["many_tracks"]["threshold"]:
        yield Finding(count=count)


def slides(judged: Judged) -> Iterator[Finding]:
    entry = checks_table()["slides"]
    scene = judged.scene_xy.astype(np.float64)
    away_cells = (scene[STRIDE_T::STRIDE_T] - scene[0]) / STRIDE_X
    # What is out of sight or of the picture somewhere has other troubles, which are told first.
    whole = judged.valid[::STRIDE_T].all(0)
    movers, carried = np.flatnonzero(judged.moving(scene, entry["moving_cells"]) & whole), 0
    for _ in range(_WAYS):
        if not len(movers):
            break
        apart = np.hypot(*np.moveaxis(away_cells[:, movers] - away_cells[:, movers[:1]], -1, 0)).max(0)
        same = apart <= entry["same_cells"]
        carried += int(same.sum()) if same.sum() >= entry["threshold"] else 0
        movers = movers[~same]
    if carried:
        yield Finding(count=carried)


RULES: Mapping[str, Callable[[Judged], Iterator[Finding]]] = {
    "wrong_length": wrong_length,
    "size_mismatch": size_mismatch,
    "hidden_at_start": hidden_at_start,
    "outside_at_start": outside_at_start,
    "on_border": on_border,
    "leaves_picture": leaves_picture,
    "between_samples": between_samples,
    "jumps": jumps,
    "shares_cell": shares_cell,
    "no_anchors": no_anchors,
    "few_points": few_points,
    "lone_point": lone_point,
    "cut_by_frame": cut_by_frame,
    "still_in_way": still_in_way,
    "many_tracks": many_tracks,
    "slides": slides,
}


def nearest_size(size_wh: tuple[int, int]) -> tuple[int, int]:
    """The nearest size that is made of whole latent cells."""
    width, height = (
        max(s, math.floor(side / s + 0.5) * s) for side, s in zip(size_wh, (STRIDE_X, STRIDE_Y), strict=True)
    )
    return width, height


def visible_runs(visible: np.ndarray) -> list[tuple[int, int]]:
    """Inclusive (first, last) of every stretch of True in bool [T]."""
    edges = np.diff(np.concatenate([[0], visible.astype(np.int8), [0]]))
    return list(zip(np.flatnonzero(edges == 1).tolist(), (np.flatnonzero(edges == -1) - 1).tolist(), strict=True))


def unsampled_runs(visible: np.ndarray) -> list[tuple[int, int]]:
    """The visible runs of one track, bool [T], that the model never reads."""
    never = len(visible) > STRIDE_T and not visible[STRIDE_T::STRIDE_T].any()
    return [
        (first, last)
        for first, last in visible_runs(visible)
        if last // STRIDE_T * STRIDE_T < first or (first == 0 and never)
    ]


def latent_step_cells(judged: Judged) -> np.ndarray:
    """float64 [Tl - 1, N]: cells moved in each latent step; 0 where either end does not guide."""
    xy, valid = judged.xy[::STRIDE_T], judged.valid[::STRIDE_T]
    moved = np.hypot(*np.moveaxis(np.diff(xy, axis=0), -1, 0)) / STRIDE_X
    return np.where(valid[1:] & valid[:-1], moved, 0.0)


def lost_cells(judged: Judged) -> tuple[np.ndarray, np.ndarray]:
    """bool and int64 [Tl - 1, N]: where a track's cell goes to a later one, not of its own region, and to which."""
    xy, valid = judged.xy[STRIDE_T::STRIDE_T], judged.valid[STRIDE_T::STRIDE_T]
    lost, winner = np.zeros(valid.shape, bool), np.full(valid.shape, -1, np.int64)
    columns = judged.tracks.size_wh[0] // STRIDE_X + 1
    for step in range(len(xy)):
        track = np.flatnonzero(valid[step])
        cell = np.floor(xy[step, track, 1] / STRIDE_Y) * columns + np.floor(xy[step, track, 0] / STRIDE_X)
        _, first_in_reverse, group = np.unique(cell[::-1], return_index=True, return_inverse=True)
        best = track[::-1][first_in_reverse][group.ravel()][::-1]
        winner[step, track] = best
        same_region = (judged.region_of[track] >= 0) & (judged.region_of[track] == judged.region_of[best])
        lost[step, track] = (best != track) & ~same_region
    return lost, winner


def _per_track(hit: np.ndarray) -> Iterator[Finding]:
    """One finding per column of bool [T, N] with a hit: first row and how many."""
    for track in np.flatnonzero(hit.any(0)):
        yield Finding(int(track), int(hit[:, track].argmax()), int(hit[:, track].sum()))


def _neighbours(point_cells: np.ndarray, radius: float, enough: int) -> np.ndarray:
    """int64 [M]: points within ``radius`` of each, itself included; only exact below ``enough``."""
    count = np.full(len(point_cells), enough, np.int64)
    # Squares whose diagonal is the radius: a crowd in one square needs no distances.
    square = np.floor(point_cells / (radius / math.sqrt(2.0)))
    _, group, size = np.unique(square, axis=0, return_inverse=True, return_counts=True)
    for i in np.flatnonzero(size[group.ravel()] < enough).tolist():
        distance = np.hypot(*(point_cells - point_cells[i]).T)
        count[i] = int((distance <= radius).sum())
    return count


def describe(finding: Finding, name_of: Callable[[int], str]) -> tuple[str, dict[str, Any]]:
    """Who a finding is about, and its other words."""
    words = dict(finding.values)
    if "other" in words:
        words["other"] = name_of(words["other"])
    if "region" in words:
        return str(words["region"]), words
    return ("The motion" if finding.track is None else name_of(finding.track)), words
