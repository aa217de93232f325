"""The node that encodes the picture: the expensive half, which does not run again when tracks change."""

from __future__ import annotations

from comfy_api.latest import io

from ..wan_move_core.geometry import VideoSpec
from ..wan_move_core.hosts.comfy.condition.picture import encode_image
from .host_api import WanMoveImage, output, said_once, schema
from .video_inputs import MAX_FRAMES, MAX_SIDE, video_inputs


class WanMoveEncodeImage(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="WanMoveEncodeImage",
            display_name="Encode Image (Wan-Move)",
            description="Fits the picture to the video and encodes it once. Changing tracks does not run it again.",
            search_aliases=["start image", "image to video", "wan i2v", "vae encode", "first frame"],
            inputs=[
                io.Image.Input("picture", tooltip="The picture to set in motion; several frames: a clip to continue."),
                io.Vae.Input("vae", tooltip="Wan2.1's video VAE (wan_2.1_vae.safetensors)."),
                *video_inputs(
                    "crop: fill the video, cut what is over. pad: all of the picture, grey bars. stretch: as "
                    "it comes. area: the published rule, the picture's own shape at about width x height pixels."
                ),
                io.Image.Input(
                    "end_picture", optional=True,
                    tooltip="A picture for the last frame. Wan-Move was not trained for it; treat it as an experiment.",
                ),
                io.ClipVision.Input(
                    "clip_vision", optional=True,
                    tooltip="CLIP ViT-H (clip_vision_h.safetensors). The published model always sees its features.",
                ),
            ],
            outputs=[
                output(WanMoveImage, "wanmove_image", "For Guide: the encoded picture and its fit."),
                output(io.Image, "picture", "The picture as the video shows it."),
                output(io.ClipVisionOutput, "clip_vision_output", "The features; nothing without clip_vision."),
            ],
        )  # fmt: skip

    @classmethod
    def validate_inputs(
        cls, width: int | None = None, height: int | None = None, length: int | None = None
    ) -> bool | str:
        try:
            VideoSpec(width or 16, height or 16, length or 1)
        except ValueError as error:
            return said_once(str(error))
        if max(width or 0, height or 0) > MAX_SIDE or (length or 0) > MAX_FRAMES:
            return said_once(
                f"Encode image / size: at most {MAX_SIDE}x{MAX_SIDE} and {MAX_FRAMES} frames. Fix: use less."
            )
        return True

    @classmethod
    def execute(
        cls, picture, vae, width: int, height: int, length: int, fit: str, end_picture=None, clip_vision=None
    ) -> io.NodeOutput:
        encoded, fitted = encode_image(picture, vae, width, height, length, fit, end_picture, clip_vision)
        return io.NodeOutput(encoded, fitted, encoded.clip_vision_output)


NODES = [WanMoveEncodeImage]
