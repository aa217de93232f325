"""What the host's own speed-ups, two experts and a leading draft cost with the product's sampler in ComfyUI."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import torch

from .bench import Bench, Reading, Skip
from .comfy import conditions, load, ours, timed

STEPS = 4


def accelerators(bench: Bench) -> None:
    """Each speed-up that this host offers, on one branch, beside none; one that fails says why."""
    host, model = load(bench, fp8_matmul=False)
    given = conditions(bench)
    plain = timed(bench, model, lambda m: ours(m, given, STEPS, 1.0, 1.0), skip=1)
    bench.row(f"ComfyUI {host}: our sampler, 1 branch", unit="s/step", reading=plain)
    for name, make in _offered(model, bench.tiny):
        try:
            changed = make()
            # The first steps compile, or fill the caches, and do not count.
            reading = timed(bench, changed, lambda m: ours(m, given, 2 * STEPS, 1.0, 1.0), skip=STEPS)
        except Exception as error:  # a host's experiment on a card it was not made for
            if "CUDA error" in str(error):
                raise
            bench.row(name, note=f"failed: {(str(error).splitlines() or [type(error).__name__])[0][:160]}")
            continue
        bench.row(name, unit="s/step", reading=reading, ratio=reading.median / plain.median, beside="without", key=name)
    if not hasattr(model, "deepclone_multigpu"):
        bench.row("MultiGPU CFG Split", note="not in this host")
    elif torch.cuda.device_count() < 2:
        bench.row("MultiGPU CFG Split", note="needs two cards")
    else:
        _split(bench, model, given)


def _offered(model: Any, tiny: bool) -> Iterator[tuple[str, Callable[[], Any]]]:
    """(name, how to put it on a clone) of what this host's nodes have."""
    compiler = _nodes("nodes_torch_compile", "TorchCompileModel")
    if compiler is not None:
        for backend in ("inductor", "cudagraphs"):
            # On a small network the compiler's seconds are all there would be to see.
            kind = "eager" if tiny else backend
            yield f"torch.compile, {backend}", lambda k=kind: compiler.execute(model, k).result[0]
    chooser = _nodes("nodes_model_advanced", "ModelAttentionBackend")
    if chooser is not None:
        for kind in chooser.INPUT_TYPES()["required"]["attention"][0]:
            yield kind, lambda k=kind: chooser().patch(model, k)[0]
    cache = _nodes("nodes_easycache", "EasyCacheNode")
    if cache is not None:
        yield "EasyCache at its defaults", lambda: cache.execute(model, 0.2, 0.15, 0.95, False).result[0]


def _nodes(module: str, name: str) -> Any:
    """A node class of the host's extras, or None where this host has none."""
    try:
        return getattr(importlib.import_module(f"comfy_extras.{module}"), name, None)
    except ImportError:
        return None


def _split(bench: Bench, model: Any, given: dict[str, Any]) -> None:
    """Three branches over two cards, beside one."""
    import comfy.multigpu

    alone = timed(bench, model, lambda m: ours(m, given, STEPS, 5.0, 3.0), skip=1)
    both = comfy.multigpu.create_multigpu_deepclones(model, 2, reuse_loaded=True)
    reading = timed(bench, both, lambda m: ours(m, given, STEPS, 5.0, 3.0), skip=1)
    bench.row(
        "MultiGPU CFG Split, 3 branches on two cards",
        unit="s/step",
        reading=reading,
        ratio=reading.median / alone.median,
        beside="one card",
        key="comfy split",
    )


def experts(bench: Bench) -> None:
    """Two experts in one run: the step in which the second comes, and what both take together."""
    host, high = load(bench, fp8_matmul=False)
    # The product's modules look at the host as they are imported.
    from wan_move_core.hosts.comfy.sampling.phases import MorePhases
    from wan_move_core.hosts.comfy.sampling.sampler import Settings, sample

    given = conditions(bench)
    # Another network of the same numbers: it is loaded, moved and asked as a second file's would be.
    _, low = load(bench, fp8_matmul=False, keep=True)
    turns: list[tuple[str, float]] = []

    def watched(model: Any, name: str) -> Any:
        def entered(apply: Callable, told: dict[str, Any]) -> torch.Tensor:
            turns.append((name, bench.now()))
            return apply(told["input"], told["timestep"], **told["c"])

        made = model.clone()
        made.set_model_unet_function_wrapper(entered)
        return made

    settings = Settings(steps=8, cfg=1.0, track_cfg=1.0)
    more = MorePhases(second_model=watched(low, "low"))
    bench.reset_peak()
    sample(
        watched(high, "high"), given["positive"], given["negative"], given["latent"], 0, settings, given["plain"],
        more=more,
    )  # fmt: skip
    peaks = bench.peaks()
    times = [(b[0] != a[0], b[1] - a[1]) for a, b in pairwise(turns)]
    usual = Reading([s for changes, s in times if not changes][1:], *peaks)
    change = [s for changes, s in times if changes]
    if not change:
        raise Skip("the second expert's part was not reached")
    bench.row(f"ComfyUI {host}: a step beside another expert", unit="s/step", reading=usual, key="experts step")
    bench.row(
        "the step after which the second expert comes",
        unit="s",
        reading=Reading(change, *peaks),
        ratio=change[0] / usual.median,
        beside="a step",
        note="with the first one's leaving, where memory asks for it",
        key="experts change",
    )


def lead(bench: Bench) -> None:
    """A draft that leads from the first step to the last, beside none: a mask and two blends a step."""
    _, model = load(bench, fp8_matmul=False)
    from wan_move_core.hosts.comfy.sampling.lead import make_lead
    from wan_move_core.hosts.comfy.sampling.sampler import Settings, sample

    given = conditions(bench)
    shape = given["plain"][0][1]["concat_latent_image"].shape
    known = torch.zeros(1, 1, *shape[2:])
    known[..., : shape[-1] // 2] = 1
    draft = {"samples": torch.randn(shape, generator=torch.Generator().manual_seed(4)), "noise_mask": 1 - known}
    led = make_lead(draft, "custom", 1.0, 0.01, "bench")

    def run(model: Any, of: Any) -> None:
        settings = Settings(steps=STEPS, cfg=1.0, track_cfg=1.0)
        sample(
            model, given["positive"], given["negative"], given["latent"], 0, settings, given["plain"], lead=of
        )  # fmt: skip

    plain = timed(bench, model, lambda m: run(m, None), skip=1)
    reading = timed(bench, model, lambda m: run(m, led), skip=1)
    bench.row(
        "a draft leads, 1 branch",
        unit="s/step",
        reading=reading,
        ratio=reading.median / plain.median,
        beside="no draft",
        key="lead 1",
    )


def stream(bench: Bench) -> None:
    """The same run on a stream of the caller's own: every thread of it must work there, and give the same numbers."""
    if bench.device.type != "cuda":
        raise Skip("streams are a card's")
    _, model = load(bench, fp8_matmul=False)
    from wan_move_core.hosts.comfy.sampling.phases import MorePhases
    from wan_move_core.hosts.comfy.sampling.sampler import Settings, sample

    given = conditions(bench)

    def run() -> torch.Tensor:
        settings = Settings(steps=STEPS, cfg=1.0, track_cfg=1.0)
        more = MorePhases(second_model=model.clone())
        made = sample(
            model, given["positive"], given["negative"], given["latent"], 0, settings, given["plain"], more=more
        )  # fmt: skip
        return made["samples"].float().cpu()

    usual, again = run(), run()
    with torch.cuda.stream(torch.cuda.Stream()):
        own = run()
    off = float((own - usual).abs().max())
    noise = float((again - usual).abs().max())
    bench.row(
        "two phases on a stream of one's own, largest difference",
        off,
        "",
        note=f"two runs on the usual stream differ by {noise:.2g}",
        key="stream",
    )
