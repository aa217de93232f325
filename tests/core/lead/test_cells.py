"""What a draft knows, in latent steps and cells: which frames and pixels count, and how the edge falls."""

from __future__ import annotations

import pytest
import torch

from wan_move_core.errors import WanMoveError
from wan_move_core.lead.cells import known_cells


@pytest.mark.parametrize(("frame", "step"), [(0, 0), (1, 1), (2, 1), (4, 1), (5, 2), (8, 2)])
def test_a_latent_step_knows_what_any_of_its_frames_knows(frame, step):
    """Step j of the VAE covers frames 4j-3 to 4j, step 0 frame 0 alone."""
    known = torch.zeros(9, 16, 24)
    known[frame, 8:, 16:] = 1
    cells = known_cells(known)
    assert cells.shape == (1, 1, 3, 2, 3)
    expected = torch.zeros(3, 2, 3)
    expected[step, 1, 2] = 1
    assert torch.equal(cells[0, 0], expected)


def test_the_frames_of_a_step_are_united_pixel_by_pixel():
    """A bar that runs through a cell covers it in four frames, though never at once."""
    known = torch.zeros(5, 8, 8)
    for frame in range(1, 5):
        known[frame, :, 2 * (frame - 1) : 2 * frame] = 1
    assert known_cells(known)[0, 0, 1].item() == 1


@pytest.mark.parametrize(("columns", "value"), [(3, 0.0), (5, 1.0), (8, 1.0)])
def test_a_cell_knows_what_most_of_it_knows(columns, value):
    known = torch.zeros(1, 8, 8)
    known[..., :columns] = 1
    assert known_cells(known).item() == value


def test_greys_and_bytes():
    assert known_cells(torch.full((1, 8, 8), 0.25)).item() == 0.25
    assert known_cells(torch.full((1, 8, 8), 51, dtype=torch.uint8)).item() == pytest.approx(0.2)
    assert known_cells(torch.ones(1, 8, 8, dtype=torch.bool)).item() == 1


def test_a_feather_falls_evenly_and_leaves_what_is_known():
    known = torch.zeros(1, 8, 8 * 9)
    known[..., 8 * 4 : 8 * 5] = 1
    edge = known_cells(known, feather=3)[0, 0, 0, 0]
    torch.testing.assert_close(edge, torch.tensor([0, 0.25, 0.5, 0.75, 1, 0.75, 0.5, 0.25, 0]))


@pytest.mark.parametrize(
    ("known", "feather", "words"),
    [
        (torch.zeros(9, 16, 20), 0, r"shape \[9, 16, 20\], expected .* multiples of 8"),
        (torch.zeros(16, 16), 0, r"shape \[16, 16\]"),
        (torch.zeros(8, 16, 16), 0, "8 frames, but the model's lengths are 4k"),
        (torch.zeros(9, 16, 16), 17, "Lead / feather: 17 cells. Fix: use 0 to 16"),
    ],
)
def test_masks_that_are_none(known, feather, words):
    with pytest.raises(WanMoveError, match=words):
        known_cells(known, feather)
