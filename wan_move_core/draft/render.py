"""A motion preview in seconds, with no model: the picture itself, moved along its tracks.

Points that move as one are one object. An object that travels is cut out (by the outline a person drew, or by colour
from its points), carried by the similarity and the bends that its points ask for, and the place it leaves is painted
over; one that only stirs bends the picture around it, and so does a lone point that no edge closes around, over what is
coloured alike. Still points and the picture's far parts hold. Later tracks lie in front. A hidden stretch is never
read: a point in it rides with its object, and an object none of whose points is visible fades out. Tracks hidden or
outside at frame 0 have no place in the picture to take from, and are left out; ``Draft.notes`` says how many.

Frame 0 is the picture, exactly.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import WanMoveError, plural
from ..pictures import lay_over
from ..progress import OnProgress, counted
from ..tracks import Tracks
from ..video import DEFAULT_FPS, ClipWriter
from .bend import BESIDE_PX, Bends, bends_of
from .bend import MOST as MOST_BENDS
from .fill import painted_over
from .groups import Controls, Groups, controls_from_tracks, groups_from_controls
from .matte import MAX_CUT_BY_COLOUR, Outline, outlined_matte, thing_matte
from .outlines import CameraView, outline_of
from .ride import riding
from .warp import BackwardMap, Mesh

FADE_FRAMES = 4
MESH_POINTS = 60
SETTLE_PX = 8.0
"""An object's place is painted over only as far as it has left it: below this it still covers its own place."""


Carry = Callable[[np.ndarray], np.ndarray]


def lay(drawn: np.ndarray, part: tuple[slice, slice], layer: np.ndarray) -> None:
    """Put a layer over its part of what is drawn, in place."""
    drawn[part] = lay_over(layer, drawn[part])


@dataclass(frozen=True)
class Thing:
    """One cut-out: its points, its premultiplied RGBA [h, w, 4] at ``corner_xy``, and how solid it is per frame [T]."""

    points: np.ndarray
    cut_out: np.ndarray
    corner_xy: tuple[int, int]
    support_px: float
    opacity: np.ndarray
    settled: np.ndarray


class Draft:
    """A draft ready to be drawn, frame by frame in any order.

    Args:
        picture: uint8 [H, W, 3] RGB.
        tracks: of the picture's size.
        outlines: what a person drew around things: there, that is the cut.
        view: the camera over the scene that the tracks then belong to.

    Raises: WanMoveError when the sizes differ or the picture is no RGB picture.
    """

    def __init__(
        self, picture: np.ndarray, tracks: Tracks, outlines: Sequence[Outline] = (), view: CameraView | None = None
    ) -> None:
        self.view = view
        if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8:
            raise WanMoveError(
                where="Draft / picture",
                what=f"{picture.dtype} {list(picture.shape)}, expected uint8 [H, W, 3]",
                fix="give an RGB picture",
            )
        size_wh = (picture.shape[1], picture.shape[0])
        if size_wh != tracks.size_wh:
            raise WanMoveError(
                where="Draft / tracks",
                what=f"tracks belong to a {tracks.size_wh[0]}x{tracks.size_wh[1]} picture, this one is "
                f"{size_wh[0]}x{size_wh[1]}",
                fix="fit the tracks to the picture first",
            )
        self.picture, self.frames, self.size_wh = np.ascontiguousarray(picture), tracks.frames, size_wh
        controls = controls_from_tracks(tracks)
        groups = groups_from_controls(controls, size_wh)
        drawn = [outline_of(controls.index[group], outlines) for group in groups.objects]
        mattes = [self._matte(controls, groups, i, drawn[i]) for i in range(len(drawn))]
        # A lone point that no outline closes around bends the picture, widely; a disc of it would slide.
        bent = [group for group, matte in zip(groups.objects, mattes, strict=True) if matte is None]
        cut = [group for group, matte in zip(groups.objects, mattes, strict=True) if matte is not None]
        self.groups = Groups(np.concatenate([groups.base, *bent]).astype(int), groups.camera, tuple(cut))
        self.controls = riding(controls, groups)
        found = [matte for matte in mattes if matte is not None]
        self.objects = [self._object(i, matte) for i, matte in enumerate(found)]
        self.behind = self._painted_over(found)
        self._bends = self._bends_of(bent, groups)
        self._mesh = None
        if len(self.groups.camera) >= MESH_POINTS:
            self._mesh = Mesh(self.controls.xy[0, self.groups.base], size_wh)
        self.notes = _notes(self.controls, tracks)

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self.frame(i) for i in range(self.frames))

    def frame(self, frame: int) -> np.ndarray:
        """uint8 [H, W, 3] of frame ``frame``."""
        if frame == 0:
            return self.picture.copy()
        drawn = self.base(frame)
        if self.view is not None:
            drawn = self.view.seen(drawn, frame)
        for item in self.objects:
            if (laid := self.layer(item, frame)) is not None:
                lay(drawn, *laid)
        return drawn

    # -- once -------------------------------------------------------------------------------------------------------

    def _matte(self, controls: Controls, groups: Groups, i: int, inside: np.ndarray | None) -> np.ndarray | None:
        if inside is not None and inside.any():
            return outlined_matte(inside)
        group, start = groups.objects[i], controls.xy[0]
        others = start[np.setdiff1d(np.arange(start.shape[0]), group)]
        return thing_matte(self.picture, start[group], others, i < MAX_CUT_BY_COLOUR)

    def _bends_of(self, bent: list[np.ndarray], groups: Groups) -> Bends | None:
        """How lone points carry what is around them; None: there is none, or a camera carries the picture."""
        lone = np.concatenate([np.zeros(0, int), *bent]).astype(int)[:MOST_BENDS]
        if not len(lone) or len(groups.camera):
            return None
        start = self.controls.xy[0]
        travel = np.sqrt(((self.controls.xy[:, lone] - start[lone]) ** 2).sum(-1)).max(0)
        held = start[groups.base]
        held = held[(np.hypot(*np.moveaxis(held[:, None] - start[lone], -1, 0)) > BESIDE_PX).all(1)]
        return bends_of(self.picture, start, lone, travel, held)

    def _object(self, i: int, matte: np.ndarray) -> Thing:
        group = self.groups.objects[i]
        rows, columns = np.flatnonzero(matte.any(1)), np.flatnonzero(matte.any(0))
        y0, y1, x0, x1 = (int(v) for v in (rows[0], rows[-1] + 1, columns[0], columns[-1] + 1))
        alpha = matte[y0:y1, x0:x1, None]
        cut = np.concatenate([self.picture[y0:y1, x0:x1] * alpha, alpha * 255], -1)
        reach = np.sqrt(((self.controls.xy[:, group] - self.controls.xy[0, group]) ** 2).sum(-1)).max(1)
        extent = float(np.hypot(*np.ptp(self.controls.xy[0, group], axis=0)))
        return Thing(
            points=group,
            cut_out=(cut + 0.5).astype(np.uint8),
            corner_xy=(x0, y0),
            support_px=1.5 * extent + 40,
            opacity=_eased(self._shown(group)),
            settled=np.minimum(1, np.maximum.accumulate(reach) / SETTLE_PX),
        )

    def _shown(self, group: np.ndarray) -> np.ndarray:
        """bool [T]: some point is seen, or all are outside the picture: what leaves it does not fade before it has."""
        at = self.controls.xy[:, group]
        outside = np.any((at < 0) | (at > np.asarray(self.size_wh) - 1), axis=-1)
        return np.any(self.controls.visible[:, group], axis=1) | np.all(outside, axis=1)

    def _painted_over(self, mattes: list[np.ndarray]) -> np.ndarray:
        import cv2

        if not mattes:
            return self.picture
        hole = (np.maximum.reduce(mattes) > 0.02).astype(np.uint8)
        # Nothing of a thing stays: a rim beside it, and what shows through it in small gaps.
        brush = 2 * round(min(self.size_wh) / 80) + 3
        hole = cv2.morphologyEx(hole, cv2.MORPH_CLOSE, np.ones((2 * brush + 1, 2 * brush + 1), np.uint8))
        grown = cv2.dilate(hole, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (brush, brush))).astype(bool)
        return painted_over(self.picture, grown) if not grown.all() else self.picture

    # -- per frame --------------------------------------------------------------------------------------------------

    def base(self, frame: int) -> np.ndarray:
        """The picture behind the objects, bent by the points that stay in it and carried by the camera's."""
        return self.carry(frame)(self.under(frame))

    def under(self, frame: int) -> np.ndarray:
        """The picture as far as the objects have left it, where it lies at frame 0."""
        if not self.objects:
            return self.picture
        gone = min(item.settled[frame] for item in self.objects)
        return self.behind if gone >= 1 else self._partly_painted_over(frame)

    def carry(self, frame: int) -> Carry:
        """What brings a plane of the picture's size (any channels) to ``frame``; worked out once for several planes."""
        import cv2

        base = self.groups.base
        if self._mesh is not None:
            return _remapped(*self._mesh.source(self.controls.xy[frame, base]), cv2.BORDER_REFLECT_101)
        shown, source = self.controls.xy[frame, base], self.controls.xy[0, base]
        if self._bends is not None:
            return self._bent(shown, source, self.controls.xy[frame, self._bends.points])
        moved = float(np.abs(shown - source).max(initial=0))
        trend = np.isin(base, self.groups.camera) if len(self.groups.camera) else None
        support = max(0.35 * min(self.size_wh), 3 * moved) if trend is None else 0.5 * max(self.size_wh)
        bend = BackwardMap.through(shown, source, support, trend)
        if bend.is_identity:
            return np.copy
        if bend.is_affine:
            flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
            matrix = bend.matrix((0, 0), (0, 0))
            return lambda under: cv2.warpAffine(
                under, matrix, self.size_wh, flags=flags, borderMode=cv2.BORDER_REPLICATE
            )
        return _remapped(*bend.dense((0, 0), self.size_wh), cv2.BORDER_REPLICATE)

    def _bent(self, shown: np.ndarray, source: np.ndarray, pulled: np.ndarray) -> Carry:
        """The picture carried by its lone points, and then bent by what the others ask for beyond that."""
        import cv2

        assert self._bends is not None
        ways = pulled - self.controls.xy[0, self._bends.points]
        x, y = self._bends.map(ways)
        between = self._bends.sources(shown, ways)
        moved = float(np.abs(between - source).max(initial=0))
        rest = BackwardMap.through(between, source, max(0.2 * min(self.size_wh), 3 * moved), None)
        if not rest.is_affine:
            rest_x, rest_y = rest.dense((0, 0), self.size_wh)
            x, y = (cv2.remap(v, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) for v in (rest_x, rest_y))
        return _remapped(x, y, cv2.BORDER_REPLICATE)

    def _partly_painted_over(self, frame: int) -> np.ndarray:
        """Each object's own place, painted over as far as it has left it."""
        mixed = self.picture.copy()
        for item in self.objects:
            if item.settled[frame] <= 0:
                continue
            (x, y), (h, w) = item.corner_xy, item.cut_out.shape[:2]
            part = slice(max(0, y - 6), y + h + 6), slice(max(0, x - 6), x + w + 6)
            share = item.settled[frame]
            mixed[part] = (self.behind[part] * share + self.picture[part] * (1 - share) + 0.5).astype(np.uint8)
        return mixed

    def layer(self, item: Thing, frame: int) -> tuple[tuple[slice, slice], np.ndarray] | None:
        """One object where its points are now: the part of the frame that it covers, and its premultiplied RGBA there.

        None where it is not seen.
        """
        import cv2

        if item.opacity[frame] <= 0:
            return None
        shown, source = self.controls.xy[frame, item.points], self.controls.xy[0, item.points]
        way = BackwardMap.through(shown, source, item.support_px, np.ones(len(shown), bool))
        if self.view is not None:
            # A thing is one body before the camera: what bends it within is left out there.
            way = self.view.through(BackwardMap(way.linear, way.offset, way.centres[:0], way.weights[:0], 1.0), frame)
        h, w = item.cut_out.shape[:2]
        corners = np.array([(0, 0), (w, 0), (w, h), (0, h)]) + item.corner_xy
        forward = (corners - way.offset) @ np.linalg.inv(way.linear).T
        slack = (
            2 if way.is_affine else 2 + float(np.abs(shown - (source - way.offset) @ np.linalg.inv(way.linear).T).max())
        )
        x0, y0 = (int(max(0, v)) for v in np.floor(forward.min(0) - slack))
        x1, y1 = (int(min(s, v)) for v, s in zip(np.ceil(forward.max(0) + slack) + 1, self.size_wh, strict=True))
        if x0 >= x1 or y0 >= y1:
            return None
        if way.is_affine:
            matrix = way.matrix((x0, y0), item.corner_xy)
            flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
            layer = cv2.warpAffine(
                item.cut_out, matrix, (x1 - x0, y1 - y0), flags=flags, borderMode=cv2.BORDER_CONSTANT
            )
        else:
            x, y = way.dense((x0, y0), (x1 - x0, y1 - y0))
            x, y = x - item.corner_xy[0], y - item.corner_xy[1]
            layer = cv2.remap(item.cut_out, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT)
        if item.opacity[frame] < 1:
            layer = (layer * item.opacity[frame] + 0.5).astype(np.uint8)
        return (slice(y0, y1), slice(x0, x1)), layer


def _remapped(x: np.ndarray, y: np.ndarray, border: int) -> Carry:
    import cv2

    return lambda under: cv2.remap(under, x, y, cv2.INTER_CUBIC, borderMode=border)


def draft_clip(
    path: str | os.PathLike,
    picture: np.ndarray,
    tracks: Tracks,
    fps: float = DEFAULT_FPS,
    on_progress: OnProgress | None = None,
    outlines: Sequence[Outline] = (),
    view: CameraView | None = None,
) -> Draft:
    """Draft to a file; frames stream to the encoder, and an interruption (``on_progress`` may raise) leaves nothing."""
    with ClipWriter(path, tracks.size_wh, fps) as clip:
        draft = Draft(picture, tracks, outlines, view)
        for frame in counted(draft, draft.frames, on_progress):
            clip.add(frame)
    return draft


def _eased(seen: Any) -> np.ndarray:
    """float [T]: 1 where seen, falling and rising over a few frames."""
    steps: list[Any] = [1.0]
    for now in seen[1:]:
        steps.append(float(np.clip(steps[-1] + (1 if now else -1) / FADE_FRAMES, 0, 1)))
    return np.asarray(steps)


def _notes(controls: Controls, tracks: Tracks) -> list[str]:
    notes = []
    if controls.unused:
        of = plural(tracks.count, "track")
        notes.append(f"{controls.unused} of {of} start hidden or outside the picture: not in the draft")
    thinned = tracks.count - controls.unused - len(controls.index)
    if thinned:
        notes.append(f"{len(controls.index)} of {plural(tracks.count, 'track')}, evenly spread, shape the draft")
    return notes
