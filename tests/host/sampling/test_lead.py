"""The draft leads on the real server: with every solver what it knows lies on the noise line, until it is let go."""

from __future__ import annotations

import json

import numpy as np
import pytest
from _graphs import Video

FROM, TO = 0.979, 0.949
DETERMINISTIC = [
    "unipc", "dpm++", "euler", "heun", "dpm_2", "lms", "dpmpp_2m", "ipndm", "ipndm_v", "deis",
    "res_multistep", "gradient_estimation", "uni_pc", "uni_pc_bh2", "exp_heun_2_x0",
]  # fmt: skip
STOCHASTIC = [
    "euler_ancestral", "dpmpp_2s_ancestral", "dpmpp_sde", "dpmpp_2m_sde", "dpmpp_3m_sde", "lcm", "er_sde", "seeds_2",
    "sa_solver", "dpm_2_ancestral", "ddim",
]  # fmt: skip
"""Noise of their own; the host gives ddim other noise for what is kept than for the start."""
AHEAD = ["heunpp2"]
"""Asks at the noise level after the next one too, so that its last held step already knows of the release."""
PUBLISHED = ("unipc", "dpm++")


def draft(g: Video, **more) -> str:
    """Encode Draft of a clip whose middle is known: a bright square that moves to the right."""
    mask = g.add("SolidMask", value=0.0, width=64, height=64)
    square = g.add("SolidMask", value=1.0, width=24, height=24)
    known = g.add("MaskComposite", destination=[mask, 0], source=[square, 0], x=16, y=24, operation="add")
    clip = g.add("TestImage", width=64, height=64, frames=g.size[2], mark_x=20, mark_y=30)
    return g.add("WanMoveEncodeDraft", **{"draft": [clip, 0], "vae": [g.vae, 0], "mask": [known, 0], **more})


HELD = (slice(3, 6), slice(2, 5))
"""Cells of the square, rows and columns."""


def guider(g: Video, lead: str | None, cfg: float = 2.0, **levels) -> str:
    custom = {"lead_preset": "custom", "lead_from": FROM, "lead_to": TO, **levels}
    return g.add(
        "WanMoveGuider", model=[g.model, 0], positive=[g.guide, 0], plain=[g.guide, 2], negative=[g.guide, 1],
        text_cfg=cfg, track_cfg=cfg, lead_draft=None if lead is None else [lead, 0], **custom,
    )  # fmt: skip


def watched(g: Video, solver: str, name: str, made_guider: str, steps: int = 12, first: int = 10000) -> str:
    """SamplerCustomAdvanced with a solver whose every call is written down; of ``steps`` only the ``first`` ones."""
    node = (
        g.add("WanMoveSolver", solver=solver) if solver in PUBLISHED else g.add("KSamplerSelect", sampler_name=solver)
    )
    return g.add(
        "SamplerCustomAdvanced", noise=[g.add("RandomNoise", noise_seed=5), 0], guider=[made_guider, 0],
        sampler=[g.add("TestWatchSampler", sampler=[node, 0], name=name), 0],
        sigmas=[g.add("SplitSigmas", sigmas=[g.add("WanMoveSigmas", steps=steps, shift=3.0), 0], step=first), 0],
        latent_image=[g.guide, 3],
    )  # fmt: skip


@pytest.fixture
def output(comfy_server):
    return lambda name: np.load(comfy_server.base / "output" / f"{name}.npz")


@pytest.fixture
def sampled(client, output):
    def made(g: Video, latent: str, name: str) -> np.ndarray:
        g.add("TestSave", name=name, latent=[latent, 0])
        client.run(g.prompt)
        return output(name)["latent"]

    return made


@pytest.fixture(scope="module")
def runs(comfy_server):
    """Every solver once, in one prompt: the first of 20 steps at shift 3, sigmas .9997 .983 .966 .947 .926 .9 .88"""
    from _server import Client

    tab = Client(comfy_server)
    try:
        g = Video()
        lead = draft(g)
        for solver in (*DETERMINISTIC, *AHEAD, *STOCHASTIC):
            own = Video.__new__(Video)
            own.__dict__.update(g.__dict__)
            own.model = g.add("TestWatchNetwork", model=[g.model, 0], name=f"lead_{solver}")
            sample = watched(own, solver, f"lead_{solver}", guider(own, lead, cfg=1.0), 20, 6)
            g.add("TestShown", latent=[sample, 0], name=f"lead_{solver}")
        tab.run(g.prompt)
    finally:
        tab.close()
    return comfy_server.base / "output"


def off_line(x: np.ndarray, sigma: np.ndarray, run) -> np.ndarray:
    """[calls]: how far the held cells are from (1 - sigma) draft + sigma noise, at most."""
    at = sigma.reshape(-1, 1, 1, 1, 1)
    line = (1 - at) * run["latent"][0].astype(np.float64) + at * run["noise"][0].astype(np.float64)
    return np.abs(x - line)[:, :, :, HELD[0], HELD[1]].max((1, 2, 3, 4))


@pytest.mark.parametrize("solver", DETERMINISTIC)
def test_the_solvers_own_sample_is_on_the_line_until_the_release(runs, solver):
    run = np.load(runs / f"lead_{solver}.npz")
    sigma = run["sigma"]
    assert sigma[0] == pytest.approx(0.983, abs=1e-3)
    off = off_line(run["x"][:, 0], sigma, run)
    released = sigma <= 0.9475
    assert (~released).sum() >= 2 and released.sum() >= 3
    # float32, values of some units: the last bit of each is 2e-7.
    assert off[~released].max() < (1e-6 if solver in PUBLISHED else 4e-6), off[~released]
    if solver in PUBLISHED:
        assert off[released][0] < 1e-6
    assert off[released][1:].max() > 1e-2


@pytest.mark.parametrize("solver", [*DETERMINISTIC, *AHEAD, *STOCHASTIC])
def test_the_network_is_shown_the_line_until_the_release(runs, solver):
    """Also where a solver adds noise of its own: what is held is shown with the noise of the start."""
    run, shown = np.load(runs / f"lead_{solver}.npz"), np.load(runs / f"lead_{solver}_shown.npz")
    off = off_line(shown["x"], shown["sigma"], run)
    assert off[shown["sigma"] > 0.9475].max() < 2e-6
    assert off[shown["sigma"] < 0.945].max() > 1e-2


@pytest.mark.parametrize("solver", [*PUBLISHED, "euler", "dpmpp_2m"])
def test_outside_nothing_changes_at_the_first_step(client, output, solver):
    """Beside a run of the same start that holds nothing: outside of the mask the first step is the same, bit by bit."""
    seen = []
    for held in (True, False):
        g = Video()
        sample = watched(g, solver, f"first_{held}", guider(g, draft(g), **({} if held else {"lead_to": FROM})))
        g.add("TestSave", name="unused", latent=[sample, 0])
        client.run(g.prompt)
        seen.append(output(f"first_{held}")["x"])
    held, free = seen
    assert np.array_equal(held[0], free[0])
    outside = np.ones((8, 8), bool)
    outside[HELD] = False
    assert np.array_equal(held[1][..., outside], free[1][..., outside])
    assert np.abs(held[1][..., ~outside] - free[1][..., ~outside]).max() > 1e-4


def test_no_draft_and_off_are_todays_bits(sampled):
    def one(name: str, with_draft: bool, **more) -> np.ndarray:
        g = Video()
        lead = {"lead_draft": [draft(g), 0]} if with_draft else {}
        return sampled(g, g.sampler(steps=3, seed=5, **lead, **more), name)

    today = one("today", False)
    assert np.array_equal(one("off", True, lead_preset="off"), today)
    assert np.array_equal(one("none", False, lead_preset="camera"), today)
    assert np.abs(one("led", True) - today).max() > 0.05
    g = Video()
    plain = sampled(g, watched(g, "unipc", "w", guider(g, None), steps=3), "guider_none")
    g = Video()
    off = sampled(g, watched(g, "unipc", "w", guider(g, draft(g), lead_preset="off"), steps=3), "guider_off")
    assert np.array_equal(plain, off) and np.array_equal(plain, today)


def test_one_stop_equals_its_pieces(sampled):
    g = Video()
    one = sampled(g, g.sampler(steps=12, seed=5, lead_draft=[draft(g), 0], lead_preset="objects"), "lead_one")
    g = Video()
    pieces = sampled(g, watched(g, "unipc", "w", guider(g, draft(g))), "lead_pieces")
    assert np.array_equal(one, pieces)


def test_items_of_a_batch_are_led_each_by_itself(sampled):
    g = Video(batch_size=2)
    both = sampled(g, g.sampler(seed=11, steps=8, lead_draft=[draft(g), 0]), "lead_batch")
    g = Video()
    second = sampled(g, g.sampler(seed=12, steps=8, lead_draft=[draft(g), 0]), "lead_second")
    assert np.abs(both[0] - both[1]).max() > 1e-2
    assert np.abs(both[1] - second[0]).max() < 1e-4


def test_context_windows_go_with_it(sampled):
    def run(name: str, length: int | None) -> np.ndarray:
        g = Video(length=33)
        if length:
            g.model = g.add(
                "WanContextWindowsManual", model=[g.model, 0], context_length=length, context_overlap=8,
                context_schedule="standard_uniform", fuse_method="pyramid",
            )  # fmt: skip
        return sampled(g, g.sampler(steps=6, lead_draft=[draft(g), 0]), name)

    plain = run("lead_no_windows", None)
    assert np.array_equal(run("lead_one_window", 33), plain)
    windows = run("lead_windows", 17)
    assert np.isfinite(windows).all() and np.abs(windows - plain).max() > 1e-3


def test_few_steps_and_previews(client, comfy_server):
    """6 steps at shift 8: led from the second, let go at the third; a preview for each step that is made."""
    g = Video(length=9)
    latent = g.sampler(preset="fast", lead_draft=[draft(g), 0])
    g.add("TestSave", name="lead_fast", latent=[latent, 0])
    run = client.run(g.prompt, previews=True)
    assert [value for node, value, most in run.progress if node == latent and most == 5] == [1, 2, 3, 4, 5]
    assert len(run.previews) == 5
    said = "the draft leads from step 2 of 6 (noise level 0.975) and lets go at step 3 (0.941)"
    assert said in comfy_server.log_text


def test_cancel(client):
    g = Video(length=17)
    latent = g.sampler(steps=900, lead_draft=[draft(g), 0])
    g.add("TestSave", name="lead_cancelled", latent=[latent, 0])
    run = client.queue(g.prompt)
    client.wait_for(lambda: any(node == latent and value >= 2 for node, value, _ in run.progress))
    client.interrupt()
    client.wait(run, 30)
    assert run.interrupted and run.error is None
    # The guider of the next run is as good as new.
    g.prompt[latent]["inputs"].update(steps=2, lead_preset="off")
    client.run(g.prompt)


def test_a_clock_of_its_own_and_soft_masks(client, output):
    """A black clock lets go at once; half a grey mask is half the draft."""
    black = Video()
    clock = black.add("SolidMask", value=0.0, width=64, height=64)
    soft = Video()
    grey = soft.add("SolidMask", value=0.5, width=64, height=64)
    made = {}
    for name, g, more in (
        ("full", Video(), {}), ("black", black, {"clock": [clock, 0]}), ("soft", soft, {"mask": [grey, 0]}),
    ):  # fmt: skip
        sample = watched(g, "euler", f"clock_{name}", guider(g, draft(g, **more)), steps=20)
        g.add("TestSave", name="unused", latent=[sample, 0])
        client.run(g.prompt)
        run = output(f"clock_{name}")
        made[name] = off_line(run["x"][:, 0], run["sigma"], run)
    assert made["full"][1] < 4e-6 and made["black"][1] > 1e-3
    # At the first step the sample is the same for all, so half a mask goes half as far from the line.
    assert made["soft"][1] == pytest.approx(made["black"][1] / 2, rel=1e-3)


def test_encoded(client, output):
    """The latent is the VAE's own of the frames; the mask is in latent steps, 0 where the draft knows."""
    g = Video()
    clip = g.add("TestImage", width=64, height=64, frames=9)
    known = g.add("SolidMask", value=1.0, width=64, height=64)
    node = g.add("WanMoveEncodeDraft", draft=[clip, 0], vae=[g.vae, 0], mask=[known, 0])
    theirs = g.add("VAEEncode", pixels=[clip, 0], vae=[g.vae, 0])
    g.add("TestSave", name="encoded", latent=[node, 0])
    g.add("TestSave", name="theirs", latent=[theirs, 0])
    g.add("TestSave", name="square", latent=[draft(g, feather=1), 0])
    client.run(g.prompt)
    assert np.array_equal(output("encoded")["latent"], output("theirs")["latent"])
    assert output("encoded")["latent/noise_mask"].shape == (1, 1, 3, 8, 8)
    assert not output("encoded")["latent/noise_mask"].any()
    mask = output("square")["latent/noise_mask"][0, 0]
    for step in mask:
        assert not step[HELD].any()
        assert (step[2, 1:6] == 0.5).all() and (step[7] == 1).all()


def test_alpha_is_what_the_draft_knows(client, output):
    """RGBA frames hold what the same frames hold with a mask; with both, only where both know."""
    g = Video()
    clip = g.add("TestImage", width=64, height=64, frames=9, mark_x=20, mark_y=30)
    left = g.add("MaskComposite", destination=[g.add("SolidMask", value=0.0, width=64, height=64), 0],
                 source=[g.add("SolidMask", value=1.0, width=32, height=64), 0], x=0, y=0, operation="add")  # fmt: skip
    top = g.add("MaskComposite", destination=[g.add("SolidMask", value=0.0, width=64, height=64), 0],
                source=[g.add("SolidMask", value=1.0, width=64, height=32), 0], x=0, y=0, operation="add")  # fmt: skip
    each = g.add("ImageToMask", channel="red", image=[
        g.add("RepeatImageBatch", image=[g.add("MaskToImage", mask=[left, 0]), 0], amount=9), 0])  # fmt: skip
    # The host's node takes what shall be transparent.
    hidden = g.add("InvertMask", mask=[each, 0])
    layers = g.add("JoinImageWithAlpha", image=[clip, 0], alpha=[hidden, 0])
    nodes = {
        "alpha": g.add("WanMoveEncodeDraft", draft=[layers, 0], vae=[g.vae, 0]),
        "mask": g.add("WanMoveEncodeDraft", draft=[clip, 0], vae=[g.vae, 0], mask=[left, 0]),
        "both": g.add("WanMoveEncodeDraft", draft=[layers, 0], vae=[g.vae, 0], mask=[top, 0]),
    }
    for name, node in nodes.items():
        g.add("TestSave", name=name, latent=[node, 0])
    told = g.add("PreviewAny", source=[nodes["alpha"], 1])
    run = client.run(g.prompt)
    assert "it knows what its alpha shows opaque" in "".join(run.ui[told]["text"])
    held = {name: 1 - output(name)["latent/noise_mask"][0, 0] for name in nodes}
    assert np.array_equal(held["alpha"], held["mask"])
    assert held["alpha"][:, :, :4].all() and not held["alpha"][:, :, 4:].any()
    assert held["both"][:, :4, :4].all() and held["both"].sum() == 3 * 4 * 4


def test_a_draft_of_another_origin_is_fitted_and_paced(client, output, comfy_server):
    """A clip of twice the size, rate and length, beside a picture that was cropped; and one that ends too early."""
    g = Video(width=64, height=64, picture={"width": 160, "height": 96})
    spot = g.add("TestImage", width=320, height=192, frames=18, mark_x=160, mark_y=96)
    whole = g.add(
        "WanMoveEncodeDraft", draft=[spot, 0], vae=[g.vae, 0], wanmove_image=[g.encode, 0], fps=32.0,
        mask=[g.add("SolidMask", value=1.0, width=320, height=192), 0],
    )  # fmt: skip
    short = g.add("TestImage", width=160, height=96, frames=3)
    early = g.add("WanMoveEncodeDraft", draft=[short, 0], vae=[g.vae, 0], wanmove_image=[g.encode, 0])
    g.add("TestSave", name="whole", latent=[whole, 0])
    g.add("TestSave", name="early", latent=[early, 0])
    shows = [g.add("PreviewAny", source=[node, 1]) for node in (whole, early)]
    run = client.run(g.prompt)
    assert output("whole")["latent"].shape == (1, 16, 3, 8, 8)
    told = ["".join(run.ui[node]["text"]) for node in shows]
    assert "The draft has 18 frames of 320x192 at 32 per second, the video 9 of 64x64 at 16" in told[0]
    assert "each frame is fitted by crop" in told[0] and "one in 2 frames is taken" in told[0]
    assert "it ends after frame 3 of the video" in told[1]
    # Frames 0 to 2 are steps 0 and, by union, 1; step 2 is after its end.
    assert output("early")["latent/noise_mask"][0, 0].mean((1, 2)).tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("size", "the draft's latent is [16, 2, 8, 8], the video's [16, 3, 8, 8]. Fix: connect wanmove_image"),
        ("kept", "the latent is not empty, and a draft is to lead the sampling. Fix: connect Guide's latent"),
        ("levels", "from 0.9 to 0.95, but noise falls while sampling"),
        ("mask", "2 frames, the draft has 9. Fix: give one mask for all frames, or one for each"),
        ("steps", "a noise mask of shape [1, 1, 64, 64], the latent has [3, 8, 8] steps and cells"),
        ("vae", "its latents have 4 channels; Wan2.1's video VAE has 16"),
    ],
)
def test_refused(client, case, words):
    g = Video()
    lead, settings = [draft(g), 0], {}
    if case == "size":
        lead = [draft(g, draft=[g.add("TestImage", frames=5), 0], mask=None), 0]
    elif case == "kept":
        g.guide, kept = g.guide, g.add("VAEEncode", pixels=[g.add("TestImage", frames=9), 0], vae=[g.vae, 0])
        settings = {"latent": [kept, 0]}
    elif case == "levels":
        settings = {"lead_preset": "custom", "lead_from": 0.9, "lead_to": 0.95}
    elif case == "mask":
        two = g.add("ImageToMask", image=[g.add("TestImage", frames=2), 0], channel="red")
        lead = [draft(g, mask=[two, 0]), 0]
    elif case == "steps":
        solid = g.add("SolidMask", value=1.0, width=64, height=64)
        lead = [g.add("SetLatentNoiseMask", samples=lead, mask=[solid, 0]), 0]
    elif case == "vae":
        lead = [draft(g, vae=[g.add("TestForeignVAE"), 0]), 0]
    node = g.sampler(lead_draft=lead)
    g.prompt[node]["inputs"].update(settings)
    g.add("TestSave", name="never", latent=[node, 0])
    assert words in client.run(g.prompt, fail=True).message


def test_the_motion_drafts_mask(client, output):
    """The second output of Motion Draft: as large as its frames, white where the point's thing is, and for the led."""
    g = Video(width=96, height=64, length=17)
    told = {"xy": [[[30.0 + 2 * f, 32.0], [4.0, 4.0]] for f in range(17)], "size_wh": [96, 64]}
    tracks = g.add("TestTracks", json_text=json.dumps(told))
    node = g.add("WanMoveDraft", picture=[g.picture, 0], tracks=[tracks, 0])
    g.add("TestSave", name="known", images=[g.add("MaskToImage", mask=[node, 1]), 0])
    lead = g.add("WanMoveEncodeDraft", draft=[node, 0], mask=[node, 1], vae=[g.vae, 0], wanmove_image=[g.encode, 0])
    g.add("TestSave", name="known_led", latent=[g.sampler(steps=4, lead_draft=[lead, 0]), 0])
    client.run(g.prompt)
    mask = output("known")["images"][..., 0]
    assert mask.shape == (17, 64, 96)
    assert mask[16, 32, 62] > 0.9 and mask[16, 2, 2] == 0
    assert np.isfinite(output("known_led")["latent"]).all()


@pytest.mark.parametrize("solver", ["unipc", "dpm++", "euler"])
def test_a_run_of_two_or_three_models_is_led_like_a_run_of_one(sampled, solver):
    """The same network in every part: the lead neither starts anew nor is lost where the model changes."""

    def made(name: str, lead: bool = True, **models) -> np.ndarray:
        g = Video()
        given = {role: [g.model, 0] if value == "model" else value for role, value in models.items()}
        levels = {"lead_preset": "custom", "lead_from": FROM, "lead_to": 0.5}
        led = {"lead_draft": [draft(g), 0], **levels} if lead else {}
        return sampled(g, g.sampler(steps=12, seed=5, solver=solver, **led, **given), f"phases_{solver}_{name}")

    one = made("one")
    assert np.abs(one - made("unled", lead=False)).max() > 0.1
    # It leads down to 0.5: both changes, after four steps and below 0.9, come while it does.
    three = {"second_model": "model", "start_model": "model", "start_steps": 4, "start_cfg": 2.0}
    assert np.abs(one - made("two", second_model="model")).max() < 1e-6
    assert np.abs(one - made("three", **three)).max() < 1e-6
