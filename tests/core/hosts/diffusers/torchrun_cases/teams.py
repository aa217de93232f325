"""Run by torchrun with gloo: four processes in two teams, each team sharing its videos and their weights.

usage: teams.py FOLDER, where FOLDER/commands.json holds command lines for wan-move.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch

from wan_move_core import cli
from wan_move_core.hosts.diffusers import engine, parallel

# diffusers' Ulysses divides by the number of accelerators, which is 0 on a machine without one.
torch.accelerator.device_count = lambda: 1
torch.set_num_threads(1)

folder = Path(sys.argv[1])
ranks = parallel.plan_parallel(ulysses=2, dit_fsdp=True, t5_fsdp=True)
parallel.start(ranks, torch.device("cpu"))
encoders, load = [], engine.load_text_encoder
engine.load_text_encoder = lambda *given: (encoders.append(1), load(*given))[1]
told = {"team": ranks.agreed(ranks.rank), "writes": ranks.writes}
for command in json.loads((folder / "commands.json").read_text()):
    assert cli.main(command) == 0
told["text encoders"] = len(encoders)
(folder / f"rank{ranks.rank}.json").write_text(json.dumps(told))
torch.distributed.barrier()
parallel.stop()
