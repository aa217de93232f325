"""An extracted LoRA through diffusers' own loader: at full rank Wan-Move comes back, but for what that loader drops."""

# The library's own classes, typed looser than they are.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false
from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

pytest.importorskip("diffusers", reason="the extra 'standalone' is not installed")
pytest.importorskip("peft", reason="diffusers loads LoRAs with peft, which is not installed")

from diffusers import WanImageToVideoPipeline
from safetensors.torch import load_file, save_file

from wan_move_core.checkpoints.lora.extract import extract_lora
from wan_move_core.checkpoints.lora.names import published_name
from wan_move_core.checkpoints.shapes import NetworkShape, expected_shapes
from wan_move_core.hosts.diffusers.models.parts import load_transformer

SHAPE = NetworkShape(dim=48, ffn_dim=64, num_layers=3, num_heads=2, freq_dim=32, text_dim=32, image_dim=40)


def _network(seed: int) -> dict[str, torch.Tensor]:
    generator, tensors = torch.Generator().manual_seed(seed), {}
    for name, size in expected_shapes(SHAPE).items():
        value = torch.randn(size, generator=generator)
        if len(size) == 1:
            value = value * 0.05 + (1.0 if name.endswith("weight") else 0.0)
        else:
            value = value * (size[-1] if "modulation" in name else value[0].numel()) ** -0.5
        tensors[name] = value
    return tensors


def _is_taken(name: str) -> bool:
    """What diffusers' loader takes: the weights and biases of linear layers (its own source, in its words: the rest
    are "diff keys which we do not handle yet")."""
    if "norm" in name or "modulation" in name or "patch_embedding" in name:
        return False
    return not name.startswith(("img_emb.proj.0.", "img_emb.proj.4."))


def _pair(whole: bool) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    base, learnt = _network(0), _network(1)
    return {
        n: t + 0.1 * (learnt[n] - (1.0 if t.ndim == 1 and n.endswith("weight") else 0.0))
        if whole or _is_taken(n)
        else t
        for n, t in base.items()
    }, base


def _write(folder: Path, tensors: dict[str, torch.Tensor]) -> Path:
    folder.mkdir()
    save_file({n: t.contiguous() for n, t in tensors.items()}, str(folder / "diffusion_pytorch_model.safetensors"))
    (folder / "config.json").write_text(json.dumps({"num_heads": SHAPE.num_heads}))
    return folder


def _answer(model) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    question = {
        "hidden_states": torch.randn(1, 36, 2, 6, 10, generator=generator),
        "encoder_hidden_states": torch.randn(1, 16, SHAPE.text_dim, generator=generator),
        "encoder_hidden_states_image": torch.randn(1, 17, SHAPE.image_dim, generator=generator),
    }
    with torch.no_grad():
        return model(timestep=torch.tensor([500]), **question, return_dict=False)[0]


def _with_lora(base: Path, lora: Path, scale: float = 1.0):
    transformer = load_transformer(base, torch.float32)
    pipeline = WanImageToVideoPipeline(
        tokenizer=None, text_encoder=None, vae=None, scheduler=None, transformer=transformer
    )
    pipeline.load_lora_weights(str(lora.parent), weight_name=lora.name, adapter_name="wan_move")
    pipeline.set_adapters("wan_move", scale)
    return pipeline.transformer


def _off(a: torch.Tensor, b: torch.Tensor) -> float:
    return float((a - b).norm() / b.norm())


@pytest.mark.parametrize("dtype", ["fp32", "fp16"])
def test_full_rank_is_wan_move(tmp_path, dtype):
    model, base = (_write(tmp_path / n, t) for n, t in zip(("model", "base"), _pair(whole=False), strict=True))
    lora = extract_lora(model, base, tmp_path / "lora.safetensors", 64, dtype=dtype).target
    truth, plain = (_answer(load_transformer(folder, torch.float32)) for folder in (model, base))
    assert _off(plain, truth) > 0.02
    assert _off(_answer(_with_lora(base, lora)), truth) < {"fp32": 1e-5, "fp16": 2e-3}[dtype]
    assert _off(_answer(_with_lora(base, lora, 0.5)), truth) > 0.005
    small = extract_lora(model, base, tmp_path / "small.safetensors", 8, dtype="fp32").target
    assert 1e-3 < _off(_answer(_with_lora(base, small)), truth) < _off(plain, truth)


def test_what_its_loader_drops_is_in_the_file_all_the_same(tmp_path):
    """Added by hand, the rest of the file makes it Wan-Move again."""
    model, base = (_write(tmp_path / n, t) for n, t in zip(("model", "base"), _pair(whole=True), strict=True))
    lora = extract_lora(model, base, tmp_path / "lora.safetensors", 64, dtype="fp32").target
    truth, loaded = _answer(load_transformer(model, torch.float32)), _with_lora(base, lora)
    assert _off(_answer(loaded), truth) > 1e-3
    stored = load_file(str(lora))
    added = 0
    for name, parameter in loaded.named_parameters():
        ours = published_name(name)
        if "lora" in name or "base_layer" in name or _is_taken(ours):
            continue
        layer = "diffusion_model." + ours.removesuffix(".weight").removesuffix(".bias")
        parameter.data += stored[f"{layer}.diff_b" if ours.endswith(".bias") else f"{layer}.diff"]
        added += 1
    assert added == sum(not _is_taken(name) for name in expected_shapes(SHAPE)) > 20
    assert _off(_answer(loaded), truth) < 1e-5


def test_a_file_without_some_blocks_loads(tmp_path):
    model, base = (_write(tmp_path / n, t) for n, t in zip(("model", "base"), _pair(whole=False), strict=True))
    lora = extract_lora(model, base, tmp_path / "lora.safetensors", 64, dtype="fp32", leave_out=(0,)).target
    loaded = dict(_with_lora(base, lora).named_parameters())
    assert "blocks.1.attn1.to_q.lora_A.wan_move.weight" in loaded
    assert not any(name.startswith("blocks.0.") and "lora" in name for name in loaded)
