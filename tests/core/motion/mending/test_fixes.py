"""Fixes: each removes its own issue, changes nothing else, and says what it did."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from wan_move_core.errors import WanMoveError
from wan_move_core.motion.checks.checker import check_document, check_tracks, checks_table
from wan_move_core.motion.document.read import parse_document
from wan_move_core.motion.evaluation.evaluate import tracks_from_document
from wan_move_core.motion.mending.fix_document import apply_to_document, hold_the_rest_of, merged, shown_again
from wan_move_core.motion.mending.fixes import FIXES, apply, nearest_length
from wan_move_core.tracks import Tracks

CASES = json.loads(
    (Path(__file__).resolve().parents[3] / "golden_shared" / "checks_documents.json").read_text(encoding="utf-8")
)["cases"]
SIZE = (832, 480)


def make(*columns, visible=None):
    return Tracks.make(np.stack([np.asarray(c, float) for c in columns], 1), visible, size_wh=SIZE)


def way(start, end, frames=17):
    return np.linspace(np.array(start, float), np.array(end, float), frames)


def only(issues, name):
    return [issue for issue in issues if issue.id == name]


def mend(tracks, name, **options):
    issues = only(check_tracks(tracks, **options), name)
    assert issues, f"nothing to mend for {name}"
    fixed, report = apply(tracks, issues, **options)
    assert len(report) == 1
    return fixed, report[0]


def test_every_rule_that_says_so_has_a_fix():
    assert [name for name, entry in checks_table().items() if entry["fixable"]] == list(FIXES)


def test_lengths_go_to_the_nearest_or_to_the_videos():
    assert [nearest_length(n) for n in (1, 2, 3, 4, 5, 80, 82, 83)] == [1, 1, 5, 5, 5, 81, 81, 85]
    fixed, said = mend(make(way((10, 10), (99, 10), 18)), "wrong_length")
    assert (fixed.frames, said) == (17, "Retimed from 18 to 17 frames.")
    fixed, said = mend(make(way((10, 10), (99, 10))), "wrong_length", frames=81)
    assert (fixed.frames, said) == (81, "Retimed from 17 to 81 frames.")


def test_sizes_are_stretched():
    fixed, said = mend(make(way((104, 120), (416, 240))), "size_mismatch", size_wh=(416, 960))
    assert said == "Stretched from 832x480 to 416x960 px."
    assert fixed.size_wh == (416, 960)
    np.testing.assert_allclose(fixed.xy[[0, -1], 0], [[52, 240], [208, 480]])


def test_a_hidden_start_is_shown_and_nothing_else():
    visible = np.zeros((17, 2), bool)
    visible[5:] = True
    tracks = make(way((10, 10), (99, 10)), way((10, 30), (99, 30)), visible=visible)
    fixed, said = mend(tracks, "hidden_at_start")
    assert said == "2 tracks shown at the first frame."
    visible[0] = True
    np.testing.assert_array_equal(fixed.visible.numpy(), visible)
    assert torch.equal(fixed.xy, tracks.xy)


def test_a_start_outside_moves_the_whole_track_by_the_least():
    fixed, said = mend(make(way((-40, 100), (400, 500))), "outside_at_start")
    assert said == "Track 1 moved as a whole to start inside the picture."
    np.testing.assert_allclose(fixed.xy[:, 0], way((0, 100), (440, 500)), atol=1e-4)
    assert not only(check_tracks(fixed), "outside_at_start")


def test_border_points_step_onto_the_last_pixel():
    fixed, said = mend(make(way((832, 10), (832, 10)), way((9, 9), (9, 9))), "on_border")
    assert said == "Track 1 moved from the border onto the last pixel."
    assert 831.99 < float(fixed.xy[0, 0, 0]) < 832 and bool(fixed.inside().all())


def test_what_leaves_is_kept_inside():
    tracks = make(way((700, 100), (900, 100)), way((9, 9), (-20, 9)))
    issues = [i for i in only(check_tracks(tracks), "leaves_picture") if i.track == 0]
    fixed, report = apply(tracks, issues)
    assert report == ["Track 1 kept inside the picture (6 positions)."]
    assert bool(fixed.inside()[:, 0].all()) and torch.equal(fixed.xy[:, 1], tracks.xy[:, 1])


def test_short_sights_reach_the_next_sample():
    visible = np.zeros((18, 1), bool)
    visible[[0, 4, 6, 17], 0] = True
    fixed, said = mend(make(way((10, 10), (99, 10), 18), visible=visible), "between_samples")
    assert said == "Track 1 shown up to the nearest 4th frame."
    assert np.flatnonzero(fixed.visible[:, 0]).tolist() == [0, 4, 6, 7, 8, 16, 17]


def test_jumps_are_evened_out_or_said_to_remain():
    burst = np.concatenate([way((10, 10), (410, 10), 5), np.repeat([[410.0, 10.0]], 12, 0)])
    fixed, said = mend(make(burst), "jumps")
    assert said == "Track 1 given one even speed over the clip."
    np.testing.assert_allclose(fixed.xy[:, 0], way((10, 10), (410, 10)), atol=1e-3)
    _, said = mend(make(way((10, 10), (800, 10), 5)), "jumps")
    assert said.endswith("1 still too fast: shorten the way or lengthen the clip.")


def test_the_loser_of_a_cell_is_hidden_there_alone():
    tracks = make(way((100, 100), (420, 100)), way((260, 100), (260, 100)))
    fixed, said = mend(tracks, "shares_cell")
    assert said == "Track 1 hidden where another track wins the cell."
    assert np.flatnonzero(~fixed.visible[:, 0].numpy()).tolist() == [5, 6, 7, 8]
    assert not only(check_tracks(fixed), "shares_cell")


def test_anchors_and_companions_come_first_and_win_no_cell():
    tracks = make(way((200, 200), (400, 240)))
    held, said = mend(tracks, "no_anchors")
    assert said == f"{held.count - 1} anchors added over everything that does not move."
    assert torch.equal(held.xy[:, -1], tracks.xy[:, 0])
    assert not only(check_tracks(held), "no_anchors") and not only(check_tracks(held), "shares_cell")
    both, report = apply(tracks, check_tracks(tracks))
    assert len(report) == 2 and both.count > held.count
    assert torch.equal(both.xy[:, -1], tracks.xy[:, 0])
    assert not check_tracks(both)


def test_regions_numbers_follow_when_points_are_added():
    tracks = make(way((200, 200), (400, 240)), way((600, 200), (700, 240)))
    fixed, report = apply(tracks, check_tracks(tracks, regions={"A": [1]}), regions={"A": [1]})
    assert any("points added around 2 tracks" in said for said in report)
    assert torch.equal(fixed.xy[:, -2:], tracks.xy)


def test_issues_of_other_tracks_are_refused():
    issue = only(check_tracks(make(way((-40, 100), (400, 100)), way((-4, 1), (9, 9)))), "outside_at_start")[1]
    with pytest.raises(WanMoveError, match=r"Fix / outside_at_start: track 2 of 1\. Fix: check these tracks again"):
        apply(make(way((-40, 100), (400, 100))), [issue])


@given(st.integers(0, 2**31))
@settings(max_examples=40, deadline=None)
def test_any_issues_can_be_mended_without_harm(seed):
    rng = np.random.default_rng(seed)
    frames, count = int(rng.integers(1, 20)), int(rng.integers(1, 6))
    xy = np.cumsum(rng.normal(0, rng.choice([1, 40]), (frames, count, 2)), 0) + rng.choice([30, 400, 832], (count, 2))
    tracks = Tracks.make(xy, rng.random((frames, count)) < rng.choice([0.4, 1]), size_wh=SIZE)
    before = tracks.xy.clone(), tracks.visible.clone()
    fixed, report = apply(tracks, check_tracks(tracks))
    assert torch.equal(tracks.xy, before[0]) and torch.equal(tracks.visible, before[1])
    left = {i.id for i in check_tracks(fixed)}
    assert not left & {"wrong_length", "size_mismatch", "hidden_at_start", "on_border"}
    assert all(report)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_documents_are_mended_or_left_with_a_word(case):
    document = parse_document(case["document"])
    fixed, report = apply_to_document(document, check_document(document))
    assert len(report) >= len({i.id for i in check_document(document)})
    parse_document(fixed.to_json())
    left = {i.id for i in check_document(fixed)}
    assert not left & {"wrong_length", "size_mismatch", "hidden_at_start", "outside_at_start"}
    again, _ = apply_to_document(fixed, check_document(fixed))
    tracks_from_document(again)


def test_a_late_start_is_shown_and_a_hidden_start_uncovered():
    layer = {"id": "p", "type": "path", "name": "Ball", "points": [[0.1, 0.1], [0.3, 0.3]], "start": 6}
    document = parse_document(
        {
            "version": 1,
            "size_wh": list(SIZE),
            "frames": 17,
            "layers": [{**layer, "before": "hide", "hidden": [[0, 9], [2, 3], [0, 0]]}],
        }
    )
    fixed, report = apply_to_document(document, only(check_document(document), "hidden_at_start"))
    assert report == ["Ball: shown at the first frame."]
    assert (fixed.layers[0].before, fixed.layers[0].hidden) == ("hold", ((1, 9), (2, 3)))  # type: ignore[attr-defined]


def test_hold_the_rest_of_a_document_is_one_layer_below_all_others():
    layer = {"id": "hold", "type": "path", "points": [[0.1, 0.5], [0.9, 0.5]]}
    document = parse_document({"version": 1, "size_wh": list(SIZE), "frames": 17, "layers": [layer]})
    held, said = hold_the_rest_of(document)
    assert said.endswith("anchors added in a layer of their own.")
    assert [x.id for x in held.layers] == ["hold-2", "hold"]
    assert hold_the_rest_of(held)[0] == held


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 9))), st.integers(0, 30), st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_intervals_are_sets_of_frames(spans, first, more):
    intervals = [(a, a + n) for a, n in spans]
    frames = {f for a, b in intervals for f in range(a, b + 1)}

    def members(some):
        return {f for a, b in some for f in range(a, b + 1)}

    assert members(merged(intervals)) == frames
    assert members(shown_again(intervals, first, first + more)) == frames - set(range(first, first + more + 1))


def test_what_only_its_author_can_mend_is_left_with_its_words():
    places = np.stack([4 + 8 * (np.arange(201) % 100), 4 + 8 * (np.arange(201) // 100)], -1).astype(float)
    tracks = Tracks.make(np.repeat(places[None], 17, 0), size_wh=SIZE)
    same, report = apply(tracks, check_tracks(tracks))
    assert torch.equal(same.xy, tracks.xy)
    assert len(report) == 1 and report[0].startswith("Many tracks, left as it is: 201 tracks outside regions")
