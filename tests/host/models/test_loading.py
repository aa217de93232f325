"""Loading on a real ComfyUI: values, memory, refusals. Importing the host costs seconds, so each script checks much."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from _scripts import script_result
from _server import Refused

CASES = Path(__file__).resolve().parent / "loading_cases"


@pytest.fixture(scope="module")
def case(comfy_checkout, comfy_python):
    return lambda script, *arguments: script_result(comfy_python, comfy_checkout, CASES / script, *arguments)


@pytest.fixture(scope="module")
def big(comfy_checkout, tmp_path_factory):
    """A published folder of 400 MB in float32, made here so that its making cannot hide in what is measured."""
    sys.path.insert(0, str(CASES))
    import _start
    import torch

    _start.name_pack()
    from wan_move_pack.wan_move_core.checkpoints.shapes import NetworkShape

    shape = NetworkShape(dim=1024, ffn_dim=4096, num_layers=5, num_heads=8)
    tensors = _start.random_network(shape, torch.float32)
    return _start.write_folder(tmp_path_factory.mktemp("big") / "published", tensors, shards=4, heads=8)


@pytest.fixture(scope="module")
def accuracy(case, big, tmp_path_factory):
    return case("accuracy.py", tmp_path_factory.mktemp("accuracy"), big)


@pytest.fixture(scope="module")
def encoders(case, big, tmp_path_factory):
    shared = Path(__file__).resolve().parents[4] / "shared" / "golden"
    return case("encoders.py", tmp_path_factory.mktemp("encoders"), shared, big)


def test_scaled_fp8_is_twice_as_exact_as_the_naive_cast(accuracy):
    errors = accuracy["errors"]
    for name, values in errors.items():
        print(f"{name}: velocity off by {', '.join(f'{v:.2%}' for v in values)}")  # noqa: T201
    for name in ("ours, fp8 scaled", "stock, fp8", "stock, fp8-legacy"):
        assert max(errors[name]) <= 0.03, name
    assert min(errors["stock, naive cast"]) > 0.04
    for name in ("ours, bf16 (published)", "ours, as stored", "ours, fp16", "stock, bf16", "fp8 digits kept exactly"):
        assert max(errors[name]) < 1e-3, name


def test_every_way_to_a_precision_and_every_memory_state_gives_the_same_velocity(accuracy):
    assert len(accuracy["equal"]) == 24
    assert [name for name, same in accuracy["equal"].items() if not same] == []


def test_e5m2_digits_are_read_by_their_weights_dtype(accuracy):
    """Scaled e5m2 in every form, also with the other kind's tag: off by its own rounding, as published figures say."""
    for form in ("legacy", "unmarked", "mistagged", "metadata"):
        assert 0.01 < max(accuracy["errors"][f"e5m2, {form}"]) < 0.12, form
        assert accuracy["equal"][f"e5m2, {form}"]


def test_weights_that_the_host_left_wide_are_cast(accuracy):
    """Under dynamic VRAM it takes a file's float32 as it is; what is asked for holds there too."""
    wide = accuracy["wide"]
    assert wide["before"] == ["float32"] and wide["after"] == ["bfloat16", "float32"] and wide["cast"] > 50
    assert wide["progress"] == wide["cast"] and wide["again"] == 0
    assert accuracy["equal"]["left wide, then cast"]


@pytest.mark.parametrize("precision", ["bf16 (published)", "as stored", "fp16", "fp32", "fp8 scaled"])
def test_loading_tells_how_far_it_is_and_hears_cancel(accuracy, precision):
    moved, cancelled = accuracy["progress"][precision]
    assert len(moved) > 3 and moved == sorted(moved) and moved[-1] > 0
    assert cancelled == "InterruptProcessingException"


def test_the_fp8_matmul_switch_has_the_last_word(accuracy):
    if None in accuracy["full precision products"].values():
        pytest.skip("this ComfyUI does not keep a layer's own setting apart from the device's")
    assert accuracy["full precision products"] == {
        "while loading": True,
        "while loading, fp8_matmul": False,
        "marked file, switch off": True,
        "marked file, switch on": False,
        "legacy file, switch on": False,
    }


def test_weights_are_kept_in_the_precision_asked_for(accuracy):
    kinds = accuracy["dtypes"]
    assert "bfloat16" in kinds["bf16 (published)"] and "bfloat16" in kinds["as stored"]
    assert "float16" in kinds["fp16"] and kinds["fp32"] == ["float32"]


def test_a_model_in_fp8_computes_in_the_precision_asked_for(accuracy):
    if accuracy["arithmetic"]["fp16"] != "float16":
        pytest.skip("the quantised layers of this ComfyUI cannot follow, and the loader said so in the log")
    assert accuracy["arithmetic"] == {"bf16 (published)": "bfloat16", "fp16": "float16"}
    for precision in accuracy["arithmetic"]:
        assert max(accuracy["errors"][f"fp8 file, arithmetic of {precision}"]) <= 0.03


@pytest.mark.parametrize(
    ("refusal", "text"),
    [
        (
            "broken",
            "1 tensor missing: blocks.2.ffn.2.bias; 1 tensor of the wrong shape: head.head.bias [63], expected",
        ),
        ("matmul", "is not fp8 and precision is 'bf16 (published)'"),
        ("precision", "unknown precision 'int4'"),
        ("traversal", "not found under"),
        ("absent", "absent.safetensors: not found under"),
        ("shard", "this is one shard of a checkpoint"),
        ("sampling 5B", "a WAN22 model that takes no such picture (its latents have 48 channels, of another VAE)"),
        ("sampling T2V", "a WAN21 model that takes no such picture (16 input channels, 36 are needed)"),
    ],
)
def test_models_that_cannot_be_used_are_refused_with_the_reason(accuracy, refusal, text):
    assert text in accuracy["refusals"][refusal]
    assert accuracy["refusals"]["sampling I2V"] == accuracy["refusals"]["sampling Wan2.2 A14B"] == ""


def test_an_expert_of_wan22_loads_without_an_image_branch(accuracy):
    expert = accuracy["Wan2.2 expert"]
    assert expert["refused"] == "" and expert["finite"] and not expert["image branch"]
    assert 0 < expert["off"] < 0.05


def test_folders_are_offered_once_and_their_parts_not_at_all(accuracy):
    names = accuracy["names"]
    assert {"published", "bf16.safetensors", "alone-00001-of-00002.safetensors"} <= set(names)
    assert not [name for name in names if name.startswith("published") and name != "published"]
    assert accuracy["text names"] == [str(Path("published") / "models_t5_umt5-xxl-enc-bf16.pth")]


def test_loading_takes_the_memory_of_the_final_model_and_little_more(accuracy, encoders):
    for size in (accuracy["peak"], encoders["peak"]):
        print(f"{size['precision']}: model {size['model_mib']:.0f} MiB, peak {size['peak_mib']:.0f} MiB")  # noqa: T201
        assert size["peak_mib"] < size["model_mib"] + 96
        assert size["peak_mib"] > 0.3 * size["model_mib"], "the peak was not seen"


def test_the_published_text_encoder_equals_transformers(encoders):
    text = encoders["text"]
    assert encoders["same keys as transformers"]
    assert text["shape"][:2] == [1, 512] and text["padding"] == 0.0
    assert text["difference"] < 1e-5 * max(text["scale"], 1.0)
    assert encoders["text made anew"] == "ModelPatcher" and encoders["text on cpu"] == ["cpu", "cpu"]


def test_the_published_image_encoder_equals_the_reference(encoders, golden):
    vision = encoders["vision"]
    assert vision["difference"] < 1e-5 < vision["with the host's own preprocessing"]
    assert vision["embedding is finite"]


@pytest.mark.parametrize(
    ("refusal", "text"),
    [
        ("tokenizer", "Fix: download google/umt5-xxl/spiece.model of the published folder to"),
        ("only tokenizer.json", "a tokenizer.json is not enough for ComfyUI"),
        ("damaged tokenizer", "not a sentencepiece model"),
        ("tokenizer of another", "40 pieces, but the encoder knows 30 tokens"),
        ("incomplete text", "1 tensor missing: blocks.7.attn.k.weight"),
        ("misshapen text", "blocks.3.attn.o.weight [31, 32], expected [32, 32]"),
        ("repackaged text", 'load it with Load CLIP, type "wan"'),
        ("other as text", "not the published umT5 (its tensors: foo)"),
        ("other as vision", "not the published CLIP (its tensors: foo)"),
        ("vision of another size", "not a complete ViT-H/14 image encoder"),
    ],
)
def test_encoders_that_cannot_be_loaded_are_refused_with_the_fix(encoders, refusal, text):
    if refusal == "vision of another size" and "vision" not in encoders:
        pytest.skip("the reference's files are not at hand")
    assert text in encoders["refusals"][refusal]


def loader(**inputs: object) -> dict:
    return {
        "1": {"class_type": "WanMoveModelLoader", "inputs": inputs},
        "2": {"class_type": "ModelSave", "inputs": {"model": ["1", 0], "filename_prefix": "saved"}},
    }


def test_the_node_offers_the_folder_and_speaks_before_the_prompt_runs(client, golden):
    node = client.object_info()["WanMoveModelLoader"]
    required = node["input"]["required"]
    offered = required["model"][0] if isinstance(required["model"][0], list) else required["model"][1]["options"]
    assert "tiny_official" in offered
    with pytest.raises(Refused, match=r"is not fp8 and precision is 'fp32'") as refused:
        client.queue(loader(model="tiny_official", precision="fp32", fp8_matmul=True))
    assert str(refused.value).count("there is nothing to multiply in fp8") == 1
    with pytest.raises(Refused, match=r"absent: not found under .*diffusion_models"):
        client.queue(loader(model="absent", precision="fp32", fp8_matmul=False))
    run = client.run(loader(model="tiny_official", precision="fp32", fp8_matmul=False))
    assert run.executed == ["1", "2"]


@pytest.mark.parametrize(
    ("node", "widget", "published"),
    [
        ("WanMoveTextEncoderLoader", "text_encoder", "models_t5_umt5-xxl-enc-bf16.pth"),
        ("WanMoveCLIPVisionLoader", "clip_vision", "models_clip_open-clip-xlm-roberta-large-vit-huge-14.pth"),
    ],
)
def test_the_encoder_nodes_find_the_published_folder_and_speak_first(comfy_server, client, node, widget, published):
    folder = comfy_server.base / "models" / "diffusion_models" / "published_encoders"
    folder.mkdir(exist_ok=True)
    (folder / published).write_bytes(b"version https://git-lfs.github.com/spec/v1")
    required = client.object_info()[node]["input"]["required"][widget]
    offered = required[0] if isinstance(required[0], list) else required[1]["options"]
    name = str(Path("published_encoders") / published)
    assert name in offered
    prompt = {
        "1": {"class_type": node, "inputs": {widget: "absent.pth"}},
        "2": {"class_type": "PreviewAny", "inputs": {"source": ["1", 0]}},
    }
    with pytest.raises(Refused, match=r"absent\.pth: not found under"):
        client.queue(prompt)
    prompt["1"]["inputs"][widget] = name
    if node == "WanMoveTextEncoderLoader":
        with pytest.raises(Refused, match=r"its tokenizer spiece\.model was not found beside it"):
            client.queue(prompt)
        (folder / "spiece.model").write_bytes(b"x")
    assert "Git LFS pointer" in client.run(prompt, fail=True).message
