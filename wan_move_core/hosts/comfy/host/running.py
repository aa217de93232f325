"""While a node runs: ComfyUI's progress bar, its cancel button and its previews. All of it may be absent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .symbol import FLOOR, HostSymbol, Symbols

if TYPE_CHECKING:
    import torch

_NO_PREVIEW = "sampling shows no previews"

SYMBOLS = Symbols(
    HostSymbol(
        "comfy.utils.ProgressBar", FLOOR, "is the bar on the node; comfy_api's own only works from 0.14.0",
        "nodes show no progress",
    ),
    HostSymbol(
        "comfy.utils.ProgressBar.update_absolute", FLOOR, "moves the bar and carries previews", "nodes show no progress"
    ),
    HostSymbol(
        "comfy.utils.PROGRESS_BAR_ENABLED", FLOOR, "says whether the console shows a bar", "the console shows one"
    ),
    HostSymbol(
        "comfy.model_management.throw_exception_if_processing_interrupted", FLOOR, "hears the cancel button",
        "the pack's long work is only cancelled when its node ends",
    ),
    HostSymbol("latent_preview.get_previewer", FLOOR, "gives the previewer that the user chose", _NO_PREVIEW),
    HostSymbol(
        "latent_preview.LatentPreviewer.decode_latent_to_preview_image", FLOOR,
        "tells the host's previewers from other packs' animated ones", "previews are the host's, without tracks",
    ),
    HostSymbol(
        "latent_preview.LatentPreviewer().decode_latent_to_preview", FLOOR, "decodes one moment of the clip",
        "previews are the host's, without tracks",
    ),
    HostSymbol("latent_preview.LatentPreviewer().decode_latent_to_preview_image", FLOOR, "is the host's preview",
               _NO_PREVIEW),
    HostSymbol("latent_preview.MAX_PREVIEW_RESOLUTION", FLOOR, "is the longest side that the user wants, in px",
               "it is taken for 512"),
    HostSymbol("comfy.model_patcher.ModelPatcher().load_device", FLOOR, "is where previews are decoded", _NO_PREVIEW),
    HostSymbol("comfy.model_patcher.ModelPatcher().model", FLOOR, "leads to the latents' format", _NO_PREVIEW),
    HostSymbol("comfy.model_base.BaseModel().latent_format", FLOOR, "says how latents become colours", _NO_PREVIEW),
)  # fmt: skip


def progress_bar(total: int) -> Any:
    """``bar(done, total, preview)``: the host's progress bar, with the host's preview triple or None."""
    make = SYMBOLS.find("comfy.utils.ProgressBar")
    bar = None if make is None else make(total)
    move = None if bar is None else SYMBOLS.find_of(bar, "comfy.utils.ProgressBar.update_absolute")
    return move or (lambda done, total=None, preview=None: None)


def console_shows_bars() -> bool:
    return bool(SYMBOLS.find("comfy.utils.PROGRESS_BAR_ENABLED", True))


def throw_if_cancelled() -> None:
    """Raise the host's InterruptProcessingException when the user pressed cancel."""
    throw = SYMBOLS.find("comfy.model_management.throw_exception_if_processing_interrupted")
    if throw is not None:
        throw()


def previewer_of(model: Any) -> Any:
    """The host's previewer for the latents of a ModelPatcher; None where the user wants none or there cannot be one."""
    make = SYMBOLS.find("latent_preview.get_previewer")
    device = SYMBOLS.find_of(model, "comfy.model_patcher.ModelPatcher().load_device")
    network = SYMBOLS.find_of(model, "comfy.model_patcher.ModelPatcher().model")
    latent_format = SYMBOLS.find_of(network, "comfy.model_base.BaseModel().latent_format")
    return None if make is None or device is None or latent_format is None else make(device, latent_format)


def longest_preview_px() -> int:
    return int(SYMBOLS.find("latent_preview.MAX_PREVIEW_RESOLUTION", 512))


def decodes_single_pictures(previewer: Any) -> bool:
    """Whether :func:`preview_picture` may be asked: the previewer keeps the host's promise of one PIL picture.

    Packs that animate replace the method that calls it, and then it may take and give other things.
    """
    whole = SYMBOLS.find("latent_preview.LatentPreviewer.decode_latent_to_preview_image")
    own = getattr(type(previewer), "decode_latent_to_preview_image", None)
    single = SYMBOLS.find_of(previewer, "latent_preview.LatentPreviewer().decode_latent_to_preview")
    return whole is not None and own is whole and single is not None


def preview_picture(previewer: Any, x0: torch.Tensor) -> Any:
    """PIL picture of the first moment of x0 [1, C, Tl, h, w]; only where :func:`decodes_single_pictures`."""
    return SYMBOLS.find_of(previewer, "latent_preview.LatentPreviewer().decode_latent_to_preview")(x0)


def host_preview(previewer: Any, x0: torch.Tensor) -> Any:
    """The previewer's own answer for x0: the host's triple (format, PIL picture, longest side), or None."""
    decode = SYMBOLS.find_of(previewer, "latent_preview.LatentPreviewer().decode_latent_to_preview_image")
    return None if decode is None else decode("JPEG", x0)
