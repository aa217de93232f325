"""Odd pictures, sizes and lengths, and disks that refuse, through the doors that people use.

Single readers and writers have their own tests; here whole commands are run from end to end.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from wan_move_core.cli import main
from wan_move_core.errors import WanMoveError
from wan_move_core.method.guidance import cells_from_tracks, guide_latent
from wan_move_core.motion.checks.checker import check_tracks
from wan_move_core.motion.document.read import parse_document
from wan_move_core.motion.evaluation.evaluate import tracks_from_document
from wan_move_core.tracks import Tracks
from wan_move_core.video import ClipWriter, probe_clip, read_clip


def noise(w: int, h: int, channels: int = 3) -> np.ndarray:
    shape = (h, w) if channels == 1 else (h, w, channels)
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def tracks_file(folder: Path, size_wh: tuple[int, int], frames: int = 5, count: int = 2) -> Path:
    t = np.linspace(0.2, 0.8, frames)[:, None, None] * np.array(size_wh) + np.zeros((1, count, 1))
    path = folder / "tracks.npy"
    np.save(path, t.astype(np.float32))
    return path


def save_kind(path: Path, kind: str, w: int = 48, h: int = 32) -> Path:
    made = {
        "grey": lambda: Image.fromarray(noise(w, h, 1)),
        "grey_alpha": lambda: Image.fromarray(noise(w, h, 2), "LA"),
        "rgba": lambda: Image.fromarray(noise(w, h, 4), "RGBA"),
        "sixteen_bits": lambda: Image.fromarray(noise(w, h, 1).astype(np.uint16) * 257),
        "palette": lambda: Image.fromarray(noise(w, h)).quantize(17),
        "one_bit": lambda: Image.fromarray(noise(w, h, 1)).convert("1"),
        "cmyk": lambda: Image.fromarray(noise(w, h, 4), "CMYK"),
    }[kind]()
    path = path / f"{kind}.{'jpg' if kind == 'cmyk' else 'png'}"
    made.save(path)
    return path


# -- pictures and sizes ------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("kind", ["grey", "grey_alpha", "rgba", "sixteen_bits", "palette", "one_bit", "cmyk"])
def test_every_kind_of_picture_gives_a_draft_and_an_overlay(tmp_path, kind):
    picture, tracks = save_kind(tmp_path, kind), tracks_file(tmp_path, (48, 32))
    given = ["--image", str(picture), "--tracks", str(tracks), "--size", "48x32", "--quiet"]
    assert main(["draft", *given, "-o", str(tmp_path / "draft")]) == 0
    assert main(["draw", *given, "-o", str(tmp_path / "overlay")]) == 0
    frames = sorted((tmp_path / "draft").iterdir())
    assert len(frames) == 5
    # Frame 0 is the picture, however it is stored: compared with Pillow's own reading of it (on white where clear).
    held = Image.open(picture)
    if kind == "sixteen_bits":
        expected = noise(48, 32, 1)[..., None].repeat(3, 2)
    elif held.mode in ("RGBA", "LA"):
        white = Image.new("RGBA", held.size, "white")
        expected = np.asarray(Image.alpha_composite(white, held.convert("RGBA")).convert("RGB"))
    else:
        expected = np.asarray(held.convert("RGB"))
    first = np.asarray(Image.open(frames[0]).convert("RGB"))
    difference = np.abs(first.astype(int) - expected).mean()
    # CMYK without a profile may be converted in more than one way.
    assert difference < (12 if kind == "cmyk" else 1.5)


@pytest.mark.parametrize("size_wh", [(8, 8), (8, 480), (17, 9), (1, 1), (4096, 8)], ids=str)
def test_tiny_and_thin_pictures(tmp_path, size_wh):
    w, h = size_wh
    Image.fromarray(noise(w, h)).save(tmp_path / "a.png")
    tracks = tracks_file(tmp_path, size_wh)
    out = tmp_path / "a.mp4"
    code = main(["draft", "--image", str(tmp_path / "a.png"), "--tracks", str(tracks), "-o", str(out), "--fit", "crop",
                 "--size", f"{max(8, w // 8 * 8)}x{max(8, h // 8 * 8)}", "--quiet"])  # fmt: skip
    assert code == 0 and probe_clip(out).size_wh == (max(8, w // 8 * 8), max(8, h // 8 * 8))
    assert len(list(read_clip(out))) == 5


def test_the_largest_size_is_guided_and_a_larger_one_refused():
    side = 16384
    tracks = Tracks.make([[[4.0, 4.0]]] * 4 + [[[side - 1.0, side - 1.0]]], size_wh=(side, side))
    latent = torch.zeros(1, 1, 2, side // 8, side // 8)
    latent[0, 0, 0, 0, 0] = 7
    out = guide_latent(latent, tracks)
    assert out[0, 0, 1, -1, -1] == 7 and float(out.sum()) == 14
    with pytest.raises(WanMoveError, match=f"{side}"):
        parse_document({**document(5), "size_wh": [side + 8, 8]})


# -- lengths -----------------------------------------------------------------------------------------------------------


def document(frames: int) -> dict:
    path = {
        "id": "a", "type": "path", "points": [[0.1, 0.1], [0.9, 0.5], [0.2, 0.9]], "curve": "catmull-rom",
        "start": 0, "end": max(frames - 1, 0),
    }  # fmt: skip
    return {"version": 1, "size_wh": [64, 48], "frames": frames, "fps": 16, "fit": "crop", "layers": [path]}


def test_one_frame(tmp_path):
    (tmp_path / "m.json").write_text(json.dumps(document(1)))
    Image.fromarray(noise(64, 48)).save(tmp_path / "a.png")
    given = ["--image", str(tmp_path / "a.png"), "--tracks", str(tmp_path / "m.json"), "--quiet"]
    for command in ("draft", "draw"):
        assert main([command, *given, "-o", str(tmp_path / f"{command}.mp4")]) == 0
        assert len(list(read_clip(tmp_path / f"{command}.mp4"))) == 1
    tracks = tracks_from_document(parse_document(document(1)))
    assert tracks.frames == 1
    cell_yx, valid = cells_from_tracks(tracks)
    assert cell_yx.shape == (1, 1, 2) and valid.shape == (1, 1)
    latent = torch.randn(1, 2, 1, 6, 8)
    assert torch.equal(guide_latent(latent, tracks), latent), "one frame has nothing to move to"
    assert main(["tracks", "check", str(tmp_path / "m.json")]) in (0, 1)


def test_4001_frames(tmp_path):
    parsed = parse_document(document(4001))
    tracks = tracks_from_document(parsed)
    assert tracks.frames == 4001
    # Constant speed: every step is as long as the mean one.
    steps = torch.linalg.vector_norm(tracks.xy[1:, 0] - tracks.xy[:-1, 0], dim=-1)
    assert float((steps - steps.mean()).abs().max()) < 0.02 * float(steps.mean())
    cell_yx, _ = cells_from_tracks(tracks)
    assert cell_yx.shape == (1, 1001, 2)
    latent = torch.zeros(1, 1, 1001, 6, 8)
    latent[0, 0, 0] = torch.arange(48.0).reshape(6, 8)
    guided = guide_latent(latent, tracks)
    y, x = (int(v) for v in cell_yx[0, 1000])
    y0, x0 = (int(v) for v in cell_yx[0, 0])
    assert guided[0, 0, 1000, y, x] == latent[0, 0, 0, y0, x0]
    assert isinstance(check_tracks(tracks), list)
    (tmp_path / "m.json").write_text(json.dumps(document(4001)))
    assert main(["tracks", "convert", str(tmp_path / "m.json"), str(tmp_path / "t.npy"), "--quiet"]) == 0
    assert np.load(tmp_path / "t.npy", allow_pickle=False).shape[-3:] == (4001, 1, 2)
    with pytest.raises(WanMoveError, match="4001"):
        parse_document(document(4005))


def test_nothing_at_all():
    empty = Tracks.empty(5, (64, 48))
    latent = torch.randn(1, 2, 2, 6, 8)
    assert torch.equal(guide_latent(latent, empty), latent)
    assert isinstance(check_tracks(empty), list)
    bare = parse_document({**document(5), "layers": []})
    assert tracks_from_document(bare).count == 0


# -- disks and folders that refuse -------------------------------------------------------------------------------------


@pytest.fixture
def mounted(tmp_path) -> Iterator:
    """``mounted("size=64k")`` gives a small tmpfs of its own; needs root, on Linux."""
    places: list[Path] = []

    def mount(options: str) -> Path:
        place = tmp_path / f"disk{len(places)}"
        place.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()}")
        places.append(place)
        return place

    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root, on Linux")
    yield mount
    for place in places:
        subprocess.run(["umount", str(place)], check=False)


@pytest.fixture
def inputs(tmp_path) -> list[str]:
    Image.fromarray(noise(320, 240)).save(tmp_path / "a.png")
    tracks = tracks_file(tmp_path, (320, 240), frames=41)
    return ["--image", str(tmp_path / "a.png"), "--tracks", str(tracks), "--size", "320x240", "--quiet"]


def told(capsys, code: int, words: str, folder: Path) -> None:
    said = capsys.readouterr().err
    assert code == 2 and words in said and "Fix:" in said, said
    assert said.count("\n") == 1 and "Traceback" not in said
    assert not list(folder.iterdir()), "something half-written was left"


@pytest.mark.parametrize("name", ["a.mp4", "a.webp", "a.gif", "frames"])
@pytest.mark.parametrize("command", ["draft", "draw"])
def test_a_full_disk(mounted, inputs, capsys, command, name):
    disk = mounted("size=64k")
    told(capsys, main([command, *inputs, "-o", str(disk / name)]), "disk is full", disk)


def test_a_full_disk_for_tracks(mounted, tmp_path, capsys):
    disk = mounted("size=16k")
    wide = tracks_file(tmp_path, (320, 240), frames=81, count=200)
    for name in ("t.npy", "t.json"):
        code = main(["tracks", "convert", str(wide), str(disk / name), "--quiet"])
        said = capsys.readouterr().err
        assert code == 2 and ("No space left" in said or "disk is full" in said), said
        assert not list(disk.iterdir())


def test_a_full_disk_under_the_demo(mounted, capsys):
    disk = mounted("size=200k")
    told(capsys, main(["demo", "-o", str(disk / "demo"), "--quiet"]), "disk is full", disk)


@pytest.mark.parametrize("command", ["draft", "draw", "demo"])
def test_a_read_only_folder(mounted, inputs, capsys, command):
    disk = mounted("size=64k,ro")
    out = disk / ("demo" if command == "demo" else "a.mp4")
    words = ["--quiet"] if command == "demo" else inputs
    told(capsys, main([command, *words, "-o", str(out)]), "", disk)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root and Windows may write everywhere")
@pytest.mark.parametrize("command", ["draft", "draw"])
def test_a_folder_without_permission(tmp_path, inputs, capsys, command):
    shut = tmp_path / "shut"
    shut.mkdir(mode=0o500)
    told(capsys, main([command, *inputs, "-o", str(shut / "a.mp4")]), "", shut)


# -- cancelling --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", ["open", "first", "middle", "last", "close"])
@pytest.mark.parametrize("command", ["draft", "draw", "demo"])
def test_cancelled_at_any_stage_nothing_is_left(tmp_path, monkeypatch, capsys, inputs, command, stage):
    """Ctrl-C inside the writer at its start, at a frame, and while the clip is closed; the old clip stays."""
    frames = 81 if command == "demo" else 41
    at = {"first": 0, "middle": frames // 2, "last": frames - 1}.get(stage)
    add, close, opened = ClipWriter.add, ClipWriter._close, ClipWriter._open_h264

    def stop_at_frame(self, frame):
        if self.frames == at:
            raise KeyboardInterrupt
        add(self, frame)

    def stop(self):
        {"open": opened, "close": close}[stage](self)
        raise KeyboardInterrupt

    if at is not None:
        monkeypatch.setattr(ClipWriter, "add", stop_at_frame)
    else:
        monkeypatch.setattr(ClipWriter, {"open": "_open_h264", "close": "_close"}[stage], stop)
    out = tmp_path / "out"
    out.mkdir()
    target = out if command == "demo" else out / "a.mp4"
    old = out / ("draft.mp4" if command == "demo" else "a.mp4")
    old.write_bytes(b"old")
    words = ["--quiet"] if command == "demo" else inputs
    assert main([command, *words, "-o", str(target)]) == 130
    assert "Cancelled; nothing half-written is left." in capsys.readouterr().err
    assert [p.name for p in out.iterdir()] == [old.name] and old.read_bytes() == b"old"
