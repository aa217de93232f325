"""The node that hands our tracks to other video models."""

from __future__ import annotations

from comfy_api.latest import io

from ..wan_move_core.hosts.comfy.looking import guides
from ..wan_move_core.hosts.comfy.tracks.others import MODELS
from .host_api import Tracks, output, schema, widget

MAX_SIDE = 4096
MAX_FRAMES = 4001


class WanMoveTracksForOthers(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="WanMoveTracksForOthers",
            display_name="Tracks for Other Models (Wan-Move)",
            description="Makes what LTX-2.3's Motion-Track LoRA, ATI, Fun Control and VACE are steered with from the "
            "same tracks.",
            search_aliases=["ltx motion track", "ati", "fun control", "vace", "guide video", "sparse tracks", "dots"],
            inputs=[
                Tracks.Input("tracks", tooltip="The tracks, from the editor or any node that makes some."),
                widget(
                    io.Combo, "model", options=list(MODELS), default="ltx",
                    tooltip="ltx: discs and trails at half size, 121 frames, for LTX Add Video IC-LoRA Guide. ati: "
                    "coordinates for WanTrackToVideo or WanVideo ATI Tracks. dots: white dots on black, for Wan Fun "
                    "Control To Video. vace: the picture, then dots on grey, with the mask, for Wan VACE To Video.",
                ),
                widget(
                    io.Int, "width", default=0, min=0, max=MAX_SIDE, step=16,
                    tooltip="Width in pixels of the video that the other model makes: multiples of 64 for ltx, of 16 "
                    "for the others. 0: the tracks' own, to that grid.",
                ),
                widget(
                    io.Int, "height", default=0, min=0, max=MAX_SIDE, step=16,
                    tooltip="Height in pixels of that video. 0: the tracks' own, to that grid.",
                ),
                widget(
                    io.Int, "length", default=0, min=0, max=MAX_FRAMES,
                    tooltip="Frames of the guide: 8n+1 for ltx, 4n+1 for dots and vace. 0: 121 for ltx, the tracks' "
                    "own for dots and vace; ati has 121 samples always.",
                ),
                widget(
                    io.Float, "radius", default=0.0, min=0.0, max=200.0, step=0.5, advanced=True,
                    tooltip="Radius of the dots in pixels. 0: 8 at 480p, larger with the size. ltx has its own.",
                ),
                io.Image.Input(
                    "picture", optional=True,
                    tooltip="The first frame, for vace: it is kept, and stands before the dots.",
                ),
            ],
            outputs=[
                output(io.Image, "guide", "The guide video; for ati the dots, to look at."),
                output(io.Mask, "mask", "What is to be made: 1. For vace 0 in the first frame, where the picture is."),
                output(io.String, "coordinates", "The tracks as JSON in pixels of the video, a sample a frame."),
                output(io.Int, "width", "Width of the video that the coordinates belong to."),
                output(io.Int, "height", "Height of the video that the coordinates belong to."),
                output(io.Int, "length", "Frames of the guide."),
                output(io.String, "report", "What was fitted, retimed or left out."),
            ],
        )  # fmt: skip

    @classmethod
    def execute(
        cls, tracks: dict, model: str, width: int, height: int, length: int, radius: float = 0.0, picture=None
    ) -> io.NodeOutput:  # fmt: skip
        done = guides.guide(model, tracks, width, height, length, radius, picture)
        wide, high = done.made.tracks.size_wh
        report = "\n".join(done.made.notes)
        ui = {"images": [done.preview], "animated": (True,), "text": (report,)}
        frames = done.made.tracks.frames
        return io.NodeOutput(done.images, done.mask, done.made.coordinates, wide, high, frames, report, ui=ui)


NODES = [WanMoveTracksForOthers]
