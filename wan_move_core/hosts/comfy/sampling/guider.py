"""Text guidance and track guidance with weights of their own, as a GUIDER of the host.

v = (1 - w_text) u + (w_text - w_track) c + w_track t: u the negative, c the prompt without tracks, t the prompt with
them. Equal weights are ordinary CFG of u and t, the published sampling. What has weight zero is not computed; what is
computed goes through the network in one call, unless another node's patch was made for two branches (NAG, skipped
layers): then it is asked in ones or twos, as that patch expects. Denoised pictures are combined in place of velocities:
at one sigma both differ by the same linear map, and the weights sum to 1.
"""

from __future__ import annotations

import math
from typing import Any

import torch

from ....errors import WanMoveError
from ..host.sampling import (
    asked_by_another_node,
    asks_itself,
    attention_is_replaced,
    combine_branches,
    guided_network,
    guider_class,
    patches_tell_branches_apart,
    predict_branches,
    wants_negative,
)
from .lead import Lead, LedRun


class TrackGuider(guider_class()):
    """GUIDER with :meth:`set_weights` and :meth:`set_branches`."""

    text_cfg = 1.0
    track_cfg = 1.0
    lead: Lead | None = None
    """The draft that leads the sampling, if one does."""

    def set_weights(self, text_cfg: float, track_cfg: float) -> None:
        for name, value in (("text_cfg", text_cfg), ("track_cfg", track_cfg)):
            if not math.isfinite(value):
                raise WanMoveError(where=f"Guider / {name}", what=f"{value}", fix="use a finite number, such as 5")
        self.text_cfg, self.track_cfg = float(text_cfg), float(track_cfg)
        self.set_cfg(self.text_cfg)

    def set_branches(self, positive: list, plain: list | None, negative: list) -> None:
        if plain is None and not self.one_weight:
            raise WanMoveError(
                where="Guider / plain",
                what=f"the track weight {self.track_cfg} differs from the text weight {self.text_cfg}, "
                "which needs the prompt without tracks",
                fix="connect Guide's plain output, or make both weights equal",
            )
        branches = {"positive": positive, "negative": negative}
        if not self.one_weight:
            assert plain is not None
            branches["plain"] = plain
        self.inner_set_conds(branches)

    def sample(
        self,
        noise: torch.Tensor,
        latent_image: torch.Tensor,
        sampler: Any,
        sigmas: torch.Tensor,
        denoise_mask: torch.Tensor | None = None,
        *more: Any,
        **named: Any,
    ) -> torch.Tensor:
        """As the host's; a draft that leads stands in for an empty latent and cuts the sigmas to where it starts."""
        led = None if self.lead is None else LedRun.of(self.lead, latent_image, sigmas, denoise_mask)
        if led is None:
            return super().sample(noise, latent_image, sampler, sigmas, denoise_mask, *more, **named)
        own = self.model_options
        self.model_options = led.options(own)
        try:
            return super().sample(noise, led.latent, sampler, led.sigmas, led.noise_mask, *more, **named)
        finally:
            self.model_options = own

    @property
    def one_weight(self) -> bool:
        return math.isclose(self.text_cfg, self.track_cfg)

    def predict_noise(
        self,
        x: torch.Tensor,
        timestep: torch.Tensor,
        model_options: dict[str, Any] | None = None,
        seed: int | None = None,
    ) -> torch.Tensor:
        """Denoised latent of the guided network at ``timestep`` (a sigma), as the host's CFGGuider."""
        model_options = model_options or {}
        if self.one_weight and self.text_cfg != 0:
            return super().predict_noise(x, timestep, model_options, seed)
        always = wants_negative(model_options)
        w_plain = self.text_cfg - self.track_cfg
        network, branches = guided_network(self)
        t = branches["positive"] if not _is_zero(self.track_cfg) else None
        c = branches["plain"] if not _is_zero(w_plain) else None
        u = branches["negative"] if always or not _is_zero(1 - self.text_cfg) else None
        asked = (t, u, c)
        t, u, c = self._predict(network, asked, x, timestep, model_options)
        if self.text_cfg == 0:
            # The prompt alone has no weight: only the difference that the tracks make is added to the negative.
            cond, scale = u + self.track_cfg * (t - c), 1.0
        elif asked[0] is None:
            cond, scale = c, self.text_cfg
        else:
            cond, scale = c + (self.track_cfg / self.text_cfg) * (t - c), self.text_cfg
        given = (branches["positive"], branches["negative"])
        return combine_branches(network, (cond, u), scale, x, timestep, model_options, given)

    def _predict(
        self, network: Any, asked: tuple, x: torch.Tensor, timestep: torch.Tensor, model_options: dict[str, Any]
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Denoised latents of (positive, negative, plain), zeros for None, in one call wherever nobody minds.

        The host knows two branches, and so do patches: 0 is the positive, 1 the negative. Ours stand in these places.
        What another node made for two is asked for two at a time, so that both prompts get what it does.
        """
        t, u, c = asked
        asks = asks_itself(model_options)
        if attention_is_replaced(self.model_patcher):
            # A replaced attention splits a batch of two into positive and negative, and others not at all.
            beside = t if t is not None else c
            return (
                self._pair(network, (t, None), x, timestep, model_options)[0],
                self._pair(network, (beside if asks else None, u), x, timestep, model_options)[1],
                self._pair(network, (c, None), x, timestep, model_options)[0],
            )
        counts = patches_tell_branches_apart(model_options)
        if not counts and not asks:
            made = predict_branches(network, [t, u, c], x, timestep, model_options)
            return made[0], made[1], made[2]
        if t is None:
            plain, negative = self._pair(network, (c, u), x, timestep, model_options)
            return torch.zeros_like(x), negative, plain
        prompt, negative = self._pair(network, (t, u), x, timestep, model_options)
        # The negative a second time only for those who compare the prompt with it.
        plain = self._pair(network, (c, u if counts else None), x, timestep, model_options)[0]
        return prompt, negative, plain

    def _pair(
        self, network: Any, pair: tuple, x: torch.Tensor, timestep: torch.Tensor, model_options: dict[str, Any]
    ) -> list[torch.Tensor]:
        """Denoised latents of (positive, negative), by the node that asks the network itself where there is one."""
        if pair[0] is None and pair[1] is None:
            return [torch.zeros_like(x), torch.zeros_like(x)]
        if pair[0] is None:
            # Such a node takes the positive for granted.
            return predict_branches(network, list(pair), x, timestep, model_options)
        made = asked_by_another_node(network, pair, x, timestep, model_options)
        return predict_branches(network, list(pair), x, timestep, model_options) if made is None else made


def _is_zero(weight: float) -> bool:
    return math.isclose(weight, 0, abs_tol=1e-9)


def make_guider(
    model: Any, positive: list, plain: list | None, negative: list, text_cfg: float, track_cfg: float
) -> TrackGuider:
    """A guider for SamplerCustomAdvanced. ``plain`` may be None when both weights are equal."""
    guider = TrackGuider(model)
    guider.set_weights(text_cfg, track_cfg)
    guider.set_branches(positive, plain, negative)
    return guider
