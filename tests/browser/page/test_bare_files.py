"""Files of every kind on the editor's own page: hostile, huge, unreadable, dropped; and what hosts mount beside it."""

# Scripts for the page keep their own lines.
# ruff: noqa: E501

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from bare_documents import document, path_layer

from wan_move_core.motion.document.read import parse_document
from wan_move_core.motion.evaluation.evaluate import tracks_from_document

Open = Callable[..., "object"]


HOSTILE = "<img src=x onerror=globalThis.pwned=1><script>globalThis.pwned=1</script>"


def test_hostile_names_stay_text(open_editor: Open, tmp_path: Path) -> None:
    ed = open_editor(
        document=document(
            path_layer(name=HOSTILE, hidden=[[0, 1]]),
            path_layer(id="x" * 60, name="\u202eevil\u0000", color="red;background:url(x)"),
        )
    )
    if ed.js("state.readOnly"):
        pytest.fail(ed.page.locator(".wme-fault").inner_text())
    ed.page.locator(".wme-row-name").first.click()
    ed.page.locator(".wme-status").click()
    ed.settle()
    assert HOSTILE in ed.page.locator(".wme-layers").inner_text()
    assert ed.page.evaluate(
        "globalThis.pwned === undefined && document.querySelectorAll('.wme img, .wme script').length === 0"
    )


@pytest.mark.parametrize(
    "text", ["{ not json", HOSTILE, '{"version":99,"layers":[]}', document(path_layer(points=[[None, 1]]))]
)
def test_an_unreadable_document_is_shown_and_kept(open_editor: Open, text: str) -> None:
    ed = open_editor(document=text)
    assert ed.js("state.readOnly") and ed.page.locator(".wme-fault-text").inner_text().strip() == text
    assert ed.page.evaluate("wanMoveEditor.getDocumentText()") == text
    ed.page.get_by_role("button", name="Done").click()
    ed.wait("!document.querySelector('.wme-veil')")
    assert ed.server.job.document.read_text(encoding="utf-8") == text
    assert ed.page.evaluate("globalThis.pwned === undefined")


def walk(rng: np.random.Generator, count: int) -> list[list[float]]:
    """A hand's path: short steps from anywhere."""
    return np.clip(rng.uniform(0.1, 0.9, 2) + np.cumsum(rng.normal(0, 0.008, (count, 2)), 0), 0, 1).round(4).tolist()


def test_ten_thousand_points(open_editor: Open) -> None:
    rng = np.random.default_rng(3)
    layers = [path_layer(id=f"p{i}", name=f"Track {i}", points=walk(rng, 50)) for i in range(200)]
    ed = open_editor(document=document(*layers))
    assert ed.js("state.sampled.count") == 200
    rows = ed.page.locator(".wme-row").count()
    assert rows < 60, "only the rows in sight exist"
    ed.press("v")
    ed.page.mouse.move(*ed.at(400, 240))
    ed.page.mouse.wheel(0, -400)
    ed.press("Control+a", "Delete", "Control+z")
    assert len(ed.layers) == 200


def test_a_document_of_five_megabytes(open_editor: Open) -> None:
    rng = np.random.default_rng(4)
    layers = [
        path_layer(id=f"p{i}", name="n" * 200, points=rng.uniform(0, 1, (60, 2)).round(6).tolist()) for i in range(60)
    ]
    text = document(*layers)
    text = document(*layers, note="x" * (5_000_000 - len(text) - 60))
    assert 4_990_000 < len(text) <= 5_000_000
    ed = open_editor(document=text)
    assert not ed.js("state.readOnly"), ed.page.locator(".wme-fault .wme-bad").inner_text()
    assert len(ed.layers) == 60 and ed.js("state.sampled.count") == 60
    over = open_editor(document=text + " " * 200, wait=True)
    assert over.js("state.readOnly")


def test_a_picture_of_12000_px(open_editor: Open, tmp_path: Path) -> None:
    import cv2

    picture = np.zeros((1500, 12000, 3), np.uint8)
    picture[:, 6000:] = (40, 160, 220)
    cv2.imwrite(str(tmp_path / "large.png"), picture, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    ed = open_editor(picture=tmp_path / "large.png", size_wh=(832, 480))
    assert ed.js("state.picture.size_wh") == [12000, 1500]
    assert max(ed.js("[state.picture.shown.width, state.picture.fitted.width]")) <= 2560
    ed.drag((200, 280), (320, 180), (480, 160))
    assert ed.document["picture"]["size_wh"] == [12000, 1500] and len(ed.layers) == 1


def test_drop_a_picture_then_a_file_of_tracks(open_editor: Open, scene: Path) -> None:
    """A dropped picture decides the frame of an empty drawing; a coordinate file becomes layers after one question."""
    import base64

    ed = open_editor(picture=None)
    assert ed.page.locator(".wme-blank").is_visible()
    drop = """([name, type, base64]) => { const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)); const data = new DataTransfer();
      data.items.add(new File([bytes], name, {type})); const target = document.querySelector('.wme-over');
      for (const kind of ['dragenter', 'dragover', 'drop']) target.dispatchEvent(new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true})); }"""
    ed.page.evaluate(drop, ["scene.png", "image/png", base64.b64encode(scene.read_bytes()).decode()])
    ed.wait("wanMoveEditor.editor.state.picture")
    assert ed.document["picture"]["ref"]["filename"] == "scene.png" and ed.page.locator(".wme-blank").is_hidden()
    tracks = [[{"x": 100 + f, "y": 200} for f in range(81)], [{"x": 700, "y": 100 + f} for f in range(81)]]
    ed.page.evaluate(drop, ["a.json", "application/json", base64.b64encode(json.dumps(tracks).encode()).decode()])
    ed.page.get_by_role("button", name="Add", exact=True).click()
    ed.wait("wanMoveEditor.editor.state.sampled.count === 2")
    xy = tracks_from_document(parse_document(json.dumps(ed.document))).xy.numpy()
    np.testing.assert_allclose(xy[-1], [(180, 200), (700, 180)], atol=0.6)


def test_closing_leaves_no_listener_and_no_element(open_editor: Open) -> None:
    ed = open_editor()
    before = ed.page.evaluate("document.body.children.length")
    left = ed.page.evaluate(
        """async () => { const {openEditor} = await import('./editor/editor.mjs'); const added = new Map();
        for (const target of [window, document, document.body]) { const add = target.addEventListener, remove = target.removeEventListener;
          target.addEventListener = function (name, handler, options) { if (!options?.signal) added.set(handler, name); return add.call(this, name, handler, options); };
          target.removeEventListener = function (name, handler, options) { added.delete(handler); return remove.call(this, name, handler, options); }; }
        const handle = openEditor({size_wh: [64, 64], frames: 5}); await new Promise((done) => setTimeout(done, 60)); await handle.close();
        return [[...added.values()], document.querySelectorAll('.wme-veil').length, handle.editor.signal.aborted]; }"""
    )
    assert left == [[], 1, True]
    assert ed.page.evaluate("document.body.children.length") == before


def test_thumbnail_plays_only_while_asked(open_editor: Open) -> None:
    ed = open_editor(document=document(path_layer()))
    shots = ed.page.evaluate(
        """async () => { const {createThumbnail} = await import('./editor/editor.mjs'); const box = document.createElement('div');
        box.style.cssText = 'position:fixed;left:0;top:0;width:320px;height:200px;z-index:999999'; document.body.append(box);
        const thumb = createThumbnail({documentText: await wanMoveEditor.getDocumentText(), theme: 'dark'}); box.append(thumb.element);
        await thumb.setPicture({url: 'picture'}); const wait = (ms) => new Promise((done) => setTimeout(done, ms));
        const look = () => thumb.element.querySelectorAll('canvas')[1].toDataURL().length + thumb.element.querySelectorAll('canvas')[1].toDataURL();
        await wait(150); const rest = look(); await wait(200); const still = look() === rest;
        thumb.play(); await wait(350); const a = look(); await wait(400); const moves = look() !== a && a !== rest;
        thumb.pause(); await wait(150); const back = look() === rest;
        thumb.setDocument('{ broken'); await wait(100); const says = thumb.element.textContent; const text = thumb.element.querySelector('img, script');
        thumb.destroy(); const gone = !box.firstChild; box.remove(); return {still, moves, back, says, markup: !!text, gone}; }"""
    )
    assert shots.pop("says")
    assert shots == {"still": True, "moves": True, "back": True, "markup": False, "gone": True}


def test_takes_open_their_drawing_and_compare(open_editor: Open) -> None:
    """The tab exists where a host lists takes; a take's words stay text and a script's address is not followed."""
    ed = open_editor()
    other = document(path_layer(name="Earlier"))
    ed.page.evaluate(
        """async (text) => { const {openEditor} = await import('./editor/editor.mjs'); await wanMoveEditor.close().catch(() => {}); wanMoveEditor.destroy();
        document.querySelector('.page-done')?.remove();
        globalThis.wanMoveEditor = openEditor({full: true, size_wh: [832, 480], frames: 81, fps: 16, takes: {list: async () => [
          {id: '1', title: 'First', seed: 7, prompt: '<b>bold</b>', url: 'picture', kind: 'image', documentText: text},
          {id: '2', title: 'Second', seed: 8, url: 'javascript:alert(1)', kind: 'image'}]}}); }""",
        other,
    )
    ed.wait("document.querySelector('.wme-veil')?.style.visibility === ''")
    ed.page.get_by_role("tab", name="Takes").click()
    ed.wait("document.querySelectorAll('.wme-take').length === 2")
    assert "<b>bold</b>" in ed.page.locator(".wme-takes").inner_text()
    assert ed.page.locator(".wme-take img").count() == 1
    for button in ed.page.get_by_role("button", name="Pick").all():
        button.click()
    ed.page.get_by_role("button", name="Compare two").click()
    assert ed.page.locator(".wme-compare figure").count() == 2
    ed.press("Escape")
    ed.page.get_by_role("button", name="Open its drawing").first.click()
    assert [layer["name"] for layer in ed.layers] == ["Earlier"]
    ed.press("Control+z")
    assert ed.layers == []


def test_takes_with_scores_can_be_put_in_order(open_editor: Open) -> None:
    """A host that measures none gets no choice of order; what was picked stays picked when the order changes."""
    ed = open_editor()
    listed = [
        {"id": "1", "title": "Newest", "url": "picture", "kind": "image"},
        {"id": "2", "title": "Poor", "url": "picture", "kind": "image", "score": 0.254},
        {"id": "3", "title": "Good", "url": "picture", "kind": "image", "score": 0.9},
    ]
    ed.page.evaluate(
        """async (takes) => { const {openEditor} = await import('./editor/editor.mjs'); await wanMoveEditor.close().catch(() => {}); wanMoveEditor.destroy();
        document.querySelector('.page-done')?.remove();
        globalThis.listed = takes.slice(0, 1);
        globalThis.wanMoveEditor = openEditor({full: true, size_wh: [832, 480], frames: 81, fps: 16, takes: {list: async () => listed}}); }""",
        listed,
    )
    ed.wait("document.querySelector('.wme-veil')?.style.visibility === ''")
    cards = ed.page.locator(".wme-take")
    ed.page.get_by_role("tab", name="Takes").click()
    ed.wait("document.querySelectorAll('.wme-take').length === 1")
    assert not ed.page.get_by_role("radio", name="Best", exact=True).count()

    ed.page.evaluate("(takes) => { listed = takes; }", listed)
    ed.page.get_by_role("tab", name="Takes").click()
    ed.wait("document.querySelectorAll('.wme-take').length === 3")
    assert [words.split(" · ")[0].split("\n")[0] for words in cards.all_inner_texts()] == ["Newest", "Poor", "Good"]
    assert "score 25 %" in cards.nth(1).inner_text() and "score" not in cards.nth(0).inner_text()
    cards.nth(2).get_by_role("button", name="Pick").click()
    ed.page.get_by_role("radio", name="Best", exact=True).click()
    assert [words.split(" · ")[0].split("\n")[0] for words in cards.all_inner_texts()] == ["Good", "Poor", "Newest"]
    assert "is-picked" in (cards.nth(0).get_attribute("class") or "")
    ed.page.get_by_role("radio", name="Newest", exact=True).click()
    assert cards.nth(0).inner_text().startswith("Newest")
