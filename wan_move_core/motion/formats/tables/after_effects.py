"""Adobe After Effects keyframe text: what its clipboard, Mocha's exports and other trackers give.

A heading with rate and size, then sections: their path (``Transform  Position``), their columns (``Frame  X pixels
Y pixels``) and rows; y counts from the top, frames from 0. Sections in pixels that are positions become tracks:
Position, trackers' Feature Center (else Attach Point), the four corners of pins, points of effects.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .. import names
from ..job import Job
from ..report import Imported
from .samples import Curve, Rule, imported, number_of

_HEAD = re.compile(r"\s{0,80}Adobe After Effects [^\r\n]{0,40}Keyframe Data")
_RULE = Rule("after_effects", "After Effects counts from the top", 0, "top", "px", keyed=True)
_NOT_POSITIONS = (
    "anchor point",
    "attach point offset",
    "search offset",
    "feature size",
    "search size",
    "scale",
    "orientation",
)


@dataclass
class _Section:
    path: tuple[str, ...]
    columns: list[str] = field(default_factory=list)
    rows: list[tuple[float | None, list[float]]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return re.sub(r"\s*#\d+$", "", self.path[-1]) if self.path else ""

    @property
    def is_pixels(self) -> bool:
        return [c.lower() for c in self.columns[:2]] == ["x pixels", "y pixels"]


def matches(text: str) -> bool:
    return _HEAD.match(text) is not None


def read(text: str, job: Job) -> Imported:
    stated, sections = _parse(text, job)
    size_wh = None
    if "source width" in stated and "source height" in stated:
        size_wh = job.size_of((stated["source width"], stated["source height"]), "Source Width and Height")
    if "units per second" in stated:
        job.rate(stated["units per second"])
    aspect = stated.get("source pixel aspect ratio", 1.0)
    if aspect != 1.0:
        job.note(f"The pixel aspect ratio of {aspect:g} is not applied.")
    chosen = _chosen(sections, job)
    curves = []
    for section in chosen:
        curve = Curve(" ".join(section.path))
        for frame, values in section.rows:
            if len(values) >= 2:
                curve.add(0.0 if frame is None else frame, values[0], values[1])
        curves.append(curve)
    return imported(curves, _RULE, job, size_wh)


def _parse(text: str, job: Job) -> tuple[dict[str, float], list[_Section]]:
    stated: dict[str, float] = {}
    sections: list[_Section] = []
    current: _Section | None = None
    before: dict[str, float] = {}
    ended = False
    lines = text.strip().splitlines()
    if not any(line.strip() == "End of Keyframe Data" for line in lines):
        job.note("The text does not end with 'End of Keyframe Data'; it may have been cut off.")
    for at, line in enumerate(lines[1:], start=2):
        # Tabs may have become blanks on the way through a page or a chat.
        cells = line.split("\t") if "\t" in line else re.split(r" {2,}", line.strip(" ")) if line.strip() else []
        words = [cell.strip() for cell in cells]
        while words and not words[-1]:
            words.pop()
        if not words:
            continue
        inside = words[1:] if not words[0] else words
        if inside and inside[0] == "End of Keyframe Data":
            ended, current = True, None
            continue
        if _HEAD.match(line):
            # Another layer's keyframes, pasted behind the first.
            ended, current, before = False, None, dict(stated)
            continue
        if ended:
            continue
        if inside and inside[0].lower() == "frame" and current is not None:
            current.columns = inside[1:]
            continue
        if current is not None and current.columns and "X" not in inside[0]:
            values = [number_of(cell, decimal_comma=True) for cell in inside]
            if values and None not in values:
                frame = values[0] if values[0] == values[0] else None
                current.rows.append((frame, [v for v in values[1:] if v is not None]))
                continue
            if "\t" in line and not words[0] and current.is_pixels:
                raise job.error(
                    f"line {at} is {line.strip()[:40]!r}, not a frame and its values", "copy the keyframes again"
                )
        value = number_of(inside[1], decimal_comma=True) if current is None and len(inside) == 2 else None
        if value is not None and value == value:
            name = inside[0].lower()
            if before.get(name, value) != value:
                raise job.error(
                    f"keyframes of different compositions in one text ({inside[0]} {before[name]:g} and {value:g})",
                    "give each its own file",
                )
            stated[name] = value
        elif words[0] or "\t" not in line:
            current = _Section(tuple(words[:8]))
            sections.append(current)
    return stated, sections


def _chosen(sections: list[_Section], job: Job) -> list[_Section]:
    """The sections that are tracks; the others are named."""
    positions = [s for s in sections if s.is_pixels and s.rows and s.name.lower() not in _NOT_POSITIONS]
    if any(s.name == "Feature Center" for s in positions):
        positions = [s for s in positions if s.name != "Attach Point"]
    pins = [s for s in positions if any("pin" in word.lower() for word in s.path)]
    if pins:
        moves = [s for s in positions if s not in pins and s.name == "Position"]
        positions = [s for s in positions if s not in moves]
        if moves:
            job.note(
                "Corner pins are in the layer's own pixels; its Position is left out. They fit a layer of "
                "the picture's size."
            )
    left = [s.name for s in sections if s.rows and s not in positions]
    if left:
        job.note(f"Not used: {names.shown(dict.fromkeys(left))}.")
    if not positions:
        separate = any(s.name in ("X Position", "Y Position") for s in sections)
        raise job.error(
            "After Effects keyframes without a position",
            "in After Effects turn off Separate Dimensions, then copy Position" if separate
            else "copy the keyframes of Position, Feature Center or a Corner Pin",
        )  # fmt: skip
    return positions
