"""Loading: ComfyUI's own model objects, made of tensors that the pack has read and checked."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ....errors import WanMoveError
from .symbol import FLOOR, HostSymbol, Symbols

if TYPE_CHECKING:
    import torch

_NETWORK = "comfy.sd.load_diffusion_model_state_dict"
_TEXT = "comfy.sd.load_text_encoder_state_dicts"
_OWN_ARITHMETIC = "fp8 models compute in the precision that the host chooses"

SYMBOLS = Symbols(
    HostSymbol(_NETWORK, FLOOR, "makes the model", "no model can be loaded", essential=True),
    HostSymbol(f"{_NETWORK}(model_options)", FLOOR, "asks for the precision", "it cannot be told the precision",
               essential=True),
    HostSymbol(f"{_NETWORK}(metadata)", FLOOR, "tells heads and text width where the shapes do not",
               "only networks of the published proportions can be loaded"),
    HostSymbol(f"{_NETWORK}(disable_dynamic)", "0.15.1", "makes a model without dynamic VRAM where the host asks to",
               "there is no dynamic VRAM to turn off"),
    HostSymbol('comfy.sd["dtype"]', FLOOR, "is the word for the precision in model_options",
               "models load in the host's own choice"),
    HostSymbol('comfy.model_detection["config"]', "0.15.1", "is metadata's word for heads and text width",
               "only networks of the published proportions can be loaded; others are refused"),
    HostSymbol("comfy.model_detection.detect_unet_config", FLOOR,
               "asks beforehand which network this host would build",
               "a network of other proportions is not refused before it fails"),
    HostSymbol('comfy.ops["comfy_quant"]', FLOOR, "marks an fp8 layer", "fp8 files do not load"),
    HostSymbol('comfy.ops["weight_scale"]', FLOOR, "is an fp8 layer's scale", "fp8 files do not load"),
    HostSymbol('comfy.ops["full_precision_matrix_mult"]', FLOOR, "keeps products out of fp8",
               "the host alone decides how fp8 layers multiply"),
    HostSymbol("comfy.ops.mixed_precision_ops", FLOOR, "tries on a layer of 16 x 16 what fp8 layers compute in",
               _OWN_ARITHMETIC),
    HostSymbol("comfy.model_base.BaseModel().manual_cast_dtype", FLOOR, "is the precision that fp8 layers compute in",
               _OWN_ARITHMETIC),
    HostSymbol("comfy.model_management.should_use_bf16", FLOOR, "says whether the card computes in bf16",
               _OWN_ARITHMETIC),
    HostSymbol("comfy.model_management.should_use_fp16", FLOOR, "says whether the card computes in fp16",
               _OWN_ARITHMETIC),
    HostSymbol("comfy.utils.load_torch_file", FLOOR,
               "reads a file so that dynamic VRAM can take weights straight from it",
               "files are read by safetensors, and dynamic VRAM keeps its weights in memory"),
    HostSymbol("comfy.model_patcher.ModelPatcher().model", FLOOR, "leads to the network",
               _OWN_ARITHMETIC),
    HostSymbol("comfy.model_patcher.ModelPatcher().load_device", FLOOR, "is the card that the model will be on",
               _OWN_ARITHMETIC),
    HostSymbol("comfy.model_patcher.ModelPatcher().add_object_patch", FLOOR, "sets the precision of fp8 layers",
               _OWN_ARITHMETIC),
    HostSymbol("comfy.model_patcher.ModelPatcher().cached_patcher_init", "0.15.1",
               "tells the host how to load the model again without dynamic VRAM (torch.compile, hooks)",
               "the host has no such need yet, or cannot"),
    HostSymbol(_TEXT, FLOOR, "makes the text encoder", "the published text encoder cannot be loaded", essential=True),
    HostSymbol(f"{_TEXT}(embedding_directory)", FLOOR, "finds textual inversions", "prompts cannot name embeddings"),
    HostSymbol(f"{_TEXT}(clip_type)", FLOOR, "says that it is Wan's",
               "it cannot be told which text encoder this is", essential=True),
    HostSymbol(f"{_TEXT}(model_options)", FLOOR, "asks for the CPU", "it cannot be told the device", essential=True),
    HostSymbol(f"{_TEXT}(disable_dynamic)", "0.15.1", "makes an encoder without dynamic VRAM where the host asks to",
               "there is no dynamic VRAM to turn off"),
    HostSymbol("comfy.sd.CLIPType.WAN", FLOOR, "says that it is Wan's",
               "the published text encoder cannot be loaded", essential=True),
    HostSymbol('comfy.sd["load_device"]', FLOOR, "keeps the text encoder on the CPU", "it goes to the card"),
    HostSymbol('comfy.sd["offload_device"]', FLOOR, "keeps the text encoder on the CPU", "it goes to the card"),
    HostSymbol('comfy.sd1_clip["_model_config"]', FLOOR, "describes a umT5 of another size (used by tests)",
               "only the published size loads"),
    HostSymbol('comfy.text_encoders.wan["spiece_model"]', FLOOR, "is the tokenizer among the encoder's tensors",
               "the published text encoder cannot be loaded"),
    HostSymbol("comfy.sd.CLIP().patcher", FLOOR, "is told how to load the encoder again", "the host cannot reload it"),
    HostSymbol("comfy.clip_vision.ClipVisionModel", FLOOR, "makes the image encoder",
               "the published image encoder cannot be loaded", essential=True),
    HostSymbol("comfy.clip_vision.ClipVisionModel.load_sd", FLOOR, "fills the image encoder",
               "the published image encoder cannot be loaded", essential=True),
    HostSymbol("comfy.clip_vision.ClipVisionModel().model", FLOOR, "lists the tensors that the image encoder wants",
               "a damaged file is not told from a whole one", essential=True),
    HostSymbol("comfy.model_management.get_free_memory", FLOOR, "says whether a file can be read ahead, with progress",
               "loading shows no progress where nothing is quantised"),
    HostSymbol("comfy.memory_management.aimdo_enabled", "0.15.1", "says that weights stay in their file until used",
               "weights are always copied out of their file"),
    HostSymbol("comfy.model_base.BaseModel().diffusion_model", FLOOR,
               "is cast where dynamic VRAM kept the file's dtype",
               "under dynamic VRAM weights stay as wide as they are in the file"),
)  # fmt: skip


def make_network(
    tensors: dict[str, torch.Tensor], dtype: torch.dtype | None, metadata: dict[str, str], disable_dynamic: bool
) -> Any:
    """A ModelPatcher; None when the host does not recognise the network. ``dtype`` None leaves the choice to it."""
    options = {} if dtype is None else {"dtype": dtype}
    return SYMBOLS.call(_NETWORK, tensors, model_options=options, metadata=metadata, disable_dynamic=disable_dynamic)


def detected_network(tensors: dict[str, torch.Tensor], metadata: dict[str, str]) -> dict[str, Any] | None:
    """What the host takes the network for; None where it cannot be asked."""
    detect = SYMBOLS.find("comfy.model_detection.detect_unet_config")
    try:
        return None if detect is None else detect(tensors, "", metadata=metadata) or {}
    except Exception:
        # Only a look ahead: what fails here will say so itself when the model is made.
        logging.debug("Wan-Move: the host could not be asked for the network", exc_info=True)
        return None


def read_tensors_of(file: Path) -> dict[str, torch.Tensor]:
    """All tensors of a safetensors file, mapped."""
    read = SYMBOLS.find("comfy.utils.load_torch_file")
    if read is not None:
        return read(str(file), safe_load=True)
    from safetensors.torch import load_file

    return load_file(file)


def make_fp8_linear(size: int) -> Any:
    """One quantisable layer ``size`` x ``size`` of the host, on the CPU and unfilled; None where it cannot be had."""
    make = SYMBOLS.find("comfy.ops.mixed_precision_ops")
    import torch

    try:
        made = None if make is None else make({}, torch.float32, full_precision_mm=True)
        return made and made.Linear(size, size, bias=False, device="cpu", dtype=torch.float32)
    except Exception:
        logging.debug("Wan-Move: no fp8 layer of this host could be tried", exc_info=True)
        return None


def computes_in(model: Any, dtype: torch.dtype) -> bool:
    """Whether the device that a ModelPatcher will be on computes in ``dtype``; False where it cannot be known."""
    import torch

    asked = {
        torch.bfloat16: "comfy.model_management.should_use_bf16",
        torch.float16: "comfy.model_management.should_use_fp16",
    }.get(dtype)
    if asked is None:
        return True
    device, use = SYMBOLS.find_of(model, "comfy.model_patcher.ModelPatcher().load_device"), SYMBOLS.find(asked)
    return use is not None and device is not None and bool(use(device))


def weights_stay_in_file() -> bool:
    """Whether this host leaves weights in their file until they are used (dynamic VRAM)."""
    return bool(SYMBOLS.find("comfy.memory_management.aimdo_enabled", False))


def free_memory_bytes() -> float:
    """Free memory of the machine; 0 where the host does not tell."""
    import torch

    free = SYMBOLS.find("comfy.model_management.get_free_memory")
    return 0.0 if free is None else float(free(torch.device("cpu")))


def weights_of(model: Any) -> dict[str, torch.nn.Parameter]:
    """Name -> weight of a ModelPatcher's network; none where this host keeps them elsewhere."""
    network = SYMBOLS.find_of(model, "comfy.model_patcher.ModelPatcher().model")
    inner = SYMBOLS.find_of(network, "comfy.model_base.BaseModel().diffusion_model")
    return {} if inner is None else dict(inner.named_parameters())


def set_fp8_arithmetic(model: Any, dtype: torch.dtype) -> bool:
    """Let the fp8 layers of a ModelPatcher compute in ``dtype``; False where this host offers no way to."""
    network = SYMBOLS.find_of(model, "comfy.model_patcher.ModelPatcher().model")
    patch = SYMBOLS.find_of(model, "comfy.model_patcher.ModelPatcher().add_object_patch")
    absent = object()
    present = SYMBOLS.find_of(network, "comfy.model_base.BaseModel().manual_cast_dtype", absent) is not absent
    if patch is None or not present:
        return False
    patch("manual_cast_dtype", dtype)
    return True


def fp8_arithmetic(model: Any) -> Any:
    """The precision that the fp8 layers of a ModelPatcher compute in; None where the host does not say."""
    network = SYMBOLS.find_of(model, "comfy.model_patcher.ModelPatcher().model")
    return SYMBOLS.find_of(network, "comfy.model_base.BaseModel().manual_cast_dtype")


def remember_loading(patcher: Any, load: Callable[..., Any], *arguments: Any) -> None:
    """Tell the host how to make ``patcher`` again: ``load(*arguments, disable_dynamic=True)``."""
    if patcher is not None:
        patcher.cached_patcher_init = (load, arguments)


def make_text_encoder(
    encoder: dict[str, torch.Tensor],
    tokenizer: torch.Tensor,
    embeddings: list[str],
    size: dict[str, int] | None,
    device: torch.device | None,
    disable_dynamic: bool,
) -> Any:
    """A CLIP object of umT5 and of its sentencepiece model as uint8.

    ``size`` None: the published one; ``device`` None: the host's choice.
    """
    options: dict[str, Any] = {}
    if size is not None:
        options = {"model_name": "umt5xxl", "umt5xxl_model_config": size}
    if device is not None:
        options["load_device"] = options["offload_device"] = device
    return SYMBOLS.call(
        _TEXT,
        [{**encoder, "spiece_model": tokenizer}],
        embedding_directory=embeddings,
        clip_type=SYMBOLS.need("comfy.sd.CLIPType.WAN"),
        model_options=options,
        disable_dynamic=disable_dynamic,
    )


def patcher_of_text_encoder(clip: Any) -> Any:
    """The ModelPatcher of a CLIP object; None where it has none under that name."""
    return SYMBOLS.find_of(clip, "comfy.sd.CLIP().patcher")


def make_image_encoder(json_config: Path | None = None) -> Any:
    """An unfilled ClipVisionModel, of the host's own description of ViT-H/14 unless another is given."""
    make = SYMBOLS.need("comfy.clip_vision.ClipVisionModel")
    return make(str(json_config or _description_of_vit_h()))


def _description_of_vit_h() -> Path:
    """The host's clip_vision_config_h.json, found as package data: a frozen or zipped host has no ``__file__``."""
    from importlib.resources import as_file, files

    with as_file(files("comfy").joinpath("clip_vision_config_h.json")) as path:
        if path.is_file():
            return path
    raise WanMoveError(
        where="CLIP Vision", what="this ComfyUI has no clip_vision_config_h.json", fix="update or reinstall ComfyUI"
    )


def image_encoder_tensors(clip_vision: Any) -> dict[str, torch.Tensor]:
    """What a ClipVisionModel holds: name -> tensor."""
    return SYMBOLS.need_of(clip_vision, "comfy.clip_vision.ClipVisionModel().model").state_dict()


def fill_image_encoder(clip_vision: Any, tensors: dict[str, torch.Tensor]) -> None:
    SYMBOLS.need_of(clip_vision, "comfy.clip_vision.ClipVisionModel.load_sd")(tensors)
