"""``--tracks x.npy`` alone: the visibility beside it is used, said, and part of what the clip was made from."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from wan_move_core import cli
from wan_move_core.generate.cases import Case
from wan_move_core.generate.settings import RunSettings
from wan_move_core.generate.sidefile import SideFile, input_record, same_run


@pytest.fixture
def pair(tmp_path):
    """The pair that ``wan-move edit`` saves: a path which is hidden from frame 3 on."""
    xy = np.stack([np.linspace(16, 48, 5), np.full(5, 24.0)], -1).astype(np.float32)
    np.save(tmp_path / "motion_tracks.npy", xy[None, :, None])
    np.save(tmp_path / "motion_visibility.npy", np.arange(5)[None, :, None] < 3)
    return tmp_path / "motion_tracks.npy"


def _case(pair, **more) -> Case:
    return Case(0, str(pair), "a", str(pair.with_name("a.mp4")), 3, tracks=str(pair), **more)


def _side(case: Case) -> SideFile:
    return SideFile(RunSettings(), case, input_record(case), {}, {}, {})


def test_the_record_knows_the_visibility_that_was_found(pair):
    case = _case(pair)
    side = _side(case)
    assert side.inputs["visibility"]["path"] == str(pair.with_name("motion_visibility.npy"))
    assert same_run(side, _side(case))
    np.save(pair.with_name("motion_visibility.npy"), np.ones((1, 5, 1), bool))
    assert not same_run(side, _side(case))


def test_a_record_from_before_it_knew_stays_the_same_run(pair):
    case = _case(pair)
    old = SideFile(RunSettings(), case, {k: v for k, v in input_record(case).items() if k != "visibility"}, {}, {}, {})
    assert same_run(old, _side(case))
    # One that was named is another matter: it was named then, or it is another run.
    assert not same_run(old, _side(_case(pair, visibility=str(pair.with_name("motion_visibility.npy")))))


def test_generate_uses_it_and_says_so(pair, golden, capsys):
    pytest.importorskip("diffusers", reason="the extra 'standalone' is not installed")
    tiny, folder = golden / "tiny_official", pair.parent
    np.save(folder / "embeds.npy", np.load(tiny / "expected.npz")["clip_features"])
    shutil.copy(tiny / "image.png", folder / "image.png")
    command = [
        "generate", "--ckpt_dir", str(tiny / "checkpoint"), "--dtype", "fp32", "--device", "cpu", "--steps", "1",
        "--width", "80", "--height", "48", "--frames", "5", "--seed", "3", "--image", str(folder / "image.png"),
        "--image-embeds", str(folder / "embeds.npy"), "--prompt", "a", "--tracks", str(pair),
    ]  # fmt: skip
    made = {}
    for name in ("found", "named", "shown"):
        more = ["--visibility", str(folder / "motion_visibility.npy")] if name == "named" else []
        if name == "shown":
            (folder / "motion_visibility.npy").unlink()
        assert cli.main([*command, *more, "-o", str(folder / f"{name}.mp4")]) == 0
        said = "motion_tracks.npy: Visibility from motion_visibility.npy, which lies beside." in capsys.readouterr().err
        assert said == (name == "found")
        made[name] = json.loads((folder / f"{name}.mp4.json").read_text())
    frames = {name: side["result"]["frames_sha256"] for name, side in made.items()}
    assert frames["found"] == frames["named"] != frames["shown"]


@pytest.mark.parametrize(
    "words",
    [
        ("draft", "--image", "a.png", "--tracks", "motion_tracks.npy", "-o", "d.mp4"),
        ("draw", "--image", "a.png", "--tracks", "motion_tracks.npy", "-o", "w.mp4"),
        ("tracks", "info", "motion_tracks.npy", "--size", "80x48"),
        ("tracks", "convert", "motion_tracks.npy", "o.json", "--size", "80x48"),
        ("tracks", "check", "motion_tracks.npy", "--size", "80x48"),
        ("tracks", "anchors", "motion_tracks.npy", "o.npy", "--size", "80x48"),
        ("tracks", "simplify", "motion_tracks.npy", "o.json", "--size", "80x48"),
        ("tracks", "region", "o.npy", "--mask", "a.png", "--path", "motion_tracks.npy", "--frames", "5"),
        ("tracks", "region", "o.npy", "--mask", "a.png", "--behind", "motion_tracks.npy", "--frames", "5"),
        ("tracks", "camera", "o.npy", "--image", "a.png", "--objects", "motion_tracks.npy", "--frames", "5"),
    ],
)
def test_every_command_finds_it_and_says_so(pair, words, monkeypatch, capsys):
    import cv2

    monkeypatch.chdir(pair.parent)
    cv2.imwrite("a.png", np.random.default_rng(0).integers(128, 255, (48, 80, 3), dtype=np.uint8))
    assert cli.main(list(words)) in (0, 1)
    assert "Visibility from motion_visibility.npy, which lies beside." in capsys.readouterr().out
