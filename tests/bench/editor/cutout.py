"""Clicks on things of photographs: what the editor finds beside what GrabCut (OpenCV) finds, against outlines by hand.

python tests/bench/editor/cutout.py [--every N] [--sheets FOLDER]

The outlines (photo_parts/clicks.json) are rough: a difference under 0.02 says nothing. A click may mean a part or the
whole; the best of what is accepted counts. The editor's bounds were chosen with these photographs in view.
"""
# ruff: noqa: E402

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(HERE))
import _unmeasured
import cv2
import numpy as np
from photo_parts import photographs

LONG_SIDE_PX, ROUNDS = 416, 2
"""GrabCut looks at a copy of this size, so many times: on the whole picture it takes seconds."""
CLICK_PX = 5
WAYS = {
    "editor": "the editor's own cut",
    "seeded": "GrabCut from the click: a disc around it is likely the thing, the frame's sides are not",
    "after": "GrabCut from the editor's outline, free to leave it",
    "band": "GrabCut within 4 px of the editor's outline",
    "level": "the editor's best guess, one or more presses of [ or ] away",
}


def grab(picture: Any, found: Any, click: tuple[float, float], way: str) -> Any:
    """uint8 [H, W] of ``picture``'s size; ``found`` is the editor's, uint8 of any size."""
    scale = LONG_SIDE_PX / max(picture.shape[:2])
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    height, width = small.shape[:2]
    own = cv2.resize(found, (width, height), interpolation=cv2.INTER_NEAREST)
    y, x = np.mgrid[:height, :width]
    away = np.hypot(x - click[0] * width, y - click[1] * height)
    mask = np.where(own > 0, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    if way == "seeded":
        mask[:] = np.where(away < 0.22 * min(height, width), cv2.GC_PR_FGD, cv2.GC_PR_BGD)
        mask[:3] = mask[:, :3] = mask[:, -3:] = cv2.GC_BGD
    elif way == "band":
        nine = np.ones((9, 9), np.uint8)
        mask[cv2.erode(own, nine) > 0] = cv2.GC_FGD
        mask[cv2.dilate(own, nine) == 0] = cv2.GC_BGD
    mask[away < CLICK_PX] = cv2.GC_FGD
    if (mask & 1).any() and not (mask & 1).all():
        cv2.grabCut(small, mask, None, np.zeros((1, 65)), np.zeros((1, 65)), ROUNDS, cv2.GC_INIT_WITH_MASK)  # type: ignore[call-overload]
    pieces = cv2.connectedComponents(mask & 1)[1]
    piece = pieces[min(height - 1, int(click[1] * height)), min(width - 1, int(click[0] * width))]
    out = (pieces == piece).astype(np.uint8)
    return cv2.resize(out, picture.shape[1::-1], interpolation=cv2.INTER_NEAREST)


def editor_finds(picture: Any, clicks: list[list[float]], folder: Path) -> list[dict[str, Any]]:
    """Per click ``{"level", "ms", "levels": [uint8 [rows, cols], ...]}``, by Node."""
    raw = folder / "picture.rgba"
    raw.write_bytes(cv2.cvtColor(picture, cv2.COLOR_BGR2RGBA).tobytes())
    height, width = picture.shape[:2]
    command = ["node", str(HERE / "photo_parts" / "clicks.mjs"), str(raw), str(width), str(height), json.dumps(clicks)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = [json.loads(line) for line in said.splitlines()]
    for one in found:
        shape = (one["rows"], one["cols"])
        levels = [np.repeat(np.arange(len(runs)) % 2, runs).astype(np.uint8).reshape(shape) for runs in one["levels"]]
        one["levels"] = levels or [np.zeros(shape, np.uint8)]
    return found


def agreement(one: Any, other: Any) -> float:
    return float((one & other).sum() / max(1, (one | other).sum()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sheets", type=Path, help="write a sheet of outlines per photograph here")
    parser.add_argument("--every", type=int, default=1, help="only every so manieth click")
    arguments = parser.parse_args()
    sheets, every = arguments.sheets, max(1, arguments.every)
    told = json.loads((HERE / "photo_parts" / "clicks.json").read_text(encoding="utf-8"))
    # Means over fewer photographs are other figures: all of them, or none.
    if missing := [name for name in told if photographs.path_of(photographs.FILES[name]) is None]:
        _unmeasured.not_measured(photographs.why_missing(missing))
    if shutil.which("node") is None:
        _unmeasured.not_measured("no Node, in which the editor finds things here")
    print("## A click on a thing: the editor beside GrabCut\n")
    cv2.setRNGSeed(1)
    cv2.setNumThreads(2)
    agreed: dict[str, dict[str, list[float]]] = {name: {way: [] for way in WAYS} for name in told}
    took: dict[str, list[float]] = {way: [] for way in WAYS}
    before = 0
    for name, one in told.items():
        size = tuple(one["size_wh"])
        picture = cv2.imread(str(photographs.path_of(photographs.FILES[name])))
        assert picture is not None, f"{name} cannot be read"
        shrinks = size[0] < picture.shape[1]
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
        things = {}
        for thing, outline in one["things"].items():
            things[thing] = np.zeros(size[::-1], np.uint8)
            cv2.fillPoly(things[thing], [np.array(outline, np.int32)], 1)
        every_click = [(xy, group["accept"]) for group in one["clicks"] for xy in group["at"]]
        asked = every_click[-before % every :: every]
        before += len(every_click)
        if not asked:
            continue
        clicks = [[x / size[0], y / size[1]] for (x, y), _ in asked]
        with tempfile.TemporaryDirectory() as folder:
            found = editor_finds(picture, clicks, Path(folder))
        tiles = []
        for (_, accept), (x, y), answer in zip(asked, clicks, found, strict=True):
            levels = [cv2.resize(level, size, interpolation=cv2.INTER_NEAREST) for level in answer["levels"]]
            shown = levels[answer["level"]]
            by_way = {"editor": shown}
            took["editor"].append(answer["ms"])
            for way in ("seeded", "after", "band"):
                began = time.process_time()
                by_way[way] = grab(picture, shown, (x, y), way)
                took[way].append(1000 * (time.process_time() - began))
            for way, mask in by_way.items():
                agreed[name][way].append(max(agreement(mask, things[thing]) for thing in accept))
            agreed[name]["level"].append(max(agreement(level, things[thing]) for level in levels for thing in accept))
            tiles.append(_tile(picture, shown, (x, y), agreed[name]["editor"][-1]))
        if sheets:
            sheets.mkdir(parents=True, exist_ok=True)
            tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % 5)
            rows = [np.hstack(tiles[k : k + 5]) for k in range(0, len(tiles), 5)]
            cv2.imwrite(str(sheets / f"{name}.png"), np.vstack(rows))
    _print(agreed, took)


def _tile(picture: Any, mask: Any, click: tuple[float, float], agreed: float) -> Any:
    out = np.where(mask[..., None] > 0, picture, (0.35 * picture).astype(np.uint8))
    cv2.circle(out, (round(click[0] * out.shape[1]), round(click[1] * out.shape[0])), 8, (0, 0, 255), -1)
    cv2.putText(out, f"{agreed:.2f}", (8, 28), cv2.FONT_HERSHEY_SIMPLEX, 1, (255, 255, 255), 2)
    return cv2.resize(out, (round(300 * out.shape[1] / out.shape[0]), 300), interpolation=cv2.INTER_AREA)


def _print(agreed: dict[str, dict[str, list[float]]], took: dict[str, list[float]]) -> None:
    print("Common area over joint area with the outline by hand, means over clicks.\n")
    print("\n".join(f"- {way}: {words}" for way, words in WAYS.items()))
    print(f"\n| photograph | clicks | {' | '.join(WAYS)} |\n|---|---|{'---|' * len(WAYS)}")
    whole = {way: [value for one in agreed.values() for value in one[way]] for way in WAYS}
    for name, ways in (agreed | {"all": whole}).items():
        if not ways["editor"]:
            continue
        row = " | ".join(f"{np.mean(ways[way]):.3f}" for way in WAYS)
        print(f"| {name} | {len(ways['editor'])} | {row} |")
    figures = {way: np.array(values) for way, values in whole.items()}
    print(f"\n| over all clicks | {' | '.join(WAYS)} |\n|---|{'---|' * len(WAYS)}")
    own = figures["editor"]
    print(f"| above 0.8, % | {' | '.join(f'{100 * (v > 0.8).mean():.0f}' for v in figures.values())} |")
    print(f"| better by over 0.03 | {' | '.join(str((v > own + 0.03).sum()) for v in figures.values())} |")
    print(f"| worse by over 0.03 | {' | '.join(str((v < own - 0.03).sum()) for v in figures.values())} |")
    print(f"| CPU ms, median | {' | '.join(f'{np.median(v):.0f}' if v else '' for v in took.values())} |")


if __name__ == "__main__":
    main()
