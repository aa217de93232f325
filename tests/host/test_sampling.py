"""Sampling on the real server: the one-stop node and the pieces, previews, cancel, batches, weights, presets."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from _graphs import Video, diagonal
from _server import Refused


@pytest.fixture
def saved(comfy_server):
    """Numbers that TestSave wrote."""
    return lambda name: np.load(comfy_server.base / "output" / f"{name}.npz")


def test_one_stop_with_previews(client, saved):
    g = Video(width=96, height=64, length=17)
    latent = g.sampler(steps=3)
    g.add("TestSave", name="one_stop", latent=[latent, 0], images=[g.decode(latent), 0])
    run = client.run(g.prompt, previews=True)
    numbers = saved("one_stop")
    assert numbers["latent"].shape == (1, 16, 5, 8, 12)
    assert numbers["images"].shape == (17, 64, 96, 3)
    assert np.isfinite(numbers["latent"]).all() and numbers["latent"].std() > 0.01
    steps = [value for node, value, most in run.progress if node == latent and most == 3]
    assert steps == [1, 2, 3]
    assert len(run.previews) == 3
