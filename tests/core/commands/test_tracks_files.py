"""``wan-move tracks`` with other programs' files: read by the options, written for compositors, pairs kept together."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from wan_move_core import cli
from wan_move_core.motion.formats import read_tracks

W, H = 96, 64


def run(capsys, *args):
    code = cli.main([str(a) for a in args])
    out = capsys.readouterr()
    return code, out.out, out.err


@pytest.fixture
def turned(tmp_path, capsys):
    """What turn writes: points that go out of sight behind the ball, in a file of their own."""
    mask = np.zeros((H, W), np.uint8)
    mask[16:48, 32:64] = 255
    cv2.imwrite(str(tmp_path / "mask.png"), mask)
    code, *_ = run(
        capsys, "tracks", "turn", tmp_path / "out.npy", "--mask", tmp_path / "mask.png", "--shape", "sphere",
        "--angle", 120, "--frames", 9,
    )  # fmt: skip
    hidden = int((~np.load(tmp_path / "out_visibility.npy")).sum())
    assert code == 0 and hidden > 20
    return tmp_path, hidden


def test_what_was_written_hidden_stays_hidden(turned, capsys):
    folder, hidden = turned
    size = ("--size", f"{W}x{H}")
    code, said, _ = run(capsys, "tracks", "info", folder / "out.npy", *size, "--json")
    told = json.loads(said)
    assert code == 0 and sum(row["hidden_frames"] for row in told["tracks"]) == hidden
    assert any("Visibility from out_visibility.npy" in note for note in told["notes"])
    code, said, _ = run(capsys, "tracks", "simplify", folder / "out.npy", folder / "few.json", *size)
    few = read_tracks(folder / "few.json").tracks
    assert code == 0 and int((~few.visible).sum()) == hidden and "No visibility was given" not in said
    code, said, _ = run(capsys, "tracks", "convert", folder / "out.npy", folder / "again.csv", *size)
    again = read_tracks(folder / "again.csv", size_wh=(W, H)).tracks
    assert code == 0 and int((~again.visible).sum()) == hidden
    code, said, _ = run(capsys, "tracks", "info", folder / "out.npy", *size, "--json", "--visibility", "none")
    assert code == 0 and sum(row["hidden_frames"] for row in json.loads(said)["tracks"]) == 0


def test_draw_reads_the_pair_too(turned, capsys):
    folder, hidden = turned
    cv2.imwrite(str(folder / "photo.png"), np.zeros((H, W, 3), np.uint8))
    code, said, err = run(
        capsys, "draw", "--image", folder / "photo.png", "--tracks", folder / "out.npy", "-o", folder / "overlay.mp4",
        "--size", "96x64",
    )  # fmt: skip
    assert (code, err) == (0, "") and "Visibility from out_visibility.npy" in said and hidden


def test_files_of_compositors(tmp_path, capsys):
    (tmp_path / "nuke.txt").write_text("200.0 680.0 1\n201.5 680.5 2\n203.0 681.0 3\n204.5 681.5 4\n206.0 682.0 5\n")
    code, _, err = run(capsys, "tracks", "convert", tmp_path / "nuke.txt", tmp_path / "a.npy")
    assert code != 0 and "y counts from the bottom" in err and "such as 1920x1080" in err
    assert not (tmp_path / "a.npy").exists()
    size = ("--size", "1920x1080")
    code, said, _ = run(capsys, "tracks", "convert", tmp_path / "nuke.txt", tmp_path / "a.npy", *size)
    assert code == 0 and "height of 1080" in said and np.load(tmp_path / "a.npy")[0, 0, 0].tolist() == [200, 400]
    top = ("--y-origin", "top")
    code, *_ = run(capsys, "tracks", "convert", tmp_path / "nuke.txt", tmp_path / "b.npy", *size, *top)
    assert code == 0 and np.load(tmp_path / "b.npy")[0, 0, 0].tolist() == [200, 680]
    for format, name in (("after_effects", "k.txt"), ("nuke_ascii", "n.txt"), ("csv", "c.csv")):
        code, said, _ = run(capsys, "tracks", "convert", tmp_path / "a.npy", tmp_path / name, "--to", format, *size)
        assert code == 0 and name in said
        assert read_tracks(tmp_path / name, size_wh=(1920, 1080)).tracks.xy[0, 0].tolist() == [200, 400]


def test_the_order_of_axes_is_judged_and_can_be_given(tmp_path, capsys):
    xy = np.array([[[100 + 30 * n + 10 * t, 200 + 20 * n] for t in range(9)] for n in range(5)], np.float32)
    np.save(tmp_path / "tapir.npy", xy)
    code, said, _ = run(capsys, "tracks", "info", tmp_path / "tapir.npy", "--json")
    told = json.loads(said)
    assert code == 0 and (told["count"], told["frames"]) == (5, 9)
    assert told["choices"]["axes"] == {"taken": "tracks_first", "by": "data", "other": "frames_first"}
    code, said, _ = run(capsys, "tracks", "info", tmp_path / "tapir.npy", "--json", "--axes", "frames_first")
    told = json.loads(said)
    assert (told["count"], told["frames"], told["choices"]["axes"]["by"]) == (9, 5, "given")


def test_info_counts_tracks_from_one(tmp_path, capsys):
    """As the drawing, the checks and the tables of CSV do."""
    file = tmp_path / "two.json"
    file.write_text('[[{"x": 10, "y": 20}], [{"x": 30, "y": 40}]]', encoding="utf-8")
    assert cli.main(["tracks", "info", str(file), "--size", "96x64"]) == 0
    rows = [line.split()[0] for line in capsys.readouterr().out.splitlines() if line.strip()[:1].isdigit()]
    assert rows == ["1", "2"]
