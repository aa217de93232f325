"""The fixes of a motion document, where its layers can express them; what they cannot is said, not forced."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ...errors import WanMoveError, plural
from ...geometry import STRIDE_T, STRIDE_X, STRIDE_Y
from ..checks.checker import check_document, judge_document
from ..checks.issues import Issue, checks_table
from ..checks.rules import lost_cells, nearest_size, unsampled_runs
from ..document.layers import AnchorsLayer, Interval, Layer, MotionDocument, PathLayer, PointNorm, RegionLayer
from ..document.parse import MAX_FRAME
from ..document.remap import remap_document
from ..evaluation.evaluate import sight, tracks_and_owners, tracks_from_document
from ..sources.anchors import KeptFree, anchor_points
from .fixes import FIXES, LAST_PIXEL, in_words, nearest_length, reach_sample

FIRST_PIXEL = 0.5
"""Points brought inside stay this far from the left and top border, in px: sums of 0-1 numbers end a hair beside 0."""


def apply_to_document(
    document: MotionDocument,
    issues: Iterable[Issue],
    *,
    frames: int | None = None,
    size_wh: tuple[int, int] | None = None,
    kept_free: KeptFree | None = None,
) -> tuple[MotionDocument, list[str]]:
    """Mend ``issues`` of a document, as :func:`checker.check_document` found them with the same further arguments.

    ``kept_free``: what moves in the picture and where it passes, as ``anchor_points`` takes it; no point is held there.

    Returns: the new document and one sentence per change, or per issue that its layer has no field to mend with.
    Check again afterwards: a fix may uncover another issue.
    """
    wanted: dict[str, list[Issue]] = {}
    for issue in issues:
        if issue.id not in checks_table():
            raise WanMoveError(where="Fix", what=f"no fix for {issue.id!r}", fix="check the document again")
        wanted.setdefault(issue.id, []).append(issue)
    report: list[str] = []
    for rule in (name for name in checks_table() if name in wanted):
        if rule == "wrong_length":
            length = frames or nearest_length(document.frames)
            report.append(f"Length set from {document.frames} to {plural(length, 'frame')}.")
            document = remap_document(document, frames=length)
        elif rule == "size_mismatch":
            size = size_wh or nearest_size(document.size_wh)
            report.append(f"Size set from {document.size_wh} to {size} px.")
            document = remap_document(document, size_wh=size)
        elif rule == "no_anchors":
            document, said = hold_the_rest_of(document, kept_free=kept_free)
            report.append(said)
        elif rule not in FIXES:
            report += [in_words(issue) for issue in wanted[rule]]
        else:
            document, said = _layers(document, rule, wanted[rule])
            report += said
    return document, report


def hold_the_rest_of(document: MotionDocument, **options: Any) -> tuple[MotionDocument, str]:
    """The document with a layer of anchors below all others; ``options`` as for :func:`anchors.anchor_points`."""
    tracks = tracks_and_owners(document, through_camera=False)[0]
    points = anchor_points(tracks, **options) / np.asarray(document.size_wh, np.float64)
    if len(points) == 0:
        return document, "No anchor added: the tracks leave no room for one."
    layer = AnchorsLayer(
        id=_free_id(document, "hold"), name="Hold the rest", points=tuple((float(x), float(y)) for x, y in points)
    )
    return replace(document, layers=(layer, *document.layers)), f"{len(points)} anchors added in a layer of their own."


def _layers(document: MotionDocument, rule: str, issues: list[Issue]) -> tuple[MotionDocument, list[str]]:
    judged, owner = judge_document(document)
    lost = lost_cells(judged)[0] if rule == "shares_cell" else None
    layers: list[Layer] = []
    report: list[str] = []
    tracks_of: dict[str, list[int]] = {}
    for issue in issues:
        tracks_of.setdefault(str(issue.extra.get("layer")), []).extend([] if issue.track is None else [issue.track])
    for number, layer in enumerate(document.layers):
        if layer.id not in tracks_of:
            layers.append(layer)
            continue
        own = np.flatnonzero(owner == number)
        points = sorted(int(t - own[0]) for t in tracks_of[layer.id] if t in own)
        name = layer.name or layer.id
        if rule == "shares_cell":
            assert lost is not None
            mended = _hide_where_lost(layer, points, lost[:, own])
        else:
            mended = _MENDERS[rule](layer, points, document)
        if mended is None:
            report.append(f"{name}: left as it is; {_WHY_NOT[rule]}.")
            layers.append(layer)
        elif mended == []:
            report.append(f"{name}: taken out of the way of what moves.")
        elif isinstance(mended, list):
            layers += mended
            report.append(f"{name}: {len(mended) - 1} companion{'s' * (len(mended) != 2)} added.")
        else:
            layers.append(mended)
            report.append(f"{name}: {_DONE[rule]}.")
    return replace(document, layers=tuple(layers)), report


def _show_at_start(layer: Layer, _points: list[int], _document: MotionDocument) -> Layer | None:
    if isinstance(layer, PathLayer):
        return replace(layer, before="hold", hidden=shown_again(layer.hidden, 0, 0))
    return replace(layer, hidden=shown_again(layer.hidden, 0, 0)) if isinstance(layer, RegionLayer) else None


def _start_inside(layer: Layer, points: list[int], document: MotionDocument) -> Layer | None:
    if isinstance(layer, AnchorsLayer):
        brought = [_inside(p, document) if i in points else p for i, p in enumerate(layer.points)]
        return replace(layer, points=tuple(brought))
    if not isinstance(layer, PathLayer):
        return None
    alone = replace(document, layers=(layer,), camera=None)
    x, y = (tracks_from_document(alone).xy[0, 0].double().numpy() / document.size_wh).tolist()
    to_x, to_y = _inside((x, y), document)
    return replace(layer, points=tuple((px + to_x - x, py + to_y - y) for px, py in layer.points))


def _keep_inside(layer: Layer, _points: list[int], document: MotionDocument) -> Layer | None:
    if not isinstance(layer, PathLayer):
        return None
    kept = tuple(_inside(p, document) for p in layer.points)
    return None if kept == layer.points else replace(layer, points=kept)


def _show_longer(layer: Layer, _points: list[int], document: MotionDocument) -> Layer | None:
    if not isinstance(layer, (PathLayer, RegionLayer)):
        return None
    for first, last in unsampled_runs(sight(layer, document.frames)):
        low, high = reach_sample(first, last, document.frames)
        layer = replace(layer, hidden=shown_again(layer.hidden, low, high))
        if isinstance(layer, PathLayer):
            layer = replace(
                layer,
                before="hold" if low < layer.start else layer.before,
                after="hold" if high > layer.end else layer.after,
            )
    return layer


def _even_speed(layer: Layer, _points: list[int], document: MotionDocument) -> Layer | None:
    if not isinstance(layer, PathLayer):
        return None
    even = replace(layer, easing="linear", times=None, speeds=None, timing="arc")
    over_all = replace(even, start=0, end=document.frames - 1)
    for candidate in (even, over_all):
        if not any(i.id == "jumps" for i in check_document(replace(document, layers=(candidate,)))):
            return candidate
    return None if over_all == layer else over_all


def _out_of_the_way(layer: Layer, points: list[int], _document: MotionDocument) -> Layer | list[Layer] | None:
    if isinstance(layer, PathLayer):
        return []
    if not isinstance(layer, AnchorsLayer):
        return None
    left = tuple(p for i, p in enumerate(layer.points) if i not in points)
    return replace(layer, points=left) if left else []


def _hide_where_lost(layer: Layer, points: list[int], lost: np.ndarray) -> Layer | None:
    if isinstance(layer, AnchorsLayer):
        return replace(layer, points=tuple(p for i, p in enumerate(layer.points) if i not in points))
    if not isinstance(layer, PathLayer):
        return None
    samples = [(step + 1) * STRIDE_T for step in np.flatnonzero(lost[:, 0]).tolist()]
    return replace(layer, hidden=merged([*layer.hidden, *((s - STRIDE_T + 1, s) for s in samples)]))


def _more_points(layer: Layer, _points: list[int], document: MotionDocument) -> Layer | list[Layer] | None:
    if isinstance(layer, RegionLayer):
        return replace(layer, density=1.0) if layer.density < 1.0 else None
    if not isinstance(layer, PathLayer):
        return None
    dx, dy = STRIDE_X / document.size_wh[0], STRIDE_Y / document.size_wh[1]
    companions: list[Layer] = []
    for k, (sx, sy) in enumerate(((-dx, 0.0), (dx, 0.0), (0.0, -dy), (0.0, dy))):
        points = tuple((x + sx, y + sy) for x, y in layer.points)
        if 0 <= points[0][0] < 1 and 0 <= points[0][1] < 1:
            name = f"{layer.name or layer.id} +{k + 1}"[:200]
            taken = _free_id(document, f"{layer.id[:56]}-{k + 1}")
            companions.append(replace(layer, id=taken, name=name, points=points))
    # Below the path itself, so that the drawn one wins a shared cell.
    return [*companions, layer] if companions else None


_MENDERS: Mapping[str, Callable[[Layer, list[int], MotionDocument], Layer | list[Layer] | None]] = {
    "hidden_at_start": _show_at_start,
    "outside_at_start": _start_inside,
    "leaves_picture": _keep_inside,
    "between_samples": _show_longer,
    "jumps": _even_speed,
    "few_points": _more_points,
    "still_in_way": _out_of_the_way,
    **dict.fromkeys(("lone_point", "cut_by_frame"), lambda *_: None),
}
_DONE = {
    "hidden_at_start": "shown at the first frame",
    "outside_at_start": "moved to start inside the picture",
    "leaves_picture": "its points brought inside the picture",
    "between_samples": "shown up to the nearest 4th frame",
    "jumps": "given one even speed, over the whole clip where needed",
    "shares_cell": "hidden, or its anchors removed, where another track wins the cell",
    "few_points": "thinned no longer",
    "still_in_way": "its points on what moves, or where that passes, taken out",
}
_WHY_NOT = {
    "hidden_at_start": "this layer's sight is stored frame by frame",
    "outside_at_start": "this layer's positions are stored frame by frame",
    "leaves_picture": "its own points are inside, what carries it out is its curve, its keys or the camera",
    "between_samples": "this layer's sight is stored frame by frame",
    "jumps": "its way is too long for the clip, or stored frame by frame",
    "shares_cell": "its points cannot be hidden one by one",
    "few_points": "it covers too little of the picture, or lies at its border",
    "still_in_way": "its points cannot be taken out one by one",
    **dict.fromkeys(("lone_point", "cut_by_frame"), "the editor mends that, over the picture"),
}


def shown_again(intervals: Iterable[Interval], first: int, last: int) -> tuple[Interval, ...]:
    """Hidden ``intervals`` without the frames first..last."""
    left: list[Interval] = []
    for a, b in intervals:
        left += [(lo, hi) for lo, hi in ((a, min(b, first - 1)), (max(a, last + 1), b)) if lo <= hi]
    return tuple(left)


def merged(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """The same frames in the fewest intervals, in order."""
    out: list[list[int]] = []
    for first, last in sorted(intervals):
        if out and first <= out[-1][1] + 1:
            out[-1][1] = max(out[-1][1], last)
        else:
            out.append([first, min(last, MAX_FRAME)])
    return tuple((a, b) for a, b in out)


def _inside(point: PointNorm, document: MotionDocument) -> PointNorm:
    """The nearest point inside the picture; one on the far border counts as inside and stays."""
    x, y = (
        v if 0 <= v <= 1 else min(max(v, FIRST_PIXEL / side), 1.0 - LAST_PIXEL / side)
        for v, side in zip(point, document.size_wh, strict=True)
    )
    return x, y


def _free_id(document: MotionDocument, base: str) -> str:
    taken = {layer.id for layer in document.layers}
    return next(name for k in range(len(taken) + 1) if (name := base if k == 0 else f"{base}-{k + 1}") not in taken)
