"""Scenes whose truth is exact: things cut from one picture travel over another, or a camera moves through depth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import cv2
import numpy as np

from wan_move_core.tracks import Tracks

W, H = SIZE_WH = (832, 480)
FRAMES = 81
SHOWN = (20, 40, 60, 80)
CLOSE, APART = 40.0, 60.0
"""Distances of colours (RGB, after a little blur): one place shows another's colour; two can be told apart."""


def textured(seed: int, dark: tuple[int, int, int], light: tuple[int, int, int], lines: bool = True) -> np.ndarray:
    """uint8 [H, W, 3]: like a photograph: noise of many sizes between two colours, a few straight edges, grain."""
    rng = np.random.default_rng(seed)
    tone = np.zeros((H, W), np.float32)
    for size in (2, 5, 14, 40, 110):
        noise = cv2.GaussianBlur(rng.standard_normal((H, W)).astype(np.float32), (0, 0), size)
        tone += noise / noise.std() * size**0.35
    tone = (tone - tone.min()) / np.ptp(tone)
    a, b = np.asarray(dark, np.float32), np.asarray(light, np.float32)
    picture = a + (b - a) * tone[..., None]
    if lines:
        for _ in range(5):
            y0, y1 = rng.integers(0, H, 2)
            cv2.line(
                picture, (0, int(y0)), (W, int(y1)), tuple(float(v) for v in (a + b) * 0.3), int(rng.integers(2, 7))
            )
    return np.clip(picture + rng.normal(0, 4, (H, W, 1)), 0, 255).astype(np.uint8)


def blob(centre: tuple[float, float], radius_xy: tuple[float, float], seed: int) -> np.ndarray:
    """bool [H, W]: a smooth, irregular shape."""
    rng = np.random.default_rng(seed)
    angle = np.linspace(0, 2 * np.pi, 180)
    wave = 1 + sum(rng.uniform(-0.1, 0.1) * np.cos(k * angle + rng.uniform(0, 6)) for k in (2, 3, 5))
    outline = np.stack(
        [centre[0] + radius_xy[0] * wave * np.cos(angle), centre[1] + radius_xy[1] * wave * np.sin(angle)], -1
    )
    mask = np.zeros((H, W), np.uint8)
    cv2.fillPoly(mask, [np.rint(outline).astype(np.int32)], 1)
    return mask > 0


@dataclass
class Thing:
    """``mask`` bool [H, W] at frame 0; ``points`` [N, 2] px on it; ``move`` maps 0-1 to a matrix [2, 3]."""

    mask: np.ndarray
    points: np.ndarray
    move: Callable[[float], np.ndarray]
    texture: np.ndarray


def travel(way: tuple[float, float], degrees: float = 0, about: tuple[float, float] = (0, 0), scale: float = 1):
    def move(t: float) -> np.ndarray:
        matrix = cv2.getRotationMatrix2D(about, -degrees * t, 1 + (scale - 1) * t)
        matrix[:, 2] += np.asarray(way) * t
        return matrix

    return move


@dataclass
class Scene:
    name: str
    ground: np.ndarray
    things: list[Thing]
    still: np.ndarray = field(
        default_factory=lambda: np.array([(12, 12), (820, 12), (12, 468), (820, 468), (416, 8)], float)
    )

    def truth(self, frame: int) -> tuple[np.ndarray, np.ndarray]:
        """The picture of a frame, and int [H, W] which thing is seen where (-1: the ground)."""
        picture, owner = self.ground.copy(), np.full((H, W), -1)
        for k, thing in enumerate(self.things):
            matrix = thing.move(frame / (FRAMES - 1))
            alpha = cv2.warpAffine(cv2.GaussianBlur(thing.mask.astype(np.float32), (0, 0), 0.7), matrix, SIZE_WH)
            layer = cv2.warpAffine(thing.texture, matrix, SIZE_WH, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
            picture = (picture * (1 - alpha[..., None]) + layer * alpha[..., None] + 0.5).astype(np.uint8)
            owner[alpha > 0.5] = k
        return picture, owner

    def tracks(self) -> Tracks:
        paths = []
        for thing in self.things:
            matrices = np.stack([thing.move(f / (FRAMES - 1)) for f in range(FRAMES)])
            paths.append(np.einsum("tij,nj->tni", matrices[:, :, :2], thing.points) + matrices[:, None, :, 2])
        still = np.repeat(self.still[None], FRAMES, 0)
        xy = np.concatenate([still, *paths], 1)
        seen = ((xy >= 0) & (xy < SIZE_WH)).all(-1)
        return Tracks.make(xy.astype(np.float32), seen, size_wh=SIZE_WH)


@dataclass(frozen=True)
class Figures:
    """``own``: share of a thing's true place that shows it, per thing and frame; ``left``: what should be gone."""

    own: np.ndarray
    left: np.ndarray

    def __str__(self) -> str:
        return f"own {self.own.mean():.3f} (worst thing {self.own.min():.3f}), still there {self.left.max():.3f}"


def distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    soft = [cv2.GaussianBlur(v, (0, 0), 1.5).astype(np.float32) for v in (a, b)]
    return np.linalg.norm(soft[0] - soft[1], axis=-1)


def measured(scene: Scene, frames: dict[int, np.ndarray]) -> Figures:
    first, was = scene.truth(0)
    own, left = [], []
    for number, drawn in frames.items():
        truth, owner = scene.truth(number)
        off = distance(drawn, truth)
        for k in range(len(scene.things)):
            place = owner == k
            if place.sum() > 400:
                own.append(float((off[place] <= CLOSE).mean()))
        # Where a thing was and the ground is now, and the two can be told apart.
        gone = (was >= 0) & (owner < 0) & (distance(first, truth) > APART)
        if gone.sum() > 400:
            left.append(float((distance(drawn, first)[gone] < CLOSE / 2).mean()))
    return Figures(np.array(own), np.array(left or [0.0]))


def sprite_scenes(ground: np.ndarray, lent: list[np.ndarray]) -> list[Scene]:
    """The five jobs; ``lent``: pictures the things are cut from, one after the other."""

    def thing(centre, radius_xy, points, way, degrees=0.0, n=0, scale=1.0):
        at = np.asarray(centre, float) + np.asarray(points, float) * radius_xy
        move = travel(way, degrees, centre, scale)
        return Thing(blob(centre, radius_xy, n), at, move, lent[n % len(lent)])

    four = [(0, -0.7), (-0.35, 0.0), (0.35, 0.05), (0, 0.7)]
    five = [(-0.7, 0.1), (0.7, 0.1), (0, -0.6), (0.1, 0.6), (0, 0)]
    spread = [(-0.8, 0.1), (0.8, 0.1), (-0.05, -0.75), (0.05, 0.75)]
    return [
        Scene(
            "crossing",
            ground,
            [thing((190, 230), (60, 120), four, (440, 10)), thing((640, 240), (62, 125), four, (-430, -12), n=1)],
        ),
        Scene("leaving", ground, [thing((560, 250), (120, 80), five, (420, 30))]),
        Scene("turning", ground, [thing((400, 240), (130, 80), five, (60, -20), 70)]),
        Scene("250 px apart", ground, [thing((330, 260), (190, 130), spread, (150, -40), 12)]),
        Scene(
            "three at once",
            ground,
            [
                thing((160, 130), (80, 60), five, (330, 60)),
                thing((640, 150), (70, 80), five, (-120, 160), 30, n=1),
                thing((300, 370), (85, 55), five, (260, -110), -25, n=2),
            ],
        ),
    ]


def varied_scenes(ground: np.ndarray, lent: list[np.ndarray], seed: int) -> list[Scene]:
    """Six jobs whose shapes, points and ways are drawn from ``seed``: one to three things, ``lent`` in turn."""
    rng = np.random.default_rng(seed)
    places = [(200, 130), (620, 150), (220, 350), (600, 350), (410, 240)]
    found = []
    for job, count in enumerate((1, 1, 1, 2, 2, 3)):
        things = []
        for k, place in enumerate(rng.permutation(len(places))[:count]):
            room = 1.0 if count > 1 else 1.5
            radius_xy = rng.uniform(50, 105, 2) * room
            centre = np.asarray(places[place] if count > 1 else places[-1], float) + rng.uniform(-25, 25, 2)
            turn = rng.uniform(0, 2 * np.pi) + np.arange(rng.integers(3, 7)) * 2.4
            reach = rng.uniform(0.15, 0.85, len(turn))
            points = np.stack([np.cos(turn), np.sin(turn)], -1) * reach[:, None]
            angle = rng.uniform(0, 2 * np.pi)
            way = rng.uniform(120, 380) * np.array([np.cos(angle), 0.6 * np.sin(angle)])
            move = travel(tuple(way), rng.uniform(-45, 45), tuple(centre), rng.uniform(0.8, 1.25))
            mask = blob(tuple(centre), tuple(radius_xy), int(rng.integers(1 << 30)))
            things.append(Thing(mask, centre + points * radius_xy, move, lent[(job + k) % len(lent)]))
        for k, thing in enumerate(things):
            thing.mask &= ~np.logical_or.reduce([np.zeros((H, W), bool), *(t.mask for t in things[:k])])
            on = thing.mask[thing.points[:, 1].astype(int), thing.points[:, 0].astype(int)]
            thing.points = thing.points[on]
        found.append(Scene(f"{count} by chance, {job + 1}", ground, things))
    return found


def own_scenes() -> list[Scene]:
    """The jobs on pictures made here."""
    lent = [
        textured(2, (120, 20, 20), (250, 150, 90)),
        textured(3, (20, 30, 120), (110, 200, 250)),
        textured(4, (120, 100, 10), (255, 245, 160)),
    ]
    return sprite_scenes(textured(1, (20, 60, 30), (130, 160, 120)), lent)


@dataclass
class DepthScene:
    """A camera through ``depth`` [H, W]; ``step`` maps 0-1 to (right, forward) in the depth's units."""

    name: str
    picture: np.ndarray
    depth: np.ndarray
    right: float
    forward: float
    spacing_px: int = 52

    def _moved(self, xy: np.ndarray, t: float) -> tuple[np.ndarray, np.ndarray]:
        z = self.depth[xy[:, 1].astype(int), xy[:, 0].astype(int)]
        now = z - self.forward * t
        centre, focal = np.array([W / 2, H / 2]), W * 0.9
        on_plane = (xy - centre) * z[:, None] / focal - np.array([self.right * t, 0.0])
        return centre + on_plane * focal / now[:, None], now

    def tracks(self) -> Tracks:
        x, y = np.meshgrid(np.arange(20, W, self.spacing_px), np.arange(20, H, self.spacing_px))
        start = np.stack([x, y], -1).reshape(-1, 2) + 0.5
        xy = np.stack([self._moved(start, f / (FRAMES - 1))[0] for f in range(FRAMES)])
        return Tracks.make(xy.astype(np.float32), ((xy >= 0) & (xy < SIZE_WH)).all(-1), size_wh=SIZE_WH)

    def shows_its_own(self, frames: dict[int, np.ndarray]) -> float:
        """Share of the tracked points, inside and with nothing nearer before them, that show their own colour."""
        tracks = self.tracks()
        start = tracks.xy[0].numpy().astype(float)
        y, x = np.mgrid[1:H:3, 1:W:3]
        every = np.stack([x, y], -1).reshape(-1, 2) + 0.5
        soft = cv2.GaussianBlur(self.picture, (0, 0), 1.5).astype(np.float32)
        hits = []
        for number, drawn in frames.items():
            t = number / (FRAMES - 1)
            at, z = self._moved(start, t)
            all_at, all_z = self._moved(every, t)
            inside = ((at >= 4) & (at < np.array(SIZE_WH) - 4)).all(1)
            now = cv2.GaussianBlur(drawn, (0, 0), 1.5).astype(np.float32)
            for n in np.flatnonzero(inside):
                near = np.abs(all_at - at[n]).max(1) < 4
                if (all_z[near] < 0.85 * z[n]).any():
                    continue
                (sx, sy), (px, py) = start[n].astype(int), at[n].astype(int)
                patch = now[max(0, py - 1) : py + 2, max(0, px - 1) : px + 2].reshape(-1, 3)
                hits.append(float(np.linalg.norm(patch - soft[sy, sx], axis=1).min()) <= CLOSE)
        return float(np.mean(hits))


def own_depth_scenes() -> list[DepthScene]:
    y = np.arange(H)[:, None].repeat(W, 1)
    depth = 10.0 - 6.0 * y / H
    for left, right, z in ((180, 300, 3.0), (540, 640, 2.6)):
        depth[:, left:right] = np.minimum(depth[:, left:right], z)
    picture = textured(7, (30, 30, 60), (230, 210, 190))
    front = textured(8, (90, 20, 20), (250, 170, 120))
    near = (depth < 3.2)[..., None]
    picture = np.where(near, front, picture)
    return [
        DepthScene("dolly through depth", picture, depth, 0.0, 1.2),
        DepthScene("truck past pillars", picture, depth, 0.45, 0.0),
    ]


def drawn_frames(draft) -> dict[int, np.ndarray]:
    return {f: draft.frame(f) for f in SHOWN}
