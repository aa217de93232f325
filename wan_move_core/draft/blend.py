"""Copied pieces blended into one: their gradients are kept, their tones meet each other and what lies around.

Poisson blending (Perez et al., 2003) of a field of sources: between two places of the hole the wanted difference is
what their sources have, where pieces meet the mean of both; at the rim what is known holds. Solved by conjugate
gradients from a first guess that is right in the large.
"""

from __future__ import annotations

import numpy as np

ROUNDS = 90
EDGE = 28.0
"""Where known and copied differ by more (of 255), something ends at the rim; its colour is not to bleed in."""


def blended(guess: np.ndarray, hole: np.ndarray, closed: np.ndarray, source: np.ndarray) -> np.ndarray:
    """uint8 [H, W, 3]: ``guess`` with ``hole`` solved.

    Args:
        guess: uint8 [H, W, 3], right outside the hole.
        hole: bool [H, W].
        closed: bool [H, W], what is never copied from.
        source: int [H, W, 2] yx of what each place of the hole is copied from.
    """
    ys, xs = np.nonzero(hole)
    y0, y1 = max(0, ys.min() - 1), min(hole.shape[0], ys.max() + 2)
    x0, x1 = max(0, xs.min() - 1), min(hole.shape[1], xs.max() + 2)
    box = slice(y0, y1), slice(x0, x1)
    inside = hole[box]
    now = guess[box].astype(np.float32)
    links = [_links(guess, closed, source, (y0, x0), inside, axis) for axis in (0, 1)]
    # What is asked of each place of the hole: sum of weighted links to its neighbours.
    asked = np.zeros_like(now)
    total = np.zeros(inside.shape, np.float32)
    for axis, (weight, step) in enumerate(links):
        low, high = _ends(axis)
        flow = weight[..., None] * step
        asked[low] -= flow
        asked[high] += flow
        total[low] += weight
        total[high] += weight
    solved = inside & (total > 0)

    def applied(values: np.ndarray) -> np.ndarray:
        out = total[..., None] * values
        for axis, (weight, _) in enumerate(links):
            low, high = _ends(axis)
            out[low] -= weight[..., None] * values[high]
            out[high] -= weight[..., None] * values[low]
        return out * solved[..., None]

    rest = (asked * solved[..., None]) - applied(now)
    scale = np.where(solved, 1 / np.maximum(total, 1e-6), 0)[..., None]
    way = scale * rest
    power = (rest * way).sum((0, 1))
    for _ in range(ROUNDS):
        if float(power.max()) < 1e-2 * max(1, int(solved.sum())):
            break
        moved = applied(way)
        reach = power / np.maximum((way * moved).sum((0, 1)), 1e-9)
        now += reach * way
        rest -= reach * moved
        ahead = scale * rest
        new_power = (rest * ahead).sum((0, 1))
        way = ahead + (new_power / np.maximum(power, 1e-9)) * way
        power = new_power
    out = guess.copy()
    part = out[box]
    part[inside] = np.clip(now[inside] + 0.5, 0, 255).astype(np.uint8)
    return out


def _ends(axis: int) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    every, low, high = slice(None), slice(None, -1), slice(1, None)
    return ((low, every), (high, every)) if axis == 0 else ((every, low), (every, high))


def _links(
    picture: np.ndarray, closed: np.ndarray, source: np.ndarray, corner_yx: tuple[int, int], inside: np.ndarray, axis: int
) -> tuple[np.ndarray, np.ndarray]:
    """Per pair of neighbours along ``axis`` of the box: float32 weight, and [..., 3] the wanted difference, the second
    minus the first."""
    h, w = closed.shape
    (y0, x0), (bh, bw) = corner_yx, inside.shape
    low, high = _ends(axis)
    first, second = inside[low], inside[high]
    delta = np.array([1, 0] if axis == 0 else [0, 1])
    here = np.moveaxis(np.mgrid[y0 : y0 + bh, x0 : x0 + bw], 0, -1)
    total, share = np.zeros((*first.shape, 3), np.float32), np.zeros(first.shape, np.float32)
    edge = np.zeros(first.shape, np.float32)
    sources = source[y0 : y0 + bh, x0 : x0 + bw]
    # From the source of the first of both, and from that of the second.
    for own, a in ((first, sources[low]), (second, sources[high] - delta)):
        b = a + delta
        good = own & (a >= 0).all(-1) & (b[..., 0] < h) & (b[..., 1] < w)
        a, b = np.clip(a, 0, (h - 1, w - 1)), np.clip(b, 0, (h - 1, w - 1))
        good &= ~closed[a[..., 0], a[..., 1]] & ~closed[b[..., 0], b[..., 1]]
        from_a = picture[a[..., 0], a[..., 1]].astype(np.float32)
        from_b = picture[b[..., 0], b[..., 1]].astype(np.float32)
        total += good[..., None] * (from_b - from_a)
        share += good
        # At the rim: how far what is known is from what the copy has in its place.
        known = here[high] if own is first else here[low]
        copied = from_b if own is first else from_a
        off = np.abs(picture[known[..., 0], known[..., 1]].astype(np.float32) - copied).max(-1)
        edge = np.maximum(edge, np.where(good & (first != second), off, 0))
    step = total / np.maximum(share, 1)[..., None]
    weight = np.where(first | second, 1 / (1 + (edge / EDGE) ** 4), 0).astype(np.float32)
    return weight, step
