"""Tables with a heading, and rows that begin with their track's name: which column means what, in any order."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from .. import names
from ..job import Job
from ..report import Imported
from .rows import MAX_COLUMNS, Table, numbers
from .samples import Curve, Rule, frames_of_times, imported, number_of

_X = (
    "x", "px", "xpx", "xpixels", "posx", "xpos", "positionx", "xposition", "xcoordinate", "coordx", "cx", "xcoord",
    "pointx",
)  # fmt: skip
_Y = (
    "y", "py", "ypx", "ypixels", "posy", "ypos", "positiony", "yposition", "ycoordinate", "coordy", "cy", "ycoord",
    "pointy",
)  # fmt: skip
# Spreadsheets write truth values in their own language.
_YES = ("true", "yes", "wahr", "ja", "vrai", "oui", "verdadero", "vero", "\u662f")
_NO = ("false", "no", "falsch", "nein", "faux", "non", "falso", "\u5426")
_SECONDS = ("times", "timesec", "timeseconds", "seconds", "sec", "secs", "timeins", "timestamps", "ts")
_WIDE = re.compile(
    r"(?P<front>x|y|vis|visible|v)[\s_.:\-]*(?P<of_front>\d.{0,60})"
    r"|(?P<of_back>.{1,60}?)[\s_.:\-]*(?P<back>visible|vis|v|x|y)"
)


@dataclass
class Heading:
    frame: int | None
    time: int | None
    track: int | None
    pairs: list[tuple[str, int, int, int | None, bool]]
    """(name, x, y, visibility column, whether it says occluded) of every track; long tables have one."""
    unused: list[str]


def heading_of(cells: list[str]) -> Heading | None:
    words = [names.plain(cell) for cell in cells]

    def column(options: tuple[str, ...]) -> int | None:
        return next((words.index(word) for word in options if word in words), None)

    frame, time = column(names.FRAME), column(names.TIME)
    x, y = column(_X), column(_Y)
    used = {c for c in (frame, time if frame is None else None) if c is not None}
    if x is not None and y is not None:
        visible, occluded = column(names.VISIBLE), column(names.OCCLUDED)
        sight = visible if visible is not None else occluded
        track = column(names.TRACK)
        used |= {c for c in (x, y, sight, track) if c is not None}
        pairs = [("", x, y, sight, visible is None and occluded is not None)]
    else:
        track, pairs = None, _wide(cells, used)
        if not pairs:
            return None
        used |= {c for _, x, y, v, _ in pairs for c in (x, y, v) if c is not None}
    unused = [cells[c] for c in range(len(cells)) if c not in used]
    return Heading(frame, None if frame is not None else time, track, pairs, unused)


def _wide(cells: list[str], used: set[int]) -> list[tuple[str, int, int, int | None, bool]]:
    """Columns such as ``x1, y1``, ``track1_x, track1_y``, ``Track 1 X``: those that belong together, in order."""
    found: dict[str, dict[str, int]] = {}
    for c, cell in enumerate(cells[:MAX_COLUMNS]):
        match = None if c in used else _WIDE.fullmatch(cell.strip().lower()[:120])
        if match:
            axis, of = (match["front"], match["of_front"]) if match["front"] else (match["back"], match["of_back"])
            found.setdefault(of.strip(" _.:-"), {}).setdefault("v" if axis.startswith("v") else axis, c)
    return [(of, at["x"], at["y"], at.get("v"), False) for of, at in found.items() if "x" in at and "y" in at]


def read_headed(table: Table, heading: Heading, job: Job) -> Imported:
    rows, width = table.rows[1:], len(table.rows[0])
    if not rows:
        raise job.error("a heading without rows", "export the table again")
    if heading.unused:
        job.note(f"Columns not used: {names.shown(name or 'one without a name' for name in heading.unused)}.")
    curves: dict[str, Curve] = {}
    counted: dict[str, int] = {}

    def cell(row: list[str], at: int, i: int) -> float:
        value = number_of(row[at], table.decimal_comma) if at < len(row) else math.nan
        if value is None:
            raise job.error(
                f"row {i + 2}, {table.rows[0][at][:30]!r} is {row[at][:40]!r}, not a number", "correct that row"
            )
        return value

    def sight(row: list[str], at: int | None, reverse: bool, i: int) -> bool:
        if at is None or at >= len(row) or not row[at]:
            return True
        word = row[at].lower()
        seen = word in _YES if word in _YES or word in _NO else cell(row, at, i) > 0.5
        return seen != reverse

    where = heading.frame if heading.frame is not None else heading.time
    for i, row in enumerate(rows):
        if len(row) > width:
            raise job.error(f"row {i + 2} has {len(row)} columns, the heading {width}", "correct that row")
        for of, x, y, v, reverse in heading.pairs:
            key = row[heading.track] if heading.track is not None and heading.track < len(row) else of
            at = cell(row, where, i) if where is not None else float(counted.get(key, 0))
            if not math.isfinite(at):
                raise job.error(f"row {i + 2} has no frame", "give every row its frame")
            counted[key] = counted.get(key, 0) + 1
            curves.setdefault(key, Curve(key)).add(at, cell(row, x, i), cell(row, y, i), sight(row, v, reverse, i))
    every = list(curves.values())
    if heading.track is None and len(heading.pairs) == 1 and len(set(every[0].frames)) < 0.7 * len(every[0].frames):
        raise job.error(
            "frames occur more than once and no column says which track a row belongs to", "add a column named track"
        )
    if heading.time is not None:
        _place(every, table.rows[0][heading.time], job)
    low = min(min(curve.frames) for curve in every)
    first = 1 if heading.frame is not None and low == 1 else 0
    if all(v is None for _, _, _, v, _ in heading.pairs):
        job.note("No visibility was given: a frame with a position counts as visible.")
    return imported(every, Rule("table", "as you say", first, "top", None), job)


def _place(curves: list[Curve], name: str, job: Job) -> None:
    times = [t for curve in curves for t in curve.frames]
    # A table's clock counts in seconds where its heading says so, or where it does not run to 1 exactly.
    whole = all(t == math.floor(t) for t in times)
    seconds = names.plain(name) in _SECONDS or (max(times) < 1 and not whole)
    placed = iter(frames_of_times(times, job, f"Numbers under {names.shown([name])}", seconds))
    for curve in curves:
        curve.frames = [next(placed) for _ in curve.frames]


# -- name, frame, x, y --------------------------------------------------------------------------------------------


def named_rows(table: Table) -> int | None:
    """The number of columns where every row is a name, a frame, x, y and perhaps visibility."""
    row = table.rows[0]
    if len(row) not in (4, 5) or number_of(row[0], table.decimal_comma) is not None:
        return None
    rest = [number_of(cell, table.decimal_comma) for cell in row[1:]]
    frame = rest[0]
    whole = frame is not None and math.isfinite(frame) and frame == math.floor(frame)
    return len(row) if None not in rest and whole else None


def read_named_rows(table: Table, job: Job) -> Imported:
    width = named_rows(table)
    if width is None:
        raise job.error("a table without an x and a y", "give a heading such as frame,x,y or track,frame,x,y,visible")
    curves: dict[str, Curve] = {}
    for i, row in enumerate(table.rows):
        if len(row) != width:
            raise job.error(f"row {i + 1} has {len(row)} columns, the first {width}", "correct that row")
        frame, x, y, *seen = numbers(table, row[1:], i, job)
        if not math.isfinite(frame):
            raise job.error(f"row {i + 1} has no frame", "give every row its frame")
        curves.setdefault(row[0], Curve(row[0])).add(frame, x, y, not seen or seen[0] > 0.5)
    job.note("Rows without a heading, read as track, frame, x, y.")
    every = list(curves.values())
    first = 1 if min(min(curve.frames) for curve in every) == 1 else 0
    return imported(every, Rule("table", "as you say", first, "top", None), job)
