"""The real VAE, and whole clips of one step under the memory presets, with the card's memory capped to the preset's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
from .plan import BRANCHES_OF_A_STEP, STEPS_OF_A_CLIP

_SECONDS_FOR_ANOTHER = 90
"""On an H100: a preset that did not fit is run again without the cap only where so much time is left."""


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
    """A network of one layer in host memory: the pipeline must have one, the card's memory is the VAE's alone."""
    import dataclasses

    few = dataclasses.replace(bench.sizes.network, num_layers=1)
    return random_network(dataclasses.replace(bench.sizes, network=few), "plain", bench.device, "cpu")


def preset(name: str) -> Callable[[Bench], None]:
    """A part: one clip of a step or two under the plan of preset ``name``, placed by the product's own code."""

    def run(bench: Bench) -> None:
        require_diffusers()
        cap_gb = float(name.removesuffix("g"))
        try:
            _clip(bench, name, cap_gb)
            return
        except torch.cuda.OutOfMemoryError as error:
            told = str(error).splitlines()[0][:160]
        bench.row(f"{name}: does not fit", note=f"under {cap_gb:.0f} GB: {told}", key=f"{name} too large")
        if bench.seconds_left() > _SECONDS_FOR_ANOTHER * bench.slowness:
            # What it would have taken says how far the plan is off.
            _clip(bench, name, None)

    return run


def _clip(bench: Bench, name: str, cap_gb: float | None) -> None:
    """A whole call under the cap: its seconds and its peaks before the first step, in the last one, and after it."""
    from wan_move_core.hosts.diffusers.models.placement import place_network, place_vae

    plan = choose_plan(name, card_bytes=None)
    travels = bool(plan.blocks_per_group)
    bench.forget()
    began = bench.now()
    if travels:
        net = random_network(bench.sizes, plan.storage, bench.device, "cpu")
    else:
        net = network(bench, plan.storage)
    bench.row(f"{name}: network made", bench.now() - began)
    bench.forget_cache()
    real = random_vae(bench.sizes.vae, bench.device)
    pipe = our_pipeline(bench, net, real, "published")
    marks: list[tuple[float, Reading]] = []

    def mark(*_: Any) -> dict:
        now = bench.now()
        marks.append((now, Reading([now - (marks[-1][0] if marks else start)], *bench.peaks())))
        bench.reset_peak()
        return {}

    def entered(*_: Any) -> None:
        if not marks:
            mark()

    with capped(bench, cap_gb):
        place_network(pipe, plan, bench.device)
        place_vae(real, plan)
        hook = net.register_forward_pre_hook(entered)
        call = {**our_call(bench, 1), "num_inference_steps": 2 if travels else 1, "output_type": "np"}
        bench.reset_peak()
        start = bench.now()
        try:
            pipe(**call, callback_on_step_end=mark)
            mark()
        finally:
            hook.remove()
    _tell(bench, name if cap_gb else f"{name} without the cap", plan, [reading for _, reading in marks])


def _tell(bench: Bench, name: str, plan: Any, stages: list[Reading]) -> None:
    s = bench.sizes
    before, *steps, after = stages
    # The first step of a network that travels finds out the order of its blocks.
    step = steps[-1]
    computed = estimate(plan, s.network, (s.width, s.height), s.frames)
    plain = bench.kept.get("published step")
    bench.row(
        f"{name}: step, 1 branch",
        reading=step,
        unit="s/step",
        ratio=step.median / plain if plain else None,
        beside="bf16 on the card" if plain else "",
        note=f"computed by the plan: {computed.network / GB:.1f} GB",
        key=f"{name} step",
    )
    bench.row(f"{name}: before the steps (VAE, guide)", reading=before, note=f"computed: {computed.vae / GB:.1f} GB")
    bench.row(f"{name}: after the steps (VAE)", reading=after)
    allocated, reserved = (
        max((peak for stage in stages if (peak := getattr(stage, kind)) is not None), default=None)
        for kind in ("allocated", "reserved")
    )
    seconds = STEPS_OF_A_CLIP * BRANCHES_OF_A_STEP * step.median + before.median + after.median
    bench.row(
        f"{name}: a clip of 40 steps, 2 branches",
        reading=Reading([seconds], allocated, reserved),
        note="from the rows above, without texts",
        key=f"{name} clip",
    )


@contextmanager
def capped(bench: Bench, gigabytes: float | None) -> Iterator[None]:
    """No more than ``gigabytes`` (10^9) from the allocator while it lasts; what the driver takes comes on top."""
    total = bench.total_bytes()
    if total is None or gigabytes is None or gigabytes * GB >= total:
        yield
        return
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(gigabytes * GB / total, bench.device)
    try:
        yield
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, bench.device)
