"""Arrays and lists by name, as trackers and scripts save them: npz, safetensors, torch dicts, JSON objects.

Names are compared without case and underscores (names.py): tracks or pred_tracks or trajectories, visibility or vis or
occluded, fps, width and height. What is not used is named.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .. import names
from ..job import Job
from ..report import Imported
from . import coordinates, host, positions, torch_files

_SIDES = (("width", "height"), ("w", "h"), ("imagewidth", "imageheight"), ("videowidth", "videoheight"))
_SIZES = ("sizewh", "size", "resolution", "canvassize", "imagesize", "videosize", "framesize", "referencesize")


def matches(data: Any) -> bool:
    """A JSON object that names its tracks."""
    if not isinstance(data, dict):
        return False
    key = names.pick(data, names.TRACKS)
    return key is not None and isinstance(data[key], (list, dict)) and bool(data[key])


def read(data: dict[str, Any], job: Job) -> Imported:
    return read_named(data, job, None)


def read_named(found: Mapping[str, Any], job: Job, visibility: np.ndarray | None) -> Imported:
    """Host tracks, ATI, or positions with what stands beside them. ``visibility`` given by the caller counts first.

    Raises: WanMoveError where nothing among the names is tracks.
    """
    if "track_path" in found:
        return host.read(found, job)
    if "array" in found and isinstance(found["array"], np.ndarray) and torch_files.is_ati(found["array"]):
        return torch_files.read_ati(found["array"], job)
    key = names.pick(found, names.TRACKS)
    arrays = [k for k, v in found.items() if isinstance(v, np.ndarray) and v.ndim >= 2] if key is None else []
    if key is None and len(arrays) == 1:
        key = arrays[0]
    if key is None:
        raise job.error(
            f"arrays named {names.shown(sorted(map(str, found)), 8) or 'nothing'}, none of them tracks",
            "name them tracks and visibility",
        )
    value = found[key]
    used: set[Any] = {key}
    seen, given = visibility, visibility is not None
    for words, reverse in ((names.VISIBLE, False), (names.OCCLUDED, True)):
        other = names.pick([k for k in found if k not in used], words)
        if other is None or not _is_list(found[other]):
            continue
        used.add(other)
        if seen is None:
            seen = names.seen_of(
                host.array_of(found[other], names.shown([other]), job), reverse, names.shown([other]), job
            )
            if names.plain(other) != "visibility":
                job.note(f"{names.shown([other])} is used as visibility.")
        else:
            why = "visibility was given" if given else "visibility was found under another name"
            job.note(f"{names.shown([other])} is not used: {why}.")
    rate = names.pick(found, names.FPS)
    if rate is not None and not _is_list(found[rate]):
        used.add(rate)
        job.rate(_scalar(found[rate]))
    file_wh = _size(found, used, job)
    if seen is None:
        seen = _unnamed(found, used, value.shape, job) if isinstance(value, np.ndarray) else None
    left = [k for k in found if k not in used]
    if left:
        job.note(f"Not used: {names.shown(left)}.")
    if isinstance(value, (list, dict)):
        made = _numbers(value)
        if made is None:
            return coordinates.read_listed(value, job, seen, file_wh)
        value = made
    usual = "tracks_first" if names.plain(key).startswith("traj") else "frames_first"
    return positions.read(np.asarray(value), seen, job, usual=usual, size_wh=file_wh)


def _numbers(value: Any) -> np.ndarray | None:
    """Rectangular nested lists of [x, y] as one array; None for anything else."""
    depth, inner = 0, value
    while isinstance(inner, list) and inner and depth < 6:
        inner, depth = inner[0], depth + 1
    if depth < 3 or isinstance(inner, (dict, str)):
        return None
    try:
        array = np.array(value, dtype=np.float64)
    except (ValueError, TypeError):
        return None
    return array if array.shape[-1] in (2, 3) and array.ndim in (3, 4) else None


def _is_list(value: Any) -> bool:
    return value.ndim > 0 if isinstance(value, np.ndarray) else isinstance(value, (list, dict))


def _scalar(value: Any) -> Any:
    return value.item() if isinstance(value, np.ndarray) else value


def _size(found: Mapping[str, Any], used: set[Any], job: Job) -> tuple[int, int] | None:
    for words in _SIDES:
        sides = [names.pick(found, (word,)) for word in words]
        if None not in sides and not any(_is_list(found[side]) for side in sides):
            used.update(sides)
            return job.size_of([_scalar(found[side]) for side in sides], "width and height")
    for word in _SIZES:
        key = names.pick(found, (word,))
        value = None if key is None else found[key]
        if isinstance(value, np.ndarray):
            value = value.tolist()
        if isinstance(value, dict) or (isinstance(value, list) and len(value) == 2):
            used.add(key)
            return job.size_of(value, names.shown([key]))
    return None


def _unnamed(found: Mapping[str, Any], used: set[Any], shape: tuple[int, ...], job: Job) -> np.ndarray | None:
    """What has visibility's shape and holds nothing but 0 and 1: the second of a tuple, or an unusual name."""
    sides = {shape[-3:-1], shape[-3:-1][::-1]}
    for key, value in found.items():
        if key in used or not isinstance(value, np.ndarray):
            continue
        flat = value.reshape(value.shape[1:]) if value.ndim == 3 and value.shape[0] == 1 else value
        if flat.ndim == 2 and flat.shape in sides and bool(np.isin(flat, (0, 1)).all()):
            used.add(key)
            if not str(key).startswith("arr_"):
                job.note(f"{names.shown([key])} has the shape of visibility and is used as it.")
            return flat
    return None
