"""What users change in the network or in the run: compiled blocks, a LoRA, a draft that leads."""

from __future__ import annotations

import importlib.util
import shutil

import torch

from .bench import Bench, Reading, Skip
from .networks import network, our_call, our_pipeline, small_vae
from .steps import time_steps

LORA_RANK = 64
_LORA_LAYERS = ["to_q", "to_k", "to_v", "to_out.0", "ffn.net.0.proj", "ffn.net.2"]


def compiled(bench: Bench) -> None:
    """torch.compile of the repeated block, in the published precision, on bf16 weights."""
    if bench.device.type == "cuda" and importlib.util.find_spec("triton") is None:
        raise Skip("torch.compile needs triton, which is not installed")
    if not bench.tiny and not any(shutil.which(name) for name in ("gcc", "cc", "clang")):
        raise Skip("torch.compile needs a C compiler, and none is installed")
    plain = bench.kept.get("published step")
    bench.forget()
    net = network(bench, "plain")
    pipe = our_pipeline(bench, net, small_vae(bench.device), "published")
    if plain is None:
        plain = time_steps(bench, pipe, our_call(bench, 1), 2, skip=1).median
    torch._dynamo.reset()
    # On a small network the compiler's seconds are all there would be to see.
    net.compile_repeated_blocks(dynamic=False, **({"backend": "aot_eager"} if bench.tiny else {}))
    whole = time_steps(bench, pipe, our_call(bench, 1), 3)
    after = Reading(whole.seconds[1:], whole.allocated, whole.reserved)
    bench.row(
        "ours, precision published, 1 branch, compiled",
        unit="s/step",
        reading=after,
        ratio=after.median / plain,
        beside="not compiled",
        note=f"the first step, with compiling: {whole.seconds[0]:.0f} s",
        key="compiled 1",
    )
    bench.forget()


def lora(bench: Bench) -> None:
    """A LoRA of rank 64 on every big matrix, kept beside the weights (diffusers' way, through peft), then merged."""
    if importlib.util.find_spec("peft") is None:
        raise Skip("peft is not installed, and diffusers needs it for a LoRA")
    from peft import LoraConfig

    plain = bench.kept.get("published step")
    bench.forget()
    net = network(bench, "plain")
    pipe = our_pipeline(bench, net, small_vae(bench.device), "published")
    if plain is None:
        plain = time_steps(bench, pipe, our_call(bench, 1), 2, skip=1).median
    began = bench.now()
    net.add_adapter(LoraConfig(r=LORA_RANK, init_lora_weights=False, target_modules=_LORA_LAYERS))
    for name, parameter in net.named_parameters():
        if "lora_" in name:
            parameter.data = parameter.data.to(bench.device, torch.bfloat16)
    bench.row("LoRA of rank 64 put on the network", bench.now() - began)
    beside = time_steps(bench, pipe, our_call(bench, 1), 2, skip=1)
    bench.row(
        "ours, 1 branch, LoRA beside the weights",
        unit="s/step",
        reading=beside,
        ratio=beside.median / plain,
        beside="without",
        key="lora 1",
    )
    merge = bench.time(lambda: net.fuse_lora(lora_scale=1.0))
    bench.row("LoRA merged into the weights", reading=merge, note="a step then costs what it costs without")
    bench.forget()


def lead(bench: Bench) -> None:
    """A draft that leads from the first step to the last, beside none."""
    from wan_move_core.hosts.diffusers.sampling.lead import Lead
    from wan_move_core.lead.presets import LeadLevels

    net = network(bench, "plain")
    pipe = our_pipeline(bench, net, small_vae(bench.device), "published")
    s = bench.sizes
    cells = (s.latent_steps, s.height // 8, s.width // 8)
    known = torch.zeros(1, 1, *cells)
    known[..., : cells[2] // 2] = 1
    draft = Lead(torch.randn(1, 16, *cells, generator=torch.Generator().manual_seed(4)), known, LeadLevels(1.0, 0.01))
    plain = time_steps(bench, pipe, our_call(bench, 1), 2)
    led = time_steps(bench, pipe, {**our_call(bench, 1), "lead": draft}, 2)
    bench.row(
        "a draft leads, 1 branch",
        unit="s/step",
        reading=led,
        ratio=led.median / plain.median,
        beside="no draft",
        key="lead host",
    )
