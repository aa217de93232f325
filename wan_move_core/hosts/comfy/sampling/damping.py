"""Says when a few-step LoRA at full strength will damp motion, and what helps, of the LoRAs that a graph names."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ....checkpoints.lora.few_steps import FULL, damping, is_few_step_run, warning
from ..host.sampling import patch_strengths

_DEPTH = 64


@dataclass(frozen=True)
class Lora:
    """One of the LoRAs on a model: its file's name and strength."""

    name: str
    strength: float


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
        told = damping(((lora.name, lora.strength) for lora in loras), cfg, steps, named_only=True)
    else:
        full = [s for s in patch_strengths(model) if s >= FULL]
        few = is_few_step_run(cfg, steps)
        told = f"a LoRA at {max(full):g} in a run of {steps} steps without guidance" if full and few else ""
    return warning(told, "start_model") if told else None


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
