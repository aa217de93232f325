"""Thousands of broken files: each gives tracks or a WanMoveError, nothing else."""

from __future__ import annotations

import copy
import io
import json
import pickle
import random
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save

from wan_move_core.errors import WanMoveError
from wan_move_core.motion.formats import parse_tracks_text, read_tracks

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "house"))

import fuzz_lane
from fuzz_lane import rounds

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "formats"
STRANGE = [None, True, False, 0, -1, 1, 1e308, -1e308, 1e-320, 10**30, 2**31, "", "12", "abc", "\ud800", "NaN", [], {},
           [[]], [None], [[1]], {"x": 1}, [{}], [[], []], {"points": 1}, "1" * 400, 81, 4002, 0.5]  # fmt: skip
TOKENS = [
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    '"',
    "'",
    "NaN",
    "None",
    "null",
    "1e999",
    "-",
    "\\",
    "\\u12",
    "x",
    "0",
    "\n",
    "\x00",
    "é",
]


def read(source, **options) -> bool:
    """Whether it was taken. Any other exception than WanMoveError fails the test, naming itself."""
    try:
        with fuzz_lane.one(f"tracks in {'bytes' if isinstance(source, bytes) else 'text'}"):
            got = read_tracks(source, **options) if isinstance(source, bytes) else parse_tracks_text(source, **options)
    except WanMoveError as error:
        assert str(error).isprintable()
        return False
    tracks = got.tracks
    assert tracks.count and bool(torch.isfinite(tracks.xy).all()) and tracks.visible.shape == tracks.xy.shape[:2]
    assert all(line.isprintable() for line in str(got.report).splitlines())
    return True


def mutate(value: Any, rng: random.Random):
    """A JSON value with one or a few places replaced, removed, doubled or renamed."""
    value = json.loads(json.dumps(value))
    for _ in range(rng.choice((1, 1, 2, 4))):
        node: Any = value
        parent: Any = None
        key: Any = None
        while isinstance(node, (list, dict)) and node and rng.random() < 0.8:
            parent, key = node, rng.choice(list(node) if isinstance(node, dict) else range(len(node)))
            node = parent[key]
        if parent is None:
            return rng.choice(STRANGE) if rng.random() < 0.1 else value
        action = rng.random()
        if action < 0.6:
            parent[key] = copy.deepcopy(rng.choice(STRANGE))
        elif action < 0.75:
            del parent[key]
        elif action < 0.85 and isinstance(parent, list):
            parent.insert(key, parent[key])
        elif isinstance(parent, dict):
            parent[str(rng.choice(("x", "points", "path", "frames", "layers", "speeds")))] = parent.pop(key)
    return value


def test_json_values():
    rng = random.Random(1)
    seeds = [json.loads(p.read_text()) for p in sorted(FIXTURES.glob("*.json"))]
    taken = 0
    for i in range(rounds(1300)):
        text = json.dumps(mutate(seeds[i % len(seeds)], rng))
        frames = rng.choice((None, 1, 5, 9))
        taken += read(text, frames=frames, unit=rng.choice(("auto", "auto", "px", "norm")))
    assert rounds(100) < taken < rounds(1250)


def test_json_text():
    rng = random.Random(2)
    seeds = [p.read_text() for p in sorted(FIXTURES.iterdir())]
    for i in range(rounds(2500)):
        text = seeds[i % len(seeds)]
        for _ in range(rng.choice((1, 2, 5))):
            at = rng.randrange(len(text))
            end = at + rng.choice((0, 1, 1, 5, 40))
            text = text[:at] + rng.choice(TOKENS) * rng.choice((0, 1, 1, 3)) + text[end:]
        read(text, frames=5)
        if i % 5 == 0:
            read("".join(rng.choice(TOKENS) for _ in range(rng.randrange(40))), frames=5)


def binary_seeds() -> list[bytes]:
    def saved(function, *args, **kwargs) -> bytes:
        buffer = io.BytesIO()
        function(buffer, *args, **kwargs)
        return buffer.getvalue()

    xy = np.random.default_rng(0).uniform(0, 400, (5, 3, 2)).astype(np.float32)
    seen = np.ones((5, 3), bool)
    ati = saved(np.savez_compressed, array=np.ones((2, 121, 1, 3), np.float32) * 8)
    pth, tensor = io.BytesIO(), io.BytesIO()
    torch.save(ati, pth)
    torch.save({"tracks": torch.from_numpy(xy)}, tensor)
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(ati, 4))
    return [
        saved(np.save, xy),
        saved(np.save, xy[None] / 400),
        saved(np.savez, track_path=xy, track_visibility=seen),
        saved(np.savez_compressed, tracks=xy, visibility=seen),
        pth.getvalue(),
        tensor.getvalue(),
        stored.getvalue(),
        save({"track_path": torch.from_numpy(xy)}, metadata={"size_wh": "64x48"}),
    ]


def test_binary_files():
    rng = random.Random(3)
    seeds = binary_seeds()
    assert all(read(seed) for seed in seeds)
    for i in range(rounds(2400)):
        data = bytearray(seeds[i % len(seeds)])
        for _ in range(rng.choice((1, 1, 3, 10))):
            # Headers and directories matter more than the numbers between them.
            at = rng.choice(
                (rng.randrange(len(data)), rng.randrange(min(160, len(data))), len(data) - 1 - rng.randrange(120))
            )
            action = rng.random()
            if action < 0.7:
                data[at] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
            elif action < 0.85:
                del data[at : at + rng.choice((1, 4, 30))]
            else:
                data[at:at] = bytes(rng.randrange(256) for _ in range(rng.choice((1, 4, 20))))
            if len(data) < 200:
                break
        read(bytes(data), frames=rng.choice((None, 5)))
    for i in range(rounds(300)):
        seed = seeds[i % len(seeds)]
        read(seed[: rng.randrange(len(seed))])
        read(bytes(rng.randrange(256) for _ in range(rng.randrange(64))))


def test_visibility_files():
    rng = random.Random(4)
    buffer = io.BytesIO()
    np.save(buffer, np.ones((5, 3), bool))
    xy = np.zeros((5, 3, 2), np.float32)
    for _ in range(rounds(300)):
        data = bytearray(buffer.getvalue())
        data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            read_tracks(xy, visibility=bytes(data))
        except WanMoveError as error:
            assert str(error).isprintable()


@pytest.mark.parametrize("path", sorted(FIXTURES.iterdir()), ids=lambda path: path.name)
def test_every_fixture_cut_and_changed(path):
    """Every reader, on its own kind of file cut short, changed, doubled and mixed with another's."""
    rng = random.Random(path.name)
    data = path.read_bytes()
    others = [p.read_bytes() for p in sorted(FIXTURES.iterdir())]
    pieces = [
        b"\t",
        b"\n",
        b",",
        b";",
        b" ",
        b"{",
        b"}",
        b"<",
        b"/>",
        b'"',
        b"-",
        b"1e9",
        b"nan",
        b"x1",
        b"A",
        b"Z",
        b"\xff",
    ]
    options: list[dict[str, Any]] = [
        {}, {"size_wh": (832, 480)}, {"size_wh": (64, 48), "frames": 5}, {"unit": "norm"}, {"axes": "frames_first"},
        {"axes": "tracks_first", "frames": 9}, {"y_origin": "bottom", "size_wh": (832, 480)},
    ]  # fmt: skip
    for option in options:
        read(data, **option)
    for _ in range(rounds(60)):
        changed = bytearray(data[: rng.randrange(1, len(data) + 1)] if rng.random() < 0.4 else data)
        for _ in range(rng.choice((1, 1, 3, 8))):
            at = rng.randrange(len(changed) + 1)
            end = at + rng.choice((0, 0, 1, 3, 30))
            changed[at:end] = rng.choice(pieces) * rng.choice((0, 1, 1, 2))
        if rng.random() < 0.15:
            other = rng.choice(others)
            changed += other[rng.randrange(len(other)) :]
        read(bytes(changed), **rng.choice(options))
