"""Array formats: npy pairs, npz, safetensors and .pth, and everything about them that is refused."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save

from wan_move_core.errors import WanMoveError
from wan_move_core.motion.formats import read_tracks
from wan_move_core.motion.formats.sampled.arrays import parse_npy, parse_npz

SIZE = (832, 480)


def npy(array: Any, **options) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, **options)
    return buffer.getvalue()


def npz(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def pth(value) -> bytes:
    buffer = io.BytesIO()
    torch.save(value, buffer)
    return buffer.getvalue()


def motion(frames: int = 5, count: int = 3) -> np.ndarray:
    return np.arange(frames * count * 2, dtype=np.float32).reshape(frames, count, 2) * 7


def refused(source, words: str, **options) -> None:
    with pytest.raises(WanMoveError) as error:
        read_tracks(source, **options)
    assert words in str(error.value), str(error.value)


# -- npy --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f8", "<f2", "<i4", ">i2", "u1", "<u2", "<i8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_parse_npy_reads_what_numpy_writes(dtype, order):
    array = np.asarray(np.arange(24).reshape(4, 3, 2), dtype=dtype, order=order)
    got = parse_npy(npy(array), "x")
    assert np.array_equal(got, array) and got.dtype.isnative
    assert np.array_equal(parse_npy(npy(array > 5), "x"), array > 5)
    for version in ((2, 0), (3, 0)):
        buffer = io.BytesIO()
        np.lib.format.write_array(buffer, array, version=version)
        assert np.array_equal(parse_npy(buffer.getvalue(), "x"), array)
    assert parse_npy(npy(np.float64(3)), "x").shape == ()
    assert parse_npy(npy(np.zeros((0, 2))), "x").shape == (0, 2)


def test_published_pair():
    xy, seen = motion(), np.ones((5, 3), bool)
    seen[0, 1] = False
    for positions, visibility in (
        (xy[None], seen[None]),
        (xy, seen),
        (xy[None], seen.astype(np.float32)),
        (xy, npy(seen)),
    ):
        got = read_tracks(npy(positions), visibility=visibility, size_wh=SIZE)
        assert got.report.format == "npy" and got.report.unit == "px"
        assert np.array_equal(got.tracks.xy.numpy(), xy) and np.array_equal(got.tracks.visible.numpy(), seen)
        assert "1 track hidden at frame 0" in str(got.report)
    assert "No visibility was given" in str(read_tracks(npy(xy)).report)
    one = read_tracks(npy(xy[:, 0]), size_wh=SIZE)
    assert one.tracks.count == 1 and "One track" in str(one.report)
    assert read_tracks(xy, size_wh=SIZE).tracks.equals(read_tracks(torch.from_numpy(xy), size_wh=SIZE).tracks)


def test_published_example(tmp_path):
    example = Path(__file__).resolve().parents[5] / "shared" / "example"
    if not example.exists():
        pytest.skip("the published example (../shared/example) is not here")
    files = sorted(example.glob("*.npy"))
    tracks_file = next(f for f in files if "visib" not in f.name)
    visibility_file = next(f for f in files if "visib" in f.name)
    got = read_tracks(tracks_file, visibility=visibility_file)
    raw = np.load(tracks_file).reshape(-1, got.tracks.count, 2)
    assert np.allclose(got.tracks.xy.numpy(), raw, atol=1e-4)
    assert np.array_equal(got.tracks.visible.numpy(), np.load(visibility_file).reshape(raw.shape[:2]) > 0.5)


def test_wan2gp_array():
    first = [[-1, -1], [0.25, 0.5], [0.5, 1.0], [0.75, 0.5], [-1, -1]]
    second = [[0.5, 0.25], [0.5, 0.5], [-1, -1], [1.0, 0.5], [0.5, 0.5]]
    xy = np.array([first, second], np.float32).transpose(1, 0, 2)
    got = read_tracks(npy(xy), size_wh=(400, 200))
    assert got.report.format == "wan2gp_npy" and got.report.unit == "norm"
    assert got.tracks.visible.T.tolist() == [[False, True, True, True, False], [True, True, False, True, True]]
    # Absent frames hold the position before, or the first after; 1.0 is moved inside.
    assert got.tracks.xy[:, 0, 0].tolist() == [100, 100, 200, 300, 300]
    assert got.tracks.xy[2, 1].tolist() == [200, 100] and float(got.tracks.xy[3, 1, 0]) < 400
    assert "3 positions of (-1, -1) read as absent" in str(got.report)
    assert "2 positions exactly on the right or bottom border" in str(got.report)


def test_not_finite_positions():
    xy = motion()
    xy[2, 1, 0] = np.nan
    refused(npy(xy), "position of track 2 at frame 2 is not finite (nan, ")
    seen = np.ones((5, 3), bool)
    refused(npy(xy), "position of track 2 at frame 2 is not finite", visibility=seen)
    seen[2, 1] = False
    got = read_tracks(npy(xy), visibility=seen, size_wh=SIZE)
    assert got.tracks.xy[2, 1].tolist() == got.tracks.xy[1, 1].tolist()
    assert "1 hidden position without a number held in place" in str(got.report)


def test_arrays_refused_with_reasons():
    refused(npy(np.zeros((2, 5, 3, 2))), "a batch of 2 sets of tracks [2, 5, 3, 2]")
    refused(npy(np.zeros((5, 3, 4))), "an array of shape [5, 3, 4], not tracks")
    refused(npy(np.zeros((5, 0, 2))), "an empty array of shape [5, 0, 2]")
    refused(npy(np.zeros((5000, 1, 2))), "5000 frames, at most 4001")
    refused(npy(motion()), "visibility of shape [4, 3], expected [5, 3] or [1, 5, 3]", visibility=np.ones((4, 3)))
    refused(npy(motion()), "visibility holds something other", visibility=np.full((5, 3), np.nan))
    refused(npy(np.array([{}, []], dtype=object), allow_pickle=True), "Python objects, which could run code")
    refused(npy(np.zeros(3, dtype=[("a", "f4")])), "not an array of plain numbers")
    refused(npy(np.zeros(3, complex)), "not an array of plain numbers")
    refused(npy(np.array(["a"])), "not an array of plain numbers")
    refused(b"", "the file is empty")
    refused(np.array(["a"]), "an array of <U1")
    refused(42, "a int")
    refused(Path("no/such/file.npy"), "no/such/file.npy: cannot be read (No such file or directory)")
    refused(Path(), "not a regular file")
    refused("bad\0path", "cannot be read")


def header(text: str, body: bytes = b"") -> bytes:
    raw = text.encode("latin-1")
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(raw)) + raw + body


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (header("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999, 9999999, 2), }"), "too many for tracks"),
        (header("{'descr': '<f4', 'fortran_order': False, 'shape': (81, 4, 2), }", b"\0" * 10), "the file holds 10"),
        (header("{'descr': '<f4', 'fortran_order': False, 'shape': (-81, 4, 2), }"), "not an array of plain numbers"),
        (header("{'descr': '<f4', 'fortran_order': False, 'shape': (1 2, 2), }", b"\0" * 64), "unreadable shape"),
        (header("__import__('os').system('true')"), "not an array of plain numbers"),
        (header("{'descr': '<f1', 'fortran_order': False, 'shape': (2,), }", b"\0" * 64), "unknown number type f1"),
        (header("{'descr': '|b8', 'fortran_order': False, 'shape': (2,), }", b"\0" * 64), "unknown number type b8"),
        (b"\x93NUMPY\x09\x00" + b"\0" * 20, "unknown .npy version 9"),
        (b"\x93NUMPY\x01\x00\xff\xff{", "the header is truncated"),
        (b"\x93NUMPY\x01", "not a .npy file"),
    ],
)
def test_hostile_npy(data, words):
    refused(data, words)


# -- zip archives -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0", "a picture"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "a picture"),
        (b"\xff\xfe[\x00[", "damaged UTF-16 text"),
    ],
)
def test_what_is_no_text_is_told_so(data, words):
    with pytest.raises(WanMoveError, match=words):
        read_tracks(data)


def test_npz():
    xy, seen = motion(), np.ones((5, 3), bool)
    seen[1, 1] = False
    got = read_tracks(npz(track_path=xy, track_visibility=seen, size_wh=np.array([64, 32])))
    assert got.report.format == "host" and got.tracks.size_wh == (64, 32) and "from the file" in str(got.report)
    named = read_tracks(npz(tracks=xy[None], visibility=seen[None]), size_wh=SIZE)
    assert named.report.format == "npy" and np.array_equal(named.tracks.visible.numpy(), seen)
    assert read_tracks(npz(arr_0=xy)).tracks.count == 3
    refused(npz(a=xy, b=xy), "arrays named a, b, none of them tracks")
    assert set(parse_npz(npz(a=xy, b=seen), "x")) == {"a", "b"}


def test_zip_bombs_are_refused_by_declaration_and_in_fact():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("tracks.npy", b"\0" * 4_000_000)
    packed = buffer.getvalue()
    at = packed.rindex(b"PK\x01\x02")
    # The directory's own word is refused, and where it lies what comes out is cut and fails its checksum.
    for declared, words in (
        (300_000_000, "the archive unpacks to 300,000,000 bytes, at most 150,994,944 are accepted"),
        (1000, "the archive is damaged"),
    ):
        refused(packed[: at + 24] + struct.pack("<I", declared) + packed[at + 28 :], words)
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as archive:
        for i in range(1001):
            archive.writestr(f"{i}.npy", b"")
    refused(many.getvalue(), "1001 files in the archive")
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("tracks.npy", npy(motion()))
    refused(other.getvalue(), "unusual compression")
    refused(npz(a=motion())[:-40], "the archive is damaged")


# -- .pth -------------------------------------------------------------------------------------------------------------


def ati(count: int = 2, frames: int = 121) -> np.ndarray:
    rows = np.zeros((count, frames, 1, 3), np.float32)
    rows[..., 0] = (np.arange(frames)[None] + np.arange(count)[:, None] * 100)[..., None]
    rows[..., 1] = 50
    rows[..., 2] = 1
    return rows


def test_ati():
    rows = ati()
    rows[1, 100:] = 0
    got = read_tracks(pth(npz(array=rows * 8)), size_wh=SIZE)
    assert got.report.format == "ati" and got.tracks.frames == 121 and got.tracks.count == 2
    assert got.tracks.xy[10, 1].tolist() == [110, 50] and got.tracks.xy[120, 1].tolist() == [199, 50]
    assert got.tracks.visible[:, 1].tolist() == [f < 100 for f in range(121)]
    assert "21 padded positions" in str(got.report) and "5 seconds at 24 fps" in str(got.report)
    # Frame 80 of 16 fps is frame 120 of 24 fps.
    short = read_tracks(pth(npz(array=rows * 8)), size_wh=SIZE, frames=81)
    assert short.tracks.xy[40, 0].tolist() == [60, 50] and "Retimed from 121 frames to 81" in str(short.report)
    by_time = read_tracks(pth(npz(array=rows.transpose(1, 0, 2, 3) * 8)), size_wh=SIZE)
    assert by_time.tracks.equals(got.tracks)
    assert read_tracks(npy(rows * 8), size_wh=SIZE).tracks.equals(got.tracks)
    refused(pth(npz(other=rows)), "ATI tracks without their array")


def test_tensors_saved_by_trackers():
    xy = torch.from_numpy(motion())
    assert torch.equal(read_tracks(pth(xy[None]), size_wh=SIZE).tracks.xy, xy)
    got = read_tracks(pth({"tracks": xy[None].bfloat16(), "visibility": torch.ones(1, 5, 3, dtype=torch.bool)}))
    assert got.tracks.count == 3


class Evil:
    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self):
        return (open, (self.path, "w"))


def test_hostile_pickles_run_nothing(tmp_path):
    target = tmp_path / "ran"
    evil = Evil(str(target))
    refused(pickle.dumps(evil), "a bare pickle, which could run code")
    refused(pickle.dumps(motion()), "a bare pickle, which could run code")
    refused(pth(evil), "only ATI tracks and plain tensors are read")
    refused(pth({"tracks": torch.zeros(5, 1, 2), "x": evil}), "only ATI tracks and plain tensors are read")
    for protocol in range(6):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("archive/data.pkl", pickle.dumps(evil, protocol))
            archive.writestr("archive/version", b"3\n")
        refused(buffer.getvalue(), "only ATI tracks and plain tensors are read")
    inner = io.BytesIO()
    np.savez(inner, array=np.array([evil], dtype=object))
    refused(pth(inner.getvalue()), "Python objects, which could run code")
    objects = io.BytesIO()
    np.save(objects, np.array([evil], dtype=object))
    refused(objects.getvalue(), "Python objects, which could run code")
    assert not target.exists()
    legacy = io.BytesIO()
    torch.save(torch.zeros(5, 1, 2), legacy, _use_new_zipfile_serialization=False)
    refused(legacy.getvalue(), "a bare pickle")


# -- TRACKS -----------------------------------------------------------------------------------------------------------


def test_host_tracks():
    xy, seen = torch.from_numpy(motion()), torch.ones(5, 3, dtype=torch.bool)
    got = read_tracks({"track_path": xy, "track_visibility": seen}, size_wh=SIZE)
    assert got.report.format == "host" and torch.equal(got.tracks.xy, xy)
    one_column = read_tracks(
        {"track_path": xy, "track_visibility": torch.tensor([[1.0], [1], [0], [1], [1]])}, size_wh=SIZE
    )
    assert one_column.tracks.visible.sum(0).tolist() == [4, 4, 4]
    assert "One column of visibility" in str(one_column.report)
    scaled = read_tracks({"track_path": xy, "size_wh": (416, 240)}, size_wh=SIZE)
    assert torch.equal(scaled.tracks.xy, xy * 2)
    refused({"track_path": [[[1, 2]], [[1, 2], [3, 4]]]}, "track_path has rows of different lengths")
    refused({"track_path": xy[..., :1]}, "track_path of shape [5, 3, 1], expected [frames, tracks, 2]")


def test_safetensors():
    xy = torch.from_numpy(motion())
    got = read_tracks(save({"track_path": xy}, metadata={"size_wh": "64x48"}))
    assert got.tracks.size_wh == (64, 48) and torch.equal(got.tracks.xy, xy)
    assert read_tracks(save({"tracks": xy[None].to(torch.bfloat16)})).tracks.count == 3
    refused(save({"track_path": xy})[:-8], "a damaged safetensors file")
    refused(save({"a": xy, "b": xy.clone()}), "arrays named a, b, none of them tracks")


def test_visibility_replaces_that_of_other_formats():
    got = read_tracks(b'[[{"x":1,"y":2},{"x":3,"y":4}]]', visibility=np.array([[1], [0]]))
    assert got.tracks.visible[:, 0].tolist() == [True, False] and "replaces the file's own" in str(got.report)
    refused(b'[[{"x":1,"y":2},{"x":3,"y":4}]]', "visibility of shape [3, 1]", visibility=np.ones((3, 1)))
