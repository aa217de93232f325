"""A draft that leads the pipeline's loop: where it starts, what the network is shown, and which velocity is stepped on.

The same as ComfyUI's way of keeping a part of a latent: what the draft knows is shown to the network on the noise line,
and its predicted x0 is replaced by the draft's. The schedulers take velocities, so the x0 is handed on as the velocity
that leads to it: a solver's history then holds the draft, which an overwritten sample would not reach.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from diffusers.utils.torch_utils import get_module_execution_device

from ....errors import WanMoveError
from ....lead.cells import known_cells
from ....lead.levels import free_at, lead_steps, noise_line, release_sigmas
from ....lead.presets import LeadLevels


@dataclass(frozen=True)
class Lead:
    """A draft in the latent, and when it leads.

    Attributes:
        latent: float32 [1 or B, 16, Tl, h, w], normalised.
        known: float [1 or B, 1, Tl, h, w], 1 where the draft knows.
        levels: noise levels between which it leads.
        clock: as ``known``: 1 where it leads to the release, less where it lets go earlier; None: everywhere.
    """

    latent: torch.Tensor
    known: torch.Tensor
    levels: LeadLevels
    clock: torch.Tensor | None = None


class LedLoop:
    """One run of the loop over a scheduler's ``sigmas`` [n + 1] from the drawn ``noise`` [B, 16, Tl, h, w].

    ``first`` is the step it begins at, ``start`` the sample there.
    """

    def __init__(self, lead: Lead, noise: torch.Tensor, sigmas: torch.Tensor, first: int, release: torch.Tensor):
        self.first, self.sigmas = first, [float(sigma) for sigma in sigmas]
        self._noise, self._release = noise, release.to(noise.device)
        self._latent = lead.latent.to(noise.device, noise.dtype).expand_as(noise)
        self._free = 1 - lead.known.to(noise.device, noise.dtype).expand(len(noise), -1, -1, -1, -1)

    @classmethod
    def of(cls, lead: Lead, noise: torch.Tensor, sigmas: torch.Tensor) -> LedLoop | None:
        """None where the schedule begins below the release. Raises: WanMoveError for a draft of another size."""
        for name, given, shape in (
            ("latent", lead.latent, noise.shape[1:]), ("mask", lead.known, (1, *noise.shape[2:])),
        ):  # fmt: skip
            if given.ndim != 5 or tuple(given.shape[1:]) != tuple(shape) or len(given) not in (1, len(noise)):
                raise WanMoveError(
                    where=f"Generate / lead {name}",
                    what=f"shape {list(given.shape)}, expected {[1, *shape]}",
                    fix="encode the draft at the video's size and length",
                )
        steps = lead_steps(sigmas, lead.levels)
        if steps is None:
            return None
        clock = torch.ones(1, 1, 1, 1, 1) if lead.clock is None else lead.clock
        return cls(lead, noise, sigmas, steps.start, release_sigmas(sigmas, steps, clock.cpu()))

    @property
    def start(self) -> torch.Tensor:
        """The sample on the noise line of the first step."""
        return noise_line(self._latent, self._noise, self.sigmas[self.first])

    def seen(self, x: torch.Tensor, index: int) -> torch.Tensor:
        """What the network is shown of the sample at step ``index`` (counted from ``first``)."""
        free, sigma = self._at(index)
        line = noise_line(self._latent, self._noise, sigma)
        return torch.where(free == 1, x, free * x + (1 - free) * line)

    def velocity(self, velocity: torch.Tensor, seen: torch.Tensor, x: torch.Tensor, index: int) -> torch.Tensor:
        """The velocity that leads from ``x`` to the x0 of which the draft holds its part."""
        free, sigma = self._at(index)
        x0 = free * (seen - sigma * velocity) + (1 - free) * self._latent
        return torch.where(free == 1, velocity, (x - x0) / sigma)

    def _at(self, index: int) -> tuple[torch.Tensor, float]:
        sigma = self.sigmas[self.first + index]
        return free_at(torch.tensor([sigma], device=self._free.device), self._free, self._release), sigma


def encode_lead(
    pipe: Any,
    frames: np.ndarray | torch.Tensor,
    known: torch.Tensor | None,
    levels: LeadLevels,
    feather: int = 0,
    clock: torch.Tensor | None = None,
) -> Lead:
    """A draft through the VAE of ``pipe``.

    Args:
        frames: uint8 or float 0-1 [T, H, W, 3] at the video's size and length.
        known: [T, H, W] (see :func:`known_cells`), 1 where the draft knows; None: everywhere.
        feather: cells over which that fades out.
        clock: [T, H, W], 1 where it leads to the end of its time.
    """
    given = torch.as_tensor(frames)
    floats = given.to(torch.float32) / 255 if given.dtype == torch.uint8 else given.to(torch.float32)
    latent = encode_frames(pipe, floats.permute(3, 0, 1, 2)[None] * 2 - 1)
    cells = torch.ones(1, 1, *latent.shape[2:]) if known is None else known_cells(known, feather)
    return Lead(latent, cells, levels, None if clock is None else known_cells(clock))


@torch.no_grad()
def encode_frames(pipe: Any, video: torch.Tensor) -> torch.Tensor:
    """float32 [1, 16, Tl, h, w], normalised posterior mean, of frames [1, 3, T, H, W] in [-1, 1]."""
    vae = pipe.vae
    where, dtype = get_module_execution_device(vae), vae.dtype
    mean, deviation = (_channels(v, where) for v in (vae.config.latents_mean, vae.config.latents_std))
    with pipe._room_for_vae():
        latent = vae.encode(video.to(where, dtype)).latent_dist.mode()
    return (latent.to(torch.float32) - mean) / deviation


def _channels(values: Sequence[float], device: torch.device) -> torch.Tensor:
    return torch.tensor(values, device=device).view(1, -1, 1, 1, 1)
