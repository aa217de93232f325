"""Text as rows of cells: which separator it has, and whether commas are decimal; numbers of cells."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass

from ..job import Job
from .samples import number_of

MAX_COLUMNS = 40_000
_COMMENT = ("#", "//")
_GROUPED_BY_BLANK = re.compile(r"[+-]?[1-9]\d{0,2}(?:[ \u00a0\u202f'\u2019]\d{3})+(?:[.,]\d+)?")
_GROUPED_BY_POINT = re.compile(r"[+-]?[1-9]\d{0,2}(?:[. \u00a0\u202f'\u2019]\d{3})+(?:,\d+)?")
_GROUPED_BY_COMMA = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?")


@dataclass
class Table:
    """Rows of trimmed cells, without trailing empty ones."""

    rows: list[list[str]]
    separator: str
    decimal_comma: bool
    grouped: int
    """Numbers whose thousands were set apart, as spreadsheets write them; the marks are left out already."""


def table_of(text: str) -> Table | None:
    """The table of ``text`` (comments from # and // left out); None where there is none."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith(_COMMENT)]
    if lines and lines[0].lower().startswith("sep="):  # Excel's own first line
        lines = lines[1:]
    if not lines:
        return None
    head = lines[:3]
    if "\t" in head[0].strip():
        separator = "\t"
    elif ";" in head[0]:
        separator = ";"
    elif "," in head[0] and not _spaced(head[-1]):
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
    commas = [cell for row in rows for cell in row if "," in cell]
    english = any(_GROUPED_BY_COMMA.fullmatch(cell) and (separator == "," or "." in cell) for cell in commas)
    decimal = separator != "," and not english and any(_DECIMAL_COMMA.fullmatch(cell) for cell in commas)
    grouped = _GROUPED_BY_COMMA if english else _GROUPED_BY_POINT if decimal else _GROUPED_BY_BLANK
    point, found = "," if decimal else ".", 0
    if separator != " ":
        for row in rows:
            for at, cell in enumerate(row):
                if len(cell) > 4 and grouped.fullmatch(cell):
                    row[at] = "".join(c for c in cell if c.isdigit() or c in "+-" or c == point)
                    found += 1
    return Table(rows, separator, decimal, found) if rows else None


def _spaced(line: str) -> bool:
    """Whether blanks separate and commas are decimal: ``1 200,5 300,5``."""
    words = line.split()
    return len(words) > 1 and not any(word.endswith(",") for word in words) and any(
        _DECIMAL_COMMA.fullmatch(word) for word in words
    )  # fmt: skip


def numbers(table: Table, row: list[str], at: int, job: Job) -> list[float]:
    """Every cell of ``row``; NaN where empty. Raises: WanMoveError naming row ``at`` + 1 and the column."""
    made = []
    for column, cell in enumerate(row):
        value = number_of(cell, table.decimal_comma)
        if value is None:
            raise job.error(f"row {at + 1}, column {column + 1} is {cell[:40]!r}, not a number", "correct that row")
        made.append(value)
    return made
