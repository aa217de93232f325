"""The example workflows of several models in one run, one function each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from workflow_graph import BYPASSED, Workflow
from workflow_parts import (
    DRAFT_FIRST,
    FILES,
    HIGH,
    LORA,
    LOW,
    OFF,
    TEXT,
    VAE,
    draw,
    files_note,
    film,
    load_experts,
    load_models,
)  # fmt: skip

EXTRACTED = "wan_move_for_wan22.safetensors"
"""What `wan-move extract-lora` writes; no page has it."""
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

## Wan-Move as a LoRA, on both experts

These networks were not trained to follow tracks. Users report that the difference between Wan-Move and Wan2.1, made a
LoRA and put on **both** experts, works on them, better with block 0 left out and with still things named in the prompt.
Nobody ships that file; you make it once, from the two published folders:

```
wan-move extract-lora Wan-Move-14B-480P Wan2.1-I2V-14B-480P -o {EXTRACTED} --leave-out 0 --no-image-branch
```

Where `wan-move` is not installed: `python -m wan_move_core.cli` in its place, with ComfyUI's Python, in this pack's
folder.

Put it into `models/loras`, press **R**, right-click the title of the group *Wan-Move as a LoRA*, *Set Group Nodes to
Always*. Both nodes take the same file. Things do not follow: try `--rank 128`, or a strength of 1.2 on the high-noise
expert, which decides the motion. Without the group the experts follow the guided picture alone.

{UNTRIED}

{DRAFT_FIRST}

{files_note(HIGH, LOW, TEXT, VAE)}
""",
    )
    m, low = load_experts(w)
    drawn = draw(w, m)
    w.column(f"Wan-Move as a LoRA {OFF}", "models")
    high, low = (
        w.add(
            "LoraLoaderModelOnly", model=expert, lora_name=EXTRACTED, _mode=BYPASSED,
            _title=f"Wan-Move on the {name}-noise expert",
        )["MODEL"]
        for name, expert in (("high", m.model), ("low", low))
    )  # fmt: skip
    settings = {"preset": "custom", "steps": 40, "cfg": 3.5, "shift": 5.0, "second_model": low}
    film(w, replace(m, model=high), drawn, "two_experts", **settings)
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
    )
    m = load_models(w, lora=True)
    assert m.plain is not None
    settings = {"preset": "fast, 8 steps, shift 5", "start_model": m.plain, "start_steps": 2, "start_cfg": 5.0}
    film(w, m, draw(w, m), "fast_start", **settings)
    return w
