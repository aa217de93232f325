"""SVG path data (the ``d`` attribute) as polylines with their drawn points: every command of SVG 1.1, chapter 8.3.

Arcs by the centre parameterisation of the standard's implementation notes (F.6.5 and F.6.6).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np

MAX_COMMANDS = 20_000
_PIECES = 32
_TOKEN = re.compile(
    r"[\s,]*(?:(?P<command>[MmZzLlHhVvCcSsQqTtAa])|(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?))"
)
_FLAG = re.compile(r"[\s,]*([01])")
_COUNT = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}


@dataclass
class Subpath:
    """One stroke of the pen.

    Attributes:
        line: float64 [P, 2], the curve in short straight pieces.
        drawn: float64 [K, 2], the points that commands end at.
        straight: there is nothing but straight lines in it.
    """

    line: np.ndarray
    drawn: np.ndarray
    straight: bool


def parse(d: str) -> list[Subpath]:
    """The subpaths of ``d``. As the standard has it, what comes before an error is kept.

    Raises: ValueError where nothing does, or there are too many commands.
    """
    pen = _Pen()
    for command, numbers in _commands(d):
        pen.do(command, numbers)
    made = pen.finished()
    if not made:
        raise ValueError("path data without a curve")
    return made


def _commands(d: str):
    at, command, number = 0, "", 0
    while at < len(d):
        token = _TOKEN.match(d, at)
        if token is None:
            return
        if token["command"]:
            command, at = token["command"], token.end()
        elif not command or command in "Zz":
            return
        need = _COUNT[command.upper()]
        numbers: list[float] = []
        for i in range(need):
            # An arc's flags may stand without a separator: "a1 1 0 011 2".
            flag = _FLAG.match(d, at) if command in "Aa" and i in (3, 4) else None
            token = flag or _TOKEN.match(d, at)
            if token is None or (flag is None and token["number"] is None):
                return
            value = float(token[1]) if flag else float(token["number"])
            if not abs(value) <= 1e9:
                return
            numbers.append(value)
            at = token.end()
        number += 1
        if number > MAX_COMMANDS:
            raise ValueError(f"more than {MAX_COMMANDS:,} path commands")
        yield command, numbers
        # Further pairs after a move are lines.
        command = {"M": "L", "m": "l"}.get(command, command)


class _Pen:
    def __init__(self) -> None:
        self.at = np.zeros(2)
        self.start = np.zeros(2)
        self.handle: np.ndarray | None = None
        self.before = ""
        self.made: list[Subpath] = []
        self.pieces: list[np.ndarray] = []
        self.drawn: list[np.ndarray] = []
        self.straight = True

    def finished(self) -> list[Subpath]:
        self._lift()
        return self.made

    def _lift(self) -> None:
        if len(self.drawn) > 1:
            line = np.concatenate([self.drawn[0][None], *self.pieces])
            self.made.append(Subpath(line, np.stack(self.drawn), self.straight))
        self.pieces, self.drawn, self.straight = [], [], True

    def _go(self, piece: np.ndarray, straight: bool = False) -> None:
        """On along ``piece`` [P, 2], which leaves out where the pen is."""
        if not self.drawn:
            self.drawn = [self.at]
        self.pieces.append(piece)
        self.at = piece[-1]
        self.drawn.append(self.at)
        self.straight = self.straight and straight

    def do(self, command: str, n: list[float]) -> None:
        kind = command.upper()
        base = self.at if command.islower() else np.zeros(2)
        if kind == "M":
            self._lift()
            self.at = self.start = base + n
        elif kind == "Z":
            if self.drawn and not np.array_equal(self.at, self.start):
                self._go(self.start[None], straight=True)
            self._lift()
            self.at = self.start
        elif kind in "LHV":
            x, y = {"L": n, "H": [n[0], None], "V": [None, n[0]]}[kind]
            end = np.array([self.at[0] if x is None else base[0] + x, self.at[1] if y is None else base[1] + y])
            self._go(end[None], straight=True)
        elif kind in "CSQT":
            self._bezier(kind, [base + n[i : i + 2] for i in range(0, len(n), 2)])
        else:
            self._go(arc(self.at, n[0], n[1], n[2], n[3] != 0, n[4] != 0, base + n[5:]))
        self.before = kind

    def _bezier(self, kind: str, points: list[np.ndarray]) -> None:
        smooth = {"S": "CS", "T": "QT"}.get(kind)
        if smooth:
            # The handle before, mirrored; where there is none, the point itself.
            known = self.handle is not None and self.before and self.before in smooth
            points = [2 * self.at - self.handle if known and self.handle is not None else self.at, *points]
        self.handle = points[-2]
        t = np.linspace(0, 1, _PIECES + 1)[1:, None]
        u = 1 - t
        if len(points) == 2:
            piece = u**2 * self.at + 2 * u * t * points[0] + t**2 * points[1]
        else:
            piece = u**3 * self.at + 3 * u**2 * t * points[0] + 3 * u * t**2 * points[1] + t**3 * points[2]
        piece[-1] = points[-1]
        self._go(piece)


def arc(
    start: np.ndarray, rx: float, ry: float, turn_deg: float, large: bool, sweep: bool, end: np.ndarray
) -> np.ndarray:
    """float64 [P, 2] along the ellipse to ``end``, without ``start``; radii too small are enlarged (F.6.6)."""
    rx, ry = abs(rx), abs(ry)
    if rx < 1e-9 or ry < 1e-9 or np.array_equal(start, end):
        return end[None].astype(np.float64)
    phi = math.radians(math.fmod(turn_deg, 360.0))
    turn = np.array([[math.cos(phi), math.sin(phi)], [-math.sin(phi), math.cos(phi)]])
    x, y = turn @ ((start - end) / 2)
    excess = (x / rx) ** 2 + (y / ry) ** 2
    if excess > 1:
        rx, ry = rx * math.sqrt(excess), ry * math.sqrt(excess)
    below = (rx * y) ** 2 + (ry * x) ** 2
    if below == 0:  # nearer than a double tells apart
        return end[None].astype(np.float64)
    root = math.sqrt(max((rx * ry) ** 2 - below, 0.0) / below) * (1 if large != sweep else -1)
    cx, cy = root * rx * y / ry, -root * ry * x / rx
    middle = turn.T @ np.array([cx, cy]) + (start + end) / 2
    first = math.atan2((y - cy) / ry, (x - cx) / rx)
    angle = math.atan2((-y - cy) / ry, (-x - cx) / rx) - first
    if sweep and angle < 0:
        angle += 2 * math.pi
    elif not sweep and angle > 0:
        angle -= 2 * math.pi
    theta = first + np.linspace(0, 1, max(8, math.ceil(abs(angle) / (math.pi / 48))) + 1)[1:] * angle
    made = np.stack([rx * np.cos(theta), ry * np.sin(theta)], axis=1) @ turn + middle
    made[-1] = end
    return made
