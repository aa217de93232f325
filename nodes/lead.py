"""The draft leads: the node that encodes a draft, and the inputs by which sampling takes it."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io

from ..wan_move_core.hosts.comfy.condition.draft import encode_draft
from ..wan_move_core.hosts.comfy.sampling.lead import CHOICES, Lead, make_lead
from ..wan_move_core.lead.presets import MOST_FEATHER, PRESETS
from .host_api import WanMoveImage, output, schema, widget

DEFAULT = "objects"


def lead_inputs() -> list[Any]:
    """lead_draft, lead_preset, lead_from, lead_to: of nodes that sample. All may be left out."""
    return [
        io.Latent.Input(
            "lead_draft", optional=True,
            tooltip="From Encode Draft: a draft that sampling follows at first. Not connected: none.",
        ),
        widget(
            io.Combo, "lead_preset", options=list(CHOICES), default=DEFAULT, optional=True,
            tooltip="How long the draft leads. objects: things that are moved. camera: moves of the whole picture. "
            "loose: a step or two. off: not at all. custom: the two levels below.",
        ),
        widget(
            io.Float, "lead_from", default=PRESETS[DEFAULT].start, min=0.0, max=1.0, step=0.001, optional=True,
            advanced=True,
            tooltip="custom: the noise level at which sampling starts, from the draft. Higher: freer, things may "
            "double; lower: the background stands as the draft shows it.",
        ),
        widget(
            io.Float, "lead_to", default=PRESETS[DEFAULT].release, min=0.0, max=1.0, step=0.001, optional=True,
            advanced=True,
            tooltip="custom: the noise level at which what the draft knows is let go. Higher: things may drift; "
            "lower: they look cut out. 0: never.",
        ),
    ]  # fmt: skip


def lead_of(inputs: dict[str, Any], where: str) -> Lead | None:
    """The lead of what came in by :func:`lead_inputs`; none where nothing did."""
    return make_lead(
        inputs.get("lead_draft"),
        inputs.get("lead_preset", DEFAULT),
        inputs.get("lead_from", PRESETS[DEFAULT].start),
        inputs.get("lead_to", PRESETS[DEFAULT].release),
        where,
    )


class WanMoveEncodeDraft(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="WanMoveEncodeDraft",
            display_name="Encode Draft (Wan-Move)",
            description="Encodes a draft that sampling is to follow at first: things look and move as in the draft, "
            "and the model makes the rest. For lead_draft of Sampler or Guider.",
            search_aliases=["time to move", "ttm", "draft leads", "cut and drag", "sdedit video", "blockout"],
            inputs=[
                io.Image.Input(
                    "draft",
                    tooltip="Motion Draft's images, or any clip: a cut-out animation, a blockout, an edit. With an "
                    "alpha channel it knows what is opaque.",
                ),
                io.Vae.Input("vae", tooltip="Wan2.1's video VAE (wan_2.1_vae.safetensors)."),
                widget(
                    io.Int, "feather", default=0, min=0, max=MOST_FEATHER,
                    tooltip="Latent cells (8 px) over which the mask fades out.",
                ),
                widget(
                    io.Float, "fps", default=16.0, min=1.0, max=240.0, step=1.0,
                    tooltip="Frames per second of the draft; the video has 16. Needs wanmove_image.",
                ),
                io.Mask.Input(
                    "mask", optional=True,
                    tooltip="White where the draft knows what is seen: Motion Draft's mask, or one of your own, for "
                    "each frame or one for all. Not connected: everywhere, or where the draft's alpha is opaque.",
                ),
                WanMoveImage.Input(
                    "wanmove_image", optional=True,
                    tooltip="From Encode Image: the draft is fitted as the picture was, and brought to the video's "
                    "length. Not connected: it must have the video's size and length.",
                ),
                io.Mask.Input(
                    "clock", optional=True,
                    tooltip="White where the draft leads to the end of its time; a thing that is half grey is let go "
                    "half-way, a black one at once.",
                ),
            ],
            outputs=[
                output(io.Latent, "lead_draft", "The encoded draft and its mask in latent steps."),
                output(io.String, "report", "How the draft was fitted and paced, and how much it knows."),
            ],
        )  # fmt: skip

    @classmethod
    def execute(cls, draft, vae, feather: int, fps: float, mask=None, wanmove_image=None, clock=None) -> io.NodeOutput:
        return io.NodeOutput(*encode_draft(draft, vae, mask, wanmove_image, feather, fps, clock))


NODES = [WanMoveEncodeDraft]
