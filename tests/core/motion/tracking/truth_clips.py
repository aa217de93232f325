"""The sequences of known motion that the tracker is measured on, of any size: motions are shares of the width."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from truth import Clip, Layer, about, blob, painted

Size = tuple[int, int]


def _ground(size: Size, seed: int, move, margin: float = 0.6, wave=None) -> Layer:
    """A texture larger than the frame; ``move(time)`` gives shift in widths, degrees, scale."""
    width, height = size
    canvas = (int(width * (1 + 2 * margin)), int(height + 2 * margin * width))
    middle = np.array(canvas) / 2

    def matrix(time: float) -> np.ndarray:
        (x, y), angle, scale = move(time)
        return about((width / 2, height / 2), (x * width, y * width), angle, scale, middle)

    return Layer(painted(canvas, seed), None, matrix, wave)


def _thing(size: Size, seed: int, share_wh: tuple[float, float], way) -> Layer:
    """A shape of its own texture; ``way(time)`` gives its middle in shares of width and height, degrees, scale."""
    canvas = (int(share_wh[0] * size[0]), int(share_wh[1] * size[1]))

    def matrix(time: float) -> np.ndarray:
        (x, y), angle, scale = way(time)
        return about((x * size[0], y * size[1]), (0, 0), angle, scale, np.array(canvas) / 2)

    return Layer(painted(canvas, seed), blob(canvas, seed), matrix)


def camera(size: Size, frames: int) -> Clip:
    def move(t):
        s = t / (frames - 1)
        return (0.22 * s, 0.05 * math.sin(4 * s)), 25 * s, 1 + 0.5 * s

    return Clip("camera", size, frames, [_ground(size, 1, move)])


def wave(size: Size, frames: int) -> Clip:
    width = size[0]

    def bend(at, t):
        s = 2 * math.pi * 1.5 * t / (frames - 1)
        k = 2 * math.pi / (0.45 * width)
        wide = 0.035 * width * math.sin(s / 3 + 0.6)
        x = wide * np.sin(k * at[:, 1] + s) + 0.01 * width * math.sin(s)
        y = 0.6 * wide * np.sin(k * 1.2 * at[:, 0] - s)
        return np.stack([x, y], -1)

    return Clip("non-rigid wave", size, frames, [_ground(size, 2, lambda t: ((0, 0), 0, 1), wave=bend)])


def cover(size: Size, frames: int) -> Clip:
    def way(t):
        return (-0.3 + 1.6 * t / (frames - 1), 0.5 + 0.05 * math.sin(t / 9)), 0.2 * t, 1.0

    ground = _ground(size, 3, lambda t: ((0.05 * math.sin(t / 25), 0.03 * t / frames), 3 * t / frames, 1))
    return Clip("cover and return", size, frames, [ground, _thing(size, 13, (0.42, 0.85), way)])


def motion_blur(size: Size, frames: int) -> Clip:
    def move(t):
        s = 2 * math.pi * t / (frames - 1)
        # From rest: frame 0 is sharp, then up to 4 % of the width per frame.
        return (0.2 * (1 - math.cos(s * 2.5)), 0.06 * math.sin(2 * s) ** 2), 6 * math.sin(s) ** 2, 1

    return Clip("motion blur", size, frames, [_ground(size, 4, move)], blur=0.5)


def exposure(size: Size, frames: int) -> Clip:
    def light(f):
        return 0.8 + 0.45 * math.sin(f / 7), 1 + 0.35 * math.sin(f / 11)

    def move(t):
        s = t / (frames - 1)
        return (0.12 * s, 0.02), -8 * s, 1 + 0.15 * s

    clip = Clip("exposure", size, frames, [_ground(size, 5, move)], light=light)
    for layer in clip.layers:
        layer.picture *= 0.85
    return clip


def turn(size: Size, frames: int) -> Clip:
    return Clip("turn by 120°", size, frames, [_ground(size, 6, lambda t: ((0, 0), 120 * t / (frames - 1), 1))])


def sky(size: Size, frames: int) -> Clip:
    """A landscape under a sky of one soft gradient; its points are truly visible, and no tracker can tell."""

    def move(t):
        return (0.16 * t / (frames - 1), 0.03 * math.sin(t / 20)), 0, 1

    ground = _ground(size, 7, move)
    rows, columns = ground.picture.shape[:2]
    middle = rows / 2 - size[1] / 2
    skyline = middle + size[1] * (0.24 + 0.05 * np.sin(np.arange(columns) / (0.07 * size[0])))
    above = np.clip(skyline[None] - np.arange(rows)[:, None], 0, 1)[..., None].astype(np.float32)
    soft = 190 + 30 * (np.arange(rows) / rows)[:, None, None] + np.array([-20, 0, 25])
    ground.picture = (above * soft + (1 - above) * ground.picture).astype(np.float32)

    def smooth(points):
        canvas = ground.inverse(np.asarray(points, float), 0)
        column = np.clip(canvas[:, 0].astype(int), 0, columns - 1)
        return canvas[:, 1] < skyline[column] - 0.08 * size[0]

    return Clip("flat sky", size, frames, [ground], grain=1.5, smooth=smooth)


def exit_and_return(size: Size, frames: int) -> Clip:
    def move(t):
        s = t / (frames - 1)
        away = math.sin(math.pi * min(max((s - 0.2) / 0.5, 0), 1)) ** 2
        return (0.85 * away + 0.03 * s, 0.02 * s), 2 * s, 1

    return Clip("fast exit and return", size, frames, [_ground(size, 8, move, 1.0)], blur=0.3)


def crossing(size: Size, frames: int) -> Clip:
    def first(t):
        return (0.28 + 0.45 * t / (frames - 1), 0.45), 8 * math.sin(t / 20), 1 + 0.1 * t / frames

    def second(t):
        return (0.72 - 0.45 * t / (frames - 1), 0.58), -0.15 * t, 1.0

    ground = _ground(size, 9, lambda t: ((-0.04 * t / frames, 0), 0, 1))
    return Clip(
        "two layers crossing", size, frames,
        [ground, _thing(size, 19, (0.34, 0.6), first), _thing(size, 29, (0.3, 0.55), second)],
    )  # fmt: skip


def grain(size: Size, frames: int) -> Clip:
    def move(t):
        s = t / (frames - 1)
        return (-0.1 * s, 0.06 * math.sin(3 * s)), 6 * math.sin(4 * s), 1 - 0.12 * s

    return Clip("grain and JPEG", size, frames, [_ground(size, 10, move)], grain=9, jpeg=30)


CLIPS: dict[str, Callable[[Size, int], Clip]] = {
    "camera": camera, "wave": wave, "cover": cover, "blur": motion_blur, "exposure": exposure, "turn": turn,
    "sky": sky, "exit": exit_and_return, "crossing": crossing, "grain": grain,
}  # fmt: skip
