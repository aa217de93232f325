"""Regions moved: a mask's lattice of points carried as a rigid or soft body, and what a body in front hides.

Convention: pixels of ``size_wh``, origin at the top-left corner; degrees clockwise on screen. A point p of the first
picture is at p' = pivot + offset + R(rotate) S(shear) diag(scale) (p - pivot), taken relative to frame 0, so that
every point starts where the mask is. Shear s moves the top to the left: x' = x + tan(s) y about the pivot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from ...errors import WanMoveError, plural
from ...geometry import STRIDE_X, STRIDE_Y
from ...tracks import Tracks, merge_tracks
from ..evaluation.region import cell_centres_xy, cells_in_mask, lattice_cells, require_bearable
from ..timing.keys import apply_maps, relative_to_start
from .move_keys import Channel, Key, parse_keys

BODY_CHANNELS = (
    Channel("x"),
    Channel("y"),
    Channel("rotate"),
    Channel("scale_x", 1.0, True, 0.001, 1000.0),
    Channel("scale_y", 1.0, True, 0.001, 1000.0),
    Channel("shear", 0.0, False, -80.0, 80.0),
)
"""Offset in px, degrees, factors, degrees: what keys of a body may name (``scale`` stands for both factors)."""

PIVOTS = ("centre", "top", "bottom", "left", "right", "picture", "custom")
_INVERSION_STEPS = 20
_FOUND_PX = 1.0


@dataclass(frozen=True, eq=False)
class Body:
    """A region of the picture and how it moves.

    Attributes:
        mask: bool [h, w] of any size, stretched over the picture.
        size_wh: the picture's size in px.
        values: float64 [T, 6], see BODY_CHANNELS.
        pivot_xy: px; what turning, scaling and shearing leave in place.
        follow_frames: the points farthest from the pivot are so many frames late; 0 is rigid.
        elastic: 0..1, share of the mask's depth over which the move fades out towards its border; 0 is none.
    """

    mask: np.ndarray
    size_wh: tuple[int, int]
    values: np.ndarray
    pivot_xy: tuple[float, float]
    follow_frames: float = 0.0
    elastic: float = 0.0

    @property
    def frames(self) -> int:
        return len(self.values)

    @property
    def is_rigid(self) -> bool:
        return self.follow_frames <= 0 and self.elastic <= 0

    def lattice(self, density: float = 1.0, without: np.ndarray | None = None) -> np.ndarray:
        """float64 [N, 2] px: centres of the latent cells inside, thinned, but those ``without`` (bool [h, w])."""
        inside = cells_in_mask(self.mask, self.size_wh)
        if without is not None:
            inside &= ~without
        return cell_centres_xy(lattice_cells(inside, density))

    def positions(self, point_xy: np.ndarray) -> np.ndarray:
        """float64 [T, N, 2] px: where the points [N, 2] px of the first picture are carried."""
        points = np.asarray(point_xy, np.float64)
        if self.is_rigid:
            return apply_maps(points, *self._maps)
        return np.stack([self._moved(points, np.full(len(points), f)) for f in range(self.frames)])

    def covers(self, point_xy: np.ndarray) -> np.ndarray:
        """bool [T, N]: whether the moved region lies over each position [T, N, 2] px.

        Found by carrying the position back and looking it up in the mask; for a soft body by a few steps of iteration.
        """
        at = np.asarray(point_xy, np.float64)
        if self.is_rigid:
            linear, shift = self._maps
            return self._in_mask((at - shift[:, None]) @ np.swapaxes(np.linalg.inv(linear), -1, -2))
        result = np.zeros(at.shape[:2], bool)
        # Its own outline, in motion, bounds what a body can cover.
        own = self.positions(self.lattice())
        slack = 2.0 * max(STRIDE_X, STRIDE_Y)
        near = ((at >= own.min(1)[:, None] - slack) & (at <= own.max(1)[:, None] + slack)).all(-1)
        frame, point = np.nonzero(near)
        target = at[frame, point]
        found = self._found_from(target, target, frame)
        linear, shift = self._maps
        rigid = np.linalg.solve(linear[frame], (target - shift[frame])[..., None])[..., 0]
        found |= self._found_from(rigid, target, frame)
        if self.elastic > 0:
            # Its border stands still, so it goes on covering its own place whatever moves inside.
            found |= self._in_mask(target)
        result[frame, point] = found
        return result

    def _found_from(self, source: np.ndarray, target: np.ndarray, frame: np.ndarray) -> np.ndarray:
        """bool [N]: whether a point of the region that moves to ``target`` is found near ``source``."""
        for _ in range(_INVERSION_STEPS):
            linear, shift = self._maps_at(source, frame)
            # Half a step at a time: where skin is stretched much, a whole one swings to and fro.
            source = (source + np.linalg.solve(linear, (target - shift)[..., None])[..., 0]) / 2.0
        near = np.hypot(*(self._moved(source, frame) - target).T) < _FOUND_PX
        return near & self._in_mask(source)

    def _moved(self, point_xy: np.ndarray, frame: np.ndarray) -> np.ndarray:
        linear, shift = self._maps_at(point_xy, frame)
        return (linear @ point_xy[..., None])[..., 0] + shift

    def _maps_at(self, point_xy: np.ndarray, frame: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Each point's own affine map [N, 2, 2], [N, 2], late and faded as its place in the body says."""
        linear, shift = self._maps
        if self.follow_frames > 0:
            distance = np.hypot(*(point_xy - self.pivot_xy).T) / self._reach_px
            late = np.clip(frame - self.follow_frames * np.clip(distance, 0.0, 1.0), 0.0, self.frames - 1.0)
            before = np.minimum(late.astype(np.int64), max(self.frames - 2, 0))
            after = np.minimum(before + 1, self.frames - 1)
            share = (late - before)[:, None]
            # Between two frames the maps themselves are mixed: their difference is small.
            shift = shift[before] * (1 - share) + shift[after] * share
            linear = linear[before] * (1 - share[..., None]) + linear[after] * share[..., None]
        else:
            linear, shift = linear[frame], shift[frame]
        if self.elastic > 0:
            weight = self._weight(point_xy)[:, None]
            linear = np.eye(2) + weight[..., None] * (linear - np.eye(2))
            shift = weight * shift
        return linear, shift

    @cached_property
    def _maps(self) -> tuple[np.ndarray, np.ndarray]:
        x, y, rotate, scale_x, scale_y, shear = np.asarray(self.values, np.float64).T
        angle, lean = np.radians(rotate), np.tan(np.radians(shear))
        c, s = np.cos(angle), np.sin(angle)
        turn = np.stack([np.stack([c, -s], -1), np.stack([s, c], -1)], -2)
        zero = np.zeros_like(x)
        form = np.stack([np.stack([scale_x, lean * scale_y], -1), np.stack([zero, scale_y], -1)], -2)
        linear = turn @ form
        pivot = np.asarray(self.pivot_xy, np.float64)
        return relative_to_start(linear, pivot + np.stack([x, y], -1) - linear @ pivot)

    @cached_property
    def _reach_px(self) -> float:
        points = self.lattice()
        return max(1.0, float(np.hypot(*(points - self.pivot_xy).T).max(initial=1.0)))

    @cached_property
    def _depth_px(self) -> np.ndarray:
        """float32 [h, w]: distance of each mask pixel to the border, in pixels of the mask."""
        import cv2

        return cv2.distanceTransform(np.ascontiguousarray(self.mask, np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)

    def _weight(self, point_xy: np.ndarray) -> np.ndarray:
        depth = self._depth_px
        share = np.where(self._in_mask(point_xy), depth[self._pixel(point_xy)], 0.0)
        t = np.clip(share / max(1e-6, self.elastic * float(depth.max())), 0.0, 1.0)
        return t * t * (3.0 - 2.0 * t)

    def _pixel(self, point_xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        rows, cols = self.mask.shape
        at = np.floor(np.nan_to_num(point_xy) / self.size_wh * (cols, rows))
        column, row = np.clip(at[..., 0], 0, cols - 1), np.clip(at[..., 1], 0, rows - 1)
        return row.astype(np.int64), column.astype(np.int64)

    def _in_mask(self, point_xy: np.ndarray) -> np.ndarray:
        inside = np.all((point_xy >= 0) & (point_xy < self.size_wh), axis=-1)
        return inside & self.mask[self._pixel(point_xy)]


def parse_body_keys(text: str, where: str) -> list[list[Key]]:
    """Lists of keys of BODY_CHANNELS from JSON, in which ``scale`` may stand for both factors; [] for empty text.

    Raises: WanMoveError as move_keys.parse_keys, and for a key that gives ``scale`` beside a factor.
    """
    both = Channel("scale", 1.0, True, 0.001, 1000.0)
    lists = []
    for keys in parse_keys(text, (*BODY_CHANNELS, both), where):
        plain = []
        for key in keys:
            if "scale" in key and ("scale_x" in key or "scale_y" in key):
                raise WanMoveError(
                    where=where, what=f"the key at frame {key['frame']} has scale beside scale_x or scale_y",
                    fix="keep one of them",
                )  # fmt: skip
            rest = {name: value for name, value in key.items() if name != "scale"}
            plain.append({**rest, "scale_x": key["scale"], "scale_y": key["scale"]} if "scale" in key else rest)
        lists.append(plain)
    return lists


def pivot_of_mask(
    mask: np.ndarray, size_wh: tuple[int, int], pivot: str, custom_xy: tuple[float, float] = (0.0, 0.0)
) -> tuple[float, float]:
    """px: the middle of the mask's area (``centre``), of a side of its box, of the ``picture``, or ``custom_xy``.

    Raises: WanMoveError for another word.
    """
    if pivot not in PIVOTS:
        raise WanMoveError(where="Region / pivot", what=f"unknown {pivot!r}", fix=f"use {', '.join(PIVOTS)}")
    if pivot == "custom":
        return float(custom_xy[0]), float(custom_xy[1])
    if pivot == "picture":
        return size_wh[0] / 2, size_wh[1] / 2
    rows, columns = np.nonzero(mask)
    per_px = np.asarray(size_wh, np.float64) / (mask.shape[1], mask.shape[0])
    low = np.array([columns.min(), rows.min()]) * per_px
    high = np.array([columns.max() + 1, rows.max() + 1]) * per_px
    x, y = (np.array([columns.mean(), rows.mean()]) + 0.5) * per_px if pivot == "centre" else (low + high) / 2
    ends = {"top": (x, low[1]), "bottom": (x, high[1]), "left": (low[0], y), "right": (high[0], y)}
    px, py = ends.get(pivot, (x, y))
    return float(px), float(py)


def region_tracks(
    bodies: Sequence[Body], density: float = 1.0, behind: Tracks | None = None
) -> tuple[Tracks, list[str]]:
    """Tracks of all bodies, the last in front: a body hides what lies behind it, frame by frame.

    Args:
        bodies: from back to front, of one size and length.
        density: share of each body's latent cells that carry a point.
        behind: tracks behind all bodies; they come first in the result.

    Returns: (tracks, notes on what was hidden or left out). Points that a body in front covers in the first picture
        are left out: what is seen there belongs to the body in front.
    Raises: WanMoveError where a mask is empty or sizes or lengths differ.
    """
    if not bodies:
        raise WanMoveError(where="Region tracks / mask", what="there is no mask", fix="connect at least one mask")
    size, frames = bodies[0].size_wh, bodies[0].frames
    parts: list[Tracks] = []
    notes: list[str] = []
    if behind is not None:
        if behind.size_wh != size or behind.frames != frames:
            raise WanMoveError(
                where="Region tracks / behind",
                what=f"{plural(behind.frames, 'frame')} of {behind.size_wh[0]}x{behind.size_wh[1]}, the regions have "
                f"{frames} of {size[0]}x{size[1]}",
                fix="make both for one picture and one length",
            )
        parts.append(_behind(behind, bodies, "tracks behind", notes))
    for number, body in enumerate(bodies):
        if not body.mask.any():
            raise WanMoveError(
                where="Region tracks / mask", what=f"mask {number + 1} is empty", fix="paint what shall move"
            )
        front = bodies[number + 1 :]
        taken = None
        for other in front:
            cells = cells_in_mask(other.mask, size)
            taken = cells if taken is None else taken | cells
        points = body.lattice(density, taken)
        require_bearable(len(points), frames, "Region tracks / density", "use a lower density, or fewer frames")
        if not len(points):
            notes.append(f"region {number + 1} has no point: it is smaller than a latent cell, or wholly covered")
        own = Tracks.make(body.positions(points).astype(np.float32), size_wh=size, where="Region tracks")
        parts.append(_behind(own, front, f"region {number + 1}", notes))
    return merge_tracks(parts), notes


def _behind(tracks: Tracks, bodies: Sequence[Body], name: str, notes: list[str]) -> Tracks:
    """``tracks`` hidden where a body covers them; those covered at the start are left out."""
    if not bodies or not tracks.count:
        return tracks
    covered = np.zeros((tracks.frames, tracks.count), bool)
    xy = tracks.xy.numpy()
    for body in bodies:
        covered |= body.covers(xy)
    left_out = covered[0]
    if left_out.any():
        notes.append(
            f"{plural(int(left_out.sum()), 'point')} of {name} left out: a region in front covers them at the start"
        )
    seen = tracks.with_visible(tracks.visible & ~torch.from_numpy(covered)).select(torch.from_numpy(~left_out))
    hidden = int(covered[:, ~left_out].any(0).sum())
    if hidden:
        notes.append(f"{plural(hidden, 'point')} of {name} hidden for a time behind a region in front")
    return seen
