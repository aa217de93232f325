"""What every tracker takes and gives: points, frames and progress, and the checks on them.

Positions are pixels of the clip's frames, origin at the top-left corner of the picture: a point in the middle of the
first pixel is (0.5, 0.5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

import numpy as np

from ...errors import WanMoveError

Progress = Callable[[int], None]
"""Called with the number of frames done; may raise to cancel."""


@dataclass(frozen=True, eq=False)
class TrackedPoints:
    """What a tracker found.

    Attributes:
        xy: float32 [T, N, 2] px, finite everywhere; where a point is lost, the best guess of where it would be.
        visible: bool [T, N], the tracker's own opinion.
        error_px: float32 [T, N], how far tracking back ends from where it began; NaN where the tracker cannot tell.
        smooth: bool [N], points with nothing around them that could be seen again; None where the tracker cannot tell.
        cuts: frames that begin a new scene, as far as the tracker looks for them.
    """

    xy: np.ndarray
    visible: np.ndarray
    error_px: np.ndarray
    smooth: np.ndarray | None = None
    cuts: tuple[int, ...] = ()

    @property
    def lost(self) -> np.ndarray:
        """bool [N]: points that are not seen in the last frame."""
        return ~self.visible[-1]


class PointTracker(Protocol):
    """Anything that can follow points. ``name`` stands in every table that its numbers appear in."""

    @property
    def name(self) -> str: ...

    def track(
        self, frames: Iterable[np.ndarray], point_xy: np.ndarray, progress: Progress | None = None
    ) -> TrackedPoints:
        """Follow ``point_xy`` (float [N, 2], px of the first frame) through uint8 [H, W, 3] RGB frames."""
        ...


def grid_points(size_wh: tuple[int, int], spacing_px: float, mask: np.ndarray | None = None) -> np.ndarray:
    """float32 [N, 2] px: a centred grid over a frame of ``size_wh``; ``mask`` (bool [H, W]) keeps what lies in it."""
    width, height = size_wh
    if not spacing_px > 0:
        raise WanMoveError(where="Grid / spacing", what=f"{spacing_px} px", fix="use a positive spacing")
    columns, rows = max(1, int(width / spacing_px)), max(1, int(height / spacing_px))
    x = (np.arange(columns) - (columns - 1) / 2) * spacing_px + width / 2
    y = (np.arange(rows) - (rows - 1) / 2) * spacing_px + height / 2
    points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2).astype(np.float32)
    if mask is None:
        return points
    if mask.shape != (height, width):
        raise WanMoveError(
            where="Grid / mask", what=f"mask of {mask.shape[1]}x{mask.shape[0]}, frame of {width}x{height}",
            fix="give a mask of the clip's own size",
        )  # fmt: skip
    return points[mask[points[:, 1].astype(int), points[:, 0].astype(int)].astype(bool)]


def checked_frames(frames: Iterable[np.ndarray]) -> tuple[Iterator[np.ndarray], tuple[int, int]]:
    """All of ``frames``, and the (width, height) of the first. Raises: WanMoveError where there is none to track in."""
    iterator = iter(frames)
    first = next(iterator, None)
    if first is None:
        raise WanMoveError(
            where="Tracker / clip", what="there are no frames", fix="give a clip with at least one frame"
        )
    _require_frame(first, 0)
    return chain([first], iterator), (first.shape[1], first.shape[0])


def require_same_size(frame: np.ndarray, size_wh: tuple[int, int], number: int) -> np.ndarray:
    """``frame``, when it is one of 8 bits and this size. Raises: WanMoveError naming its ``number`` otherwise."""
    _require_frame(frame, number)
    if (frame.shape[1], frame.shape[0]) != size_wh:
        raise WanMoveError(
            where="Tracker / clip",
            what=f"frame {number} is {frame.shape[1]}x{frame.shape[0]}, the first is {size_wh[0]}x{size_wh[1]}",
            fix="give frames of one size",
        )
    return frame


def _require_frame(frame: np.ndarray, number: int) -> None:
    if frame.dtype != np.uint8 or frame.ndim not in (2, 3) or (frame.ndim == 3 and frame.shape[2] not in (3, 4)):
        raise WanMoveError(
            where="Tracker / clip",
            what=f"frame {number} is {frame.dtype} of shape {list(frame.shape)}, expected uint8 [H, W, 3]",
            fix="give RGB frames of 8 bits",
        )


def checked_points(point_xy: np.ndarray) -> np.ndarray:
    """float32 [N, 2] px of the first frame. Raises: WanMoveError for another shape, or what is not finite."""
    points = np.asarray(point_xy, dtype=np.float32)
    if points.ndim != 2 or points.shape[1] != 2 or not np.isfinite(points).all():
        raise WanMoveError(
            where="Tracker / points",
            what=f"array of shape {list(points.shape)}, expected finite [N, 2] of (x, y)",
            fix="give pixel positions in the first frame",
        )
    return points
