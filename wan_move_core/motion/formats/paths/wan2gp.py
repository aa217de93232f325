"""Formats 3 and 4's rules: Wan2GP's Motion Designer definition.

Read from Wan2GP at 8681e9f. Frame f in startFrame..endFrame is at progress (f - start) / (end - start), shaped by the
speed mode, along the length of the drawn polyline; with tension a > 0 every span is drawn as max(6, round(8 + 20 a))
straight pieces of a cardinal curve whose tangents are a/2 (p[i+1] - p[i-1]), the ends repeated.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ....errors import plural, verb
from ..job import Job
from ..report import Imported
from .editable import path_layer, with_document
from .polyline import at_lengths

MODES = ("none", "accelerate", "decelerate", "accelerate-decelerate", "decelerate-accelerate")


def matches(data: Any) -> bool:
    return isinstance(data, dict) and isinstance(data.get("layers"), list) and ("resolution" in data or "scene" in data)


def read(data: dict[str, Any], job: Job) -> Imported:
    file_wh = job.size_of(data["resolution"], "resolution") if "resolution" in data else None
    size_wh, scale = job.size(file_wh)
    unit = job.unit_of(np.zeros((0, 2)), default="px")
    scale = scale if unit == "px" else np.array(size_wh, dtype=np.float64)
    scene = data.get("scene")
    scene = scene if isinstance(scene, dict) else {}
    total = round(min(max(job.number_or(scene.get("totalFrames"), 81, "totalFrames"), 1), 1e9))
    frames = job.length(total)
    fps = job.number_or(scene.get("fps"), job.fps, "fps")
    if fps > 0:
        job.fps = fps
    if frames != total:
        job.note(f"Evaluated over {plural(frames, 'frame')} instead of the file's {total}; the whole motion is kept.")
    layers = [x for x in data["layers"] if isinstance(x, dict)]
    shapes = sum(x.get("shapeType", "polygon") != "trajectory" for x in layers)
    if shapes:
        job.note(
            f"{plural(shapes, 'layer')} {verb(shapes, 'cuts', 'cut')} out shapes: only their paths are imported, not "
            "picture, scale or rotation."
        )
    for key in ("altBackground", "backgroundImage"):
        if data.get(key):
            job.note(f"The file's {key} is not imported.")
    if data.get("fitMode") not in (None, "cover") and file_wh:
        job.note(
            f"The file fits its picture by {str(data['fitMode'])[:20]!r}; positions are those of the fitted picture."
        )
    drawn = [(i, x, _points(x, i, job)) for i, x in enumerate(layers)]
    empty = sum(not len(p) for _, _, p in drawn)
    if empty:
        job.note(f"{plural(empty, 'layer')} without a path left out.")
    drawn = [d for d in drawn if len(d[2])]
    job.require_room(frames, len(drawn))
    # Evaluated at the file's own, possibly fractional, frame numbers, so that a change of length keeps the motion.
    at = np.arange(frames) * ((total - 1) / (frames - 1) if frames > 1 else 0.0)
    settings = [_settings(x, i, total, job) for i, x, _ in drawn]
    rendered = [render(p, s["tension"]) for (_, _, p), s in zip(drawn, settings, strict=True)]
    xy = np.empty((frames, len(drawn), 2))
    visible = np.ones((frames, len(drawn)), bool)
    for n, (setting, line) in enumerate(zip(settings, rendered, strict=True)):
        start, end = setting["start"], setting["end"]
        progress = np.clip((at - start) / (end - start), 0, 1) if end > start else (at > start).astype(float)
        xy[:, n] = at_lengths(line, speed_progress(progress, setting["mode"], setting["ratio"])) * scale
        if setting["hide"]:
            nearest = np.floor(at + 0.5)
            visible[:, n] = (nearest >= start) & (nearest <= end)
    if not len(drawn):
        raise job.error("no layer has a path", "draw a trajectory in it first")
    late = [s["end"] > total - 1 for s in settings]
    if any(late):
        job.note(
            f"{plural(sum(late), 'path')} {verb(sum(late), 'ends', 'end')} after the last frame, as the editor's "
            "default does: the last frame stops just short of the path's end."
        )
    imported = job.finish("wan2gp", xy, visible, size_wh, unit)

    def layers_of(lines: list[np.ndarray], curved: bool) -> list[dict[str, Any]]:
        made = []
        for n, ((_, layer, _), setting) in enumerate(zip(drawn, settings, strict=True)):
            start, end = (v * (frames - 1) / max(total - 1, 1) for v in (setting["start"], setting["end"]))
            hide = "hide" if setting["hide"] else "hold"
            curve = "catmull-rom" if curved and setting["tension"] > 0 and len(lines[n]) > 2 else "straight"
            made.append(
                path_layer(
                    n, lines[n] * scale, size_wh, frames, name=layer.get("name"), color=layer.get("color"), curve=curve,
                    start=round(start), end=round(end), before=hide, after=hide,
                    easing=_easing(setting["mode"], setting["ratio"]),
                )
            )  # fmt: skip
        return made

    return with_document(
        job, imported, [lambda: layers_of([p for _, _, p in drawn], True), lambda: layers_of(rendered, False)]
    )


def speed_progress(progress: np.ndarray, mode: str, ratio: float) -> np.ndarray:
    """Part of the path covered at ``progress`` (0-1 of the time), speed linear in time between 1 and ``ratio``."""
    if mode == "none":
        return progress
    first, last = (1.0, ratio) if mode.startswith("accelerate") else (ratio, 1.0)

    def ramp(t: np.ndarray, a: float, b: float) -> np.ndarray:
        return (a * t + (b - a) * t * t / 2) / ((a + b) / 2)

    if "-" not in mode:
        return ramp(progress, first, last)
    # Both halves cover the same length, being mirror images in time.
    half = ramp(np.minimum(progress, 1 - progress) * 2, first, last) / 2
    return np.where(progress <= 0.5, half, 1 - half)


def render(point_xy: np.ndarray, tension: float) -> np.ndarray:
    """The polyline the editor draws through [P, 2] control points."""
    if tension <= 0 or len(point_xy) < 2:
        return point_xy
    pieces = max(6, int(np.floor(8 + tension * 20 + 0.5)))
    around = np.concatenate([point_xy[:1], point_xy, point_xy[-1:]])
    tangent = (around[2:] - around[:-2]) * (tension / 2)
    t = (np.arange(1, pieces + 1) / pieces)[None, :, None]
    p1, p2, m1, m2 = (a[:, None] for a in (point_xy[:-1], point_xy[1:], tangent[:-1], tangent[1:]))
    spans = (
        (2 * t**3 - 3 * t**2 + 1) * p1 + (t**3 - 2 * t**2 + t) * m1 + (3 * t**2 - 2 * t**3) * p2 + (t**3 - t**2) * m2
    )
    return np.concatenate([point_xy[:1], spans.reshape(-1, 2)])


def _points(layer: dict[str, Any], index: int, job: Job) -> np.ndarray:
    path = layer.get("path")
    points = job.points(path, f"layer {index + 1}") if path else np.zeros((0, 2))
    if layer.get("polygon") and layer.get("shapeType") != "trajectory":
        outline = job.points(layer["polygon"], f"outline of layer {index + 1}")
        # A cut-out starts at its own centre and then follows the drawn path.
        return np.concatenate([_centroid(outline)[None], points])
    return points


def _centroid(outline: np.ndarray) -> np.ndarray:
    x, y = outline.T
    cross = x * np.roll(y, -1) - np.roll(x, -1) * y
    area = cross.sum() / 2
    if area == 0:
        return outline[0]
    return np.array([((x + np.roll(x, -1)) * cross).sum(), ((y + np.roll(y, -1)) * cross).sum()]) / (6 * area)


def _settings(layer: dict[str, Any], index: int, total: int, job: Job) -> dict[str, Any]:
    def value(key: str, default: float, low: float, high: float) -> float:
        return min(max(job.number_or(layer.get(key), default, f"{key} of layer {index + 1}"), low), high)

    start = value("startFrame", 0, 0, total)
    mode = layer.get("speedMode") or "none"
    if mode not in MODES:
        raise job.error(f"speedMode of layer {index + 1} is {str(mode)[:40]!r}", f"use one of {', '.join(MODES)}")
    return {
        "start": start,
        "end": value("endFrame", total, start, total),
        "mode": mode,
        "ratio": value("speedRatio", 1, 1, 100),
        "tension": value("tension", 0, 0, 1),
        "hide": layer.get("hideOutsideRange", True) is not False,
    }


def _easing(mode: str, ratio: float) -> Any:
    """The document's easing for a speed mode: one ramp is a quadratic, which a cubic with x = 1/3, 2/3 is exactly."""
    if mode == "none" or ratio == 1:
        return "linear"
    first, last = (1.0, ratio) if mode.startswith("accelerate") else (ratio, 1.0)
    mean = (first + last) / 2
    if "-" not in mode:
        return [1 / 3, first / mean / 3, 2 / 3, 1 - last / mean / 3]
    t = np.linspace(0, 1, 41)
    u = t[:, None]
    goal = speed_progress(t, mode, ratio)
    # Two ramps meet at the middle: the nearest symmetric curve, its outer slope right.
    slope = first / mean
    reach = np.linspace(0.05, min(1.0, 1 / slope if slope > 0 else 1.0), 39)
    x = 3 * (1 - u) ** 2 * u * reach + 3 * (1 - u) * u**2 * (1 - reach) + u**3
    y = 3 * (1 - u) ** 2 * u * reach * slope + 3 * (1 - u) * u**2 * (1 - reach * slope) + u**3
    off = [np.abs(np.interp(t, x[:, k], y[:, k]) - goal).max() for k in range(len(reach))]
    best = float(reach[int(np.argmin(off))])
    return [best, best * slope, 1 - best, 1 - best * slope]
