"""Many things at once in a real browser: the list follows the stage, groups, copies, several as one, own motions."""
# Scripts for the page keep their own lines.
# ruff: noqa: E501

from __future__ import annotations

import json

import pytest
from bare_documents import document, path_layer

DOC = "wanMoveEditor.editor.state.doc"
LIST_TOP = "document.querySelector('.wme-layers').getBoundingClientRect()"


def square(name, x, y, **fields):
    """A region of 80 x 80 px about (x, y) px."""
    corners = [(x - 40, y - 40), (x + 40, y - 40), (x + 40, y + 40), (x - 40, y + 40)]
    return {
        "id": name,
        "type": "region",
        "name": name,
        "polygon": [[cx / 832, cy / 480] for cx, cy in corners],
        "pivot": [x / 832, y / 480],
        "keys": [],
        **fields,
    }


def moving(name, x, y, first=0, last=80, **fields):
    keys = [
        {"frame": first, "offset": [0, 0], "rotate": 0, "scale": 1},
        {"frame": last, "offset": [0.1, 0], "rotate": 0, "scale": 1},
    ]
    return square(name, x, y, keys=keys, **fields)


def many(count, **fields):
    return document(
        *(path_layer(id=f"p{i}", name=f"Path {i}", points=[[0.02 + 0.02 * i, 0.2], [0.02 + 0.02 * i, 0.8]])
          for i in range(count)),
        **fields,
    )  # fmt: skip


def in_sight(editor, selector, frame):
    """Whether an element lies within another's box."""
    return editor.page.evaluate(
        """([inner, outer]) => {
            const a = document.querySelector(inner)?.getBoundingClientRect(), b = document.querySelector(outer).getBoundingClientRect();
            return !!a && a.top >= b.top - 1 && a.bottom <= b.bottom + 1;
        }""",
        [selector, frame],
    )


def test_what_is_picked_on_the_stage_is_seen_in_the_list_and_in_the_timeline(open_editor):
    editor = open_editor(document=many(40), tool="v")
    assert not in_sight(editor, "[data-id=p3]", ".wme-layers")
    assert editor.page.evaluate("document.querySelector('.wme-scroll').scrollTop") == 0
    editor.click((0.02 + 0.06) * 832, 240)
    editor.settle()
    assert editor.js("[...state.activeIds()]") == ["p3"]
    assert in_sight(editor, "[data-id=p3]", ".wme-layers")
    # Row 36 of 40, from the top.
    top, room, row = editor.page.evaluate(
        "(() => { const s = document.querySelector('.wme-scroll'); return [s.scrollTop, s.clientHeight, 24]; })()"
    )
    assert top <= 36 * row and 37 * row <= top + room
    # What is in sight already stays where it is.
    before = editor.page.evaluate("document.querySelector('.wme-layers').scrollTop")
    editor.click((0.02 + 0.08) * 832, 240)
    editor.settle()
    assert editor.js("[...state.activeIds()]") == ["p4"]
    assert editor.page.evaluate("document.querySelector('.wme-layers').scrollTop") == before


def test_the_list_is_searched_where_there_is_much_in_it(open_editor):
    editor = open_editor(document=many(3))
    assert not editor.page.locator(".wme-find").is_visible()
    editor = open_editor(document=many(30))
    find = editor.page.locator(".wme-find")
    find.fill("path 2")
    # Front first, as far as the list has room.
    names = [name.strip() for name in editor.page.locator(".wme-row .wme-row-name").all_inner_texts()]
    assert len(names) > 4 and names == [*(f"Path {i}" for i in range(29, 19, -1)), "Path 2"][: len(names)]
    find.press("Enter")
    assert sorted(editor.js("state.selection.layers")) == sorted(["p2", *(f"p{i}" for i in range(20, 30))])
    find.fill("nothing of that name")
    assert editor.page.locator(".wme-row").count() == 0
    find.press("Escape")
    assert find.input_value() == "" and editor.page.locator(".wme-row").count() > 5


def test_groups_are_folded_hidden_locked_named_and_kept(open_editor, artefacts):
    editor = open_editor(document=many(8), tool="v")
    editor.js("state.selectLayers(['p1', 'p4', 'p6'])")
    editor.press("Control+g")
    layers = editor.layers
    assert [one["id"] for one in layers] == ["p0", "p2", "p3", "p5", "p1", "p4", "p6", "p7"]
    assert {one["id"] for one in layers if one.get("group") == "Group"} == {"p1", "p4", "p6"}
    assert editor.js("state.selection.layers") == ["p1", "p4", "p6"]
    group = editor.page.locator(".wme-row[data-group=Group]")
    editor.page.screenshot(path=artefacts / "many_group.png")

    group.locator("[data-part=turn]").click()
    assert editor.page.locator("[data-id=p4]").count() == 0
    group.hover()
    group.locator("[data-part=eye]").click()
    assert [one["id"] for one in editor.layers if not one["visible"]] == ["p1", "p4", "p6"]
    group.locator("[data-part=eye]").click()
    group.locator("[data-part=lock]").click()
    assert [one["id"] for one in editor.layers if one["locked"]] == ["p1", "p4", "p6"]
    group.locator("[data-part=lock]").click()

    if editor.counts_clicks:
        group.locator("[data-part=name]").dblclick()
    else:
        group.locator("[data-part=name]").dispatch_event("dblclick")
    editor.page.locator(".wme-row input.wme-input").fill("Birds")
    editor.page.keyboard.press("Enter")
    assert {one.get("group") for one in editor.layers} == {None, "Birds"}
    birds = editor.page.locator(".wme-row[data-group=Birds]")
    assert editor.page.locator("[data-id=p4]").count() == 0, "a new name keeps it folded"

    # What is picked on the stage opens its group.
    editor.js("state.deselect()")
    editor.click((0.02 + 0.08) * 832, 240)
    editor.settle()
    assert editor.js("[...state.activeIds()]") == ["p4"] and editor.page.locator("[data-id=p4]").is_visible()

    birds.locator("[data-part=name]").click()
    assert sorted(editor.js("state.selection.layers")) == ["p1", "p4", "p6"]
    birds.hover()
    birds.locator("[data-part=ungroup]").click()
    assert all("group" not in one for one in editor.layers)
    editor.press("Control+z")
    assert [one["id"] for one in editor.layers if one.get("group") == "Birds"] == ["p1", "p4", "p6"]


def test_a_layer_that_is_dragged_among_a_groups_layers_is_one_of_them(open_editor):
    editor = open_editor(document=many(6), tool="v")
    editor.js("state.selectLayers(['p2', 'p3'])")
    editor.press("Control+g")
    rows = editor.page.locator(".wme-row")
    assert rows.all_inner_texts()[0].strip() == "Path 5"
    boxes = [rows.nth(i).bounding_box() for i in range(7)]
    # p5, p4, the group's name, p3, p2, p1, p0: the foremost between the group's two.
    grip = rows.nth(0).locator(".wme-grip").bounding_box()
    mouse = editor.page.mouse
    mouse.move(grip["x"] + 6, grip["y"] + 15)
    mouse.down()
    mouse.move(grip["x"] + 6, boxes[4]["y"], steps=6)
    mouse.up()
    assert [one["id"] for one in editor.layers] == ["p0", "p1", "p2", "p5", "p3", "p4"]
    assert [one["id"] for one in editor.layers if one.get("group") == "Group"] == ["p2", "p5", "p3"]


@pytest.mark.parametrize(("lang", "words"), [("en", ["Cat copy", "Cat copy 2"]), ("zh", ["Cat 副本", "Cat 副本 2"])])
def test_copies_are_called_copies(open_editor, lang, words):
    editor = open_editor(document=document(path_layer(name="Cat")), tool="v", query=f"?theme=dark&lang={lang}")
    editor.js("state.selectLayers(['a1'])")
    editor.press("Control+d")
    editor.press("Control+d")
    assert [one["name"] for one in editor.layers] == ["Cat", *words]


WORDS = {"en": ("Path", "Region", "Anchors", "Hold the rest"), "zh": ("路径", "区域", "锚点", "固定其余部分")}


@pytest.mark.parametrize("lang", WORDS)
def test_what_is_drawn_is_named_in_the_pages_language(open_editor, lang):
    """And stays so: a drawing keeps the names that it has, in whatever language they are."""
    path, region, anchors, hold = WORDS[lang]
    editor = open_editor(document=document(path_layer(name="Cat")), tool="d", query=f"?theme=dark&lang={lang}")
    editor.drag((300, 300), (350, 300), (420, 330))
    editor.press("p")
    editor.click(100, 100)
    editor.press("Escape", "r")
    editor.drag((600, 100), (700, 100), (700, 200), (600, 200))
    editor.press("a")
    editor.click(60, 440)
    editor.press("t")
    editor.click(570, 300)
    editor.wait(f"{DOC}.layers.length === 6")
    editor.page.locator(".wme-hold").click()
    names = {one["id"]: one["name"] for one in editor.layers}
    assert names.pop("a1") == "Cat"
    assert sorted(names.values()) == sorted(
        [f"{path} 2", f"{path} 3", f"{region} 1", f"{region} 2", f"{anchors} 1", hold]
    )


def test_the_rest_that_a_fix_holds_is_named_in_the_pages_language(open_editor):
    editor = open_editor(document=document(moving("A", 580, 295)), tool="v", query="?theme=dark&lang=zh")
    editor.wait("document.querySelector('.wme-foot .wme-btn.is-line').checkVisibility()")
    editor.page.locator(".wme-foot .wme-btn.is-line").click()
    assert [one["name"] for one in editor.layers if one.get("role")] == ["固定其余部分"]


def test_several_are_moved_turned_and_scaled_as_one(open_editor, artefacts):
    editor = open_editor(document=document(square("A", 200, 240), square("B", 400, 240)), tool="v")
    editor.js("state.selectLayers(['A', 'B'])")
    # The box around both is 160..440 x 200..280: its lower right corner away from the middle, twice as far.
    editor.drag((440, 280), (580, 320), steps=8)
    keys = [one["keys"][-1] for one in editor.layers]
    assert [key["frame"] for key in keys] == [80, 80]
    assert keys[0]["scale"] == pytest.approx(2, abs=0.03) and keys[1]["scale"] == pytest.approx(2, abs=0.03)
    # Middles of both: 100 px from the common one, now 200.
    middles = [
        (200 + keys[0]["offset"][0] * 832, 240 + keys[0]["offset"][1] * 480),
        (400 + keys[1]["offset"][0] * 832, 240 + keys[1]["offset"][1] * 480),
    ]
    assert middles[0] == pytest.approx((100, 240), abs=4) and middles[1] == pytest.approx((500, 240), abs=4)
    editor.press("Control+z")
    assert all(one["keys"] == [] for one in editor.layers)
    assert editor.js("state.selection.layers") == ["A", "B"], "what was picked is picked after undo"

    # A quarter turn by the handle above, from straight above the middle to its right.
    editor.page.keyboard.down("Shift")
    scale = editor.js("state.view.scale")
    up = 40 + 26 / scale
    editor.drag((300, 240 - up), (300 + up, 240 - up), (300 + up, 240), steps=6)
    editor.page.keyboard.up("Shift")
    keys = [one["keys"][-1] for one in editor.layers]
    assert [key["rotate"] for key in keys] == [90, 90]
    assert 200 + keys[0]["offset"][0] * 832 == pytest.approx(300, abs=1)
    assert 240 + keys[0]["offset"][1] * 480 == pytest.approx(140, abs=1)
    editor.page.screenshot(path=artefacts / "many_turned.png")
    editor.press("Control+z", "Control+Shift+z")
    assert editor.js("state.selection.layers") == ["A", "B"] and editor.layers[0]["keys"][-1]["rotate"] == 90


def test_several_things_are_dragged_together_with_the_thing_tool(open_editor):
    editor = open_editor(document=document(square("A", 200, 240), square("B", 400, 240)), tool="t")
    editor.js("state.selectLayers(['A', 'B'])")
    editor.drag((200, 240), (250, 300))
    for one in editor.layers:
        assert one["keys"][-1]["offset"] == pytest.approx([50 / 832, 60 / 480], abs=0.004)
    assert editor.js("state.selection.layers") == ["A", "B"]


def test_several_bars_are_dragged_together_and_eased_together(open_editor):
    path = path_layer(id="p", name="P", start=20, end=50)
    editor = open_editor(document=document(moving("A", 200, 240, 10, 40), path), tool="v")
    editor.js("state.selectLayers(['A', 'p'])")
    bars = editor.page.locator(".wme-scroll").bounding_box()
    per_frame = (bars["width"] - 150 - 22) / 80
    # The path is in front, so its row is the first; taken in the middle of its bar, 8 frames to the right.
    mouse = editor.page.mouse
    x, y = bars["x"] + 150 + 30 * per_frame, bars["y"] + 12
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 8 * per_frame, y, steps=8)
    mouse.up()
    region, moved = editor.layers
    assert (moved["start"], moved["end"]) == (28, 58)
    assert [key["frame"] for key in region["keys"]] == [18, 48]
    # By the region's own bar, back again.
    mouse.move(bars["x"] + 150 + 30 * per_frame, bars["y"] + 36)
    mouse.down()
    mouse.move(bars["x"] + 150 + 22 * per_frame, bars["y"] + 36, steps=8)
    mouse.up()
    region, moved = editor.layers
    assert (moved["start"], moved["end"]) == (20, 50) and [key["frame"] for key in region["keys"]] == [10, 40]

    editor.settle()
    editor.page.locator(".wme-easings button").nth(1).click()
    assert len({json.dumps(one["easing"]) for one in editor.layers}) == 1
    assert editor.layers[0]["easing"] == "ease-in"


def test_a_straight_drag_is_two_keys_with_the_hands_rhythm(open_editor):
    editor = open_editor(tool="d")
    mouse = editor.page.mouse
    mouse.move(*editor.at(100, 200))
    mouse.down()
    # Slow, fast, slow: places of a smooth step.
    for i in range(1, 31):
        u = i / 30
        mouse.move(*editor.at(100 + 400 * (3 * u * u - 2 * u**3), 200 + 60 * (3 * u * u - 2 * u**3)))
    mouse.up()
    (layer,) = editor.layers
    assert len(layer["points"]) == 2
    assert layer["points"][0] == pytest.approx([100 / 832, 200 / 480], abs=0.003)
    assert layer["points"][1] == pytest.approx([500 / 832, 260 / 480], abs=0.003)


def test_handles_bend_a_curve(open_editor, artefacts):
    editor = open_editor(document=document(path_layer(curve="catmull-rom")), tool="v")
    editor.js("state.selectLayers(['a1'])")
    before = editor.js("[...state.sampled.xy]")
    editor.page.locator(".wme-props select").first.select_option("handles")
    handles = editor.layers[0]["handles"]
    assert len(handles) == 3 and all(len(one) == 4 for one in handles)
    after = editor.js("[...state.sampled.xy]")
    assert after == pytest.approx(before, abs=0.02), "the curve stays where it is"
    editor.settle()
    editor.page.screenshot(path=artefacts / "many_handles.png")

    middle = (0.5 * 832, 0.25 * 480)
    out = (middle[0] + handles[1][2] * 832, middle[1] + handles[1][3] * 480)
    editor.drag(out, (out[0], out[1] + 90), steps=6)
    bent = editor.layers[0]["handles"][1]
    assert bent[2:] == pytest.approx([handles[1][2], handles[1][3] + 90 / 480], abs=0.004)
    # The other side turns along.
    cross = bent[0] * 832 * bent[3] * 480 - bent[1] * 480 * bent[2] * 832
    assert abs(cross) < 40 and bent[0] * bent[2] < 0
    # Alone with Alt.
    at = (middle[0] + bent[2] * 832, middle[1] + bent[3] * 480)
    editor.page.keyboard.down("Alt")
    editor.drag(at, (at[0], at[1] - 120), steps=6)
    editor.page.keyboard.up("Alt")
    assert editor.layers[0]["handles"][1][:2] == pytest.approx(bent[:2], abs=1e-4)
    assert len(editor.layers) == 1
    editor.page.locator(".wme-props select").first.select_option("straight")
    assert "handles" not in editor.layers[0] and editor.layers[0]["curve"] == "straight"


def test_the_pen_pulls_handles_with_alt(open_editor):
    editor = open_editor(tool="p")
    editor.click(200, 240)
    mouse = editor.page.mouse
    mouse.move(*editor.at(400, 240))
    mouse.down()
    editor.page.keyboard.down("Alt")
    mouse.move(*editor.at(480, 180), steps=6)
    mouse.up()
    editor.page.keyboard.up("Alt")
    editor.press("Enter")
    (layer,) = editor.layers
    assert layer["points"][1] == pytest.approx([400 / 832, 240 / 480], abs=0.003)
    assert layer["handles"][1] == pytest.approx([-80 / 832, 60 / 480, 80 / 832, -60 / 480], abs=0.004)


def test_a_motion_is_kept_and_put_on_another_thing_of_another_drawing(open_editor, tmp_path, monkeypatch, artefacts):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    monkeypatch.setenv("APPDATA", str(tmp_path / "settings"))
    editor = open_editor(document=document(moving("A", 200, 240), square("B", 400, 240)), tool="v")
    editor.js("state.selectLayers(['A'])")
    editor.settle()
    editor.page.get_by_role("button", name="Keep this motion under a name").click()
    name = editor.page.get_by_label("Name of the motion")
    assert name.input_value() == "A"
    name.fill("Slide")
    name.press("Enter")
    editor.page.get_by_role("button", name="Slide", exact=True).wait_for()
    editor.page.screenshot(path=artefacts / "many_own_motion.png")
    kept = json.loads((tmp_path / "settings/wan-move/motions.json").read_text())
    assert [one["name"] for one in kept] == ["Slide"]

    (tmp_path / "motion.json").unlink(missing_ok=True)
    other = open_editor(document=document(square("C", 400, 240), frames=41), tool="v")
    other.js("state.selectLayers(['C'])")
    other.page.get_by_role("button", name="Slide", exact=True).click()
    keys = other.layers[0]["keys"]
    assert [(key["frame"], key["offset"]) for key in keys] == [(0, [0, 0]), (40, [0.1, 0])]
    other.page.get_by_role("button", name="Forget Slide").click()
    other.page.get_by_role("button", name="Slide", exact=True).wait_for(state="detached")
    assert json.loads((tmp_path / "settings/wan-move/motions.json").read_text()) == []
