"""A drawing is never lost: to a second tab, a restart, a slow save, a server that is gone, or another program."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bare_documents import document, path_layer

Open = Callable[..., Any]
STROKES = (((200, 280), (320, 180), (480, 160)), ((560, 300), (660, 340), (700, 200)), ((100, 100), (200, 60)))


def until(true: Callable[[], Any], what: str) -> None:
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end, f"never came true: {what}"
        time.sleep(0.03)


def draft(ed: Any) -> Path:
    return ed.server.store.draft_path


def kept_layers(ed: Any) -> int:
    """How many layers the draft on disk has."""
    return len(json.loads(draft(ed).read_text())["layers"]) if draft(ed).exists() else 0


def draw(ed: Any, stroke: int) -> None:
    ed.press("d")
    ed.drag(*STROKES[stroke])


def second_tab(ed: Any) -> Any:
    """Another tab of the same browser at the same address."""
    tab = type(ed)(ed.page.context.new_page(), ed.server)
    tab.page.goto(ed.server.page_url + "?theme=dark")
    tab.ready()
    return tab


def button(ed: Any, name: str) -> Any:
    return ed.page.get_by_role("button", name=name, exact=True)


def forgive(*tabs: Any) -> None:
    """The browser itself reports every refused request: here they are the point."""
    for ed in tabs:
        assert all("Failed to load resource" in problem for problem in ed.problems), ed.problems
        ed.problems.clear()


def copies(ed: Any) -> list[list[str]]:
    """The names of the layers of each copy beside the document."""
    found = sorted(ed.server.job.document.parent.glob("*.copy-*.json"))
    return [[layer["name"] for layer in json.loads(path.read_text())["layers"]] for path in found]


def stored(ed: Any) -> dict[str, Any]:
    return json.loads(ed.server.job.document.read_text())


def test_the_second_tab_goes_on_and_the_first_is_told(open_editor: Open) -> None:
    one = open_editor()
    draw(one, 0)
    until(lambda: kept_layers(one) == 1, "the drawing is kept on disk while it is drawn")
    two = second_tab(one)
    assert two.layers == one.layers and "other tab" in two.page.locator(".wme-toast").inner_text()
    one.page.wait_for_selector("dialog.page-ask[open]")
    assert "another tab" in one.page.locator(".page-ask").inner_text() and copies(one) == []
    ground = one.page.evaluate("getComputedStyle(document.querySelector('.page-ask')).backgroundColor")
    assert max(int(v) for v in re.findall(r"\d+", ground)[:3]) < 80, "dark, as the page is"
    # Nothing behind the question takes a key.
    one.page.keyboard.press("Control+z")
    one.page.keyboard.press("Escape")
    assert len(one.layers) == 1 and one.page.locator(".page-ask").is_visible()
    draw(two, 1)
    button(two, "Done").click()
    two.page.wait_for_selector(".page-done")
    assert len(stored(two)["layers"]) == 2 and not draft(two).exists()
    button(one, "Edit here").click()
    one.wait("document.querySelectorAll('.wme-veil').length === 1 && !document.querySelector('.page-ask')")
    one.wait("wanMoveEditor.editor.state.doc.layers.length === 2")
    assert copies(one) == []
    forgive(one, two)


def test_two_tabs_that_both_drew_keep_both_drawings(open_editor: Open) -> None:
    one = open_editor(document=document(path_layer(name="Stored")))
    # The first tab's drawing does not reach the disk before the second tab opens.
    full = lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device"))  # noqa: E731
    write, one.server.store.write_draft = one.server.store.write_draft, full
    draw(one, 0)
    one.page.wait_for_selector(".page-strip:not([hidden])")
    assert "No space left" in one.page.locator(".page-strip").inner_text()
    one.server.store.write_draft = write
    one.page.route("**/draft?*", lambda route: route.abort())
    two = second_tab(one)
    assert [layer["name"] for layer in two.layers] == ["Stored"]
    draw(two, 1)
    draw(two, 2)
    until(lambda: kept_layers(two) == 3, "the second tab's drawing is kept")
    one.page.wait_for_selector("dialog.page-ask[open]")
    until(lambda: len(copies(one)) == 1, "what only the first tab had is written before anything is asked")
    assert len(copies(one)[0]) == 2 and ".copy-" in one.page.locator(".page-ask").inner_text()
    one.page.unroute("**/draft?*")
    button(one, "Edit here").click()
    button(one, "Keep mine").click()
    until(lambda: len(copies(one)) == 2, "the other version is kept as well")
    assert sorted(map(len, copies(one))) == [2, 3]
    two.page.wait_for_selector("dialog.page-ask[open]")
    button(one, "Done").click()
    one.page.wait_for_selector(".page-done")
    assert len(stored(one)["layers"]) == 2
    forgive(one, two)


def changed_elsewhere(open_editor: Open) -> Any:
    ed = open_editor(document=document(path_layer(name="Stored")))
    draw(ed, 0)
    ed.server.job.document.write_text(document(path_layer(name="Other"), path_layer(id="b2", name="Other 2")))
    button(ed, "Done").click()
    ed.page.wait_for_selector("dialog.page-ask[open]")
    assert "Both versions are kept" in ed.page.locator(".page-ask").inner_text()
    assert [layer["name"] for layer in stored(ed)["layers"]] == ["Other", "Other 2"], "nothing is written unasked"
    return ed


def test_a_document_that_another_program_changed_keep_mine(open_editor: Open) -> None:
    ed = changed_elsewhere(open_editor)
    button(ed, "Keep mine").click()
    ed.page.wait_for_selector(".page-done")
    assert [layer["name"] for layer in stored(ed)["layers"]] == ["Stored", "Path 2"]
    assert copies(ed) == [["Other", "Other 2"]] and ".copy-" in ed.page.locator(".page-done").inner_text()
    forgive(ed)


def test_a_document_that_another_program_changed_take_theirs(open_editor: Open) -> None:
    ed = changed_elsewhere(open_editor)
    button(ed, "Take theirs").click()
    ed.wait(
        "document.querySelectorAll('.wme-veil').length === 1"
        " && wanMoveEditor.editor.state.doc.layers[0]?.name === 'Other'"
    )
    assert copies(ed) == [["Stored", "Path 2"]] and len(stored(ed)["layers"]) == 2
    assert ed.page.locator(".page-done").count() == 0
    forgive(ed)


def test_a_restarted_server_gives_the_unsaved_drawing_back(open_editor: Open) -> None:
    first = open_editor()
    draw(first, 0)
    until(lambda: kept_layers(first) == 1, "the drawing is on disk")
    drawn = first.layers
    first.page.context.close()
    first.server.shutdown()
    # Another browser and another port, the same document.
    again = open_editor()
    assert again.layers == drawn and "is back" in again.page.locator(".wme-toast").inner_text()
    again.press("Control+z")
    assert again.layers == []
    again.press("Control+Shift+z")
    button(again, "Done").click()
    again.page.wait_for_selector(".page-done")
    assert stored(again)["layers"] == drawn and not draft(again).exists()


def test_a_draft_over_another_document_is_offered(open_editor: Open) -> None:
    first = open_editor()
    draw(first, 0)
    until(lambda: kept_layers(first) == 1, "the drawing is on disk")
    first.page.context.close()
    again = open_editor(document=document(path_layer(name="Newer")))
    assert [layer["name"] for layer in again.layers] == ["Newer"]
    button(again, "Restore").click()
    again.wait("wanMoveEditor.editor.state.doc.layers[0].name === 'Path 1'")


def test_a_server_that_is_gone_is_said_and_the_drawing_can_be_kept(open_editor: Open) -> None:
    ed = open_editor()
    draw(ed, 0)
    ed.server.shutdown()
    ed.server.server_close()
    ed.page.wait_for_selector(".page-strip:not([hidden])")
    assert "does not answer" in ed.page.locator(".page-strip").inner_text()
    draw(ed, 1)
    with ed.expect_download() as download:
        button(ed, "Keep a copy").click()
    assert len(json.loads(Path(download.value.path()).read_text())["layers"]) == 2
    button(ed, "Done").click()
    ed.wait("document.querySelector('.wme-toast')?.innerText.includes('Not saved')")
    assert len(ed.layers) == 2 and ed.page.locator(".page-done").count() == 0
    forgive(ed)


def test_a_server_that_comes_back_gets_what_was_drawn_meanwhile(open_editor: Open) -> None:
    ed = open_editor()
    for path in ("**/draft?*", "**/state.json?*"):
        ed.page.route(path, lambda route: route.abort())
    draw(ed, 0)
    ed.page.wait_for_selector(".page-strip:not([hidden])")
    assert not draft(ed).exists()
    for path in ("**/draft?*", "**/state.json?*"):
        ed.page.unroute(path)
    ed.page.wait_for_selector(".page-strip", state="hidden")
    until(lambda: kept_layers(ed) == 1, "the drawing is sent by itself")
    forgive(ed)


def test_what_is_drawn_during_a_slow_save_is_saved_and_one_panel_says_so(open_editor: Open) -> None:
    ed = open_editor()
    draw(ed, 0)
    arrived, go_on = threading.Event(), threading.Event()
    save = ed.server.store.save

    def slow(*given: Any, **named: Any) -> Any:
        arrived.set()
        assert go_on.wait(30)
        return save(*given, **named)

    ed.server.store.save = slow
    button(ed, "Done").dblclick()
    until(arrived.is_set, "the save is under way")
    draw(ed, 1)
    # A stroke that is still held when the save ends is not cut off.
    ed.page.mouse.move(*ed.at(*STROKES[2][0]))
    ed.page.mouse.down()
    ed.page.mouse.move(*ed.at(*STROKES[2][1]), steps=4)
    go_on.set()
    ed.page.wait_for_timeout(300)
    ed.page.mouse.move(*ed.at(300, 120), steps=4)
    ed.page.mouse.up()
    ed.page.wait_for_selector(".page-done")
    ed.wait("!document.querySelector('.wme-veil')")
    assert len(stored(ed)["layers"]) == 3 and ed.page.locator(".page-done").count() == 1


def test_a_used_address_says_what_to_do(open_editor: Open) -> None:
    ed = open_editor(wait=False)
    address = ed.server.new_address()
    ed.page.goto(address)
    ed.page.wait_for_url(ed.server.page_url)
    ed.ready()
    # No trace of the code: not in the address, not where a script could read the cookie.
    assert ed.page.evaluate("document.cookie") == "" and "start" not in ed.page.url
    stranger = ed.page.context.browser.new_context()
    try:
        page = stranger.new_page()
        for url in (address, ed.server.page_url):
            page.goto(url)
            assert "Press Enter" in page.locator("body").inner_text() and page.locator("canvas").count() == 0
    finally:
        stranger.close()


HOSTED = """async (text) => { const {openEditor} = await import('./editor/editor.mjs'); wanMoveEditor.destroy();
  globalThis.wanMoveEditor = openEditor({full: true, documentText: text, storageKey: 'a node',
    size_wh: [832, 480], frames: 81, fps: 16}); }"""


def test_two_tabs_of_one_workflow_keep_their_own(open_editor: Open) -> None:
    """As in ComfyUI: the same node in two tabs, and nothing but the browser's storage behind it."""
    text = document(path_layer(name="Stored"))
    kept = "Object.keys(localStorage).filter((key) => key.startsWith('wan-move-autosave:a node')).length"
    # A browser profile that no other test had: this one is about what its storage holds.
    one = open_editor(picture=None, ratio=1.25)
    two = second_tab(one)
    for ed, stroke in ((one, 0), (two, 1)):
        # A tab that nobody looks at has no frames to draw in.
        ed.page.bring_to_front()
        ed.page.evaluate("document.querySelector('.page-ask')?.remove()")
        ed.page.evaluate(HOSTED, text)
        ed.ready()
        assert [layer["name"] for layer in ed.layers] == ["Stored"], "an open tab's drawing is that tab's"
        draw(ed, stroke)
        ed.wait(f"{kept} === {stroke + 1}")
        if ed is one:
            # It is there, and too busy to say so.
            one.page.evaluate("setTimeout(() => { for (const end = Date.now() + 4000; Date.now() < end; ); }, 0); null")
    # What one tab stores or takes away, another process's is told of a moment later.
    two.wait(f"{kept} === 2")
    drawn = one.layers
    # The first tab dies; another one brings back what it had, the second's stays the second's.
    one.page.close()
    # A page that is busy while it is closed is there for a moment yet.
    held = "navigator.locks.query().then(({held}) => held.filter(({name}) => name.includes('a node')).length)"
    for _ in range(400):
        if two.page.evaluate(held) == 1:
            break
        two.page.wait_for_timeout(25)
    three = second_tab(two)
    three.page.evaluate(HOSTED, text)
    three.ready()
    assert three.layers == drawn
    three.page.evaluate("wanMoveEditor.close()")
    two.wait(f"{kept} === 1")
    forgive(one, two, three)
