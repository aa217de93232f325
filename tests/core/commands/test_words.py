"""What the command line says: every default is named, one is told as one, a result's place is asked for first."""

from __future__ import annotations

import argparse

import numpy as np
import pytest

from wan_move_core import cli
from wan_move_core.errors import plural
from wan_move_core.generate.arguments import add_arguments
from wan_move_core.pictures import write_png
from wan_move_core.video import write_clip


def test_the_help_of_generate_names_every_default():
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    silent = []
    for action in parser._actions:
        if action.help == argparse.SUPPRESS or action.default in (None, False, argparse.SUPPRESS):
            continue
        told = (action.help or "") % {"default": action.default}
        if f"default: {action.default}" not in told:
            silent.append(action.option_strings[0])
    assert not silent


def test_a_count_of_one_is_one():
    assert [plural(n, "frame") for n in (0, 1, 2)] == ["0 frames", "1 frame", "2 frames"]
    assert [plural(n, "matrix", "matrices") for n in (1, 2)] == ["1 matrix", "2 matrices"]


@pytest.fixture
def one(tmp_path):
    """A single frame, its picture and one track in it."""
    frame = np.random.default_rng(0).integers(0, 255, (64, 96, 3), np.uint8)
    write_png(tmp_path / "a.png", frame)
    write_png(tmp_path / "other.png", frame[:, :64])
    write_clip(tmp_path / "a.mp4", [frame] * 9, 16.0)
    np.save(tmp_path / "one.npy", np.full((1, 1, 2), 40, np.float32))
    np.save(tmp_path / "nine.npy", np.full((9, 1, 2), 40, np.float32))
    return tmp_path


def test_one_frame_is_told_so(one, capsys):
    words = ["--image", str(one / "a.png"), "--tracks", str(one / "one.npy"), "--size", "96x64"]
    assert cli.main(["draft", *words, "-o", str(one / "f")]) == 0
    assert "(1 frame)" in capsys.readouterr().out
    assert cli.main(["adherence", str(one / "a.mp4"), "--tracks", str(one / "one.npy"), "-o", str(one / "r")]) == 2
    assert "1 frame, the clip has 9" in capsys.readouterr().err


@pytest.mark.parametrize(("place", "text"), [("a.png", "a.png is a file"), ("a.png/in", "a.png cannot be written")])
def test_adherence_asks_for_its_folder_first(one, capsys, monkeypatch, place, text):
    from wan_move_core.adherence import measure

    monkeypatch.setattr(measure, "measure_adherence", lambda *a, **k: pytest.fail("measured first"))
    command = ["adherence", str(one / "a.mp4"), "--tracks", str(one / "nine.npy"), "-o", str(one / place)]
    assert cli.main(command) == 2
    assert text in capsys.readouterr().err


def test_check_wants_the_picture_of_the_tracks(one, capsys):
    command = ["tracks", "check", str(one / "nine.npy"), "--size", "96x64", "--image"]
    assert cli.main([*command, str(one / "other.png")]) == 2
    assert "Check / --image: 64x64, the tracks belong to 96x64" in capsys.readouterr().err
    assert cli.main([*command, str(one / "a.png")]) in (0, 1)
