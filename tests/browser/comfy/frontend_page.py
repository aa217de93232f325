"""One tab with ComfyUI's frontend in it, and the shortest words for what a person does there."""
# Scripts for the page keep their own lines.
# ruff: noqa: E501

from __future__ import annotations

import contextlib
import json
import re
from typing import Any

READY = "() => globalThis.comfyAPI?.app?.app?.extensionManager?.workflow?.activeWorkflow"
# What the frontends themselves say on a page with a server that answers the least.
EXPECTED = ("favicon", "Failed to load resource", "404", "net::ERR")


class ComfyPage:
    """``url`` serves a frontend with the pack; a failed script of ours or an unhandled error ends up in ``problems``."""

    def __init__(self, context: Any, url: str) -> None:
        self.page = context.new_page()
        self.url = url
        self.version = self.renderer = ""
        self.spent = False
        self.server: Any = None
        self.problems: list[str] = []
        self.warnings: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", self._heard)

    def _heard(self, message: Any) -> None:
        ours = "/wan-move/" in (message.location or {}).get("url", "") or "wan-move" in message.text.lower()
        if message.type == "error" and ours:
            self.problems.append(message.text)
        if message.type == "warning" and (ours or "deprecat" in message.text.lower()):
            self.warnings.append(message.text)

    def open(self) -> ComfyPage:
        self.page.goto(self.url)
        self.ready()
        return self

    def ready(self) -> None:
        self.page.wait_for_function(READY, timeout=90000)
        # Extensions are up when the node's class is known.
        self.page.wait_for_function("() => LiteGraph.registered_node_types?.WanMoveMotionEditor", timeout=60000)

    def js(self, code: str, argument: Any = None) -> Any:
        """An expression or a body with ``return``; ``app``, ``graph`` and ``node`` (the first editor node) are at hand."""
        body = code if "return" in code else f"return ({code})"
        return self.page.evaluate(
            f"""async (arg) => {{
                const app = comfyAPI.app.app, graph = app.rootGraph ?? app.graph;
                const node = graph.nodes.find((n) => n.type === 'WanMoveMotionEditor');
                {body};
            }}""",
            argument,
        )

    def wait(self, code: str, seconds: float = 10) -> None:
        self.page.wait_for_function(
            f"""() => {{
                const app = comfyAPI.app.app, graph = app.rootGraph ?? app.graph;
                const node = graph.nodes.find((n) => n.type === 'WanMoveMotionEditor');
                return {code};
            }}""",
            timeout=seconds * 1000,
        )

    def settle(self, frames: int = 3) -> None:
        self.page.evaluate(
            "(n) => new Promise((done) => { const next = () => (n-- > 0 ? requestAnimationFrame(next) : done()); next(); })",
            frames,
        )

    def use_renderer(self, name: str) -> None:
        """ "classic" or "nodes2", switched as the settings dialog does it."""
        self.renderer = name
        self.js("app.extensionManager.setting.set('Comfy.VueNodes.Enabled', arg).then(() => null)", name == "nodes2")
        self.wait(f"LiteGraph.vueNodesMode === {'true' if name == 'nodes2' else 'false'}")

    # -- the graph --------------------------------------------------------------------------------------------------

    def start(self, *, picture: str | None = "scene.png", extra: str = "") -> None:
        """An empty graph with the editor's node, fed by LoadImage unless ``picture`` is None; the view at 1:1."""
        self.js(
            """
            // A graph of its own: hosts remember widgets' values by the ids of graph and node.
            const empty = { id: crypto.randomUUID(), revision: 0, last_node_id: 0, last_link_id: 0, nodes: [], links: [], groups: [], config: {}, extra: {}, version: 0.4 };
            await app.loadGraphData(empty, true, false, app.extensionManager.workflow.activeWorkflow);
            const editor = LiteGraph.createNode('WanMoveMotionEditor');
            editor.pos = [420, 90];
            graph.add(editor);
            if (arg.picture) {
              const load = LiteGraph.createNode('LoadImage');
              load.pos = [60, 120];
              graph.add(load);
              load.widgets.find((w) => w.name === 'image').value = arg.picture;
              load.connect(0, editor, editor.inputs.findIndex((i) => i.name === 'picture'));
            }
            app.canvas.ds.scale = 1;
            app.canvas.ds.offset = [0, 0];
            app.canvas.setDirty(true, true);
            const tracker = app.extensionManager.workflow.activeWorkflow.changeTracker;
            tracker.captureCanvasState ? tracker.captureCanvasState() : tracker.checkState();
            return null
            """,
            {"picture": picture},
        )
        self.button().wait_for(state="visible")
        self.settle()

    def button(self) -> Any:
        # A node that a test left in a subgraph keeps its hidden element.
        return self.page.locator(".wmc-open:visible").first

    def box(self, what: Any) -> dict[str, float]:
        """Where an element lies, once it lies still. Nodes 2.0 exchanges a node's elements some frames after a change: one that was just
        found may be off the page when it is asked for its place."""
        last: dict[str, float] | None = None
        for _ in range(100):
            self.settle(2)
            found = what.bounding_box() if what.count() else None
            if found is not None and found == last:
                return found
            last = found
        raise AssertionError(f"{what} never lay still")

    @property
    def document(self) -> dict[str, Any] | None:
        text = self.js("node.widgets.find((w) => w.name === 'document').value")
        return json.loads(text) if text else None

    @property
    def layers(self) -> list[dict[str, Any]]:
        return (self.document or {}).get("layers", [])

    def steps(self) -> int:
        """Length of the graph's own undo queue."""
        return self.js("app.extensionManager.workflow.activeWorkflow.changeTracker.undoQueue.length")

    def graph_undo(self) -> None:
        self.js("app.extensionManager.workflow.activeWorkflow.changeTracker.undo().then(() => null)")
        self.settle(6)

    # -- the editor -------------------------------------------------------------------------------------------------

    def open_editor(self) -> None:
        # Nodes 2.0 puts a node's new element in place some frames after a change of tab or an undo. A click on the old one
        # in between opens nothing, and a person clicks again.
        from playwright.sync_api import TimeoutError as NotInTime

        for _ in range(3):
            with contextlib.suppress(NotInTime):
                self.button().click(timeout=6000)
                self.page.wait_for_selector(".wme-veil .wme-over", state="visible", timeout=6000)
                break
        self.editor_ready()

    def editor_ready(self, tool: str | None = "d") -> None:
        """Seen and with the keys; most tests draw paths, where the tool in the hand at first points at things."""
        self.page.wait_for_selector(".wme-veil .wme-over", state="visible")
        self.page.wait_for_function(
            "() => document.querySelector('.wme-veil').style.visibility === '' && document.querySelector('.wme-over').clientWidth > 100"
        )
        self.page.wait_for_function("() => document.activeElement?.classList.contains('wme-keys')")
        if tool:
            self.page.keyboard.press(tool)
        self.settle(2)

    def close_editor(self) -> None:
        self.page.locator(".wme-head").get_by_role("button", name=re.compile("^(Done|完成)")).click()
        self.page.wait_for_selector(".wme-veil", state="detached")
        self.settle()

    def stage(self, x: float, y: float) -> tuple[float, float]:
        """A place on the stage, 0-1 of its rectangle."""
        box = self.box(self.page.locator(".wme-over"))
        return box["x"] + box["width"] * x, box["y"] + box["height"] * y

    def drag(self, *places: tuple[float, float]) -> None:
        mouse = self.page.mouse
        mouse.move(*self.stage(*places[0]))
        mouse.down()
        for place in places[1:]:
            mouse.move(*self.stage(*place), steps=4)
        mouse.up()
        self.settle(2)
