"""Nodes that know two branches, with three of ours: NAG, skipped layers, patches that tell them apart; schedules."""

from __future__ import annotations

import numpy as np
import pytest
from _graphs import Video

WEIGHTS = [(2.0, 1.5), (1.0, 2.0), (2.0, 0.0), (3.0, 4.0)]
"""Text and track: three branches; two prompts and no negative; no prompt with tracks; three again."""


@pytest.fixture
def euler(client, comfy_server):
    """One Euler step is linear in the velocity, so branches that were run alone can be combined by hand."""

    def run(g: Video, guider: str, name: str) -> np.ndarray:
        latent = g.add(
            "SamplerCustomAdvanced", noise=[g.add("RandomNoise", noise_seed=5), 0], guider=[guider, 0],
            sampler=[g.add("KSamplerSelect", sampler_name="euler"), 0],
            sigmas=[g.add("WanMoveSigmas", steps=1, shift=3.0), 0], latent_image=[g.guide, 3],
        )  # fmt: skip
        g.add("TestSave", name=name, latent=[latent, 0])
        client.run(g.prompt)
        return np.load(comfy_server.base / "output" / f"{name}.npz")["latent"]

    return run


def _with_nag(g: Video) -> Video:
    g.model = g.add("TestNAG", model=[g.model, 0], conditioning=[g.add("TestText", seed=9, width=64), 0])
    return g


def _with_skipped_layers(g: Video) -> Video:
    g.model = g.add(
        "SkipLayerGuidanceDiTSimple", model=[g.model, 0], double_layers="0", single_layers="", start_percent=0.0,
        end_percent=1.0,
    )  # fmt: skip
    return g


def _with_a_patch(g: Video) -> Video:
    g.model = g.add("TestTellsApart", model=[g.model, 0])
    return g


def _ours(g: Video, text_cfg: float, track_cfg: float) -> str:
    return g.add(
        "WanMoveGuider", model=[g.model, 0], positive=[g.guide, 0], plain=[g.guide, 2], negative=[g.guide, 1],
        text_cfg=text_cfg, track_cfg=track_cfg,
    )  # fmt: skip


def _cfg(g: Video, prompt: int, cfg: float) -> str:
    return g.add("CFGGuider", model=[g.model, 0], positive=[g.guide, prompt], negative=[g.guide, 1], cfg=cfg)


def _formula(t, u, c, text_cfg: float, track_cfg: float) -> np.ndarray:
    return (1 - text_cfg) * u + (text_cfg - track_cfg) * c + track_cfg * t


@pytest.mark.parametrize(("text_cfg", "track_cfg"), WEIGHTS)
def test_nag_acts_on_every_branch(euler, text_cfg, track_cfg):
    """It fails on a batch of three, and leaves the second of two without: each branch goes alone, as it wants them."""

    def alone(index: int, make=_with_nag, kind: str = "nag") -> np.ndarray:
        g = make(Video())
        return euler(g, g.add("BasicGuider", model=[g.model, 0], conditioning=[g.guide, index]), f"{kind}_{index}")

    t, u, c = (alone(i) for i in (0, 1, 2))
    assert np.abs(t - alone(0, lambda g: g, "bare")).max() > 0.01
    g = _with_nag(Video())
    ours = euler(g, _ours(g, text_cfg, track_cfg), f"nag_{text_cfg}_{track_cfg}")
    assert np.abs(ours - _formula(t, u, c, text_cfg, track_cfg)).max() < 2e-4


@pytest.mark.parametrize(("text_cfg", "track_cfg"), [w for w in WEIGHTS if w[0] != 1])
def test_skipped_layers_act_on_the_negative(euler, text_cfg, track_cfg):
    """SkipLayerGuidance asks the network itself, for a prompt and a negative."""
    negative = _with_skipped_layers(Video())
    u = euler(negative, _cfg(negative, 0, 0.0), "slg_u")
    bare = Video()
    assert np.abs(u - euler(bare, _cfg(bare, 0, 0.0), "slg_bare")).max() > 0.01
    prompts = []
    for index in (0, 2):
        g = Video()
        guider = g.add("BasicGuider", model=[g.model, 0], conditioning=[g.guide, index])
        prompts.append(euler(g, guider, f"slg_{index}"))
    g = _with_skipped_layers(Video())
    ours = euler(g, _ours(g, text_cfg, track_cfg), f"slg_{text_cfg}_{track_cfg}")
    assert np.abs(ours - _formula(prompts[0], u, prompts[1], text_cfg, track_cfg)).max() < 2e-4


@pytest.mark.parametrize(("text_cfg", "track_cfg"), [w for w in WEIGHTS if w[0] != 1])
def test_patches_find_the_prompt_and_the_negative_where_the_host_has_them(euler, text_cfg, track_cfg):
    """By the host's own numbers: 0 is the prompt, 1 the negative. Both prompts are seen beside the negative."""

    def branches(index: int) -> tuple[np.ndarray, np.ndarray]:
        """Prompt and negative, seen beside each other: from 2 c - u and 3 c - 2 u."""
        made = []
        for cfg in (2.0, 3.0):
            g = _with_a_patch(Video())
            made.append(euler(g, _cfg(g, index, cfg), f"beside_{index}_{cfg}"))
        two, three = made
        return 2 * two - three, 3 * two - 2 * three

    (t, u), (c, _) = branches(0), branches(2)
    g = Video()
    bare = euler(g, g.add("BasicGuider", model=[g.model, 0], conditioning=[g.guide, 0]), "beside_bare")
    assert np.abs(t - bare).max() > 0.01
    g = _with_a_patch(Video())
    ours = euler(g, _ours(g, text_cfg, track_cfg), f"apart_{text_cfg}_{track_cfg}")
    assert np.abs(ours - _formula(t, u, c, text_cfg, track_cfg)).max() < 1e-3


@pytest.mark.parametrize(
    ("preset", "shift", "own"), [("custom", 5.0, 3.0), ("fast", 3.0, 3.0), ("published", 8.0, 8.0)]
)
def test_a_schedule_that_the_sampler_would_overrule_is_told(client, preset, shift, own):
    """``own`` is the sampler's widget, which a preset replaces: 8 for fast, 3 as published."""
    g = Video()
    g.model = g.add("ModelSamplingSD3", model=[g.model, 0], shift=shift)
    g.add("TestSave", name="never", latent=[g.sampler(steps=1, preset=preset, shift=own), 0])
    message = client.run(g.prompt, fail=True).message
    used = {"custom": own, "fast": 8.0, "published": 3.0}[preset]
    assert f"sets a shift of {shift:g}, this sampler has a shift of its own, {used:g}" in message
    assert f"choose preset custom and set shift to {shift:g}" in message


def test_the_same_schedule_twice_is_no_matter(euler, client, comfy_server):
    made = []
    for name, before in (("shift_before", True), ("shift_none", False)):
        g = Video()
        if before:
            g.model = g.add("ModelSamplingSD3", model=[g.model, 0], shift=5.0)
        g.add("TestSave", name=name, latent=[g.sampler(steps=2, shift=5.0), 0])
        client.run(g.prompt)
        made.append(np.load(comfy_server.base / "output" / f"{name}.npz")["latent"])
    assert np.array_equal(*made)
