"""An extracted LoRA in a real ComfyUI: its own loader node gives Wan-Move back, on Wan2.1 and on Wan2.2's network."""

from __future__ import annotations

from pathlib import Path

import pytest
from _scripts import script_result

CASES = Path(__file__).resolve().parent / "loading_cases"


@pytest.fixture(scope="module")
def loaded(comfy_checkout, comfy_python, tmp_path_factory) -> dict:
    return script_result(comfy_python, comfy_checkout, CASES / "lora.py", tmp_path_factory.mktemp("lora"))


def test_full_rank_is_wan_move(loaded):
    assert loaded["apart"] > 0.02, "the two models differ too little to tell"
    assert loaded["full"] < 1e-5 and loaded["largest weight error"] < 1e-5
    assert loaded["half"] < 2e-3
    assert loaded["full"] < loaded["small"] < loaded["apart"]
    assert loaded["full"] < loaded["strength 0.5"] < loaded["apart"]


def test_modulation_is_applied_whole_or_not_at_all(loaded):
    """0.18.1 patches the weights and biases of layers only, and says nothing; the help says it."""
    assert loaded["modulation apart"] > 1e-3
    assert loaded["modulation"] < 1e-5 or loaded["modulation"] == pytest.approx(loaded["modulation apart"], rel=1e-6)


def test_the_loader_knows_every_key(loaded):
    assert loaded["patches"] == loaded["tensors"] and loaded["not loaded"] == []


def test_without_the_image_branch_it_fits_wan22(loaded):
    """What Wan2.2's network lacks is complained about key by key, unless it was left out; block 0 was, too."""
    assert loaded["wan22, complaints about a complete file"] > 10
    assert loaded["wan22 not loaded"] == []
    assert loaded["wan22 patches"] == loaded["wan22 expected"] > 40
    assert loaded["wan22 weight error"] < 1e-5
