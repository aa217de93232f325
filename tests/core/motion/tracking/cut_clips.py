"""Clips with scene cuts, and clips with what only looks like one: flashes, fast pans, dissolves, changing light."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

SIZE_WH = (320, 192)


def seen(picture: np.ndarray, shift_xy, zoom: float = 1.0, size_wh=SIZE_WH) -> np.ndarray:
    """uint8 [H, W, 3]: the middle of ``picture`` under a camera that was moved by ``shift_xy`` px."""
    scale = zoom * 1.5 * max(size_wh[0] / picture.shape[1], size_wh[1] / picture.shape[0])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    scaled = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=how)
    x, y = (np.array(scaled.shape[1::-1]) - size_wh) / 2 + shift_xy
    moved = cv2.warpAffine(scaled, np.array([[1, 0, -x], [0, 1, -y]]), size_wh, borderMode=cv2.BORDER_REFLECT_101)
    return np.clip(moved, 0, 255).astype(np.uint8)


def with_cuts(pictures: list[np.ndarray]) -> Iterator[tuple[str, list[np.ndarray], tuple[int, ...]]]:
    """(name, frames, frames that begin a scene): each picture, and then the one after it."""
    rng = np.random.default_rng(11)
    for number, one in enumerate(pictures):
        other = pictures[(number + 1) % len(pictures)]
        frames = [seen(one, (3 * k, k), 1 + 0.01 * k) for k in range(4)]
        frames += [seen(other, (-2 * k, 2 * k), 1.1) for k in range(3)]
        noisy = [np.clip(f + rng.normal(0, 4, f.shape), 0, 255).astype(np.uint8) for f in frames]
        yield f"cut {number}", noisy, (4,)


def without_cuts(pictures: list[np.ndarray]) -> Iterator[tuple[str, list[np.ndarray]]]:
    for number, one in enumerate(pictures):
        other = pictures[(number + 2) % len(pictures)]
        calm = [seen(one, (2 * k, -k)) for k in range(7)]
        flash = list(calm)
        for k in (3, 4):
            flash[k] = np.clip(flash[k] * 0.35 + 165, 0, 255).astype(np.uint8)
        yield f"flash {number}", flash
        # 5 % of the width a frame, smeared by a shutter that is half open.
        shots = np.linspace(-0.25, 0.25, 7)
        pan = [np.mean([seen(one, (16 * (k - 2 + s), 0)) for s in shots], axis=0) for k in range(5)]
        yield f"pan {number}", [np.clip(f, 0, 255).astype(np.uint8) for f in pan]
        parts = enumerate((0, 0, 0.25, 0.5, 0.75, 1))
        mixed = [(1 - part) * calm[k].astype(float) + part * seen(other, (0, k)) for k, part in parts]
        yield f"dissolve {number}", [np.clip(f, 0, 255).astype(np.uint8) for f in mixed]
        black = [f * g for f, g in zip(calm, (1, 1, 0.7, 0.4, 0.2, 0.5, 0.9), strict=True)]
        yield f"fade {number}", [np.clip(f, 0, 255).astype(np.uint8) for f in black]
        zoom = [seen(one, (0, 0), 1.09**k) for k in range(5)]
        yield f"zoom {number}", zoom
