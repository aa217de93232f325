"""The product's sampler in ComfyUI beside the host's own KSampler, on one scaled fp8 model; where $COMFYUI_PATH is set.

To be run by the host's own interpreter, or by one that has its packages.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch

from wan_move_core.checkpoints.fp8 import is_quantised_name, layer_config
from wan_move_core.checkpoints.shapes import host_metadata

from .bench import Bench, Reading, Skip
from .networks import FP8_SPREAD, IMAGE_TOKENS, image_width, random_layout, random_tensors, random_tracks, texts


def weights_only(bench: Bench) -> None:
    """Widened layers, as people run the published fp8 file: one branch beside KSampler's, then two and three."""
    host, model = load(bench, fp8_matmul=False)
    one = conditions(bench)
    stock = timed(bench, model, lambda m: _ksampler(m, one, 4), skip=1)
    bench.row(f"ComfyUI {host}: KSampler, fp8 weights, 1 branch", unit="s/step", reading=stock, key="comfy stock 1")
    mine = timed(bench, model, lambda m: ours(m, one, 4, 1.0, 1.0), skip=1)
    bench.row(
        "our sampler there, fp8 weights, 1 branch",
        unit="s/step",
        reading=mine,
        ratio=mine.median / stock.median,
        beside="KSampler",
        key="comfy ours 1",
    )
    for branches, weights in ((2, (5.0, 5.0)), (3, (5.0, 3.0))):
        more = timed(bench, model, lambda m, w=weights: ours(m, one, 2, *w))
        bench.row(
            f"our sampler there, fp8 weights, {branches} branches",
            unit="s/step",
            reading=more,
            ratio=more.median / mine.median,
            beside="1 branch",
            note="the host runs them in one call where its memory allows",
            key=f"comfy ours {branches}",
        )


def products(bench: Bench) -> None:
    """The model node's ``fp8_matmul``."""
    _, model = load(bench, fp8_matmul=True)
    one = conditions(bench)
    reading = timed(bench, model, lambda m: ours(m, one, 4, 1.0, 1.0), skip=1)
    bench.row("our sampler in ComfyUI, fp8 products, 1 branch", unit="s/step", reading=reading, key="comfy matmul 1")


def _host(bench: Bench) -> str:
    """The host's version, its modules on sys.path. Raises: Skip where there is none."""
    # A list may be named, as for the tests' lanes: one host is measured, the first.
    told = os.environ.get("COMFYUI_PATH", "").split(os.pathsep)[0]
    if not told or not (Path(told) / "comfy" / "sd.py").is_file():
        raise Skip("no ComfyUI at $COMFYUI_PATH")
    if told not in sys.path:
        sys.path.insert(0, told)
    try:
        import comfy.options
        from comfy.cli_args import args

        args.cpu = bench.device.type == "cpu"
        import comfy.sample
        import comfy.sd
        import comfy.utils
        import comfyui_version
    except ImportError as error:
        raise Skip(f"ComfyUI does not import under this Python ({error})") from error
    logging.disable(logging.WARNING)
    comfy.utils.PROGRESS_BAR_ENABLED = False
    return comfyui_version.__version__


def load(bench: Bench, fp8_matmul: bool, keep: bool = False) -> tuple[str, Any]:
    """(host's version, model): random weights through the host's own loader, as the product hands it a scaled file.

    ``keep``: beside those that were loaded before.
    """
    version = _host(bench)
    import comfy.model_management

    from wan_move_core.hosts.comfy.host.loading import make_network
    from wan_move_core.hosts.comfy.models.network import set_arithmetic

    if not keep:
        bench.forget()
        comfy.model_management.unload_all_models()
    bench.require_gb(bench.sizes.gigabytes["fp8"])
    shape = bench.sizes.network
    tensors: dict[str, torch.Tensor] = {}
    config = layer_config(not fp8_matmul)
    for name, tensor in random_tensors(shape, "fp8", bench.device):
        tensors[name] = tensor
        if is_quantised_name(name):
            layer = name.removesuffix(".weight")
            tensors[f"{layer}.weight_scale"] = torch.tensor(tensor.shape[1] ** -0.5 / FP8_SPREAD)
            tensors[f"{layer}.comfy_quant"] = config
    began = bench.now()
    model = make_network(tensors, torch.bfloat16, host_metadata(random_layout(shape), shape), disable_dynamic=True)
    tensors.clear()
    bench.forget_cache()
    set_arithmetic(model, torch.bfloat16)
    bench.row("model handed to ComfyUI, fp8", bench.now() - began)
    return version, model


def conditions(bench: Bench) -> dict[str, Any]:
    """positive, negative, plain and latent of the host, guided along tracks."""
    import comfy.clip_vision

    from wan_move_core.method.guidance import guide_latent

    s = bench.sizes
    generator = torch.Generator().manual_seed(2)
    plain = torch.randn(1, 16, s.latent_steps, s.height // 8, s.width // 8, generator=generator)
    mask = torch.ones(1, 1, s.latent_steps, s.height // 8, s.width // 8)
    mask[:, :, 0] = 0
    seen = comfy.clip_vision.Output()
    seen["penultimate_hidden_states"] = torch.randn(1, IMAGE_TOKENS, image_width(bench), generator=generator)
    common = {"concat_mask": mask, "clip_vision_output": seen}
    guided = guide_latent(plain, random_tracks(s, 64))
    words = [t.cpu() for t in texts(bench).values()]
    return {
        "positive": [[words[0], {"concat_latent_image": guided, **common}]],
        "negative": [[words[1], {"concat_latent_image": guided, **common}]],
        "plain": [[words[0], {"concat_latent_image": plain, **common}]],
        "latent": {"samples": torch.zeros_like(plain)},
    }


def _ksampler(model: Any, given: dict[str, Any], steps: int) -> None:
    import comfy.sample

    noise = torch.randn(given["latent"]["samples"].shape, generator=torch.Generator().manual_seed(0))
    comfy.sample.sample(
        model,
        noise,
        steps,
        1.0,
        "euler",
        "simple",
        given["positive"],
        given["negative"],
        given["latent"]["samples"],
        seed=0,
        disable_pbar=True,
    )


def ours(model: Any, given: dict[str, Any], steps: int, cfg: float, track_cfg: float) -> None:
    from wan_move_core.hosts.comfy.sampling.sampler import Settings, sample

    settings = Settings(steps=steps, cfg=cfg, track_cfg=track_cfg)
    sample(model, given["positive"], given["negative"], given["latent"], 0, settings, given["plain"])


def timed(bench: Bench, model: Any, run: Callable[[Any], None], skip: int = 0) -> Reading:
    """Seconds between the steps' first calls of the network, which leaves out the last step."""
    stamps: list[float] = []
    seen: list[float] = []

    def entered(apply: Callable, told: dict[str, Any]) -> torch.Tensor:
        timestep = float(told["timestep"][0])
        if not seen or seen[-1] != timestep:
            seen.append(timestep)
            stamps.append(bench.now())
        return apply(told["input"], told["timestep"], **told["c"])

    watched = model.clone()
    watched.set_model_unet_function_wrapper(entered)
    bench.reset_peak()
    run(watched)
    return Reading([b - a for a, b in pairwise(stamps)][skip:], *bench.peaks())
