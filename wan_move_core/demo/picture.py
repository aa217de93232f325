"""Paints the demo's picture: a bay at dusk with a sailing boat, a balloon and a lighthouse.

``python -m wan_move_core.demo.picture`` repaints ``assets/dusk.jpg`` and writes its motion document;
nothing comes from any other picture. Everything is painted at twice the size and reduced, which smooths every edge.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

SIZE_WH = (832, 480)
FINE = 2
HORIZON = 268
BALLOON = ((212.0, 118.0), 46.0)
"""The near balloon's centre and radius, px."""
ASSETS = Path(__file__).parent / "assets"
PICTURE, DOCUMENT = "dusk.jpg", "dusk_motion.json"


def paint(seed: int = 7) -> np.ndarray:
    """uint8 [480, 832, 3] RGB."""
    import cv2

    rng = np.random.default_rng(seed)
    w, h = SIZE_WH[0] * FINE, SIZE_WH[1] * FINE
    picture = _sky(w, h, rng)
    picture = _hills(picture, rng)
    picture = _sea(picture, rng)
    _lighthouse(picture, rng)
    _balloon(picture, *BALLOON, ((196, 66, 58), (246, 226, 190), (226, 146, 62), (246, 226, 190)))
    _balloon(picture, (560, 82), 15, ((24, 110, 124), (250, 232, 196), (244, 178, 74), (250, 232, 196)))
    _boat(picture)
    _rocks(picture, rng)
    small = cv2.resize(picture, SIZE_WH, interpolation=cv2.INTER_AREA)
    grain = rng.normal(0, 0.006, small.shape[:2])[..., None]
    return (np.clip(small + grain, 0, 1) * 255 + 0.5).astype(np.uint8)


def _noise(
    size_wh: tuple[int, int], cell_wh: tuple[float, float], rng: np.random.Generator, octaves: int = 4
) -> np.ndarray:
    """float32 [h, w], about -1 to 1: layers of smooth noise, each half the size and strength of the one before."""
    import cv2

    w, h = size_wh
    total = np.zeros((h, w), np.float32)
    for octave in range(octaves):
        columns = max(2, int(w / cell_wh[0] * 2**octave) + 2)
        rows = max(2, int(h / cell_wh[1] * 2**octave) + 2)
        coarse = rng.normal(size=(min(rows, h), min(columns, w))).astype(np.float32)
        total += cv2.resize(coarse, (w, h), interpolation=cv2.INTER_CUBIC) * 0.5**octave
    return total / 1.9


def _gradient(at: np.ndarray, stops: tuple[tuple[float, tuple[int, int, int]], ...]) -> np.ndarray:
    places = [place for place, _ in stops]
    colours = np.asarray([colour for _, colour in stops], np.float32) / 255
    return np.stack([np.interp(at, places, colours[:, c]) for c in range(3)], -1).astype(np.float32)


SUN_XY = (418, 246)


def _sky(w: int, h: int, rng: np.random.Generator) -> np.ndarray:
    import cv2

    y, x = np.mgrid[0:h, 0:w].astype(np.float32) / FINE
    stops = (
        (0, (38, 42, 92)),
        (0.35, (92, 72, 132)),
        (0.62, (196, 108, 128)),
        (0.85, (250, 164, 108)),
        (1, (255, 208, 140)),
    )
    sky = _gradient(np.clip(y / HORIZON, 0, 1), stops)
    away = np.hypot(x - SUN_XY[0], (y - SUN_XY[1]) * 1.25)
    glow = np.exp(-away / 110)[..., None] * np.asarray((1.0, 0.72, 0.36), np.float32)
    sky = 1 - (1 - sky) * (1 - 0.55 * glow)
    # Clouds: long streaks, thicker above, their undersides lit.
    streaks = _noise((w, h), (330 * FINE, 34 * FINE), rng, 5)
    cover = np.clip((streaks - 0.12) * 1.5, 0, 1) * np.clip((HORIZON - 12 - y) / 60, 0, 1)
    lit = np.clip(cv2.GaussianBlur(cover, (0, 0), 9) - np.roll(cv2.GaussianBlur(cover, (0, 0), 9), -14, 0), -0.2, 0.5)
    tint = _gradient(np.clip(y / HORIZON, 0, 1), ((0, (96, 78, 128)), (0.5, (228, 130, 132)), (1, (255, 196, 140))))
    sky = sky * (1 - 0.75 * cover[..., None]) + tint * 0.75 * cover[..., None] + 0.35 * np.maximum(lit, 0)[..., None]
    disc = np.clip((25 - np.hypot(x - SUN_XY[0], y - SUN_XY[1])) * FINE, 0, 1)[..., None]
    sky = sky * (1 - disc) + np.asarray((1.0, 0.95, 0.78), np.float32) * disc
    return np.clip(sky, 0, 1)


def _hills(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    h, w = picture.shape[:2]
    x = np.arange(w) / FINE
    y = np.arange(h)[:, None] / FINE
    ridges = (
        (46, 0.010, (168, 100, 128), 0.0),
        (34, 0.017, (120, 74, 116), 1.7),
        (20, 0.026, (74, 54, 96), 3.1),
    )
    for height, pace, colour, phase in ridges:
        rough = _noise((w, 8), (90 * FINE, 8), rng, 5)[4]
        dip = 0.35 + 0.65 * np.clip(np.abs(x - SUN_XY[0]) / 260, 0, 1)
        top = HORIZON - dip * height * (0.75 + 0.35 * np.sin(x * pace + phase) + 0.25 * rough)
        inside = np.clip((y - top[None]) * FINE, 0, 1) * (y < HORIZON)
        shade = np.asarray(colour, np.float32) / 255 * (1 + 0.10 * np.clip((y - top) / 30, 0, 1)[..., None])
        picture = picture * (1 - inside[..., None]) + shade * inside[..., None]
    return picture.astype(np.float32)


def _sea(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    import cv2

    h, w = picture.shape[:2]
    top = HORIZON * FINE
    depth = h - top
    rows = np.arange(depth, dtype=np.float32)[:, None] / FINE
    near = rows / rows.max()
    mirrored = picture[top - 1 - np.minimum((rows[:, 0] * FINE * 1.1).astype(int), top - 1)]
    # Waves grow towards the viewer: noise drawn in perspective, sampled from a plane.
    plane = _noise((1536, 2048), (90, 22), rng, 5)
    far = 1 / (near + 0.055)
    u = (np.arange(w, dtype=np.float32)[None] / FINE - 416) * far * 0.62 + 768
    v = np.broadcast_to(far * 230, u.shape)
    waves = cv2.remap(plane, np.mod(u, 1535).astype(np.float32), np.mod(v, 2047).astype(np.float32), cv2.INTER_LINEAR)
    shift = (waves * (3 + 14 * near) * FINE).astype(np.float32)
    px, py = np.meshgrid(np.arange(w, dtype=np.float32), np.arange(depth, dtype=np.float32))
    water = cv2.remap(
        mirrored, px + shift * 0.3, np.clip(py + shift, 0, depth - 1), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )
    deep = np.asarray((34, 46, 92), np.float32) / 255
    share = (0.22 + 0.55 * near)[..., None]
    water = water * (1 - share) + deep * share
    crest = (
        np.clip(waves - 0.15, 0, 1)[..., None]
        * np.asarray((0.62, 0.40, 0.42), np.float32)
        * (0.35 + 0.4 * near[..., None])
    )
    water = water + crest - 0.10 * np.clip(-waves - 0.1, 0, 1)[..., None]
    path = np.exp(-(((np.arange(w) / FINE - SUN_XY[0])[None] / (16 + 66 * near)) ** 2))
    sparkle = path * np.clip(waves * 1.5 + 0.45 - 0.5 * near, 0, 1)
    water = 1 - (1 - np.clip(water, 0, 1)) * (1 - 0.85 * sparkle[..., None] * np.asarray((1.0, 0.80, 0.50), np.float32))
    haze = np.exp(-rows / 7)[..., None] * 0.35
    water = water * (1 - haze) + np.asarray((255, 190, 140), np.float32) / 255 * haze
    picture[top:] = water
    return np.clip(picture, 0, 1)


def _shape(
    picture: np.ndarray,
    points: object,
    rgb: tuple[int, int, int],
    shade_to: tuple[int, int, int] | None = None,
    alpha: float = 1.0,
) -> None:
    """Fill a polygon given in final pixels; ``shade_to`` is the colour it turns to from left to right. In place."""
    import cv2

    corners = np.rint(np.asarray(points, np.float64) * FINE * 16).astype(np.int32)
    mask = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillPoly(mask, [corners], 255, cv2.LINE_AA, 4)
    x0, x1 = (corners[:, 0].min() // 16, corners[:, 0].max() // 16 + 1)
    part = np.clip((np.arange(picture.shape[1]) - x0) / max(1, x1 - x0), 0, 1)[None, :, None]
    a, b = (np.asarray(c, np.float32) / 255 for c in (rgb, shade_to or rgb))
    cover = mask[..., None].astype(np.float32) * (alpha / 255)
    picture[:] = picture * (1 - cover) + (a * (1 - part) + b * part) * cover


def _line(
    picture: np.ndarray, start: tuple[float, float], end: tuple[float, float], rgb: tuple[int, int, int], width: float
) -> None:
    a, b = np.asarray(start, float), np.asarray(end, float)
    side = (b - a)[::-1] * (1, -1) / max(np.hypot(*(b - a)), 1e-6) * width / 2
    _shape(picture, [a + side, b + side, b - side, a - side], rgb)


def _ellipse(
    centre: tuple[float, float], radius_xy: tuple[float, float], start: float = 0, end: float = 360
) -> np.ndarray:
    turn = np.radians(np.linspace(start, end, 72))
    return np.stack([centre[0] + radius_xy[0] * np.cos(turn), centre[1] + radius_xy[1] * np.sin(turn)], -1)


def _balloon(
    picture: np.ndarray, centre: tuple[float, float], r: float, stripes: tuple[tuple[int, int, int], ...]
) -> None:
    """A hot-air balloon of radius ``r`` px, lit from the sun's side."""
    cx, cy = centre
    y, half = _envelope(cy, r)
    edges = np.linspace(-1, 1, 9)
    for i in range(8):
        left, right = np.sin(edges[i] * np.pi / 2), np.sin(edges[i + 1] * np.pi / 2)
        outline = np.concatenate(
            [np.stack([cx + r * half * left, y], -1), np.stack([cx + r * half * right, y], -1)[::-1]]
        )
        light = 0.62 + 0.5 * (i + 0.5) / 8
        rgb = stripes[i % len(stripes)]
        _shape(picture, outline, tuple(min(255, int(c * light)) for c in rgb))  # type: ignore[arg-type]
    box = _basket(centre, r)
    for side in (-0.12, 0.12):
        _line(
            picture, (cx + side * r * 1.2, cy + 1.42 * r), (cx + side * r, box[0][1]), (70, 48, 46), max(0.8, r * 0.025)
        )
    _shape(picture, box, (92, 58, 42), (140, 90, 56))


def _envelope(cy: float, r: float) -> tuple[np.ndarray, np.ndarray]:
    """Heights y [90] px, and half the width there in ``r``: a circle above, drawn together to the mouth below."""
    turn = np.linspace(0, 1, 90)
    drop = np.clip((turn - 0.45) / 0.55, 0, 1)
    ball = np.sqrt(np.clip(1 - (1 - turn / 0.45) ** 2, 0, 1))
    half = np.where(turn < 0.45, ball, 0.16 + 0.84 * np.clip(np.cos(drop * np.pi / 2), 0, 1) ** 0.8)
    return cy - r + turn * 2.45 * r, half


def _basket(centre: tuple[float, float], r: float) -> list[tuple[float, float]]:
    cx, low = centre[0], centre[1] + 1.86 * r
    sides = ((-0.15, 0.0), (0.15, 0.0), (0.12, 0.24), (-0.12, 0.24))
    return [(cx + x * r, low + y * r) for x, y in sides]


def balloon_outline(centre: tuple[float, float], r: float) -> np.ndarray:
    """float64 [N, 2] px: around the envelope, the ropes and the basket of a balloon."""
    y, half = _envelope(centre[1], r)
    right = np.concatenate([np.stack([centre[0] + r * half, y], -1), _basket(centre, r)[1:3]])
    return np.concatenate([right, (right * (-1, 1) + (2 * centre[0], 0))[::-1]])


def _boat(picture: np.ndarray) -> None:
    """A sailing boat whose waterline is at (262, 366)."""
    x, y = 262.0, 366.0
    for i in range(8):  # a broken reflection, faint: it stays behind when the boat is carried away
        reach = 58 - 3.5 * i
        low = y + 9 + i * 2.4
        _shape(picture, [(x - reach, low), (x + reach, low), (x + reach - 4, low + 1.6)], (58, 42, 66), alpha=0.3)
    main = [(x + 3, y - 128), *_curve((x + 3, y - 128), (x + 44, y - 70), (x + 58, y - 24)), (x + 4, y - 20)]
    jib = [(x - 2, y - 118), *_curve((x - 2, y - 118), (x - 34, y - 60), (x - 54, y - 18)), (x - 3, y - 22)]
    _shape(picture, main, (255, 240, 214), (250, 196, 150))
    _shape(picture, jib, (222, 150, 128), (250, 214, 184))
    for at in (0.35, 0.62):
        height = y - 128 + at * 106
        _line(picture, (x + 4, height + 3), (x + 3 + at * 55, height), (206, 152, 128), 0.9)
    _line(picture, (x, y - 136), (x, y - 10), (74, 46, 40), 2.6)
    _line(picture, (x + 1, y - 17), (x + 60, y - 21), (74, 46, 40), 2.0)
    hull = [
        (x - 66, y - 16),
        *_curve((x - 66, y - 16), (x, y - 5), (x + 62, y - 16)),
        (x + 50, y + 3),
        (x + 30, y + 7),
        (x - 34, y + 7),
        (x - 52, y + 1),
    ]
    _shape(picture, hull, (64, 34, 44), (138, 62, 52))
    _line(picture, (x - 63, y - 12.5), (x + 59, y - 12.5), (240, 206, 160), 1.8)
    _shape(
        picture,
        [(x - 22, y - 15), (x - 18, y - 24), (x + 14, y - 24), (x + 20, y - 13)],
        (232, 214, 190),
        (250, 220, 170),
    )
    for i in range(3):
        _shape(picture, _ellipse((x - 12 + 10 * i, y - 18.5), (2.4, 2.4)), (255, 214, 110))
    _shape(picture, [(x, y - 136), (x + 18, y - 131), (x, y - 126)], (214, 60, 60))


def _curve(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> list[tuple[float, float]]:
    """A parabola from ``a`` to ``c`` drawn towards ``b``."""
    return [
        (
            (1 - t) ** 2 * a[0] + 2 * t * (1 - t) * b[0] + t * t * c[0],
            (1 - t) ** 2 * a[1] + 2 * t * (1 - t) * b[1] + t * t * c[1],
        )
        for t in np.linspace(0, 1, 24)
    ]


def _lighthouse(picture: np.ndarray, rng: np.random.Generator) -> None:
    land_x = np.linspace(610, 832, 60)
    rough = _noise((60, 8), (9, 8), rng, 3)[4]
    land_y = 276 - 40 * np.clip((land_x - 610) / 150, 0, 1) ** 0.8 + 3.5 * rough
    _shape(picture, [*zip(land_x, land_y, strict=True), (832, 296), (700, 292), (600, 279)], (54, 42, 74), (30, 26, 52))
    _shape(picture, [(744, 236), (750, 132), (770, 132), (776, 236)], (236, 214, 200), (150, 110, 128))
    for low, high in ((214, 192), (170, 148)):
        left, right = 744 + (236 - low) * 0.0577, 744 + (236 - high) * 0.0577
        _shape(
            picture,
            [(left, low), (right, high), (1520 - right, high), (1520 - left, low)],
            (206, 72, 66),
            (122, 44, 66),
        )
    _shape(picture, [(745, 132), (745, 127), (775, 127), (775, 132)], (54, 40, 62))
    _shape(picture, [(752, 127), (752, 112), (768, 112), (768, 127)], (255, 232, 150), (255, 206, 110))
    _shape(picture, [(748, 112), (760, 98), (772, 112)], (122, 40, 52))
    h, w = picture.shape[:2]
    y, x = np.mgrid[0:h, 0:w].astype(np.float32) / FINE
    halo = np.exp(-np.hypot(x - 760, y - 119) / 22)[..., None] * np.asarray((1.0, 0.84, 0.46), np.float32)
    picture[:] = 1 - (1 - picture) * (1 - 0.6 * halo)


def _rocks(picture: np.ndarray, rng: np.random.Generator) -> None:
    """A dark shore in front, with grass, at both lower corners."""
    for x0, x1, height in ((-10, 236, 74), (560, 842, 60)):
        x = np.linspace(x0, x1, 80)
        bump = np.sin(np.linspace(0.12, 0.95, 80) * np.pi) ** 0.7
        rough = _noise((80, 8), (10, 8), rng, 4)[4]
        lean = np.linspace(1, 0.25, 80) if x0 < 0 else np.linspace(0.25, 1, 80)
        top = 482 - height * bump * lean - 7 * rough * lean
        for lift, rgb in ((0, (40, 30, 54)), (9, (26, 21, 42)), (22, (17, 14, 32))):
            _shape(picture, [*zip(x, top + lift + 3 * np.roll(rough, lift), strict=True), (x1, 490), (x0, 490)], rgb)
        for _ in range(70):
            at = int(rng.integers(4, 76))
            tall = float(rng.uniform(6, 20)) * float(lean[at])
            tip = (x[at] + float(rng.normal(2, 4)), top[at] - tall)
            _shape(picture, [(x[at] - 1.1, top[at] + 4), tip, (x[at] + 1.1, top[at] + 4)], (24, 20, 40))


def motion() -> dict[str, Any]:
    """The motion document of the picture: boat and balloons travel; what is anchored, nothing passes."""
    rock = [
        {
            "frame": frame,
            "offset": [round(0.40 * frame / 80, 5), round(0.006 * float(np.sin(frame / 80 * 4 * np.pi)), 5)],
            "rotate": round(3.2 * float(np.sin(frame / 80 * 5 * np.pi)), 3),
            "scale": 1,
        }
        for frame in range(0, 81, 5)
    ]
    boat = {
        "id": "boat",
        "type": "region",
        "name": "Boat",
        "polygon": _norm(
            [
                *((259, 228), (282, 233), (267, 243), (284, 266), (304, 298), (319, 336), (325, 347), (313, 370)),
                *((293, 375), (227, 375), (209, 368), (194, 349), (207, 344), (222, 316), (240, 283), (257, 250)),
            ]
        ),
        "density": 0.1,
        "pivot": _norm([(262, 372)])[0],
        "keys": rock,
        "easing": "linear",
        "hidden": [],
    }
    drift = [(0, 0), (70, -34), (150, 2), (226, -40)]
    balloon = [(212, 82), (182, 116), (242, 116), (212, 152), (212, 182), (212, 208)]
    far_drift = [(0, 0), (40, -12), (74, -34)]
    far_balloon = [(560, 74), (560, 90), (560, 108)]
    still = [
        *((760, 118), (757, 160), (760, 205), (690, 270), (780, 270), (640, 280)),
        *((130, 222), (60, 258), (60, 460), (180, 474), (760, 462), (640, 472)),
    ]
    anchors = {"id": "still", "type": "anchors", "name": "Land and lighthouse", "points": _norm(still)}
    paths = [
        *(_path(f"far-{i}", f"Far balloon {i + 1}", "#ffff00", at, far_drift) for i, at in enumerate(far_balloon)),
        *(_path(f"balloon-{i}", f"Balloon {i + 1}", "#ff66cc", at, drift) for i, at in enumerate(balloon)),
    ]
    layers = [{"visible": True, "locked": False, **layer} for layer in (anchors, *paths, boat)]
    return {"version": 1, "size_wh": list(SIZE_WH), "frames": 81, "fps": 16, "fit": "crop", "picture": None} | {
        "layers": layers,
        "camera": None,
    }


def _path(
    name: str, title: str, colour: str, at: tuple[float, float], steps: Sequence[tuple[float, float]]
) -> dict[str, Any]:
    points = [(at[0] + dx, at[1] + dy) for dx, dy in steps]
    timing = {"times": None, "closed": False, "timing": "arc", "speeds": None, "start": 0, "end": 80}
    shape = {"color": colour, "points": _norm(points), "curve": "catmull-rom", "easing": "ease-in-out", "hidden": []}
    return {"id": name, "type": "path", "name": title, "before": "hold", "after": "hold", **timing, **shape}


def _norm(points: Sequence[tuple[float, float]]) -> list[list[float]]:
    return [[round(x / SIZE_WH[0], 5), round(y / SIZE_WH[1], 5)] for x, y in points]


def main() -> None:
    import cv2

    ASSETS.mkdir(exist_ok=True)
    cv2.imwrite(str(ASSETS / PICTURE), paint()[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])
    (ASSETS / DOCUMENT).write_text(json.dumps(motion(), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
