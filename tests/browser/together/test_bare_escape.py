"""Escape takes back one thing at a time, and the keys stay with the editor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bare_documents import document
from test_bare_together import square

Open = Callable[..., Any]


def focus(ed: Any) -> str:
    return ed.page.evaluate("document.activeElement.className")


def test_in_a_field_of_a_panel_it_takes_back_what_was_typed_and_then_the_panel(open_editor: Open) -> None:
    ed = open_editor(document=document(square("A", 200, 240)))
    before = ed.document
    ed.page.locator(".wme-clip-btn").click()
    panel = ed.page.get_by_role("dialog", name="Clip")
    field = ed.page.get_by_label("Frames", exact=True)
    field.fill("33")
    ed.press("Escape")
    assert field.input_value() == "81" and panel.is_visible()
    ed.press("Escape")
    assert panel.count() == 0 and "wme-keys" in focus(ed)
    assert ed.document == before


def test_where_a_name_is_not_given_the_keys_stay_in_the_editor(open_editor: Open) -> None:
    keys = [{"frame": f, "offset": [x, 0], "rotate": 0, "scale": 1} for f, x in ((0, 0), (80, 0.1))]
    ed = open_editor(document=document(square("A", 200, 240, keys=keys)), tool="v")
    ed.js("state.selectLayers(['A'])")
    ed.settle()
    ed.page.get_by_role("button", name="Keep this motion under a name").click()
    name = ed.page.get_by_label("Name of the motion")
    assert name.input_value() == "A"
    ed.press("Escape")
    assert not name.is_visible()
    # On the page itself they would be the host's.
    assert ed.page.evaluate("document.activeElement !== document.body && !!document.activeElement.closest('.wme')")
    ed.press("Delete")
    assert ed.layers == []


def test_a_notice_and_a_hint_do_not_lie_on_each_other(open_editor: Open, tmp_path: Any) -> None:
    import cv2
    import numpy as np

    picture = np.full((600, 700, 3), (160, 130, 90), np.uint8)
    cv2.circle(picture, (300, 300), 90, (60, 70, 220), -1, cv2.LINE_AA)
    cv2.imwrite(str(tmp_path / "other.png"), picture)
    ed = open_editor(picture=tmp_path / "other.png", document=document(), tool="t")
    notice, hint = ed.page.locator(".wme-toast"), ed.page.locator(".wme-hint")
    notice.get_by_role("button").wait_for()
    ed.click(416 * 300 / 350, 240)
    hint.wait_for()
    a, b = hint.bounding_box(), notice.bounding_box()
    assert a["y"] + a["height"] <= b["y"]


def test_a_notice_does_not_lie_on_the_help(open_editor: Open) -> None:
    editor = open_editor(tool="v")
    editor.page.get_by_role("button", name="Hold the rest").click()
    editor.page.locator(".wme-toast").wait_for()
    editor.press("?")
    assert editor.page.evaluate("""() => {
        const { left, top, width, height } = document.querySelector(".wme-toast").getBoundingClientRect();
        return !!document.elementFromPoint(left + width / 2, top + height / 2).closest(".wme-sheet");
    }""")
