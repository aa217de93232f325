"""``tracks convert --to ltx|ati|dots|vace``: one drawing, and a file for each model."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from wan_move_core import cli
from wan_move_core.motion.formats import read_tracks
from wan_move_core.video import probe_clip

W, H = 192, 128
POINT = {"x": 20, "y": 30}


@pytest.fixture
def drawing(tmp_path):
    """A track of 9 frames that runs to the right, and its picture."""
    rows = [[{"x": 20 + 12 * f, "y": 30} for f in range(9)]]
    (tmp_path / "motion.json").write_text(json.dumps(rows))
    cv2.imwrite(str(tmp_path / "photo.png"), np.full((H, W, 3), (30, 60, 200), np.uint8))
    return tmp_path


def convert(capsys, folder, name, *options):
    code = cli.main(
        ["tracks", "convert", str(folder / "motion.json"), str(folder / name), "--size", f"{W}x{H}", *options]
    )
    out = capsys.readouterr()
    return code, out.out, out.err


def frames_of(path) -> list[np.ndarray]:
    read = (cv2.imread(str(file)) for file in sorted(path.glob("*.png")))
    return [picture[..., ::-1] for picture in read if picture is not None]


def test_ltx_as_clip_and_as_json(drawing, capsys):
    code, said, _ = convert(capsys, drawing, "guide", "--to", "ltx", "--frames", "17")
    assert code == 0 and "17 frames, for a video of 192x128, guide 96x64" in said
    shown = frames_of(drawing / "guide")
    assert len(shown) == 17 and shown[0].shape == (64, 96, 3)
    # Red, the newest, is written as blue: purest where the track is at last.
    last = shown[16].astype(int)
    y, x = np.unravel_index((last[..., 2] - last[..., 1]).argmax(), (64, 96))
    assert abs(int(y) - 15) <= 2 and abs(int(x) - 58) <= 3
    code, said, _ = convert(capsys, drawing, "guide.json", "--to", "ltx")
    rows = json.loads((drawing / "guide.json").read_text())
    assert code == 0 and len(rows[0]) == 121 and rows[0][0] == POINT and rows[0][-1] == {"x": 116, "y": 30}
    assert "Retimed from 9 frames to 121" in said


def test_ltx_clips_run_at_their_rate(drawing, capsys):
    assert convert(capsys, drawing, "guide.mp4", "--to", "ltx", "--frames", "9")[0] == 0
    info = probe_clip(drawing / "guide.mp4")
    assert info.fps == pytest.approx(24) and info.size_wh == (96, 64) and info.frames == 9


def test_ati_both_ways(drawing, capsys):
    assert convert(capsys, drawing, "tracks.pth", "--to", "ati")[0] == 0
    assert (drawing / "tracks.pth").stat().st_size > 300
    assert convert(capsys, drawing, "large.pth", "--to", "ati", "--video-size", "384x256")[0] == 0
    large, plain = (read_tracks(drawing / f"{name}.pth", size_wh=(384, 256)).tracks.xy for name in ("large", "tracks"))
    assert np.allclose(large, 2 * plain, atol=0.25)
    code, said, _ = convert(capsys, drawing, "tracks_ati.json", "--to", "ati", "--video-size", "384x256")
    rows = json.loads((drawing / "tracks_ati.json").read_text())
    assert code == 0 and len(rows[0]) == 121 and rows[0][0] == {"x": 40, "y": 60} and "192x128 to 384x256" in said


def test_dots_and_vace(drawing, capsys):
    assert convert(capsys, drawing, "dots", "--to", "dots", "--radius", "4")[0] == 0
    shown = frames_of(drawing / "dots")
    assert len(shown) == 9 and shown[0].max() == 255 and np.median(shown[0]) == 0
    assert all(frame[30, 20 + 12 * f].min() > 250 for f, frame in enumerate(shown))
    code, said, _ = convert(capsys, drawing, "vace", "--to", "vace", "--image", str(drawing / "photo.png"))
    kept, mask = frames_of(drawing / "vace"), frames_of(drawing / "vace_mask")
    assert code == 0 and "vace_mask" in said and len(kept) == len(mask) == 9
    assert tuple(kept[0][60, 90]) == (200, 60, 30) and mask[0].max() == 0
    assert tuple(kept[4][120, 180]) == (128, 128, 128) and mask[4].min() == 255
    assert kept[4][30, 68].min() == 255


@pytest.mark.parametrize(
    ("name", "options", "text"),
    [
        ("a.mp4", ("--to", "ltx", "--frames", "12"), "LTX has 8n+1"),
        ("a.mp4", ("--to", "ltx", "--video-size", "190x128"), "Fix: use 192x128"),
        ("a.mp4", ("--to", "ati"), "for ati it is to be a .json or a .pth file"),
        ("a.json", ("--to", "vace"), "for vace it is to be a clip"),
        ("a.xyz", ("--to", "dots"), "clips of kind '.xyz' cannot be written"),
        ("a.mp4", ("--to", "dots", "--radius", "-1"), "use 0 to 4096"),
        ("a.npy", ("--to", "npy", "--radius", "3"), "leave it out, or give --to ltx, ati, dots or vace"),
        ("a.csv", ("--video-size", "64x64"), "leave it out, or give --to ltx, ati, dots or vace"),
    ],
)
def test_bad_wishes_are_one_line_and_leave_nothing(drawing, capsys, name, options, text):
    code, _, err = convert(capsys, drawing, name, *options)
    assert code == 2 and text in err and err.count("\n") == 1 and not list(drawing.glob("*a.*"))
