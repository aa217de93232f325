"""Wan-Move minus its base as a LoRA: the numbers against exact ones, every layout, and a run that is killed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from wan_move_core.checkpoints.convert import convert
from wan_move_core.checkpoints.layout import find_layout
from wan_move_core.checkpoints.lora import names as lora_names
from wan_move_core.checkpoints.lora.extract import ExtractionReport, extract_lora
from wan_move_core.checkpoints.lora.factors import low_rank, squared_residual
from wan_move_core.checkpoints.shapes import PUBLISHED_SHAPE, NetworkShape, expected_shapes
from wan_move_core.cli import main
from wan_move_core.errors import WanMoveError

from .test_layout import random_network, write_folder

SMALL = NetworkShape(dim=160, ffn_dim=256, num_layers=3, num_heads=2, freq_dim=16, text_dim=24, image_dim=40)
"""Wide enough that a rank of 16 takes the randomised way."""


def pair(shape: NetworkShape = SMALL) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    """(Wan-Move, its base), float32: what was learnt is small, and its spectrum falls slowly."""
    base, generator = random_network(shape, torch.float32), torch.Generator().manual_seed(1)
    model = {}
    for name, tensor in base.items():
        learnt = torch.randn(tensor.shape, generator=generator) * 0.003
        if tensor.ndim == 2:
            left, values, right = torch.linalg.svd(learnt, full_matrices=False)
            learnt = (left * values / torch.arange(1, len(values) + 1).sqrt()) @ right
        model[name] = tensor + learnt
    return model, base


@pytest.fixture
def folders(tmp_path) -> tuple[Path, Path]:
    model, base = pair()
    return write_folder(tmp_path / "wan_move", model, shards=3), write_folder(tmp_path / "wan21", base, shards=2)


def extract(folders: tuple[Path, Path], target: Path, rank: int, **options: Any) -> ExtractionReport:
    return extract_lora(folders[0], folders[1], target, rank, **options)


def added(file: Path, name: str, shape: tuple[int, ...]) -> torch.Tensor:
    """What the file adds to the tensor ``name``, by the rule of LoRA: up @ down, or the difference itself."""
    lora, layer = load_file(str(file)), "diffusion_model." + name.removesuffix(".weight").removesuffix(".bias")
    if f"{layer}.lora_up.weight" in lora and name.endswith(".weight"):
        return lora[f"{layer}.lora_up.weight"].float() @ lora[f"{layer}.lora_down.weight"].float()
    return lora[f"{layer}.diff_b" if name.endswith(".bias") else f"{layer}.diff"].float().reshape(shape)


def optimum(matrix: torch.Tensor, rank: int) -> float:
    """Eckart-Young: the smallest ||A - B|| that any B of ``rank`` has, from NumPy's exact decomposition in float64."""
    return float(np.linalg.norm(np.linalg.svd(matrix.double().numpy(), compute_uv=False)[rank:]))


# -- the numbers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(300, 220), (220, 300), (256, 256)])
@pytest.mark.parametrize("fall", ["flat", "slow", "root", "steep"])
@pytest.mark.parametrize("rank", [4, 16, 64])
def test_the_product_is_as_near_as_its_rank_allows(shape, fall, rank):
    generator = torch.Generator().manual_seed(3)
    count = min(shape)
    values = {
        "flat": torch.ones(count),
        "slow": torch.exp(-torch.arange(count) / 100),
        "root": torch.arange(1, count + 1) ** -0.5,
        "steep": torch.exp(-torch.arange(count) / 6),
    }[fall]
    left = torch.linalg.qr(torch.randn(shape[0], count, generator=generator))[0]
    right = torch.linalg.qr(torch.randn(shape[1], count, generator=generator))[0]
    matrix = (left * values) @ right.T
    up, down = low_rank(matrix, rank, torch.Generator().manual_seed(0))
    assert up.shape == (shape[0], rank) and down.shape == (rank, shape[1])
    error = float((matrix - up @ down).norm())
    # What float32 cannot hold of the matrix is no error of the method.
    assert error <= 1.01 * optimum(matrix, rank) + 1e-6 * float(matrix.norm())
    assert squared_residual(matrix, up, down) ** 0.5 == pytest.approx(error, rel=1e-4)
    assert float(up.norm()) == pytest.approx(float(down.norm()), rel=1e-3)


def test_a_rank_beyond_the_matrix_is_exact_and_nothing_learnt_is_zero():
    matrix = torch.randn(20, 12, generator=torch.Generator().manual_seed(0))
    up, down = low_rank(matrix, 64, torch.Generator().manual_seed(0))
    assert up.shape == (20, 12)
    torch.testing.assert_close(up @ down, matrix, atol=1e-5, rtol=0)
    up, down = low_rank(torch.zeros(300, 200), 8, torch.Generator().manual_seed(0))
    assert float((up @ down).abs().max()) == 0


@pytest.mark.parametrize("rank", [1, 16])
def test_every_layer_has_the_best_error_and_the_report_tells_it(folders, tmp_path, rank):
    model, base = pair()
    report = extract(folders, tmp_path / "lora.safetensors", rank, dtype="fp32")
    assert [row.name for row in report.layers] == list(expected_shapes(SMALL))
    told = report.to_dict()
    assert isinstance(told["layers"], list) and len(told["layers"]) == len(model)
    for row in report.layers:
        difference = model[row.name] - base[row.name]
        lacking = float((difference - added(report.target, row.name, row.shape)).norm())
        assert row.change == pytest.approx(float(difference.norm() / base[row.name].norm()), rel=1e-3)
        assert row.error == pytest.approx(lacking / float(difference.norm()), rel=1e-2, abs=1e-5)
        if row.rank:
            assert row.rank == min(rank, *row.shape)
            assert lacking <= 1.01 * optimum(difference, row.rank) + 1e-6
        else:
            assert row.error < 1e-6
    total = torch.cat([(model[n] - base[n]).reshape(-1) for n in base]).norm()
    assert report.total()[0] == pytest.approx(
        float(total / torch.cat([t.reshape(-1) for t in base.values()]).norm()), rel=1e-3
    )


@pytest.mark.parametrize("dtype", ["fp16", "bf16"])
def test_a_file_in_half_precision_loses_only_its_rounding(folders, tmp_path, dtype):
    whole = extract(folders, tmp_path / "a.safetensors", 256, dtype="fp32")
    half = extract(folders, tmp_path / "b.safetensors", 256, dtype=dtype)
    assert {t.dtype for t in load_file(str(half.target)).values()} == {
        getattr(torch, {"fp16": "float16"}.get(dtype, "bfloat16"))
    }
    assert whole.total()[1] < 1e-5 and half.total()[1] < {"fp16": 2e-3, "bf16": 1e-2}[dtype]
    assert half.bytes_after < 0.55 * whole.bytes_after


# -- what is read -----------------------------------------------------------------------------------------------------


def test_diffusers_names_are_those_that_diffusers_gives():
    pytest.importorskip("diffusers", reason="the extra 'standalone' is not installed")
    from diffusers.loaders.single_file_utils import convert_wan_transformer_to_diffusers

    ours = list(expected_shapes(PUBLISHED_SHAPE))
    theirs = [next(iter(convert_wan_transformer_to_diffusers({name: None}))) for name in ours]
    assert [lora_names.published_name(name) for name in theirs] == ours
    assert len(set(theirs)) == 1303 and sum(a != b for a, b in zip(ours, theirs, strict=True)) > 1000


def _as_diffusers(folder: Path, tensors: dict[str, torch.Tensor]) -> Path:
    """A pipeline's folder with the network under transformer/, as diffusers saves it."""
    from diffusers.loaders.single_file_utils import convert_wan_transformer_to_diffusers

    theirs = {next(iter(convert_wan_transformer_to_diffusers({n: None}))): t for n, t in tensors.items()}
    inner = write_folder(folder / "transformer", theirs, heads=None)
    (inner / "config.json").write_text(json.dumps({"num_attention_heads": 2, "_class_name": "WanTransformer3DModel"}))
    return folder


def test_every_layout_of_the_base_gives_the_same_file(folders, tmp_path):
    pytest.importorskip("diffusers", reason="the extra 'standalone' is not installed")
    _, base = pair()
    first = extract(folders, tmp_path / "first.safetensors", 16).target
    single = tmp_path / "base_single.safetensors"
    save_file({f"model.diffusion_model.{n}": t for n, t in base.items()}, str(single))
    torch.save(base, tmp_path / "base.pth")
    forms = [_as_diffusers(tmp_path / "theirs", base), single, tmp_path / "base.pth"]
    forms += [forms[0] / "transformer", next(folders[1].glob("*.index.json"))]
    expected = load_file(str(first))
    for number, form in enumerate(forms):
        made = load_file(str(extract_lora(folders[0], form, tmp_path / f"{number}.safetensors", 16).target))
        assert made.keys() == expected.keys() and all(torch.equal(made[key], expected[key]) for key in made), form
    swapped = extract_lora(_as_diffusers(tmp_path / "model", pair()[0]), folders[1], tmp_path / "s.safetensors", 16)
    assert all(torch.equal(t, expected[key]) for key, t in load_file(str(swapped.target)).items())


@pytest.mark.parametrize("to", ["fp8", "fp8-legacy", "bf16"])
def test_scaled_fp8_is_multiplied_out(folders, tmp_path, to):
    """The file made from a converted base is that made from the numbers which the converted base stands for."""
    converted = convert(folders[1], tmp_path / "converted.safetensors", to).target
    plain = convert(converted, tmp_path / "plain.safetensors", "fp32").target
    a, b = (
        extract_lora(folders[0], base, tmp_path / f"{base.stem}.lora.safetensors", 16) for base in (converted, plain)
    )
    first, second = load_file(str(a.target)), load_file(str(b.target))
    assert all(torch.equal(first[key], second[key]) for key in second)
    # The rounding of fp8 is then part of the difference.
    assert a.total()[0] > 0.01


# -- what is written --------------------------------------------------------------------------------------------------


def test_the_keys_are_comfyuis_and_what_is_left_out_is_not_there(folders, tmp_path):
    whole = extract(folders, tmp_path / "a.safetensors", 8).target
    with safe_open(str(whole), "pt") as stream:
        keys = set(stream.keys())
        told = json.loads(stream.metadata()["wan_move_extracted"])
    assert told == {"model": "wan_move", "base": "wan21", "rank": 8, "left_out_blocks": []}
    block = "diffusion_model.blocks.1."
    assert {f"{block}self_attn.q.lora_up.weight", f"{block}self_attn.q.lora_down.weight", f"{block}self_attn.q.diff_b",
            f"{block}self_attn.norm_q.diff", f"{block}norm3.diff_b", f"{block}modulation.diff",
            "diffusion_model.patch_embedding.diff", "diffusion_model.head.modulation.diff",
            "diffusion_model.head.head.lora_up.weight"} <= keys  # fmt: skip
    some = extract(folders, tmp_path / "b.safetensors", 8, leave_out=(0, 2), image_branch=False)
    rest = set(load_file(str(some.target)))
    assert rest == {key for key in keys if not any(
        part in key for part in ("blocks.0.", "blocks.2.", "img_emb", "k_img", "v_img")
    )}  # fmt: skip
    assert some.left_out == (0, 2) and f"{block}ffn.2.lora_up.weight" in rest


@pytest.mark.parametrize(("text", "blocks"), [("0", (0,)), ("2, 0-1,5", (0, 1, 2, 5)), ("", ()), ("7", (7,))])
def test_blocks_are_numbers_and_ranges(text, blocks):
    assert lora_names.parse_blocks(text, 8) == blocks


@pytest.mark.parametrize("text", ["8", "a", "3-1", "-1", "1;2"])
def test_wrong_blocks_are_named(text):
    with pytest.raises(WanMoveError, match=r"no block or range of blocks among 0 to 7\. Fix: write numbers and ranges"):
        lora_names.parse_blocks(text, 8)
    with pytest.raises(WanMoveError, match="every block is left out"):
        lora_names.parse_blocks("0-7", 8)


# -- a run that ends early --------------------------------------------------------------------------------------------


class Stopped(Exception):
    pass


def test_a_stopped_run_goes_on_to_the_same_bytes(folders, tmp_path):
    whole = extract(folders, tmp_path / "whole.safetensors", 16).target.read_bytes()
    target = tmp_path / "lora.safetensors"

    def stop(done, total, name):
        if done == 50:
            raise Stopped

    with pytest.raises(Stopped):
        extract(folders, target, 16, progress=stop)
    assert not target.exists() and (tmp_path / "lora.safetensors.partial").exists()
    seen = []
    report = extract(folders, target, 16, progress=lambda *told: seen.append(told))
    assert report.resumed == 50 and not report.restarted and target.read_bytes() == whole
    assert seen[-1][:2] == (len(expected_shapes(SMALL)),) * 2 and len(report.layers) == seen[-1][1]
    target.unlink()
    with pytest.raises(Stopped):
        extract(folders, target, 16, progress=stop)
    other = extract(folders, target, 8)
    assert other.restarted and other.resumed == 0
    assert not list(tmp_path.glob("*.partial")) + list(tmp_path.glob("*.journal"))


_KILLED = """
import sys, time
from wan_move_core.checkpoints.lora.extract import extract_lora
def slow(done, total, name):
    print(done, flush=True)
    time.sleep(0.02)
extract_lora(*sys.argv[1:4], 16, progress=slow)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_killed_process_is_continued_by_the_command(folders, tmp_path, capsys):
    whole = extract(folders, tmp_path / "whole.safetensors", 16).target.read_bytes()
    target = tmp_path / "lora.safetensors"
    words = [str(folders[0]), str(folders[1]), str(target)]
    process = subprocess.Popen([sys.executable, "-c", _KILLED, *words], stdout=subprocess.PIPE)
    assert process.stdout is not None
    while int(process.stdout.readline()) < 30:
        pass
    process.kill()
    process.wait()
    assert not target.exists()
    assert (
        main(["extract-lora", *words[:2], "-o", words[2], "--rank", "16", "--json", str(tmp_path / "told.json")]) == 0
    )
    text = capsys.readouterr().out
    assert "continued: 3" in text and "not in the file" in text and "self_attn.q" in text and "norms" in text
    assert target.read_bytes() == whole
    told = json.loads((tmp_path / "told.json").read_text())
    assert told["rank"] == 16 and len(told["layers"]) == len(expected_shapes(SMALL))
    assert {"name", "shape", "rank", "change", "error"} == told["layers"][0].keys()


# -- bad input, one line each -----------------------------------------------------------------------------------------


def test_what_does_not_belong_together_is_told_in_one_line(folders, tmp_path, capsys):
    model, base = pair()
    target = tmp_path / "out.safetensors"

    def told(other: Path, *options: str) -> str:
        assert main(["extract-lora", str(folders[0]), str(other), "-o", str(target), *options]) == 2
        text = capsys.readouterr().err
        assert text.count("\n") == 1 and not target.exists() and not list(tmp_path.glob("out*"))
        return text

    def changed(name: str, tensors: dict[str, torch.Tensor]) -> Path:
        return write_folder(tmp_path / name, tensors)

    lacking = {n: t for n, t in base.items() if n != "blocks.1.ffn.2.weight"}
    text = told(changed("lacking", lacking))
    assert (
        "base lacking" in text and "1 tensor missing: blocks.1.ffn.2.weight" in text and "Wan2.1-I2V-14B-480P" in text
    )
    wider = random_network(NetworkShape(**{**SMALL.__dict__, "ffn_dim": 192}), torch.float32)
    text = told(changed("wider", wider))
    assert "of another shape: blocks.0.ffn.0.weight [256, 160] in wan_move, [192, 160] in wider" in text
    longer = random_network(NetworkShape(**{**SMALL.__dict__, "num_layers": 4}), torch.float32)
    assert "tensors in one of them only: blocks.3." in told(changed("longer", longer))
    t2v = {n: t for n, t in base.items() if "img" not in n}
    t2v["patch_embedding.weight"] = t2v["patch_embedding.weight"][:, :16].clone()
    text = told(changed("t2v", t2v))
    assert "text-to-video model (T2V)" in text and "Fix: give Wan2.1-I2V-14B-480P" in text
    generator = torch.Generator().manual_seed(9)
    stranger = {n: torch.randn(t.shape, generator=generator) * 0.05 for n, t in base.items()}
    text = told(changed("stranger", stranger))
    assert "base stranger: blocks.0.self_attn.q.weight differs from wan_move's by 14" in text
    assert "one was never trained from the other" in text
    assert "holds the same numbers as wan_move" in told(changed("same", model))
    assert "model and base are the same files" in told(folders[0])
    damaged = {**base, "blocks.0.self_attn.q.bias": torch.full((160,), float("nan"))}
    text = _damage(folders[0], changed("damaged", damaged), tmp_path, capsys)
    assert "blocks.0.self_attn.q.bias" in text and "not finite" in text
    integers = {n: t.to(torch.int8) if n == "blocks.0.ffn.0.weight" else t for n, t in base.items()}
    assert "blocks.0.ffn.0.weight are no plain or scaled floats" in told(changed("integers", integers))
    assert "rank 0. Fix: use 1 to 256" in told(folders[1], "--rank", "0")
    assert "is no block or range" in told(folders[1], "--leave-out", "3")
    assert "is not there" in told(tmp_path / "absent")


def _damage(model: Path, base: Path, tmp_path: Path, capsys) -> str:
    assert main(["extract-lora", str(model), str(base), "-o", str(tmp_path / "damaged.safetensors")]) == 2
    return capsys.readouterr().err


def test_an_existing_file_is_kept_unless_forced(folders, tmp_path):
    target = tmp_path / "out.safetensors"
    target.write_bytes(b"precious")
    with pytest.raises(WanMoveError, match=r"it exists already.*--force"):
        extract(folders, target, 8)
    assert target.read_bytes() == b"precious"
    assert extract(folders, target, 8, force=True).target.stat().st_size > 1000
    with pytest.raises(WanMoveError, match="the output is one of the inputs"):
        extract((folders[0], convert(folders[1], tmp_path / "b.safetensors", "fp32").target),
                tmp_path / "b.safetensors", 8, force=True)  # fmt: skip


# -- memory -----------------------------------------------------------------------------------------------------------

_MEASURED = """
import sys
sys.path.insert(0, sys.argv[1])
from _start import AnonymousPeak
from wan_move_core.checkpoints.lora.extract import extract_lora
import torch
torch.linalg.svd(torch.randn(8, 8).double()), torch.linalg.qr(torch.randn(8, 8))
with AnonymousPeak() as peak:
    extract_lora(sys.argv[2], sys.argv[3], sys.argv[4], 32)
print(peak.mib)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads Linux's own figures")
def test_one_layer_and_a_buffer_are_held(tmp_path, repo_root):
    shape = NetworkShape(dim=512, ffn_dim=4096, num_layers=4, num_heads=4)
    base = random_network(shape, torch.float32)
    model = {name: tensor * 1.01 for name, tensor in base.items()}
    folders = [write_folder(tmp_path / n, t, heads=4) for n, t in (("model", model), ("base", base))]
    cases = repo_root / "tests" / "host" / "models" / "loading_cases"
    command = [sys.executable, "-c", _MEASURED, str(cases), *map(str, folders), str(tmp_path / "o.safetensors")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    size_mib = sum(find_layout(folder).size_bytes for folder in folders) / 2**20
    largest_mib = 4096 * 512 * 4 / 2**20
    # The largest matrix in float32, 16 MiB of buffer, the thin factors, and some of each matrix while it is multiplied.
    assert size_mib > 250 and float(done.stdout) < 16 + 4 * largest_mib + 24
