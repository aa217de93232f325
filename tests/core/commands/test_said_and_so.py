"""What an error tells to do can be done; and the same length is refused by every command in the same words."""

from __future__ import annotations

import numpy as np
import pytest

from wan_move_core import WanMoveError, cli
from wan_move_core.editor.page import make_job


@pytest.fixture
def here(tmp_path, monkeypatch):
    import cv2

    monkeypatch.chdir(tmp_path)
    cv2.imwrite("a.png", np.random.default_rng(0).integers(0, 255, (48, 80, 3), dtype=np.uint8))
    np.save("tracks.npy", np.full((5, 1, 2), 20, np.float32))
    return tmp_path


DRAFT = ("draft", "--image", "a.png", "--tracks", "tracks.npy", "--size", "80x48", "-q")


def test_a_clip_without_an_ending_is_the_folder_that_the_error_speaks_of(here, capsys):
    assert cli.main([*DRAFT, "-o", "a.txt"]) == 2
    assert "or leave the ending out for a folder of PNG frames" in capsys.readouterr().err
    assert cli.main([*DRAFT, "-o", "a"]) == 0
    assert [path.name for path in sorted((here / "a").iterdir())] == [f"{i:04d}.png" for i in range(5)]


def test_who_writes_no_folders_suggests_none(here, capsys):
    """``generate`` keeps a side file beside a clip: a folder of frames it refuses, so it must not speak of one."""
    words = ["generate", "--ckpt-dir", "x", "--image", "a.png", "--prompt", "a", "--seed", "1"]
    assert cli.main([*words, "-o", "a.txt"]) == 2
    told = capsys.readouterr().err
    assert "clips of kind '.txt' cannot be written. Fix: end the name in .mp4, .mov" in told
    assert "folder of PNG" not in told
    assert cli.main([*words, "-o", "a"]) == 2
    assert "'a' has no ending" in capsys.readouterr().err


def _lengths():
    yield "edit", ["edit", "a.png", "--no-browser"]
    yield "region", ["tracks", "region", "o.npy", "--mask", "a.png"]
    yield "camera", ["tracks", "camera", "o.npy", "--image", "a.png"]
    yield "turn", ["tracks", "turn", "o.npy", "--mask", "a.png"]
    yield "transfer", ["tracks", "transfer", "o.npy", "--clip", "a.mp4"]
    yield "generate", ["generate", "--ckpt-dir", "x", "--image", "a.png", "--prompt", "a", "--seed", "1"]


@pytest.mark.parametrize("frames", ["80", "-3"])
@pytest.mark.parametrize(("name", "words"), list(_lengths()))
def test_a_length_that_no_video_has_is_refused_before_anything_else(here, name, words, frames, capsys):
    assert cli.main([*words, "--frames", frames]) == 2
    told = capsys.readouterr().err
    assert f"{frames} frames, but the model's lengths are 4k+1" in told
    assert f"Fix: use {'77 or 81' if frames == '80' else '1'} frames" in told


def test_the_editor_takes_no_length_for_none(here):
    """0 is a length that was asked for, not one that was left out; a stored document keeps its own."""
    with pytest.raises(WanMoveError, match=r"Editor / --frames: 0 frames, but the model's lengths are 4k\+1"):
        make_job(None, None, here, frames=0)
    with pytest.raises(WanMoveError, match=r"Clip / fps: 0.0 frames per second"):
        make_job(None, None, here, fps=0.0)
    assert make_job(None, None, here, frames=9).frames == 9
