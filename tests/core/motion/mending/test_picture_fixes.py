"""What only the picture shows: still points leave the way of what moves; the rest is said and left to the editor."""

from __future__ import annotations

import numpy as np
import torch

from wan_move_core.motion.checks.checker import check_tracks
from wan_move_core.motion.checks.judged import Thing
from wan_move_core.motion.mending.fixes import apply
from wan_move_core.tracks import Tracks


def test_still_points_leave_the_way_and_no_other():
    part = torch.linspace(0, 1, 17)[:, None, None]
    start = torch.tensor([[100.0, 100.0], [105.0, 98.0], [180.0, 100.0], [400.0, 300.0]])
    way = torch.tensor([[160.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    tracks = Tracks.make(start + part * way, size_wh=(480, 320))
    share = np.zeros((320, 480), np.float32)
    share[80:120, 80:120] = 1
    to_frame = np.tile(np.eye(2, 3), (17, 1, 1))
    to_frame[:, 0, 2] = np.linspace(0, 160, 17)
    things = [Thing(np.array([0]), share, to_frame)]
    found = [issue for issue in check_tracks(tracks, things=things) if issue.id == "still_in_way"]
    assert [(issue.track, issue.frame) for issue in found] == [(1, 0), (2, 8)]
    mended, said = apply(tracks, found)
    assert mended.xy[0].tolist() == [[100.0, 100.0], [400.0, 300.0]]
    assert "out of the way" in said[0]
