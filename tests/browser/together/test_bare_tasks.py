"""Five tasks as a person does them, with every press, drag, key and paste counted: their number is a promise."""

from __future__ import annotations

import json

import pytest
from bare_documents import document

BALL, BOX = (200, 280), (580, 295)
"""Middles of what the scene fixture paints, px."""
STATE = "wanMoveEditor.editor.state"


class Hand:
    """What a person does, counted."""

    def __init__(self, editor):
        self.editor, self.actions = editor, 0

    def point(self, at):
        self.actions += 1
        count = len(self.editor.layers)
        self.editor.click(*at)
        self.editor.wait(f"{STATE}.doc.layers.length === {count + 1}")

    def drag(self, *places):
        self.actions += 1
        self.editor.drag(*places)

    def key(self, name):
        self.actions += 1
        self.editor.press(name)

    def button(self, **role):
        self.actions += 1
        self.editor.page.get_by_role("button", **role).first.click()

    def paste(self, text):
        self.actions += 1
        self.editor.page.evaluate(
            """(text) => { const data = new DataTransfer(); data.setData('text/plain', text);
            const how = { clipboardData: data, bubbles: true, cancelable: true };
            document.querySelector('.wme-keys').dispatchEvent(new ClipboardEvent('paste', how)); }""",
            text,
        )

    def bar_end(self, row, frame):
        """The end of a bar of the timeline, dragged to a frame."""
        self.actions += 1
        box = self.editor.page.locator(".wme-scroll").bounding_box()
        per_frame = (box["width"] - 150 - 22) / 80
        y = box["y"] + 24 * row + 12
        mouse = self.editor.page.mouse
        mouse.move(box["x"] + 150 + 80 * per_frame - 2, y)
        mouse.down()
        mouse.move(box["x"] + 150 + frame * per_frame, y, steps=6)
        mouse.up()


def look(editor, artefacts, name, frame=80):
    """At a frame, as it is judged: the draft is done, nothing floats."""
    editor.js(f"state.setFrame({frame})")
    editor.wait(f"{STATE}.found?.doc === {STATE}.doc || !{STATE}.sampled.count", 30)
    editor.settle()
    editor.page.screenshot(path=artefacts / f"task_{name}.png")


def held(editor):
    return [one for one in editor.layers if one["type"] == "anchors"]


def test_a_thing_is_turned_away_with_the_rest_held_in_three(open_editor, artefacts):
    editor = open_editor(tool=None)
    hand = Hand(editor)
    hand.point(BALL)
    hand.drag(BALL, (270, 250))
    hand.button(name="Hold the rest")
    editor.wait(f"{STATE}.doc.layers.length === 2")
    assert hand.actions <= 4
    thing = next(one for one in editor.layers if one["type"] == "region")
    assert thing["keys"][-1]["offset"] == pytest.approx([70 / 832, -30 / 480], abs=0.004)
    points = held(editor)[0]["points"]
    assert len(points) > 20
    # None of them lies on the thing.
    assert all((x * 832 - BALL[0]) ** 2 + (y * 480 - BALL[1]) ** 2 > 50**2 for x, y in points)
    look(editor, artefacts, "1_turned")
    assert hand.actions == 3


def test_three_things_have_their_own_times_in_nine(open_editor, artefacts):
    editor = open_editor(tool=None)
    hand = Hand(editor)
    # What was drawn last is the first row.
    for at, end, frame in [(BALL, (260, 180), 40), (BOX, (520, 200), 60), ((700, 400), (720, 420), 20)]:
        hand.point(at)
        hand.drag(at, end)
        hand.bar_end(0, frame)
    assert [one["keys"][-1]["frame"] for one in editor.layers] == [40, 60, 20]
    assert all(len(one["keys"]) == 2 for one in editor.layers)
    look(editor, artefacts, "2_times", 40)
    assert hand.actions == 9


def test_a_thing_is_scaled_and_turned_in_three(open_editor, artefacts):
    editor = open_editor(tool=None)
    hand = Hand(editor)
    hand.point(BOX)
    (thing,) = editor.layers
    xs, ys = ([p[k] * side for p in thing["polygon"]] for k, side in enumerate((832, 480)))
    corner = (max(xs), max(ys))
    middle = (thing["pivot"][0] * 832, thing["pivot"][1] * 480)
    hand.drag(corner, tuple(m + 1.5 * (c - m) for m, c in zip(middle, corner, strict=True)))
    up = (max(ys) - min(ys)) / 2 * 1.5 + 26 / editor.js("state.view.scale")
    hand.drag((middle[0], middle[1] - up), (middle[0] + up * 0.7071, middle[1] - up * 0.7071))
    key = editor.layers[0]["keys"][-1]
    assert key["scale"] == pytest.approx(1.5, abs=0.05) and key["rotate"] == pytest.approx(45, abs=3)
    look(editor, artefacts, "3_scaled")
    assert hand.actions == 3


def test_a_camera_pushes_in_past_a_pinned_thing_in_six(open_editor, artefacts):
    editor = open_editor(tool=None)
    hand = Hand(editor)
    hand.point(BALL)
    hand.key("c")
    # The frame's corner, towards its middle: what is seen at the end is half of it.
    hand.drag((1, 1), (208, 120))
    assert editor.document["camera"]["keys"][-1]["zoom"] == pytest.approx(2, abs=0.05)
    hand.actions += 1
    editor.page.locator(".wme-row[data-id]").first.click()
    hand.actions += 1
    editor.page.get_by_label("Pin to the screen").first.click(force=True)
    assert editor.layers[0]["pinned"] is True
    # Without points in it nothing tells the model that the picture moves.
    hand.button(name="Hold the rest")
    editor.wait(f"{STATE}.doc.layers.length === 2")
    ways = editor.js("""state.doc.layers.map((_, i) => {
        const { xy, first, count } = state.sampled, n = first[i];
        return Math.hypot(xy[2 * (80 * count + n)] - xy[2 * n], xy[2 * (80 * count + n) + 1] - xy[2 * n + 1]);
    })""")
    assert [one["type"] for one in editor.layers] == ["anchors", "region"]
    assert ways[0] > 100 and ways[1] < 0.01, "the picture comes nearer, the thing stays at its place"
    editor.press("t")
    look(editor, artefacts, "4_camera")
    assert hand.actions == 6


def test_coordinates_of_another_editor_are_pasted_in_two(open_editor, artefacts):
    editor = open_editor(document=document(), tool=None)
    hand = Hand(editor)
    hand.paste(json.dumps([[{"x": 100 + 4 * f, "y": 240 - f} for f in range(81)]]))
    editor.page.get_by_role("button", name="Add", exact=True).wait_for()
    hand.button(name="Add", exact=True)
    editor.wait(f"{STATE}.doc.layers.length === 1")
    xy = editor.js("[80, 0].map((f) => [state.sampled.xy[2 * f], state.sampled.xy[2 * f + 1]])")
    assert xy == [pytest.approx([420, 160], abs=0.6), pytest.approx([100, 240], abs=0.6)]
    look(editor, artefacts, "5_pasted")
    assert hand.actions == 2
