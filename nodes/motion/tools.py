"""Nodes around motion: what holds still, what will not work, long motion in windows, and dense tracks made "
"editable."""

from __future__ import annotations

from comfy_api.latest import io

from ...wan_move_core.hosts.comfy.motion import tools
from ..host_api import Tracks, output, schema, widget
from ..tracks import MAX_FRAMES, MAX_SIDE, length_error


def _whole(id: str, default: int, low: int, high: int, tooltip: str, **more):
    return widget(io.Int, id, default=default, min=low, max=high, tooltip=tooltip, **more)


def _ui(made) -> dict:
    return {"images": [made.preview], "animated": (True,), "text": (made.report,)}


class WanMoveHoldRest(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="WanMoveHoldRest",
            display_name="Hold the Rest (Wan-Move)",
            description="Adds still points over everything that no track touches, so that the picture does not "
            "drift along.",
            search_aliases=["anchors", "static points", "pin background", "stabilize background"],
            inputs=[
                Tracks.Input(
                    "tracks", tooltip="What moves. Still points keep off its places, its way and their borders."
                ),
                io.Image.Input(
                    "picture",
                    optional=True,
                    tooltip="What moves is cut out of it, and its way is kept free. Also for the size of tracks "
                    "without one, and the preview.",
                ),
                io.Mask.Input(
                    "avoid", optional=True, tooltip="Where to put no still point, such as the whole subject."
                ),
                _whole("spacing", 6, 1, 64, "Latent cells (8x8 pixels) between two still points."),
                _whole("margin", 3, 0, 64, "Latent cells to keep between a still point and anything that moves."),
            ],
            outputs=[
                output(Tracks, "tracks", "The still points, and in front of them the given tracks."),
                output(Tracks, "anchors", "The still points alone."),
                output(io.String, "report", "How many still points there are."),
            ],
        )

    @classmethod
    def execute(cls, tracks, spacing: int, margin: int, picture=None, avoid=None) -> io.NodeOutput:
        made, anchors = tools.hold(tracks, picture, avoid, spacing, margin)
        return io.NodeOutput(made.tracks, anchors, made.report, ui=_ui(made))


class WanMoveCheckTracks(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="WanMoveCheckTracks",
            display_name="Check Tracks (Wan-Move)",
            description="Finds what will silently not work, says where, and mends it when asked to.",
            search_aliases=["validate tracks", "lint", "fix tracks", "trajectory check"],
            is_output_node=True,
            inputs=[
                Tracks.Input("tracks", tooltip="The tracks to check."),
                io.Image.Input("picture", optional=True, tooltip="The picture, for its size and for the preview."),
                io.Mask.Input("region", optional=True, tooltip="The subject: enough points should lie in it."),
                _whole("width", 0, 0, MAX_SIDE, "Width of the video in pixels, to compare. 0: not compared."),
                _whole("height", 0, 0, MAX_SIDE, "Height of the video in pixels, to compare. 0: not compared."),
                _whole("length", 0, 0, MAX_FRAMES, "Frames of the video, to compare. 0: any length 4k+1."),
                widget(
                    io.Combo,
                    "fix",
                    options=list(tools.FIXES),
                    default="none",
                    tooltip="What to mend: nothing, errors (what moves nothing at all), warnings too, or also advice.",
                ),
                widget(
                    io.Boolean,
                    "stop_on_error",
                    default=False,
                    tooltip="Stop the queue when an error is left, before time is spent on a video that will not move.",
                ),
            ],
            outputs=[
                output(Tracks, "tracks", "The tracks, mended as far as asked."),
                output(io.String, "report", "What was found and what was changed."),
                output(io.Boolean, "ready", "Whether no error and no warning is left."),
            ],
        )

    @classmethod
    def validate_inputs(cls, length: int | None = None) -> bool | str:
        return length_error("Check tracks", length)

    @classmethod
    def execute(
        cls, tracks, width: int, height: int, length: int, fix: str, stop_on_error: bool, picture=None, region=None
    ) -> io.NodeOutput:
        made, ready = tools.check(tracks, picture, region, (width, height), length, fix, stop_on_error)
        return io.NodeOutput(made.tracks, made.report, ready, ui=_ui(made))


class WanMoveSplitTracks(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="WanMoveSplitTracks",
            display_name="Split Tracks (Wan-Move)",
            description="Cuts a long motion into windows for one generation each; every window starts on the last "
            "frame of the one before.",
            search_aliases=["long video", "windows", "continue video", "chunk tracks", "extend"],
            inputs=[
                Tracks.Input("tracks", tooltip="The tracks of the whole motion, longer than one generation."),
                io.Image.Input(
                    "picture",
                    optional=True,
                    tooltip="The first frame of this window: the last frame of the clip before. For the size and "
                    "the preview; anchors keep off what moves in it.",
                ),
                _whole("window", 0, 0, 1000, "Which window, counted from 0."),
                _whole("window_length", 81, 5, MAX_FRAMES, "Frames of each generation: 4k+1, such as 81."),
                widget(
                    io.Combo,
                    "refill",
                    options=list(tools.REFILLS),
                    default="none",
                    tooltip="Points that have left the picture are dropped. anchors: still points are added where "
                    "nothing "
                    "moves. surroundings: new points start where none are left, and move as their neighbours do.",
                ),
            ],
            outputs=[
                output(Tracks, "tracks", "The tracks of this window, from frame 0."),
                output(io.Int, "length", "Its number of frames, 4k+1."),
                output(io.Int, "windows", "How many windows the whole motion has."),
                output(io.Int, "first_frame", "The frame of the whole motion that this window starts on."),
                output(io.String, "report", "What was kept, dropped and added."),
            ],
        )

    @classmethod
    def validate_inputs(cls, window_length: int | None = None) -> bool | str:
        return length_error("Split tracks", window_length)

    @classmethod
    def execute(cls, tracks, window: int, window_length: int, refill: str, picture=None) -> io.NodeOutput:
        made, windows, first = tools.split(tracks, picture, window, window_length, refill)
        return io.NodeOutput(made.tracks, made.frames, windows, first, made.report, ui=_ui(made))


class WanMoveJoinClips(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        more = "The next clip: its first frame, which is the last one before, is left out."
        return schema(
            node_id="WanMoveJoinClips",
            display_name="Join Clips (Wan-Move)",
            description="Puts the clips of successive windows together; the frame that two of them share is shown "
            "once.",
            search_aliases=["concat video", "merge clips", "long video", "append frames"],
            inputs=[
                io.Image.Input("clip_1", tooltip="The frames of the first clip."),
                io.Image.Input("clip_2", tooltip=more),
                io.Image.Input("clip_3", optional=True, tooltip=more),
                io.Image.Input("clip_4", optional=True, tooltip=more),
            ],
            outputs=[
                output(io.Image, "images", "All frames in order."),
                output(io.Image, "last_frame", "The last frame: the picture of the next window."),
            ],
        )

    @classmethod
    def execute(cls, clip_1, clip_2, clip_3=None, clip_4=None) -> io.NodeOutput:
        joined = tools.join([clip for clip in (clip_1, clip_2, clip_3, clip_4) if clip is not None])
        return io.NodeOutput(joined, joined[-1:])


class WanMoveSimplifyTracks(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="WanMoveSimplifyTracks",
            display_name="Simplify Tracks (Wan-Move)",
            description="Turns dense tracks into few editable keys: a motion document for the motion editor.",
            search_aliases=["tracks to editor", "keyframes", "reduce keys", "edit tracked motion"],
            inputs=[
                Tracks.Input("tracks", tooltip="The tracks, such as those of Video Tracks."),
                io.Image.Input("picture", optional=True, tooltip="The picture, for its size and for the preview."),
                widget(
                    io.Float,
                    "error",
                    default=1.0,
                    min=0.05,
                    max=64.0,
                    step=0.05,
                    tooltip="Pixels by which a point may be off at its own frame; more means fewer keys.",
                ),
                _whole("most", 200, 1, 2000, "At most so many tracks, evenly spread, go into the document."),
                widget(
                    io.Float,
                    "fps",
                    default=16.0,
                    min=1.0,
                    max=240.0,
                    step=1.0,
                    advanced=True,
                    tooltip="Frames per second, written into the document.",
                ),
            ],
            outputs=[
                output(io.String, "document", "The motion document, for the motion editor or Parse Tracks."),
                output(Tracks, "tracks", "The tracks as the document moves them."),
                output(io.String, "report", "How many keys, and how far the worst point is off."),
            ],
        )

    @classmethod
    def execute(cls, tracks, error: float, most: int, fps: float, picture=None) -> io.NodeOutput:
        made, document = tools.simplify(tracks, picture, error, most, fps)
        return io.NodeOutput(document, made.tracks, made.report, ui=_ui(made))


NODES = [
    WanMoveHoldRest,
    WanMoveCheckTracks,
    WanMoveSplitTracks,
    WanMoveJoinClips,
    WanMoveSimplifyTracks,
]
