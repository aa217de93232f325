"""The condition: ComfyUI's VAE and image encoder, the words of its CONDITIONING, LATENT and TRACKS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ....errors import WanMoveError
from .symbol import FLOOR, HostSymbol, Symbols

if TYPE_CHECKING:
    import torch

_FEATURES = "comfy.clip_vision.Output"
_NO_FEATURES = "the picture cannot be given to the image encoder; leave clip_vision unconnected"
_NO_PICTURE = "the network does not see the picture"

SYMBOLS = Symbols(
    HostSymbol("comfy.sd.VAE.encode", FLOOR, "encodes the picture followed by mid-grey", "no picture can be encoded",
               essential=True),
    HostSymbol("comfy.sd.VAE().latent_channels", FLOOR, "tells Wan2.1's VAE from others before encoding",
               "another VAE is told only by what it gives"),
    HostSymbol("comfy.sd.VAE().latent_dim", FLOOR, "tells a video VAE from a picture's before encoding",
               "another VAE is told only by what it gives"),
    HostSymbol("comfy.model_management.load_model_gpu", FLOOR, "brings the image encoder to its device", _NO_FEATURES,
               essential=True),
    HostSymbol("comfy.model_management.intermediate_device", FLOOR, "is where results are kept between nodes",
               "they are kept on the CPU"),
    HostSymbol("comfy.clip_vision.ClipVisionModel().patcher", FLOOR, "brings the image encoder to its device",
               _NO_FEATURES, essential=True),
    HostSymbol("comfy.clip_vision.ClipVisionModel().model", FLOOR, "is the image encoder itself", _NO_FEATURES,
               essential=True),
    HostSymbol("comfy.clip_vision.ClipVisionModel().load_device", FLOOR, "is where the image encoder runs",
               _NO_FEATURES, essential=True),
    HostSymbol("comfy.clip_vision.ClipVisionModel().image_size", FLOOR, "is the side that it wants, in px",
               "it is taken for 224, as published"),
    HostSymbol(_FEATURES, FLOOR, "is the type of its answer", _NO_FEATURES, essential=True),
    HostSymbol('comfy.model_base["concat_latent_image"]', FLOOR, "is the encoded picture", _NO_PICTURE),
    HostSymbol('comfy.model_base["concat_mask"]', FLOOR, "says which latent steps are given", _NO_PICTURE),
    HostSymbol('comfy.model_base["clip_vision_output"]', FLOOR, "is the image encoder's answer",
               "the network does not see the picture's features"),
    HostSymbol('comfy.samplers["start_percent"]', FLOOR, "is where an entry begins to act", "it acts all the time"),
    HostSymbol('comfy.samplers["end_percent"]', FLOOR, "is where an entry ceases to act", "it acts all the time"),
    HostSymbol('nodes["samples"]', FLOOR, "is the latent of a LATENT", "nothing can be sampled"),
    HostSymbol('nodes["noise_mask"]', FLOOR, "says which part of a LATENT to sample", "all of it is sampled"),
    HostSymbol('nodes["batch_index"]', FLOOR, "says which seeds the items of a batch had",
               "item i takes the noise of seed + i"),
    HostSymbol('comfy_extras.nodes_wanmove["track_path"]', FLOOR, "is the points of TRACKS",
               "other packs' nodes do not read the pack's tracks"),
    HostSymbol('comfy_extras.nodes_wanmove["track_visibility"]', FLOOR, "says where the points of TRACKS are seen",
               "other packs' nodes do not read the pack's tracks"),
)  # fmt: skip


def vae_latents(vae: Any) -> tuple[int | None, int | None]:
    """(channels, 3 for video or 2 for pictures) of a VAE's latents; None for what it does not say."""
    return (
        SYMBOLS.find_of(vae, "comfy.sd.VAE().latent_channels"),
        SYMBOLS.find_of(vae, "comfy.sd.VAE().latent_dim"),
    )


def encode_video(vae: Any, video: torch.Tensor) -> torch.Tensor:
    """float [1, C, Tl, h, w] of frames [T, H, W, 3] in 0-1, as the host's VAE gives it."""
    return SYMBOLS.need_of(vae, "comfy.sd.VAE.encode")(video)


def keeping_device() -> torch.device:
    """Where the host keeps what nodes hand on."""
    import torch

    device = SYMBOLS.find("comfy.model_management.intermediate_device")
    return torch.device("cpu") if device is None else device()


def image_encoder_side_px(clip_vision: Any) -> Any:
    return SYMBOLS.find_of(clip_vision, "comfy.clip_vision.ClipVisionModel().image_size", 224)


def encode_features(clip_vision: Any, pixels: torch.Tensor) -> Any:
    """The host's CLIP_VISION_OUTPUT of pixels [1, 3, S, S], as its own encode_image makes it after its crop."""
    patcher = SYMBOLS.need_of(clip_vision, "comfy.clip_vision.ClipVisionModel().patcher")
    network = SYMBOLS.need_of(clip_vision, "comfy.clip_vision.ClipVisionModel().model")
    SYMBOLS.need("comfy.model_management.load_model_gpu")(patcher)
    pixels = pixels.to(SYMBOLS.need_of(clip_vision, "comfy.clip_vision.ClipVisionModel().load_device"))
    states = network(pixel_values=pixels, intermediate_output=-2)
    kept = keeping_device()
    output = SYMBOLS.need(_FEATURES)()
    output["last_hidden_state"] = states[0].to(kept)
    output["penultimate_hidden_states"] = states[1].to(kept)
    output["image_embeds"] = states[2].to(kept)
    output["image_sizes"] = [pixels.shape[1:]] * pixels.shape[0]
    output["mm_projected"] = states[3] if len(states) > 3 else None
    return output


def picture_values(latent: torch.Tensor, mask: torch.Tensor, features: Any = None) -> dict[str, Any]:
    """What a CONDITIONING entry holds for the network to see the picture: latent, mask and, if given, features."""
    values: dict[str, Any] = {"concat_latent_image": latent, "concat_mask": mask}
    return values if features is None else {**values, "clip_vision_output": features}


def with_values(conditioning: list, values: dict[str, Any]) -> list:
    """Entries of ``conditioning`` with ``values``. The entries given are not written."""
    return [[states, {**more, **values}] for states, more in conditioning]


def with_values_within(conditioning: list, values: dict[str, Any], start: float, end: float) -> list:
    """Entries with ``values``, acting from start to end (0-1) and within their own range, if they have one."""
    made = []
    for states, more in conditioning:
        a, b = max(start, more.get("start_percent", 0.0)), min(end, more.get("end_percent", 1.0))
        if a >= b:
            continue
        entry = {**more, **values}
        if (a, b) != (0.0, 1.0):
            entry |= {"start_percent": a, "end_percent": b}
        made.append([states, entry])
    return made


def latent_parts(latent: dict[str, Any], where: str) -> tuple[torch.Tensor, torch.Tensor | None, list[int] | None]:
    """(latent [B, C, Tl, h, w], mask of what to sample, seed offsets of a batch's items) of the host's LATENT.

    Raises: WanMoveError for a value that holds no latent.
    """
    if latent.get("samples") is None:
        raise WanMoveError(where=where, what=f"a LATENT of {', '.join(latent)} alone", fix="connect Guide's latent")
    return latent["samples"], latent.get("noise_mask"), latent.get("batch_index")


CLOCK_KEY = "wan_move_clock"


def led_latent(latent: torch.Tensor, noise_mask: torch.Tensor, clock: torch.Tensor | None) -> dict[str, Any]:
    """A LATENT that leads: with a 5-D noise mask and, of our own, how long each cell is held (0-1)."""
    led = {"samples": latent, "noise_mask": noise_mask}
    return led if clock is None else {**led, CLOCK_KEY: clock}


def clock_of(latent: dict[str, Any]) -> torch.Tensor | None:
    """What :func:`led_latent` was given."""
    return latent.get(CLOCK_KEY)


def with_samples(latent: dict[str, Any], samples: torch.Tensor) -> dict[str, Any]:
    """A LATENT like the given one (which may be empty) with other samples."""
    return {**latent, "samples": samples}
