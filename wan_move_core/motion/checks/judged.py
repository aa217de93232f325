"""What the rules look at: tracks, and the things that the draft found in the picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...geometry import STRIDE_T, STRIDE_X
from ...tracks import Tracks
from ..document.dense import inside_far_edge


@dataclass(frozen=True)
class Thing:
    """What moves in the picture as one, at frame 0, in px of the picture with the camera taken away.

    Attributes:
        tracks: int [M], the tracks that carry it.
        share: float [H, W] 0-1, how much of a pixel is the thing's; None for a lone point that nothing sets apart.
        to_frame: float64 [T, 2, 3], from its place at frame 0 to that at each frame.
        around: float [h, w] 0-1 of a lone point, how much each cell of the picture goes along with it.
    """

    tracks: np.ndarray
    share: np.ndarray | None
    to_frame: np.ndarray
    around: np.ndarray | None = None


@dataclass(frozen=True)
class Judged:
    """Tracks as the rules look at them.

    Attributes:
        tracks: what is judged. scene_xy: float32 [T, N, 2], the positions with the camera taken away.
        region_of: int64 [N], the region of each track, -1 for none. region_names: name of each region, points or not.
        frames, size_wh: what the video will have, where known.
        things: what the draft found in the picture; none without one.
    """

    tracks: Tracks
    scene_xy: np.ndarray
    region_of: np.ndarray
    region_names: tuple[str, ...] = ()
    camera_moves: bool = False
    frames: int | None = None
    size_wh: tuple[int, int] | None = None
    things: tuple[Thing, ...] = ()

    @cached_property
    def raw_xy(self) -> np.ndarray:
        return self.tracks.xy.detach().cpu().numpy()

    @cached_property
    def xy(self) -> np.ndarray:
        """float64 [T, N, 2] with points on the far border counted as inside."""
        return inside_far_edge(self.raw_xy, self.tracks.size_wh).astype(np.float64)

    @cached_property
    def visible(self) -> np.ndarray:
        return self.tracks.visible.detach().cpu().numpy()

    @cached_property
    def inside(self) -> np.ndarray:
        return np.all((self.xy >= 0) & (self.xy < self.tracks.size_wh), axis=-1)

    @cached_property
    def usable(self) -> np.ndarray:
        """bool [N]: visible and inside at frame 0, without which a track guides nothing."""
        return self.visible[0] & self.inside[0]

    @cached_property
    def valid(self) -> np.ndarray:
        """bool [T, N]: usable, and visible and inside in that frame."""
        return self.usable & self.visible & self.inside

    @property
    def samples(self) -> range:
        """Frames of the latent steps after the first."""
        return range(STRIDE_T, self.tracks.frames, STRIDE_T)

    def moving(self, xy: np.ndarray, limit_cells: float) -> np.ndarray:
        """bool [N]: further than the limit from frame 0 at a sample where it guides."""
        far = np.hypot(*np.moveaxis(xy[STRIDE_T::STRIDE_T] - xy[0], -1, 0)) / STRIDE_X > limit_cells
        return (far & self.valid[STRIDE_T::STRIDE_T]).any(0)
