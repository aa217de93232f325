"""The motion editor in app mode, where the page shows some widgets of a workflow and no graph: on a desk and on a phone."""
# Scripts for the page keep their own lines.
# ruff: noqa: E501

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from frontend_documents import path_document, put_document, wait_red
from frontend_fixtures import EMPTY_WORKFLOW, frontend  # noqa: F401  (fixture)
from frontend_page import ComfyPage

OPEN = """
const load = graph.nodes.find((n) => n.type === 'LoadImage');
const shown = LiteGraph.createNode('PreviewImage');
graph.add(shown);
node.connect(0, shown, 0);
const saved = graph.serialize();
saved.extra = {...saved.extra, linearMode: true, linearData: {inputs: [[load.id, 'image'], [node.id, 'motion']], outputs: [shown.id]}};
await app.loadGraphData(saved, true, true, 'an app');
return null
"""


# The floor's own frontend has no app mode.
@pytest.mark.parametrize(
    ("frontend", "size"),
    [("1.42.8", (390, 844)), ("1.58.1", (1280, 800))],
    indirect=["frontend"],
    ids=["1.42.8-phone", "1.58.1-wide"],
)
def test_motion_is_drawn_in_app_mode(
    browser: Any,
    frontend: tuple[Any, ComfyPage],
    artefacts: Path,
    size: tuple[int, int],
) -> None:
    """A saved workflow that opens as an app: its motion is edited there, and the graph's node has it."""
    server, first = frontend
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_init_script(f"localStorage.getItem('workflow') ?? localStorage.setItem('workflow', '{EMPTY_WORKFLOW}')")
    try:
        tab = ComfyPage(context, server.url).open()
        tab.start()
        put_document(tab, path_document())
        tab.js(OPEN)
        tab.page.set_viewport_size({"width": size[0], "height": size[1]})
        # Newer pages offer a tour of their own to who sees an app for the first time.
        tour = tab.page.locator("[data-testid=coach-landing-overlay]")
        tab.page.add_locator_handler(tour, lambda: tab.page.keyboard.press("Escape"))
        panel = tab.page.locator("[data-testid=linear-widgets]")
        if size[0] < 600:
            tab.page.get_by_text("Edit & Run").click()
        panel.wait_for(state="visible")
        button = panel.locator(".wmc-open")
        button.scroll_into_view_if_needed()
        wait_red(tab)
        name = f"{first.version}_{size[0]}"
        tab.page.screenshot(path=artefacts / f"comfy_app_{name}.png")
        place, outside = tab.box(button), tab.box(panel)
        assert place["x"] >= outside["x"] and place["x"] + place["width"] <= outside["x"] + outside["width"] + 1
        button.click()
        tab.editor_ready()
        assert tab.page.locator(".wme-over").evaluate("(over) => over.clientWidth") > size[0] * 0.4
        tab.drag((0.3, 0.8), (0.45, 0.6), (0.65, 0.65))
        tab.page.screenshot(path=artefacts / f"comfy_app_editor_{name}.png")
        tab.close_editor()
        assert [layer["name"] for layer in tab.layers] == ["Ball", "Path 2"]
        assert not tab.problems
    finally:
        context.close()
