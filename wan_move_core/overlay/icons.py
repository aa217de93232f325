"""Small pictures that are pasted onto the layer: the pointer and the numbers of tracks. All premultiplied RGBA."""

from __future__ import annotations

import numpy as np

CURSOR_SIDE_PX = 64
CURSOR_HOT_SPOT_XY = (24, 16)
# A classic arrow, in units of the 64-px icon, its tip on the hot spot.
CURSOR_OUTLINE = ((24, 16), (24, 48), (31.5, 41), (36.5, 52.5), (42, 50), (37, 39), (47, 38.5))


def cursor_icon(side_px: int = CURSOR_SIDE_PX) -> np.ndarray:
    """uint8 RGBA [side, side, 4], premultiplied: a white arrow with a dark edge and a soft shadow."""
    import cv2

    fine = 8 * side_px
    outline = np.rint(np.asarray(CURSOR_OUTLINE) * (fine / CURSOR_SIDE_PX)).astype(np.int32)
    edge_px = max(1, round(fine * 3.2 / CURSOR_SIDE_PX))

    def mask(shift_px: float, edge: bool) -> np.ndarray:
        image = np.zeros((fine, fine), np.uint8)
        moved = outline + int(shift_px * fine / CURSOR_SIDE_PX)
        cv2.fillPoly(image, [moved], 255)
        if edge:
            cv2.polylines(image, [moved], True, 255, edge_px, cv2.LINE_AA)
        return cv2.resize(image, (side_px, side_px), interpolation=cv2.INTER_AREA).astype(np.float32) / 255

    shadow = cv2.GaussianBlur(mask(1.5, True), (0, 0), max(0.5, side_px / 40)) * 0.45
    body, white = mask(0, True), mask(0, False)
    alpha = body + shadow * (1 - body)
    grey = 20 * (body - white * body) + 255 * white * body
    return np.stack([grey, grey, grey, alpha * 255], -1).round().clip(0, 255).astype(np.uint8)


PLATE_ALPHA = 0.72
"""White upon so dark a plate has a contrast of 8 on a white picture, and more on any other."""
FINE = 4


def label_icon(text: str, digit_px: int, plate: bool = True) -> np.ndarray:
    """uint8 RGBA [H, W, 4], premultiplied: white ``text``, digits ``digit_px`` high, on a dark plate or outlined."""
    import cv2

    scale = FINE * digit_px / 21  # A digit of this font is 21 px high at scale 1.
    stroke = max(1, round(FINE * digit_px / 7))
    (wide, high), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, stroke)
    pad = max(2, round(digit_px * 0.25))
    width, height = -(-wide // FINE) + 2 * pad, -(-high // FINE) + 2 * pad

    def drawn(thickness: int) -> np.ndarray:
        fine = np.zeros((height * FINE, width * FINE), np.uint8)
        at = ((width * FINE - wide) // 2, (height * FINE + high) // 2)
        cv2.putText(fine, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, 255, thickness, cv2.LINE_AA)
        return cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / 255

    white = drawn(stroke)
    dark = drawn(stroke + 2 * FINE)
    if plate:
        dark = np.maximum(dark, PLATE_ALPHA)
        # Corners rounded by one pixel.
        dark[:: height - 1, :: width - 1] *= 0.3
    alpha = white + dark * (1 - white)
    return (np.stack([white, white, white, alpha], -1) * 255).round().clip(0, 255).astype(np.uint8)


def paste(layer: np.ndarray, icon: np.ndarray, left: int, top: int) -> None:
    """Lay ``icon`` over ``layer`` (both premultiplied RGBA), as far as it lies within it."""
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + icon.shape[1], layer.shape[1]), min(top + icon.shape[0], layer.shape[0])
    if x0 >= x1 or y0 >= y1:
        return
    over = icon[y0 - top : y1 - top, x0 - left : x1 - left].astype(np.float32)
    under = layer[y0:y1, x0:x1].astype(np.float32)
    layer[y0:y1, x0:x1] = (over + under * (1 - over[..., 3:] / 255) + 0.5).clip(0, 255).astype(np.uint8)
