"""Tiny models in the layouts that the host's stock loaders read: made by the host's own classes, random, seeded.

Runs inside the server (the test nodes call :func:`make_models` when they are imported), where comfy is at hand.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

DIT, VAE = "tiny_wan_move.safetensors", "tiny_wan_vae.safetensors"
TEXT_WIDTH = 64
DIT_BY_SHAPE, TEXT_WIDTH_BY_SHAPE = "tiny_wan_move_128.safetensors", 4096
"""For hosts that take heads and text width from the shapes alone; on them both names hold the network of that kind."""


def make_models(models: Path, by_shape: bool = False) -> None:
    """The DiT (one layer, dim 32 and text width 64, ``by_shape`` 128 and 4096) and the VAE (base width 4)."""
    vae = models / "vae" / VAE
    for name in (DIT, DIT_BY_SHAPE) if by_shape else (DIT,):
        dit = models / "diffusion_models" / name
        if not dit.exists():
            dit.parent.mkdir(parents=True, exist_ok=True)
            config = {"transformer": {"num_heads": 2, "text_dim": TEXT_WIDTH}}
            weights = dit_weights(128, 1, TEXT_WIDTH_BY_SHAPE) if by_shape else dit_weights()
            save_file(weights, dit, metadata=None if by_shape else {"config": json.dumps(config)})
    if not vae.exists():
        vae.parent.mkdir(parents=True, exist_ok=True)
        save_file(vae_weights(), vae)


def dit_weights(
    dim: int = 32, heads: int = 2, text_width: int = TEXT_WIDTH, layers: int = 1, seed: int = 0
) -> dict[str, torch.Tensor]:
    import comfy.ops
    from comfy.ldm.wan.model import WanModel

    model = WanModel(
        model_type="i2v", in_dim=36, dim=dim, ffn_dim=2 * dim, freq_dim=256, text_dim=text_width, out_dim=16,
        num_heads=heads, num_layers=layers, operations=comfy.ops.disable_weight_init, dtype=torch.float32, device="cpu",
    )  # fmt: skip
    return _filled(model, seed)


def vae_weights(width: int = 4, seed: int = 1) -> dict[str, torch.Tensor]:
    from comfy.ldm.wan.vae import WanVAE

    model = WanVAE(
        dim=width, z_dim=16, dim_mult=[1, 2, 4, 4], num_res_blocks=2, attn_scales=[],
        temperal_downsample=[False, True, True], dropout=0.0,
    )  # fmt: skip
    return _filled(model, seed)


def _filled(model: torch.nn.Module, seed: int) -> dict[str, torch.Tensor]:
    """Weights of a size that keeps signals alive. The host makes its layers without any."""
    generator = torch.Generator().manual_seed(seed)
    filled = {}
    for name, value in model.state_dict().items():
        random = torch.randn(value.shape, generator=generator, dtype=torch.float32)
        if "norm" in name or name.endswith("gamma") or ".proj.0." in name or ".proj.4." in name:
            scale = 0.0 if name.endswith("bias") else 0.1
            filled[name] = random * scale + (0.0 if name.endswith("bias") else 1.0)
        elif value.ndim <= 1:
            filled[name] = random * 0.05
        else:
            fan_in = value[0].numel() if "modulation" not in name else value.shape[-1]
            filled[name] = random * fan_in**-0.5
    return {name: value.contiguous() for name, value in filled.items()}
