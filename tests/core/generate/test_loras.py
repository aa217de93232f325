"""``wan-move generate --lora``: another model's output from its LoRA, what is recorded, repeated, said and refused."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import torch

pytest.importorskip("diffusers", reason="the extra 'standalone' is not installed")
pytest.importorskip("peft", reason="diffusers loads LoRAs with peft, which is not installed")

from safetensors.torch import load_file, save_file

from wan_move_core import cli
from wan_move_core.checkpoints.lora.asked import Lora, parse_lora
from wan_move_core.checkpoints.lora.extract import extract_lora
from wan_move_core.generate.sidefile import read_side_file
from wan_move_core.hosts.diffusers import engine
from wan_move_core.hosts.diffusers.models.lora import NetworkLoras
from wan_move_core.hosts.diffusers.sampling import experts

SIZE = ("--width", "80", "--height", "48", "--frames", "5", "--steps", "3", "--negative_prompt", "bad")


@pytest.fixture(scope="module")
def home(golden, tmp_path_factory):
    """The tiny checkpoint, another network of its kind, and what the other learnt beside it at full rank."""
    folder, tiny = tmp_path_factory.mktemp("loras"), golden / "tiny_official"
    np.save(folder / "embeds.npy", np.load(tiny / "expected.npz")["clip_features"])
    shutil.copy(tiny / "image.png", folder / "image.png")
    (folder / "checkpoint").symlink_to(tiny / "checkpoint", target_is_directory=True)
    other = folder / "other"
    other.mkdir()
    generator = torch.Generator().manual_seed(3)
    for file in (tiny / "checkpoint").glob("diffusion_pytorch_model*"):
        if file.suffix != ".safetensors":
            shutil.copy(file, other / file.name)
            continue
        tensors = {}
        for name, tensor in load_file(str(file)).items():
            noise = (
                torch.randn(tensor.shape, generator=generator) * 0.15 * tensor.float().std(unbiased=False).clamp(1e-2)
            )
            # A matrix of more rank than the extraction's most stays as it is.
            tensors[name] = tensor if min(tensor.shape) > 256 else (tensor.float() + noise).to(tensor.dtype)
        save_file(tensors, str(other / file.name))
    shutil.copy(tiny / "checkpoint" / "config.json", other / "config.json")
    extract_lora(other, tiny / "checkpoint", folder / "learnt.safetensors", 256, dtype="fp32")
    return folder


@pytest.fixture
def generate(home, tmp_path, monkeypatch):
    """``generate(name, *words)`` -> (exit code, the frames that were computed), run in ``home``."""
    monkeypatch.chdir(home)
    frames, make = [], engine.Engine.make

    def note(self, case, on_step=None):
        frames.append(make(self, case, on_step))
        return frames[-1]

    monkeypatch.setattr(engine.Engine, "make", note)

    def made(name: str, *words: str, asked: bool = True):
        inputs = ["--image", "image.png", "--image-embeds", "embeds.npy", "--prompt", "a red square", "--seed", "3"]
        model = ["--ckpt_dir", "checkpoint", "--dtype", "fp32", *inputs, *SIZE] if asked else []
        before = len(frames)
        code = cli.main(["generate", *model, *words, "--device", "cpu", "-o", str(tmp_path / name)])
        return code, (frames[-1].astype(int) if len(frames) > before else None)

    return made


def _kohya(home, target, alpha: float | None = None):
    """The same LoRA by kohya's flat names, of the layers that those can name."""
    kept = {}
    for key, tensor in load_file(str(home / "learnt.safetensors")).items():
        layer, _, part = key.removeprefix("diffusion_model.").rpartition(".lora_")
        if not layer:
            continue
        kept[f"lora_unet_{layer.replace('.', '_')}.lora_{part}"] = tensor.contiguous()
        if alpha is not None and part.startswith("down"):
            kept[f"lora_unet_{layer.replace('.', '_')}.alpha"] = torch.tensor(alpha * tensor.shape[0])
    save_file(kept, str(target))
    return kept


def test_full_rank_is_the_other_model_and_strength_0_is_none(generate, home, tmp_path, capsys):
    _, truth = generate("truth.mp4", "--transformer", "other")
    _, plain = generate("plain.mp4")
    code, learnt = generate("learnt.mp4", "--lora", "learnt.safetensors")
    said = capsys.readouterr().err
    assert code == 0 and np.abs(truth - plain).max() > 8
    # A level of 8 bits may fall to either side of its bound.
    assert np.abs(learnt - truth).max() <= 1
    assert "LoRA learnt.safetensors at 1: " in said and "have no place" not in said
    code, none = generate("none.mp4", "--lora", "learnt.safetensors:0")
    assert code == 0 and np.array_equal(none, plain)
    _, half = generate("half.mp4", "--lora", "learnt.safetensors:0.5")
    _, halves = generate("halves.mp4", "--lora", "learnt.safetensors:0.25", "--lora", "learnt.safetensors:.25")
    assert np.abs(half - halves).max() <= 1 and np.abs(half - plain).max() > 2
    assert np.abs(half - truth).max() > 2


def test_a_lora_is_recorded_repeated_and_another_run(generate, home, tmp_path, capsys):
    shutil.copy(home / "learnt.safetensors", tmp_path / "mine.safetensors")
    words = ("--lora", f"{tmp_path / 'mine.safetensors'}:0.7", "--lora-start", "1")
    code, first = generate("a.mp4", *words)
    assert code == 0
    side = read_side_file(tmp_path / "a.mp4.json")
    assert side.case.loras == (f"{tmp_path / 'mine.safetensors'}:0.7",)
    assert side.inputs["lora_1"]["bytes"] == (home / "learnt.safetensors").stat().st_size
    assert (side.settings.lora_start_steps, side.settings.lora_start_guidance) == (1, 5.0)
    capsys.readouterr()
    code, again = generate("b.mp4", "--repeat", str(tmp_path / "a.mp4.json"), asked=False)
    assert code == 0 and np.array_equal(first, again)
    assert "The frames are the same, bit for bit." in capsys.readouterr().err
    code, _ = generate("a.mp4", "--lora", f"{tmp_path / 'mine.safetensors'}:0.6", "--lora-start", "1")
    assert code == 2 and "made with other settings" in capsys.readouterr().err
    kept = load_file(str(tmp_path / "mine.safetensors"))
    save_file({key: tensor * 2 for key, tensor in kept.items()}, str(tmp_path / "mine.safetensors"))
    code, _ = generate("c.mp4", "--repeat", str(tmp_path / "a.mp4.json"), asked=False)
    assert code == 2 and "changed since: lora_1" in capsys.readouterr().err


def test_the_start_goes_without_it_at_its_own_guidance(generate, monkeypatch):
    seen = []
    at = experts.Turns.at

    def note(self, timestep, index):
        network, branches = at(self, timestep, index)
        wrapped = network.get_submodule("blocks.0.attn1.to_q")
        seen.append((not wrapped.disable_adapters, [branch.weight for branch in branches]))
        return network, branches

    monkeypatch.setattr(experts.Turns, "at", note)
    words = ("--lora", "learnt.safetensors", "--guidance", "1")
    code, started = generate("a.mp4", *words, "--lora-start", "2", "--lora-start-guidance", "4")
    assert code == 0
    assert seen == [(False, [-3.0, 4.0]), (False, [-3.0, 4.0]), (True, [1.0])]
    # As many as there are steps: the plain model's own run.
    _, whole = generate("b.mp4", *words, "--lora-start", "3", "--lora-start-guidance", "5")
    monkeypatch.setattr(experts.Turns, "at", at)
    _, plain = generate("c.mp4", "--guidance", "5")
    assert np.array_equal(whole, plain) and np.abs(started - plain).max() > 2


def test_names_of_kohya_and_peft_and_alphas(generate, home, tmp_path, capsys):
    """The same factors by other names are the same LoRA; an alpha is over the rank."""
    factors = {k: t for k, t in load_file(str(home / "learnt.safetensors")).items() if ".lora_" in k}
    save_file(factors, str(tmp_path / "comfy.safetensors"))
    peft = {k.replace("lora_down", "lora_A").replace("lora_up", "lora_B"): t for k, t in factors.items()}
    save_file(peft, str(tmp_path / "peft.safetensors"))
    _kohya(home, tmp_path / "kohya.safetensors", alpha=0.5)
    answers = {}
    for name, strength in (("comfy", 0.5), ("peft", 0.5), ("kohya", 1)):
        code, answers[name] = generate(f"{name}.mp4", "--lora", f"{tmp_path / name}.safetensors:{strength}")
        assert code == 0 and "have no place" not in capsys.readouterr().err
    assert np.array_equal(answers["comfy"], answers["peft"])
    assert np.abs(answers["comfy"] - answers["kohya"]).max() <= 1
    save_file({f"{k[:-7]}.other": t.clone() for k, t in factors.items()} | factors, str(tmp_path / "more.safetensors"))
    code, _ = generate("more.mp4", "--lora", f"{tmp_path / 'more.safetensors'}", "--dry-run")
    assert code == 0 and f"of its keys {len(factors)} have no place in this network" in capsys.readouterr().err


@pytest.mark.parametrize("preset", ["16g", "24g"])
def test_quantised_and_streamed_networks_take_it(generate, preset):
    """fp8 holds few digits: it is nearer to its own model with the LoRA than to the plain one."""
    words = ("--memory", preset)
    _, truth = generate("truth.mp4", "--transformer", "other", *words)
    _, plain = generate("plain.mp4", *words)
    code, learnt = generate("learnt.mp4", "--lora", "learnt.safetensors", *words)
    assert code == 0
    assert np.abs(learnt - truth).mean() < 0.35 * np.abs(plain - truth).mean()
    _, none = generate("none.mp4", "--lora", "learnt.safetensors:0", *words)
    assert np.array_equal(none, plain)


def test_each_case_of_a_list_has_its_own(generate, home, tmp_path, capsys):
    """One load: what a case had is taken off before the next."""
    entry = {"image": str(home / "image.png"), "image_embeds": str(home / "embeds.npy"), "prompt": "a", "seed": 3}
    cases = [{**entry, "output": "own.mp4", "lora": f"{home / 'learnt.safetensors'}:1"},
             {**entry, "output": "off.mp4", "lora": "off"}, {**entry, "output": "asked.mp4"}]  # fmt: skip
    (tmp_path / "cases.json").write_text(json.dumps(cases))
    model = ["generate", "--ckpt_dir", "checkpoint", "--dtype", "fp32", "--device", "cpu", *SIZE]
    loads = []
    real = engine.load_transformer
    engine.load_transformer = lambda *given: loads.append(given) or real(*given)
    try:
        words = ["--list", str(tmp_path / "cases.json"), "-o", str(tmp_path), "--lora", "learnt.safetensors:0.5"]
        assert cli.main([*model, *words]) == 0
    finally:
        engine.load_transformer = real
    assert len(loads) == 1
    sides = {name: read_side_file(tmp_path / f"{name}.mp4.json") for name in ("own", "off", "asked")}
    assert [len(side.case.loras) for side in sides.values()] == [1, 0, 1]
    assert sides["asked"].case.loras == ("learnt.safetensors:0.5",)
    single = [*model, "--image", str(home / "image.png"), "--image-embeds", str(home / "embeds.npy"), "--prompt", "a"]
    assert cli.main([*single, "--seed", "3", "-o", str(tmp_path / "plain.mp4")]) == 0
    plain = read_side_file(tmp_path / "plain.mp4.json")
    assert plain.result["frames_sha256"] == sides["off"].result["frames_sha256"]


def test_what_cannot_be_put_on_is_off_again_for_the_next_case(generate, home, tmp_path, monkeypatch, capsys):
    """A loader that takes less than all of a LoRA: its case is left, and the next one is the plain model's."""
    real = NetworkLoras._pipe_call

    def less(self, method, *given, **named):
        if method == "load_lora_weights":
            layer = next(iter(given[0])).rpartition(".lora_")[0]
            given = ({name: factor for name, factor in given[0].items() if not name.startswith(f"{layer}.")},)
        return real(self, method, *given, **named)

    monkeypatch.setattr(NetworkLoras, "_pipe_call", less)
    entry = {"image": str(home / "image.png"), "image_embeds": str(home / "embeds.npy"), "prompt": "a", "seed": 3}
    cases = [{**entry, "output": "own.mp4", "lora": f"{home / 'learnt.safetensors'}:1"}, {**entry, "output": "off.mp4"}]
    (tmp_path / "cases.json").write_text(json.dumps(cases))
    model = ["generate", "--ckpt_dir", "checkpoint", "--dtype", "fp32", "--device", "cpu", *SIZE]
    assert cli.main([*model, "--list", str(tmp_path / "cases.json"), "-o", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "diffusers left out 1 of its matrices" in said and "1 of 2 clips were left as they are: own.mp4" in said
    single = [*model, "--image", str(home / "image.png"), "--image-embeds", str(home / "embeds.npy"), "--prompt", "a"]
    assert cli.main([*single, "--seed", "3", "-o", str(tmp_path / "plain.mp4")]) == 0
    off, plain = (read_side_file(tmp_path / f"{name}.mp4.json").result["frames_sha256"] for name in ("off", "plain"))
    assert off == plain


@pytest.mark.parametrize("strength", [1e-5, -2.5e-7, 100.0, 0.30000000000000004])
def test_a_lora_is_read_as_it_is_spelt(strength):
    lora = Lora("a b:2/c.safetensors", strength, second=strength)
    assert parse_lora(lora.text) == lora


def test_damping_is_told_and_a_start_or_less_strength_is_not(generate, home, tmp_path, capsys):
    shutil.copy(home / "learnt.safetensors", tmp_path / "some_4step_lora.safetensors")
    lora = str(tmp_path / "some_4step_lora.safetensors")

    def said(*words: str) -> str:
        assert generate("never.mp4", *words, "--dry-run")[0] == 0
        return capsys.readouterr().err

    assert "some_4step_lora.safetensors at 1: few-step LoRAs at full strength are known to damp" in said("--lora", lora)
    assert "damp motion" not in said("--lora", f"{lora}:0.6")
    assert "damp motion" not in said("--lora", lora, "--lora-start", "2")
    assert "damp motion" not in said("--lora", "learnt.safetensors")
    assert "learnt.safetensors at 1: few-step" in said("--lora", "learnt.safetensors", "--guidance", "1")


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda folder: "none.safetensors", "none.safetensors is not there"),
        (lambda folder: "learnt.safetensors:much", "strength 'much'. Fix: give a number such as 0.8"),
        (lambda folder: "learnt.safetensors:1000", "strength '1000'"),
        (lambda folder: "image.png", "LoRA image.png: .png ending. Fix: give a .safetensors file"),
        (lambda folder: _saved(folder, {"diffusion_model.blocks.0.ffn.0.lora_up.weight": (4, 4)}), "has no lora_down"),
        (lambda folder: _saved(folder, {"a.lora_up.weight": (4, 4)}), "none of its 1 key belongs to this network"),
        (
            lambda folder: _saved(folder, {"lora_unet_blocks_0_ffn_0.hada_w1_a": (4, 4)}),
            "another kind than LoRA (LoHa)",
        ),
        (
            lambda folder: _saved(
                folder,
                {f"diffusion_model.blocks.0.ffn.0.lora_{n}.weight": s for n, s in (("up", (7, 4)), ("down", (4, 9)))},
            ),
            "factors [7, 4] and [4, 9] for a weight of",
        ),
        (lambda folder: _saved(folder, {"diffusion_model.head.head.diff_b": (5,)}), "head.head.bias: shape [5]"),
    ],
)
def test_refused_before_anything_is_loaded(generate, tmp_path, capsys, monkeypatch, make, text):
    monkeypatch.setattr(engine.Engine, "prepare", lambda *a: pytest.fail("models were loaded first"))
    code, _ = generate("never.mp4", "--lora", make(tmp_path))
    err = capsys.readouterr().err
    assert code == 2 and text in err and err.count("\n") == 1


def _saved(folder, shapes: dict[str, tuple[int, ...]]) -> str:
    save_file({key: torch.zeros(shape) for key, shape in shapes.items()}, str(folder / "odd.safetensors"))
    return str(folder / "odd.safetensors")
