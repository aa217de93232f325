"""Easing: progress in, eased progress out. Presets by name, or a free CSS cubic-bezier."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Easing = str | Sequence[float]
"""``"linear"``, ``"ease-in"``, ``"ease-out"``, ``"ease-in-out"`` or [x1, y1, x2, y2] with x1, x2 in 0..1."""

PRESETS: dict[str, tuple[float, float, float, float]] = {
    "linear": (0.0, 0.0, 1.0, 1.0),
    "ease-in": (0.42, 0.0, 1.0, 1.0),
    "ease-out": (0.0, 0.0, 0.58, 1.0),
    "ease-in-out": (0.42, 0.0, 0.58, 1.0),
}

FASTEST = 3.0
_HALVINGS = 50


def ease(easing: Easing, progress: np.ndarray) -> np.ndarray:
    """float64, shape of ``progress``: the eased value of progress clamped to 0..1.

    0 and 1 give exactly 0 and 1; between them a free curve may leave 0..1 (overshoot).
    """
    p = np.clip(np.asarray(progress, np.float64), 0.0, 1.0)
    if isinstance(easing, str) and easing == "linear":
        return p
    x1, y1, x2, y2 = PRESETS[easing] if isinstance(easing, str) else (float(v) for v in easing)
    # Halving instead of Newton: x is monotone for x1, x2 in 0..1, but its slope may be 0 anywhere.
    low, high = np.zeros_like(p), np.ones_like(p)
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        below = _bezier(middle, x1, x2) < p
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    eased = _bezier(0.5 * (low + high), y1, y2)
    return np.where((p == 0.0) | (p == 1.0), p, eased)


def end_speeds(easing: Easing) -> tuple[float, float]:
    """How fast an easing sets off and arrives, as parts of an even speed; at most 3 either way (a curve may start
    upright)."""
    x1, y1, x2, y2 = PRESETS[easing] if isinstance(easing, str) else (float(v) for v in easing)
    return _slope(x1, y1, x2, y2), _slope(1.0 - x2, 1.0 - y2, 1.0 - x1, 1.0 - y1)


def _slope(x1: float, y1: float, x2: float, y2: float) -> float:
    """Of the curve at (0, 0): towards its first control point, or its second where the first lies on the end."""
    x, y = (x1, y1) if x1 > 0.0 or y1 != 0.0 else (x2, y2)
    if x > 0.0:
        return min(max(y / x, -FASTEST), FASTEST)
    return 1.0 if y == 0.0 else float(np.copysign(FASTEST, y))


def _bezier(t: np.ndarray, a: float, b: float) -> np.ndarray:
    return t * (3.0 * (1.0 - t) * ((1.0 - t) * a + t * b) + t * t)
