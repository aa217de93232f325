"""Loading the published files: the model in any layout, and the two encoders as downloaded."""

from __future__ import annotations

from pathlib import Path

from comfy_api.latest import io

from ..wan_move_core.checkpoints.layout import CLIP_NAME, UMT5_NAME
from ..wan_move_core.errors import WanMoveError
from ..wan_move_core.hosts.comfy.models import folders as paths
from ..wan_move_core.hosts.comfy.models import network as loading
from ..wan_move_core.hosts.comfy.models import text_encoder as loading_text
from ..wan_move_core.hosts.comfy.models import vision as loading_vision
from .host_api import said_once, schema, widget


class WanMoveModelLoader(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="WanMoveModelLoader",
            display_name="Load Wan-Move Model",
            description="Loads Wan-Move from the published folder (as downloaded, in shards) or from a single file.",
            search_aliases=["wan move loader", "load wan-move", "sharded", "fp8", "unet loader", "diffusion model"],
            inputs=[
                widget(
                    io.Combo,
                    "model",
                    options=paths.model_names(),
                    tooltip="A file under models/diffusion_models, or a whole folder of shards with its index.json.",
                ),
                widget(
                    io.Combo,
                    "precision",
                    options=list(loading.PRECISIONS),
                    default=loading.PRECISIONS[0],
                    tooltip=(
                        "How weights are kept. bf16: as published, 33 GB. fp8 scaled: 17 GB, about 2.4 % error in each "
                        "step, made while loading (convert the file once to load faster). as stored: the file's own. "
                        "fp16, fp32: for comparison; fp32 takes 66 GB. A file that is fp8 already stays fp8."
                    ),
                ),
                widget(
                    io.Boolean,
                    "fp8_matmul",
                    default=False,
                    optional=True,
                    tooltip=(
                        "Multiply in fp8, for fp8 models on cards that can (RTX 40 and later). Faster, but the error "
                        "of each step grows from 2.4 % to 3.1 %, and Wan is known to suffer: leave it off unless time "
                        "matters more. Other cards ignore it."
                    ),
                ),
            ],
            outputs=[io.Model.Output(tooltip="The model, on ComfyUI's own memory management.")],
        )

    @classmethod
    def validate_inputs(cls, model: str, precision: str, fp8_matmul: bool = False) -> bool | str:
        try:
            loading.check_model(paths.find("diffusion_models", model), precision, fp8_matmul)
        except WanMoveError as error:
            return said_once(str(error))
        return True

    @classmethod
    def execute(cls, model: str, precision: str, fp8_matmul: bool = False) -> io.NodeOutput:
        return io.NodeOutput(loading.load_model(paths.find("diffusion_models", model), precision, fp8_matmul))


class WanMoveTextEncoderLoader(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="WanMoveTextEncoderLoader",
            display_name="Load Wan-Move Text Encoder (published)",
            description=f"Loads {UMT5_NAME} of the published folder. Repackaged files: use Load CLIP, type wan.",
            search_aliases=["umt5", "t5", "text encoder", "pth", "clip loader"],
            inputs=[
                widget(
                    io.Combo,
                    "text_encoder",
                    options=paths.torch_names("text_encoders", UMT5_NAME, "t5"),
                    tooltip=(
                        "The published .pth under models/text_encoders, or in a published folder under "
                        "models/diffusion_models. Its google/umt5-xxl/spiece.model must lie beside it."
                    ),
                ),
                widget(
                    io.Combo,
                    "device",
                    options=["default", "cpu"],
                    default="default",
                    optional=True,
                    tooltip="cpu keeps the 11 GB of the encoder off the card; a prompt then takes some seconds longer.",
                ),
            ],
            outputs=[io.Clip.Output(tooltip="The text encoder, for any text encode node.")],
        )

    @classmethod
    def validate_inputs(cls, text_encoder: str, device: str = "default") -> bool | str:
        try:
            loading_text.require_tokenizer(_text_path(text_encoder))
        except WanMoveError as error:
            return said_once(str(error))
        if device in ("default", "cpu"):
            return True
        return said_once(f"unknown device {device!r}. Fix: use default or cpu.")

    @classmethod
    def execute(cls, text_encoder: str, device: str = "default") -> io.NodeOutput:
        return io.NodeOutput(loading_text.load_text_encoder(_text_path(text_encoder), device))


class WanMoveCLIPVisionLoader(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="WanMoveCLIPVisionLoader",
            display_name="Load Wan-Move CLIP Vision (published)",
            description=f"Loads {CLIP_NAME} of the published folder. Repackaged files: use Load CLIP Vision.",
            search_aliases=["clip vision", "image encoder", "open clip", "xlm roberta", "pth"],
            inputs=[
                widget(
                    io.Combo,
                    "clip_vision",
                    options=paths.torch_names("clip_vision", CLIP_NAME, "clip"),
                    tooltip=(
                        "The published .pth under models/clip_vision, or in a published folder under "
                        "models/diffusion_models. Only its image half is used."
                    ),
                )
            ],
            outputs=[io.ClipVision.Output(tooltip="The image encoder, for Wan-Move Encode Image.")],
        )

    @classmethod
    def validate_inputs(cls, clip_vision: str) -> bool | str:
        try:
            _vision_path(clip_vision)
        except WanMoveError as error:
            return str(error)
        return True

    @classmethod
    def execute(cls, clip_vision: str) -> io.NodeOutput:
        return io.NodeOutput(loading_vision.load_clip_vision(_vision_path(clip_vision)))


def _text_path(name: str) -> Path:
    return paths.find(("text_encoders", "diffusion_models"), name)


def _vision_path(name: str) -> Path:
    return paths.find(("clip_vision", "diffusion_models"), name)


NODES = [WanMoveModelLoader, WanMoveTextEncoderLoader, WanMoveCLIPVisionLoader]
