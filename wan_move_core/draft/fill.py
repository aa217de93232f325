"""What a thing uncovers, painted from what is around it: patches that fit, coarse to fine, so that lines go on.

After Barnes et al., PatchMatch (2009) and Wexler et al., Space-time completion of video (2007): every place in the hole
looks for the most alike known patch (propagation and random search), all patches vote for the colours, and again finer.
"""

from __future__ import annotations

import numpy as np

from .blend import blended

MOST_SEARCHED_PX = 8000
"""Places searched at the finest level; what is larger is searched smaller, and its patches are taken at full size."""
REACH = 3
PATTERN = np.array([(y, x) for y in range(-3, 4) for x in range(-3, 4) if (x + y) % 2 == 0])
SWEEPS, FIRST_SWEEPS = 3, 5
MOST_POOLED = 2500
NEARER, LEVEL = 3000, np.array([4.0, 1.0])
"""Of equally good sources the nearer, as what lies beside a hole goes on in it; and one at the same height, which is
seen from as far: price of a place's colour for the picture's diagonal, squared, and how y and x count in it."""
MOST_TONE = 40
TRUST = 1.25
SOFT_RIM = 4


def painted_over(picture: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """uint8 [H, W, 3]: ``picture`` with ``hole`` (bool [H, W]) filled from around it, each part for itself."""
    import cv2

    if not hole.any() or hole.all():
        return picture.copy()
    out = picture.copy()
    count, labels, stats, _ = cv2.connectedComponentsWithStats(hole.astype(np.uint8), connectivity=8)
    left = hole.copy()
    # Small parts first: what they get is then known to the larger ones.
    for i in sorted(range(1, count), key=lambda k: stats[k, cv2.CC_STAT_AREA]):
        x, y, w, h = (int(v) for v in stats[i, :4])
        margin = int(0.6 * max(w, h)) + 40
        ys = slice(max(0, y - margin), y + h + margin)
        xs = slice(max(0, x - margin), x + w + margin)
        part = labels[ys, xs] == i
        out[ys, xs] = _filled(out[ys, xs], part, left[ys, xs] & ~part, MOST_SEARCHED_PX * part.sum() / hole.sum())
        left[labels == i] = False
    return out


def _filled(picture: np.ndarray, hole: np.ndarray, unknown: np.ndarray, most_px: float) -> np.ndarray:
    """``picture`` with ``hole`` filled; ``unknown`` [H, W] is never copied from, ``most_px`` places are searched."""
    import cv2

    h, w = hole.shape
    rng = np.random.default_rng(0)
    finest = min(1.0, float(np.sqrt(max(1500, most_px) / hole.sum())))
    depth = float(_depth(np.pad(hole, 1)).max())
    scales = [finest]
    while depth * scales[-1] > 5 and min(h, w) * scales[-1] > 40:
        scales.append(scales[-1] / 1.7)
    filled, where = None, None
    for scale in reversed(scales):
        size = (max(12, round(w * scale)), max(12, round(h * scale)))
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32)
        gap = cv2.resize(hole.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.02
        closed = cv2.resize(unknown.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.02
        usable = _usable(gap | closed)
        if not usable.any() or not gap.any():
            continue
        first = filled is None
        if filled is None or where is None:
            bare = cv2.inpaint(small.astype(np.uint8), (gap | closed).astype(np.uint8), 3, cv2.INPAINT_TELEA)
            now = np.where((gap | closed)[..., None], bare, small).astype(np.float32)
            now, start = _grown_inwards(now, gap, usable, rng)
        else:
            start = _enlarged(where, size)
            # Copied, not enlarged: what the patches' mean has blurred asks for smooth patches, ever more so. Near the
            # rim the mean stays, for lines to move to where they meet what is known.
            from_y, from_x = (np.clip(start[..., i], 0, size[1 - i] - 1) for i in (0, 1))
            sharp = ~(gap | closed)[from_y, from_x] & (_depth(gap) > SOFT_RIM)
            now = np.where(sharp[..., None], small[from_y, from_x], cv2.resize(filled, size))
            now = np.where(gap[..., None], now, small).astype(np.float32)
        filled, where = _matched(now, gap, usable, start, first, rng)
    if where is None:
        return cv2.inpaint(picture, hole.astype(np.uint8), 3, cv2.INPAINT_TELEA)
    return _at_full_size(picture, hole, unknown, where)


def _depth(gap: np.ndarray) -> np.ndarray:
    """float32 [h, w]: px from the nearest place outside ``gap``."""
    import cv2

    return cv2.distanceTransform(gap.astype(np.uint8), cv2.DIST_L2, 3)


def _usable(closed: np.ndarray) -> np.ndarray:
    """bool [h, w]: centres of patches that lie within the picture and touch nothing unknown."""
    import cv2

    side = 2 * REACH + 1
    taken = cv2.dilate(closed.astype(np.uint8), np.ones((side, side), np.uint8)) > 0
    inside = np.zeros_like(taken)
    inside[REACH:-REACH, REACH:-REACH] = True
    return inside & ~taken


def _grown_inwards(
    now: np.ndarray, gap: np.ndarray, usable: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A first guess, small: ring after ring, each place from the known patch most like what is known around it."""
    import cv2

    h, w = gap.shape
    where = np.stack(np.broadcast_arrays(np.arange(h)[:, None], np.arange(w)[None]), -1).copy()
    pool = np.argwhere(usable)
    if len(pool) > MOST_POOLED:
        pool = pool[rng.choice(len(pool), MOST_POOLED, replace=False)]
    side = REACH
    every = np.stack(np.meshgrid(np.arange(-side, side + 1), np.arange(-side, side + 1), indexing="ij"), -1).reshape(
        -1, 2
    )

    def patches(image: np.ndarray, at: np.ndarray) -> np.ndarray:
        yx = at[:, None] + every[None]
        return image[np.clip(yx[..., 0], 0, h - 1), np.clip(yx[..., 1], 0, w - 1)]

    known, now = ~gap, now.copy()
    lent = patches(now, pool)
    squared = (lent**2).sum(2)
    flat = lent.reshape(len(pool), -1)
    while not known.all():
        ring = np.argwhere(~known & (cv2.dilate(known.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0))
        if not len(ring):
            break
        mask, target = patches(known.astype(np.float32), ring), patches(now, ring)
        away = ((ring[:, None] - pool[None]) ** 2 @ LEVEL) / (h * h + w * w)
        off = mask @ squared.T - 2 * (target * mask[..., None]).reshape(len(ring), -1) @ flat.T
        off = off + (target**2 * mask[..., None]).sum((1, 2))[:, None] + NEARER * away * mask.sum(1)[:, None]
        chosen = pool[off.argmin(1)]
        now[ring[:, 0], ring[:, 1]] = now[chosen[:, 0], chosen[:, 1]]
        where[ring[:, 0], ring[:, 1]] = chosen
        known[ring[:, 0], ring[:, 1]] = True
    return now, where


def _enlarged(where: np.ndarray, size_wh: tuple[int, int]) -> np.ndarray:
    """int [h, w, 2] yx: a field of sources at another size; what was beside a source stays beside it."""
    h, w = where.shape[:2]
    yy = (np.arange(size_wh[1]) + 0.5) * h / size_wh[1]
    xx = (np.arange(size_wh[0]) + 0.5) * w / size_wh[0]
    iy, ix = np.minimum(yy.astype(int), h - 1), np.minimum(xx.astype(int), w - 1)
    offset = where[iy[:, None], ix[None]] - np.stack(np.broadcast_arrays(iy[:, None], ix[None]), -1)
    scale = np.array([size_wh[1] / h, size_wh[0] / w])
    at = np.stack(np.broadcast_arrays(np.arange(size_wh[1])[:, None], np.arange(size_wh[0])[None]), -1)
    return np.rint(at + offset * scale).astype(int)


def _matched(
    now: np.ndarray, gap: np.ndarray, usable: np.ndarray, start: np.ndarray, first: bool, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """One level: the picture with the gap filled, and int [h, w, 2] yx where each place of it is copied from."""
    import cv2

    h, w = gap.shape
    zone = cv2.dilate(gap.astype(np.uint8), np.ones((2 * REACH + 1, 2 * REACH + 1), np.uint8)) > 0
    zone[:REACH], zone[-REACH:], zone[:, :REACH], zone[:, -REACH:] = False, False, False, False
    ys, xs = np.nonzero(zone)
    shape = np.array([h, w])
    pool = np.argwhere(usable)
    number = np.full((h, w), -1)
    number[ys, xs] = np.arange(len(ys))
    at = np.stack([ys, xs], 1)
    source = pool[rng.integers(0, len(pool), len(ys))]
    given = np.clip(start[ys, xs], 0, shape - 1)
    fits = usable[given[:, 0], given[:, 1]]
    source[fits] = given[fits]
    deltas = PATTERN[:, 0] * w + PATTERN[:, 1]
    flat_at = (ys * w + xs)[:, None] + deltas
    # What is known counts most, and what lies near it more than the middle, so that it grows inwards.
    trust_map = (TRUST ** -np.minimum(_depth(gap), 24)).astype(np.float32)
    trust = trust_map.reshape(-1)[flat_at]
    confidence = trust.mean(1)
    trust /= confidence[:, None]
    for sweep in range(FIRST_SWEEPS if first else SWEEPS):
        image = now.reshape(-1, 3)
        target = image[flat_at]

        def price_of(
            yx: np.ndarray, of: np.ndarray, image: np.ndarray = image, target: np.ndarray = target
        ) -> np.ndarray:
            lent = image[(yx[:, 0] * w + yx[:, 1])[:, None] + deltas]
            away = (yx - at[of]) ** 2 @ LEVEL * (NEARER * len(deltas) / (h * h + w * w))
            return (((lent - target[of]) ** 2).sum(2) * trust[of]).sum(1) + away.astype(np.float32)

        best = price_of(source, np.arange(len(source)))

        def attempt(yx: np.ndarray, best: np.ndarray = best, price_of=price_of) -> None:
            yx = np.clip(yx, 0, shape - 1)
            fits = np.flatnonzero(usable[yx[:, 0], yx[:, 1]])
            price = np.full(len(yx), np.inf, np.float32)
            price[fits] = price_of(yx[fits], fits)
            better = price < best
            best[better], source[better] = price[better], yx[better]

        for jump in (4, 1) if sweep == 0 else (1,):
            for dy, dx in ((0, jump), (jump, 0), (0, -jump), (-jump, 0)):
                other = number[np.clip(ys - dy, 0, h - 1), np.clip(xs - dx, 0, w - 1)]
                attempt(np.where(other[:, None] >= 0, source[other] + (dy, dx), source))
        radius = max(h, w) / (2 if first else 8)
        while radius >= 1:
            attempt(source + np.rint(rng.uniform(-radius, radius, source.shape)).astype(int))
            radius /= 3
        now = _voted(now, gap, source, best, confidence, deltas, at)
    where = np.stack(np.broadcast_arrays(np.arange(h)[:, None], np.arange(w)[None]), -1).copy()
    where[ys, xs] = source
    return now, where


def _voted(
    now: np.ndarray,
    gap: np.ndarray,
    source: np.ndarray,
    best: np.ndarray,
    confidence: np.ndarray,
    deltas: np.ndarray,
    at: np.ndarray,
) -> np.ndarray:
    """Every place of the gap gets the mean of what the patches over it want, those that fit better counting more."""
    h, w = gap.shape
    image = now.reshape(-1, 3)
    weight = np.exp(-best / (2 * max(1.0, float(np.quantile(best, 0.6))))) * confidence + 1e-9
    total, share = np.zeros((h * w, 3), np.float32), np.zeros(h * w, np.float32)
    flat_at, flat_from = at[:, 0] * w + at[:, 1], source[:, 0] * w + source[:, 1]
    for delta in deltas:
        total[flat_at + delta] += weight[:, None] * image[flat_from + delta]
        share[flat_at + delta] += weight
    mean = (total / np.maximum(share, 1e-9)[:, None]).reshape(h, w, 3)
    return np.where((gap & (share.reshape(h, w) > 0))[..., None], mean, now).astype(np.float32)


def _at_full_size(picture: np.ndarray, hole: np.ndarray, unknown: np.ndarray, where: np.ndarray) -> np.ndarray:
    """The patches that were found smaller, copied at full size; where pieces meet, their mean."""
    import cv2

    h, w = hole.shape
    full = _enlarged(where, (w, h))
    ys, xs = np.nonzero(hole)
    closed = hole | unknown
    reach = max(1, round(w / where.shape[1]))
    total, share = np.zeros((len(ys), 3), np.float32), np.zeros(len(ys), np.float32)
    for dy in (-reach, 0, reach):
        for dx in (-reach, 0, reach):
            ny, nx = np.clip(ys + dy, 0, h - 1), np.clip(xs + dx, 0, w - 1)
            from_y = np.clip(full[ny, nx, 0] + ys - ny, 0, h - 1)
            from_x = np.clip(full[ny, nx, 1] + xs - nx, 0, w - 1)
            good = (~closed[from_y, from_x]) * (24.0 if dy == dx == 0 else 1.0)
            total += good[:, None] * picture[from_y, from_x]
            share += good
    out = picture.copy()
    some = share > 0
    out[ys[some], xs[some]] = (total[some] / share[some][:, None] + 0.5).astype(np.uint8)
    if not some.all():
        rest = np.zeros((h, w), np.uint8)
        rest[ys[~some], xs[~some]] = 1
        out = cv2.inpaint(out, rest, 3, cv2.INPAINT_TELEA)
    return blended(_toned(out, hole, closed), hole, closed, full)


def _toned(filled: np.ndarray, hole: np.ndarray, closed: np.ndarray) -> np.ndarray:
    """What is copied takes the tone of what it lies beside: the step at the rim, spread smoothly over the hole."""
    import cv2

    def mean_of(image: np.ndarray, where: np.ndarray, sigma: float) -> tuple[np.ndarray, np.ndarray]:
        weight = cv2.GaussianBlur(where.astype(np.float32), (0, 0), sigma)
        total = cv2.GaussianBlur(image.astype(np.float32) * where[..., None], (0, 0), sigma)
        return total / np.maximum(weight, 1e-4)[..., None], weight

    outside, weight = mean_of(filled, ~closed, 3)
    inside, _ = mean_of(filled, hole, 3)
    rim = hole & (cv2.erode(hole.astype(np.uint8), np.ones((5, 5), np.uint8)) == 0) & (weight > 0.1)
    if not rim.any():
        return filled
    # A large step is an edge that ends here, no tone.
    step = np.where(np.abs(outside - inside).max(2, keepdims=True) < MOST_TONE, outside - inside, 0)
    spread = np.zeros(filled.shape, np.float32)
    for sigma in (96, 32, 12, 5):
        small = max(1, sigma // 6)
        size = (-(-hole.shape[1] // small), -(-hole.shape[0] // small))
        share = cv2.resize(rim.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        amount = cv2.resize((step * rim[..., None]).astype(np.float32), size, interpolation=cv2.INTER_AREA)
        share, amount = (cv2.GaussianBlur(v, (0, 0), sigma / small) for v in (share, amount))
        here = cv2.resize(amount / np.maximum(share, 1e-5)[..., None], hole.shape[::-1])
        sure = np.minimum(1, cv2.resize(share, hole.shape[::-1]) * sigma / 4)[..., None]
        spread = spread * (1 - sure) + here * sure
    soft = cv2.GaussianBlur(hole.astype(np.float32), (0, 0), 1.2)[..., None]
    toned = np.clip(filled + spread * hole[..., None] + 0.5, 0, 255).astype(np.uint8)
    near = cv2.GaussianBlur(toned, (0, 0), 1.0)
    edge = (soft > 0.2) & (soft < 0.8) & hole[..., None]
    return np.where(edge, (toned.astype(np.float32) + near) / 2, toned).astype(np.uint8)
