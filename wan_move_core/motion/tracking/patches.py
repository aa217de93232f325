"""Patches of the first frame, laid over a later frame by a map of their own, matched and compared.

Positions here are OpenCV's: the middle of the first pixel is (0, 0). Sources: the alignment is the inverse
compositional one of Baker and Matthews 2004 for a shift, with gain and offset taken out of both patches.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MOST_ROWS = 32000
"""OpenCV remaps pictures of less than 2**15 rows."""
SIDE_PX = 15
LEAST_SMEAR_PX, SHOTS = 1.0, 7
"""A shorter smear is not seen; a longer one is the mean of so many patches along it."""
_HALF = SIDE_PX // 2
_STEPS = np.arange(-_HALF - 1, _HALF + 2, dtype=np.float32)
_OFFSETS = np.stack(np.meshgrid(_STEPS, _STEPS), -1)  # [S+2, S+2, 2]: one more on each side, for gradients
_INNER = np.arange(-_HALF, _HALF + 1)
_WEIGHT = np.exp(-(_INNER[:, None] ** 2 + _INNER[None] ** 2) / (2 * 4.5**2)).astype(np.float32)
_WEIGHT = (_WEIGHT / _WEIGHT.sum()).reshape(-1)
_TIGHT = np.exp(-(_INNER[:, None] ** 2 + _INNER[None] ** 2) / (2 * 3.0**2)).astype(np.float32)
_TIGHT = (_TIGHT / _TIGHT.sum()).reshape(-1)


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


def sample(picture: np.ndarray, at_xy: np.ndarray) -> np.ndarray:
    """float32 [M, P]: the picture between its pixels at [M, P, 2]; beyond its border, its border."""
    import cv2

    x, y = np.ascontiguousarray(at_xy[..., 0], np.float32), np.ascontiguousarray(at_xy[..., 1], np.float32)
    cut = [
        cv2.remap(
            picture, x[i : i + MOST_ROWS], y[i : i + MOST_ROWS], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        for i in range(0, len(x), MOST_ROWS)
    ]
    return np.concatenate(cut) if cut else np.zeros(x.shape, np.float32)


def is_inside(centre_xy: np.ndarray, size_wh: tuple[int, int]) -> np.ndarray:
    """bool [N]: in OpenCV's count the picture reaches from -0.5 to W - 0.5."""
    low, high = centre_xy >= -0.5, centre_xy < np.array(size_wh) - 0.5
    return np.asarray((low & high).all(axis=1))


def unit_patches(picture: np.ndarray, centre_xy: np.ndarray, side_px: int) -> np.ndarray:
    """float32 [N, P]: square patches around the centres, each without its mean and of length 1.

    The product of two of them is their correlation: gain and offset of the light do not count.
    """
    steps = np.arange(side_px, dtype=np.float32) - (side_px - 1) / 2
    offsets = np.stack(np.meshgrid(steps, steps), -1).reshape(-1, 2)
    # All patches in one call, a row each: one call per point would take longer than the tracking.
    patch = sample(picture, np.asarray(centre_xy, np.float32).reshape(-1, 2)[:, None] + offsets).astype(np.float32)
    patch -= patch.mean(1, keepdims=True)
    return patch / np.maximum(np.linalg.norm(patch, axis=1, keepdims=True), 1e-6)


@dataclass(frozen=True, eq=False)
class Templates:
    """Patches of one picture as they should look elsewhere, ready to be aligned. M patches of P pixels.

    Attributes:
        values: float32 [M, P], weighted mean taken out.
        spread: float32 [M], weighted standard deviation.
        slope: float32 [M, P, 2], gradient with its mean taken out: a plain ramp has none.
        tensor: float32 [M, 2, 2], weighted mean of slope's outer products.
    """

    values: np.ndarray
    spread: np.ndarray
    slope: np.ndarray
    tensor: np.ndarray

    @classmethod
    def cut(
        cls, picture: np.ndarray, centre_xy: np.ndarray, linear: np.ndarray, smear_xy: np.ndarray | None = None
    ) -> Templates:
        """Around ``centre_xy`` [M, 2], each seen through ``linear`` [M, 2, 2]: offset u shows centre + linear u.

        ``smear_xy`` [M, 2]: the way, in offsets, that each patch is smeared along, as an open shutter does.
        """
        steps = _OFFSETS.reshape(-1, 2) @ linear.transpose(0, 2, 1) + centre_xy[:, None]
        values = sample(picture, steps)
        if smear_xy is not None:
            some = np.flatnonzero(np.abs(smear_xy).max(1) > LEAST_SMEAR_PX)
            if len(some):
                way = np.einsum("mkl,ml->mk", linear[some], smear_xy[some])[:, None]
                parts = np.linspace(-0.5, 0.5, SHOTS, dtype=np.float32)
                values[some] = np.mean([sample(picture, steps[some] + way * part) for part in parts], axis=0)
        grid = values.reshape(-1, SIDE_PX + 2, SIDE_PX + 2)
        values = grid[:, 1:-1, 1:-1].reshape(len(grid), -1)
        across = (grid[:, 1:-1, 2:] - grid[:, 1:-1, :-2]).reshape(len(grid), -1) / 2
        down = (grid[:, 2:, 1:-1] - grid[:, :-2, 1:-1]).reshape(len(grid), -1) / 2
        slope = np.stack([across, down], -1)
        values = values - (values @ _WEIGHT)[:, None]
        slope = slope - np.einsum("mpk,p->mk", slope, _WEIGHT)[:, None]
        tensor = np.einsum("mpk,mpl,p->mkl", slope, slope, _WEIGHT, optimize=True)
        return cls(values, np.sqrt((values**2) @ _WEIGHT), slope, tensor)

    def select(self, which: np.ndarray) -> Templates:
        return Templates(self.values[which], self.spread[which], self.slope[which], self.tensor[which])

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
        damped = self.tensor + np.float32(0.5) * np.eye(2, dtype=np.float32)
        back = np.linalg.inv(damped)
        inner = _OFFSETS[1:-1, 1:-1].reshape(-1, 2)
        going = np.arange(len(at))
        for _ in range(rounds):
            if not len(going):
                break
            shown = sample(picture, at[going, None] + inner)
            shown -= (shown @ _WEIGHT)[:, None]
            spread = np.sqrt((shown**2) @ _WEIGHT)
            gain = self.spread[going] / np.maximum(spread, 1e-3)
            off = shown * np.clip(gain, 0.2, 5)[:, None] - self.values[going]
            rows, shows = _at_the_border(picture, at[going])
            if len(rows):
                part = shows * _WEIGHT / (shows @ _WEIGHT)[:, None]
                there, mine = _centred(shown[rows], part), _centred(self.values[going[rows]], part)
                gain = np.sqrt(_mean(mine**2, part) / np.maximum(_mean(there**2, part), 1e-6))
                off[rows] = shows * (there * np.clip(gain, 0.2, 5)[:, None] - mine)
            push = np.einsum("mpk,mp,p->mk", self.slope[going], off, _WEIGHT, optimize=True)
            step = np.einsum("mkl,ml->mk", back[going], push)
            length = np.linalg.norm(step, axis=1, keepdims=True)
            step *= np.minimum(1, 2.0 / np.maximum(length, 1e-6))
            moved = at[going] - step
            away = moved - guess_xy[going]
            far = np.linalg.norm(away, axis=1, keepdims=True)
            at[going] = guess_xy[going] + away * np.minimum(1, most_px / np.maximum(far, 1e-6))
            going = going[length[:, 0] > 0.02]
        return at

    def likeness(self, picture: np.ndarray, at_xy: np.ndarray) -> np.ndarray:
        """float32 [M], -1 to 1: correlation with the picture there; the middle of the patch counts most."""
        shown = sample(picture, at_xy[:, None] + _OFFSETS[1:-1, 1:-1].reshape(-1, 2))
        mine = self.values - (self.values @ _TIGHT)[:, None]
        shown -= (shown @ _TIGHT)[:, None]
        power, both = np.sqrt(((mine**2) @ _TIGHT) * ((shown**2) @ _TIGHT)), (mine * shown) @ _TIGHT
        rows, shows = _at_the_border(picture, at_xy)
        if len(rows):
            part = shows * _TIGHT / (shows @ _TIGHT)[:, None]
            mine, shown = _centred(mine[rows], part), _centred(shown[rows], part)
            power[rows], both[rows] = np.sqrt(_mean(mine**2, part) * _mean(shown**2, part)), _mean(mine * shown, part)
        return np.asarray(both / np.maximum(power, 0.3))


def _at_the_border(picture: np.ndarray, at_xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows whose patch reaches beyond the picture while its middle does not, and [R, P]: 1 within, 0 beyond."""
    last = np.array([picture.shape[1] - 1, picture.shape[0] - 1], np.float32)
    reaches = ((at_xy < _HALF) | (at_xy > last - _HALF)).any(1) & ((at_xy > -1) & (at_xy < last + 1)).all(1)
    rows = np.flatnonzero(reaches)
    at = at_xy[rows, None] + _OFFSETS[1:-1, 1:-1].reshape(-1, 2)
    return rows, np.asarray(((at >= -0.5) & (at <= last + 0.5)).all(-1), np.float32)


def _mean(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return np.einsum("mp,mp->m", values, weight)


def _centred(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return values - _mean(values, weight)[:, None]
