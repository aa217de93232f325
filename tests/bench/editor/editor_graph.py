"""What a closed motion editor costs the classic graph: script time of one canvas frame, with and without editor nodes on it.

Run: python tests/bench/editor/editor_graph.py [--version 1.58.1]. The real frontend behind the test server of tests/browser. Each graph is drawn in
turn, so that a noisy neighbour troubles all alike; `plain` holds as many of the same nodes without thumbnail and button.
"""
# ruff: noqa: E501, E402

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [
    str(ROOT / "tests" / "browser" / "comfy"), str(ROOT / "tests" / "browser"), str(Path(__file__).parent),
    str(ROOT / "tests" / "bench"),
]  # fmt: skip
import _setup
import _unmeasured

_setup.load_core()
_unmeasured.need_package("playwright", "pip install -e '.[test]'")

from chromium import CHROMIUM_FLAGS, chromium_path
from editor import picture, scene
from frontend_page import ComfyPage
from frontend_server import FrontendServer, find_wheel
from playwright.sync_api import sync_playwright

NODES = 8
LIMIT_MS = 0.2

BUILD = """
const empty = { id: crypto.randomUUID(), revision: 0, last_node_id: 0, last_link_id: 0, nodes: [], links: [], groups: [], config: {}, extra: {}, version: 0.4 };
await app.loadGraphData(empty, true, false, app.extensionManager.workflow.activeWorkflow);
for (let i = 0; i < arg.count; i++) {
  const node = LiteGraph.createNode(arg.type);
  node.pos = [40 + (i % 4) * 300, 60 + Math.floor(i / 4) * 480];
  graph.add(node);
  node.setSize([280, 440]);
  if (arg.bare) node.removeWidget(node.widgets.find((w) => w.name === 'motion'));
  if (arg.document) node.widgets.find((w) => w.name === 'document').value = arg.document;
}
app.canvas.ds.scale = 0.8;
app.canvas.ds.offset = [0, 0];
for (let i = 0; i < 40; i++) await new Promise(requestAnimationFrame);
return null
"""

DRAW = """
const times = [];
for (let i = 0; i < arg; i++) {
  const start = performance.now();
  for (let k = 0; k < 5; k++) app.canvas.draw(true, true);
  times.push((performance.now() - start) / 5);
  await new Promise(requestAnimationFrame);
}
return times
"""


SAID = {"empty": "empty", "plain": "without thumbnail and button", "editors": "closed editors"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--version", default="1.58.1")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    args = parser.parse_args()
    wheel, why = find_wheel(args.version)
    if wheel is None:
        _unmeasured.not_measured(why)
    executable = chromium_path()
    if executable is None:
        _unmeasured.not_measured("no Chromium: install one, or name it in CHROMIUM")
    graphs = {
        "empty": {"count": 0, "type": "PreviewImage"},
        "plain": {"count": NODES, "type": "WanMoveMotionEditor", "document": scene(20), "bare": True},
        "editors": {"count": NODES, "type": "WanMoveMotionEditor", "document": scene(20)},
    }
    times: dict[str, list[float]] = {name: [] for name in graphs}
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        base = Path(name)
        (base / "input").mkdir()
        picture(base / "input").rename(base / "input" / "scene.png")
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        with FrontendServer(wheel, base, {"Comfy.VueNodes.Enabled": False}) as server:
            page = ComfyPage(browser.new_context(viewport={"width": 1440, "height": 900}), server.url).open()
            for _ in range(args.rounds):
                for kind, about in graphs.items():
                    page.js(BUILD, about)
                    times[kind] += page.js(DRAW, 40)
        browser.close()
    median = {kind: float(np.median(values)) for kind, values in times.items()}
    per_node = {kind: (median[kind] - median["empty"]) / NODES for kind in ("plain", "editors")}
    extra = per_node["editors"] - per_node["plain"]
    print(f"## Classic graph, frontend {args.version}, {NODES} nodes, script per frame")
    print("\n| of an empty graph | graph | ms | a node, ms |\n|---|---|---|---|")
    for kind, value in median.items():
        node = f"{per_node[kind]:.3f}" if kind in per_node else ""
        print(f"| {value / median['empty']:.2f} × | {SAID[kind]} | {value:.3f} | {node} |")
    met = "met" if extra <= LIMIT_MS else "MISSED"
    print(f"\nA closed editor takes {extra:+.3f} ms beside a plain node; the aim is {LIMIT_MS}: {met}.")
    if args.json:
        args.json.write_text(json.dumps({**median, "extra_per_node": extra}, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
