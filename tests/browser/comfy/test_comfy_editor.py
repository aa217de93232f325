"""The editor inside a real ComfyUI, wherever a checkout is found: draw, play, undo, save, reload, queue, and read the tracks from history."""
# Scripts for the page keep their own lines.
# ruff: noqa: E501

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "host"))

pytest.importorskip("aiohttp", reason="aiohttp is not installed")

from _host import ROOT, find_checkout, find_python, why_no_host
from _server import Client, Server
from frontend_page import ComfyPage
from frontend_server import OBJECT_INFO, trimmed
from frontend_settings import SETTINGS

from wan_move_core.motion.document.read import parse_document
from wan_move_core.motion.evaluation.evaluate import tracks_from_document


@pytest.fixture(scope="module")
def server(scene: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    reason = why_no_host()
    if reason:
        pytest.skip(reason)
    checkout = find_checkout()
    assert checkout is not None
    base = tmp_path_factory.mktemp("comfy")
    (base / "input").mkdir()
    shutil.copyfile(scene, base / "input" / "scene.png")
    # The picture that every installation has, and the templates start from.
    if (checkout / "input" / "example.png").is_file():
        shutil.copyfile(checkout / "input" / "example.png", base / "input" / "example.png")
    with Server(checkout, find_python(), base, packs=(("wan-move", ROOT),)) as running:
        yield running


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[Client]:
    asking = Client(server)
    asking.post("/settings", SETTINGS)
    yield asking
    asking.close()


@pytest.fixture(scope="module")
def page(browser: Any, server: Server, client: Client) -> Iterator[ComfyPage]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield ComfyPage(context, server.url).open()
    context.close()


def test_recorded_object_info_is_the_hosts(client: Client) -> None:
    """The frontend lane stands on a recording; it must be what this host says."""
    live = trimmed(client.object_info())
    recorded = json.loads(OBJECT_INFO.read_text(encoding="utf-8"))
    own = "WanMoveMotionEditor"
    for part in ("input", "input_order", "output", "output_name", "display_name"):
        assert live[own][part] == recorded[own][part], (
            f"{part} changed: record anew (python tests/browser/comfy/frontend_server.py OBJECT_INFO.json)"
        )
    for name, about in recorded.items():
        assert set(about["input_order"]["required"]) <= set(live[name]["input_order"]["required"])


def finished(client: Client, known: set[str], seconds: float = 60) -> dict[str, Any]:
    """The history's entry that was not known before, once it has ended."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        news = [entry for name, entry in json.loads(client.get("/history")).items() if name not in known]
        if news and news[0]["status"]["completed"]:
            return news[0]
        time.sleep(0.05)
    raise TimeoutError(f"the page's prompt did not end in {seconds} s")


@pytest.mark.parametrize("renderer", ["classic", "nodes2"])
def test_draw_play_undo_save_reload_queue(
    page: ComfyPage, server: Server, client: Client, artefacts: Path, renderer: str
) -> None:
    page.problems.clear()
    page.use_renderer(renderer)
    page.start()
    page.open_editor()
    page.drag((0.3, 0.6), (0.45, 0.4), (0.65, 0.45))
    page.wait("JSON.parse(node.widgets.find((w) => w.name === 'document').value || '{}').layers?.length === 1")
    page.page.keyboard.press("Space")
    page.page.wait_for_function("() => document.querySelector('.wme [aria-label=\"Pause\"]')")
    page.page.screenshot(path=artefacts / f"real_editor_{renderer}.png")
    page.page.keyboard.press("Space")
    page.page.keyboard.press("Control+z")
    page.wait("JSON.parse(node.widgets.find((w) => w.name === 'document').value).layers.length === 0")
    page.page.keyboard.press("Control+Shift+z")
    page.wait("JSON.parse(node.widgets.find((w) => w.name === 'document').value).layers.length === 1")
    page.page.get_by_role("button", name="Hold the rest").click()
    page.wait("JSON.parse(node.widgets.find((w) => w.name === 'document').value).layers.length === 2")
    page.close_editor()
    drawn = page.document
    # What is saved is what is loaded.
    page.js(
        "{ const data = JSON.parse(JSON.stringify(graph.serialize())); await app.loadGraphData(data, true, false, app.extensionManager.workflow.activeWorkflow); return null }"
    )
    page.button().wait_for(state="visible")
    assert page.document == drawn
    page.page.screenshot(path=artefacts / f"real_node_{renderer}.png")
    known = set(json.loads(client.get("/history")))
    # The queue: coordinates and the fitted picture are shown by the host's own nodes.
    page.js(
        """
        const [text, image, video, save] = ['PreviewAny', 'SaveImage', 'CreateVideo', 'SaveVideo'].map((kind, i) => {
          const made = LiteGraph.createNode(kind);
          made.pos = [900 + 260 * (i % 2), 90 + 330 * (i >> 1)];
          graph.add(made);
          return made;
        });
        node.connect(2, text, 0);
        node.connect(1, image, 0);
        node.connect(1, video, 0);
        video.connect(0, save, 0);
        await app.queuePrompt(0, 1);
        return null
        """
    )
    entry = finished(client, known)
    (text,) = (out["text"][0] for out in entry["outputs"].values() if "text" in out)
    told = np.array([[[p["x"], p["y"]] for p in track] for track in json.loads(text)])
    expected = tracks_from_document(parse_document(json.dumps(drawn))).xy.numpy().transpose(1, 0, 2)
    np.testing.assert_allclose(told, expected, atol=0.0051)
    (ui,) = (out["wan_move_editor"][0] for out in entry["outputs"].values() if "wan_move_editor" in out)
    assert ui["size_wh"] == [832, 480] and ui["length"] == 81
    # The run is a take of this node, and holds its drawing.
    page.open_editor()
    page.page.get_by_role("tab", name="Takes").click()
    page.page.locator(".wme-take").first.wait_for()
    assert "ComfyUI_" in page.page.locator(".wme-take").first.inner_text()
    page.close_editor()
    # The host forgets its history when it ends: clips and pictures tell the same by themselves.
    client.post("/history", {"clear": True})
    page.open_editor()
    page.page.get_by_role("tab", name="Takes").click()
    cards = page.page.locator(".wme-take")
    cards.nth(1).wait_for()
    words = [cards.nth(i).inner_text() for i in range(2)]
    assert any(".mp4" in text for text in words) and any(".png" in text for text in words), words
    cards.first.get_by_role("button", name="Open its drawing").click()
    page.page.get_by_text("The take's drawing is open.").wait_for()
    page.close_editor()
    assert page.layers == drawn["layers"]
    assert not page.problems


def test_the_editor_asks_for_nothing_that_is_not_there(page: ComfyPage, client: Client) -> None:
    """Own motions are read where there are some; before that, no console shows an error."""
    refused: list[str] = []

    def heard(response: Any) -> None:
        if response.status >= 400:
            refused.append(f"{response.status} {response.url}")

    page.start()
    kept = [{"name": "Hop", "easing": "linear", "keys": []}]
    page.page.on("response", heard)
    try:
        with page.page.expect_response(lambda response: "userdata" in response.url):
            page.open_editor()
        page.page.wait_for_load_state("networkidle")
        page.close_editor()
        assert refused == []
        client.post("/userdata/wan_move_motions.json?overwrite=true", kept)
        with page.page.expect_response(lambda response: response.url.endswith("/userdata/wan_move_motions.json")) as got:
            page.open_editor()
        assert got.value.json() == kept
        page.close_editor()
        assert refused == []
    finally:
        page.page.remove_listener("response", heard)


def test_first_workflow_opens_with_its_drawing(page: ComfyPage, artefacts: Path) -> None:
    """The template that people open first: no missing node, the thumbnail is drawn, the editor opens on it."""
    path = ROOT / "example_workflows" / "01 Draw and generate.json"
    page.problems.clear()
    page.js("{ await app.loadGraphData(arg); return null }", json.loads(path.read_text(encoding="utf-8")))
    page.wait("node && !graph.nodes.some((n) => n.has_errors && n.type === 'WanMoveMotionEditor')")
    assert (
        page.js(
            "graph.nodes.filter((n) => !LiteGraph.registered_node_types[n.type] && !n.isVirtualNode).map((n) => n.type)"
        )
        == []
    )
    page.js(
        "{ app.canvas.ds.scale = 0.8; app.canvas.ds.offset = [-node.pos[0] + 300, -node.pos[1] + 120]; app.canvas.setDirty(true, true); return null }"
    )
    page.button().wait_for(state="visible")
    page.settle(6)
    page.page.screenshot(path=artefacts / "real_workflow.png")
    page.open_editor()
    assert page.page.locator(".wme-row").count() >= 1
    page.page.screenshot(path=artefacts / "real_workflow_editor.png")
    page.close_editor()
    assert not page.problems


def test_help_page_and_modules_are_served(client: Client) -> None:
    assert b"# Motion Editor" in client.get("/extensions/wan-move/docs/WanMoveMotionEditor.md")
    listed = json.loads(client.get("/extensions"))
    # One entry: a second one would be evaluated as an extension of its own.
    assert [name for name in listed if "/wan-move/" in name] == ["/extensions/wan-move/wan_move.js"]
