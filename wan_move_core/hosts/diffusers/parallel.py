"""Several GPUs under torchrun: teams of ranks. A team shares one video (Ulysses) and may share its weights (FSDP2);
teams take videos in turn. One team of all ranks, teams of one rank, and what lies between (2 x 4).

diffusers' context parallelism splits the tokens, torch's ``fully_shard`` the weights.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import torch
from torch import nn

from ...errors import WanMoveError
from ...generate.elastic.store import fresh_store
from ...generate.memory import Sharing

if TYPE_CHECKING:
    from torch.distributed.device_mesh import DeviceMesh

Item = TypeVar("Item")

RING_BACKENDS = ("flash", "_native_cudnn", "sage")
"""Attention kernels that return the log-sum-exp which ring attention needs; torch's plain one does not."""


LONGEST_WAIT = timedelta(days=7)
"""What one rank waits for may be hours of another's clips. A rank that died is torchrun's to notice, not a clock's."""

SHARED_BYTES = 2**20
"""Layers of another type than the rest of their block stay whole on every rank below this."""


@dataclass(frozen=True)
class Parallel:
    """This process among its peers. ``world`` 1 is a plain run without torchrun.

    Attributes:
        ulysses, ring: their product is the size of a team, the ranks that work on the same video. Neighbours by rank
            make a team: on one machine where it fits.
        dit_fsdp, t5_fsdp: each rank keeps its rows alone of the network's and the text encoder's weights, shared out
            within its team.
        local_world: processes on this machine, 0 where torchrun did not say.
    """

    rank: int = 0
    world: int = 1
    local_rank: int = 0
    ulysses: int = 1
    ring: int = 1
    dit_fsdp: bool = False
    t5_fsdp: bool = False
    local_world: int = 0

    @property
    def team_size(self) -> int:
        """Ranks that work on the same video."""
        return self.ulysses * self.ring

    @property
    def teams(self) -> int:
        """How many videos are in work at once."""
        return self.world // self.team_size

    @property
    def team(self) -> int:
        """Which team this rank is in, from 0."""
        return self.rank // self.team_size

    @property
    def together(self) -> bool:
        """Whether this rank shares its videos with others."""
        return self.team_size > 1

    @property
    def writes(self) -> bool:
        """Whether this rank writes the videos that it takes part in: the first of each team."""
        return self.rank % self.team_size == 0

    @property
    def processes_here(self) -> int:
        """Processes that share this machine's memory."""
        return self.local_world or self.world

    @property
    def sharing(self) -> Sharing:
        """What its processes divide, as the memory plan counts it."""
        return Sharing(self.team_size, self.dit_fsdp, self.t5_fsdp, self.processes_here)

    def agreed(self, value: Item) -> Item:
        """The ``value`` of the team's first rank, on all ranks of the team."""
        if not self.together:
            return value
        box = [value]
        group = _team_groups(self.teams, self.team_size)[self.team]
        torch.distributed.broadcast_object_list(box, src=self.team * self.team_size, group=group)
        return box[0]


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
    if world % (ulysses * ring):
        many = "" if world < ulysses * ring else f" (or {ulysses * ring * (world // (ulysses * ring))}, ...)"
        raise WanMoveError(
            where=where,
            what=f"ulysses {ulysses} x ring {ring} = {ulysses * ring}, but {world} process{'es' * (world > 1)} run",
            fix=f"start with: torchrun --nproc_per_node={ulysses * ring}{many} -m wan_move_core.cli generate ...",
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
    return Parallel(rank, world, local, ulysses, ring, dit_fsdp, t5_fsdp, int(env.get("LOCAL_WORLD_SIZE", "0")))


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
    torch.distributed.init_process_group(backend, store=store, rank=rank, world_size=world, timeout=LONGEST_WAIT)
    if parallel.together:
        # Made by all ranks together, so now: later each team is where its own video is.
        rank_mesh(parallel)
        _team_groups(parallel.teams, parallel.team_size)
    return True


def stop() -> None:
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        _mesh.cache_clear()
        _team_groups.cache_clear()
        torch.distributed.destroy_process_group()


@cache
def _mesh(teams: int, ring: int, ulysses: int) -> DeviceMesh:
    # Its groups are made by all ranks together, so once for each division.
    device = "cuda" if torch.distributed.get_backend() == "nccl" else "cpu"
    sizes, names = (teams, ring, ulysses), ("teams", "ring", "ulysses")
    mesh = torch.distributed.init_device_mesh(device, sizes, mesh_dim_names=names)
    # So is the group that diffusers asks it for when a network is loaded: by then a team may have nothing to load.
    mesh["ring", "ulysses"]._flatten()
    return mesh


@cache
def _team_groups(teams: int, size: int) -> list[Any]:
    # Of each team, for words and numbers: on CPUs, and patient, while a mesh's groups give up after minutes.
    made = (range(team * size, (team + 1) * size) for team in range(teams))
    return [torch.distributed.new_group(list(ranks), timeout=LONGEST_WAIT, backend="gloo") for ranks in made]


def rank_mesh(parallel: Parallel) -> DeviceMesh:
    """[teams, ring, ulysses]: where every rank stands. All ranks must ask for it together the first time."""
    return _mesh(parallel.teams, parallel.ring, parallel.ulysses)


def team_mesh(parallel: Parallel) -> DeviceMesh:
    """The ranks of this rank's team in a row: those that share weights."""
    mesh = rank_mesh(parallel)
    if 1 in (parallel.ring, parallel.ulysses):
        return mesh["ulysses" if parallel.ring == 1 else "ring"]
    return mesh["ring", "ulysses"]._flatten()


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


def require_accelerators(parallel: Parallel) -> None:
    """Raise: WanMoveError where a video is to be shared and the machine has nothing that can."""
    if parallel.together and torch.accelerator.device_count() == 0:
        raise WanMoveError(
            where="Generate / ulysses_size",
            what="sharing a video needs accelerators, and this machine has none",
            fix="run it in one process, or on GPUs",
        )


def split_sequence(transformer: Any, parallel: Parallel) -> None:
    """Let the ranks share each video's tokens. Before :func:`shard_weights`."""
    if not parallel.together:
        return
    from diffusers import ContextParallelConfig

    require_accelerators(parallel)
    try:
        transformer.enable_parallelism(
            config=ContextParallelConfig(
                ulysses_degree=parallel.ulysses, ring_degree=parallel.ring, mesh=rank_mesh(parallel)
            )
        )
    except (ValueError, RuntimeError, NotImplementedError, ImportError) as error:
        raise WanMoveError(
            where="Generate / several GPUs",
            what=str(error)[:300],
            fix="use --ulysses_size alone, with native attention",
        ) from error


def shard_weights(
    model: nn.Module,
    blocks: Sequence[nn.Module],
    device: torch.device,
    mesh: DeviceMesh | None = None,
    apart: Collection[nn.Parameter] = (),
) -> None:
    """Each rank keeps a part of every block's weights (FSDP2) on ``device`` and gathers a block as it runs it.

    Weights on the meta device stay there, shared out: whoever reads them then reads his own rows alone.

    Args:
        mesh: the ranks that share, in a row; None: all ranks.
        apart: parameters that are shared out already, in a way of their own.

    Raises: WanMoveError for weights that cannot be shared out (fp8 with scales, GGUF).
    """
    # Bytes are digits whose layers know how to read them; what knows itself what it is would no longer after sharing.
    odd = sorted(
        {str(p.dtype) for p in model.parameters() if p.dtype.itemsize < 2 and p.dtype != torch.uint8}
        | {"GGUF blocks" for p in model.parameters() if hasattr(p, "quant_type")}
    )
    if odd:
        raise WanMoveError(
            where="Generate / FSDP", what=f"weights of {', '.join(odd)} are not shared out", fix="use storage plain"
        )
    for module in (*blocks, model):
        _shard_by_dtype(module, device, mesh, set(apart))


def _shard_by_dtype(module: nn.Module, device: torch.device, mesh: DeviceMesh | None, apart: set[nn.Parameter]) -> None:
    # One group holds one dtype. A layer of another one is a group of its own; what is too little for that (what a
    # bfloat16 block keeps in float32) stays whole on every rank.
    from torch.distributed.fsdp import fully_shard

    own = [p for p in module.parameters() if not _is_sharded(p)]
    if not own:
        return
    kinds = [p.dtype for p in own]
    main = max(set(kinds), key=lambda kind: sum(p.numel() for p in own if p.dtype == kind))
    for layer in module.modules():
        held = [p for p in layer._parameters.values() if p is not None and not _is_sharded(p)]
        large = sum(p.numel() * p.element_size() for p in held) >= SHARED_BYTES
        if layer is not module and large and {p.dtype for p in held} == {held[0].dtype} != {main}:
            fully_shard(layer, mesh=mesh, reshard_after_forward=True)
    whole = {p for p in module.parameters() if p.dtype != main and not _is_sharded(p)}
    for parameter in whole:
        if not parameter.is_meta:
            parameter.data = parameter.data.to(device)
    # The outermost group too is given back after its turn: it is gathered again in far less than a block takes.
    fully_shard(module, mesh=mesh, reshard_after_forward=True, ignored_params=(whole | apart) or None)


def _is_sharded(parameter: nn.Parameter) -> bool:
    from torch.distributed.tensor import DTensor

    return isinstance(parameter, DTensor)
