"""A press whose end is never told, a second button, a palm beside the pen, the pen's other end."""

# Scripts for the page keep their own lines.
# ruff: noqa: E501

from __future__ import annotations

from collections.abc import Callable

import pytest
from bare_documents import document, path_layer

Open = Callable[..., "object"]

SWALLOW = (
    "for (const name of %s) window.addEventListener(name, (event) => event.stopImmediatePropagation(), {capture: true})"
)


@pytest.mark.parametrize("swallowed", ["['pointerup']", "['pointerup', 'lostpointercapture']"])
def test_a_release_that_is_never_told_ends_the_drag_where_it_was(open_editor: Open, swallowed: str) -> None:
    """On the stage and on the timeline: what was done up to then is a step, and the pointer drags nothing more."""
    ed = open_editor(document=document(path_layer()))
    ed.press("v")
    ed.page.evaluate(SWALLOW % swallowed)
    bar = ed.page.locator(".wme-scroll").bounding_box()
    y, end = bar["y"] + 12, bar["x"] + bar["width"] - 22
    places = {
        "stage": (ed.at(208, 240), ed.at(260, 300)),
        "timeline": ((end, y), (end - 200, y)),
    }
    for name, (press, to) in places.items():
        before = ed.layers
        ed.page.mouse.move(*press)
        ed.page.mouse.down()
        ed.page.mouse.move(*to, steps=4)
        there = ed.layers
        assert there != before, name
        ed.page.mouse.up()
        ed.page.mouse.move(to[0] + 60, to[1] + 40, steps=4)
        assert ed.js("state.gesture === null && !state.history.inGesture"), name
        assert ed.layers == there, name
        ed.press("Control+z")
        assert ed.layers == before, f"{name}: one step"
    ed.press("d")
    ed.drag((300, 100), (500, 120))
    ed.page.mouse.move(*ed.at(600, 300), steps=3)
    assert len(ed.layers) == 2
    assert max(x for x, _ in ed.layers[1]["points"]) < 510 / 832, "the stroke ends where the button was let go"


def test_a_right_click_during_a_drag_leaves_it_alone(open_editor: Open) -> None:
    ed = open_editor(document=document(path_layer()))
    ed.press("v")
    before = ed.layers
    mouse = ed.page.mouse
    mouse.move(*ed.at(208, 240))
    mouse.down()
    mouse.move(*ed.at(240, 270), steps=3)
    mouse.down(button="right")
    mouse.move(*ed.at(250, 280))
    mouse.up(button="right")
    assert ed.js("state.history.inGesture")
    mouse.move(*ed.at(260, 300), steps=3)
    mouse.up()
    assert ed.js("state.gesture") is None
    assert len(ed.layers[0]["points"]) == len(before[0]["points"])
    moved = ed.layers[0]["points"][0]
    assert [moved[0] * 832, moved[1] * 480] == pytest.approx([260, 300], abs=2)
    # Let go of the left one while the right one is still down: that is its end, and no other press is told for it.
    mouse.move(*ed.at(260, 300))
    mouse.down()
    mouse.move(*ed.at(300, 320), steps=3)
    mouse.down(button="right")
    mouse.up()
    there = ed.layers
    mouse.move(*ed.at(400, 100), steps=3)
    assert ed.js("state.gesture") is None
    mouse.up(button="right")
    assert ed.layers == there
    ed.drag((300, 320), (310, 330))
    assert ed.layers != there, "the next drag is whole"


POINTER = """([kind, type, id, x, y, more]) => document.querySelector('.wme-over').dispatchEvent(new PointerEvent(kind, {
    bubbles: true, cancelable: true, pointerType: type, pointerId: id, clientX: x, clientY: y, isPrimary: true,
    button: kind === 'pointermove' ? -1 : 0, buttons: kind === 'pointerup' ? 0 : 1, ...more}))"""


def told(ed: object, kind: str, device: str, number: int, place: tuple[float, float], **more: float) -> None:
    x, y = ed.at(*place)
    ed.page.evaluate(POINTER, [f"pointer{kind}", device, number, x, y, more])


def test_a_pen_wins_over_a_resting_palm(open_editor: Open) -> None:
    ed = open_editor(document=document(path_layer()))
    ed.press("d")
    before = ed.document["layers"]
    # The palm comes first, and stays; the pen draws; the palm shifts, and a knuckle comes down too.
    told(ed, "down", "touch", 7, (600, 400))
    told(ed, "move", "touch", 7, (604, 404))
    told(ed, "down", "pen", 9, (100, 100))
    view = ed.js("JSON.stringify(state.view)")
    for step in range(1, 6):
        told(ed, "move", "pen", 9, (100 + 40 * step, 100 + 10 * step))
        told(ed, "move", "touch", 7, (604 + 8 * step, 404))
        if step == 3:
            told(ed, "down", "touch", 8, (560, 420))
    ed.page.wait_for_timeout(650)
    told(ed, "up", "pen", 9, (300, 150))
    told(ed, "up", "touch", 7, (640, 404))
    told(ed, "up", "touch", 8, (560, 420))
    layers = ed.document["layers"]
    assert layers[: len(before)] == before, "no long press of the palm took a point away"
    assert len(layers) == len(before) + 1
    xs = [x * 832 for x, _ in layers[-1]["points"]]
    assert min(xs) == pytest.approx(100, abs=3) and max(xs) == pytest.approx(300, abs=3)
    assert ed.js("JSON.stringify(state.view)") == view, "and nothing was pinched"
    # A while after the pen, fingers draw again.
    ed.page.wait_for_timeout(900)
    told(ed, "down", "touch", 11, (200, 300))
    told(ed, "move", "touch", 11, (300, 320))
    told(ed, "move", "touch", 11, (400, 330))
    told(ed, "up", "touch", 11, (400, 330))
    assert len(ed.document["layers"]) == len(before) + 2


def test_the_pens_other_end_erases(open_editor: Open) -> None:
    """Points under it go, one step each; it draws and moves nothing."""
    ed = open_editor(document=document(path_layer(points=[[0.25, 0.5], [0.5, 0.5], [0.75, 0.5]], curve="straight")))
    ed.press("d")
    eraser = {"buttons": 32}
    told(ed, "down", "pen", 5, (416, 240), button=5, **eraser)
    told(ed, "move", "pen", 5, (500, 240), **eraser)
    assert [round(x, 2) for x, _ in ed.layers[0]["points"]] == [0.25, 0.75]
    for x in (560, 600, 624):
        told(ed, "move", "pen", 5, (x, 240), **eraser)
    told(ed, "up", "pen", 5, (624, 240), button=5)
    assert len(ed.layers) == 1
    assert [round(x, 2) for x, _ in ed.layers[0]["points"]] == [0.25]
    ed.press("Control+z")
    assert len(ed.layers[0]["points"]) == 2
    assert ed.js("state.gesture") is None


def test_the_camera_shows_no_handle_that_it_would_not_take(open_editor):
    """A region's handles beside the camera's frame would be pressed in vain; corners point along their own line."""
    editor = open_editor(tool=None)
    editor.click(200, 280)
    editor.wait("wanMoveEditor.editor.state.doc.layers.length === 1")
    layer = editor.layers[0]
    right = max(x for x, _ in layer["polygon"]) * 832
    top = min(y for _, y in layer["polygon"]) * 480

    def white_at(x_px, y_px):
        return editor.page.evaluate(
            """([x, y]) => { const over = document.querySelector('.wme-over'), ratio = over.width / over.clientWidth;
            const { data } = over.getContext('2d').getImageData(x * ratio, y * ratio, 1, 1); return Math.min(...data) > 200; }""",
            [v - origin for v, origin in zip(editor.at(x_px, y_px), (box["x"], box["y"]), strict=True)],
        )

    box = editor.page.locator(".wme-over").bounding_box()
    editor.settle()
    assert white_at(right, top)
    editor.press("c")
    editor.settle()
    assert not white_at(right, top)
    cursors = []
    for x, y in ((0, 0), (832, 0), (832, 480), (0, 480), (416, 240)):
        editor.page.mouse.move(*editor.at(x, y))
        editor.settle()
        cursors.append(editor.page.locator(".wme-over").evaluate("(over) => getComputedStyle(over).cursor"))
    assert cursors == ["nwse-resize", "nesw-resize", "nwse-resize", "nesw-resize", "move"]


def test_a_notice_does_not_undo_what_was_done_after_it(open_editor):
    editor = open_editor(tool=None)
    editor.click(200, 280)
    editor.wait("wanMoveEditor.editor.state.doc.layers.length === 1")
    editor.drag((200, 280), (420, 200))
    editor.page.locator(".wme-hold").click()
    toast = editor.page.locator(".wme-toast")
    toast.get_by_role("button", name="Undo").wait_for()
    editor.press("c")
    editor.page.get_by_role("button", name="Push in").click()
    assert editor.document["camera"]["keys"]
    assert toast.is_hidden()
