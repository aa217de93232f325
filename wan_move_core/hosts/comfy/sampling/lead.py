"""A draft that leads the host's sampling, by the host's own way of keeping a part of a latent.

The sigmas are cut to where the draft starts, its latent stands in for the empty one (the host puts the noise of that
level on it), and its noise mask keeps what it knows: the host shows the network the noise line there and replaces its
x0 by the draft's, with any solver. A function of the noise level, where the host asks for one, lets go.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

import torch

from ....errors import WanMoveError
from ....lead.levels import free_at, lead_steps, release_sigmas
from ....lead.presets import CUSTOM, OFF, PRESETS, LeadLevels, levels_of
from ..host.conditioning import clock_of, latent_parts
from ..host.sampling import with_mask_function

CHOICES = (*PRESETS, OFF, CUSTOM)
"""What nodes offer."""


@dataclass(frozen=True)
class Lead:
    """A draft's LATENT and when it leads.

    Attributes:
        latent: float [B, C, Tl, h, w], as the VAE returns it.
        noise_mask: float [1 or B, 1 or C, Tl, h, w], 0 where the draft knows.
        levels: noise levels between which it leads.
        clock: of the shape of ``noise_mask``, 1 where it leads to the release, less where it lets go earlier.
    """

    latent: torch.Tensor
    noise_mask: torch.Tensor
    levels: LeadLevels
    clock: torch.Tensor


def make_lead(draft: dict[str, Any] | None, preset: str, start: float, release: float, where: str) -> Lead | None:
    """The lead of a draft's LATENT; None without a draft, or for the preset ``off``.

    A LATENT without a noise mask knows everything. Raises: WanMoveError for levels or a mask that are none.
    """
    levels = levels_of(preset, start, release)
    if draft is None or levels is None:
        return None
    latent, mask, _ = latent_parts(draft, f"{where} / lead_draft")
    if latent.ndim != 5:
        raise WanMoveError(
            where=f"{where} / lead_draft", what=f"a latent of shape {list(latent.shape)}", fix="connect Encode Draft"
        )
    mask = torch.zeros(1, 1, *latent.shape[2:]) if mask is None else _in_latent_steps(mask, latent, where)
    clock = clock_of(draft)
    return Lead(latent, mask, levels, torch.ones(1, 1, 1, 1, 1) if clock is None else clock)


def led_by(guider: Any, lead: Lead | None) -> Any:
    """``guider``, whose sampling ``lead`` leads; of several phases the first, which begins the run."""
    phases = getattr(guider, "phases", ())
    (phases[0].guider if phases else guider).lead = lead
    return guider


def _in_latent_steps(mask: torch.Tensor, latent: torch.Tensor, where: str) -> torch.Tensor:
    if mask.ndim == 5 and mask.shape[2:] == latent.shape[2:]:
        return mask
    raise WanMoveError(
        where=f"{where} / lead_draft",
        what=f"a noise mask of shape {list(mask.shape)}, the latent has {list(latent.shape[2:])} steps and cells",
        fix="give the mask to Encode Draft, which lays frames over latent steps",
    )


@dataclass(frozen=True)
class LedRun:
    """One sampling that a draft leads: what stands in for the host's arguments."""

    latent: torch.Tensor
    noise_mask: torch.Tensor
    sigmas: torch.Tensor
    release: torch.Tensor
    _moved: dict[torch.device, torch.Tensor] = field(default_factory=dict)

    @classmethod
    def of(
        cls, lead: Lead, latent: torch.Tensor, sigmas: torch.Tensor, noise_mask: torch.Tensor | None = None
    ) -> LedRun | None:
        """``latent``: what would be sampled, empty. None where ``sigmas`` begin below the release.

        Raises: WanMoveError for a latent that holds something, keeps a part of it, or is of another size.
        """
        steps = lead_steps(sigmas, lead.levels)
        if steps is None:
            return None
        _require_room(lead, latent, noise_mask)
        count = len(latent)
        run = cls(
            latent=_for_batch(lead.latent, count).to(latent.dtype),
            noise_mask=_for_batch(lead.noise_mask, count),
            sigmas=sigmas[steps.start :],
            release=release_sigmas(sigmas, steps, _for_batch(lead.clock, count)),
        )
        logging.info(
            "Wan-Move: the draft leads from step %d of %d (noise level %.3f) and lets go at step %d (%.3f).",
            steps.start + 1, len(sigmas) - 1, float(sigmas[steps.start]), steps.release + 1,
            float(sigmas[steps.release]),
        )  # fmt: skip
        return run

    def options(self, model_options: dict[str, Any]) -> dict[str, Any]:
        """The host's model options with the function that lets go."""
        return with_mask_function(model_options, self.free)

    def free(self, sigma: torch.Tensor, noise_mask: torch.Tensor) -> torch.Tensor:
        """The noise mask at ``sigma`` [B]."""
        device = noise_mask.device
        if device not in self._moved:
            self._moved[device] = self.release.to(device)
        return free_at(sigma.to(device), noise_mask, self._moved[device])


def _require_room(lead: Lead, latent: torch.Tensor, noise_mask: torch.Tensor | None) -> None:
    if lead.latent.shape[1:] != latent.shape[1:]:
        raise WanMoveError(
            where="Sampler / lead_draft",
            what=f"the draft's latent is {list(lead.latent.shape[1:])}, the video's {list(latent.shape[1:])}",
            fix="connect wanmove_image to Encode Draft, which fits the draft to the video",
        )
    if noise_mask is not None or bool(torch.any(latent)):
        kept = "keeps a part of itself (a noise mask)" if noise_mask is not None else "is not empty"
        raise WanMoveError(
            where="Sampler / latent",
            what=f"the latent {kept}, and a draft is to lead the sampling",
            fix="connect Guide's latent, or set the lead to off",
        )


def _for_batch(given: torch.Tensor, count: int) -> torch.Tensor:
    """``given`` [b, ...] for ``count`` items: its own in turn, or its one for all."""
    if len(given) in (1, count):
        return given if len(given) == count or given.ndim != 5 else given.expand(count, *given.shape[1:])
    return given.repeat(-(-count // len(given)), 1, 1, 1, 1)[:count]
