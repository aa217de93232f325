"""The node that puts the tracks into the condition: milliseconds, as often as one likes."""

from __future__ import annotations

from comfy_api.latest import io

from ..wan_move_core.hosts.comfy.condition.guide import NEGATIVE_BRANCHES, TRACKS_SPACES, guide
from .host_api import Tracks, WanMoveImage, output, said_once, schema, widget


class WanMoveGuide(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="WanMoveGuide",
            display_name="Guide (Wan-Move)",
            description="Copies the picture's features along the tracks: what is under a track's start moves with it.",
            search_aliases=["trajectory guidance", "track to video", "motion control", "wan move", "conditioning"],
            inputs=[
                io.Conditioning.Input("positive", tooltip="The prompt."),
                io.Conditioning.Input("negative", tooltip="The negative prompt."),
                WanMoveImage.Input("wanmove_image", tooltip="The picture from Encode Image."),
                Tracks.Input("tracks", optional=True, tooltip="Where things go. Without tracks: plain image to video."),
                widget(
                    io.Float, "strength", default=1.0, min=0.0, max=2.0, step=0.01,
                    tooltip="1 as published; less lets the model stray from the tracks, 0 ignores them.",
                ),
                widget(
                    io.Float, "start", default=0.0, min=0.0, max=1.0, step=0.01,
                    tooltip="Part of the sampling at which the tracks begin to act (0: from the first step).",
                ),
                widget(
                    io.Float, "end", default=1.0, min=0.0, max=1.0, step=0.01,
                    tooltip="Part of the sampling at which the tracks stop acting (1: to the last step).",
                ),
                widget(
                    io.Combo, "negative_branch", options=list(NEGATIVE_BRANCHES), default="guided",
                    tooltip="guided: the negative sees the tracks too, as published. plain: it does not, so that cfg "
                    "also pushes the motion.",
                ),
                widget(
                    io.Combo, "tracks_space", options=list(TRACKS_SPACES), default="auto",
                    tooltip="Whose pixels the tracks are. auto: as they say, else the video's. picture: the whole "
                    "picture before the fit. video: the video's own.",
                ),
                widget(
                    io.Int, "batch_size", default=1, min=1, max=64, tooltip="Videos to make at once, with other seeds."
                ),
            ],
            outputs=[
                output(io.Conditioning, "positive", "The prompt, guided."),
                output(io.Conditioning, "negative", "The negative prompt."),
                output(io.Conditioning, "plain", "The prompt without tracks, for a track weight of its own."),
                output(io.Latent, "latent", "The empty latent to sample."),
            ],
        )  # fmt: skip

    @classmethod
    def validate_inputs(cls, start: float | None = None, end: float | None = None) -> bool | str:
        low, high = start if start is not None else 0.0, end if end is not None else 1.0
        if not 0 <= low <= 1 or not 0 <= high <= 1 or (start is not None and end is not None and low > high):
            return said_once(f"Guide / range: {low} to {high}. Fix: choose 0 <= start <= end <= 1.")
        return True

    @classmethod
    def execute(
        cls, positive, negative, wanmove_image, strength: float, start: float, end: float, negative_branch: str,
        tracks_space: str, batch_size: int, tracks=None,
    ) -> io.NodeOutput:  # fmt: skip
        made = guide(
            positive, negative, wanmove_image, tracks, strength, start, end, negative_branch, tracks_space, batch_size
        )
        return io.NodeOutput(made.positive, made.negative, made.plain, made.latent)


NODES = [WanMoveGuide]
