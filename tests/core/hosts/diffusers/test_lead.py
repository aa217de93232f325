"""A draft leads the pipeline: on the noise line until it is let go, and free elsewhere."""

# Keyword dictionaries and the library's own classes, typed looser than they are.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false
from __future__ import annotations

import numpy as np
import pytest
import torch

pytest.importorskip("diffusers", reason="the extra 'standalone' is not installed")

from wan_move_core.errors import WanMoveError
from wan_move_core.hosts.diffusers.sampling.lead import Lead, LedLoop, encode_lead
from wan_move_core.lead.levels import lead_steps, noise_line
from wan_move_core.lead.presets import LeadLevels

LEVELS = LeadLevels(0.979, 0.949)
NEVER_HELD = LeadLevels(0.979, 0.979)


@pytest.fixture(scope="module")
def expected(golden):
    return {k: torch.from_numpy(v) for k, v in np.load(golden / "tiny_official" / "expected.npz").items()}


@pytest.fixture(scope="module")
def pipe(golden):
    from wan_move_core.hosts.diffusers import load_pipeline

    loaded = load_pipeline(golden / "tiny_official" / "checkpoint", dtype=torch.float32)
    loaded.set_progress_bar_config(disable=True)
    return loaded


@pytest.fixture(scope="module")
def draft():
    """uint8 [9, 48, 80, 3]: a bright square on grey that moves, and where it is."""
    frames, known = np.full((9, 48, 80, 3), 90, np.uint8), torch.zeros(9, 48, 80)
    for frame in range(9):
        frames[frame, 16:32, 8 + 4 * frame : 24 + 4 * frame] = 230
        known[frame, 16:32, 8 + 4 * frame : 24 + 4 * frame] = 1
    return frames, known


@pytest.fixture(scope="module")
def run(pipe, expected, golden):
    """``run(lead, **changes)`` -> (final latent, the samples before and after every step)."""
    from PIL import Image

    image = Image.open(golden / "tiny_official" / "image.png").convert("RGB")

    def made(lead=None, **changes):
        states = []

        def note(_pipe, index, t, tensors):
            states.append(tensors["latents"].clone())
            return {}

        call = {
            "image": image, "prompt": "a red square moves", "negative_prompt": "bad", "height": 48, "width": 80,
            "num_frames": 9, "num_inference_steps": 20, "latents": expected["noise"][None, :, :3], "shift": 3.0,
            "image_embeds": expected["clip_features"], "output_type": "latent", "guidance_scale": 1.0,
            "callback_on_step_end": note, **({} if lead is None else {"lead": lead}), **changes,
        }  # fmt: skip
        return pipe(**call).frames, states

    return made


def test_encoded(pipe, draft):
    lead = encode_lead(pipe, draft[0], draft[1], LEVELS)
    assert lead.latent.shape == (1, 16, 3, 6, 10) and lead.known.shape == (1, 1, 3, 6, 10)
    # The picture's own condition is the encoder's way to the same numbers, of a clip that is grey after frame 0.
    frames = np.full((9, 48, 80, 3), 127.5)
    frames[0] = draft[0][0]
    picture = torch.from_numpy(draft[0][:1]).permute(0, 3, 1, 2).float() / 127.5 - 1
    _, plain = pipe.make_condition(picture, 9)
    again = encode_lead(pipe, torch.from_numpy(frames / 255), None, LEVELS)
    torch.testing.assert_close(again.latent, plain[:, 4:], atol=1e-5, rtol=0)
    assert bool((again.known == 1).all())


@pytest.mark.parametrize("solver", ["unipc", "dpm++"])
def test_what_is_known_lies_on_the_noise_line_until_the_release(pipe, run, draft, expected, solver):
    lead = encode_lead(pipe, draft[0], draft[1], LEVELS)
    _, states = run(lead, solver=solver)
    sigmas = pipe.scheduler.sigmas
    steps = lead_steps(sigmas, LEVELS)
    assert steps is not None and steps.start == 1 and steps.release == 3 and len(states) == 19
    held = (lead.known == 1).expand_as(lead.latent)
    assert int(held[0, 0].sum()) == 4 + 6 + 6
    noise = expected["noise"][None, :, :3]
    off = [
        float((state - noise_line(lead.latent, noise, float(sigmas[steps.start + 1 + i])))[held].abs().max())
        for i, state in enumerate(states)
    ]
    assert max(off[: steps.release - steps.start]) < 1e-6
    assert off[steps.release - steps.start + 1] > 1e-3


@pytest.mark.parametrize("solver", ["unipc", "dpm++"])
def test_outside_nothing_changes_at_the_first_step(pipe, run, draft, solver):
    frames, known = draft
    led, free = (encode_lead(pipe, frames, known, levels) for levels in (LEVELS, NEVER_HELD))
    _, held = run(led, solver=solver)
    _, loose = run(free, solver=solver)
    outside = (led.known == 0).expand_as(held[0])
    assert torch.equal(held[0][outside], loose[0][outside])
    assert (held[0][~outside] - loose[0][~outside]).abs().max() > 1e-3


def test_a_schedule_that_begins_below_the_release_is_not_led(pipe, draft, expected):
    low = LedLoop.of(
        encode_lead(pipe, draft[0], draft[1], LEVELS), expected["noise"][None, :, :3], torch.tensor([0.9, 0.4, 0])
    )
    assert low is None


def test_few_steps_batch_and_cfg(pipe, run, draft):
    """6 steps at shift 8: from the second; items of a batch are led alike, each by its own noise."""
    lead = encode_lead(pipe, draft[0], draft[1], LEVELS)
    _, states = run(lead, num_inference_steps=6, shift=8.0)
    assert len(states) == 5
    noise = torch.randn(2, 16, 3, 6, 10, generator=torch.Generator().manual_seed(1))
    both, _ = run(lead, num_inference_steps=6, latents=noise, num_videos_per_prompt=2, guidance_scale=4.0)
    for i in range(2):
        alone, _ = run(lead, num_inference_steps=6, latents=noise[i : i + 1], guidance_scale=4.0)
        torch.testing.assert_close(both[i : i + 1], alone, atol=1e-4, rtol=1e-4)


def test_soft_masks_and_a_clock(pipe, run, draft):
    frames, known = draft
    full, soft = (encode_lead(pipe, frames, known * share, LEVELS) for share in (1, 0.5))
    at_once = encode_lead(pipe, frames, known, LEVELS, clock=torch.zeros(9, 48, 80))
    free = encode_lead(pipe, frames, known, NEVER_HELD)
    first = {name: run(lead)[1][0] for name, lead in (("full", full), ("soft", soft), ("free", free))}
    torch.testing.assert_close(first["soft"], (first["full"] + first["free"]) / 2, atol=1e-5, rtol=0)
    assert torch.equal(run(at_once)[0], run(free)[0])


def test_the_two_hosts_hold_alike(draft):
    """Against the host's formula (KSamplerX0Inpaint): the sample shown, and the x0 stepped on, for a soft mask."""
    draw = torch.Generator().manual_seed(2)
    latent, noise, x, velocity = (torch.randn(1, 16, 3, 6, 10, generator=draw) for _ in range(4))
    known = torch.rand(1, 1, 3, 6, 10, generator=draw)
    sigmas = torch.tensor([0.98, 0.96, 0.94, 0.5, 0.0])
    led = LedLoop.of(Lead(latent, known, LEVELS), noise, sigmas)
    assert led is not None
    mask = 1 - known
    shown = x * mask + (0.98 * noise + (1 - 0.98) * latent) * (1 - mask)
    x0 = (shown - 0.98 * velocity) * mask + latent * (1 - mask)
    torch.testing.assert_close(led.seen(x, 0), shown)
    ours = x - 0.98 * led.velocity(velocity, led.seen(x, 0), x, 0)
    torch.testing.assert_close(ours, x0, atol=2e-6, rtol=1e-5)
    assert torch.equal(led.seen(x, 2), x) and torch.equal(led.velocity(velocity, x, x, 2), velocity)


def test_a_draft_of_another_size_is_refused(pipe, run, draft):
    frames, known = draft
    lead = encode_lead(pipe, frames[:5], known[:5], LEVELS)
    with pytest.raises(WanMoveError, match=r"lead latent: shape \[1, 16, 2, 6, 10\], expected \[1, 16, 3, 6, 10\]"):
        run(lead)
