"""What the card itself can do: matrix products, attention, and the guide. Needs torch alone."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F

from wan_move_core.geometry import STRIDE_X, STRIDE_Y
from wan_move_core.method.guidance import guide_latent

from .bench import Bench
from .networks import random_tracks
from .plan import BRANCHES_OF_A_STEP, STEPS_OF_A_CLIP

_EFFICIENCY = 0.6
"""Share of the matrix product's speed that a whole evaluation reaches, until one has been measured."""


def matrices(bench: Bench) -> None:
    """The feed-forward's first product, all tokens of a clip: bf16, and fp8 with one scale each."""
    n, shape = bench.sizes.tokens, bench.sizes.network
    x = torch.randn(n, shape.dim, device=bench.device, dtype=torch.bfloat16)
    weight = torch.randn(shape.ffn_dim, shape.dim, device=bench.device, dtype=torch.bfloat16)
    operations = 2 * n * shape.dim * shape.ffn_dim
    plain = bench.time(lambda: F.linear(x, weight), repeats=10, warm=3)
    speed = operations / plain.median
    if not bench.tiny:
        bench.forward_seconds = bench.sizes.forward_operations / (speed * _EFFICIENCY)
    bench.row("matrix product, bf16", plain.median * 1e3, "ms", note=f"{speed / 1e12:.0f} TFLOP/s")
    one = torch.ones((), device=bench.device)
    try:
        x8, w8 = x.to(torch.float8_e4m3fn), weight.to(torch.float8_e4m3fn)
        fp8 = bench.time(
            lambda: torch._scaled_mm(
                x8, w8.t(), scale_a=one, scale_b=one, out_dtype=torch.bfloat16, use_fast_accum=True
            ),
            repeats=10,
            warm=3,
        )
    except (RuntimeError, NotImplementedError, ValueError) as error:
        bench.row("matrix product, fp8", note=f"not on this card ({str(error).splitlines()[0][:120]})")
        return
    bench.row(
        "matrix product, fp8",
        fp8.median * 1e3,
        "ms",
        ratio=fp8.median / plain.median,
        beside="bf16",
        note=f"{operations / fp8.median / 1e12:.0f} TFLOP/s, without scaling the input",
    )


def attention(bench: Bench) -> None:
    """Self-attention of one layer, all tokens of a clip, by every kernel that is here."""
    heads, width = bench.sizes.network.num_heads, bench.sizes.network.dim // bench.sizes.network.num_heads
    q, k, v = (
        torch.randn(1, heads, bench.sizes.tokens, width, device=bench.device, dtype=torch.bfloat16) for _ in range(3)
    )
    operations = 4 * bench.sizes.tokens**2 * heads * width
    first = None
    absent = []
    for name, function in _attention_kernels(q, k, v, absent):
        try:
            reading = bench.time(function, repeats=5, warm=2)
        except Exception as error:
            if "CUDA error" in str(error):
                raise
            bench.row(f"attention, {name}", note=f"failed: {str(error).splitlines()[0][:120]}")
            continue
        first = first or reading
        bench.row(
            f"attention, {name}",
            reading.median * 1e3,
            "ms",
            reading=reading,
            ratio=reading.median / first.median,
            beside="torch's choice",
            note=f"{operations / reading.median / 1e12:.0f} TFLOP/s",
        )
    if absent:
        bench.row("attention, others", note=f"not installed: {', '.join(absent)}")


def _attention_kernels(
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, absent: list[str]
) -> Iterator[tuple[str, Callable[[], object]]]:
    from torch.nn.attention import SDPBackend, sdpa_kernel

    yield "SDPA (torch's choice)", lambda: F.scaled_dot_product_attention(q, k, v)
    kinds = ["FLASH_ATTENTION"]
    if q.device.type == "cuda":
        kinds += ["CUDNN_ATTENTION", "EFFICIENT_ATTENTION"]
    for kind in kinds:
        backend = getattr(SDPBackend, kind, None)
        if backend is None:
            absent.append(kind)
            continue

        def with_kernel(backend: SDPBackend = backend) -> torch.Tensor:
            with sdpa_kernel(backend):
                return F.scaled_dot_product_attention(q, k, v)

        yield f"SDPA {kind.lower().removesuffix('_attention')}", with_kernel
    # [B, tokens, heads, width] for these; sageattention takes the other order by name.
    swapped = [t.transpose(1, 2).contiguous() for t in (q, k, v)]
    for package, function, arguments, options in (
        ("flash_attn", "flash_attn_func", swapped, {}),
        ("flash_attn_interface", "flash_attn_func", swapped, {}),
        ("sageattention", "sageattn", (q, k, v), {"tensor_layout": "HND"}),
        ("xformers.ops", "memory_efficient_attention", swapped, {}),
    ):
        top = package.partition(".")[0]
        if importlib.util.find_spec(top) is None:
            absent.append(top)
            continue
        try:
            call = getattr(importlib.import_module(package), function)
        except Exception as error:
            absent.append(f"{top} (does not import: {str(error)[:60]})")
            continue
        yield top, lambda call=call, a=arguments, o=options: call(*a, **o)
    for package in ("comfy_kitchen", "spas_sage_attn"):
        if importlib.util.find_spec(package) is None:
            absent.append(package)


def guide(bench: Bench) -> None:
    """The product's guide on a condition that lies on the card, and its share of a clip of 40 steps."""
    s = bench.sizes
    latent = torch.randn(1, 16, s.latent_steps, s.height // STRIDE_Y, s.width // STRIDE_X, device=bench.device)
    for count in (1, 200, 1024):
        tracks = random_tracks(s, count)
        reading = bench.time(lambda t=tracks: guide_latent(latent, t), repeats=10, warm=2)
        clip = STEPS_OF_A_CLIP * BRANCHES_OF_A_STEP * bench.forward_seconds
        bench.row(
            f"guide, {count} track{'s' * (count > 1)}",
            reading.median * 1e3,
            "ms",
            reading=reading,
            ratio=None if bench.tiny else reading.median / clip,
            beside="" if bench.tiny else "a clip, its length estimated",
            key=f"guide {count}",
        )
