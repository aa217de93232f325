"""What does not depend on the frontend's version, asked of the newest: takes, dropped pictures, reloads, the language."""
# Scripts for the page keep their own lines.
# ruff: noqa: E501

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from frontend_documents import drop, path_document, put_document, wait_red
from frontend_fixtures import VERSIONS, comfy, frontend, tab  # noqa: F401  (fixtures)
from frontend_page import ComfyPage

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
    (base / "output" / "hostile.webp").write_bytes(b'{"class_type":' * 30_000)
    workers: list[str] = []
    tab.page.on("worker", lambda worker: workers.append(worker.url))
    tab.open_editor()
    tab.page.get_by_role("tab", name="Takes").click()
    cards = tab.page.locator(".wme-take")
    cards.nth(1).wait_for()
    words = [cards.nth(i).inner_text() for i in range(cards.count())]
    assert len(words) == 2, words
    assert "take.png" in words[0] and "seed 42" in words[0] and "a ball <b>rolls</b>" in words[0]
    assert "earlier.png" in words[1]
    # Files come from anywhere: they are read beside the page, not in it.
    assert len(workers) == 1
    assert workers[0].endswith("/reading_worker.mjs")
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
    box = tab.box(tab.page.locator(".wmc .wme-thumb:visible"))
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
def test_a_press_beside_the_editor_leaves_the_keys_in_it(tab: ComfyPage) -> None:
    tab.start()
    tab.js("app.canvas.selectNode ? app.canvas.selectNode(node) : app.canvas.select(node)")
    tab.open_editor()
    nodes = tab.js("graph.nodes.length")
    tab.page.mouse.click(4, 400)
    tab.page.wait_for_function("() => document.activeElement?.classList.contains('wme-keys')")
    tab.page.keyboard.press("Delete")
    tab.settle()
    assert tab.js("graph.nodes.length") == nodes and tab.page.locator(".wme-veil").count() == 1
    tab.close_editor()


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
    accept = lambda dialog: dialog.accept()  # noqa: E731
    tab.page.on("dialog", accept)
    tab.page.reload()
    tab.ready()
    tab.page.remove_listener("dialog", accept)
    tab.wait("node")
    assert tab.layers == drawn


@NEWEST
def test_the_editor_speaks_the_language_of_the_interface(tab: ComfyPage, artefacts: Path) -> None:
    # The last test on the page: another language makes it fetch and register its nodes again, in its own time.
    tab.spent = True
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
