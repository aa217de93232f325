"""Adherence on clips whose motion is made here: what follows, stays, drifts or is lost, and what is advised."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from wan_move_core import cli
from wan_move_core.adherence.advice import advise, drift_px, places_to_watch, suggested_tracks
from wan_move_core.adherence.measure import measure_adherence
from wan_move_core.adherence.picture import VIRIDIS_RGB, adherence_still, draw_adherence, error_rgb, scale_for
from wan_move_core.errors import WanMoveError
from wan_move_core.motion.formats import read_tracks
from wan_move_core.motion.tracking.points import TrackedPoints
from wan_move_core.tracks import Tracks
from wan_move_core.video import probe_clip, read_clip, write_clip

W, H, T = 320, 240, 17


def _texture(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    made = np.zeros((H + 128, W + 128, 3), np.float32)
    for sigma in (1.8, 5.0, 16.0):
        noise = cv2.GaussianBlur(rng.standard_normal(made.shape).astype(np.float32), (0, 0), sigma)
        made += noise / noise.std()
    return np.clip(128 + 25 * made, 0, 255)


def _scene(subject_px: float, drift_px: float) -> np.ndarray:
    """A textured disc at (110, 120), radius 36, goes ``subject_px`` right; all behind it goes ``drift_px`` left."""
    back, front, frames = _texture(1), _texture(2), []
    for part in np.linspace(0, 1, T):
        moved = [
            cv2.warpAffine(plane, np.array([[1, 0, dx * part - 64], [0, 1, -64]]), (W, H))
            for plane, dx in ((back, -drift_px), (front, subject_px))
        ]
        mask = np.zeros((H, W), np.uint8)
        cv2.circle(mask, (round(110 + subject_px * part), 120), 36, 255, -1)
        frames.append(np.where(mask[..., None] > 0, moved[1], moved[0]).clip(0, 255).astype(np.uint8))
    return np.stack(frames)


def _tracks(way_px: float, still: bool = False) -> Tracks:
    """The disc's middle goes ``way_px`` right; with ``still``, a point of the background is held."""
    part = np.linspace(0, 1, T)[:, None]
    xy = [np.concatenate([110 + way_px * part, 120 + 0 * part], 1)]
    if still:
        xy.append(np.broadcast_to([260.0, 60.0], (T, 2)))
    return Tracks.make(np.stack(xy, 1), size_wh=(W, H))


@pytest.fixture(scope="module")
def halfway():
    """The subject goes 40 of 80 px, and the background drifts by 24 px."""
    tracks = _tracks(80)
    return measure_adherence(_scene(40, 24), tracks, rest_xy=places_to_watch(tracks))


def test_a_clip_that_follows():
    tracks = _tracks(60, still=True)
    found = measure_adherence(_scene(60, 0), tracks, rest_xy=places_to_watch(tracks))
    assert [s.verdict for s in found.scores()] == ["follows", "follows"]
    assert found.mean_px is not None and found.mean_px < 0.5 and found.lost_share == 0
    assert found.scores()[0].went == pytest.approx(1, abs=0.02)
    assert found.scores()[1].way_px == 0 and found.scores()[1].went is None
    assert found.worst() == [] and advise(found) == [] and suggested_tracks(found, []) is None


def test_errors_are_the_distance_that_is_missing(halfway):
    """It goes half of 80 px: at frame f the point is 40 f / 16 px behind."""
    np.testing.assert_allclose(halfway.error_px[:, 0], 40 * np.linspace(0, 1, T), atol=0.6)
    (score,) = halfway.scores()
    assert score.verdict == "stays behind" and score.went == pytest.approx(0.5, abs=0.02)
    assert score.mean_px == pytest.approx(40 * np.linspace(0, 1, T)[1:].mean(), abs=0.4)
    assert (score.worst_frame, score.lost_share) == (T - 1, 0.0)
    assert score.worst_px == pytest.approx(40, abs=0.6) and score.end_px == score.worst_px
    assert halfway.mean_px == score.mean_px == halfway.mean_all_px


def test_drift_is_seen_and_anchors_are_advised(halfway):
    moved = drift_px(halfway)
    away = np.linalg.norm(halfway.rest_xy - [130, 120], axis=1) > 110
    np.testing.assert_allclose(np.median(moved[away], axis=0), [-24, 0], atol=1)
    advice = advise(halfway)
    anchors = [one for one in advice if one.kind == "anchors"]
    assert "most of what no track touches" in anchors[0].text and "drifts by 24 px left" in anchors[0].text
    assert "the motion has no still point" in anchors[0].text
    points = [one for one in advice if one.kind == "points"]
    assert len(points) == 1 and points[0].track == 0
    assert "no other point within 48 px of its start moves as it does" in points[0].text
    better = suggested_tracks(halfway, advice)
    assert better is not None
    # The given track stays last: a later track wins a shared cell.
    np.testing.assert_array_equal(better.xy[:, -1], halfway.tracks.xy[:, 0])
    held = len(anchors[0].point_xy)
    np.testing.assert_allclose(better.xy[-1, :held], better.xy[0, :held])
    companions = better.xy[:, -5:-1]
    np.testing.assert_allclose(companions[-1] - companions[0], np.tile([80.0, 0.0], (4, 1)), atol=1e-4)
    assert np.linalg.norm(companions[0].numpy() - [110, 120], axis=1) == pytest.approx([16] * 4)


def test_the_subject_itself_is_not_held():
    """Places on the moving subject that no track lies on move with it: no anchor there."""
    tracks = _tracks(48)
    found = measure_adherence(_scene(48, 0), tracks, rest_xy=places_to_watch(tracks))
    assert not [one for one in advise(found) if one.kind == "anchors"]


def test_a_still_point_that_moves_is_dragged():
    found = measure_adherence(_scene(60, 24), _tracks(60, still=True))
    assert found.scores()[1].verdict == "is dragged along"
    assert found.scores()[1].end_px == pytest.approx(24, abs=1)


class Told:
    """A tracker that reports what it is told: what adherence makes of it can be worked out."""

    name = "told"

    def __init__(self, xy, visible):
        self.xy, self.visible = np.asarray(xy, np.float32), np.asarray(visible, bool)

    def track(self, frames, point_xy, progress=None):
        count = sum(1 for _ in frames)
        assert self.xy.shape == (count, len(point_xy), 2)
        return TrackedPoints(self.xy, self.visible, np.zeros(self.visible.shape, np.float32))


def test_lost_points_are_told_apart():
    clip = np.zeros((5, 48, 64, 3), np.uint8)
    tracks = Tracks.make(np.full((5, 3, 2), 20.0), np.array([[1, 0, 1]] + [[1, 1, 1]] * 4), size_wh=(64, 48))
    xy = np.full((5, 2, 2), 20.0)
    xy[1:, 0, 0] += [3, 4, 100, 100]  # lost from frame 3 on: guesses
    seen = np.ones((5, 2), bool)
    seen[3:, 0] = False
    seen[2:, 1] = False
    found = measure_adherence(clip, tracks, Told(xy, seen))
    first, hidden, third = found.scores()
    assert (first.mean_px, first.mean_all_px) == (3.5, (3 + 4 + 200) / 4)
    assert (first.lost_share, first.lost_from, first.worst_px, first.worst_frame) == (0.5, 3, 4.0, 2)
    assert first.verdict == "follows" and third.verdict == "lost" and third.lost_from == 2
    assert hidden.verdict == "not measured" and hidden.mean_px is None
    assert found.lost_share == pytest.approx(5 / 8) and found.tracker == "told"
    assert found.mean_px == pytest.approx((3 + 4 + 0) / 3)
    texts = {one.kind: one.text for one in advise(found)}
    assert texts["start"].startswith("Track 2 could not be measured") and "guides nothing" in texts["start"]
    assert texts["lost"].startswith("Track 3 was lost by told")


def test_what_does_not_fit_is_refused():
    clip = np.zeros((5, 48, 64, 3), np.uint8)
    with pytest.raises(WanMoveError, match="they belong to 320x240, the clip is 64x48"):
        measure_adherence(clip, _tracks(5))
    short = Tracks.make(np.full((4, 1, 2), 20.0), size_wh=(64, 48))
    with pytest.raises(WanMoveError, match=r"the clip has 5 frames, the tracks have 4. Fix: retime"):
        measure_adherence(clip, short)
    with pytest.raises(WanMoveError, match="no track is visible inside the picture at frame 0"):
        measure_adherence(clip, Tracks.make(np.full((5, 1, 2), 99.0), size_wh=(64, 48)))
    with pytest.raises(WanMoveError, match="there are no frames"):
        measure_adherence([], short)


def test_colours_rise_in_lightness():
    """Seen in grey the scale still reads: relative luminance grows all the way."""
    rgb = error_rgb(np.linspace(0, 32, 200), 32) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    luminance = linear @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(luminance) > -1e-4).all() and luminance[-1] - luminance[0] > 0.6
    assert error_rgb(0.0, 8).tolist() == list(VIRIDIS_RGB[0]) and error_rgb(99.0, 8).tolist() == list(VIRIDIS_RGB[-1])


def test_paths_have_the_colour_of_their_error(halfway):
    scale = scale_for(halfway)
    assert 38 <= scale <= 50
    still = adherence_still(np.zeros((H, W, 3), np.uint8), halfway, scale)
    assert still.shape[1] == W and still.shape[0] > H
    for frame in (5, 8, 11):
        x, y = (halfway.found_xy[frame - 1, 0] + halfway.found_xy[frame, 0]) / 2
        # Pieces of the line overlap by their round ends: a neighbouring frame's error may be what is seen.
        near = np.linspace(halfway.error_px[frame - 2, 0], halfway.error_px[frame + 1, 0], 50)
        apart = np.abs(still[int(y), int(x)].astype(int) - error_rgb(near, scale).astype(int)).max(-1)
        assert apart.min() <= 8
    drawn = list(draw_adherence(_scene(40, 24), halfway))
    assert len(drawn) == T and all(frame.shape == still.shape for frame in drawn)
    with pytest.raises(WanMoveError, match="give the clip that was measured"):
        adherence_still(np.zeros((H, W + 2, 3), np.uint8), halfway)


def test_the_command_writes_and_tells(tmp_path, capsys):
    write_clip(tmp_path / "clip.mp4", _scene(40, 24), quality=95)
    np.save(tmp_path / "tracks.npy", _tracks(80).xy.numpy()[None])
    out = tmp_path / "check"
    command = ["adherence", str(tmp_path / "clip.mp4"), "--tracks", str(tmp_path / "tracks.npy"), "-o", str(out)]
    assert cli.main(command) == 0
    told = capsys.readouterr().out
    assert "0 of 1 tracks are followed" in told and "tracker: dense (OpenCV's DIS flow and Lucas-Kanade)" in told
    assert "track 1:" in told and "Hold it with" in told
    table = json.loads((out / "adherence.json").read_text())
    assert table["epe_px"] == pytest.approx(21.25, abs=0.5) and len(table["error_px"][0]) == T
    assert table["error_px"][0][0] is None and table["advice"][0]["kind"] == "anchors"
    assert probe_clip(out / "adherence.mp4").frames == T and len(list(read_clip(out / "adherence.mp4"))) == T
    better = read_tracks(out / "suggested_tracks.npy", size_wh=(W, H), visibility=out / "suggested_visibility.npy")
    assert better.tracks.count > 1 and better.tracks.frames == T
    names = {"adherence.json", "adherence.mp4", "adherence.png", "suggested_tracks.npy", "suggested_visibility.npy"}
    assert {path.name for path in out.iterdir()} == names
    # A clip that follows has no suggestion, and an earlier one's does not stay.
    write_clip(tmp_path / "clip.mp4", _scene(80, 0), quality=95)
    assert cli.main([*command, "-q"]) == 0
    assert {path.name for path in out.iterdir()} == {n for n in names if "suggested" not in n}
    np.save(tmp_path / "tracks.npy", _tracks(80).xy.numpy()[None, :9])
    assert cli.main(command) == 2
    assert "9 frames, the clip has 17. Fix: add --frames 17" in capsys.readouterr().err
