"""The real VAE, and whole clips of one step under the memory presets, with the card's memory capped to the preset's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import torch

from wan_move_core.generate.memory import choose_plan, estimate

from .bench import GB, Bench, Reading
from .networks import (
    network,
    our_call,
    our_pipeline,
    picture,
    random_network,
    random_tracks,
    random_vae,
    require_diffusers,
)
from .plan import STEPS_OF_A_CLIP


def vae(bench: Bench) -> None:
    """The real VAE in float32, as the product runs it, alone on the card; then the same in tiles and in bf16."""
    from wan_move_core.generate.memory import MemoryPlan
    from wan_move_core.hosts.diffusers.models.placement import place_vae
    from wan_move_core.hosts.diffusers.sampling.inputs import fit_picture, picture_tensor

    bench.forget()
    require_diffusers()
    s = bench.sizes
    net = random_vae(s.vae, bench.device)
    pipe = our_pipeline(bench, _no_network(bench), net, "plain")
    tracks = random_tracks(s, 64)
    fitted, tracks = fit_picture(picture_tensor(picture(s)), tracks, s.height, s.width)
    fitted = fitted.to(bench.device)
    with torch.no_grad():
        encode = bench.time(lambda: pipe.make_condition(fitted, s.frames), warm=1)
        bench.row("VAE encodes the condition, float32", reading=encode, key="encode")
        both = bench.time(lambda: pipe.make_condition(fitted, s.frames, tracks))
        bench.row(
            "the same with the guide, 64 tracks", reading=both, ratio=both.median / encode.median, beside="without"
        )
        latents = torch.randn(1, 16, s.latent_steps, s.height // 8, s.width // 8, device=bench.device)
        decode = bench.time(lambda: pipe.decode(latents, "np"))
        bench.row("VAE decodes the clip, float32", reading=decode, key="decode")
        place_vae(net, MemoryPlan("tiles", vae_tiling=True))
        _beside(bench, "VAE decodes in tiles of 256 px", bench.time(lambda: pipe.decode(latents, "np")), decode)
        net.disable_tiling()
        net.to(torch.bfloat16)
        _beside(bench, "VAE decodes in bf16 (not offered)", bench.time(lambda: pipe.decode(latents, "np")), decode)


def _beside(bench: Bench, what: str, reading: Reading, whole: Reading) -> None:
    bench.row(what, reading=reading, ratio=reading.median / whole.median, beside="whole frames, float32")


def _no_network(bench: Bench) -> Any:
    """A network of one layer, so that the pipeline has one."""
    import dataclasses

    few = dataclasses.replace(bench.sizes.network, num_layers=1)
    return random_network(dataclasses.replace(bench.sizes, network=few), "plain", bench.device, bench.device)


def preset(name: str) -> Callable[[Bench], None]:
    """A part: one clip of a step or two under the plan of preset ``name``, placed by the product's own code."""

    def run(bench: Bench) -> None:
        from wan_move_core.hosts.diffusers.models.placement import place_network, place_vae

        plan = choose_plan(name, card_bytes=None)
        cap_gb = float(name.removesuffix("g"))
        bench.forget()
        require_diffusers()
        travels = bool(plan.blocks_per_group)
        began = bench.now()
        if travels:
            net = random_network(bench.sizes, plan.storage, bench.device, "cpu")
        else:
            net = network(bench, plan.storage)
        bench.row(f"{name}: network made", bench.now() - began)
        bench.forget_cache()
        real = random_vae(bench.sizes.vae, bench.device)
        pipe = our_pipeline(bench, net, real, "published")
        with capped(bench, cap_gb):
            place_network(pipe, plan, bench.device)
            place_vae(real, plan)
            _clip(bench, pipe, name, plan, steps=2 if travels else 1)

    return run


def _clip(bench: Bench, pipe: Any, name: str, plan: Any, steps: int) -> None:
    """A whole call, and where its time goes: before the first step, the last step, after it."""
    s = bench.sizes
    stamps: list[float] = []

    def entered(*_: Any) -> None:
        if not stamps:
            stamps.append(bench.now())

    def stepped(_pipe: Any, _index: int, _t: Any, _tensors: Any) -> dict:
        stamps.append(bench.now())
        return {}

    bench.reset_peak()
    hook = pipe.transformer.register_forward_pre_hook(entered)
    began = bench.now()
    try:
        pipe(**our_call(bench, 1), num_inference_steps=steps, output_type="np", callback_on_step_end=stepped)
    finally:
        hook.remove()
    ended = bench.now()
    peaks = bench.peaks()
    step = stamps[-1] - stamps[-2]
    rest = (stamps[0] - began) + (ended - stamps[-1])
    text_gb = 11.4
    computed = estimate(
        plan, s.network, (s.width, s.height), s.frames, text_bytes=0 if plan.text_on_cpu else text_gb * GB
    )
    plain = bench.kept.get("published step")
    bench.row(
        f"{name}: step, 1 branch",
        step,
        "s/step",
        reading=Reading([b - a for a, b in pairwise(stamps)], *peaks),
        ratio=step / plain if plain else None,
        beside="bf16 on the card" if plain else "",
        note=f"the plan computed {max(computed.network, computed.vae) / GB:.1f} GB for network and VAE",
        key=f"{name} step",
    )
    bench.row(f"{name}: before the steps (VAE, guide)", stamps[0] - began)
    bench.row(f"{name}: after the steps (VAE)", ended - stamps[-1])
    clip = STEPS_OF_A_CLIP * 2 * step + rest
    bench.row(f"{name}: a clip of 40 steps, 2 branches", clip, note="from the rows above, without texts")


@contextmanager
def capped(bench: Bench, gigabytes: float) -> Iterator[None]:
    """No more than ``gigabytes`` (10^9) from the allocator while it lasts; what the driver takes comes on top."""
    total = bench.total_bytes()
    if total is None or gigabytes * GB >= total:
        yield
        return
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(gigabytes * GB / total, bench.device)
    try:
        yield
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, bench.device)
