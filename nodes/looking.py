"""Nodes to look at: tracks on frames, the motion draft, and two clips beside each other."""

from __future__ import annotations

from comfy_api.latest import io

from ..wan_move_core.hosts.comfy.looking import clips as looking
from .host_api import Tracks, WanMoveImage, output, schema, widget


def _clip(images, preview: dict, note: str = "") -> io.NodeOutput:
    text = {"text": (note,)} if note else {}
    return io.NodeOutput(images, ui={"images": [preview], "animated": (True,), **text})


class WanMoveDrawTracks(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="WanMoveDrawTracks",
            display_name="Draw Tracks (Wan-Move)",
            description="Draws the tracks on a picture or clip: discs, and tails that fade where they have been.",
            search_aliases=["visualize tracks", "overlay", "show trajectories", "annotate"],
            inputs=[
                io.Image.Input("images", tooltip="A picture or a clip; the shorter of clip and tracks holds its end."),
                Tracks.Input("tracks", tooltip="The tracks to draw."),
                widget(
                    io.Float, "radius", default=12.0, min=0.0, max=200.0, step=0.5,
                    tooltip="Radius of the discs in pixels; 12 as published.",
                ),
                widget(
                    io.Int, "tail_frames", default=24, min=0, max=1000,
                    tooltip="How many frames the tail reaches back; 24 as published.",
                ),
                widget(
                    io.Float, "tail_width", default=16.0, min=0.0, max=200.0, step=0.5,
                    tooltip="Width of the tail at the disc in pixels; 16 as published.",
                ),
                widget(io.Float, "opacity", default=1.0, min=0.0, max=1.0, step=0.05, tooltip="1 covers, 0 is unseen."),
                widget(
                    io.Boolean, "labels", default=False,
                    tooltip="Each track's number beside it, as Edit Tracks counts them.",
                ),
                widget(
                    io.Int, "cursor", default=0, min=0, max=100000,
                    tooltip="The number of a track that carries a mouse pointer. 0: none.",
                ),
                WanMoveImage.Input(
                    "wanmove_image", optional=True,
                    tooltip="From Encode Image, when the tracks were made on the whole picture and the clip is "
                    "the fitted video: they are moved as the picture was.",
                ),
                widget(
                    io.Boolean, "as_published", default=False, optional=True, advanced=True,
                    tooltip="No dark rims, and discs as large for many tracks as for few. Off, sizes fall with the "
                    "number of tracks, so that the picture stays visible.",
                ),
            ],
            outputs=[output(io.Image, "images", "The frames with the tracks on them.")],
        )  # fmt: skip

    @classmethod
    def execute(
        cls, images, tracks, radius: float, tail_frames: int, tail_width: float, opacity: float, labels: bool,
        cursor: int, wanmove_image=None, as_published: bool = False,
    ) -> io.NodeOutput:  # fmt: skip
        style = looking.style(radius, tail_frames, tail_width, opacity, labels, cursor, as_published)
        return _clip(*looking.draw(images, tracks, style, wanmove_image))


class WanMoveDraft(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="WanMoveDraft",
            display_name="Motion Draft (Wan-Move)",
            description="The picture warped along its tracks: see the motion in seconds, before any model runs.",
            search_aliases=["preview motion", "draft", "warp", "animatic", "test tracks"],
            is_output_node=True,
            inputs=[
                io.Image.Input("picture", tooltip="The picture that the tracks belong to. Drafts are at most 1280 px."),
                Tracks.Input("tracks", tooltip="Where things go."),
                widget(io.Boolean, "draw_tracks", default=False, tooltip="Draw the tracks on the draft."),
                widget(
                    io.Float, "fps", default=16.0, min=1.0, max=120.0, step=1.0,
                    tooltip="Frames per second of the preview on the node; 16 as the model's videos.",
                ),
                WanMoveImage.Input(
                    "wanmove_image", optional=True,
                    tooltip="From Encode Image: the draft is made of its fitted picture, and tracks move as it did.",
                ),
            ],
            outputs=[
                output(io.Image, "images", "The draft's frames. A warp, not what the model will make."),
                output(
                    io.Mask, "mask",
                    "White where the draft knows what is seen: things where they are, the places they left; under a "
                    "camera all but what it uncovers. For Encode Draft.",
                ),
            ],
        )  # fmt: skip

    @classmethod
    def execute(cls, picture, tracks, draw_tracks: bool, fps: float, wanmove_image=None) -> io.NodeOutput:
        images, mask, preview = looking.draft(picture, tracks, draw_tracks, fps, wanmove_image)
        return io.NodeOutput(images, mask, ui={"images": [preview], "animated": (True,)})


class WanMoveSideBySide(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="WanMoveSideBySide",
            display_name="Side by Side (Wan-Move)",
            description="Two clips in one frame, to compare a result with its overlay or with another result.",
            search_aliases=["compare videos", "stack", "concat images", "before after"],
            inputs=[
                io.Image.Input("first", tooltip="The clip at the left, or above."),
                io.Image.Input("second", tooltip="The clip at the right, or below; scaled to the side they share."),
                widget(
                    io.Combo, "layout", options=list(looking.LAYOUTS), default="beside",
                    tooltip="beside: left and right. under: one above the other, better for wide videos.",
                ),
            ],
            outputs=[output(io.Image, "images", "Both; the shorter one holds its last frame.")],
        )  # fmt: skip

    @classmethod
    def execute(cls, first, second, layout: str) -> io.NodeOutput:
        return _clip(*looking.side_by_side(first, second, layout))


NODES = [WanMoveDrawTracks, WanMoveDraft, WanMoveSideBySide]
