"""Groups on the timeline, by hand and by keys, in a real browser."""

from __future__ import annotations

from bare_documents import document, path_layer


def square(name, x, y, first, last):
    """A region of 80 x 80 px about (x, y) px that moves from one frame to another."""
    corners = [(x - 40, y - 40), (x + 40, y - 40), (x + 40, y + 40), (x - 40, y + 40)]
    keys = [{"frame": frame, "offset": [dx, 0], "rotate": 0, "scale": 1} for frame, dx in [(first, 0), (last, 0.1)]]
    polygon = [[cx / 832, cy / 480] for cx, cy in corners]
    return {"id": name, "type": "region", "name": name, "polygon": polygon, "pivot": [x / 832, y / 480], "keys": keys}


def group_of_three():
    """Two paths and a region, each with its own time, between two others."""
    lone = [path_layer(id=one, name=one, points=[[0.1, y], [0.2, y]]) for one, y in [("below", 0.9), ("above", 0.1)]]
    members = [
        path_layer(id="p", name="P", start=10, end=30),
        square("A", 200, 240, 20, 50),
        path_layer(id="q", name="Q", start=40, end=60),
    ]
    return document(lone[0], *({**one, "group": "Birds"} for one in members), lone[1])


def times(editor):
    return [
        [one["start"], one["end"]] if one["type"] == "path" else [key["frame"] for key in one["keys"]]
        for one in editor.layers[1:4]
    ]


def test_a_group_has_a_row_on_the_timeline_whose_bar_moves_its_layers_together(open_editor, artefacts):
    editor = open_editor(document=group_of_three(), tool="v")
    bars = editor.page.locator(".wme-scroll").bounding_box()
    per_frame = (bars["width"] - 150 - 22) / 80
    mouse = editor.page.mouse

    def drag(row, frame, by):
        x, y = bars["x"] + 150 + frame * per_frame, bars["y"] + 24 * row + 12
        mouse.move(x, y)
        mouse.down()
        mouse.move(x + by * per_frame, y, steps=6)
        mouse.up()

    # Front first: "above", then the group, then its layers. The bar goes from the first of their frames to the last.
    drag(1, 35, 12)
    assert times(editor) == [[22, 42], [32, 62], [52, 72]]
    assert sorted(editor.js("state.selection.layers")) == ["A", "p", "q"], "what is dragged is picked"
    editor.settle()
    editor.page.screenshot(path=artefacts / "many_group_timeline.png")
    # At the clip's end none is pushed nearer to another.
    drag(1, 50, 30)
    assert times(editor) == [[30, 50], [40, 70], [60, 80]]
    editor.press("Control+z")
    assert times(editor) == [[22, 42], [32, 62], [52, 72]], "one step for all of them"
    editor.press("Control+z")
    assert times(editor) == [[10, 30], [20, 50], [40, 60]]

    # Folded in the timeline it is folded in the list, and its bar still moves what is in it.
    turn = editor.page.locator(".wme-turns button")
    assert turn.get_attribute("aria-label") == "Hide its layers: Birds"
    turn.click()
    editor.settle()
    assert turn.get_attribute("aria-expanded") == "false"
    assert editor.page.locator(".wme-row[data-id=A]").count() == 0
    drag(1, 30, 4)
    assert times(editor) == [[14, 34], [24, 54], [44, 64]]
    # The row below it is the next layer's now.
    editor.page.mouse.click(bars["x"] + 40, bars["y"] + 24 * 2 + 12)
    assert editor.js("state.selection.layers") == ["below"]
    # One of its layers, picked elsewhere, opens it again.
    editor.js("state.selectLayers(['A'])")
    editor.settle()
    assert turn.get_attribute("aria-expanded") == "true" and editor.page.locator(".wme-row[data-id=A]").is_visible()


def test_a_groups_bar_is_moved_by_keys(open_editor):
    editor = open_editor(document=group_of_three(), tool="v")
    turn = editor.page.locator(".wme-turns button")
    turn.focus()
    editor.press("Enter")
    editor.settle()
    assert turn.get_attribute("aria-expanded") == "false" and editor.js("document.activeElement.className").endswith(
        "wme-turn"
    )
    editor.page.locator(".wme-row[data-group=Birds] [data-part=name]").click()
    bar = editor.page.get_by_role("slider", name="Birds: its 3 layers together")
    assert [bar.get_attribute(f"aria-value{part}") for part in ("now", "max")] == ["10", "80"]
    bar.focus()
    editor.press("ArrowRight", "Shift+ArrowRight")
    editor.settle()
    assert times(editor) == [[15, 35], [25, 55], [45, 65]] and bar.get_attribute("aria-valuenow") == "15"
    editor.press("End")
    assert times(editor) == [[30, 50], [40, 70], [60, 80]]
    editor.press("Home")
    assert times(editor) == [[0, 20], [10, 40], [30, 50]]


def test_several_bars_that_meet_the_clips_end_keep_their_distance(open_editor):
    editor = open_editor(document=group_of_three(), tool="v")
    editor.js("state.selectLayers(['A', 'p', 'q'])")
    bars = editor.page.locator(".wme-scroll").bounding_box()
    per_frame = (bars["width"] - 150 - 22) / 80
    # Front first: "above", the group, then Q, A and P; by the bar of P, far to the right.
    x, y = bars["x"] + 150 + 20 * per_frame, bars["y"] + 24 * 4 + 12
    editor.page.mouse.move(x, y)
    editor.page.mouse.down()
    editor.page.mouse.move(x + 50 * per_frame, y, steps=6)
    editor.page.mouse.up()
    assert times(editor) == [[30, 50], [40, 70], [60, 80]]


def test_a_group_that_is_taken_apart_while_it_is_folded_is_seen_when_it_is_made_again(open_editor):
    editor = open_editor(document=group_of_three(), tool="v")
    turns = editor.page.locator(".wme-turns button")
    for _ in range(2):
        editor.js("state.selectLayers(['A', 'p', 'q'])")
        editor.press("Control+g")
        editor.settle()
        assert turns.count() == 1 and turns.get_attribute("aria-expanded") == "true"
        assert editor.page.locator(".wme-row.in-group").count() == 3
        turns.click()
        editor.press("Control+Shift+g")


def test_every_row_of_a_group_that_lies_in_two_places_has_an_arrow(open_editor):
    rows = [path_layer(id=one, name=one, **({"group": "Birds"} if one != "c" else {})) for one in "abcd"]
    editor = open_editor(document=document(*rows), tool="v")
    editor.settle()
    tops = editor.page.evaluate("[...document.querySelectorAll('.wme-turns button')].map((one) => one.offsetTop)")
    assert tops == [0, 24 * 3]
