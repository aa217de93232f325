"""CSV, TSV and bare rows of numbers: frame, x, y; one pair of columns a track (wide); a row a track and frame (long).

Separators are found by the first rows; commas may be decimal where another separates. With a heading y counts from the
top, as a table made for pictures does; rows of numbers between blanks are trackers' ASCII (Nuke's "x y frame", or its
"Time+value" of frame, x, y; Blender's scripts with 0-1), which count from the bottom.
"""

from __future__ import annotations

import csv
import io
import itertools
import math
import re
from dataclasses import dataclass

from .. import names
from ..job import Job
from ..report import Imported, plural
from .samples import Curve, Rule, frames_of_times, imported, number_of

MAX_COLUMNS = 40_000
_COMMENT = ("#", "//")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?")
_X = (
    "x",
    "px",
    "xpx",
    "xpixels",
    "posx",
    "xpos",
    "positionx",
    "xposition",
    "xcoordinate",
    "coordx",
    "cx",
    "xcoord",
    "pointx",
)
_Y = (
    "y",
    "py",
    "ypx",
    "ypixels",
    "posy",
    "ypos",
    "positiony",
    "yposition",
    "ycoordinate",
    "coordy",
    "cy",
    "ycoord",
    "pointy",
)
_WIDE = re.compile(
    r"(?P<front>x|y|vis|visible|v)[\s_.:\-]*(?P<of_front>\d.{0,60})|(?P<of_back>.{1,60}?)[\s_.:\-]*(?P<back>visible|vis|v|x|y)"
)


@dataclass
class _Table:
    rows: list[list[str]]
    separator: str
    decimal_comma: bool


def matches(text: str) -> bool:
    """Whether the first rows look like a table that has an x and a y."""
    table = _table(text[:20_000] if len(text) <= 20_000 else text[:20_000].rpartition("\n")[0])
    if table is None:
        return False
    first = table.rows[0]
    if all(number_of(cell, table.decimal_comma) is not None for cell in first):
        return len(first) >= 2
    return _heading(first) is not None or _named_rows(table) is not None


def read(text: str, job: Job) -> Imported:
    table = _table(text)
    if table is None:
        raise job.error("there are no rows in it", "give rows of frame, x, y")
    width = len(table.rows[0])
    if width > MAX_COLUMNS:
        raise job.error(f"{width:,} columns, at most {MAX_COLUMNS:,} are accepted", "give fewer tracks")
    if table.decimal_comma:
        job.note("Commas are read as decimal points.")
    first = table.rows[0]
    if all(number_of(cell, table.decimal_comma) is not None for cell in first):
        return _bare(table, job)
    heading = _heading(first)
    if heading is not None:
        return _headed(table, heading, job)
    return _long_without_heading(table, job)


# -- the table ----------------------------------------------------------------------------------------------------


def _table(text: str) -> _Table | None:
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith(_COMMENT)]
    if not lines:
        return None
    head = lines[:3]
    if all("\t" in line.strip() for line in head):
        separator = "\t"
    elif all(";" in line for line in head):
        separator = ";"
    elif all("," in line for line in head) and not _spaced(head[-1]):
        separator = ","
    else:
        separator = " "
    if separator == " ":
        rows = [line.split() for line in lines]
    else:
        try:
            rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=separator, skipinitialspace=True))
        except csv.Error:
            return None
    rows = [[cell.strip() for cell in row] for row in rows if row]
    for row in rows:
        while len(row) > 1 and not row[-1]:
            row.pop()
    decimal = separator != "," and any(_DECIMAL_COMMA.fullmatch(cell) for row in rows[:50] for cell in row)
    return _Table(rows, separator, decimal) if rows else None


def _spaced(line: str) -> bool:
    """Whether blanks separate and commas are decimal: ``1 200,5 300,5``."""
    words = line.split()
    return len(words) > 1 and not any(word.endswith(",") for word in words) and any(
        _DECIMAL_COMMA.fullmatch(word) for word in words
    )  # fmt: skip


def _numbers(table: _Table, row: list[str], at: int, job: Job) -> list[float]:
    made = []
    for column, cell in enumerate(row):
        value = number_of(cell, table.decimal_comma)
        if value is None:
            raise job.error(f"row {at + 1}, column {column + 1} is {cell[:40]!r}, not a number", "correct that row")
        made.append(value)
    return made


# -- rows of numbers without a heading ----------------------------------------------------------------------------


def _bare(table: _Table, job: Job) -> Imported:
    rows = [_numbers(table, row, i, job) for i, row in enumerate(table.rows)]
    width = len(rows[0])
    if width < 2:
        raise job.error("rows of one number", "give rows of x, y or frame, x, y")
    for i, row in enumerate(rows):
        if len(row) != width:
            raise job.error(f"row {i + 1} has {plural(len(row), 'number')}, the first {width}", "correct that row")
    at = _frame_column(rows)
    if at is None and width % 2 and width != 3:
        raise job.error(
            f"rows of {width} numbers, and none of the columns counts frames", "give a heading: frame, x, y"
        )
    sight = None
    columns = [c for c in range(width) if c != at]
    if len(columns) == 3:
        sight = columns.pop()
        if not all(row[sight] in (0.0, 1.0) for row in rows):
            job.note("The last column is not used (it is no visibility of 0 and 1).")
            sight = None
    if len(columns) % 2:
        raise job.error(f"rows of {width} numbers", "give rows of x, y or frame, x, y, or a heading")
    order = ["frame" if c == at else "visible" if c == sight else "xy"[columns.index(c) % 2] if c in columns else "-"
             for c in range(width)]  # fmt: skip
    said = ", ".join(order[:7]) + (", ..." if width > 7 else "")
    blanks = table.separator == " "
    job.note(f"Rows of numbers without a heading, read as {said}.")
    curves = [Curve() for _ in range(len(columns) // 2)]
    for i, row in enumerate(rows):
        seen = sight is None or row[sight] > 0.5
        for n, curve in enumerate(curves):
            curve.add(row[at] if at is not None else float(i), row[columns[2 * n]], row[columns[2 * n + 1]], seen)
    first = 1 if at is not None and min(row[at] for row in rows) >= 1 else 0
    if not blanks:
        return imported(curves, Rule("table", "as you say", first, "top", None), job)
    reach = max(abs(v) for row in rows for k, v in enumerate(row) if k in columns and math.isfinite(v))
    whose = "as Blender's markers do" if reach <= 1 else "as Nuke and most trackers do"
    return imported(curves, Rule("tracker_ascii", whose, first, "bottom", None), job)


def _frame_column(rows: list[list[float]]) -> int | None:
    """The first or last column where it counts up in whole numbers; of both, the one that begins at 0 or 1."""
    width = len(rows[0])
    if width < 3:
        return None
    fit = [
        c for c in (0, width - 1)
        if all(row[c] == math.floor(row[c]) if math.isfinite(row[c]) else False for row in rows)
        and all(b[c] > a[c] for a, b in itertools.pairwise(rows))
    ]  # fmt: skip
    if len(rows) == 1:
        return 0 if width == 3 else None
    if len(fit) == 2:
        begins = [c for c in fit if rows[0][c] in (0.0, 1.0)]
        return (begins or fit)[0]
    return fit[0] if fit else None


# -- with a heading -----------------------------------------------------------------------------------------------


@dataclass
class _Heading:
    frame: int | None
    time: int | None
    track: int | None
    pairs: list[tuple[str, int, int, int | None, bool]]
    """(name, x, y, visibility column, whether it says occluded) of every track; long tables have one."""
    unused: list[str]


def _heading(cells: list[str]) -> _Heading | None:
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
    return _Heading(frame, None if frame is not None else time, track, pairs, unused)


def _wide(cells: list[str], used: set[int]) -> list[tuple[str, int, int, int | None, bool]]:
    """Columns such as ``x1, y1``, ``track1_x, track1_y``, ``Track 1 X``: those that belong together, in order."""
    found: dict[str, dict[str, int]] = {}
    for c, cell in enumerate(cells[:MAX_COLUMNS]):
        match = None if c in used else _WIDE.fullmatch(cell.strip().lower()[:120])
        if match:
            axis, of = (match["front"], match["of_front"]) if match["front"] else (match["back"], match["of_back"])
            found.setdefault(of.strip(" _.:-"), {}).setdefault("v" if axis.startswith("v") else axis, c)
    return [(of, at["x"], at["y"], at.get("v"), False) for of, at in found.items() if "x" in at and "y" in at]


def _headed(table: _Table, heading: _Heading, job: Job) -> Imported:
    rows, width = table.rows[1:], len(table.rows[0])
    if not rows:
        raise job.error("a heading without rows", "export the table again")
    if heading.unused:
        job.note(f"Columns not used: {names.shown(heading.unused)}.")
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
        seen = word in ("true", "yes") if word in ("true", "false", "yes", "no") else cell(row, at, i) > 0.5
        return seen != reverse

    for i, row in enumerate(rows):
        if len(row) > width:
            raise job.error(f"row {i + 2} has {len(row)} columns, the heading {width}", "correct that row")
        where = heading.frame if heading.frame is not None else heading.time
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
    first = 1 if heading.time is None and where is not None and low >= 1 else 0
    if all(v is None for _, _, _, v, _ in heading.pairs):
        job.note("No visibility was given: a frame with a position counts as visible.")
    return imported(every, Rule("table", "as you say", first, "top", None), job)


def _place(curves: list[Curve], name: str, job: Job) -> None:
    times = [t for curve in curves for t in curve.frames]
    placed = iter(frames_of_times(times, None, None, job, f"Numbers under {names.shown([name])}"))
    for curve in curves:
        curve.frames = [next(placed) for _ in curve.frames]


# -- name, frame, x, y --------------------------------------------------------------------------------------------


def _named_rows(table: _Table) -> int | None:
    """The number of columns where every row is a name, a frame, x, y and perhaps visibility."""
    row = table.rows[0]
    if len(row) not in (4, 5) or number_of(row[0], table.decimal_comma) is not None:
        return None
    rest = [number_of(cell, table.decimal_comma) for cell in row[1:]]
    return len(row) if None not in rest and rest[0] == math.floor(rest[0] or 0.0) else None


def _long_without_heading(table: _Table, job: Job) -> Imported:
    width = _named_rows(table)
    if width is None:
        raise job.error("a table without an x and a y", "give a heading such as frame,x,y or track,frame,x,y,visible")
    curves: dict[str, Curve] = {}
    for i, row in enumerate(table.rows):
        if len(row) != width:
            raise job.error(f"row {i + 1} has {len(row)} columns, the first {width}", "correct that row")
        frame, x, y, *seen = _numbers(table, row[1:], i, job)
        if not math.isfinite(frame):
            raise job.error(f"row {i + 1} has no frame", "give every row its frame")
        curves.setdefault(row[0], Curve(row[0])).add(frame, x, y, not seen or seen[0] > 0.5)
    job.note("Rows without a heading, read as track, frame, x, y.")
    every = list(curves.values())
    first = 1 if min(min(curve.frames) for curve in every) >= 1 else 0
    return imported(every, Rule("table", "as you say", first, "top", None), job)
