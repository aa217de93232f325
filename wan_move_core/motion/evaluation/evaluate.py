"""A motion document to tracks: every visible layer evaluated, seen through the camera."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import torch

from ...errors import WanMoveError
from ...tracks import MAX_SAMPLES, MAX_TRACKS, Tracks
from ..document.dense import decode_dense, inside_far_edge
from ..document.layers import AnchorsLayer, DenseLayer, Interval, Layer, MotionDocument, PathLayer, RegionLayer
from ..timing.path import arc_xy, published_over_clip_xy
from .camera import camera_maps, inverse_maps, ride_camera
from .region import cell_centres_xy, cells_in_mask, cells_in_polygon, lattice_cells, move_points

"""Frames x tracks of one document: 128 MB of positions."""

MAX_REGION_CELLS = 100_000_000
"""Cells and corners that all regions of a document may look at: 16,000 regions of 832x480, 23 of the largest size."""


def tracks_from_document(document: MotionDocument, include: Collection[str] | None = None) -> Tracks:
    """The tracks of all layers whose eye is open, bottom to top (a later track wins a shared cell).

    Args:
        include: ids of the layers to take; None takes all. A layer whose eye is shut gives nothing either way.

    Raises: WanMoveError for more than 20,000 tracks or 16 million samples.
    """
    return tracks_and_owners(document, include)[0]


def tracks_and_owners(
    document: MotionDocument, include: Collection[str] | None = None, *, through_camera: bool = True
) -> tuple[Tracks, np.ndarray]:
    """Tracks, and int64 [N]: the number in ``document.layers`` of the layer that each came from.

    ``through_camera=False`` gives places in the scene, as frame 0 shows it: the camera is taken away, and what is
    pinned to the screen goes over the scene as the camera passes it.
    """
    frames, size = document.frames, document.size_wh
    chosen = [
        (i, layer)
        for i, layer in enumerate(document.layers)
        if layer.visible and (include is None or layer.id in include)
    ]
    _require_regions_bounded([layer for _, layer in chosen], size)
    starts: list[np.ndarray] = []
    counts: list[int] = []
    for _, layer in chosen:
        starts.append(_start_points(layer, size))
        counts.append(_count(layer, starts[-1]))
        # Layer by layer: two thousand regions of the whole picture would fill the memory before they are added up.
        _require_bounded(sum(counts), frames)
    camera = document.camera
    maps = camera_maps(camera.keys, size, frames, camera.easing) if camera and camera.keys else None
    back = None if maps is None or through_camera else inverse_maps(*maps)
    xy = np.empty((frames, sum(counts), 2), np.float32)
    visible = np.ones((frames, sum(counts)), bool)
    first = 0
    for (_, layer), points, count in zip(chosen, starts, counts, strict=True):
        place = slice(first, first + count)
        moved, seen = _evaluate(layer, points, size, frames)
        # Drawn in the scene, which the camera carries; or, pinned, on the screen.
        ridden = (None if layer.pinned else maps) if through_camera else (back if layer.pinned else None)
        xy[:, place] = inside_far_edge(moved if ridden is None else ride_camera(moved, ridden), size)
        if seen is not None:
            visible[:, place] = seen
        first += count
    owner = np.repeat(np.array([i for i, _ in chosen], np.int64), counts)
    return Tracks.make(torch.from_numpy(xy), visible, size_wh=size, where="Motion document"), owner


def region_points_xy(layer: RegionLayer, size_wh: tuple[int, int]) -> np.ndarray:
    """float64 [K, 2] px: where the points of a region lie at frame 0, row by row."""
    if layer.mask is not None:
        cols, rows = layer.mask.size_wh
        runs = np.asarray(layer.mask.runs, np.int64)
        mask = np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(rows, cols)
        inside = cells_in_mask(mask, size_wh)
    else:
        inside = cells_in_polygon(_px(layer.polygon or (), size_wh), size_wh)
    return cell_centres_xy(lattice_cells(inside, layer.density))


def sight(layer: PathLayer | RegionLayer, frames: int) -> np.ndarray:
    """bool [T]: where the layer means to be seen."""
    frame = np.arange(frames)
    seen = np.ones(frames, bool)
    if isinstance(layer, PathLayer):
        seen &= (frame >= layer.start) | (layer.before == "hold")
        seen &= (frame <= layer.end) | (layer.after == "hold")
    return seen & ~in_intervals(layer.hidden, frames)


def in_intervals(intervals: Collection[Interval], frames: int) -> np.ndarray:
    """bool [T]: inside any of the inclusive intervals."""
    edges = np.zeros(frames + 1, np.int64)
    for first, last in intervals:
        if first < frames:
            edges[first] += 1
            edges[min(last + 1, frames)] -= 1
    return np.cumsum(edges)[:frames] > 0


def _start_points(layer: Layer, size_wh: tuple[int, int]) -> np.ndarray:
    if isinstance(layer, RegionLayer):
        return region_points_xy(layer, size_wh)
    if isinstance(layer, (PathLayer, AnchorsLayer)):
        return _px(layer.points, size_wh)
    return np.zeros((0, 2))


def _count(layer: Layer, points: np.ndarray) -> int:
    if isinstance(layer, PathLayer):
        return 1
    if isinstance(layer, DenseLayer):
        return decode_dense(layer.tracks, f"layer {layer.id!r}")[0].shape[1]
    return len(points)


def _evaluate(
    layer: Layer, points: np.ndarray, size_wh: tuple[int, int], frames: int
) -> tuple[np.ndarray, np.ndarray | None]:
    """float64 [T, n, 2] px in the scene, and sight broadcastable to [T, n] (None: always)."""
    if isinstance(layer, PathLayer):
        return _path_xy(layer, points, size_wh, frames)[:, None], sight(layer, frames)[:, None]
    if isinstance(layer, RegionLayer):
        pivot = (layer.pivot[0] * size_wh[0], layer.pivot[1] * size_wh[1])
        moved = move_points(points, pivot, layer.keys, frames, size_wh, layer.easing, layer.curve)
        return moved, sight(layer, frames)[:, None]
    if isinstance(layer, DenseLayer):
        norm, seen = decode_dense(layer.tracks, f"layer {layer.id!r}")
        pick = np.minimum(np.arange(frames), len(norm) - 1)
        return (norm * np.asarray(size_wh, np.float64))[pick], seen[pick]
    return np.repeat(points[None], frames, axis=0), None


def _path_xy(layer: PathLayer, points: np.ndarray, size_wh: tuple[int, int], frames: int) -> np.ndarray:
    if layer.timing == "published":
        return published_over_clip_xy(
            points,
            frames,
            smooth=layer.curve != "straight",
            speeds=layer.speeds,
            closed=layer.closed,
            start=layer.start,
            end=layer.end,
        )
    width, height = size_wh
    bent = layer.handles and [h and (h[0] * width, h[1] * height, h[2] * width, h[3] * height) for h in layer.handles]
    return arc_xy(
        points,
        frames,
        curve=layer.curve,
        closed=layer.closed,
        times=layer.times,
        speeds=layer.speeds,
        start=layer.start,
        end=layer.end,
        easing=layer.easing,
        handles_px=bent,
    )


def _require_regions_bounded(layers: Collection[Layer], size_wh: tuple[int, int]) -> None:
    """A region looks at every cell of the picture, an outline at every row for each of its corners."""
    rows, cols = size_wh[1] // 8, size_wh[0] // 8
    regions = [layer for layer in layers if isinstance(layer, RegionLayer)]
    work = sum(rows * cols + rows * (0 if one.mask is not None else len(one.polygon or ())) for one in regions)
    if work > MAX_REGION_CELLS:
        raise WanMoveError(
            where="Motion document / layers",
            what=f"{len(regions)} regions would look at {work:,} cells and corners, at most {MAX_REGION_CELLS:,}",
            fix="use fewer regions, simpler outlines, or a smaller size",
        )


def _px(points: Collection[tuple[float, float]], size_wh: tuple[int, int]) -> np.ndarray:
    return np.asarray(list(points), np.float64).reshape(-1, 2) * np.asarray(size_wh, np.float64)


def _require_bounded(count: int, frames: int) -> None:
    if count > MAX_TRACKS:
        raise WanMoveError(
            where="Motion document / layers",
            what=f"{count:,} tracks, at most {MAX_TRACKS:,}",
            fix="lower the density of the regions",
        )
    if count * frames > MAX_SAMPLES:
        raise WanMoveError(
            where="Motion document / layers",
            what=f"{count:,} tracks over {frames:,} frames, at most {MAX_SAMPLES:,} positions",
            fix="lower the density of the regions, or shorten the clip",
        )
