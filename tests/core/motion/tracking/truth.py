"""Clips whose motion is known exactly: layers of painted texture, each under a map of its own, laid over each other.

A layer is a picture on a canvas. ``forward(canvas_xy, time)`` says where its points lie in the frame, ``inverse`` the
other way round. Positions are px with the origin at the corner; time is a frame number, fractions between frames.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np

SAMPLES_OF_BLUR = 9
BARE_GREY = 2.0


@dataclass
class Layer:
    picture: np.ndarray  # float32 [h, w, 3] on the canvas
    alpha: np.ndarray | None  # float32 [h, w], None: everywhere
    matrix: Callable[[float], np.ndarray]  # 2x3, canvas to frame
    wave: Callable[[np.ndarray, float], np.ndarray] | None = None  # displacement on the canvas, before the matrix

    def forward(self, canvas_xy: np.ndarray, time: float) -> np.ndarray:
        matrix = self.matrix(time)
        bent = canvas_xy if self.wave is None else canvas_xy + self.wave(canvas_xy, time)
        return bent @ matrix[:, :2].T + matrix[:, 2]

    def inverse(self, frame_xy: np.ndarray, time: float) -> np.ndarray:
        matrix = self.matrix(time)
        bent = (frame_xy - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T
        if self.wave is None:
            return bent
        canvas = bent
        for _ in range(12):
            canvas = bent - self.wave(canvas, time)
        return canvas


@dataclass
class Clip:
    """One sequence: frames are painted as they are asked for, truth is computed."""

    name: str
    size_wh: tuple[int, int]
    frames: int
    layers: list[Layer]
    light: Callable[[int], tuple[float, float]] = lambda frame: (1.0, 1.0)  # gain, gamma
    blur: float = 0.0  # share of the time between frames that the shutter is open
    grain: float = 0.0
    jpeg: int = 0
    smooth: Callable[[np.ndarray], np.ndarray] | None = field(default=None)
    """bool [N] of points [N, 2] of frame 0: nothing to see around them."""

    def paint(self) -> Iterator[np.ndarray]:
        rng = np.random.default_rng(5)
        for frame in range(self.frames):
            shots = SAMPLES_OF_BLUR if self.blur else 1
            times = frame + self.blur * (np.linspace(-0.5, 0.5, shots) if shots > 1 else np.zeros(1))
            picture = np.mean([self._shot(time) for time in times], axis=0)
            gain, gamma = self.light(frame)
            picture = 255 * (np.clip(picture / 255, 0, 1) ** gamma) * gain
            if self.grain:
                picture = picture + rng.normal(0, self.grain, picture.shape)
            picture = np.clip(picture + 0.5, 0, 255).astype(np.uint8)
            if self.jpeg:
                coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, self.jpeg])[1]
                picture = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR))
            yield picture

    def _shot(self, time: float) -> np.ndarray:
        width, height = self.size_wh
        grid = np.stack(np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5), -1).reshape(-1, 2)
        out = np.zeros((height, width, 3), np.float32)
        for layer in self.layers:
            at = (layer.inverse(grid, time) - 0.5).astype(np.float32).reshape(height, width, 2)
            x, y = at[..., 0].copy(), at[..., 1].copy()
            shown = cv2.remap(layer.picture, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
            if layer.alpha is None:
                out = shown
            else:
                over = cv2.remap(layer.alpha, x, y, cv2.INTER_LINEAR, borderValue=0)[..., None]
                out = over * shown + (1 - over) * out
        return out

    def points(self, spacing_px: float) -> np.ndarray:
        """float32 [N, 2]: a shaken grid over frame 0, nearer to no silhouette than 3 px."""
        width, height = self.size_wh
        rng = np.random.default_rng(3)
        x = np.arange(spacing_px / 2, width, spacing_px)
        y = np.arange(spacing_px / 2, height, spacing_px)
        at = np.stack(np.meshgrid(x, y), -1).reshape(-1, 2)
        at = at + rng.uniform(-0.3, 0.3, at.shape) * spacing_px
        ring = [np.array([np.cos(a), np.sin(a)]) * 3 for a in np.linspace(0, 2 * np.pi, 8, endpoint=False)]
        owner = self._owner(at, 0)
        clear = np.all([self._owner(at + step, 0) == owner for step in ring], axis=0)
        return at[clear].astype(np.float32)

    def bare(self, point_xy: np.ndarray, side_px: int = 21) -> np.ndarray:
        """bool [N] of points of frame 0: nothing around them that could be seen again, whatever the tracker thinks.

        Without grain and JPEG, the grey levels of the square around differ from a plane by less than 2 in the mean
        square, or by less than half of the grain.
        """
        gain, gamma = self.light(0)
        picture = 255 * (np.clip(self._shot(0.0) / 255, 0, 1) ** gamma) * gain
        grey = cv2.cvtColor(np.clip(picture, 0, 255).astype(np.float32), cv2.COLOR_RGB2GRAY)
        half = side_px // 2
        grey = cv2.copyMakeBorder(grey, half, half, half, half, cv2.BORDER_REFLECT_101)
        steps = np.linspace(-1, 1, side_px)
        x, y = (plane.reshape(-1) for plane in np.meshgrid(steps, steps))
        plane = np.linalg.qr(np.stack([x, y, np.ones_like(x)], 1))[0]
        around = [grey[int(y) : int(y) + side_px, int(x) : int(x) + side_px].reshape(-1) for x, y in point_xy]
        left = [values - plane @ (plane.T @ values) for values in around]
        return np.std(left, axis=1) < max(BARE_GREY, 0.5 * self.grain)

    def _owner(self, frame_xy: np.ndarray, time: float) -> np.ndarray:
        """int [N]: the number of the layer in front."""
        owner = np.zeros(len(frame_xy), int)
        for number, layer in enumerate(self.layers[1:], start=1):
            owner[_covers(layer, frame_xy, time)] = number
        return owner

    def truth(self, point_xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """float64 [T, N, 2] px and bool [T, N] of points of frame 0: inside the picture, with nothing in front."""
        points = np.asarray(point_xy, float)
        owner, xy = self._owner(points, 0), np.zeros((self.frames, len(points), 2))
        visible = np.zeros(xy.shape[:2], bool)
        for number, layer in enumerate(self.layers):
            mine = owner == number
            canvas = layer.inverse(points[mine], 0)
            for frame in range(self.frames):
                xy[frame, mine] = layer.forward(canvas, frame)
        for frame in range(self.frames):
            inside = ((xy[frame] >= 0) & (xy[frame] < self.size_wh)).all(1)
            visible[frame] = inside & (self._owner(xy[frame], frame) == owner)
        return xy, visible


def _covers(layer: Layer, frame_xy: np.ndarray, time: float) -> np.ndarray:
    assert layer.alpha is not None
    at = (layer.inverse(frame_xy, time) - 0.5).astype(np.float32)[None]
    return cv2.remap(layer.alpha, at[..., 0].copy(), at[..., 1].copy(), cv2.INTER_LINEAR, borderValue=0)[0] > 0.5


def painted(size_wh: tuple[int, int], seed: int) -> np.ndarray:
    """float32 [h, w, 3]: leaves of one colour over each other and grain, rich in some places and faint in others.

    Photographs are so: a wall beside a bush. In the faint places a tracker has little to hold on to, but something.
    """
    rng = np.random.default_rng(seed)
    width, height = size_wh
    picture = np.full((height, width, 3), 120, np.float32)
    count = int(width * height / 900)
    for size in np.sort(rng.pareto(1.5, count) * 6 + 5)[::-1]:
        size = min(size, width / 7)
        corners = rng.integers(3, 7)
        angles = np.sort(rng.uniform(0, 2 * np.pi, corners))
        at = rng.uniform((-10, -10), (width + 10, height + 10))
        shape = at + size * np.stack([np.cos(angles), np.sin(angles)], -1) * rng.uniform(0.6, 1.2, (corners, 1))
        tone = rng.uniform(40, 215) + rng.normal(0, 18, 3)
        cv2.fillPoly(picture, [np.round(shape * 16).astype(np.int32)], tone.tolist(), cv2.LINE_AA, 4)
    soft = cv2.GaussianBlur(picture, (0, 0), 9.0)
    rich = _noise(rng, size_wh, 32.0)[..., None]
    rich = 0.12 + 0.88 / (1 + np.exp(-3 * (rich - 0.1)))
    picture = 128 + 0.6 * (soft - 128) * (0.4 + rich) + rich * (picture - soft)
    for sigma, weight in ((1.0, 2.0), (4.0, 3.0), (25.0, 14.0)):
        picture += weight * _noise(rng, size_wh, sigma)[..., None]
    return np.clip(picture, 0, 255).astype(np.float32)


def _noise(rng, size_wh: tuple[int, int], sigma_px: float) -> np.ndarray:
    """float32 [h, w] of spread 1."""
    noise = cv2.GaussianBlur(rng.standard_normal(size_wh[::-1]).astype(np.float32), (0, 0), sigma_px)
    return noise / noise.std()


def blob(size_wh: tuple[int, int], seed: int) -> np.ndarray:
    """float32 [h, w]: a rounded, uneven shape that fills most of its canvas."""
    rng = np.random.default_rng(seed)
    angles = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    radius = np.full(60, 0.42)
    for k in range(2, 6):
        radius += rng.uniform(-0.03, 0.03) * np.cos(k * angles + rng.uniform(0, 6))
    shape = np.array(size_wh) * (0.5 + np.stack([np.cos(angles), np.sin(angles)], -1) * radius[:, None])
    alpha = np.zeros(size_wh[::-1], np.float32)
    cv2.fillPoly(alpha, [np.round(shape * 16).astype(np.int32)], 1.0, cv2.LINE_AA, 4)
    return alpha


def about(centre_xy, shift_xy=(0.0, 0.0), angle_deg=0.0, scale=1.0, canvas_centre_xy=None) -> np.ndarray:
    """2x3: turned and scaled about ``canvas_centre_xy``, which comes to lie at ``centre_xy`` + ``shift_xy``."""
    a, pivot = np.deg2rad(angle_deg), np.asarray(centre_xy if canvas_centre_xy is None else canvas_centre_xy, float)
    linear = scale * np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    return np.column_stack([linear, np.asarray(centre_xy) + np.asarray(shift_xy) - linear @ pivot])
