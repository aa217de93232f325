"""SVG's transform attribute as 2x3 matrices: translate, scale, rotate, skewX, skewY, matrix (SVG 1.1, chapter 7.6)."""

from __future__ import annotations

import math
import re

import numpy as np

IDENTITY = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
MAX_PARTS = 100
_PART = re.compile(r"\s*,?\s*(matrix|translate|scale|rotate|skewX|skewY)\s*\(([^()]{0,400})\)")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


def parse(text: str) -> np.ndarray:
    """float64 [2, 3] of a transform list, applied from right to left. Raises: ValueError for anything else."""
    made, at = IDENTITY, 0
    for _ in range(MAX_PARTS):
        match = _PART.match(text, at)
        if match is None:
            break
        made = compose(made, _matrix(match[1], [float(n) for n in _NUMBER.findall(match[2])]))
        at = match.end()
    if text[at:].strip(" \t\r\n,"):
        raise ValueError(f"transform {text[:60]!r}")
    return made


def compose(outer: np.ndarray, inner: np.ndarray) -> np.ndarray:
    """The map that does ``inner`` first."""
    return np.concatenate([outer[:, :2] @ inner[:, :2], outer[:, :2] @ inner[:, 2:] + outer[:, 2:]], axis=1)


def apply(matrix: np.ndarray, point_xy: np.ndarray) -> np.ndarray:
    """[P, 2] moved."""
    return point_xy @ matrix[:, :2].T + matrix[:, 2]


def _matrix(kind: str, n: list[float]) -> np.ndarray:
    if kind == "matrix" and len(n) == 6:
        return np.array([[n[0], n[2], n[4]], [n[1], n[3], n[5]]])
    if kind == "translate" and len(n) in (1, 2):
        return np.array([[1.0, 0.0, n[0]], [0.0, 1.0, n[1] if len(n) > 1 else 0.0]])
    if kind == "scale" and len(n) in (1, 2):
        return np.array([[n[0], 0.0, 0.0], [0.0, n[-1], 0.0]])
    if kind == "rotate" and len(n) in (1, 3):
        a = math.radians(math.fmod(n[0], 360.0))
        turn = np.array([[math.cos(a), -math.sin(a), 0.0], [math.sin(a), math.cos(a), 0.0]])
        if len(n) == 1:
            return turn
        there, back = _matrix("translate", n[1:]), _matrix("translate", [-n[1], -n[2]])
        return compose(there, compose(turn, back))
    if kind in ("skewX", "skewY") and len(n) == 1:
        slope = math.tan(math.radians(math.fmod(n[0], 180.0)))
        return np.array([[1.0, slope if kind == "skewX" else 0.0, 0.0], [slope if kind == "skewY" else 0.0, 1.0, 0.0]])
    raise ValueError(f"{kind} of {len(n)} numbers")
