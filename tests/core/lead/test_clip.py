"""A draft of any origin: clips and folders at their own size, length and rate, brought to the video and told of."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from wan_move_core.errors import WanMoveError
from wan_move_core.geometry import Fit
from wan_move_core.lead.clip import draft_fit, paced, picture_files, read_lead, shape_note
from wan_move_core.pictures import write_png
from wan_move_core.video import write_clip


def _frame(value: int, size_wh=(64, 32)) -> np.ndarray:
    return np.full((size_wh[1], size_wh[0], 3), value, np.uint8)


@pytest.fixture
def folder(tmp_path):
    """Nine pictures whose grey is ten times their number, from 1; 10 comes after 9 and not after 1."""
    into = tmp_path / "frames"
    into.mkdir()
    for number in range(1, 11):
        write_png(into / f"f{number}.png", _frame(10 * number))
    (into / "notes.txt").write_text("no picture")
    return into


SAME = Fit.make("crop", (64, 32), (64, 32))


def test_a_folder_in_the_order_of_its_numbers(folder):
    assert [f.stem for f in picture_files(folder)] == [f"f{n}" for n in range(1, 11)]
    lead = read_lead(folder, SAME, 9, 16)
    assert lead.frames[:, 0, 0, 0].tolist() == [10 * n for n in range(1, 10)]
    assert lead.known.shape == (9, 32, 64) and bool((lead.known == 1).all())
    assert lead.notes[0] == "the draft has 10 frames of 64x32 at 16 per second, the video 9 of 64x32 at 16"
    assert "its last frame is not used" in lead.notes


@pytest.mark.parametrize(
    ("count", "frames", "fps", "index", "known"),
    [
        (9, 5, 16, (0, 1, 2, 3, 4), 5),
        (9, 5, 32, (0, 2, 4, 6, 8), 5),
        (9, 5, 24, (0, 2, 3, 5, 6), 5),
        (9, 5, 8, (0, 1, 1, 2, 2), 5),
        (3, 5, 16, (0, 1, 2, 2, 2), 3),
        (None, 5, 16, (0, 1, 2, 3, 4), 5),
    ],
)
def test_pace(count, frames, fps, index, known):
    pace = paced(count, frames, fps, 16)
    assert (pace.index, pace.known) == (index, known)


def test_a_draft_that_ends_leads_no_further(folder):
    lead = read_lead(folder, SAME, 13, 16)
    assert lead.frames[9:, 0, 0, 0].tolist() == [100] * 4
    assert lead.known[:10].all() and not lead.known[10:].any()
    assert "it ends after frame 10 of the video and leads no further" in lead.notes


def test_a_clip_says_its_rate(tmp_path):
    write_clip(tmp_path / "a.mp4", [_frame(20 * n) for n in range(12)], fps=32)
    lead = read_lead(tmp_path / "a.mp4", SAME, 5, 16)
    assert np.abs(lead.frames[:, 0, 0, 0].astype(int) - [0, 40, 80, 120, 160]).max() <= 3
    assert "one in 2 frames is taken" in lead.notes


def test_a_mask_goes_by_the_pace_of_its_draft(folder, tmp_path):
    masks, plane = tmp_path / "masks", _frame(0)
    for number in range(10):
        plane = _frame(0)
        plane[:, 4 * number : 4 * number + 4] = 255
        write_png(masks / f"{number}.png", plane)
    lead = read_lead(folder, SAME, 5, 16, masks)
    assert [int(torch.nonzero(lead.known[f, 0])[0]) for f in range(5)] == [0, 4, 8, 12, 16]
    one = tmp_path / "one.png"
    write_png(one, plane)
    still = read_lead(folder, SAME, 5, 16, one)
    assert torch.equal(still.known, still.known[:1].expand(5, -1, -1)) and still.known.sum() == 5 * 4 * 32
    for number in range(3, 10):
        (masks / f"{number}.png").unlink()
    with pytest.raises(WanMoveError, match="Lead / mask: 3 frames, the draft needs 5"):
        read_lead(folder, SAME, 5, 16, masks)


def test_what_is_opaque_is_known(tmp_path):
    """A cut-out animation: a square that moves to the right on nothing, its rim half transparent."""
    layers = np.zeros((5, 32, 64, 4), np.uint8)
    for number, layer in enumerate(layers):
        layer[8:24, 4 * number : 4 * number + 16] = 200, 40, 90, 255
        layer[8:24, 4 * number + 16 : 4 * number + 20] = 200, 40, 90, 128
        write_png(tmp_path / "cut" / f"{number}.png", layer)
    lead = read_lead(tmp_path / "cut", SAME, 5, 16)
    assert torch.equal(lead.known, torch.from_numpy(layers[..., 3]).float() / 255)
    assert lead.frames[:, 16, 16].tolist()[1:] == [[200, 40, 90]] * 4
    # What is not there is no colour that the sampling could start from.
    assert (lead.frames[layers[..., 3] == 0] == 128).all()
    assert "it knows what its alpha shows opaque" in lead.notes


def test_alpha_and_mask_both_have_to_know(tmp_path):
    layer = np.full((32, 64, 4), 255, np.uint8)
    layer[:, :32, 3] = 0
    write_png(tmp_path / "cut.png", layer)
    mask = np.zeros((32, 64, 4), np.uint8)
    mask[:16] = 255
    write_png(tmp_path / "mask.png", mask)
    lead = read_lead(tmp_path / "cut.png", SAME, 1, 16, tmp_path / "mask.png")
    expected = torch.zeros(32, 64)
    expected[:16, 32:] = 1
    assert torch.equal(lead.known[0], expected)


def test_an_alpha_that_is_all_opaque_says_nothing(tmp_path):
    write_png(tmp_path / "whole.png", np.full((32, 64, 4), 255, np.uint8))
    lead = read_lead(tmp_path / "whole.png", SAME, 5, 16)
    assert lead.known[0].all() and not [note for note in lead.notes if "alpha" in note]


@pytest.mark.parametrize("mode", ["crop", "pad", "stretch"])
def test_a_draft_is_fitted_as_the_picture_was(tmp_path, mode):
    """At half the picture's size its marked spot lands where the picture's does."""
    picture_fit = Fit.make(mode, (256, 128), (96, 96))
    spot = _frame(0, (128, 64))
    spot[30:34, 70:74] = 255
    for number in range(5):
        write_png(tmp_path / f"{number}.png", spot)
    lead = read_lead(tmp_path, picture_fit, 5, 16)
    y, x = (np.argwhere(lead.frames[0, ..., 0] > 0.6 * lead.frames[0, ..., 0].max()) + 0.5).mean(0)
    assert picture_fit.points(torch.tensor([144.0, 64.0])).tolist() == pytest.approx([x, y], abs=1)
    told = [note for note in lead.notes if "fitted" in note]
    assert told == [f"each frame is fitted by {mode}, as the picture was"]


def test_fits_and_shapes():
    area = Fit.make("area", (1000, 700))
    assert draft_fit((1000, 700), area) is area
    assert draft_fit(area.target_wh, area).is_identity
    assert draft_fit((500, 350), area).mode == "stretch"
    assert shape_note((500, 350), (1000, 700)) is None
    assert "another shape than the picture's 1000x700" in str(shape_note((500, 500), (1000, 700)))


def test_what_cannot_lead(tmp_path, folder):
    with pytest.raises(WanMoveError, match=r"has no pictures in it. Fix: use names in .png"):
        read_lead(tmp_path, SAME, 5, 16)
    with pytest.raises(WanMoveError, match="there is no such file"):
        read_lead(tmp_path / "none.mp4", SAME, 5, 16)
    write_png(folder / "f3.png", _frame(0, (32, 32)))
    with pytest.raises(WanMoveError, match=r"frame 2 is 32x32, the first is 64x32. Fix: give frames that are all"):
        read_lead(folder, SAME, 5, 16)
