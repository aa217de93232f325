"""Counts agree with their nouns and verbs: no text says "1 points" or "1 point fall"."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import torch

from wan_move_core.errors import plural, verb

ROOT = Path(__file__).resolve().parents[3]
VERBS = "fall|move|lie|are|guide|follow|go|stay|turn|pass|end|start|begin|hold|leave|cut|do|have|were"


def test_a_verb_agrees():
    assert [f"{plural(n, 'point')} {verb(n, 'falls', 'fall')}" for n in (0, 1, 2)] == [
        "0 points fall", "1 point falls", "2 points fall",
    ]  # fmt: skip


def test_no_verb_after_a_counted_noun_is_fixed():
    """Straight after ``plural(...)`` a verb in the plural would follow "1 point" as well."""
    found = re.compile(rf"(?<!of \{{)plural\([^}}]*\)\}} (?:{VERBS})\b")
    assert found.search("{plural(count, 'point')} fall behind")
    wrong = {}
    for path in sorted([*(ROOT / "wan_move_core").rglob("*.py"), *(ROOT / "nodes").rglob("*.py")]):
        text = re.sub(r'"\n\s*f?"', "", path.read_text(encoding="utf-8"))
        wrong |= {path.name: found.findall(text)} if found.search(text) else {}
    assert not wrong, f"{wrong}; use errors.verb"


def test_one_point_turns_to_the_back():
    from wan_move_core.motion.sources.space.rotate3d import Solid, rotate_tracks

    mask = np.zeros((48, 80), bool)
    mask[20:28, 36:44] = True
    angle = torch.linspace(0, 180, 5).numpy()
    tracks, notes = rotate_tracks(mask, (80, 48), angle, Solid("cylinder", "vertical", 0.0, 40.0, 1.0), density=1.0)
    told = [note for note in notes if "to the back" in note]
    assert tracks.count == 1 and told in (["1 point turns to the back and is hidden there"], [])
    assert told, notes
