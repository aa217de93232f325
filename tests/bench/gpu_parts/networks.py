"""The network, the VAE and a call's inputs, with random numbers made where they are needed; no file, no download.

The network is built and filled by the product's own code (``hosts/diffusers/models``), from tensors in place of a file.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch

from wan_move_core.checkpoints.fp8 import FP8, is_quantised_name
from wan_move_core.checkpoints.headers import TensorInfo
from wan_move_core.checkpoints.layout import Layout
from wan_move_core.checkpoints.shapes import NetworkShape, expected_shapes
from wan_move_core.tracks import Tracks

from .bench import Bench, Sizes, Skip

TEXT_TOKENS = 512
IMAGE_TOKENS = 257
FP8_SPREAD = 64.0
"""Random fp8 digits have this standard deviation: seven of them reach e4m3's end, as in a scaled file."""


class _RandomLayout(Layout):
    """A published checkpoint that no file holds: its headers alone."""

    @cached_property
    def _read(self) -> tuple[dict[str, TensorInfo], dict[str, str]]:  # type: ignore[override]
        shape: NetworkShape = self.config["shape"]
        return {n: TensorInfo(s, torch.bfloat16, self.path) for n, s in expected_shapes(shape).items()}, {}


def random_layout(shape: NetworkShape) -> Layout:
    """What a published file of this network would say in its headers."""
    config = {"shape": shape, "num_heads": shape.num_heads}
    return _RandomLayout(Path("random weights"), "safetensors", Path(), (), config=config)


def require_diffusers() -> str:
    """diffusers' version. Raises: Skip where it cannot be used."""
    try:
        from diffusers import WanImageToVideoPipeline  # noqa: F401
        from diffusers import __version__ as version

        import wan_move_core.hosts.diffusers.sampling.pipeline  # noqa: F401 - its seconds belong to no measurement
    except Exception as error:
        raise Skip(f"diffusers cannot be imported here ({type(error).__name__}: {str(error)[:160]})") from error
    return version


def random_tensors(shape: NetworkShape, storage: str, device: torch.device) -> Iterator[tuple[str, torch.Tensor]]:
    """(published name, tensor) of every weight, on ``device``: fp8 digits for the big matrices where asked for."""
    generator = torch.Generator(device).manual_seed(0)
    for name, size in expected_shapes(shape).items():
        drawn = torch.randn(size, generator=generator, device=device, dtype=torch.bfloat16)
        if storage == "fp8" and is_quantised_name(name):
            yield name, drawn.mul_(FP8_SPREAD).clamp_(-448, 448).to(FP8)
        elif len(size) == 1:
            norm = "norm" in name or name.startswith(("img_emb.proj.0", "img_emb.proj.4"))
            yield name, drawn.mul_(0.02).add_(1.0 if norm and name.endswith("weight") else 0.0)
        else:
            yield name, drawn.mul_(math.prod(size[1:]) ** -0.5)


def random_network(sizes: Sizes, storage: str, device: torch.device, home: torch.device | str) -> Any:
    """WanTransformer3DModel in bf16 with the weights at ``home``, each drawn on ``device``."""
    require_diffusers()
    from diffusers import WanTransformer3DModel

    from wan_move_core.hosts.diffusers.models import parts
    from wan_move_core.hosts.diffusers.models.fill import build_empty, fill_model

    shape = sizes.network
    layout = random_layout(shape)
    model = build_empty(lambda: WanTransformer3DModel(**parts.transformer_config(layout)))
    fill: dict[str, Any] = {"where": "random weights", "dtype": torch.bfloat16, "device": home}
    fill["float32"] = tuple(WanTransformer3DModel._keep_in_fp32_modules)
    drawn = random_tensors(shape, storage, device)
    if storage == "plain":
        fill_model(model, ((parts.diffusers_name(n), t) for n, t in drawn), **fill)
        return model
    scales = {
        name.removesuffix(".weight"): torch.tensor(size[1] ** -0.5 / FP8_SPREAD)
        for name, size in expected_shapes(shape).items()
        if is_quantised_name(name)
    }
    placer = parts._Fp8Placer(model, scales, torch.bfloat16, home)
    fill_model(model, placer.pairs(drawn), place=placer, **fill)
    return model


def network(bench: Bench, storage: str) -> Any:
    """The network on the card, kept until another storage is asked for."""
    key = f"network {storage}"
    if key not in bench.kept:
        bench.forget()
        bench.require_gb(bench.sizes.gigabytes[storage])
        bench.kept[key] = random_network(bench.sizes, storage, bench.device, bench.device)
    return bench.kept[key]


def random_vae(config: dict[str, Any], device: torch.device) -> Any:
    """AutoencoderKLWan in float32, as published; its own initial weights."""
    from diffusers import AutoencoderKLWan

    torch.manual_seed(0)
    with torch.device(device):
        vae = AutoencoderKLWan(**config)
    return vae.eval().requires_grad_(False)


def image_width(bench: Bench) -> int:
    """Of the image encoder's features: this bench's networks have a branch for them."""
    width = bench.sizes.network.image_dim
    assert width is not None
    return width


def small_vae(device: torch.device) -> Any:
    """A thin VAE of the same strides and latents, for steps that are timed without the real one's seconds."""
    return random_vae({"base_dim": 8, "num_res_blocks": 1}, device)


def our_pipeline(bench: Bench, transformer: Any, vae: Any, precision: str) -> Any:
    """The product's pipeline, as its engine puts it together."""
    from wan_move_core.hosts.diffusers.sampling.pipeline import WanMovePipeline
    from wan_move_core.hosts.diffusers.sampling.schedule import make_scheduler

    pipe = WanMovePipeline(
        tokenizer=None,  # type: ignore[arg-type]
        text_encoder=None,  # type: ignore[arg-type]
        vae=vae,
        scheduler=make_scheduler("unipc"),  # type: ignore[arg-type]
        transformer=transformer,
    )
    pipe.set_progress_bar_config(disable=True)
    pipe.set_precision(precision)
    return pipe


def stock_pipeline(bench: Bench, transformer: Any, vae: Any) -> Any:
    """diffusers' own pipeline. It refuses image features beside a picture, so it gets a thin image encoder."""
    from diffusers import UniPCMultistepScheduler, WanImageToVideoPipeline
    from transformers import CLIPImageProcessor, CLIPVisionConfig, CLIPVisionModel

    width = image_width(bench)
    config = CLIPVisionConfig(
        hidden_size=width,
        intermediate_size=width,
        num_hidden_layers=2,
        num_attention_heads=width // 16,
        image_size=224,
        patch_size=14,
    )
    scheduler = UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0)
    pipe = WanImageToVideoPipeline(
        tokenizer=None,  # type: ignore[arg-type]
        text_encoder=None,  # type: ignore[arg-type]
        vae=vae,
        scheduler=scheduler,  # type: ignore[arg-type]
        image_encoder=CLIPVisionModel(config).eval().requires_grad_(False).to(bench.device),  # type: ignore[arg-type]
        image_processor=CLIPImageProcessor(),
        transformer=transformer,
    )
    pipe.set_progress_bar_config(disable=True)
    return pipe


def random_tracks(sizes: Sizes, count: int) -> Tracks:
    """``count`` straight tracks across the picture."""
    generator = torch.Generator().manual_seed(count)
    ends = torch.rand(2, 1, count, 2, generator=generator) * torch.tensor((sizes.width, sizes.height))
    xy = ends[0] + (ends[1] - ends[0]) * torch.linspace(0, 1, sizes.frames)[:, None, None]
    return Tracks.make(xy, size_wh=(sizes.width, sizes.height))


def picture(sizes: Sizes) -> np.ndarray:
    """uint8 [H, W, 3]."""
    return np.random.default_rng(0).integers(0, 255, (sizes.height, sizes.width, 3), np.uint8)


def texts(bench: Bench) -> dict[str, torch.Tensor]:
    """prompt_embeds and negative_prompt_embeds, float32 [1, 512, width]."""
    generator = torch.Generator(bench.device).manual_seed(1)
    size = (1, TEXT_TOKENS, bench.sizes.network.text_dim)
    names = ("prompt_embeds", "negative_prompt_embeds")
    return {n: torch.randn(size, generator=generator, device=bench.device) for n in names}


def our_call(bench: Bench, branches: int, count: int = 64) -> dict[str, Any]:
    """Arguments of the product's pipeline: ``branches`` evaluations a step, guided along ``count`` tracks."""
    s = bench.sizes
    generator = torch.Generator(bench.device).manual_seed(2)
    size = (1, IMAGE_TOKENS, image_width(bench))
    call = {
        **texts(bench),
        "image": picture(s),
        "image_embeds": torch.randn(size, generator=generator, device=bench.device),
        "tracks": random_tracks(s, count),
        "guidance_scale": 1.0 if branches == 1 else 5.0,
    }
    if branches == 3:
        call |= {"guidance_mode": "track-cfg", "track_guidance_scale": 3.0}
    return {**call, **_common(bench)}


def stock_call(bench: Bench, branches: int) -> dict[str, Any]:
    """Arguments of diffusers' pipeline for the same clip."""
    from PIL import Image

    call = {**texts(bench), "image": Image.fromarray(picture(bench.sizes))}
    call["guidance_scale"] = 1.0 if branches == 1 else 5.0
    return {**call, **_common(bench)}


def _common(bench: Bench) -> dict[str, Any]:
    s = bench.sizes
    return {
        "height": s.height,
        "width": s.width,
        "num_frames": s.frames,
        "generator": torch.Generator(bench.device).manual_seed(3),
    }
