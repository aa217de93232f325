"""Scaled fp8: the arithmetic, the forms, and conversion that survives being killed."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from wan_move_core.checkpoints import fp8
from wan_move_core.checkpoints.convert import TARGETS, convert, planned_entries
from wan_move_core.checkpoints.layout import find_layout
from wan_move_core.checkpoints.shapes import NetworkShape, check_network
from wan_move_core.commands import convert as command
from wan_move_core.errors import WanMoveError

from .test_layout import TINY, random_network, write_folder

MATRICES = [n for n in random_network() if fp8.is_quantised_name(n)]


def naive_quantise(weight):
    scale = (weight.float().abs().max() / 448).clamp_min(1e-12)
    return (weight.float() / scale).clamp(-448, 448).to(torch.float8_e4m3fn), scale


@pytest.fixture
def folder(tmp_path):
    return write_folder(tmp_path / "published", random_network(), shards=3)


def test_only_attention_and_feed_forward_matrices_are_quantised():
    assert len(MATRICES) == TINY.num_layers * 12
    for name in ("blocks.0.modulation", "blocks.0.self_attn.q.bias", "blocks.0.self_attn.norm_q.weight"):
        assert not fp8.is_quantised_name(name)
    for name in ("head.head.weight", "text_embedding.0.weight", "blocks.1.norm3.weight", "xblocks.0.ffn.0.weight"):
        assert not fp8.is_quantised_name(name)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("elements", [7, 4096])
def test_quantising_in_chunks_is_quantising_at_once(dtype, elements):
    weight = torch.randn(33, 17, generator=torch.Generator().manual_seed(1)).mul(0.02).to(dtype)
    stored, scale = fp8.quantise(weight, fp8.Scratch(elements))
    expected, expected_scale = naive_quantise(weight)
    assert torch.equal(stored.view(torch.uint8), expected.view(torch.uint8)) and torch.equal(scale, expected_scale)
    back = fp8.dequantise(stored, scale, scratch=fp8.Scratch(elements))
    assert torch.equal(back, expected.float() * expected_scale)
    error, norm = fp8.squared_error(weight, stored, scale, fp8.Scratch(elements))
    assert (error / norm) ** 0.5 == pytest.approx(
        float((back - weight.float()).norm() / weight.float().norm()), rel=1e-5
    )
    # e4m3 has 3 mantissa bits: no normal number is off by more than 1/16.
    normal = back.abs() > scale * 2**-6
    assert float(((back - weight.float()).abs() / weight.float().abs())[normal].max()) <= 1 / 16 + 1e-3


def test_zeros_and_fp8_input_and_damage():
    stored, scale = fp8.quantise(torch.zeros(4, 4))
    assert float(stored.float().abs().max()) == 0 and float(scale) > 0
    already = torch.randn(4, 4).to(torch.float8_e4m3fn)
    same, one = fp8.quantise(already)
    assert same is already and float(one) == 1
    for bad in (float("nan"), float("inf")):
        with pytest.raises(WanMoveError, match=r"blocks\.0\.x: it holds values that are not finite"):
            fp8.quantise(torch.tensor([[1.0, bad]]), name="blocks.0.x")


@pytest.mark.parametrize("to", list(TARGETS))
def test_every_target_is_a_whole_network_with_the_values_expected(folder, tmp_path, to):
    original = random_network()
    seen = []
    report = convert(folder, tmp_path / "out.safetensors", to, progress=lambda *a: seen.append(a))
    assert seen[-1][:2] == (len(original), len(original)) and report.tensors == len(original)
    assert not list(tmp_path.glob("*.partial")) + list(tmp_path.glob("*.journal"))
    layout = find_layout(report.target)
    assert check_network(layout) == TINY
    assert report.bytes_after == report.target.stat().st_size and report.bytes_before == find_layout(folder).size_bytes
    written = load_file(str(report.target))
    for name, tensor in original.items():
        if to.startswith("fp8") and name in MATRICES:
            stored, scale = naive_quantise(tensor)
            assert torch.equal(written[name].view(torch.uint8), stored.view(torch.uint8))
            suffix = "weight_scale" if to == "fp8" else "scale_weight"
            assert torch.equal(written[f"{name[: -len('.weight')]}.{suffix}"], scale)
        else:
            assert torch.equal(written[name], tensor.to(TARGETS[to]))
    form = {"fp8": "comfy_quant", "fp8-legacy": "legacy"}.get(to, "plain")
    assert fp8.find_form(layout.infos, layout.metadata) == form
    if to == "fp8":
        quant = written["blocks.0.ffn.0.comfy_quant"].numpy().tobytes()
        assert json.loads(quant) == {"format": "float8_e4m3fn", "full_precision_matrix_mult": True}
    if to == "fp8-legacy":
        assert written["scaled_fp8"].numel() == 2 and written["scaled_fp8"].dtype == torch.float8_e4m3fn
    if report.relative_error is not None and report.worst is not None:
        assert 0.02 < report.relative_error < 0.03 and report.worst[1] >= report.relative_error
    with safe_open(str(report.target), "pt") as stream:
        assert json.loads(stream.metadata()["config"])["transformer"]["num_heads"] == 2
        # Each tensor starts at a multiple of its element size, as the format's own writer does.
    raw = report.target.read_bytes()
    length = int.from_bytes(raw[:8], "little")
    table = json.loads(raw[8 : 8 + length])
    table.pop("__metadata__")
    assert length % 8 == 0
    assert all(entry["data_offsets"][0] % written[name].element_size() == 0 for name, entry in table.items())


def test_fp8_files_change_form_without_losing_digits_and_multiply_out(folder, tmp_path):
    first = convert(folder, tmp_path / "a.safetensors", "fp8").target
    legacy = convert(first, tmp_path / "b.safetensors", "fp8-legacy", fp8_matmul=True)
    again = convert(legacy.target, tmp_path / "c.safetensors", "fp8")
    assert legacy.relative_error is None and legacy.form_before == "comfy_quant" and again.form_before == "legacy"
    assert load_file(str(legacy.target))["scaled_fp8"].numel() == 0
    a, c = load_file(str(first)), load_file(str(again.target))
    assert a.keys() == c.keys() and all(torch.equal(a[n].float(), c[n].float()) for n in a)
    plain = load_file(str(convert(first, tmp_path / "d.safetensors", "fp32").target))
    assert plain.keys() == random_network().keys()
    for name in MATRICES:
        expected = a[name].float() * a[name.replace(".weight", ".weight_scale")]
        assert torch.equal(plain[name], expected)


def test_scales_without_markers_are_not_taken_for_weights(folder, tmp_path):
    marked = load_file(str(convert(folder, tmp_path / "a.safetensors", "fp8").target))
    bare = {name: tensor for name, tensor in marked.items() if not name.endswith(".comfy_quant")}
    layout = find_layout(write_folder(tmp_path / "bare", bare))
    assert fp8.find_form(layout.infos, layout.metadata) == "comfy_quant"
    host_form = fp8.as_comfy_quant(dict(bare), {})
    assert host_form.keys() == marked.keys()
    assert all(bytes(host_form[n].tolist()) == bytes(marked[n].tolist()) for n in marked if n.endswith(".comfy_quant"))
    plain = load_file(str(convert(layout.path, tmp_path / "b.safetensors", "fp32").target))
    name = MATRICES[0]
    assert torch.equal(plain[name], marked[name].float() * marked[name.replace(".weight", ".weight_scale")])


def test_naive_fp8_and_four_bit_files(tmp_path):
    naive = {n: t.to(torch.float8_e4m3fn) for n, t in random_network().items()}
    layout = find_layout(write_folder(tmp_path / "naive", naive))
    assert fp8.find_form(layout.infos) == "naive"
    out = load_file(str(convert(layout.path, tmp_path / "out.safetensors", "fp8").target))
    assert torch.equal(out[MATRICES[0]].view(torch.uint8), naive[MATRICES[0]].view(torch.uint8))
    assert float(out[MATRICES[0].replace(".weight", ".weight_scale")]) == 1.0
    assert out["head.head.weight"].dtype == torch.bfloat16
    four = {**random_network(), "blocks.0.ffn.0.weight_scale_2": torch.ones(())}
    with pytest.raises(WanMoveError, match="the file is nvfp4"):
        convert(write_folder(tmp_path / "four", four), tmp_path / "no.safetensors", "bf16")
    blocks = {**random_network(), "blocks.0.ffn.0.weight_scale": torch.ones(32, dtype=torch.uint8)}
    with pytest.raises(WanMoveError, match=r"blocks\.0\.ffn\.0 have block scales"):
        convert(write_folder(tmp_path / "mx", blocks), tmp_path / "no.safetensors", "bf16")


def test_half_precision_refuses_what_it_cannot_hold(tmp_path):
    tensors = random_network()
    tensors["head.head.bias"] = torch.full((64,), 1e6, dtype=torch.bfloat16)
    with pytest.raises(WanMoveError, match=r"head\.head\.bias: it holds values beyond what fp16"):
        convert(write_folder(tmp_path / "f", tensors), tmp_path / "o.safetensors", "fp16")


class Stopped(Exception):
    pass


def stop_after(count):
    def progress(done, total, name):
        if done == count:
            raise Stopped

    return progress


def test_a_stopped_run_continues_and_damage_in_between_is_noticed(folder, tmp_path):
    whole = convert(folder, tmp_path / "whole.safetensors", "fp8").target.read_bytes()
    target = tmp_path / "out.safetensors"
    with pytest.raises(Stopped):
        convert(folder, target, "fp8", progress=stop_after(40))
    assert not target.exists()
    partial = tmp_path / "out.safetensors.partial"
    # A bit lost on the disk, and a line of the journal cut short by the kill.
    with partial.open("r+b") as stream:
        stream.seek(-9, os.SEEK_END)
        flipped = stream.read(1)[0] ^ 1
        stream.seek(-9, os.SEEK_END)
        stream.write(bytes([flipped]))
    with (tmp_path / "out.safetensors.journal").open("ab") as stream:
        stream.write(b'{"unit": "head.mod')
    report = convert(folder, target, "fp8")
    assert 35 <= report.resumed <= 40 and not report.restarted
    assert target.read_bytes() == whole
    assert report.relative_error is not None


def test_other_settings_or_inputs_start_anew(folder, tmp_path):
    target = tmp_path / "out.safetensors"
    with pytest.raises(Stopped):
        convert(folder, target, "fp8", progress=stop_after(40))
    report = convert(folder, target, "bf16")
    assert report.restarted and report.resumed == 0
    target.unlink()
    with pytest.raises(Stopped):
        convert(folder, target, "fp8", progress=stop_after(40))
    os.utime(next(folder.glob("*.safetensors")), ns=(1, 1))
    report = convert(folder, target, "fp8")
    assert report.restarted and report.resumed == 0


def test_targets_that_would_do_harm_are_refused(folder, tmp_path, monkeypatch):
    target = tmp_path / "out.safetensors"
    target.write_bytes(b"precious")
    with pytest.raises(WanMoveError, match=r"it exists already.*--force"):
        convert(folder, target, "bf16")
    with pytest.raises(WanMoveError, match=r"must end in \.safetensors"):
        convert(folder, tmp_path / "out.pth", "bf16")
    with pytest.raises(WanMoveError, match="no such folder"):
        convert(folder, tmp_path / "absent" / "out.safetensors", "bf16")
    with pytest.raises(WanMoveError, match="unknown precision 'int4'"):
        convert(folder, target, "int4")
    single = convert(folder, target, "bf16", force=True).target
    with pytest.raises(WanMoveError, match="the output is one of the inputs"):
        convert(single, single, "fp8", force=True)
    usage = type("Usage", (), {"free": 10**6})
    monkeypatch.setattr("wan_move_core.checkpoints.convert.shutil.disk_usage", lambda _: usage)
    with pytest.raises(WanMoveError, match=r"0\.0 GB free, 0\.0 GB needed"):
        convert(folder, tmp_path / "full.safetensors", "bf16")
    assert not list(tmp_path.glob("full*"))


def test_planned_sizes_at_the_published_size():
    from wan_move_core.checkpoints.headers import TensorInfo
    from wan_move_core.checkpoints.shapes import PUBLISHED_SHAPE, expected_shapes
    from wan_move_core.checkpoints.stream import tensor_bytes

    infos = {n: TensorInfo(s, torch.float32, Path("x")) for n, s in expected_shapes(PUBLISHED_SHAPE).items()}
    layout = type("Headers", (), {"infos": infos})()
    sizes = {to: sum(tensor_bytes(*entry) for entry in planned_entries(layout, to).values()) / 1e9 for to in TARGETS}  # type: ignore[arg-type]
    assert sizes == pytest.approx({"fp32": 65.6, "bf16": 32.8, "fp16": 32.8, "fp8": 16.6, "fp8-legacy": 16.6}, abs=0.06)


_KILLED = """
import sys, time
from wan_move_core.checkpoints.convert import convert
def slow(done, total, name):
    print(done, flush=True)
    time.sleep(0.02)
convert(sys.argv[1], sys.argv[2], "fp8", progress=slow)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_killed_process_is_continued_by_the_command(folder, tmp_path, capsys):
    target = tmp_path / "out.safetensors"
    process = subprocess.Popen([sys.executable, "-c", _KILLED, str(folder), str(target)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    while int(process.stdout.readline()) < 20:
        pass
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    args = parser.parse_args([str(folder), "-o", str(target)])
    with pytest.raises(WanMoveError, match="another conversion is writing this file"):
        command.run(args)
    process.kill()
    process.wait()
    assert not target.exists()
    assert command.run(args) == 0
    text = capsys.readouterr()
    assert "continued: " in text.out and "rounding error of the quantised weights: 2." in text.out
    assert "cannot be told apart" in text.err
    assert check_network(find_layout(target)) == TINY


_MEASURED = """
import sys
sys.path.insert(0, sys.argv[1])
from _start import AnonymousPeak
from wan_move_core.checkpoints.convert import convert
with AnonymousPeak() as peak:
    convert(sys.argv[2], sys.argv[3], "fp8")
print(peak.mib)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads Linux's own figures")
def test_conversion_holds_one_tensor_and_a_buffer(tmp_path, repo_root):
    shape = NetworkShape(dim=512, ffn_dim=2048, num_layers=4, num_heads=4)
    folder = write_folder(tmp_path / "f", random_network(shape, torch.float32), heads=4)
    cases = repo_root / "tests" / "host" / "models" / "loading_cases"
    command = [sys.executable, "-c", _MEASURED, str(cases), str(folder), str(tmp_path / "o.safetensors")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    size_mib = find_layout(folder).size_bytes / 2**20
    # 16 MiB of buffer, the largest matrix in fp8 (2.5 MiB) and what torch allocates when it is first used.
    assert size_mib > 80 and float(done.stdout) < 48
