"""Files made to freeze or flood, built here by their makers: each is refused in words, within the memory that
SECURITY.md states, and the largest that is accepted is read within it too."""

from __future__ import annotations

import base64
import io
import json
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from wan_move_core.checkpoints.headers import read_infos
from wan_move_core.cli import main
from wan_move_core.errors import MAX_LETTERS, WanMoveError
from wan_move_core.motion.document.read import parse_document
from wan_move_core.motion.evaluation.evaluate import tracks_from_document
from wan_move_core.motion.formats import read_tracks
from wan_move_core.motion.sources.space.plane_files import read_depth, read_mask
from wan_move_core.picture_header import MAX_PARTS
from wan_move_core.pictures import read_picture
from wan_move_core.tracks import MAX_SAMPLES, MAX_TRACKS

sys.path.insert(0, str(Path(__file__).parent))

import fuzz_lane


def refused(read: Callable[[], object], words: str) -> str:
    with pytest.raises(WanMoveError) as caught, fuzz_lane.one(words[:40]):
        read()
    said = str(caught.value)
    assert words in said and said.isprintable(), said
    return said


def packed(value: object) -> bytes:
    """As torch saves it, deflated: what repeats takes no room."""
    plain, small = io.BytesIO(), io.BytesIO()
    torch.save(value, plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(small, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.infolist():
            target.writestr(member.filename, source.read(member))
    return small.getvalue()


def torch_file(pickle: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", pickle)
    return buffer.getvalue()


# -- torch files and arrays of tracks ----------------------------------------------------------------------------------


def test_expanded_tensors_are_added_up_before_any_is_made():
    wide = torch.zeros(1, 1, 2, dtype=torch.bfloat16).expand(4000, 4000, 2)
    data = packed({f"k{i}": wide for i in range(60)})
    assert len(data) < 20_000
    refused(lambda: read_tracks(data), "tensors of 7,680,000,000 bytes together, at most 150,994,944 are accepted")


@pytest.mark.parametrize(
    "steps", [b"K\x01q\x01" * 6_000_000, b"(" * 8_000_000, b"K\x01" * 8_000_000, b"}" * 8_000_000], ids=len
)
def test_a_pickle_is_bounded_in_steps(steps):
    refused(lambda: read_tracks(torch_file(b"\x80\x02" + steps + b".")), "a pickle of more than 20,000 steps")


def test_a_tensor_that_reaches_beyond_its_numbers_is_refused():
    buffer = io.BytesIO()
    torch.save(torch.zeros(5, 1, 2), buffer)
    with zipfile.ZipFile(buffer) as source:
        parts = {m.filename: source.read(m) for m in source.infolist()}
    (name,) = (n for n in parts if n.endswith("data.pkl"))
    lie = io.BytesIO()
    with zipfile.ZipFile(lie, "w") as target:
        for member, content in parts.items():
            # The first side of the shape, 5, made 200; the storage stays as it was.
            target.writestr(
                member, content.replace(b"K\x05K\x01K\x02", b"K\xc8K\x01K\x02") if member == name else content
            )
    refused(lambda: read_tracks(lie.getvalue()), "a tensor reaches beyond its numbers")


def test_an_archive_of_millions_of_entries_is_counted_first():
    data = b"PK\x03\x04" + (b"PK\x01\x02" + bytes(42)) * 1_000_000
    refused(lambda: read_tracks(data), "1000000 files in the archive")


@pytest.mark.parametrize("kind", ["npy", "npz", "pth"])
def test_the_largest_accepted_tracks_stay_within_the_memory(kind, tmp_path):
    frames = count = 4000
    assert frames * count == MAX_SAMPLES
    xy, file, buffer = np.full((frames, count, 2), 5, np.float32), tmp_path / f"a.{kind}", io.BytesIO()
    if kind == "npy":
        np.save(file, xy)
    elif kind == "npz":
        np.savez_compressed(file, tracks=xy, visibility=np.ones((frames, count), bool))
    else:
        torch.save({"tracks": torch.from_numpy(xy).to(torch.bfloat16)}, buffer)
        file.write_bytes(buffer.getvalue())
    del xy, buffer
    with fuzz_lane.one(f"the largest {kind}", result_bytes=9 * MAX_SAMPLES):
        assert read_tracks(file).tracks.count == count


def test_one_limit_on_tracks_for_every_reader():
    many = MAX_TRACKS + 1
    words = f"{many:,} tracks, at most 20,000 are accepted"
    buffer = io.BytesIO()
    np.save(buffer, np.zeros((5, many, 2), np.float32))
    refused(lambda: read_tracks(buffer.getvalue()), words)
    refused(lambda: read_tracks({"track_path": np.zeros((5, many, 2))}), words)
    refused(lambda: read_tracks(packed({"tracks": torch.zeros(5, many, 2)})), words)
    listed = b"[" + b",".join([b'[{"x":1,"y":2},{"x":2,"y":2}]'] * many) + b"]"
    refused(lambda: read_tracks(listed, axes="tracks_first"), "at most 20,000 are accepted")
    strokes = {"strokes": [{"points": [[0.1, 0.2]]}] * many}
    refused(lambda: read_tracks(json.dumps(strokes).encode()), "at most 20,000 are accepted")
    assert read_tracks(np.zeros((1, MAX_TRACKS, 2), np.float32), axes="frames_first").tracks.count == MAX_TRACKS


# -- text and documents ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"[" + b'{"":1},' * 2_100_000 + b"1]", "lists and objects, at most 2,000,000 are accepted"),
        (b"[" + b"[]," * 5_000_000 + b"1]", "lists and objects, at most 2,000,000 are accepted"),
        (b'["' + b"\\n" * 7_900_000 + b'"]', "7,900,000 escapes in the text"),
        (b"['" + b"\\'" * 7_900_000 + b"']", "7,900,000 escapes in the text"),
        (b'[[{"x": 1e999, "y": 2}]]', "is too large"),
    ],
    ids=["objects", "lists", "escapes", "quotes", "infinite"],
)
def test_text_is_counted_before_it_is_parsed(text, words):
    refused(lambda: read_tracks(text), words)


def document(**fields) -> dict:
    return {"version": 1, "size_wh": [64, 64], "frames": 5, "layers": [], **fields}


def region(i: int, corners: int = 4, density: float = 1.0) -> dict:
    outline = [[0, 0], [1, 0], [1, 1], [0, 1]] * (corners // 4)
    return {"id": str(i), "type": "region", "polygon": outline, "pivot": [0.5, 0.5], "density": density}


def test_regions_are_bounded_in_cells_and_corners():
    huge = {"size_wh": [16384, 16384], "frames": 1}
    for layers in ([region(i, density=0.004) for i in range(2000)], [region(i, 4000) for i in range(60)]):
        read = parse_document(document(layers=layers, **huge))
        refused(lambda read=read: tracks_from_document(read), "cells and corners, at most 100,000,000")
    few = parse_document(document(layers=[region(i) for i in range(20)], **huge))
    refused(lambda: tracks_from_document(few), "4,194,304 tracks, at most 20,000")


def test_dense_layers_are_added_up_before_all_are_unpacked():
    one = "z1:4001x64:" + base64.b64encode(zlib.compress(bytes(4001 * 64 * 5), 9)).decode()
    layers = [{"id": str(i), "type": "dense", "tracks": one} for i in range(2000)]
    refused(lambda: parse_document(json.dumps(document(layers=layers))), "dense layers of more than 16,000,000")


# -- pictures, masks, depth --------------------------------------------------------------------------------------------


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(w: int, h: int, bits: int = 8, colour: int = 6) -> bytes:
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, bits, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + _chunk(b"IDAT", zlib.compress(bytes(1000))) + _chunk(b"IEND", b"")


def jpeg(w: int, h: int, marker: int = 0xC0, before: bytes = b"", after: bytes = b"") -> bytes:
    frame = struct.pack(">HBHHB", 17, 8, h, w, 3) + b"\x01\x11\0\x02\x11\x01\x03\x11\x01"
    return b"\xff\xd8" + before + bytes([0xFF, marker]) + frame + after + b"\xff\xd9"


def bmp(w: int, h: int) -> bytes:
    return (
        b"BM"
        + struct.pack("<IHHI", 1078, 0, 0, 54)
        + struct.pack("<IiiHHIIiiII", 40, w, h, 1, 24, *[0] * 6)
        + bytes(1024)
    )


def gif(w: int, h: int) -> bytes:
    return b"GIF89a" + struct.pack("<HHBBB", w, h, 0, 0, 0) + b"," + struct.pack("<HHHHB", 0, 0, w, h, 0) + b"\x02\0;"


def webp(w: int, h: int) -> bytes:
    body = b"VP8X" + struct.pack("<I", 10) + bytes(4) + (w - 1).to_bytes(3, "little") + (h - 1).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def tiff(w: int, h: int, order: str = "<", big: bool = False, tile: int = 0) -> bytes:
    entries = [(256, w), (257, h), (258, 8), (277, 3), *([(322, tile), (323, tile)] if tile else [])]
    mark = (b"II" if order == "<" else b"MM") + struct.pack(order + "H", 43 if big else 42)
    if big:
        head = mark + struct.pack(order + "HHQQ", 8, 0, 16, len(entries))
        return head + b"".join(struct.pack(order + "HHQI4x", tag, 4, 1, value) for tag, value in entries) + bytes(8)
    head = mark + struct.pack(order + "IH", 8, len(entries))
    return head + b"".join(struct.pack(order + "HHII", tag, 4, 1, value) for tag, value in entries) + bytes(4)


def _box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + name + body


def avif(w: int, h: int) -> bytes:
    sizes = b"".join(_box(b"ispe", bytes(4) + struct.pack(">II", *side)) for side in ((16, 16), (w, h)))
    meta = _box(b"meta", bytes(4) + _box(b"iprp", _box(b"ipco", sizes)))
    return _box(b"ftyp", b"avif" + bytes(4) + b"avifmif1") + meta


HUGE = {
    "png": png(40_000, 40_000),
    "jpeg": jpeg(40_000, 40_000),
    "jpeg with fill bytes": jpeg(40_000, 40_000, before=b"\xff" * 5000),
    "jpeg with a segment before": jpeg(40_000, 40_000, before=b"\xff\xe1" + struct.pack(">H", 60_000) + bytes(59_998)),
    "jpeg with rubbish before": jpeg(40_000, 40_000, before=bytes(3000)),
    "bmp": bmp(40_000, 40_000),
    "bmp from the top": bmp(40_000, -40_000),
    "gif": gif(40_000, 40_000),
    "webp": webp(40_000, 40_000),
    "tiff": tiff(40_000, 40_000),
    "tiff of the other order": tiff(40_000, 40_000, ">"),
    "tiff of the large kind": tiff(40_000, 40_000, big=True),
    "avif": avif(40_000, 40_000),
    "netpbm": b"P6\n# a comment\n40000 40000\n255\n" + bytes(1000),
    "pfm": b"PF\n40000 40000\n-1.0\n" + bytes(1000),
}


@pytest.mark.parametrize("reader", [read_picture, read_mask, read_depth])
@pytest.mark.parametrize("kind", HUGE)
def test_a_size_is_refused_before_anything_is_decoded(tmp_path, kind, reader):
    file = tmp_path / "a.bin"
    file.write_bytes(HUGE[kind])
    refused(lambda: reader(file), "40000x40000 is more than 100 megapixels")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (png(16_000, 16_000, 16), "16000x16000 is more than 100 megapixels"),
        (png(9_900, 9_900, 16), "9900x9900 with 4 channels of 16 bits takes 747 MB to open, at most 512 MB"),
        (jpeg(9_900, 9_900, 0xC2), "takes 841 MB to open, at most 512 MB"),
        (tiff(100, 100, tile=40_000), "to open, at most 512 MB"),
    ],
    ids=["256 megapixels", "16 bits", "progressive", "tiles"],
)
def test_what_a_decoder_would_make_is_reckoned_too(tmp_path, data, words):
    file = tmp_path / "a.png"
    file.write_bytes(data)
    for reader in (read_picture, read_mask):
        refused(lambda reader=reader: reader(file), words)


@pytest.mark.parametrize(
    "data",
    [
        png(8, 8)[:33] + struct.pack(">I", 0x7FFFFFFF) + b"IDAT" + bytes(2000),
        b"\xff\xd8" + b"\xff\xe0\x00\x02" * (2 * MAX_PARTS) + jpeg(8, 8)[2:],
        _box(b"ftyp", b"avif" + bytes(8)) + _box(b"free", b"") * (2 * MAX_PARTS),
        b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(100),
        b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 40000 +X 40000\n",
    ],
    ids=["chunk", "segments", "boxes", "jpeg 2000", "radiance"],
)
def test_what_does_not_say_its_size_is_not_opened(tmp_path, data):
    file = tmp_path / "a.jpg"
    file.write_bytes(data)
    refused(lambda: read_picture(file), "not a picture that can be read, or damaged")


def test_a_large_picture_with_transparency_stays_within_the_memory(tmp_path):
    import cv2

    plane = np.full((6000, 8000, 4), 200, np.uint8)
    plane[:9, :9, 3] = 7
    cv2.imwrite(str(tmp_path / "a.png"), plane, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    del plane
    with fuzz_lane.one("48 megapixels with transparency", result_bytes=3 * 48_000_000):
        assert read_picture(tmp_path / "a.png").shape == (6000, 8000, 3)
    with fuzz_lane.one("the same as a mask", result_bytes=48_000_000):
        assert read_mask(tmp_path / "a.png").mean() > 0.9


# -- weight files ------------------------------------------------------------------------------------------------------


def safetensors(table: dict | bytes) -> bytes:
    raw = table if isinstance(table, bytes) else json.dumps(table).encode()
    return struct.pack("<Q", len(raw)) + raw + bytes(64)


def tensor(shape: object = (16,), offsets: object = (0, 64), dtype: str = "F32") -> dict:
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


def gguf(tensors: int = 0, keys: int = 0, rest: bytes = b"", version: int = 3) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, tensors, keys) + rest


def _gguf_tensor(*sides: int, kind: int = 0) -> bytes:
    return struct.pack("<Q", 1) + b"w" + struct.pack(f"<I{len(sides)}QIQ", len(sides), *sides, kind, 0) + bytes(64)


WEIGHTS = {
    "side.safetensors": (safetensors({"w": tensor([10**18])}), "a tensor of the shape [1000000000000000000]"),
    "sum.safetensors": (safetensors({"w": tensor([10**6, 10**6])}), "a tensor of 1,000,000,000,000 numbers in"),
    "kind.safetensors": (safetensors({"w": tensor([10**9], dtype="F4")}), "a tensor of 1,000,000,000 numbers"),
    "infinite.safetensors": (
        safetensors(b'{"w":{"dtype":"F32","shape":[1e999],"data_offsets":[0,64]}}'), "its header cannot be read"
    ),
    "offsets.safetensors": (
        safetensors(b'{"w":{"dtype":"F32","shape":[16],"data_offsets":[0,1e999]}}'), "its header cannot be read"
    ),
    "backwards.safetensors": (safetensors({"w": tensor(offsets=(64, 0))}), "its header cannot be read"),
    "names.safetensors": (
        safetensors(b"{" + b",".join(b'"t%d":{}' % i for i in range(1_700_000)) + b"}"), "more than 100,000 tensors"
    ),
    "lists.safetensors": (safetensors(b'{"w":[' + b"[]," * 9_000_000 + b"1]}"), "more than 100,000 tensors"),
    "letters.safetensors": (safetensors({"w" * 5000: tensor()}), "a tensor whose name has 5,000 letters"),
    "deep.safetensors": (safetensors(b'{"w":' + b"[" * 500_000 + b"}"), "its header cannot be read"),
    "tensors.gguf": (gguf(10**18), "it announces 1,000,000,000,000,000,000 tensors"),
    "keys.gguf": (gguf(0, 10**18), "and 1,000,000,000,000,000,000 keys"),
    "text.gguf": (gguf(0, 1, struct.pack("<Q", 10**18)), "beyond the end of the file"),
    "array.gguf": (gguf(0, 1, struct.pack("<Q", 1) + b"k" + struct.pack("<IIQ", 9, 0, 10**9)), "more than 1,000,000"),
    "shape.gguf": (gguf(1, 0, _gguf_tensor(2**40, 2**40, 2**40)), "numbers in a file of"),
    "type.gguf": (gguf(1, 0, _gguf_tensor(4, kind=999)), "a damaged GGUF file"),
    "short.gguf": (b"GGUF", "its 4 bytes are no header"),
    "steps.pth": (torch_file(b"\x80\x02" + b"K\x01q\x01" * 2_000_000 + b"."), "list of tensors is larger than 4 MB"),
    "legacy.pth": (b"\x80\x02" + b"K\x01q\x01" * 2_000_000 + b".", "its list of tensors is larger than 4 MB"),
    "directory.pth": (
        b"PK\x03\x04" + (b"PK\x01\x02" + bytes(42)) * 500_000
        + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 65535, 65535, 23_000_000, 4, 0),
        "its directory is larger than 16 MB",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WEIGHTS)
def test_weight_files_that_lie_are_refused_in_one_line(tmp_path, name):
    if name.endswith(".gguf"):
        pytest.importorskip("gguf")
    content, words = WEIGHTS[name]
    (tmp_path / name).write_bytes(content)
    refused(lambda: read_infos(tmp_path / name), words)


# -- what is printed ---------------------------------------------------------------------------------------------------


def test_brackets_in_a_npy_header_are_one_line(tmp_path, capsys):
    """numpy's own loader parses the header as Python, and ends in a MemoryError."""
    head = b"(" * 60_000
    file = tmp_path / "a.npy"
    file.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head)
    for reader in (read_tracks, read_depth, read_mask):
        refused(lambda reader=reader: reader(file), "not an array of plain numbers")
    assert main(["tracks", "info", str(file)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_long_names_and_control_characters_are_shown_short_and_plain(tmp_path, capsys):
    assert main(["tracks", "info", "\x1b[2J\x07" + "a" * 5000]) == 2
    name = "t\x1b[31m\u202e\x07"
    (tmp_path / "w.safetensors").write_bytes(safetensors({name: tensor()}))
    assert main(["convert", str(tmp_path / "w.safetensors"), "-o", str(tmp_path / "o.safetensors")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 2 and max(map(len, said.splitlines())) < 3 * MAX_LETTERS
    assert all(line.isprintable() for line in said.splitlines())
