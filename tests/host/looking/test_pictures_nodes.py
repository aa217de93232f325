"""Drawing, drafting and comparing on the real server: what comes out is measured, and the node shows a clip."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from _graphs import Graph, Video, diagonal


@pytest.fixture
def images_of(client, comfy_server):
    def made(g: Graph, node: str, name: str):
        g.add("TestSave", name=name, images=[node, 0])
        run = client.run(g.prompt)
        return np.load(comfy_server.base / "output" / f"{name}.npz")["images"], run

    return made


def clip_size(client, run, node: str) -> tuple[int, int, int]:
    """Frames, height and width of the preview clip that the node's ui names."""
    import av

    with av.open(io.BytesIO(client.view(run.ui[node]["images"][0]))) as clip:
        frames = [frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)]
    return len(frames), *frames[0].shape[:2]


def test_draw(client, images_of):
    g = Graph()
    told = diagonal(9, (64, 48), 1)
    tracks = g.add("TestTracks", json_text=json.dumps(told))
    picture = g.add("TestImage", width=64, height=48)
    node = g.add("WanMoveDrawTracks", images=[picture, 0], tracks=[tracks, 0], radius=3.0, tail_width=4.0)
    images, run = images_of(g, node, "drawn")
    assert images.shape == (9, 48, 64, 3)
    for frame, [[x, y]] in enumerate(told["xy"]):
        # The first published colour stands where the track is.
        assert np.abs(images[frame, int(y), int(x)] * 255 - (102, 153, 255)).max() <= 2
    assert clip_size(client, run, node) == (9, 48, 64)


def test_draw_tells_of_another_length(client, images_of):
    g = Graph()
    tracks = g.add("TestTracks", json_text=json.dumps(diagonal(9, (64, 48), 1)))
    node = {}
    for frames in (5, 9, 1):
        clip = g.add("TestImage", width=64, height=48, frames=frames)
        node[frames] = g.add("WanMoveDrawTracks", images=[clip, 0], tracks=[tracks, 0], radius=3.0)
    images, run = images_of(g, node[5], "drawn_short")
    assert images.shape == (9, 48, 64, 3)
    assert run.ui[node[5]]["text"] == ["The tracks have 9 frames, the clip has 5: the shorter one holds its end."]
    for frames in (9, 1):
        _, run = images_of(g, node[frames], f"drawn_{frames}")
        assert "text" not in run.ui[node[frames]]


def test_draw_moves_tracks_with_the_picture(images_of):
    """Tracks of the whole picture on the fitted video: they move by the encoded image's own fit."""
    g = Video(
        fit="crop", picture={"width": 160, "height": 96}, tracks={"xy": [[[80.5, 60.5]]] * 9, "size_wh": [160, 96]}
    )
    node = g.add(
        "WanMoveDrawTracks", images=[g.encode, 1], tracks=[g.tracks, 0], wanmove_image=[g.encode, 0], radius=2.0
    )
    images, _ = images_of(g, node, "drawn_fitted")
    # crop keeps x from 32, at 2/3: (80.5 - 32) 2/3 = 32.3, 60.5 2/3 = 40.3.
    assert np.abs(images[4, 40, 32] * 255 - (102, 153, 255)).max() <= 2


def test_draw_tells_sizes_apart(client):
    g = Graph()
    tracks = g.add("TestTracks", json_text=json.dumps(diagonal(9, (500, 64))))
    picture = g.add("TestImage", width=64, height=64)
    g.add("TestSave", name="never", images=[g.add("WanMoveDrawTracks", images=[picture, 0], tracks=[tracks, 0]), 0])
    assert "they belong to a 500x64 picture" in client.run(g.prompt, fail=True).message


def test_draft_moves_the_marked_spot(client, images_of):
    g = Graph()
    told = {"xy": [[[30.0 + 2 * f, 32.0], [4.0, 4.0]] for f in range(17)], "size_wh": [96, 64]}
    tracks = g.add("TestTracks", json_text=json.dumps(told))
    picture = g.add("TestImage", width=96, height=64)
    node = g.add("WanMoveDraft", picture=[picture, 0], tracks=[tracks, 0])
    images, run = images_of(g, node, "draft")
    assert images.shape == (17, 64, 96, 3)
    # What was under the start is under the end; the picture's red grows to the right, so carried red is lower there.
    assert np.abs(images[16, 32, 62] - images[0, 32, 30]).max() < 0.06
    assert np.abs(images[16, 4, 4] - images[0, 4, 4]).max() < 0.03
    assert [value for n, value, most in run.progress if n == node and most == 17][-1] == 17
    assert clip_size(client, run, node) == (17, 64, 96)


def test_draft_of_a_photograph_is_bounded(images_of):
    g = Graph()
    told = {"xy": [[[300.0 + 100 * f, 200.0]] for f in range(5)], "size_wh": [2560, 1600]}
    tracks = g.add("TestTracks", json_text=json.dumps(told))
    picture = g.add("TestImage", width=2560, height=1600)
    images, _ = images_of(g, g.add("WanMoveDraft", picture=[picture, 0], tracks=[tracks, 0], draw_tracks=True), "photo")
    assert images.shape == (5, 800, 1280, 3)
    assert np.abs(images[4, 100, 350] * 255 - (102, 153, 255)).max() <= 2


def test_draft_is_an_output_of_its_own(client):
    """Queued alone, with nothing behind it: the draft is what people look at before any model is loaded."""
    g = Graph()
    tracks = g.add("TestTracks", json_text=json.dumps(diagonal(9, (64, 64))))
    node = g.add("WanMoveDraft", picture=[g.add("TestImage"), 0], tracks=[tracks, 0], draw_tracks=True)
    assert node in client.run(g.prompt).ui


@pytest.mark.parametrize(("layout", "shape"), [("beside", (5, 64, 128, 3)), ("under", (5, 128, 64, 3))])
def test_side_by_side(images_of, layout, shape):
    g = Graph()
    first, second = g.add("TestImage", frames=5), g.add("TestImage", width=32, height=32, frames=2)
    node = g.add("WanMoveSideBySide", first=[first, 0], second=[second, 0], layout=layout)
    images, _ = images_of(g, node, f"side_{layout}")
    assert images.shape == shape
    assert np.array_equal(images[3, 64:] if layout == "under" else images[3, :, 64:],
                          images[4, 64:] if layout == "under" else images[4, :, 64:])  # fmt: skip
