"""What a person does on the editor's own page, with real mouse, wheel, keyboard and touch."""

# Scripts for the page keep their own lines.
# ruff: noqa: E501

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from bare_documents import document, path_layer

from wan_move_core.motion.document.read import parse_document
from wan_move_core.motion.evaluation.evaluate import tracks_from_document

Open = Callable[..., "object"]


@pytest.mark.every_browser
def test_first_minute_draw_watch_hold_close(open_editor: Open, artefacts: Path) -> None:
    """Without a modifier key: drag, Space, hold the rest, Done; the tracks on disk start where the hand did."""
    ed = open_editor()
    ed.drag((200, 280), (320, 180), (480, 160), (620, 220))
    (layer,) = ed.layers
    assert layer["type"] == "path" and layer["times"] is not None
    np.testing.assert_allclose(np.multiply(layer["points"][0], (832, 480)), (200, 280), atol=1)
    np.testing.assert_allclose(np.multiply(layer["points"][-1], (832, 480)), (620, 220), atol=1)
    ed.press("Space")
    ed.wait("wanMoveEditor.editor.state.playing && wanMoveEditor.editor.state.frame > 6")
    ed.settle()
    ed.page.screenshot(path=artefacts / "bare_playing.png")
    ed.press("Space")
    assert not ed.js("state.playing")
    ed.page.get_by_role("button", name="Hold the rest").click()
    anchors = next(layer for layer in ed.layers if layer["type"] == "anchors")
    assert len(anchors["points"]) > 20
    ed.page.get_by_role("button", name="Done").click()
    ed.page.wait_for_selector(".page-done")
    saved = parse_document(ed.server.job.document.read_bytes())
    xy = np.load(ed.server.job.tracks, allow_pickle=False)
    np.testing.assert_array_equal(xy[0], tracks_from_document(saved).xy.numpy())
    assert xy.shape == (1, 81, 1 + len(anchors["points"]), 2)
    assert ed.page.locator(".wme-veil").count() == 0


def test_a_stroke_keeps_the_hands_rhythm_or_its_time(open_editor: Open) -> None:
    """Slow then fast: half of the way takes most of the time. As drawn, the path ends when the hand did."""
    ed = open_editor()
    ed.page.get_by_role("radio", name="As drawn").click()
    mouse = ed.page.mouse
    mouse.move(*ed.at(200, 280))
    mouse.down()
    began = time.monotonic()
    for i in range(1, 9):
        mouse.move(*ed.at(200 + 20 * i, 280))
        time.sleep(0.15)
    slow = time.monotonic() - began
    mouse.move(*ed.at(360 + 160, 280), steps=8)
    took = time.monotonic() - began
    mouse.up()
    (layer,) = ed.layers
    assert layer["end"] == pytest.approx(took * 16, abs=4)
    xy = tracks_from_document(parse_document(json.dumps(ed.document))).xy.numpy()[:, 0, 0]
    halfway = int(np.argmax(xy >= 359)) / layer["end"]
    # An even rhythm would give a half; how much more the slow part took is this machine's affair.
    assert halfway == pytest.approx(slow / took, abs=0.2)


def test_undo_and_redo_one_step_per_gesture(open_editor: Open) -> None:
    ed = open_editor()
    states = [ed.layers]
    ed.drag((200, 280), (320, 180), (480, 160))
    states.append(ed.layers)
    ed.press("a")
    ed.click(600, 400)
    states.append(ed.layers)
    ed.press("v")
    ed.drag((200, 280), (220, 300))
    states.append(ed.layers)
    assert len({json.dumps(one) for one in states}) == 4
    for expected in reversed(states[:-1]):
        ed.press("Control+z")
        assert ed.layers == expected
    ed.press("Control+z")
    for expected in states[1:]:
        ed.press("Control+Shift+Z")
        assert ed.layers == expected


@pytest.mark.every_browser
def test_coordinates_are_right_after_wheel_zoom_and_pan(open_editor: Open) -> None:
    """The point under the pointer stays under it while zooming, and drawing lands where the picture is."""
    ed = open_editor()
    # Wheel events carry whole pixels.
    x, y = (round(v) for v in ed.at(200, 280))
    view, box = ed.js("({...state.view})"), ed.page.locator(".wme-over").bounding_box()
    under = (x - box["x"] - view["x"]) / view["scale"], (y - box["y"] - view["y"]) / view["scale"]
    ed.page.mouse.move(x, y)
    for _ in range(4):
        ed.page.mouse.wheel(0, -240)
    np.testing.assert_allclose(ed.at(*under), (x, y), atol=0.01)
    assert ed.js("state.view.scale") > 2.5
    ed.page.mouse.down(button="middle")
    ed.page.mouse.move(x + 60, y + 40, steps=3)
    ed.page.mouse.up(button="middle")
    np.testing.assert_allclose(ed.at(*under), (x + 60, y + 40), atol=0.01)
    ed.page.keyboard.down("Space")
    ed.page.mouse.down()
    ed.page.mouse.move(x, y, steps=3)
    ed.page.mouse.up()
    ed.page.keyboard.up("Space")
    np.testing.assert_allclose(ed.at(*under), (x, y), atol=0.01)
    assert not ed.js("state.playing"), "Space that panned must not play on release"
    ed.drag(under, (230, 300), (260, 310))
    np.testing.assert_allclose(np.multiply(ed.layers[0]["points"][0], (832, 480)), under, atol=0.6)
    ed.press("0")
    assert ed.js("state.view.scale") < 2


@pytest.mark.every_browser
def test_coordinates_under_a_css_scale(open_editor: Open) -> None:
    """A host may scale the page: the rect is measured, not assumed."""
    ed = open_editor()
    ed.page.evaluate(
        "document.querySelector('.wme-veil').style.cssText += ';transform: scale(0.8); transform-origin: 0 0'"
    )
    box = ed.page.locator(".wme-over").bounding_box()
    view = ed.js("({...state.view})")

    def at(x_px: float, y_px: float) -> tuple[float, float]:
        return box["x"] + (view["x"] + x_px * view["scale"]) * 0.8, box["y"] + (view["y"] + y_px * view["scale"]) * 0.8

    mouse = ed.page.mouse
    mouse.move(*at(200, 280))
    mouse.down()
    mouse.move(*at(400, 200), steps=5)
    mouse.up()
    np.testing.assert_allclose(np.multiply(ed.layers[0]["points"][-1], (832, 480)), (400, 200), atol=1.5)


@pytest.mark.every_browser
def test_keys_stay_inside(open_editor: Open) -> None:
    """Nothing the editor uses reaches the page; what the host needs (save, queue) does. The focus is a text field all along."""
    ed = open_editor()
    ed.page.evaluate(
        "globalThis.heard = []; for (const n of ['keydown', 'keyup', 'wheel', 'paste', 'copy', 'contextmenu']) addEventListener(n, (e) => heard.push(n + ':' + (e.key ?? '')))"
    )
    ed.drag((200, 280), (320, 180), (480, 160))
    ed.press(
        "Delete",
        "Backspace",
        "Control+z",
        "Control+c",
        "Control+v",
        "w",
        ".",
        "ArrowLeft",
        "m",
        "h",
        "Control+b",
        "Control+d",
        "0",
    )
    ed.page.mouse.wheel(0, 100)
    assert ed.page.evaluate("heard.filter((one) => one !== 'keyup:Control' && one !== 'keydown:Control')") == []
    assert ed.page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    ed.page.locator(".wme-tool[data-tool=pen]").click()
    assert ed.page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    ed.press("Control+Enter")
    assert "keydown:Enter" in ed.page.evaluate("heard")
    # A button reached by Tab hands its focus over as soon as Control goes down, before the host's undo can listen.
    ed.press("Tab", "Tab")
    ed.page.keyboard.down("Control")
    assert ed.page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    ed.page.keyboard.up("Control")


def test_every_control_has_a_label_and_tab_stays_inside(open_editor: Open) -> None:
    ed = open_editor(document=document(path_layer()))
    ed.press("v", "Control+a")
    ed.settle()
    nameless = ed.page.evaluate(
        """[...document.querySelectorAll('.wme button, .wme input, .wme select, .wme canvas[tabindex]')]
        .filter((one) => !(one.getAttribute('aria-label') || one.textContent.trim() || one.labels?.length)).map((one) => one.outerHTML.slice(0, 120))"""
    )
    assert nameless == []
    seen = set()
    for _ in range(30):
        ed.press("Tab")
        assert ed.page.evaluate("document.querySelector('.wme').contains(document.activeElement)")
        seen.add(
            ed.page.evaluate("document.activeElement.getAttribute('aria-label') || document.activeElement.textContent")
        )
    assert len(seen) > 15


def test_reload_in_mid_edit_brings_the_drawing_back(open_editor: Open) -> None:
    ed = open_editor()
    ed.drag((200, 280), (320, 180), (480, 160))
    before = ed.layers
    ed.page.reload()
    ed.ready()
    assert ed.layers == before and "is back" in ed.page.locator(".wme-toast").inner_text()
    ed.page.get_by_role("button", name="Done").click()
    ed.page.wait_for_selector(".page-done")
    ed.page.reload()
    ed.ready()
    assert ed.layers == before and ed.page.locator(".wme-toast").is_hidden()


@pytest.mark.every_browser
def test_pen_region_anchor_and_camera(open_editor: Open) -> None:
    ed = open_editor()
    ed.press("p")
    for point in ((100, 100), (200, 150), (300, 100)):
        ed.click(*point)
        ed.page.wait_for_timeout(20)
    ed.press("Enter")
    np.testing.assert_allclose(
        np.multiply(ed.layers[0]["points"], (832, 480)), [(100, 100), (200, 150), (300, 100)], atol=1
    )
    ed.press("r")
    ed.drag((520, 250), (640, 250), (640, 340), (520, 340), (520, 254))
    region = ed.layers[-1]
    assert region["type"] == "region" and len(region["polygon"]) >= 4
    ed.drag((580, 300), (500, 200))
    keys = ed.layers[-1]["keys"]
    assert [key["frame"] for key in keys] == [0, 80]
    np.testing.assert_allclose(np.multiply(keys[-1]["offset"], (832, 480)), (-80, -100), atol=1.5)
    ed.press("a")
    ed.click(780, 440)
    assert next(layer for layer in ed.layers if layer["type"] == "anchors")["points"]
    ed.press("c")
    ed.drag((416, 240), (499, 240))
    camera = ed.document["camera"]
    assert camera["keys"][-1]["frame"] == 80
    np.testing.assert_allclose(camera["keys"][-1]["truck"], (83 / 832, 0), atol=2e-3)


def test_polygon_by_clicks_and_brush(open_editor: Open) -> None:
    ed = open_editor()
    ed.press("r")
    for point in ((520, 250), (640, 250), (640, 340)):
        ed.click(*point)
        # Slower than a double click.
        ed.page.wait_for_timeout(410)
    ed.press("Enter")
    np.testing.assert_allclose(
        np.multiply(ed.layers[0]["polygon"], (832, 480)), [(520, 250), (640, 250), (640, 340)], atol=1
    )
    ed.js("state.select({layers: [], points: []})")
    ed.page.get_by_role("radio", name="Brush").click()
    ed.drag((150, 280), (250, 280))
    mask = ed.layers[-1]["mask"]
    # A 100 px stroke of a round brush of radius 32: 64 * 100 + pi * 32^2 px, in mask pixels of 4 px.
    cols, rows = mask["size_wh"]
    assert (cols, rows) == (208, 120)
    one = sum(mask["runs"][1::2])
    assert one == pytest.approx((64 * 100 + np.pi * 32**2) / 16, rel=0.06)
    # A second stroke apart from it adds to the same region.
    ed.drag((150, 400), (250, 400))
    assert len(ed.layers) == 2
    assert sum(ed.layers[-1]["mask"]["runs"][1::2]) == pytest.approx(2 * one, rel=0.03)


@pytest.mark.every_browser
def test_select_marquee_move_insert_and_erase(open_editor: Open) -> None:
    ed = open_editor(document=document(path_layer(), path_layer(id="a2", name="Box", points=[[0.6, 0.8], [0.9, 0.8]])))
    ed.press("v")
    ed.drag((150, 100), (650, 300))
    assert ed.js("state.selection.layers") == ["a1"]
    ed.drag((208, 240), (228, 250))
    np.testing.assert_allclose(
        np.multiply(ed.layers[0]["points"], (832, 480)), [(228, 250), (416, 120), (624, 240)], atol=1
    )
    ed.press("Control+z")
    ed.page.mouse.dblclick(*ed.at(312, 180))
    assert len(ed.layers[0]["points"]) == 4
    ed.click(312, 180, button="right")
    assert len(ed.layers[0]["points"]) == 3
    ed.click(208, 240, button="right")
    assert len(ed.layers[0]["points"]) == 2, "end points go too"


@pytest.mark.every_browser
def test_clipboard_between_two_editors(open_editor: Open) -> None:
    ed = open_editor(document=document(path_layer()))
    ed.press("v", "Control+a")
    # Firefox gives an event that a script makes a clipboard of its own.
    text = ed.page.evaluate(
        """() => { const event = new ClipboardEvent('copy', {clipboardData: new DataTransfer(), bubbles: true, cancelable: true});
            document.activeElement.dispatchEvent(event);
            return event.clipboardData.getData('text/plain'); }"""
    )
    assert json.loads(text)
    ed.page.evaluate(
        """(text) => { const data = new DataTransfer(); data.setData('text/plain', text);
        document.activeElement.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true})); }""",
        text,
    )
    assert [layer["type"] for layer in ed.layers] == ["path", "path"] and len({layer["id"] for layer in ed.layers}) == 2
