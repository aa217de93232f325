"""The default tracker on clips of known motion, and the figures it is judged by on cases worked by hand."""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from cut_clips import with_cuts, without_cuts
from held_out import HELD_OUT, drawn
from tap import taken_up, tap
from truth import painted
from truth_clips import CLIPS

from wan_move_core.errors import WanMoveError
from wan_move_core.motion.tracking.choose import tracker_by_name
from wan_move_core.motion.tracking.cuts import CutFinder, told_cuts
from wan_move_core.motion.tracking.dense import DenseTracker
from wan_move_core.motion.tracking.points import TrackedPoints
from wan_move_core.motion.tracking.transfer import transfer_motion

SIZE_WH, FRAMES = (288, 176), 41


@pytest.mark.parametrize("name", CLIPS)
def test_figures_on_known_motion(name):
    _hold(CLIPS[name](SIZE_WH, FRAMES), name in ("cover", "exit"))


@pytest.mark.parametrize("name", HELD_OUT)
def test_figures_on_motion_that_it_was_not_set_by(name):
    _hold(HELD_OUT[name](SIZE_WH, FRAMES, False), name in ("passing", "swing"))


def _hold(clip, comes_back):
    points = clip.points(24)
    truth, visible = clip.truth(points)
    found = DenseTracker().track(clip.paint(), points)
    if clip.smooth is not None:
        smooth = clip.smooth(points)
        assert smooth.sum() >= 5 and not found.visible[:, smooth].any()
        assert found.smooth is not None
        assert found.smooth[smooth].all() and found.smooth.mean() < 0.4
        # What cannot be seen again is carried; whether it is seen is no question that could be answered.
        judged = ~found.smooth
        figures = tap(found.xy[:, judged], found.visible[:, judged], truth[:, judged], visible[:, judged])
    else:
        figures = tap(found.xy, found.visible, truth, visible)
    assert figures.delta >= 0.86 and figures.jaccard >= 0.70, figures
    share, count = taken_up(found.xy, found.visible, truth, visible)
    if comes_back:
        assert count > 20 and share is not None and share >= 0.6
    assert not found.cuts and np.isfinite(found.xy).all()


def test_cuts_are_told_from_flashes_pans_dissolves_and_light():
    pictures = [painted(SIZE_WH, 41), drawn(SIZE_WH, 42), painted(SIZE_WH, 43)[::-1] * 0.7, 255 - drawn(SIZE_WH, 44)]
    point = np.array([[160.0, 96.0]], np.float32)
    for name, frames, cuts in with_cuts(pictures):
        assert DenseTracker().track(frames, point).cuts == cuts, name
    for name, frames in without_cuts(pictures[:2]):
        assert DenseTracker().track(frames, point).cuts == (), name


def test_a_dissolve_of_hard_pictures_is_no_cut_and_a_pattern_that_repeats_hides_none():
    """What flow and points say of a quarter of a hard picture laid over a calm one is what they say of a cut."""
    hard = np.where(drawn(SIZE_WH, 45).mean(2, keepdims=True) > 125, 255.0, 0.0).repeat(3, 2)
    calm = drawn(SIZE_WH, 46)
    before, mixed, after = ((1 - part) * calm + part * hard for part in (0, 0.25, 1))
    first, quarter, other = (frame.astype(np.uint8) for frame in (before, mixed, after))
    assert not CutFinder(first).is_cut(quarter, 0.1, lambda: 0.3)
    assert CutFinder(first).is_cut(other, 0.1, lambda: 0.3)
    # Half of the points and more seem to be there still: the rest has to say it plainly.
    assert CutFinder(first).is_cut(other, 0.6, lambda: 0.1)
    assert not CutFinder(first).is_cut(other, 0.6, lambda: 0.3)
    assert not CutFinder(first).is_cut(other, 0.9, lambda: 0.1)


@pytest.mark.parametrize("how", ["lk", "told afterwards"])
def test_every_tracker_stops_at_a_cut_or_goes_on(how):
    one, other = CLIPS["camera"](SIZE_WH, FRAMES), CLIPS["turn"](SIZE_WH, FRAMES)
    frames, points = [*islice(one.paint(), 12), *islice(other.paint(), 12)], one.points(24)

    def followed(on_cut):
        if how == "lk":
            return tracker_by_name("lk", on_cut=on_cut).track(frames, points)
        # A model that says of a quarter of the points that they are still there, whatever comes.
        visible = np.ones((24, len(points)), bool)
        visible[12:, np.arange(len(points)) % 4 > 0] = False
        plain = TrackedPoints(np.tile(points, (24, 1, 1)), visible, np.full((24, len(points)), np.nan, np.float32))
        return told_cuts(np.stack(frames), plain, on_cut)

    stopped, on = followed("stop"), followed("go on")
    assert stopped.cuts == on.cuts == (12,)
    assert stopped.visible[11].any() and not stopped.visible[12:].any() and on.visible[13:].any()
    assert (stopped.xy[12:] == stopped.xy[11]).all() and np.isnan(stopped.error_px[12:]).all()
    if how == "lk":
        # In the other scene, points go as it does from where the first one left them.
        went = on.xy[-1] - on.xy[12]
        truth, seen = other.truth(on.xy[12])
        judged = on.visible[-1] & seen[11]
        assert judged.sum() > 10 and np.median(np.linalg.norm(went - (truth[11] - truth[0]), axis=1)[judged]) < 1


def test_a_cut_is_found_and_tracking_stops_or_goes_on():
    one, other = CLIPS["camera"](SIZE_WH, FRAMES), CLIPS["exposure"](SIZE_WH, FRAMES)
    frames, points = [*islice(one.paint(), 12), *islice(other.paint(), 12)], one.points(24)
    stopped = DenseTracker().track(frames, points)
    assert stopped.cuts == (12,) and stopped.visible[11].mean() > 0.5 and not stopped.visible[12:].any()
    assert len(stopped.xy) == 24 and (stopped.xy[12:] == stopped.xy[11]).all()
    on = DenseTracker(on_cut="go on").track(frames, points)
    assert on.cuts == (12,) and on.visible[-1].mean() > 0.5
    tracks, notes = transfer_motion(frames, DenseTracker(), spacing_px=24)
    assert tracks.frames == 9 and any("cuts to another scene at frame 12: tracking stops there" in n for n in notes)
    _, notes = transfer_motion(frames, DenseTracker(on_cut="go on"), spacing_px=24)
    assert any("frame 12: points go on" in n for n in notes)


def test_one_point_few_frames_grey_and_cancel():
    clip = CLIPS["camera"](SIZE_WH, 5)
    frames = [frame[..., 0] for frame in clip.paint()]
    points = np.array([[150.0, 90.0]], np.float32)
    truth, _ = clip.truth(points)
    found = DenseTracker().track(frames, points)
    assert found.xy.shape == (5, 1, 2) and np.abs(found.xy - truth).max() < 1.5
    assert DenseTracker().track(frames[:1], points).visible.shape == (1, 1)
    assert DenseTracker().track(frames, np.zeros((0, 2))).xy.shape == (5, 0, 2)
    done = []

    def stop(number):
        done.append(number)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        DenseTracker().track(frames, points, stop)
    assert done == [2]
    with pytest.raises(WanMoveError, match=r"unknown 'jump'. Fix: use stop or go on"):
        DenseTracker(on_cut="jump")
    for name in ("dense", "lk", "cotracker"):
        with pytest.raises(WanMoveError, match=r"unknown 'jump'. Fix: use stop or go on"):
            tracker_by_name(name, on_cut="jump")


def test_tap_figures_worked_by_hand():
    # Frame 0 is the query. Point 0 is 3 px off in frame 1 and exact in frame 2; point 1 is truly hidden in frame 2.
    truth = np.zeros((3, 2, 2))
    visible = np.array([[True, True], [True, True], [True, False]])
    found = truth.copy()
    found[1, 0, 0] = 3.0
    figures = tap(found, np.ones((3, 2), bool), truth, visible)
    # 3 truly visible positions: thresholds 1 and 2 reach two of them, 4, 8, 16 all.
    assert figures.delta == pytest.approx((2 / 3 + 2 / 3 + 3) / 5)
    assert figures.occlusion == pytest.approx(3 / 4)
    # TP 2, FP 1 (hidden) + 1 (off): 2 / (3 + 2) at 1 and 2 px; TP 3, FP 1: 3 / (3 + 1) beyond.
    assert figures.jaccard == pytest.approx((2 * 2 / 5 + 3 * 3 / 4) / 5)
    # Called hidden: the position still counts for delta, not for Jaccard.
    figures = tap(truth, np.zeros((3, 2), bool), truth, visible)
    assert (figures.delta, figures.jaccard) == (1.0, 0.0) and figures.occlusion == pytest.approx(1 / 4)


def test_taken_up_worked_by_hand():
    visible = np.ones((6, 3), bool)
    visible[1:4, :2] = False
    told, xy = np.ones((6, 3), bool), np.zeros((6, 3, 2))
    told[-1, 1] = False
    assert taken_up(xy, told, np.zeros((6, 3, 2)), visible) == (0.5, 2)
    assert taken_up(xy, told, xy, np.ones((6, 3), bool)) == (None, 0)
