"""The host's own accelerators on our guider, branch by branch and phase by phase, as far as they run without a card."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "models" / "loading_cases"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
from _start import random_network, report, start, velocity, write_folder

base = Path(sys.argv[1])
start(base)

import comfy.model_management
import comfy.model_patcher
import comfy.samplers
import torch
from _tiny_experts import Heard, conditions, expert, latent
from comfy_api.torch_helpers import set_torch_compile_wrapper
from comfy_extras.nodes_easycache import EasyCacheNode
from wan_move_pack.wan_move_core.checkpoints.shapes import NetworkShape
from wan_move_pack.wan_move_core.hosts.comfy.models import network as loading
from wan_move_pack.wan_move_core.hosts.comfy.sampling import sampler
from wan_move_pack.wan_move_core.hosts.comfy.sampling.phases import MorePhases

high, low = expert(1), expert(2)
positive, plain, negative = conditions()
settings = sampler.Settings(steps=12, cfg=3.0, track_cfg=2.0, shift=3.0)
results: dict[str, Any] = {}


def ours(model: Any, more: MorePhases | None = None, how: sampler.Settings = settings) -> torch.Tensor:
    return sampler.sample(model, positive, negative, latent(), 5, how, plain, more=more)["samples"].detach()


both = ours(high, MorePhases(second_model=low))

# -- an attention of another kind: sees every branch of each phase, and the noise level it is asked at -----------------

seen: list[tuple[str, int, float]] = []


def with_attention(model: Any, name: str) -> Any:
    """A clone with an attention override, as block-sparse and kitchen attention are put in place."""
    made = model.clone()

    def override(usual: Any, *args: Any, **kwargs: Any) -> torch.Tensor:
        options = kwargs["transformer_options"]
        seen.append((name, args[0].shape[0], round(float(options["sigmas"].max()), 3)))
        return usual(*args, **kwargs)

    made.model_options["transformer_options"]["optimized_attention_override"] = override
    return made


overridden = ours(with_attention(high, "high"), MorePhases(second_model=with_attention(low, "low")))
results["attention"] = {
    "equal": torch.equal(overridden, both),
    "calls": len(seen),
    "branches": sorted({count for _, count, _ in seen}),
    "high above": all(sigma >= 0.9 for name, _, sigma in seen if name == "high"),
    "low below": all(sigma < 0.9 for name, _, sigma in seen if name == "low"),
    "both": sorted({name for name, _, _ in seen}),
}

# -- torch.compile: its wrapper goes with the model it was put on ------------------------------------------------------


def compiled(model: Any) -> Any:
    made = model.clone()
    # Eager: the wrapper is what is looked at, not a compiler that this machine may not have.
    set_torch_compile_wrapper(made, backend="eager", keys=["diffusion_model"])
    return made


few = sampler.Settings(steps=3, cfg=1.0, shift=5.0)
if "compile" in sys.argv:
    usual = ours(high, MorePhases(second_model=low), few)
    fast = ours(compiled(high), MorePhases(second_model=compiled(low)), few)
    results["compile"] = {
        "off": float((fast - usual).abs().max()),
        "network put back": all(type(one.model.diffusion_model).__name__ == "WanModel" for one in (high, low)),
    }

# -- EasyCache: a cache of each model's own, begun in its phase and emptied after --------------------------------------

heard = Heard()


def cached(model: Any, name: str, threshold: float) -> Any:
    """EasyCache hooks the network itself; the counting wrapper below it hears of every question all the same."""
    made = heard.listening(model, name)
    return EasyCacheNode.execute(made, threshold, 0.0, 1.0, False).result[0]


def evaluations(model: Any, more: MorePhases | None) -> dict[str, int]:
    """How often each network's blocks ran."""
    count = {"high": 0, "low": 0}
    hooks = [
        one.model.diffusion_model.blocks[0].register_forward_hook(
            lambda *_, name=name: count.__setitem__(name, count[name] + 1)
        )
        for name, one in (("high", high), ("low", low))
    ]
    try:
        ours(model, more)
    finally:
        for hook in hooks:
            hook.remove()
    return count


whole = evaluations(high, MorePhases(second_model=low))
less = evaluations(cached(high, "high", 50.0), MorePhases(second_model=cached(low, "low", 50.0)))
none = ours(cached(high, "high", 0.0), MorePhases(second_model=cached(low, "low", 0.0)))
results["easycache"] = {"whole": whole, "less": less, "threshold 0": torch.equal(none, both)}
results["easycache"]["once more"] = evaluations(
    cached(high, "high", 50.0), MorePhases(second_model=cached(low, "low", 50.0))
)

# -- several cards: the loader's factory makes an independent model, and three branches are three units of work --------

shape = NetworkShape(dim=128, ffn_dim=128, num_layers=1, num_heads=1, text_dim=4096)
folder = write_folder(base / "models" / "diffusion_models" / "own", random_network(shape, torch.float32), 2, heads=1)
loaded = loading.load_model(folder, "fp32")
make, arguments = loaded.cached_patcher_init
again = make(*arguments)
results["factory"] = {
    "equal": torch.equal(velocity(loaded), velocity(again)),
    "own weights": again.model is not loaded.model,
    "kept by clones": loaded.clone().cached_patcher_init == loaded.cached_patcher_init,
}
if hasattr(comfy.model_patcher.ModelPatcher, "deepclone_multigpu"):
    other = torch.device("cpu", 0)  # to the host another device than "cpu", to torch the same
    shares: list[tuple[str, int]] = []

    def split(model: Any, name: str, seed: int) -> Any:
        """As MultiGPU CFG Split leaves a model for a second card."""
        made = model.clone()
        made.cached_patcher_init = (expert, (seed,))
        second = made.deepclone_multigpu(new_load_device=other)
        second.is_multigpu_base_clone = True
        made.set_additional_models("multigpu", [second])
        second.model.diffusion_model.blocks[0].register_forward_hook(
            lambda _module, given, _made: shares.append((name, given[0].shape[0]))
        )
        return made

    spread = ours(split(high, "high", 1), MorePhases(second_model=split(low, "low", 2)))
    results["split"] = {"off": float((spread - both).abs().max()), "shares of the second": sorted(set(shares))}
    deep = loaded.deepclone_multigpu(new_load_device=other)
    results["factory"]["deepclone"] = torch.equal(velocity(deep, load=False), velocity(loaded))
report(results)
