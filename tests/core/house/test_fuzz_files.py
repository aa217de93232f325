"""Broken pictures, weight files and arrays by the thousand: each is read or refused in one line, within the bounds."""

from __future__ import annotations

import io
import random
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import save

from wan_move_core.checkpoints.headers import read_infos
from wan_move_core.errors import WanMoveError
from wan_move_core.motion.sources.space.plane_files import read_depth, read_mask
from wan_move_core.npy import parse_npy
from wan_move_core.pictures import read_picture

sys.path.insert(0, str(Path(__file__).parent))

import fuzz_lane
from fuzz_lane import rounds


def changed(data: bytes, rng: random.Random) -> bytes:
    """A few bytes changed, removed or put in, mostly in the first two hundred, where headers are."""
    made = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 5, 12))):
        at = rng.randrange(min(len(made), 200 if rng.random() < 0.8 else len(made)) or 1)
        kind = rng.random()
        if kind < 0.6:
            made[at : at + 1] = bytes([rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))])
        elif kind < 0.75:
            made[at : at + 4] = rng.choice((b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0", b"\0\1\0\0"))
        elif kind < 0.88:
            del made[at : at + rng.choice((1, 2, 8, 60))]
        else:
            made[at:at] = rng.randbytes(rng.choice((1, 4, 30)))
    return bytes(made)


def pictures() -> dict[str, bytes]:
    """One of each accepted kind that this OpenCV can write."""
    plane = np.random.default_rng(0).integers(0, 256, (12, 17, 4), dtype=np.uint8)
    made = {}
    for name in ("png", "jpg", "bmp", "webp", "tiff", "gif", "avif", "ppm", "pfm"):
        given = plane[..., :3].astype(np.float32) / 255 if name == "pfm" else plane[..., : 4 if name == "png" else 3]
        try:
            written, data = cv2.imencode(f".{name}", given)
        except cv2.error:
            continue
        if written:
            made[name] = data.tobytes()
    return made


PICTURES = pictures()


def refused(name: str, read: Callable[[], object]) -> bool:
    try:
        with fuzz_lane.one(name):
            read()
    except WanMoveError as error:
        assert str(error).isprintable() and len(str(error)) < 3100
        return True
    return False


def test_every_accepted_kind_is_tried():
    assert {"png", "jpg", "bmp", "webp", "tiff"} <= set(PICTURES)


@pytest.mark.parametrize("kind", sorted(PICTURES))
def test_broken_pictures(kind, tmp_path):
    rng, file = random.Random(kind), tmp_path / f"a.{kind}"
    readers = (read_picture, read_picture, read_mask, read_depth)
    count = 0
    for i in range(rounds(250)):
        file.write_bytes(changed(PICTURES[kind], rng) if i else PICTURES[kind])
        count += refused(f"a {kind}", lambda: readers[rng.randrange(4)](file))
    assert 0 < count < rounds(250), "all or nothing was taken"


def gguf(rng: random.Random) -> bytes:
    """A small file with keys of several types and one tensor, and a lie in one of its numbers now and then."""

    def number(value: int) -> int:
        return rng.choice((value, value, value, value, 2**40, 2**63, 0, value + 1))

    def text(words: bytes) -> bytes:
        return struct.pack("<Q", number(len(words))) + words

    keys = text(b"general.name") + struct.pack("<I", 8) + text(b"wan")
    keys += (
        text(b"list") + struct.pack("<IIQ", 9, rng.choice((5, 5, 8, 9, 77)), number(3)) + struct.pack("<3i", 1, 2, 3)
    )
    tensor = text(b"w") + struct.pack("<IQQIQ", rng.choice((2, 2, 2, 9)), number(8), number(4), 0, number(0))
    head = b"GGUF" + struct.pack("<IQQ", rng.choice((3, 3, 3, 2, 9)), number(1), number(2)) + keys + tensor
    return head + bytes(-len(head) % 32 + 128)


def test_broken_weight_files(tmp_path):
    rng = random.Random(5)
    buffer = io.BytesIO()
    torch.save({"w": torch.zeros(4, 8), "b": torch.ones(8, dtype=torch.bfloat16)}, buffer)
    seeds = {
        "a.safetensors": save({"w": torch.zeros(4, 8), "b": torch.ones(8, dtype=torch.bfloat16)}, {"format": "pt"}),
        "a.pth": buffer.getvalue(),
    }
    found = dict.fromkeys((*seeds, "a.gguf"), 0)
    for i in range(rounds(1200)):
        name = ("a.safetensors", "a.pth", "a.gguf")[i % 3]
        if name == "a.gguf" and i < 3:
            pytest.importorskip("gguf")
        (tmp_path / name).write_bytes(gguf(rng) if name == "a.gguf" else changed(seeds[name], rng))
        found[name] += refused(f"{name[2:]} weights", lambda name=name: read_infos(tmp_path / name))
    assert all(0 < count < rounds(400) for count in found.values()), found


def test_broken_arrays():
    rng, buffer = random.Random(6), io.BytesIO()
    np.save(buffer, np.zeros((5, 3, 2), np.float32))
    count = sum(refused("npy", lambda: parse_npy(changed(buffer.getvalue(), rng), "x")) for _ in range(rounds(600)))
    assert 0 < count < rounds(600)
