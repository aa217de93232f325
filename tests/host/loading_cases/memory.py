"""Anonymous memory while loading a checkpoint of some hundred MB, and the result under the host's memory flags."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from _start import AnonymousPeak, random_network, report, start, velocity, write_folder

base, measure, flags = Path(sys.argv[1]), sys.argv[2] == "measure", sys.argv[3:]
start(base, *flags)

import torch
from wan_move_pack.wan_move_core.checkpoints.shapes import NetworkShape
from wan_move_pack.wan_move_core.hosts.comfy import loading

results: dict = {"peak": {}}
small = base / "small"
if not small.exists():
    shape = NetworkShape(dim=64, ffn_dim=128, num_layers=2, num_heads=2, text_dim=32)
    write_folder(small, random_network(shape, torch.bfloat16), shards=2, heads=2)
results["velocity"] = {
    precision: velocity(loading.load_model(small, precision), 32).flatten()[::37].tolist()
    for precision in ("bf16 (published)", "fp8 scaled")
}
if measure:
    # Made by repeating one layer's numbers: the making is not what is measured.
    shape = NetworkShape(dim=1024, ffn_dim=4096, num_layers=5, num_heads=8, text_dim=256)
    big = write_folder(base / "big", random_network(shape, torch.float32), shards=4, heads=8)
    gc.collect()
    for precision in ("bf16 (published)", "fp8 scaled"):
        with AnonymousPeak() as peak:
            model = loading.load_model(big, precision)
        size = sum(t.numel() * t.element_size() for t in model.model.state_dict().values())
        results["peak"][precision] = {"model_mib": size / 2**20, "peak_mib": peak.mib}
        del model
        gc.collect()
report(results)
