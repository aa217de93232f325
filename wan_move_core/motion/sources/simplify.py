"""Dense tracks as few editable keys: path layers whose keys keep the timing, within a stated distance at every frame.

A key is a frame and a position; between two keys a straight path with ``times`` moves evenly, so a track whose every
visible frame lies within ``error_px`` of the straight line *at its own time* loses neither its path nor its speed.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from ...errors import WanMoveError
from ...tracks import Tracks

PALETTE = ("#6699ff", "#00ffff", "#ffff00", "#ff66cc", "#00ff00")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")

MAX_LAYERS = 2000
MAX_POINTS = 4096
SMOOTH_LIMIT = 64
_SMOOTH_GAIN = 0.7
# Two equal neighbours would be merged and a pause between them lost; keys at rest are kept apart by this much.
_REST_PX = 0.01


def document_from_tracks(
    tracks: Tracks,
    error_px: float = 1.0,
    *,
    fps: float = 16.0,
    fit: str = "crop",
    picture: dict[str, Any] | None = None,
    name: str = "Track",
    group_static: bool = True,
    smooth: bool = True,
) -> tuple[dict[str, Any], list[float]]:
    """A version-1 motion document that moves like ``tracks``, and how far each track is off, in pixels.

    Args:
        tracks: [T, N, 2] px.
        error_px: the most that a visible position may move, at its own frame.
        fps, fit, picture: stored in the document.
        name: layers are called ``name 1``, ``name 2``, ...
        group_static: tracks that stand still and are always visible become one anchors layer, at the bottom; the others
            keep their order. False keeps one layer per track, in order.
        smooth: use a smooth curve for a path that then needs clearly fewer keys (tried for up to 64 moving tracks).

    Returns: (document, largest distance per track, measured by evaluating the document; frames where the track is
        hidden do not count).
    Raises: WanMoveError when ``error_px`` is not positive, or there are more moving tracks than a document holds.
    """
    from ..document.read import parse_document
    from ..evaluation.evaluate import tracks_from_document

    layers, order = _layers(tracks, error_px, name, group_static, smooth)
    document = new_document(layers, tracks.size_wh, tracks.frames, fps, fit, picture)
    made = tracks_from_document(parse_document(document, where="Simplify"))
    distance = (made.xy.double() - tracks.xy.double()[:, order]).norm(dim=-1) * tracks.visible[:, order]
    errors = [0.0] * tracks.count
    for position, track in enumerate(order):
        errors[track] = float(distance[:, position].max())
    return document, errors


def new_document(
    layers: list[dict[str, Any]],
    size_wh: tuple[int, int],
    frames: int,
    fps: float = 16.0,
    fit: str = "crop",
    picture: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A version-1 document of these layers, as plain data."""
    return {
        "version": 1,
        "size_wh": list(size_wh),
        "frames": frames,
        "fps": fps,
        "fit": fit,
        "picture": picture,
        "layers": layers,
        "camera": None,
    }


def path_layer(
    index: int,
    point_px: np.ndarray,
    size_wh: tuple[int, int],
    frames: int,
    *,
    name: Any = None,
    color: Any = None,
    **fields: Any,
) -> dict[str, Any]:
    """A path layer of ``point_px`` [P, 2] in pixels of ``size_wh``; foreign names and colours are made safe.

    ``fields`` override the defaults: a straight path at even speed over the whole clip.
    """
    layer = {
        "id": f"t{index + 1}",
        "type": "path",
        "name": clean_name(name, f"Track {index + 1}"),
        "color": color if isinstance(color, str) and _COLOUR.fullmatch(color) else PALETTE[index % len(PALETTE)],
        "visible": True,
        "locked": False,
        "points": norm_points(point_px, size_wh),
        "times": None,
        "curve": "straight",
        "closed": False,
        "timing": "arc",
        "speeds": None,
        "start": 0,
        "end": max(frames - 1, 0),
        "before": "hold",
        "after": "hold",
        "easing": "linear",
        "hidden": [],
    }
    layer.update(fields)
    return layer


def norm_points(point_px: np.ndarray, size_wh: tuple[int, int]) -> list[list[float]]:
    """0-1 coordinates; eight digits keep a 16,384 px picture to 1e-4 px and the text short."""
    return [[round(float(x / size_wh[0]), 8), round(float(y / size_wh[1]), 8)] for x, y in point_px]


def clean_name(value: Any, otherwise: str) -> str:
    """A foreign name as one printable line of at most 200 characters."""
    text = " ".join("".join(c if c.isprintable() else " " for c in value).split()) if isinstance(value, str) else ""
    return text[:200] or otherwise


def key_frames(point_xy: np.ndarray, error_px: float) -> np.ndarray:
    """Frames (int64, first and last among them) between which straight, even motion stays within ``error_px``.

    ``point_xy`` is float64 [T, 2]. Split where the distance at equal time is largest, until none is too large.
    """
    frames = len(point_xy)
    keep = np.zeros(frames, bool)
    keep[[0, -1]] = True
    spans = [(0, frames - 1)]
    while spans:
        first, last = spans.pop()
        if last - first < 2:
            continue
        part = (np.arange(first + 1, last) - first)[:, None] / (last - first)
        off = point_xy[first + 1 : last] - point_xy[first] * (1 - part) - point_xy[last] * part
        distance = np.hypot(off[:, 0], off[:, 1])
        worst = int(distance.argmax())
        if distance[worst] > error_px:
            middle = first + 1 + worst
            keep[middle] = True
            spans += [(first, middle), (middle, last)]
    return np.flatnonzero(keep)


def _layers(
    tracks: Tracks, error_px: float, name: str, group_static: bool, smooth: bool
) -> tuple[list[dict[str, Any]], list[int]]:
    """Layers, and the original index of each track in the order in which they emit them."""
    if not (np.isfinite(error_px) and error_px > 0):
        raise WanMoveError(where="Simplify", what=f"an error of {error_px} px", fix="use a positive number such as 1")
    # Rounding of stored coordinates and the rest distance take their share of the bound.
    bound = max(error_px - 2 * _REST_PX, error_px / 2)
    xy, visible = tracks.xy.double().numpy(), tracks.visible.numpy()
    still: list[int] = []
    anchors: list[np.ndarray] = []
    paths: list[dict[str, Any]] = []
    moving: list[int] = []
    lines: list[np.ndarray] = []
    for n in range(tracks.count):
        point_xy = _through_hidden(xy[:, n], visible[:, n])
        rest = _rest_position(point_xy, visible[:, n], bound)
        if rest is not None and group_static and visible[:, n].all():
            still.append(n)
            anchors.append(rest)
            continue
        moving.append(n)
        lines.append(point_xy)
        paths.append(_path(point_xy, visible[:, n], rest, bound, n, name, tracks))
    if len(paths) > MAX_LAYERS - 1:
        raise WanMoveError(
            where="Simplify",
            what=f"{len(paths)} moving tracks, a document holds {MAX_LAYERS - 1}",
            fix="keep them in a .npy file, or take fewer of them",
        )
    if smooth and len(paths) <= SMOOTH_LIMIT:
        _smooth(paths, lines, bound, tracks)
    layers = paths
    if anchors:
        layers = [
            {
                "id": "anchors",
                "type": "anchors",
                "name": "Still points",
                "visible": True,
                "locked": False,
                "points": norm_points(np.stack(anchors), tracks.size_wh),
            },
            *paths,
        ]
    return layers, still + moving


def _path(
    point_xy: np.ndarray, visible: np.ndarray, rest: np.ndarray | None, bound: float, n: int, name: str, tracks: Tracks
) -> dict[str, Any]:
    last = tracks.frames - 1
    if rest is not None:
        points, times = rest[None], None
    else:
        keys = key_frames(point_xy, bound)
        if len(keys) > MAX_POINTS:
            raise WanMoveError(
                where="Simplify",
                what=f"track {n + 1} needs {len(keys)} keys, a path holds {MAX_POINTS}",
                fix="allow a larger error, or trim the clip",
            )
        points, times = _kept_apart(point_xy[keys]), [round(float(k) / last, 9) for k in keys]
    return path_layer(
        n, points, tracks.size_wh, tracks.frames, name=f"{name} {n + 1}", times=times, hidden=hidden_intervals(visible)
    )


def _smooth(paths: list[dict[str, Any]], lines: list[np.ndarray], bound: float, tracks: Tracks) -> None:
    """Replace layers in ``paths`` by smooth ones where these hold the bound with clearly fewer keys.

    Starts from the keys of a coarser simplification and adds the worst frame until the curve, as evaluated, holds.
    """
    from ..document.read import parse_document
    from ..evaluation.evaluate import tracks_from_document

    last = tracks.frames - 1
    most = {i: int(len(p["points"]) * _SMOOTH_GAIN) for i, p in enumerate(paths) if len(p["points"]) > 4}
    keys = {i: set(key_frames(lines[i], bound * 8).tolist()) for i in most}
    while keys:
        trial = []
        for i, chosen in keys.items():
            order = sorted(chosen)
            times = [round(k / last, 9) for k in order]
            points = norm_points(_kept_apart(lines[i][order]), tracks.size_wh)
            trial.append({**paths[i], "points": points, "times": times, "curve": "catmull-rom", "hidden": []})
        document = new_document(trial, tracks.size_wh, tracks.frames)
        made = tracks_from_document(parse_document(document, where="Simplify")).xy.double().numpy()
        for n, i in enumerate(list(keys)):
            off = np.hypot(*(made[:, n] - lines[i]).T)
            worst = int(off.argmax())
            if off[worst] <= bound:
                paths[i] = {**trial[n], "hidden": paths[i]["hidden"]}
                del keys[i]
            elif len(keys[i]) >= most[i] or worst in keys[i]:
                del keys[i]
            else:
                keys[i].add(worst)


def hidden_intervals(visible: np.ndarray) -> list[list[int]]:
    """Inclusive [first, last] frame intervals in which ``visible`` [T] is False."""
    edges = np.diff(np.concatenate([[0], (~visible).astype(np.int8), [0]]))
    return [[int(a), int(b) - 1] for a, b in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True)]


def _through_hidden(point_xy: np.ndarray, visible: np.ndarray) -> np.ndarray:
    """Positions with hidden stretches crossed evenly: what stands there is often filler, and nobody sees it."""
    if visible.all() or not visible.any():
        return point_xy
    frames, seen = np.arange(len(point_xy)), np.flatnonzero(visible)
    return np.stack([np.interp(frames, seen, point_xy[seen, axis]) for axis in (0, 1)], axis=1)


def _rest_position(point_xy: np.ndarray, visible: np.ndarray, bound: float) -> np.ndarray | None:
    """The one place that a still track stands at: its start where that is near enough to all, else the middle."""
    seen = point_xy[visible] if visible.any() else point_xy[:1]
    for place in (seen[0], (seen.min(0) + seen.max(0)) / 2):
        if np.hypot(*(seen - place).T).max() <= bound:
            return place
    return None


def _kept_apart(points: np.ndarray) -> np.ndarray:
    made = points.copy()
    for i in range(1, len(made)):
        if np.hypot(*(made[i] - made[i - 1])) < _REST_PX / 2:
            made[i] = made[i - 1] + (_REST_PX if i % 2 else -_REST_PX, 0.0)
    return made
