"""The published sampling: its sigma grid, UniPC and DPM-Solver++ for flow models, in plain torch.

Convention: x = (1 - sigma) x0 + sigma noise, the network predicts the velocity noise - x0, so x0 = x - sigma velocity;
alpha = 1 - sigma and lambda = log(alpha / sigma). Worked: 4 steps at shift 3 are the sigmas 0.99967, 0.89964, 0.74962,
0.49967, 0 and the timesteps 999, 899, 749, 499.

Source: UniPC (arXiv 2302.04867), DPM-Solver++ (arXiv 2211.01095); grid and choices as in Wan-Move 27409be. The scalar
coefficients are computed in float64 here (published: float32), which moves the result by less than 2e-4.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import torch

from ..errors import WanMoveError
from .published import SHIFT, SOLVERS, STEPS

TRAIN_TIMESTEPS = 1000
# The published first sigma is kept in float32 before the grid is laid in float64.
_UNIPC_FIRST = 0.9990000128746033


def published_sigmas(steps: int, shift: float = SHIFT, solver: str = "unipc") -> torch.Tensor:
    """float32 [steps + 1]: the published grid, falling from just below 1 (dpm++: 1) to 0.

    Raises: WanMoveError for fewer than 1 step, a shift that is not positive, or an unknown solver.
    """
    return torch.cat([_grid(steps, shift, solver), torch.zeros(1, dtype=torch.float64)]).to(torch.float32)


def published_timesteps(steps: int, shift: float = SHIFT, solver: str = "unipc") -> torch.Tensor:
    """int64 [steps]: the timesteps that the network is asked at, int(1000 sigma)."""
    return (TRAIN_TIMESTEPS * _grid(steps, shift, solver)).to(torch.int64)


def timesteps_from_sigmas(sigmas: torch.Tensor) -> torch.Tensor:
    """int64 [n]: the timesteps of a grid [n + 1] that is only known by its float32 sigmas.

    A published grid is recognised and gets its published timesteps exactly (int() of a float64 sigma that is meant to
    be a whole number goes either way, which float32 cannot tell). Of any other grid: int(1000 sigma), where a value
    within float32's error of the next whole number is taken for it.
    """
    published = _recognised(sigmas)
    if published is not None:
        return published
    return (TRAIN_TIMESTEPS * sigmas[:-1].detach().cpu().to(torch.float64) + 1e-4).floor().to(torch.int64)


def _recognised(sigmas: torch.Tensor) -> torch.Tensor | None:
    """The published timesteps where ``sigmas`` is, bit by bit, the published grid of some shift; else None.

    A shift multiplies the odds sigma : (1 - sigma) of every step, so one step tells it: the middle one, where float32
    leaves the most digits. It is taken for a number of three decimals, one more than any widget has.
    """
    given = sigmas.detach().cpu().to(torch.float32)
    steps = len(given) - 1
    for solver in SOLVERS if steps >= 1 else ():
        shifted, unshifted = float(given[steps // 2]), float(_grid(steps, 1.0, solver)[steps // 2])
        if not (0 < shifted < 1 and unshifted < 1):
            continue
        shift = round(_odds(shifted) / _odds(unshifted), 3)
        if shift > 0 and torch.equal(published_sigmas(steps, shift, solver), given):
            return published_timesteps(steps, shift, solver)
    return None


def _odds(sigma: float) -> float:
    return sigma / (1 - sigma)


def _grid(steps: int, shift: float, solver: str) -> torch.Tensor:
    if solver not in SOLVERS:
        raise WanMoveError(where="Solver", what=f"unknown solver {solver!r}", fix=f"use {' or '.join(SOLVERS)}")
    if steps < 1:
        raise WanMoveError(where="Solver / steps", what=f"{steps} steps", fix=f"use at least 1 (published: {STEPS})")
    if not (math.isfinite(shift) and shift > 0):
        raise WanMoveError(
            where="Solver / shift", what=f"shift {shift}", fix=f"use a positive number (published: {SHIFT:g})"
        )
    first = _UNIPC_FIRST if solver == "unipc" else 1.0
    # numpy's linspace, as published: torch's differs in the last bit, and int() of a whole number shows it.
    u = torch.from_numpy(np.linspace(first, 0, steps + 1)[:-1])
    return shift * u / (1 + (shift - 1) * u)


def _log_snr(sigma: float) -> float:
    if sigma <= 0:
        return math.inf
    return math.log((1 - sigma) / sigma) if sigma < 1 else -math.inf


@dataclass
class _Run:
    """What one run over a grid keeps in either solver: the sigmas as numbers, and the step that is due."""

    sigmas: torch.Tensor
    _sigma: list[float] = field(init=False)
    _index: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._sigma = _falling(self.sigmas)

    @property
    def _last(self) -> int:
        return len(self._sigma) - 2

    def _due(self) -> int:
        """The number of the step to be made. Raises: WanMoveError after the last."""
        if self._index > self._last:
            raise WanMoveError(
                where="Solver / step", what=f"step {self._index} of {self._last + 1}", fix="start a new solver"
            )
        return self._index


@dataclass
class UniPC(_Run):
    """Second-order UniPC, "bh2", predicting x0; one :meth:`step` per sigma. Holds the history of one run.

    Attributes:
        sigmas: any falling grid [n + 1]; the last value may be 0.
    """

    _order: int = field(default=1, init=False)
    _x_last: torch.Tensor | None = field(default=None, init=False)
    _x0_history: list[torch.Tensor] = field(default_factory=list, init=False)

    def step(self, x0: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        """From ``x`` at sigma i, and the x0 that the network saw in it, to x at sigma i + 1. Neither is written."""
        index = self._due()
        if self._x_last is not None:
            x = self._correct(x0)
        self._x0_history = [*self._x0_history[-1:], x0]
        # One order higher with each step of history, and back to first order where the grid ends.
        self._order = min(2, self._last + 1 - index, index + 1)
        self._x_last = x
        self._index += 1
        return self._predict(x)

    def _predict(self, x: torch.Tensor) -> torch.Tensor:
        now, target, x0 = self._sigma[self._index - 1], self._sigma[self._index], self._x0_history[-1]
        h = _log_snr(target) - _log_snr(now)
        phi_1 = math.expm1(-h)
        moved = (target / now) * x - ((1 - target) * phi_1) * x0
        if self._order == 1:
            return moved
        ratio = (_log_snr(self._sigma[self._index - 2]) - _log_snr(now)) / h
        return moved - ((1 - target) * phi_1 * 0.5 / ratio) * (self._x0_history[-2] - x0)

    def _correct(self, x0_now: torch.Tensor) -> torch.Tensor:
        """x at the current sigma again, knowing what the network sees there."""
        before, now = self._sigma[self._index - 1], self._sigma[self._index]
        x0, x = self._x0_history[-1], self._x_last
        assert x is not None
        h = _log_snr(now) - _log_snr(before)
        phi_1 = math.expm1(-h)
        moved = (now / before) * x - ((1 - now) * phi_1) * x0
        gain = (1 - now) * phi_1
        if self._order == 1:
            return moved - (gain * 0.5) * (x0_now - x0)
        ratio = (_log_snr(self._sigma[self._index - 2]) - _log_snr(before)) / h
        phi_2 = phi_1 / -h - 1
        b_1 = phi_2 / phi_1
        b_2 = 2 * (phi_2 / -h - 0.5) / phi_1
        # The two weights solve  w_old + w_new = b_1,  ratio w_old + w_new = b_2.
        w_old = (b_1 - b_2) / (1 - ratio)
        w_new = b_1 - w_old
        return moved - (gain * w_old / ratio) * (self._x0_history[-2] - x0) - (gain * w_new) * (x0_now - x0)


@dataclass
class DPMSolverPP(_Run):
    """DPM-Solver++ 2M (midpoint, deterministic, first order at the end); one :meth:`step` per sigma, as UniPC."""

    _x0_last: torch.Tensor | None = field(default=None, init=False)

    def step(self, x0: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        """From ``x`` at sigma i, and the x0 that the network saw in it, to x at sigma i + 1. Neither is written."""
        index = self._due()
        now, target = self._sigma[index], self._sigma[index + 1]
        h = _log_snr(target) - _log_snr(now)
        gain = (1 - target) * math.expm1(-h)
        moved = (target / now) * x - gain * x0
        if self._x0_last is not None and index < self._last:
            h_last = _log_snr(now) - _log_snr(self._sigma[index - 1])
            # An infinite h_last (a grid that starts at sigma 1) makes the ratio zero: first order, as published.
            moved = moved - (gain * 0.5 * (h / h_last)) * (x0 - self._x0_last)
        self._x0_last = x0
        self._index += 1
        return moved


def make_solver(name: str, sigmas: torch.Tensor) -> UniPC | DPMSolverPP:
    """A fresh solver for one run over ``sigmas``."""
    if name not in SOLVERS:
        raise WanMoveError(where="Solver", what=f"unknown solver {name!r}", fix=f"use {' or '.join(SOLVERS)}")
    return UniPC(sigmas) if name == "unipc" else DPMSolverPP(sigmas)


def _falling(sigmas: torch.Tensor) -> list[float]:
    values = sigmas.detach().cpu().to(torch.float64).tolist()
    falls = all(a > b for a, b in pairwise(values))
    if len(values) < 2 or not falls or values[0] > 1 or values[-1] < 0:
        raise WanMoveError(
            where="Solver / sigmas",
            what=f"{len(values)} sigmas that do not fall strictly from at most 1 to at least 0",
            fix="use the Wan-Move sigmas, or a scheduler of a flow model",
        )
    return values
