"""Sampling steps: the product's pipeline beside diffusers' own, on one network with one set of weights."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import torch

from .bench import Bench, Reading
from .networks import network, our_call, our_pipeline, require_diffusers, small_vae, stock_call, stock_pipeline
from .plan import BRANCHES_OF_A_STEP, STEPS_OF_A_CLIP


def time_steps(bench: Bench, pipe: Any, call: dict[str, Any], steps: int, skip: int = 0) -> Reading:
    """Seconds of each step of a run without its decoding; the first ``skip`` of them warm up and do not count."""
    stamps: list[float] = []

    def entered(*_: Any) -> None:
        # The first step begins where the network is first asked: what comes before is the condition's.
        if not stamps:
            stamps.append(bench.now())

    def stepped(_pipe: Any, _index: int, _t: Any, _tensors: Any) -> dict:
        stamps.append(bench.now())
        return {}

    bench.reset_peak()
    hook = pipe.transformer.register_forward_pre_hook(entered)
    try:
        made = pipe(**call, num_inference_steps=steps, output_type="latent", callback_on_step_end=stepped).frames
    finally:
        hook.remove()
    seconds = [b - a for a, b in pairwise(stamps)]
    peaks = bench.peaks()
    if not bool(torch.isfinite(made).all()):
        # A card is faster and cooler on numbers that are none.
        bench.row("(the next row's latents are not finite)", note="its seconds are not those of real numbers")
    return Reading(seconds[skip:], *peaks)


def ours_and_stock(bench: Bench) -> None:
    """One branch a step, so that the two loops and the two precisions are compared with little else."""
    # A fresh one: what "published" widens in a network stays wide, and the stock pipeline must find it as it is.
    bench.forget()
    require_diffusers()
    bench.reset_peak()
    began = bench.now()
    net = network(bench, "plain")
    made = bench.now() - began
    bench.row("network made on the card, bf16", reading=Reading([made], *bench.peaks()))
    vae = small_vae(bench.device)
    stock = stock_pipeline(bench, net, vae)
    theirs = time_steps(bench, stock, stock_call(bench, 1), 3, skip=1)
    bench.forward_seconds = theirs.median
    bench.kept["stock step"] = theirs.median
    bench.row("diffusers' pipeline, bf16, 1 branch", unit="s/step", reading=theirs, key="stock 1")
    plain = our_pipeline(bench, net, vae, "plain")
    ours = time_steps(bench, plain, our_call(bench, 1), 2)
    # Once more after ours: what drifts with the card's clock then shows on both sides.
    again = time_steps(bench, stock, stock_call(bench, 1), 2)
    both = statistics.median(theirs.seconds + again.seconds)
    bench.kept["stock step"] = both
    bench.row(
        "ours, precision plain, 1 branch",
        unit="s/step",
        reading=ours,
        ratio=ours.median / both,
        beside="diffusers' pipeline",
        note=f"diffusers' again afterwards: {again.median:.3f} s",
        key="plain 1",
    )
    wide = our_pipeline(bench, net, vae, "published")
    published = time_steps(bench, wide, our_call(bench, 1), 3, skip=1)
    bench.kept["published step"] = published.median
    bench.row(
        "ours, precision published, 1 branch",
        unit="s/step",
        reading=published,
        ratio=published.median / both,
        beside="diffusers' pipeline",
        note="float32 residual stream",
        key="published 1",
    )


def branches(bench: Bench) -> None:
    """Two branches (the published sampling) and three (tracks with a weight of their own)."""
    net = network(bench, "plain")
    vae = small_vae(bench.device)
    one = bench.kept.get("published step")
    pipe = our_pipeline(bench, net, vae, "published")
    if one is None:
        one = time_steps(bench, pipe, our_call(bench, 1), 2, skip=1).median
        bench.kept["published step"] = one
    for count in (2, 3):
        reading = time_steps(bench, pipe, our_call(bench, count), 1)
        bench.row(
            f"ours, precision published, {count} branches",
            unit="s/step",
            reading=reading,
            ratio=reading.median / one,
            beside="1 branch",
            note=f"40 steps: {reading.median * STEPS_OF_A_CLIP:.0f} s" if count == BRANCHES_OF_A_STEP else "",
            key=f"published {count}",
        )


def backends(bench: Bench) -> None:
    """The network with each attention backend that diffusers finds here, set as the product sets it."""
    from wan_move_core.errors import WanMoveError
    from wan_move_core.hosts.diffusers.guards import set_attention_backend

    net = network(bench, "plain")
    vae = small_vae(bench.device)
    # torch's own kernels stand beside each other in the part "attention"; here are those that others bring.
    names = ["native"]
    if bench.device.type == "cuda":
        names += ["flash", "_flash_3", "sage", "_sage_qk_int8_pv_fp8_cuda_sm90", "xformers"]
    pipe = our_pipeline(bench, net, vae, "published")
    absent = []
    for name in names:
        try:
            set_attention_backend(net, name)
        except WanMoveError:
            absent.append(name)
            continue
        if not _backend(bench, pipe, f"attention backend {name}") or name == "native":
            with _rounded_queries(net):
                _backend(bench, pipe, f"attention backend {name}, q and k rounded after their norms")
    set_attention_backend(net, "native")
    if absent:
        bench.row("other attention backends", note=f"not usable here: {', '.join(absent)}")


def _backend(bench: Bench, pipe: Any, what: str) -> bool:
    """A row; false where the backend does not take what the network gives it."""
    try:
        reading = time_steps(bench, pipe, our_call(bench, 1), 2, skip=1)
    except (RuntimeError, ValueError, TypeError, AssertionError) as error:
        if "CUDA error" in str(error):
            raise
        bench.row(what, note=f"failed: {(str(error).splitlines() or [type(error).__name__])[0][:160]}")
        return False
    native = bench.kept.setdefault("native backend", reading.median)
    bench.row(what, unit="s/step", reading=reading, ratio=reading.median / native, beside="native", key=what)
    return True


@contextmanager
def _rounded_queries(net: Any) -> Iterator[None]:
    """Queries and keys in the type that went into their norms. Autocast on a card gives float32 there, which only
    SDPA rounds by itself; the product leaves it so."""
    norms = [m for n, m in net.named_modules() if n.endswith(("norm_q", "norm_k", "norm_added_k"))]
    hooks = [m.register_forward_hook(lambda _m, given, made: made.to(given[0].dtype)) for m in norms]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
