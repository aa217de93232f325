"""A motion document carried to another size, crop, picture, length or frame rate; motion stays on the picture."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import torch

from ...errors import WanMoveError
from ...geometry import FIT_MODES, Fit, Part
from ...tracks import Tracks
from ..timing.curves import Handle
from .dense import dense_from_tracks, tracks_from_dense
from .layers import (
    AnchorsLayer,
    Camera,
    DenseLayer,
    Interval,
    Layer,
    Mask,
    MotionDocument,
    PathLayer,
    PointNorm,
    RegionLayer,
)
from .parse import MAX_FRAME, MAX_FRAMES, MAX_NORM, SIDE_RANGE


def remap_document(
    document: MotionDocument,
    size_wh: tuple[int, int] | None = None,
    frames: int | None = None,
    fps: float | None = None,
    fit: str | None = None,
    picture_wh: tuple[int, int] | None = None,
    *,
    crop: Part | Literal["keep"] | None = "keep",
    stretch: bool = False,
) -> MotionDocument:
    """The document for another clip; None keeps what it has.

    Points keep their place on the picture: from the old crop to the picture to the new crop. Where the picture's size
    is unknown they keep their place in the crop. Offsets and truck scale alike; angles and scales are kept.

    Args:
        picture_wh: the size of the picture now; a document drawn on one of another size is stretched onto it.
        crop: the part of the picture that is shown from now on, 0-1 of its sides; None: all of it. A picture of other
            proportions has none, unless one is given.
        stretch: spread the motion over the new length. Otherwise timing is kept in seconds: frame numbers change with
            ``fps`` alone, and a longer or shorter clip waits or cuts.

    Coordinates that end more than 16 picture sides away, and dense tracks 2 away, are brought to that limit.

    Raises: WanMoveError for a size, length, rate or fit that no document may have.
    """
    new_size = document.size_wh if size_wh is None else (int(size_wh[0]), int(size_wh[1]))
    new_frames = document.frames if frames is None else int(frames)
    new_fps = document.fps if fps is None else fps
    new_fit = document.fit if fit is None else fit
    _require_clip(new_size, new_frames, new_fps, new_fit)
    new_crop = document.crop_on(picture_wh) if crop == "keep" else crop
    place = _Place(document, new_size, new_fit, picture_wh, new_crop)
    time = _Time(document, new_frames, new_fps, stretch)
    picture = document.picture
    if picture_wh is not None:
        picture = {**(picture or {}), "size_wh": [int(v) for v in picture_wh]}
    return replace(
        document,
        size_wh=new_size,
        frames=new_frames,
        fps=new_fps,
        fit=new_fit,
        picture=picture,
        crop=new_crop,
        layers=tuple(_layer(layer, place, time) for layer in document.layers),
        camera=None if document.camera is None else _camera(document.camera, place, time),
    )


class _Place:
    """0-1 of the old crop to 0-1 of the new one: norm * scale + shift, per axis."""

    def __init__(
        self,
        document: MotionDocument,
        size_wh: tuple[int, int],
        fit: str,
        picture_wh: tuple[int, int] | None,
        crop: Part | None,
    ) -> None:
        drawn_on = document.picture_wh or picture_wh
        shown_on = picture_wh or document.picture_wh
        self.old_wh, self.new_wh = document.size_wh, size_wh
        if drawn_on is None or shown_on is None:
            self.scale, self.shift = np.ones(2), np.zeros(2)
            return
        unit = torch.tensor([[0.0, 0.0], [1.0, 1.0]], dtype=torch.float64)
        drawn = _fit(document.fit, drawn_on, document.size_wh, document.crop)
        old = drawn.inverse_points(unit * unit.new_tensor(document.size_wh))
        on_picture = old / unit.new_tensor(drawn_on) * unit.new_tensor(shown_on)
        new = (_fit(fit, shown_on, size_wh, crop).points(on_picture) / unit.new_tensor(size_wh)).numpy()
        self.shift, self.scale = new[0], new[1] - new[0]
        if (document.fit, document.size_wh, drawn_on, document.crop) == (fit, size_wh, shown_on, crop):
            # Nothing moves: not even by the rounding of a round trip.
            self.scale, self.shift = np.ones(2), np.zeros(2)

    @property
    def is_identity(self) -> bool:
        return bool((self.scale == 1).all() and (self.shift == 0).all())

    def point(self, norm: PointNorm) -> PointNorm:
        return _limit(norm[0] * self.scale[0] + self.shift[0]), _limit(norm[1] * self.scale[1] + self.shift[1])

    def points(self, norms: tuple[PointNorm, ...]) -> tuple[PointNorm, ...]:
        return tuple(self.point(p) for p in norms)

    def offset(self, norm: PointNorm) -> PointNorm:
        return _limit(norm[0] * self.scale[0]), _limit(norm[1] * self.scale[1])

    def handle(self, norm: Handle) -> Handle:
        return (*self.offset((norm[0], norm[1])), *self.offset((norm[2], norm[3])))

    def mask(self, mask: Mask) -> Mask:
        """The mask of the new crop, at the same resolution; what the old crop did not show is empty."""
        if self.is_identity:
            return mask
        cols, rows = mask.size_wh
        runs = np.asarray(mask.runs, np.int64)
        old = np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(rows, cols)

        def source(count: int, axis: int) -> tuple[np.ndarray, np.ndarray]:
            norm = ((np.arange(count) + 0.5) / count - self.shift[axis]) / self.scale[axis]
            pixel = np.floor(norm * count).astype(np.int64)
            return np.clip(pixel, 0, count - 1), (pixel >= 0) & (pixel < count)

        (x, x_ok), (y, y_ok) = source(cols, 0), source(rows, 1)
        new = old[y[:, None], x] & y_ok[:, None] & x_ok
        return replace(mask, runs=runs_from_mask(new))


class _Time:
    """Old frame numbers to new ones, in seconds or stretched."""

    def __init__(self, document: MotionDocument, frames: int, fps: float, stretch: bool) -> None:
        self.frames = frames
        self.ratio = fps / document.fps
        if stretch:
            self.ratio = (frames - 1) / (document.frames - 1) if document.frames > 1 else 1.0
        self.is_identity = self.ratio == 1.0

    def frame(self, frame: int) -> int:
        return min(MAX_FRAME, math.floor(frame * self.ratio + 0.5))

    def intervals(self, intervals: tuple[Interval, ...]) -> tuple[Interval, ...]:
        return tuple((self.frame(first), self.frame(last)) for first, last in intervals)

    def keys(self, keys: tuple[Any, ...], move: Callable[[Any], Any]) -> tuple[Any, ...]:
        """Keys that fall on one frame: the later one stays."""
        moved = {self.frame(key.frame): move(replace(key, frame=self.frame(key.frame))) for key in keys}
        return tuple(moved[frame] for frame in sorted(moved))


def _layer(layer: Layer, place: _Place, time: _Time) -> Layer:
    if isinstance(layer, PathLayer):
        return replace(
            layer,
            points=place.points(layer.points),
            handles=None if layer.handles is None else tuple(h and place.handle(h) for h in layer.handles),
            start=time.frame(layer.start),
            end=time.frame(layer.end),
            hidden=time.intervals(layer.hidden),
        )
    if isinstance(layer, AnchorsLayer):
        return replace(layer, points=place.points(layer.points))
    if isinstance(layer, RegionLayer):
        return replace(
            layer,
            polygon=None if layer.polygon is None else place.points(layer.polygon),
            mask=None if layer.mask is None else place.mask(layer.mask),
            pivot=place.point(layer.pivot),
            keys=time.keys(layer.keys, lambda key: replace(key, offset=place.offset(key.offset))),
            hidden=time.intervals(layer.hidden),
        )
    if isinstance(layer, DenseLayer):
        return replace(layer, tracks=_dense(layer.tracks, place, time))
    raise TypeError(type(layer).__name__)


def _camera(camera: Camera, place: _Place, time: _Time) -> Camera:
    return replace(camera, keys=time.keys(camera.keys, lambda key: replace(key, truck=place.offset(key.truck))))


def _dense(text: str, place: _Place, time: _Time) -> str:
    if place.is_identity and time.is_identity:
        return text
    tracks = tracks_from_dense(text, place.old_wh)
    norm = tracks.xy.to(torch.float64) / torch.tensor(place.old_wh, dtype=torch.float64)
    new = (norm * torch.from_numpy(place.scale) + torch.from_numpy(place.shift)) * torch.tensor(
        place.new_wh, dtype=torch.float64
    )
    moved = Tracks.make(new.to(torch.float32), tracks.visible, size_wh=place.new_wh)
    frames = min(MAX_FRAMES, time.frame(moved.frames - 1) + 1)
    return dense_from_tracks(moved.retime(frames), clamp=True)


def runs_from_mask(mask_hw: np.ndarray) -> tuple[int, ...]:
    """Run lengths of a bool mask [rows, cols], row by row: skip, take, skip, ..."""
    flat = np.asarray(mask_hw, bool).ravel()
    change = np.flatnonzero(np.diff(flat)) + 1
    edges = np.concatenate([[0], change, [flat.size]])
    runs = np.diff(edges).tolist()
    return tuple([0, *runs] if flat[0] else runs)


def _fit(mode: str, source_wh: tuple[int, int], target_wh: tuple[int, int], crop: Part | None) -> Fit:
    # The size that the area rule arrives at is the document's own: from there on it is a stretch.
    return Fit.make("stretch" if mode == "area" else mode, source_wh, target_wh, part=crop)


def _limit(norm: float) -> float:
    return float(min(MAX_NORM, max(-MAX_NORM, norm)))


def _require_clip(size_wh: tuple[int, int], frames: int, fps: float, fit: str) -> None:
    where = "Motion document / remap"
    if not all(SIDE_RANGE[0] <= side <= SIDE_RANGE[1] for side in size_wh):
        raise WanMoveError(
            where=where,
            what=f"size {size_wh[0]}x{size_wh[1]}",
            fix=f"use sides of {SIDE_RANGE[0]} to {SIDE_RANGE[1]} px",
        )
    if not 1 <= frames <= MAX_FRAMES:
        raise WanMoveError(where=where, what=f"{frames} frames", fix=f"use 1 to {MAX_FRAMES}")
    if not (1e-3 <= fps <= 1e4):
        raise WanMoveError(where=where, what=f"{fps} frames per second", fix="use 16")
    if fit not in FIT_MODES:
        raise WanMoveError(where=where, what=f"unknown fit {fit!r}", fix=f"use {', '.join(FIT_MODES)}")
