"""Five tasks as a person does them, with every press, drag, key and paste counted: their number is a promise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import five_tasks as tasks
import pytest
from bare_documents import document
from hand import Hand

BALL, BOX = (200, 280), (580, 295)
"""Middles of what the scene fixture paints, px."""
STATE = "wanMoveEditor.editor.state"


def look(editor: Any, artefacts: Path, name: str, frame: int = 80) -> None:
    """At a frame, as it is judged: the draft is done, nothing floats."""
    editor.js(f"state.setFrame({frame})")
    editor.wait(f"{STATE}.found?.doc === {STATE}.doc || !{STATE}.sampled.count", 30)
    editor.settle()
    editor.page.screenshot(path=artefacts / f"task_{name}.png")


@pytest.fixture
def begin(open_editor: Callable[..., Any]) -> Callable[..., tuple[Any, Hand]]:
    def opened(**job: Any) -> tuple[Any, Hand]:
        editor = open_editor(tool=None, **job)
        return editor, Hand(editor.page, lambda: editor.document)

    return opened


def test_a_thing_is_turned_away_with_the_rest_held_in_three(begin: Any, artefacts: Path) -> None:
    editor, hand = begin()
    tasks.a_thing_is_moved_with_the_rest_held(hand, BALL, lambda hand, _: hand.drag(BALL, (270, 250)))
    assert hand.actions <= 4
    thing = next(one for one in editor.layers if one["type"] == "region")
    assert thing["keys"][-1]["offset"] == pytest.approx([70 / 832, -30 / 480], abs=0.004)
    points = next(one for one in editor.layers if one["type"] == "anchors")["points"]
    assert len(points) > 20
    # None of them lies on the thing.
    assert all((x * 832 - BALL[0]) ** 2 + (y * 480 - BALL[1]) ** 2 > 50**2 for x, y in points)
    look(editor, artefacts, "1_turned")
    assert hand.actions == 3


def test_three_things_have_their_own_times_in_nine(begin: Any, artefacts: Path) -> None:
    editor, hand = begin()
    moved = [(BALL, (260, 180), 40), (BOX, (520, 200), 60), ((700, 400), (720, 420), 20)]
    tasks.three_things_with_their_own_times(hand, [(at, at, end, (80, frame)) for at, end, frame in moved])
    assert [one["keys"][-1]["frame"] for one in editor.layers] == [40, 60, 20]
    assert all(len(one["keys"]) == 2 for one in editor.layers)
    look(editor, artefacts, "2_times", 40)
    assert hand.actions == 9


def test_a_thing_is_scaled_and_turned_in_three(begin: Any, artefacts: Path) -> None:
    editor, hand = begin()
    tasks.a_thing_is_scaled_and_turned(hand, BOX, 1.5, 45)
    key = editor.layers[0]["keys"][-1]
    assert key["scale"] == pytest.approx(1.5, abs=0.05) and key["rotate"] == pytest.approx(45, abs=3)
    look(editor, artefacts, "3_scaled")
    assert hand.actions == 3


def test_a_camera_pushes_in_past_a_pinned_thing_in_six(begin: Any, artefacts: Path) -> None:
    editor, hand = begin()
    # What is seen at the end is half of it.
    tasks.a_camera_pushes_in_past_a_pinned_thing(hand, BALL, (208, 120))
    assert editor.document["camera"]["keys"][-1]["zoom"] == pytest.approx(2, abs=0.05)
    ways = editor.js("""state.doc.layers.map((_, i) => {
        const { xy, first, count } = state.sampled, n = first[i];
        return Math.hypot(xy[2 * (80 * count + n)] - xy[2 * n], xy[2 * (80 * count + n) + 1] - xy[2 * n + 1]);
    })""")
    assert [one["type"] for one in editor.layers] == ["anchors", "region"]
    assert editor.layers[1]["pinned"] is True
    assert ways[0] > 100 and ways[1] < 0.01, "the picture comes nearer, the thing stays at its place"
    editor.press("t")
    look(editor, artefacts, "4_camera")
    assert hand.actions == 6


def test_coordinates_of_another_editor_are_pasted_in_two(begin: Any, artefacts: Path) -> None:
    editor, hand = begin(document=document())
    tasks.coordinates_are_pasted(hand, [(100 + 4 * f, 240 - f) for f in range(81)])
    xy = editor.js("[80, 0].map((f) => [state.sampled.xy[2 * f], state.sampled.xy[2 * f + 1]])")
    assert xy == [pytest.approx([420, 160], abs=0.6), pytest.approx([100, 240], abs=0.6)]
    look(editor, artefacts, "5_pasted")
    assert hand.actions == 2
