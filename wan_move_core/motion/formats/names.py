"""Words that files use for the same thing: visibility, tracks, frames; compared without case, spaces and dashes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np

from .job import Job

VISIBLE = (
    "visibility", "visible", "visibles", "visibs", "visib", "vis", "visibilities", "trackvisibility", "predvisibility",
    "predvisibilities", "predvisible", "predvis", "targetvisible", "targetvisibility", "isvisible", "seen", "v",
)  # fmt: skip
OCCLUDED = ("occluded", "occlusion", "occlusions", "occ", "predoccluded", "predocclusion", "targetoccluded", "hidden",
            "isoccluded", "occludeds")  # fmt: skip
TRACKS = (
    "tracks", "predtracks", "trackpath", "trajectories", "trajectory", "predtrajectories", "trajs", "trajs2d", "traj",
    "positions", "points", "targetpoints", "pointtracks", "keypoints", "coords", "xy", "track", "array", "arr0",
)  # fmt: skip
FRAME = (
    "frame",
    "frames",
    "frameindex",
    "frameid",
    "framenumber",
    "frameno",
    "framenum",
    "frameidx",
    "framenr",
    "bild",
    "f",
)
TIME = ("t", "time", "timestamp", "seconds", "sec", "times", "timesec", "timeseconds", "timeins", "ts", "timestamps")
TRACK = ("track", "trackid", "trackname", "trackindex", "tracker", "id", "name", "point", "pointid", "label", "object",
         "objectid", "trajectory")  # fmt: skip
FPS = ("fps", "framerate", "framespersecond", "fr", "rate")


def plain(name: object) -> str:
    """``Pred Visibility`` and ``pred_visibility`` as one word."""
    return re.sub(r"[^a-z0-9]", "", str(name)[:80].lower())


def pick(names: Iterable[Any], words: tuple[str, ...]) -> Any:
    """The first of ``words`` that ``names`` hold, as they spell it."""
    spelt: dict[str, Any] = {}
    for name in names:
        spelt.setdefault(plain(name), name)
    return next((spelt[word] for word in words if word in spelt), None)


def shown(names: Iterable[object], most: int = 20) -> str:
    """Names of a file for a sentence, printable and bounded."""
    listed = ["".join(c for c in str(name)[:200] if c.isprintable())[:40] for name in list(names)[: most + 1]]
    return ", ".join(listed[:most]) + (" and more" if len(listed) > most else "")


def seen_of(value: np.ndarray, occluded: bool, name: str, job: Job) -> np.ndarray:
    """bool of any shape from visibility, or the reverse of it, in booleans, 0 to 1, or logits (beyond 0 to 1).

    Raises: WanMoveError for what are no finite numbers.
    """
    if value.dtype.kind == "b":
        return ~value if occluded else value
    if value.dtype.kind not in "fiu" or (value.dtype.kind == "f" and not np.isfinite(value).all()):
        raise job.error(f"{name} holds something other than finite numbers", "use 0 and 1")
    logits = value.dtype.kind == "f" and value.size > 0 and (float(value.min()) < 0 or float(value.max()) > 1.5)
    if logits:
        job.note(
            f"{name} goes beyond 0 to 1 and is read as logits: above 0 means {'hidden' if occluded else 'visible'}."
        )
    above = value > (0.0 if logits else 0.5)
    if occluded:
        job.note(f"{name} is read as the reverse of visibility.")
    return ~above if occluded else above
