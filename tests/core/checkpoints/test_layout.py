"""Recognising checkpoints: what is read, and how precisely the rest is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from wan_move_core.checkpoints.headers import TensorInfo, load_torch
from wan_move_core.checkpoints.layout import find_layout, iter_tensors, read_tensors
from wan_move_core.checkpoints.shapes import (
    PUBLISHED_SHAPE,
    NetworkShape,
    check_network,
    expected_shapes,
    find_shape,
    host_metadata,
)
from wan_move_core.errors import WanMoveError

TINY = NetworkShape(dim=32, ffn_dim=48, num_layers=2, num_heads=2, freq_dim=16, text_dim=24)


def random_network(shape: NetworkShape = TINY, dtype: torch.dtype = torch.bfloat16) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return {n: torch.randn(s, generator=generator).mul(0.05).to(dtype) for n, s in expected_shapes(shape).items()}


def write_folder(folder: Path, tensors: dict[str, torch.Tensor], shards: int = 2, heads: int | None = 2) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    names = list(tensors)
    weight_map = {}
    for shard in range(shards):
        file = f"diffusion_pytorch_model-{shard + 1:05}-of-{shards:05}.safetensors"
        part = {name: tensors[name] for name in names[shard::shards]}
        save_file(part, str(folder / file))
        weight_map.update(dict.fromkeys(part, file))
    (folder / "diffusion_pytorch_model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))
    if heads is not None:
        (folder / "config.json").write_text(json.dumps({"num_heads": heads}))
    return folder


def test_the_published_size_has_its_known_tensors_and_parameters():
    shapes = expected_shapes(PUBLISHED_SHAPE)
    assert len(shapes) == 1303
    assert sum(torch.Size(s).numel() for s in shapes.values()) == pytest.approx(16.395e9, rel=1e-4)


def test_golden_folder_is_read_whole_one_tensor_at_a_time(golden):
    folder = golden / "tiny_official" / "checkpoint"
    layout = find_layout(folder)
    shape = check_network(layout)
    config = json.loads((folder / "config.json").read_text())
    assert (shape.dim, shape.ffn_dim, shape.num_layers, shape.num_heads, shape.freq_dim, shape.text_dim) == (
        config["dim"],
        config["ffn_dim"],
        config["num_layers"],
        config["num_heads"],
        config["freq_dim"],
        32,
    )
    merged = {}
    for file in sorted(folder.glob("*.safetensors")):
        merged.update(load_file(str(file)))
    streamed = dict(iter_tensors(folder))
    assert streamed.keys() == merged.keys() == expected_shapes(shape).keys()
    assert all(torch.equal(streamed[name], tensor) for name, tensor in merged.items())
    told = json.loads(host_metadata(layout, shape)["config"])
    assert told == {"transformer": {"num_heads": 2, "freq_dim": 64, "text_dim": 32}}


@pytest.mark.parametrize("prefix", ["", "model.diffusion_model.", "diffusion_model.", "model.model.", "net.", "model."])
def test_prefixes_are_stripped_and_what_stands_beside_is_left_out(tmp_path, prefix):
    tensors = random_network()
    file = tmp_path / "one.safetensors"
    beside = {"first_stage_model.conv.weight": torch.zeros(1)} if prefix else {}
    metadata = {"config": json.dumps({"transformer": {"num_heads": 2}})}
    save_file({**{prefix + n: t for n, t in tensors.items()}, **beside}, str(file), metadata=metadata)
    assert check_network(find_layout(file)) == TINY
    assert dict(iter_tensors(file)).keys() == tensors.keys()
    some_names = ["head.modulation", "blocks.1.ffn.0.bias"]
    read = read_tensors(find_layout(file), some_names)
    assert list(read) == some_names and all(torch.equal(read[name], tensors[name]) for name in some_names)


def test_folder_index_single_file_and_torch_file_are_the_same_network(tmp_path):
    tensors = random_network()
    folder = write_folder(tmp_path / "folder", tensors, shards=3)
    torch.save(tensors, tmp_path / "model.pth")
    for source in (folder, next(folder.glob("*.index.json"))):
        assert check_network(find_layout(source)) == TINY
    # A torch file has no place for the number of heads, and width 32 cannot be heads of 128.
    with pytest.raises(WanMoveError, match=r"width 32 and 0 attention heads.*config\.json"):
        check_network(find_layout(tmp_path / "model.pth"))
    streamed = dict(iter_tensors(tmp_path / "model.pth"))
    assert all(torch.equal(streamed[name], tensor) for name, tensor in tensors.items())


def test_missing_extra_and_misshapen_tensors_are_named(tmp_path):
    tensors = random_network()
    del tensors["blocks.1.cross_attn.k_img.bias"]
    tensors["blocks.0.norm3.weight"] = torch.zeros(33)
    tensors["blocks.0.surprise"] = torch.zeros(1)
    with pytest.raises(WanMoveError) as caught:
        check_network(find_layout(write_folder(tmp_path, tensors)))
    for part in (
        "1 tensor missing: blocks.1.cross_attn.k_img.bias",
        "1 tensor of the wrong shape: blocks.0.norm3.weight [33], expected [32]",
        "1 tensor unknown: blocks.0.surprise",
    ):
        assert part in str(caught.value)


def test_a_long_list_of_missing_tensors_stays_readable(tmp_path):
    tensors = {n: t for n, t in random_network().items() if not n.startswith("blocks.0.self_attn")}
    with pytest.raises(WanMoveError, match=r"10 tensors missing: .* and 4 more"):
        check_network(find_layout(write_folder(tmp_path, tensors)))


def test_a_missing_shard_an_incomplete_one_and_a_stale_index_are_told_apart(tmp_path):
    folder = write_folder(tmp_path / "a", random_network(), shards=3)
    second = folder / "diffusion_pytorch_model-00002-of-00003.safetensors"
    whole = second.read_bytes()
    second.write_bytes(whole[:-100])
    with pytest.raises(WanMoveError, match=f"has {len(whole) - 100} bytes but its header describes {len(whole)}"):
        check_network(find_layout(folder))
    second.unlink()
    with pytest.raises(WanMoveError, match="1 of 3 shards missing: diffusion_pytorch_model-00002-of-00003"):
        find_layout(folder)
    (folder / "diffusion_pytorch_model.safetensors.index.json").unlink()
    with pytest.raises(WanMoveError, match=r"2 shards but no diffusion_pytorch_model\.safetensors\.index\.json"):
        find_layout(folder)
    stale = write_folder(tmp_path / "b", random_network())
    index = next(stale.glob("*.index.json"))
    table = json.loads(index.read_text())
    table["weight_map"]["head.extra"] = next(iter(table["weight_map"].values()))
    index.write_text(json.dumps(table))
    with pytest.raises(WanMoveError, match=r"the index lists head\.extra, which no shard holds"):
        check_network(find_layout(stale))


@pytest.mark.parametrize("name", ["../secret.safetensors", "/etc/passwd", "a/b.safetensors", "..", "a\\b"])
def test_an_index_cannot_name_files_elsewhere(tmp_path, name):
    index = tmp_path / "x.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"head.modulation": name}}))
    with pytest.raises(WanMoveError, match="names files outside its own folder"):
        find_layout(index)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS pointer"),
        (b"<!DOCTYPE html><html>", "a web page, not weights"),
        (b"", "not a safetensors file"),
        (b"\xff" * 64, "not a safetensors file"),
        (b"\x10\x00\x00\x00\x00\x00\x00\x00" + b"{" * 16, "its header cannot be read"),
        (b"\x02\x00\x00\x00\x00\x00\x00\x00[]", "its header cannot be read"),
    ],
)
def test_what_is_no_weight_file_is_refused_with_its_reason(tmp_path, content, text):
    file = tmp_path / "model.safetensors"
    file.write_bytes(content)
    with pytest.raises(WanMoveError, match=text):
        check_network(find_layout(file))


def test_torch_files_run_no_code(tmp_path):
    class Trap:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "ran",))

    torch.save({"head.modulation": Trap()}, tmp_path / "trap.pth")
    with pytest.raises(WanMoveError, match="not a file of plain tensors") as caught:
        load_torch(tmp_path / "trap.pth")
    assert "weights_only" not in str(caught.value) and not (tmp_path / "ran").exists()
    torch.save([1, 2], tmp_path / "list.pth")
    with pytest.raises(WanMoveError, match="holds no state dict of tensors"):
        load_torch(tmp_path / "list.pth")


def _without_image(tensors):
    return {n: t for n, t in tensors.items() if "img" not in n}


def _channels(count):
    def change(tensors):
        return {**tensors, "patch_embedding.weight": torch.zeros(32, count, 1, 2, 2)}

    return change


def _with(name):
    return lambda tensors: {**tensors, name: torch.zeros(1)}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda t: _without_image(_channels(16)(t)), "text-to-video model"),
        (lambda t: _without_image(_channels(48)(t)), r"5B text/image-to-video model of Wan2\.2"),
        (_channels(48), "Fun control model"),
        (_channels(32), "this cannot be guided: 32 input channels; the guided condition takes 36"),
        (_with("vace_patch_embedding.weight"), "VACE"),
        (_with("ref_conv.weight"), "Fun control model with a reference picture"),
        (_with("patch_embedding_pose.weight"), "SCAIL"),
        (_with("control_adapter.conv.weight"), "camera-control"),
        (lambda t: {"blocks.0.lora_A.weight": torch.zeros(1)}, "this is a LoRA"),
        (lambda t: {"condition_embedder.time.weight": torch.zeros(1)}, "diffusers' names"),
        (lambda t: {"decoder.conv1.weight": torch.zeros(1)}, "this is a VAE"),
        (lambda t: {"encoder.block.0.x": torch.zeros(1)}, "this is a text encoder"),
        (lambda t: {"visual.head": torch.zeros(1)}, "this is an image encoder"),
        (lambda t: {"foo": torch.zeros(1)}, r"no Wan network in it \(its tensors: foo\)"),
    ],
)
def test_what_cannot_be_wan_move_is_refused_by_shape_with_the_reason(tmp_path, change, text):
    with pytest.raises(WanMoveError, match=text):
        find_shape(find_layout(write_folder(tmp_path, change(random_network()), shards=1)))


@pytest.mark.parametrize(
    "shape",
    [
        NetworkShape(dim=5120, ffn_dim=13824, num_layers=40, num_heads=40, image_dim=None),
        NetworkShape(dim=1536, ffn_dim=8960, num_layers=30, num_heads=12),
        NetworkShape(dim=5120, ffn_dim=13824, num_layers=40, num_heads=40, image_positions=514),
    ],
    ids=["an expert of Wan2.2 A14B", "the small Fun InP", "first and last frame"],
)
def test_whatever_takes_36_channels_is_accepted(shape):
    """Source of the sizes: the models' own configurations; Wan2.2's have no image encoder."""
    from wan_move_core.checkpoints.shapes import refuse_others

    sides = expected_shapes(shape)
    refuse_others({name: TensorInfo(size, torch.bfloat16, Path("x")) for name, size in sides.items()}, "model")
    assert ("img_emb.proj.0.bias" in sides) == (shape.image_dim is not None)
    assert any("k_img" in name for name in sides) == (shape.image_dim is not None)
    assert ("img_emb.emb_pos" in sides) == bool(shape.image_positions)


def test_networks_with_and_without_an_image_branch_are_read_whole(tmp_path):
    bare = _without_image(random_network())
    shape = check_network(find_layout(write_folder(tmp_path / "bare", bare, shards=2)))
    assert shape.image_dim is None and len(expected_shapes(shape)) == len(bare)
    with_positions = {**random_network(), "img_emb.emb_pos": torch.zeros(1, 514, 1280)}
    shape = check_network(find_layout(write_folder(tmp_path / "flf", with_positions, shards=2)))
    assert shape.image_positions == 514


def test_half_an_image_branch_is_an_incomplete_file(tmp_path):
    """It must not pass for a network of Wan2.2, which has none."""
    half = {n: t for n, t in random_network().items() if not n.startswith("img_emb.")}
    with pytest.raises(WanMoveError, match=r"missing img_emb\.proj\.0\.bias"):
        check_network(find_layout(write_folder(tmp_path, half, shards=1)))


def test_gguf_shapes_are_read_and_its_blocks_refused_as_tensors(tmp_path):
    gguf = pytest.importorskip("gguf")
    file = tmp_path / "model.gguf"
    writer = gguf.GGUFWriter(str(file), "wan")
    tensors = random_network(dtype=torch.float32)
    for name, tensor in tensors.items():
        writer.add_tensor(name, tensor.numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    layout = find_layout(file)
    assert layout.kind == "gguf"
    assert {n: i.shape for n, i in layout.infos.items()} == expected_shapes(TINY)
    with pytest.raises(WanMoveError, match="GGUF file holds quantised blocks"):
        list(iter_tensors(layout))


def test_unknown_endings_and_absent_paths(tmp_path):
    (tmp_path / "model.zip").write_bytes(b"x")
    with pytest.raises(WanMoveError, match=r"unknown ending '\.zip'"):
        find_layout(tmp_path / "model.zip")
    with pytest.raises(WanMoveError, match="is not there"):
        find_layout(tmp_path / "absent.safetensors")
    with pytest.raises(WanMoveError, match=r"0 safetensors files and no diffusion_pytorch_model"):
        find_layout(tmp_path)
