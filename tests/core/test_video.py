"""Clips written by us and read back by an independent decoder call, and what is left when writing fails."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from wan_move_core.errors import WanMoveError
from wan_move_core.video import ClipWriter, probe_clip, read_clip, require_writable_clip, write_clip

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # noqa: PTH120, PTH100


def _frames(count=9, size_wh=(64, 48)):
    w, h = size_wh
    y, x = np.mgrid[0:h, 0:w]
    for i in range(count):
        red = 128 + 100 * np.sin((x + 3 * i) / 11)
        green = 128 + 90 * np.cos((y - 2 * i) / 9)
        yield np.stack([red, green, np.full((h, w), 20.0 * (i % 9))], -1).astype(np.uint8)


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv", "a.MP4"])
def test_h264_round_trip(tmp_path, name):
    clip = write_clip(tmp_path / name, _frames(), quality=95)
    assert clip.frames == 9 and clip.size_wh == (64, 48)
    info = probe_clip(tmp_path / name)
    assert info.size_wh == (64, 48) and info.fps == pytest.approx(16)
    read = list(read_clip(tmp_path / name))
    assert len(read) == 9
    # Chroma is stored at half size, so the bound is on the mean, and on plain colours below.
    assert max(np.abs(a.astype(int) - b).mean() for a, b in zip(read, _frames(), strict=True)) < 4
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_h264_is_what_players_open_and_keeps_plain_colours(tmp_path):
    import av

    colours = [(200, 40, 90), (10, 220, 30), (240, 240, 20)]
    write_clip(tmp_path / "c.mp4", (np.full((32, 32, 3), c, np.uint8) for c in colours), fps=12.5, quality=100)
    with av.open(str(tmp_path / "c.mp4")) as container:
        context = container.streams.video[0].codec_context
        assert (context.name, context.pix_fmt, context.colorspace, context.color_range) == ("h264", "yuv420p", 1, 1)
        assert float(container.streams.video[0].average_rate or 0) == pytest.approx(12.5)
    for read, colour in zip(read_clip(tmp_path / "c.mp4"), colours, strict=True):
        assert np.abs(read.astype(int) - colour).max() <= 4


def test_odd_sizes_repeat_the_last_row_and_column(tmp_path):
    clip = write_clip(tmp_path / "o.mp4", _frames(3, (65, 47)), quality=100)
    assert clip.source_wh == (65, 47) and clip.size_wh == (66, 48)
    first = next(read_clip(tmp_path / "o.mp4"))
    assert first.shape == (48, 66, 3)
    assert np.abs(first[:47, 65].astype(int) - first[:47, 64]).mean() < 3
    assert np.abs(first[47].astype(int) - first[46]).mean() < 3


def test_animations(tmp_path):
    image = pytest.importorskip("PIL.Image")
    for name, bound in (("a.webp", 6), ("a.gif", 6)):
        write_clip(tmp_path / name, _frames(5, (65, 47)), fps=10)
        with image.open(tmp_path / name) as shown:
            assert (shown.n_frames, shown.size, shown.info["loop"]) == (5, (65, 47), 0)
            shown.seek(4)
            last = np.asarray(shown.convert("RGB")).astype(int)
        assert np.abs(last - list(_frames(5, (65, 47)))[4]).mean() < bound


def test_png_frames_keep_transparency(tmp_path):
    image = pytest.importorskip("PIL.Image")
    frame = np.random.default_rng(0).integers(0, 256, (16, 12, 4), dtype=np.uint8)
    write_clip(tmp_path / "frames", [frame])
    assert np.array_equal(np.asarray(image.open(tmp_path / "frames" / "0000.png")), frame)
    write_clip(tmp_path / "plain.gif", [frame])
    assert np.asarray(image.open(tmp_path / "plain.gif").convert("RGBA"))[..., 3].min() == 255


def test_png_frames(tmp_path):
    from wan_move_core.pictures import read_picture

    write_clip(tmp_path / "frames", _frames(4))
    assert sorted(p.name for p in (tmp_path / "frames").iterdir()) == ["0000.png", "0001.png", "0002.png", "0003.png"]
    assert np.array_equal(read_picture(tmp_path / "frames" / "0003.png"), list(_frames(4))[3])
    write_clip(tmp_path / "frames", _frames(2))
    assert len(list((tmp_path / "frames").iterdir())) == 2
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("keep me")
    with pytest.raises(WanMoveError, match=r"exists and is not a folder of numbered PNG frames"):
        write_clip(tmp_path / "mine", _frames(2))
    assert (tmp_path / "mine" / "letter.txt").exists()


@pytest.mark.parametrize("name", ["a.mp4", "a.gif", "a.webp", "frames"])
@pytest.mark.parametrize("stop", [KeyboardInterrupt, RuntimeError])
def test_an_interruption_leaves_nothing_and_the_old_file_as_it_was(tmp_path, name, stop):
    def broken():
        yield from _frames(3)
        raise stop

    if name != "frames":
        (tmp_path / name).write_bytes(b"old")
    with pytest.raises(stop):
        write_clip(tmp_path / name, broken())
    assert [p.name for p in tmp_path.iterdir()] == ([name] if name != "frames" else [])
    assert name == "frames" or (tmp_path / name).read_bytes() == b"old"


def test_writer_errors(tmp_path):
    with pytest.raises(WanMoveError, match=r"clips of kind '\.avi' cannot be written. Fix: end the name in \.mp4"):
        write_clip(tmp_path / "a.avi", _frames())
    with pytest.raises(WanMoveError, match=r"there is no frame to write"):
        write_clip(tmp_path / "a.mp4", [])
    with pytest.raises(WanMoveError, match=r"there is no frame to write"), ClipWriter(tmp_path / "a.mp4", (8, 8)):
        pass
    with pytest.raises(WanMoveError, match=r"0 frames per second\. Fix: use 0.1 to 1000"):
        write_clip(tmp_path / "a.mp4", _frames(), fps=0)
    wrong = [*_frames(1), np.zeros((20, 20, 3), np.uint8)]
    with pytest.raises(WanMoveError, match=r"frame 1 is uint8 \[20, 20, 3\], expected uint8 \[48, 64, 3\]"):
        write_clip(tmp_path / "a.mp4", wrong)
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises(WanMoveError, match=r"is a folder\. Fix: give a file's name"):
        require_writable_clip(tmp_path / "folder.mp4")
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(WanMoveError, match="cannot be written"):
        write_clip(tmp_path / "file" / "a.mp4", _frames())
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder.mp4"]


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are POSIX")
def test_a_full_disk_is_told_and_leaves_nothing(tmp_path):
    """A limit on file size stands for the full disk: the same failed write, without one."""
    code = f"""
        import resource, signal, sys
        import numpy as np
        sys.path.insert(0, {ROOT!r})
        from wan_move_core.errors import WanMoveError
        from wan_move_core.video import write_clip
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))
        rng = np.random.default_rng(0)
        for name in ("big.mp4", "big"):
            try:
                noise = (rng.integers(0, 256, (240, 320, 3), dtype=np.uint8) for _ in range(40))
                write_clip({str(tmp_path)!r} + "/" + name, noise)
            except WanMoveError as error:
                print(error)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True)
    told = "the disk is full. Fix: free some space or choose another folder"
    assert done.stdout.count(told) == 2, done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []


def test_reading(tmp_path):
    write_clip(tmp_path / "a.mp4", _frames(10))
    assert len(list(read_clip(tmp_path / "a.mp4", max_frames=3))) == 3
    assert len(list(read_clip(tmp_path / "a.mp4", every=4))) == 3
    assert list(read_clip(tmp_path / "a.mp4", max_frames=0)) == []
    with pytest.raises(WanMoveError, match=r"none\.mp4: there is no such file"):
        next(read_clip(tmp_path / "none.mp4"))
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(WanMoveError, match=r"not a video that can be read .* Fix: save it as an H.264 mp4"):
        probe_clip(tmp_path / "text.mp4")
    damaged = bytearray((tmp_path / "a.mp4").read_bytes())
    (tmp_path / "cut.mp4").write_bytes(bytes(damaged[: len(damaged) // 3]))
    with pytest.raises(WanMoveError, match="not a video that can be read"):
        list(read_clip(tmp_path / "cut.mp4"))


def test_sound_alone_is_no_video(tmp_path):
    import av

    with av.open(str(tmp_path / "s.wav"), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with pytest.raises(WanMoveError, match="it has no video stream"):
        probe_clip(tmp_path / "s.wav")
