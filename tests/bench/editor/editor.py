"""Script time per frame of the motion editor, in one Chromium run beside a naive redraw of the same scene.

Run: python tests/bench/editor/editor.py [--json FILE]. Times are milliseconds of script on the page's main thread,
medians; the naive redraw strokes every track and its dots anew for each frame, as editors without a cached layer do.
`flush` also waits for the raster (reading one pixel back), which a page does not wait for.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "tests" / "browser"), str(ROOT / "tests" / "bench")]
import _setup  # noqa: E402
import _unmeasured  # noqa: E402

_setup.load_core()
_unmeasured.need_package("playwright", "pip install -e '.[test]'")

import numpy as np  # noqa: E402
from chromium import CHROMIUM_FLAGS, chromium_path  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

from wan_move_core.editor.page import EditorServer, make_job  # noqa: E402

PAGE_SCRIPT = (Path(__file__).parent / "page.js").read_text(encoding="utf-8")
LIMITS_MS = {
    "pan_1000": 8,
    "zoom_1000": 8,
    "scrub_1000": 8,
    "drag_one_of_1000": 4,
    "scrub_20": 1,
    "draft_script": 12,
    "draft_flat_script": 12,
    "open_after_picture": 150,
}


def scene(tracks: int, seed: int = 5) -> str:
    """``tracks`` smooth paths of six control points, each some 200 px long, over 81 frames."""
    rng = np.random.default_rng(seed)
    layers = []
    for i in range(tracks):
        start = rng.uniform(0.1, 0.9, 2)
        points = np.clip(start + np.cumsum(rng.normal(0, 0.04, (6, 2)), axis=0), 0.01, 0.99).round(4).tolist()
        layers.append(
            {
                "id": f"p{i}",
                "type": "path",
                "name": f"Track {i}",
                "color": ["#6699ff", "#ffd400", "#3ddc52"][i % 3],
                "points": points,
                "curve": "catmull-rom",
                "start": 0,
                "end": 80,
            }
        )
    return json.dumps({"version": 1, "size_wh": [832, 480], "frames": 81, "fps": 16, "fit": "crop", "layers": layers})


def picture(folder: Path) -> Path:
    import cv2

    noise = np.random.default_rng(1).integers(0, 255, (60, 104, 3), np.uint8)
    path = folder / "picture.png"
    cv2.imwrite(str(path), cv2.resize(noise, (832, 480), interpolation=cv2.INTER_CUBIC))
    return path


def measure() -> dict[str, float]:
    figures: dict[str, float] = {}
    executable = chromium_path()
    if executable is None:
        _unmeasured.not_measured("no Chromium: install one, or name it in CHROMIUM")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        for tracks in (1000, 20):
            document = folder / f"motion{tracks}.json"
            document.write_text(scene(tracks), encoding="utf-8")
            server = EditorServer(make_job(picture(folder), document, folder))
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(server.new_address())
            page.wait_for_url(server.page_url)
            while not page.evaluate("globalThis.wanMoveEditor?.editor.state.picture != null"):
                page.wait_for_timeout(20)
            page.wait_for_timeout(600)
            figures |= page.evaluate(PAGE_SCRIPT, tracks)
            page.close()
            server.shutdown()
            server.server_close()
            thread.join()
        browser.close()
    return figures


def table(figures: dict[str, float]) -> str:
    """One row of each thing that is done, beside the naive redraw of as many tracks, the raster in both."""
    rows = ["## The editor, milliseconds of a frame", ""]
    rows += ["| faster than a naive redraw | what | script | with its raster | aim, script |", "|---|---|---|---|---|"]
    for key, script in figures.items():
        if key.endswith("_flush"):
            continue
        name, _, tracks = key.rpartition("_")
        raster, naive = figures.get(f"{key}_flush"), figures.get(f"naive_{tracks}_flush")
        ratio = f"{naive / raster:.1f} ×" if naive and raster and name != "naive" else ""
        said = f"{name.replace('_', ' ')}, {int(tracks):,} tracks" if tracks.isdigit() else key.replace("_", " ")
        limit = LIMITS_MS.get(key)
        aim = f"{limit}, {'met' if script <= limit else 'MISSED'}" if limit else ""
        rows.append(f"| {ratio} | {said} | {script:.2f} | {'' if raster is None else f'{raster:.2f}'} | {aim} |")
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    args = parser.parse_args()
    figures = measure()
    print(table(figures))
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
