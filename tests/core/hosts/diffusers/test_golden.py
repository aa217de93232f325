"""The published run, reproduced on diffusers from the checkpoint's own files; and what the pipeline adds to it."""

# Keyword dictionaries and the library's own classes, typed looser than they are.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false
from __future__ import annotations

import json
import socket

import numpy as np
import pytest
import torch

pytest.importorskip("diffusers", reason="the extra 'standalone' is not installed")

from wan_move_core.errors import WanMoveError
from wan_move_core.hosts.diffusers.sampling.inputs import fit_picture, picture_tensor
from wan_move_core.tracks import Tracks


@pytest.fixture(scope="module")
def run(golden):
    folder = golden / "tiny_official"
    return json.loads((folder / "run.json").read_text())


@pytest.fixture(scope="module")
def expected(golden):
    return {k: torch.from_numpy(v) for k, v in np.load(golden / "tiny_official" / "expected.npz").items()}


@pytest.fixture(scope="module")
def image(golden):
    from PIL import Image

    return Image.open(golden / "tiny_official" / "image.png").convert("RGB")


@pytest.fixture(scope="module")
def tracks(golden, image):
    folder = golden / "tiny_official"
    return Tracks.make(np.load(folder / "tracks.npy")[0], np.load(folder / "visibility.npy")[0], size_wh=image.size)


@pytest.fixture(scope="module")
def pipe(golden):
    """Loaded with every connection refused: nothing may be asked of a hub."""
    from wan_move_core.hosts.diffusers import load_pipeline

    def refuse(*args, **kwargs):
        raise AssertionError(f"a connection was tried: {args}")

    kept = socket.socket.connect, socket.getaddrinfo
    socket.socket.connect, socket.getaddrinfo = refuse, refuse
    try:
        loaded = load_pipeline(golden / "tiny_official" / "checkpoint", dtype=torch.float32)
    finally:
        socket.socket.connect, socket.getaddrinfo = kept
    loaded.set_progress_bar_config(disable=True)
    return loaded


def _short(expected, picture, **changes):
    """A call of 5 frames and 2 steps."""
    call = {
        "image": picture,
        "prompt": "a red square moves",
        "negative_prompt": "bad",
        "height": 48,
        "width": 80,
        "num_frames": 5,
        "num_inference_steps": 2,
        "latents": expected["noise"][None, :, :2],
        "image_embeds": expected["clip_features"],
        "output_type": "latent",
    }
    return {**call, **changes}


def test_text_states(pipe, run, expected):
    for text, key in ((run["prompt"], "context"), (run["negative_prompt"], "context_null")):
        states = pipe.encode_text(text)[0]
        length = expected[key].shape[0]
        assert states.shape == (512, 32)
        torch.testing.assert_close(states[:length], expected[key], atol=1e-5, rtol=0)
        assert not states[length:].any()


def test_texts_that_are_too_long_are_told(pipe):
    long = " ".join(["red"] * 600)
    count = len(pipe.tokenizer(long).input_ids)
    assert count > 512
    with pytest.warns(UserWarning, match=rf"the text 'red red .* has {count} tokens; only the first 512 are used"):
        pipe.encode_text(long)


def test_condition(pipe, run, expected, image, tracks):
    picture, fitted = fit_picture(picture_tensor(image), tracks, run["height"], run["width"])
    guided, plain = pipe.make_condition(picture, run["frames"], fitted)
    torch.testing.assert_close(guided[0], expected["condition"], atol=1e-5, rtol=0)
    assert (guided - plain).abs().max() > 0.1


def test_latent_and_video(pipe, run, expected, image, tracks):
    latent = pipe(
        image,
        run["prompt"],
        run["negative_prompt"],
        run["height"],
        run["width"],
        run["frames"],
        run["steps"],
        run["guidance_scale"],
        latents=expected["noise"][None],
        image_embeds=expected["clip_features"],
        output_type="latent",
        tracks=tracks,
        shift=run["shift"],
        solver=run["solver"],
    ).frames
    assert pipe.scheduler.timesteps.tolist() == expected["timesteps"].tolist()
    torch.testing.assert_close(latent[0], expected["final_latent"], atol=1e-4, rtol=0)
    video = pipe.decode(latent, "pt")[0].permute(1, 0, 2, 3) * 2 - 1
    torch.testing.assert_close(video, expected["video"], atol=5e-4, rtol=0)


def test_image_encoder(golden):
    from wan_move_core.hosts.diffusers.models.parts import load_image_encoder
    from wan_move_core.hosts.diffusers.sampling.pipeline import WanMovePipeline

    folder = golden / "clip_vision"
    known = np.load(folder / "expected.npz")
    encoder = load_image_encoder(
        folder / "models_clip_open-clip-xlm-roberta-large-vit-huge-14.pth", torch.float32, heads=4
    )
    stage = WanMovePipeline(tokenizer=None, text_encoder=None, vae=None, scheduler=None, image_encoder=encoder)
    image = torch.from_numpy(known["image"])[0].float() / 255
    with torch.no_grad():
        states = stage.encode_image(image)
    torch.testing.assert_close(states, torch.from_numpy(known["penultimate"]), atol=2e-5, rtol=0)


@pytest.mark.parametrize("solver", ["unipc", "dpm++"])
@pytest.mark.parametrize(("steps", "shift"), [(4, 3.0), (20, 3.0), (40, 3.0), (40, 5.0), (8, 5.0)])
def test_schedulers_follow_the_published_solvers(golden, solver, steps, shift):
    from wan_move_core.hosts.diffusers.sampling.schedule import make_scheduler

    known = np.load(golden / "solvers.npz")
    lead = f"{solver}/{steps}/{shift}"
    scheduler = make_scheduler(solver, shift)
    scheduler.set_timesteps(steps)
    assert scheduler.timesteps.tolist() == known[f"{lead}/timesteps"].tolist()
    np.testing.assert_array_equal(scheduler.sigmas.numpy(), known[f"{lead}/sigmas"])
    x = torch.from_numpy(known["x0"])
    for t in scheduler.timesteps:
        v = 0.7 * x + 0.3 * torch.tanh(torch.roll(x, 1, -1)) - 0.5 * torch.cos(3 * t.float() / 1000)
        x = scheduler.step(v, t, x, return_dict=False)[0]
    np.testing.assert_allclose(x.numpy(), known[f"{lead}/final"], atol=2e-5, rtol=0)


def test_our_loop_is_diffusers_own_loop(pipe, expected, image):
    """Without tracks, and with the condition's seam untouched, our call and the base class's give the same bits."""
    from diffusers import WanImageToVideoPipeline

    call = _short(expected, image)
    ours = pipe(**call, shift=3.0).frames
    picture = call.pop("image")
    stock = WanImageToVideoPipeline(
        tokenizer=pipe.tokenizer,
        text_encoder=pipe.text_encoder,
        vae=pipe.vae,
        scheduler=pipe.scheduler,
        transformer=pipe.transformer,
    )
    stock.set_progress_bar_config(disable=True)
    # The base class refuses a picture beside its features; here both are wanted.
    stock.check_inputs = lambda *args: None
    theirs = stock(image=picture, **call).frames
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)


def test_track_guidance_is_the_stated_sum(pipe, expected, image, tracks):
    """One step is affine in the velocity, and the weights add up to one: the latents add up like the branches."""
    tracks = tracks.trim(0, 4)
    one = {"num_inference_steps": 1}

    def only(scale, **more):
        return pipe(**_short(expected, image, **one, guidance_scale=scale, **more)).frames

    u, c, t = only(0.0), only(1.0), only(1.0, tracks=tracks)
    mixed = only(5.0, tracks=tracks, guidance_mode="track-cfg", track_guidance_scale=2.0)
    torch.testing.assert_close(mixed, -4 * u + 3 * c + 2 * t, atol=1e-4, rtol=1e-4)
    assert (mixed - only(5.0, tracks=tracks)).abs().max() > 1e-2


def test_several_videos_per_prompt(pipe, expected, image, tracks):
    noise = torch.cat([expected["noise"][None, :, :2], expected["noise"][None, :, 2:4]])
    call = _short(expected, image, tracks=tracks.trim(0, 4))
    both = pipe(**{**call, "latents": noise, "num_videos_per_prompt": 2}).frames
    for i in range(2):
        alone = pipe(**{**call, "latents": noise[i : i + 1]}).frames
        torch.testing.assert_close(both[i : i + 1], alone, atol=1e-4, rtol=1e-4)


def test_defaults_and_prompt_embeds(pipe, expected, image):
    from wan_move_core.method.published import NEGATIVE_PROMPT

    call = _short(expected, image)
    given = pipe(**{**call, "negative_prompt": NEGATIVE_PROMPT}).frames
    default = pipe(**{**call, "negative_prompt": None}).frames
    assert torch.equal(given, default)
    embeds = {"prompt_embeds": pipe.encode_text(call["prompt"]), "negative_prompt_embeds": pipe.encode_text("bad")}
    assert torch.equal(pipe(**{**call, "prompt": None, "negative_prompt": None, **embeds}).frames, pipe(**call).frames)


def test_size_rule_and_stretch(image, tracks):
    picture, fitted = fit_picture(picture_tensor(image), tracks, None, None)
    # The published rule for an 80x48 picture and 832x480 pixels: side = 16 floor(floor(sqrt(area * ratio)) / 16).
    assert tuple(picture.shape[-2:]) == (480, 800)
    assert fitted is not None and tracks is not None and fitted.size_wh == (800, 480)
    torch.testing.assert_close(fitted.xy, tracks.xy * 10)
    with pytest.raises(WanMoveError, match=r"only one of height and width.*give both or none"):
        fit_picture(picture_tensor(image), None, 48, None)
    with pytest.raises(
        WanMoveError, match=r"Generate / height: 40 px is not a positive multiple of 16. Fix: use (32|48)"
    ):
        fit_picture(picture_tensor(image), None, 40, 80)
    other = Tracks.make(tracks.xy, size_wh=(81, 48))
    with pytest.raises(WanMoveError, match=r"belong to a 81x48 picture, the given one is 80x48"):
        fit_picture(picture_tensor(image), other, 48, 80)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"num_frames": 6}, "6 frames, but the model's lengths are 4k"),
        ({"prompt": None}, "no prompt was given"),
        ({"latents": torch.zeros(1, 16, 3, 6, 10)}, r"shape \[1, 16, 3, 6, 10\], expected \[1, 16, 2, 6, 10\]"),
        ({"image_embeds": torch.zeros(3, 17, 1280)}, r"shape \[3, 17, 1280\] for 1 videos"),
        ({"image_embeds": None}, "no image encoder is loaded"),
        ({"guidance_mode": "other"}, "unknown mode 'other'"),
        ({"track_guidance_scale": 2.0}, "one weight for prompt and tracks"),
        ({"solver": "euler"}, "unknown solver 'euler'"),
        ({"shift": -1.0}, "shift -1.0"),
        ({"num_videos_per_prompt": 0}, "num_videos_per_prompt"),
        ({"negative_prompt": ["a", "b"]}, "2 negative prompts for 1 prompts"),
        ({"generator": [torch.Generator(), torch.Generator()], "latents": None}, "2 for 1 videos"),
        ({"image": torch.zeros(2, 3, 48, 80)}, "expected one RGB picture"),
        ({"image": torch.full((3, 48, 80), 2.0)}, "values from 2 to 2"),
    ],
)
def test_wrong_calls(pipe, expected, image, change, text):
    with pytest.raises(WanMoveError, match=text):
        pipe(**_short(expected, image, **change))


def test_callback_sees_every_step_and_may_change_latents(pipe, expected, image):
    seen = []

    def note(_pipe, index, t, tensors):
        seen.append((index, int(t), tuple(tensors["latents"].shape)))
        return {"latents": torch.zeros_like(tensors["latents"])} if index == 1 else {}

    out = pipe(**_short(expected, image), callback_on_step_end=note).frames
    assert [s[0] for s in seen] == [0, 1]
    assert all(s[2] == (1, 16, 2, 6, 10) for s in seen)
    assert not out.any()
