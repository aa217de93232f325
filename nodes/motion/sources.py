"""Nodes that make TRACKS of things in the picture: a region that is dragged, a thing that turns in space."""

from __future__ import annotations

from ...wan_move_core.hosts.comfy.motion import sources as motion_io
from ..host_api import Tracks, io, schema, string_input, widget
from ..tracks import MAX_SIDE, length_error
from .inputs import KEYS_HELP, depth_kind_input, length_input, motion_outputs, number, shown, timing_inputs


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
                    "picture",
                    optional=True,
                    tooltip="The picture that moves: it gives the size, and the preview shows it. Without it, the "
                    "mask's size.",
                ),
                Tracks.Input(
                    "path",
                    optional=True,
                    tooltip="A drawn path: the region follows the way of its first track, besides the moves below. "
                    "With several regions, each follows the track of its own number.",
                ),
                Tracks.Input(
                    "tracks_behind",
                    optional=True,
                    tooltip="Tracks that lie behind: hidden wherever a region of this node covers them, and passed on.",
                ),
                length_input(),
                number(
                    "move_x",
                    0.0,
                    -MAX_SIDE,
                    MAX_SIDE,
                    1.0,
                    "How far it moves to the right in all, in pixels (negative: left).",
                ),
                number(
                    "move_y", 0.0, -MAX_SIDE, MAX_SIDE, 1.0, "How far it moves down in all, in pixels (negative: up)."
                ),
                number(
                    "rotate",
                    0.0,
                    -3600.0,
                    3600.0,
                    1.0,
                    "How far it turns about the pivot in all, in degrees, clockwise on screen.",
                ),
                number("scale", 1.0, 0.01, 100.0, 0.01, "How large it is at the end: 2 is twice as large."),
                number(
                    "shear",
                    0.0,
                    -80.0,
                    80.0,
                    1.0,
                    "How far its upright edges lean at the end, in degrees: "
                    "positive moves the top to the left, negative to the right.",
                ),
                *timing_inputs(),
                widget(
                    io.Combo,
                    "pivot",
                    options=list(motion_io.PIVOTS),
                    default="centre",
                    tooltip="The point that turning, scaling and shearing leave in place: the middle of the "
                    "region's area, "
                    "the middle of one side of its box, the picture's middle, or pivot_x and pivot_y.",
                ),
                number(
                    "pivot_x",
                    0.0,
                    -MAX_SIDE,
                    MAX_SIDE,
                    1.0,
                    "For pivot custom: its place in pixels from the left.",
                    advanced=True,
                ),
                number(
                    "pivot_y",
                    0.0,
                    -MAX_SIDE,
                    MAX_SIDE,
                    1.0,
                    "For pivot custom: its place in pixels from the top.",
                    advanced=True,
                ),
                number(
                    "density",
                    1.0,
                    0.01,
                    1.0,
                    0.01,
                    "Share of the region's latent cells (8x8 pixels) that carry a point; 1 is every cell.",
                ),
                number(
                    "follow",
                    0.0,
                    0.0,
                    100.0,
                    0.5,
                    "Soft body: the parts farthest from the pivot follow so "
                    "many frames later, as cloth or hair does. 0: rigid.",
                ),
                number(
                    "elastic",
                    0.0,
                    0.0,
                    1.0,
                    0.05,
                    "Stretching skin: 0 moves all of the region alike; above "
                    "it, the move fades out towards the mask's border "
                    "over this share of its depth, so that the region stays grown into the picture.",
                ),
                string_input(
                    "keys",
                    multiline=True,
                    default="",
                    tooltip="Keys as JSON: "
                    '[{"frame":0},{"frame":40,"x":60,"y":-10,"rotate":15,"scale":1.2,"shear":0},...], '
                    "pixels and degrees from where it starts; scale_x and scale_y where they differ; for several "
                    f"regions a list of such lists. {KEYS_HELP}",
                ),
            ],
            outputs=motion_outputs(),
        )

    @classmethod
    def validate_inputs(cls, length: int | None = None) -> bool | str:
        return length_error("Region tracks", length)

    @classmethod
    def execute(cls, mask, picture=None, path=None, tracks_behind=None, **move: object) -> io.NodeOutput:
        return shown(motion_io.region(mask, picture, path, tracks_behind, **move))  # type: ignore[arg-type]


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
                    "picture",
                    optional=True,
                    tooltip="The picture: it gives the size, and the preview shows it. Without it, the mask's size.",
                ),
                io.Image.Input("depth", optional=True, tooltip="A depth map of the picture, for shape depth."),
                length_input(),
                widget(
                    io.Combo,
                    "shape",
                    options=list(motion_io.SHAPES),
                    default="cylinder",
                    tooltip="The thing's form. cylinder: round about the axis, as a person or a bottle. sphere: "
                    "round in "
                    "both ways, as a head or a ball. plane: flat, as a sign. depth: as the depth map says.",
                ),
                number(
                    "angle",
                    45.0,
                    -3600.0,
                    3600.0,
                    1.0,
                    "Degrees that it turns in all. About an upright axis its front moves to the right.",
                ),
                widget(
                    io.Combo,
                    "axis",
                    options=list(motion_io.AXES),
                    default="vertical",
                    tooltip="vertical: as on a turntable. horizontal: it tips, its front moves up. view: it wheels "
                    "clockwise on screen.",
                ),
                number("lean", 0.0, -180.0, 180.0, 1.0, "Leans the axis clockwise on screen, in degrees."),
                *timing_inputs(),
                number(
                    "fov",
                    40.0,
                    0.0,
                    170.0,
                    1.0,
                    "Field of view from the picture's left to its right edge, in degrees; 0 is without perspective.",
                ),
                depth_kind_input(),
                number(
                    "thickness",
                    100.0,
                    0.0,
                    1000.0,
                    1.0,
                    "For shape depth: how deep the thing is from its "
                    "nearest to its farthest visible "
                    "point, in percent of half its width. Metres are taken as they are.",
                ),
                number(
                    "density", 1.0, 0.01, 1.0, 0.01, "Share of the mask's latent cells (8x8 pixels) that carry a point."
                ),
                string_input(
                    "keys",
                    multiline=True,
                    default="",
                    tooltip=f'Keys as JSON: [{{"frame":0,"angle":0}},{{"frame":40,"angle":30}},...], in degrees. '
                    f"{KEYS_HELP}",
                ),
            ],
            outputs=motion_outputs(),
        )

    @classmethod
    def validate_inputs(cls, length: int | None = None) -> bool | str:
        return length_error("Rotate in 3D", length)

    @classmethod
    def execute(cls, mask, picture=None, depth=None, **turn: object) -> io.NodeOutput:
        return shown(motion_io.rotate(mask, picture, depth, **turn))  # type: ignore[arg-type]


NODES = [WanMoveRegionTracks, WanMoveRotate3D]
