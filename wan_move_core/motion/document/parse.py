"""JSON data to a motion document: every field checked, defaults filled, unknown fields kept.

The rules and limits are those of tests/golden_shared/README.md; errors name the layer and the field.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ...geometry import FIT_MODES, Part
from ...tracks import MAX_FRAMES, MAX_SAMPLES, MAX_TRACKS
from ..timing.curves import CURVES, Handle
from ..timing.easing import PRESETS, Easing
from .dense import decode_dense, dense_size
from .fields import REQUIRED, Fields, shown
from .layers import (
    REGION_CURVES,
    AnchorsLayer,
    Camera,
    CameraKey,
    DenseLayer,
    Interval,
    Layer,
    Mask,
    MotionDocument,
    PathLayer,
    RegionKey,
    RegionLayer,
)

MAX_FRAME = 100_000
MAX_LAYERS = 2000
MAX_POINTS = 4096
MAX_NORM = 16.0
MAX_MASK_PIXELS = 4_000_000
SIDE_RANGE = (8, 16384)
SCALE_RANGE = (0.001, 1000.0)
MAX_DEGREES = 1e6
LEAST_CROP = 0.001
MAX_EASING = 16.0


def document_from_data(data: Any, where: str) -> MotionDocument:
    """The document in version-1 JSON ``data``. Raises: WanMoveError naming the layer and field."""
    top = Fields(data, where)
    top.take("version")
    size = _size(top, "size_wh", SIDE_RANGE)
    frames = top.integer("frames", low=1, high=MAX_FRAMES)
    fps = top.number("fps", 16, low=1e-3, high=1e4)
    fit = top.choice("fit", "crop", FIT_MODES)
    picture = top.take("picture", None)
    if picture is not None:
        kept = Fields(picture, f"{where} / picture")
        if kept.take("size_wh", None) is not None:
            _size(Fields(picture, kept.where), "size_wh", (1, 1_000_000))
    layers = _layers(top, frames)
    camera = top.take("camera", None)
    return MotionDocument(
        size_wh=size,
        frames=frames,
        fps=fps,
        fit=fit,
        picture=picture,
        layers=layers,
        camera=None if camera is None else _camera(Fields(camera, f"{where} / camera")),
        crop=_crop(top),
        extra=top.rest(),
    )


def _crop(top: Fields) -> Part | None:
    value = top.take("crop", None)
    if value is None:
        return None
    x, y, width, height = top.as_list(value, "crop", 4, 4)
    return (
        *(float(top.as_number(v, f"crop[{i}]", 0.0, 1.0)) for i, v in enumerate((x, y))),
        *(float(top.as_number(v, f"crop[{i}]", LEAST_CROP, 1.0)) for i, v in enumerate((width, height), 2)),
    )  # type: ignore[return-value]


def _layers(top: Fields, frames: int) -> tuple[Layer, ...]:
    layers: list[Layer] = []
    seen: set[str] = set()
    points = samples = 0
    for i, data in enumerate(top.sequence("layers", longest=MAX_LAYERS)):
        place = f"{top.where} / layers[{i}]"
        layer = _layer(data, place, top.where, frames)
        if layer.id in seen:
            raise Fields({}, place).error("id", f"{shown(layer.id)} is used twice", "give every layer its own id")
        seen.add(layer.id)
        layers.append(layer)
        dense = dense_size(layer.tracks) if isinstance(layer, DenseLayer) else (0, 0)
        samples += math.prod(dense)
        points += len(layer.points) if isinstance(layer, AnchorsLayer) else dense[1] or 1
        if samples > MAX_SAMPLES:
            raise top.error("layers", f"dense layers of more than {MAX_SAMPLES:,} positions", "keep them in a file")
        if points > MAX_TRACKS:
            raise top.error("layers", f"more than {MAX_TRACKS:,} tracks", "use fewer anchors, or a region")
    return tuple(layers)


def _layer(data: Any, place: str, where: str, frames: int) -> Layer:
    fields = Fields(data, place)
    kind = fields.choice("type", REQUIRED, tuple(_READERS))
    name = fields.text("id", longest=64, shortest=1)
    title = fields.text("name", "", longest=200)
    # From here on errors call the layer as the person who drew it does.
    fields.where = f"{where} / layer {shown(title or name)}" + (f" ({shown(name)})" if title else "")
    color = fields.take("color", None)
    if color is not None and (not isinstance(color, str) or len(color) > 64):
        raise fields.error("color", f"{shown(color)} is not a short text or null", 'write "#6699ff"')
    common = {
        "id": name,
        "name": title,
        "visible": fields.flag("visible", True),
        "locked": fields.flag("locked", False),
        "color": color,
        "pinned": fields.flag("pinned", False),
    }
    return _READERS[kind](fields, common, frames)


def _path(fields: Fields, common: dict[str, Any], frames: int) -> PathLayer:
    points = fields.pairs(fields.sequence("points", longest=MAX_POINTS, shortest=1), "points", MAX_NORM)
    closed = fields.flag("closed", False)
    start = fields.integer("start", 0, low=0, high=MAX_FRAME)
    end = fields.integer("end", max(frames - 1, start), low=0, high=MAX_FRAME)
    if end < start:
        raise fields.error("end", f"frame {end} lies before start, frame {start}", "make end at least start")
    return PathLayer(
        **common,
        points=points,
        closed=closed,
        times=_times(fields, len(points), closed),
        speeds=_speeds(fields, len(points)),
        curve=fields.choice("curve", "straight", CURVES),
        timing=fields.choice("timing", "arc", ("arc", "published")),
        start=start,
        end=end,
        before=fields.choice("before", "hold", ("hold", "hide")),
        after=fields.choice("after", "hold", ("hold", "hide")),
        easing=_easing(fields),
        hidden=_hidden(fields),
        handles=_handles(fields, len(points)),
        extra=fields.rest(),
    )


def _handles(fields: Fields, count: int) -> tuple[Handle | None, ...] | None:
    value = fields.take("handles", None)
    if value is None:
        return None
    entries = fields.as_list(value, "handles", MAX_POINTS)
    if len(entries) != count:
        raise fields.error("handles", f"{len(entries)} entries for {count} points", "give one per point, or null")
    return tuple(None if v is None else _handle(fields, v, f"handles[{i}]") for i, v in enumerate(entries))


def _handle(fields: Fields, value: Any, name: str) -> Handle:
    numbers = fields.as_list(value, name, 4, 4)
    in_x, in_y, out_x, out_y = (float(fields.as_number(v, name, -MAX_NORM, MAX_NORM)) for v in numbers)
    return in_x, in_y, out_x, out_y


def _times(fields: Fields, count: int, closed: bool) -> tuple[float, ...] | None:
    value = fields.take("times", None)
    if value is None:
        return None
    entries = fields.as_list(value, "times", MAX_POINTS + 1)
    if len(entries) != count and not (closed and len(entries) == count + 1):
        wanted = f"{count} or {count + 1}" if closed else f"{count}"
        raise fields.error("times", f"{len(entries)} entries for {count} points, expected {wanted}", "one per point")
    times = tuple(float(fields.as_number(v, f"times[{i}]", 0.0, 1.0)) for i, v in enumerate(entries))
    if count == 1:
        return times
    for i in range(1, len(times)):
        if times[i] < times[i - 1]:
            raise fields.error(f"times[{i}]", f"{times[i]:g} comes after {times[i - 1]:g}", "sort the times")
    if times[0] != 0.0 or times[-1] != 1.0:
        raise fields.error("times", f"run from {times[0]:g} to {times[-1]:g}", "start at 0 and end at 1")
    return times


def _speeds(fields: Fields, count: int) -> tuple[float, ...] | None:
    value = fields.take("speeds", None)
    if value is None:
        return None
    entries = fields.as_list(value, "speeds", MAX_POINTS)
    if len(entries) != count:
        raise fields.error("speeds", f"{len(entries)} entries for {count} points", "give one per point")
    return tuple(float(fields.as_number(v, f"speeds[{i}]", -1e6, 1e6)) for i, v in enumerate(entries))


def _anchors(fields: Fields, common: dict[str, Any], _frames: int) -> AnchorsLayer:
    points = fields.pairs(fields.sequence("points", longest=MAX_TRACKS), "points", MAX_NORM)
    return AnchorsLayer(**common, points=points, extra=fields.rest())


def _region(fields: Fields, common: dict[str, Any], _frames: int) -> RegionLayer:
    polygon, mask = fields.take("polygon", None), fields.take("mask", None)
    if polygon is None and mask is None:
        raise fields.error("polygon", "neither polygon nor mask is given", "draw an outline or a mask")
    if polygon is not None:
        polygon = fields.pairs(fields.as_list(polygon, "polygon", MAX_POINTS, 3), "polygon", MAX_NORM)
    density = fields.number("density", 1.0, low=0.0, high=1.0)
    if density == 0:
        raise fields.error("density", "0 would keep no point", "use more than 0, up to 1")
    return RegionLayer(
        **common,
        polygon=polygon,
        mask=None if mask is None else _mask(Fields(mask, f"{fields.where} / mask")),
        density=density,
        pivot=fields.pair(fields.take("pivot"), "pivot", MAX_NORM),
        keys=_keys(fields, _region_key),
        curve=fields.choice("curve", "straight", REGION_CURVES),
        easing=_easing(fields),
        hidden=_hidden(fields),
        extra=fields.rest(),
    )


def _region_key(fields: Fields, frame: int) -> RegionKey:
    return RegionKey(
        frame=frame,
        offset=fields.pair(fields.take("offset", [0.0, 0.0]), "offset", MAX_NORM),
        rotate=fields.number("rotate", 0.0, low=-MAX_DEGREES, high=MAX_DEGREES),
        scale=fields.number("scale", 1.0, low=SCALE_RANGE[0], high=SCALE_RANGE[1]),
        extra=fields.rest(),
    )


def _mask(fields: Fields) -> Mask:
    cols, rows = _size(fields, "size_wh", (1, MAX_MASK_PIXELS))
    total = cols * rows
    if total > MAX_MASK_PIXELS:
        raise fields.error("size_wh", f"{cols} x {rows} pixels, at most {MAX_MASK_PIXELS:,}", "use a smaller mask")
    entries = fields.sequence("runs", longest=total + 1)
    runs = tuple(fields.as_integer(v, f"runs[{i}]", 0, total) for i, v in enumerate(entries))
    if sum(runs) != total:
        raise fields.error("runs", f"add up to {sum(runs)}, expected {total}", "write the mask again")
    return Mask((cols, rows), runs, fields.rest())


def _dense(fields: Fields, common: dict[str, Any], _frames: int) -> DenseLayer:
    text = fields.text("tracks", longest=5_000_000)
    decode_dense(text, f"{fields.where} / tracks")
    return DenseLayer(**common, tracks=text, extra=fields.rest())


def _camera(fields: Fields) -> Camera:
    return Camera(keys=_keys(fields, _camera_key), easing=_easing(fields), extra=fields.rest())


def _camera_key(fields: Fields, frame: int) -> CameraKey:
    return CameraKey(
        frame=frame,
        truck=fields.pair(fields.take("truck", [0.0, 0.0]), "truck", MAX_NORM),
        zoom=fields.number("zoom", 1.0, low=SCALE_RANGE[0], high=SCALE_RANGE[1]),
        roll=fields.number("roll", 0.0, low=-MAX_DEGREES, high=MAX_DEGREES),
        extra=fields.rest(),
    )


def _keys(fields: Fields, read: Callable[[Fields, int], Any]) -> tuple[Any, ...]:
    keys: dict[int, Any] = {}
    for i, data in enumerate(fields.sequence("keys", [], longest=MAX_FRAMES)):
        one = Fields(data, f"{fields.where} / keys[{i}]")
        frame = one.integer("frame", low=0, high=MAX_FRAME)
        if frame in keys:
            raise one.error("frame", f"{frame} has two keys", "remove one of them")
        keys[frame] = read(one, frame)
    return tuple(keys[frame] for frame in sorted(keys))


def _easing(fields: Fields) -> Easing:
    value = fields.take("easing", "linear")
    if isinstance(value, str):
        if value not in PRESETS:
            raise fields.error("easing", f"{shown(value)} is unknown", f"use {', '.join(PRESETS)} or [x1, y1, x2, y2]")
        return value
    if not isinstance(value, list) or len(value) != 4:
        raise fields.error("easing", f"{shown(value)} is not [x1, y1, x2, y2]", f"or use {', '.join(PRESETS)}")
    limits = ((0.0, 1.0), (-MAX_EASING, MAX_EASING)) * 2
    return tuple(
        float(fields.as_number(v, f"easing[{i}]", low, high))
        for i, (v, (low, high)) in enumerate(zip(value, limits, strict=True))
    )


def _hidden(fields: Fields) -> tuple[Interval, ...]:
    intervals = []
    for i, value in enumerate(fields.sequence("hidden", [], longest=MAX_FRAMES)):
        name = f"hidden[{i}]"
        pair = fields.as_list(value, name, 2, 2)
        first, last = (fields.as_integer(v, name, 0, MAX_FRAME) for v in pair)
        if last < first:
            raise fields.error(name, f"ends at frame {last}, before it begins at {first}", "swap the two")
        intervals.append((first, last))
    return tuple(intervals)


def _size(fields: Fields, name: str, side_range: tuple[int, int]) -> tuple[int, int]:
    entries = fields.as_list(fields.take(name), name, 2, 2)
    width, height = (fields.as_integer(v, name, *side_range) for v in entries)
    return width, height


_READERS: dict[str, Callable[[Fields, dict[str, Any], int], Layer]] = {
    "path": _path,
    "anchors": _anchors,
    "region": _region,
    "dense": _dense,
}
