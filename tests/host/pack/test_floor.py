"""ComfyUI 0.5.0, the oldest release supported: from the checkout's own history: the pack loads and runs."""

from __future__ import annotations

import numpy as np
import pytest
from _graphs import Video
from _host import FLOOR, export_release
from _server import Client, Server
from _tiny import DIT_BY_SHAPE, TEXT_WIDTH_BY_SHAPE


@pytest.fixture(scope="module")
def floor(comfy_checkout, comfy_python, tmp_path_factory):
    folder = tmp_path_factory.mktemp("floor")
    reason = export_release(FLOOR, folder / "ComfyUI")
    if reason:
        pytest.skip(f"ComfyUI 0.5.0 cannot be laid out: {reason}")
    server = Server(folder / "ComfyUI", comfy_python, folder / "base")
    try:
        server.__enter__()
    except RuntimeError as error:
        if "wan-move" in str(error):
            raise
        pytest.skip(f"ComfyUI 0.5.0 does not start with {comfy_python}: {str(error)[-400:]}")
    yield server
    server.stop()


def test_loads_and_runs(floor):
    assert "0.5.0" in floor.log_text
    client = Client(floor)
    try:
        offered = floor.schemas(client)
        ours = {name for name, info in offered.items() if info["category"].startswith("Wan-Move")}
        assert {"WanMoveEncodeImage", "WanMoveGuide", "WanMoveSampler", "WanMoveModelLoader", "WanMoveDraft"} <= ours
        assert "are not available" not in floor.log_text
        assert offered["WanMoveGuide"]["output_name"] == ["positive", "negative", "plain", "latent"]
        g = Video(width=96, model=DIT_BY_SHAPE, text_width=TEXT_WIDTH_BY_SHAPE)
        latent = g.sampler(steps=3, track_cfg=3.0, plain=[g.guide, 2])
        frames = g.decode(latent)
        g.add("WanMoveDraft", picture=[g.encode, 1], tracks=[g.tracks, 0])
        drawn = g.add("WanMoveDrawTracks", images=[frames, 0], tracks=[g.tracks, 0])
        g.add("TestSave", name="floor", latent=[latent, 0], images=[drawn, 0])
        run = client.run(g.prompt, previews=True)
        numbers = np.load(floor.base / "output" / "floor.npz")
        assert numbers["images"].shape == (9, 64, 96, 3) and np.isfinite(numbers["latent"]).all()
        assert len(run.progress) >= 3
    finally:
        client.close()
