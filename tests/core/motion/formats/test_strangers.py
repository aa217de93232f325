"""Coordinates joined by other nodes, and files that are something else: named as what they are."""

from __future__ import annotations

import json

import numpy as np
import pytest

from wan_move_core.errors import WanMoveError
from wan_move_core.motion.formats import Report, parse_tracks_text, read_tracks

ONE = json.dumps([{"x": 100 + 5 * t, "y": 200} for t in range(5)])
TWO = json.dumps([{"x": 300, "y": 100 + 5 * t} for t in range(5)])
BOTH = json.dumps([json.loads(ONE), json.loads(TWO)])


@pytest.mark.parametrize(
    "text",
    [
        [ONE, TWO],
        (ONE, TWO),
        json.dumps([ONE, TWO]),
        repr([ONE, TWO]),
        repr([ONE.replace('"', "'"), TWO.replace('"', "'")]),
        f"{ONE}\n{TWO}",
        f"{ONE}\n\n{TWO}\n",
        f"{ONE},\n{TWO}",
        f"{json.dumps(ONE)}\n{json.dumps(TWO)}",
        [BOTH],
        [ONE, "", TWO],
        [json.loads(ONE), TWO],
        json.dumps([json.dumps([ONE]), TWO]),
    ],
)
def test_joined_strings_are_as_many_tracks_as_they_hold(text):
    got = parse_tracks_text(text)
    assert got.tracks.count == 2 and got.tracks.frames == 5
    assert got.tracks.xy[:, 0, 0].tolist() == [100, 105, 110, 115, 120]
    assert got.tracks.xy[:, 1, 1].tolist() == [100, 105, 110, 115, 120]


def test_json_lines_of_points_and_of_many_tracks():
    lines = "\n".join(json.dumps({"x": t, "y": 2 * t}) for t in range(5))
    got = parse_tracks_text(lines)
    assert got.tracks.count == 1 and got.tracks.xy[4, 0].tolist() == [4, 8]
    assert parse_tracks_text([BOTH, ONE]).tracks.count == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ([ONE, "nothing"], "text 2: not valid JSON"),
        ([ONE, "{}"], "a dict among coordinate strings"),
        (["__import__('os').system('true')"], "not valid JSON"),
        (7, "a int"),
        ([], "there are no tracks in it"),
    ],
)
def test_what_is_wrong_in_a_list(text, words):
    with pytest.raises(WanMoveError) as error:
        parse_tracks_text(text)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("data", "what", "fix"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "a Git LFS pointer", "git lfs pull"),
        (b"\n<!DOCTYPE html><html><body>Sign in</body></html>", "a web page (HTML)", "Download or Raw button"),
        (b"<html>", "a web page (HTML)", "not the page"),
        (b"", "the file is empty", "give a file of tracks"),
        (b"  \n", "the text is empty", "give JSON"),
        (b"\x1f\x8b\x08\x00abc", "a gzip archive", "unpack it"),
        (b"MATLAB 5.0 MAT-file", "a MATLAB file", "as CSV"),
        (b"RIFX\x00\x00\x00\x00Egg!", "an After Effects project", "copy them"),
        (b"{\n\tTools = ordered() {\n\t\tTracker1 = Tracker {", "a Fusion composition", "Spline Editor"),
        (b"Composition {\n\tCurrentTime = 0,", "a Fusion composition", "After Effects keyframes or from Nuke"),
        (b'{"v":"5.5.9","fr":30,"ip":0,"op":41,"w":960,"h":560,"layers":[]}', "a Lottie animation", "saved as SVG"),
        (b"var comp = app.project.activeItem;", "a script for After Effects (.jsx)", "run it in After Effects"),
        (b'{"3":{"class_type":"KSampler","inputs":{}}}', "a ComfyUI workflow", "Save Tracks"),
        (b"just some words", "a text of no known kind", "frame,x,y"),
    ],
)  # fmt: skip
def test_named_as_what_it_is(data, what, fix):
    with pytest.raises(WanMoveError) as error:
        read_tracks(data, name="given.npy")
    assert str(error.value).startswith("given.npy: ") and what in str(error.value) and fix in str(error.value)
    with pytest.raises(WanMoveError):
        read_tracks(np.zeros((5, 3, 2)), visibility=data)


def test_visibility_alone_is_named():
    with pytest.raises(WanMoveError, match="visibility, not positions"):
        read_tracks(np.ones((5, 9), bool))


def test_a_report_is_plain_json():
    report = parse_tracks_text(ONE, size_wh=(832, 480)).report
    plain = json.loads(json.dumps(report.to_dict()))
    assert plain["size_wh"] == [832, 480] and plain["title"].startswith("coordinate JSON")
    assert plain["choices"]["unit"] == {"taken": "px", "by": "data", "other": "norm"}
    assert isinstance(report, Report)
