"""MoveBench's nodes and Adherence on the real server: a case from a folder, its scores, and paths coloured by error."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from _graphs import Graph
from _server import Refused

_spec = importlib.util.spec_from_file_location(
    "movebench_mini", Path(__file__).resolve().parents[2] / "core" / "movebench" / "movebench_mini.py"
)
assert _spec is not None and _spec.loader is not None

SIZE_WH, FRAMES = (160, 128), 9


@pytest.fixture(scope="module")
def mini():
    pytest.importorskip("wan_move_core", reason="the miniature is written with the core")
    made = importlib.util.module_from_spec(_spec)
    _spec.loader.exec_module(made)
    return made


@pytest.fixture(scope="module")
def dataset(comfy_server, mini):
    """A miniature in the input folder, and another in models/movebench."""
    mini.make(comfy_server.base / "input" / "bench" / "MoveBench", SIZE_WH, FRAMES, clips=3)
    mini.make(comfy_server.base / "models" / "movebench", SIZE_WH, FRAMES, clips=1)
    return "bench/MoveBench"


def case(g: Graph, dataset: str, index: int = 0, **more) -> str:
    return g.add("WanMoveBenchCase", dataset=dataset, **{"split": "multi", "language": "en", "index": index, **more})


def text(run, node: str) -> str:
    return run.ui[node]["text"][0]


def test_a_case(client, comfy_server, dataset, mini):
    g = Graph()
    node = case(g, dataset, 2, language="zh")
    g.add("TestSave", name="bench_case", images=[node, 0], tracks=[node, 2], number=[node, 4])
    g.add("TestSave", name="bench_reference", images=[node, 3])
    run = client.run(g.prompt)
    told = np.load(comfy_server.base / "output" / "bench_case.npz")
    assert told["images"].shape == (1, 128, 160, 3) and told["number"] == FRAMES
    np.testing.assert_allclose(told["tracks/track_path"], mini.track_xy(2, FRAMES, SIZE_WH, "multi"), atol=1e-4)
    assert told["tracks/size_wh"].tolist() == list(SIZE_WH)
    reference = np.load(comfy_server.base / "output" / "bench_reference.npz")["images"]
    assert np.abs(reference * 255 - mini.render(2, FRAMES, SIZE_WH)).mean() < 6
    assert "MoveBench zh/multi, clip 2 of 3: clip_2" in text(run, node) and "base + 2" in text(run, node)
    assert run.ui[node]["images"][0]["filename"].endswith(".mp4")


def test_models_folder_and_what_is_not_there(client, dataset):
    g = Graph()
    node = case(g, "models/movebench")
    g.add("PreviewAny", source=[node, 1])
    assert "clip 0 of 1" in text(client.run(g.prompt), node)
    for name, index, message in (
        (dataset, 7, "clip 7 of 3. Fix: use 0 to 2"),
        ("../../etc", 0, "no data set '../../etc'"),
        ("bench", 0, "no data set 'bench'"),
    ):
        g = Graph()
        g.add("PreviewAny", source=[case(g, name, index), 1])
        try:
            assert message in client.run(g.prompt, fail=True).message
        except Refused as refused:
            assert "dataset" in str(refused)


def test_scores_of_the_reference_itself(client, dataset):
    g = Graph()
    node = case(g, dataset, 1)
    score = g.add(
        "WanMoveBenchScore", images=[node, 3], reference=[node, 3], tracks=[node, 2], tracker="lucas-kanade",
        weights="none",
    )  # fmt: skip
    report = text(client.run(g.prompt), score)
    assert report.startswith("Measured by this program's own scoring: the script published with MoveBench was seen in")
    assert "PSNR: ∞ dB" in report and "SSIM (whole frame, borders mirrored): 1.000" in report
    assert "EPE to the tracked reference: 0.000 px" in report
    assert "Points tracked by lucas-kanade (OpenCV)." in report and "Points lost: 0.0%" in report
    assert "PSNR, mean of frames: ∞ dB" in report and "models/metrics" in report and "models/clip_vision" in report


def test_score_needs_something_to_compare_with(client, dataset):
    g = Graph()
    node = case(g, dataset)
    g.add("WanMoveBenchScore", images=[node, 3], tracker="lucas-kanade", weights="none")
    assert "nothing to compare with. Fix: connect reference, tracks or both" in client.run(g.prompt, fail=True).message


def test_adherence(client, comfy_server, dataset, mini):
    """Tracks that ask for 20 px more than the clip does: the error is known, and shown."""
    g = Graph()
    node = case(g, dataset, 1)
    asked = mini.track_xy(1, FRAMES, SIZE_WH, "multi")
    asked[1:] += (20, 0)
    tracks = g.add("TestTracks", json_text=json.dumps({"xy": asked.tolist(), "size_wh": list(SIZE_WH)}))
    found = g.add(
        "WanMoveAdherence", images=[node, 3], tracks=[tracks, 0], tracker="lucas-kanade", weights="none", worst=2,
        scale=0.0,
    )  # fmt: skip
    g.add("TestSave", name="adherence", images=[found, 0], tracks=[found, 1])
    run = client.run(g.prompt)
    told = np.load(comfy_server.base / "output" / "adherence.npz")
    assert run.ui[found]["score"] == [0.0]
    frames, height, width, _ = told["images"].shape
    assert (frames, width) == (FRAMES, 160) and height > 128
    count = asked.shape[1]
    assert told["tracks/track_path"].shape[1] >= count
    np.testing.assert_allclose(told["tracks/track_path"][:, -count:], asked, atol=1e-3)
    report = text(run, found)
    assert f"0 of {count} tracks are followed. Mean error 20.0" in report or "Mean error 19.9" in report
    assert report.count("  track ") == 2 and "lucas-kanade (OpenCV)" in report
    assert run.ui[found]["images"][0]["filename"].endswith(".mp4")


def adherence_of_a_frozen_clip(g: Graph, picture: list, asked: np.ndarray) -> str:
    clip = g.add("RepeatImageBatch", image=picture, amount=FRAMES)
    tracks = g.add("TestTracks", json_text=json.dumps({"xy": asked.tolist(), "size_wh": list(SIZE_WH)}))
    return g.add(
        "WanMoveAdherence", images=[clip, 0], tracks=[tracks, 0], tracker="lucas-kanade", weights="none", worst=2,
        scale=0.0,
    )  # fmt: skip


def test_score_of_a_clip_in_which_half_of_the_motion_is_missing(client, comfy_server, dataset):
    """Nothing moves: the still half of the tracks follows, and so does all that nobody asks to move."""
    still, moving = np.array([(30.0, 30), (120, 100)]), np.array([(60.0, 50), (90, 50)])
    asked = np.stack([np.concatenate([still, moving + np.array([0, y])]) for y in np.linspace(0, 30, FRAMES)])
    g = Graph()
    found = adherence_of_a_frozen_clip(g, [case(g, dataset, 1), 0], asked)
    shown = g.add("PreviewAny", source=[found, 4])
    g.add("TestSave", name="adherence_half", tracks=[found, 1])
    run = client.run(g.prompt)
    assert run.ui[found]["score"] == [0.5] and float(text(run, shown)) == 0.5
    assert text(run, found).endswith("Score 50%: 50% of the tracks follow, 100% of the rest stays.")
    told = np.load(comfy_server.base / "output" / "adherence_half.npz")
    suggested, count = told["tracks/track_path"], asked.shape[1]
    assert suggested.shape[1] > count and told["tracks/size_wh"].tolist() == list(SIZE_WH)
    np.testing.assert_allclose(suggested[:, -count:], asked, atol=1e-3)
    way = suggested[-1] - suggested[0]
    np.testing.assert_allclose(way[: -len(asked[0])], [(0, 30)] * (len(way) - count), atol=1e-3)


def test_no_score_where_nothing_can_be_judged(client):
    """A history that holds not-a-number is no JSON: a browser could read none of its runs."""
    g = Graph()
    black = g.add("EmptyImage", width=SIZE_WH[0], height=SIZE_WH[1], batch_size=1, color=0)
    found = adherence_of_a_frozen_clip(g, [black, 0], np.full((FRAMES, 1, 2), 60.0))
    shown = g.add("PreviewAny", source=[found, 4])
    run = client.run(g.prompt)
    assert run.ui[found]["score"] == [] and text(run, shown).lower() == "nan"
    assert text(run, found).endswith("No score: no track can be judged.")


def test_tracks_of_another_shape_are_refused(client, dataset):
    g = Graph()
    node = case(g, dataset)
    tracks = g.add("TestTracks", json_text=json.dumps({"xy": [[[5.0, 5.0]]] * FRAMES, "size_wh": [64, 64]}))
    g.add("WanMoveAdherence", images=[node, 3], tracks=[tracks, 0], tracker="lucas-kanade", weights="none", worst=2,
          scale=0.0)  # fmt: skip
    assert "they belong to a 64x64 picture" in client.run(g.prompt, fail=True).message
