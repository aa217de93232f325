"""A run of several models, each for its part of the noise: two experts, and a start without a few-step LoRA.

Parts are told by noise level (sigma, 1 pure noise to 0 none) and follow each other downwards; a sampler that looks back
up stays with the later model. What a model costs to load is paid when its turn comes, and never if it does not come.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from ....errors import WanMoveError
from ....method.published import BOUNDARY, GUIDANCE_SCALE, require_boundary
from .guider import TrackGuider, make_guider
from .relay import Relay

START_STEPS = 2
_ROUNDING = 1e-6
"""Of float32: 0.9 stored so is a little less, and still the first expert's."""
_PART_OF_STEP = 0.25
"""Solvers that look inside a step ask at half of it; only what is this near to its end belongs to the next."""


@dataclass(frozen=True)
class MorePhases:
    """Models beside the main one. None: no such phase.

    Attributes:
        start_model: makes the first ``start_steps`` steps, guided by ``start_cfg``.
        second_model: takes over where the noise falls below ``second_sigma``; ``second_cfg`` below 0: the main one's.
    """

    start_model: Any = None
    start_steps: int = START_STEPS
    start_cfg: float = GUIDANCE_SCALE
    second_model: Any = None
    second_sigma: float = BOUNDARY
    second_cfg: float = -1.0

    @property
    def any(self) -> bool:
        return self.start_model is not None or self.second_model is not None

    def models(self) -> list[tuple[str, Any]]:
        """(name of the input, model) of those that are there."""
        named = (("start_model", self.start_model), ("second_model", self.second_model))
        return [(name, model) for name, model in named if model is not None]

    def check(self, where: str) -> None:
        """Raises: WanMoveError for a part of the run that cannot be."""
        if self.start_model is not None and self.start_steps < 1:
            raise WanMoveError(
                where=f"{where} / start_steps", what=f"{self.start_steps}", fix="use at least 1, or no start_model"
            )
        if self.second_model is not None:
            require_boundary(self.second_sigma, f"{where} / second_sigma")


@dataclass(frozen=True)
class Phase:
    """A guider for a part of the run: down to noise level ``until_sigma``, or for its first ``steps`` steps."""

    guider: TrackGuider
    until_sigma: float = -math.inf
    steps: int | None = None

    def end(self, sigmas: torch.Tensor) -> float:
        """The noise level at which it still answers; below it the next one does."""
        if self.steps is None:
            return self.until_sigma - _ROUNDING
        if self.steps >= len(sigmas) - 1:
            return -math.inf
        before, after = float(sigmas[self.steps - 1]), float(sigmas[self.steps])
        return after + _PART_OF_STEP * (before - after)


class PhasedGuider(TrackGuider):
    """GUIDER of several phases; to other nodes it is its first phase's."""

    phases: tuple[Phase, ...] = ()

    @classmethod
    def of(cls, phases: list[Phase]) -> PhasedGuider:
        first = phases[0].guider
        made = cls(first.model_patcher)
        made.set_weights(first.text_cfg, first.track_cfg)
        made.original_conds = first.original_conds
        made.phases = tuple(phases)
        return made

    def sample(
        self,
        noise: torch.Tensor,
        latent_image: torch.Tensor,
        sampler: Any,
        sigmas: torch.Tensor,
        denoise_mask: torch.Tensor | None = None,
        callback: Any = None,
        disable_pbar: bool = False,
        seed: int | None = None,
    ) -> torch.Tensor:
        """As the host's, over all phases: one run of ``sampler``, one count of steps, one callback."""
        more = {"denoise_mask": denoise_mask, "callback": callback, "disable_pbar": disable_pbar, "seed": seed}
        if len(sigmas) < 2:
            return self.phases[0].guider.sample(noise, latent_image, sampler, sigmas, **more)
        ends = [*(phase.end(sigmas) for phase in self.phases[:-1]), -math.inf]
        turn, sigma = 0, float(sigmas[0])
        with Relay(sampler) as relay:
            while True:
                turn = next(i for i, end in enumerate(ends) if i >= turn and sigma >= end)
                mine = _down_to(ends[turn])
                result = self.phases[turn].guider.sample(noise, latent_image, relay.turn(mine), sigmas, **more)
                if relay.finished:
                    return result
                sigma = relay.waiting_sigma


def _down_to(end: float) -> Callable[[float], bool]:
    return lambda sigma: sigma >= end


def make_phased_guider(
    model: Any,
    positive: list,
    plain: list | None,
    negative: list,
    text_cfg: float,
    track_cfg: float,
    more: MorePhases | None = None,
    where: str = "Guider",
) -> TrackGuider:
    """A guider of ``model`` alone, or of it between the others of ``more``.

    A track weight that equals the text's follows it in every phase; one of its own holds in all of them.
    """

    def guider(of: Any, cfg: float) -> TrackGuider:
        own = not math.isclose(text_cfg, track_cfg)
        return make_guider(of, positive, plain, negative, cfg, track_cfg if own else cfg)

    main = guider(model, text_cfg)
    if more is None or not more.any:
        return main
    more.check(where)
    phases = []
    if more.start_model is not None:
        phases.append(Phase(guider(more.start_model, more.start_cfg), steps=more.start_steps))
    if more.second_model is None:
        return PhasedGuider.of([*phases, Phase(main)])
    second = guider(more.second_model, text_cfg if more.second_cfg < 0 else more.second_cfg)
    return PhasedGuider.of([*phases, Phase(main, until_sigma=more.second_sigma), Phase(second)])
