"""The footer's verdict looks at the picture: what it says of a drawing that would go wrong, and the one press that mends it."""

# Scripts for the page keep their own lines.
# ruff: noqa: E501

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from bare_documents import document, path_layer

Open = Callable[..., "object"]

BALL = [
    path_layer(id=f"b{i}", name=f"Ball {i + 1}", points=[[x / 832, y / 480], [(x + 250) / 832, y / 480]])
    for i, (x, y) in enumerate([(178, 260), (224, 268), (200, 306)])
]
ANCHORS = {
    "id": "k1",
    "type": "anchors",
    "name": "Still",
    "points": [[205 / 832, 300 / 480], [330 / 832, 280 / 480], [0.9, 0.1]],
}


@pytest.fixture
def face(tmp_path: Path) -> Path:
    import cv2

    picture = np.full((480, 832, 3), (90, 60, 40), np.uint8)
    cv2.ellipse(picture, (400, 240), (170, 204), 0, 0, 360, (140, 170, 215), -1, cv2.LINE_AA)
    path = tmp_path / "face.png"
    cv2.imwrite(str(path), picture)
    return path


def verdict(ed: object, name: str) -> None:
    """Until the picture was looked at and the footer says so."""
    ed.wait(
        f"wanMoveEditor.editor.state.found?.doc === wanMoveEditor.editor.state.doc && document.querySelector('.wme-status').classList.contains('is-{name}')"
    )


def test_a_nose_in_a_face_is_not_ready_and_one_press_mends_it(open_editor: Open, face: Path, artefacts: Path) -> None:
    ed = open_editor(
        picture=face, document=document(path_layer(name="Nose", points=[[400 / 832, 0.5], [520 / 832, 0.42]]))
    )
    verdict(ed, "warning")
    ed.page.locator(".wme-status").click()
    words = ed.page.locator(".wme-issues").inner_text()
    assert "One point on something larger" in words and "Nose is one point" in words
    ed.page.screenshot(path=artefacts / "bare_not_ready.png")
    ed.page.locator(".wme-issues").get_by_role("button", name="Move the whole thing around it").click()
    assert [(layer["type"], layer["name"]) for layer in ed.layers if layer["name"] == "Nose"] == [("region", "Nose")]
    ed.page.locator(".wme-foot").get_by_role("button", name="Fix", exact=True).click()
    verdict(ed, "ok")
    assert ed.page.locator(".wme-status").inner_text() == "Ready"
    # Nothing pins what goes with it.
    held = next(layer for layer in ed.layers if layer["type"] == "anchors")["points"]
    assert not [p for p in held if np.hypot(p[0] * 832 - 400, p[1] * 480 - 240) < 60]
    ed.press("Control+z", "Control+z")
    assert [layer["type"] for layer in ed.layers] == ["path"]


@pytest.mark.parametrize(("language", "title"), [("en", "Still points on what moves"), ("zh-CN", "移动物体上有固定点")])
def test_still_points_on_what_moves_leave_with_one_press(open_editor: Open, language: str, title: str) -> None:
    ed = open_editor(document=document(ANCHORS, *BALL), query=f"?theme=dark&lang={language}")
    verdict(ed, "warning")
    assert ed.js("state.issues.some((issue) => issue.id === 'still_in_way' && issue.count === 2)")
    ed.page.locator(".wme-status").click()
    assert title in ed.page.locator(".wme-issues").inner_text()
    ed.press("Escape")
    ed.page.locator(".wme-foot .wme-btn.is-line").click()
    verdict(ed, "ok")
    still = next(layer for layer in ed.layers if layer["id"] == "k1")
    assert [[round(v, 2) for v in p] for p in still["points"]] == [[0.9, 0.1]]


def test_ready_is_not_said_before_the_picture_was_looked_at(open_editor: Open) -> None:
    ed = open_editor(document=document({**ANCHORS, "points": [[0.9, 0.1], [0.9, 0.9]]}, *BALL))
    verdict(ed, "ok")
    ed.page.evaluate(
        """globalThis.said = []; new MutationObserver(() => said.push([document.querySelector('.wme-status').className, wanMoveEditor.editor.state.found?.doc === wanMoveEditor.editor.state.doc])).observe(document.querySelector('.wme-status'), {attributes: true, childList: true, subtree: true, characterData: true})"""
    )
    ed.js(
        "state.apply({...state.doc, layers: state.doc.layers.map((l) => l.type === 'path' ? {...l, points: l.points.map(([x, y]) => [x + 0.01, y])} : l)}, 'move')"
    )
    ed.wait("said.length > 0")
    verdict(ed, "ok")
    assert all(known for name, known in ed.page.evaluate("said") if "is-ok" in name)
    # Without a picture there is nothing to look at: the drawing alone is judged.
    bare = open_editor(picture=None, document=document({**ANCHORS, "points": [[0.9, 0.1]]}, *BALL))
    bare.wait("document.querySelector('.wme-status').classList.contains('is-ok')")
