"""The warning of few-step LoRAs at full strength: by the names in the graph, else by the patches on the model."""

from __future__ import annotations

import pytest
import torch
from _graphs import Video
from safetensors.torch import save_file

from wan_move_core.checkpoints.lora.few_steps import is_few_step
from wan_move_core.hosts.comfy.sampling.damping import Lora, damping_warning, loras_before

DISTILLED, OTHER = "tiny_cfg_step_distill_rank4.safetensors", "tiny_wanmove_rank4.safetensors"


@pytest.fixture(scope="module", autouse=True)
def files(comfy_server):
    folder = comfy_server.base / "models" / "loras"
    folder.mkdir(parents=True, exist_ok=True)
    up = torch.randn(32, 4, generator=torch.Generator().manual_seed(0)) * 0.1
    name = "diffusion_model.blocks.0.self_attn.q.lora_{}.weight"
    for file in (DISTILLED, OTHER):
        save_file({name.format("up"): up, name.format("down"): up.T.contiguous()}, folder / file)


@pytest.fixture
def told(client, comfy_server):
    """The warnings that a run adds to the log."""

    def run(file: str, strength: float, without: bool = False, **settings) -> list[str]:
        g = Video()
        plain = [g.model, 0]
        g.model = g.add("LoraLoaderModelOnly", model=plain, lora_name=file, strength_model=strength)
        # What another node does to the model in between does not hide the LoRA.
        g.model = g.add("CFGZeroStar", model=[g.model, 0])
        settings = {"preset": "fast", "seed": len(comfy_server.log_text), **settings}
        latent = g.sampler(**settings, start_model=plain if without else None)
        g.add("TestSave", name="damped", latent=[latent, 0])
        before = len(comfy_server.log_text)
        client.run(g.prompt)
        return [line for line in comfy_server.log_text[before:].splitlines() if "damp motion" in line]

    return run


def test_a_few_step_lora_at_full_strength_is_warned_of_with_both_remedies(told):
    (line,) = told(DISTILLED, 1.0)
    assert f"{DISTILLED} at 1: few-step LoRAs at full strength are known to damp motion" in line
    assert "a strength of 0.6" in line and "start_model, the model without it, for the first 1 to 3 steps" in line


@pytest.mark.parametrize(
    ("file", "strength", "without"), [(DISTILLED, 0.6, False), (DISTILLED, 1.0, True), (OTHER, 1.0, False)]
)
def test_with_either_remedy_or_another_lora_nothing_is_said(told, file, strength, without):
    assert told(file, strength, without) == []


@pytest.mark.parametrize(
    ("name", "few"),
    [
        # Names of published files, as their pages list them.
        ("lightx2v_I2V_14B_480p_cfg_step_distill_rank64_bf16.safetensors", True),
        ("Wan2.2-Lightning_I2V-A14B-4steps-lora_HIGH_fp16.safetensors", True),
        ("wan2.2_i2v_lightx2v_4steps_lora_v1_high_noise.safetensors", True),
        ("wan_move_from_i2v_rank64.safetensors", False),
        ("watercolour_style_v2.safetensors", False),
        ("my_character_3000steps_v1.safetensors", False),
    ],
)
def test_few_step_loras_are_known_by_name(name, few):
    assert is_few_step(name) == few


def test_loras_are_found_along_the_models_way_through_the_graph():
    prompt = {
        "1": {"class_type": "UNETLoader", "inputs": {"unet_name": "x.safetensors"}},
        "2": {"class_type": "Power", "inputs": {
            "model": ["1", 0], "lora_1": {"on": True, "lora": "a_lightning.safetensors", "strength": 0.95},
            "lora_2": {"on": False, "lora": "off_lightning.safetensors", "strength": 1.0},
        }},
        "3": {"class_type": "LoraLoader", "inputs": {
            "model": ["2", 0], "clip": ["9", 0], "lora_name": "b.safetensors", "strength_model": 0.5,
        }},
        "4": {"class_type": "Sampler", "inputs": {"model": ["3", 0]}},
    }  # fmt: skip
    assert loras_before(prompt, "4") == [Lora("b.safetensors", 0.5), Lora("a_lightning.safetensors", 0.95)]
    assert damping_warning(None, 1.0, 6, False, loras_before(prompt, 4)).startswith("a_lightning.safetensors at 0.95")
    # A loop, and what is no graph at all.
    circle = {"1": {"inputs": {"model": ["1", 0], "lora_name": "c.safetensors"}}}
    assert len(loras_before(circle, "1")) == 64
    for odd in (None, [], {"4": None}, {"4": {"inputs": {"model": "text"}}}):
        assert loras_before(odd, "4") == []
