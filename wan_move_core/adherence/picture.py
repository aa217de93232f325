"""Adherence to look at: where each point went, coloured by how far it is from its track, with a legend.

The scale is viridis (dark violet: on its track; yellow: far off), whose lightness rises all the way, so that it reads
in grey and for every kind of colour-blindness. Lines have a white edge against dark and bright pictures. What was asked
for is a thin white line with a ring; a point that the tracker lost is a hollow grey disc at its guessed place; one too
smooth to judge is a grey square where it was asked to be.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from ..errors import WanMoveError
from .measure import Adherence

# Matplotlib's viridis (CC0) at 0, 1/8, ... 1.
VIRIDIS_RGB = (
    (68, 1, 84), (71, 44, 122), (59, 81, 139), (44, 113, 142), (33, 144, 141), (39, 173, 129), (92, 200, 99),
    (170, 220, 50), (253, 231, 37),
)  # fmt: skip
WHITE, GREY, INK = (255, 255, 255), (150, 150, 150), (24, 24, 27)
TAIL_FRAMES = 24
DIM = 0.55
SHIFT = 4
SMALLEST_SCALE_PX = 16.0


def error_rgb(error_px: Any, scale_px: float) -> np.ndarray:
    """uint8 [..., 3]: colours of errors from 0 to ``scale_px`` and beyond (clamped)."""
    part = np.clip(np.asarray(error_px, np.float64) / scale_px, 0, 1) * (len(VIRIDIS_RGB) - 1)
    stops = np.asarray(VIRIDIS_RGB, np.float64)
    low = np.minimum(part.astype(int), len(stops) - 2)
    mixed = stops[low] + (stops[low + 1] - stops[low]) * (part - low)[..., None]
    return (mixed + 0.5).astype(np.uint8)


def scale_for(found: Adherence) -> float:
    """A round number of px near the 95th percentile of the counted errors, at least 16."""
    errors = found.error_px[found.counted]
    high = max(SMALLEST_SCALE_PX, float(np.percentile(errors, 95)) if errors.size else 0.0)
    unit = 10 ** math.floor(math.log10(high))
    return float(next(step * unit for step in (1, 1.6, 2, 3.2, 4, 5, 6, 8, 10) if step * unit >= high - 1e-9))


def draw_adherence(
    frames: Iterable[np.ndarray], found: Adherence, scale_px: float | None = None
) -> Iterator[np.ndarray]:
    """uint8 frames of the clip with tails of 24 frames, and the legend below: [H + legend, W, 3], one at a time."""
    scale = scale_px or scale_for(found)
    bar = legend(found, scale)
    for frame, picture in enumerate(frames):
        if frame >= found.tracks.frames:
            return
        painted = _painted(picture, found, scale, frame, TAIL_FRAMES, 1.0)
        yield np.concatenate([painted, bar])


def adherence_still(
    picture: np.ndarray, found: Adherence, scale_px: float | None = None, advised_xy: Iterable[tuple[float, float]] = ()
) -> np.ndarray:
    """uint8 [H + legend, W, 3]: whole paths on a dimmed ``picture`` (the last frame), crosses at advised points."""
    scale = scale_px or scale_for(found)
    advised = list(advised_xy)
    still = _painted(picture, found, scale, found.tracks.frames - 1, found.tracks.frames, DIM)
    arm = 5 * _factor(still.shape)
    for x, y in advised:
        for colour, thick in ((INK, 3), (WHITE, 1)):
            for (ax, ay), (bx, by) in (((-arm, 0), (arm, 0)), ((0, -arm), (0, arm))):
                _line(still, (x + ax, y + ay), (x + bx, y + by), colour, thick)
    return np.concatenate([still, legend(found, scale, bool(advised))])


def legend(found: Adherence, scale_px: float, crosses: bool = False) -> np.ndarray:
    """uint8 [h, W, 3]: the scale in px, what the marks mean, and who measured."""
    import cv2

    width = found.tracks.size_wh[0]
    factor = max(0.7, min(1.6, width / 832))
    row = round(22 * factor)
    words = [f"tracker: {found.tracker}", "white: as asked   grey ring: lost, a guess"]
    if found.smooth.any():
        words.append("grey square: too smooth to judge")
    if crosses:
        words.append("cross: a point to add")
    bar = np.full((row * (2 + len(words)), width, 3), 250, np.uint8)
    size = 0.42 * factor

    def wide(text: str) -> int:
        return cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size, 1)[0][0]

    # A narrow clip's words shrink: a legend that is cut off explains nothing.
    size *= min(1.0, (width - 20) / max(map(wide, words)))
    end = f"{scale_px:g} px off"
    left, right, top = 10, max(20, min(width - 10, round(10 + 320 * factor))), round(row * 0.35)
    ramp = error_rgb(np.linspace(0, scale_px, right - left), scale_px)
    bar[top : top + row // 2, left:right] = ramp[None]
    half = f"{scale_px / 2:g}"
    for text, x, y in (
        ("0", left, 1.65),
        (half, (left + right - wide(half)) // 2, 1.65),
        (end, right - wide(end), 1.65),
        *((line, left, 2.6 + i) for i, line in enumerate(words)),
    ):
        cv2.putText(bar, text, (int(x), int(y * row)), cv2.FONT_HERSHEY_SIMPLEX, size, INK, 1, cv2.LINE_AA)
    return bar


def _painted(picture: np.ndarray, found: Adherence, scale_px: float, frame: int, tail: int, light: float) -> np.ndarray:
    if picture.shape[:2] != (found.tracks.size_wh[1], found.tracks.size_wh[0]):
        raise WanMoveError(
            where="Adherence / picture",
            what=f"a frame of {picture.shape[1]}x{picture.shape[0]}, the tracks' are "
            f"{found.tracks.size_wh[0]}x{found.tracks.size_wh[1]}",
            fix="give the clip that was measured",
        )
    canvas = np.ascontiguousarray((picture[..., :3] * light).astype(np.uint8) if light < 1 else picture[..., :3]).copy()
    factor = _factor(canvas.shape)
    # Pixel i of OpenCV is centred at i, ours at i + 0.5.
    target, went = found.tracks.xy.numpy(force=True) - 0.5, found.found_xy - 0.5
    colours = error_rgb(found.error_px, scale_px)
    start = max(0, frame - tail)
    usable = (found.tracks.visible & found.tracks.inside()).numpy(force=True)
    for track in np.flatnonzero(found.measured):
        for f in range(start, frame):
            if usable[f, track] and usable[f + 1, track]:
                _line(canvas, target[f, track], target[f + 1, track], WHITE, 1)
        whole = [f for f in range(start, frame) if (found.seen[f, track] or f == 0) and found.seen[f + 1, track]]
        for edge in (True, False):
            for f in whole:
                colour = WHITE if edge else colours[f + 1, track].tolist()
                _line(canvas, went[f, track], went[f + 1, track], colour, (5 if edge else 3) * factor)
        if usable[frame, track]:
            _ring(canvas, target[frame, track], 6 * factor, WHITE, 1.5 * factor)
        if found.seen[frame, track] or frame == 0:
            _ring(canvas, went[frame, track], 5 * factor, WHITE, -1)
            _ring(canvas, went[frame, track], 4 * factor, colours[frame, track].tolist(), -1)
        else:
            _ring(canvas, went[frame, track], 4 * factor, GREY, 1.5 * factor)
    for track in np.flatnonzero(found.smooth):
        if usable[frame, track]:
            _square(canvas, target[frame, track], 7 * factor)
    return canvas


def _factor(shape: tuple[int, ...]) -> float:
    return max(0.35, min(shape[:2]) / 480)


def _line(canvas: np.ndarray, a: Any, b: Any, colour: Any, thick: float) -> None:
    import cv2

    ends = [tuple(int(v) for v in np.clip(np.rint(np.asarray(p) * 2**SHIFT), -(2**24), 2**24)) for p in (a, b)]
    cv2.line(canvas, ends[0], ends[1], colour, max(1, round(thick)), cv2.LINE_AA, SHIFT)


def _ring(canvas: np.ndarray, centre: Any, radius: float, colour: Any, thick: float) -> None:
    import cv2

    at = tuple(int(v) for v in np.clip(np.rint(np.asarray(centre) * 2**SHIFT), -(2**24), 2**24))
    width = -1 if thick < 0 else max(1, round(thick))
    cv2.circle(canvas, at, max(1, round(radius * 2**SHIFT)), colour, width, cv2.LINE_AA, SHIFT)


def _square(canvas: np.ndarray, centre: Any, half_px: float) -> None:
    for colour, thick in ((WHITE, 3), (GREY, 1.5)):
        corners = [(centre[0] + a * half_px, centre[1] + b * half_px) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
        for n in range(4):
            _line(canvas, corners[n], corners[(n + 1) % 4], colour, thick)
