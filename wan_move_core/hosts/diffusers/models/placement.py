"""A memory plan carried out on a pipeline, each step checked to have done something."""

from __future__ import annotations

from typing import Any

import torch

from ....errors import WanMoveError
from ....generate.memory import MemoryPlan
from .fp8_linear import Fp8Linear

TILE_PX = 256
_STRIDE_PX = 192


def place_network(pipe: Any, plan: MemoryPlan, device: torch.device) -> None:
    """Put the networks where the plan says. Raises: WanMoveError when diffusers did not do as it was asked.

    Of two experts that do not share the card, the second waits in host memory for its turn.
    """
    networks = [network for network in (pipe.transformer, pipe.transformer_2) if network is not None]
    pipe.experts_take_turns = len(networks) == 2 and plan.experts_take_turns
    for network in networks:
        _place(network, plan, device, waits=network is not networks[0] and pipe.experts_take_turns)
    if not plan.blocks_per_group:
        pipe.network_leaves_for_vae = plan.leaves_for_vae


def _place(transformer: Any, plan: MemoryPlan, device: torch.device, waits: bool) -> None:
    if plan.storage == "fp8" and not any(isinstance(m, Fp8Linear) for m in transformer.modules()):
        raise _nothing_done("fp8 storage", "no layer of the network is stored in fp8")
    if not plan.blocks_per_group:
        transformer.to("cpu" if waits else device)
        return
    stream = device.type == "cuda"
    transformer.enable_group_offload(
        onload_device=device,
        offload_device=torch.device("cpu"),
        offload_type="block_level",
        num_blocks_per_group=plan.blocks_per_group,
        use_stream=stream,
        # Pinning everything beforehand would take a second copy's worth of locked host memory.
        low_cpu_mem_usage=stream,
    )
    hooked = [
        block
        for block in transformer.blocks
        if (registry := getattr(block, "_diffusers_hook", None)) is not None and registry.hooks
    ]
    if len(hooked) != len(transformer.blocks):
        raise _nothing_done("group offload", f"{len(hooked)} of {len(transformer.blocks)} blocks take part")


def place_vae(vae: Any, plan: MemoryPlan) -> None:
    """Tile the VAE where the plan says."""
    if plan.vae_tiling:
        vae.enable_tiling(TILE_PX, TILE_PX, _STRIDE_PX, _STRIDE_PX)


def _nothing_done(step: str, what: str) -> WanMoveError:
    return WanMoveError(
        where=f"Generate / memory ({step})", what=f"it had no effect: {what}", fix="choose another --memory preset"
    )
