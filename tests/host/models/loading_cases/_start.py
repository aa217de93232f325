"""For scripts that run under ComfyUI's interpreter: the host and the pack imported as the server would, without one.

The pack is a package named ``wan_move_pack`` here: its root must not be on ``sys.path``, where its ``nodes`` would
shadow the host's.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[4]
TEXT_TOKENS = 64


def start(base: Path, *flags: str) -> None:
    """Set ComfyUI up with ``base`` as its folder and on the CPU, as ``main.py`` does with these flags."""
    sys.argv = ["main.py", "--cpu", "--base-directory", str(base), *flags]
    sys.path.insert(0, os.environ["COMFYUI_PATH"])
    import comfy.options

    comfy.options.enable_args_parsing()
    import torch

    torch.set_num_threads(1)
    import comfy.sd

    name_pack()


def name_pack() -> None:
    """Make the pack importable as ``wan_move_pack``, without its door and without the host."""
    pack = ModuleType("wan_move_pack")
    pack.__path__ = [str(ROOT)]
    sys.modules["wan_move_pack"] = pack


def report(results: dict[str, Any]) -> None:
    """Results for the test, as the last line of the output."""
    print("\n" + json.dumps(results), flush=True)


def text_of(call: Any) -> str:
    """The text of the WanMoveError that ``call()`` raises; "" when it raises none."""
    from wan_move_pack.wan_move_core.errors import WanMoveError

    try:
        call()
    except WanMoveError as error:
        return str(error)
    return ""


def random_network(shape: Any, dtype: Any, seed: int = 0) -> dict[str, Any]:
    """Tensors of a network of ``shape`` in published names, scaled so that signals keep their size."""
    import torch
    from wan_move_pack.wan_move_core.checkpoints.shapes import expected_shapes

    generator, tensors = torch.Generator().manual_seed(seed), {}
    for name, size in expected_shapes(shape).items():
        value = torch.randn(size, generator=generator)
        if name.endswith("weight") and len(size) == 1:
            value = 1 + 0.1 * value
        elif len(size) == 1:
            value *= 0.05
        else:
            value *= (size[-1] if "modulation" in name else value[0].numel()) ** -0.5
        tensors[name] = value.to(dtype)
    return tensors


def write_folder(folder: Path, tensors: dict[str, Any], shards: int, heads: int) -> Path:
    """``tensors`` in the published layout."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True)
    names, weight_map = list(tensors), {}
    for shard in range(shards):
        file = f"diffusion_pytorch_model-{shard + 1:05}-of-{shards:05}.safetensors"
        part = names[len(names) * shard // shards : len(names) * (shard + 1) // shards]
        save_file({name: tensors[name] for name in part}, str(folder / file))
        weight_map.update(dict.fromkeys(part, file))
    (folder / "diffusion_pytorch_model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))
    (folder / "config.json").write_text(json.dumps({"num_heads": heads}))
    return folder


def velocity(patcher: Any, sigma: float = 0.95, load: bool = True) -> Any:
    """The network's velocity for fixed random inputs, through the host's own apply_model."""
    import comfy.model_management
    import torch

    if load:
        comfy.model_management.load_models_gpu([patcher])
    generator = torch.Generator().manual_seed(7)

    def random(*size: int) -> torch.Tensor:
        return torch.randn(size, generator=generator)

    x = random(1, 16, 3, 8, 12)
    mask = torch.zeros(1, 4, 3, 8, 12)
    # A short text: all 512 places would be most of the work, at the same width.
    inputs = {
        "c_concat": torch.cat([mask, random(1, 16, 3, 8, 12)], dim=1),
        "c_crossattn": random(1, TEXT_TOKENS, 4096),
        "clip_fea": random(1, 257, 1280),
    }
    with torch.no_grad():
        denoised = patcher.model.apply_model(x, torch.tensor([sigma]), **inputs)
    return (x - denoised.float()) / sigma


class AnonymousPeak:
    """``with AnonymousPeak() as peak: ...; peak.mib``: growth of this process's anonymous memory, sampled each 2 ms."""

    def __enter__(self) -> AnonymousPeak:
        self._start = self._highest = self._now()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self.mib = (self._highest - self._start) / 1024

    def _watch(self) -> None:
        while not self._stop.is_set():
            self._highest = max(self._highest, self._now())
            time.sleep(0.002)

    @staticmethod
    def _now() -> int:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1])
        return 0


def measured_load(path: str, precision: str) -> dict[str, Any]:
    """Size of the loaded model and peak of anonymous memory while loading it. Once per process, before anything else:
    memory that was freed could be used again unseen."""
    from wan_move_pack.wan_move_core.hosts.comfy.models import network as loading

    with AnonymousPeak() as peak:
        model = loading.load_model(path, precision)
    size = sum(t.numel() * t.element_size() for t in model.model.state_dict().values())
    return {"precision": precision, "model_mib": size / 2**20, "peak_mib": peak.mib}
