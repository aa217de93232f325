"""Thousands of damaged documents: a clean result or a WanMoveError, nothing else."""

from __future__ import annotations

import copy
import json
import math
import random
import sys
from pathlib import Path
from typing import Any

import pytest

from wan_move_core.errors import WanMoveError
from wan_move_core.motion.checks.checker import check_document
from wan_move_core.motion.document.read import parse_document
from wan_move_core.motion.document.remap import remap_document
from wan_move_core.motion.evaluation.evaluate import tracks_from_document

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "house"))

import fuzz_lane
from fuzz_lane import rounds

SHARED_CASES = Path(__file__).resolve().parents[3] / "golden_shared"
SEEDS = [
    case["document"]
    for name in ("paths.json", "regions.json", "camera.json", "dense.json", "checks_documents.json")
    for case in json.loads((SHARED_CASES / name).read_text(encoding="utf-8"))["cases"]
]
ODD = [None, True, False, 0, -1, 1, 2, 0.5, -0.0, 1e-300, 1e300, -1e300, 10**30, 2**31, 16, -16, 4096, 100_000, 1e-9]
ODD += ["", "linear", "path", "z1:1x1:", "\ud800", "\u0000", "A" * 300, [], [[]], {}, [0, 0], [1, 1, 1, 1], [None]]


def places(value: Any, path: tuple = ()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


def mutate(rng: random.Random, seed: dict[str, Any]) -> Any:
    """One to three random changes somewhere in the tree."""
    data: Any = copy.deepcopy(seed)
    for _ in range(rng.choice([1, 1, 2, 3])):
        head: Any
        last: Any
        *head, last = rng.choice([p for p in places(data) if p] or [("version",)])
        parent: Any = data
        for step in head:
            parent = parent[step]
        kind = rng.random()
        if kind < 0.6 and isinstance(parent[last], (int, float)) and not isinstance(parent[last], bool):
            # Mostly numbers that a document may have, at its limits and beside them.
            parent[last] = parent[last] * rng.choice([-1, 0, 0.5, 0.999, 2, 3, 1e-6, 1e6])
        elif kind < 0.75:
            parent[last] = copy.deepcopy(rng.choice(ODD))
        elif kind < 0.85:
            del parent[last]
        elif isinstance(parent, list) and len(parent) < 50:
            parent.insert(last, copy.deepcopy(parent[last]))
        else:
            parent[last] = copy.deepcopy(rng.choice(SEEDS))
    return data


def attempt(source) -> bool:
    """Whether it could be read; then everything else must work as well."""
    try:
        with fuzz_lane.one("a document"):
            document = parse_document(source)
    except WanMoveError as error:
        text = str(error)
        assert "\n" not in text and ". Fix: " in text and len(text) < 600
        return False
    assert parse_document(document.to_json()) == document
    if document.frames > 200 or math.prod(document.size_wh) > 4_000_000:
        return True
    try:
        tracks = tracks_from_document(document)
    except WanMoveError as error:
        assert "at most" in str(error)
        return True
    assert bool(tracks.xy.isfinite().all())
    return True


@pytest.mark.parametrize("seed", range(4))
def test_mutated_documents(seed):
    rng = random.Random(seed)
    read = sum(attempt(mutate(rng, rng.choice(SEEDS))) for _ in range(rounds(1000)))
    # Enough of both kinds, or the test says nothing.
    assert rounds(100) < read < rounds(900)


def test_mutated_documents_can_be_checked_and_remapped():
    rng = random.Random(99)
    for _ in range(rounds(150)):
        try:
            document = parse_document(mutate(rng, rng.choice(SEEDS)))
            if document.frames > 200 or math.prod(document.size_wh) > 1_000_000:
                continue
            check_document(document)
            tracks_from_document(remap_document(document, (640, 360), 33, fps=24, fit="pad", picture_wh=(500, 700)))
        except WanMoveError:
            continue


def test_damaged_text():
    rng = random.Random(7)
    for _ in range(rounds(1500)):
        text = bytearray(json.dumps(rng.choice(SEEDS)).encode())
        for _ in range(rng.randint(1, 6)):
            i = rng.randrange(len(text))
            kind = rng.random()
            if kind < 0.5:
                text[i] = rng.choice(b'{}[]",:0123456789.eE-+\\ntfNI \x00\xff')
            elif kind < 0.75:
                del text[i : i + rng.randint(1, 20)]
            else:
                text[i:i] = text[i : i + rng.randint(1, 20)]
        attempt(bytes(text))


def test_random_bytes():
    rng = random.Random(11)
    for _ in range(rounds(1000)):
        attempt(rng.randbytes(rng.randrange(200)))
        attempt("".join(rng.choice('{}[]":,\\eE+-.019nulltrue ') for _ in range(rng.randrange(80))))


@pytest.mark.parametrize(
    "text",
    ['"' * 1_000_000, '"\\' * 1_000_000, "{" * 1_000_000, '{"a":"' + "\\" * 1_000_001, "[" + "1," * 1_000_000],
    ids=["quotes", "escapes", "braces", "backslashes", "unfinished"],
)
def test_large_nonsense_is_refused_without_grinding(text):
    with pytest.raises(WanMoveError):
        parse_document(text)
