"""Where a fault is, as errors name it: tracks, paths and their points count from 1 as everywhere, frames from 0."""

from __future__ import annotations

import numpy as np
import pytest

from wan_move_core.errors import WanMoveError
from wan_move_core.motion.formats import parse_tracks_text
from wan_move_core.motion.formats.job import Job
from wan_move_core.motion.formats.sampled.torch_files import read_ati


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[[{"x":1,"y":1,"t":0}],[{"x":1,"y":1,"t":0},{"x":1,"y":1}]]', "t of point 2 of track 2 is missing"),
        ('[{"points":[{"x":1,"y":1}]},{"points":[{"x":1,"y":1},{"x":1}]}]', "y of point 2 of spline 2 is missing"),
        ('[{"points":[{"x":1,"y":1}]},3]', "spline 2 is not an object with points"),
        ('[{"points":[{"x":1,"y":1},{"x":1,"y":2,"h1x":"a"}]}]', "h1x of point 2 of spline 1 is 'a'"),
        ('[{"points":[{"x":1,"y":1}],"speeds":[1,2]}]', "trajectory 1 does not have one speed per point"),
        ('[{"points":[[1,1],[2,2]],"speeds":[1,"a"]}]', "speed of point 2 of trajectory 1 is 'a'"),
        ('{"strokes":[[[1,1]],[[1,1],3]]}', "point 2 of stroke 2 is not an x and a y"),
        ('{"paths":[{"points":[{"x":1,"y":1}]},3]}', "path 2 is not an object with points"),
        ('{"paths":[{"points":[{"x":1,"y":1}],"qty":"a"}]}', "qty of path 1 is 'a'"),
        (
            '{"coordinates":[[{"x":1,"y":1}],[{"x":1,"y":1},{"x":1}]]}',
            "y of point 2 of path 2 of coordinates is missing",
        ),
        ('{"layers":[{"path":[{"x":1,"y":1},{"x":1}]}],"scene":{}}', "y of point 2 of layer 1 is missing"),
        ('{"layers":[{"path":[{"x":1,"y":1}],"tension":"a"}],"scene":{}}', "tension of layer 1 is 'a'"),
        ('[[[1,1],[2,2]],[[1,1],[1,1e7]]]', "position of track 2 at frame 1 is (1, 1e+07)"),
    ],
)  # fmt: skip
def test_tracks_paths_and_points_count_from_one(text, words):
    with pytest.raises(WanMoveError) as error:
        parse_tracks_text(text)
    assert words in str(error.value)


def test_notes_count_as_errors_do():
    text = '[{"points":[[1,1]]},{"points":[[1,1],[9,9]],"isSinglePoint":true}]'
    assert "Spline 2 is marked as a single point" in str(parse_tracks_text(text).report)


def test_arrays_of_multiplied_positions():
    array = np.full((3, 121, 1, 3), 8.0)
    array[1, 4, 0, 0] = np.nan
    with pytest.raises(WanMoveError, match="position of track 2 at frame 4 is not finite"):
        read_ati(array, Job("a file"))
