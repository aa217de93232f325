"""The device that a process computes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...errors import WanMoveError

if TYPE_CHECKING:
    from ...hosts.diffusers.parallel import Parallel


def device_of(given: str | None, parallel: Parallel) -> Any:
    """The torch.device to compute on, always with its number where it is a GPU: torch cannot select one without."""
    import torch

    where = "Generate / --device"
    try:
        device = torch.device(given or ("cuda" if torch.cuda.is_available() else "cpu"))
    except RuntimeError as error:
        raise WanMoveError(where=where, what=f"unknown device {given!r}", fix="use cuda or cpu") from error
    if device.type != "cuda":
        return device
    if not torch.cuda.is_available():
        raise WanMoveError(
            where=where, what="this PyTorch sees no GPU", fix="install its CUDA build, or use --device cpu"
        )
    if parallel.world > 1 and device.index is not None:
        raise WanMoveError(
            where=where, what=f"{given} for {parallel.world} processes, which need a GPU each", fix="use --device cuda"
        )
    index, count = parallel.local_rank if device.index is None else device.index, torch.cuda.device_count()
    if index >= count:
        raise WanMoveError(
            where=where,
            what=f"GPU number {index}, and this machine has {count}",
            fix="count from 0, or start at most as many processes as there are GPUs",
        )
    return torch.device("cuda", index)


def card_bytes(device: Any) -> int | None:
    """The card's memory; None without one."""
    import torch

    return torch.cuda.get_device_properties(device).total_memory if device.type == "cuda" else None
