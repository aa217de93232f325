"""Two models in one run on a real ComfyUI: the run is one, each model the host's own affair; and the nodes for it."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from _graphs import Video
from _host import later_host
from _scripts import script_result
from _server import Refused

CASES = Path(__file__).resolve().parent / "phases_cases"
NEAR = 1e-4
"""Latents are near 10 here: float32's rounding in another order of sums."""


def ran(script: str, checkout: Path, python: Path, base: Path, *arguments: str) -> dict:
    return script_result(python, checkout, CASES / script, base, *arguments)


@pytest.fixture(scope="module", params=["this host", "a later one"])
def host(request, comfy_checkout, comfy_python):
    if request.param == "this host":
        return comfy_checkout, comfy_python
    found = later_host(comfy_checkout)
    if isinstance(found, str):
        pytest.skip(found)
    return found


@pytest.fixture(scope="module")
def phases(host, tmp_path_factory):
    return ran("phases.py", *host, tmp_path_factory.mktemp("phases"))


@pytest.fixture(scope="module")
def accelerators(host, comfy_checkout, tmp_path_factory):
    # The later host's wrappers are compiled over and over: a minute for what one host shows.
    words = ("compile",) if host[0] == comfy_checkout else ()
    return ran("accelerators.py", *host, tmp_path_factory.mktemp("accelerators"), *words)


def test_the_same_network_as_both_experts_is_one_run_bit_by_bit(phases):
    """For the published solvers and the host's samplers: with history, with noise of their own, with hooks."""
    assert len(phases["equal"]) == 22
    assert [name for name, same in phases["equal"].items() if not same] == []


def test_the_change_comes_where_the_noise_falls_below_the_level(phases):
    asked = phases["calls"]
    assert [name for name, _, _ in asked] == ["high" if sigma >= 0.9 else "low" for sigma in phases["sigmas"][:-1]]
    assert [sigma for _, sigma, _ in asked] == pytest.approx([int(1000 * s) / 1000 for s in phases["sigmas"][:-1]])
    assert {branches for _, _, branches in asked} == {3}


def test_the_solvers_history_goes_on_across_the_change(phases):
    """Against a loop written apart: each question is a sampling of its own there, and only the solver's state stays."""
    assert set(phases["loop"]) >= {"unipc", "dpm++, a weight of its own", "start without the LoRA"}
    assert all(off < NEAR for off in phases["loop"].values()), phases["loop"]
    assert phases["apart"] > 0.1 and phases["lora matters"] > 0.1


def test_a_model_whose_part_does_not_come_is_never_asked(phases):
    assert phases["only who is needed"] == ["high", "low", "low", "high"]
    assert phases["a start as long as the run"] == ["low", "low", "low"]


def test_the_first_expert_may_leave_before_the_second_comes(phases):
    memory = phases["memory"]
    assert memory["equal"] and memory["LOW_VRAM"] and memory["NO_VRAM"]
    # What was there when each was about to be loaded, and then: it alone.
    assert memory["loaded"][1] == [True] and memory["loaded"][3] == [True]
    assert memory["weights as before"]


def test_steps_are_counted_through_and_told_where_the_host_listens(phases):
    assert phases["steps"] == [[step, 6, True] for step in range(6)]


def test_cancel_and_errors_end_the_run_in_either_phase(phases):
    assert phases["stopped"] == {
        "InterruptProcessingException 0": [1, True],
        "ValueError 0": [1, True],
        "InterruptProcessingException 4": [5, True],
        "ValueError 4": [5, True],
    }
    assert phases["threads left"] == 0 and phases["after a stop"] and phases["in inference mode"]
    assert phases["error of the second"] == "out of memory, say"


@pytest.mark.parametrize(
    ("refusal", "text"),
    [
        (
            "a second model without a picture",
            "Sampler / second_model: a WAN21 model that takes no such picture (16 input channels, 36 are needed)",
        ),
        ("its own schedule", "Sampler / second_model: a node before it sets a shift of 12"),
        (
            "noise level",
            "Sampler / second_sigma: 1.5 is no noise level inside a run. Fix: use a number between",
        ),
        ("start steps", "Sampler / start_steps: 0. Fix: use at least 1"),
    ],
)
def test_what_cannot_be_a_phase_is_refused(phases, refusal, text):
    assert text in phases["refused"][refusal]


def test_a_lora_that_no_graph_names_is_known_by_the_models_own_patches(phases):
    assert phases["damping"]["full"].startswith("a LoRA at 1 in a run of 6 steps without guidance: few-step LoRAs")
    assert phases["damping"]["remedies"] == [None] * 4


def test_an_attention_of_another_kind_sees_every_branch_of_its_phase(accelerators):
    """What block-sparse and kitchen attention hook into; they themselves need a card."""
    seen = accelerators["attention"]
    assert seen["equal"] and seen["calls"] == 24 and seen["branches"] == [3]
    assert seen["both"] == ["high", "low"] and seen["high above"] and seen["low below"]


def test_a_compiled_network_is_used_in_its_phase(accelerators):
    if "compile" not in accelerators:
        pytest.skip("compiled on the usual host only: the wrapper is the same")
    assert accelerators["compile"]["off"] < NEAR and accelerators["compile"]["network put back"]


def test_easycache_skips_in_each_phase_and_is_emptied_between(accelerators):
    cache = accelerators["easycache"]
    assert cache["threshold 0"]
    assert cache["less"]["high"] < cache["whole"]["high"] and cache["less"]["low"] < cache["whole"]["low"]
    assert cache["once more"] == cache["less"], "something was left of the run before"


def test_our_loader_gives_the_factory_that_several_cards_need(accelerators):
    factory = accelerators["factory"]
    assert factory["equal"] and factory["own weights"] and factory["kept by clones"]
    assert factory.get("deepclone", True)


def test_three_branches_are_shared_out_over_devices(accelerators):
    """MultiGPU CFG Split, its second card played by "cpu:0": both phases send branches there, the video is the same."""
    if "split" not in accelerators:
        pytest.skip("this ComfyUI has no MultiGPU CFG Split")
    split = accelerators["split"]
    assert split["off"] < NEAR
    assert {name for name, _ in split["shares of the second"]} == {"high", "low"}


# -- the nodes ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def sampled(client, comfy_server):
    def made(g: Video, latent: str, name: str) -> np.ndarray:
        g.add("TestSave", name=name, latent=[latent, 0])
        client.run(g.prompt)
        return np.load(comfy_server.base / "output" / f"{name}.npz")["latent"]

    return made


def counted(g: Video, model: str, name: str) -> list:
    return [g.add("TestCounting", model=[model, 0], name=name), 0]


def test_new_inputs_come_last_so_that_saved_workflows_stay(client, comfy_server):
    """A workflow stores the values of widgets by their order."""
    more = ["start_model", "start_steps", "start_cfg", "second_model", "second_sigma", "second_cfg"]
    schemas = comfy_server.schemas(client)
    for node, before in {"WanMoveSampler": ["plain", "tracks"], "WanMoveGuider": []}.items():
        optional = list(schemas[node]["input"]["optional"])
        assert optional[: len(before)] == before
        places = [optional.index(name) for name in more]
        assert places == sorted(places) and not set(more) & set(schemas[node]["input"]["required"])


def test_sampler_with_two_experts_is_one_node_one_bar_one_set_of_previews(client, comfy_server, sampled):
    g = Video(length=17)
    once = sampled(g, g.sampler(steps=5, cfg=2.0, seed=3), "one_expert")
    g = Video(length=17)
    latent = g.sampler(steps=5, cfg=2.0, seed=3, second_model=[g.model, 0])
    g.add("TestSave", name="two_experts", latent=[latent, 0])
    run = client.run(g.prompt, previews=True)
    assert np.array_equal(np.load(comfy_server.base / "output" / "two_experts.npz")["latent"], once)
    assert [value for node, value, most in run.progress if node == latent and most == 5] == [1, 2, 3, 4, 5]
    assert len(run.previews) == 5


def test_the_guider_changes_where_the_sampler_does(sampled):
    g = Video()
    other = g.add("LoraLoaderModelOnly", model=[g.model, 0], lora_name="phases.safetensors", strength_model=1.0)
    one = sampled(g, g.sampler(steps=4, cfg=2.0, seed=5, second_model=[other, 0], second_sigma=0.8), "phased_sampler")
    bare = sampled(g, g.sampler(steps=4, cfg=2.0, seed=5), "phased_not")
    guider = g.add(
        "WanMoveGuider", model=[g.model, 0], positive=[g.guide, 0], plain=[g.guide, 2], negative=[g.guide, 1],
        text_cfg=2.0, track_cfg=2.0, second_model=[other, 0], second_sigma=0.8,
    )  # fmt: skip
    pieces = g.add(
        "SamplerCustomAdvanced", noise=[g.add("RandomNoise", noise_seed=5), 0], guider=[guider, 0],
        sampler=[g.add("WanMoveSolver", solver="unipc"), 0],
        sigmas=[g.add("WanMoveSigmas", steps=4, shift=3.0), 0], latent_image=[g.guide, 3],
    )  # fmt: skip
    assert np.array_equal(one, sampled(g, pieces, "phased_pieces"))
    assert np.abs(one - bare).max() > 1e-3


@pytest.fixture(scope="module", autouse=True)
def lora(comfy_server):
    import torch
    from safetensors.torch import save_file

    generator, tensors = torch.Generator().manual_seed(1), {}
    for layer, rows, columns in (("self_attn.q", 32, 32), ("ffn.0", 64, 32)):
        lead = f"diffusion_model.blocks.0.{layer}"
        tensors[f"{lead}.lora_up.weight"] = torch.randn(rows, 4, generator=generator) * 0.3
        tensors[f"{lead}.lora_down.weight"] = torch.randn(4, columns, generator=generator) * 0.3
    folder = comfy_server.base / "models" / "loras"
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / "phases.safetensors")


def test_a_start_without_the_lora_uses_the_plain_model_with_full_guidance(client, comfy_server):
    """A fast preset: two steps of two branches by the plain model, the other four of one branch by the LoRA's."""
    g = Video()
    lora = g.add("LoraLoaderModelOnly", model=[g.model, 0], lora_name="phases.safetensors", strength_model=1.0)
    start, fast = counted(g, g.model, "start"), counted(g, lora, "fast")
    g.model = fast[0]
    latent = g.sampler(preset="fast", start_model=start, start_steps=2, start_cfg=4.0)
    for name in ("start", "fast"):
        g.add("TestSave", name=f"calls_{name}", images=[g.add("TestCalls", latent=[latent, 0], name=name), 0])
    client.run(g.prompt)
    calls = {n: np.load(comfy_server.base / "output" / f"calls_{n}.npz")["images"].tolist() for n in ("start", "fast")}
    assert calls == {"start": [2, 2], "fast": [1, 1, 1, 1]}


def test_cancel_in_the_second_phase(client):
    g = Video(length=17)
    latent = g.sampler(steps=900, second_model=[g.model, 0], second_sigma=0.9)
    g.add("TestSave", name="cancelled_late", latent=[latent, 0])
    run = client.queue(g.prompt)
    # At shift 3 a quarter of the steps lies above 0.9.
    client.wait_for(lambda: any(node == latent and value >= 240 for node, value, _ in run.progress))
    time.sleep(0.05)
    client.interrupt()
    client.wait(run, 30)
    assert run.interrupted and run.error is None
    g.prompt[latent]["inputs"]["steps"] = 2
    client.run(g.prompt)


def test_a_noise_level_outside_a_run_is_refused_before_anything_runs(client):
    g = Video()
    latent = g.sampler(second_model=[g.model, 0], second_sigma=1.5)
    g.add("TestSave", name="never", latent=[latent, 0])
    with pytest.raises(Refused, match=r"Value 1\.5 bigger than max of 0\.999"):
        client.run(g.prompt)


@pytest.mark.parametrize(
    ("preset", "steps", "shift"),
    [
        ("fast, 4 steps, shift 5", 4, 5.0),
        ("fast, 8 steps, shift 5", 8, 5.0),
        ("fast, 4 steps, shift 8", 4, 8.0),
        ("fast, 8 steps, shift 8", 8, 8.0),
    ],
)
def test_fast_presets_are_the_schedules_that_they_name(sampled, preset, steps, shift):
    g = Video()
    named = sampled(g, g.sampler(preset=preset, steps=40, cfg=9.0, shift=1.0, seed=2), f"preset_{steps}_{shift}")
    g = Video()
    by_hand = g.sampler(preset="custom", steps=steps, cfg=1.0, shift=shift, seed=2)
    assert np.array_equal(named, sampled(g, by_hand, f"by_hand_{steps}_{shift}"))
