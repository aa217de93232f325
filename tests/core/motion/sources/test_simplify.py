"""Dense tracks to few keys: the bound holds at every frame, timing included, and still tracks become anchors."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from wan_move_core.errors import WanMoveError
from wan_move_core.motion.document.read import parse_document
from wan_move_core.motion.evaluation.evaluate import tracks_from_document
from wan_move_core.motion.sources.simplify import document_from_tracks, hidden_intervals, key_frames
from wan_move_core.tracks import Tracks

SIZE = (832, 480)


def make(*rows: np.ndarray, visible=None) -> Tracks:
    return Tracks.make(np.stack(rows, axis=1).astype(np.float32), visible, size_wh=SIZE)


def again(document) -> Tracks:
    return tracks_from_document(parse_document(json.dumps(document), where="again"))


def test_a_straight_even_motion_needs_two_keys():
    line = np.linspace((10, 20), (500, 300), 81)
    document, errors = document_from_tracks(make(line))
    (layer,) = document["layers"]
    assert layer["times"] == [0, 1] and len(layer["points"]) == 2
    assert errors[0] <= 0.02 and float((again(document).xy[:, 0] - torch.tensor(line)).norm(dim=-1).max()) <= 0.02


def test_speed_changes_and_pauses_keep_their_time():
    # Moves for 20 frames, rests for 40, runs on three times as fast for 20: the same line, four keys.
    x = np.interp(np.arange(81), [0, 20, 60, 80], [100, 200, 200, 500])
    document, errors = document_from_tracks(make(np.stack([x, np.full(81, 50.0)], 1)), error_px=0.5)
    (layer,) = document["layers"]
    assert np.round(np.array(layer["times"]) * 80).tolist() == [0, 20, 60, 80]
    assert errors[0] <= 0.5
    got = again(document).xy[:, 0, 0].numpy()
    assert np.abs(got - x).max() <= 0.5 and np.abs(got[20:61] - 200).max() <= 0.05


@pytest.mark.parametrize("error_px", [0.25, 1.0, 4.0])
def test_a_circle_takes_about_as_many_keys_as_its_sagitta_allows(error_px):
    angle = np.linspace(0, 2 * math.pi, 161)
    circle = np.stack([400 + 150 * np.cos(angle), 240 + 150 * np.sin(angle)], 1)
    document, errors = document_from_tracks(make(circle), error_px=error_px, smooth=False)
    keys = len(document["layers"][0]["points"]) - 1
    ideal = math.pi / math.acos(1 - error_px / 150)
    assert ideal * 0.9 <= keys <= ideal * 2.1 + 1
    assert errors[0] <= error_px
    smooth, errors = document_from_tracks(make(circle), error_px=error_px)
    assert errors[0] <= error_px
    assert len(smooth["layers"][0]["points"]) <= keys * 0.75 + 1
    off = again(smooth).xy[:, 0].double().numpy() - circle
    assert np.hypot(*off.T).max() <= error_px + 1e-3


def test_still_tracks_become_anchors_and_hidden_ones_paths():
    rng = np.random.default_rng(0)
    still = np.tile((300.25, 100.5), (21, 1))
    nearly = still + rng.uniform(-0.3, 0.3, still.shape)
    moving = np.linspace((0, 0), (100, 100), 21)
    visible = np.ones((21, 4), bool)
    visible[:3, 3] = visible[10:12, 3] = False
    tracks = make(still, moving, nearly, still, visible=visible)
    document, errors = document_from_tracks(tracks)
    assert [x["type"] for x in document["layers"]] == ["anchors", "path", "path"]
    assert len(document["layers"][0]["points"]) == 2
    assert document["layers"][2]["hidden"] == [[0, 2], [10, 11]] and len(document["layers"][2]["points"]) == 1
    assert max(errors) <= 1.0
    order = [0, 2, 1, 3]
    got = again(document)
    assert torch.equal(got.visible, tracks.visible[:, order])
    assert float((got.xy - tracks.xy[:, order]).norm(dim=-1).max()) <= 1.0
    flat, _ = document_from_tracks(tracks, group_static=False)
    assert [x["type"] for x in flat["layers"]] == ["path"] * 4


def test_what_stands_in_hidden_frames_costs_no_keys():
    line = np.linspace((10, 20), (500, 300), 41)
    line[10:20] = 0
    visible = np.ones((41, 1), bool)
    visible[10:20] = False
    document, errors = document_from_tracks(make(line, visible=visible))
    assert len(document["layers"][0]["points"]) == 2 and errors[0] <= 0.02


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.sampled_from([0.1, 1.0, 5.0]))
def test_the_bound_holds_for_any_tracks(seed, frames, error_px):
    rng = np.random.default_rng(seed)
    steps = rng.normal(0, 6, (frames, 5, 2)) * rng.integers(0, 2, (frames, 5, 1))
    xy = np.cumsum(steps, axis=0) + rng.uniform(-50, 900, (1, 5, 2))
    tracks = Tracks.make(xy.astype(np.float32), rng.random((frames, 5)) > 0.2, size_wh=SIZE)
    document, errors = document_from_tracks(tracks, error_px=error_px)
    assert max(errors) <= error_px
    made = again(document)
    assert made.frames == frames and made.count == 5
    # Independently of the reported figure: every original has a made track as near, seen at the same frames.
    off = (made.xy[:, :, None] - tracks.xy[:, None]).norm(dim=-1) * tracks.visible[:, None]
    same = (made.visible[:, :, None] == tracks.visible[:, None]).all(0)
    assert bool((same & (off.amax(0) <= error_px + 1e-3)).any(0).all())


def test_key_frames_against_the_definition():
    rng = np.random.default_rng(3)
    path = np.cumsum(rng.normal(0, 3, (50, 2)), axis=0)
    keys = key_frames(path, 2.0)
    rebuilt = np.stack([np.interp(np.arange(50), keys, path[keys, axis]) for axis in (0, 1)], 1)
    assert np.hypot(*(rebuilt - path).T).max() <= 2.0
    assert keys[0] == 0 and keys[-1] == 49 and len(keys) < 50
    assert key_frames(path[:1], 1.0).tolist() == [0]


def test_hidden_intervals():
    assert hidden_intervals(np.array([0, 0, 1, 1, 0, 1, 0], bool)) == [[0, 1], [4, 4], [6, 6]]
    assert hidden_intervals(np.ones(4, bool)) == []


def test_errors():
    line = np.linspace((10, 20), (500, 300), 5)
    for bad in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(WanMoveError, match="use a positive number such as 1"):
            document_from_tracks(make(line), error_px=bad)
    many = Tracks.make(np.linspace(0, 400, 5)[:, None, None] * np.ones((1, 2500, 2)), size_wh=SIZE)
    with pytest.raises(WanMoveError, match="2500 moving tracks, a document holds 1999"):
        document_from_tracks(many)


def test_one_frame():
    document, errors = document_from_tracks(make(np.array([[5.0, 6.0]])))
    assert errors == [pytest.approx(0, abs=1e-4)] and again(document).frames == 1
