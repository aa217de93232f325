"""The published grid and solvers against numbers of the published code, and against diffusers where it is installed."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from wan_move_core.errors import WanMoveError
from wan_move_core.method.solver import (
    SOLVERS,
    DPMSolverPP,
    UniPC,
    make_solver,
    published_sigmas,
    published_timesteps,
    timesteps_from_sigmas,
)

RUNS = [(s, n, shift) for s in SOLVERS for n, shift in ((4, 3.0), (8, 5.0), (20, 3.0), (40, 3.0), (40, 5.0))]


def fake_velocity(x: torch.Tensor, t: int) -> torch.Tensor:
    return 0.7 * x + 0.3 * torch.tanh(torch.roll(x, 1, -1)) - 0.5 * math.cos(3 * t / 1000)


def _sampled(noise: torch.Tensor, sigmas: torch.Tensor, timesteps: torch.Tensor, solver: str = "unipc") -> torch.Tensor:
    run, x = make_solver(solver, sigmas), noise
    for sigma, timestep in zip(sigmas[:-1].tolist(), timesteps.tolist(), strict=True):
        x = run.step(x - sigma * fake_velocity(x, timestep), x)
    return x


@pytest.fixture(scope="module")
def numbers(golden):
    return np.load(golden / "solvers.npz")


@pytest.mark.parametrize(("solver", "steps", "shift"), RUNS)
def test_grid_is_the_published_one(numbers, solver, steps, shift):
    key = f"{solver}/{steps}/{shift}"
    assert np.array_equal(published_timesteps(steps, shift, solver).numpy(), numbers[f"{key}/timesteps"])
    assert np.abs(published_sigmas(steps, shift, solver).numpy() - numbers[f"{key}/sigmas"]).max() <= 6e-8
    assert np.array_equal(
        timesteps_from_sigmas(published_sigmas(steps, shift, solver)).numpy(), numbers[f"{key}/timesteps"]
    )


@pytest.mark.parametrize(("solver", "steps", "shift"), RUNS)
def test_solver_reaches_the_published_end(numbers, solver, steps, shift):
    x0 = torch.from_numpy(numbers["x0"])
    kept = x0.clone()
    sigmas = published_sigmas(steps, shift, solver)
    final = _sampled(x0, sigmas, timesteps_from_sigmas(sigmas), solver)
    assert np.abs(final.numpy() - numbers[f"{solver}/{steps}/{shift}/final"]).max() <= 2e-4
    assert torch.equal(x0, kept), "the noise given was written"


@pytest.mark.parametrize("solver", SOLVERS)
def test_whole_timesteps_come_back_from_a_stored_grid(solver):
    """SIGMAS travel as float32; the timesteps made from them must be those of the float64 grid, for any grid."""
    for steps in (1, 2, 3, 5, 10, 16, 25, 50, 98, 250):
        for shift in (0.5, 1.0, 3.0, 5.0, 8.0, 12.0):
            expected = published_timesteps(steps, shift, solver)
            assert torch.equal(timesteps_from_sigmas(published_sigmas(steps, shift, solver)), expected), (steps, shift)


def test_timesteps_of_any_other_grid():
    sigmas = torch.tensor([1.0, 0.7505, 0.29999998, 0.0123, 0.0])
    assert timesteps_from_sigmas(sigmas).tolist() == [1000, 750, 300, 12]


@pytest.mark.parametrize("kind", [UniPC, DPMSolverPP])
def test_exact_where_the_picture_is_known(kind):
    """A network that always sees the same picture must end on it, and each x lie on the straight line to it."""
    picture, noise = torch.full((2, 3), 0.25), torch.randn(2, 3, generator=torch.Generator().manual_seed(0))
    sigmas = published_sigmas(7, 3.0)
    run, x = kind(sigmas), (1 - sigmas[0]) * picture + sigmas[0] * noise
    for i in range(7):
        x = run.step(picture, x)
        expected = (1 - sigmas[i + 1]) * picture + sigmas[i + 1] * noise
        assert torch.allclose(x, expected, atol=1e-5)


@pytest.mark.parametrize(("kind", "least"), [(UniPC, 1.7), (DPMSolverPP, 1.7)])
def test_second_order(kind, least):
    """Halving the steps' width over a smooth stretch divides the error by four (dx/dsigma = -x has a closed form)."""

    def error(steps: int) -> float:
        sigmas = torch.linspace(0.9, 0.1, steps + 1, dtype=torch.float64)
        run, x = kind(sigmas), torch.ones(1, dtype=torch.float64)
        for sigma in sigmas[:-1].tolist():
            x = run.step(x - sigma * -x, x)
        return abs(float(x) - math.exp(0.8))

    assert math.log2(error(40) / error(80)) > least


def test_unipc_equals_diffusers():
    scheduler = pytest.importorskip("diffusers").UniPCMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0, solver_type="bh2"
    )
    u = np.linspace(0.9990000128746033, 0, 13)[:-1]
    scheduler.set_timesteps(sigmas=u)
    noise = torch.randn(1, 4, 2, 4, 4, generator=torch.Generator().manual_seed(3))
    x = noise
    for t in scheduler.timesteps:
        x = scheduler.step(fake_velocity(x, int(t)), t, x, return_dict=False)[0]
    ours = _sampled(noise, published_sigmas(12, 3.0), scheduler.timesteps.to(torch.int64))
    assert (ours - x).abs().max() < 2e-4


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: published_sigmas(0), "Solver / steps: 0 steps"),
        (lambda: published_sigmas(4, 0.0), "Solver / shift: shift 0.0"),
        (lambda: published_sigmas(4, float("nan")), "Solver / shift: shift nan"),
        (lambda: published_sigmas(4, 3.0, "euler"), "unknown solver 'euler'. Fix: use unipc or dpm++"),
        (lambda: make_solver("euler", torch.tensor([1.0, 0.0])), "unknown solver 'euler'"),
        (lambda: UniPC(torch.tensor([0.2, 0.5, 0.0])), "do not fall strictly"),
        (lambda: UniPC(torch.tensor([1.0])), "1 sigmas that do not fall"),
        (lambda: DPMSolverPP(torch.tensor([14.6, 3.0, 0.0])), "do not fall strictly from at most 1"),
    ],
)
def test_errors(call, text):
    with pytest.raises(WanMoveError) as error:
        call()
    assert text in str(error.value)


@pytest.mark.parametrize("kind", [UniPC, DPMSolverPP])
def test_one_step_too_many(kind):
    run = kind(torch.tensor([0.9, 0.0]))
    x = run.step(torch.zeros(1), torch.ones(1))
    with pytest.raises(WanMoveError, match="step 1 of 1"):
        run.step(torch.zeros(1), x)
