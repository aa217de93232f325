"""fp8: the product's layers (weights alone), and what products in fp8 would give on the same weights."""

from __future__ import annotations

import types
from typing import Any

import torch

from wan_move_core.checkpoints.fp8 import FP8, FP8_MAX

from .bench import Bench, Reading, Skip
from .networks import network, our_call, our_pipeline, require_diffusers, small_vae
from .steps import time_steps


def weights_only(bench: Bench) -> None:
    """Storage fp8 as ``--storage fp8`` and the presets from 24g down use it: widened layer by layer."""
    bench.forget()
    require_diffusers()
    began = bench.now()
    net = network(bench, "fp8")
    built = bench.now() - began
    held = torch.cuda.memory_allocated() if bench.device.type == "cuda" else None
    bench.row("network made on the card, fp8", reading=Reading([built], held, None), key="fp8 weights")
    pipe = our_pipeline(bench, net, small_vae(bench.device), "published")
    reading = time_steps(bench, pipe, our_call(bench, 1), 3, skip=1)
    bench.kept["fp8 step"] = reading.median
    if not bench.kept.get("stock step"):
        bench.forward_seconds = reading.median
    _beside(bench, "ours, fp8 weights, 1 branch", reading, "fp8 1")


def products(bench: Bench) -> None:
    """Every fp8 layer multiplying in fp8, its input scaled by its own largest value; the host does not offer it."""
    if bench.device.type == "cuda" and torch.cuda.get_device_capability(bench.device) < (8, 9):
        raise Skip("this card has no fp8 products")
    net = network(bench, "fp8")
    layers = _multiply_in_fp8(net)
    try:
        pipe = our_pipeline(bench, net, small_vae(bench.device), "published")
        reading = time_steps(bench, pipe, our_call(bench, 1), 3, skip=1)
    finally:
        for layer in layers:
            del layer.forward
    _beside(bench, "fp8 products (not offered yet), 1 branch", reading, "fp8 matmul 1")


def _beside(bench: Bench, what: str, reading: Reading, key: str) -> None:
    wide = bench.kept.get("published step")
    bench.row(
        what,
        unit="s/step",
        reading=reading,
        ratio=reading.median / wide if wide else None,
        beside="bf16, published" if wide else "",
        key=key,
    )


def _multiply_in_fp8(net: Any) -> list[Any]:
    from wan_move_core.hosts.diffusers.models.fp8_linear import Fp8Linear

    layers = [m for m in net.modules() if isinstance(m, Fp8Linear)]
    for layer in layers:
        layer.forward = types.MethodType(_product, layer)
    return layers


def _product(layer: Any, x: torch.Tensor) -> torch.Tensor:
    flat = x.reshape(-1, x.shape[-1]).to(layer.compute_dtype)
    scale = (flat.abs().amax().float() / FP8_MAX).clamp_min(1e-12)
    digits = (flat / scale.to(flat.dtype)).clamp_(-FP8_MAX, FP8_MAX).to(FP8)
    out = torch._scaled_mm(
        digits,
        layer.weight.t(),
        scale_a=scale,
        scale_b=layer.scale.float(),
        out_dtype=layer.compute_dtype,
        use_fast_accum=True,
    )
    return (out + layer.bias.to(out.dtype)).reshape(*x.shape[:-1], -1)
