"""How tracks look, and the brush that draws one frame of them: a layer of discs and tails laid over the picture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..errors import WanMoveError
from ..palette import TRACK_RGB
from ..pictures import lay_over
from ..tracks import Tracks

REFERENCE_SIDE_PX = 480
SUBPIXEL_BITS = 4
# What OpenCV's smoothed edges add, measured: to a disc's radius, and to each side of a quad.
DISC_GROWS_PX = 0.55
QUAD_GROWS_PX = 0.68
# Above this many tracks a tail is drawn in pieces of three frames: nobody can tell, and it costs a third.
FINE_TAIL_TRACKS = 48


@dataclass(frozen=True)
class TrackStyle:
    """How tracks look. Lengths in pixels of the frame, ``opacity`` 0-1.

    ``labels``: each track's number (from 1) beside its disc. ``cursor``: the index of the track that carries a pointer.
    """

    radius_px: float = 12.0
    tail_frames: int = 24
    tail_width_px: float = 16.0
    opacity: float = 1.0
    fade: bool = True
    labels: bool = False
    cursor: int | None = None
    colours: tuple[tuple[int, int, int], ...] = TRACK_RGB

    def __post_init__(self) -> None:
        for name, value, low, high in (
            ("radius", self.radius_px, 0, 4096),
            ("tail frames", self.tail_frames, 0, 100_000),
            ("tail width", self.tail_width_px, 0, 4096),
            ("opacity", self.opacity, 0, 1),
        ):
            if not low <= value <= high:
                raise WanMoveError(where=f"Overlay / {name}", what=f"{value}", fix=f"use {low} to {high}")
        if not self.colours:
            raise WanMoveError(where="Overlay / colours", what="there is none", fix="give at least one colour")

    def scaled_to(self, size_wh: tuple[int, int]) -> TrackStyle:
        """The same look on a frame of ``size_wh``: sizes are meant for a shorter side of 480 px, and grow with it."""
        factor = max(0.25, min(size_wh) / REFERENCE_SIDE_PX)
        return replace(self, radius_px=self.radius_px * factor, tail_width_px=self.tail_width_px * factor)

    def with_given(self, **changes: Any) -> TrackStyle:
        """The same look but for ``changes``; None leaves a value as it is."""
        return replace(self, **{name: value for name, value in changes.items() if value is not None})


class Brush:
    """Draws the tracks of one clip; holds what does not change from frame to frame."""

    def __init__(self, tracks: Tracks, style: TrackStyle, shape: tuple[int, ...]) -> None:
        if (shape[1], shape[0]) != tracks.size_wh:
            raise WanMoveError(
                where="Overlay / tracks",
                what=f"tracks belong to a {tracks.size_wh[0]}x{tracks.size_wh[1]} picture, frames are "
                f"{shape[1]}x{shape[0]}",
                fix="fit the tracks to the frames first",
            )
        self.shape, self.style = shape, style
        # Pixel i of OpenCV is centred at i, ours at i + 0.5. Beyond 30,000 px its fixed-point numbers would overflow.
        self.xy = np.clip(tracks.xy.numpy(force=True).astype(np.float32) - 0.5, -30_000, 30_000)
        self.visible = tracks.visible.numpy(force=True)
        # Hidden frames up to each frame: a piece from a to b is whole when the count does not grow between them.
        self.hidden_before = np.cumsum(~self.visible, axis=0, dtype=np.int32)
        self.across = _across(self.xy)
        self.piece = 1 if tracks.count <= FINE_TAIL_TRACKS else 3
        self.layer = np.zeros((shape[0], shape[1], 4), np.uint8)
        self.rgb = np.asarray(style.colours, np.float32)[np.arange(tracks.count) % len(style.colours)]

    def paint(self, picture: np.ndarray, frame: int, shown: int) -> np.ndarray:
        """``picture`` with the tracks of ``frame``; where the clip outlasts them (``shown`` > frame) tails run out."""
        if picture.shape != self.shape:
            raise WanMoveError(
                where="Overlay / frames",
                what=f"frame {shown} is {list(picture.shape)}, the first was {list(self.shape)}",
                fix="give every frame one size",
            )
        quads, ages, owners = self._tail_quads(frame, shown - frame)
        seen = np.flatnonzero(self.visible[frame])
        box = self._box(quads, self.xy[frame, seen])
        if box is None:
            return picture.copy()
        x0, y0, x1, y1 = box
        part = self.layer[y0:y1, x0:x1]
        part[:] = 0
        self._draw_tails(quads, ages, owners)
        self._draw_heads(frame, seen)
        drawn = picture.copy()
        drawn[y0:y1, x0:x1] = lay_over(part, picture[y0:y1, x0:x1])
        return drawn

    def _tail_quads(self, frame: int, held: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Pieces of tails, oldest first: corners [M, 4, 2] px, ages in frames [M], the track of each [M]."""
        reach = self.style.tail_frames - held
        newest = np.arange(frame, max(frame - reach, 0), -self.piece)
        oldest = np.maximum(newest - self.piece, max(frame - reach, 0))
        newest, oldest = newest[::-1], oldest[::-1]
        start, end = self.xy[oldest], self.xy[newest]
        along = end - start
        length = np.hypot(along[..., 0], along[..., 1])
        whole = self.hidden_before[newest] - self.hidden_before[oldest] + ~self.visible[oldest] == 0
        row, owner = np.nonzero(whole & (length > 0.05))
        if len(row) == 0:
            return np.zeros((0, 4, 2), np.float32), np.zeros(0, np.float32), owner
        ages = frame + held - np.stack([oldest, newest])[:, row]
        width = self.style.tail_width_px
        half = (1 + (width - 1) * (1 - ages / self.style.tail_frames))[..., None] / 2 if self.style.fade else width / 4
        # Each piece starts a little under the one before it, or the smoothed edges would leave a faint seam.
        start = start[row, owner] - along[row, owner] * (0.75 / length[row, owner])[:, None]
        end = end[row, owner]
        half = np.maximum(half - QUAD_GROWS_PX, 0.05)
        side = np.stack([self.across[oldest[row], owner], self.across[newest[row], owner]]) * half
        quads = np.stack([start + side[0], end + side[1], end - side[1], start - side[0]], 1)
        on_frame = (quads.max(1) > -1).all(-1) & (quads.min(1) < (self.shape[1], self.shape[0])).all(-1)
        return quads[on_frame], ages.mean(0)[on_frame], owner[on_frame]

    def _draw_tails(self, quads: np.ndarray, ages: np.ndarray, owners: np.ndarray) -> None:
        from cv2 import LINE_AA, fillConvexPoly

        clear = 1 - ages / self.style.tail_frames if self.style.fade else np.full(len(ages), 0.6)
        colours = self._premultiplied(owners, clear * self.style.opacity)
        for corners, colour in zip(_fixed(quads), colours, strict=True):
            fillConvexPoly(self.layer, corners, colour, LINE_AA, SUBPIXEL_BITS)

    def _draw_heads(self, frame: int, seen: np.ndarray) -> None:
        import cv2

        centres = _fixed(self.xy[frame, seen]).tolist()
        radius = round(max(0.1, self.style.radius_px - DISC_GROWS_PX) * 2**SUBPIXEL_BITS)
        colours = self._premultiplied(seen, np.full(len(seen), self.style.opacity))
        for centre, colour in zip(centres, colours, strict=True):
            cv2.circle(self.layer, centre, radius, colour, -1, cv2.LINE_AA, SUBPIXEL_BITS)
        if self.style.labels:
            for index in seen.tolist():
                self._draw_label(str(index + 1), self.xy[frame, index])
        if self.style.cursor is not None and self.style.cursor in seen:
            _paste_cursor(self.layer, self.xy[frame, self.style.cursor], self.style.radius_px / 12)

    @property
    def _label_scale(self) -> float:
        return max(0.35, self.style.radius_px / 22)

    def _draw_label(self, text: str, point_xy: np.ndarray) -> None:
        import cv2

        size = self._label_scale
        at = (int(point_xy[0] + self.style.radius_px * 0.95), int(point_xy[1] - self.style.radius_px * 0.75))
        for colour, thick in (((20, 20, 20, 255), 3), ((255, 255, 255, 255), 1)):
            thickness = max(1, round(thick * max(1, self.style.radius_px / 12)))
            cv2.putText(self.layer, text, at, cv2.FONT_HERSHEY_SIMPLEX, size, colour, thickness, cv2.LINE_AA)

    def _premultiplied(self, owners: np.ndarray, alpha: np.ndarray) -> list[list[float]]:
        rgb = self.rgb[owners] * alpha[:, None]
        return np.concatenate([rgb, alpha[:, None] * 255], 1).round().tolist()

    def _box(self, quads: np.ndarray, heads: np.ndarray) -> tuple[int, int, int, int] | None:
        """x0, y0, x1, y1 that hold everything drawn in this frame, within the picture; None when there is nothing."""
        style = self.style
        margin = style.radius_px + 2
        if style.labels:
            # OpenCV's digits are 20 px wide at scale 1; beside a small disc they do not shrink with it.
            margin += style.radius_px + self._label_scale * 20 * (len(str(self.xy.shape[1])) + 1)
        if style.cursor is not None:
            margin += 64 * style.radius_px / 12
        corners = [quads.reshape(-1, 2), heads - margin, heads + margin]
        points = np.concatenate(corners)
        if len(points) == 0:
            return None
        low = np.maximum(np.floor(points.min(0)) - 2, 0).astype(int)
        high = np.minimum(np.ceil(points.max(0)) + 3, (self.shape[1], self.shape[0])).astype(int)
        return None if (low >= high).any() else (int(low[0]), int(low[1]), int(high[0]), int(high[1]))


def _fixed(points: np.ndarray) -> np.ndarray:
    return np.rint(points * 2**SUBPIXEL_BITS).astype(np.int32)


def _across(xy: np.ndarray) -> np.ndarray:
    """float32 [T, N, 2]: at every point of every path, the unit vector across it; a pause keeps the one before."""
    before, after = np.concatenate([xy[:1], xy[:-1]]), np.concatenate([xy[1:], xy[-1:]])
    along = after - before
    length = np.hypot(along[..., 0], along[..., 1])
    moving = length > 1e-3
    latest = np.maximum.accumulate(np.where(moving, np.arange(len(xy))[:, None], 0), axis=0)
    unit = np.where(moving[..., None], along / np.maximum(length, 1e-3)[..., None], (1.0, 0.0)).astype(np.float32)
    unit = np.take_along_axis(unit, latest[..., None], 0)
    return np.stack([-unit[..., 1], unit[..., 0]], -1)


CURSOR_SIDE_PX = 64
CURSOR_HOT_SPOT_XY = (24, 16)
# A classic arrow, in units of the 64-px icon, its tip on the hot spot.
CURSOR_OUTLINE = ((24, 16), (24, 48), (31.5, 41), (36.5, 52.5), (42, 50), (37, 39), (47, 38.5))


def cursor_icon(side_px: int = CURSOR_SIDE_PX) -> np.ndarray:
    """uint8 RGBA [side, side, 4], premultiplied: a white arrow with a dark edge and a soft shadow."""
    import cv2

    fine = 8 * side_px
    outline = np.rint(np.asarray(CURSOR_OUTLINE) * (fine / CURSOR_SIDE_PX)).astype(np.int32)
    edge_px = max(1, round(fine * 3.2 / CURSOR_SIDE_PX))

    def mask(shift_px: float, edge: bool) -> np.ndarray:
        image = np.zeros((fine, fine), np.uint8)
        moved = outline + int(shift_px * fine / CURSOR_SIDE_PX)
        cv2.fillPoly(image, [moved], 255)
        if edge:
            cv2.polylines(image, [moved], True, 255, edge_px, cv2.LINE_AA)
        return cv2.resize(image, (side_px, side_px), interpolation=cv2.INTER_AREA).astype(np.float32) / 255

    shadow = cv2.GaussianBlur(mask(1.5, True), (0, 0), max(0.5, side_px / 40)) * 0.45
    body, white = mask(0, True), mask(0, False)
    alpha = body + shadow * (1 - body)
    grey = 20 * (body - white * body) + 255 * white * body
    return np.stack([grey, grey, grey, alpha * 255], -1).round().clip(0, 255).astype(np.uint8)


def _paste_cursor(layer: np.ndarray, point_xy: np.ndarray, scale: float) -> None:
    side = max(8, round(CURSOR_SIDE_PX * scale))
    icon = cursor_icon(side)
    left = round(float(point_xy[0]) - CURSOR_HOT_SPOT_XY[0] * side / CURSOR_SIDE_PX)
    top = round(float(point_xy[1]) - CURSOR_HOT_SPOT_XY[1] * side / CURSOR_SIDE_PX)
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + side, layer.shape[1]), min(top + side, layer.shape[0])
    if x0 >= x1 or y0 >= y1:
        return
    over = icon[y0 - top : y1 - top, x0 - left : x1 - left].astype(np.float32)
    under = layer[y0:y1, x0:x1].astype(np.float32)
    layer[y0:y1, x0:x1] = (over + under * (1 - over[..., 3:] / 255) + 0.5).clip(0, 255).astype(np.uint8)
