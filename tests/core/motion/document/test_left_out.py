"""What a document may leave out, in golden_shared: the core and the editor (left_out.test.mjs) agree."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wan_move_core import WanMoveError
from wan_move_core.motion.document.read import parse_document

SHARED = Path(__file__).resolve().parents[3] / "golden_shared" / "left_out.json"
CASES = json.loads(SHARED.read_text("utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_core_reads_it_or_says_what_is_missing(case):
    if case["readable"]:
        parse_document(json.dumps(case["document"]))
        return
    with pytest.raises(WanMoveError, match=r"missing|version|neither polygon"):
        parse_document(json.dumps(case["document"]))
