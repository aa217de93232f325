"""The published solver as a SAMPLER of the host, and the one-stop sampling that WanMoveSampler offers.

Two habits of the host are undone, so that the published numbers come out: the noise arrives multiplied by the first
sigma (published: as drawn), and the network is asked at 1000 sigma (published: at its whole part).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import torch
from tqdm.auto import trange

from ....errors import WanMoveError
from ....method.published import GUIDANCE_SCALE, SHIFT, STEPS
from ....method.solver import TRAIN_TIMESTEPS, make_solver, published_sigmas, timesteps_from_sigmas
from ..condition.guide import FITTED_TRACKS_KEY
from ..condition.picture import INPUT_CHANNELS, LATENT_CHANNELS
from ..host.conditioning import keeping_device, latent_parts, with_samples
from ..host.running import console_shows_bars
from ..host.sampling import (
    fitting_latent,
    input_channels,
    is_wan,
    keeps_a_part,
    latent_channels,
    make_sampler,
    network_of,
    says_image_to_video,
    schedule_of_another_node,
    starting_latent,
    with_flow_schedule,
    with_schedule,
)
from .lead import Lead, led_by
from .phases import MorePhases, make_phased_guider
from .preview import preview_callback

# A first sigma above this is pure noise to the published code, whose first sigma is 0.99967.
PURE_NOISE_SIGMA = 0.99


@dataclass(frozen=True)
class Settings:
    """How to sample; the defaults are the published ones. ``track_cfg`` below 0 follows ``cfg``."""

    steps: int = STEPS
    cfg: float = GUIDANCE_SCALE
    track_cfg: float = -1.0
    shift: float = SHIFT
    solver: str = "unipc"


PRESETS: dict[str, Settings | None] = {
    "custom": None,
    "published": Settings(),
    "fast": Settings(steps=6, cfg=1.0, track_cfg=-1.0, shift=8.0),
    "fast, 4 steps, shift 5": Settings(steps=4, cfg=1.0, track_cfg=-1.0, shift=5.0),
    "fast, 8 steps, shift 5": Settings(steps=8, cfg=1.0, track_cfg=-1.0, shift=5.0),
    "fast, 4 steps, shift 8": Settings(steps=4, cfg=1.0, track_cfg=-1.0, shift=8.0),
    "fast, 8 steps, shift 8": Settings(steps=8, cfg=1.0, track_cfg=-1.0, shift=8.0),
}
"""Preset name -> settings that replace the widgets'; None leaves them.

The fast ones are for few-step LoRAs, which are trained on one schedule: LightX2V's step-distilled ones at 4 steps and
shift 5 (its documentation, "Step Distillation"), while users of Wan-Move run them at 4 to 8 steps and shift 5 or 8.
"""


def published_sampler(solver: str = "unipc") -> Any:
    """The solver as the host's SAMPLER."""
    return make_sampler(sample_published, {"solver": solver})


@torch.no_grad()
def sample_published(
    model: Any,
    x: torch.Tensor,
    sigmas: torch.Tensor,
    extra_args: dict[str, Any] | None = None,
    callback: Any = None,
    disable: Any = None,
    solver: str = "unipc",
) -> torch.Tensor:
    """A sampler function of the host: ``model(x, sigma, **extra_args)`` gives the denoised latent.

    Raises: WanMoveError for sigmas that are not a flow model's.
    """
    extra_args = dict(extra_args or {})
    run = make_solver(solver, sigmas)
    start = starting_latent(model)
    if float(sigmas[0]) > PURE_NOISE_SIGMA and start is not None and not torch.any(start):
        x = x / sigmas[0]
    asked = sigmas[:-1]
    if not keeps_a_part(extra_args):
        asked = _whole_timestep_sigmas(sigmas)
        extra_args = with_schedule(extra_args, torch.cat([asked, asked.new_zeros(1)]))
    ones = x.new_ones([x.shape[0]])
    # Plain numbers from here on: comparing tensors in the loop would wait for the card at every step.
    ratios = [sigma / at for sigma, at in zip(sigmas[:-1].tolist(), asked.tolist(), strict=True)]
    for i in trange(len(ratios), disable=disable):
        denoised = model(x, asked[i] * ones, **extra_args)
        # velocity = (x - denoised) / asked, and x0 = x - sigma velocity.
        x0 = denoised if ratios[i] == 1 else x - ratios[i] * (x - denoised)
        if callback is not None:
            callback({"i": i, "denoised": x0, "x": x, "sigma": sigmas[i], "sigma_hat": sigmas[i]})
        x = run.step(x0, x)
    return x


def _whole_timestep_sigmas(sigmas: torch.Tensor) -> torch.Tensor:
    """float32 [n]: sigmas at which 1000 sigma is the published whole timestep, exactly, in the host's float32."""
    timesteps = timesteps_from_sigmas(sigmas).to(torch.float32)
    asked = timesteps / TRAIN_TIMESTEPS
    for direction in (0.0, 2.0):
        near = torch.nextafter(asked, torch.full_like(asked, direction))
        asked = torch.where((asked * TRAIN_TIMESTEPS != timesteps) & (near * TRAIN_TIMESTEPS == timesteps), near, asked)
    # Velocity cannot be read off at sigma 0: a tenth of a timestep stands in for timestep 0.
    return asked.clamp(min=0.1 / TRAIN_TIMESTEPS).to(sigmas.device)


def with_shift(model: Any, shift: float) -> Any:
    """A clone of ``model`` whose schedule has ``shift``, so that start and end percent mean parts of this grid."""
    return with_flow_schedule(model, shift, TRAIN_TIMESTEPS)


def sample(
    model: Any,
    positive: list,
    negative: list,
    latent: dict[str, Any],
    seed: int,
    settings: Settings,
    plain: list | None = None,
    tracks: Any = None,
    more: MorePhases | None = None,
    lead: Lead | None = None,
) -> dict[str, Any]:
    """Sample ``latent`` from start to end; returns the host's LATENT.

    Item i of a batch starts from the noise of seed + i, as published: it comes again alone with that seed.
    ``tracks`` (or those that Guide left in ``positive``) are drawn on the previews. ``more``: models for parts
    of it. ``lead``: a draft that leads.

    Raises: WanMoveError for a model that is no Wan2.1 or has another node's schedule, or a track weight of its own
        without ``plain``.
    """
    require_wan(model)
    if settings.track_cfg < 0:
        settings = replace(settings, track_cfg=settings.cfg)
    require_own_schedule(model, settings.shift)
    shifted = with_shift(model, settings.shift)
    guider = make_phased_guider(
        shifted, positive, plain, negative, settings.cfg, settings.track_cfg, _shifted(more, settings.shift), "Sampler"
    )
    led_by(guider, lead)
    empty, noise_mask, batch_index = latent_parts(latent, "Sampler / latent")
    start = fitting_latent(shifted, empty)
    if tracks is None:
        tracks = next((more[FITTED_TRACKS_KEY] for _, more in positive if FITTED_TRACKS_KEY in more), None)
    sigmas = published_sigmas(settings.steps, settings.shift, settings.solver)
    samples = guider.sample(
        batch_noise(start, seed, batch_index),
        start,
        published_sampler(settings.solver),
        sigmas,
        denoise_mask=noise_mask,
        callback=preview_callback(shifted, settings.steps, tracks),
        disable_pbar=not console_shows_bars(),
        seed=seed,
    )
    return with_samples(latent, samples.to(keeping_device()))


def _shifted(more: MorePhases | None, shift: float) -> MorePhases | None:
    """Its models on the run's schedule, after the checks that the main one has passed."""
    if more is None:
        return None
    for name, model in more.models():
        require_wan(model, f"Sampler / {name}")
        require_own_schedule(model, shift, f"Sampler / {name}")
    return replace(more, **{name: with_shift(model, shift) for name, model in more.models()})


def batch_noise(latent: torch.Tensor, seed: int, batch_index: list[int] | None = None) -> torch.Tensor:
    """Noise of the shape of ``latent`` [B, ...], item i drawn from seed + i (or + batch_index[i]) on the CPU."""
    index = batch_index if batch_index is not None else range(latent.shape[0])
    items = []
    for i in index:
        generator = torch.Generator(device="cpu").manual_seed((seed + int(i)) % 2**64)
        items.append(torch.randn([1, *latent.shape[1:]], generator=generator, dtype=torch.float32))
    return torch.cat(items).to(latent.dtype)


def require_own_schedule(model: Any, shift: float, where: str = "Sampler / model") -> None:
    """Raise where a node before set another schedule than ``shift``'s, which this sampler would overrule unsaid."""
    put = schedule_of_another_node(model)
    if put is None or (put[1] is not None and math.isclose(put[1], shift, rel_tol=1e-6)):
        return
    kind, other = put
    said = f"a schedule ({kind})" if other is None else f"a shift of {other:g}"
    fix = "remove that node (ModelSamplingSD3 or another)"
    raise WanMoveError(
        where=where,
        what=f"a node before it sets {said}, this sampler has a shift of its own, {shift:g}, and would overrule it",
        fix=fix if other is None else f"{fix}, or choose preset custom and set shift to {other:g}",
    )


def require_wan(model: Any, where: str = "Sampler / model") -> None:
    """Raises: WanMoveError for a model whose network takes no picture of 16 channels beside the noise.

    What counts is the channels: of Wan2.2's two experts the host says that they are text-to-video, and builds the
    whole condition for them all the same. A network of other channels would drop the condition unsaid.
    """
    network = network_of(model)
    channels, latents = input_channels(network), latent_channels(network)
    takes = channels == INPUT_CHANNELS if channels is not None else says_image_to_video(network)
    if is_wan(network) and takes and latents in (LATENT_CHANNELS, None):
        return
    told = "" if channels is None else f" ({channels} input channels, {INPUT_CHANNELS} are needed)"
    if latents not in (LATENT_CHANNELS, None):
        told = f" (its latents have {latents} channels, of another VAE)"
    raise WanMoveError(
        where=where,
        what=f"a {type(network).__name__} model that takes no such picture{told}",
        fix="load Wan-Move, or another Wan image-to-video model of 36 channels such as Wan2.2 I2V A14B (not the 5B)",
    )
