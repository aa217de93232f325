"""The nodes that make motion: the host's pictures, masks and widgets in, TRACKS, a report and a preview out."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from ....errors import WanMoveError, plural
from ....motion.sources.recipes import bodies_from_masks, camera_values, turn_angles
from ....motion.sources.region_motion import PIVOTS, region_tracks
from ....motion.sources.space.camera_rig import CAMERA_MOVES
from ....motion.sources.space.camera_scene import camera_tracks
from ....motion.sources.space.depth import DEPTH_KINDS, DistanceMap, distance_map
from ....motion.sources.space.rotate3d import AXES, SHAPES, Solid, rotate_tracks
from ....motion.tracking.choose import tracker_by_name
from ....motion.tracking.cuts import ON_CUT
from ....motion.tracking.dense import DenseTracker
from ....motion.tracking.lucas_kanade import LucasKanade
from ....motion.tracking.points import PointTracker
from ....motion.tracking.retarget import METHODS as RETARGETS
from ....motion.tracking.retarget import parse_points
from ....motion.tracking.transfer import LOST, Retarget, transfer_motion
from ....tracks import Tracks
from ..host.folders import offered_file, offered_files
from ..looking.motion import Made, made, require_same_picture, size_of
from ..progress import Progress
from ..tracks.sockets import HostTracks, open_tracks

__all__ = [
    "AXES", "CAMERA_MOVES", "DEPTH_KINDS", "LOST", "NO_WEIGHTS", "ON_CUT", "PIVOTS", "RETARGETS", "SHAPES", "TRACKERS",
    "Made", "camera", "named_tracker", "region", "rotate", "tracker_weights", "video",
]  # fmt: skip

TRACKERS = ("dense", "lucas-kanade", "cotracker", "tapir")
NO_WEIGHTS = "none"
WEIGHTS_FOLDER = "point_trackers"


def region(
    mask: torch.Tensor, picture: torch.Tensor | None, path: HostTracks | None, tracks_behind: HostTracks | None, *,
    length: int, move_x: float, move_y: float, rotate: float, scale: float, shear: float, easing: str, start: int,
    end: int, pivot: str, pivot_x: float, pivot_y: float, density: float, follow: float, elastic: float, keys: str,
) -> Made:  # fmt: skip
    """Masks [B, H, W], from back to front, each moved by the widgets, its keys or its track of ``path``."""
    where = "Region tracks"
    masks = mask_planes(mask)
    size = size_of(picture, masks[0])
    notes: list[str] = []
    bodies = bodies_from_masks(
        masks, size, length,
        move={"x": move_x, "y": move_y, "rotate": rotate, "scale_x": scale, "scale_y": scale, "shear": shear},
        keys=keys, start=start, end=end, easing=easing, pivot=(pivot_x, pivot_y) if pivot == "custom" else pivot,
        ways=_ways(path, size, length, where, notes), follow_frames=follow, elastic=elastic, where=where,
    )  # fmt: skip
    behind = None if tracks_behind is None else _alike(tracks_behind, size, f"{where} / tracks_behind")
    tracks, said = region_tracks(bodies, density, behind)
    notes = [
        f"{plural(tracks.count, 'point')} in {len(masks)} region{'s' * (len(masks) != 1)}, {plural(length, 'frame')}",
        *notes,
        *said,
    ]
    return made(tracks, notes, picture)


def camera(
    picture: torch.Tensor | None, depth: torch.Tensor | None, mask: torch.Tensor | None,
    object_tracks: HostTracks | None, *, length: int, move: str, amount: float, move_2: str, amount_2: float,
    easing: str, start: int, end: int, shake: float, shake_seed: int, shake_rate: float, fov: float, depth_kind: str,
    near: float, far: float, subject_distance: float, spacing: int, hide_occluded: bool, keys: str,
) -> Made:  # fmt: skip
    """A camera past a flat picture, or through its depth."""
    where = "Camera tracks"
    planes = None if mask is None else mask_planes(mask)
    size = size_of(picture, None if depth is None else depth[0, ..., 0], None if planes is None else planes[0])
    values = camera_values(
        [(move, amount), (move_2, amount_2)], length, keys=keys, start=start, end=end, easing=easing,
        shake_deg=shake, shake_seed=shake_seed, shake_rate_hz=shake_rate, where=where,
    )  # fmt: skip
    tracks, said = camera_tracks(
        size, values, fov_deg=fov, distances=_distances(depth, depth_kind, near, far),
        subject_distance=subject_distance, spacing_px=spacing,
        mask=None if planes is None else np.any(np.stack(planes), axis=0), hide_occluded=hide_occluded,
        objects=None if object_tracks is None else _alike(object_tracks, size, f"{where} / object_tracks"),
    )  # fmt: skip
    flat = [] if depth is not None else ["no depth: the picture is flat and stands across the view"]
    return made(tracks, [f"{plural(tracks.count, 'point')}, {plural(length, 'frame')}", *flat, *said], picture)


def video(
    clip: torch.Tensor, picture: torch.Tensor | None, clip_mask: torch.Tensor | None,
    picture_mask: torch.Tensor | None, *, length: int, spacing: float, retarget: str, clip_points: str,
    picture_points: str, motion_scale: float, lost: str, max_error: float, tracker: str, weights: str,
    on_cut: str = ON_CUT[0],
) -> Made:  # fmt: skip
    """Points followed through ``clip`` [T, H, W, C], laid on the picture; the host's progress bar counts frames."""
    where = "Video tracks"
    how = Retarget(
        method=retarget,
        clip_masks=() if clip_mask is None else mask_planes(clip_mask),
        picture_masks=() if picture_mask is None else mask_planes(picture_mask),
        clip_points=parse_points(clip_points, f"{where} / clip_points"),
        picture_points=parse_points(picture_points, f"{where} / picture_points"),
        motion_scale=motion_scale,
    )
    follows = named_tracker(tracker, weights, max_error, on_cut)
    tracks, notes = transfer_motion(
        _bytes(clip), follows, None if picture is None else size_of(picture), how,
        spacing_px=spacing, length=length, lost=lost, progress=Progress(len(clip)),
    )  # fmt: skip
    return made(
        tracks,
        [f"{plural(tracks.count, 'point')}, {plural(tracks.frames, 'frame')}", *notes],
        clip if picture is None else picture,
    )


def rotate(
    mask: torch.Tensor, picture: torch.Tensor | None, depth: torch.Tensor | None, *, length: int, shape: str,
    angle: float, axis: str, lean: float, easing: str, start: int, end: int, fov: float, depth_kind: str,
    thickness: float, density: float, keys: str,
) -> Made:  # fmt: skip
    """A masked thing turned in space."""
    where = "Rotate in 3D"
    plane = np.any(np.stack(mask_planes(mask)), axis=0)
    size = size_of(picture, plane)
    angles = turn_angles(angle, length, keys=keys, start=start, end=end, easing=easing, where=where)
    # The relief is stretched to the thickness, so that near and far do not matter here; they only must differ.
    distances = _distances(depth, depth_kind, 1.0, 10.0) if shape == "depth" else None
    solid = Solid(shape, axis, lean, fov, thickness / 100.0)
    tracks, notes = rotate_tracks(
        plane, size, angles, solid, distances=distances, metric=depth_kind == "metres", density=density
    )
    return made(tracks, notes, picture)


# -- what widgets and sockets mean ------------------------------------------------------------------------------------


def mask_planes(mask: torch.Tensor) -> list[np.ndarray]:
    """bool [H, W] planes of the host's MASK [B, H, W] or [H, W]: set above one half."""
    planes = mask[None] if mask.ndim == 2 else mask
    return [plane.detach().cpu().numpy() > 0.5 for plane in planes]


def tracker_weights() -> list[str]:
    """Names of weights files in ComfyUI's models/point_trackers, which the pack makes known to the host."""
    return [NO_WEIGHTS, *offered_files(WEIGHTS_FOLDER, {".pt", ".pth"})]


def named_tracker(name: str, weights: str, max_error_px: float = 1.0, on_cut: str = ON_CUT[0]) -> PointTracker:
    """The tracker that the widgets name."""
    if name == "dense":
        return DenseTracker(max_error_px=max_error_px, on_cut=on_cut)
    if name == "lucas-kanade":
        return LucasKanade(max_error_px=max_error_px, on_cut=on_cut)
    path = None if weights == NO_WEIGHTS else offered_file(WEIGHTS_FOLDER, weights)
    return tracker_by_name(name, path, "cuda" if torch.cuda.is_available() else "cpu", on_cut)


def _distances(depth: torch.Tensor | None, kind: str, near: float, far: float) -> DistanceMap | None:
    return None if depth is None else distance_map(depth[0].detach().cpu().numpy(), kind, near, far)


def _bytes(images: torch.Tensor) -> Iterator[np.ndarray]:
    for image in images:
        yield (image[..., :3].clamp(0, 1) * 255 + 0.5).to(torch.uint8).cpu().numpy()


def _alike(host: HostTracks, size_wh: tuple[int, int], where: str) -> Tracks:
    """The tracks, of the picture's size: where they do not say theirs, they are pixels of this picture."""
    given, known = open_tracks(host, where)
    if known:
        require_same_picture(given, size_wh, where)
        return given
    return Tracks(given.xy, given.visible, size_wh)


def _ways(
    path: HostTracks | None, size_wh: tuple[int, int], frames: int, where: str, notes: list[str]
) -> np.ndarray | None:
    """float64 [T, N, 2] px from its start, of each track of ``path``."""
    if path is None:
        return None
    given = _alike(path, size_wh, f"{where} / path")
    if not given.count:
        raise WanMoveError(where=f"{where} / path", what="no track in it", fix="draw a path, or leave it unconnected")
    if given.frames != frames:
        notes.append(f"the path retimed from {given.frames} to {plural(frames, 'frame')}")
    xy = given.retime(frames).xy.numpy().astype(np.float64)
    return xy - xy[0]
