"""Tests take turns in one tab: what one leaves behind, the next does not find."""

# Scripts for the page keep their own lines.
# ruff: noqa: E501

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tabs import Tab

from wan_move_core.editor.page import EditorServer, make_job

FOUND = """() => ({storage: localStorage.length + sessionStorage.length, layers: wanMoveEditor.editor.state.doc.layers.length,
  still: matchMedia('(prefers-reduced-motion: reduce)').matches,
  fetched: performance.getEntriesByType('resource').filter((one) => one.name.endsWith('.mjs') && one.transferSize > 0).length})"""


def enter(tab: Tab, server: EditorServer) -> dict[str, Any]:
    tab.page.goto(server.new_address())
    tab.page.wait_for_url(server.page_url)
    tab.page.wait_for_selector(".wme-over")
    tab.page.wait_for_load_state()
    return tab.page.evaluate(FOUND)


def test_a_tab_is_as_new_and_still_knows_the_modules(browser: Any, scene: Path, tmp_path: Path) -> None:
    tab = Tab(browser, touch=False, ratio=1)
    found, cookies, refused, addresses = [], [], [], []
    for name in ("one", "other"):
        server, thread = tab.serve(make_job(scene, tmp_path / f"{name}.json", tmp_path))
        try:
            addresses.append(server.page_url)
            tab.page.goto(server.page_url)
            refused.append("Press Enter" in tab.page.locator("body").inner_text())
            found.append(enter(tab, server))
            cookies.append(tab.context.cookies())
            # All that a test may leave: storage, another page, an answer of its own, a wish for stillness, a held key.
            tab.page.evaluate("(localStorage.setItem('a', '1'), sessionStorage.setItem('b', '2'))")
            tab.context.new_page()
            tab.page.route("**/state.json*", lambda route: route.abort())
            tab.page.emulate_media(reduced_motion="reduce")
            tab.page.keyboard.down("Control")
            assert tab.cleared() and tab.context.pages == [tab.page] and tab.context.cookies() == []
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
    tab.context.close()
    assert refused == [True, True], "the other server lets nobody in by the first one's cookie"
    assert addresses[0] == addresses[1] and cookies[0][0]["value"] != cookies[1][0]["value"]
    one, other = found
    for name in ("storage", "layers", "still"):
        assert not other[name] and not one[name], name
    if browser.browser_type.name == "chromium":
        assert one["fetched"] > 100 and other["fetched"] == 0


def test_a_tab_that_a_test_closed_is_not_used_again(browser: Any, scene: Path, tmp_path: Path) -> None:
    tab = Tab(browser, touch=False, ratio=1)
    server, thread = tab.serve(make_job(scene, tmp_path / "one.json", tmp_path))
    try:
        tab.page.close()
        assert not tab.cleared()
        with pytest.raises(Exception, match="closed"):
            tab.context.new_page()
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
