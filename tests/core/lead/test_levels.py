"""Noise levels to steps, on every schedule; and with both published solvers, what is held lies on the noise line."""

from __future__ import annotations

import pytest
import torch

from wan_move_core.errors import WanMoveError
from wan_move_core.lead.levels import LeadSteps, free_at, lead_steps, noise_line, release_sigmas
from wan_move_core.lead.presets import PRESETS, LeadLevels, levels_of
from wan_move_core.method.solver import make_solver, published_sigmas

OBJECTS, CAMERA, LOOSE = (PRESETS[name] for name in ("objects", "camera", "loose"))
BOTH = ["unipc", "dpm++"]


@pytest.mark.parametrize(
    ("levels", "steps", "shift", "expected"),
    [
        # Time-to-Move's own defaults, w and s, at the 50 steps and shift 3 that they were told for.
        (OBJECTS, 50, 3.0, (3, 7)),
        (CAMERA, 50, 3.0, (2, 5)),
        # As steps of other schedules, worked by hand from sigma = s u / (1 + (s - 1) u).
        (OBJECTS, 40, 3.0, (2, 6)),
        (OBJECTS, 6, 8.0, (1, 2)),
        (CAMERA, 6, 8.0, (1, 2)),
        (LOOSE, 6, 8.0, (1, 2)),
        # 4 steps, shift 5: 1, .94, .83, ...: the start is the noise itself, and one step is held.
        (OBJECTS, 4, 5.0, (0, 1)),
        (OBJECTS, 1, 3.0, (0, 1)),
        # Never released, and never held.
        (LeadLevels(0.979, 0.0), 40, 3.0, (2, 40)),
        (LeadLevels(0.979, 0.979), 40, 3.0, (2, 2)),
    ],
)
def test_levels_are_steps(levels, steps, shift, expected):
    assert lead_steps(published_sigmas(steps, shift), levels) == expected


def test_a_loose_lead_is_the_shortest():
    grid = published_sigmas(40)
    held = {name: lead_steps(grid, levels) for name, levels in PRESETS.items()}
    lengths = {name: steps.release - steps.start for name, steps in held.items() if steps}
    assert lengths["loose"] < lengths["camera"] < lengths["objects"]
    assert [steps.start for steps in held.values() if steps] == [2, 2, 2]


def test_a_schedule_below_the_release_is_not_led():
    assert lead_steps(torch.tensor([0.9, 0.5, 0.0]), OBJECTS) is None
    assert lead_steps(torch.tensor([0.9, 0.5, 0.0]), LeadLevels(0.979, 0.6)) == (0, 1)


@pytest.mark.parametrize(
    ("start", "release", "words"),
    [
        (0.9, 0.95, "from 0.9 to 0.95, but noise falls while sampling. Fix: give the higher level first"),
        (1.2, 0.9, "Lead / from: noise level 1.2. Fix: use 0 to 1"),
        (0.9, float("nan"), "Lead / to: noise level nan"),
        (0.0, 0.0, "from 0 to 0"),
    ],
)
def test_levels_that_are_none(start, release, words):
    with pytest.raises(WanMoveError, match=words):
        levels_of("custom", start, release)


def test_words():
    assert levels_of("off", 0.5, 0.4) is None
    assert levels_of("objects", 0.5, 0.4) == OBJECTS
    assert levels_of("custom", 0.5, 0.4) == LeadLevels(0.5, 0.4)
    with pytest.raises(WanMoveError, match=r"unknown 'none'. Fix: use off, objects, camera, loose, custom"):
        levels_of("none", 0.5, 0.4)
    with pytest.raises(WanMoveError, match="2 sigmas that do not fall from at most 1"):
        lead_steps(torch.tensor([14.6, 0.0]), OBJECTS)


def test_a_clock_lets_go_of_each_cell_at_its_own_time():
    grid = torch.tensor([0.98, 0.97, 0.96, 0.95, 0.94, 0.0])
    clock = torch.tensor([0.0, 0.25, 0.5, 1.0, 2.0])
    released = release_sigmas(grid, LeadSteps(0, 4), clock)
    torch.testing.assert_close(released, torch.tensor([0.98, 0.97, 0.96, 0.94, 0.94]))
    mask = torch.tensor([0.0, 0.0, 0.3, 0.0, 1.0])
    held = torch.stack([free_at(sigma, mask[None], released[None])[0] for sigma in grid[:-1]])
    expected = torch.tensor([[1, 0, 0.3, 0, 1], [1, 1, 0.3, 0, 1], [1, 1, 1, 0, 1], [1, 1, 1, 0, 1], [1, 1, 1, 1, 1]])
    assert torch.equal(held, expected)
    # The very last step of a schedule can be the release.
    assert release_sigmas(grid, LeadSteps(0, 5), torch.tensor([1.0])).tolist() == [0.0]


def _network(x: torch.Tensor, sigma: float) -> torch.Tensor:
    """A made-up x0 that reacts to everything it sees."""
    return torch.tanh(1.7 * x + torch.roll(x, 1, -1)) * (1.5 - sigma)


def _led(solver: str, grid: torch.Tensor, levels: LeadLevels, overwrite: bool = False):
    """(sample before every step of the run, draft, noise, what is held, the steps) of a run that a draft leads."""
    draw = torch.Generator().manual_seed(3)
    draft, noise = (torch.randn(4, 6, 6, generator=draw, dtype=torch.float64) for _ in range(2))
    noise_mask = torch.ones(4, 6, 6, dtype=torch.float64)
    noise_mask[:, 1:4, 2:5] = 0
    steps = lead_steps(grid, levels)
    assert steps is not None
    release = release_sigmas(grid, steps, torch.ones(1)).double()
    sigmas, run = grid[steps.start :].double(), make_solver(solver, grid[steps.start :])
    x, seen = noise_line(draft, noise, sigmas[0]), []
    for i in range(len(sigmas) - 1):
        seen.append(x)
        free = free_at(sigmas[i], noise_mask, release)
        x0 = _network(x, float(sigmas[i]))
        x = run.step(x0 if overwrite else free * x0 + (1 - free) * draft, x)
        if overwrite and i + steps.start < steps.release:
            x = free * x + (1 - free) * noise_line(draft, noise, sigmas[i + 1])
    return seen, draft, noise, noise_mask == 0, steps, sigmas


@pytest.mark.parametrize("solver", BOTH)
@pytest.mark.parametrize(("steps", "shift"), [(50, 3.0), (40, 3.0), (40, 5.0), (6, 8.0), (4, 5.0)])
@pytest.mark.parametrize("name", ["objects", "camera", "loose"])
def test_what_is_held_lies_on_the_noise_line_until_the_release(solver, steps, shift, name):
    seen, draft, noise, held, lead, sigmas = _led(solver, published_sigmas(steps, shift), PRESETS[name])
    last = lead.release - lead.start
    for i in range(min(last, len(seen) - 1) + 1):
        line = noise_line(draft, noise, sigmas[i])
        assert (seen[i] - line)[held].abs().max() < 1e-6, i
    if last + 1 < len(seen):
        assert (seen[last + 1] - noise_line(draft, noise, sigmas[last + 1]))[held].abs().max() > 1e-4


def test_overwriting_the_sample_is_what_unipc_ignores():
    """The reason for replacing x0: one step after the release an overwritten sample is far from where it was put."""
    grid, levels = published_sigmas(40), OBJECTS
    off = {}
    for overwrite in (False, True):
        seen, draft, noise, held, lead, sigmas = _led("unipc", grid, levels, overwrite)
        after = lead.release - lead.start + 1
        off[overwrite] = float((seen[after] - noise_line(draft, noise, sigmas[after]))[held].abs().mean())
    assert off[True] > 2 * off[False]


@pytest.mark.parametrize("solver", BOTH)
def test_outside_nothing_changes_at_the_first_step(solver):
    """A run of the same start that is not held takes the very same first step outside of what is known."""
    grid = published_sigmas(12)
    seen, *_, held, _, _ = _led(solver, grid, OBJECTS)
    free, *_ = _led(solver, grid, LeadLevels(OBJECTS.start, OBJECTS.start))
    assert torch.equal(seen[0], free[0])
    assert torch.equal(seen[1][~held], free[1][~held])
    assert not torch.equal(seen[1][held], free[1][held])
