"""CSV, TSV and bare rows of numbers: frame, x, y; one pair of columns a track (wide); a row a track and frame (long).

With a heading (headed.py) y counts from the top, as a table made for pictures does; rows of numbers between blanks are
trackers' ASCII (Nuke's "x y frame", or its "Time+value" of frame, x, y; Blender's scripts with 0-1), which count from
the bottom.
"""

from __future__ import annotations

import numpy as np

from ....errors import plural
from ..job import Job
from ..report import Imported
from .headed import heading_of, named_rows, read_headed, read_named_rows
from .rows import MAX_COLUMNS, Table, numbers, table_of
from .samples import Curve, Rule, imported, number_of


def matches(text: str) -> bool:
    """Whether the first rows look like a table that has an x and a y."""
    table = table_of("\n".join(text.split("\n", 20)[:20]))
    if table is None:
        return False
    first = table.rows[0]
    if all(number_of(cell, table.decimal_comma) is not None for cell in first):
        return len(first) >= 2
    return heading_of(first) is not None or named_rows(table) is not None


def read(text: str, job: Job) -> Imported:
    table = table_of(text)
    if table is None:
        raise job.error("there are no rows in it", "give rows of frame, x, y")
    width = len(table.rows[0])
    if width > MAX_COLUMNS:
        raise job.error(f"{width:,} columns, at most {MAX_COLUMNS:,} are accepted", "give fewer tracks")
    if table.decimal_comma:
        job.note("Commas are read as decimal points.")
    if table.grouped:
        job.note(f"Marks between thousands are left out of {plural(table.grouped, 'number')}.")
    first = table.rows[0]
    if all(number_of(cell, table.decimal_comma) is not None for cell in first):
        return _bare(table, job)
    heading = heading_of(first)
    if heading is not None:
        return read_headed(table, heading, job)
    return read_named_rows(table, job)


def _bare(table: Table, job: Job) -> Imported:
    width = len(table.rows[0])
    if width < 2:
        raise job.error("rows of one number", "give rows of x, y or frame, x, y")
    rows = np.empty((len(table.rows), width))
    for i, row in enumerate(table.rows):
        if len(row) != width:
            raise job.error(f"row {i + 1} has {plural(len(row), 'number')}, the first {width}", "correct that row")
        rows[i] = numbers(table, row, i, job)
    if (long := _long_columns(rows)) is not None:
        return _long(rows, *long, job)
    at, sight = _columns(rows, job)
    columns = [c for c in range(width) if c not in (at, sight)][: width if at is not None or width % 2 == 0 else 2]
    words = {c: "xy"[k % 2] for k, c in enumerate(columns[:8])} | {at: "frame", sight: "visible"}
    said = ", ".join(words.get(c, "-") for c in range(min(width, 7))) + (", ..." if width > 7 else "")
    blanks = table.separator == " "
    job.note(f"Rows of numbers without a heading, read as {said}.")
    frames = np.arange(len(rows), dtype=np.float64) if at is None else rows[:, at]
    seen = np.ones(len(rows), bool) if sight is None else rows[:, sight] > 0.5
    curves = [
        Curve("", frames, rows[:, columns[n]], rows[:, columns[n + 1]], seen) for n in range(0, len(columns), 2)
    ]  # fmt: skip
    low = float(frames.min())
    first = 1 if low == 1 or (blanks and low > 1) else 0
    if not blanks:
        return imported(curves, Rule("table", "as you say", first, "top", None), job)
    reach = float(np.nan_to_num(np.abs(rows[:, columns])).max())
    whose = "as Blender's markers do" if reach <= 1 else "as Nuke and most trackers do"
    return imported(curves, Rule("tracker_ascii", whose, first, "bottom", None), job)


def _columns(rows: np.ndarray, job: Job) -> tuple[int | None, int | None]:
    """The columns of frames and of visibility. An even row is pairs, unless it is frame, x, y and 0 or 1.

    Raises: WanMoveError for an odd row of more than three numbers in which nothing counts frames.
    """
    width, at = rows.shape[1], _frame_column(rows)
    flags = bool(np.isin(rows[:, -1], (0, 1)).all())
    if width % 2 == 0:
        return (0, 3) if width == 4 and at == 0 and flags else (None, None)
    if at is not None:
        return at, None
    if width != 3:
        raise job.error(
            f"rows of {width} numbers, and none of the columns counts frames", "give a heading: frame, x, y"
        )
    if not flags:
        job.note("The last column is not used (it is no visibility of 0 and 1).")
    return None, 2 if flags else None


def _long_columns(rows: np.ndarray) -> tuple[int, int] | None:
    """(track, frame) among the first two of four or five columns: tracks numbered on from 0 or 1, frames rising.

    Where both are numbered on, the one along which steps are small is the frame. Two tracks side by side would have to
    stand at x = 0, then 1, then 2, to be taken for it.
    """
    if rows.shape[1] not in (4, 5) or not (rows[:, :2] == np.floor(rows[:, :2])).all():
        return None
    found: list[tuple[float, tuple[int, int]]] = []
    for track, frame in ((0, 1), (1, 0)):
        numbers = np.unique(rows[:, track])
        first = numbers[0]
        if len(numbers) < 2 or len(numbers) == len(rows) or first not in (0, 1):
            continue
        if (numbers != first + np.arange(len(numbers))).any():
            continue
        order = np.lexsort((rows[:, frame], rows[:, track]))
        same = np.diff(rows[order, track]) == 0
        if (np.diff(rows[order, frame])[same] > 0).all():
            step = np.abs(np.diff(rows[order, 2:4], axis=0))[same]
            found.append((float(np.nansum(step)) / max(int(same.sum()), 1), (track, frame)))
    return min(found)[1] if found else None


def _long(rows: np.ndarray, track: int, frame: int, job: Job) -> Imported:
    job.note(f"Rows of numbers without a heading, read as {'track, frame' if track == 0 else 'frame, track'}, x, y.")
    curves = []
    for number in np.unique(rows[:, track]):
        part = rows[rows[:, track] == number]
        seen = part[:, 4] > 0.5 if rows.shape[1] == 5 else np.ones(len(part), bool)
        curves.append(Curve(f"{number:g}", part[:, frame], part[:, 2], part[:, 3], seen))
    first = 1 if rows[:, frame].min() == 1 else 0
    return imported(curves, Rule("table", "as you say", first, "top", None), job)


def _frame_column(rows: np.ndarray) -> int | None:
    """The first or last column where it counts up in whole numbers; of both, the one that begins at 0 or 1."""
    width = rows.shape[1]
    if width < 3:
        return None
    fit = [
        c for c in (0, width - 1)
        if bool((rows[:, c] == np.floor(rows[:, c])).all()) and bool((np.diff(rows[:, c]) > 0).all())
    ]  # fmt: skip
    if len(rows) == 1:
        return 0 if width == 3 else None
    if len(fit) == 2:
        begins = [c for c in fit if rows[0, c] in (0.0, 1.0)]
        return (begins or fit)[0]
    return fit[0] if fit else None
