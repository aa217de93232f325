"""A pinhole camera: pixels and distances to points in space, and back. Geometry by kornia, in float64.

Convention: camera axes x right, y down, z forward; distance is z, along the view, not along the ray. Pixels are
continuous, origin at the picture's top-left corner, the optical axis through its middle (W/2, H/2), square pixels.
The field of view is horizontal, from the left edge to the right one: focal_px = W / 2 / tan(fov / 2).
Worked: 832x480 and 90 degrees is a focal length of 416 px; the point (1, 0, 2) is seen at (416 + 208, 240).
"""

from __future__ import annotations

import math

import torch

from ....errors import WanMoveError

NEAREST_SHARE = 1e-4
"""Points nearer than this share of the reference distance, or behind the camera, cannot be seen."""


def focal_px(fov_deg: float, width: int) -> float:
    """Focal length in px of a horizontal field of view in degrees. Raises: WanMoveError outside 0..180 (exclusive)."""
    if not 0.0 < fov_deg < 180.0:
        raise WanMoveError(where="Camera / fov", what=f"{fov_deg} degrees", fix="use 1 to 170")
    return width / 2.0 / math.tan(math.radians(fov_deg) / 2.0)


def intrinsics(focal: torch.Tensor | float, size_wh: tuple[int, int]) -> torch.Tensor:
    """float64 [..., 3, 3] camera matrix for focal lengths [...] in px."""
    f = torch.as_tensor(focal, dtype=torch.float64)
    matrix = torch.zeros(*f.shape, 3, 3, dtype=torch.float64)
    matrix[..., 0, 0] = matrix[..., 1, 1] = f
    matrix[..., 0, 2], matrix[..., 1, 2], matrix[..., 2, 2] = size_wh[0] / 2.0, size_wh[1] / 2.0, 1.0
    return matrix


def unproject(point_xy: torch.Tensor, distance: torch.Tensor, matrix: torch.Tensor) -> torch.Tensor:
    """float64 [..., 3]: the points in camera axes that pixels [..., 2] at distances z [...] show."""
    from kornia.geometry.camera import unproject_points

    return unproject_points(point_xy.to(torch.float64), distance.to(torch.float64)[..., None], matrix)


def project(
    point_xyz: torch.Tensor, matrix: torch.Tensor, nearest: float = NEAREST_SHARE
) -> tuple[torch.Tensor, torch.Tensor]:
    """Pixels [..., 2] and distances z [...] of points [..., 3] in camera axes; all float64.

    Points nearer than ``nearest`` are projected as if they were there, so that every pixel is finite; z tells.
    """
    from kornia.geometry.camera import project_points

    z = point_xyz[..., 2]
    if bool((z < nearest).any()):
        point_xyz = torch.cat([point_xyz[..., :2], z.clamp(min=nearest)[..., None]], -1)
    return project_points(point_xyz, matrix), z


def turns(axis: tuple[float, float, float], degrees: torch.Tensor) -> torch.Tensor:
    """float64 [T, 3, 3]: rotation by ``degrees`` [T] about an axis, right-handed (x right, y down, z forward).

    Rodrigues' formula. kornia before 0.9 divides by the angle plus 1e-6, which is no rotation any more.
    """
    direction = torch.tensor(axis, dtype=torch.float64)
    x, y, z = (direction / direction.norm()).tolist()
    across = torch.tensor([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]], dtype=torch.float64)
    angle = torch.deg2rad(torch.as_tensor(degrees, dtype=torch.float64).reshape(-1, 1, 1))
    return torch.eye(3, dtype=torch.float64) + angle.sin() * across + (1 - angle.cos()) * across @ across
