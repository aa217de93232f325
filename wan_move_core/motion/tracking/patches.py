"""Patches of the first frame, laid over a later frame by a map of their own, matched and compared.

Positions here are OpenCV's: the middle of the first pixel is (0, 0). Sources: the alignment is the inverse
compositional one of Baker and Matthews 2004 for a shift, with gain and offset taken out of both patches.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

MOST_ROWS = 32000
"""OpenCV remaps pictures of less than 2**15 rows."""
SIDE_PX = 15
LEAST_SMEAR_PX, SHOTS = 1.0, 7
"""A shorter smear is not seen; a longer one is the mean of so many patches along it."""
AT_ONCE = 256
"""Patches worked on together, so that what is made of them stays in the processor's cache."""
_HALF = SIDE_PX // 2


def _offsets(half: int) -> np.ndarray:
    """float32 [2, P]: x and y of the pixels of a square patch, row by row."""
    steps = np.arange(-half, half + 1, dtype=np.float32)
    return np.stack([plane.reshape(-1) for plane in np.meshgrid(steps, steps)])


def _bell(spread_px: float) -> np.ndarray:
    """float32 [P] of sum 1."""
    x, y = _offsets(_HALF)
    weight = np.exp(-(x**2 + y**2) / (2 * spread_px**2)).astype(np.float32)
    return weight / weight.sum()


_INNER, _OUTER = _offsets(_HALF), _offsets(_HALF + 1)
"""The outer one has a pixel more on each side, for gradients."""
_WEIGHT, _TIGHT = _bell(4.5), _bell(3.0)


def pyramid(grey: np.ndarray, levels: int) -> list[np.ndarray]:
    """float32 pictures, each half as large as the one before; the first is softened a little against noise."""
    import cv2

    picture = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 0.8)
    found = [picture]
    for _ in range(levels - 1):
        found.append(cv2.pyrDown(found[-1]))
    return found


def at_level(point_xy: np.ndarray, level: int) -> np.ndarray:
    """The same place in a picture halved ``level`` times (pyrDown keeps the middle of the first pixel)."""
    return point_xy / np.float32(2**level)


def sample(picture: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """float32 [M, P]: the picture between its pixels at ``x``, ``y`` [M, P]; beyond its border, its border."""
    import cv2

    x, y = (np.ascontiguousarray(axis, np.float32) for axis in (x, y))
    cut = [
        cv2.remap(
            picture, x[i : i + MOST_ROWS], y[i : i + MOST_ROWS], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        for i in range(0, len(x), MOST_ROWS)
    ]
    return cut[0] if len(cut) == 1 else np.concatenate(cut) if cut else np.zeros(x.shape, np.float32)


def in_parts(count: int, at_once: int = AT_ONCE) -> Iterator[slice]:
    """Of ``count`` patches, so many at once."""
    return (slice(start, start + at_once) for start in range(0, count, at_once))


def is_inside(centre_xy: np.ndarray, size_wh: tuple[int, int]) -> np.ndarray:
    """bool [N]: in OpenCV's count the picture reaches from -0.5 to W - 0.5."""
    low, high = centre_xy >= -0.5, centre_xy < np.array(size_wh) - 0.5
    return np.asarray((low & high).all(axis=1))


def unit_patches(picture: np.ndarray, centre_xy: np.ndarray, side_px: int) -> np.ndarray:
    """float32 [N, P]: square patches around the centres, each without its mean and of length 1.

    The product of two of them is their correlation: gain and offset of the light do not count.
    """
    steps = np.arange(side_px, dtype=np.float32) - (side_px - 1) / 2
    x, y = (plane.reshape(-1) for plane in np.meshgrid(steps, steps))
    at = np.asarray(centre_xy, np.float32).reshape(-1, 2)
    # Many patches in one call, a row each: one call per point would take longer than the tracking.
    patch = sample(picture, at[:, :1] + x, at[:, 1:] + y).astype(np.float32)
    patch -= patch.mean(1, keepdims=True)
    return patch / np.maximum(np.linalg.norm(patch, axis=1, keepdims=True), 1e-6)


@dataclass(frozen=True, eq=False)
class Templates:
    """Patches of one picture as they should look elsewhere, ready to be aligned. M patches of P pixels.

    Attributes:
        values: float32 [M, P], weighted mean taken out.
        spread: float32 [M], weighted standard deviation.
        pull: float32 [M, 2, P], gradient with its mean taken out (a plain ramp has none), by the pixels' weights.
        tensor: float32 [M, 2, 2], weighted mean of the gradient's outer products.
    """

    values: np.ndarray
    spread: np.ndarray
    pull: np.ndarray
    tensor: np.ndarray

    @classmethod
    def cut(
        cls, picture: np.ndarray, centre_xy: np.ndarray, linear: np.ndarray, smear_xy: np.ndarray | None = None
    ) -> Templates:
        """Around ``centre_xy`` [M, 2], each seen through ``linear`` [M, 2, 2]: offset u shows centre + linear u.

        ``smear_xy`` [M, 2]: the way, in offsets, that each patch is smeared along, as an open shutter does.
        """
        grid = _seen_through(picture, centre_xy, linear, smear_xy, _OUTER).reshape(-1, SIDE_PX + 2, SIDE_PX + 2)
        count = len(grid)
        values = grid[:, 1:-1, 1:-1].reshape(count, -1)
        slope = np.empty((count, 2, SIDE_PX, SIDE_PX), np.float32)
        np.subtract(grid[:, 1:-1, 2:], grid[:, 1:-1, :-2], out=slope[:, 0])
        np.subtract(grid[:, 2:, 1:-1], grid[:, :-2, 1:-1], out=slope[:, 1])
        slope = slope.reshape(count, 2, -1)
        slope *= np.float32(0.5)
        slope -= (slope @ _WEIGHT)[..., None]
        pull = slope * _WEIGHT
        values = values - (values @ _WEIGHT)[:, None]
        return cls(values, np.sqrt((values * values) @ _WEIGHT), pull, pull @ slope.transpose(0, 2, 1))

    def select(self, which: np.ndarray) -> Templates:
        return Templates(self.values[which], self.spread[which], self.pull[which], self.tensor[which])

    def contrast(self, weaker: bool = False) -> np.ndarray:
        """float32 [M]: grey levels per px in the direction of the stronger change; near 0 where there is no texture.

        ``weaker``: in the other direction; near 0 along an edge too.
        """
        trace = self.tensor[:, 0, 0] + self.tensor[:, 1, 1]
        apart = np.hypot(self.tensor[:, 0, 0] - self.tensor[:, 1, 1], 2 * self.tensor[:, 0, 1])
        return np.sqrt(np.maximum((trace - apart if weaker else trace + apart) / 2, 0))

    def align(self, picture: np.ndarray, guess_xy: np.ndarray, rounds: int, most_px: float) -> np.ndarray:
        """[M, 2]: where the patches lie in ``picture``, at most ``most_px`` from the guess.

        What the patch does not tell, along an edge, stays as guessed.
        """
        at = guess_xy.astype(np.float32).copy()
        # Grey levels of noise per px: damps the direction that only noise speaks for.
        back = np.linalg.inv(self.tensor + np.float32(0.5) * np.eye(2, dtype=np.float32))
        going, values, spread, pull = np.arange(len(at)), self.values, self.spread, self.pull
        for _ in range(rounds):
            if not len(going):
                break
            here = at[going]
            off = sample(picture, here[:, :1] + _INNER[0], here[:, 1:] + _INNER[1])
            off -= (off @ _WEIGHT)[:, None]
            there = np.sqrt((off * off) @ _WEIGHT)
            rows, shows = _at_the_border(picture, here)
            shown = off[rows]
            off *= np.clip(spread / np.maximum(there, 1e-3), 0.2, 5)[:, None]
            off -= values
            if len(rows):
                part = shows * _WEIGHT / (shows @ _WEIGHT)[:, None]
                shown, mine = _centred(shown, part), _centred(values[rows], part)
                gain = np.sqrt(_mean(mine**2, part) / np.maximum(_mean(shown**2, part), 1e-6))
                off[rows] = shows * (shown * np.clip(gain, 0.2, 5)[:, None] - mine)
            push = np.einsum("mkp,mp->mk", pull, off)
            step = np.einsum("mkl,ml->mk", back[going], push)
            length = np.hypot(step[:, 0], step[:, 1])
            step *= np.minimum(1, 2.0 / np.maximum(length, 1e-6))[:, None]
            away = here - step - guess_xy[going]
            far = np.hypot(away[:, 0], away[:, 1])
            at[going] = guess_xy[going] + away * np.minimum(1, most_px / np.maximum(far, 1e-6))[:, None]
            moved = length > 0.02
            if not moved.all():
                going, values, spread, pull = going[moved], values[moved], spread[moved], pull[moved]
        return at

    def likeness(self, picture: np.ndarray, at_xy: np.ndarray) -> np.ndarray:
        """float32 [M], -1 to 1: correlation with the picture there; the middle of the patch counts most."""
        return _likeness(self.values, picture, at_xy)


def looks(
    first: np.ndarray, centre_xy: np.ndarray, linear: np.ndarray, picture: np.ndarray, at_xy: np.ndarray
) -> np.ndarray:
    """float32 [M]: :meth:`Templates.likeness` of patches of ``first`` that need not be aligned."""
    return _likeness(_seen_through(first, centre_xy, linear, None, _INNER), picture, at_xy)


def _likeness(values: np.ndarray, picture: np.ndarray, at_xy: np.ndarray) -> np.ndarray:
    shown = sample(picture, at_xy[:, :1] + _INNER[0], at_xy[:, 1:] + _INNER[1])
    mine = values - (values @ _TIGHT)[:, None]
    shown -= (shown @ _TIGHT)[:, None]
    power, both = np.sqrt(((mine * mine) @ _TIGHT) * ((shown * shown) @ _TIGHT)), (mine * shown) @ _TIGHT
    rows, shows = _at_the_border(picture, at_xy)
    if len(rows):
        part = shows * _TIGHT / (shows @ _TIGHT)[:, None]
        mine, shown = _centred(mine[rows], part), _centred(shown[rows], part)
        power[rows], both[rows] = np.sqrt(_mean(mine**2, part) * _mean(shown**2, part)), _mean(mine * shown, part)
    return np.asarray(both / np.maximum(power, 0.3))


def _seen_through(
    picture: np.ndarray, centre_xy: np.ndarray, linear: np.ndarray, smear_xy: np.ndarray | None, offsets: np.ndarray
) -> np.ndarray:
    """float32 [M, P]: the picture at centre + linear u for every offset u [2, P], smeared where that is asked."""
    x, y = (linear[:, axis] @ offsets + centre_xy[:, axis, None] for axis in (0, 1))
    values = sample(picture, x, y)
    some = np.zeros(0, int) if smear_xy is None else np.flatnonzero(np.abs(smear_xy).max(1) > LEAST_SMEAR_PX)
    if smear_xy is not None and len(some):
        way = np.einsum("mkl,ml->mk", linear[some], smear_xy[some])
        parts = np.linspace(-0.5, 0.5, SHOTS, dtype=np.float32)
        shots = [sample(picture, x[some] + part * way[:, :1], y[some] + part * way[:, 1:]) for part in parts]
        values[some] = np.mean(shots, axis=0)
    return values


def _at_the_border(picture: np.ndarray, at_xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows whose patch reaches beyond the picture while its middle does not, and [R, P]: 1 within, 0 beyond."""
    right, bottom = picture.shape[1] - 1, picture.shape[0] - 1
    x, y = at_xy[:, 0], at_xy[:, 1]
    reaches = (x < _HALF) | (x > right - _HALF) | (y < _HALF) | (y > bottom - _HALF)
    rows = np.flatnonzero(reaches & (x > -1) & (x < right + 1) & (y > -1) & (y < bottom + 1))
    if not len(rows):
        return rows, np.zeros((0, SIDE_PX**2), np.float32)
    x, y = x[rows, None] + _INNER[0], y[rows, None] + _INNER[1]
    return rows, ((x >= -0.5) & (x <= right + 0.5) & (y >= -0.5) & (y <= bottom + 0.5)).astype(np.float32)


def _mean(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return np.einsum("mp,mp->m", values, weight)


def _centred(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return values - _mean(values, weight)[:, None]
