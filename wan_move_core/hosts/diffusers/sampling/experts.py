"""Two networks in one run: the first above a noise level, the second below it, and which of them is on the device.

The scheduler is one and keeps its history. Source of the rule: diffusers' Wan pipelines (``transformer_2`` works at
timesteps below ``boundary_ratio`` times 1000), Wan2.2 A14B's configuration.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from ....errors import WanMoveError
from ....method.published import require_boundary
from ....method.solver import TRAIN_TIMESTEPS
from ..models.lora import PlainStart
from .branches import Branch

_ROUNDING = 1e-6
"""0.7 of 1000 timesteps is 700 and not a little less."""


def networks_of(pipe: Any) -> list[Any]:
    """The pipeline's networks, one or two, in the order of their turns."""
    return [network for network in (pipe.transformer, pipe.transformer_2) if network is not None]


def takes_images(network: Any) -> bool:
    """Whether it has a branch for the image encoder's features; Wan2.2's experts have none."""
    return network.config.image_dim is not None


class Turns:
    """``at(timestep, index)`` gives the network at work and its branches, for falling timesteps.

    Where ``pipe.experts_take_turns``, the one that is done leaves the device before the other comes. ``start``: the
    steps that go without LoRAs, by ``start_branches``.
    """

    def __init__(
        self,
        pipe: Any,
        branches: list[Branch],
        second: list[Branch],
        device: torch.device,
        start: PlainStart | None = None,
        start_branches: list[Branch] | None = None,
    ) -> None:
        self._pipe, self._device = pipe, device
        self._start, self._start_branches = start, start_branches or []
        self._parts = list(zip(networks_of(pipe), (branches, second), strict=False))
        boundary = pipe.config.boundary_ratio
        if len(self._parts) == 2 and boundary is None:
            raise WanMoveError(
                where="Generate / boundary",
                what="a second network, and no noise level at which it takes over",
                fix="give boundary_ratio (0.9 for Wan2.2 image to video)",
            )
        self._until = (
            -1.0
            if boundary is None
            else require_boundary(boundary, "Generate / boundary") * TRAIN_TIMESTEPS - _ROUNDING
        )
        self._turn: int | None = None

    def at(self, timestep: int, index: int) -> tuple[Any, list[Branch]]:
        if self._start is not None:
            self._start.switch(index >= self._start.steps)
        turn = 1 if len(self._parts) == 2 and timestep < self._until else 0
        if turn != self._turn:
            self._turn = turn
            if self._pipe.experts_take_turns:
                bring(self._pipe, self._parts[turn][0], self._device)
        network, branches = self._parts[turn]
        return network, self._start_branches if self._start is not None and index < self._start.steps else branches


def bring(pipe: Any, wanted: Any, device: torch.device) -> None:
    """Put ``wanted`` on the device, after the other networks have left it."""
    for network in networks_of(pipe):
        if network is not wanted:
            network.to("cpu")
    if device.type == "cuda":
        torch.cuda.empty_cache()
    wanted.to(device)


@contextmanager
def room_for_vae(pipe: Any) -> Iterator[None]:
    """The networks that are on the device wait in host memory meanwhile."""
    device = pipe._execution_device
    present = [network for network in networks_of(pipe) if network.device.type == device.type]
    for network in present:
        network.to("cpu")
    if device.type == "cuda":
        torch.cuda.empty_cache()
    try:
        yield
    finally:
        for network in present:
            network.to(device)
