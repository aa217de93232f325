"""Sampling: ComfyUI's guider, sampler and schedule, which the pack's own are built upon."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .symbol import FLOOR, HostSymbol, Symbols

if TYPE_CHECKING:
    import torch

_GUIDER = "comfy.samplers.CFGGuider"
_PATCHER = "comfy.model_patcher.ModelPatcher()"
_NO_GUIDER = "the pack's sampling nodes are not available"
_NO_TRACK_WEIGHT = "the tracks cannot have a weight of their own; equal weights of text and tracks still work"
_NO_SHIFT = "Wan-Move Sampler cannot set the shift; SamplerCustomAdvanced with the Wan-Move sigmas still works"

SYMBOLS = Symbols(
    HostSymbol(_GUIDER, FLOOR, "is what TrackGuider extends", _NO_GUIDER, essential=True),
    *(
        HostSymbol(f"{_GUIDER}.{name}", FLOOR, f"TrackGuider {use}", _NO_GUIDER, essential=True)
        for name, use in {
            "sample": "is sampled by it", "set_cfg": "tells it the text weight",
            "inner_set_conds": "gives it the branches", "predict_noise": "leaves ordinary guidance to it",
        }.items()
    ),
    HostSymbol(f"{_GUIDER}().conds", FLOOR, "holds the branches while sampling", _NO_TRACK_WEIGHT, essential=True),
    HostSymbol(f"{_GUIDER}().inner_model", FLOOR, "is the network while sampling", _NO_TRACK_WEIGHT, essential=True),
    HostSymbol("comfy.samplers.calc_cond_batch", FLOOR, "asks the network for several branches in one call",
               _NO_TRACK_WEIGHT, essential=True),
    HostSymbol("comfy.samplers.cfg_function", FLOOR,
               "combines them with the hooks of other nodes (RescaleCFG, APG, CFGZeroStar)", _NO_TRACK_WEIGHT,
               essential=True),
    HostSymbol('comfy.samplers["sampler_pre_cfg_function"]', FLOOR, "is the hooks that come before combining",
               "they act only where text and tracks have one weight"),
    HostSymbol('comfy.samplers["sampler_calc_cond_batch_function"]', FLOOR,
               "is a node that asks the network itself (SkipLayerGuidanceDiTSimple)",
               "it acts only where text and tracks have one weight"),
    HostSymbol('comfy.samplers["cond_or_uncond"]', FLOOR, "is the word by which patches tell the branches apart (NAG)",
               "such patches act only where text and tracks have one weight"),
    HostSymbol('comfy.model_patcher["patches"]', FLOOR, "holds the patches that other nodes put into the network",
               "such patches act only where text and tracks have one weight"),
    HostSymbol('comfy.model_patcher["patches_replace"]', FLOOR, "holds what they put in the place of its blocks",
               "such patches act only where text and tracks have one weight"),
    HostSymbol(f"{_PATCHER}.object_patches", FLOOR,
               "says which parts other nodes have replaced: attention, the schedule", "what they replaced is not seen"),
    HostSymbol(f"{_PATCHER}.patches", FLOOR, "tells the strengths of LoRAs, which at full strength damp motion",
               "only LoRAs that the graph names are warned of"),
    HostSymbol("comfy.model_sampling.ModelSamplingDiscreteFlow().shift", FLOOR,
               "is the shift of another node's schedule", "its schedule is replaced without naming its shift"),
    HostSymbol('comfy.samplers["disable_cfg1_optimization"]', FLOOR, "says that a node wants the negative regardless",
               "a negative without weight is not computed"),
    HostSymbol("comfy.samplers.KSAMPLER", FLOOR, "makes a SAMPLER of the published solver",
               "the published solver is not available", essential=True),
    HostSymbol("comfy.samplers.KSamplerX0Inpaint().latent_image", FLOOR,
               "tells an empty latent, whose noise the published code does not scale",
               "noise is scaled by the first sigma (0.9997)"),
    HostSymbol('comfy.samplers["denoise_mask"]', FLOOR, "says that a part of the latent is kept",
               "the host cannot keep a part of the latent"),
    HostSymbol('comfy.samplers["denoise_mask_function"]', FLOOR, "lets go of what a draft holds, at its noise level",
               "the draft holds to the end of the sampling"),
    HostSymbol('comfy.samplers["model_options"]', FLOOR, "carries other nodes' wishes to the network",
               "context windows do not find their step"),
    HostSymbol('comfy.samplers["transformer_options"]', FLOOR, "holds the schedule among those wishes",
               "context windows do not find their step"),
    HostSymbol('comfy.samplers["sample_sigmas"]', FLOOR, "is the schedule by which context windows find their step",
               "context windows do not find their step"),
    HostSymbol("comfy.model_sampling.ModelSamplingDiscreteFlow", FLOOR, "makes a schedule of that shift", _NO_SHIFT,
               essential=True),
    HostSymbol("comfy.model_sampling.ModelSamplingDiscreteFlow.set_parameters", FLOOR, "sets the shift", _NO_SHIFT,
               essential=True),
    HostSymbol("comfy.model_sampling.CONST", FLOOR, "says that the network gives velocities", _NO_SHIFT,
               essential=True),
    HostSymbol("comfy.model_base.BaseModel().model_config", FLOOR, "gives the schedule the model's further settings",
               "the schedule has the asked shift alone"),
    HostSymbol("comfy.model_base.BaseModel().model_sampling", FLOOR, "is replaced by that schedule", _NO_SHIFT,
               essential=True),
    HostSymbol(f"{_PATCHER}.model", FLOOR, "is the network of a MODEL", "no MODEL can be sampled", essential=True),
    HostSymbol(f"{_PATCHER}.clone", FLOOR, "leaves the given MODEL as it is", _NO_SHIFT, essential=True),
    HostSymbol(f"{_PATCHER}.add_object_patch", FLOOR, "replaces the schedule", _NO_SHIFT, essential=True),
    HostSymbol("comfy.model_base.WAN21", FLOOR, "tells Wan2.1 from other models",
               "another model is told by its latents alone"),
    HostSymbol("comfy.model_base.WAN21().image_to_video", FLOOR,
               "tells image-to-video from text-to-video where the channels cannot be read",
               "a text-to-video model whose channels cannot be read is not refused"),
    HostSymbol("comfy.model_base.BaseModel().diffusion_model", FLOOR, "leads to the network's input channels",
               "a text-to-video model is told by the host's own word for it"),
    HostSymbol("comfy.ldm.wan.model.WanModel().patch_embedding", FLOOR,
               "tells how many channels the network takes, by which it can be guided or not",
               "a text-to-video model is told by the host's own word for it"),
    HostSymbol("comfy.model_base.BaseModel().latent_format", FLOOR, "tells Wan2.2's 5B, whose latents are others",
               "it is not refused"),
    HostSymbol("comfy.latent_formats.LatentFormat.latent_channels", FLOOR, "tells Wan2.2's 5B", "it is not refused"),
    HostSymbol("comfy.sample.fix_empty_latent_channels", FLOOR, "takes an empty latent of another model's shape",
               "only latents of 16 channels can be sampled"),
)  # fmt: skip


def guider_class() -> Any:
    """The host's CFGGuider, after making sure that it has what TrackGuider calls. Raises: WanMoveError."""
    found = SYMBOLS.need(_GUIDER)
    for name in ("sample", "set_cfg", "inner_set_conds", "predict_noise"):
        SYMBOLS.need(f"{_GUIDER}.{name}")
    return found


def guided_network(guider: Any) -> tuple[Any, dict[str, Any]]:
    """(network, name -> branch) of a CFGGuider while it samples."""
    return SYMBOLS.need_of(guider, f"{_GUIDER}().inner_model"), SYMBOLS.need_of(guider, f"{_GUIDER}().conds")


def predict_branches(
    network: Any, branches: list, x: torch.Tensor, sigma: torch.Tensor, model_options: dict[str, Any]
) -> list[torch.Tensor]:
    """Denoised latents of the branches in one call; zeros for a branch that is None."""
    return SYMBOLS.need("comfy.samplers.calc_cond_batch")(network, branches, x, sigma, model_options)


def asks_itself(model_options: dict[str, Any]) -> bool:
    """Whether a node asks the network itself, for a positive and a negative (SkipLayerGuidanceDiTSimple)."""
    return "sampler_calc_cond_batch_function" in model_options


def asked_by_another_node(
    network: Any, pair: tuple[Any, Any], x: torch.Tensor, sigma: torch.Tensor, model_options: dict[str, Any]
) -> list[torch.Tensor] | None:
    """Denoised latents of (positive, negative) as a node that asks the network itself gives them; None without one."""
    ask = model_options.get("sampler_calc_cond_batch_function")
    if ask is None:
        return None
    return ask({"conds": list(pair), "input": x, "sigma": sigma, "model": network, "model_options": model_options})


def attention_is_replaced(model: Any) -> bool:
    """Whether a node put another forward in the place of the network's attention, as KJNodes' NAG does.

    Such a forward knows nothing of branches but their number: it takes one for the positive, two for both.
    """
    replaced = SYMBOLS.find_of(model, f"{_PATCHER}.object_patches", {})
    return any(name.startswith("diffusion_model.") and "attn" in name for name in replaced)


def patch_strengths(model: Any) -> set[float]:
    """The strengths at which LoRAs and their like are put on a MODEL's weights; none where this host hides them."""
    patches = SYMBOLS.find_of(model, f"{_PATCHER}.patches", {})
    return {float(patch[0]) for held in patches.values() for patch in held if isinstance(patch[0], int | float)}


def patches_tell_branches_apart(model_options: dict[str, Any]) -> bool:
    """Whether a patch of another node looks which of a batch's items are the positive (0) and the negative (1)."""
    options = model_options.get("transformer_options", {})
    found = [patch for kind in options.get("patches", {}).values() for patch in kind]
    found += [patch for kind in options.get("patches_replace", {}).values() for patch in kind.values()]
    return any(_mentions(patch, "cond_or_uncond") for patch in found)


def _mentions(patch: Any, word: str) -> bool:
    function = patch if hasattr(patch, "__code__") else getattr(patch, "__func__", None) or type(patch).__call__
    waiting = [getattr(function, "__code__", None)]
    while waiting:
        code = waiting.pop()
        if code is not None:
            if word in code.co_consts or word in code.co_names:
                return True
            waiting += [constant for constant in code.co_consts if hasattr(constant, "co_consts")]
    return False


def schedule_of_another_node(model: Any) -> tuple[str, float | None] | None:
    """The kind of schedule that a node before put on a MODEL, and its shift, None where it is no flow model's.

    None where there is no such schedule, or this host does not tell its shift.
    """
    put = SYMBOLS.find_of(model, f"{_PATCHER}.object_patches", {}).get("model_sampling")
    if put is None:
        return None
    if not isinstance(put, SYMBOLS.need("comfy.model_sampling.ModelSamplingDiscreteFlow")):
        return type(put).__name__, None
    shift = SYMBOLS.find_of(put, "comfy.model_sampling.ModelSamplingDiscreteFlow().shift")
    return None if shift is None else (type(put).__name__, float(shift))


def wants_negative(model_options: dict[str, Any]) -> bool:
    """Whether some node wants the negative's prediction even where it has no weight."""
    return bool(model_options.get("disable_cfg1_optimization"))


def combine_branches(
    network: Any,
    predicted: tuple[torch.Tensor, torch.Tensor],
    scale: float,
    x: torch.Tensor,
    sigma: torch.Tensor,
    model_options: dict[str, Any],
    branches: tuple[Any, Any],
) -> torch.Tensor:
    """The host's last step of CFG, with the hooks that other nodes put before and after it.

    ``predicted`` and ``branches`` are (positive, negative).
    """
    conds, both = list(branches), list(predicted)
    for hook in model_options.get("sampler_pre_cfg_function", []):
        both = hook(
            {
                "conds": conds,
                "conds_out": both,
                "cond_scale": scale,
                "timestep": sigma,
                "input": x,
                "sigma": sigma,
                "model": network,
                "model_options": model_options,
            }
        )
    return SYMBOLS.need("comfy.samplers.cfg_function")(
        network, both[0], both[1], scale, x, sigma, model_options=model_options, cond=conds[0], uncond=conds[1]
    )


def make_sampler(function: Callable[..., torch.Tensor], options: dict[str, Any]) -> Any:
    """A SAMPLER that calls ``function(model, x, sigmas, extra_args, callback, disable, **options)``."""
    return SYMBOLS.need("comfy.samplers.KSAMPLER")(function, options)


def starting_latent(model: Any) -> torch.Tensor | None:
    """The latent that sampling starts from, as a sampler function's ``model`` holds it; None where it does not."""
    return SYMBOLS.find_of(model, "comfy.samplers.KSamplerX0Inpaint().latent_image")


def keeps_a_part(extra_args: dict[str, Any]) -> bool:
    """Whether a sampler function's ``extra_args`` ask to keep a part of the latent."""
    return extra_args.get("denoise_mask") is not None


def with_mask_function(
    model_options: dict[str, Any], function: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
) -> dict[str, Any]:
    """``model_options`` whose noise mask is ``function(sigma, noise mask)``, after what another node makes of it.

    The same as the host's ``set_model_denoise_mask_function`` sets, but for one run alone.
    """
    theirs = model_options.get("denoise_mask_function")

    def both(sigma: torch.Tensor, noise_mask: torch.Tensor, **more: Any) -> torch.Tensor:
        return function(sigma, noise_mask if theirs is None else theirs(sigma, noise_mask, **more))

    return {**model_options, "denoise_mask_function": both}


def with_schedule(extra_args: dict[str, Any], sigmas: torch.Tensor) -> dict[str, Any]:
    """``extra_args`` that tell context windows the schedule ``sigmas``, if they tell one at all."""
    options = dict(extra_args.get("model_options", {}))
    inner = dict(options.get("transformer_options", {}))
    if "sample_sigmas" in inner:
        inner["sample_sigmas"] = sigmas
    return {**extra_args, "model_options": {**options, "transformer_options": inner}}


def with_flow_schedule(model: Any, shift: float, timesteps: int) -> Any:
    """A clone of a MODEL whose schedule has ``shift``; its network is asked at ``timesteps`` times sigma."""
    schedule = SYMBOLS.need("comfy.model_sampling.ModelSamplingDiscreteFlow")
    velocities = SYMBOLS.need("comfy.model_sampling.CONST")

    class FlowSampling(schedule, velocities):
        pass

    network = network_of(model)
    SYMBOLS.need_of(network, "comfy.model_base.BaseModel().model_sampling")
    sampling = FlowSampling(SYMBOLS.find_of(network, "comfy.model_base.BaseModel().model_config"))
    SYMBOLS.need_of(sampling, "comfy.model_sampling.ModelSamplingDiscreteFlow.set_parameters")(
        shift=shift, multiplier=timesteps
    )
    shifted = SYMBOLS.need_of(model, f"{_PATCHER}.clone")()
    SYMBOLS.need_of(shifted, f"{_PATCHER}.add_object_patch")("model_sampling", sampling)
    return shifted


def network_of(model: Any) -> Any:
    """The network of a MODEL."""
    return SYMBOLS.need_of(model, f"{_PATCHER}.model")


def is_wan(network: Any) -> bool:
    """Whether the host builds a Wan network's condition for it, as far as it tells."""
    wan21 = SYMBOLS.find("comfy.model_base.WAN21")
    return wan21 is None or isinstance(network, wan21)


def says_image_to_video(network: Any) -> bool:
    """The host's own word for a network; False for Wan2.2's experts too, which it takes for text-to-video."""
    return bool(SYMBOLS.find_of(network, "comfy.model_base.WAN21().image_to_video", True))


def input_channels(network: Any) -> int | None:
    """Channels that a Wan network takes, noise and condition together; None where the host does not tell."""
    inner = SYMBOLS.find_of(network, "comfy.model_base.BaseModel().diffusion_model")
    first = SYMBOLS.find_of(inner, "comfy.ldm.wan.model.WanModel().patch_embedding")
    sides = getattr(getattr(first, "weight", None), "shape", ())
    return int(sides[1]) if len(sides) == 5 else None


def latent_channels(network: Any) -> int | None:
    """Channels of a network's latents; None where the host does not tell."""
    told = SYMBOLS.find_of(network, "comfy.model_base.BaseModel().latent_format")
    return SYMBOLS.find_of(told, "comfy.latent_formats.LatentFormat.latent_channels")


def fitting_latent(model: Any, latent: torch.Tensor) -> torch.Tensor:
    """An empty latent in the channels of ``model``; others as they are."""
    fix = SYMBOLS.find("comfy.sample.fix_empty_latent_channels")
    return latent if fix is None else fix(model, latent)
