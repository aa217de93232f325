"""diffusers' schedulers on the published sigma grid. Their own grids differ from it (the final latent by 2e-3)."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import DPMSolverMultistepScheduler, UniPCMultistepScheduler

from ....errors import WanMoveError
from ....geometry import PUBLISHED_AREA_PX
from ....method.published import SHIFT, SHIFT_ABOVE_480P
from ....method.solver import SOLVERS, published_sigmas, published_timesteps


def default_shift(height: int, width: int) -> float:
    """The published choice: 3 for 480p, 5 above."""
    return SHIFT if height * width <= PUBLISHED_AREA_PX else SHIFT_ABOVE_480P


class PublishedUniPC(UniPCMultistepScheduler):
    """UniPC (order 2, bh2, flow prediction) that always steps on the published grid; the shift is applied once."""

    def set_timesteps(
        self,
        num_inference_steps: int | None = None,
        device: str | torch.device | None = None,
        sigmas: Any = None,
        mu: Any = None,
    ) -> None:
        steps = _checked_steps(num_inference_steps, sigmas, mu)
        super().set_timesteps(steps, device=device)  # type: ignore[arg-type]
        _assign_grid(self, "unipc", steps, device)


class PublishedDPMSolver(DPMSolverMultistepScheduler):
    """DPM-Solver++ 2M (midpoint, last step first order) on the published grid, which the base class cannot be given."""

    def set_timesteps(
        self,
        num_inference_steps: int | None = None,  # type: ignore[override]
        device: str | torch.device | None = None,  # type: ignore[override]
        mu: Any = None,
        timesteps: Any = None,
        sigmas: Any = None,
    ) -> None:
        steps = _checked_steps(num_inference_steps, sigmas, mu if timesteps is None else timesteps)
        super().set_timesteps(num_inference_steps=steps, device=device)  # type: ignore[arg-type]
        _assign_grid(self, "dpm++", steps, device)


def _assign_grid(scheduler: Any, solver: str, steps: int, device: str | torch.device | None) -> None:
    shift = float(scheduler.config.flow_shift)
    scheduler.timesteps = published_timesteps(steps, shift, solver).to(device=device)
    # On the CPU, as the base classes keep them: their scalar arithmetic would otherwise wait for the device.
    scheduler.sigmas = published_sigmas(steps, shift, solver)


def make_scheduler(solver: str = "unipc", shift: float = SHIFT) -> PublishedUniPC | PublishedDPMSolver:
    """A fresh scheduler with the published settings. Raises: WanMoveError for an unknown solver or a bad shift."""
    if solver not in SOLVERS:
        raise WanMoveError(
            where="Generate / solver", what=f"unknown solver {solver!r}", fix=f"use {' or '.join(SOLVERS)}"
        )
    if not 0 < shift < float("inf"):
        raise WanMoveError(where="Generate / shift", what=f"shift {shift}", fix="use a positive number, 3 for 480p")
    common: dict[str, Any] = {
        "prediction_type": "flow_prediction",
        "use_flow_sigmas": True,
        "flow_shift": float(shift),
        "solver_order": 2,
        "lower_order_final": True,
        "final_sigmas_type": "zero",
    }
    if solver == "unipc":
        return PublishedUniPC(solver_type="bh2", predict_x0=True, **common)
    return PublishedDPMSolver(algorithm_type="dpmsolver++", solver_type="midpoint", euler_at_final=False, **common)


def _checked_steps(steps: int | None, sigmas: Any, other: Any) -> int:
    if sigmas is not None or other is not None:
        raise WanMoveError(
            where="Generate / sigmas",
            what="a grid of sigmas or timesteps was given, but this scheduler makes the published grid and shifts it "
            "itself; a shifted grid would be shifted twice",
            fix="give steps and shift instead",
        )
    if steps is None or steps < 1:
        raise WanMoveError(where="Generate / steps", what=f"{steps} steps", fix="use at least 1")
    return int(steps)
