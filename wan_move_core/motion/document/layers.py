"""What a motion document is made of: plain immutable records, and how they are written.

They are made by ``parse.py``, which checks; evaluated by ``evaluate.py``. ``extra`` holds the fields that this version
does not know: kept and written again, never evaluated. Coordinates are 0-1 of the cropped picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from ...geometry import Part, is_same_shape
from ..timing.curves import Handle
from ..timing.easing import Easing
from .bounded_json import dump_json

VERSION = 1
REGION_CURVES = ("straight", "smooth")

PointNorm = tuple[float, float]
Interval = tuple[int, int]
Extra = Mapping[str, Any]


@dataclass(frozen=True)
class Layer:
    """What all layers have. ``visible`` is the eye: a layer without it gives no tracks. ``pinned`` is to the screen: no
    camera carries it.
    """

    id: str
    name: str = ""
    visible: bool = True
    locked: bool = False
    color: str | None = None
    pinned: bool = False
    extra: Extra = field(default_factory=dict)

    type = ""

    def to_dict(self) -> dict[str, Any]:
        head = {"id": self.id, "type": self.type, "name": self.name, "visible": self.visible, "locked": self.locked}
        if self.color is not None:
            head["color"] = self.color
        if self.pinned:
            # Only where it is so: releases that do not know it read what they always read.
            head["pinned"] = True
        return {**head, **self._own(), **self.extra}

    def _own(self) -> dict[str, Any]:
        raise NotImplementedError


@dataclass(frozen=True)
class PathLayer(Layer):
    """One point moving along a curve; a single control point is static.

    ``handles``: one per point or None for it, as offsets in widths and heights; see :data:`curves.Handle`.
    """

    points: tuple[PointNorm, ...] = ()
    times: tuple[float, ...] | None = None
    curve: str = "straight"
    closed: bool = False
    timing: str = "arc"
    speeds: tuple[float, ...] | None = None
    start: int = 0
    end: int = 0
    before: str = "hold"
    after: str = "hold"
    easing: Easing = "linear"
    hidden: tuple[Interval, ...] = ()
    handles: tuple[Handle | None, ...] | None = None

    type = "path"

    def _own(self) -> dict[str, Any]:
        # Written only where there are any: a document without them stays the text that it always was.
        bent = {} if self.handles is None else {"handles": [None if h is None else list(h) for h in self.handles]}
        return {
            "points": _lists(self.points),
            **bent,
            "times": None if self.times is None else list(self.times),
            "curve": self.curve,
            "closed": self.closed,
            "timing": self.timing,
            "speeds": None if self.speeds is None else list(self.speeds),
            "start": self.start,
            "end": self.end,
            "before": self.before,
            "after": self.after,
            "easing": _easing(self.easing),
            "hidden": _lists(self.hidden),
        }


@dataclass(frozen=True)
class AnchorsLayer(Layer):
    """Points that hold still."""

    points: tuple[PointNorm, ...] = ()

    type = "anchors"

    def _own(self) -> dict[str, Any]:
        return {"points": _lists(self.points)}


class _Plain:
    """A record of numbers that is written field by field, pairs and runs as lists, then what else was read with it."""

    extra: Extra

    def to_dict(self) -> dict[str, Any]:
        own = ((f.name, getattr(self, f.name)) for f in fields(self) if f.name != "extra")  # type: ignore[arg-type]
        return {**{name: list(value) if isinstance(value, tuple) else value for name, value in own}, **self.extra}


@dataclass(frozen=True)
class Mask(_Plain):
    """Run lengths, row by row: skip, take, skip, ...; together cols x rows."""

    size_wh: tuple[int, int]
    runs: tuple[int, ...]
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True)
class RegionKey(_Plain):
    """Offset in widths and heights, degrees clockwise on screen, scale, at ``frame``."""

    frame: int
    offset: PointNorm = (0.0, 0.0)
    rotate: float = 0.0
    scale: float = 1.0
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True)
class RegionLayer(Layer):
    """A lattice of points inside an outline or a mask (which wins), moved as one body.

    ``curve``: how it goes between its keys, one of :data:`REGION_CURVES`.
    """

    polygon: tuple[PointNorm, ...] | None = None
    mask: Mask | None = None
    density: float = 1.0
    pivot: PointNorm = (0.5, 0.5)
    keys: tuple[RegionKey, ...] = ()
    easing: Easing = "linear"
    hidden: tuple[Interval, ...] = ()
    curve: str = "straight"

    type = "region"

    def _own(self) -> dict[str, Any]:
        return {
            # Only where it is bent: a document without it stays the text that it always was.
            **({} if self.curve == "straight" else {"curve": self.curve}),
            "polygon": None if self.polygon is None else _lists(self.polygon),
            "mask": None if self.mask is None else self.mask.to_dict(),
            "density": self.density,
            "pivot": list(self.pivot),
            "keys": [key.to_dict() for key in self.keys],
            "easing": _easing(self.easing),
            "hidden": _lists(self.hidden),
        }


@dataclass(frozen=True)
class DenseLayer(Layer):
    """Up to 64 tracks frame by frame, packed (``dense.py``)."""

    tracks: str = ""

    type = "dense"

    def _own(self) -> dict[str, Any]:
        return {"tracks": self.tracks}


@dataclass(frozen=True)
class CameraKey(_Plain):
    """Truck in widths and heights, zoom, roll in degrees clockwise, at ``frame``."""

    frame: int
    truck: PointNorm = (0.0, 0.0)
    zoom: float = 1.0
    roll: float = 0.0
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True)
class Camera:
    """Keys of the camera that everything is seen through."""

    keys: tuple[CameraKey, ...] = ()
    easing: Easing = "linear"
    extra: Extra = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return {"keys": [key.to_dict() for key in self.keys], "easing": _easing(self.easing), **self.extra}


@dataclass(frozen=True)
class MotionDocument:
    """What is stored of a motion: all layers, bottom to top, over ``frames`` frames of a picture fitted to ``size_wh``.

    Attributes:
        picture: reference to the picture and its own size (``size_wh``), never its pixels; as it was read.
        crop: the part of the picture that ``fit`` acts on, 0-1 of its sides; None: all of it.
    """

    size_wh: tuple[int, int]
    frames: int = 81
    fps: float = 16
    fit: str = "crop"
    picture: Mapping[str, Any] | None = None
    layers: tuple[Layer, ...] = ()
    camera: Camera | None = None
    crop: Part | None = None
    extra: Extra = field(default_factory=dict)

    @property
    def picture_wh(self) -> tuple[int, int] | None:
        """The picture's own (width, height), where it is known."""
        size = (self.picture or {}).get("size_wh")
        return None if size is None else (int(size[0]), int(size[1]))

    def crop_on(self, picture_wh: tuple[int, int] | None) -> Part | None:
        """The crop as it holds for a picture of this size: one of other proportions than it was drawn on has none."""
        drawn_on = self.picture_wh
        other = drawn_on is not None and picture_wh is not None and not is_same_shape(picture_wh, drawn_on)
        return None if other else self.crop

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, version 1, with every default written out."""
        return {
            "version": VERSION,
            "size_wh": list(self.size_wh),
            "frames": self.frames,
            "fps": self.fps,
            "fit": self.fit,
            "picture": None if self.picture is None else dict(self.picture),
            "layers": [layer.to_dict() for layer in self.layers],
            "camera": None if self.camera is None else self.camera.to_dict(),
            **({} if self.crop is None else {"crop": list(self.crop)}),
            **self.extra,
        }

    def to_json(self) -> str:
        """Compact JSON text; ``parse_document`` reads it back to an equal document."""
        return dump_json(self.to_dict())


def _lists(rows: tuple[tuple[Any, ...], ...]) -> list[list[Any]]:
    return [list(row) for row in rows]


def _easing(easing: Easing) -> Any:
    return easing if isinstance(easing, str) else list(easing)
