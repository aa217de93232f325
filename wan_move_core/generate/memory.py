"""Memory presets: where the weights lie while a video is made, and how much that needs, computed before it starts.

The figures are computed from sizes, never measured here: an estimate of the allocator's peak on the card, without what
the driver itself takes (about 0.5 GB).
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import WanMoveError
from ..geometry import latent_steps_from_frames

if TYPE_CHECKING:
    from ..checkpoints.shapes import NetworkShape

PRESETS = ("80g", "40g", "24g", "16g", "12g")
GB = 1e9


@dataclass(frozen=True)
class MemoryPlan:
    """How one run uses memory.

    Attributes:
        preset: the name, or "cpu".
        storage: ``plain`` or ``fp8``, of the network's big matrices.
        blocks_per_group: 0 keeps the network on the card; else its blocks travel from host memory in groups of these.
        text_on_cpu: the text encoder computes on the CPU (it is freed before the network is loaded in any case).
        leaves_for_vae: the network waits in host memory while the VAE encodes and decodes.
        vae_tiling: the VAE works on tiles of 256 px (a slight loss at their seams).
    """

    preset: str
    storage: str = "plain"
    blocks_per_group: int = 0
    text_on_cpu: bool = False
    leaves_for_vae: bool = False
    vae_tiling: bool = False

    @property
    def experts_take_turns(self) -> bool:
        """Whether only one of two experts is on the card: where a single network must leave for the VAE already."""
        return self.leaves_for_vae and not self.blocks_per_group


_PLANS = {
    "80g": MemoryPlan("80g"),
    "40g": MemoryPlan("40g", leaves_for_vae=True),
    "24g": MemoryPlan("24g", storage="fp8", leaves_for_vae=True),
    "16g": MemoryPlan("16g", storage="fp8", blocks_per_group=4, text_on_cpu=True),
    "12g": MemoryPlan("12g", storage="fp8", blocks_per_group=1, text_on_cpu=True, vae_tiling=True),
    "cpu": MemoryPlan("cpu"),
}


def choose_plan(
    preset: str,
    *,
    card_bytes: int | None,
    storage: str | None = None,
    t5_cpu: bool = False,
    offload_model: bool | None = None,
    vae_tiling: bool | None = None,
) -> MemoryPlan:
    """The plan of a preset; ``auto`` takes the largest that the card (None: there is none) has the memory for.

    The four options override the preset. Raises: WanMoveError for an unknown preset or a card that is too small.
    """
    if preset == "auto":
        preset = _largest(card_bytes)
    elif preset not in PRESETS:
        raise WanMoveError(
            where="Generate / memory", what=f"unknown preset {preset!r}", fix=f"use auto, {', '.join(PRESETS)}"
        )
    plan = _PLANS[preset]
    if storage is not None:
        plan = dataclasses.replace(plan, storage=storage)
    if t5_cpu:
        plan = dataclasses.replace(plan, text_on_cpu=True)
    if offload_model is not None and not plan.blocks_per_group:
        plan = dataclasses.replace(plan, leaves_for_vae=offload_model)
    if vae_tiling is not None:
        plan = dataclasses.replace(plan, vae_tiling=vae_tiling)
    return plan


def _largest(card_bytes: int | None) -> str:
    if card_bytes is None:
        return "cpu"
    for preset in PRESETS:
        # Cards are sold in GiB and keep some of it: an "80 GB" card reports from 79 to 85 GB.
        if card_bytes >= 0.95 * int(preset[:-1]) * GB:
            return preset
    raise WanMoveError(
        where="Generate / memory",
        what=f"the card has {card_bytes / GB:.1f} GB, the smallest preset wants 12",
        fix="use a larger card; --memory 12g with fewer frames may still fit",
    )


@dataclass(frozen=True)
class Estimate:
    """Computed peaks in bytes: per stage on the card, and of the process in host memory."""

    text: float
    network: float
    vae: float
    host: float

    @property
    def card(self) -> float:
        return max(self.text, self.network, self.vae)


def estimate(
    plan: MemoryPlan,
    shape: NetworkShape,
    size_wh: tuple[int, int],
    frames: int,
    *,
    weight_bytes: int = 2,
    text_bytes: float = 0.0,
    gguf_bytes: float | None = None,
    shards: int = 1,
    sequence: int = 1,
    experts: int = 1,
) -> Estimate:
    """Peaks of a run, from sizes.

    Args:
        weight_bytes: of one plain weight. ``text_bytes``: of the text encoder. ``gguf_bytes``: of a GGUF network.
        shards: ranks that share the weights. ``sequence``: ranks that share the tokens.
        experts: networks of this shape in the run, 1 or 2.
    """
    d, f = shape.dim, shape.ffn_dim
    # The image branch has a key and a value of its own in every block.
    big = shape.num_layers * ((8 if shape.image_dim is None else 10) * d * d + 2 * d * f)
    rest = 7 * d * d + d * (shape.text_dim + (shape.image_dim or 0) + 200) + 6 * d * d
    big_bytes = big * (1 if plan.storage == "fp8" else weight_bytes)
    weights = (gguf_bytes if gguf_bytes is not None else big_bytes + rest * 4) / shards
    tokens = latent_steps_from_frames(frames) * (size_wh[0] // 16) * (size_wh[1] // 16) / sequence
    # Per token: residual and normalised states in float32, q k v and their rotations, the feed-forward's two sides.
    active = tokens * (d * 24 + f * 4)
    together = 1 if plan.experts_take_turns else experts
    resident = weights * together
    if plan.blocks_per_group:
        # One group computes while the next one arrives; what is in no block stays, of either expert.
        resident = rest * 4 * experts + 2 * plan.blocks_per_group * big_bytes / max(1, shape.num_layers)
    side = (256, 256) if plan.vae_tiling else size_wh
    # Decoder's widest maps (4 frames of 96 channels, float32), about six alive, and the caches of its causal layers.
    vae = side[0] * side[1] * 96 * 4 * (4 * 6 + 20) + size_wh[0] * size_wh[1] * 3 * 4 * frames * 2
    waiting = 0.0 if plan.leaves_for_vae or plan.blocks_per_group else weights * together
    if plan.blocks_per_group:
        waiting = rest * 4 * experts
    return Estimate(
        text=0.0 if plan.text_on_cpu else text_bytes / shards,
        network=resident + active,
        vae=waiting + vae,
        host=max(text_bytes, weights * experts if plan.blocks_per_group or plan.leaves_for_vae else 0.0),
    )


def plan_lines(plan: MemoryPlan, computed: Estimate, experts: int = 1) -> list[str]:
    """The plan and its estimate, in words."""
    matrices = "fp8 with scales" if plan.storage == "fp8" else "as computed with"
    card = "in memory" if plan.preset == "cpu" else "on the card"
    if plan.blocks_per_group:
        place = (
            f"in host memory, {plan.blocks_per_group} block{'s' * (plan.blocks_per_group > 1)} at a time on the card"
        )
    else:
        place = card + (", in host memory while the VAE works" if plan.leaves_for_vae else "")
    tiles = "in tiles of 256 px (slight seams)" if plan.vae_tiling else "whole frames"
    if experts == 2:
        place += "; two experts, " + ("the one at work there alone" if plan.experts_take_turns else "both")
    return [
        f"Memory plan {plan.preset}:",
        f"  text encoder  {'on the CPU' if plan.text_on_cpu else card}, freed before the network is loaded",
        f"  network       {place}; big matrices {matrices}",
        f"  VAE           {tiles}",
        "  estimate (computed, not measured): "
        f"{'memory' if plan.preset == 'cpu' else 'card'} {computed.card / GB:.1f} GB "
        f"(text {computed.text / GB:.1f}, network {computed.network / GB:.1f}, VAE {computed.vae / GB:.1f}), "
        f"host {computed.host / GB:.1f} GB",
    ]
