"""The timeline, the checker, and fingers on the editor's own page."""

# Scripts for the page keep their own lines.
# ruff: noqa: E501

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from bare_documents import document, path_layer

Open = Callable[..., "object"]


def test_timeline_bar_and_scrub(open_editor: Open) -> None:
    ed = open_editor(document=document(path_layer()))
    box = ed.page.locator(".wme-scroll").bounding_box()
    gutter, right = 150, 22
    per_frame = (box["width"] - gutter - right) / 80

    def x(frame: float) -> float:
        return box["x"] + gutter + frame * per_frame

    y = box["y"] + 12
    ed.page.mouse.move(x(80), y)
    ed.page.mouse.down()
    ed.page.mouse.move(x(40), y, steps=4)
    ed.page.mouse.up()
    assert (ed.layers[0]["start"], ed.layers[0]["end"]) == (0, 40)
    ed.page.mouse.move(x(20), y)
    ed.page.mouse.down()
    ed.page.mouse.move(x(30), y, steps=4)
    ed.page.mouse.up()
    assert (ed.layers[0]["start"], ed.layers[0]["end"]) == (10, 50)
    ed.page.mouse.click(x(30), box["y"] - 12)
    assert ed.js("state.frame") == 30
    ed.press("ArrowRight")
    assert ed.js("state.frame") == 32
    ed.press("Shift+ArrowLeft")
    assert ed.js("state.frame") == 31
    ed.press("h")
    assert ed.layers[0]["hidden"] == [[31, 80]]


def test_checker_says_and_mends(open_editor: Open) -> None:
    ed = open_editor(document=document(path_layer(hidden=[[0, 3]])))
    status = ed.page.locator(".wme-status")
    status.click()
    assert "Hidden at the first frame" in ed.page.locator(".wme-issues").inner_text()
    ed.press("Escape")
    ed.page.locator(".wme-foot").get_by_role("button", name="Fix", exact=True).click()
    ed.wait("!wanMoveEditor.editor.state.issues.some((issue) => issue.severity === 'error')")
    ed.wait("document.querySelector('.wme-status').classList.contains('is-ok')")
    assert status.inner_text() == "Ready"


def test_two_fingers_zoom_and_one_draws(open_editor: Open, artefacts: Path) -> None:
    ed = open_editor(touch=True, size=(1024, 768))
    if ed.engine != "chromium":
        pytest.skip("two fingers can be laid on Chromium's page only")
    session = ed.page.context.new_cdp_session(ed.page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        session.send(
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]},
        )

    def path(*points_px: tuple[float, float]) -> None:
        points = [ed.at(*point) for point in points_px]
        touch("touchStart", points[0])
        for point in points[1:]:
            touch("touchMove", point)
        touch("touchEnd")

    path((200, 280), (240, 260), (300, 220), (400, 200))
    assert len(ed.layers) == 1
    centre = ed.at(400, 240)
    before = ed.js("state.view.scale")
    a, b = (centre[0] - 50, centre[1]), (centre[0] + 50, centre[1])
    touch("touchStart", a)
    touch("touchStart", a, b)
    for i in range(1, 6):
        touch("touchMove", (a[0] - 10 * i, a[1]), (b[0] + 10 * i, b[1]))
    touch("touchEnd")
    assert ed.js("state.view.scale") == pytest.approx(before * 2, rel=0.02)
    np.testing.assert_allclose(ed.at(400, 240), centre, atol=1)
    assert len(ed.layers) == 1, "two fingers draw nothing"
    ed.press("0", "v")
    point = ed.at(*np.multiply(ed.layers[0]["points"][0], (832, 480)))
    count = len(ed.layers[0]["points"])
    touch("touchStart", point)
    ed.page.wait_for_timeout(700)
    touch("touchEnd")
    assert len(ed.layers[0]["points"]) == count - 1, "a long press deletes a point"
    assert ed.page.evaluate("getComputedStyle(document.querySelector('.wme-stage')).touchAction") == "none"
    ed.page.screenshot(path=artefacts / "bare_touch.png")


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_on_a_tablet_the_picture_has_the_room_and_no_words_name_keys(open_editor: Open, language: str) -> None:
    ed = open_editor(touch=True, size=(1024, 768), tool=None, query=f"?theme=dark&lang={language}")
    width, height = ed.js("[832 * state.view.scale, 480 * state.view.scale]")
    assert width * height > 0.4 * 1024 * 768, "most of the screen that the shape allows"
    panel = ed.page.locator(".wme-side")
    assert not panel.is_visible()
    keys = ("Space", "Shift", "Alt", "Enter", "Esc", "[", "空格", "按 Enter")

    def words() -> str:
        # What only a screen reader hears is about keys.
        return ed.page.locator(".wme").inner_text().replace(ed.page.locator("#wme-how").inner_text(), "")

    for tool in ("thing", "select", "drag", "pen", "region", "anchor", "camera"):
        ed.js(f"ed.setTool('{tool}')")
        assert not any(key in words() for key in keys), tool
    ed.page.locator(".wme-side-toggle").click()
    panel.wait_for(state="visible")
    assert not any(key in words() for key in keys)
    ed.page.locator(".wme-head .is-help").click()
    sheet = ed.page.locator(".wme-help")
    assert sheet.locator(".wme-kbd").count() == 0 and sheet.locator(".wme-keysgrid div").count() >= 4


@pytest.mark.parametrize("size", [(1280, 640), (390, 844), (844, 390), (1024, 640)])
def test_every_tool_is_whole_on_small_screens(open_editor: Open, size: tuple[int, int]) -> None:
    ed = open_editor(touch=size[0] < 1000, size=size)
    hidden = ed.page.evaluate(
        """(() => { const rail = document.querySelector('.wme-tools').getBoundingClientRect();
          return [...document.querySelectorAll('.wme-tools button')].filter((one) => { const box = one.getBoundingClientRect(); return box.left < rail.left - 1 || box.right > rail.right + 1 || box.top < rail.top - 1 || box.bottom > rail.bottom + 1; }).map((one) => one.textContent); })()"""
    )
    assert hidden == []
    for part in (".wme-head .is-main", ".wme-play", ".wme-status"):
        box = ed.page.locator(part).bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= size[0] and box["y"] + box["height"] <= size[1] + 0.5


def test_a_cancelled_pointer_leaves_nothing_behind(open_editor: Open) -> None:
    ed = open_editor(document=document(path_layer()))
    ed.press("v", "Control+a")
    before = ed.document
    # The mouse is pointer 1 in Chromium and 0 in Firefox.
    ed.page.evaluate("addEventListener('pointerdown', (event) => { globalThis.held = event.pointerId; }, true)")
    ed.page.mouse.move(*ed.at(208, 240))
    ed.page.mouse.down()
    ed.page.mouse.move(*ed.at(300, 300), steps=3)
    ed.page.evaluate(
        "document.querySelector('.wme-over').dispatchEvent(new PointerEvent('pointercancel', {pointerId: held, bubbles: true}))"
    )
    ed.page.mouse.up()
    assert ed.document == before
    ed.page.mouse.move(*ed.at(400, 300))
    assert ed.document == before
