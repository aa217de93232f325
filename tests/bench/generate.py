"""Time and memory of ``wan-move generate`` with random weights: no download is needed.

    python tests/bench/generate.py
    python tests/bench/generate.py --folder /big/disk/random14b --presets 80g 24g 12g --steps 4

Without a folder: what the pipeline itself adds to a step, beside diffusers' own, on two thin layers in memory, where
that weighs most. With one, the published size: writes it once (about 46 GB; ``--layers 2`` makes a small one), runs
each preset in a process of its own, so that one peak does not hide in another's, and prints seconds to load, per step
and for the VAE, the peak of memory on the card beside what the plan had computed, and the peak of the process.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from itertools import product
from pathlib import Path

import _unmeasured
import numpy as np
import torch

STEPS = 10
"""Of each run without a folder; the first warms up."""
T5 = {"layers": 24, "width": 4096, "inner": 10240, "heads": 64, "vocabulary": 256384}
SHARD_BYTES = 5e9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, help="for the weights of the published size, written where missing")
    parser.add_argument("--rounds", type=int, default=15, help="without a folder: how often each pipeline runs")
    parser.add_argument("--presets", nargs="+", default=["80g", "40g", "24g", "16g", "12g"])
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--frames", type=int, default=81)
    parser.add_argument("--width", type=int, default=832)
    parser.add_argument("--height", type=int, default=480)
    parser.add_argument("--layers", type=int, default=40)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(measure(args)))
        return
    if args.folder is None:
        return overhead(args.rounds)
    write_folder(args.folder, args.layers, args.device)
    print("| preset | load s | s / step | VAE + rest s | card GB | card GB computed | host GB |")
    print("|---|---|---|---|---|---|---|")
    for preset in args.presets:
        done = subprocess.run(
            [sys.executable, __file__, *sys.argv[1:], "--one", preset], capture_output=True, text=True
        )
        if done.returncode:
            print(
                f"| {preset} | failed: {done.stderr.strip().splitlines()[-1][:120] if done.stderr.strip() else '?'} |"
            )
            continue
        r = json.loads(done.stdout.strip().splitlines()[-1])
        print(
            f"| {preset} | {r['load']:.1f} | {r['step']:.2f} | {r['rest']:.1f} | {r['card']:.1f} | {r['computed']:.1f} "
            f"| {r['host']:.1f} |",
            flush=True,
        )


def overhead(rounds: int) -> None:
    """Milliseconds of a step on a network that takes next to nothing, the pipelines in turn."""
    _unmeasured.need_package("diffusers", "pip install 'wan-move[standalone]'")
    import _setup

    _setup.load_core()
    from gpu_parts.bench import TINY, Bench
    from gpu_parts.networks import network, our_call, our_pipeline, small_vae, stock_call, stock_pipeline
    from gpu_parts.steps import time_steps

    torch.set_num_threads(1)
    bench = Bench(TINY, torch.device("cpu"), float("inf"), lambda row: None)
    net, vae = network(bench, "plain"), small_vae(bench.device)
    # What "published" widens in a network stays wide: it has one of its own.
    bench.forget()
    wide = network(bench, "plain")
    stock = stock_pipeline(bench, net, vae)
    pipes = {
        "diffusers' pipeline": (stock, stock_call),
        "ours, precision plain": (our_pipeline(bench, net, vae, "plain"), our_call),
        "ours, precision published": (our_pipeline(bench, wide, vae, "published"), our_call),
    }
    print(f"## A step of generate, beside diffusers' own pipeline\n\n{TINY}; one thread, {rounds} rounds in turn.\n")
    print("| of diffusers' pipeline | ms / step | branches | pipeline |\n|---|---|---|---|")
    for branches in (1, 2):
        seconds: dict[str, list[float]] = {name: [] for name in pipes}
        for number in range(rounds + 1):
            for name, (pipe, call) in pipes.items():
                took = time_steps(bench, pipe, call(bench, branches), STEPS, skip=1).median
                seconds[name] += [took] * (number > 0)  # the first round warms up
        theirs = seconds["diffusers' pipeline"]
        for name, values in seconds.items():
            # The median of each round's own ratio: a slow moment slows both sides of it.
            ratio = statistics.median(a / b for a, b in zip(values, theirs, strict=True))
            print(f"| {ratio:.2f} | {statistics.median(values) * 1000:.2f} | {branches} | {name} |", flush=True)


def measure(args: argparse.Namespace) -> dict[str, float]:
    """One run in this process."""
    import resource

    from wan_move_core.generate.cases import Case
    from wan_move_core.generate.memory import GB, choose_plan, estimate
    from wan_move_core.generate.settings import RunSettings
    from wan_move_core.hosts.diffusers.engine import Engine
    from wan_move_core.hosts.diffusers.files import network_shape, run_paths, weight_files
    from wan_move_core.tracks import Tracks

    f = args.folder
    settings = RunSettings(
        checkpoint=str(f),
        text_encoder=str(f / "umt5.safetensors"),
        size_rule="explicit",
        width=args.width,
        height=args.height,
        frames=args.frames,
        steps=args.steps,
        image_encoder_heads=16,
    )
    plan = choose_plan(args.one, card_bytes=None)
    text = sum(p.stat().st_size for p in weight_files(run_paths(settings))["text_encoder"])
    computed = estimate(plan, network_shape(settings), (args.width, args.height), args.frames, text_bytes=text)
    case = Case(
        0, str(f / "picture.png"), "a red square moves to the right", "x.mp4", 1, image_embeds=str(f / "embeds.npy")
    )

    def tracks(_case, size_wh):
        x = torch.linspace(50, size_wh[0] - 50, args.frames)
        return Tracks.make(torch.stack([x, torch.full_like(x, 100.0)], -1)[:, None], size_wh=size_wh)

    device = torch.device(args.device)
    engine = Engine(settings, plan, device, tracks)
    began = time.monotonic()
    engine.prepare([case])
    loaded = time.monotonic()
    at = []

    def stepped(done: int, total: int) -> None:
        if device.type == "cuda":
            torch.cuda.synchronize()
        at.append(time.monotonic())

    frames = engine.make(case, stepped)
    ended = time.monotonic()
    assert frames.shape == (args.frames, args.height, args.width, 3)
    # The first step warms up kernels; it counts with the rest.
    step = (at[-1] - at[0]) / max(1, len(at) - 1)
    return {
        "load": loaded - began,
        "step": step,
        "rest": ended - loaded - step * args.steps,
        "card": torch.cuda.max_memory_allocated() / GB if device.type == "cuda" else float("nan"),
        "computed": computed.card / GB,
        "host": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / GB,
    }


def write_folder(folder: Path, layers: int, device: str) -> None:
    """A folder in the published layout, its numbers random. Nothing is written when it is there already."""
    import dataclasses

    import cv2
    from diffusers import AutoencoderKLWan
    from safetensors.torch import save_file

    from wan_move_core.checkpoints.shapes import PUBLISHED_SHAPE, expected_shapes
    from wan_move_core.generate.results import sha256_file

    if (folder / "done").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    shape = dataclasses.replace(PUBLISHED_SHAPE, num_layers=layers)

    def numbers(size: tuple[int, ...]) -> torch.Tensor:
        fan = size[-1] if len(size) > 1 else 1
        drawn = torch.randn(size, device=device, dtype=torch.bfloat16) * (fan**-0.5 if fan > 1 else 0.02)
        return drawn.cpu()

    shard: dict[str, torch.Tensor] = {}
    weight_map: dict[str, str] = {}
    number, held = 1, 0
    sizes = expected_shapes(shape)
    for i, (name, size) in enumerate(sizes.items()):
        shard[name] = numbers(size)
        held += shard[name].numel() * 2
        file = f"diffusion_pytorch_model-{number:05d}.safetensors"
        weight_map[name] = file
        if held > SHARD_BYTES or i == len(sizes) - 1:
            save_file(shard, folder / file)
            shard, held, number = {}, 0, number + 1
    (folder / "diffusion_pytorch_model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))
    (folder / "config.json").write_text(json.dumps({"num_heads": shape.num_heads, "text_len": 512, "eps": 1e-6}))
    save_file(
        {n: numbers(s) for n, s in _umt5(max(1, T5["layers"] * layers // 40)).items()}, folder / "umt5.safetensors"
    )
    vae = AutoencoderKLWan().state_dict()
    torch.save({n: vae[d] for n, d in _vae_names(vae).items()}, folder / "Wan2.1_VAE.pth")
    np.save(folder / "embeds.npy", np.random.default_rng(0).standard_normal((1, 257, 1280), dtype=np.float32))
    cv2.imwrite(str(folder / "picture.png"), np.random.default_rng(0).integers(0, 255, (480, 832, 3), np.uint8))
    _tokenizer(folder / "google" / "umt5-xxl")
    (folder / "done").write_text(sha256_file(folder / "config.json"))


def _umt5(layers: int) -> dict[str, tuple[int, ...]]:
    d, f, h = T5["width"], T5["inner"], T5["heads"]
    sizes = {"shared.weight": (T5["vocabulary"], d), "encoder.final_layer_norm.weight": (d,)}
    for i in range(layers):
        block = f"encoder.block.{i}.layer."
        sizes |= {f"{block}0.SelfAttention.{part}.weight": (d, d) for part in "qkvo"}
        sizes |= {f"{block}0.SelfAttention.relative_attention_bias.weight": (32, h)}
        sizes |= {f"{block}{n}.layer_norm.weight": (d,) for n in (0, 1)}
        sizes |= {f"{block}1.DenseReluDense.{part}.weight": (f, d) for part in ("wi_0", "wi_1")}
        sizes |= {f"{block}1.DenseReluDense.wo.weight": (d, f)}
    return sizes


def _vae_names(state: dict[str, torch.Tensor]) -> dict[str, str]:
    """Published name -> diffusers' name, found by asking diffusers' own map about every name that could be."""
    from diffusers.loaders.single_file_utils import convert_wan_vae_to_diffusers

    ends = ("weight", "bias", "gamma")
    inner = ("residual.0", "residual.2", "residual.3", "residual.6", "shortcut", "resample.1", "time_conv", "norm")
    inner += ("to_qkv", "proj")
    places = [f"{side}.{part}" for side in ("encoder", "decoder") for part in ("conv1", "head.0", "head.2")]
    places += ["conv1", "conv2"]
    groups = ("encoder.downsamples", "encoder.middle", "decoder.middle", "decoder.upsamples")
    places += [f"{group}.{i}.{part}" for group, i, part in product(groups, range(16), inner)]
    names = {}
    for name in (f"{place}.{end}" for place, end in product(places, ends)):
        told = next(iter(convert_wan_vae_to_diffusers({name: None})))
        if told in state:
            names[name] = told
    assert len(names) == len(state), (len(names), len(state))
    return names


def _tokenizer(folder: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(models.WordLevel({"<pad>": 0, "</s>": 1, "<unk>": 2}, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    ).save_pretrained(folder)


if __name__ == "__main__":
    main()
