"""What an import or an export did, told in sentences: nothing is assumed, moved or left out without a word."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ...errors import plural
from ...tracks import Tracks

FORMATS: dict[str, str] = {
    "coordinates": "coordinate JSON (one position per frame)",
    "points_store": "spline editor control points (points_store)",
    "demo_state": "published demo's trajectories (control points with speeds)",
    "wan2gp": "Wan2GP Motion Designer definition",
    "wan2gp_npy": "Wan2GP trajectory array (0-1, -1 where absent)",
    "npy": "published array pair (positions and visibility in pixels)",
    "path_animator": "path animator paths",
    "power_spline": "power spline editor control points",
    "host": "ComfyUI TRACKS",
    "ati": "ATI tracks (.pth)",
    "strokes": "stroke JSON (0-1)",
    "document": "motion document",
    "after_effects": "After Effects keyframes",
    "table": "table of positions (CSV or TSV)",
    "tracker_ascii": "tracker ASCII (rows of frame, x and y)",
    "nuke": "Nuke tracker curves",
    "equalizer": "3DEqualizer 2D tracks",
    "pftrack": "PFTrack 2D tracks",
    "syntheyes": "SynthEyes 2-D tracker paths",
    "shake": "Shake tracker data",
    "svg": "SVG paths",
}
"""Key and title of every format that can be read."""


@dataclass(frozen=True)
class Choice:
    """One thing about a file that could be taken in more than one way, for programs that offer the other.

    Attributes:
        taken: what was read (a plain JSON value).
        by: ``given`` by the caller, ``file`` (it says so), ``format`` (its rule), ``data`` (judged by the numbers), or
            ``assumed`` (nothing tells).
        other: what ``read_tracks`` may be given instead under the same name; None where there is nothing to offer.
    """

    taken: Any
    by: str
    other: Any = None


@dataclass
class Report:
    """What was found and what was done to it.

    Attributes:
        format: a key of ``FORMATS``.
        count, frames: of the tracks handed over.
        unit: ``px`` or ``norm``, as the source was read.
        size_wh: the picture the tracks belong to; ``size_from`` says whether it was given, in the file, or assumed.
        notes: sentences, each about one thing that was assumed, clamped, dropped, resampled or not imported.
        choices: by the option of ``read_tracks`` that would take the other: ``axes`` (tracks_first, frames_first),
            ``unit`` (px, norm), ``y_origin`` (top, bottom), ``size_wh`` ([width, height]; other: the file's own, where
            another was given) and ``fps`` (only where the file states it). A key is missing where a format leaves no
            doubt.
    """

    format: str
    count: int
    frames: int
    unit: str
    size_wh: tuple[int, int]
    size_from: str
    notes: list[str] = field(default_factory=list)
    choices: dict[str, Choice] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return FORMATS[self.format]

    def __str__(self) -> str:
        unit = "pixels" if self.unit == "px" else "0-1 coordinates"
        width, height = self.size_wh
        head = (
            f"{self.title[0].upper()}{self.title[1:]}: {plural(self.count, 'track')}, {plural(self.frames, 'frame')}, "
            f"{unit}, picture {width}x{height} ({self.size_from})."
        )
        return "\n".join([head, *(f"- {note}" for note in self.notes)])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON of everything above and the title, for a page or a program."""
        plain = asdict(self)
        plain["size_wh"] = list(self.size_wh)
        return {**plain, "title": self.title}


@dataclass(frozen=True)
class Imported:
    """Tracks, the report about them, and the editable motion document (version 1) where the source can be edited."""

    tracks: Tracks
    report: Report
    document: dict[str, Any] | None = None


@dataclass(frozen=True)
class Written:
    """The files that were written and what the format could not hold."""

    paths: tuple[Path, ...]
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join([f"Wrote {', '.join(str(p) for p in self.paths)}.", *(f"- {note}" for note in self.notes)])
