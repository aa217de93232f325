"""Sampling on the real server: the one-stop node and the pieces, previews, cancel, batches, weights, presets."""

from __future__ import annotations

import io
import time

import numpy as np
import pytest
from _graphs import Video
from _server import Refused
from PIL import Image


@pytest.fixture
def sampled(client, comfy_server):
    """Runs the prompt and returns the numbers that its TestSave wrote."""

    def made(g: Video, latent: str, name: str) -> np.ndarray:
        g.add("TestSave", name=name, latent=[latent, 0])
        client.run(g.prompt)
        return np.load(comfy_server.base / "output" / f"{name}.npz")["latent"]

    return made


def custom(g: Video, guider: str, steps: int = 3, shift: float = 3.0, seed: int = 5, solver: str = "unipc") -> str:
    noise = g.add("RandomNoise", noise_seed=seed)
    return g.add(
        "SamplerCustomAdvanced", noise=[noise, 0], guider=[guider, 0],
        sampler=[g.add("WanMoveSolver", solver=solver), 0],
        sigmas=[g.add("WanMoveSigmas", steps=steps, shift=shift), 0], latent_image=[g.guide, 3],
    )  # fmt: skip


def weighted(g: Video, text_cfg: float, track_cfg: float) -> str:
    return g.add(
        "WanMoveGuider", model=[g.model, 0], positive=[g.guide, 0], plain=[g.guide, 2], negative=[g.guide, 1],
        text_cfg=text_cfg, track_cfg=track_cfg,
    )  # fmt: skip


def test_one_stop_with_previews(client, comfy_server):
    g = Video(width=96, height=64, length=17)
    latent = g.sampler(steps=3)
    g.add("TestSave", name="one_stop", latent=[latent, 0], images=[g.decode(latent), 0])
    run = client.run(g.prompt, previews=True)
    numbers = np.load(comfy_server.base / "output" / "one_stop.npz")
    assert numbers["latent"].shape == (1, 16, 5, 8, 12)
    assert numbers["images"].shape == (17, 64, 96, 3)
    assert np.isfinite(numbers["latent"]).all() and numbers["latent"].std() > 0.01
    assert [value for node, value, most in run.progress if node == latent and most == 3] == [1, 2, 3]
    assert len(run.previews) == 3
    # Four moments of the clip, two by two, with tracks in the published colours on top of grey-brown latents.
    sheet = Image.open(io.BytesIO(run.previews[-1])).convert("RGB")
    assert sheet.size == (512, 340 + 2) or abs(sheet.size[1] - 341) <= 1
    assert _saturated(sheet) > 100

    g.prompt[g.guide]["inputs"].pop("tracks")
    bare = client.run(g.prompt, previews=True)
    assert _saturated(Image.open(io.BytesIO(bare.previews[-1])).convert("RGB")) < _saturated(sheet) / 2


def _saturated(picture: Image.Image) -> int:
    """Pixels near the first two published track colours."""
    pixels = np.asarray(picture).astype(int)
    near = [np.abs(pixels - colour).max(-1) < 40 for colour in ((102, 153, 255), (0, 255, 255))]
    return int(sum(n.sum() for n in near))


def test_one_stop_equals_its_pieces(sampled):
    g = Video()
    one = sampled(g, g.sampler(steps=3, cfg=2.0, seed=5), "as_one")
    g = Video()
    cfg = g.add("CFGGuider", model=[g.model, 0], positive=[g.guide, 0], negative=[g.guide, 1], cfg=2.0)
    assert np.array_equal(one, sampled(g, custom(g, cfg), "as_pieces"))
    g = Video()
    assert np.array_equal(one, sampled(g, custom(g, weighted(g, 2.0, 2.0)), "as_equal_weights"))


@pytest.mark.parametrize(("text_cfg", "track_cfg"), [(2.0, 3.5), (1.0, 2.0), (0.0, 1.5), (3.0, 0.0), (0.0, 0.0)])
def test_weights_are_the_formula(sampled, text_cfg, track_cfg):
    """One Euler step is linear in the velocity: three plain runs by stock nodes, combined by hand, must agree."""

    def euler(g: Video, guider: str) -> str:
        return g.add(
            "SamplerCustomAdvanced", noise=[g.add("RandomNoise", noise_seed=5), 0], guider=[guider, 0],
            sampler=[g.add("KSamplerSelect", sampler_name="euler"), 0],
            sigmas=[g.add("WanMoveSigmas", steps=1, shift=3.0), 0], latent_image=[g.guide, 3],
        )  # fmt: skip

    def alone(index: int, name: str) -> np.ndarray:
        g = Video()
        return sampled(g, euler(g, g.add("BasicGuider", model=[g.model, 0], conditioning=[g.guide, index])), name)

    t, u, c = (alone(i, f"alone_{n}") for i, n in enumerate("tuc"))
    assert np.abs(t - c).max() > 0.01
    g = Video()
    ours = sampled(g, euler(g, weighted(g, text_cfg, track_cfg)), f"weighted_{text_cfg}_{track_cfg}")
    expected = (1 - text_cfg) * u + (text_cfg - track_cfg) * c + track_cfg * t
    assert np.abs(ours - expected).max() < 2e-4


@pytest.mark.parametrize(
    ("text_cfg", "track_cfg", "branches"),
    [(2.0, 2.0, 2), (1.0, 1.0, 1), (2.0, 3.0, 3), (1.0, 2.0, 2), (3.0, 0.0, 2), (0.0, 0.0, 1)],
)
def test_branches_without_weight_are_not_computed(client, comfy_server, text_cfg, track_cfg, branches):
    """And those that are computed go through the network in one call per step."""
    g = Video()
    name = f"calls_{text_cfg}_{track_cfg}"
    g.model = g.add("TestCounting", model=[g.model, 0], name=name)
    latent = custom(g, weighted(g, text_cfg, track_cfg), steps=2)
    g.add("TestSave", name=name, images=[g.add("TestCalls", latent=[latent, 0], name=name), 0])
    client.run(g.prompt)
    assert np.load(comfy_server.base / "output" / f"{name}.npz")["images"].tolist() == [branches, branches]


def test_three_branches_equal_the_hosts_dual_guider(sampled):
    """The host's DualCFGGuider computes the same three-way formula."""
    g = Video()
    ours = sampled(g, custom(g, weighted(g, 2.0, 3.0)), "ours_three")
    g = Video()
    dual = g.add(
        "DualCFGGuider", model=[g.model, 0], cond1=[g.guide, 0], cond2=[g.guide, 2], negative=[g.guide, 1],
        cfg_conds=3.0, cfg_cond2_negative=2.0, style="regular",
    )  # fmt: skip
    assert np.abs(ours - sampled(g, custom(g, dual), "theirs_three")).max() < 1e-4


def test_sampler_with_a_track_weight(sampled):
    g = Video()
    guider = sampled(g, custom(g, weighted(g, 2.0, 3.0)), "pieces_track_cfg")
    g = Video()
    one = sampled(g, g.sampler(steps=3, cfg=2.0, track_cfg=3.0, seed=5, plain=[g.guide, 2]), "one_track_cfg")
    assert np.array_equal(one, guider)


def test_batch_items_have_seeds_of_their_own(sampled):
    g = Video(batch_size=2)
    both = sampled(g, g.sampler(seed=11), "batch")
    assert both.shape[0] == 2 and (both[0] != both[1]).any()
    g = Video()
    second = sampled(g, g.sampler(seed=12), "second_alone")
    assert np.abs(both[1] - second[0]).max() < 1e-4


def test_presets_overrule_the_widgets(client, sampled):
    g = Video()
    fast = g.sampler(preset="fast", steps=40, cfg=9.0, shift=1.0, seed=2)
    ours = sampled(g, fast, "fast")
    g = Video()
    guider = g.add("BasicGuider", model=[g.model, 0], conditioning=[g.guide, 0])
    assert np.abs(ours - sampled(g, custom(g, guider, steps=6, shift=8.0, seed=2), "fast_pieces")).max() < 1e-5


def test_dpmpp_is_another_solver(sampled):
    results = []
    for solver in ("unipc", "dpm++"):
        g = Video()
        results.append(sampled(g, custom(g, weighted(g, 1.0, 1.0), solver=solver), f"solver_{solver[:3]}"))
    difference = np.abs(results[0] - results[1]).max()
    assert 0 < difference < 1


def test_percent_is_a_part_of_the_steps(sampled):
    """end = 0.5 of 4 Euler steps is two guided steps and then two plain ones, put together by stock nodes."""

    def euler(g: Video, condition: list, sigmas: list, latent: list, noise: list) -> str:
        shifted = g.add("ModelSamplingSD3", model=[g.model, 0], shift=3.0)
        guider = g.add("BasicGuider", model=[shifted, 0], conditioning=condition)
        return g.add(
            "SamplerCustomAdvanced", noise=noise, guider=[guider, 0], sigmas=sigmas, latent_image=latent,
            sampler=[g.add("KSamplerSelect", sampler_name="euler"), 0],
        )  # fmt: skip

    def sigmas(g: Video) -> str:
        return g.add("WanMoveSigmas", steps=4, shift=3.0)

    def whole(**guide: float) -> np.ndarray:
        g = Video(**guide)
        noise = [g.add("RandomNoise", noise_seed=5), 0]
        return sampled(g, euler(g, [g.guide, 0], [sigmas(g), 0], [g.guide, 3], noise), f"euler_{len(guide)}")

    g = Video()
    split = g.add("SplitSigmas", sigmas=[sigmas(g), 0], step=2)
    noise = [g.add("RandomNoise", noise_seed=5), 0]
    first = euler(g, [g.guide, 0], [split, 0], [g.guide, 3], noise)
    second = euler(g, [g.guide, 2], [split, 1], [first, 0], [g.add("DisableNoise"), 0])
    expected = sampled(g, second, "two_halves")
    ours = whole(end=0.5)
    assert np.abs(ours - expected).max() < 1e-4
    assert np.abs(whole() - expected).max() > 1e-3


def test_context_windows_plug_in(sampled):
    """The host's context windows slide over our condition; one window that holds the whole clip changes nothing."""

    def windows(length: int, name: str) -> np.ndarray:
        g = Video(length=33)
        wide = g.add(
            "WanContextWindowsManual", model=[g.model, 0], context_length=length, context_overlap=8,
            context_schedule="standard_uniform", fuse_method="pyramid",
        )  # fmt: skip
        g.model = wide
        return sampled(g, g.sampler(steps=3, cfg=2.0), name)

    g = Video(length=33)
    plain = sampled(g, g.sampler(steps=3, cfg=2.0), "no_windows")
    assert np.array_equal(windows(33, "one_window"), plain)
    assert np.abs(windows(17, "windows") - plain).max() > 1e-3


def test_cancel_at_once(client, record_property):
    g = Video(length=17)
    latent = g.sampler(steps=900)
    g.add("TestSave", name="cancelled", latent=[latent, 0])
    run = client.queue(g.prompt)
    client.wait_for(lambda: any(node == latent and value >= 2 for node, value, _ in run.progress))
    asked = time.monotonic()
    client.interrupt()
    client.wait(run, 30)
    assert run.interrupted and run.error is None
    record_property("seconds from cancel to end", time.monotonic() - asked)
    steps_done = max(value for node, value, _ in run.progress if node == latent)
    assert steps_done < 900
    # The server is as good as new.
    g.prompt[latent]["inputs"]["steps"] = 1
    client.run(g.prompt)


def test_masked_latent_keeps_what_is_masked(client, comfy_server):
    """A noise mask (part of the video kept) works through the published solver: the kept part comes out unchanged."""
    g = Video()
    first = g.sampler(steps=2)
    mask = g.add("SolidMask", value=0.0, width=64, height=64)
    kept = g.add("SetLatentNoiseMask", samples=[first, 0], mask=[mask, 0])
    second = g.add(
        "WanMoveSampler", model=[g.model, 0], positive=[g.guide, 0], negative=[g.guide, 1], latent=[kept, 0],
        seed=9, steps=2, cfg=1.0,
    )  # fmt: skip
    g.add("TestSave", name="kept_a", latent=[first, 0])
    g.add("TestSave", name="kept_b", latent=[second, 0])
    client.run(g.prompt)
    a, b = (np.load(comfy_server.base / "output" / f"kept_{n}.npz")["latent"] for n in "ab")
    assert np.abs(a - b).max() < 1e-3


def test_refused_before_anything_runs(client):
    g = Video()
    latent = g.sampler(cfg=2.0, track_cfg=3.0)
    g.add("TestSave", name="never", latent=[latent, 0])
    with pytest.raises(Refused, match="connect Guide's plain output, or make both weights equal"):
        client.run(g.prompt)


@pytest.mark.parametrize(
    ("kind", "inputs", "text"),
    [
        ("WanMoveSigmas", {"steps": 0, "shift": 3.0}, "Value 0 smaller than min of 1"),
        ("WanMoveSigmas", {"steps": 4, "shift": 0.0}, "Value 0.0 smaller than min of 0.01"),
    ],
)
def test_sigmas_refuses(client, kind, inputs, text):
    g = Video()
    g.add("TestSave", name="never", sigmas=[g.add(kind, **inputs), 0])
    with pytest.raises(Refused, match=text):
        client.run(g.prompt)


def test_foreign_schedule_is_told(client):
    """A schedule that is no flow model's is refused with what to use, not sampled into noise."""
    g = Video()
    sigmas = g.add("KarrasScheduler", steps=4, sigma_max=14.6, sigma_min=0.03, rho=7.0)
    latent = g.add(
        "SamplerCustomAdvanced", noise=[g.add("RandomNoise", noise_seed=1), 0], guider=[weighted(g, 1.0, 1.0), 0],
        sampler=[g.add("WanMoveSolver", solver="unipc"), 0], sigmas=[sigmas, 0], latent_image=[g.guide, 3],
    )  # fmt: skip
    g.add("TestSave", name="never", latent=[latent, 0])
    run = client.run(g.prompt, fail=True)
    assert "do not fall strictly from at most 1" in run.message and "use the Wan-Move sigmas" in run.message


def test_tracks_of_another_clip_are_not_drawn_but_do_no_harm(client, comfy_server):
    g = Video()
    other = g.add("TestTracks", json_text='{"xy": [[[1, 1]], [[2, 2]]]}')
    g.add("TestSave", name="odd_preview", latent=[g.sampler(tracks=[other, 0]), 0])
    run = client.run(g.prompt, previews=True)
    assert len(run.previews) == 2
    assert "previews come without tracks: these are 2 frames" in comfy_server.log_text
