"""wan-move as its users meet it: help, spellings, errors in one line, nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from argparse import ArgumentTypeError
from pathlib import Path

import numpy as np
import pytest

from wan_move_core import cli
from wan_move_core.commands import _common
from wan_move_core.errors import WanMoveError
from wan_move_core.pictures import write_png
from wan_move_core.video import probe_clip, read_clip, write_clip

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def inputs(tmp_path):
    """A 96x64 picture with 9 frames of three tracks, as an npy pair."""
    rng = np.random.default_rng(0)
    write_png(tmp_path / "in.png", rng.integers(0, 256, (64, 96, 3), dtype=np.uint8))
    t = np.linspace(0, 1, 9)[:, None, None]
    xy = np.array([[[20, 20], [70, 50], [10, 60.0]]]) + t * np.array([[[20, 5], [-10, 0], [0, 0.0]]])
    np.save(tmp_path / "t.npy", xy[None].astype(np.float32))
    visible = np.ones((1, 9, 3), bool)
    visible[0, 4:6, 1] = False
    np.save(tmp_path / "v.npy", visible)
    return tmp_path


def _run(capsys, *args):
    code = cli.main([str(a) for a in args])
    out = capsys.readouterr()
    return code, out.out, out.err


def test_help_lists_what_is_there_and_shows_examples(capsys):
    for args in ([], ["--help"], ["-h"], ["help"]):
        code, out, err = _run(capsys, *args)
        assert code == 0 and err == ""
        assert "wan-move draft --image photo.jpg --tracks motion.json -o draft.mp4" in out
        for name in cli.available_commands():
            assert f"\n  {name} " in out
    assert {"demo", "draft", "draw", "tracks"} <= set(cli.available_commands())


@pytest.mark.parametrize("name", ["demo", "draft", "draw", "tracks"])
def test_every_command_explains_itself(capsys, name):
    code, out, _ = _run(capsys, name, "--help")
    assert code == 0 and "usage: wan-move " + name in out and "--debug" in out
    assert (code, out) == _run(capsys, "help", name)[:2]


def test_help_imports_no_heavy_package():
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from wan_move_core import cli\n"
        "cli.main(['--help'])\n"
        "heavy = {'cv2', 'av', 'kornia', 'rich', 'diffusers', 'transformers', 'torchmetrics'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("HEAVY []"), done.stdout[-300:]


def test_a_command_that_is_not_there_is_not_listed(monkeypatch, capsys):
    monkeypatch.setattr(cli, "GROUPS", (("Group", ("draft", "no_such_module")),))
    assert cli.available_commands() == ["draft"]
    assert "no_such_module" not in _run(capsys, "--help")[1]


def test_version(capsys):
    code, out, _ = _run(capsys, "--version")
    assert code == 0 and out.startswith("wan-move ") and "PyTorch" in out


def test_unknown_names_get_a_suggestion(capsys):
    code, _, err = _run(capsys, "drft")
    assert code == 2 and err == "wan-move: no command 'drft'. Fix: did you mean draft? wan-move --help lists them.\n"
    code, _, err = _run(capsys, "draft", "--image", "a", "--tracks", "b", "-o", "c.mp4", "--szie", "8x8")
    assert (
        code == 2 and "unrecognized arguments: --szie 8x8. Did you mean --size? Fix: see wan-move draft --help" in err
    )
    code, _, err = _run(capsys, "draft")
    assert code == 2 and "the following arguments are required: --image, --tracks, -o/--output" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "spelling",
    [
        ["--tracks", "t.npy", "--visibility", "v.npy", "-o", "out.mp4"],
        ["--track", "t.npy", "--track_visibility", "v.npy", "--save_file", "out.mp4"],
        ["--track=t.npy", "--track-visibility=v.npy", "--save-file=out.mp4"],
    ],
)
def test_published_spellings(capsys, monkeypatch, inputs, spelling):
    monkeypatch.chdir(inputs)
    code, out, err = _run(capsys, "draft", "--image", "in.png", *spelling, "--size", "96*64")
    assert (code, err) == (0, "")
    assert "3 tracks, 9 frames" in out and "Wrote out.mp4 (9 frames)." in out
    assert probe_clip("out.mp4").frames == 9


def test_values_keep_their_underscores():
    known = {"--tracks": 0, "--dit_fsdp": 0, "-o": 0}
    given = ["--track", "my_file__--x", "--dit-fsdp", "-o", "a_b", "--", "--track"]
    assert list(cli._with_our_spelling(given, known)) == [
        "--tracks", "my_file__--x", "--dit_fsdp", "-o", "a_b", "--", "--track",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (["--image", "none.png", "--tracks", "t.npy", "-o", "o.mp4"], "none.png: cannot be read"),
        (["--image", "in.png", "--tracks", "none.npy", "-o", "o.mp4"], "none.npy"),
        (["--image", "in.png", "--tracks", "in.png", "-o", "o.mp4"], "Fix:"),
        (["--image", "in.png", "--tracks", "t.npy", "-o", "o.avi"], "clips of kind '.avi' cannot be written"),
        (["--image", "in.png", "--tracks", "t.npy", "-o", "t.npy/o.mp4"], "cannot be written"),
        (["--image", "in.png", "--tracks", "t.npy", "-o", "o.mp4", "--fps", "0"], "Fix: use 0.1 to 1000"),
        (
            ["--image", "in.png", "--tracks", "t.npy", "-o", "o.mp4", "--size", "0x8"],
            "'0x8' is not a size such as 832x480",
        ),
    ],
)
def test_errors_are_one_line_and_leave_nothing(capsys, monkeypatch, inputs, args, text):
    monkeypatch.chdir(inputs)
    before = sorted(p.name for p in inputs.iterdir())
    code, _, err = _run(capsys, "draft", *args)
    assert code == 2 and text in err and err.count("\n") == 1 and "Traceback" not in err
    assert sorted(p.name for p in inputs.iterdir()) == before
    _, _, err = _run(capsys, "draft", *args, "--debug")
    assert ("Traceback" in err) == ("--size" not in args)


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (WanMoveError(where="a", what="b", fix="c"), 2, "a: b. Fix: c."),
        (KeyboardInterrupt(), 130, "Cancelled"),
        (ImportError("No module named 'x'"), 2, "pip install 'wan-move[standalone]'"),
        (PermissionError(13, "Permission denied", "/x"), 2, "/x: Permission denied. Fix: check the path"),
        (MemoryError(), 2, "not enough memory. Fix: use a smaller size"),
        (
            ZeroDivisionError("of ours\nsecond line"),
            1,
            "unexpected ZeroDivisionError: of ours second line. Fix: run again",
        ),
    ],
)
def test_every_end_has_its_code_and_line(monkeypatch, capsys, error, code, text):
    def fail(args, debug):
        raise error

    monkeypatch.setattr(cli, "_dispatch", fail)
    ended, _, err = _run(capsys, "demo")
    assert ended == code and text in err and err.count("\n") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_leave_nothing(tmp_path, number):
    """A real process, stopped while it writes frames."""
    code = (
        f"import signal, sys; sys.path.insert(0, {str(ROOT)!r})\n"
        # A shell starts background jobs, and so whole test runs, with Ctrl-C ignored; a terminal does not.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "import numpy as np, time\n"
        "from wan_move_core import cli\n"
        "from wan_move_core.video import write_clip\n"
        "def slow():\n"
        "    for _ in range(2000):\n"
        "        print('frame', flush=True); time.sleep(0.05); yield np.zeros((64, 64, 3), np.uint8)\n"
        f"cli._dispatch = lambda args, debug: write_clip({str(tmp_path / 'o.mp4')!r}, slow())\n"
        "sys.exit(cli.main(['demo']))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "frame\n"
        time.sleep(0.2)
        os.kill(process.pid, number)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "Cancelled" in err, err
    assert list(tmp_path.iterdir()) == []


# -- draft and draw ---------------------------------------------------------------------------------------------------


def test_draft_fits_picture_and_points_together(capsys, monkeypatch, inputs):
    monkeypatch.chdir(inputs)
    code, out, _ = _run(
        capsys, "draft", "--image", "in.png", "--tracks", "t.npy", "--fit", "crop", "--size", "48x64", "-o", "o.mp4"
    )
    assert code == 0 and "Picture and points: 96x64 to 48x64 by crop." in out
    assert probe_clip("o.mp4").size_wh == (48, 64)
    # The centre 48 columns start at 24: the tracks at x = 20 and x = 10 fall outside, the one at 70 stays.
    assert "2 of 3 tracks start hidden or outside the picture: not in the draft" in out


@pytest.mark.parametrize(
    ("drawn_on", "said"),
    [([96, 64], False), ([192, 128], False), ([193, 128], False), ([64, 96], True), (None, False)],
)
def test_a_motion_of_another_picture_is_told(capsys, inputs, drawn_on, said):
    layer = {"id": "a", "type": "path", "points": [[0.2, 0.5], [0.6, 0.5]]}
    document = {"version": 1, "size_wh": [96, 64], "frames": 5, "layers": [layer]}
    if drawn_on is not None:
        document["picture"] = {"size_wh": drawn_on}
    (inputs / "m.json").write_text(json.dumps(document))
    code, out, err = _run(
        capsys, "draft", "--image", inputs / "in.png", "--tracks", inputs / "m.json", "-o", inputs / "o.mp4"
    )
    assert code == 0, err
    assert ("The motion was drawn on a picture of 64x96, this one is 96x64" in out) is said


def test_draw_on_a_clip_uses_its_size_and_rate(capsys, monkeypatch, inputs):
    monkeypatch.chdir(inputs)
    write_clip("clip.mp4", (np.full((64, 96, 3), 90, np.uint8) for _ in range(12)), fps=24)
    code, out, err = _run(
        capsys, "draw", "--video", "clip.mp4", "--track", "t.npy", "-o", "o.mp4", "--cursor", "--labels"
    )
    assert (code, err) == (0, "") and "Wrote o.mp4 (12 frames)." in out
    info = probe_clip("o.mp4")
    assert info.size_wh == (96, 64) and info.fps == pytest.approx(24)
    frame = list(read_clip("o.mp4"))[8]
    assert np.abs(frame[25, 40].astype(int) - 90).max() > 40, "the first track ends there"


def test_draw_brings_a_pictures_tracks_to_the_clip(capsys, monkeypatch, inputs):
    monkeypatch.chdir(inputs)
    write_clip("clip.mp4", (np.full((128, 192, 3), 90, np.uint8) for _ in range(9)))
    args = ("draw", "--image", "in.png", "--video", "clip.mp4", "--tracks", "t.npy", "-o", "o.mp4")
    code, out, _ = _run(capsys, *args)
    assert code == 0 and "Picture and points: 96x64 to 192x128 by stretch." in out
    frame = list(read_clip("o.mp4"))[8]
    assert np.abs(frame[50, 80].astype(int) - 90).max() > 40
    code, _, err = _run(capsys, *args, "--size", "64x64")
    assert code == 2 and "with --image and --video, the video's size counts" in err


@pytest.mark.parametrize(("layout", "size_wh"), [("overlay", (96, 64)), ("beside", (192, 64)), ("above", (96, 128))])
def test_layouts(capsys, monkeypatch, inputs, layout, size_wh):
    monkeypatch.chdir(inputs)
    args = ("--image", "in.png", "--tracks", "t.npy", "--size", "96x64", "--layout", layout, "-o", "o.gif", "-q")
    assert _run(capsys, "draw", *args) == (0, "", "")
    info = probe_clip("o.gif")
    assert info.size_wh == size_wh


def test_draw_says_what_is_missing(capsys, monkeypatch, inputs):
    monkeypatch.chdir(inputs)
    code, _, err = _run(capsys, "draw", "--tracks", "t.npy", "-o", "o.mp4")
    assert code == 2 and "nothing to draw on. Fix: give --image or --video." in err
    code, _, err = _run(capsys, "draw", "--image", "in.png", "--tracks", "t.npy", "-o", "o.mp4", "--cursor", "4")
    assert code == 2 and "track 4 of 3. Fix: use 1 to 3" in err


# -- tracks -----------------------------------------------------------------------------------------------------------


def test_tracks_info(capsys, inputs):
    args = ("tracks", "info", inputs / "t.npy", "--visibility", inputs / "v.npy", "--image", inputs / "in.png")
    code, out, _ = _run(capsys, *args)
    assert code == 0 and "3 tracks, 9 frames" in out
    code, out, _ = _run(capsys, *args, "--json")
    told = json.loads(out)
    assert told["format"] == "npy" and told["size_wh"] == [96, 64]
    assert [row["hidden_frames"] for row in told["tracks"]] == [0, 2, 0]
    assert [row["length_px"] for row in told["tracks"]] == [pytest.approx(20.6, abs=0.06), 10.0, 0.0]


def test_tracks_check_ends_with_1_when_something_will_not_work(capsys, inputs):
    size = ("--size", "96x64")
    xy = np.load(inputs / "t.npy")
    xy[0, :, 2] = -50
    np.save(inputs / "bad.npy", xy)
    code, out, _ = _run(capsys, "tracks", "check", inputs / "bad.npy", *size)
    assert code == 1 and "starts outside the picture" in out and "Fix: Move the track" in out
    assert _run(capsys, "tracks", "check", inputs / "t.npy", *size)[0] == 0
    code, out, _ = _run(capsys, "tracks", "check", inputs / "bad.npy", *size, "--json")
    assert code == 1 and "outside_at_start" in [issue["id"] for issue in json.loads(out)["issues"]]


def test_tracks_convert_there_and_back(capsys, inputs):
    size = ("--size", "96x64", "-q")
    code = _run(capsys, "tracks", "convert", inputs / "t.npy", inputs / "c.json", *size)[0]
    assert code == 0
    assert _run(capsys, "tracks", "convert", inputs / "c.json", inputs / "back.npy", *size)[0] == 0
    assert np.abs(np.load(inputs / "back.npy") - np.load(inputs / "t.npy")).max() < 1e-3
    code, _, err = _run(capsys, "tracks", "convert", inputs / "t.npy", inputs / "c.bin", *size)
    assert code == 2 and "Fix:" in err and not (inputs / "c.bin").exists()


def test_sizes():
    assert [_common.size_wh(t) for t in ("832x480", "832*480", "832,480", "832X480")] == [(832, 480)] * 4
    for bad in ("832", "axb", "0x5", "1x2x3", "99999x2", "-1x4"):
        with pytest.raises(ArgumentTypeError, match="is not a size such as 832x480"):
            _common.size_wh(bad)
