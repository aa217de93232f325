"""Memory presets: where the weights lie while a video is made, and how much that needs, computed before it starts.

The figures are computed from sizes, never measured here: an estimate of the allocator's peak on the card, without what
the driver itself takes (about 0.5 GB).
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import WanMoveError
from ..geometry import latent_steps_from_frames

if TYPE_CHECKING:
    from ..checkpoints.shapes import NetworkShape

PRESETS = ("80g", "40g", "24g", "16g", "12g")
GB = 1e9
ROOM_BYTES = 1.5 * GB
"""Of a card, left to the driver and to what an estimate misses, before it is said that something fits."""


@dataclass(frozen=True)
class Sharing:
    """What several processes divide among them. The defaults are a process alone.

    Attributes:
        team: processes that work on the same video and share its tokens.
        network, text: whether they share the network's and the text encoder's weights too.
        here: processes on this machine, of whatever team: what they keep in host memory adds up.
    """

    team: int = 1
    network: bool = False
    text: bool = False
    here: int = 1

    @property
    def network_shards(self) -> int:
        return self.team if self.network else 1

    @property
    def text_shards(self) -> int:
        return self.team if self.text else 1


ALONE = Sharing()


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
    sharing: Sharing = ALONE,
) -> MemoryPlan:
    """The plan of a preset; ``auto`` takes the largest that the card (None: there is none) has the memory for.

    The four options override the preset. Weights that are shared out stay on the cards, as they are computed with
    unless ``storage`` says otherwise: a preset saves what a card then need not hold.

    Raises: WanMoveError for an unknown preset or a card that is too small.
    """
    if preset == "auto":
        preset = _largest(card_bytes)
    elif preset not in PRESETS:
        raise WanMoveError(
            where="Generate / memory", what=f"unknown preset {preset!r}", fix=f"use auto, {', '.join(PRESETS)}"
        )
    plan = _PLANS[preset]
    if sharing.network:
        plan = dataclasses.replace(plan, storage="plain", blocks_per_group=0, leaves_for_vae=False)
        offload_model = None
    if storage is not None:
        plan = dataclasses.replace(plan, storage=storage)
    if t5_cpu:
        plan = dataclasses.replace(plan, text_on_cpu=True)
    if offload_model is not None and not plan.blocks_per_group:
        plan = dataclasses.replace(plan, leaves_for_vae=offload_model)
    if vae_tiling is not None:
        plan = dataclasses.replace(plan, vae_tiling=vae_tiling)
    # Sharing the text encoder means gathering on the cards: it cannot compute on the CPU at the same time.
    return dataclasses.replace(plan, text_on_cpu=False) if sharing.text else plan


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
    """Computed peaks in bytes: per stage on the card, and of one process in host memory.

    ``gathered``: beside ``network``, blocks whose weights are shared out and brought together for their turn.
    ``host_text``, ``host_network``: weights that a process keeps in host memory. Python and its libraries take some
    0.6 GB beside them.
    """

    text: float
    network: float
    vae: float
    host_text: float
    host_network: float
    gathered: float = 0.0

    @property
    def host(self) -> float:
        return max(self.host_text, self.host_network)

    def host_of(self, sharing: Sharing) -> float:
        """Of all processes of this machine: the text encoder on the CPU is one of each team's."""
        return max(self.host_text * math.ceil(sharing.here / sharing.team), self.host_network * sharing.here)

    @property
    def card(self) -> float:
        return max(self.text, self.network + self.gathered, self.vae)


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
    text_shards: int = 1,
    sequence: int = 1,
    experts: int = 1,
) -> Estimate:
    """Peaks of a run, from sizes.

    Args:
        weight_bytes: of one plain weight. ``text_bytes``: of the text encoder. ``gguf_bytes``: of a GGUF network.
        shards: ranks that share the network's weights. ``text_shards``: those of the text encoder.
        sequence: ranks that share the tokens.
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
    # What is on the card comes there straight from the files, and takes nothing of the host's.
    return Estimate(
        text=0.0 if plan.text_on_cpu else text_bytes / text_shards,
        network=resident + active,
        vae=waiting + vae,
        host_text=text_bytes if plan.text_on_cpu else 0.0,
        host_network=weights * experts if plan.blocks_per_group or plan.leaves_for_vae else 0.0,
        # The block at work, the next one, and what the next one arrives in.
        gathered=3 * weights * shards / max(1, shape.num_layers) if shards > 1 else 0.0,
    )


def plan_lines(plan: MemoryPlan, computed: Estimate, experts: int = 1, sharing: Sharing = ALONE) -> list[str]:
    """The plan and its estimate, in words."""
    matrices = "fp8 with scales" if plan.storage == "fp8" else "as computed with"
    card = "in memory" if plan.preset == "cpu" else "on the card"
    shared = f"shared out among {sharing.team} processes, each with its own rows "
    if plan.blocks_per_group:
        place = (
            f"in host memory, {plan.blocks_per_group} block{'s' * (plan.blocks_per_group > 1)} at a time on the card"
        )
    else:
        place = card + (", in host memory while the VAE works" if plan.leaves_for_vae else "")
    tiles = "in tiles of 256 px (slight seams)" if plan.vae_tiling else "whole frames"
    if experts == 2:
        place += "; two experts, " + ("the one at work there alone" if plan.experts_take_turns else "both")
    text_place = f"{shared * sharing.text}{'on the CPU' if plan.text_on_cpu else card}"
    memory = "memory" if plan.preset == "cpu" else "card"
    whose = "" if sharing.here == 1 else " of each process"
    gathered = f" + {computed.gathered / GB:.1f} gathered" if computed.gathered else ""
    return [
        f"Memory plan {plan.preset}:",
        f"  text encoder  {text_place}, freed before the network is loaded",
        f"  network       {shared * sharing.network}{place}; big matrices {matrices}",
        f"  VAE           {tiles}",
        f"  estimate{whose} (computed, not measured): "
        f"{memory} {computed.card / GB:.1f} GB "
        f"(text {computed.text / GB:.1f}, network {computed.network / GB:.1f}{gathered}, VAE {computed.vae / GB:.1f}), "
        + _host_words(plan, computed, sharing),
    ]


def _host_words(plan: MemoryPlan, computed: Estimate, sharing: Sharing) -> str:
    on_cpu = plan.preset == "cpu"
    each, here = computed.card if on_cpu else computed.host, sharing.here
    words = f"host {each / GB:.1f} GB"
    if here == 1:
        return words
    return f"{words} each, {(each * here if on_cpu else computed.host_of(sharing)) / GB:.1f} GB for {here} of them"


def sharing_notes(
    sharing: Sharing, whole: Estimate, text_bytes: float, card_bytes: int | None, host_bytes: int | None = None
) -> list[str]:
    """What is better done otherwise: weights shared out that a card holds whole, or more copies than the host holds.

    Args:
        whole: the run's estimate with its weights whole on every card.
        card_bytes: of the card, ``host_bytes`` of this machine's memory; None where that is not known.
    """
    notes = []
    if card_bytes is not None:
        if sharing.network and whole.card + ROOM_BYTES <= card_bytes:
            notes.append(_advised_against("--dit_fsdp", "network", whole.card, card_bytes))
        if sharing.text and text_bytes + ROOM_BYTES <= card_bytes:
            notes.append(_advised_against("--t5_fsdp", "text encoder", text_bytes, card_bytes))
    if host_bytes is not None and sharing.here > 1 and whole.host_of(sharing) > host_bytes:
        notes.append(
            f"Note: {sharing.here} processes keep {whole.host_of(sharing) / GB:.1f} GB in host memory and this "
            f"machine has {host_bytes / GB:.1f}; share the weights out (--dit_fsdp, --t5_fsdp), or choose a larger "
            "--memory preset"
        )
    return notes


def _advised_against(option: str, what: str, needed: float, card_bytes: int) -> str:
    return (
        f"Note: each card holds the {what} whole ({needed / GB:.1f} of {card_bytes / GB:.1f} GB); without {option} it "
        "comes there straight from the files, and nothing has to be gathered for every step"
    )
