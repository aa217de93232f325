"""Two networks in one run: bit-equal to one where they are one, and a loop written apart where they are not."""

# Keyword dictionaries and the library's own classes, typed looser than they are.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false
from __future__ import annotations

import json

import numpy as np
import pytest
import torch

pytest.importorskip("diffusers", reason="the extra 'standalone' is not installed")

from safetensors.torch import save_file

from wan_move_core import cli
from wan_move_core.checkpoints.shapes import NetworkShape, expected_shapes
from wan_move_core.errors import WanMoveError
from wan_move_core.generate.memory import choose_plan, estimate
from wan_move_core.generate.sidefile import read_side_file
from wan_move_core.hosts.diffusers import load_pipeline
from wan_move_core.hosts.diffusers.loader import part_paths
from wan_move_core.hosts.diffusers.models.placement import place_network
from wan_move_core.hosts.diffusers.sampling.schedule import make_scheduler
from wan_move_core.tracks import Tracks

EXPERT = NetworkShape(dim=48, ffn_dim=64, num_layers=2, num_heads=2, text_dim=32, image_dim=None)
"""Wan2.2's layout in small: no branch for image features. Text as wide as the golden checkpoint's."""

CPU = torch.device("cpu")


def write_expert(folder, seed: int):
    """A network of :data:`EXPERT` in the published layout."""
    generator = torch.Generator().manual_seed(seed)
    folder.mkdir(parents=True)
    tensors = {}
    for name, sides in expected_shapes(EXPERT).items():
        value = torch.randn(sides, generator=generator) * 0.15
        tensors[name] = value + 1 if "norm" in name and name.endswith("weight") else value
    save_file(tensors, folder / "diffusion_pytorch_model.safetensors")
    (folder / "config.json").write_text(json.dumps({"num_heads": 2}))
    return folder


@pytest.fixture(scope="module")
def checkpoint(golden, tmp_path_factory):
    """A folder as Wan2.2 A14B is published: two networks in folders of their own, no image encoder."""
    source = golden / "tiny_official" / "checkpoint"
    folder = tmp_path_factory.mktemp("wan22")
    for seed, name in enumerate(("high_noise_model", "low_noise_model")):
        write_expert(folder / name, seed)
    for name in ("models_t5_umt5-xxl-enc-bf16.pth", "Wan2.1_VAE.pth", "google"):
        (folder / name).symlink_to(source / name, target_is_directory=name == "google")
    return folder


@pytest.fixture
def load(checkpoint):
    def made(**changes):
        pipe = load_pipeline(checkpoint, dtype=torch.float32, **changes)
        pipe.set_progress_bar_config(disable=True)
        return pipe

    return made


@pytest.fixture(scope="module")
def call():
    generator = torch.Generator().manual_seed(5)
    xy = torch.tensor([[[8.0 + 3 * f, 20.0], [60.0, 30.0]] for f in range(5)]).numpy()
    return {
        "image": torch.rand(3, 48, 80, generator=generator),
        "prompt": "a red square moves",
        "negative_prompt": "bad",
        "height": 48,
        "width": 80,
        "num_frames": 5,
        "num_inference_steps": 6,
        "guidance_scale": 2.0,
        "shift": 5.0,
        "latents": torch.randn(1, 16, 2, 6, 10, generator=generator),
        "output_type": "latent",
        "tracks": Tracks.make(xy, np.ones((5, 2), bool), size_wh=(80, 48)),
    }


def asked(pipe) -> list[tuple[str, int]]:
    """Fills with (network, timestep) of every question, as the networks hear them."""
    heard: list[tuple[str, int]] = []
    for name in ("transformer", "transformer_2"):
        getattr(pipe, name).register_forward_pre_hook(
            lambda _module, _args, given, name=name: heard.append((name, int(given["timestep"][0]))), with_kwargs=True
        )
    return heard


def test_the_published_folder_of_two_experts_is_found(checkpoint, golden, tmp_path):
    parts = part_paths(checkpoint)
    assert parts["transformer"] == checkpoint / "high_noise_model"
    assert parts["transformer_2"] == checkpoint / "low_noise_model"
    # A network from elsewhere stands in for both, unless the second is named too.
    assert part_paths(checkpoint, transformer="x.safetensors")["transformer_2"] is None
    assert part_paths(checkpoint, transformer="x.st", transformer_2="y.st")["transformer_2"].name == "y.st"
    assert part_paths(golden / "tiny_official" / "checkpoint")["transformer_2"] is None


def test_the_same_network_twice_is_one_run_bit_by_bit(load, call, checkpoint):
    high = checkpoint / "high_noise_model"
    for solver in ("unipc", "dpm++"):
        one = load(transformer=high)(**call, solver=solver).frames
        assert torch.equal(load(transformer=high, transformer_2=high)(**call, solver=solver).frames, one)
        assert torch.isfinite(one).all() and one.std() > 0.1


@pytest.mark.parametrize("solver", ["unipc", "dpm++"])
def test_the_solver_goes_on_across_the_change(load, call, solver):
    """Against the loop written out with both networks and one scheduler."""
    pipe = load()
    heard = asked(pipe)
    made = pipe(**call, solver=solver).frames
    assert len(heard) == 12
    assert all(name == ("transformer" if timestep >= 900 else "transformer_2") for name, timestep in heard)
    assert {name for name, _ in heard} == {"transformer", "transformer_2"}

    scheduler = make_scheduler(solver, 5.0)
    scheduler.set_timesteps(6)
    picture = (call["image"] * 2 - 1)[None]
    condition, _ = pipe.make_condition(picture, 5, call["tracks"])
    prompt, negative = (pipe.encode_text(call[name]) for name in ("prompt", "negative_prompt"))
    x = call["latents"]
    with torch.no_grad():
        for timestep in scheduler.timesteps:
            network = pipe.transformer if timestep >= 900 else pipe.transformer_2
            given = {"hidden_states": torch.cat([x, condition], 1), "timestep": timestep[None], "return_dict": False}
            u, c = (network(encoder_hidden_states=text, **given)[0] for text in (negative, prompt))
            x = scheduler.step(u + 2.0 * (c - u), timestep, x, return_dict=False)[0]
    torch.testing.assert_close(made, x, atol=1e-5, rtol=1e-5)


def test_boundary_and_guidance_of_the_second(load, call):
    pipe = load(boundary_ratio=0.7)
    heard = asked(pipe)
    once = pipe(**{**call, "guidance_scale": 1.0}, guidance_scale_2=3.0).frames
    steps = {name: [t for other, t in heard if other == name] for name in ("transformer", "transformer_2")}
    assert min(steps["transformer"]) >= 700 > max(steps["transformer_2"])
    # Weight 1 asks for the prompt alone, 3 for both.
    assert len(steps["transformer"]) == len(set(steps["transformer"]))
    assert len(steps["transformer_2"]) == 2 * len(set(steps["transformer_2"]))
    assert not torch.equal(once, pipe(**{**call, "guidance_scale": 1.0}).frames)


def test_a_track_weight_holds_in_both_phases(load, call):
    pipe = load()
    heard = asked(pipe)
    pipe(**call, guidance_mode="track-cfg", track_guidance_scale=3.5, guidance_scale_2=4.0)
    assert len(heard) == 3 * 6


def test_the_first_leaves_before_the_second_comes(load, call, monkeypatch):
    """Where the plan holds one network on the card; the networks tell of their moves, also for a second clip."""
    pipe, moves = load(), []
    plan = choose_plan("40g", card_bytes=None)
    assert plan.experts_take_turns and not choose_plan("80g", card_bytes=None).experts_take_turns
    usual = pipe(**call).frames
    place_network(pipe, plan, CPU)
    assert pipe.experts_take_turns
    pipe.network_leaves_for_vae = False
    for name in ("transformer", "transformer_2"):
        network = getattr(pipe, name)
        monkeypatch.setattr(network, "to", lambda where, name=name: moves.append((name, str(where))))

    # To torch the same place as the host memory that the networks leave for, under another name.
    monkeypatch.setattr(type(pipe), "_execution_device", property(lambda self: torch.device("cpu", 0)))
    assert torch.equal(pipe(**call).frames, usual)
    turn = [("transformer_2", "cpu"), ("transformer", "cpu:0"), ("transformer", "cpu"), ("transformer_2", "cpu:0")]
    assert moves == turn
    pipe(**call)
    assert moves == 2 * turn


def test_both_stay_where_the_plan_has_the_room(load, call):
    pipe = load()
    place_network(pipe, choose_plan("80g", card_bytes=None), CPU)
    assert not pipe.experts_take_turns


def test_what_cannot_be_two_experts_is_refused(load, call):
    with pytest.raises(WanMoveError, match=r"Generate / boundary: 1\.2 is no noise level"):
        load(boundary_ratio=1.2)
    pipe = load()
    pipe.register_to_config(boundary_ratio=None)
    with pytest.raises(WanMoveError, match="a second network, and no noise level at which it takes over"):
        pipe(**call)


def test_a_first_and_last_frame_network_is_refused_in_words(tmp_path):
    from wan_move_core.hosts.diffusers.models.parts import load_transformer

    shape = NetworkShape(dim=48, ffn_dim=64, num_layers=1, num_heads=2, text_dim=32, image_dim=64, image_positions=34)
    tensors = {name: torch.zeros(sides) for name, sides in expected_shapes(shape).items()}
    save_file(tensors, tmp_path / "flf.safetensors", {"config": json.dumps({"transformer": {"num_heads": 2}})})
    with pytest.raises(WanMoveError, match=r"first-and-last-frame model \(FLF2V\)"):
        load_transformer(tmp_path / "flf.safetensors", torch.float32)


@pytest.fixture(scope="module")
def command(checkpoint, golden):
    """5 frames and 6 steps by ``wan-move generate``, which finds both experts in the folder."""
    image = golden / "tiny_official" / "image.png"
    return [
        *("generate", "--ckpt_dir", str(checkpoint), "--dtype", "fp32", "--device", "cpu", "--image", str(image)),
        *("--prompt", "a red square", "--negative_prompt", "bad", "--seed", "3", "--shift", "5", "--guidance", "2"),
        *("--width", "80", "--height", "48", "--frames", "5", "--steps", "6"),
    ]


def test_generate_uses_both_experts_and_records_them(command, checkpoint, tmp_path, capsys):
    out = tmp_path / "a.mp4"
    assert cli.main([*command, "-o", str(out)]) == 0
    assert "two experts, both" in capsys.readouterr().err
    side = read_side_file(f"{out}.json")
    assert side.settings.boundary == 0.9 and side.settings.guidance_scale_2 is None
    names = {part: [entry["name"] for entry in side.weights[part]] for part in ("transformer", "transformer_2")}
    assert names["transformer"] == names["transformer_2"] == ["diffusion_pytorch_model.safetensors"]
    assert side.weights["transformer"] != side.weights["transformer_2"]
    assert "image_encoder" not in side.weights

    assert cli.main(["generate", "--repeat", f"{out}.json", "--device", "cpu", "-o", str(tmp_path / "b.mp4")]) == 0
    assert "The frames are the same, bit for bit." in capsys.readouterr().err
    # Named one by one, they are the same run; with another change or another guidance they are not.
    named = ["--transformer", str(checkpoint / "high_noise_model"), "--transformer-2"]
    assert cli.main([*command, *named, str(checkpoint / "low_noise_model"), "-o", str(out)]) == 0
    assert "1 of 1 are there already" in capsys.readouterr().err
    for other in (["--boundary", "0.7"], ["--guidance-2", "1"]):
        assert cli.main([*command, *other, "-o", str(out)]) == 2
        assert "it was made with other settings, inputs or weights" in capsys.readouterr().err


def test_a_record_from_before_two_experts_is_still_its_run(command, checkpoint, tmp_path, capsys):
    out, record = tmp_path / "old.mp4", tmp_path / "old.mp4.json"
    one = [*command, "--transformer", str(checkpoint / "high_noise_model"), "-o", str(out)]
    assert cli.main(one) == 0
    table = json.loads(record.read_text())
    for name in ("transformer_2", "boundary", "guidance_scale_2"):
        del table["settings"][name]
    record.write_text(json.dumps(table))
    assert cli.main(one) == 0
    assert "1 of 1 are there already" in capsys.readouterr().err


def test_memory_is_computed_for_two(command, checkpoint, tmp_path, capsys):
    """Under a plan that holds one network on the card it is one's weights there, and both in host memory."""
    shape = NetworkShape(dim=5120, ffn_dim=13824, num_layers=40, num_heads=40, image_dim=None)

    def computed(preset: str, experts: int):
        return estimate(choose_plan(preset, card_bytes=None), shape, (832, 480), 81, experts=experts)

    both, one = computed("80g", 2), computed("80g", 1)
    assert 25e9 < both.network - one.network < 32e9
    assert computed("40g", 2).card == computed("40g", 1).card
    assert computed("40g", 2).host == pytest.approx(2 * computed("40g", 1).host)
    assert computed("16g", 2).host > 1.9 * computed("16g", 1).host
    for preset, told in (("40g", "two experts, the one at work there alone"), ("16g", "two experts, both")):
        assert cli.main([*command, "--memory", preset, "--dry-run", "-o", str(tmp_path / "x.mp4")]) == 0
        assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "text"),
    [
        (["--boundary", "1.5"], "Generate / --boundary: 1.5 is no noise level inside a run"),
        (
            ["--image-embeds", "x.npy"],
            "this network takes no image features (Wan2.2's experts have no branch for them)",
        ),
    ],
)
def test_generate_refuses_what_two_experts_cannot_do(command, tmp_path, capsys, more, text):
    np.save(tmp_path / "x.npy", np.zeros((1, 17, 1280), np.float32))
    more = [str(tmp_path / word) if word.endswith(".npy") else word for word in more]
    assert cli.main([*command, *more, "-o", str(tmp_path / "x.mp4")]) == 2
    assert text in capsys.readouterr().err
