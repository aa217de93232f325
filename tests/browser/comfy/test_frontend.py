"""The editor's node in ComfyUI's own frontend: three versions, both renderers, real mouse, wheel and keyboard. The host behind it is a
small test server, so that nothing but the page is judged; test_comfy_editor.py asks a real ComfyUI."""
# Scripts for the page keep their own lines.
# ruff: noqa: E501

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))

from frontend_documents import drop, path_document, put_document, wait_red
from frontend_fixtures import VERSIONS, comfy, frontend, tab  # noqa: F401  (fixtures)
from frontend_page import ComfyPage


def test_node_shows_the_picture_of_the_loader_and_hides_its_text(tab: ComfyPage, artefacts: Path) -> None:
    tab.start()
    wait_red(tab)
    assert tab.page.locator("textarea:visible").count() == 0
    values = tab.js("node.serialize().widgets_values")
    assert values[:4] == [832, 480, 81, "crop"] and len(values) == 5
    assert tab.js("node.widgets.map((w) => w.name)") == ["width", "height", "length", "fit", "document", "motion"]
    box, node = tab.box(tab.button()), tab.js("[...node.pos, ...node.size]")
    assert node[0] <= box["x"] and box["x"] + box["width"] <= node[0] + node[2] + 8
    tab.page.screenshot(path=artefacts / f"comfy_node_{tab.version}_{tab.renderer}.png")


def test_drawing_is_one_step_of_the_graph_and_keys_stay_inside(tab: ComfyPage, artefacts: Path) -> None:
    """Draw, undo, redo, delete, copy, wheel: the graph sees one commit each, and none of the keys."""
    tab.start()
    tab.open_editor()
    # The picture's name is written into the document: once it is there, a stroke is one change.
    tab.wait("[...document.querySelectorAll('.wme-head [title]')].some((one) => one.title.endsWith('scene.png'))")
    tab.settle(4)
    tab.js("app.canvas.selectNode ? app.canvas.selectNode(node) : app.canvas.select(node)")
    nodes, scale, steps = tab.js("graph.nodes.length"), tab.js("app.canvas.ds.scale"), tab.steps()
    tab.drag((0.3, 0.6), (0.45, 0.4), (0.65, 0.45))
    tab.wait("JSON.parse(node.widgets.find((w) => w.name === 'document').value || '{}').layers?.length === 1")
    assert tab.layers[0]["type"] == "path" and tab.steps() == steps + 1
    assert tab.document["picture"]["ref"] == {"filename": "scene.png", "subfolder": "", "type": "input"}
    tab.page.screenshot(path=artefacts / f"comfy_editor_{tab.version}_{tab.renderer}.png")
    press = tab.page.keyboard.press
    press("Control+z")
    tab.wait("JSON.parse(node.widgets.find((w) => w.name === 'document').value).layers.length === 0")
    press("Control+Shift+z")
    tab.wait("JSON.parse(node.widgets.find((w) => w.name === 'document').value).layers.length === 1")
    press("Control+a")
    press("Control+d")
    tab.wait("JSON.parse(node.widgets.find((w) => w.name === 'document').value).layers.length === 2")
    press("Delete")
    tab.wait("JSON.parse(node.widgets.find((w) => w.name === 'document').value).layers.length === 1")
    for key in (
        "Control+c",
        "Control+v",
        "ArrowRight",
        "w",
        "Control+b",
        "Control+m",
        "Control+g",
        "m",
        "Control+a",
        "Backspace",
    ):
        press(key)
    tab.page.mouse.move(*tab.stage(0.5, 0.5))
    tab.page.mouse.wheel(0, -240)
    tab.settle(4)
    assert tab.js("graph.nodes.length") == nodes
    assert tab.js("app.canvas.ds.scale") == scale
    assert tab.js("node.mode") == 0
    assert tab.js("!!node.graph")
    tab.close_editor()
    assert tab.page.locator(".wme-veil").count() == 0


def test_saved_loaded_and_copied(tab: ComfyPage) -> None:
    tab.start()
    put_document(tab, path_document())
    before = tab.document
    tab.js(
        "{ const data = JSON.parse(JSON.stringify(graph.serialize())); await app.loadGraphData(data, true, false, app.extensionManager.workflow.activeWorkflow); return null }"
    )
    tab.button().wait_for(state="visible")
    assert tab.document == before
    wait_red(tab)
    # Copy and paste of the node: the copy has the drawing, and its own.
    tab.js(
        "{ app.canvas.deselectAll?.(); (app.canvas.select ?? app.canvas.selectNode).call(app.canvas, node); app.canvas.copyToClipboard(); app.canvas.pasteFromClipboard({ position: [60, 480] }); return null }"
    )
    tab.wait("graph.nodes.filter((n) => n.type === 'WanMoveMotionEditor').length === 2")
    tab.settle()
    texts = "graph.nodes.filter((n) => n.type === 'WanMoveMotionEditor').map((n) => n.widgets.find((w) => w.name === 'document').value)"
    assert [json.loads(text) for text in tab.js(texts)] == [before, before]
    put_document(tab, "")
    first, second = tab.js(texts)
    assert first == "" and json.loads(second) == before


def test_undo_of_the_graph_keeps_the_screen_and_the_node_together(tab: ComfyPage) -> None:
    """After the graph's own undo the button on the screen is the living node's: what is drawn next lands in it."""
    tab.start()
    tab.open_editor()
    tab.drag((0.3, 0.6), (0.6, 0.4))
    tab.wait("JSON.parse(node.widgets.find((w) => w.name === 'document').value || '{}').layers?.length === 1")
    tab.close_editor()
    tab.graph_undo()
    tab.wait("!JSON.parse(node.widgets.find((w) => w.name === 'document').value || '{}').layers?.length")
    tab.button().wait_for(state="visible")
    tab.settle(6)
    assert tab.page.locator(".wmc-open:visible").count() == 1
    wait_red(tab)
    tab.open_editor()
    tab.drag((0.3, 0.6), (0.5, 0.7))
    tab.wait("JSON.parse(node.widgets.find((w) => w.name === 'document').value || '{}').layers?.length === 1")
    tab.close_editor()


def test_inside_a_subgraph(tab: ComfyPage) -> None:
    """The picture is found outward through the subgraph's input, and what is drawn inside stays in the inner node."""
    tab.start()
    put_document(tab, path_document())
    converted = tab.js(
        """
        if (!graph.convertToSubgraph) return null;
        app.canvas.deselectAll?.();
        (app.canvas.select ?? app.canvas.selectNode).call(app.canvas, node);
        const { subgraph } = graph.convertToSubgraph(new Set([node]));
        app.canvas.setGraph(subgraph);
        app.canvas.ds.scale = 1;
        app.canvas.ds.offset = [-subgraph.nodes[0].pos[0] + 300, -subgraph.nodes[0].pos[1] + 90];
        app.canvas.setDirty(true, true);
        return subgraph.nodes.map((n) => n.type)
        """
    )
    assert converted == ["WanMoveMotionEditor"]
    tab.button().wait_for(state="visible")
    inner = "app.canvas.graph.nodes[0].widgets.find((w) => w.name === 'document').value"
    assert json.loads(tab.js(inner))["layers"][0]["name"] == "Ball"
    wait_red(tab)
    tab.open_editor()
    tab.drag((0.3, 0.75), (0.6, 0.8))
    tab.wait(f"JSON.parse({inner}).layers.length === 2")
    tab.close_editor()
    tab.js("{ app.canvas.setGraph(graph); return null }")


def test_size_and_length_of_the_widgets_reach_the_editor(tab: ComfyPage) -> None:
    """The drawing follows the node's numbers, stays on the picture, and is rewritten only when somebody draws."""
    tab.start()
    put_document(
        tab,
        path_document(
            picture={"ref": {"filename": "scene.png", "subfolder": "", "type": "input"}, "size_wh": [832, 480]}
        ),
    )
    stored = tab.document
    tab.js(
        "{ for (const [name, value] of [['width', 480], ['height', 480], ['length', 49]]) { const w = node.widgets.find((w) => w.name === name); w.value = value; w.callback?.(value); } return null }"
    )
    tab.settle()
    assert tab.document == stored
    tab.open_editor()
    tab.drag((0.4, 0.75), (0.6, 0.8))
    tab.wait("JSON.parse(node.widgets.find((w) => w.name === 'document').value).layers.length === 2")
    made = tab.document
    assert made["size_wh"] == [480, 480] and made["frames"] == 49
    # The path went to 0.75 by frame 80: what it does up to frame 48 is kept, and no bar ends past the clip.
    assert made["layers"][0]["end"] == 48
    # crop of 832x480 to 480x480 takes the middle: x' = (832 x - 176) / 480.
    np.testing.assert_allclose(
        made["layers"][0]["points"], [[(832 * x - 176) / 480, 0.5] for x in (0.25, 0.25 + 0.5 * 48 / 80)], atol=1e-4
    )
    tab.close_editor()


def test_linked_numbers_are_followed_where_they_are_known(tab: ComfyPage) -> None:
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
    assert "49 frames" in tab.page.locator(".wme-title").inner_text()
    tab.close_editor()


def test_two_workflows_with_the_same_ids_stay_apart(tab: ComfyPage) -> None:
    """A change of tab swaps graphs whose nodes have equal ids: the screen shows the drawing of the tab that is open."""
    tab.start()
    put_document(tab, path_document())
    first = tab.js("app.extensionManager.workflow.activeWorkflow.path")
    tab.js(
        "{ const t = app.extensionManager.workflow.activeWorkflow.changeTracker; t.captureCanvasState ? t.captureCanvasState() : t.checkState(); return null }"
    )
    # Loading without a workflow opens a tab of its own.
    tab.js(
        "{ const data = JSON.parse(JSON.stringify(graph.serialize())); data.id = crypto.randomUUID(); await app.loadGraphData(data); return null }"
    )
    tab.wait(f"app.extensionManager.workflow.activeWorkflow.path !== {json.dumps(first)}")
    tab.button().wait_for(state="visible")
    put_document(tab, "")
    tab.js(
        """
        const tabs = app.extensionManager;
        for (let i = 0; i < 8 && tabs.workflow.activeWorkflow.path !== arg; i++) await tabs.command.execute('Workspace.PreviousOpenedWorkflow');
        return null
        """,
        first,
    )
    tab.wait(f"app.extensionManager.workflow.activeWorkflow.path === {json.dumps(first)} && node")
    tab.button().wait_for(state="visible")
    tab.settle(20)
    assert tab.layers[0]["name"] == "Ball"
    tab.open_editor()
    assert tab.page.locator(".wme-row").count() == 1
    tab.close_editor()


def test_picture_computed_by_the_graph_appears_after_a_run(tab: ComfyPage) -> None:
    tab.start()
    tab.js(
        """
        const load = graph.nodes.find((n) => n.type === 'LoadImage');
        const scale = LiteGraph.createNode('ImageScale');
        scale.pos = [60, 520];
        graph.add(scale);
        load.connect(0, scale, 0);
        scale.connect(0, node, node.inputs.findIndex((i) => i.name === 'picture'));
        return null
        """
    )
    tab.page.wait_for_function(
        "() => [...document.querySelectorAll('.wmc-hint')].some((p) => p.getClientRects().length && p.textContent.includes('run it once'))"
    )
    base: Path = tab.server.base
    (base / "temp" / "seen.png").write_bytes((base / "input" / "scene.png").read_bytes())
    seen = {
        "size_wh": [832, 480],
        "picture_wh": [832, 480],
        "length": 81,
        "background": {"filename": "seen.png", "subfolder": "", "type": "temp"},
    }
    node_id = str(tab.js("node.id"))
    tab.server.send(
        "executed", {"node": node_id, "display_node": node_id, "output": {"wan_move_editor": [seen]}, "prompt_id": "p1"}
    )
    wait_red(tab)
    assert tab.page.locator(".wmc-hint:visible").count() == 0


def test_dropped_picture_is_kept_by_the_host(tab: ComfyPage) -> None:
    """Without a connection the dropped picture goes to the host's inputs, and the document holds its name, never its bytes."""
    tab.start(picture=None)
    tab.open_editor()
    name = f"dropped_{tab.renderer}.png"
    drop(tab, ".wme-over", name)
    tab.page.wait_for_function("() => document.querySelector('.wme-title').textContent.includes('dropped_')")
    tab.drag((0.3, 0.6), (0.6, 0.4))
    tab.wait("JSON.parse(node.widgets.find((w) => w.name === 'document').value || '{}').layers?.length === 1")
    assert name in tab.server.uploads
    assert tab.document["picture"] == {
        "ref": {"filename": name, "subfolder": "", "type": "input"},
        "size_wh": [832, 480],
    }
    assert len(json.dumps(tab.document)) < 4000
    tab.close_editor()
    wait_red(tab)


def test_document_that_cannot_be_read_is_left_alone(tab: ComfyPage) -> None:
    tab.start()
    text = '{"version": 99, "layers": "<img src=x onerror=alert(1)>"}'
    put_document(tab, text)
    tab.open_editor()
    assert "version 99" in tab.page.locator(".wme-fault").inner_text()
    tab.page.keyboard.press("Escape")
    tab.page.wait_for_selector(".wme-veil", state="detached")
    assert tab.js("node.widgets.find((w) => w.name === 'document').value") == text


def test_escape_closes_the_second_time_and_says_so(tab: ComfyPage) -> None:
    tab.start()
    tab.open_editor()
    tab.page.keyboard.press("Escape")
    hint = tab.page.locator(".wme-hint")
    assert hint.inner_text() == "Esc again: save and close"
    tab.page.keyboard.press("Escape")
    tab.page.wait_for_selector(".wme-veil", state="detached")


def test_the_graph_keeps_its_wheel_and_its_dragging_over_the_thumbnail(tab: ComfyPage) -> None:
    tab.start()
    box = tab.box(tab.page.locator(".wmc .wme-thumb:visible"))
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    scale = tab.js("app.canvas.ds.scale")
    tab.page.mouse.move(*middle)
    tab.page.mouse.wheel(0, -100)
    tab.wait(f"app.canvas.ds.scale > {scale}")
    tab.js("{ app.canvas.ds.scale = 1; app.canvas.ds.offset = [0, 0]; app.canvas.setDirty(true, true); return null }")
    tab.settle()
    before = tab.js("[...app.canvas.ds.offset]")
    tab.page.mouse.move(*middle)
    tab.page.mouse.down(button="middle")
    tab.page.mouse.move(middle[0] + 60, middle[1] + 40, steps=4)
    tab.page.mouse.up(button="middle")
    tab.settle()
    assert tab.js("[...app.canvas.ds.offset]") != before


def test_nothing_of_ours_is_deprecated(tab: ComfyPage) -> None:
    assert [text for text in tab.warnings if "wan" in text.lower()] == []
