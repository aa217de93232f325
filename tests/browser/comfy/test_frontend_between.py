"""Frontends between those that all tests run on, asked only what differed in them: how the graph is moved over the thumbnail."""
# Scripts for the page keep their own lines.
# ruff: noqa: E501

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

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
    box = tab.page.locator(".wmc .wme-thumb:visible").bounding_box()
    assert offset_after(tab, (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)) == [60, 40]
    box = tab.button().bounding_box()
    assert offset_after(tab, (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)) == [60, 40]
