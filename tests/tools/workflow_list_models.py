"""The example workflows of several models in one run, one function each."""

from __future__ import annotations

from typing import Any

from workflow_graph import Workflow
from workflow_parts import (
    DRAFT_FIRST,
    FILES,
    HIGH,
    LORA,
    LOW,
    TEXT,
    VAE,
    draw,
    files_note,
    film,
    load_experts,
    load_models,
)  # fmt: skip

UNTRIED = "**Nobody has tried this on the real weights yet**: it is tested on tiny models. Tell us what you see."


def two_experts(info: dict[str, Any]) -> Workflow:
    w = Workflow(info, "13 Wan2.2 with two experts")
    w.column()
    w.note(
        f"""
# Wan2.2 A14B: two experts in one run

Wan2.2's image-to-video model is two networks: one for high noise, one for low. They take the same guided picture as
Wan-Move. The **Sampler** gets the high-noise expert as `model` and the low-noise one as `second_model`, which takes
over below `second_sigma` (0.9). It is one run: the solver goes on, and the first may leave the card before the second
comes.

They need no image encoder. Shift 5 and cfg 3.5 are Wan2.2's own settings.

These networks were not trained to follow tracks. Users report that the difference between Wan-Move and Wan2.1, made a
LoRA and put on **both** experts, works on them: `wan-move extract-lora` makes that file from the two published folders;
put a *LoraLoaderModelOnly* behind each loader.

{UNTRIED}

{DRAFT_FIRST}

{files_note(HIGH, LOW, TEXT, VAE)}
""",
        760,
    )
    m, low = load_experts(w)
    settings = {"preset": "custom", "steps": 40, "cfg": 3.5, "shift": 5.0, "second_model": low}
    film(w, m, draw(w, m), "two_experts", **settings)
    return w


def fast_start(info: dict[str, Any]) -> Workflow:
    w = Workflow(info, "14 Fast with a start without the LoRA")
    w.column()
    w.note(
        f"""
# Fast, and the motion kept: the first steps without the LoRA

A few-step LoRA at full strength is known to damp motion. Motion is decided in the first steps, so these are made by the
plain model at full guidance, and the LoRA makes the rest, in one run.

- **Sampler**: `model` is the model with the LoRA, `start_model` the one before it. Preset `fast, 8 steps, shift 5`; two
  steps of it are `start_steps`, with `start_cfg` 5: 10 passes through the network instead of 80.
- More motion: 3 start steps. Faster: 1. The other remedy is a LoRA strength of 0.6 and no `start_model`.
- A LoRA is trained on one schedule: take the preset that yours was made for (4 or 8 steps, shift 5 or 8).

{UNTRIED}

{DRAFT_FIRST}

{files_note(*FILES, LORA)}
""",
        660,
    )
    m = load_models(w, lora=True)
    assert m.plain is not None
    settings = {"preset": "fast, 8 steps, shift 5", "start_model": m.plain, "start_steps": 2, "start_cfg": 5.0}
    film(w, m, draw(w, m), "fast_start", **settings)
    return w
