"""Where a step's time on the card goes: matrix products, attention, and all that is moved and rounded between them."""

from __future__ import annotations

import re
from typing import Any

import torch

from .bench import Bench
from .networks import network, our_call, our_pipeline, small_vae
from .steps import time_steps

_KINDS = (
    ("attention", re.compile(r"flash|fmha|attention|sdpa|softmax", re.IGNORECASE)),
    (
        "matrix products",
        re.compile(r"gemm|cutlass|nvjet|xmma|cublas|addmm|::mm|linear|mkldnn|_scaled_mm", re.IGNORECASE),
    ),
    ("normalising", re.compile(r"norm|welford|reduce", re.IGNORECASE)),
    ("copies and casts", re.compile(r"copy|memcpy|memset|::to|cat", re.IGNORECASE)),
)
_SHOWN = 6


def step(bench: Bench) -> None:
    """One branch in the published precision on bf16 weights, kernel by kernel."""
    net = network(bench, "plain")
    pipe = our_pipeline(bench, net, small_vae(bench.device), "published")
    time_steps(bench, pipe, our_call(bench, 1), 1)
    on_card = bench.device.type == "cuda"
    activities = [torch.profiler.ProfilerActivity.CPU]
    if on_card:
        activities.append(torch.profiler.ProfilerActivity.CUDA)
    told = torch.profiler.profile(activities=activities)

    def left(*_: Any) -> None:
        bench.now()
        told.stop()

    # The network alone: the thin VAE before it is not what is asked about.
    hooks = [net.register_forward_pre_hook(lambda *_: told.start()), net.register_forward_hook(left)]
    try:
        time_steps(bench, pipe, our_call(bench, 1), 1)
    finally:
        for hook in hooks:
            hook.remove()
    kernels = [(event.key, _seconds(event, on_card)) for event in told.key_averages() if _counts(event, on_card)]
    whole = sum(seconds for _, seconds in kernels)
    others = list(kernels)
    for name, pattern in _KINDS:
        mine = [(key, seconds) for key, seconds in others if pattern.search(key)]
        others = [kernel for kernel in others if kernel not in mine]
        _row(bench, name, mine, whole)
    _row(bench, "element by element, and the rest", others, whole)


def _row(bench: Bench, name: str, kernels: list[tuple[str, float]], whole: float) -> None:
    seconds = sum(s for _, s in kernels)
    first = sorted(kernels, key=lambda kernel: -kernel[1])[:_SHOWN]
    note = "; ".join(f"{s:.3f} s {_short(key)}" for key, s in first)
    ratio = seconds / whole if whole else None
    bench.row(f"on the card: {name}", seconds, ratio=ratio, beside="all kernels", note=note)


def _counts(event: Any, on_card: bool) -> bool:
    # An operation of the host is also credited with its kernels' time; counted with them it would count twice.
    return not on_card or event.device_type == torch.autograd.DeviceType.CUDA


def _seconds(event: Any, on_card: bool) -> float:
    name = "self_device_time_total" if on_card else "self_cpu_time_total"
    return float(getattr(event, name, None) or getattr(event, "self_cuda_time_total", 0.0)) / 1e6


def _short(kernel: str) -> str:
    """A kernel's name without its namespaces and most of its template."""
    plain = re.sub(r"\bvoid |at::native::|\(anonymous namespace\)::|<unnamed>::", "", kernel)
    return plain[:60]
