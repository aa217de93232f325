"""Our tracks as ComfyUI's own nodes for other models take them: read by their code, and run through them."""

from __future__ import annotations

import json
import subprocess

import numpy as np
import pytest
from _graphs import Graph, diagonal
from _tiny import TEXT_WIDTH, VAE

_READ = """
import json, sys
sys.path.insert(0, sys.argv[1]); sys.argv = ["main.py", "--cpu"]
import comfy.options; comfy.options.enable_args_parsing()
import numpy as np
from comfy_extras.nodes_wan import pad_pts, parse_json_tracks, process_tracks
text, width, height, frames = json.load(sys.stdin)
rows = np.stack([pad_pts(row) for row in parse_json_tracks(text)], axis=0)
print(json.dumps(process_tracks(rows, (width, height), frames - 1).tolist()))
"""


def for_others(g: Graph, told: dict, model: str, **more) -> str:
    tracks = g.add("TestTracks", json_text=json.dumps(told))
    return g.add("WanMoveTracksForOthers", tracks=[tracks, 0], **{
        "model": model, "width": 0, "height": 0, "length": 0, "radius": 0.0, **more,
    })  # fmt: skip


@pytest.fixture
def saved(client, comfy_server):
    def run(g: Graph, **values):
        g.add("TestSave", name="others", **values)
        heard = client.run(g.prompt)
        return np.load(comfy_server.base / "output" / "others.npz", allow_pickle=False), heard

    return run


def test_ltx_guide(saved, client):
    g = Graph()
    node = for_others(g, diagonal(9, (256, 128)), "ltx", length=17)
    told, heard = saved(g, images=[node, 0], text=[node, 2])
    assert told["images"].shape == (17, 64, 128, 3) and told["images"][16].max() > 0.5
    rows = json.loads(bytes(told["text"]).decode())
    assert [len(row) for row in rows] == [17, 17]
    assert rows[0][16]["x"] == pytest.approx(256 * 0.7, abs=0.02)
    assert "Retimed from 9 frames to 17" in heard.ui[node]["text"][0]
    assert client.view(heard.ui[node]["images"][0])[4:8] == b"ftyp"


def test_ati_coordinates_in_the_hosts_own_reader(saved, comfy_checkout, comfy_python):
    """WanTrackToVideo takes 81 frames out of 121 samples: each frame gets its own position."""
    g = Graph()
    told = diagonal(81, (832, 480))
    node = for_others(g, told, "ati", width=416, height=240)
    text = bytes(saved(g, text=[node, 2])[0]["text"]).decode()
    done = subprocess.run(
        [comfy_python, "-c", _READ, str(comfy_checkout)],
        input=json.dumps([text, 416, 240, 81]), capture_output=True, text=True, check=False, cwd=comfy_checkout,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    read = np.array(json.loads(done.stdout.strip().splitlines()[-1]))
    assert read.shape == (81, 2, 4) and (read[..., 3] == 1).all()
    at = np.array(told["xy"]) / 2
    expected = (at - (208, 120)) / 240 * 2
    # A sample lies at most half a frame beside its frame.
    a_frame = np.abs(expected[1] - expected[0]).max()
    assert np.abs(read[..., 1:3] - expected).max() <= 0.55 * a_frame
    assert np.abs(read[0, :, 1:3] - expected[0]).max() < 1e-4


def test_vace_takes_guide_and_mask(saved, client):
    g = Graph()
    picture = g.add("TestImage", width=128, height=64)
    node = for_others(g, diagonal(9, (128, 64)), "vace", picture=[picture, 0], radius=3.0)
    text = g.add("TestText", width=TEXT_WIDTH)
    vae = g.add("VAELoader", vae_name=VAE)
    control = g.add(
        "WanVaceToVideo", positive=[text, 0], negative=[text, 0], vae=[vae, 0], width=[node, 3], height=[node, 4],
        length=[node, 5], batch_size=1, strength=1.0, control_video=[node, 0], control_masks=[node, 1],
    )  # fmt: skip
    told, _ = saved(g, images=[node, 0], mask=[node, 1], latent=[control, 2])
    assert told["images"].shape == (9, 64, 128, 3) and told["mask"].shape == (9, 64, 128)
    assert told["mask"][0].max() == 0 and told["mask"][1:].min() == 1
    assert (told["images"][1:] == 0.5).mean() > 0.8 and told["images"][0].std() > 0.05
    assert told["latent"].shape == (1, 16, 3, 8, 16)


def test_dots_go_into_fun_control(saved):
    g = Graph()
    node = for_others(g, diagonal(9, (128, 64)), "dots", radius=4.0)
    text = g.add("TestText", width=TEXT_WIDTH)
    vae = g.add("VAELoader", vae_name=VAE)
    control = g.add(
        "WanFunControlToVideo", positive=[text, 0], negative=[text, 0], vae=[vae, 0], width=[node, 3],
        height=[node, 4], length=[node, 5], batch_size=1, control_video=[node, 0],
    )  # fmt: skip
    told, _ = saved(g, images=[node, 0], latent=[control, 2])
    assert told["images"].max() == 1 and np.median(told["images"]) == 0 and told["latent"].shape[2] == 3


@pytest.mark.parametrize(
    ("told", "more", "text"),
    [
        (diagonal(9, (128, 64)), {"model": "ltx", "length": 12}, "LTX has 8n+1 and would drop the rest"),
        (diagonal(9, (128, 64)), {"model": "ltx", "width": 128}, "a size of 128x0"),
        (diagonal(9, (128, 64), told=False), {"model": "dots"}, "do not carry their picture's size"),
    ],
)
def test_errors_are_ours(client, told, more, text):
    g = Graph()
    g.add("TestSave", name="never", images=[for_others(g, told, **more), 0])
    assert text in client.run(g.prompt, fail=True).message
