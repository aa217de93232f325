"""Memory of each process when a network's and a text encoder's weights are shared out among several.

python tests/bench/shard.py [--layers 56] [--ranks 2 4] [--keep FOLDER]

Writes random weights in the published layout (2.2 GB of network at 56 layers, 0.6 GB of text encoder), loads them in
one process and in several under torchrun on gloo, runs both once, and prints what each process had in memory of its
own. Pages of mapped files are not counted: the system has them once for all processes, and takes them back as it likes.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import torch
from _setup import load_core

load_core()

GB = 1e9
ALLOWED_GB = 0.4
"""What a process may have beside its share."""
WORDS, WIDTH, INNER, TEXT_LAYERS = 131_072, 1024, 2816, 12


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layers", type=int, default=56)
    parser.add_argument("--ranks", type=int, nargs="+", default=[2, 4])
    parser.add_argument("--keep", type=Path, help="write the weights here and leave them")
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--before", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.work is not None:
        work(args.work, args.before)
        return
    with tempfile.TemporaryDirectory() as made:
        folder = args.keep or Path(made)
        write_folder(folder, args.layers)
        report(folder, args.ranks)


def report(folder: Path, ranks: list[int]) -> None:
    sizes = [sum(f.stat().st_size for f in folder.glob(p)) / GB for p in ("net*.safetensors", "text.pth")]
    print("## Weights shared out among processes\n")
    print(
        f"Network {sizes[0]:.2f} GB in one safetensors file, text encoder {sizes[1]:.2f} GB in a .pth, bfloat16, "
        "random; gloo on CPUs, tokens shared too (Ulysses). Measured is anonymous memory, sampled every 5 ms, above "
        "what the process had before (Python and libraries: the column of that name), of the process that had the "
        "most. The share is what one process keeps of the weights. With a forward: the blocks gathered for it lie in "
        "the same memory here, with cards they lie there. The difference is the largest of the answers from those of "
        "one process. (MALLOC_MMAP_THRESHOLD_ is 1 MB: what glibc keeps of freed memory would be counted.)\n"
    )
    heads = ("processes", "part", "libraries GB", "share GB", "loading GB", "with a forward GB", "beside the share GB")
    print(f"| {' | '.join((*heads, 'load s', 'difference'))} |")
    print("|---" * 9 + "|")
    started = [("whole, then divided (2)", 2, True), *((str(count), count, False) for count in (1, *ranks))]
    # One process first: its answers are what the others are compared with.
    for label, count, before in sorted(started, key=lambda way: (way[1] != 1, way[2], way[1])):
        for part, figures in measured(folder, count, before).items():
            most = {key: max(f[key] for f in figures) for key in figures[0]}
            beside = most["forward"] - most["share"]
            gigabytes = [f"{most[key]:.2f}" for key in ("libraries", "share", "loading", "forward")]
            gigabytes.append(f"{beside:.2f}{'' if before or beside <= ALLOWED_GB else ' (too much)'}")
            cells = [label, part, *gigabytes, f"{most['seconds']:.1f}", f"{most['difference']:.1e}"]
            print(f"| {' | '.join(cells)} |", flush=True)
    print(f"\nAllowed beside the share: {ALLOWED_GB} GB.")


def measured(folder: Path, count: int, before: bool) -> dict[str, list[dict[str, float]]]:
    """Part -> the figures of each process."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", str(count)]
    done = subprocess.run(
        [*command, __file__, "--work", str(folder), *["--before"] * before],
        env={**os.environ, "MALLOC_MMAP_THRESHOLD_": str(2**20)},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    found: dict[str, list[dict[str, float]]] = {}
    for rank in range(count):
        for part, figures in json.loads((folder / f"rank{rank}.json").read_text()).items():
            found.setdefault(part, []).append(figures)
    return found


# -- in each process -----------------------------------------------------------------------------------------------


class Peak:
    """The most anonymous memory of this process, in bytes, since it was made."""

    def __init__(self) -> None:
        self.most, self._done = anonymous(), threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._done.wait(0.005):
            self.most = max(self.most, anonymous())

    def stop(self) -> int:
        self._done.set()
        self._thread.join()
        return max(self.most, anonymous())


def anonymous() -> int:
    found = re.search(r"RssAnon:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


def work(folder: Path, before: bool) -> None:
    """Load, ask, measure; ``before``: as it was done when every process built the whole model first."""
    from wan_move_core.hosts.diffusers import parallel
    from wan_move_core.hosts.diffusers.models.parts import load_text_encoder, load_transformer
    from wan_move_core.hosts.diffusers.models.precision import keep_float32_stream
    from wan_move_core.hosts.diffusers.models.shared import empty_text_encoder, empty_transformer

    # diffusers' Ulysses divides by the number of accelerators, which is 0 on a machine without one.
    torch.accelerator.device_count = lambda: 1
    torch.set_num_threads(1)
    world, cpu = int(os.environ["WORLD_SIZE"]), torch.device("cpu")
    ranks = parallel.plan_parallel(ulysses=world, dit_fsdp=world > 1, t5_fsdp=world > 1)
    parallel.start(ranks, cpu)
    mesh: Any = parallel.team_mesh(ranks) if world > 1 else None

    def network() -> Any:
        path = folder / "net.safetensors"
        if world == 1 or before:
            made = load_transformer(path, torch.bfloat16)
            keep_float32_stream(made)
            parallel.split_sequence(made, ranks)
            if world > 1:
                parallel.shard_weights(made, list(made.blocks), cpu, mesh)
            return made
        part = empty_transformer(path, torch.bfloat16, "plain", mesh)
        keep_float32_stream(part.model)
        parallel.split_sequence(part.model, ranks)
        return filled(part)

    def text() -> Any:
        if world == 1 or before:
            made = load_text_encoder(folder / "text.pth", torch.bfloat16)
            if world > 1:
                parallel.shard_weights(made, list(made.encoder.block), cpu, mesh)
            return made
        return filled(empty_text_encoder(folder / "text.pth", torch.bfloat16, mesh))

    def filled(part: Any) -> Any:
        parallel.shard_weights(part.model, part.blocks, cpu, part.mesh, part.apart)
        part.fill(cpu)
        return part.model

    told = {}
    for name, load, ask in (("network", network, ask_network), ("text encoder", text, ask_text)):
        if world > 1:
            torch.distributed.barrier()
        start = anonymous()
        peak, began = Peak(), time.monotonic()
        model = load()
        seconds, loading = time.monotonic() - began, peak.stop() - start
        share = sum(getattr(p, "_local_tensor", p).untyped_storage().nbytes() for p in model.parameters())
        peak = Peak()
        answer = ask(model)
        forward = max(loading, peak.stop() - start)
        del model
        gc.collect()
        kept = folder / f"{name}.pt"
        if world == 1:
            torch.save(answer, kept)
        told[name] = {
            "libraries": start / GB,
            "share": share / GB,
            "loading": loading / GB,
            "forward": forward / GB,
            "seconds": seconds,
            "difference": float((answer - torch.load(kept)).abs().max()),
        }
    (folder / f"rank{ranks.rank}.json").write_text(json.dumps(told))
    if world > 1:
        torch.distributed.barrier()
    parallel.stop()


def ask_network(model: Any) -> torch.Tensor:
    from wan_move_core.hosts.diffusers.models.precision import autocast_network

    g = torch.Generator().manual_seed(0)
    sides = {
        "hidden_states": (1, 36, 2, 8, 8),
        "encoder_hidden_states": (1, 512, 4096),
        "encoder_hidden_states_image": (1, 257, 1280),
    }
    told = {name: torch.randn(side, generator=g) for name, side in sides.items()}
    with torch.no_grad(), autocast_network(torch.device("cpu"), torch.bfloat16, "published"):
        return model(timestep=torch.tensor([500]), **told, return_dict=False)[0].float()


def ask_text(model: Any) -> torch.Tensor:
    ids = torch.randint(0, WORDS, (1, 512), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        return model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state.float()


# -- the weights -----------------------------------------------------------------------------------------------------


def write_folder(folder: Path, layers: int) -> None:
    from safetensors.torch import save_file

    from wan_move_core.checkpoints.shapes import NetworkShape, expected_shapes

    if (folder / "text.pth").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    shape = NetworkShape(dim=1024, ffn_dim=4096, num_layers=layers, num_heads=16)
    metadata = {"config": json.dumps({"transformer": {"num_heads": shape.num_heads}})}
    save_file({n: numbers(s) for n, s in expected_shapes(shape).items()}, folder / "net.safetensors", metadata)
    sides = {"token_embedding.weight": (WORDS, WIDTH), "norm.weight": (WIDTH,)}
    for i in range(TEXT_LAYERS):
        sides |= {f"blocks.{i}.attn.{part}.weight": (WIDTH, WIDTH) for part in "qkvo"}
        sides |= {f"blocks.{i}.norm{n}.weight": (WIDTH,) for n in (1, 2)}
        sides[f"blocks.{i}.pos_embedding.embedding.weight"] = (32, 16)
        sides |= {f"blocks.{i}.ffn.{part}.weight": (INNER, WIDTH) for part in ("gate.0", "fc1")}
        sides[f"blocks.{i}.ffn.fc2.weight"] = (WIDTH, INNER)
    torch.save({n: numbers(s) for n, s in sides.items()}, folder / "text.pth")


def numbers(sides: tuple[int, ...]) -> torch.Tensor:
    fan = sides[-1] if len(sides) > 1 else 1
    return (torch.randn(sides) * (fan**-0.5 if fan > 1 else 0.02)).to(torch.bfloat16)


if __name__ == "__main__":
    main()
