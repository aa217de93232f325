"""The editor's node in ComfyUI's own frontend: three versions, both renderers, real mouse, wheel and keyboard. The host behind it is a
small test server, so that nothing but the page is judged; test_comfy_editor.py asks a real ComfyUI."""
# Scripts for the page keep their own lines.
# ruff: noqa: E501

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from frontend_fixtures import VERSIONS, comfy, frontend, tab  # noqa: F401  (fixtures)
from frontend_page import ComfyPage

BALL = (0.24, 0.58)
"""The red ball of the test picture, 0-1 of the picture."""


def path_document(**fields: Any) -> str:
    layer = {
        "id": "a1",
        "type": "path",
        "name": "Ball",
        "points": [[0.25, 0.5], [0.75, 0.5]],
        "curve": "straight",
        "start": 0,
        "end": 80,
    }
    return json.dumps(
        {
            "version": 1,
            "size_wh": [832, 480],
            "frames": 81,
            "fps": 16,
            "fit": "crop",
            "picture": None,
            "layers": [layer],
            "camera": None,
            **fields,
        }
    )


def put_document(tab: ComfyPage, text: str) -> None:
    tab.js(
        "{ const w = node.widgets.find((w) => w.name === 'document'); w.value = arg; w.callback?.(arg); return null }",
        text,
    )
    tab.settle()


def wait_red(tab: ComfyPage) -> None:
    """Until the thumbnail shows the red ball where the picture has it; the picture is letterboxed in it."""
    tab.page.wait_for_function(
        """([x, y, ratio]) => [...document.querySelectorAll('.wmc .wme-thumb canvas:first-child')].some((canvas) => {
            if (!canvas.width || !canvas.getClientRects().length) return false;
            const w = Math.min(canvas.width, canvas.height * ratio), h = w / ratio;
            const at = [(canvas.width - w) / 2 + x * w, (canvas.height - h) / 2 + y * h].map(Math.round);
            const [r, g, b] = canvas.getContext('2d').getImageData(at[0], at[1], 1, 1).data;
            return r > 150 && r > g + 60 && r > b + 60;
        })""",
        arg=[*BALL, 832 / 480],
        timeout=10000,
    )


def test_node_shows_the_picture_of_the_loader_and_hides_its_text(tab: ComfyPage, artefacts: Path) -> None:
    tab.start()
    wait_red(tab)
    assert tab.page.locator("textarea:visible").count() == 0
    values = tab.js("node.serialize().widgets_values")
    assert values[:4] == [832, 480, 81, "crop"] and len(values) == 5
    assert tab.js("node.widgets.map((w) => w.name)") == ["width", "height", "length", "fit", "document", "motion"]
    box, node = tab.button().bounding_box(), tab.js("[...node.pos, ...node.size]")
    assert node[0] <= box["x"] and box["x"] + box["width"] <= node[0] + node[2] + 8
    tab.page.screenshot(path=artefacts / f"comfy_node_{tab.version}_{tab.renderer}.png")


def test_drawing_is_one_step_of_the_graph_and_keys_stay_inside(tab: ComfyPage, artefacts: Path) -> None:
    """Draw, undo, redo, delete, copy, wheel: the graph sees one commit each, and none of the keys."""
    tab.start()
    tab.open_editor()
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
    # crop of 832x480 to 480x480 takes the middle: x' = (832 x - 176) / 480.
    np.testing.assert_allclose(
        made["layers"][0]["points"], [[(832 * x - 176) / 480, 0.5] for x in (0.25, 0.75)], atol=1e-4
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


def drop(tab: ComfyPage, selector: str, name: str) -> None:
    """The test picture, dropped from outside under another name."""
    tab.page.evaluate(
        """async ([selector, name]) => {
            const bytes = await (await fetch('/view?filename=scene.png&type=input')).arrayBuffer();
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], name, { type: 'image/png' }));
            const target = [...document.querySelectorAll(selector)].find((one) => one.getClientRects().length);
            for (const kind of ['dragenter', 'dragover', 'drop']) target.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: transfer }));
        }""",
        [selector, name],
    )


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


def test_the_graph_keeps_its_wheel_and_its_dragging_over_the_thumbnail(tab: ComfyPage) -> None:
    tab.start()
    box = tab.page.locator(".wmc .wme-thumb:visible").bounding_box()
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


NEWEST = pytest.mark.parametrize(("frontend", "comfy"), [(VERSIONS[-1], "classic")], indirect=True)
"""What does not depend on the frontend's version is asked once."""


def remembered(document: str, **fields: Any) -> dict[str, Any]:
    """An entry of the host's history: editor -> sampler -> saved clip."""
    graph = {
        "7": {"class_type": "WanMoveMotionEditor", "inputs": {"document": document, "width": 832}},
        "8": {"class_type": "CLIPTextEncode", "inputs": {"text": "a ball <b>rolls</b>"}},
        "9": {"class_type": "WanMoveGuide", "inputs": {"positive": ["8", 0], "tracks": ["7", 0]}},
        "10": {"class_type": "WanMoveSampler", "inputs": {"positive": ["9", 0], "seed": 42}},
        "11": {"class_type": "SaveImage", "inputs": {"images": ["10", 0]}},
    }
    status = {"messages": [["execution_success", {"timestamp": 1_700_000_000_000}]]}
    return {
        "prompt": [1, "p", graph, {}, ["11"]],
        "outputs": {"11": {"images": [{"filename": "take.png", "subfolder": "", "type": "output"}]}},
        "status": status,
        **fields,
    }


@NEWEST
def test_takes_are_listed_compared_and_opened_again(tab: ComfyPage, artefacts: Path) -> None:
    """From the host's history, and from files of earlier sessions with their prompt inside."""
    from PIL import Image, PngImagePlugin

    base: Path = tab.server.base
    tab.start()
    node_id = str(tab.js("node.id"))
    entry = remembered(path_document())
    entry["prompt"][2][node_id] = entry["prompt"][2].pop("7")
    entry["prompt"][2]["9"]["inputs"]["tracks"][0] = node_id
    tab.server.history = {"p1": entry}
    picture = Image.open(base / "input" / "scene.png")
    picture.save(base / "output" / "take.png")
    about = PngImagePlugin.PngInfo()
    about.add_text("prompt", json.dumps(remembered(path_document(frames=49))["prompt"][2]))
    picture.save(base / "output" / "earlier.png", pnginfo=about)
    picture.save(base / "output" / "foreign.png")
    tab.open_editor()
    tab.page.get_by_role("tab", name="Takes").click()
    cards = tab.page.locator(".wme-take")
    cards.nth(1).wait_for()
    words = [cards.nth(i).inner_text() for i in range(cards.count())]
    assert len(words) == 2, words
    assert "take.png" in words[0] and "seed 42" in words[0] and "a ball <b>rolls</b>" in words[0]
    assert "earlier.png" in words[1]
    for i in range(2):
        cards.nth(i).get_by_role("button", name="Pick").click()
    tab.page.get_by_role("button", name="Compare two").click()
    tab.page.wait_for_function(
        "() => [...document.querySelectorAll('.wme-compare img')].filter((i) => i.naturalWidth === 832).length === 2"
    )
    tab.page.screenshot(path=artefacts / "comfy_takes.png")
    tab.page.keyboard.press("Escape")
    cards.nth(0).get_by_role("button", name="Open its drawing").click()
    tab.wait("JSON.parse(node.widgets.find((w) => w.name === 'document').value || '{}').layers?.[0]?.name === 'Ball'")
    tab.server.history = {}
    tab.close_editor()


@NEWEST
def test_picture_dropped_on_the_node_or_over_a_loader(tab: ComfyPage) -> None:
    """On the node: its own picture. With a loader connected: the loader shows it, since that is what will be run."""
    tab.start(picture=None)
    nodes = tab.js("graph.nodes.length")
    drop(tab, ".wmc", "on_node.png")
    tab.wait(
        "JSON.parse(node.widgets.find((w) => w.name === 'document').value || '{}').picture?.ref.filename === 'on_node.png'"
    )
    wait_red(tab)
    assert tab.js("graph.nodes.length") == nodes
    tab.start()
    drop(tab, ".wmc", "on_loader.png")
    tab.wait(
        "graph.nodes.find((n) => n.type === 'LoadImage').widgets.find((w) => w.name === 'image').value === 'on_loader.png'"
    )
    assert tab.document is None


@NEWEST
def test_thumbnail_plays_under_the_pointer_and_rests_otherwise(tab: ComfyPage) -> None:
    tab.start()
    put_document(tab, path_document())
    wait_red(tab)
    tab.page.mouse.move(5, 5)
    tab.settle(6)
    painted = """async (frames) => {
        const proto = CanvasRenderingContext2D.prototype, clear = proto.clearRect;
        let count = 0;
        proto.clearRect = function (...a) { if (this.canvas.closest('.wme-thumb')) count++; return clear.apply(this, a); };
        for (let i = 0; i < frames; i++) await new Promise(requestAnimationFrame);
        proto.clearRect = clear;
        return count;
    }"""
    assert tab.page.evaluate(painted, 12) == 0
    box = tab.page.locator(".wmc .wme-thumb:visible").bounding_box()
    tab.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 20)
    assert tab.page.evaluate(painted, 12) > 6
    # Told to play, then scrolled off the screen: nobody sees it, nothing is painted.
    tab.page.locator(".wmc .wme-thumb-play:visible").click()
    tab.page.mouse.move(5, 5)
    tab.js("{ app.canvas.ds.offset = [-3000, 0]; app.canvas.setDirty(true, true); return null }")
    tab.settle(12)
    assert tab.page.evaluate(painted, 12) == 0
    tab.js("{ app.canvas.ds.offset = [0, 0]; app.canvas.setDirty(true, true); return null }")


@NEWEST
def test_a_reload_in_mid_edit_loses_nothing(tab: ComfyPage) -> None:
    """The page goes away with the editor open; the drawing is in the node when it comes back."""
    tab.start()
    tab.open_editor()
    tab.drag((0.3, 0.6), (0.6, 0.4))
    tab.wait("JSON.parse(node.widgets.find((w) => w.name === 'document').value || '{}').layers?.length === 1")
    drawn = tab.layers
    tab.page.wait_for_function("() => Object.keys(localStorage).some((key) => key.startsWith('wan-move-autosave:'))")
    tab.wait(
        "Object.values({ ...localStorage, ...sessionStorage }).some((text) => text.includes('WanMoveMotionEditor') && text.includes('Path 1'))"
    )
    tab.page.on("dialog", lambda dialog: dialog.accept())
    tab.page.reload()
    tab.ready()
    tab.wait("node")
    assert tab.layers == drawn


def test_the_editor_speaks_the_language_of_the_interface(tab: ComfyPage, artefacts: Path) -> None:
    # The last test on the last page: another language makes the page fetch and register its nodes again, in its own time.
    if tab.version != VERSIONS[-1] or tab.renderer != "classic":
        pytest.skip("asked of one frontend: the setting is the same in all")
    speak = "Promise.resolve(app.extensionManager.setting.set('Comfy.Locale', arg)).then(() => null)"
    tab.js(speak, "zh")
    try:
        tab.page.wait_for_load_state("networkidle")
        tab.start()
        assert tab.page.locator(".wmc-open").first.inner_text().strip() == "编辑运动"
        tab.open_editor()
        words = tab.page.locator(".wme-veil").inner_text()
        tab.page.screenshot(path=artefacts / "comfy_editor_zh.png")
        assert "区域" in words and "Region" not in words
        tab.close_editor()
    finally:
        # The page fetches its words and nodes again; the next test begins when it has them.
        tab.js(speak, "en")
        tab.page.wait_for_load_state("networkidle")
        tab.settle()
