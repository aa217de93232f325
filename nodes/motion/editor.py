"""The motion editor's node: the drawing is a widget, everything else follows from it."""

from __future__ import annotations

from comfy_api.latest import io

from ...wan_move_core.geometry import VideoSpec
from ...wan_move_core.hosts.comfy.files.listing import add_route
from ...wan_move_core.hosts.comfy.motion.exchange import add_routes
from ...wan_move_core.hosts.comfy.tracks.editing import edited, read_document
from ..host_api import Tracks, schema, string_input
from ..video_inputs import video_inputs

UI_KEY = "wan_move_editor"
"""Under this key the page receives what an execution saw (js/wan_move.js reads it)."""


class WanMoveMotionEditor(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="WanMoveMotionEditor",
            display_name="Motion Editor (Wan-Move)",
            description="Draw on the picture how things should move, and watch it at once. Start here.",
            search_aliases=["draw motion", "spline editor", "path animator", "trajectory", "motion brush", "drag"],
            inputs=[
                io.Image.Input(
                    "picture", optional=True,
                    tooltip="The picture to set in motion. Without it, drop one into the editor.",
                ),
                *video_inputs(
                    "How the picture fills the video; the editor shows exactly that part. crop: cut what is "
                    "over. pad: all of it, grey bars. stretch: as it comes. area: the published sizing rule."
                ),
                string_input(
                    "document", default="", multiline=True, socketless=True,
                    tooltip="The drawing as JSON. The editor writes it; it can be copied to another node as text.",
                ),
                io.Mask.Input(
                    "mask", optional=True,
                    tooltip="Things in the picture, such as SAM3 finds: each mask is a thing in the editor, ready to "
                    "drag. It changes no track by itself.",
                ),
            ],
            outputs=[
                Tracks.Output(
                    id="tracks",
                    display_name="tracks",
                    tooltip="The motion as tracks of the video's size, for Guide.",
                ),
                io.Image.Output(id="fitted", display_name="picture", tooltip="The picture as the video shows it."),
                io.String.Output(
                    id="coordinates",
                    display_name="coordinates",
                    tooltip="The tracks as coordinate JSON, for other packs' nodes.",
                ),
                io.Int.Output(id="frames", display_name="length", tooltip="Frames of the video."),
            ],
        )  # fmt: skip

    @classmethod
    def validate_inputs(
        cls,
        document: str | None = None,
        width: int | None = None,
        height: int | None = None,
        length: int | None = None,
    ) -> bool | str:
        try:
            read_document(document or "")
            # A linked value is not known before it is computed; the execution checks it then.
            VideoSpec(width or 16, height or 16, length or 1)
        except ValueError as error:
            return str(error)
        return True

    @classmethod
    def execute(
        cls, width: int, height: int, length: int, fit: str, document: str, picture=None, mask=None
    ) -> io.NodeOutput:
        made = edited(document, width, height, length, fit, picture, mask)
        return io.NodeOutput(made.tracks, made.picture, made.coordinates, made.length, ui={UI_KEY: [made.seen]})


add_route()
add_routes()

NODES = [WanMoveMotionEditor]
