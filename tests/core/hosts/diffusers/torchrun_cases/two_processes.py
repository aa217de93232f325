"""Run by torchrun with gloo: what two processes make, together and in turn, saved for the test to compare.

usage: two_processes.py GOLDEN FOLDER, where FOLDER/commands.json holds command lines for wan-move. Starting processes
and importing costs far more than the work itself, so that everything is in one script.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from wan_move_core import cli
from wan_move_core.errors import WanMoveError
from wan_move_core.hosts.diffusers import load_pipeline, parallel
from wan_move_core.tracks import Tracks

# diffusers' Ulysses divides by the number of accelerators, which is 0 on a machine without one.
torch.accelerator.device_count = lambda: 1
torch.set_num_threads(1)

golden, folder = Path(sys.argv[1]), Path(sys.argv[2])
told = json.loads((golden / "run.json").read_text())
expected = np.load(golden / "expected.npz")
image = Image.open(golden / "image.png")
tracks = Tracks.make(np.load(golden / "tracks.npy")[0], np.load(golden / "visibility.npy")[0], size_wh=image.size)
ranks = parallel.plan_parallel(ulysses=2, dit_fsdp=True, t5_fsdp=True)
parallel.start(ranks, torch.device("cpu"))


def latents(pipe):
    return pipe(
        image,
        told["prompt"],
        "bad",
        48,
        80,
        num_frames=5,
        num_inference_steps=1,
        latents=torch.from_numpy(expected["noise"])[None, :, :2],
        image_embeds=torch.from_numpy(expected["clip_features"]),
        tracks=tracks.trim(0, 4),
        output_type="latent",
    ).frames


results = {}
for dtype in ("fp32", "bf16"):
    pipe = load_pipeline(golden / "checkpoint", dtype=dtype)
    pipe.set_progress_bar_config(disable=True)
    results[f"{dtype}/alone"] = latents(pipe).numpy()
    parallel.split_sequence(pipe.transformer, ranks)
    results[f"{dtype}/ulysses"] = latents(pipe).numpy()
    whole = sum(p.numel() for p in pipe.transformer.parameters())
    parallel.shard_weights(pipe.transformer, list(pipe.transformer.blocks), torch.device("cpu"))
    parallel.shard_weights(pipe.text_encoder, list(pipe.text_encoder.encoder.block), torch.device("cpu"))
    held = sum(p.to_local().numel() if hasattr(p, "to_local") else p.numel() for p in pipe.transformer.parameters())
    results[f"{dtype}/held"] = np.array(held / whole)
    results[f"{dtype}/ulysses+fsdp"] = latents(pipe).numpy()

quantised = load_pipeline(golden / "checkpoint", storage="fp8", text_encoder=False)
try:
    parallel.shard_weights(quantised.transformer, list(quantised.transformer.blocks), torch.device("cpu"))
except WanMoveError as error:
    results["fp8 refused"] = np.array(str(error))
if ranks.rank == 0:
    np.savez(folder / "results.npz", **results)
torch.distributed.barrier()

for command in json.loads((folder / "commands.json").read_text()):
    assert cli.main(command) == 0
parallel.stop()
