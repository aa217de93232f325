"""Clips whose truth is exact: textured things over backgrounds of every kind, that follow their tracks or do not.

``clip(variant, background, treatment)`` paints 33 frames of 320x192. The tracks ask for the same in every variant: a
*cart* of 64x48 px goes 110 px right and 24 px down, starting and ending gently, with four points on it; in ``against``
a *ball* goes the other way with one point of its own; still points are given with ``still``.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache

import numpy as np

from wan_move_core.tracks import Tracks

W, H, T = 320, 192, 33
CART_XY, CART_WH, CART_WAY = (80.0, 88.0), (64, 48), (110.0, 24.0)
BALL_XY, BALL_RADIUS, BALL_WAY = (250.0, 44.0), 26, (-120.0, 0.0)
BLOCK_XY, BLOCK_WH, BLOCK_WAY = (196.0, 0.0), (124, 72), (-70.0, 0.0)
ON_CART = np.array([(-18.0, -10.0), (16.0, -8.0), (-14.0, 12.0), (18.0, 10.0)])
LATE, ASIDE_PX, SHORT, SWAY_PX, RING_PX, GONE_FROM = 3, 36.0, 0.8, 20.0, 44, 14
VARIANTS = ("exact", "late", "aside", "short", "sway", "against", "dragged", "lost", "loose")
BACKGROUNDS = ("textured", "smooth", "plain")
TREATMENTS = ("clean", "crf35", "noise", "brighter")


@dataclass(frozen=True, eq=False)
class Clip:
    """``frames`` uint8 [T, H, W, 3]; ``tracks`` what was asked for; ``cart`` the numbers of its four tracks."""

    frames: np.ndarray
    tracks: Tracks
    cart: tuple[int, ...] = (0, 1, 2, 3)
    ball: int | None = None


def texture(seed: int, width: int, height: int, contrast: float = 22.0) -> np.ndarray:
    """float32 [height, width, 3]: noise of three sizes."""
    import cv2

    rng = np.random.default_rng(seed)
    made = np.zeros((height, width, 3), np.float32)
    for sigma in (1.8, 5.0, 16.0):
        noise = cv2.GaussianBlur(rng.standard_normal(made.shape).astype(np.float32), (0, 0), sigma)
        made += noise / noise.std()
    return np.clip(128 + contrast * made, 0, 255)


@cache
def backdrop(kind: str) -> np.ndarray:
    """float32 [H + 128, W + 128, 3]. smooth: a sky above a textured ground; plain: one colour."""
    height, width = H + 128, W + 128
    if kind == "textured":
        return texture(1, width, height)
    if kind == "plain":
        return np.full((height, width, 3), (176, 168, 150), np.float32)
    sky = np.linspace(120, 215, height, dtype=np.float32)[:, None, None] + np.array([-20, 0, 24], np.float32)
    made = np.broadcast_to(sky, (height, width, 3)).copy()
    ground = height - 64 - 44
    made[ground:] = texture(4, width, height)[ground:]
    return made


def progress(frame: float | np.ndarray) -> np.ndarray:
    """0 to 1 over the clip, slow at both ends; before and after it holds."""
    part = np.clip(np.asarray(frame, float) / (T - 1), 0, 1)
    return part * part * (3 - 2 * part)


@cache
def clip(variant: str = "exact", background: str = "textured", treatment: str = "clean", still: bool = True) -> Clip:
    """A clip and its tracks.

    Variants: exact; late (by 3 frames); aside (36 px right of where it should be, from frame 4 on); short (80 % of the
    way); sway (the background goes 20 px right and comes back); against (exact, with a ball that goes the other way);
    dragged (44 px around the cart go with it); lost (the cart turns into something else at frame 14); loose (a
    block of 124x72 px at the top right goes left, with no track on it).
    """
    frames = _frames(variant, background, treatment)
    return Clip(frames, asked(variant, still), ball=4 if variant == "against" else None)


@cache
def _frames(variant: str, background: str, treatment: str) -> np.ndarray:
    """uint8 [T, H, W, 3]: the same picture whatever is asked of it, so painted and encoded once."""
    frames = np.stack([_frame(variant, background, frame) for frame in range(T)]).clip(0, 255)
    if treatment == "noise":
        frames = frames + np.random.default_rng(9).normal(0, 6, frames.shape)
    elif treatment == "brighter":
        frames = frames * (1 + 0.2 * np.arange(T) / T)[:, None, None, None]
    made = frames.clip(0, 255).astype(np.uint8)
    return encoded(made, 35) if treatment == "crf35" else made


def asked(variant: str = "exact", still: bool = True) -> Tracks:
    """The cart's four points, the ball's where it has one, and still points in a row at the top and the bottom."""
    part = progress(np.arange(T))[:, None, None]
    xy = [np.asarray(CART_XY) + ON_CART + part * np.asarray(CART_WAY)]
    if variant == "against":
        xy.append(np.asarray(BALL_XY) + part * np.asarray(BALL_WAY))
    if still:
        held = [(x, y) for y in (12.0, 180.0) for x in (20.0, 100.0, 180.0)] + [(30.0, 60.0), (288.0, 150.0)]
        xy.append(np.broadcast_to(np.array(held), (T, len(held), 2)))
    if variant == "dragged":
        xy.append(np.broadcast_to(np.array([(30.0, 96.0), (80.0, 136.0)]), (T, 2, 2)))
    return Tracks.make(np.concatenate(xy, 1), size_wh=(W, H))


def _frame(variant: str, background: str, frame: int) -> np.ndarray:
    part = float(progress(frame))
    sway = SWAY_PX * np.sin(np.pi * frame / (T - 1)) if variant == "sway" else 0.0
    back = _moved(backdrop(background), sway - 64, -64)
    way = np.asarray(CART_WAY) * part
    if variant == "late":
        way = np.asarray(CART_WAY) * float(progress(frame - LATE))
    elif variant == "aside":
        way = way + np.array([ASIDE_PX * min(1.0, frame / 4), 0.0])
    elif variant == "short":
        way = way * SHORT
    if variant == "dragged":
        back = _with_ring(back, background, way)
    if variant == "against":
        _lay_ball(back, np.asarray(BALL_XY) + part * np.asarray(BALL_WAY))
    elif variant == "loose":
        size = np.ones(BLOCK_WH[::-1], np.float32)
        back = _laid(back, size, texture(3, *BLOCK_WH), BLOCK_XY[0] + part * BLOCK_WAY[0], BLOCK_XY[1])
    seed = 2 if variant != "lost" or frame < GONE_FROM else 50 + frame
    x, y = np.asarray(CART_XY) + way - np.asarray(CART_WH) / 2
    return _laid(back, np.ones(CART_WH[::-1], np.float32), _cart(seed), x, y)


@cache
def _cart(seed: int) -> np.ndarray:
    return texture(seed, *CART_WH, contrast=26.0)


def _lay_ball(back: np.ndarray, centre_xy: np.ndarray) -> None:
    import cv2

    side = 2 * BALL_RADIUS
    disc = np.zeros((side, side), np.float32)
    cv2.circle(disc, (BALL_RADIUS, BALL_RADIUS), BALL_RADIUS - 1, 1.0, -1)
    back[:] = _laid(back, disc, texture(3, side, side), *(centre_xy - BALL_RADIUS))


def _with_ring(back: np.ndarray, background: str, way: np.ndarray) -> np.ndarray:
    """The surroundings of the cart's place, as they were, moved by ``way``; something new is where they were."""
    x, y = np.asarray(CART_XY) - np.asarray(CART_WH) / 2 - RING_PX
    w, h = CART_WH[0] + 2 * RING_PX, CART_WH[1] + 2 * RING_PX
    x0, y0 = max(0, int(x)), max(0, int(y))
    piece = _moved(backdrop(background), -64, -64)[y0 : int(y + h), x0 : int(x + w)]
    alpha = np.ones(piece.shape[:2], np.float32)
    if way.any():
        back = _laid(back, alpha, texture(7, piece.shape[1], piece.shape[0]), x0, y0)
    return _laid(back, alpha, piece, x0 + way[0], y0 + way[1])


def _moved(plane: np.ndarray, dx: float, dy: float) -> np.ndarray:
    import cv2

    return cv2.warpAffine(plane, np.array([[1, 0, dx], [0, 1, dy]], float), (W, H), borderMode=cv2.BORDER_REPLICATE)


def _laid(back: np.ndarray, alpha: np.ndarray, piece: np.ndarray, x: float, y: float) -> np.ndarray:
    import cv2

    matrix = np.array([[1, 0, x], [0, 1, y]], float)
    cover = cv2.warpAffine(alpha, matrix, (W, H))[..., None]
    shown = cv2.warpAffine(piece.astype(np.float32), matrix, (W, H), borderMode=cv2.BORDER_REPLICATE)
    return back * (1 - cover) + shown * cover


def encoded(frames: np.ndarray, crf: int) -> np.ndarray:
    """The frames after H.264 at ``crf``."""
    import av

    held = io.BytesIO()
    with av.open(held, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=16)
        stream.width, stream.height, stream.pix_fmt = frames.shape[2], frames.shape[1], "yuv420p"
        stream.options = {"crf": str(crf), "preset": "veryfast"}
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    held.seek(0)
    with av.open(held) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])
