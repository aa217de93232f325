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


def test_a_cancelled_pointer_leaves_nothing_behind(open_editor: Open) -> None:
    ed = open_editor(document=document(path_layer()))
    ed.press("v", "Control+a")
    before = ed.document
    ed.page.mouse.move(*ed.at(208, 240))
    ed.page.mouse.down()
    ed.page.mouse.move(*ed.at(300, 300), steps=3)
    ed.page.evaluate(
        "document.querySelector('.wme-over').dispatchEvent(new PointerEvent('pointercancel', {pointerId: 1, bubbles: true}))"
    )
    ed.page.mouse.up()
    assert ed.document == before
    ed.page.mouse.move(*ed.at(400, 300))
    assert ed.document == before
