"""Keys of a move by name: JSON such as ``[{"frame": 0}, {"frame": 40, "x": 60}]``, or one move from start to end.

What the first key does not name has its rest value there. A later key that does not name a channel leaves it alone: the
channel goes on to the next key that names it, or holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import WanMoveError, plural
from ..document.bounded_json import load_json
from ..timing.easing import PRESETS, Easing
from ..timing.keys import interpolate_keys

MAX_KEYS = 4096
MAX_FRAME = 100_000
MAX_VALUE = 1e6

Key = Mapping[str, float]
"""A frame and values of channels; the name ``frame`` is among them."""


@dataclass(frozen=True)
class Channel:
    """A value that keys may name. ``rest``: where nothing moves. ``even_ratio``: changes evenly in its logarithm."""

    name: str
    rest: float = 0.0
    even_ratio: bool = False
    least: float = -MAX_VALUE
    most: float = MAX_VALUE


def parse_keys(text: str | Sequence[Any], channels: Sequence[Channel], where: str) -> list[list[Key]]:
    """Lists of keys from JSON text (or data already parsed): one list, or a list of several.

    Returns: one inner list for each list given; [] where the text is empty.
    Raises: WanMoveError for anything else, an unknown name, a frame twice, or a number out of its range.
    """
    if isinstance(text, str) and not text.strip():
        return []
    value = load_json(text, where) if isinstance(text, str) else list(text)
    if not isinstance(value, list) or not value:
        raise WanMoveError(where=where, what="not a list of keys", fix='write [{"frame": 0}, {"frame": 80, ...}]')
    several = value if all(isinstance(part, list) for part in value) else [value]
    return [_keys(part, channels, where) for part in several]


def _keys(part: list[Any], channels: Sequence[Channel], where: str) -> list[Key]:
    if not 1 <= len(part) <= MAX_KEYS:
        raise WanMoveError(where=where, what=plural(len(part), "key"), fix=f"give 1 to {MAX_KEYS}")
    known = {channel.name: channel for channel in channels}
    keys: list[Key] = []
    for number, given in enumerate(part):
        if not isinstance(given, Mapping):
            raise WanMoveError(
                where=where, what=f"key {number} is not an object", fix='write {"frame": 0, ...} for each key'
            )
        frame = given.get("frame")
        if isinstance(frame, bool) or not isinstance(frame, (int, float)) or frame != int(frame):
            raise WanMoveError(
                where=where, what=f"key {number} has no whole frame number", fix='add "frame", counted from 0'
            )
        if not 0 <= frame <= MAX_FRAME:
            raise WanMoveError(
                where=where, what=f"key {number} is at frame {frame}", fix=f"use frames 0 to {MAX_FRAME}"
            )
        key: dict[str, float] = {"frame": int(frame)}
        for name, entry in given.items():
            if name != "frame":
                key[name] = _value(name, entry, known, number, where)
        keys.append(key)
    frames = [int(key["frame"]) for key in keys]
    twice = next((f for f in frames if frames.count(f) > 1), None) if len(set(frames)) != len(frames) else None
    if twice is not None:
        raise WanMoveError(where=where, what=f"two keys at frame {twice}", fix="keep one of them")
    return sorted(keys, key=lambda key: key["frame"])


def _value(name: str, entry: Any, known: Mapping[str, Channel], number: int, where: str) -> float:
    if name not in known:
        raise WanMoveError(where=where, what=f"key {number} names {name[:60]!r}", fix=f"use {', '.join(known)}")
    if isinstance(entry, bool) or not isinstance(entry, (int, float)):
        raise WanMoveError(where=where, what=f"key {number}: {name} is not a number", fix="write a plain number")
    channel = known[name]
    if not channel.least <= entry <= channel.most:
        raise WanMoveError(
            where=where, what=f"key {number}: {name} is {entry}", fix=f"use {channel.least:g} to {channel.most:g}"
        )
    return float(entry)


def move_from_to(values: Mapping[str, float], start: int, end: int, frames: int, where: str) -> list[Key]:
    """Two keys: at rest at ``start``, at ``values`` at ``end`` (-1: the last frame); one frame long, a jump.

    Raises: WanMoveError when the move ends before it starts.
    """
    last = frames - 1 if end < 0 else end
    if not 0 <= start <= last:
        if frames == 1:
            return [{"frame": 0}]
        raise WanMoveError(
            where=where, what=f"the move starts at frame {start} and ends at {last}", fix="let start come before end"
        )
    if start == last:
        # A jump still begins from rest, so that the points keep the first picture's places.
        start, last = (last - 1, last) if last > 0 else (0, 1)
    return [{"frame": start}, {"frame": last, **values}]


def channel_values(
    keys: Sequence[Key], channels: Sequence[Channel], frames: int, easing: Easing = "linear"
) -> np.ndarray:
    """float64 [T, C]: the value of each channel in each frame; no key at all is rest.

    Between two keys that name a channel its value is eased; before the first and after the last it holds.
    """
    result = np.tile(np.array([channel.rest for channel in channels], np.float64), (frames, 1))
    if not keys:
        return result
    for column, channel in enumerate(channels):
        named = [(key["frame"], key[channel.name]) for key in keys[1:] if channel.name in key]
        points = [(keys[0]["frame"], keys[0].get(channel.name, channel.rest)), *named]
        value = np.array([[v] for _, v in points], np.float64)
        if channel.even_ratio:
            value = np.log(value)
        path = interpolate_keys([int(f) for f, _ in points], value, frames, easing)[:, 0]
        result[:, column] = np.exp(np.clip(path, -14.0, 14.0)) if channel.even_ratio else path
    return result


def require_easing(easing: Any, where: str) -> Easing:
    """A preset's name, or four numbers of a CSS cubic-bezier. Raises: WanMoveError for anything else."""
    if isinstance(easing, str) and easing in PRESETS:
        return easing
    if isinstance(easing, (list, tuple)) and len(easing) == 4:
        numbers = [float(v) for v in easing]
        if all(np.isfinite(numbers)) and 0 <= numbers[0] <= 1 and 0 <= numbers[2] <= 1 and max(map(abs, numbers)) <= 16:
            return numbers
    raise WanMoveError(
        where=where, what=f"unknown easing {easing!r}", fix=f"use {', '.join(PRESETS)} or [x1, y1, x2, y2]"
    )
