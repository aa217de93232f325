"""When a draft leads: two noise levels, the steps of a schedule that they mean, and who is held at a noise level.

Convention: sigma falls from 1 (noise) to 0, x = (1 - sigma) z + sigma noise is the noise line of the draft's latent z.
Sampling starts on it at ``start``, over the whole picture. What the draft knows stays on it, its predicted x0 being
replaced by z, until ``release``; from there on everything is sampled together. Worked: 40 published steps at shift 3
and the preset ``objects`` start at step 2 (sigma 0.982) and release at step 6 (0.944); 6 steps at shift 8 at 1 and 2.

Source: Time-to-Move (Apache-2.0), whose defaults at 50 steps and shift 3 are start 3, release 7 for objects and 2, 5
for cameras; told here as noise levels, which mean the same on every schedule. We replace x0 where it overwrites the
sample: a solver with a memory (UniPC's corrector) rebuilds the sample from its history and ignores what was written.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import torch

from ..errors import WanMoveError
from .presets import LeadLevels

ON_GRID = 1e-5
"""Solvers that work in logarithms come back to a step's sigma within this share of it."""


class LeadSteps(NamedTuple):
    """Places in a schedule [n + 1]: sampling starts at ``start``; steps before ``release`` hold what is known."""

    start: int
    release: int


def lead_steps(sigmas: torch.Tensor, levels: LeadLevels) -> LeadSteps | None:
    """The steps whose sigmas are nearest to the levels; None where the schedule begins below the release.

    At least one step is held, however few there are, unless both levels are equal. ``sigmas``: [n + 1], falling.

    Raises: WanMoveError for a schedule that is not a flow model's.
    """
    grid = sigmas.detach().cpu().to(torch.float64).tolist()
    if len(grid) < 2 or grid[0] > 1 + ON_GRID or any(a < b for a, b in pairwise(grid)):
        raise WanMoveError(
            where="Lead / sigmas",
            what=f"{len(grid)} sigmas that do not fall from at most 1",
            fix="use the Wan-Move sigmas, or a scheduler of a flow model",
        )
    if grid[0] <= levels.release * (1 + ON_GRID) and levels.release > 0:
        return None
    start = _nearest(grid, levels.start, 0, len(grid) - 1)
    if levels.start == levels.release:
        return LeadSteps(start, start)
    return LeadSteps(start, _nearest(grid, levels.release, start + 1, len(grid)))


def _nearest(grid: list[float], level: float, first: int, end: int) -> int:
    return min(range(first, end), key=lambda i: abs(grid[i] - level))


def release_sigmas(sigmas: torch.Tensor, steps: LeadSteps, clock: torch.Tensor) -> torch.Tensor:
    """float32, of the shape of ``clock`` (0-1): the sigma at which each cell is let go.

    1 waits for the release, 0 is let go at the start, between them after that share of the steps.
    """
    grid = sigmas.detach().to(clock.device, torch.float32)
    at = steps.start + clock.to(torch.float32).clamp(0, 1) * (steps.release - steps.start)
    below = at.floor().long().clamp(max=len(grid) - 2)
    share = at - below
    return grid[below] * (1 - share) + grid[below + 1] * share


def free_at(sigma: torch.Tensor, noise_mask: torch.Tensor, release: torch.Tensor) -> torch.Tensor:
    """The noise mask at a noise level: as given (1 free, 0 held) above a cell's release, ones from there on.

    Args:
        sigma: [B] or a number's tensor.
        noise_mask: [B or 1, C or 1, Tl, h, w].
        release: broadcasts with it, see :func:`release_sigmas`.
    """
    level = sigma.reshape(-1, *[1] * (noise_mask.ndim - 1)).to(release.dtype)
    return torch.where(level > release * (1 + ON_GRID), noise_mask, torch.ones_like(noise_mask))


def noise_line(latent: torch.Tensor, noise: torch.Tensor, sigma: torch.Tensor | float) -> torch.Tensor:
    """(1 - sigma) latent + sigma noise."""
    return (1 - sigma) * latent + sigma * noise
