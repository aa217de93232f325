"""Sequences that the tracker was never set by: other pictures, other motions. Looked at, not tuned upon.

On photographs where some are at hand (``WAN_MOVE_PHOTOS``, a folder, or the pictures that scikit-image and scikit-learn
bring), else painted in another manner than those in ``truth_clips``.
"""

from __future__ import annotations

import importlib.util
import math
import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from truth import Clip, Layer, about, blob

Size = tuple[int, int]
PHOTOS = ("chelsea.png", "coffee.png", "astronaut.png", "china.jpg", "flower.jpg", "motorcycle_left.png", "rocket.jpg",
          "gravel.png", "ihc.png", "retina.jpg")  # fmt: skip


def photo_folders() -> list[Path]:
    folders = [Path(os.environ["WAN_MOVE_PHOTOS"])] if "WAN_MOVE_PHOTOS" in os.environ else []
    for package, below in (("skimage", "data"), ("sklearn", "datasets/images")):
        spec = importlib.util.find_spec(package)
        folders += [Path(place) / below for place in (spec.submodule_search_locations or [])] if spec else []
    return folders


def photograph(name: str) -> np.ndarray | None:
    """uint8 [h, w, 3], None where it is not at hand."""
    for folder in photo_folders():
        for path in (folder / name, *folder.glob(f"**/{name}")):
            picture = cv2.imread(str(path)) if path.is_file() else None
            if picture is not None:
                return np.ascontiguousarray(picture[..., ::-1])
    return None


def surface(size_wh: Size, number: int, tall_px: float, photos: bool) -> np.ndarray:
    """float32 [h, w, 3]: photograph ``number`` scaled to ``tall_px`` and mirrored on over the canvas, or a drawing."""
    width, height = size_wh
    photo = photograph(PHOTOS[number % len(PHOTOS)]) if photos else None
    if photo is None:
        return drawn(size_wh, 100 + number)
    scale = tall_px / photo.shape[0]
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    photo = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=how).astype(np.float32)
    rows, columns = (_mirrored(count, side) for count, side in ((height, photo.shape[0]), (width, photo.shape[1])))
    return np.clip(photo[rows][:, columns], 0, 255)


def _mirrored(count: int, side: int) -> np.ndarray:
    """int [count]: 0, 1, .. side - 1, side - 1, .. 1, 0, 0, 1, .. with the picture in the middle."""
    at = (np.arange(count) - (count - side) // 2) % (2 * side)
    return np.where(at < side, at, 2 * side - 1 - at)


def drawn(size_wh: Size, seed: int) -> np.ndarray:
    """float32 [h, w, 3]: noise whose power falls with frequency, as photographs' does, with strokes and hatching."""
    rng = np.random.default_rng(seed)
    width, height = size_wh
    fy, fx = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]
    fall = 1 / np.maximum(np.hypot(fx, fy), 2 / width) ** 1.3
    picture = np.empty((height, width, 3), np.float32)
    shared = rng.standard_normal((height, width))
    for channel in range(3):
        noise = np.fft.irfft2(np.fft.rfft2(shared + 0.4 * rng.standard_normal(shared.shape)) * fall, (height, width))
        picture[..., channel] = 120 + 38 * noise / noise.std()
    for _ in range(int(width * height / 6000)):
        at = rng.uniform((0, 0), (width, height))
        turn = np.cumsum(rng.normal(0, 0.5, 8)) + rng.uniform(0, 2 * np.pi)
        steps = np.cumsum(np.stack([np.cos(turn), np.sin(turn)], -1) * rng.uniform(4, 16), axis=0)
        stroke = np.round((at + steps) * 16).astype(np.int32)
        tone = (rng.uniform(30, 225) + rng.normal(0, 12, 3)).tolist()
        cv2.polylines(picture, [stroke], False, tone, int(rng.integers(1, 4)), cv2.LINE_AA, 4)
    return np.clip(picture, 0, 255)


def _ground(size: Size, number: int, photos: bool, move, margin: float = 0.5, wave=None) -> Layer:
    """``move(s)``, s from 0 to 1 over the clip: shift in widths, degrees, scale."""
    width, height = size
    canvas = (int(width * (1 + 2 * margin)), int(height + 2 * margin * width))

    def matrix(time: float) -> np.ndarray:
        (x, y), angle, scale = move(time)
        return about((width / 2, height / 2), (x * width, y * width), angle, scale, np.array(canvas) / 2)

    return Layer(surface(canvas, number, 1.25 * height, photos), None, matrix, wave)


def _thing(size: Size, number: int, photos: bool, share_wh: tuple[float, float], way) -> Layer:
    canvas = (int(share_wh[0] * size[0]), int(share_wh[1] * size[1]))

    def matrix(time: float) -> np.ndarray:
        (x, y), angle, scale = way(time)
        return about((x * size[0], y * size[1]), (0, 0), angle, scale, np.array(canvas) / 2)

    return Layer(surface(canvas, number, 1.1 * canvas[1], photos), blob(canvas, 50 + number), matrix)


def handheld(size: Size, frames: int, photos: bool) -> Clip:
    def move(t):
        s = t / (frames - 1)
        shake = (0.012 * math.sin(t * 0.9) + 0.008 * math.sin(t * 1.7 + 1), 0.01 * math.sin(t * 1.3 + 2))
        return (shake[0] - 0.1 * s, shake[1] + 0.08 * s), 3 * math.sin(t * 0.35), 1 - 0.25 * s

    return Clip("handheld, pulling back", size, frames, [_ground(size, 0, photos, move)])


def breathing(size: Size, frames: int, photos: bool) -> Clip:
    width = size[0]

    def bend(at, t):
        s = math.sin(3 * math.pi * t / (frames - 1))
        away = at - np.array([1.0 * width, 0.8 * width])
        near = np.exp(-((away / (0.2 * width)) ** 2).sum(-1, keepdims=True))
        return 0.18 * s * near * away

    return Clip("a bulge that breathes", size, frames,
                [_ground(size, 1, photos, lambda t: ((0.05 * t / (frames - 1), 0), 0, 1), wave=bend)])  # fmt: skip


def passing(size: Size, frames: int, photos: bool) -> Clip:
    def left(t):
        return (1.25 - 1.6 * t / (frames - 1), 0.35), -6 * math.sin(t / 8), 1.0

    def down(t):
        s = t / (frames - 1)
        return (0.55 + 0.05 * math.sin(5 * s), -0.45 + 2.0 * s), 25 * s, 1 + 0.2 * s

    ground = _ground(size, 2, photos, lambda t: ((-0.06 * t / (frames - 1), 0.02 * math.sin(t / 12)), 0, 1))
    things = [_thing(size, 5, photos, (0.3, 0.6), left), _thing(size, 7, photos, (0.4, 0.35), down)]
    return Clip("two things pass", size, frames, [ground, *things])


def stop_and_go(size: Size, frames: int, photos: bool) -> Clip:
    def move(t):
        s = t / (frames - 1)
        # Two pans with rests between: up to 3 % of the width a frame.
        part = sum(0.5 * (1 + math.tanh((s - middle) * 14)) for middle in (0.3, 0.72))
        return (-0.14 * part + 0.28 * max(0.0, part - 1), 0.03 * math.sin(6 * s)), 0, 1

    return Clip("pans that stop, blurred", size, frames, [_ground(size, 3, photos, move)], blur=0.4)


def flicker(size: Size, frames: int, photos: bool) -> Clip:
    def light(f):
        return 0.85 + 0.18 * math.sin(f * 1.1) - 0.3 * f / frames, 1 + 0.2 * math.cos(f / 9)

    def move(t):
        s = t / (frames - 1)
        return (-0.1 * s, -0.05 * s), 10 * math.sin(2 * s), 1 + 0.2 * s

    return Clip("lamps flicker and dim", size, frames, [_ground(size, 4, photos, move)], light=light)


def roll(size: Size, frames: int, photos: bool) -> Clip:
    def move(t):
        s = t / (frames - 1)
        return (0.04 * math.sin(3 * s), 0), -140 * s, 1 + 0.35 * math.sin(math.pi * s)

    return Clip("roll by -140°", size, frames, [_ground(size, 5, photos, move)])


def wall(size: Size, frames: int, photos: bool) -> Clip:
    """A bare wall, of one colour but for a soft light upon it, covers the right of the picture."""

    def move(t):
        return (-0.14 * t / (frames - 1), 0.03 * math.sin(t / 15)), 0, 1

    ground = _ground(size, 6, photos, move)
    rows, columns = ground.picture.shape[:2]
    begins = int(columns / 2 + 0.12 * size[0])
    x, y = np.arange(columns)[None], np.arange(rows)[:, None]
    bare = (165 + 18 * np.sin(x / (0.4 * size[0])) * np.cos(y / (0.5 * size[0])))[..., None] + np.array([6, 0, -10])
    ground.picture[:, begins:] = bare[:, begins:]

    def smooth(points):
        return ground.inverse(np.asarray(points, float), 0)[:, 0] > begins + 0.08 * size[0]

    return Clip("a bare wall", size, frames, [ground], grain=1.0, smooth=smooth)


def swing(size: Size, frames: int, photos: bool) -> Clip:
    def move(t):
        s = t / (frames - 1)
        away = math.sin(math.pi * min(max((s - 0.15) / 0.55, 0), 1)) ** 2
        return (0.02 * s, -0.5 * away), -3 * s, 1

    return Clip("swings out at the top and back", size, frames, [_ground(size, 8, photos, move, 0.8)], blur=0.25)


def carousel(size: Size, frames: int, photos: bool) -> Clip:
    def way(phase):
        def at(t):
            a = phase + 1.7 * math.pi * t / (frames - 1)
            return (0.5 + 0.27 * math.cos(a), 0.5 + 0.2 * math.sin(a)), 20 * math.sin(a), 1 + 0.15 * math.sin(a)

        return at

    ground = _ground(size, 9, photos, lambda t: ((0.03 * math.sin(t / 20), 0), 0, 1 + 0.05 * t / frames))
    things = [_thing(size, 10 + n, photos, (0.27, 0.5), way(phase)) for n, phase in enumerate((0.3, 2.4, 4.5))]
    return Clip("three things go round", size, frames, [ground, *things])


def low_light(size: Size, frames: int, photos: bool) -> Clip:
    def move(t):
        s = t / (frames - 1)
        return (0.08 * math.sin(3 * s), -0.05 * s), -8 * s, 1 + 0.1 * math.sin(4 * s)

    return Clip("low light, coarse JPEG", size, frames, [_ground(size, 1, photos, move)],
                light=lambda f: (0.55, 1.1), grain=6, jpeg=40)  # fmt: skip


HELD_OUT: dict[str, Callable[[Size, int, bool], Clip]] = {
    "handheld": handheld, "breathing": breathing, "passing": passing, "stop and go": stop_and_go, "flicker": flicker,
    "roll": roll, "wall": wall, "swing": swing, "carousel": carousel, "low light": low_light,
}  # fmt: skip
