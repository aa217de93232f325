"""Tracks of a camera that moves through one picture: in space where distances are known, else past a flat picture.

Without depth everything stands on one plane across the view, so that every move is a homography of the picture.
"""

from __future__ import annotations

import math

import numpy as np
import torch

from ....errors import WanMoveError, plural, verb
from ....geometry import STRIDE_X, STRIDE_Y
from ....tracks import Tracks, merge_tracks
from ...evaluation.region import cell_centres_xy, cells_in_mask, require_bearable
from .camera_rig import CameraPath, camera_path
from .depth import DistanceMap
from .occlusion import hidden_points
from .projection import NEAREST_SHARE, focal_px, intrinsics, project, unproject

OBJECT_MARGIN_CELLS = 2
_MOVES_PX = 1.0


def camera_tracks(
    size_wh: tuple[int, int],
    values: np.ndarray,
    *,
    fov_deg: float = 60.0,
    distances: DistanceMap | None = None,
    subject_distance: float = 0.0,
    spacing_px: int = 16,
    mask: np.ndarray | None = None,
    hide_occluded: bool = True,
    objects: Tracks | None = None,
) -> tuple[Tracks, list[str]]:
    """A lattice of the picture's points as the moving camera sees them.

    Args:
        size_wh: the picture's size in px.
        values: float64 [T, C] of camera_rig.RIG_CHANNELS.
        fov_deg: horizontal field of view of the picture, in degrees.
        distances: how far the picture's points are; None is a plane at the subject's distance.
        subject_distance: in the unit of ``distances``; 0 takes the distance in the picture's middle (a plane: 1).
        spacing_px: between lattice points, rounded down to whole cells of 8 px.
        mask: bool [h, w] of any size, stretched over the picture: where points are wanted.
        hide_occluded: hide points while something nearer covers them (with ``distances`` only).
        objects: tracks in the first picture's scene; each keeps the distance of its start and rides the camera. They
            come last, in front, and lattice points within two cells of the start of one that moves are left out.

    Returns: (tracks, notes). Points behind the camera are hidden and keep their last place.
    Raises: WanMoveError for a spacing below one cell, objects of another size or length, or more points than memory
        bears.
    """
    frames = len(values)
    if spacing_px < STRIDE_X:
        raise WanMoveError(where="Camera tracks / spacing", what=f"{spacing_px} px", fix="use 8 or more")
    notes = list(distances.notes) if distances is not None else []
    subject = subject_distance or (1.0 if distances is None else _middle_distance(distances))
    path = camera_path(values, subject)
    focal = focal_px(fov_deg, size_wh[0])
    view = _View(size_wh, focal, path, NEAREST_SHARE * subject)
    if distances is not None:
        notes.append(f"subject at {subject:.4g}, field of view {fov_deg:g} degrees (focal length {focal:.0f} px)")

    def distance_at(point_xy: np.ndarray) -> np.ndarray:
        return np.full(point_xy.shape[:-1], subject) if distances is None else distances.at(point_xy, size_wh)

    cells = _lattice(size_wh, spacing_px, mask)
    require_bearable(len(cells), frames, "Camera tracks / spacing", "use a larger spacing, or fewer frames")
    if hide_occluded and distances is not None:
        patches = (size_wh[0] // STRIDE_X) * (size_wh[1] // STRIDE_Y)
        require_bearable(patches, frames, "Camera tracks / hide_occluded", "turn it off, or use fewer frames")
    if objects is not None:
        _require_alike(objects, size_wh, frames)
        near = _near_moving(cells, objects)
        if near.any():
            notes.append(f"{plural(int(near.sum()), 'point')} left out where objects of their own start")
        cells = cells[~near]
    points = cell_centres_xy(cells)
    xy, z = view.of(points, distance_at(points))
    visible = z > view.nearest
    if hide_occluded and distances is not None and len(points):
        hidden = _occluded(view, distance_at, points, xy, z)
        visible &= ~hidden
        count = int(hidden.any(0).sum())
        passing = verb(count, "passes", "pass")
        notes.append(f"{count} of {plural(len(points), 'point')} {passing} behind something nearer")
    made = [_tracks(xy, visible, z > view.nearest, size_wh, notes)]
    if objects is not None:
        start = objects.xy[0].numpy().astype(np.float64)
        seen_xy, seen_z = view.of(objects.xy.numpy().astype(np.float64), distance_at(start))
        ahead = seen_z > view.nearest
        made.append(_tracks(seen_xy, objects.visible.numpy() & ahead, ahead, size_wh, notes))
    return merge_tracks(made), notes


class _View:
    """The moving camera, ready to look at points of the first picture."""

    def __init__(self, size_wh: tuple[int, int], focal: float, path: CameraPath, nearest: float) -> None:
        self.size_wh, self.path, self.nearest = size_wh, path, nearest
        self.first = intrinsics(focal, size_wh)
        self.each = intrinsics(focal * path.magnification, size_wh)[:, None]

    def of(self, point_xy: np.ndarray, distance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """float64 [T, N, 2] px and distances [T, N] of first-picture points [N, 2] or [T, N, 2] at ``distance`` [N]."""
        at = torch.from_numpy(np.ascontiguousarray(point_xy, np.float64))
        far = torch.from_numpy(np.ascontiguousarray(distance, np.float64)).expand(at.shape[:-1])
        xy, z = project(self.path.see(unproject(at, far, self.first)), self.each, self.nearest)
        return xy.numpy(), z.numpy()


def _occluded(view: _View, distance_at, points: np.ndarray, xy: np.ndarray, z: np.ndarray) -> np.ndarray:
    rows, cols = view.size_wh[1] // STRIDE_Y, view.size_wh[0] // STRIDE_X
    patches = cell_centres_xy(np.argwhere(np.ones((rows, cols), bool)))
    distance = distance_at(patches)
    whole = len(patches) == len(points)
    scene_xy, scene_z = (xy, z) if whole else view.of(patches, distance)
    magnification = view.path.magnification.numpy()[:, None] * distance / np.maximum(scene_z, view.nearest)
    return hidden_points(
        xy, z, points / (STRIDE_X, STRIDE_Y), scene_xy, scene_z, magnification,
        1.0 / distance.reshape(rows, cols), view.size_wh, view.nearest,
    )  # fmt: skip


def _tracks(
    xy: np.ndarray, visible: np.ndarray, ahead: np.ndarray, size_wh: tuple[int, int], notes: list[str]
) -> Tracks:
    behind = ~ahead.all(0)
    if behind.any():
        count = int(behind.sum())
        notes.append(f"{plural(count, 'point')} {verb(count, 'falls', 'fall')} behind the camera: hidden from there")
        xy = xy.copy()
        for frame in range(1, len(xy)):
            gone = ~ahead[frame]
            xy[frame, gone] = xy[frame - 1, gone]
    return Tracks.make(xy.astype(np.float32), visible, size_wh=size_wh, where="Camera tracks")


def _lattice(size_wh: tuple[int, int], spacing_px: int, mask: np.ndarray | None) -> np.ndarray:
    """int64 [K, 2] cells (y, x), centred in the picture."""
    rows, cols = size_wh[1] // STRIDE_Y, size_wh[0] // STRIDE_X
    step_y, step_x = spacing_px // STRIDE_Y, spacing_px // STRIDE_X
    wanted = np.zeros((rows, cols), bool)
    if rows and cols:
        wanted[((rows - 1) % step_y) // 2 :: step_y, ((cols - 1) % step_x) // 2 :: step_x] = True
    if mask is not None:
        wanted &= cells_in_mask(mask, size_wh)
    return np.argwhere(wanted)


def _near_moving(cells: np.ndarray, objects: Tracks) -> np.ndarray:
    """bool [K]: cells within the margin of the start of an object's point that moves."""
    xy = objects.xy.numpy()
    moves = np.hypot(*np.moveaxis(xy - xy[0], -1, 0)).max(0) > _MOVES_PX
    start = np.floor(xy[0, moves] / (STRIDE_X, STRIDE_Y))[:, ::-1]
    near = np.zeros(len(cells), bool)
    for cell in start:
        near |= np.abs(cells - cell).max(-1) <= OBJECT_MARGIN_CELLS
    return near


def _middle_distance(distances: DistanceMap) -> float:
    """The median distance in the middle tenth of both sides."""
    rows, cols = distances.distance.shape
    y, x = math.ceil(rows * 0.05), math.ceil(cols * 0.05)
    middle = distances.distance[rows // 2 - y : rows // 2 + y + 1, cols // 2 - x : cols // 2 + x + 1]
    return float(np.median(middle)) if middle.size else float(np.median(distances.distance))


def _require_alike(objects: Tracks, size_wh: tuple[int, int], frames: int) -> None:
    if objects.size_wh != size_wh or objects.frames != frames:
        raise WanMoveError(
            where="Camera tracks / object tracks",
            what=f"{plural(objects.frames, 'frame')} of {objects.size_wh[0]}x{objects.size_wh[1]}, the camera has "
            f"{frames} of {size_wh[0]}x{size_wh[1]}",
            fix="make both for one picture and one length",
        )
