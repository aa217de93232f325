"""Dense flow from the first frame to the current one: chained from frame to frame, then matched to the first directly.

DIS flow is OpenCV's (Kroeger et al. 2016). One flow and two small pictures are kept, whatever the clip's length.
"""

from __future__ import annotations

import numpy as np

from .patches import MOST_ROWS

WORK_PX = 448
"""Longest side that flow is computed at: what it leaves open, patches of the full picture settle."""


class DenseFlow:
    """``start`` with the first frame, ``step`` with every other. Positions are OpenCV's, of the full picture."""

    def __init__(self, size_wh: tuple[int, int]) -> None:
        import cv2

        scale = min(1.0, WORK_PX / max(size_wh))
        self.work_wh = (max(16, round(size_wh[0] * scale)), max(16, round(size_wh[1] * scale)))
        self.per_px = np.array(self.work_wh, np.float32) / np.array(size_wh, np.float32)
        self._dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        self._dis.setFinestScale(1 if min(self.work_wh) >= 96 else 0)
        x, y = np.meshgrid(np.arange(self.work_wh[0]), np.arange(self.work_wh[1]))
        self._grid = np.stack([x, y], -1).astype(np.float32)
        self.flow = np.zeros_like(self._grid)

    def start(self, grey: np.ndarray) -> None:
        self.first = self.current = self._small(grey)
        self.flow[:] = 0

    def step(self, grey: np.ndarray, afresh: bool) -> np.ndarray:
        """The flow from the frame before, float32 [h, w, 2]; ``flow`` then leads from the first frame.

        ``afresh``: hardly anything is in sight, so the direct match starts from nothing rather than from the chain.
        """
        self.before, self.current = self.current, self._small(grey)
        # A copy each time: OpenCV reads the flow it is given as its first guess, and writes into it.
        self.last = self._dis.calc(self.before, self.current, np.zeros_like(self.flow))
        chained = self.flow + _pulled(self.last, self._grid + self.flow)
        start = np.zeros_like(chained) if afresh else chained
        self.flow = self._dis.calc(self.first, self.current, start)
        return self.last

    def look_up(self, flow: np.ndarray, at_xy: np.ndarray) -> np.ndarray:
        """float32 [N, 2] px of the full picture: ``flow`` at these places."""
        at = ((at_xy + 0.5) * self.per_px - 0.5).astype(np.float32)
        at = np.clip(at, 0, np.array(self.work_wh, np.float32) - 1)
        found = [_pulled(flow, at[i : i + MOST_ROWS, None])[:, 0] for i in range(0, len(at), MOST_ROWS)]
        return np.concatenate(found) / self.per_px if found else np.zeros_like(at)

    def chain_likeness(self) -> float:
        """-1 to 1: how alike the frame before and this one are, laid over each other; median over windows."""
        return self.likeness(self.before, self.current, self.last)

    def likeness(self, one: np.ndarray, other: np.ndarray, flow: np.ndarray) -> float:
        """Median over windows of the correlation of ``one`` and ``other`` pulled back by ``flow``."""
        import cv2

        at = self._grid + flow
        laid = _pulled(other, at).astype(np.float32)
        a, side = one.astype(np.float32), (23, 23)
        mean_a, mean_b = cv2.blur(a, side), cv2.blur(laid, side)
        power_a = cv2.blur(a * a, side) - mean_a**2
        power_b = cv2.blur(laid * laid, side) - mean_b**2
        alike = (cv2.blur(a * laid, side) - mean_a * mean_b) / np.sqrt(np.maximum(power_a * power_b, 1.0))
        inside = ((at >= 0) & (at < self.work_wh)).all(-1)
        told = inside & (power_a > 16.0)
        return float(np.median(alike[told][::7])) if told.sum() > 200 else 1.0

    def _small(self, grey: np.ndarray) -> np.ndarray:
        """uint8, with light and contrast evened out locally: what changes them is not motion."""
        import cv2

        small = cv2.resize(grey, self.work_wh, interpolation=cv2.INTER_AREA).astype(np.float32)
        mean = cv2.GaussianBlur(small, (0, 0), 12)
        spread = np.sqrt(np.maximum(cv2.GaussianBlur(small**2, (0, 0), 12) - mean**2, 0))
        return np.clip(128 + 45 * (small - mean) / (spread + 5), 0, 255).astype(np.uint8)


def _pulled(picture: np.ndarray, at_xy: np.ndarray) -> np.ndarray:
    """``picture`` between its pixels at [h, w, 2]; beyond its border, its border."""
    import cv2

    return cv2.remap(
        picture, at_xy[..., 0].copy(), at_xy[..., 1].copy(), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
