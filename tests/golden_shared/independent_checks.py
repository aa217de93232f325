"""The checks and the "hold the rest" rule as naive loops, written from the rules in README.md; nothing of the pack."""

from __future__ import annotations

import json
import math
from pathlib import Path

TABLE = Path(__file__).resolve().parents[2] / "wan_move_core" / "motion" / "checks" / "checks.json"


def check(doc, evaluate):
    """The issues of a document: [{"id", "track", "frame", "count"}] in the order of checks.json, then by track."""
    table = {c["id"]: c for c in json.loads(TABLE.read_text(encoding="utf-8"))}
    xy, visible, owner = evaluate(doc)
    xy, visible = xy.tolist(), visible.tolist()
    total, count = doc["frames"], len(owner)
    w, h = doc["size_wh"]
    region_of = [i if doc["layers"][i]["type"] == "region" else None for i in owner]
    keys = (doc.get("camera") or {}).get("keys") or []
    camera_moves = any(
        (k["truck"], k["zoom"], k["roll"]) != (keys[0]["truck"], keys[0]["zoom"], keys[0]["roll"]) for k in keys
    )
    scene = evaluate(doc, scene=True)[0].tolist()

    def inside(t, n, where=xy):
        x, y = where[t][n]
        return bool(0 <= x <= w and 0 <= y <= h)

    def good(t, n):
        return bool(visible[t][n] and inside(t, n))

    usable = [bool(good(0, n)) for n in range(count)]
    samples = [f for f in range(4, total, 4)]

    def moving(n, where):
        limit = table["no_anchors"]["moving_cells"]
        return usable[n] and any(good(f, n) and math.dist(where[f][n], where[0][n]) / 8 > limit for f in samples)

    found = []

    def report(name, track=None, frame=None, number=None):
        found.append({"id": name, "track": track, "frame": frame, "count": number})

    if total % 4 != 1:
        report("wrong_length")
    if w % 8 or h % 8:
        report("size_mismatch")
    for n in range(count):
        if not visible[0][n]:
            report("hidden_at_start", n, 0, None)
    for n in range(count):
        if visible[0][n] and not inside(0, n):
            report("outside_at_start", n, 0, None)
    staying = []
    for n in range(count):
        if camera_moves and usable[n] and max(math.dist(scene[f][n], scene[0][n]) for f in range(total)) <= 0.01:
            staying.append(n)
    in_sight = all(any(good(f, n) for n in staying) for f in range(total))
    for n in range(count):
        out = [f for f in range(total) if visible[f][n] and not inside(f, n)]
        if usable[n] and out and not (n in staying and in_sight):
            report("leaves_picture", n, out[0], len(out))
    for n in range(count):
        runs, f = [], 0
        while f < total:
            if visible[f][n]:
                end = f
                while end + 1 < total and visible[end + 1][n]:
                    end += 1
                runs.append((f, end))
                f = end
            f += 1
        never = total >= 5 and not any(visible[f][n] for f in samples)
        short = [a for a, b in runs if not any(f % 4 == 0 for f in range(a, b + 1)) or (a == 0 and never)]
        if short:
            report("between_samples", n, short[0], len(short))
    for n in range(count):
        fast = [
            f
            for f in samples
            if usable[n]
            and good(f - 4, n)
            and good(f, n)
            and math.dist(xy[f][n], xy[f - 4][n]) / 8 > table["jumps"]["threshold"]
        ]
        if fast:
            report("jumps", n, fast[0], len(fast))
    lost = {}
    for f in samples:
        winner = {}
        for n in range(count):
            if usable[n] and good(f, n):
                winner[(int(xy[f][n][0] // 8), int(xy[f][n][1] // 8))] = n
        for n in range(count):
            if usable[n] and good(f, n):
                other = winner[(int(xy[f][n][0] // 8), int(xy[f][n][1] // 8))]
                if other != n and (region_of[n] is None or region_of[n] != region_of[other]):
                    lost.setdefault(n, []).append(f)
    for n in sorted(lost):
        report("shares_cell", n, lost[n][0], len(lost[n]))
    movers = [n for n in range(count) if moving(n, xy)]
    if movers and len(movers) == sum(usable) and not camera_moves:
        report("no_anchors", None, None, len(movers))
    few = table["few_points"]
    alone = []
    for i, layer in enumerate(doc["layers"]):
        if layer["type"] == "region" and layer.get("visible", True):
            own = [n for n in range(count) if owner[n] == i]
            if sum(usable[n] for n in own) < few["region_threshold"]:
                alone.append((own[0] if own else None, sum(usable[n] for n in own)))
    movers = [n for n in range(count) if region_of[n] is None and moving(n, scene)]
    for n in movers:
        near = sum(bool(math.dist(scene[0][n], scene[0][k]) / 8 <= few["radius_cells"]) for k in movers)
        if near < few["threshold"]:
            alone.append((n, near))
    for track, number in sorted(alone, key=lambda a: -1 if a[0] is None else a[0]):
        report("few_points", track, None, number)
    loose = sum(usable[n] and region_of[n] is None for n in range(count))
    if loose > table["many_tracks"]["threshold"]:
        report("many_tracks", None, None, loose)
    slide = table["slides"]
    left = [
        n
        for n in range(count)
        if usable[n]
        and all(good(f, n) for f in samples)
        and any(math.dist(scene[f][n], scene[0][n]) / 8 > slide["moving_cells"] for f in samples)
    ]
    carried, ways = 0, 0
    while left and ways < 16:
        together = []
        for n in left:
            gap = 0.0
            for f in samples:
                mine = [(scene[f][n][a] - scene[0][n][a]) / 8 for a in (0, 1)]
                theirs = [(scene[f][left[0]][a] - scene[0][left[0]][a]) / 8 for a in (0, 1)]
                gap = max(gap, math.dist(mine, theirs))
            if gap <= slide["same_cells"]:
                together.append(n)
        if len(together) >= slide["threshold"]:
            carried += len(together)
        left, ways = [n for n in left if n not in together], ways + 1
    if carried:
        report("slides", None, None, carried)
    return found


def anchor_points(doc, evaluate, spacing, margin):
    """[[x_px, y_px], ...] of the anchors that hold the rest of a document."""
    xy, visible, _ = evaluate(doc, scene=True)
    rows, cols = doc["size_wh"][1] // 8, doc["size_wh"][0] // 8
    touched = set()
    for n in range(xy.shape[1]):
        for f in range(xy.shape[0]):
            if not visible[f, n]:
                continue
            touched.add((math.floor(xy[f, n, 1] / 8), math.floor(xy[f, n, 0] / 8)))
            if f + 1 < xy.shape[0] and visible[f + 1, n]:
                parts = max(1, math.ceil(math.dist(xy[f, n], xy[f + 1, n]) / 4))
                for k in range(1, parts):
                    x, y = xy[f, n] + (xy[f + 1, n] - xy[f, n]) * k / parts
                    touched.add((math.floor(y / 8), math.floor(x / 8)))
    return [
        [c * 8 + 4, r * 8 + 4]
        for r in range(((rows - 1) % spacing) // 2, rows, spacing)
        for c in range(((cols - 1) % spacing) // 2, cols, spacing)
        if not any(max(abs(r - a), abs(c - b)) <= margin for a, b in touched)
    ]
