"""What moves as one: the shared cases, known by construction."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from wan_move_core.draft.groups import controls_from_tracks, groups_from_controls
from wan_move_core.draft.ride import riding
from wan_move_core.tracks import Tracks

SHARED = Path(__file__).parents[2] / "golden_shared" / "draft_groups.json"
CASES = json.loads(SHARED.read_text(encoding="utf-8"))["cases"]
PLACED_PX = 4.0


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_shared_cases(case):
    tracks = Tracks.make(
        np.asarray(case["xy"], np.float32), np.asarray(case["visible"], bool), size_wh=tuple(case["size_wh"])
    )
    controls = controls_from_tracks(tracks)
    groups = groups_from_controls(controls, tracks.size_wh)
    named = [sorted(controls.index[g].tolist()) for g in groups.objects]
    expected = case["expected"]
    assert sorted(named) == sorted(sorted(g) for g in expected["groups"])
    assert (len(groups.camera) > 0) == expected["field"]
    still = np.setdiff1d(groups.base, groups.camera)
    assert sorted(controls.index[still].tolist()) == sorted(expected["base"])
    for point, group in expected["rides"].items():
        home = next(g for g in named if int(point) in g)
        assert home == sorted(expected["groups"][group])


@pytest.mark.parametrize(
    "case", [case for case in CASES if "places" in case["expected"]], ids=lambda case: case["name"]
)
def test_shared_places_of_hidden_points(case):
    tracks = Tracks.make(
        np.asarray(case["xy"], np.float32), np.asarray(case["visible"], bool), size_wh=tuple(case["size_wh"])
    )
    controls = controls_from_tracks(tracks)
    ridden = riding(controls, groups_from_controls(controls, tracks.size_wh)).xy + 0.5
    for frame, places in case["expected"]["places"].items():
        for point, place in places.items():
            n = int(np.flatnonzero(controls.index == int(point))[0])
            assert np.hypot(*(ridden[int(frame), n] - place)) < PLACED_PX, (frame, point)
