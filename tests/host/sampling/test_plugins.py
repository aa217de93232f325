"""Other people's nodes on our outputs: LoRA patches, the stock samplers, and torch.compile's switch."""

from __future__ import annotations

import os

import numpy as np
import pytest
import torch
from _graphs import Video
from _tiny import DIT
from safetensors import safe_open
from safetensors.torch import save_file

LAYERS = ("blocks.0.self_attn.q", "blocks.0.ffn.0", "blocks.0.cross_attn.k_img")
RANK, ALPHA, STRENGTH = 4, 2.0, 0.75


@pytest.fixture(scope="module")
def lora(comfy_server):
    """A LoRA in the layout of the step-distilled ones, and a checkpoint with the same change merged by hand."""
    models = comfy_server.base / "models"
    generator = torch.Generator().manual_seed(0)
    with safe_open(str(models / "diffusion_models" / DIT), "pt") as file:
        metadata = file.metadata()
        merged = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
    patch = {}
    for layer in LAYERS:
        rows, columns = merged[f"{layer}.weight"].shape
        down = torch.randn(RANK, columns, generator=generator) * 0.2
        up = torch.randn(rows, RANK, generator=generator) * 0.2
        patch[f"diffusion_model.{layer}.lora_down.weight"] = down
        patch[f"diffusion_model.{layer}.lora_up.weight"] = up
        patch[f"diffusion_model.{layer}.alpha"] = torch.tensor(ALPHA)
        merged[f"{layer}.weight"] = merged[f"{layer}.weight"] + STRENGTH * (ALPHA / RANK) * (up @ down)
    (models / "loras").mkdir(exist_ok=True)
    save_file(patch, models / "loras" / "tiny_lora.safetensors")
    save_file(merged, models / "diffusion_models" / "tiny_merged.safetensors", metadata=metadata)
    return "tiny_lora.safetensors", "tiny_merged.safetensors"


def _latent(client, comfy_server, g: Video, latent: str, name: str) -> np.ndarray:
    g.add("TestSave", name=name, latent=[latent, 0])
    client.run(g.prompt)
    return np.load(comfy_server.base / "output" / f"{name}.npz")["latent"]


def test_a_lora_acts_as_if_merged_into_the_weights(client, comfy_server, lora):
    patch, merged = lora
    g = Video()
    g.model = g.add("LoraLoaderModelOnly", model=[g.model, 0], lora_name=patch, strength_model=STRENGTH)
    patched = _latent(client, comfy_server, g, g.sampler(preset="fast", steps=2), "lora_patched")
    g = Video(model=merged)
    by_hand = _latent(client, comfy_server, g, g.sampler(preset="fast", steps=2), "lora_merged")
    g = Video()
    without = _latent(client, comfy_server, g, g.sampler(preset="fast", steps=2), "lora_without")
    assert np.abs(patched - by_hand).max() < 1e-4 < 0.01 < np.abs(patched - without).max()


def test_the_stock_sampler_takes_our_conditioning(client, comfy_server):
    def sample(g: Video, name: str) -> np.ndarray:
        shifted = g.add("ModelSamplingSD3", model=[g.model, 0], shift=3.0)
        latent = g.add(
            "KSampler", model=[shifted, 0], seed=3, steps=2, cfg=2.0, sampler_name="euler", scheduler="simple",
            positive=[g.guide, 0], negative=[g.guide, 1], latent_image=[g.guide, 3], denoise=1.0,
        )  # fmt: skip
        return _latent(client, comfy_server, g, latent, name)

    guided = sample(Video(), "stock_guided")
    unguided = sample(Video(strength=0.0), "stock_unguided")
    assert np.isfinite(guided).all() and np.abs(guided - unguided).max() > 1e-3


def test_animated_previews_of_another_pack_are_left_to_it(client, comfy_server):
    g = Video()
    g.model = g.add("TestAnimatedPreviews", model=[g.model, 0])
    sampled = g.sampler(steps=2)
    shown = g.add("TestPreviewShapes", latent=[sampled, 0])
    g.add("TestSave", name="animated", images=[shown, 0])
    run = client.run(g.prompt, previews=True)
    assert not run.previews
    saved = np.load(comfy_server.base / "output" / "animated.npz")["images"]
    assert saved.tolist() == [[1, 16, 3, 8, 8]] * 2


@pytest.mark.skipif(
    not os.environ.get("WAN_MOVE_SLOW_TESTS"), reason="compiling takes a minute: set WAN_MOVE_SLOW_TESTS=1 to run it"
)
def test_a_compiled_model_gives_the_same_video(client, comfy_server):
    g = Video()
    eager = _latent(client, comfy_server, g, g.sampler(steps=2), "eager")
    g = Video()
    g.model = g.add("TorchCompileModel", model=[g.model, 0], backend="inductor")
    compiled = _latent(client, comfy_server, g, g.sampler(steps=2), "compiled")
    assert np.abs(compiled - eager).max() < 1e-3
