"""Our nodes beside the host's own, on one ComfyUI, interleaved, medians.

python tests/bench/host.py steps       sampling, per step: our path, KSampler, SamplerCustomAdvanced, at equal branches
python tests/bench/host.py edit        a track edited and queued again, up to the first sampling step, 832x480x81
python tests/bench/host.py             both
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import _setup
import _unmeasured

SIZE_WH, FRAMES, TRACKS = (832, 480), 81, 16


def bench_steps(rounds: int, steps: int) -> None:
    """In one process, on the tiniest model (dim 32, one layer, 64x64, 9 frames), where overhead weighs most."""
    version = _setup.load_host()
    if version is None:
        raise SystemExit(f"steps: ComfyUI cannot be imported by {sys.executable}")
    _setup.load_core()
    sys.path.insert(0, str(_setup.ROOT / "tests" / "host"))
    import _tiny
    import comfy.sample
    import comfy.samplers
    import comfy.sd
    import comfy.utils
    import torch

    from wan_move_core.hosts.comfy.sampling import sampler

    torch.set_num_threads(1)
    logging.disable(logging.CRITICAL)
    comfy.utils.PROGRESS_BAR_ENABLED = False
    config = {"transformer": {"num_heads": 2, "text_dim": _tiny.TEXT_WIDTH}}
    weights = _tiny.dit_weights()
    model = comfy.sd.load_diffusion_model_state_dict(weights, metadata={"config": json.dumps(config)})
    random = torch.Generator().manual_seed(0)
    condition = {
        "concat_latent_image": torch.randn(1, 16, 3, 8, 8, generator=random),
        "concat_mask": torch.ones(1, 1, 3, 8, 8),
    }
    positive, negative = ([[torch.randn(1, 16, 64, generator=random), dict(condition)]] for _ in range(2))
    latent = {"samples": torch.zeros(1, 16, 3, 8, 8)}
    shifted = sampler.with_shift(model, 3.0)
    noise = sampler.batch_noise(latent["samples"], 0)

    def ours(cfg: float) -> object:
        return sampler.sample(model, positive, negative, latent, 0, sampler.Settings(steps=steps, cfg=cfg))

    def ksampler(name: str, cfg: float) -> object:
        return comfy.sample.sample(
            shifted, noise, steps, cfg, name, "simple", positive, negative, latent["samples"], seed=0, disable_pbar=True
        )

    def custom(name: str, cfg: float) -> object:
        guider = comfy.samplers.CFGGuider(shifted)
        guider.set_conds(positive, negative)
        guider.set_cfg(cfg)
        sigmas = comfy.samplers.calculate_sigmas(shifted.get_model_object("model_sampling"), "simple", steps)
        solver = comfy.samplers.sampler_object(name)
        return guider.sample(noise, latent["samples"], solver, sigmas, disable_pbar=True, seed=0)

    title = f"Sampling, per step ({rounds} rounds of {steps} steps, dim 32, 1 layer, 64x64x9)"
    # The second part where an edit was measured before it.
    head = _setup.header(title, version)
    print(f"\n#{head}" if os.environ.get("WAN_MOVE_BENCH_INSIDE") else head)
    print("Processor time: on a shared machine the wall clock measures the neighbours.\n")
    print("| ours beside it | branches | sampler | ms / step |\n|---|---|---|---|")
    for cfg, branches in ((5.0, 2), (1.0, 1)):
        functions = {
            "WanMoveSampler": lambda cfg=cfg: ours(cfg),
            "KSampler euler": lambda cfg=cfg: ksampler("euler", cfg),
            "KSampler res_multistep": lambda cfg=cfg: ksampler("res_multistep", cfg),
            "SamplerCustomAdvanced euler": lambda cfg=cfg: custom("euler", cfg),
        }
        for function in functions.values():
            function()
        times = _cpu_interleaved(functions, rounds)
        for name, values in times.items():
            # The median of each round's own ratio: a slow moment slows both sides of it.
            ratio = statistics.median(a / b for a, b in zip(times["WanMoveSampler"], values, strict=True))
            told = "" if name == "WanMoveSampler" else f"{ratio:.3f} ×"
            print(f"| {told} | {branches} | {name} | {statistics.median(values) / steps * 1000:.2f} |")


def _cpu_interleaved(functions: dict, rounds: int) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            start = time.process_time()
            function()
            times[name].append(time.process_time() - start)
    return times


def bench_edit(rounds: int) -> None:
    """On a real server: seconds from queueing to the moment the sampler starts, after the tracks changed."""
    sys.path.insert(0, str(_setup.ROOT / "tests" / "host"))
    from _graphs import Video, diagonal
    from _host import find_checkout, find_python, why_no_host
    from _server import Client, Server

    reason = why_no_host()
    if reason:
        _unmeasured.not_measured(reason)
    checkout = find_checkout()
    assert checkout is not None
    with tempfile.TemporaryDirectory() as folder, Server(checkout, find_python(), Path(folder)) as server:
        client = Client(server)
        version = json.loads(client.get("/system_stats"))["system"].get("comfyui_version")
        seconds: dict[str, list[float]] = {"ours": [], "host": []}
        for i in range(rounds + 1):
            for who in seconds:
                g = Video(*SIZE_WH, FRAMES, tracks=_moved(diagonal(FRAMES, SIZE_WH, TRACKS), i))
                sample = g.sampler(steps=1, cfg=1.0) if who == "ours" else _host_path(g)
                g.add("TestSave", name="bench", latent=[sample, 0])
                asked = time.monotonic()
                run = client.queue(g.prompt)
                client.wait_for(lambda run=run, node=sample: node in run.started, 3000)
                if i:  # round 0 loads models and encodes: nobody's edit
                    seconds[who].append(run.started[sample] - asked)
                client.interrupt()
                client.wait(run, 600)
        client.close()
    print(
        _setup.header(
            f"Track edited and queued again ({rounds} rounds, {SIZE_WH[0]}x{SIZE_WH[1]}x{FRAMES}, VAE 4)", version
        )
    )
    ratio = statistics.median(seconds["host"]) / statistics.median(seconds["ours"])
    print("| times ours | nodes | s to the first sampling step |\n|---|---|---|")
    for who, values in seconds.items():
        told = f"{ratio:.0f} ×" if who == "host" else ""
        print(f"| {told} | {'ComfyUI' if who == 'host' else 'this pack'} | {statistics.median(values):.3f} |")
    sys.stdout.flush()


def _moved(tracks: dict, by: int) -> dict:
    return {**tracks, "xy": [[[x + by, y] for x, y in frame] for frame in tracks["xy"]]}


def _host_path(g) -> str:
    """The host's own nodes in the place of Encode Image, Guide and Sampler."""
    width, height, length = g.size
    theirs = g.add(
        "WanMoveTrackToVideo", positive=[g.text, 0], negative=[g.negative_text, 0], vae=[g.vae, 0],
        tracks=[g.tracks, 0], strength=1.0, width=width, height=height, length=length, batch_size=1,
        start_image=[g.picture, 0],
    )  # fmt: skip
    return g.add(
        "KSampler", model=[g.model, 0], seed=1, steps=1, cfg=1.0, sampler_name="euler", scheduler="simple",
        positive=[theirs, 0], negative=[theirs, 1], latent_image=[theirs, 2], denoise=1.0,
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=("steps", "edit", "both"), default="both")
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--edit-rounds", type=int, default=2)
    words = parser.parse_args()
    if _setup.comfy_checkout() is None:
        _unmeasured.not_measured("no ComfyUI to stand beside")
    if words.what in ("edit", "both") and not os.environ.get("WAN_MOVE_BENCH_INSIDE"):
        bench_edit(words.edit_rounds)
    if words.what in ("steps", "both"):
        _setup.rerun_under_comfy(__file__)
        bench_steps(words.rounds, words.steps)


if __name__ == "__main__":
    main()
