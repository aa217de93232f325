"""Nodes that make TRACKS: from a region, from a camera's move, from another clip, from a thing turned in space."""

from __future__ import annotations

from comfy_api.latest import io

from ..wan_move_core.hosts.comfy import motion_io
from .host_api import Tracks, output, schema, string_input, widget
from .tracks import MAX_FRAMES, MAX_SIDE, length_error

EASINGS = ("ease-in-out", "linear", "ease-in", "ease-out")
KEYS_HELP = "When given, it replaces the single move of the widgets."


def _number(id: str, default: float, low: float, high: float, step: float, tooltip: str, **more):
    return widget(io.Float, id, default=default, min=low, max=high, step=step, tooltip=tooltip, **more)


def _whole(id: str, default: int, low: int, high: int, tooltip: str, **more):
    return widget(io.Int, id, default=default, min=low, max=high, tooltip=tooltip, **more)


def _length() -> object:
    return _whole("length", 81, 1, MAX_FRAMES, "Frames of the video: 4k+1, such as 81.")


def _timing() -> list:
    return [
        widget(
            io.Combo, "easing", options=list(EASINGS), default="ease-in-out",
            tooltip="How the speed changes between two keys: ease-in-out starts and ends gently, linear is even.",
        ),
        _whole("start", 0, 0, MAX_FRAMES, "Frame at which the move begins; before it, everything stands."),
        _whole("end", -1, -1, MAX_FRAMES, "Frame at which the move ends; it holds from there. -1: the last frame."),
    ]  # fmt: skip


def _depth_kind() -> object:
    return widget(
        io.Combo, "depth_kind", options=list(motion_io.DEPTH_KINDS), default="near is bright",
        tooltip="What the depth map means. near is bright: relative inverse depth, as Depth Anything and MiDaS give. "
        "near is dark: relative depth, growing evenly with distance. metres: true distances, not scaled to 0-1.",
    )  # fmt: skip


def _outputs() -> list:
    return [
        output(Tracks, "tracks", "The tracks, for Guide, Merge Tracks or Draft."),
        output(io.Int, "length", "Their number of frames, for the length of the video."),
        output(io.String, "report", "How many points, what was hidden, dropped or assumed."),
    ]


def _shown(made: motion_io.Made) -> io.NodeOutput:
    ui = {"images": [made.preview], "animated": (True,), "text": (made.report,)}
    return io.NodeOutput(made.tracks, made.frames, made.report, ui=ui)


class WanMoveRegionTracks(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="WanMoveRegionTracks",
            display_name="Region Tracks (Wan-Move)",
            description="Moves, turns, scales and shears what lies in a mask, as one body or a soft one.",
            search_aliases=["drag region", "mask to tracks", "move object", "region motion", "puppet"],
            inputs=[
                io.Mask.Input(
                    "mask",
                    tooltip="What moves. Several masks in a batch are several regions; the last one is in front.",
                ),
                io.Image.Input(
                    "picture", optional=True,
                    tooltip="The picture that moves: it gives the size, and the preview shows it. Without it, the mask's size.",
                ),
                Tracks.Input(
                    "path", optional=True,
                    tooltip="A drawn path: the region follows the way of its first track, besides the moves below. "
                    "With several regions, each follows the track of its own number.",
                ),
                Tracks.Input(
                    "tracks_behind", optional=True,
                    tooltip="Tracks that lie behind: hidden wherever a region of this node covers them, and passed on.",
                ),
                _length(),
                _number("move_x", 0.0, -MAX_SIDE, MAX_SIDE, 1.0, "How far it moves to the right in all, in pixels (negative: left)."),
                _number("move_y", 0.0, -MAX_SIDE, MAX_SIDE, 1.0, "How far it moves down in all, in pixels (negative: up)."),
                _number("rotate", 0.0, -3600.0, 3600.0, 1.0, "How far it turns about the pivot in all, in degrees, clockwise on screen."),
                _number("scale", 1.0, 0.01, 100.0, 0.01, "How large it is at the end: 2 is twice as large."),
                _number("shear", 0.0, -80.0, 80.0, 1.0, "How far its upright edges lean at the end, in degrees: positive moves the top to the left, negative to the right."),
                *_timing(),
                widget(
                    io.Combo, "pivot", options=list(motion_io.PIVOTS), default="centre",
                    tooltip="The point that turning, scaling and shearing leave in place: the middle of the region's area, "
                    "the middle of one side of its box, the picture's middle, or pivot_x and pivot_y.",
                ),
                _number("pivot_x", 0.0, -MAX_SIDE, MAX_SIDE, 1.0, "For pivot custom: its place in pixels from the left.", advanced=True),
                _number("pivot_y", 0.0, -MAX_SIDE, MAX_SIDE, 1.0, "For pivot custom: its place in pixels from the top.", advanced=True),
                _number("density", 1.0, 0.01, 1.0, 0.01, "Share of the region's latent cells (8x8 pixels) that carry a point; 1 is every cell."),
                _number("follow", 0.0, 0.0, 100.0, 0.5, "Soft body: the parts farthest from the pivot follow so many frames later, as cloth or hair does. 0: rigid."),
                _number("elastic", 0.0, 0.0, 1.0, 0.05, "Stretching skin: 0 moves all of the region alike; above it, the move fades out towards the mask's border "
                        "over this share of its depth, so that the region stays grown into the picture."),
                string_input(
                    "keys", multiline=True, default="",
                    tooltip='Keys as JSON: [{"frame":0},{"frame":40,"x":60,"y":-10,"rotate":15,"scale":1.2,"shear":0},...], '
                    "pixels and degrees from where it starts; scale_x and scale_y where they differ; for several "
                    f"regions a list of such lists. {KEYS_HELP}",
                ),
            ],
            outputs=_outputs(),
        )  # fmt: skip

    @classmethod
    def validate_inputs(cls, length: int | None = None) -> bool | str:
        return length_error("Region tracks", length)

    @classmethod
    def execute(cls, mask, picture=None, path=None, tracks_behind=None, **move: object) -> io.NodeOutput:
        return _shown(motion_io.region(mask, picture, path, tracks_behind, **move))  # type: ignore[arg-type]


class WanMoveCameraTracks(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        amount = (
            "How far in all. Pan, tilt, roll and orbit: degrees. Truck, pedestal and dolly: percent of the distance to "
            "the subject. Zoom: percent of magnification (50: 1.5 times). Dolly zoom: percent of the distance."
        )
        return schema(
            node_id="WanMoveCameraTracks",
            display_name="Camera Tracks (Wan-Move)",
            description="Moves a camera through the picture: with a depth map in space, without one as a flat picture.",
            search_aliases=["camera move", "pan", "tilt", "dolly", "orbit", "zoom", "parallax", "handheld", "depth camera"],
            inputs=[
                io.Image.Input(
                    "picture", optional=True,
                    tooltip="The picture: it gives the size, and the preview shows it. Without it, the depth map's size.",
                ),
                io.Image.Input(
                    "depth", optional=True,
                    tooltip="A depth map of the picture from any depth node. Near things then pass far ones and hide them. "
                    "Without it the picture is flat and stands across the view.",
                ),
                io.Mask.Input("mask", optional=True, tooltip="Where to put points, such as the background. Without it: everywhere."),
                Tracks.Input(
                    "object_tracks", optional=True,
                    tooltip="Tracks of things that move in the first picture: they ride the camera, and stay in front.",
                ),
                _length(),
                widget(io.Combo, "move", options=list(motion_io.CAMERA_MOVES), default="orbit left",
                       tooltip="Pan and tilt turn the camera, truck and pedestal shift it sideways and up, dolly drives it "
                       "forward, orbit carries it around the subject, dolly zoom holds the subject's size."),
                _number("amount", 15.0, -1000.0, 1000.0, 1.0, amount),
                widget(io.Combo, "move_2", options=list(motion_io.CAMERA_MOVES), default="none", tooltip="A second move at the same time."),
                _number("amount_2", 15.0, -1000.0, 1000.0, 1.0, amount),
                *_timing(),
                _number("shake", 0.0, 0.0, 20.0, 0.05, "Handheld shake: how far the camera strays on average, in degrees. 0: on a tripod."),
                _whole("shake_seed", 0, 0, 2**31 - 1, "Which shake: the same number gives the same one."),
                _number("shake_rate", 1.5, 0.1, 8.0, 0.1, "How quickly the hand trembles, in times per second at 16 frames per second.", advanced=True),
                _number("fov", 60.0, 1.0, 170.0, 1.0, "The picture's field of view from its left to its right edge, in degrees. 60 is a usual photo, 30 a portrait lens."),
                _depth_kind(),
                _number("near", 1.0, 0.001, 10000.0, 0.1, "For relative depth: distance of the nearest point, in any unit."),
                _number("far", 10.0, 0.001, 100000.0, 0.1, "For relative depth: distance of the farthest point, in the same unit. far / near sets how strong the parallax is."),
                _number("subject_distance", 0.0, 0.0, 100000.0, 0.1, "How far away the subject is, in the unit of near and far or in metres: the centre of an orbit. "
                        "0: the distance in the middle of the picture."),
                _whole("spacing", 16, 8, 512, "Pixels between two points. 8 is one for every latent cell.", step=8),
                widget(io.Boolean, "hide_occluded", default=True, tooltip="Hide points while something nearer covers them (needs depth)."),
                string_input(
                    "keys", multiline=True, default="",
                    tooltip='Keys as JSON: [{"frame":0},{"frame":80,"pan":10,"tilt":0,"roll":0,"truck":0,"pedestal":0,"dolly":20,'
                    '"zoom":1.5,"orbit":0,"orbit_up":0}], in degrees, percent of the subject\'s distance, and times for zoom. '
                    f"Right, up, clockwise and forward are positive. {KEYS_HELP}",
                ),
            ],
            outputs=_outputs(),
        )  # fmt: skip

    @classmethod
    def validate_inputs(cls, length: int | None = None) -> bool | str:
        return length_error("Camera tracks", length)

    @classmethod
    def execute(cls, picture=None, depth=None, mask=None, object_tracks=None, **move: object) -> io.NodeOutput:
        return _shown(motion_io.camera(picture, depth, mask, object_tracks, **move))  # type: ignore[arg-type]


class WanMoveVideoTracks(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="WanMoveVideoTracks",
            display_name="Video Tracks (Wan-Move)",
            description="Follows points through a clip and lays their motion on another picture: motion transfer.",
            search_aliases=["motion transfer", "track points", "point tracking", "optical flow", "cotracker", "copy motion"],
            inputs=[
                io.Image.Input("clip", tooltip="The frames of the clip whose motion is taken."),
                io.Image.Input(
                    "picture", optional=True,
                    tooltip="The picture that shall move so. Without it the tracks stay where they are in the clip.",
                ),
                io.Mask.Input(
                    "clip_mask", optional=True,
                    tooltip="What to follow, in the clip's first frame. Several masks in a batch are several regions.",
                ),
                io.Mask.Input(
                    "picture_mask", optional=True,
                    tooltip="Where the same things are in the picture: one mask for each of clip_mask.",
                ),
                _whole("length", 0, 0, MAX_FRAMES, "Frames of the video; the motion is retimed to it. 0: as many as the clip has, cut to 4k+1."),
                _number("spacing", 24.0, 4.0, 512.0, 1.0, "Pixels of the clip between two points of the grid."),
                widget(
                    io.Combo, "retarget", options=list(motion_io.RETARGETS), default="frame",
                    tooltip="How the clip is laid on the picture. frame: the whole frame, cropped to the picture's shape. "
                    "similarity: shifted, turned and scaled so that the masks or point pairs meet. affine: stretched and "
                    "sheared as well. regions: each mask onto its partner, for itself.",
                ),
                string_input("clip_points", default="", tooltip='Points in the clip\'s first frame as "x,y; x,y; ...", in pixels: 2 or more for '
                             "similarity, 3 or more for affine. Without them the masks' boxes meet."),
                string_input("picture_points", default="", tooltip='The same points in the picture, in the same order.'),
                _number("motion_scale", 1.0, 0.0, 10.0, 0.05, "Strength of the motion: 1 as in the clip, 0.5 half as far, 2 twice as far."),
                widget(
                    io.Combo, "lost", options=list(motion_io.LOST), default="hide",
                    tooltip="Points that are lost on the way. hide: hidden while they are lost. drop: left out altogether.",
                ),
                _number("max_error", 1.0, 0.1, 20.0, 0.1, "Pixels by which a point may miss its start when it is followed back; beyond, it counts as lost.", advanced=True),
                widget(
                    io.Combo, "tracker", options=list(motion_io.TRACKERS), default="lucas-kanade",
                    tooltip="lucas-kanade is built in. cotracker and tapir need their own package and a weights file.",
                    advanced=True,
                ),
                widget(
                    io.Combo, "weights", options=motion_io.tracker_weights(), default=motion_io.NO_WEIGHTS,
                    tooltip="Weights for cotracker or tapir, from ComfyUI's models/point_trackers folder.", advanced=True,
                ),
            ],
            outputs=_outputs(),
        )  # fmt: skip

    @classmethod
    def validate_inputs(cls, length: int | None = None) -> bool | str:
        return length_error("Video tracks", length)

    @classmethod
    def execute(cls, clip, picture=None, clip_mask=None, picture_mask=None, **options: object) -> io.NodeOutput:
        return _shown(motion_io.video(clip, picture, clip_mask, picture_mask, **options))  # type: ignore[arg-type]


class WanMoveRotate3D(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="WanMoveRotate3D",
            display_name="Rotate in 3D (Wan-Move)",
            description="Turns a masked thing about an axis in space; what turns to the back is hidden.",
            search_aliases=["turntable", "3d turn", "rotate object", "spin", "orbit object"],
            inputs=[
                io.Mask.Input("mask", tooltip="The thing that turns."),
                io.Image.Input(
                    "picture", optional=True,
                    tooltip="The picture: it gives the size, and the preview shows it. Without it, the mask's size.",
                ),
                io.Image.Input("depth", optional=True, tooltip="A depth map of the picture, for shape depth."),
                _length(),
                widget(
                    io.Combo, "shape", options=list(motion_io.SHAPES), default="cylinder",
                    tooltip="The thing's form. cylinder: round about the axis, as a person or a bottle. sphere: round in "
                    "both ways, as a head or a ball. plane: flat, as a sign. depth: as the depth map says.",
                ),
                _number("angle", 45.0, -3600.0, 3600.0, 1.0, "Degrees that it turns in all. About an upright axis its front moves to the right."),
                widget(
                    io.Combo, "axis", options=list(motion_io.AXES), default="vertical",
                    tooltip="vertical: as on a turntable. horizontal: it tips, its front moves up. view: it wheels clockwise on screen.",
                ),
                _number("lean", 0.0, -180.0, 180.0, 1.0, "Leans the axis clockwise on screen, in degrees."),
                *_timing(),
                _number("fov", 40.0, 0.0, 170.0, 1.0, "Field of view from the picture's left to its right edge, in degrees; 0 is without perspective."),
                _depth_kind(),
                _number("thickness", 100.0, 0.0, 1000.0, 1.0, "For shape depth: how deep the thing is from its nearest to its farthest visible "
                        "point, in percent of half its width. Metres are taken as they are."),
                _number("density", 1.0, 0.01, 1.0, 0.01, "Share of the mask's latent cells (8x8 pixels) that carry a point."),
                string_input(
                    "keys", multiline=True, default="",
                    tooltip=f'Keys as JSON: [{{"frame":0,"angle":0}},{{"frame":40,"angle":30}},...], in degrees. {KEYS_HELP}',
                ),
            ],
            outputs=_outputs(),
        )  # fmt: skip

    @classmethod
    def validate_inputs(cls, length: int | None = None) -> bool | str:
        return length_error("Rotate in 3D", length)

    @classmethod
    def execute(cls, mask, picture=None, depth=None, **turn: object) -> io.NodeOutput:
        return _shown(motion_io.rotate(mask, picture, depth, **turn))  # type: ignore[arg-type]


NODES = [WanMoveRegionTracks, WanMoveCameraTracks, WanMoveVideoTracks, WanMoveRotate3D]
