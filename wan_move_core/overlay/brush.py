"""The brush that draws one frame of tracks: a layer of discs, tails and labels laid over the picture."""

from __future__ import annotations

import math

import numpy as np

from ..errors import WanMoveError
from ..pictures import lay_over
from ..tracks import Tracks
from .icons import CURSOR_HOT_SPOT_XY, CURSOR_SIDE_PX, cursor_icon, label_icon, paste
from .style import TrackStyle

__all__ = ["Brush", "TrackStyle", "cursor_icon"]

SUBPIXEL_BITS = 4
# What OpenCV's smoothed edges add, measured: to a disc's radius, and to each side of a quad.
DISC_GROWS_PX = 0.55
QUAD_GROWS_PX = 0.68
# Above this many tracks a tail is drawn in pieces of three frames: nobody can tell, and it costs a third.
FINE_TAIL_TRACKS = 48
LEAST_DIGIT_PX = 10


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
        self.shape, self.asked = shape, style
        self.style = style = style.making_room_for(tracks)
        self._labels: dict[int, np.ndarray] = {}
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
        if self.style.tail_rim_px and len(quads):
            self._rim_outwards(part, self.style.tail_rim_px)
        self._draw_heads(frame, seen, part)
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

    @staticmethod
    def _rim_outwards(part: np.ndarray, width_px: int) -> None:
        """A dark edge around what ``part`` of the layer holds: its opacity grows outwards, its colour does not."""
        import cv2

        alpha = cv2.extractChannel(part, 3)
        side = 2 * width_px + 1
        grown = cv2.dilate(alpha, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
        # Twice the opacity is more than the next newer piece of the same tail has: no seams within a tail.
        edge = cv2.subtract(grown, cv2.add(alpha, alpha))
        cv2.insertChannel(cv2.add(alpha, edge), part, 3)

    def _draw_heads(self, frame: int, seen: np.ndarray, part: np.ndarray) -> None:
        import cv2

        style = self.style
        centres = _fixed(self.xy[frame, seen]).tolist()
        radius, outer = (
            round(max(0.1, px - DISC_GROWS_PX) * 2**SUBPIXEL_BITS)
            for px in (style.radius_px, style.radius_px + style.rim_px)
        )
        colours = self._premultiplied(seen, np.full(len(seen), style.opacity))
        dark = (0, 0, 0, round(255 * style.opacity))
        for centre, colour in zip(centres, colours, strict=True):
            if style.rim_px and len(seen) > 1:
                cv2.circle(self.layer, centre, outer, dark, -1, cv2.LINE_AA, SUBPIXEL_BITS)
            cv2.circle(self.layer, centre, radius, colour, -1, cv2.LINE_AA, SUBPIXEL_BITS)
        if style.rim_px and len(seen) == 1:
            # A lone disc needs no edge against others: its tail flows into it.
            self._rim_outwards(part, math.ceil(style.rim_px))
        if style.labels:
            for index in seen.tolist():
                self._draw_label(index, self.xy[frame, index])
        if style.cursor is not None and style.cursor in seen:
            point_xy, side = self.xy[frame, style.cursor], max(8, round(CURSOR_SIDE_PX * self.asked.radius_px / 12))
            left, top = np.rint(point_xy - np.asarray(CURSOR_HOT_SPOT_XY) * (side / CURSOR_SIDE_PX)).astype(int)
            paste(self.layer, cursor_icon(side), int(left), int(top))

    @property
    def _digit_px(self) -> int:
        """Height of a label's digits: 12 px beside the published disc, legible beside a small one."""
        least = min(self.shape[:2]) / 480 * (LEAST_DIGIT_PX if self.style.shrink else 7)
        return round(max(least, 7, self.style.radius_px * 0.95))

    def _draw_label(self, index: int, point_xy: np.ndarray) -> None:
        icon = self._labels.get(index)
        if icon is None:
            icon = self._labels[index] = label_icon(str(index + 1), self._digit_px, plate=self.style.rim)
        height, width = icon.shape[:2]
        reach = self.style.radius_px * 0.8
        x, y = float(point_xy[0]), float(point_xy[1])
        # Above and to the right; at the picture's edge on the other side, or the number would be cut off.
        left = x + reach if x + reach + width <= self.shape[1] else x - reach - width
        top = y - reach - height if y - reach - height >= 0 else y + reach
        paste(self.layer, icon, round(left), round(top))

    def _premultiplied(self, owners: np.ndarray, alpha: np.ndarray) -> list[list[float]]:
        rgb = self.rgb[owners] * alpha[:, None]
        return np.concatenate([rgb, alpha[:, None] * 255], 1).round().tolist()

    def _box(self, quads: np.ndarray, heads: np.ndarray) -> tuple[int, int, int, int] | None:
        """x0, y0, x1, y1 that hold everything drawn in this frame, within the picture; None when there is nothing."""
        style = self.style
        margin = style.radius_px + style.rim_px + 2
        if style.labels:
            margin += self._digit_px * (len(str(self.xy.shape[1])) + 1)
        if style.cursor is not None:
            margin += CURSOR_SIDE_PX * max(self.asked.radius_px / 12, 0.2)
        quads_margin = style.tail_rim_px
        tails = quads.reshape(-1, 2)
        corners = [tails - quads_margin, tails + quads_margin, heads - margin, heads + margin]
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
