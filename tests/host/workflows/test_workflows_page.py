"""The example workflows opened in ComfyUI's own page, in a real browser, from a real server.

What the page would queue must be what the other tests of workflows run: this holds their converter to the page itself.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "browser" / "comfy"))

from _workflows import LOOPS, PARTNERS, ordered_inputs, prompt_from_workflow
from _workflows_small import put_files
from frontend_settings import SETTINGS

ROOT = Path(__file__).resolve().parents[3]
FILES = [*sorted((ROOT / "example_workflows").glob("*.json")), *sorted((ROOT / "subgraphs").glob("*.json"))]
EMPTY = '{"last_node_id":0,"last_link_id":0,"nodes":[],"links":[],"groups":[],"config":{},"extra":{},"version":0.4}'
OPEN = """async (workflow) => {
    const app = comfyAPI.app.app;
    await app.loadGraphData(workflow, true, true);
    const graph = app.rootGraph ?? app.graph;
    const { output } = await app.graphToPrompt();
    // What app mode would show: the page looks a widget up by its node and name.
    const app_inputs = (graph.extra?.linearData?.inputs ?? []).map(([id, name]) => [
        name, graph.getNodeById(id)?.widgets?.some((w) => w.name === name)]);
    const unknown = graph.nodes.filter((n) => !LiteGraph.registered_node_types[n.type]).map((n) => n.type);
    return { output, unknown, app_inputs };
}"""


@pytest.fixture(scope="module")
def opened(browser, comfy_server):
    """(page, object_info), the page ready."""
    from _server import Client

    put_files(comfy_server.base)
    tab = Client(comfy_server)
    try:
        tab.post("/settings", SETTINGS)
        info = tab.object_info()
    finally:
        tab.close()
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_init_script(f"localStorage.getItem('workflow') ?? localStorage.setItem('workflow', '{EMPTY}')")
    page = context.new_page()
    page.goto(comfy_server.url)
    ready = "() => globalThis.comfyAPI?.app?.app?.extensionManager?.workflow?.activeWorkflow"
    page.wait_for_function(ready, timeout=60000)
    page.wait_for_function("() => LiteGraph.registered_node_types?.WanMoveMotionEditor", timeout=30000)
    yield page, info
    context.close()


def plain(prompt: dict[str, Any], info: dict[str, Any]) -> dict[str, Any]:
    """Without inputs that no schema has: the page adds its own previews, and the server passes over them."""
    told = {}
    for id, node in prompt.items():
        known = ordered_inputs(info[node["class_type"]])
        told[id] = (node["class_type"], {k: v for k, v in node["inputs"].items() if k in known})
    return told


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_page_queues_what_the_tests_run(path, opened):
    page, info = opened
    workflow = json.loads(path.read_text(encoding="utf-8"))
    got = page.evaluate(OPEN, workflow)
    assert [found for _, found in got["app_inputs"]] == [True] * len(got["app_inputs"])
    off = [node["type"] for node in workflow["nodes"] if node.get("mode", 0)]
    assert set(got["unknown"]) <= (set(PARTNERS) & set(off)) | set(LOOPS)
    if set(got["unknown"]) & set(LOOPS):
        # It opens and cannot be queued here; that says its note.
        return
    assert plain(got["output"], info) == plain(prompt_from_workflow(workflow, info), info)


def test_templates_open_by_their_address(opened, comfy_server):
    """As the template browser fetches them: names with spaces, thumbnails as pictures."""
    page, _ = opened
    for path in FILES[:-1]:
        base = f"/api/workflow_templates/wan-move/{quote(path.stem)}"
        size = page.evaluate(
            """async (base) => {
                const nodes = (await (await fetch(`${base}.json`)).json()).nodes.length;
                const picture = new Image();
                picture.src = `${base}.jpg`;
                await picture.decode();
                return [nodes, picture.naturalWidth];
            }""",
            base,
        )
        assert size[0] > 10 and size[1] >= 320
