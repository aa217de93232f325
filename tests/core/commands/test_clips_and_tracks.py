"""Commands that take a clip and trajectories say when the two do not go together: length, rate, a clip cut short."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from wan_move_core import cli
from wan_move_core.errors import WanMoveError
from wan_move_core.method.guidance import guide_latent
from wan_move_core.motion.document.read import parse_document
from wan_move_core.pictures import write_png
from wan_move_core.tracks import Tracks
from wan_move_core.video import ClipWriter, probe_clip, read_clip, write_clip

SIZE_WH = (96, 64)


def _clip(path: Path, frames: int, fps: float = 16.0) -> Path:
    noise = np.random.default_rng(0).integers(0, 255, (frames, SIZE_WH[1], SIZE_WH[0], 3), dtype=np.uint8)
    write_clip(path, noise, fps)
    return path


def _tracks(path: Path, frames: int) -> Path:
    np.save(path, np.tile(np.linspace(20, 60, frames, dtype=np.float32)[:, None, None], (1, 1, 2)))
    return path


def _document(path: Path, fps: float) -> Path:
    table = {
        "format": "wan-move-motion", "version": 1, "size_wh": list(SIZE_WH), "frames": 17, "fps": fps,
        "layers": [{"type": "path", "id": "a", "points": [[0.2, 0.2], [0.6, 0.6]], "start": 0, "end": 16}],
    }  # fmt: skip
    parse_document(json.dumps(table))
    path.write_text(json.dumps(table))
    return path


@pytest.fixture
def short(tmp_path):
    """A clip whose header announces 17 frames, most of which are gone."""
    path = _clip(tmp_path / "short.mp4", 17)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert probe_clip(path).frames == 17
    return path


def test_a_clip_that_decodes_short_is_told(short, tmp_path, capsys):
    heard = []
    decoded = len(list(read_clip(short, on_short=lambda *told: heard.append(told))))
    assert 0 < decoded < 17 and heard == [(decoded, 17)]
    assert list(read_clip(short, max_frames=2, on_short=lambda *told: pytest.fail("it was not read to its end")))
    tracks = _tracks(tmp_path / "t.npy", 17)
    words = ["--tracks", str(tracks), "-o", str(tmp_path / "o" / "over.mp4")]
    assert cli.main(["draw", "--video", str(short), *words]) == 0
    told = capsys.readouterr().out
    assert f"short.mp4: only {decoded} of its 17 frames can be decoded" in told and "its last frame was held" in told
    assert len(list(read_clip(tmp_path / "o" / "over.mp4"))) == 17
    out = tmp_path / "report"
    assert cli.main(["adherence", str(short), "--tracks", str(tracks), "-o", str(out)]) == 2
    assert f"only {decoded} of its 17 frames can be decoded" in capsys.readouterr().err
    assert not out.exists()


def test_another_length_is_told_with_the_clips_own(tmp_path, capsys):
    clip, tracks = _clip(tmp_path / "c.mp4", 9), _tracks(tmp_path / "t.npy", 17)
    assert cli.main(["draw", "--video", str(clip), "--tracks", str(tracks), "-o", str(tmp_path / "o.mp4")]) == 0
    assert "The trajectories have 17 frames, the clip has 9." in capsys.readouterr().out
    assert cli.main(["adherence", str(clip), "--tracks", str(tracks), "-o", str(tmp_path / "r")]) == 2
    assert "17 frames, the clip has 9. Fix: add --frames 9" in capsys.readouterr().err


@pytest.mark.parametrize("fps", [16.0, 24.0])
def test_another_rate_is_told(tmp_path, capsys, fps):
    """A motion made for 24 frames per second on clips of 16, and the other way round; one rate is not worth a word."""
    clip, document = _clip(tmp_path / "c.mp4", 17), _document(tmp_path / "m.json", fps)
    write_png(tmp_path / "p.png", np.zeros((SIZE_WH[1], SIZE_WH[0], 3), np.uint8))
    assert cli.main(["draw", "--video", str(clip), "--tracks", str(document), "-o", str(tmp_path / "o.mp4")]) == 0
    told = capsys.readouterr().out
    assert ("made for 24 frames per second, the clip runs at 16" in told) == (fps == 24)
    assert cli.main(["draft", "--image", str(tmp_path / "p.png"), "--tracks", str(document), "--fit", "stretch",
                     "--size", "96x64", "-o", str(tmp_path / "d.mp4")]) == 0  # fmt: skip
    assert ("made for 24 frames per second, the clip is written at 16" in capsys.readouterr().out) == (fps == 24)


@pytest.mark.parametrize("frames", [6, 9, 82])
def test_the_fix_names_the_videos_own_length(frames):
    """Also for tracks of no valid length, whose nearest valid one would be wrong here too."""
    import torch

    tracks = Tracks.make(torch.full((frames, 1, 2), 10.0), size_wh=(80, 48))
    with pytest.raises(
        WanMoveError, match=rf"{frames} frames, the video has 81. Fix: retime or trim the tracks to 81 "
    ):
        guide_latent(torch.zeros(1, 16, 21, 6, 10), tracks)


def test_folders_made_for_a_clip_that_fails_go_again(tmp_path):
    (tmp_path / "kept").mkdir()
    target = tmp_path / "kept" / "a" / "b" / "c.mp4"
    with pytest.raises(KeyboardInterrupt), ClipWriter(target, SIZE_WH) as clip:
        assert target.parent.is_dir()
        clip.add(np.zeros((SIZE_WH[1], SIZE_WH[0], 3), np.uint8))
        raise KeyboardInterrupt
    assert [p.name for p in tmp_path.rglob("*")] == ["kept"]
    with pytest.raises(WanMoveError, match="there is no frame"), ClipWriter(target, SIZE_WH):
        pass
    assert [p.name for p in tmp_path.rglob("*")] == ["kept"]


@pytest.mark.parametrize("command", ["draw", "draft", "tracks"])
def test_leftovers_of_killed_runs_are_swept_by_whatever_writes_there(tmp_path, capsys, command):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    tracks, out = _tracks(tmp_path / "t.npy", 9), tmp_path / "out"
    write_png(tmp_path / "p.png", np.zeros((SIZE_WH[1], SIZE_WH[0], 3), np.uint8))
    out.mkdir()
    half = [out / f".o.{ended.pid}.part.mp4", out / f".frames.{ended.pid}.part", out / f".live.{os.getpid()}.part.mp4"]
    half[0].write_bytes(b"half")
    half[1].mkdir()
    (half[1] / "0000.png").write_bytes(b"half")
    half[2].write_bytes(b"of a living process")
    words = {
        "draw": ["--image", str(tmp_path / "p.png"), "--tracks", str(tracks), "-o", str(out / "o.mp4")],
        "draft": ["--image", str(tmp_path / "p.png"), "--tracks", str(tracks), "-o", str(out / "o.mp4")],
        "tracks": ["convert", str(tracks), str(out / "o.json"), "--size", "96x64"],
    }[command]
    assert cli.main([command, *words]) == 0
    assert sorted(path for path in out.iterdir() if path.name.startswith(".")) == [half[2]]
    assert f"Removed {half[0].name}, left by a killed run" in capsys.readouterr().err
