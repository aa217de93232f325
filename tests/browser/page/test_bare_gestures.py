"""A drag ends whole or not at all: Escape, a lost pointer, a window left, a closing editor, an edit that fails. And texts reach the host in order."""

# Scripts for the page keep their own lines.
# ruff: noqa: E501

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from bare_documents import document, path_layer

Open = Callable[..., "object"]

ENDS = {
    "escape": "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape', bubbles: true}))",
    "lost capture": "document.querySelector('.wme').querySelectorAll('*').forEach((one) => one.hasPointerCapture(pressed) && one.releasePointerCapture(pressed))",
    "taken away": "document.querySelector('.wme-foot').dispatchEvent(new PointerEvent('pointercancel', {pointerId: pressed, bubbles: true}))",
    "window left": "window.dispatchEvent(new Event('blur'))",
}


def held(ed: object, *points: tuple[float, float]) -> None:
    """Press at the first place of the page and move to the others, without letting go. ``pressed`` is the page's name for
    the pointer: the mouse is number 1 in Chromium and 0 in Firefox."""
    ed.page.evaluate("addEventListener('pointerdown', (event) => { globalThis.pressed = event.pointerId; }, true)")
    ed.page.mouse.move(*points[0])
    ed.page.mouse.down()
    for point in points[1:]:
        ed.page.mouse.move(*point, steps=4)


@pytest.mark.every_browser
@pytest.mark.parametrize("end", ENDS)
def test_what_ends_a_drag_undoes_it(open_editor: Open, end: str) -> None:
    """On the stage and on the timeline: document, selection and history are as before the press, and going on to move does nothing."""
    ed = open_editor(document=document(path_layer()))
    ed.press("v")
    before = ed.layers
    bar = ed.page.locator(".wme-scroll").bounding_box()
    places = {
        "stage": [ed.at(208, 240), ed.at(260, 300)],
        "timeline": [(bar["x"] + bar["width"] / 2, bar["y"] + 12), (bar["x"] + bar["width"] / 2 + 90, bar["y"] + 12)],
    }
    for name, (press, to) in places.items():
        held(ed, press, to)
        assert ed.js("state.history.inGesture"), name
        ed.page.evaluate(ENDS[end])
        ed.page.mouse.move(to[0] + 40, to[1] + 10, steps=3)
        assert ed.js("state.gesture") is None, name
        ed.page.mouse.up()
        assert ed.layers == before, name
        assert ed.js("[state.selection.layers.length, state.selection.points.length]") == [0, 0], name
        assert ed.page.get_by_role("button", name="Undo", exact=True).is_disabled(), name
    ed.drag((208, 240), (260, 300))
    assert ed.layers != before, "the next drag is whole"


def middle(ed: object, selector: str) -> tuple[float, float]:
    ed.page.locator(selector).first.scroll_into_view_if_needed()
    box = ed.page.locator(selector).first.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_escape_ends_every_drag_around_the_stage(open_editor: Open) -> None:
    """The order of layers, the easing curve, the playhead, the timeline's height: undone where there is something to undo, and the editor stays open."""
    ed = open_editor(document=document(path_layer(), path_layer(id="a2", name="Box", points=[[0.2, 0.8], [0.8, 0.8]])))
    ed.js("state.selectLayers(['a1'])")
    before, height = ed.layers, ed.page.locator(".wme-lanes").bounding_box()["height"]
    for selector, (dx, dy) in {
        ".wme-row .wme-grip": (0, 60),
        ".wme-curve": (20, -30),
        ".wme-lanes canvas": (120, 0),
        ".wme-grow": (0, -60),
    }.items():
        x, y = middle(ed, selector)
        held(ed, (x, y), (x + dx, y + dy))
        assert ed.js("state.gesture !== null"), selector
        ed.press("Escape")
        ed.page.mouse.move(x + dx, y + dy + 10)
        ed.page.mouse.up()
        assert ed.js("state.gesture === null && !ed.signal.aborted"), selector
        assert ed.layers == before and ed.js("state.selection.layers") == ["a1"], selector
    assert ed.page.locator(".wme-lanes").bounding_box()["height"] == height
    x, y = middle(ed, ".wme-row .wme-grip")
    held(ed, (x, y), (x, y + 70))
    ed.page.mouse.up()
    assert [layer["id"] for layer in ed.layers] == ["a2", "a1"]
    ed.press("Control+z")
    assert ed.layers == before


def test_a_drag_right_after_typing_a_number_is_whole(open_editor: Open) -> None:
    """The number counts, as a step of its own, and the press that leaves its field still starts a drag."""
    ed = open_editor(document=document(path_layer(), path_layer(id="a2", name="Box", points=[[0.2, 0.8], [0.8, 0.8]])))
    height = ed.page.locator(".wme-lanes").bounding_box()["height"]
    for start, (selector, (dx, dy)) in enumerate(
        {
            ".wme-curve": (20, -30),
            ".wme-lanes canvas": (120, 0),
            ".wme-grow": (0, -60),
            ".wme-row .wme-grip": (0, 70),
        }.items(),
        4,
    ):
        ed.js("state.selectLayers(['a1'])")
        number = ed.page.get_by_label("First frame of the motion")
        number.scroll_into_view_if_needed()
        number.click()
        number.fill(str(start))
        x, y = middle(ed, selector)
        before = ed.js("state.frame")
        held(ed, (x, y), (x + dx, y + dy))
        assert ed.js("state.gesture !== null"), selector
        ed.page.mouse.up()
        assert next(layer["start"] for layer in ed.layers if layer["id"] == "a1") == start, selector
        if selector == ".wme-lanes canvas":
            assert ed.js("state.frame") != before
    assert isinstance(next(layer["easing"] for layer in ed.layers if layer["id"] == "a1"), list)
    assert ed.page.locator(".wme-lanes").bounding_box()["height"] > height + 40
    assert [layer["id"] for layer in ed.layers] == ["a2", "a1"]
    ed.press("Control+z")
    assert [(layer["id"], layer["start"]) for layer in ed.layers] == [("a1", 7), ("a2", 0)]


def test_closing_in_the_middle_of_a_drag_saves_what_was_there_before(open_editor: Open) -> None:
    ed = open_editor(document=document(path_layer()))
    ed.press("v")
    before = ed.layers
    held(ed, ed.at(208, 240), ed.at(260, 300))
    ed.page.evaluate("wanMoveEditor.close()")
    ed.page.wait_for_selector(".page-done")
    assert json.loads(ed.server.job.document.read_text())["layers"] == before


def test_an_edit_that_fails_in_a_drag_is_taken_back_and_said(open_editor: Open) -> None:
    ed = open_editor(document=document(path_layer()))
    before = ed.layers
    script = "[state.begin({label: 'move'})].map((held) => [held.update((doc) => ({...doc, layers: []})), held.update(() => { throw new Error('no room'); }), held.ended])[0]"
    assert ed.js(script) == [True, False, True]
    assert "no room" in ed.page.locator(".wme-toast").inner_text()
    assert ed.layers == before and not ed.js("state.history.canUndo")
    # Playwright hands on the words of an Error in the console from Chromium alone.
    words = "no room" if ed.engine == "chromium" else "Error"
    assert [problem for problem in ed.problems if words in problem], "the console has the trace"
    ed.problems.clear()


def test_undo_brings_the_selection_back(open_editor: Open) -> None:
    ed = open_editor(document=document(path_layer(), path_layer(id="a2", points=[[0.2, 0.8], [0.8, 0.8]])))
    ed.press("v")
    ed.click(300, 384)
    assert ed.js("state.selection.layers") == ["a2"]
    ed.press("Delete")
    ed.drag((150, 60), (460, 280))
    assert ed.js("state.selection.layers") == [] and len(ed.js("state.selection.points")) == 2
    ed.press("Control+z")
    assert ed.js("state.selection.layers") == ["a2"] and ed.js("state.selection.points") == []
    ed.press("Control+Shift+Z")
    assert [layer["id"] for layer in ed.layers] == ["a1"] and ed.js("state.selection.layers") == []


DENSE = """const { addLayer, setLayer } = await import('./editor/commands/all.mjs');
const { makeDense } = await import('./editor/motion/document/dense.mjs');
const dense = (frames, count) => ({type: 'dense', tracks: makeDense({frames, count, xy: Array.from({length: frames * count * 2}, (_, i) => Math.sin(i * i) / 2 + 0.5), visible: Array(frames * count).fill(1)})});"""


def test_a_slow_text_is_never_overtaken(open_editor: Open) -> None:
    """A large imported layer takes time to pack; the edits after it wait for their turn, and the host's last text is the last edit."""
    ed = open_editor()
    names = ed.page.evaluate(
        f"""async () => {{ const {{openEditor}} = await import('./editor/editor.mjs'); {DENSE}
        const texts = [], names = (text) => JSON.parse(text).layers.map((layer) => layer.name);
        const handle = openEditor({{size_wh: [64, 64], frames: 81, onChange: (text) => texts.push(names(text))}}); const state = handle.editor.state;
        const turn = () => new Promise((done) => setTimeout(done, 1)); while (handle.element.style.visibility) await turn();
        const rename = (name) => state.apply(setLayer(state.doc, state.doc.layers[0].id, {{name}}), 'rename');
        state.apply(addLayer(state.doc, {{...dense(3000, 64), name: 'one'}}).doc, 'import'); await turn(); const waits = texts.length === 0;
        rename('two'); await turn(); rename('three'); const asked = names(await handle.getDocumentText()); await turn(); await turn();
        handle.destroy(); return [waits, texts.flat(), asked]; }}"""
    )
    assert names == [True, ["one", "two", "three"], ["three"]]


def test_a_page_that_closes_at_once_keeps_tracks_that_are_not_packed(open_editor: Open) -> None:
    ed = open_editor()
    xy = ed.page.evaluate(
        f"""async () => {{ {DENSE} const state = wanMoveEditor.editor.state;
        state.apply(addLayer(state.doc, dense(81, 2)).doc, 'import'); const xy = [...state.sampled.xy]; window.dispatchEvent(new Event('pagehide')); setTimeout(() => location.reload(), 0); return xy; }}"""
    )
    ed.page.wait_for_event("load")
    ed.ready()
    ed.wait("wanMoveEditor.editor.state.doc.layers.length === 1")
    assert ed.layers[0]["tracks"].startswith("z1:81x2:")
    assert ed.js("[...state.sampled.xy]") == pytest.approx(xy, abs=0.1)


def test_closing_while_tracks_are_packed(open_editor: Open) -> None:
    """Asked twice it tells the host once; a drag that begins meanwhile is not saved half done; an editor that is destroyed meanwhile saves nothing."""
    ed = open_editor()
    told = ed.page.evaluate(
        f"""async () => {{ const {{openEditor}} = await import('./editor/editor.mjs'); {DENSE}
        const turn = () => new Promise((done) => setTimeout(done, 1));
        const open = async () => {{ const texts = [], handle = openEditor({{size_wh: [64, 64], onClose: (text) => texts.push(JSON.parse(text).layers.map((layer) => layer.name))}});
          while (handle.element.style.visibility) await turn();
          const state = handle.editor.state; state.apply(addLayer(state.doc, {{...dense(4000, 64), name: 'whole'}}).doc, 'import'); return {{handle, state, texts}}; }};
        const twice = await open(); await Promise.all([twice.handle.close(), twice.handle.close()]);
        const dragged = await open(), closing = dragged.handle.close(); const gesture = dragged.state.begin({{label: 'rename'}});
        gesture.update((doc) => setLayer(doc, doc.layers[0].id, {{name: 'half'}})); await closing;
        const gone = await open(), late = gone.handle.close(); gone.handle.destroy(); await late;
        return [twice.texts, dragged.texts, gone.texts]; }}"""
    )
    assert told == [[["whole"]], [["whole"]], []]


def test_a_host_without_a_text_keeps_what_is_drawn(open_editor: Open) -> None:
    """A text of null is a new drawing, and the browser's storage takes what is drawn in it."""
    ed = open_editor()
    kept = ed.page.evaluate(
        f"""async () => {{ const {{openEditor}} = await import('./editor/editor.mjs'); {DENSE}
        const handle = openEditor({{documentText: null, size_wh: [64, 64], storageKey: 'none'}}), state = handle.editor.state;
        while (handle.element.style.visibility) await new Promise((done) => setTimeout(done, 1));
        state.apply(addLayer(state.doc, dense(8, 2)).doc, 'import'); window.dispatchEvent(new Event('pagehide'));
        handle.destroy(); const kept = Object.keys(localStorage).filter((key) => key.startsWith('wan-move-autosave:none'));
        return kept.length === 1 && JSON.parse(localStorage.getItem(kept[0])).text.includes('dense'); }}"""
    )
    assert kept is True
