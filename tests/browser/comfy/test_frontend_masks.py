"""The graph's masks as things in the editor, and a person's own motions with the host, in ComfyUI's own frontend."""
# Scripts for the page keep their own lines.
# ruff: noqa: E501

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from frontend_documents import path_document, put_document
from frontend_fixtures import comfy, frontend, tab  # noqa: F401  (fixtures)
from frontend_page import ComfyPage

# The thumbnail's picture where the mask is.
SHOWN = """(() => {
    const canvas = [...document.querySelectorAll('.wmc .wme-thumb canvas:first-child')].find((one) => one.width && one.getClientRects().length);
    return canvas && [...canvas.getContext('2d').getImageData(canvas.width / 4, canvas.height / 4, 1, 1).data].slice(0, 3);
})()"""
CONNECT = """
    const load = graph.nodes.find((n) => n.type === 'LoadImage');
    load.widgets.find((w) => w.name === 'image').value = 'cut.png';
    load.connect(1, node, node.inputs.findIndex((i) => i.name === 'mask'));
    return null
"""


@pytest.fixture
def cut_out(comfy: ComfyPage) -> None:
    """A picture whose left upper quarter is clear: the mask that the host makes of it."""
    import cv2

    picture = np.full((480, 832, 4), (90, 140, 200, 255), np.uint8)
    picture[:240, :416, 3] = 0
    (comfy.server.base / "input" / "cut.png").write_bytes(cv2.imencode(".png", picture)[1].tobytes())


def region_box(layer: dict) -> tuple[float, ...]:
    xs, ys = zip(*layer["polygon"], strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def test_the_mask_of_a_loader_is_a_thing_before_anything_ran(tab: ComfyPage, cut_out: None, artefacts: Path) -> None:
    tab.start()
    tab.js(CONNECT)
    tab.settle(6)
    tab.open_editor()
    tab.wait("JSON.parse(node.widgets.find((w) => w.name === 'document').value || '{}').layers?.length === 1")
    # Where the mask is, the loader gives the picture's colours; so does what is shown.
    tab.page.wait_for_function(f"{SHOWN} && {SHOWN}.every((v, i) => Math.abs(v - [200, 140, 90][i]) < 4)")
    (layer,) = tab.layers
    assert layer["type"] == "region" and region_box(layer) == pytest.approx((0, 0, 0.5, 0.5), abs=0.01)
    tab.page.screenshot(path=artefacts / f"comfy_mask_{tab.version}_{tab.renderer}.png")
    tab.close_editor()
    # Opened again it is there, and is not offered once more.
    tab.open_editor()
    tab.page.wait_for_timeout(400)
    assert len(tab.layers) == 1
    assert tab.page.get_by_role("button", name="Mask as a thing").count() == 0
    tab.close_editor()


def test_a_mask_that_the_graph_computes_is_offered_after_a_run(tab: ComfyPage) -> None:
    tab.start()
    put_document(tab, path_document())
    tab.js(
        """
        // A node whose output nobody knows before it ran, in the place of a segmenter.
        const load = graph.nodes.find((n) => n.type === 'LoadImage');
        const scale = LiteGraph.createNode('ImageScale');
        scale.outputs[0].type = 'MASK';
        graph.add(scale);
        load.connect(0, scale, 0);
        scale.connect(0, node, node.inputs.findIndex((i) => i.name === 'mask'));
        return null
        """
    )
    before = len(tab.layers)
    tab.open_editor()
    node_id = str(tab.js("node.id"))
    half = {"size_wh": [208, 120], "runs": [0, 208 * 60, 208 * 60]}
    seen = {"size_wh": [832, 480], "picture_wh": [832, 480], "length": 81, "background": None, "masks": [half]}
    tab.server.send(
        "executed", {"node": node_id, "display_node": node_id, "output": {"wan_move_editor": [seen]}, "prompt_id": "p1"}
    )
    tab.page.get_by_role("button", name="Mask as a thing").click()
    tab.wait(f"JSON.parse(node.widgets.find((w) => w.name === 'document').value).layers.length === {before + 1}")
    assert region_box(tab.layers[-1]) == pytest.approx((0, 0, 1, 0.5), abs=0.01)
    tab.close_editor()
