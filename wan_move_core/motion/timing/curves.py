"""Curves through control points: straight, cubic spline and centripetal Catmull-Rom, open or closed.

All in float64 pixels. A curve becomes a fine polyline (64 pieces a span), along which arc length is measured; the
editor cuts the same pieces, so both find the same positions. The rules in full: tests/golden_shared/README.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

PIECES_PER_SPAN = 64
COINCIDENT_PX = 1e-6
Handle = tuple[float, float, float, float]
"""How a span comes in to a control point and goes out of it, as offsets from it: (in x, in y, out x, out y)."""
CURVES = ("straight", "cubic", "catmull-rom")


@dataclass(frozen=True)
class Polyline:
    """A curve cut into straight pieces.

    Attributes:
        point_xy: float64 [S * 64 + 1, 2], pixels.
        along_px: float64 [S * 64 + 1], arc length up to each point, nondecreasing from 0.
    """

    point_xy: np.ndarray
    along_px: np.ndarray

    @property
    def total_px(self) -> float:
        return float(self.along_px[-1])

    @property
    def knot_px(self) -> np.ndarray:
        """float64 [S + 1]: arc length at the control points."""
        return self.along_px[::PIECES_PER_SPAN]

    def at(self, s_px: np.ndarray) -> np.ndarray:
        """float64 [..., 2]: the point at arc length ``s_px``, clamped to the curve's ends."""
        x, y = (np.interp(s_px, self.along_px, self.point_xy[:, i]) for i in range(2))
        return np.stack([x, y], -1)


def merge_coincident(point_xy: np.ndarray, closed: bool) -> tuple[np.ndarray, np.ndarray]:
    """Drop points on top of the last kept one (and, closed, a last point on the first).

    Returns: int64 [K] numbers of the points kept, and int64 [P] the knot on which each given point stands (K: the
    closing knot of a closed curve).
    """
    points = point_xy.tolist()
    kept, knot = [0], [0]
    for i in range(1, len(points)):
        if _distance(points[i], points[kept[-1]]) > COINCIDENT_PX:
            kept.append(i)
        knot.append(len(kept) - 1)
    if closed and len(kept) > 1 and _distance(points[kept[-1]], points[0]) <= COINCIDENT_PX:
        kept.pop()
    return np.array(kept), np.array(knot)


def _distance(a: list[float], b: list[float]) -> float:
    return ((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5


def chord_parameter(knot_xy: np.ndarray) -> np.ndarray:
    """float64 [K]: cumulative distance between neighbouring knots, from 0."""
    return np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(knot_xy, axis=0).T))])


def polyline(
    point_xy: np.ndarray, curve: str, closed: bool, handles_px: Sequence[Handle | None] | None = None
) -> Polyline:
    """The curve through ``point_xy`` [K, 2] (K >= 2, no neighbours coincide) as 64 pieces a span.

    ``closed`` returns to the first point. Too few points for ``curve`` (cubic: 4, closed 3; catmull-rom: 3) are
    joined by straight lines. A span with a handle at either end, one of K ``handles_px``, is a Bezier curve instead.
    """
    count = len(point_xy)
    knots = np.concatenate([point_xy, point_xy[:1]]) if closed else point_xy
    part = np.arange(1, PIECES_PER_SPAN + 1) / PIECES_PER_SPAN
    if curve == "cubic" and count >= (3 if closed else 4):
        u = chord_parameter(knots)
        at = (u[:-1, None] + np.diff(u)[:, None] * part).ravel()
        slope = periodic_slopes(u, knots) if closed else not_a_knot_slopes(u, knots)
        points = hermite(u, knots, slope, at)
    elif curve == "catmull-rom" and count >= 3:
        points = _catmull_rom(knots, closed, part)
    else:
        points = (knots[:-1, None] + np.diff(knots, axis=0)[:, None] * part[:, None]).reshape(-1, 2)
    points = np.concatenate([knots[:1], points])
    if handles_px is not None:
        _bend(points, knots, [*handles_px, handles_px[0]] if closed else handles_px, part)
    # The knots themselves exactly: a track that ends on a control point ends on it, not 1e-13 px beside it.
    points[::PIECES_PER_SPAN] = knots
    return Polyline(points, chord_parameter(points))


def _catmull_rom(knots: np.ndarray, closed: bool, part: np.ndarray) -> np.ndarray:
    before = knots[-2] if closed else 2.0 * knots[0] - knots[1]
    after = knots[1] if closed else 2.0 * knots[-1] - knots[-2]
    around = np.concatenate([before[None], knots, after[None]])
    gap = np.sqrt(np.hypot(*np.diff(around, axis=0).T))[:, None]
    slope = np.diff(around, axis=0) / gap
    # The tangent at a knot: the parabola through it and its two neighbours, as Barry and Goldman's pyramid gives.
    tangent = slope[:-1] + slope[1:] - (around[2:] - around[:-2]) / (gap[:-1] + gap[1:])
    u = np.concatenate([[0.0], np.cumsum(gap[1:-1, 0])])
    at = (u[:-1, None] + np.diff(u)[:, None] * part).ravel()
    return hermite(u, knots, tangent, at)


def _bend(points: np.ndarray, knots: np.ndarray, handles: Sequence[Handle | None], part: np.ndarray) -> None:
    """Spans between handles, written over ``points``; a point without handles has them on itself."""
    rest = 1.0 - part[:, None]
    t = part[:, None]
    for i in range(len(knots) - 1):
        start, end = handles[i], handles[i + 1]
        if start is None and end is None:
            continue
        out = knots[i] + (start[2:] if start else (0.0, 0.0))
        into = knots[i + 1] + (end[:2] if end else (0.0, 0.0))
        span = rest**3 * knots[i] + 3.0 * rest**2 * t * out + 3.0 * rest * t**2 * into + t**3 * knots[i + 1]
        points[i * PIECES_PER_SPAN + 1 : (i + 1) * PIECES_PER_SPAN + 1] = span


def hermite(u: np.ndarray, values: np.ndarray, slopes: np.ndarray, at: np.ndarray) -> np.ndarray:
    """float64 [M, D] at ``at`` [M]: the piecewise cubic with ``values`` and ``slopes`` [K, D] at ``u`` [K]."""
    i = np.clip(np.searchsorted(u, at, side="right") - 1, 0, len(u) - 2)
    h = (u[i + 1] - u[i])[:, None]
    t = (at - u[i])[:, None] / h
    mean = (values[i + 1] - values[i]) / h
    c = (mean - slopes[i]) * h
    d = (slopes[i] + slopes[i + 1] - 2.0 * mean) * h
    return values[i] + t * (slopes[i] * h + t * (c + d * (t - 1.0)))


def not_a_knot_slopes(u: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Slopes [K, D] of the cubic spline with a continuous third derivative at the second and last but one knot.

    K >= 4; ``u`` strictly increasing.
    """
    h = np.diff(u)
    slope = np.diff(values, axis=0) / h[:, None]
    count = len(u)
    lower, main, upper = np.zeros(count), np.zeros(count), np.zeros(count)
    right = np.zeros_like(values)
    main[1:-1], upper[1:-1], lower[1:-1] = 2.0 * (h[:-1] + h[1:]), h[:-1], h[1:]
    right[1:-1] = 3.0 * (h[1:, None] * slope[:-1] + h[:-1, None] * slope[1:])
    first, last = u[2] - u[0], u[-1] - u[-3]
    main[0], upper[0] = h[1], first
    right[0] = ((h[0] + 2.0 * first) * h[1] * slope[0] + h[0] ** 2 * slope[1]) / first
    main[-1], lower[-1] = h[-2], last
    right[-1] = (h[-1] ** 2 * slope[-2] + (2.0 * last + h[-1]) * h[-2] * slope[-1]) / last
    return solve_tridiagonal(lower, main, upper, right)


def periodic_slopes(u: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Slopes [K, D] of the periodic cubic spline; ``values[-1]`` equals ``values[0]``, K >= 4 with the closing knot."""
    h = np.diff(u)
    slope = np.diff(values, axis=0) / h[:, None]
    before = np.roll(h, 1)
    lower, main, upper = h.copy(), 2.0 * (before + h), before.copy()
    right = 3.0 * (h[:, None] * np.roll(slope, 1, axis=0) + before[:, None] * slope)
    # A cyclic system is a tridiagonal one plus a matrix of rank one (Sherman and Morrison).
    corner_top, corner_bottom, gamma = lower[0], upper[-1], -main[0]
    main = main.copy()
    main[0] -= gamma
    main[-1] -= corner_top * corner_bottom / gamma
    extra = np.zeros((len(h), 1))
    extra[0, 0], extra[-1, 0] = gamma, corner_bottom
    both = solve_tridiagonal(lower, main, upper, np.concatenate([right, extra], 1))
    y, z = both[:, :-1], both[:, -1:]
    share = corner_top / gamma
    solved = y - z * (y[:1] + share * y[-1:]) / (1.0 + z[0] + share * z[-1])
    return np.concatenate([solved, solved[:1]])


def solve_tridiagonal(lower: np.ndarray, main: np.ndarray, upper: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Solve ``lower[i] x[i-1] + main[i] x[i] + upper[i] x[i+1] = right[i]`` in O(K); ``right`` [K, D]."""
    a, b, c = lower.tolist(), main.tolist(), upper.tolist()
    d = right.tolist()
    for i in range(1, len(b)):
        w = a[i] / b[i - 1]
        b[i] -= w * c[i - 1]
        d[i] = [x - w * y for x, y in zip(d[i], d[i - 1], strict=True)]
    d[-1] = [x / b[-1] for x in d[-1]]
    for i in range(len(b) - 2, -1, -1):
        d[i] = [(x - c[i] * y) / b[i] for x, y in zip(d[i], d[i + 1], strict=True)]
    return np.array(d)
