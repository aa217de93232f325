"""The nodes that make motion: the host's pictures, masks and widgets in, TRACKS, a report and a preview out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

DEPTH_KINDS = ("near is bright", "near is dark", "metres")
PIVOTS = ("centre", "top", "bottom", "left", "right", "picture", "custom")
CAMERA_MOVES = (
    "none", "pan left", "pan right", "tilt up", "tilt down", "roll clockwise", "roll counter-clockwise",
    "truck left", "truck right", "pedestal up", "pedestal down", "dolly in", "dolly out", "zoom in", "zoom out",
    "orbit left", "orbit right", "orbit up", "orbit down", "dolly zoom in", "dolly zoom out",
)  # fmt: skip
RETARGETS = ("frame", "similarity", "affine", "regions")
LOST = ("hide", "drop")
TRACKERS = ("lucas-kanade", "cotracker", "tapir")
SHAPES = ("cylinder", "sphere", "plane", "depth")
AXES = ("vertical", "horizontal", "view")
NO_WEIGHTS = "none"
WEIGHTS_FOLDER = "point_trackers"


def tracker_weights() -> list[str]:
    return [NO_WEIGHTS]


@dataclass(frozen=True)
class Made:
    """TRACKS of the host, what to tell about them, and the {filename, ...} of a preview clip."""

    tracks: dict[str, Any]
    report: str
    preview: dict[str, str]

    @property
    def frames(self) -> int:
        return int(self.tracks["track_path"].shape[0])
