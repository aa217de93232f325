"""Several GPUs under torchrun: one video over all of them (Ulysses), its weights shared out (FSDP2), or videos in turn.

No collective of our own: diffusers' context parallelism splits the tokens, torch's ``fully_shard`` the weights.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import nn

from ...errors import WanMoveError
from ...generate.elastic.store import fresh_store

Item = TypeVar("Item")

RING_BACKENDS = ("flash", "_native_cudnn", "sage")
"""Attention kernels that return the log-sum-exp which ring attention needs; torch's plain one does not."""


@dataclass(frozen=True)
class Parallel:
    """This process among its peers. ``world`` 1 is a plain run without torchrun."""

    rank: int = 0
    world: int = 1
    local_rank: int = 0
    ulysses: int = 1
    ring: int = 1
    dit_fsdp: bool = False
    t5_fsdp: bool = False

    @property
    def together(self) -> bool:
        """Whether all ranks work on the same video."""
        return self.ulysses * self.ring > 1

    @property
    def writes(self) -> bool:
        """Whether this rank writes the videos that it takes part in."""
        return not self.together or self.rank == 0

    def mine(self, items: Sequence[Item]) -> list[Item]:
        """The items that this rank works on: all of them together, or every ``world``-th."""
        return list(items) if self.together else list(items[self.rank :: self.world])

    def agreed(self, value: Item) -> Item:
        """Rank 0's ``value``, on every rank: what was drawn (a seed) or written by a model (a prompt) must be one."""
        if self.world == 1:
            return value
        box = [value]
        torch.distributed.broadcast_object_list(box, src=0)
        return box[0]

    def barrier(self) -> None:
        if self.world > 1:
            torch.distributed.barrier()


def plan_parallel(
    *,
    ulysses: int = 1,
    ring: int = 1,
    dit_fsdp: bool = False,
    t5_fsdp: bool = False,
    attention: str | None = None,
    environment: dict[str, str] | None = None,
) -> Parallel:
    """Read torchrun's environment and check the request against it. Starts nothing.

    Raises: WanMoveError when sizes and number of processes do not fit, or ring attention has no kernel.
    """
    env = os.environ if environment is None else environment
    world, rank, local = (int(env.get(k, d)) for k, d in (("WORLD_SIZE", "1"), ("RANK", "0"), ("LOCAL_RANK", "0")))
    where = "Generate / several GPUs"
    if ulysses < 1 or ring < 1:
        raise WanMoveError(where=where, what=f"ulysses {ulysses}, ring {ring}", fix="use sizes of at least 1")
    if ring > 1 and (attention or "native") not in RING_BACKENDS:
        raise WanMoveError(
            where="Generate / ring_size",
            what=f"ring attention cannot run on the attention backend {attention or 'native'!r}, which does not return "
            "what the ring adds up",
            fix=f"use --ulysses_size {ulysses * ring} instead, or --attention {' or '.join(RING_BACKENDS)}",
        )
    if ulysses * ring not in (1, world):
        raise WanMoveError(
            where=where,
            what=f"ulysses {ulysses} x ring {ring} = {ulysses * ring}, but {world} process{'es' * (world > 1)} run",
            fix=f"start with: torchrun --nproc_per_node={ulysses * ring} -m wan_move_core.cli generate ...",
        )
    if (dit_fsdp or t5_fsdp) and world == 1:
        raise WanMoveError(
            where=where, what="FSDP shares weights among processes, and there is one", fix="start with torchrun"
        )
    if (dit_fsdp or t5_fsdp) and ulysses * ring == 1:
        raise WanMoveError(
            where=where,
            what="with FSDP every process must work on the same video at the same time, but they would take turns",
            fix=f"add --ulysses_size {world}",
        )
    return Parallel(rank, world, local, ulysses, ring, dit_fsdp, t5_fsdp)


def start(parallel: Parallel, device: torch.device) -> bool:
    """Join the other processes (NCCL on GPUs, gloo on CPUs); whether there was anything to join.

    Who joined leaves with :func:`stop`, once: a group that was left cannot be joined again under the same torchrun.
    """
    if parallel.world == 1 or torch.distributed.is_initialized():
        return False
    backend = "nccl" if device.type == "cuda" else "gloo"
    if backend == "nccl" and not torch.distributed.is_nccl_available():
        raise WanMoveError(
            where="Generate / several GPUs", what="this PyTorch has no NCCL", fix="install the CUDA build for Linux"
        )
    store, rank, world = next(torch.distributed.rendezvous("env://"))
    store = fresh_store(store, rank, world)
    torch.distributed.init_process_group(backend, store=store, rank=rank, world_size=world)
    return True


def stop() -> None:
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


def check_divides(parallel: Parallel, heads: int, latent_size: tuple[int, int, int]) -> None:
    """Raise unless heads and tokens divide by the number of ranks that share them.

    ``latent_size``: (Tl, Hl, Wl) of the video.
    """
    tokens = latent_size[0] * (latent_size[1] // 2) * (latent_size[2] // 2)
    shared = parallel.ulysses * parallel.ring
    usable = [n for n in range(2, 65) if heads % n == 0 and tokens % n == 0]
    fix = f"use --ulysses_size {', '.join(map(str, usable))}" if usable else "use another size or number of frames"
    if heads % parallel.ulysses:
        raise WanMoveError(
            where="Generate / ulysses_size",
            what=f"{heads} attention heads do not divide by {parallel.ulysses}",
            fix=fix,
        )
    if tokens % shared:
        raise WanMoveError(
            where="Generate / ulysses_size",
            what=f"the {tokens} tokens of this video ({'x'.join(map(str, latent_size))} latent cells) "
            f"do not divide by {shared}",
            fix=fix,
        )


def split_sequence(transformer: Any, parallel: Parallel) -> None:
    """Let the ranks share each video's tokens. Before :func:`shard_weights`."""
    if not parallel.together:
        return
    from diffusers import ContextParallelConfig

    if torch.accelerator.device_count() == 0:
        raise WanMoveError(
            where="Generate / ulysses_size",
            what="sharing a video needs accelerators, and this machine has none",
            fix="run it in one process, or on GPUs",
        )
    try:
        transformer.enable_parallelism(
            config=ContextParallelConfig(ulysses_degree=parallel.ulysses, ring_degree=parallel.ring)
        )
    except (ValueError, RuntimeError, NotImplementedError, ImportError) as error:
        raise WanMoveError(
            where="Generate / several GPUs",
            what=str(error)[:300],
            fix="use --ulysses_size alone, with native attention",
        ) from error


def shard_weights(model: nn.Module, blocks: Sequence[nn.Module], device: torch.device) -> None:
    """Each rank keeps a part of every block's weights (FSDP2) on ``device`` and gathers a block as it runs it.

    Raises: WanMoveError for weights that cannot be shared out (fp8 with scales, GGUF).
    """
    from torch.distributed.fsdp import fully_shard

    odd = sorted({str(p.dtype) for p in model.parameters() if not p.is_floating_point() or p.dtype.itemsize < 2})
    if odd:
        raise WanMoveError(
            where="Generate / FSDP", what=f"weights of {', '.join(odd)} are not shared out", fix="use storage plain"
        )
    for block in blocks:
        _shard_by_dtype(block, fully_shard, device)
    _shard_by_dtype(model, fully_shard, device)


def _shard_by_dtype(module: nn.Module, fully_shard: Any, device: torch.device) -> None:
    # One group holds one dtype: the little that a bfloat16 block keeps in float32 stays whole on every rank.
    own = [p for p in module.parameters() if not _is_sharded(p)]
    kinds = [p.dtype for p in own]
    if not own:
        return
    main = max(set(kinds), key=lambda kind: sum(p.numel() for p in own if p.dtype == kind))
    whole = {p for p in own if p.dtype != main}
    for parameter in whole:
        parameter.data = parameter.data.to(device)
    fully_shard(module, ignored_params=whole or None)


def _is_sharded(parameter: nn.Parameter) -> bool:
    from torch.distributed.tensor import DTensor

    return isinstance(parameter, DTensor)
