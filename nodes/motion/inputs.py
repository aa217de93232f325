"""Inputs and outputs that the motion nodes have in common."""

from __future__ import annotations

from ...wan_move_core.hosts.comfy.motion import sources as motion_io
from ..host_api import Tracks, io, output, widget
from ..tracks import MAX_FRAMES

EASINGS = ("ease-in-out", "linear", "ease-in", "ease-out")
KEYS_HELP = "When given, it replaces the single move of the widgets."


def number(id: str, default: float, low: float, high: float, step: float, tooltip: str, **more):
    return widget(io.Float, id, default=default, min=low, max=high, step=step, tooltip=tooltip, **more)


def whole(id: str, default: int, low: int, high: int, tooltip: str, **more):
    return widget(io.Int, id, default=default, min=low, max=high, tooltip=tooltip, **more)


def length_input() -> object:
    return whole("length", 81, 1, MAX_FRAMES, "Frames of the video: 4k+1, such as 81.")


def timing_inputs() -> list:
    return [
        widget(
            io.Combo,
            "easing",
            options=list(EASINGS),
            default="ease-in-out",
            tooltip="How the speed changes between two keys: ease-in-out starts and ends gently, linear is even.",
        ),
        whole("start", 0, 0, MAX_FRAMES, "Frame at which the move begins; before it, everything stands."),
        whole("end", -1, -1, MAX_FRAMES, "Frame at which the move ends; it holds from there. -1: the last frame."),
    ]


def depth_kind_input() -> object:
    return widget(
        io.Combo,
        "depth_kind",
        options=list(motion_io.DEPTH_KINDS),
        default="near is bright",
        tooltip="What the depth map means. near is bright: relative inverse depth, as Depth Anything 1 and 2 and MiDaS "
        "give. near is dark: relative depth, growing evenly with distance (Depth Anything 3, inverted). metres: true "
        "distances, not scaled to 0-1.",
    )


def motion_outputs() -> list:
    return [
        output(Tracks, "tracks", "The tracks, for Guide, Merge Tracks or Draft."),
        output(io.Int, "length", "Their number of frames, for the length of the video."),
        output(io.String, "report", "How many points, what was hidden, dropped or assumed."),
    ]


def shown(made: motion_io.Made) -> io.NodeOutput:
    ui = {"images": [made.preview], "animated": (True,), "text": (made.report,)}
    return io.NodeOutput(made.tracks, made.frames, made.report, ui=ui)
