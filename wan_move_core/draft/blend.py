"""Copied pieces blended into one: their gradients are kept, their tones meet each other and what lies around.

Poisson blending (Perez et al., 2003) of a field of sources: between two places of the hole the wanted difference is
what their sources have, where pieces meet the mean of both; at the rim what is known holds. Solved by conjugate
gradients from a first guess that is right in the large.
"""

from __future__ import annotations

import numpy as np

ROUNDS, LARGE_ROUNDS = 50, 250
LARGE_PX, SMALLER = 3000, 4
"""A larger hole is solved on a copy so many times smaller first: what is wrong in the large is set right there."""
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
    solved = _solved(guess.astype(np.float32), hole, closed, source)
    return np.where(hole[..., None], np.clip(solved + 0.5, 0, 255), guess).astype(np.uint8)


def _solved(guess: np.ndarray, hole: np.ndarray, closed: np.ndarray, source: np.ndarray) -> np.ndarray:
    """float32 [H, W, 3]."""
    import cv2

    ys, xs = np.nonzero(hole)
    large = len(ys) > LARGE_PX and min(hole.shape) > 16 * SMALLER
    if large:
        h, w = (side // SMALLER for side in hole.shape)
        whole = slice(0, h * SMALLER), slice(0, w * SMALLER)

        def small(image: np.ndarray) -> np.ndarray:
            return cv2.resize(image[whole].astype(np.float32), (w, h), interpolation=cv2.INTER_AREA)

        near = source[whole][SMALLER // 2 :: SMALLER, SMALLER // 2 :: SMALLER] // SMALLER
        share = small(hole)
        # Of a cell at the rim what is in the hole, or what lies beside it would count as the hole's.
        own = small(guess * hole[..., None]) / np.maximum(share, 1e-6)[..., None]
        before = np.where(share[..., None] > 0, own, small(guess)).astype(np.float32)
        change = _solved(before, share > 0, small(closed) > 0, near) - before
        guess = guess + hole[..., None] * cv2.resize(change, hole.shape[::-1], interpolation=cv2.INTER_LINEAR)
    y0, y1 = max(0, ys.min() - 1), min(hole.shape[0], ys.max() + 2)
    x0, x1 = max(0, xs.min() - 1), min(hole.shape[1], xs.max() + 2)
    inside = hole[y0:y1, x0:x1]
    links = [_links(guess, closed, source, (y0, x0), inside, axis) for axis in (0, 1)]
    out = guess.copy()
    rounds = ROUNDS if large else LARGE_ROUNDS
    out[y0:y1, x0:x1] = _conjugate_gradients(guess[y0:y1, x0:x1].copy(), inside, links, rounds)
    return out


def _conjugate_gradients(
    now: np.ndarray, inside: np.ndarray, links: list[tuple[np.ndarray, np.ndarray]], rounds: int
) -> np.ndarray:
    """float32 [h, w, 3]: ``now`` with the places ``inside`` set so that the links hold best; changed in place."""
    asked, total = np.zeros_like(now), np.zeros(inside.shape, np.float32)
    for axis, (weight, step) in enumerate(links):
        low, high = _ends(axis)
        flow = weight[..., None] * step
        asked[low] -= flow
        asked[high] += flow
        total[low] += weight
        total[high] += weight
    solved = (inside & (total > 0))[..., None]

    def applied(values: np.ndarray) -> np.ndarray:
        out = total[..., None] * values
        for axis, (weight, _) in enumerate(links):
            low, high = _ends(axis)
            out[low] -= weight[..., None] * values[high]
            out[high] -= weight[..., None] * values[low]
        return out * solved

    rest = asked * solved - applied(now)
    scale = solved / np.maximum(total, 1e-6)[..., None]
    way = scale * rest
    power = _dot(rest, way)
    for _ in range(rounds):
        if float(power.max()) < 1e-5 * max(1, int(solved.sum())):
            break
        moved = applied(way)
        reach = power / np.maximum(_dot(way, moved), 1e-9)
        now += reach * way
        rest -= reach * moved
        ahead = scale * rest
        new_power = _dot(rest, ahead)
        way = ahead + (new_power / np.maximum(power, 1e-9)) * way
        power = new_power
    return now


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """float32 [3]: per channel."""
    return np.einsum("ijk,ijk->k", a, b)


def _ends(axis: int) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    every, low, high = slice(None), slice(None, -1), slice(1, None)
    return ((low, every), (high, every)) if axis == 0 else ((every, low), (every, high))


def _links(
    picture: np.ndarray,
    closed: np.ndarray,
    source: np.ndarray,
    corner_yx: tuple[int, int],
    inside: np.ndarray,
    axis: int,
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
        from_a, from_b = picture[a[..., 0], a[..., 1]], picture[b[..., 0], b[..., 1]]
        total += good[..., None] * (from_b - from_a)
        share += good
        # At the rim: how far what is known is from what the copy has in its place.
        known = here[high] if own is first else here[low]
        copied = from_b if own is first else from_a
        off = np.abs(picture[known[..., 0], known[..., 1]] - copied).max(-1)
        edge = np.maximum(edge, np.where(good & (first != second), off, 0))
    step = total / np.maximum(share, 1)[..., None]
    weight = np.where(first | second, 1 / (1 + (edge / EDGE) ** 4), 0).astype(np.float32)
    return weight, step
