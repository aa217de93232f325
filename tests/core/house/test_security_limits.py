"""SECURITY.md's table of limits: its numbers are the code's, its tests exist, and the editor has the same."""

from __future__ import annotations

import ast
import json
import re
import struct
from importlib import import_module
from pathlib import Path

import pytest

from wan_move_core import picture_header
from wan_move_core.checkpoints import headers
from wan_move_core.errors import WanMoveError
from wan_move_core.motion.document import bounded_json, parse
from wan_move_core.motion.document.read import parse_document
from wan_move_core.pictures import read_picture
from wan_move_core.tracks import MAX_FRAMES, MAX_SAMPLES, MAX_TRACKS

ROOT = Path(__file__).resolve().parents[3]
TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| ([^|]+) \| ([\d,]+) \| `([\w.]+)` \| `([\w.]+)::(\w+)` \|$", TEXT, re.MULTILINE)


def test_the_table_is_read_whole():
    table = TEXT[TEXT.index("## Limits") :].partition("\n\n`pytest")[0]
    assert len(ROWS) == table.count("\n|") - 2 >= 20


@pytest.mark.parametrize(("what", "number", "constant", "file", "test"), ROWS, ids=[row[2] for row in ROWS])
def test_a_limit_is_the_constant_and_its_test_exists(what, number, constant, file, test):
    module, _, name = constant.rpartition(".")
    assert getattr(import_module(f"wan_move_core.{module}"), name) == int(number.replace(",", "")), what
    (path,) = (ROOT / "tests" / "core").rglob(file)
    functions = {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}
    assert test in functions, f"{file} has no {test}"


def test_files_named_in_the_prose_exist():
    for name in re.findall(r"`(?:tests/[\w/]+/)?(test_\w+\.py)`", TEXT):
        assert list((ROOT / "tests").rglob(name)), name


def test_the_editor_has_the_same_limits():
    """tests/js/motion/limits.test.mjs compares the editor's numbers with the same file."""
    shared = json.loads((ROOT / "tests/golden_shared/limits.json").read_text(encoding="utf-8"))
    assert shared == {
        "text": bounded_json.MAX_BYTES, "depth": bounded_json.MAX_DEPTH, "layers": parse.MAX_LAYERS,
        "points": parse.MAX_POINTS, "tracks": MAX_TRACKS, "samples": MAX_SAMPLES, "frame": parse.MAX_FRAME,
        "norm": parse.MAX_NORM, "frames": MAX_FRAMES, "side": parse.SIDE_RANGE[1], "name": 200, "id": 64,
        "mask": parse.MAX_MASK_PIXELS,
    }  # fmt: skip


def layer(i: int, **fields) -> dict:
    return {"id": str(i), "type": "anchors", "points": [[0.5, 0.5]], **fields}


def region(size_wh: list[int], corners: int) -> dict:
    mask = {"size_wh": size_wh, "runs": [size_wh[0] * size_wh[1]]} if size_wh else None
    outline = [[0.1, 0.1], [0.9, 0.1], [0.5, 0.9]] * (corners // 3) if corners else None
    return {"id": "r", "type": "region", "pivot": [0.5, 0.5], "mask": mask, "polygon": outline}


@pytest.mark.parametrize(
    ("largest", "larger", "words"),
    [
        ([layer(i) for i in range(2000)], [layer(i) for i in range(2001)], "2001 entries, allowed are 0 to 2,000"),
        (
            [layer(0, type="path", points=[[0.5, 0.5]] * 4096)], [layer(0, type="path", points=[[0.5, 0.5]] * 4097)],
            "4097 entries, allowed are 1 to 4,096",
        ),
        ([region([], 4095)], [region([], 4098)], "4098 entries, allowed are 3 to 4,096"),
        ([region([2000, 2000], 0)], [region([2001, 2000], 0)], "2001 x 2000 pixels, at most 4,000,000"),
    ],
    ids=["layers", "path", "outline", "mask"],
)  # fmt: skip
def test_layers_and_points_stop_at_their_limits(largest, larger, words):
    whole = {"version": 1, "size_wh": [64, 64], "frames": 5}
    assert parse_document({**whole, "layers": largest}).layers
    with pytest.raises(WanMoveError, match=re.escape(words)):
        parse_document({**whole, "layers": larger})


def test_files_are_measured_before_they_are_read(tmp_path):
    """Sparse files: they have the size, and no system has to hold it."""
    picture, weights = tmp_path / "a.png", tmp_path / "a.safetensors"
    for file, size in ((picture, picture_header.MAX_FILE_BYTES + 1), (weights, headers.MAX_HEADER_BYTES + 100)):
        with file.open("wb") as stream:
            stream.write(struct.pack("<Q", headers.MAX_HEADER_BYTES + 1))
            stream.truncate(size)
    with pytest.raises(WanMoveError, match="larger than 256 MB"):
        read_picture(picture)
    with pytest.raises(WanMoveError, match="announce a header of 33554433 bytes"):
        headers.read_safetensors_header(weights)
