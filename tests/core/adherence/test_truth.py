"""Adherence against clips of exact truth: what is said where it is right, and not said where it would be wrong."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest

from wan_move_core.adherence.advice import advise, drift_px, places_to_watch
from wan_move_core.adherence.looks import likeness, noise_level, patches, too_smooth
from wan_move_core.adherence.measure import Adherence, allowed_px, measure_adherence
from wan_move_core.adherence.report import report_lines
from wan_move_core.adherence.things import things
from wan_move_core.errors import WanMoveError
from wan_move_core.motion.tracking.dense import DenseTracker
from wan_move_core.motion.tracking.points import TrackedPoints
from wan_move_core.pictures import grey_of
from wan_move_core.tracks import Tracks, merge_tracks

from .clips import ASIDE_PX, BACKGROUNDS, SHORT, SWAY_PX, TREATMENTS, Clip, H, T, W, backdrop, clip, encoded


def measured(made: Clip) -> Adherence:
    return measure_adherence(made.frames, made.tracks, rest_xy=places_to_watch(made.tracks), by_looks=True)


@cache
def found_in(variant: str, background: str = "textured", treatment: str = "clean", still: bool = True) -> Adherence:
    return measured(clip(variant, background, treatment, still))


def verdicts(found: Adherence) -> list[str]:
    return [score.verdict for score in found.scores()]


def kinds(found: Adherence) -> set[str]:
    return {one.kind for one in advise(found)}


@pytest.mark.parametrize("still", [True, False], ids=["held", "free"])
@pytest.mark.parametrize("treatment", TREATMENTS)
@pytest.mark.parametrize("background", BACKGROUNDS)
@pytest.mark.parametrize("variant", ["exact", "against"])
def test_a_clip_that_follows_exactly_gets_no_complaint(variant, background, treatment, still):
    """Also where a second thing moves against the first: its own body is not to be held."""
    found = found_in(variant, background, treatment, still)
    assert set(verdicts(found)) <= {"follows", "too smooth to judge"}
    assert verdicts(found)[:4] == ["follows"] * 4
    assert advise(found) == []
    # Under crf 35 the tracker may drop a point for a frame; that is far from losing it.
    assert found.lost_share is not None and found.lost_share < 0.01
    assert found.mean_px is not None and found.mean_px < 1
    assert all(thing.words is None for thing in things(found))


def test_what_is_too_smooth_is_out_of_every_figure():
    found = found_in("exact", "plain")
    smooth = np.array([verdict == "too smooth to judge" for verdict in verdicts(found)])
    assert smooth.tolist() == [False] * 4 + [True] * 8 and found.rest_smooth.all()
    assert not found.counted[:, smooth].any() and found.summary()["too_smooth"] == 8
    assert np.isnan(drift_px(found)).all()
    told = list(report_lines(found, []))
    assert told[0].startswith("4 of 4 tracks are followed.")
    assert told[1].startswith("8 more start where the picture is too smooth to judge")
    # Where there is something to see, nothing is out of the figures.
    assert not found_in("exact").smooth.any() and not found_in("exact").rest_smooth.any()
    # A benchmark asks the tracker alone, and counts all.
    plain = measure_adherence(clip("exact", "plain").frames, clip("exact", "plain").tracks)
    assert plain.counted[1:].all() and plain.summary()["too_smooth"] == 0


def test_the_same_path_late():
    for treatment in ("clean", "crf35"):
        (thing,) = things(found_in("late", treatment=treatment))
        assert thing.words == "same path, 3 frames late" and thing.tracks == (0, 1, 2, 3)
        assert thing.left_px is not None and thing.left_px < 1
    assert advise(found_in("late"))[0].text.startswith("Tracks 1, 2, 3, 4: same path, 3 frames late;")


def test_the_same_path_early():
    """Asked for later than it happens."""
    made = clip("exact", still=False)
    after = made.tracks.xy.numpy()[np.clip(np.arange(T) - 3, 0, T - 1)]
    found = measured(replace(made, tracks=Tracks.make(after, size_wh=(W, H))))
    assert [thing.words for thing in things(found)] == ["same path, 3 frames early"]


def test_the_same_path_beside():
    found = found_in("aside", treatment="crf35")
    (thing,) = things(found)
    assert thing.words == "same path, 36 px to the right"
    assert thing.shift_px == pytest.approx((ASIDE_PX, 0), abs=0.5)
    assert verdicts(found)[:4] == ["goes elsewhere"] * 4 and kinds(found) == {"path"}


def test_a_part_of_the_way():
    (thing,) = things(found_in("short"))
    assert thing.words == "covers 80 % of the way" and thing.scale == pytest.approx(SHORT, abs=0.01)


def test_what_no_simple_change_explains_gets_no_words():
    assert [thing.words for thing in things(found_in("lost"))] == [None]
    assert [thing.words for thing in things(found_in("sway"))] == [None]


def test_follows_is_a_tenth_of_the_way_and_two_cells():
    assert allowed_px(100) == pytest.approx(10) and allowed_px(1000) == 16
    # A thing 36 px beside a way of 600 px is within a tenth of it, and yet not where it was asked to be.
    assert allowed_px(600) < ASIDE_PX < 60
    assert allowed_px(0) == 8 and allowed_px(20) == 4


def test_a_thing_that_is_late_by_more_than_two_cells_is_not_followed():
    """The middle of its way is farther off than two cells, its slow ends are not."""
    made = clip("exact", still=False)
    frames = np.clip(np.arange(T) + 5, 0, T - 1)
    early = np.concatenate([made.tracks.xy[:1].numpy(), made.tracks.xy[frames[1:]].numpy()])
    found = measured(replace(made, tracks=Tracks.make(early, size_wh=(W, H))))
    assert verdicts(found) == ["goes elsewhere"] * 4
    assert [thing.words for thing in things(found)] == ["same path, 5 frames late"]


@pytest.mark.parametrize("background", ["textured", "smooth"])
def test_a_sway_in_the_middle_is_seen(background):
    found = found_in("sway", background, still=False)
    assert verdicts(found) == ["follows"] * 4
    (one,) = advise(found)
    assert one.kind == "anchors" and "sways by 20 px right (farthest at frame" in one.text
    assert "and comes back" in one.text
    moved = drift_px(found)[~found.rest_smooth]
    np.testing.assert_allclose(moved, np.tile([SWAY_PX, 0], (len(moved), 1)), atol=2)
    assert found.rest is not None
    assert np.linalg.norm(found.rest.xy[-1] - found.rest_xy, axis=-1)[~found.rest_smooth].max() < 2


def test_a_sway_of_still_points_is_dragged():
    assert verdicts(found_in("sway"))[4:] == ["is dragged along"] * 8


def test_shares_are_of_all_places_that_can_be_judged():
    """The block's places are few beside all: a region, not most of the picture."""
    found = found_in("loose", still=False)
    (one,) = advise(found)
    assert one.kind == "anchors" and one.text.startswith("the region around (") and "drifts by 70 px left" in one.text
    assert all(x > 196 and y < 72 for x, y in one.point_xy)
    # Lost places stay in the share: with all others lost it is still a region.
    rest = found.rest
    assert rest is not None
    block = np.array([tuple(p) in {tuple(map(np.float32, q)) for q in one.point_xy} for p in found.rest_xy])
    blind = replace(found, rest=replace(rest, visible=rest.visible & block[None]))
    assert [told.text for told in advise(blind)] == [one.text]


def test_neighbours_that_are_dragged_are_told_of():
    found = found_in("dragged")
    dragged = [one for one in advise(found) if one.kind == "dragged"]
    assert len(dragged) == 1 and "go along with the nearest moving thing" in dragged[0].text
    assert set(verdicts(found)[-2:]) == {"is dragged along"}
    # Where the picture sways by itself, still points that move do not go along with the thing.
    assert "dragged" not in kinds(found_in("sway"))


def test_a_picture_that_goes_along_with_its_tracks_is_told_of():
    """The whole picture moves as the track asks of one thing in it; a sway or a loose block does not go along."""
    made = clip("exact", still=False)
    back = backdrop("textured")
    ways = made.tracks.xy[:, 0].numpy() - made.tracks.xy[0, 0].numpy()
    whole = np.stack(
        [cv2.warpAffine(back, np.array([[1, 0, x - 64], [0, 1, y - 64]]), (W, H), borderMode=2) for x, y in ways]
    )
    found = measured(replace(made, frames=whole.clip(0, 255).astype(np.uint8)))
    assert verdicts(found) == ["follows"] * 4
    (one,) = advise(found)
    assert one.kind == "anchors" and "goes along with the tracks, " in one.text and "most of what no" in one.text
    for variant in ("sway", "loose"):
        assert all("goes along" not in told.text for told in advise(found_in(variant, still=False)))


def test_lost_is_said_of_what_is_gone_only():
    found = found_in("lost")
    assert verdicts(found)[:4] == ["lost"] * 4 and kinds(found) == {"lost"}
    assert "lost" not in kinds(found_in("late")) | kinds(found_in("aside"))


def test_more_points_are_advised_where_a_point_is_alone():
    made = clip("short", still=False)
    alone = replace(made, tracks=made.tracks.select([0]))
    assert "points" in kinds(measured(alone))
    assert "points" not in kinds(found_in("short"))
    # A thing that is late on its own path needs no more points.
    late = clip("late", still=False)
    assert kinds(measured(replace(late, tracks=late.tracks.select([0])))) == {"path"}


def test_start_is_advised_of_hidden_tracks_only():
    made = clip("exact")
    seen = made.tracks.visible.clone()
    seen[0, 2] = False
    hidden = measured(replace(made, tracks=made.tracks.with_visible(seen)))
    assert advise(hidden)[0].text.startswith("Track 3 could not be measured")


def test_things_that_move_alike_are_one_and_others_are_not():
    found = found_in("against")
    assert [thing.tracks for thing in things(found)] == [(0, 1, 2, 3), (4,)]
    far = found.tracks.select([0]).transform(offset_xy=(180.0, 60.0))
    tracks = merge_tracks([far, found.tracks.select([0, 4])])
    both = measure_adherence(clip("against").frames, tracks)
    assert [thing.tracks for thing in things(both)] == [(0, 1), (2,)]


def test_noise_is_estimated_as_it_was_added():
    rng = np.random.default_rng(0)
    flat = np.full((H, W), 120.0) + np.linspace(0, 60, W)
    for sigma in (2.0, 6.0):
        assert noise_level((flat + rng.normal(0, sigma, flat.shape)).astype(np.uint8)) == pytest.approx(sigma, rel=0.12)


def test_an_edge_alone_is_too_smooth_and_a_corner_is_not():
    edge = np.full((64, 64), 60, np.uint8)
    edge[:, 32:] = 200
    corner = edge.copy()
    corner[32:] = 60
    middle = np.array([[32.0, 32.0]], np.float32)
    assert too_smooth(edge, middle).all() and not too_smooth(corner, middle).any()


def test_a_place_looks_the_same_under_exposure_and_compression_and_not_when_covered():
    base = grey_of(clip("exact").frames[0])
    points = np.array([(40.0, 40.0), (250.0, 60.0), (200.0, 150.0)], np.float32)
    first = patches(base, points)
    brighter = np.clip(base * 0.7 + 40, 0, 255).astype(np.uint8)
    coded = grey_of(encoded(np.stack([clip("exact").frames[0]] * 5), 35)[-1])
    assert likeness(first, brighter, points).min() > 0.98 and likeness(first, coded, points).min() > 0.9
    assert likeness(first, np.ascontiguousarray(base[::-1, ::-1]), points).max() < 0.6


def test_one_frame_and_no_moving_track_are_no_trouble():
    tracks = Tracks.make(np.full((1, 1, 2), 90.0), size_wh=(W, H))
    found = measure_adherence(clip("exact").frames[:1], tracks, rest_xy=places_to_watch(tracks), by_looks=True)
    assert things(found) == [] and found.mean_px is None
    still = clip("exact").tracks.select(list(range(4, 12)))
    quiet = measure_adherence(clip("exact").frames, still, rest_xy=places_to_watch(still), by_looks=True)
    assert things(quiet) == [] and still.frames == T


def with_a_cut(at: int) -> Clip:
    """The exact clip up to frame ``at``, from there on another place altogether."""
    made = clip("exact", still=False)
    other = np.ascontiguousarray(clip("exact", "smooth", still=False).frames[:, ::-1, ::-1, ::-1])
    return replace(made, frames=np.concatenate([made.frames[:at], other[at:]]))


def test_a_cut_is_told_and_is_why_points_are_lost():
    found = measured(with_a_cut(12))
    assert found.cuts == (12,) and found.summary()["cuts"] == [12]
    assert verdicts(found) == ["lost"] * 4 and kinds(found) == {"cut"}
    told = list(report_lines(found, advise(found)))
    assert told[1] == (
        "The clip cuts to another scene at frame 12: points are not followed beyond it, and count as lost there."
    )
    # What is said of those that were seen says so.
    assert "over the 34.4% of positions where the points were seen" in told[0]
    assert "lost where the clip cuts to another scene, at frame 12" in told[-1]
    # A clip without one says nothing of cuts.
    whole = found_in("exact", still=False)
    assert whole.cuts == () and not any("cut" in line for line in report_lines(whole, advise(whole)))


def test_points_go_on_behind_a_cut_where_that_was_asked_for():
    made = with_a_cut(12)
    on = DenseTracker(on_cut="go on")
    found = measure_adherence(made.frames, made.tracks, on, rest_xy=places_to_watch(made.tracks))
    assert found.rest is not None
    assert found.cuts == (12,) and found.rest.visible[-1].any()
    assert any("at frame 12: points go on with what they then stand on" in line for line in report_lines(found, []))


class Blind:
    """Sees points at their start only; ``smooth``: calls them so. What adherence then says, it says by looks."""

    name = "blind"

    def __init__(self, smooth=None):
        self.smooth = smooth

    def track(self, frames, point_xy, progress=None):
        xy = np.tile(np.asarray(point_xy, np.float32), (sum(1 for _ in frames), 1, 1))
        visible = np.zeros(xy.shape[:2], bool)
        visible[0] = True
        smooth = None if self.smooth is None else np.full(len(point_xy), self.smooth)
        return TrackedPoints(xy, visible, np.zeros(visible.shape, np.float32), smooth)


def test_a_point_that_the_tracker_lost_is_where_the_asked_place_looks_like_it():
    for treatment in TREATMENTS:
        made = clip("exact", treatment=treatment)
        found = measure_adherence(made.frames, made.tracks, Blind(), by_looks=True)
        assert set(verdicts(found)) == {"follows"} and found.mean_px == 0
    # What is not where it was asked to be stays lost; so does what became something else.
    for variant in ("aside", "short", "lost"):
        made = clip(variant, still=False)
        assert verdicts(measure_adherence(made.frames, made.tracks, Blind(), by_looks=True)) == ["lost"] * 4
    # A benchmark asks the tracker alone.
    made = clip("exact", still=False)
    assert verdicts(measure_adherence(made.frames, made.tracks, Blind())) == ["lost"] * 4


def test_what_moves_is_too_smooth_where_the_tracker_says_so_and_what_is_still_is_judged_by_looks():
    made = clip("exact")
    found = measure_adherence(made.frames, made.tracks, Blind(smooth=True), by_looks=True)
    assert verdicts(found) == ["too smooth to judge"] * 4 + ["follows"] * 8 and advise(found) == []
    assert not measure_adherence(made.frames, made.tracks, Blind(smooth=False), by_looks=True).smooth.any()


def test_what_lies_between_the_tracks_of_a_thing_is_not_to_be_held():
    """The whole picture goes as asked, by tracks all around it; by tracks in one place the rest is told of (above)."""
    made = clip("exact", still=False)
    way = made.tracks.xy[:, 0].numpy() - made.tracks.xy[0, 0].numpy()
    back = backdrop("textured")
    whole = [cv2.warpAffine(back, np.array([[1, 0, x - 64], [0, 1, y - 64]]), (W, H), borderMode=2) for x, y in way]
    frames = np.stack(whole).clip(0, 255).astype(np.uint8)
    around = np.array([(20.0, 20.0), (150.0, 16.0), (20.0, 150.0), (150.0, 150.0), (180.0, 84.0)])
    tracks = Tracks.make(around + way[:, None], size_wh=(W, H))
    # Places between them, where the picture stays in sight: as if nothing had kept them free.
    between = np.stack(np.meshgrid(np.arange(44, 140, 16.0), np.arange(40, 130, 16.0)), -1).reshape(-1, 2)
    found = measure_adherence(frames, tracks, rest_xy=between.astype(np.float32), by_looks=True)
    assert verdicts(found) == ["follows"] * 5
    assert np.linalg.norm(drift_px(found), axis=1).min() > 100 and advise(found) == []


def test_another_length_is_told_before_anything_is_tracked():
    class Never:
        name = "never"

        def track(self, frames, point_xy, progress=None):
            raise AssertionError

    made = clip("exact")
    with pytest.raises(WanMoveError, match=f"the clip has 9 frames, the tracks have {T}. Fix: retime the tracks to 9"):
        measure_adherence(made.frames[:9], made.tracks, Never())
