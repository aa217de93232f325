"""Says when a few-step LoRA at full strength will damp motion, and what helps.

That it does is told by its makers (LightX2V, Wan2.2-Lightning issue 13: slower motion than the model without it) and by
users of Wan-Move; the remedies are theirs: a strength near 0.6, or first steps without it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..host.sampling import patch_strengths

FULL = 0.9
"""A strength from which motion is said to suffer; users advise 0.6."""

FEW_STEPS = 12
"""A run without guidance of no more steps is one for a few-step LoRA, whatever the file is called."""

_NAMES = re.compile(
    r"lightx2v|lightning|distil|caus?vid|accvid|self.?forcing|fastwan|fusionx|longlive|turbo|dmd"
    r"|(?<!\d)\d{1,2}[-_ ]?steps?",
    re.IGNORECASE,
)
"""What publishers call LoRAs that make few steps do."""

_DEPTH = 64


@dataclass(frozen=True)
class Lora:
    """One of the LoRAs on a model: its file's name and strength."""

    name: str
    strength: float


def is_few_step(name: str) -> bool:
    """Whether a LoRA's file is named as one that makes few steps do."""
    return _NAMES.search(name) is not None


def damping_warning(
    model: Any, cfg: float, steps: int, starts_without: bool, loras: list[Lora] | None = None
) -> str | None:
    """The warning for a run, or None.

    ``loras``: those that the graph puts on the model, where it could be read; else the strengths of the model's own
    patches speak, in a run without guidance and of few steps. ``starts_without``: a model without it makes the start.
    """
    if starts_without:
        return None
    if loras:
        found = [lora for lora in loras if is_few_step(lora.name) and lora.strength >= FULL]
        told = ", ".join(f"{lora.name} at {lora.strength:g}" for lora in found)
    else:
        full = [s for s in patch_strengths(model) if s >= FULL]
        few = math.isclose(cfg, 1) and steps <= FEW_STEPS
        told = f"a LoRA at {max(full):g} in a run of {steps} steps without guidance" if full and few else ""
    if not told:
        return None
    return (
        f"{told}: few-step LoRAs at full strength are known to damp motion. Two remedies: a strength of 0.6, or "
        "start_model, the model without it, for the first 1 to 3 steps."
    )


def loras_before(prompt: Any, node: Any, entry: str = "model") -> list[Lora]:
    """The LoRAs that loaders of any pack put on what arrives at ``entry`` of ``node``, as far as the graph says it.

    ``prompt``: the host's, node id -> {"inputs": {name: value or [node id, output]}}; anything else gives none.
    """
    found: list[Lora] = []
    at, name = str(node), entry
    for _ in range(_DEPTH):
        link = _inputs(prompt, at).get(name)
        if not (isinstance(link, list) and len(link) == 2):
            break
        at = str(link[0])
        inputs = _inputs(prompt, at)
        found += _named(inputs)
        # Nodes that change a model call what comes in so, by the host's custom; others end the way.
        name = next((key for key in ("model", "MODEL", "unet") if isinstance(inputs.get(key), list)), "")
    return found


def _inputs(prompt: Any, node: str) -> Mapping[str, Any]:
    held = prompt.get(node) if isinstance(prompt, Mapping) else None
    inputs = held.get("inputs") if isinstance(held, Mapping) else None
    return inputs if isinstance(inputs, Mapping) else {}


def _named(inputs: Mapping[str, Any]) -> Iterator[Lora]:
    for key, value in inputs.items():
        if "lora" not in str(key).lower():
            continue
        if isinstance(value, Mapping) and isinstance(value.get("lora"), str) and value.get("on", True):
            yield Lora(value["lora"], _number(value.get("strength", 1.0)))
        elif isinstance(value, str) and value.lower().endswith((".safetensors", ".pt", ".pth", ".ckpt")):
            strength = inputs.get("strength_model", inputs.get("strength", 1.0))
            yield Lora(value, _number(strength))


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else 1.0
