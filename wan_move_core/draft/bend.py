"""One point on a large smooth thing, a nose in a face, carries all of it a little: how far its pull reaches.

The same rule as in the editor (``js/editor/draft/bend.mjs``): steps over an edge of the picture are long ones, and the
pull falls off so slowly that the picture never folds, however far the point goes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

CELL_PX = 8
FULL, REACH = 0.05, 0.42
"""Shares of the shorter side: wholly carried; carried in part."""
EDGE, SAME = 0.03, 12.0
"""How much longer a step is that changes the colour by one of 255 more than what is the same colour still."""
STEEP = 0.62
"""Of a fold's steepness."""
STEPS = ((0, 1), (1, 0), (1, 1), (1, -1))
MOST = 24
BESIDE_PX = 8.0
"""A held point so near to the one that pulls is pulled along."""


@dataclass(frozen=True)
class Bends:
    """``points`` [K]: which controls pull, ``start`` [K, 2] px where from; ``weights`` float32 [K, h, w], 0-1, one
    place a cell of the picture; ``size_wh`` of it."""

    points: np.ndarray
    start: np.ndarray
    weights: np.ndarray
    size_wh: tuple[int, int]

    def sources(self, shown: np.ndarray, ways: np.ndarray) -> np.ndarray:
        """[N, 2] px: what lies at ``shown`` [N, 2] px when the points have gone ``ways`` [K, 2] px."""
        at = shown.astype(np.float64)
        # By halves: where the picture is stretched away from a border, whole steps would swing ever wider.
        for _ in range(24):
            at = 0.5 * (at + shown - self._pull(at, ways))
        return at

    def map(self, ways: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """float32 x and y [H, W] of where every pixel comes from."""
        import cv2

        rows, columns = self.weights.shape[1:]
        nodes = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), -1).reshape(-1, 2)
        at = (nodes + 0.5) * CELL_PX - 0.5
        shift = (self.sources(at, ways) - at).astype(np.float32).reshape(rows, columns, 2)
        w, h = self.size_wh
        whole = cv2.resize(shift, (columns * CELL_PX, rows * CELL_PX), interpolation=cv2.INTER_CUBIC)[:h, :w]
        return whole[..., 0] + np.arange(w, dtype=np.float32), whole[..., 1] + np.arange(h, dtype=np.float32)[:, None]

    def _pull(self, at: np.ndarray, ways: np.ndarray) -> np.ndarray:
        """[N, 2] px: how far the places ``at`` of the picture are carried."""
        import cv2

        x, y = ((at[:, axis].astype(np.float32) + 0.5) / CELL_PX - 0.5 for axis in (0, 1))
        out = np.zeros_like(at)
        for weight, way, start in zip(self.weights, ways, self.start, strict=True):
            part = cv2.remap(weight, x[:, None], y[:, None], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            out += part * way * self._from_borders(at, way, start)
        return out

    def _from_borders(self, at: np.ndarray, way: np.ndarray, start: np.ndarray) -> np.ndarray:
        """[N, 2], 0-1: a border goes outwards, never in, which would bare what is behind it."""
        far = np.asarray(self.size_wh) - 1
        room, own = (np.where(way > 0, xy, far - xy) for xy in (at, start))
        return np.clip(room / np.maximum(np.maximum(own, np.abs(way) / 2), 1), 0, 1)


def bends_of(picture: np.ndarray, start: np.ndarray, points: np.ndarray, travel: np.ndarray, held: np.ndarray) -> Bends:
    """The pulls of ``points`` [K] among ``start`` [M, 2] px; ``travel`` [K] px at most; ``held`` [J, 2] px stay."""
    import cv2

    h, w = picture.shape[:2]
    size = (-(-w // CELL_PX), -(-h // CELL_PX))
    pad = ((0, size[1] * CELL_PX - h), (0, size[0] * CELL_PX - w), (0, 0))
    small = cv2.resize(np.pad(picture, pad, mode="edge"), size, interpolation=cv2.INTER_AREA).astype(np.float32)
    lengths = [_step_lengths(small, step) for step in STEPS]
    side = min(h, w)
    weights = []
    for n, far_px in zip(points, travel, strict=True):
        reach = max(REACH * side, 1.3 * far_px)
        part = np.clip((_ways(lengths, start[n], reach) - FULL * side) / (reach - FULL * side), 0, 1)
        weight = _unfolded((1 - part * part) ** 2, STEEP / max(1.0, far_px))
        weights.append(_smooth(_held(weight, start[n], held, side)))
    sum_of = np.sum(weights, 0)
    return Bends(points, start[points], (np.stack(weights) / np.maximum(sum_of, 1)).astype(np.float32), (w, h))


def _step_lengths(small: np.ndarray, step: tuple[int, int]) -> np.ndarray:
    """float32 [h, w]: px of the step (y, x) from every cell, longer over an edge; infinite out of the picture."""
    dy, dx = step
    far = np.full(small.shape[:2], np.inf, np.float32)
    a, b = _pair(dy, dx)
    change = np.maximum(0, np.linalg.norm(small[a] - small[b], axis=-1) - SAME)
    far[a] = CELL_PX * np.hypot(dy, dx) * (1 + EDGE * change)
    return far


def _pair(dy: int, dx: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """The cells from which the step stays in the picture, and those it leads to; dy is 0 or 1."""
    rows = (slice(None, -dy or None), slice(dy, None))
    columns = (slice(None, -dx or None), slice(dx, None)) if dx >= 0 else (slice(-dx, None), slice(None, dx))
    return (rows[0], columns[0]), (rows[1], columns[1])


def _ways(lengths: list[np.ndarray], point: np.ndarray, most_px: float) -> np.ndarray:
    """float32 [h, w]: shortest ways from the point's cell, px; ``2 most_px`` where they are longer than that."""
    far = np.full(lengths[0].shape, 2 * most_px, np.float32)
    y, x = (int(np.clip(point[axis] / CELL_PX, 0, far.shape[1 - axis] - 1)) for axis in (1, 0))
    far[y, x] = 0
    while True:
        before = far.copy()
        for (dy, dx), length in zip(STEPS, lengths, strict=True):
            a, b = _pair(dy, dx)
            far[b] = np.minimum(far[b], far[a] + length[a])
            far[a] = np.minimum(far[a], far[b] + length[a])
        if np.array_equal(before, far):
            return np.where(far < most_px, far, 2 * most_px)


def _unfolded(values: np.ndarray, most: float) -> np.ndarray:
    """Raised until no step between neighbours is steeper than ``most`` per px."""
    out = values.copy()
    while True:
        before = out.copy()
        for dy, dx in STEPS:
            a, b = _pair(dy, dx)
            fall = most * CELL_PX * np.hypot(dy, dx)
            out[b] = np.maximum(out[b], out[a] - fall)
            out[a] = np.maximum(out[a], out[b] - fall)
        if np.allclose(before, out, atol=1e-4):
            return out


def _held(weight: np.ndarray, point: np.ndarray, held: np.ndarray, side: int) -> np.ndarray:
    y, x = (np.mgrid[: weight.shape[0], : weight.shape[1]] + 0.5) * CELL_PX - 0.5
    for at in held:
        room = min(0.25 * side, 0.8 * float(np.hypot(*(at - point))))
        weight = weight * np.minimum(1, np.hypot(x - at[0], y - at[1]) / max(1.0, room))
    return weight


def _smooth(values: np.ndarray) -> np.ndarray:
    for _ in range(3):
        edge = np.pad(values, 1, mode="edge")
        values = (2 * values + edge[1:-1, :-2] + edge[1:-1, 2:] + edge[:-2, 1:-1] + edge[2:, 1:-1]) / 6
    return values
