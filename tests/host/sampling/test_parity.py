"""The graph against one whole run of the published code (tiny random weights, float32)."""

from __future__ import annotations

import json

import numpy as np
import pytest
from _graphs import Graph

# Per channel, of Wan2.1's VAE latents (published constants).
MEAN = [-0.7571, -0.7089, -0.9113, 0.1075, -0.1745, 0.9653, -0.1517, 1.5508,
        0.4134, -0.0715, 0.5517, -0.3632, -0.1922, -0.9497, 0.2503, -0.2921]  # fmt: skip
STD = [2.8184, 1.4541, 2.3275, 2.6558, 1.2196, 1.7708, 2.6052, 2.0743,
       3.2687, 2.1526, 2.8652, 1.5579, 1.6382, 1.1253, 2.8251, 1.9160]  # fmt: skip


def normalised(latent: np.ndarray) -> np.ndarray:
    return (latent - np.reshape(MEAN, (16, 1, 1, 1))) / np.reshape(STD, (16, 1, 1, 1))


def build(run: dict, solver: str = "unipc", negative_branch: str = "guided", sampling: str = "pieces") -> Graph:
    g = Graph()
    model = g.add("WanMoveModelLoader", model="tiny_official", precision="fp32")
    vae = g.add("VAELoader", vae_name="Wan2.1_VAE.pth")
    clip = g.add("TestClipVision", file="expected.npz", key="clip_features")
    texts = [g.add("TestText", file="expected.npz", key=key, pad=512) for key in ("context", "context_null")]
    positive, negative = (
        g.add("TestSetClipVision", conditioning=[text, 0], clip_vision_output=[clip, 0]) for text in texts
    )
    picture = g.add("LoadImage", image="image.png")
    encode = g.add(
        "WanMoveEncodeImage", picture=[picture, 0], vae=[vae, 0], fit="area",
        width=run["width"], height=run["height"], length=run["frames"],
    )  # fmt: skip
    tracks = g.add(
        "WanMoveLoadTracks", file="tracks.npy", visibility="visibility.npy", width=run["width"], height=run["height"]
    )
    guide = g.add(
        "WanMoveGuide", positive=[positive, 0], negative=[negative, 0], wanmove_image=[encode, 0], tracks=[tracks, 0],
        negative_branch=negative_branch,
    )  # fmt: skip
    cfg = run["guidance_scale"]
    guider = g.add(
        "WanMoveGuider", model=[model, 0], positive=[guide, 0], plain=[guide, 2], negative=[guide, 1],
        text_cfg=cfg, track_cfg=cfg,
    )  # fmt: skip
    sample = g.add(
        "SamplerCustomAdvanced", noise=[g.add("TestNoise", file="expected.npz"), 0], guider=[guider, 0],
        sampler=[g.add("WanMoveSolver", solver=solver), 0],
        sigmas=[g.add("WanMoveSigmas", steps=run["steps"], shift=run["shift"]), 0], latent_image=[guide, 3],
    )  # fmt: skip
    decode = g.add("VAEDecode", samples=[sample, 0], vae=[vae, 0])
    g.add(
        "TestSave", name=f"parity_{solver}_{negative_branch}", positive=[guide, 0], negative=[guide, 1],
        plain=[guide, 2], latent=[sample, 0], images=[decode, 0],
    )  # fmt: skip
    return g


@pytest.fixture(scope="module")
def run(golden) -> dict:
    return json.loads((golden / "tiny_official" / "run.json").read_text())


@pytest.fixture(scope="module")
def expected(golden):
    return np.load(golden / "tiny_official" / "expected.npz")


def test_graph_reproduces_the_published_run(client, comfy_server, run, expected, record_property):
    client.run(build(run).prompt)
    ours = np.load(comfy_server.base / "output" / "parity_unipc_guided.npz")
    for branch in ("positive", "negative"):
        condition = normalised(ours[f"{branch}/0/concat_latent_image"][0])
        assert np.abs(condition - expected["condition"][4:]).max() <= 1e-4, branch
        mask = 1 - ours[f"{branch}/0/concat_mask"]
        assert np.array_equal(np.broadcast_to(mask[0], (4, *mask.shape[2:])), expected["condition"][:4]), branch
        assert ours[f"{branch}/entries"] == 1
    assert np.abs(normalised(ours["plain/0/concat_latent_image"][0]) - expected["condition"][4:]).max() > 0.1
    latent = normalised(ours["latent"][0])
    assert np.abs(latent - expected["final_latent"]).max() <= 1e-3
    video = ours["images"].transpose(3, 0, 1, 2) * 2 - 1
    assert np.abs(video - expected["video"].clip(-1, 1)).max() <= 1e-3
    record_property("final latent error", float(np.abs(latent - expected["final_latent"]).max()))
    record_property("video error", float(np.abs(video - expected["video"].clip(-1, 1)).max()))


def test_plain_negative_is_another_method(client, comfy_server, run, expected):
    """The choice matters: with the negative left plain, the result is far from the published one."""
    client.run(build(run, negative_branch="plain").prompt)
    ours = np.load(comfy_server.base / "output" / "parity_unipc_plain.npz")
    assert np.abs(normalised(ours["latent"][0]) - expected["final_latent"]).max() > 0.1
