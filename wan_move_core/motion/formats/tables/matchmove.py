"""Text of match-movers: 3DEqualizer (3 and 4), PFTrack's .2dt, SynthEyes' Tracker 2-D Paths, Shake.

Layouts and origins as the trackers' own exporters and Tracksperanto (MIT) have them: 3DEqualizer, PFTrack and Shake
count pixels from the bottom left and frames from 1; SynthEyes has -1 to 1 from left to right and from top to bottom,
between the centres of the first and last pixel.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np

from ..job import Job
from ..report import Imported
from .samples import Curve, Rule, imported, number_of

_EQUALIZER_3 = re.compile(r"\s{0,80}//[^\n]{0,80}3DE[^\n]{0,80}?(\d{1,5}) x (\d{1,5})")
_SHAKE_CURVES = re.compile(
    r'"(?P<name>[^"\n]{1,100})"\s*,\s*(?:Linear|JSpline|NSpline)\(\s*\d+\s*,([^()]*)\)\s*,\s*(?:Linear|JSpline|NSpline)\(\s*\d+\s*,([^()]*)\)'
)
_SHAKE_SIZE = re.compile(r"SetDefaultWidth\((\d{1,5})\).{0,200}?SetDefaultHeight\((\d{1,5})\)", re.DOTALL)
# SynthEyes' outcome of a frame: a usable position, out of sight.
_OK, _OUT_OF_SIGHT = 4, 32
_3DE = Rule("equalizer", "as 3DEqualizer does", 1, "bottom", "px")
_PFTRACK = Rule("pftrack", "as PFTrack does", 1, "bottom", "px")
_SHAKE = Rule("shake", "as Shake does", 1, "bottom", "px")
_SYNTHEYES = Rule("syntheyes", "SynthEyes counts from the top", 0, "top", "norm")


# -- 3DEqualizer and PFTrack --------------------------------------------------------------------------------------


def matches_blocks(text: str) -> bool:
    """A count of tracks, or quoted names, then blocks of a name, a count and rows; or version 3's own first line."""
    if _EQUALIZER_3.match(text):
        return True
    lines = _lines(text[:4000])
    if len(lines) >= 5 and _whole(lines[0]) is not None and len(lines[0].split()) == 1:
        return _whole(lines[2]) is not None and _whole(lines[3]) is not None and len(lines[4].split()) == 3
    quoted = [re.fullmatch(r'"[^"]{1,200}"', line) is not None for line in lines[:2]]
    return len(lines) >= 3 and quoted[0] and (quoted[1] or _whole(lines[1]) is not None)


def read_blocks(text: str, job: Job) -> Imported:
    three = _EQUALIZER_3.match(text)
    if three:
        return _equalizer_3(text, job.size_of((int(three[1]), int(three[2])), "the first line's size"), job)
    lines = _lines(text)
    at, curves = 0, []
    equalizer = not lines[0].startswith('"')
    if equalizer:
        at = 1
    while at < len(lines):
        name = lines[at].strip('"')
        at += 1
        if at < len(lines) and (equalizer or lines[at].startswith('"')):
            at += 1  # 3DEqualizer's colour, PFTrack's camera
        count = _whole(lines[at]) if at < len(lines) else None
        if count is None or count < 0:
            raise job.error(f"track {name[:40]!r} has no count of frames", "export the tracks again")
        curve = Curve(name)
        for line in lines[at + 1 : at + 1 + count]:
            _add(curve, line.split(), job)
        if len(curve.frames) != count:
            raise job.error(f"track {name[:40]!r} ends after {len(curve.frames)} of {count} frames", "export it again")
        curves.append(curve)
        at += 1 + count
    return imported(curves, _3DE if equalizer else _PFTRACK, job)


def _equalizer_3(text: str, size_wh: tuple[int, int], job: Job) -> Imported:
    curves: list[Curve] = []
    for line in text.splitlines():
        words = line.split()
        if not words or words[0].startswith("//"):
            continue
        if line[0] in " \t" and curves:
            _add(curves[-1], words, job)
        else:
            curves.append(Curve(line.strip()))
    return imported(curves, _3DE, job, size_wh)


def _add(curve: Curve, words: list[str], job: Job) -> None:
    values = [number_of(word) for word in words[:3]]
    if len(values) < 3 or None in values or any(v != v for v in values):
        raise job.error(
            f"{' '.join(words)[:60]!r} in track {curve.name[:40]!r} is no frame, x and y", "export it again"
        )
    frame, x, y = (float(v) for v in values if v is not None)
    curve.add(frame, x, y)


# -- Shake --------------------------------------------------------------------------------------------------------


def matches_shake(text: str) -> bool:
    return text.lstrip()[:10] == "TrackName " or (text.lstrip().startswith("// Shake") and "Linear(" in text)


def read_shake(text: str, job: Job) -> Imported:
    """Its tracker's text (also Nuke's CameraTracker writes it), or the curves of a script's trackers."""
    curves: list[Curve] = []
    if not text.lstrip().startswith("TrackName"):
        for match in _SHAKE_CURVES.finditer(text):
            x, y = _shake_curve(match[2]), _shake_curve(match[3])
            curve = Curve(match["name"])
            for frame in sorted(x.keys() & y.keys()):
                curve.add(frame, x[frame], y[frame])
            curves.append(curve)
        size = _SHAKE_SIZE.search(text[:20_000])
        return imported(
            curves, _SHAKE, job, job.size_of((int(size[1]), int(size[2])), "the default size") if size else None
        )
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["TrackName"]:
            curves.append(Curve(" ".join(words[1:])))
        elif words and words[0] != "Frame":
            _add(curves[-1], words, job)
    return imported(curves, _SHAKE, job)


def _shake_curve(text: str) -> dict[float, float]:
    made = {}
    for part in text.split(","):
        value, _, frame = part.partition("@")
        pair = number_of(value), number_of(frame)
        if None not in pair and all(v == v for v in pair):
            made[float(pair[1] or 0.0)] = float(pair[0] or 0.0)
    return made


# -- SynthEyes ----------------------------------------------------------------------------------------------------


def matches_syntheyes(text: str) -> bool:
    """Rows of a name, a frame and two numbers within about -1 to 1, perhaps with an outcome."""
    lines = _lines(text[:4000])[:20]
    rows = [line.split() for line in (lines[:-1] if len(text) > 4000 else lines)]
    if not rows or any(len(row) not in (4, 5) for row in rows):
        return False
    for name, frame, *rest in rows:
        values = [number_of(word) for word in rest[:2]]
        if number_of(name) is not None or _whole(frame) is None or any(v is None or not abs(v) <= 2 for v in values):
            return False
    return True


def read_syntheyes(text: str, job: Job) -> Imported:
    curves: dict[str, Curve] = {}
    for at, line in enumerate(_lines(text)):
        name, *words = line.split()
        values = [number_of(word) for word in words]
        if len(values) not in (3, 4) or any(v is None or not math.isfinite(v) for v in values):
            raise job.error(f"row {at + 1} is {line[:60]!r}, not a name, a frame, u and v", "export it again")
        frame, u, v, *code = (float(value) for value in values if value is not None)
        outcome = int(code[0]) if code and 0 <= code[0] < 1 << 20 else _OK
        seen = bool(outcome & _OK) and not outcome & _OUT_OF_SIGHT
        curves.setdefault(name, Curve(name)).add(frame, u, v, seen)
    every = list(curves.values())
    low = min(min(curve.frames) for curve in every)
    size_wh = job.size_wh or job.size(None)[0]
    for curve in every:
        # -1 and 1 are the centres of the first and the last pixel.
        for axis, side in ((curve.x, size_wh[0]), (curve.y, size_wh[1])):
            axis[:] = (((np.array(axis) / 2 + 0.5) * (side - 1) + 0.5) / side).tolist()
    job.note("Coordinates of -1 to 1 (SynthEyes), frames as numbered there.")
    return imported(every, replace(_SYNTHEYES, first_frame=1 if low >= 1 else 0), job)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def _whole(word: str) -> int | None:
    return int(word) if word.isdecimal() and word.isascii() and len(word) < 9 else None
