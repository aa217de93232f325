"""Frontends between those that all tests run on, asked only what differed in them: how the graph is moved over the thumbnail."""
# Scripts for the page keep their own lines.
# ruff: noqa: E501

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from frontend_documents import path_document, put_document
from frontend_fixtures import VERSIONS, comfy, frontend, tab  # noqa: F401  (fixtures)
from frontend_page import ComfyPage

BETWEEN = ("1.37.11", "1.38.14", "1.39.19")

EVERY = pytest.mark.parametrize(
    ("frontend", "comfy"), [(version, "nodes2") for version in (*VERSIONS, *BETWEEN)], indirect=True
)


def offset_after(tab: ComfyPage, place: tuple[float, float], button: str = "middle") -> list[float]:
    """The graph's shift by a drag of (60, 40) px that starts at ``place``."""
    tab.js("{ app.canvas.ds.scale = 1; app.canvas.ds.offset = [0, 0]; app.canvas.setDirty(true, true); return null }")
    tab.settle()
    tab.page.mouse.move(*place)
    tab.page.mouse.down(button=button)
    tab.page.mouse.move(place[0] + 60, place[1] + 40, steps=4)
    tab.page.mouse.up(button=button)
    tab.settle()
    moved = tab.js("[...app.canvas.ds.offset]")
    # Let go: the graph stays where it is.
    tab.page.mouse.move(place[0] + 120, place[1] + 120, steps=2)
    tab.settle()
    assert tab.js("[...app.canvas.ds.offset]") == moved
    return moved


@EVERY
def test_a_middle_drag_moves_the_graph_once(tab: ComfyPage) -> None:
    tab.start()
    box = tab.box(tab.page.locator(".wmc .wme-thumb:visible"))
    assert offset_after(tab, (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)) == [60, 40]
    box = tab.box(tab.button())
    assert offset_after(tab, (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)) == [60, 40]


MAKE = "{ const made = LiteGraph.createNode('WanMoveMotionEditor'); made.pos = [100, 90]; %s graph.add(made); return made.id }"


def clear(tab: ComfyPage) -> None:
    """The menu's "Clear workflow"."""
    tab.page.once("dialog", lambda dialog: dialog.accept())
    tab.js("app.extensionManager.command.execute('Comfy.ClearWorkflow').then(() => null)")
    tab.wait("graph.nodes.length === 0")


@EVERY
def test_a_new_node_starts_empty_after_the_graph_was_cleared(tab: ComfyPage) -> None:
    """Frontends from 1.42 on keep widgets' values by the ids of graph and node, and a cleared graph gives the same ids again."""
    tab.start(picture=None)
    clear(tab)
    tab.js(MAKE % "")
    tab.button().wait_for(state="visible")
    put_document(tab, path_document())
    node_id = tab.js("node.id")
    clear(tab)
    assert tab.js(MAKE % "") == node_id
    tab.button().wait_for(state="visible")
    assert tab.document is None
    # What is written before a node is added is its own, not what was there before.
    put_document(tab, path_document())
    clear(tab)
    tab.js(MAKE % "made.widgets.find((w) => w.name === 'document').value = '{\"version\": 1, \"mine\": 1}';")
    assert tab.document == {"version": 1, "mine": 1}
    # A copy and an undone removal keep what they hold.
    tab.js("{ const copy = node.clone(); graph.remove(node); graph.add(copy); return null }")
    assert tab.document == {"version": 1, "mine": 1}
    clear(tab)
