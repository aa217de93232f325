"""The loader: every form of the files gives the right network, and whatever does not fit is named."""

# Keyword dictionaries and the library's own classes, typed looser than they are.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false
from __future__ import annotations

import json
import shutil
import weakref
from pathlib import Path

import numpy as np
import pytest
import torch

pytest.importorskip("diffusers", reason="the extra 'standalone' is not installed")

from safetensors.torch import load_file, save_file

from wan_move_core.errors import WanMoveError
from wan_move_core.hosts.diffusers.models.fill import build_empty, fill_model
from wan_move_core.hosts.diffusers.models.fp8_linear import Fp8Linear
from wan_move_core.hosts.diffusers.models.parts import (
    load_image_encoder,
    load_text_encoder,
    load_tokenizer,
    load_transformer,
    load_vae,
)

BIG = ("self_attn", "cross_attn", "ffn")


@pytest.fixture(scope="module")
def checkpoint(golden) -> Path:
    return golden / "tiny_official" / "checkpoint"


@pytest.fixture(scope="module")
def native(checkpoint) -> dict[str, torch.Tensor]:
    """The network's tensors under their published names."""
    return {k: v for f in sorted(checkpoint.glob("*.safetensors")) for k, v in load_file(f).items()}


@pytest.fixture(scope="module")
def reference(checkpoint):
    return load_transformer(checkpoint, torch.float32)


@pytest.fixture(scope="module")
def ask(reference):
    """A network's answer to one fixed question, in float32."""
    g = torch.Generator().manual_seed(0)
    question = {
        "hidden_states": torch.randn(1, 36, 2, 6, 10, generator=g),
        "encoder_hidden_states": torch.randn(1, 512, 32, generator=g),
        "encoder_hidden_states_image": torch.randn(1, 17, 1280, generator=g),
    }

    def answer(model):
        with torch.no_grad():
            told = {k: v.to(model.dtype) for k, v in question.items()}
            return model(timestep=torch.tensor([500]), **told, return_dict=False)[0].float()

    return answer


def _single(folder: Path, tensors: dict[str, torch.Tensor], name="model.safetensors") -> Path:
    """A repackaged single file. Heads of 24 cannot be told from it: the published 128 would be assumed."""
    metadata = {"config": json.dumps({"transformer": {"num_heads": 2}})}
    save_file({k: v.contiguous() for k, v in tensors.items()}, folder / name, metadata)
    return folder / name


def _rel(a: torch.Tensor, b: torch.Tensor) -> float:
    return float((a - b).norm() / b.norm())


def _block_bytes(model) -> int:
    return sum(p.numel() * p.element_size() for n, p in model.named_parameters() if n.startswith("blocks."))


def _is_big(name: str) -> bool:
    return name.endswith(".weight") and "norm" not in name and any(part in name for part in BIG)


@pytest.mark.parametrize("prefix", ["", "model.diffusion_model.", "diffusion_model."])
def test_single_files_are_the_sharded_folder(native, reference, tmp_path, prefix):
    model = load_transformer(_single(tmp_path, {prefix + k: v for k, v in native.items()}), torch.float32)
    theirs = reference.state_dict()
    assert set(model.state_dict()) == set(theirs)
    assert all(torch.equal(v, theirs[k]) for k, v in model.state_dict().items())


@pytest.mark.parametrize("scale_name", ["scale_weight", "weight_scale"])
def test_scaled_fp8_is_never_read_as_plain(native, ask, reference, tmp_path, scale_name):
    """Both forms of scales, multiplied out and kept as fp8, answer like the network whose weights are fp8 * scale."""
    stored, exact = {}, {}
    for name, tensor in native.items():
        stored[name] = exact[name] = tensor
        if _is_big(name):
            scale = tensor.float().abs().max() / 448
            stored[name] = (tensor.float() / scale).to(torch.float8_e4m3fn)
            stored[name.replace(".weight", f".{scale_name}")] = scale
            exact[name] = stored[name].float() * scale
    if scale_name == "scale_weight":
        stored["scaled_fp8"] = torch.zeros(2).to(torch.float8_e4m3fn)
    path = _single(tmp_path, stored)
    truth = ask(load_transformer(_single(tmp_path, exact, "exact.safetensors"), torch.float32))
    plain = load_transformer(path, torch.float32)
    torch.testing.assert_close(ask(plain), truth, atol=1e-5, rtol=1e-5)
    kept = load_transformer(path, torch.float32, storage="fp8")
    layers = [m for m in kept.modules() if isinstance(m, Fp8Linear)]
    assert len(layers) == sum(map(_is_big, native)) == 36
    assert all(m.weight.dtype == torch.float8_e4m3fn and m.scale.numel() == 1 for m in layers)
    torch.testing.assert_close(ask(kept), truth, atol=1e-5, rtol=1e-5)
    # And the trap itself: without the scales the answer is another one altogether.
    unscaled = {k: v.float() for k, v in stored.items() if k in native}
    wrong = ask(load_transformer(_single(tmp_path, unscaled, "wrong.safetensors"), torch.float32))
    assert _rel(wrong, truth) > 0.3
    assert _rel(truth, ask(reference)) < 0.1


def test_plain_files_can_be_kept_as_fp8(checkpoint, reference, ask):
    kept = load_transformer(checkpoint, torch.bfloat16, storage="fp8")
    plain = load_transformer(checkpoint, torch.bfloat16)
    assert _block_bytes(kept) < 0.56 * _block_bytes(plain)
    assert _rel(ask(kept), ask(reference)) < 0.1
    assert kept.blocks[0].attn1.to_q.bias.dtype == torch.bfloat16


def test_float32_layers_stay_float32(checkpoint, reference, native, tmp_path):
    """What diffusers' from_single_file casts away with the rest."""
    from diffusers import WanTransformer3DModel

    wide = {k: v.float() + 1e-5 for k, v in native.items()}
    path = _single(tmp_path, wide)
    model = load_transformer(path, torch.bfloat16)
    kept = [n for n, p in model.named_parameters() if p.dtype == torch.float32]
    assert "blocks.0.scale_shift_table" in kept and "blocks.2.norm2.weight" in kept
    assert "condition_embedder.time_embedder.linear_1.weight" in kept
    assert "blocks.0.attn1.to_q.weight" not in kept
    torch.testing.assert_close(model.blocks[1].scale_shift_table, wide["blocks.1.modulation"], atol=0, rtol=0)
    # The trap, so that this test says when it is gone.
    config = tmp_path / "config"
    reference.save_config(config)
    theirs = WanTransformer3DModel.from_single_file(str(path), config=str(config), torch_dtype=torch.bfloat16)
    assert theirs.blocks[1].scale_shift_table.dtype == torch.bfloat16


def test_gguf(tmp_path):
    """Blocks stay blocks, float32 stays float32, and the answer is that of the plain file within Q8_0's error."""
    gguf = pytest.importorskip("gguf")
    from diffusers.quantizers.gguf.utils import GGUFLinear

    from wan_move_core.checkpoints.shapes import NetworkShape, expected_shapes
    from wan_move_core.hosts.diffusers.models.precision import autocast_network, keep_float32_stream

    shape = NetworkShape(dim=256, ffn_dim=320, num_layers=2, num_heads=2, text_dim=32, image_dim=64)
    g = torch.Generator().manual_seed(1)
    tensors = {n: torch.randn(sides, generator=g) / 16 for n, sides in expected_shapes(shape).items()}
    path = tmp_path / "model-Q8_0.gguf"
    writer = gguf.GGUFWriter(str(path), "wan")
    q8 = gguf.GGMLQuantizationType.Q8_0
    for name, tensor in tensors.items():
        values = tensor.numpy()
        if name.endswith(".weight") and values.ndim == 2:
            writer.add_tensor(name, gguf.quants.quantize(values, q8), raw_dtype=q8)
        else:
            writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    model = load_transformer(path, torch.bfloat16)
    assert isinstance(model.blocks[0].attn1.to_q, GGUFLinear) and isinstance(model.blocks[1].ffn.net[2], GGUFLinear)
    torch.testing.assert_close(model.blocks[0].scale_shift_table, tensors["blocks.0.modulation"], atol=0, rtol=0)
    assert model.condition_embedder.time_embedder.linear_1.weight.dtype == torch.float32

    def ask(network, precision="plain"):
        names = ("hidden_states", "encoder_hidden_states", "encoder_hidden_states_image")
        sides = ((1, 36, 2, 4, 4), (1, 512, 32), (1, 17, 64))
        seeded = torch.Generator().manual_seed(2)
        given = {n: torch.randn(s, generator=seeded).to(network.dtype) for n, s in zip(names, sides, strict=True)}
        with torch.no_grad(), autocast_network(torch.device("cpu"), network.dtype, precision):
            return network(timestep=torch.tensor([300]), **given, return_dict=False)[0].float()

    truth = ask(load_transformer(_single(tmp_path, tensors), torch.float32))
    assert _rel(ask(load_transformer(path, torch.float32)), truth) < 0.02
    assert _rel(ask(model), truth) < 0.04
    # This file holds the head and the time's projection in blocks too, which the float32 stream cannot enter.
    keep_float32_stream(model)
    assert _rel(ask(model, "published"), truth) < 0.04
    with pytest.raises(WanMoveError, match="a GGUF file is quantised already"):
        load_transformer(path, torch.bfloat16, storage="fp8")


def test_wrong_tensors_are_named(native, tmp_path):
    short = dict(native)
    del short["blocks.1.ffn.0.bias"]
    with pytest.raises(WanMoveError, match=r"1 tensor missing: blocks\.1\.ffn\.0\.bias"):
        load_transformer(_single(tmp_path, short), torch.float32)
    with pytest.raises(WanMoveError, match=r"1 tensor unknown: blocks\.0\.extra\.weight"):
        load_transformer(_single(tmp_path, {**native, "blocks.0.extra.weight": torch.zeros(1)}), torch.float32)
    bent = {**native, "blocks.2.cross_attn.q.weight": torch.zeros(48, 47)}
    with pytest.raises(WanMoveError, match=r"blocks\.2\.cross_attn\.q\.weight \[48, 47\], expected \[48, 48\]"):
        load_transformer(_single(tmp_path, bent), torch.float32)


@pytest.mark.parametrize(
    ("file", "load"),
    [("models_t5_umt5-xxl-enc-bf16.pth", load_text_encoder), ("Wan2.1_VAE.pth", load_vae)],
)
def test_wrong_tensors_of_the_other_parts_are_named(checkpoint, tmp_path, file, load):
    tensors = torch.load(checkpoint / file, weights_only=True)
    name = next(n for n in tensors if "norm2" in n or "decoder.middle.0.residual.2.weight" in n)
    torch.save({k: v for k, v in tensors.items() if k != name}, tmp_path / file)
    with pytest.raises(WanMoveError, match=rf"{file}.*1 tensor missing"):
        load(tmp_path / file, torch.float32)
    torch.save({**tensors, name: tensors[name][..., :1][:1]}, tmp_path / file)
    with pytest.raises(WanMoveError, match="1 tensor of the wrong shape"):
        load(tmp_path / file, torch.float32)
    other = "Wan2.1_VAE.pth" if "t5" in file else "models_t5_umt5-xxl-enc-bf16.pth"
    with pytest.raises(WanMoveError, match="this is not a"):
        load(checkpoint / other, torch.float32)


def test_encoders_with_hugging_face_names(checkpoint, golden, tmp_path):
    """The files that ComfyUI users have: the same numbers under other names."""
    ours = load_text_encoder(checkpoint / "models_t5_umt5-xxl-enc-bf16.pth", torch.float32)
    named = {k: v.clone() for k, v in ours.state_dict().items() if k != "encoder.embed_tokens.weight"}
    save_file({**named, "spiece_model": torch.zeros(9, dtype=torch.uint8)}, tmp_path / "umt5.safetensors")
    again = load_text_encoder(tmp_path / "umt5.safetensors", torch.float32)
    assert all(torch.equal(v, again.state_dict()[k]) for k, v in ours.state_dict().items())
    assert ours.encoder.embed_tokens.weight is ours.shared.weight
    file = golden / "clip_vision" / "models_clip_open-clip-xlm-roberta-large-vit-huge-14.pth"
    clip = load_image_encoder(file, torch.float32, heads=4)
    state = {"vision_model." + k.removeprefix("vision_model."): v for k, v in clip.state_dict().items()}
    save_file({**state, "visual_projection.weight": torch.zeros(2, 2)}, tmp_path / "clip.safetensors")
    twin = load_image_encoder(tmp_path / "clip.safetensors", torch.float32, heads=4)
    assert all(torch.equal(v, twin.state_dict()[k]) for k, v in clip.state_dict().items())
    with pytest.raises(WanMoveError, match="width 64 does not tell the number of attention heads"):
        load_image_encoder(file, torch.float32)


def test_loading_holds_one_tensor_at_a_time():
    """Of the tensors read so far, none but the one in hand is alive when the next is asked for."""
    model = build_empty(lambda: torch.nn.Sequential(*[torch.nn.Linear(8, 8) for _ in range(6)]))
    assert all(p.is_meta for p in model.parameters())
    alive: list[weakref.ref] = []
    most = 0

    def stream():
        nonlocal most
        for name in [n for n, _ in model.named_parameters()]:
            source = torch.ones(8, 8) if name.endswith("weight") else torch.ones(8)
            alive.append(weakref.ref(source))
            yield name, source
            del source
            most = max(most, sum(ref() is not None for ref in alive))

    fill_model(model, stream(), where="x", dtype=torch.bfloat16)
    assert most <= 1
    assert all(p.dtype == torch.bfloat16 and not p.is_meta for p in model.parameters())


def test_folder_without_parts(checkpoint, tmp_path):
    from wan_move_core.hosts.diffusers import load_pipeline

    with pytest.raises(WanMoveError, match="the folder is not there"):
        load_pipeline(tmp_path / "nothing")
    with pytest.raises(WanMoveError, match=r"fp8 is not a type to compute in.*storage fp8"):
        load_pipeline(checkpoint, dtype="fp8")
    with pytest.raises(WanMoveError, match="unknown precision"):
        load_pipeline(checkpoint, dtype="fp32", precision="best")
    copy = tmp_path / "copy"
    shutil.copytree(checkpoint, copy)
    shutil.rmtree(copy / "google")
    with pytest.raises(WanMoveError, match=r"Text encoder / tokenizer: .*umt5-xxl is not there"):
        load_pipeline(copy)
    assert load_pipeline(copy, text_encoder=False, dtype="fp32").text_encoder is None
    told = json.loads((checkpoint / "config.json").read_text())
    (copy / "config.json").chmod(0o644)
    (copy / "config.json").write_text(json.dumps({**told, "text_len": 256}))
    with pytest.raises(WanMoveError, match="asks for 256 text tokens, this network runs with 512"):
        load_transformer(copy, torch.float32)


def test_tokenizer_is_read_from_its_folder(checkpoint):
    words = load_tokenizer(checkpoint / "google" / "umt5-xxl")
    ids = words("a red square moves", padding="max_length", max_length=512, truncation=True)["input_ids"]
    assert len(ids) == 512 and ids[np.flatnonzero(np.array(ids) == 1)[0] :][1] == 0
