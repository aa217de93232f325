"""A masked thing turned about an axis in space, with what turns to the back hidden.

Convention: camera axes x right, y down, z forward. The thing's axis passes through the middle of the mask's box, at the
distance at which one unit is one pixel of the picture. Its front bulges towards the viewer as its shape says:
cylinder  round about the axis; radius: half the box across the axis.
sphere    the ellipsoid of the box, as deep as it is wide across the axis.
plane     flat, facing the viewer.
depth     relief from a depth map: the farthest visible part lies at the axis' distance.
Angles: about an upright axis the front moves right, about a level one it moves up, about the view it turns clockwise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ....errors import WanMoveError, plural, verb
from ....geometry import STRIDE_X, STRIDE_Y
from ....tracks import Tracks
from ...evaluation.region import cell_centres_xy, cells_in_mask, lattice_cells, require_bearable
from ..move_keys import Channel
from .depth import DistanceMap
from .occlusion import surface_slopes
from .projection import focal_px, intrinsics, project, turns, unproject

TURN_CHANNELS = (Channel("angle", 0.0, False, -100_000.0, 100_000.0),)
SHAPES = ("cylinder", "sphere", "plane", "depth")
AXES = ("vertical", "horizontal", "view")
_ORTHOGRAPHIC_PX = 1e7
"""Without perspective the camera stands so far away that no pixel shows it."""
_LEAST_FRONT = 0.1
_SEEN = 1e-9


@dataclass(frozen=True)
class Solid:
    """Attributes: see the module. ``thickness``: for shape depth, of half the width across the axis; ``lean_deg``
    tilts the axis clockwise on screen; ``fov_deg`` 0 is without perspective."""

    shape: str = "cylinder"
    axis: str = "vertical"
    lean_deg: float = 0.0
    fov_deg: float = 40.0
    thickness: float = 1.0


def rotate_tracks(
    mask: np.ndarray,
    size_wh: tuple[int, int],
    angle_deg: np.ndarray,
    solid: Solid | None = None,
    *,
    distances: DistanceMap | None = None,
    metric: bool = False,
    density: float = 1.0,
) -> tuple[Tracks, list[str]]:
    """Tracks of the cells in ``mask`` (bool [h, w] of any size) when the thing is turned by ``angle_deg`` [T].

    Angles count from that of frame 0. ``distances`` is for shape depth; with ``metric`` its relief is taken as it is,
    else it is stretched to the solid's thickness.

    Returns: (tracks, notes). A point is hidden while its surface faces away.
    Raises: WanMoveError for an empty mask, unknown words, a missing depth map, or a thing so thick that it would reach
        the viewer.
    """
    solid = solid or Solid()
    where = "Rotate in 3D"
    if solid.shape not in SHAPES or solid.axis not in AXES:
        raise WanMoveError(
            where=where, what=f"unknown {solid.shape!r} or {solid.axis!r}", fix=f"use {', '.join((*SHAPES, *AXES))}"
        )
    if not mask.any():
        raise WanMoveError(where=f"{where} / mask", what="it is empty", fix="paint the thing that turns")
    if solid.shape == "depth" and distances is None:
        raise WanMoveError(where=f"{where} / depth", what="shape depth without a depth map", fix="connect one")
    cells = lattice_cells(cells_in_mask(mask, size_wh), density)
    points = cell_centres_xy(cells)
    require_bearable(len(points), len(angle_deg), f"{where} / density", "use a lower density, or fewer frames")
    notes = [f"{plural(len(points), 'point')} on a {solid.shape}"]
    if not len(points):
        notes.append("the mask covers no latent cell (8x8 px): paint more")
    focal = focal_px(solid.fov_deg, size_wh[0]) if solid.fov_deg > 0 else _ORTHOGRAPHIC_PX
    frame = _Frame(mask, size_wh, solid, focal)
    if solid.shape == "depth":
        assert distances is not None
        height, normal = _relief(frame, cells, distances, solid, metric)
    else:
        height, normal = _form(frame, points, solid.shape)
    if len(height) and height.max() > (1.0 - _LEAST_FRONT) * focal:
        raise WanMoveError(
            where=f"{where} / thickness",
            what=f"the thing would be {height.max():.0f} px thick, the viewer is {focal:.0f} px away",
            fix="make it thinner, or the field of view narrower",
        )
    angle = np.asarray(angle_deg, np.float64)
    turn = turns(frame.axis, torch.from_numpy(angle - angle[0]))
    matrix = intrinsics(focal, size_wh)
    centre = torch.tensor([*(frame.middle_xy - np.array(size_wh) / 2), focal], dtype=torch.float64)
    start = unproject(torch.from_numpy(points), torch.from_numpy(focal - height), matrix)
    moved = (start - centre) @ turn.transpose(-1, -2) + centre
    facing = (torch.from_numpy(normal) @ turn.transpose(-1, -2) * moved).sum(-1) / focal < -_SEEN
    xy, _ = project(moved, matrix, _LEAST_FRONT * focal / 2)
    visible = facing.numpy()
    # At the very outline the surface is seen edge-on; in the first picture it is seen all the same.
    visible[0] = True
    turned = int((~visible).any(0).sum())
    if turned:
        turning = verb(turned, "turns to the back and is", "turn to the back and are")
        notes.append(f"{plural(turned, 'point')} {turning} hidden there")
    return Tracks.make(xy.numpy().astype(np.float32), visible, size_wh=size_wh, where=where), notes


class _Frame:
    """The mask's box seen along the axis: its middle, half its width across the axis and half its length along it."""

    def __init__(self, mask: np.ndarray, size_wh: tuple[int, int], solid: Solid, focal: float) -> None:
        self.size_wh, self.focal = size_wh, focal
        lean = np.radians(solid.lean_deg - (90.0 if solid.axis == "horizontal" else 0.0))
        upright = solid.axis == "view"
        self.along = np.array([0.0, -1.0]) if upright else np.array([np.sin(lean), -np.cos(lean)])
        self.across = np.array([-self.along[1], self.along[0]])
        self.axis = (0.0, 0.0, 1.0) if upright else (float(self.along[0]), float(self.along[1]), 0.0)
        rows, columns = np.nonzero(mask)
        per_px = np.asarray(size_wh, np.float64) / (mask.shape[1], mask.shape[0])
        # Corners of the outermost pixels, not their middles: the box reaches to their far sides.
        corners = np.concatenate(
            [(np.stack([columns, rows], -1) + d) * per_px for d in ((0, 0), (1, 0), (0, 1), (1, 1))]
        )
        u, v = corners @ self.across, corners @ self.along
        self.middle_xy = (u.min() + u.max()) / 2 * self.across + (v.min() + v.max()) / 2 * self.along
        self.half_across, self.half_along = float(np.ptp(u)) / 2, float(np.ptp(v)) / 2

    def local(self, point_xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Across and along the axis from the middle, px."""
        offset = point_xy - self.middle_xy
        return offset @ self.across, offset @ self.along


def _form(frame: _Frame, points: np.ndarray, shape: str) -> tuple[np.ndarray, np.ndarray]:
    """float64 [N] px towards the viewer, and outward normals [N, 3] of the assumed shape."""
    u, v = frame.local(points)
    a, b = max(frame.half_across, 1e-6), max(frame.half_along, 1e-6)
    if shape == "plane":
        return np.zeros(len(points)), np.tile([0.0, 0.0, -1.0], (len(points), 1))
    rest = 1.0 - (u / a) ** 2 - ((v / b) ** 2 if shape == "sphere" else 0.0)
    height = a * np.sqrt(np.clip(rest, 0.0, None))
    along = v / b**2 if shape == "sphere" else np.zeros_like(v)
    plane = (u / a**2)[:, None] * frame.across + along[:, None] * frame.along
    normal = np.column_stack([plane, -height / a**2])
    return height, normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)


def _relief(
    frame: _Frame, cells: np.ndarray, distances: DistanceMap, solid: Solid, metric: bool
) -> tuple[np.ndarray, np.ndarray]:
    """As _form, from the distances under the cells; slopes come from neighbours inside the thing."""
    rows, cols = frame.size_wh[1] // STRIDE_Y, frame.size_wh[0] // STRIDE_X
    everywhere = cell_centres_xy(np.argwhere(np.ones((rows, cols), bool)))
    distance = distances.at(everywhere, frame.size_wh).reshape(rows, cols)
    own = distance[cells[:, 0], cells[:, 1]]
    if not len(own):
        return np.zeros(0), np.zeros((0, 3))
    if metric:
        if solid.fov_deg <= 0:
            raise WanMoveError(
                where="Rotate in 3D / fov", what="distances in metres without perspective", fix="set a field of view"
            )
        far = float(np.quantile(own, 0.98))
        height = (far - distance) / far * frame.focal
    else:
        # Inverse distance is what a relative map measures; its range inside the thing becomes the thickness.
        near, far = 1.0 / float(np.quantile(own, 0.02)), 1.0 / float(np.quantile(own, 0.98))
        share = (1.0 / distance - far) / max(near - far, 1e-12)
        height = share * solid.thickness * frame.half_across
    slope = surface_slopes(height)[cells[:, 0], cells[:, 1]] / (STRIDE_X, STRIDE_Y)
    normal = np.column_stack([-slope[:, 0], -slope[:, 1], -np.ones(len(cells))])
    height = np.clip(height[cells[:, 0], cells[:, 1]], 0.0 if not metric else None, None)
    return height, normal / np.linalg.norm(normal, axis=1, keepdims=True)
