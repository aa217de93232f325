"""Files as other tools write them, in golden_shared: what Python reads of them is what the editor reads alone."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import numpy as np
import pytest

from wan_move_core import WanMoveError
from wan_move_core.motion.formats import read_tracks

SHARED = json.loads((Path(__file__).resolve().parents[3] / "golden_shared" / "formats.json").read_text("utf-8"))
CASES = SHARED["cases"]


def content(value):
    return value.encode("utf-8") if isinstance(value, str) else base64.b64decode(value["base64"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_python_reads_what_the_file_means(case):
    clip, expected = case["clip"], case["expected"]
    beside = None if case["visibility"] is None else content(case["visibility"])
    imported = read_tracks(
        content(case["content"]),
        frames=clip["frames"],
        size_wh=tuple(clip["size_wh"]),
        fps=clip["fps"],
        visibility=beside,
        name="a file",
        **case["choices"],
    )
    tracks, report = imported.tracks, imported.report
    visible = np.ones((clip["frames"], expected["count"]), bool)
    for track, first, last in expected["hidden"]:
        visible[first : last + 1, track] = False
    np.testing.assert_array_equal(tracks.visible.numpy(), visible)
    seen = visible[:: expected["every"]]
    # Files keep two decimals of a pixel.
    np.testing.assert_allclose(
        tracks.xy.numpy()[:: expected["every"]][seen], np.array(expected["xy"])[seen], atol=0.011
    )
    assert report.unit == expected["unit"]
    if expected["axes"]:
        assert report.choices["axes"].taken == expected["axes"]
        assert {report.choices["axes"].taken, report.choices["axes"].other} == {"frames_first", "tracks_first"}
    for words in expected["said"]:
        assert words in str(report)


@pytest.mark.parametrize("case", SHARED["refused"], ids=lambda case: case["name"])
def test_python_guesses_at_nothing(case):
    with pytest.raises(WanMoveError, match="a file") as error:
        read_tracks(content(case["content"]), frames=81, size_wh=(832, 480), name="a file")
    assert case.get("says", "") in str(error.value)
