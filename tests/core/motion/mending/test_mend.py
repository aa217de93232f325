"""Mending in rounds: what a fix uncovers is mended too, and it always ends."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wan_move_core.motion.checks.checker import check_tracks
from wan_move_core.motion.mending.fixes import apply
from wan_move_core.motion.mending.mend import MOST_ROUNDS, mend
from wan_move_core.tracks import Tracks

SIZE_WH = (160, 96)


def test_what_a_fix_uncovers_is_mended_in_the_next_round():
    xy = np.tile([[200.0, 40.0]], (9, 1, 1))
    seen = np.ones((9, 1), bool)
    seen[0] = False
    hidden_and_outside = Tracks.make(xy.astype(np.float32), seen, size_wh=SIZE_WH)
    assert [i.id for i in check_tracks(hidden_and_outside) if i.severity == "error"] == ["hidden_at_start"]
    mended, left, said = mend(hidden_and_outside, check_tracks, apply, "errors")
    assert not [i for i in left if i.severity == "error"]
    assert bool(mended.inside().all()) and bool(mended.visible.all()) and len(said) == 2


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), frames=st.sampled_from([5, 8, 9, 13]), count=st.integers(0, 6))
def test_any_tracks_end_without_an_error(seed, frames, count):
    rng = np.random.default_rng(seed)
    xy = rng.uniform(-60, 240, (frames, count, 2)).round()
    tracks = Tracks.make(xy.astype(np.float32), rng.random((frames, count)) > 0.4, size_wh=SIZE_WH)
    mended, left, _ = mend(tracks, check_tracks, apply, "warnings")
    assert not [i for i in left if i.severity == "error"]
    assert left == check_tracks(mended)


@pytest.mark.parametrize(("level", "rounds"), [("none", 0), ("errors", MOST_ROUNDS)])
def test_it_ends_where_nothing_helps(level, rounds):
    """A fix that mends nothing, and makes the issue look different each time."""
    xy = np.tile([[200.0, 40.0]], (9, 1, 1)).astype(np.float32)
    asked = []

    def useless(tracks, issues):
        asked.append(issues)
        grown = np.tile([[200.0, 40.0]], (9, len(asked) + 1, 1)).astype(np.float32)
        return Tracks.make(grown, size_wh=SIZE_WH), ["Nothing helped."]

    _, left, said = mend(Tracks.make(xy, size_wh=SIZE_WH), check_tracks, useless, level)
    assert len(asked) == rounds and left and said == ["Nothing helped."] * bool(rounds)
