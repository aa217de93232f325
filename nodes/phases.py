"""Optional inputs of Sampler and Guider for models that make a part of the run: two experts, a start without LoRA."""

from __future__ import annotations

import logging
from typing import Any

from comfy_api.latest import io

from ..wan_move_core.hosts.comfy.host.server import show_on_node
from ..wan_move_core.hosts.comfy.sampling.damping import damping_warning, loras_before
from ..wan_move_core.hosts.comfy.sampling.phases import START_STEPS, MorePhases
from ..wan_move_core.hosts.comfy.sampling.sampler import Settings
from ..wan_move_core.method.published import BOUNDARY, GUIDANCE_SCALE
from .host_api import widget


def phase_inputs(cfg: str) -> list[Any]:
    """Inputs in the order of :func:`phases_of`; ``cfg``: what the node calls the weight of its main model."""
    return [
        io.Model.Input(
            "start_model", optional=True,
            tooltip="A model for the first steps, in the same run: the one without the few-step LoRA, so that motion "
            "is not damped. Not connected: the model makes all steps.",
        ),
        widget(
            io.Int, "start_steps", default=START_STEPS, min=1, max=1000, optional=True,
            tooltip="How many of the steps start_model makes; 1 to 3 of a fast preset's.",
        ),
        widget(
            io.Float, "start_cfg", default=GUIDANCE_SCALE, min=0.0, max=100.0, step=0.1, optional=True,
            tooltip=f"{cfg} of these steps: full guidance, as without the LoRA.",
        ),
        io.Model.Input(
            "second_model", optional=True,
            tooltip="Wan2.2's low-noise expert: it takes over below second_sigma, in the same run. The model is then "
            "the high-noise expert. Not connected: one model for all noise levels.",
        ),
        widget(
            io.Float, "second_sigma", default=BOUNDARY, min=0.001, max=0.999, step=0.001, optional=True,
            tooltip="The noise level below which second_model takes over; 0.9 for Wan2.2 image to video.",
        ),
        widget(
            io.Float, "second_cfg", default=-1.0, min=-1.0, max=100.0, step=0.1, optional=True,
            tooltip=f"{cfg} of second_model. -1: as {cfg}.",
        ),
    ]  # fmt: skip


def phases_of(given: dict[str, Any]) -> MorePhases:
    """What the node got for :func:`phase_inputs`; what was not sent has its default."""
    known = {name: value for name, value in given.items() if name in MorePhases.__dataclass_fields__}
    return MorePhases(**{name: value for name, value in known.items() if value is not None})


def warn_of_damping(hidden: Any, model: Any, settings: Settings, phases: MorePhases) -> None:
    """Say on the node and in the log when a few-step LoRA at full strength will damp motion."""
    prompt, node = getattr(hidden, "prompt", None), getattr(hidden, "unique_id", None)
    starts_without = phases.start_model is not None
    loras = loras_before(prompt, node)
    warning = damping_warning(model, settings.cfg, settings.steps, starts_without, loras)
    if warning is not None:
        logging.warning("Wan-Move: %s", warning)
        show_on_node(f"Note: {warning}", node)
