"""Nodes that make TRACKS of the whole picture: from a camera's move, from another clip."""

from __future__ import annotations

from ...wan_move_core.hosts.comfy.motion import sources as motion_io
from ..host_api import Tracks, io, schema, string_input, widget
from ..tracks import MAX_FRAMES, length_error
from .inputs import KEYS_HELP, depth_kind_input, length_input, motion_outputs, number, shown, timing_inputs, whole


class WanMoveCameraTracks(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        amount = (
            "How far in all. Pan, tilt, roll and orbit: degrees. Truck, pedestal and dolly: percent of the distance "
            "to "
            "the subject. Zoom: percent of magnification (50: 1.5 times). Dolly zoom: percent of the distance."
        )
        return schema(
            node_id="WanMoveCameraTracks",
            display_name="Camera Tracks (Wan-Move)",
            description="Moves a camera through the picture: with a depth map in space, without one as a flat picture.",
            search_aliases=[
                "camera move",
                "pan",
                "tilt",
                "dolly",
                "orbit",
                "zoom",
                "parallax",
                "handheld",
                "depth camera",
            ],
            inputs=[
                io.Image.Input(
                    "picture",
                    optional=True,
                    tooltip="The picture: it gives the size, and the preview shows it. Without it, the depth map's "
                    "size.",
                ),
                io.Image.Input(
                    "depth",
                    optional=True,
                    tooltip="A depth map of the picture from any depth node. Near things then pass far ones and "
                    "hide them. "
                    "Without it the picture is flat and stands across the view.",
                ),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="Where to put points, such as the background. Without it: everywhere.",
                ),
                Tracks.Input(
                    "object_tracks",
                    optional=True,
                    tooltip="Tracks of things that move in the first picture: they ride the camera, and stay in front.",
                ),
                length_input(),
                widget(
                    io.Combo,
                    "move",
                    options=list(motion_io.CAMERA_MOVES),
                    default="orbit left",
                    tooltip="Pan and tilt turn the camera, truck and pedestal shift it sideways and up, dolly "
                    "drives it "
                    "forward, orbit carries it around the subject, dolly zoom holds the subject's size.",
                ),
                number("amount", 15.0, -1000.0, 1000.0, 1.0, amount),
                widget(
                    io.Combo,
                    "move_2",
                    options=list(motion_io.CAMERA_MOVES),
                    default="none",
                    tooltip="A second move at the same time.",
                ),
                number("amount_2", 15.0, -1000.0, 1000.0, 1.0, amount),
                *timing_inputs(),
                number(
                    "shake",
                    0.0,
                    0.0,
                    20.0,
                    0.05,
                    "Handheld shake: how far the camera strays on average, in degrees. 0: on a tripod.",
                ),
                whole("shake_seed", 0, 0, 2**31 - 1, "Which shake: the same number gives the same one."),
                number(
                    "shake_rate",
                    1.5,
                    0.1,
                    8.0,
                    0.1,
                    "How quickly the hand trembles, in times per second at 16 frames per second.",
                    advanced=True,
                ),
                number(
                    "fov",
                    60.0,
                    1.0,
                    170.0,
                    1.0,
                    "The picture's field of view from its left to its right edge, "
                    "in degrees. 60 is a usual photo, 30 a portrait lens.",
                ),
                depth_kind_input(),
                number(
                    "near", 1.0, 0.001, 10000.0, 0.1, "For relative depth: distance of the nearest point, in any unit."
                ),
                number(
                    "far",
                    10.0,
                    0.001,
                    100000.0,
                    0.1,
                    "For relative depth: distance of the farthest point, in "
                    "the same unit. far / near sets how strong the parallax is.",
                ),
                number(
                    "subject_distance",
                    0.0,
                    0.0,
                    100000.0,
                    0.1,
                    "How far away the subject is, in the unit of "
                    "near and far or in metres: the centre of an orbit. "
                    "0: the distance in the middle of the picture.",
                ),
                whole("spacing", 16, 8, 512, "Pixels between two points. 8 is one for every latent cell.", step=8),
                widget(
                    io.Boolean,
                    "hide_occluded",
                    default=True,
                    tooltip="Hide points while something nearer covers them (needs depth).",
                ),
                string_input(
                    "keys",
                    multiline=True,
                    default="",
                    tooltip="Keys as JSON: "
                    '[{"frame":0},{"frame":80,"pan":10,"tilt":0,"roll":0,"truck":0,"pedestal":0,"dolly":20,'
                    '"zoom":1.5,"orbit":0,"orbit_up":0}], in degrees, percent of the subject\'s distance, and times '
                    "for zoom. "
                    f"Right, up, clockwise and forward are positive. {KEYS_HELP}",
                ),
            ],
            outputs=motion_outputs(),
        )

    @classmethod
    def validate_inputs(cls, length: int | None = None) -> bool | str:
        return length_error("Camera tracks", length)

    @classmethod
    def execute(cls, picture=None, depth=None, mask=None, object_tracks=None, **move: object) -> io.NodeOutput:
        return shown(motion_io.camera(picture, depth, mask, object_tracks, **move))  # type: ignore[arg-type]


class WanMoveVideoTracks(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="WanMoveVideoTracks",
            display_name="Video Tracks (Wan-Move)",
            description="Follows points through a clip and lays their motion on another picture: motion transfer.",
            search_aliases=[
                "motion transfer",
                "track points",
                "point tracking",
                "optical flow",
                "cotracker",
                "copy motion",
            ],
            inputs=[
                io.Image.Input("clip", tooltip="The frames of the clip whose motion is taken."),
                io.Image.Input(
                    "picture",
                    optional=True,
                    tooltip="The picture that shall move so. Without it the tracks stay where they are in the clip.",
                ),
                io.Mask.Input(
                    "clip_mask",
                    optional=True,
                    tooltip="What to follow, in the clip's first frame. Several masks in a batch are several regions.",
                ),
                io.Mask.Input(
                    "picture_mask",
                    optional=True,
                    tooltip="Where the same things are in the picture: one mask for each of clip_mask.",
                ),
                whole(
                    "length",
                    0,
                    0,
                    MAX_FRAMES,
                    "Frames of the video; the motion is retimed to it. 0: as many as the clip has, cut to 4k+1.",
                ),
                number("spacing", 24.0, 4.0, 512.0, 1.0, "Pixels of the clip between two points of the grid."),
                widget(
                    io.Combo,
                    "retarget",
                    options=list(motion_io.RETARGETS),
                    default="frame",
                    tooltip="How the clip is laid on the picture. frame: the whole frame, cropped to the picture's "
                    "shape. "
                    "similarity: shifted, turned and scaled so that the masks or point pairs meet. affine: "
                    "stretched and "
                    "sheared as well. regions: each mask onto its partner, for itself.",
                ),
                string_input(
                    "clip_points",
                    default="",
                    tooltip="Points in the clip's first frame as \"x,y; x,y; "
                    '...", in pixels: 2 or more for '
                    "similarity, 3 or more for affine. Without them the masks' boxes meet.",
                ),
                string_input(
                    "picture_points", default="", tooltip="The same points in the picture, in the same order."
                ),
                number(
                    "motion_scale",
                    1.0,
                    0.0,
                    10.0,
                    0.05,
                    "Strength of the motion: 1 as in the clip, 0.5 half as far, 2 twice as far.",
                ),
                widget(
                    io.Combo,
                    "lost",
                    options=list(motion_io.LOST),
                    default="hide",
                    tooltip="Points that are lost on the way. hide: hidden while they are lost. drop: left out "
                    "altogether.",
                ),
                number(
                    "max_error",
                    1.0,
                    0.1,
                    20.0,
                    0.1,
                    "Pixels by which a point may miss its start when it is followed back; beyond, it counts as lost.",
                    advanced=True,
                ),
                widget(
                    io.Combo,
                    "tracker",
                    options=list(motion_io.TRACKERS),
                    default=motion_io.TRACKERS[0],
                    tooltip="dense and lucas-kanade are built in; dense holds on longer. "
                    "cotracker and tapir need their own package and a weights file.",
                    advanced=True,
                ),
                widget(
                    io.Combo,
                    "weights",
                    options=motion_io.tracker_weights(),
                    default=motion_io.NO_WEIGHTS,
                    tooltip="Weights for cotracker or tapir, from ComfyUI's models/point_trackers folder.",
                    advanced=True,
                ),
                widget(
                    io.Combo,
                    "on_cut",
                    options=list(motion_io.ON_CUT),
                    default=motion_io.ON_CUT[0],
                    optional=True,
                    tooltip="At a scene cut. stop: the tracks end before it. go on: "
                    "points follow what they then stand on.",
                    advanced=True,
                ),
            ],
            outputs=motion_outputs(),
        )

    @classmethod
    def validate_inputs(cls, length: int | None = None) -> bool | str:
        return length_error("Video tracks", length)

    @classmethod
    def execute(cls, clip, picture=None, clip_mask=None, picture_mask=None, **options: object) -> io.NodeOutput:
        return shown(motion_io.video(clip, picture, clip_mask, picture_mask, **options))  # type: ignore[arg-type]


NODES = [WanMoveCameraTracks, WanMoveVideoTracks]
