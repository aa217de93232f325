"""The retake that loops: what its rounds hand on, and that the best of its videos comes out."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from _graphs import Graph
from _server import Client
from _workflows import LOOPS, known_nodes, prompt_from_workflow, unrolled
from _workflows_small import made_small, put_files
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent))

from test_workflows import WORKFLOWS, read

WAYS = {"still": 0.0, "half": 2.0, "follows": 4.0}
LOOP = next(path for path in WORKFLOWS if path.stem.startswith("21"))


@pytest.fixture(scope="module")
def offered(comfy_server):
    put_files(comfy_server.base)
    tab = Client(comfy_server)
    try:
        return tab.object_info()
    finally:
        tab.close()


def only(prompt: dict, kind: str) -> list[str]:
    return sorted(id for id, node in prompt.items() if node["class_type"] == kind)


def test_every_round_starts_from_the_points_of_the_one_before(offered, client, comfy_server):
    """Three rounds on the tiny model. The host's loop nodes are in no release that is at hand: their expansion is made
    here, by the rule of their source, and everything in it runs."""
    prompt = unrolled(made_small(prompt_from_workflow(read(LOOP), known_nodes(offered))))
    editor, (best,) = only(prompt, "WanMoveMotionEditor")[0], only(prompt, "WanMoveBestClip")
    rounds, guides = only(prompt, "WanMoveAdherence"), only(prompt, "WanMoveGuide")
    assert [prompt[id]["inputs"]["tracks"] for id in guides] == [[editor, 0], [rounds[0], 1], [rounds[1], 1]]
    assert [prompt[id]["inputs"]["tracks"] for id in rounds] == [prompt[id]["inputs"]["tracks"] for id in guides]
    clips = [prompt[id]["inputs"]["images"] for id in rounds]
    looks = {
        f"round_{i}": {"images": clip, "tracks": prompt[guides[i]]["inputs"]["tracks"]} for i, clip in enumerate(clips)
    }
    looks["best"] = {"images": [best, 0], "number": [best, 1]}
    for name, links in looks.items():
        prompt[name] = {"class_type": "TestSave", "inputs": {"name": f"loop_{name}", **links}}
    # The same measurement, by Adherence, of each clip against what was drawn.
    asked = {key: value for key, value in prompt[best]["inputs"].items() if not key.startswith("clip")}
    for i, clip in enumerate(clips):
        inputs = {**asked, "worst": 0, "scale": 0.0, "images": clip}
        prompt[f"score_{i}"] = {"class_type": "WanMoveAdherence", "inputs": inputs}
    run = client.run(prompt, seconds=120)
    made = {name: np.load(comfy_server.base / "output" / f"loop_{name}.npz") for name in looks}
    scores = [(run.ui[f"score_{i}"]["score"] or [-1.0])[0] for i in range(3)]
    number = int(made["best"]["number"])
    assert number == 1 + int(np.argmax(scores))
    assert np.array_equal(made["best"]["images"], made[f"round_{number - 1}"]["images"])
    told = run.ui[best]["text"][0].splitlines()
    assert [line.split(":")[0] for line in told] == ["Clip 1", "Clip 2", "Clip 3", "Best"]
    counts = [made[f"round_{i}"]["tracks/track_path"].shape[1] for i in range(3)]
    assert counts == sorted(counts)


def moving(g: Graph, base: Path, name: str) -> str:
    """Nine frames of blots that move to the right, ``WAYS[name]`` pixels a frame."""
    import av

    blots = np.random.default_rng(4).integers(0, 255, (24, 48, 3), dtype=np.uint8)
    wide = np.asarray(Image.fromarray(blots).resize((192, 96), Image.Resampling.BICUBIC))
    with av.open(str(base / "input" / f"{name}.mp4"), "w") as clip:
        stream = clip.add_stream("h264", rate=16, options={"crf": "4"})
        stream.width, stream.height, stream.pix_fmt = 128, 96, "yuv420p"
        for frame in range(9):
            left = 40 - round(WAYS[name] * frame)
            part = np.ascontiguousarray(wide[:, left : left + 128])
            clip.mux(stream.encode(av.VideoFrame.from_ndarray(part, format="rgb24")))
        clip.mux(stream.encode())
    return g.add("GetVideoComponents", video=[g.add("LoadVideo", file=f"{name}.mp4"), 0])


@pytest.mark.parametrize(
    "order", [("still", "follows", "half"), ("follows", "still", "half"), ("still", "half", "follows")]
)
def test_the_best_clip_comes_out(order, client, comfy_server):
    """Of clips of which one moves as asked, one half as far and one not at all; in a list, or one by one."""
    xy = [[[x + 4.0 * frame, y] for x in (30.0, 50.0, 70.0) for y in (30.0, 50.0)] for frame in range(9)]
    g = Graph()
    tracks = g.add("TestTracks", json_text=json.dumps({"xy": xy, "size_wh": [128, 96]}))
    clips = [moving(g, comfy_server.base, name) for name in order]
    gathered = g.add("CreateList", **{f"inputs.input{i}": [clip, 0] for i, clip in enumerate(clips)})
    settings = {"tracks": [tracks, 0], "tracker": "dense", "weights": "none"}
    best = {
        "listed": g.add("WanMoveBestClip", clip_1=[gathered, 0], **settings),
        "single": g.add(
            "WanMoveBestClip", clip_1=[clips[0], 0], clip_2=[clips[1], 0], clip_4=[clips[2], 0], **settings
        ),
    }
    for name, node in best.items():
        g.add("TestSave", name=f"best_{name}", images=[node, 0], number=[node, 1])
    g.add("TestSave", name="best_asked", images=[clips[order.index("follows")], 0])
    run = client.run(g.prompt)
    folder = comfy_server.base / "output"
    wanted = np.load(folder / "best_asked.npz")["images"]
    for name, node in best.items():
        found = np.load(folder / f"best_{name}.npz")
        assert int(found["number"]) == order.index("follows") + 1
        assert np.array_equal(found["images"], wanted)
        told = run.ui[node]["text"][0]
        assert f"Best: clip {order.index('follows') + 1} of 3." in told and "Score 100%" in told


def test_clips_that_nobody_can_judge(client):
    """The first, said so, and no number that is no JSON."""
    g = Graph()
    tracks = g.add("TestTracks", json_text=json.dumps({"xy": [[[20.0, 20.0]]] * 9, "size_wh": [64, 64]}))
    black = g.add("EmptyImage", width=64, height=64, batch_size=9, color=0)
    node = g.add(
        "WanMoveBestClip", clip_1=[black, 0], clip_2=[black, 0], tracks=[tracks, 0], tracker="dense", weights="none"
    )
    shown = g.add("PreviewAny", source=[node, 2])
    run = client.run(g.prompt)
    assert run.ui[node]["text"][0].endswith("Best: clip 1 of 2. No clip could be judged: it is the first.")
    assert run.ui[shown]["text"][0].lower() == "nan"


def test_loop_nodes_are_as_the_host_has_them(offered):
    """On a release with loops, what the workflow was made from is what that release tells."""
    if not set(LOOPS) <= set(offered):
        pytest.skip("no release at hand has StartLoop and EndLoop")
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
    from make_workflows import interface

    told = known_nodes({})
    assert {kind: told[kind] for kind in LOOPS} == {kind: interface(offered[kind]) for kind in LOOPS}
