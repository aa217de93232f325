"""Run by torchrun with gloo: networks and text encoders of every kind of file, whole in one process and shared out.

usage: shared_rows.py FOLDER, which holds what the test has written; leaves rank<N>.json with what this rank has read,
mapped and kept, and how far its answers are from those of the whole model.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import torch

from wan_move_core.errors import WanMoveError
from wan_move_core.hosts.diffusers import parallel
from wan_move_core.hosts.diffusers.models.parts import load_text_encoder, load_transformer
from wan_move_core.hosts.diffusers.models.precision import autocast_network, keep_float32_stream
from wan_move_core.hosts.diffusers.models.rows import FileRows
from wan_move_core.hosts.diffusers.models.shared import (
    empty_text_encoder,
    empty_transformer,
    require_shared_files,
)

torch.set_num_threads(1)
CPU = torch.device("cpu")

folder = Path(sys.argv[1])
ranks = parallel.plan_parallel(ulysses=2, dit_fsdp=True)
parallel.start(ranks, CPU)
mesh = parallel.team_mesh(ranks)


def mapped_bytes(path: Path) -> int:
    """What of this file's mappings has been touched, as the system counts it."""
    found = re.findall(rf"{re.escape(str(path))}\n(?:.*\n)??Size:.*\n(?:.*\n)*?Rss:\s+(\d+) kB", smaps())
    return 1024 * sum(map(int, found))


def smaps() -> str:
    return Path("/proc/self/smaps").read_text()


class Watched:
    """The most of a file that was mapped in at once, looked at while its rows are read."""

    def __init__(self, path: Path) -> None:
        self.path, self.most, self.calls = path, 0, 0
        self.read = FileRows.read

    def __enter__(self) -> Watched:
        def read(rows, name, first, last):
            found = self.read(rows, name, first, last)
            self.calls += 1
            if self.calls % 3 == 0:
                self.most = max(self.most, mapped_bytes(self.path))
            return found

        FileRows.read = read  # pyright: ignore[reportAttributeAccessIssue] - watched, not replaced
        return self

    def __exit__(self, *_: object) -> None:
        FileRows.read = self.read


def ask(network, precision: str) -> torch.Tensor:
    g = torch.Generator().manual_seed(0)
    sides = {
        "hidden_states": (1, 36, 2, 4, 4),
        "encoder_hidden_states": (1, 512, 32),
        "encoder_hidden_states_image": (1, 17, 64),
    }
    told = {name: torch.randn(side, generator=g).to(network.dtype) for name, side in sides.items()}
    with torch.no_grad(), autocast_network(CPU, network.dtype, precision):
        return network(timestep=torch.tensor([500]), **told, return_dict=False)[0].float()


def read_words(encoder) -> torch.Tensor:
    ids = torch.randint(0, encoder.config.vocab_size, (1, 20), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        return encoder(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state.float()


def kept_bytes(model) -> int:
    """Bytes of weights in this process."""
    local = [getattr(p, "_local_tensor", p) for p in model.parameters()]
    return sum(p.untyped_storage().nbytes() for p in local)


def compare(part, whole, answer) -> dict[str, object]:
    parallel.shard_weights(part.model, part.blocks, CPU, mesh, part.apart)
    with Watched(part.layout.files[0]) as seen:
        part.fill(CPU)
    before = kept_bytes(part.model)
    given, wanted = answer(part.model), answer(whole)
    return {
        "read": part.bytes_read,
        "mapped": seen.most,
        "kept": before,
        "kept_after": kept_bytes(part.model),
        "whole": kept_bytes(whole),
        "difference": float((given - wanted).abs().max()),
        "size": float(wanted.abs().max()),
    }


results: dict[str, object] = {}
for case in json.loads((folder / "cases.json").read_text()):
    path, dtype, kind = folder / case["file"], getattr(torch, case["dtype"]), case["kind"]
    if kind == "text":
        part, whole = empty_text_encoder(path, dtype, mesh), load_text_encoder(path, dtype)
        results[case["name"]] = compare(part, whole, read_words)
        continue
    part = empty_transformer(path, dtype, case["storage"], mesh)
    whole = load_transformer(path, dtype, storage=case["storage"])
    published = dtype != torch.float32
    if published:
        keep_float32_stream(part.model)
        keep_float32_stream(whole)
    results[case["name"]] = compare(part, whole, lambda n, p=published: ask(n, "published" if p else "plain"))

try:
    require_shared_files({"text_encoder": folder / "old.pth", "transformer": None}, network=False, text=True)
except WanMoveError as error:
    results["old form"] = str(error)
(folder / f"rank{ranks.rank}.json").write_text(json.dumps(results))
parallel.stop()
