"""Text guidance and track guidance with weights of their own, as a GUIDER of the host.

v = (1 - w_text) u + (w_text - w_track) c + w_track t: u the negative, c the prompt without tracks, t the prompt with
them. Equal weights are ordinary CFG of u and t, the published sampling. What has weight zero is not computed; what is
computed goes through the network in one call. Denoised pictures are combined in place of velocities: at one sigma both
differ by the same linear map, and the weights sum to 1.
"""

from __future__ import annotations

import math
from typing import Any

import torch

from ....errors import WanMoveError
from ..host.sampling import combine_branches, guided_network, guider_class, predict_branches, wants_negative


class TrackGuider(guider_class()):
    """GUIDER with :meth:`set_weights` and :meth:`set_branches`."""

    text_cfg = 1.0
    track_cfg = 1.0

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
        weights = {
            "negative": 1 - self.text_cfg,
            "plain": self.text_cfg - self.track_cfg,
            "positive": self.track_cfg,
        }
        always = {"negative"} if wants_negative(model_options) else set()
        network, branches = guided_network(self)
        asked = [
            None if math.isclose(w, 0, abs_tol=1e-9) and n not in always else branches[n] for n, w in weights.items()
        ]
        u, c, t = predict_branches(network, asked, x, timestep, model_options)
        if self.text_cfg == 0:
            # The prompt alone has no weight: only the difference that the tracks make is added to the negative.
            cond, scale = u + self.track_cfg * (t - c), 1.0
        elif asked[2] is None:
            cond, scale = c, self.text_cfg
        else:
            cond, scale = c + (self.track_cfg / self.text_cfg) * (t - c), self.text_cfg
        given = (branches["positive"], branches["negative"])
        return combine_branches(network, (cond, u), scale, x, timestep, model_options, given)


def make_guider(
    model: Any, positive: list, plain: list | None, negative: list, text_cfg: float, track_cfg: float
) -> TrackGuider:
    """A guider for SamplerCustomAdvanced. ``plain`` may be None when both weights are equal."""
    guider = TrackGuider(model)
    guider.set_weights(text_cfg, track_cfg)
    guider.set_branches(positive, plain, negative)
    return guider
