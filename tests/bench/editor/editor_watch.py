"""The editor while it is watched and opened: script per frame, the first changed pixel, click to outline, opening, what openings leave.

Run: python tests/bench/editor/editor_watch.py. One Chromium, software raster. A frame's script is everything that ran in animation frames and events from
one frame of the clip to the next, medians; the clip is a region of 3,775 points that moves and turns over 81 frames.
"""
# ruff: noqa: E501, E402

from __future__ import annotations

import json
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "tests" / "browser"), str(ROOT / "tests" / "bench")]
import _setup
import _unmeasured

_setup.load_core()
_unmeasured.need_package("playwright", "pip install -e '.[test]'")

from chromium import CHROMIUM_FLAGS, chromium_path
from playwright.sync_api import Page, sync_playwright

from wan_move_core.editor.page import EditorServer, make_job

AIMS = {
    "playing, 3,775 points": 8,
    "scrubbing, 3,775 points": 8,
    "playing, 4096 x 2731": 8,
    "scrubbing, 4096 x 2731": 8,
    "Space to the first changed pixel": 80,
    "click to outline, looked at before": 300,
    "click to outline, at once": 300,
    "opening": 250,
}
"""ms."""

COUNT_FRAMES = """(() => {
  const times = (globalThis.frameScript = []);
  const ask = globalThis.requestAnimationFrame.bind(globalThis);
  let stamp = 0, sum = 0;
  const add = (at, ms) => { if (at !== stamp) { if (stamp) times.push([stamp, sum, globalThis.wanMoveEditor?.editor.state.frame]); stamp = at; sum = 0; } sum += ms; };
  globalThis.eventScript = (ms) => (sum += ms);
  globalThis.requestAnimationFrame = (run) => ask((at) => { const began = performance.now(); try { run(at); } finally { add(at, performance.now() - began); } });
})()"""

PLAY = """async (seconds) => {
  const { state } = wanMoveEditor.editor;
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  state.setFrame(0);
  document.querySelector('.wme-play').click();
  await wait(700);
  frameScript.length = 0;
  await wait(seconds * 1000);
  // What ran from one frame of the clip to the next: its tick, and its paint in the animation frame after.
  const shown = [];
  for (const [at, ms, frame] of frameScript) {
    const last = shown[shown.length - 1];
    if (last?.frame === frame) last.ms += ms;
    else shown.push({ at, ms, frame });
  }
  document.querySelector('.wme-play').click();
  return { script: shown.map((one) => one.ms), gaps: shown.slice(1).map((one, i) => one.at - shown[i].at) };
}"""

SCRUB = """async (count) => {
  const ruler = document.querySelector('.wme-lanes canvas[role=slider]'), box = ruler.getBoundingClientRect();
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const send = (type, x) => ruler.dispatchEvent(new PointerEvent(type, { pointerId: 1, bubbles: true, isPrimary: true, button: type === 'pointermove' ? -1 : 0, buttons: type === 'pointerup' ? 0 : 1, clientX: x, clientY: box.top + 8 }));
  ruler.setPointerCapture = () => {};
  const x = (i) => box.left + 200 + ((i * 37) % (box.width - 260));
  send('pointerdown', x(0));
  const script = [];
  for (let i = 1; i <= count; i++) {
    await frame();
    frameScript.length = 0;
    const began = performance.now();
    send('pointermove', x(i));
    const event = performance.now() - began;
    await frame(); await frame();
    script.push(event + Math.max(0, ...frameScript.map((one) => one[1])));
  }
  send('pointerup', x(count));
  return script;
}"""

FIRST_PIXEL = """async () => {
  const { state, stage } = wanMoveEditor.editor;
  state.setFrame(0);
  await new Promise((done) => setTimeout(done, 400));
  const draft = document.querySelector('.wme-draft');
  const began = performance.now();
  const key = (type) => document.querySelector('.wme-keys').dispatchEvent(new KeyboardEvent(type, { key: ' ', bubbles: true, cancelable: true }));
  key('keydown'); key('keyup');
  for (;;) {
    await new Promise((done) => requestAnimationFrame(done));
    // Run after the editor's own callbacks of this frame.
    await new Promise((done) => queueMicrotask(done));
    if (state.frame > 0 && !draft.hidden) break;
    if (performance.now() - began > 3000) break;
  }
  await new Promise((done) => requestAnimationFrame(done));
  const took = performance.now() - began;
  key('keydown'); key('keyup');
  return took;
}"""

OUTLINE = """async () => {
  const { state, stage } = wanMoveEditor.editor, over = stage.over, box = over.getBoundingClientRect();
  state.deselect();
  const at = { clientX: box.left + state.view.x + 200 * state.view.scale, clientY: box.top + state.view.y + 280 * state.view.scale };
  const before = state.doc;
  const send = (type, buttons) => over.dispatchEvent(new PointerEvent(type, { pointerId: 1, bubbles: true, isPrimary: true, button: 0, buttons, ...at }));
  over.setPointerCapture = () => {};
  const began = performance.now();
  send('pointerdown', 1); send('pointerup', 0);
  while (state.doc === before && performance.now() - began < 5000) await new Promise((done) => setTimeout(done));
  stage.paintNow();
  const took = performance.now() - began;
  state.undo();
  return took;
}"""

OPEN = """async (count) => {
  const { openEditor } = await import('./editor/editor.mjs');
  const text = await wanMoveEditor.getDocumentText();
  const url = wanMoveEditor.benchPicture;
  const took = [], longest = [];
  const tasks = new PerformanceObserver((list) => longest.push(...list.getEntries().map((one) => one.duration)));
  tasks.observe({ entryTypes: ['longtask'] });
  for (let i = 0; i < count; i++) {
    const began = performance.now();
    const handle = openEditor({ documentText: text, picture: url ? { url, name: 'p' } : null });
    while (handle.element.style.visibility === 'hidden' || (url && !handle.editor.state.picture)) await new Promise((done) => setTimeout(done));
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    took.push(performance.now() - began);
    await new Promise((done) => setTimeout(done, 500));
    handle.destroy();
    await new Promise((done) => setTimeout(done, 50));
  }
  tasks.disconnect();
  return { took, longest };
}"""


def median(values: list[float]) -> float:
    return float(np.median(values)) if values else float("nan")


def photograph(folder: Path, width: int, height: int) -> Path:
    """Clouds of several sizes, a ball and a box: edges to find, and texture everywhere."""
    rng = np.random.default_rng(3)
    image = np.zeros((height, width, 3), np.float32)
    for cells in (4, 16, 64):
        image += cv2.resize(rng.uniform(0, 255, (cells, cells * 2, 3)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC) / 3  # fmt: skip
    scale = width / 832
    cv2.circle(
        image, (round(200 * scale), round(height * 280 / 480)), round(50 * scale), (60, 70, 220), -1, cv2.LINE_AA
    )
    cv2.rectangle(image, (round(520 * scale), round(height * 0.52)), (round(640 * scale), round(height * 0.7)), (190, 140, 60), -1)  # fmt: skip
    path = folder / f"picture{width}.jpg"
    cv2.imwrite(str(path), np.clip(image, 0, 255).astype(np.uint8))
    return path


def region(points: int) -> str:
    """A rectangle that holds about ``points`` points at 8 px, moving and turning over the clip."""
    width = 632 / 832 * np.sqrt(points / 3775)
    height = 382 / 480 * np.sqrt(points / 3775)
    left, top = 0.5 - width / 2, 0.5 - height / 2
    corners = [[left, top], [left + width, top], [left + width, top + height], [left, top + height]]
    layer = {
        "id": "r1", "type": "region", "name": "Field", "color": "#ff66cc", "pivot": [0.5, 0.5], "density": 1,
        "polygon": np.round(corners, 4).tolist(),
        "keys": [{"frame": 0, "offset": [0, 0], "rotate": 0, "scale": 1}, {"frame": 80, "offset": [0.08, 0.04], "rotate": 8, "scale": 1.05}],
    }  # fmt: skip
    return json.dumps({"version": 1, "size_wh": [832, 480], "frames": 81, "fps": 16, "fit": "crop", "layers": [layer]})


class Opened:
    """The editor's page over a picture and a document, counted."""

    def __init__(self, browser: Any, picture: Path, text: str | None) -> None:
        folder = Path(tempfile.mkdtemp(dir=picture.parent))
        document = folder / "motion.json"
        if text is not None:
            document.write_text(text, encoding="utf-8")
        self.server = EditorServer(make_job(picture, document, folder))
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()
        self.page: Page = browser.new_page(viewport={"width": 1440, "height": 900})
        self.page.add_init_script(COUNT_FRAMES)
        self.page.goto(self.server.new_address())
        self.page.wait_for_url(self.server.page_url)
        while not self.page.evaluate("globalThis.wanMoveEditor?.editor.state.picture != null"):
            time.sleep(0.02)

    def __enter__(self) -> Page:
        return self.page

    def __exit__(self, *_: object) -> None:
        self.page.close()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def watched(page: Page, name: str, figures: dict[str, float]) -> None:
    page.wait_for_timeout(4000)
    played = page.evaluate(PLAY, 4)
    figures[f"playing, {name}"] = median(played["script"])
    figures[f"between frames, {name}"] = median(played["gaps"])
    figures[f"scrubbing, {name}"] = median(page.evaluate(SCRUB, 40))


def left_behind(page: Page, openings: int) -> dict[str, tuple[int, int]]:
    """What the page holds before and after so many openings, each closed again."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")

    def counts() -> dict[str, int]:
        for _ in range(3):
            session.send("HeapProfiler.collectGarbage")
            page.wait_for_timeout(120)
        metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
        return {name: int(metrics[name]) for name in ("Nodes", "JSEventListeners", "JSHeapUsedSize")}

    page.evaluate(OPEN, 2)
    before = counts()
    page.evaluate(OPEN, openings)
    after = counts()
    return {name: (before[name], after[name]) for name in before}


def measure() -> tuple[dict[str, float], dict[str, tuple[int, int]], list[float]]:
    executable = chromium_path()
    if executable is None:
        _unmeasured.not_measured("no Chromium: install one, or name it in CHROMIUM")
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        small, large = photograph(folder, 832, 480), photograph(folder, 4096, 2731)
        with Opened(browser, small, region(3775)) as page:
            watched(page, "3,775 points", figures)
            figures["Space to the first changed pixel"] = median([page.evaluate(FIRST_PIXEL) for _ in range(5)])
        with Opened(browser, large, region(300)) as page:
            watched(page, "4096 x 2731", figures)
        with Opened(browser, small, None) as page:
            figures["click to outline, at once"] = page.evaluate(OUTLINE)
        with Opened(browser, small, None) as page:
            page.wait_for_timeout(2500)
            figures["click to outline, looked at before"] = median([page.evaluate(OUTLINE) for _ in range(5)])
        with Opened(browser, small, None) as page:
            page.evaluate(
                "wanMoveEditor.benchPicture = performance.getEntriesByType('resource').map((one) => one.name).find((url) => url.endsWith('/picture'))"
            )
            opened = page.evaluate(OPEN, 7)
            figures["opening"] = median(opened["took"])
            left = left_behind(page, 20)
        browser.close()
    return figures, left, opened["longest"]


def main() -> None:
    figures, left, longest = measure()
    print("## The editor while it is watched and opened\n")
    print("| | ms | aim |\n|---|---|---|")
    for name, value in figures.items():
        aim = AIMS.get(name)
        said = "" if aim is None else f"{aim}" if value <= aim else f"{aim}, missed"
        print(f"| {name} | {value:.1f} | {said} |")
    print(
        f"\nLongest tasks over 50 ms while seven editors open and look at the picture: {', '.join(f'{ms:.0f}' for ms in sorted(longest)[-5:]) or 'none'}."
    )
    print("\n| after twenty openings | before | after |\n|---|---|---|")
    for name, (before, after) in left.items():
        print(f"| {name} | {before} | {after} |")


if __name__ == "__main__":
    main()
