"""Pointing at a thing in a real browser: a click, a lasso, more and less of it, and the picture moving along."""

from __future__ import annotations

import numpy as np
import pytest

LAYERS = "wanMoveEditor.editor.state.doc.layers"
BALL = (200, 280, 50)
"""Centre and radius of the ball that the scene fixture paints, px."""


def one_thing(editor):
    editor.wait(f"{LAYERS}.length === 1")
    return editor.layers[0]


def agreement(layer, inside, size_wh=(832, 480)):
    """Common area over joint area of a region's polygon, drawn by OpenCV, and a shape."""
    import cv2

    drawn = np.zeros((size_wh[1], size_wh[0]), np.uint8)
    corners = np.array(layer["polygon"]) * size_wh
    cv2.fillPoly(drawn, [np.rint(corners * 16).astype(np.int32)], 1, cv2.LINE_8, 4)
    x, y = np.meshgrid(np.arange(size_wh[0]) + 0.5, np.arange(size_wh[1]) + 0.5)
    truth = inside(x, y)
    return (truth & (drawn > 0)).sum() / (truth | (drawn > 0)).sum()


def in_ball(x, y):
    return np.hypot(x - BALL[0], y - BALL[1]) < BALL[2]


def test_the_tool_in_the_hand_points_at_things(open_editor):
    editor = open_editor(tool=None)
    assert editor.js("state.tool") == "thing"
    editor.click(210, 290)
    layer = one_thing(editor)
    assert layer["type"] == "region" and layer["keys"] == []
    assert agreement(layer, in_ball) > 0.9
    assert editor.js("state.selection.layers") == [layer["id"]]

    # Another thing beside it: the first stays, though nothing was done with it yet.
    editor.click(580, 300)
    editor.wait(f"{LAYERS}.length === 2")
    first, second = editor.layers
    assert agreement(first, in_ball) > 0.9
    assert agreement(second, lambda x, y: (abs(x - 580) < 60) & (abs(y - 295) < 45)) > 0.9
    assert editor.js("state.selection.layers") == [second["id"]]
    editor.press("Control+z")
    assert [one["id"] for one in editor.layers] == [layer["id"]]


def test_a_thing_that_is_drawn_around_again_is_one_thing(open_editor):
    editor = open_editor(tool=None)
    editor.click(210, 290)
    first = one_thing(editor)
    around = np.linspace(0, 2 * np.pi, 25)
    editor.drag(*[(205 + 130 * np.cos(a), 280 + 120 * np.sin(a)) for a in around], steps=2)
    editor.wait(f"{LAYERS}[0].id !== {first['id']!r} || {LAYERS}[0].polygon.length !== {len(first['polygon'])}")
    assert len(editor.layers) == 1


def test_a_locked_thing_is_not_outlined_once_more(open_editor):
    editor = open_editor(tool=None)
    editor.click(210, 290)
    layer = one_thing(editor)
    editor.page.locator(".wme-row [data-part=lock]").click()
    editor.js("state.deselect()")
    editor.click(200, 280)
    editor.wait(f"wanMoveEditor.editor.state.selection.layers[0] === {layer['id']!r}")
    editor.page.wait_for_timeout(400)
    assert [one["id"] for one in editor.layers] == [layer["id"]]
    assert editor.page.get_by_text("This thing is locked").is_visible()
    # And dragging over it moves nothing.
    editor.drag((200, 280), (300, 200))
    editor.page.wait_for_timeout(400)
    assert editor.layers[0]["keys"] == []


def test_a_rough_lasso_that_ends_where_it_began(open_editor):
    editor = open_editor(tool=None)
    angles = np.linspace(0, 2 * np.pi, 25)
    editor.drag(*[(200 + 62 * np.cos(a), 278 + (68 + 6 * np.sin(3 * a)) * np.sin(a)) for a in angles], steps=2)
    assert agreement(one_thing(editor), in_ball) > 0.9


def test_shift_adds_and_alt_takes_away(open_editor):
    editor = open_editor(tool=None)
    editor.click(200, 280)
    ball = one_thing(editor)
    editor.page.keyboard.down("Shift")
    editor.click(580, 300)
    editor.page.keyboard.up("Shift")
    editor.wait(f"{LAYERS}[0].polygon.length > {len(ball['polygon'])}")

    def both(x, y):
        return in_ball(x, y) | ((abs(x - 580) < 60) & (abs(y - 295) < 45))

    added = editor.layers[0]
    assert agreement(added, both) > 0.85
    editor.page.keyboard.down("Alt")
    editor.click(580, 300)
    editor.page.keyboard.up("Alt")
    editor.wait(f"Math.max(...{LAYERS}[0].polygon.map(([x]) => x)) < 0.5")
    assert agreement(editor.layers[0], in_ball) > 0.85
    assert len(editor.layers) == 1


def test_the_thing_is_seen_moving_while_it_is_dragged(open_editor):
    editor = open_editor(tool=None)
    editor.click(200, 280)
    one_thing(editor)
    mouse = editor.page.mouse
    mouse.move(*editor.at(200, 280))
    mouse.down()
    mouse.move(*editor.at(260, 240), steps=4)
    mouse.move(*editor.at(420, 160), steps=8)
    editor.press("o")
    editor.settle()
    editor.page.wait_for_timeout(400)
    shot = editor.page.screenshot()
    import cv2

    picture = cv2.imdecode(np.frombuffer(shot, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None

    def colour(x_px, y_px):
        x, y = editor.at(x_px, y_px)
        return picture[round(y) - 4 : round(y) + 5, round(x) - 4 : round(x) + 5].reshape(-1, 3).mean(0)

    # Red where the hand holds it, and no longer where it was; the playhead stays at the first frame.
    assert colour(420, 160)[2] - colour(420, 160)[0] > 100
    assert colour(200, 280)[2] - colour(200, 280)[0] < 100
    assert editor.js("state.frame") == 0
    mouse.up()
    keys = editor.layers[0]["keys"]
    assert [key["frame"] for key in keys] == [0, 80]
    assert keys[1]["offset"] == pytest.approx([220 / 832, -120 / 480], abs=0.004)


def test_a_part_and_the_whole(open_editor):
    editor = open_editor(tool=None)
    editor.click(200, 280)
    one_thing(editor)
    area = """(() => {
        const p = wanMoveEditor.editor.state.doc.layers[0].polygon;
        return Math.abs(p.reduce((sum, [x, y], i) => {
            const [u, v] = p[(i + 1) % p.length];
            return sum + (x * v - u * y) / 2;
        }, 0));
    })()"""
    before = editor.page.evaluate(area)
    more = editor.page.locator(".wme-thing-bar button").nth(1)
    if more.is_enabled():
        editor.press("]")
        assert editor.page.evaluate(area) > 1.2 * before
        editor.press("[")
        assert editor.page.evaluate(area) == pytest.approx(before)


def test_without_a_picture_a_lasso_is_the_region(open_editor):
    editor = open_editor(picture=None, tool=None)
    editor.drag((100, 100), (200, 100), (200, 200), (100, 200), (100, 100))
    assert agreement(one_thing(editor), lambda x, y: (abs(x - 150) < 50) & (abs(y - 150) < 50)) > 0.9


def test_what_is_watched_is_watched_bare(open_editor):
    """While it plays nothing lies over the picture; O takes the drawing away at rest too."""
    editor = open_editor(tool=None)
    editor.click(200, 280)
    one_thing(editor)
    inked = """(() => {
        const c = document.querySelector('.wme-over');
        return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v, i) => i % 4 === 3 && v > 0);
    })()"""
    editor.settle()
    assert editor.page.evaluate(inked)
    editor.press("o")
    editor.settle()
    assert not editor.page.evaluate(inked)
    editor.press("o", "Space")
    editor.wait("wanMoveEditor.editor.state.playing")
    editor.settle()
    assert not editor.page.evaluate(inked)


def test_a_number_field_does_what_was_typed_or_says_what_it_can_hold(open_editor):
    editor = open_editor()
    editor.drag((300, 200), (400, 250), (500, 200))
    end = editor.page.get_by_label("Last frame of the motion")
    layer = f"{LAYERS}[0]"
    end.fill("24+8")
    end.press("Enter")
    assert editor.js("state.doc.layers[0].end") == 32 and end.input_value() == "32"
    end.press("Enter")
    assert editor.js("state.doc.layers[0].end") == 32
    end.fill("4000")
    end.press("Enter")
    assert end.get_attribute("aria-invalid") == "true"
    assert editor.page.evaluate(f"{layer}.end") == 32
    end.press("Escape")
    assert end.input_value() == "32" and end.get_attribute("aria-invalid") is None
    end.press("ArrowUp")
    assert editor.page.evaluate(f"{layer}.end") == 36
    editor.js("state.undo()")
    editor.settle()
    assert end.input_value() == "32"
    # A drag over the letter: 40 px are ten steps of half a percent.
    field = editor.page.get_by_label("x in percent")
    before = float(field.input_value())
    letter = field.locator("xpath=preceding-sibling::i").bounding_box()
    x, y = letter["x"] + letter["width"] / 2, letter["y"] + letter["height"] / 2
    editor.page.mouse.move(x, y)
    editor.page.mouse.down()
    editor.page.mouse.move(x + 40, y, steps=5)
    editor.page.mouse.up()
    assert float(field.input_value()) == pytest.approx(before + 5, abs=0.02)


def handle(editor, name):
    """Where a handle of the selected region is taken hold of, on the page."""
    place = editor.page.evaluate(
        """async (name) => {
            const loaded = performance.getEntriesByType('resource').map((one) => one.name);
            const { regionHandles } = await import(loaded.find((one) => one.endsWith('/stage/hit.mjs')));
            const { state } = wanMoveEditor.editor;
            const handles = regionHandles(state.single(), state.doc, state.view, state.frame);
            return handles.find((one) => one.handle === name).xy;
        }""",
        name,
    )
    box = editor.page.locator(".wme-over").bounding_box()
    return box["x"] + place[0], box["y"] + place[1]


@pytest.mark.parametrize("size", [(1280, 800), (1024, 640)])
def test_what_reaches_the_frame_is_turned_by_its_handle(open_editor, size):
    """Its handle would lie under the tool's bar or off the stage."""
    editor = open_editor(picture=None, tool=None, size=size)
    editor.drag((300, 2), (560, 2), (560, 300), (300, 300), (300, 4))
    one_thing(editor)
    x, y = handle(editor, "rotate")
    assert editor.page.evaluate("([x, y]) => document.elementFromPoint(x, y).className", [x, y]) == "wme-over"
    editor.page.mouse.move(x, y)
    editor.page.mouse.down()
    editor.page.mouse.move(x + 40, y + 30, steps=5)
    editor.page.mouse.up()
    key = editor.layers[0]["keys"][-1]
    assert key["rotate"] > 5 and key["offset"] == [0, 0]


@pytest.mark.parametrize("size", [(1280, 800), (390, 780)])
def test_with_a_picture_the_bar_covers_no_handle(open_editor, size):
    editor = open_editor(tool=None, size=size)
    editor.drag((200, 2), (620, 2), (620, 380), (200, 380), (200, 4))
    one_thing(editor)
    for name in ("rotate", "scale-nw", "scale-ne", "scale-se", "scale-sw"):
        place = handle(editor, name)
        assert editor.page.evaluate("([x, y]) => document.elementFromPoint(x, y).className", place) == "wme-over", name


def test_beside_the_picture_there_is_nothing_to_point_at(open_editor):
    editor = open_editor(tool=None)
    editor.click(200, 280)
    thing = one_thing(editor)
    for place in [(-20, 280), (200, -12), (850, 240)]:
        editor.js("state.selectLayers(['r1'])")
        editor.click(*place)
        editor.settle()
        assert editor.js("state.selection.layers") == []
    assert editor.layers == [thing]


def test_a_thing_that_was_never_moved_is_not_ready(open_editor):
    editor = open_editor(tool=None)
    editor.click(200, 280)
    one_thing(editor)
    editor.page.get_by_role("button", name="Hold the rest").first.click()
    status = "document.querySelector('.wme-status')"
    editor.wait("wanMoveEditor.editor.state.found?.doc === wanMoveEditor.editor.state.doc")
    editor.wait(f"{status}.textContent === 'Nothing moves yet' && !{status}.classList.contains('is-ok')")
    editor.drag((200, 280), (300, 260))
    editor.wait(f"{status}.textContent !== 'Nothing moves yet' && !{status}.textContent.startsWith('Looking')")


def test_a_full_drawing_says_so_when_a_thing_is_pointed_at(open_editor):
    from bare_documents import document, path_layer

    full = document(*[path_layer(id=f"p{n}", name=f"P{n}") for n in range(2000)])
    editor = open_editor(document=full, tool=None)
    editor.click(560, 320)
    editor.wait("document.querySelector('.wme-hint').textContent.includes('2000')")
    assert len(editor.layers) == 2000


def test_escape_leaves_the_brush_before_it_lets_go_of_the_thing(open_editor):
    editor = open_editor(tool=None)
    editor.click(200, 280)
    one_thing(editor)
    brush = editor.page.get_by_role("toolbar", name="Point at a thing").get_by_role("button").last
    brush.click()
    assert brush.get_attribute("aria-pressed") == "true"
    editor.press("Escape")
    assert brush.get_attribute("aria-pressed") == "false"
    assert editor.js("state.selection.layers") == ["r1"]


def test_the_picture_of_a_moved_thing_is_seen_bare_of_points(open_editor):
    """At a later frame too a region shows its outline; its points come with the lines."""
    editor = open_editor(tool=None)
    editor.click(200, 280)
    one_thing(editor)
    editor.drag((200, 280), (400, 260))
    editor.js("(state.selectLayers([]), state.setFrame(80))")
    inked = """() => {
        const { x, y, scale } = wanMoveEditor.editor.state.view;
        const c = document.querySelector('.wme-over'), ratio = c.width / c.clientWidth;
        const [left, top, side] = [x + 405 * scale, y + 216 * scale, 24 * scale].map((v) => Math.round(v * ratio));
        const { data } = c.getContext('2d').getImageData(left, top, side, side / 2);
        return data.filter((v, i) => i % 4 === 3 && v > 128).length;
    }"""
    editor.settle()
    assert editor.page.evaluate(inked) == 0
    editor.js("state.set('ui', { show: 'lines' })")
    editor.settle()
    assert editor.page.evaluate(inked) > 0


def test_on_a_phone_the_hint_covers_no_zoom_button(open_editor):
    editor = open_editor(tool=None, size=(390, 780), touch=True)
    editor.page.touchscreen.tap(*editor.at(200, 280))
    one_thing(editor)
    editor.wait("!document.querySelector('.wme-hint').hidden")
    hint, zoom, bar, stage = (
        editor.page.locator(f".wme-{name}").bounding_box() for name in ("hint", "zoom", "thing-bar", "over")
    )
    # Below the stage, over which the hint lies.
    assert stage["y"] < hint["y"] and hint["y"] + hint["height"] <= zoom["y"]
    assert bar["x"] >= stage["x"]
    # Held across, most of the height is the picture's.
    editor.page.set_viewport_size({"width": 780, "height": 360})
    editor.settle()
    assert editor.page.locator(".wme-over").bounding_box()["height"] > 180


def test_a_click_outside_a_part_keeps_the_part(open_editor, tmp_path):
    """What holds a part is another thing than the part: both stay, and undo gives the first one back alone."""
    import cv2

    picture = np.full((480, 832, 3), (200, 215, 220), np.uint8)
    cv2.circle(picture, (400, 240), 120, (150, 90, 40), -1, cv2.LINE_AA)
    cv2.circle(picture, (400, 240), 45, (50, 60, 220), -1, cv2.LINE_AA)
    cv2.imwrite(str(tmp_path / "target.png"), picture)
    editor = open_editor(tool=None, picture=tmp_path / "target.png")

    def inner(x, y):
        return np.hypot(x - 400, y - 240) < 45

    def outer(x, y):
        return np.hypot(x - 400, y - 240) < 120

    editor.click(400, 240)
    first = one_thing(editor)
    while agreement(first, inner) < 0.85:
        assert not editor.page.locator(".wme-thing-bar button").first.is_disabled(), "no guess is the part"
        editor.press("[")
        editor.settle()
        first = editor.layers[0]
    editor.click(490, 240)
    editor.wait(f"{LAYERS}.length === 2 || {LAYERS}[0].polygon.length !== {len(first['polygon'])}")
    assert len(editor.layers) == 2
    kept, whole = editor.layers
    assert kept == first
    assert agreement(whole, outer) > 0.85
    editor.press("Control+z")
    assert editor.layers == [first]
