"""Draft: tracked points land where the tracks say (measured with optical flow), and what holds stays as it is."""

from __future__ import annotations

import math

import numpy as np
import pytest

from wan_move_core.draft.render import Draft, draft_clip
from wan_move_core.draft.warp import BackwardMap
from wan_move_core.errors import WanMoveError
from wan_move_core.tracks import Tracks

W, H, T = 320, 240, 25
TIME = np.linspace(0, 1, T)[:, None, None]
CORNERS = np.array([(24, 24), (296, 24), (24, 216), (296, 216), (160, 20), (160, 222)], float)
HELD = np.repeat(CORNERS[None], T, 0)
CLUSTER = np.array([(90, 100), (120, 100), (90, 130), (120, 130), (105, 115)], float)


@pytest.fixture(scope="module")
def textured():
    """uint8 [H, W, 3]: smooth noise of several sizes, so that flow can be measured everywhere."""
    import cv2

    rng = np.random.default_rng(5)
    total = np.zeros((H, W, 3))
    for size in (1.5, 3, 6, 12):
        noise = cv2.GaussianBlur(rng.normal(size=(H, W, 3)), (0, 0), size)
        total += noise / noise.std()
    return ((total - total.min()) / np.ptp(total) * 255).astype(np.uint8)


def _tracks(xy, visible=None):
    return Tracks.make(np.asarray(xy, np.float32), visible, size_wh=(W, H))


def _landing_errors(before, after, from_xy, to_xy):
    """Distances between where Lucas and Kanade find the patches of ``from_xy`` and where they should be."""
    import cv2

    grey = [cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in (before, after)]
    start = (from_xy - 0.5).astype(np.float32)[:, None]
    guess = (to_xy - 0.5).astype(np.float32)[:, None]
    found = cv2.calcOpticalFlowPyrLK(
        grey[0], grey[1], start, guess.copy(), winSize=(13, 13), maxLevel=0, flags=cv2.OPTFLOW_USE_INITIAL_FLOW
    )[0]
    return np.linalg.norm(found - guess, axis=-1)[:, 0]


MOTIONS = {
    "one object": np.concatenate([CLUSTER[None] + TIME * np.array([130, 30.0]), HELD], 1),
    "a small stir": np.concatenate([CLUSTER[None] + TIME * np.array([14, 5.0]), HELD], 1),
    "a single point": np.concatenate([np.array([[[160, 120.0]]]) + TIME * np.array([60, 30.0]), HELD], 1),
    "two that cross": np.concatenate(
        [
            np.array([[(70, 90), (86, 104)]], float) + TIME * np.array([170, 50.0]),
            np.array([[(240, 140), (256, 126)]], float) + TIME * np.array([-170, -50.0]),
            HELD,
        ],
        1,
    ),
    "no anchors": CLUSTER[None] + TIME * np.array([60, -40.0]),
    "a curve": np.concatenate(
        [CLUSTER[None] + np.concatenate([90 * np.sin(TIME * 2), 50 * (1 - np.cos(TIME * 4))], -1), HELD], 1
    ),
}


@pytest.mark.parametrize("name", MOTIONS)
def test_points_land_where_the_tracks_say(textured, name):
    xy = MOTIONS[name]
    frames = list(Draft(textured, _tracks(xy)))
    moving = np.abs(xy - xy[:1]).max((0, 2)) > 2
    errors = np.concatenate(
        [_landing_errors(textured, frames[f], xy[0, moving], xy[f, moving]) for f in range(4, T, 4)]
    )
    assert np.median(errors) < 1, np.round(errors, 2)
    if len(HELD[0]) == (~moving).sum():
        held = np.concatenate([_landing_errors(textured, frames[f], CORNERS, CORNERS) for f in (8, T - 1)])
        assert np.median(held) < 0.2 and held.max() < 1


def test_a_cluster_turns_as_one(textured):
    """Beside the same picture turned by OpenCV: the patches must lie alike, not only the points."""
    import cv2

    centre = CLUSTER.mean(0)
    angles = TIME[:, 0, 0] * math.radians(100)
    turned = np.stack(
        [
            (CLUSTER - centre) @ np.array([[math.cos(a), math.sin(a)], [-math.sin(a), math.cos(a)]]) + centre
            for a in angles
        ]
    )
    xy = np.concatenate([turned, HELD], 1)
    frames = list(Draft(textured, _tracks(xy)))
    errors = []
    for f in range(4, T, 4):
        matrix = cv2.getRotationMatrix2D(tuple(centre - 0.5), -math.degrees(angles[f]), 1)
        expected = cv2.warpAffine(textured, matrix, (W, H), flags=cv2.INTER_CUBIC)
        errors.append(_landing_errors(expected, frames[f], turned[f], turned[f]))
    assert np.median(np.concatenate(errors)) < 0.5


@pytest.mark.parametrize("kind", ["pan", "zoom"])
def test_a_camera_move_carries_the_whole_picture(textured, kind):
    gx, gy = np.meshgrid(np.arange(20, W, 40), np.arange(20, H, 40))
    grid = np.stack([gx, gy], -1).reshape(-1, 2).astype(float)
    xy = grid[None] + TIME * np.array([36, -12.0])
    if kind == "zoom":
        xy = (grid[None] - (W / 2, H / 2)) * (1 + 0.25 * TIME) + (W / 2, H / 2)
    drawn = Draft(textured, _tracks(xy))
    assert len(drawn.groups.camera) == len(grid) and not drawn.objects
    inside = ((xy[T - 1] > 16) & (xy[T - 1] < (W - 16, H - 16))).all(1)
    middle = T // 2 if kind == "zoom" else T - 1
    errors = _landing_errors(textured, drawn.frame(middle), xy[0, inside], xy[middle, inside])
    assert np.median(errors) < 1


def test_frame_0_is_the_picture_and_far_parts_hold(textured):
    drawn = Draft(textured, _tracks(MOTIONS["one object"]))
    assert np.array_equal(drawn.frame(0), textured)
    last = drawn.frame(T - 1).astype(int)
    assert np.array_equal(last[:40], textured[:40]) and np.array_equal(last[:, -50:], textured[:, -50:])
    place = last[110:120, 100:110] - textured[110:120, 100:110]
    assert np.abs(place).mean() > 5, "the object has left its place"


def test_still_tracks_change_nothing(textured):
    frames = list(Draft(textured, _tracks(HELD)))
    assert len(frames) == T and all(np.array_equal(f, textured) for f in frames)
    assert all(np.array_equal(f, textured) for f in Draft(textured, Tracks.empty(3, (W, H))))


def test_hidden_positions_are_never_read(textured):
    xy = MOTIONS["one object"].copy()
    visible = np.ones(xy.shape[:2], bool)
    visible[10:15, 0] = False
    wild = xy.copy()
    wild[10:15, 0] = (3.0, 237.0)
    drawn = [Draft(textured, _tracks(path, visible)).frame(12) for path in (xy, wild)]
    assert np.array_equal(drawn[0], drawn[1])


def test_an_object_that_is_hidden_fades_out_and_comes_back(textured):
    xy = MOTIONS["one object"]
    visible = np.ones(xy.shape[:2], bool)
    visible[8:16, :5] = False
    drawn, seen = Draft(textured, _tracks(xy, visible)), Draft(textured, _tracks(xy))
    assert np.array_equal(drawn.frame(22), seen.frame(22))
    assert np.abs(drawn.frame(14).astype(int) - drawn.behind).max() == 0
    assert np.abs(seen.frame(14).astype(int) - drawn.behind).max() > 30


def test_later_tracks_lie_in_front(textured):
    a = np.array([[(80, 110), (96, 126)]], float) + TIME * np.array([80, 0.0])
    b = np.array([[(240, 110), (256, 126)]], float) + TIME * np.array([-80, 0.0])
    middle_a, middle_b = a[T - 1, 0], b[T - 1, 0]
    assert np.allclose(middle_a, middle_b)
    for order, source in (((a, b), (240, 110)), ((b, a), (80, 110))):
        last = Draft(textured, _tracks(np.concatenate([*order, HELD], 1))).frame(T - 1)
        assert _landing_errors(textured, last, np.array([source], float), middle_a[None])[0] < 0.5


def test_what_cannot_be_used_is_said(textured):
    xy = np.concatenate([MOTIONS["one object"], np.full((T, 2, 2), 50.0), np.full((T, 1, 2), -9.0)], 1)
    visible = np.ones(xy.shape[:2], bool)
    visible[0, 11:13] = False
    assert Draft(textured, _tracks(xy, visible)).notes == [
        "3 of 14 tracks start hidden or outside the picture: not in the draft"
    ]


def test_thousands_of_tracks_are_thinned(textured):
    rng = np.random.default_rng(0)
    start = rng.uniform(0, (W, H), (3000, 2))
    xy = np.repeat(start[None], 9, 0) + np.arange(9)[:, None, None] * np.array([2.0, 1.0])
    drawn = Draft(textured, _tracks(xy))
    assert len(drawn.controls.index) <= 256 and "evenly spread" in drawn.notes[0]
    errors = _landing_errors(textured, drawn.frame(8), CORNERS[:1] + 40, CORNERS[:1] + 40 + (16, 8))
    assert errors.max() < 0.5


def test_the_same_again(textured):
    first, second = (Draft(textured, _tracks(MOTIONS["two that cross"])).frame(15) for _ in range(2))
    assert np.array_equal(first, second)


def test_objects_are_cut_along_their_outline():
    """A plain disc on a plain ground moves whole, and leaves the ground behind."""
    import cv2

    def scene(x):
        fine = np.full((H * 4, W * 4, 3), (40, 90, 60), np.uint8)
        cv2.circle(fine, (x * 4, 120 * 4), 30 * 4, (230, 180, 40), -1, cv2.LINE_AA)
        return cv2.resize(fine, (W, H), interpolation=cv2.INTER_AREA)

    xy = np.array([[(80, 120), (70, 110), (90, 130)]], float) + TIME * np.array([150, 0.0])
    last = Draft(scene(80), _tracks(np.concatenate([xy, HELD], 1))).frame(T - 1)
    wrong = np.abs(last.astype(int) - scene(230)).max(-1) > 40
    assert wrong.sum() < 2 * 2 * math.pi * 30, "a rim of a pixel or two, no more"
    assert not wrong[:, :150].any(), "nothing stays behind"


def test_clips_and_cancelling(tmp_path, textured):
    from wan_move_core.video import probe_clip

    told = []
    draft_clip(tmp_path / "d.mp4", textured, _tracks(HELD[:5]), on_progress=lambda *p: told.append(p))
    assert told == [(i, 5) for i in range(1, 6)] and probe_clip(tmp_path / "d.mp4").frames == 5

    def stop(done, total):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        draft_clip(tmp_path / "e.mp4", textured, _tracks(HELD), on_progress=stop)
    assert [p.name for p in tmp_path.iterdir()] == ["d.mp4"]


def test_errors(textured):
    with pytest.raises(WanMoveError, match="tracks belong to a 64x48 picture, this one is 320x240"):
        Draft(textured, Tracks.empty(5, (64, 48)))
    with pytest.raises(WanMoveError, match=r"float64 \[240, 320, 3\], expected uint8 \[H, W, 3\]"):
        Draft(textured / 255.0, _tracks(HELD))


def test_maps_meet_their_points_and_grids_agree_with_the_closed_form():
    rng = np.random.default_rng(1)
    shown = rng.uniform(20, 180, (12, 2))
    source = shown + rng.uniform(-6, 6, (12, 2))
    way = BackwardMap.through(shown, source, 90, None)

    def closed_form(at):
        r = np.linalg.norm(at[:, None] - way.centres[None], axis=-1) / 90
        bump = np.where(r < 1, (1 - r) ** 4 * (4 * r + 1), 0)
        return at @ way.linear.T + way.offset + bump @ way.weights

    assert np.abs(closed_form(shown) - source).max() < 0.05
    x, y = way.dense((0, 0), (200, 200))
    px = rng.integers(0, 200, (200, 2))
    dense = np.stack([x[px[:, 1], px[:, 0]], y[px[:, 1], px[:, 0]]], -1)
    off = np.abs(dense - closed_form(px.astype(float)))
    assert np.quantile(off, 0.95) < 0.2 and off.max() < 0.5
