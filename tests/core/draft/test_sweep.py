"""What moving things cover on their way, and that Hold the rest keeps it free."""

from __future__ import annotations

import numpy as np
import pytest

from wan_move_core.draft.things import swept_cut
from wan_move_core.errors import WanMoveError
from wan_move_core.motion.sources.anchors import anchor_points, lone_note, lone_points
from wan_move_core.tracks import Tracks

W, H, T = 416, 240, 17
LEFT, TOP, WIDE, TALL, WAY = 40, 50, 120, 140, 150.0


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    """uint8 [H, W, 3]: a red block on a grey-green ground, both with a grain."""
    made = np.empty((H, W, 3), np.float32)
    made[:] = (110, 130, 110)
    made[TOP : TOP + TALL, LEFT : LEFT + WIDE] = (190, 50, 40)
    return (made + np.random.default_rng(3).normal(0, 6, made.shape)).clip(0, 255).astype(np.uint8)


def _tracks(points) -> Tracks:
    way = np.linspace(0, 1, T)[:, None, None] * np.array([WAY, 0.0])
    return Tracks.make(np.asarray(points, float) + way, size_wh=(W, H))


def _on_its_way(points: np.ndarray) -> np.ndarray:
    x, y = points.T
    return (x >= LEFT) & (x < LEFT + WIDE + WAY) & (y >= TOP) & (y < TOP + TALL)


def test_no_still_point_on_a_thing_nor_where_it_passes(picture):
    """Four points near its corners: three cells around their ways leave its middle open; its outline does not."""
    tracks = _tracks([(60, 70), (140, 70), (60, 170), (140, 170)])
    assert _on_its_way(anchor_points(tracks, spacing_cells=3)).any()
    covered = swept_cut(picture, tracks)
    held = anchor_points(tracks, spacing_cells=3, kept_free=covered)
    assert not _on_its_way(held).any() and len(held) > 20
    # What is never passed is held as before.
    before = {tuple(p) for p in anchor_points(tracks, spacing_cells=3).tolist()}
    assert {tuple(p) for p in held.tolist()} <= before
    assert {p for p in before if p[1] < TOP - 24 or p[0] < LEFT - 24} <= {tuple(p) for p in held.tolist()}
    np.testing.assert_array_equal(anchor_points(tracks, spacing_cells=3, kept_free=lambda _: covered), held)


def test_nothing_moves_and_nothing_is_covered(picture):
    still = Tracks.make(np.broadcast_to([[90.0, 100.0]], (T, 1, 2)), size_wh=(W, H))
    assert not swept_cut(picture, still).any() and lone_points(still) == [] and lone_note(still) is None


def test_a_lone_moving_point_is_told_of():
    alone = _tracks([(100, 110), (360, 200), (370, 210)])
    assert lone_points(alone) == [0]
    told = lone_note(alone)
    assert told is not None and told.startswith("track 1 moves alone: if it stands for a larger thing")
    assert "guessed from the picture's colours" in (lone_note(alone, np.ones((H, W), bool)) or "")
    assert lone_note(_tracks([(90, 100), (110, 100)])) is None


def test_a_plane_of_another_size_is_refused():
    with pytest.raises(WanMoveError, match=r"kept_free of shape \[10, 10\].*Fix: give one plane"):
        anchor_points(_tracks([(90, 100)]), kept_free=np.zeros((10, 10), bool))
