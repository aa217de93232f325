"""The checker: shared cases, each rule alone, the words, and hold-the-rest."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from wan_move_core.errors import WanMoveError
from wan_move_core.method.guidance import cells_from_tracks
from wan_move_core.motion.checks.checker import check_document, check_tracks, checks_table
from wan_move_core.motion.checks.rules import RULES
from wan_move_core.motion.document.read import parse_document
from wan_move_core.motion.evaluation.evaluate import tracks_and_owners
from wan_move_core.motion.sources.anchors import anchor_points, hold_the_rest, touched_cells
from wan_move_core.tracks import Tracks

SHARED_CASES = Path(__file__).resolve().parents[3] / "golden_shared"


def cases(name):
    return json.loads((SHARED_CASES / name).read_text(encoding="utf-8"))["cases"]


def still(*points, frames=17, size_wh=(832, 480)):
    return Tracks.make(np.repeat(np.array([points], float), frames, 0), size_wh=size_wh)


def line(start, end, frames=17, size_wh=(832, 480)):
    xy = np.linspace(np.array(start, float), np.array(end, float), frames)
    return Tracks.make(xy[:, None], size_wh=size_wh)


def ids(issues):
    return [issue.id for issue in issues]


@pytest.mark.parametrize("case", cases("checks_documents.json"), ids=lambda case: case["name"])
def test_issues_equal_the_independent_check(case):
    issues = check_document(parse_document(case["document"]))
    found = [{"id": i.id, "track": i.track, "frame": i.frame, "count": i.count} for i in issues]
    assert found == case["expected"]


@pytest.mark.parametrize("case", cases("anchors.json"), ids=lambda case: case["name"])
def test_anchors_equal_the_independent_rule(case):
    tracks, _ = tracks_and_owners(parse_document(case["document"]), through_camera=False)
    points = anchor_points(tracks, spacing_cells=case["spacing"], margin_cells=case["margin"])
    assert points.tolist() == case["points"]


def test_the_table_is_complete_and_its_texts_can_be_filled():
    table = checks_table()
    assert list(table) == list(RULES)
    for name, entry in table.items():
        assert entry["severity"] in ("error", "warning", "info"), name
        assert entry["title"] and entry["fix"] and isinstance(entry["fixable"], bool)
    with pytest.raises(TypeError):
        table["jumps"]["threshold"] = 99  # type: ignore[index]


def test_nothing_to_say_about_good_tracks():
    moving = [line((100 + d, 100), (300 + d, 120)) for d in (0, 20, 40)]
    tracks = Tracks.make(torch.cat([still((700, 400)).xy, *(m.xy for m in moving)], 1), size_wh=(832, 480))
    assert check_tracks(tracks, frames=17, size_wh=(832, 480)) == []
    assert check_tracks(Tracks.empty(81, (832, 480))) == []


def test_the_videos_own_length_and_size_count():
    issues = check_tracks(still((4, 4)), frames=81, size_wh=(480, 832))
    assert ids(issues) == ["wrong_length", "size_mismatch"]
    assert issues[0].text.startswith("The motion is 17 frames long, the video needs 81")
    assert issues[1].text == "The motion is drawn for 832x480 px, the video needs 480x832 px."


def test_border_points_are_on_the_border_and_not_outside():
    issues = check_tracks(still((832, 100)))
    assert ids(issues) == ["on_border"]
    assert (issues[0].frame, issues[0].count) == (0, 17)
    assert ids(check_tracks(still((832.001, 100)))) == ["outside_at_start"]
    assert "exactly on the right or bottom border in 17 frames" in issues[0].text


def test_texts_say_who_where_and_how_much():
    tracks = Tracks.make(torch.cat([line((100, 100), (740, 100)).xy, still((740, 100)).xy], 1), size_wh=(832, 480))
    issues = {i.id: i for i in check_tracks(tracks)}
    assert issues["jumps"].text.startswith("Track 1 moves up to 20 cells in one latent step (4 frames), first before")
    assert issues["jumps"].extra["cells"] == 20
    shared = issues["shares_cell"]
    assert shared.text.startswith("Track 1 is in the same latent cell as Track 2 at 1 latent step, first")
    assert shared.extra["other"] == 1
    assert issues["few_points"].severity == "info"
    assert json.loads(json.dumps(shared.to_dict()))["id"] == "shares_cell"


def test_documents_name_the_layer():
    layer = {"id": "b1", "type": "path", "name": "Ball", "points": [[-0.5, 0.5], [0.5, 0.5]]}
    anchors = {"id": "k", "type": "anchors", "points": [[0.1, 0.1], [1.5, 0.1]]}
    found = check_document(
        parse_document({"version": 1, "size_wh": [832, 480], "frames": 17, "layers": [anchors, layer]})
    )
    assert [(i.id, i.extra["layer"], i.extra["name"]) for i in found] == [
        ("outside_at_start", "k", ""),
        ("outside_at_start", "b1", "Ball"),
    ]
    assert found[0].text.startswith("k, point 2 starts outside") and found[1].text.startswith("Ball starts outside")


def test_regions_may_be_told_for_tracks_from_anywhere():
    tracks = Tracks.make(torch.cat([still((700, 400)).xy, line((100, 100), (200, 100)).xy], 1), size_wh=(832, 480))
    issue = check_tracks(tracks, regions={"Boat": [1]})[0]
    assert (issue.id, issue.track, issue.count) == ("few_points", 1, 1)
    assert issue.text == "Boat is guided by 1 point; a subject usually needs 4 or more to move as a whole."
    with pytest.raises(WanMoveError, match=r"Check / region Boat: index 5 of 2 tracks\. Fix: use indices from 0 to 1"):
        check_tracks(tracks, regions={"Boat": [5]})


def test_points_of_one_region_may_meet_and_those_of_two_may_not():
    both = still((100, 100), (101, 101))
    assert ids(check_tracks(both, regions={"A": [0, 1]})) == ["few_points"]
    assert "shares_cell" in ids(check_tracks(both, regions={"A": [0], "B": [1]}))
    assert "shares_cell" in ids(check_tracks(both))


@given(st.integers(0, 2**31))
@settings(max_examples=40, deadline=None)
def test_shared_cells_are_those_of_the_guidance(seed):
    rng = np.random.default_rng(seed)
    tracks = Tracks.make(rng.uniform(-10, 74, (17, 6, 2)), rng.random((17, 6)) < 0.8, size_wh=(64, 64))
    cell_yx, valid = cells_from_tracks(tracks)
    lost = {}
    for step in range(1, cell_yx.shape[1]):
        for i in range(6):
            later = [k for k in range(i + 1, 6) if valid[k, step] and torch.equal(cell_yx[k, step], cell_yx[i, step])]
            if valid[i, step] and valid[i, 0] and any(valid[k, 0] for k in later):
                lost.setdefault(i, []).append(4 * step)
    found = {i.track: (i.frame, i.count) for i in check_tracks(tracks) if i.id == "shares_cell"}
    assert found == {track: (frames[0], len(frames)) for track, frames in lost.items()}


@given(st.integers(0, 2**31))
@settings(max_examples=30, deadline=None)
def test_any_tracks_can_be_checked(seed):
    rng = np.random.default_rng(seed)
    frames, count = int(rng.integers(1, 14)), int(rng.integers(0, 9))
    xy = rng.choice([0.0, 40, 63.99, 64, 1e7, -1e7, 30.5], (frames, count, 2))
    for issue in check_tracks(Tracks.make(xy, rng.random((frames, count)) < 0.6, size_wh=(64, 64))):
        assert issue.text and "{" not in issue.text
        assert issue.track is None or 0 <= issue.track < count


def test_crowds_of_movers_are_counted_exactly_where_it_matters():
    rng = np.random.default_rng(5)
    start = np.concatenate([rng.uniform(0, 60, (200, 2)), [[400, 400], [463, 400], [700, 100]]])
    tracks = Tracks.make(np.stack([start + f * 3 for f in range(17)]), size_wh=(832, 480))
    found = {i.track: i.count for i in check_tracks(tracks) if i.id == "few_points"}
    assert found == {200: 2, 201: 2, 202: 1}


def test_held_points_keep_off_what_moves_and_off_the_mask():
    tracks = line((100, 240), (700, 240))
    mask = np.zeros((480, 832), bool)
    mask[300:400, 100:300] = True
    points = anchor_points(tracks, spacing_cells=2, margin_cells=3, avoid_mask=mask)
    way = np.stack([np.linspace(100, 700, 5000), np.full(5000, 240.0)], 1)
    apart = np.abs(points[:, None] - way[None]).max(-1).min(1)
    assert apart.min() > 3 * 8
    beside = np.maximum(
        np.maximum(100 - points[:, 0], points[:, 0] - 300), np.maximum(300 - points[:, 1], points[:, 1] - 400)
    )
    assert beside.min() > 2 * 8
    held = hold_the_rest(tracks, spacing_cells=2, avoid_mask=torch.from_numpy(mask).float())
    np.testing.assert_array_equal(held.xy.numpy(), np.repeat(points[None], 17, 0))
    assert bool(held.visible.all())


def test_far_ways_are_walked_only_where_they_touch():
    far = Tracks.make([[[-1e7, 20.0]], [[1e7, 20.0]]], size_wh=(64, 64))
    touched = touched_cells(far)
    assert touched[2].all() and touched.sum() == 8


def test_hold_the_rest_says_what_it_cannot_do():
    refused: list[tuple[dict[str, Any], str]] = [
        ({"spacing_cells": 0}, "Hold the rest: a spacing of 0 cells"),
        ({"margin_cells": -1}, "a margin of -1 cells"),
        ({"avoid_mask": np.zeros((1, 2, 2))}, r"a mask of shape \[1, 2, 2\]\. Fix: give one plane"),
        ({"size_wh": (64, 64)}, "fit the tracks first"),
    ]
    for options, text in refused:
        with pytest.raises(WanMoveError, match=text):
            anchor_points(still((4, 4)), **options)


def company(count, way=(300.0, 20.0), turn=0.0, frames=17):
    """``count`` points of one thing that goes ``way`` px and turns by ``turn`` radians, as a region's points do."""
    place = np.stack([100 + 12 * (np.arange(count) % 6), 100 + 12 * (np.arange(count) // 6)], -1).astype(float)
    middle, parts = place.mean(0), np.linspace(0, 1, frames)
    xy = []
    for part in parts:
        c, s = np.cos(turn * part), np.sin(turn * part)
        xy.append((place - middle) @ np.array([[c, s], [-s, c]]) + middle + part * np.array(way))
    return Tracks.make(np.stack(xy), size_wh=(832, 480))


def beside(*tracks):
    return Tracks.make(
        torch.cat([t.xy for t in tracks], 1), torch.cat([t.visible for t in tracks], 1), size_wh=(832, 480)
    )


def test_a_thing_that_only_slides_is_a_note_about_the_prompt():
    held = still((700, 400))
    found = [i for i in check_tracks(beside(held, company(12))) if i.id == "slides"]
    assert [(i.severity, i.count, i.fixable) for i in found] == [("info", 12, False)]
    assert "name its own motion" in found[0].text and "do not describe the path that is drawn" in found[0].text
    assert "slides" not in ids(check_tracks(beside(held, company(12, turn=0.6))))
    assert "slides" not in ids(check_tracks(beside(held, company(8))))
    assert "slides" not in ids(check_tracks(beside(held, company(12, way=(20.0, 0.0)))))
    two = [i for i in check_tracks(beside(held, company(12), company(9, way=(0, 200)))) if i.id == "slides"]
    assert two[0].count == 21


def test_more_tracks_than_the_model_was_trained_with_are_a_warning():
    """Source of the number: the paper's training, up to 200 tracks a step."""
    many = check_tracks(still(*[(4 + 8 * (i % 100), 4 + 8 * (i // 100)) for i in range(201)]))
    assert [(i.id, i.severity, i.count) for i in many] == [("many_tracks", "warning", 201)]
    assert "201 tracks outside regions; the model was trained with at most 200 at a time" in many[0].text
    assert not check_tracks(still(*[(4 + 8 * (i % 100), 4 + 8 * (i // 100)) for i in range(200)]))


def test_rules_speak_chinese_too():
    for name, entry in checks_table().items():
        words = entry["zh"]
        assert set(words) == {"title", "text", "fix"} and all(words.values()), name
        assert set(re.findall(r"\{\w+\}", words["text"])) == set(re.findall(r"\{\w+\}", entry["text"])), name
