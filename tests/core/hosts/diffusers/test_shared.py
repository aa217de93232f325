"""Weights shared out among processes: each reads and keeps its own rows alone, and together they answer as one does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

pytest.importorskip("diffusers", reason="the extra 'standalone' is not installed")

from safetensors.torch import save_file

from wan_move_core.checkpoints.shapes import NetworkShape, expected_shapes

SHAPE = NetworkShape(dim=512, ffn_dim=2049, num_layers=2, num_heads=2, text_dim=32, image_dim=64)
"""Odd feed-forward rows do not divide by two; 46 MB in float32, in large pieces."""
BLOCKS = NetworkShape(dim=256, ffn_dim=320, num_layers=2, num_heads=2, text_dim=32, image_dim=64)
"""Rows of whole GGUF blocks."""
WORDS, WIDTH, INNER = 4097, 64, 160

CASES = {
    "float32": ("plain.safetensors", "float32", "network", "plain"),
    "bfloat16": ("plain.safetensors", "bfloat16", "network", "plain"),
    "kept as fp8": ("plain.safetensors", "bfloat16", "network", "fp8"),
    "scaled fp8 multiplied out": ("scaled.safetensors", "bfloat16", "network", "plain"),
    "scaled fp8": ("scaled.safetensors", "bfloat16", "network", "fp8"),
    "gguf": ("blocks.gguf", "bfloat16", "network", "plain"),
    "text, published names": ("text.pth", "bfloat16", "text", "plain"),
    "text, float32": ("text.pth", "float32", "text", "plain"),
}


def _network(shape: NetworkShape, seed: int) -> dict[str, torch.Tensor]:
    g = torch.Generator().manual_seed(seed)
    return {name: torch.randn(sides, generator=g) / 12 for name, sides in expected_shapes(shape).items()}


def _write_scaled(folder: Path, tensors: dict[str, torch.Tensor], metadata: dict[str, str]) -> None:
    stored = {}
    for name, tensor in tensors.items():
        stored[name] = tensor.to(torch.bfloat16)
        if name.endswith(".weight") and tensor.ndim == 2 and name.startswith("blocks."):
            scale = tensor.abs().max() / 448
            stored[name] = (tensor / scale).to(torch.float8_e4m3fn)
            stored[name.replace(".weight", ".scale_weight")] = scale
    stored["scaled_fp8"] = torch.zeros(2).to(torch.float8_e4m3fn)
    save_file(stored, folder / "scaled.safetensors", metadata)


def _write_gguf(folder: Path) -> None:
    gguf = pytest.importorskip("gguf")
    writer = gguf.GGUFWriter(str(folder / "blocks.gguf"), "wan")
    q8 = gguf.GGMLQuantizationType.Q8_0
    for name, tensor in _network(BLOCKS, 2).items():
        if name.endswith(".weight") and tensor.ndim == 2:
            writer.add_tensor(name, gguf.quants.quantize(tensor.numpy(), q8), raw_dtype=q8)
        else:
            writer.add_tensor(name, tensor.numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _write_text(folder: Path) -> None:
    g = torch.Generator().manual_seed(3)
    sides = {"token_embedding.weight": (WORDS, WIDTH), "norm.weight": (WIDTH,)}
    for i in range(2):
        sides |= {f"blocks.{i}.attn.{part}.weight": (WIDTH, WIDTH) for part in "qkvo"}
        sides |= {f"blocks.{i}.norm{n}.weight": (WIDTH,) for n in (1, 2)}
        sides[f"blocks.{i}.pos_embedding.embedding.weight"] = (32, 4)
        sides |= {f"blocks.{i}.ffn.{part}.weight": (INNER, WIDTH) for part in ("gate.0", "fc1")}
        sides[f"blocks.{i}.ffn.fc2.weight"] = (WIDTH, INNER)
    tensors = {name: torch.randn(side, generator=g) / 8 for name, side in sides.items()}
    torch.save(tensors, folder / "text.pth")
    torch.save(tensors, folder / "old.pth", _use_new_zipfile_serialization=False)


@pytest.fixture(scope="module")
def two(tmp_path_factory) -> list[dict]:
    """What both ranks have found, of every kind of file."""
    folder = tmp_path_factory.mktemp("shared")
    metadata = {"config": json.dumps({"transformer": {"num_heads": SHAPE.num_heads}})}
    tensors = _network(SHAPE, 1)
    save_file(tensors, folder / "plain.safetensors", metadata)
    _write_scaled(folder, tensors, metadata)
    _write_gguf(folder)
    _write_text(folder)
    keys = ("file", "dtype", "kind", "storage")
    told = [{"name": name, **dict(zip(keys, case, strict=True))} for name, case in CASES.items()]
    (folder / "cases.json").write_text(json.dumps(told))
    cases = Path(__file__).parent / "torchrun_cases"
    command = [sys.executable, str(cases / "launch.py"), "2", str(cases / "shared_rows.py"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr[-4000:]
    return [
        {**json.loads((folder / f"rank{rank}.json").read_text()), "folder": folder, "rank": rank} for rank in range(2)
    ]


@pytest.mark.parametrize("name", CASES)
def test_shared_out_they_answer_as_one_whole(two, name):
    for rank in two:
        assert rank[name]["size"] > 0.1
        assert rank[name]["difference"] == 0


@pytest.mark.parametrize("name", CASES)
def test_no_rank_reads_the_rows_of_others(two, name):
    """What both read together is the file once, and once more the little that neither shares."""
    size = (two[0]["folder"] / CASES[name][0]).stat().st_size
    read = [rank[name]["read"] for rank in two]
    assert max(read) < 0.56 * size
    assert 0.9 * size < sum(read) < 1.12 * size


@pytest.mark.parametrize("name", CASES)
def test_no_rank_keeps_the_rows_of_others(two, name):
    """Before and after a forward: what was gathered for it is given back."""
    for rank in two:
        assert rank[name]["kept"] < 0.56 * rank[name]["whole"]
        # A row that the last rank has not is made up by one of zeros.
        assert rank[name]["kept_after"] < 1.02 * rank[name]["kept"]


@pytest.mark.skipif(sys.platform != "linux", reason="the system does not tell what is mapped in")
@pytest.mark.parametrize("name", ["float32", "bfloat16", "kept as fp8"])
def test_no_rank_touches_the_pages_of_others(two, name):
    """By the system's own count: the file's pages that were mapped in while it was read. It maps some ahead of those
    that are touched, so that one rank has pages that it never reads; the other, at the ends of the tensors, has few."""
    size = (two[0]["folder"] / CASES[name][0]).stat().st_size
    mapped = sorted(rank[name]["mapped"] / size for rank in two)
    assert 0.3 < mapped[0] < 0.6
    assert mapped[1] < 0.92


def test_old_torch_files_are_refused_in_words(two):
    """Such a file can only be read whole, by every process."""
    assert "old.pth: it was saved in torch's old form, which can only be read whole" in two[0]["old form"]
    assert "or leave FSDP out for this part" in two[1]["old form"]
