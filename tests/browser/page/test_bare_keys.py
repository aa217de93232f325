"""The editor without a pointer: a path, a region, a thing's motion and a bar by keys alone; what is spoken; and axe-core, where it is installed."""

# Scripts for the page keep their own lines.
# ruff: noqa: E501

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from bare_documents import document, path_layer

Open = Callable[..., "object"]

REGION = {
    "id": "r1", "type": "region", "name": "Box", "color": "#ff66cc", "pivot": [0.7, 0.6],
    "polygon": [[0.62, 0.5], [0.78, 0.5], [0.78, 0.7], [0.62, 0.7]], "keys": [],
}  # fmt: skip
AXE = [os.environ.get("AXE_CORE", ""), Path(__file__).resolve().parents[3] / "node_modules" / "axe-core" / "axe.min.js"]


def spoken(ed, words: str) -> None:
    """A screen reader hears this, a moment later."""
    ed.wait(f"document.querySelector('.wme-spoken').textContent.includes({words!r})")


def arrows(ed, key: str, times: int) -> None:
    for _ in range(times):
        ed.press(key)


def test_a_path_is_drawn_by_keys(open_editor: Open) -> None:
    ed = open_editor(tool="p")
    # Empty, and nothing is picked: the crosshair begins in the middle.
    ed.press("Enter")
    spoken(ed, "50 % across, 50 % down")
    ed.press("Enter")
    arrows(ed, "Shift+ArrowRight", 3)
    arrows(ed, "ArrowUp", 5)
    ed.press("Enter")
    arrows(ed, "Shift+ArrowDown", 2)
    ed.press("Enter", "Escape")
    points = np.multiply(ed.layers[0]["points"], (832, 480))
    np.testing.assert_allclose(points, [(416, 240), (512, 220), (512, 284)], atol=0.6)
    # Escape ends the path, then the crosshair, then the selection; the page stays.
    assert ed.js("state.selection.layers.length") == 1
    ed.press("Escape", "ArrowRight")
    assert ed.js("state.frame") == 4, "without the crosshair the arrows step in time again"
    ed.press("Escape", "Escape", "Escape")
    assert ed.js("state.selection.layers.length") == 0 and ed.page.locator(".wme").is_visible()
    assert len(ed.layers) == 1


def test_a_freehand_stroke_by_keys_is_even(open_editor: Open) -> None:
    ed = open_editor(tool="d")
    ed.press("Enter", "Enter")
    arrows(ed, "Shift+ArrowRight", 4)
    ed.press("Enter")
    layer = ed.layers[0]
    np.testing.assert_allclose(np.multiply(layer["points"][-1], (832, 480)), (416 + 128, 240), atol=1)
    xy = np.array(ed.js("[...state.sampled.xy]")).reshape(81, -1)
    np.testing.assert_allclose(np.diff(xy[:, 0]), 128 / 80, atol=0.05)


def test_a_region_is_drawn_and_moved_by_keys(open_editor: Open) -> None:
    ed = open_editor(tool="r")
    ed.press("Enter", "Enter")
    for step in ("Shift+ArrowRight", "Shift+ArrowDown", "Shift+ArrowLeft"):
        arrows(ed, step, 2)
        ed.press("Enter")
    ed.press("Escape")
    (region,) = ed.layers
    corners = np.multiply(region["polygon"], (832, 480))
    np.testing.assert_allclose([corners.min(0), corners.max(0)], [(416, 240), (480, 304)], atol=1)
    # Its body is the first place that Tab finds; what is held follows the arrows and is let go where it is.
    ed.press("Tab")
    spoken(ed, "the whole of it")
    ed.press("Enter")
    spoken(ed, "Held")
    arrows(ed, "Shift+ArrowRight", 2)
    ed.press("Enter")
    (region,) = ed.layers
    assert region["keys"][-1]["frame"] == 80
    np.testing.assert_allclose(region["keys"][-1]["offset"], (64 / 832, 0), atol=0.002)
    # Taken back while it is held.
    ed.press("Enter", "Shift+ArrowDown", "Escape")
    assert ed.layers == [region]


def test_a_thing_is_pointed_at_and_moved_by_keys(open_editor: Open) -> None:
    """The ball of the picture, at (200, 280) with a radius of 50."""
    ed = open_editor(tool=None)
    ed.press("Enter")
    arrows(ed, "Shift+ArrowLeft", 7)
    ed.press("Shift+ArrowDown", "Enter")
    ed.wait("wanMoveEditor.editor.state.doc.layers.length === 1")
    outline = np.multiply(ed.layers[0]["polygon"], (832, 480))
    np.testing.assert_allclose([outline.min(0), outline.max(0)], [(150, 230), (250, 330)], atol=6)
    ed.press("Enter")
    spoken(ed, "Held")
    arrows(ed, "Shift+ArrowRight", 4)
    ed.press("Enter")
    np.testing.assert_allclose(ed.layers[0]["keys"][-1]["offset"], (128 / 832, 0), atol=0.002)


def test_handles_turn_and_scale_by_keys(open_editor: Open) -> None:
    ed = open_editor(document=document(REGION), tool="v")
    ed.press("PageDown")
    spoken(ed, "Box, Region, 1 of 1, 70 % across, 60 % down")
    ed.press("Enter", "Shift+Tab")
    spoken(ed, "Box, turn")
    ed.press("Enter")
    arrows(ed, "Shift+ArrowRight", 3)
    ed.press("Enter")
    assert ed.layers[0]["keys"][-1]["rotate"] > 20


def test_layers_and_points_are_gone_through_by_keys(open_editor: Open) -> None:
    ed = open_editor(document=document(path_layer(), REGION), tool="v")
    ed.press("PageDown")
    assert ed.js("state.selection.layers") == ["r1"]
    ed.press("PageDown", "Enter", "Tab")
    assert ed.js("state.selection.points") == [{"layer": "a1", "index": 0}]
    ed.press("Tab")
    spoken(ed, "point 2 of")
    before = ed.layers[0]["points"]
    ed.press("Enter", "Shift+ArrowUp", "Enter")
    after = ed.layers[0]["points"]
    np.testing.assert_allclose(np.subtract(after, before)[1], (0, -32 / 480), atol=1e-5)
    ed.press("Delete")
    assert len(ed.layers[0]["points"]) == len(before) - 1


def test_an_anchor_and_the_camera_by_keys(open_editor: Open) -> None:
    ed = open_editor(tool="a")
    ed.press("Enter", "Shift+ArrowLeft", "Enter", "Escape", "c")
    np.testing.assert_allclose(ed.layers[0]["points"], [[(416 - 32) / 832, 0.5]], atol=1e-3)
    ed.press("Enter", "Enter", "Shift+ArrowRight", "Enter")
    np.testing.assert_allclose(ed.document["camera"]["keys"][-1]["truck"], (32 / 832, 0), atol=1e-3)


def test_bars_and_keys_of_the_timeline_by_arrows(open_editor: Open) -> None:
    keys = [{"frame": f, "offset": [f / 800, 0], "rotate": 0, "scale": 1} for f in (0, 40, 80)]
    ed = open_editor(document=document(path_layer(start=0, end=80), {**REGION, "keys": keys}), tool="v")
    ed.js("state.selectLayers(['a1'])")
    ed.settle()
    end = ed.page.get_by_role("slider", name="ends at")
    end.focus()
    ed.press("ArrowLeft", "Shift+ArrowLeft")
    assert ed.layers[0]["end"] == 75 and end.get_attribute("aria-valuetext").startswith("75 ·")
    ed.page.get_by_role("slider", name="starts at").focus()
    arrows(ed, "ArrowRight", 2)
    ed.page.get_by_role("slider", name="the whole bar").focus()
    ed.press("Shift+ArrowRight")
    assert (ed.layers[0]["start"], ed.layers[0]["end"]) == (9, 76)
    ed.js("state.selectLayers(['r1'])")
    ed.settle()
    ed.page.get_by_role("slider", name="key 2 of 3").focus()
    # It goes up to the next key and never onto it, which would be lost.
    ed.press("ArrowRight", "End")
    assert [key["frame"] for key in ed.layers[1]["keys"]] == [0, 79, 80]
    ed.press("Delete")
    assert [key["frame"] for key in ed.layers[1]["keys"]] == [0, 80]
    playhead = ed.page.get_by_role("slider", name="Playhead")
    playhead.focus()
    ed.press("ArrowRight", "Shift+ArrowRight")
    assert ed.js("state.frame") == 5


def test_tab_comes_to_the_stage_and_shows_it(open_editor: Open) -> None:
    ed = open_editor(tool=None)
    ring = ed.page.locator(".wme-ring")
    assert not ring.is_visible()
    for _ in range(60):
        ed.press("Tab")
        if ed.page.evaluate("document.activeElement.classList.contains('wme-keys')"):
            break
    assert ring.is_visible()
    assert "crosshair" in ed.page.evaluate(
        "document.getElementById(document.activeElement.getAttribute('aria-describedby')).textContent"
    )
    ed.press("Tab")
    assert not ring.is_visible(), "the stage is no trap"
    ed.click(400, 240)
    assert not ring.is_visible(), "a pointer needs no ring"


def test_rows_of_the_list_are_gone_through_by_arrows(open_editor: Open) -> None:
    ed = open_editor(document=document(*(path_layer(id=f"a{i}", name=f"Track {i}") for i in range(30))), tool="v")
    ed.page.locator(".wme-row-name").first.focus()
    arrows(ed, "ArrowDown", 20)
    ed.press("Enter")
    assert ed.js("state.selection.layers") == ["a9"]
    assert ed.page.evaluate("document.activeElement.closest('.wme-row').getAttribute('aria-posinset')") == "21"


def test_keys_go_on_when_what_had_the_focus_is_gone(open_editor: Open) -> None:
    ed = open_editor(document=document(path_layer(), REGION), tool="v")
    resting = "document.activeElement.classList.contains('wme-keys')"
    ed.js("state.selectLayers(['r1'])")
    ed.settle()
    ed.page.get_by_role("button", name="Delete", exact=True).focus()
    ed.press("Enter")
    ed.wait(resting)
    ed.js("state.selectLayers(['a1'])")
    ed.settle()
    ed.page.get_by_role("slider", name="ends at").focus()
    ed.press("Escape")
    ed.wait(resting)
    assert [layer["id"] for layer in ed.layers] == ["a1"] and ed.js("state.selection.layers") == []
    ed.press("ArrowRight")
    assert ed.js("state.frame") == 4


def test_a_bin_only_where_a_key_is(open_editor: Open) -> None:
    keys = [{"frame": f, "offset": [0, 0], "rotate": 0, "scale": 1} for f in (0, 40)]
    ed = open_editor(document=document({**REGION, "keys": keys}), tool="v")
    ed.js("state.selectLayers(['r1'])")
    bin_ = ed.page.get_by_role("button", name="Delete this key")
    for frame, there in ((40, True), (20, False), (0, True)):
        ed.js(f"state.setFrame({frame})")
        ed.settle()
        assert bin_.is_visible() == there, frame
    ed.js("ed.setTool('camera')")
    ed.settle()
    assert not bin_.is_visible(), "no key of the camera, nothing to throw away"


SCREENS = {
    "drawn": "(ed.setTool('select'), state.selectLayers(['a1']))",
    "region": "(ed.setTool('select'), state.selectLayers(['r1']), state.setFrame(40))",
    "camera": "ed.setTool('camera')",
    "nothing": "(ed.setTool('thing'), state.deselect())",
    "issues": "document.querySelector('.wme-status').click()",
    "help": "document.querySelector('.wme-head .is-help').click()",
}


# What lies behind a press: menus, panels, questions, lists of another host. A step in the page, and the end of the wait for it.
BEHIND = {
    "clip": "document.querySelector('.wme-clip-btn').click()",
    "crop": "[...document.querySelectorAll('.wme-clip .wme-btn')].find((one) => one.querySelector('svg')).click()",
    "brush": "(ed.setTool('region'), state.deselect(), state.set('ui', {regionMode: 'brush'}))",
    "group": "(ed.setTool('select'), state.selectLayers(['a1', 'r1']))",
    "several": "state.selectLayers(['a1', 'a2'])",
    "files": "[...document.querySelectorAll('button[aria-haspopup=menu]')].find((one) => one.checkVisibility()).click()",
    "others": "document.querySelectorAll('.wme-menu .wme-item')[3].click()",
    "held": "(ed.setTool('drag'), document.querySelector('.wme-hold').click())",
}
IMPORT = """() => {
  const data = new DataTransfer();
  data.items.add(new File([JSON.stringify([[{x: 100, y: 200}, {x: 140, y: 210}]])], 'walk.json', {type: 'application/json'}));
  for (const kind of ['dragenter', 'dragover', 'drop']) document.querySelector('.wme-over').dispatchEvent(new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: data}));
}"""
HOST = """async (options) => {
  const {openEditor} = await import('./editor/editor.mjs'), theme = document.documentElement.dataset.theme;
  wanMoveEditor.destroy();
  const list = async () => [1, 2].map((id) => ({id: `${id}`, title: `wan_${id}`, seed: id, score: id / 3, prompt: 'A ball rolls', url: 'picture', kind: 'image'}));
  globalThis.wanMoveEditor = openEditor({full: true, theme, locale: document.documentElement.lang, ...options, ...(options.documentText ? {} : {takes: {list}})});
}"""


def violations(ed) -> list[str]:
    return ed.page.evaluate(
        "axe.run(document, {resultTypes: ['violations']}).then(({violations}) => violations.map((one) => `${one.impact} ${one.id}: ${one.nodes.map((node) => node.html).join(' ')}`))"
    )


def axe_script() -> str:
    script = next((Path(path) for path in AXE if path and Path(path).is_file()), None)
    if script is None:
        pytest.skip("axe-core is not installed: npm install, or name its axe.min.js in AXE_CORE")
    return script.read_text(encoding="utf-8")


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_axe_finds_nothing(open_editor: Open, theme: str, language: str) -> None:
    script = axe_script()
    ed = open_editor(document=document(path_layer(), REGION), query=f"?theme={theme}&lang={language}")
    ed.page.evaluate(script)
    for name, act in SCREENS.items():
        ed.js(act)
        ed.page.wait_for_timeout(250)
        assert violations(ed) == [], name
        ed.press("Escape")


@pytest.mark.parametrize(("size", "touch", "theme"), [((1366, 768), False, "light"), ((844, 390), True, "dark")])
def test_axe_finds_nothing_behind_a_press(open_editor: Open, size: tuple[int, int], touch: bool, theme: str) -> None:
    script = axe_script()
    drawn = document(
        path_layer(group="Birds"),
        path_layer(id="a2", name="Bird", points=[[0.2, 0.8], [0.4, 0.7]], group="Birds"),
        REGION,
    )
    ed = open_editor(document=drawn, size=size, touch=touch, query=f"?theme={theme}")
    ed.page.evaluate(script)
    # Where the panel lies over the stage it is looked at as well.
    ed.js("document.querySelector('.wme-side').classList.add('is-open')")
    for name, act in BEHIND.items():
        ed.js(f"void ({act})")
        ed.page.wait_for_timeout(250)
        assert violations(ed) == [], name
    ed.press("Escape")
    ed.page.evaluate(IMPORT)
    ed.page.locator(".wme-dialog").wait_for()
    assert violations(ed) == [], "import"
    ed.press("Escape")

    ed.page.evaluate(HOST, {})
    ed.wait("document.querySelector('.wme-veil')?.style.visibility === ''")
    assert violations(ed) == [], "nothing drawn, no picture"
    ed.js(
        "(document.querySelector('.wme-side').classList.add('is-open'), document.querySelectorAll('[role=tab]')[1].click())"
    )
    ed.page.locator(".wme-take").first.wait_for()
    for pick in ed.page.locator("[data-part=pick]").all():
        pick.click()
    ed.page.wait_for_timeout(250)
    assert violations(ed) == [], "takes"
    ed.js("document.querySelector('.wme-takes > .wme-group > .wme-btn').click()")
    assert violations(ed) == [], "two takes"
    ed.page.evaluate(HOST, {"documentText": "no drawing {"})
    ed.page.locator(".wme-fault").wait_for()
    assert violations(ed) == [], "a document that cannot be read"
