"""The widgets of a video's size, length and fit, the same wherever a node asks for them."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io

from ..wan_move_core.geometry import FIT_MODES
from .host_api import widget

MAX_SIDE = 8192
MAX_FRAMES = 1021


def video_inputs(fit_tooltip: str) -> list[Any]:
    """width, height (px, multiples of 16), length (frames, 4k+1) and fit, at the published defaults."""
    made_for = "832x480 or 480x832 is what the model was made for."
    return [
        widget(
            io.Int, "width", default=832, min=16, max=MAX_SIDE, step=16,
            tooltip=f"Width of the video in pixels; {made_for}",
        ),
        widget(
            io.Int, "height", default=480, min=16, max=MAX_SIDE, step=16,
            tooltip=f"Height of the video in pixels; {made_for}",
        ),
        widget(
            io.Int, "length", default=81, min=1, max=MAX_FRAMES, step=4,
            tooltip="Frames of the video, 4k+1. The model was made for 81, five seconds at 16 per second.",
        ),
        widget(io.Combo, "fit", options=list(FIT_MODES), default="crop", tooltip=fit_tooltip),
    ]  # fmt: skip
