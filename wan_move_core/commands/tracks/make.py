"""``wan-move tracks region|camera|transfer|turn``: from masks, a camera, a clip or a turn in space."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import WanMoveError, plural
from .. import _common

if TYPE_CHECKING:
    import numpy as np

    from ...tracks import Tracks

EASINGS = ("linear", "ease-in", "ease-out", "ease-in-out")
DEPTH_KINDS = ("near is bright", "near is dark", "metres")
NAMES = ("region", "camera", "transfer", "turn")


def add_actions(actions: Any) -> None:
    region = actions.add_parser("region", help="drag, turn, scale what lies in a mask", description="Move a region.")
    camera = actions.add_parser("camera", help="a camera through the picture, with depth or without")
    transfer = actions.add_parser("transfer", help="the motion of a clip, laid on a picture")
    turn = actions.add_parser("turn", help="turn a masked thing about an axis in space")
    for action in (region, camera, transfer, turn):
        action.add_argument("output", metavar="OUT", type=Path, help="the file to write (.npy .json .npz ...)")
        action.add_argument("--to", metavar="FORMAT", default="auto", help="its format (default: by OUT's ending)")
        action.add_argument("--image", metavar="FILE", type=Path, help="the picture, for its size")
        action.add_argument("--size", type=_common.size_wh, metavar="WxH", help="or its size")
        action.add_argument("-q", "--quiet", action="store_true", help="print nothing but errors")
    for action in (region, camera, turn):
        action.add_argument("--frames", type=int, default=81, metavar="N", help="frames, 4k+1 (default: 81)")
        action.add_argument("--keys", metavar="JSON", default="", help="keys as JSON, or @FILE; replaces the move")
        action.add_argument("--easing", choices=EASINGS, default="ease-in-out", help="(default: ease-in-out)")
        action.add_argument("--start", type=int, default=0, metavar="F", help="frame at which the move begins")
        action.add_argument("--end", type=int, default=-1, metavar="F", help="frame at which it ends (default: last)")
    for action in (region, turn):
        action.add_argument(
            "--mask", metavar="FILE", type=Path, action="append", required=True,
            help="what moves (bright is in); given several times: from back to front",
        )  # fmt: skip
        action.add_argument("--density", type=float, default=1.0, metavar="D", help="share of cells with a point")
    _region_options(region)
    _camera_options(camera)
    _transfer_options(transfer)
    turn.add_argument("--shape", choices=("cylinder", "sphere", "plane", "depth"), default="cylinder")
    turn.add_argument("--angle", type=float, default=45.0, metavar="DEG", help="degrees in all (default: 45)")
    turn.add_argument("--axis", choices=("vertical", "horizontal", "view"), default="vertical")
    turn.add_argument("--lean", type=float, default=0.0, metavar="DEG", help="lean the axis clockwise")
    turn.add_argument("--fov", type=float, default=40.0, metavar="DEG", help="horizontal; 0: without perspective")
    turn.add_argument("--thickness", type=float, default=100.0, metavar="PCT", help="of half the width, for depth")
    for action in (camera, turn):
        action.add_argument("--depth", metavar="FILE", type=Path, help="depth map: PNG of 8 or 16 bits, or .npy")
        action.add_argument("--depth-kind", choices=DEPTH_KINDS, default=DEPTH_KINDS[0], help="what its numbers mean")


def _region_options(region: argparse.ArgumentParser) -> None:
    region.add_argument("--move", type=_pair, default=(0.0, 0.0), metavar="X,Y", help="pixels right and down in all")
    region.add_argument("--rotate", type=float, default=0.0, metavar="DEG", help="degrees clockwise in all")
    region.add_argument("--scale", type=float, default=1.0, metavar="S", help="times of the size at the end")
    region.add_argument("--shear", type=float, default=0.0, metavar="DEG", help="lean of upright edges at the end")
    region.add_argument(
        "--pivot", type=_pivot, default="centre", metavar="P", help="centre, top, ..., picture, or X,Y in pixels"
    )
    region.add_argument("--path", metavar="FILE", type=Path, help="trajectories: the region follows the first one")
    region.add_argument("--behind", metavar="FILE", type=Path, help="trajectories behind the region, passed on")
    region.add_argument("--follow", type=float, default=0.0, metavar="F", help="far parts come so many frames late")
    region.add_argument("--elastic", type=float, default=0.0, metavar="E", help="0-1: fade out towards the border")


def _camera_options(camera: argparse.ArgumentParser) -> None:
    camera.add_argument(
        "--move", action="append", default=[], metavar="NAME=AMOUNT",
        help='such as "orbit left=15" or "dolly in=20", degrees or percent; several add up',
    )  # fmt: skip
    camera.add_argument("--fov", type=float, default=60.0, metavar="DEG", help="horizontal, of the picture")
    camera.add_argument("--near", type=float, default=1.0, metavar="D", help="nearest distance, for relative depth")
    camera.add_argument("--far", type=float, default=10.0, metavar="D", help="farthest distance, likewise")
    camera.add_argument("--subject", type=float, default=0.0, metavar="D", help="its distance (default: the middle's)")
    camera.add_argument("--spacing", type=int, default=16, metavar="PX", help="between points (default: 16)")
    camera.add_argument("--mask", metavar="FILE", type=Path, help="where points are wanted")
    camera.add_argument("--objects", metavar="FILE", type=Path, help="trajectories that ride the camera")
    camera.add_argument("--no-occlusion", action="store_true", help="do not hide what passes behind nearer things")
    camera.add_argument("--shake", type=float, default=0.0, metavar="DEG", help="handheld, degrees on average")
    camera.add_argument("--seed", type=int, default=0, metavar="N", help="which shake")


def _transfer_options(transfer: argparse.ArgumentParser) -> None:
    transfer.add_argument("--clip", metavar="CLIP", type=Path, required=True, help="the clip whose motion is taken")
    transfer.add_argument("--frames", type=int, default=0, metavar="N", help="retime to N (default: the clip's, 4k+1)")
    transfer.add_argument("--spacing", type=float, default=24.0, metavar="PX", help="between points, in the clip")
    transfer.add_argument("--retarget", choices=("frame", "similarity", "affine", "regions"), default="frame")
    transfer.add_argument("--clip-mask", metavar="FILE", type=Path, action="append", default=[], help="what to follow")
    transfer.add_argument("--picture-mask", metavar="FILE", type=Path, action="append", default=[], help="its place")
    transfer.add_argument("--clip-points", metavar="PTS", default="", help='"x,y; x,y" in the clip\'s first frame')
    transfer.add_argument("--picture-points", metavar="PTS", default="", help="the same points in the picture")
    transfer.add_argument("--motion-scale", type=float, default=1.0, metavar="S", help="strength (default: 1)")
    transfer.add_argument("--lost", choices=("hide", "drop"), default="hide", help="points lost on the way")
    transfer.add_argument(
        "--tracker", choices=("dense", "lk", "cotracker", "tapir"), default="dense",
        help="dense: flow held to the first frame; lk: Lucas-Kanade alone (default: dense)",
    )  # fmt: skip
    transfer.add_argument(
        "--on-cut", choices=("stop", "go-on"), default=None,
        help="at a scene cut: end there, or let points go on with what they then stand on (default: stop)",
    )  # fmt: skip
    transfer.add_argument("--weights", metavar="FILE", help="for cotracker or tapir")


def run(args: argparse.Namespace) -> int:
    from ...motion.formats import write_tracks

    tracks, notes = {"region": _region, "camera": _camera, "transfer": _transfer, "turn": _turn}[args.action](args)
    width, height = tracks.size_wh
    _common.say(args, f"{plural(tracks.count, 'track')}, {plural(tracks.frames, 'frame')} of {width}x{height}.")
    for note in notes:
        _common.say(args, f"- {note}.")
    _common.say(args, write_tracks(tracks, args.output, args.to))
    return 0


def _region(args: argparse.Namespace) -> tuple[Tracks, Sequence[str]]:
    from ...geometry import require_video_length
    from ...motion.sources.recipes import bodies_from_masks
    from ...motion.sources.region_motion import region_tracks
    from ...motion.sources.space.plane_files import read_mask

    require_video_length(args.frames, "--frames")
    masks = [read_mask(path) for path in args.mask]
    size = _size(args, masks[0])
    ways = None
    if args.path:
        path = _others(args, args.path, size)
        if not path.count:
            raise WanMoveError(where=str(args.path), what="no track in it", fix="draw a path")
        ways = (path.xy - path.xy[0]).numpy()
    move = {"x": args.move[0], "y": args.move[1], "rotate": args.rotate, "shear": args.shear}
    bodies = bodies_from_masks(
        masks, size, args.frames, move={**move, "scale_x": args.scale, "scale_y": args.scale}, keys=_keys(args),
        start=args.start, end=args.end, easing=args.easing, pivot=args.pivot, ways=ways,
        follow_frames=args.follow, elastic=args.elastic, where="tracks region",
    )  # fmt: skip
    return region_tracks(bodies, args.density, _others(args, args.behind, size) if args.behind else None)


def _camera(args: argparse.Namespace) -> tuple[Tracks, Sequence[str]]:
    from ...geometry import require_video_length
    from ...motion.sources.recipes import camera_values
    from ...motion.sources.space.camera_scene import camera_tracks
    from ...motion.sources.space.depth import distance_map
    from ...motion.sources.space.plane_files import read_depth, read_mask

    require_video_length(args.frames, "--frames")
    depth = read_depth(args.depth) if args.depth else None
    size = _size(args, depth)
    values = camera_values(
        [_named_move(text) for text in args.move], args.frames, keys=_keys(args), start=args.start, end=args.end,
        easing=args.easing, shake_deg=args.shake, shake_seed=args.seed, where="tracks camera",
    )  # fmt: skip
    return camera_tracks(
        size, values, fov_deg=args.fov,
        distances=None if depth is None else distance_map(depth, args.depth_kind, args.near, args.far),
        subject_distance=args.subject, spacing_px=args.spacing,
        mask=read_mask(args.mask) if args.mask else None, hide_occluded=not args.no_occlusion,
        objects=_others(args, args.objects, size) if args.objects else None,
    )  # fmt: skip


def _transfer(args: argparse.Namespace) -> tuple[Tracks, Sequence[str]]:
    from ...geometry import require_video_length
    from ...motion.sources.space.plane_files import read_mask
    from ...motion.tracking.choose import tracker_by_name
    from ...motion.tracking.retarget import parse_points
    from ...motion.tracking.transfer import Retarget, transfer_motion
    from ...progress import progress_bar
    from ...video import probe_clip, read_clip

    if args.frames:
        require_video_length(args.frames, "--frames")
    total = probe_clip(args.clip).frames
    how = Retarget(
        args.retarget, [read_mask(p) for p in args.clip_mask], [read_mask(p) for p in args.picture_mask],
        parse_points(args.clip_points, "--clip-points"), parse_points(args.picture_points, "--picture-points"),
        args.motion_scale,
    )  # fmt: skip
    target = _size(args, None) if args.size or args.image else None
    on_cut = None if args.on_cut is None else args.on_cut.replace("-", " ")
    tracker = tracker_by_name(args.tracker, args.weights, on_cut=on_cut)
    with progress_bar("Tracking", quiet=args.quiet) as progress:
        return transfer_motion(
            read_clip(args.clip), tracker, target, how,
            spacing_px=args.spacing, length=args.frames, lost=args.lost,
            progress=lambda done: progress(done, total or done),
        )  # fmt: skip


def _turn(args: argparse.Namespace) -> tuple[Tracks, Sequence[str]]:
    import numpy as np

    from ...geometry import require_video_length
    from ...motion.sources.recipes import turn_angles
    from ...motion.sources.space.depth import distance_map
    from ...motion.sources.space.plane_files import read_depth, read_mask
    from ...motion.sources.space.rotate3d import Solid, rotate_tracks

    require_video_length(args.frames, "--frames")
    masks = [read_mask(path) for path in args.mask]
    if any(mask.shape != masks[0].shape for mask in masks):
        raise WanMoveError(where="--mask", what="masks of different sizes", fix="give masks of one size")
    mask = np.any(np.stack(masks), axis=0)
    angle = turn_angles(
        args.angle,
        args.frames,
        keys=_keys(args),
        start=args.start,
        end=args.end,
        easing=args.easing,
        where="tracks turn",
    )
    distances = distance_map(read_depth(args.depth), args.depth_kind) if args.depth else None
    solid = Solid(args.shape, args.axis, args.lean, args.fov, args.thickness / 100.0)
    metric = args.depth_kind == "metres"
    return rotate_tracks(
        mask, _size(args, mask), angle, solid, distances=distances, metric=metric, density=args.density
    )


def _size(args: argparse.Namespace, plane: np.ndarray | None) -> tuple[int, int]:
    if args.size is not None:
        return args.size
    if args.image is not None:
        picture = _common.read_image(args.image)
        return int(picture.shape[1]), int(picture.shape[0])
    if plane is None:
        raise WanMoveError(where="tracks", what="nothing says the picture's size", fix="give --image or --size")
    return int(plane.shape[1]), int(plane.shape[0])


def _others(args: argparse.Namespace, path: Path, size_wh: tuple[int, int]) -> Tracks:
    from ...motion.formats import notes_of_beside, read_tracks

    imported = read_tracks(path, frames=args.frames, size_wh=size_wh)
    for note in notes_of_beside(imported.report.notes):
        _common.say(args, f"{path.name}: {note}")
    return imported.tracks


def _keys(args: argparse.Namespace) -> str:
    if not args.keys.startswith("@"):
        return args.keys
    path = Path(args.keys[1:])
    from ...motion.document.bounded_json import MAX_BYTES, decode_text

    try:
        with path.open("rb") as file:
            return decode_text(file.read(MAX_BYTES + 1), str(path))
    except OSError as error:
        raise WanMoveError(where=str(path), what=f"cannot be read ({error.strerror})", fix="check the path") from None


def _named_move(text: str) -> tuple[str, float]:
    name, _, amount = text.partition("=")
    try:
        return name.strip(), float(amount)
    except ValueError:
        raise WanMoveError(where="--move", what=f"{text!r} is not NAME=AMOUNT", fix='write "dolly in=20"') from None


def _pivot(text: str) -> str | tuple[float, float]:
    return _pair(text) if "," in text else text


def _pair(text: str) -> tuple[float, float]:
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not X,Y") from None
    return x, y
