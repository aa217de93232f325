"""The clip that the editor sets is the node's: its widgets follow, and what the graph computes cannot be set in the editor."""
# Scripts for the page keep their own lines.
# ruff: noqa: E501

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from frontend_documents import path_document, put_document
from frontend_fixtures import comfy, frontend, tab  # noqa: F401  (fixtures)
from frontend_page import ComfyPage

NAMES = ["width", "height", "length", "fit"]


def widgets(tab: ComfyPage) -> list:
    return tab.js("arg.map((name) => node.widgets.find((w) => w.name === name).value)", NAMES)


def open_panel(tab: ComfyPage):
    tab.page.locator(".wme-clip-btn").click()
    return tab.page.get_by_role("dialog", name="Clip")


def put(tab: ComfyPage, label: str, value: object) -> None:
    field = tab.page.get_by_label(label, exact=True)
    field.fill(str(value))
    field.press("Enter")


def test_the_clip_set_in_the_editor_is_the_nodes(tab: ComfyPage) -> None:
    tab.start()
    picture = {"ref": {"filename": "scene.png", "subfolder": "", "type": "input"}, "size_wh": [832, 480]}
    put_document(tab, path_document(picture=picture))
    tab.open_editor()
    open_panel(tab).get_by_role("button", name="480 × 832").click()
    put(tab, "Frames", 49)
    assert widgets(tab) == [480, 832, 49, "crop"]
    tab.wait("JSON.parse(node.widgets.find((w) => w.name === 'document').value).frames === 49")
    made = tab.document
    assert made["size_wh"] == [480, 832] and made["layers"][0]["end"] == 48
    tab.page.get_by_label("Picture", exact=True).select_option("pad")
    assert widgets(tab)[3] == "pad"
    tab.page.keyboard.press("Escape")
    for _ in range(3):
        tab.page.keyboard.press("Control+z")
    assert widgets(tab) == [832, 480, 81, "crop"], "an undo in the editor is one of the widgets"
    tab.page.keyboard.press("Control+Shift+z")
    tab.settle()
    assert widgets(tab) == [480, 832, 81, "crop"]
    # And the other way round: cut at the clip's end, and the person is asked.
    tab.js("{ const w = node.widgets.find((w) => w.name === 'length'); w.value = 33; w.callback?.(33); return null }")
    fit_in = tab.page.locator(".wme-toast").get_by_role("button", name="Fit it in")
    fit_in.wait_for()
    tab.wait("JSON.parse(node.widgets.find((w) => w.name === 'document').value).layers[0].end === 32")
    cut = tab.document["layers"][0]["points"]
    fit_in.click()
    tab.wait(
        f"JSON.stringify(JSON.parse(node.widgets.find((w) => w.name === 'document').value).layers[0].points) !== '{str(cut).replace(' ', '')}'"
    )
    whole = tab.document
    assert (whole["frames"], whole["layers"][0]["end"], widgets(tab)[2]) == (33, 32, 33)
    assert len(whole["layers"][0]["points"]) == len(made["layers"][0]["points"])
    tab.close_editor()
    assert widgets(tab) == [480, 832, 33, "crop"]


def test_what_the_graph_computes_is_not_set_in_the_editor(tab: ComfyPage) -> None:
    tab.start()
    tab.js(
        """
        const number = LiteGraph.createNode('PrimitiveInt');
        number.pos = [60, 520];
        graph.add(number);
        number.widgets[0].value = 49;
        number.connect(0, node, node.inputs.findIndex((i) => i.name === 'length'));
        return null
        """
    )
    tab.open_editor()
    panel = open_panel(tab)
    assert panel.get_by_text("comes from the graph").is_visible()
    assert tab.page.get_by_label("Frames", exact=True).is_disabled()
    assert not tab.page.get_by_label("Width in pixels", exact=True).is_disabled()
    tab.page.keyboard.press("Escape")
    tab.close_editor()
