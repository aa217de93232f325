"""A second evaluation of motion documents, written from the rules in README.md with numpy and scipy alone.

It imports nothing of the pack, on purpose: the shared cases that it writes hold the pack and the editor to the rules,
not to each other. Slow and plain where that makes it easier to believe: root finding, quadrature, 3x3 matrices, loops.
"""

from __future__ import annotations

import base64
import itertools
import math
import zlib

import numpy as np
from scipy.integrate import quad
from scipy.interpolate import CubicHermiteSpline, CubicSpline
from scipy.optimize import brentq

PRESETS = {"ease-in": (0.42, 0, 1, 1), "ease-out": (0, 0, 0.58, 1), "ease-in-out": (0.42, 0, 0.58, 1)}


def ease(easing, p: float) -> float:
    p = min(1.0, max(0.0, p))
    if easing == "linear" or p in (0.0, 1.0):
        return p
    x1, y1, x2, y2 = PRESETS[easing] if isinstance(easing, str) else easing

    def bezier(t, a, b):
        return 3 * (1 - t) ** 2 * t * a + 3 * (1 - t) * t**2 * b + t**3

    t = brentq(lambda t: bezier(t, x1, x2) - p, 0, 1, xtol=1e-14)
    return bezier(t, y1, y2)


def merge(points: np.ndarray, closed: bool):
    """Merged points, and for every given point the number of the knot it stands on."""
    kept, knot = [0], [0]
    for i in range(1, len(points)):
        if math.dist(points[i], points[kept[-1]]) > 1e-6:
            kept.append(i)
        knot.append(len(kept) - 1)
    if closed and len(kept) > 1 and math.dist(points[kept[-1]], points[0]) <= 1e-6:
        kept.pop()
    return kept, knot


def barry_goldman(p, t):
    """Catmull-Rom through p[1], p[2] as the pyramid of linear interpolations; p: four points, centripetal knots."""
    k = [0.0]
    for a, b in itertools.pairwise(p):
        k.append(k[-1] + math.sqrt(math.dist(a, b)))

    def lerp(a, b, ka, kb, x):
        return (kb - x) / (kb - ka) * a + (x - ka) / (kb - ka) * b

    x = k[1] + t * (k[2] - k[1])
    a1, a2, a3 = (lerp(p[i], p[i + 1], k[i], k[i + 1], x) for i in range(3))
    b1, b2 = lerp(a1, a2, k[0], k[2], x), lerp(a2, a3, k[1], k[3], x)
    return lerp(b1, b2, k[1], k[2], x)


def subdivide(knots: np.ndarray, curve: str, closed: bool) -> np.ndarray:
    """[spans * 64 + 1, 2]: the curve cut into 64 straight pieces a span. ``knots`` ends with point 0 when closed."""
    spans = len(knots) - 1
    distinct = spans if closed else spans + 1
    out = [knots[0]]
    if curve == "cubic" and distinct >= (3 if closed else 4):
        u = np.r_[0, np.cumsum(np.hypot(*np.diff(knots, axis=0).T))]
        spline = CubicSpline(u, knots, bc_type="periodic" if closed else "not-a-knot")
        for i in range(spans):
            out += list(spline(np.linspace(u[i], u[i + 1], 65)[1:]))
    elif curve == "catmull-rom" and distinct >= 3:
        before = knots[-2] if closed else 2 * knots[0] - knots[1]
        after = knots[1] if closed else 2 * knots[-1] - knots[-2]
        around = np.vstack([before, knots, after])
        for i in range(spans):
            out += [barry_goldman(around[i : i + 4], j / 64) for j in range(1, 65)]
    else:
        for i in range(spans):
            out += [knots[i] + (knots[i + 1] - knots[i]) * j / 64 for j in range(1, 65)]
    return np.array(out)


def bend(line: np.ndarray, knots: np.ndarray, handles) -> np.ndarray:
    """Spans with a handle at either end, by repeated halving of the way between control points (de Casteljau)."""
    for i in range(len(knots) - 1):
        if handles[i] is None and handles[i + 1] is None:
            continue
        a, d = knots[i], knots[i + 1]
        b = a + (handles[i][1] if handles[i] is not None else 0)
        c = d + (handles[i + 1][0] if handles[i + 1] is not None else 0)
        for j in range(1, 64):
            row = [a, b, c, d]
            while len(row) > 1:
                row = [p + (r - p) * j / 64 for p, r in itertools.pairwise(row)]
            line[64 * i + j] = row[0]
    return line


def arc_position(path: dict, points: np.ndarray, q: float) -> np.ndarray:
    closed = path["closed"]
    kept, knot = merge(points, closed)
    if len(kept) == 1:
        return points[0]
    knots = points[[*kept, 0]] if closed else points[kept]
    line = subdivide(knots, path["curve"], closed)
    if path.get("handles"):
        line = bend(line, knots, [path["handles"][i] for i in ([*kept, 0] if closed else kept)])
    along = np.r_[0, np.cumsum(np.hypot(*np.diff(line, axis=0).T))]
    at_knot, total = along[::64], along[-1]
    if closed and not 0 <= q <= 1:
        q -= math.floor(q)
    q = min(1.0, max(0.0, q))
    if path["times"] is not None:
        s = timed(path["times"], at_knot[knot], len(points), closed, total, q)
    elif path["speeds"] is not None:
        speed = [max(0.1, path["speeds"][i]) for i in kept]
        if closed:
            speed.append(speed[0])
        s = by_speed(at_knot, speed, q)
    else:
        s = q * total
    return np.array([np.interp(s, along, line[:, 0]), np.interp(s, along, line[:, 1])])


def timed(times, s, count, closed, total, q):
    times, s = list(times), list(s)
    if closed and len(times) == count:
        if s[-1] < total:
            times.append(times[-1] + 1 / (count - 1))
            s.append(total)
    elif closed:
        s.append(total)
    times = [t / times[-1] for t in times]
    i = max(k for k, t in enumerate(times) if t <= q)
    if i == len(times) - 1:
        return s[i]
    return s[i] + (s[i + 1] - s[i]) * (q - times[i]) / (times[i + 1] - times[i])


def by_speed(at_knot, speed, q):
    """Arc length reached at share q of the whole time, by quadrature of ds / speed and root finding."""

    def seconds(s):
        whole = 0.0
        for i in range(len(at_knot) - 1):
            if s <= at_knot[i]:
                break
            end = min(s, at_knot[i + 1])
            a, b, va, vb = at_knot[i], at_knot[i + 1], speed[i], speed[i + 1]
            whole += quad(lambda x: 1 / (va + (vb - va) * (x - a) / (b - a)), a, end, epsabs=1e-11, epsrel=1e-11)[0]  # noqa: B023
        return whole

    wanted = q * seconds(at_knot[-1])
    if wanted <= 0:
        return 0.0
    if q >= 1:
        return at_knot[-1]
    return brentq(lambda s: seconds(s) - wanted, 0, at_knot[-1], xtol=1e-9)


def published(path, points, frames):
    """The published demo's sampling: [frames, 2]."""
    kept, _ = merge(points, path["closed"])
    if len(kept) == 1:
        return np.repeat(points[:1], frames, 0)
    speed = [1.0] * len(points) if path["speeds"] is None else path["speeds"]
    if path["closed"]:
        kept = [*kept, 0]
    knots, speed = points[kept], [max(0.1, speed[i]) for i in kept]
    u = np.r_[0, np.cumsum(np.hypot(*np.diff(knots, axis=0).T))]
    u /= u[-1]
    fine = np.linspace(0, 1, 1000)
    slow = 1 / np.interp(fine, u, speed)
    clock = np.r_[0, np.cumsum((slow[1:] + slow[:-1]) / 2 * np.diff(fine))]
    at = np.interp(np.linspace(0, clock[-1], frames), clock, fine)
    if path["curve"] != "straight" and len(knots) > 3:
        return CubicSpline(u, knots)(at)
    return np.stack([np.interp(at, u, knots[:, 0]), np.interp(at, u, knots[:, 1])], 1)


def shown(layer, frame):
    return not any(a <= frame <= b for a, b in layer.get("hidden", []))


def path_track(layer, doc):
    full = {"times": None, "speeds": None, "curve": "straight", "closed": False, "timing": "arc", "start": 0}
    path = {**full, "end": doc["frames"] - 1, "before": "hold", "after": "hold", "easing": "linear", **layer}
    points = np.array(path["points"], float) * doc["size_wh"]
    bent = path.get("handles")
    path["handles"] = bent and [h and np.array(h, float).reshape(2, 2) * doc["size_wh"] for h in bent]
    start, end = path["start"], path["end"]
    xy, visible = [], []
    row = published(path, points, end - start + 1) if path["timing"] == "published" and end > start else None
    for f in range(doc["frames"]):
        p = min(1, max(0, (f - start) / (end - start))) if end > start else float(f >= start)
        if len(points) == 1:
            xy.append(points[0])
        elif row is not None:
            xy.append(row[min(max(f - start, 0), end - start)])
        elif path["timing"] == "published":
            xy.append((points[0] if path["closed"] else points[-1]) if p else points[0])
        else:
            xy.append(arc_position(path, points, ease(path["easing"], p)))
        gone = (f < start and path["before"] == "hide") or (f > end and path["after"] == "hide")
        visible.append(not gone and shown(path, f))
    return np.array(xy)[:, None], np.array(visible)[:, None]


def bayer(n):
    if n == 1:
        return [[0]]
    m = bayer(n // 2)
    h = n // 2
    add = [[0, 2], [3, 1]]
    return [[4 * m[r % h][c % h] + add[r // h][c // h] for c in range(n)] for r in range(n)]


def lattice(layer, size_wh):
    w, h = size_wh
    mask = layer.get("mask")
    if mask:
        cols, rows = mask["size_wh"]
        flat = [v for i, run in enumerate(mask["runs"]) for v in [i % 2] * run]
    polygon = [(x * w, y * h) for x, y in layer.get("polygon") or []]
    threshold = bayer(8)
    inside, kept = [], []
    for r in range(h // 8):
        for c in range(w // 8):
            x, y = c * 8 + 4, r * 8 + 4
            if mask:
                hit = flat[math.floor(y / h * rows) * cols + math.floor(x / w * cols)]
            else:
                hit = False
                for i, (xi, yi) in enumerate(polygon):
                    xj, yj = polygon[i - 1]
                    if (yi > y) != (yj > y) and x < (xj - xi) * (y - yi) / (yj - yi) + xi:
                        hit = not hit
            if hit:
                inside.append((x, y))
                if (threshold[r % 8][c % 8] + 0.5) / 64 < layer.get("density", 1.0):
                    kept.append((x, y))
    return np.array(kept or inside[:1], float).reshape(-1, 2)


def between(keys, easing, frame, value, log=False):
    keys = sorted(keys, key=lambda k: k["frame"])
    if frame <= keys[0]["frame"]:
        return np.array(value(keys[0]), float)
    for a, b in itertools.pairwise(keys):
        if frame <= b["frame"]:
            q = ease(easing, (frame - a["frame"]) / (b["frame"] - a["frame"]))
            va, vb = np.array(value(a), float), np.array(value(b), float)
            return np.exp(np.log(va) * (1 - q) + np.log(vb) * q) if log else va * (1 - q) + vb * q
    return np.array(value(keys[-1]), float)


def shorter(vector, length):
    own = math.hypot(*vector)
    return vector * (length / own) if own > length else vector


def smooth(keys, easing, frame, value):
    """Hermite's cubic through the keys, its slopes from parabolas and numeric derivatives."""
    keys = sorted(keys, key=lambda k: k["frame"])
    t = np.array([k["frame"] for k in keys], float)
    v = np.array([np.atleast_1d(value(k)) for k in keys], float)
    speed = [math.hypot(*((b - a) / (tb - ta))) for (ta, a), (tb, b) in itertools.pairwise(zip(t, v, strict=True))]
    slope = np.zeros_like(v)
    for i in range(1, len(t) - 1):
        three = slice(i - 1, i + 2)
        parabola = np.polyfit(t[three] - t[i], v[three], 2)
        slope[i] = shorter(parabola[1], 3 * min(speed[i - 1], speed[i]))
    for end, near, sign in ((0, 1, 1), (len(t) - 1, len(t) - 2, -1)):
        # The parabola through both keys that has the neighbour's slope there.
        h = t[near] - t[end]
        system = np.array([[0, 0, 1], [h * h, h, 1], [2 * h, 1, 0]])
        _, first, _ = np.linalg.solve(system, np.array([v[end], v[near], slope[near]]))
        slope[end] = shorter(first * pace(easing, sign), 3 * speed[0 if sign > 0 else -1])
    return CubicHermiteSpline(t, v, slope)(min(max(frame, t[0]), t[-1]))


def pace(easing, sign):
    """Slope of the easing's curve at its beginning (sign 1) or end, at most 3 either way."""
    x1, y1, x2, y2 = (0, 0, 1, 1) if easing == "linear" else PRESETS[easing] if isinstance(easing, str) else easing
    if sign < 0:
        x1, y1, x2, y2 = 1 - x2, 1 - y2, 1 - x1, 1 - y1
    u = 1e-9
    x, y = (3 * (1 - u) ** 2 * u * a + 3 * (1 - u) * u**2 * b + u**3 for a, b in ((x1, x2), (y1, y2)))
    return min(3.0, max(-3.0, y / x))


def shift(x, y):
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]])


def turn_and_scale(degrees, scale):
    # y points down: a positive angle turns clockwise on screen.
    c, s = math.cos(math.radians(degrees)) * scale, math.sin(math.radians(degrees)) * scale
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])


def region_matrix(layer, size, frame):
    if not layer.get("keys"):
        return np.eye(3)
    easing = layer.get("easing", "linear")
    rule = smooth if layer.get("curve") == "smooth" and len(layer["keys"]) > 2 else between
    dx, dy = rule(layer["keys"], easing, frame, lambda k: k["offset"]) * size
    px, py = np.array(layer["pivot"]) * size
    angle, scale = (np.ravel(rule(layer["keys"], easing, frame, lambda k, n=n: k[n]))[0] for n in ("rotate", "scale"))
    scale = max(1e-6, scale)
    return shift(px + dx, py + dy) @ turn_and_scale(angle, scale) @ shift(-px, -py)


def camera_matrix(camera, size, frame):
    if not camera or not camera.get("keys"):
        return np.eye(3)
    easing = camera.get("easing", "linear")
    tx, ty = between(camera["keys"], easing, frame, lambda k: k["truck"]) * size
    zoom = float(between(camera["keys"], easing, frame, lambda k: k["zoom"], log=True))
    roll = float(between(camera["keys"], easing, frame, lambda k: k["roll"]))
    cx, cy = size / 2
    return shift(cx, cy) @ turn_and_scale(-roll, zoom) @ shift(-cx - tx, -cy - ty)


def moved(points, matrix_of_frame, frames):
    back = np.linalg.inv(matrix_of_frame(0))
    one = np.c_[points, np.ones(len(points))]
    return np.stack([(one @ (matrix_of_frame(f) @ back).T)[:, :2] for f in range(frames)])


def encode_dense(units, visible):
    """units: ints [T, N, 2] in 1/16384 of the picture's sides."""
    units = np.asarray(units, np.int64)
    deltas = np.concatenate([units[:1], np.diff(units, axis=0)]).astype(np.int16)
    raw = deltas.astype("<i2").tobytes() + np.asarray(visible, np.uint8).tobytes()
    return f"z1:{units.shape[0]}x{units.shape[1]}:" + base64.b64encode(zlib.compress(raw)).decode()


def dense_tracks(layer, doc):
    _, shape, data = layer["tracks"].split(":")
    t, n = (int(v) for v in shape.split("x"))
    raw = zlib.decompress(base64.b64decode(data))
    deltas = np.frombuffer(raw[: 4 * t * n], "<i2").reshape(t, n, 2).astype(np.int64)
    units = (np.cumsum(deltas, 0) + 32768) % 65536 - 32768
    visible = np.frombuffer(raw[4 * t * n :], np.uint8).reshape(t, n) > 0
    pick = np.minimum(np.arange(doc["frames"]), t - 1)
    return (units / 16384 * np.array(doc["size_wh"]))[pick], visible[pick]


def evaluate(doc, scene=False):
    """xy float64 [T, N, 2] (float32 values), visible [T, N], layer number [N]; scene: places over the first frame."""
    frames, size = doc["frames"], np.array(doc["size_wh"], float)
    xys, seen, owner = [np.zeros((frames, 0, 2))], [np.zeros((frames, 0), bool)], []
    for i, layer in enumerate(doc["layers"]):
        if not layer.get("visible", True):
            continue
        if layer["type"] == "path":
            xy, visible = path_track(layer, doc)
        elif layer["type"] == "anchors":
            xy = np.repeat((np.array(layer["points"], float).reshape(-1, 2) * size)[None], frames, 0)
            visible = np.ones(xy.shape[:2], bool)
        elif layer["type"] == "region":
            points = lattice(layer, doc["size_wh"])
            xy = moved(points, lambda f, layer=layer: region_matrix(layer, size, f), frames)
            visible = np.repeat(np.array([shown(layer, f) for f in range(frames)])[:, None], len(points), 1)
        else:
            xy, visible = dense_tracks(layer, doc)
        xys.append(xy)
        seen.append(visible)
        owner += [i] * xy.shape[1]
    xy, visible = np.concatenate(xys, 1), np.concatenate(seen, 1)
    camera = doc.get("camera")
    if camera and camera.get("keys"):
        back = np.linalg.inv(camera_matrix(camera, size, 0))
        pinned = np.array([doc["layers"][i].get("pinned", False) for i in owner], bool)
        for f in range(frames):
            one = np.c_[xy[f], np.ones(xy.shape[1])]
            seen_by = camera_matrix(camera, size, f) @ back
            # On the screen a pinned layer stays; over the scene it goes the other way.
            chosen, matrix = (pinned, np.linalg.inv(seen_by)) if scene else (~pinned, seen_by)
            xy[f, chosen] = (one @ matrix.T)[chosen, :2]
    xy = xy.astype(np.float32)
    for axis in range(2):
        edge = np.float32(size[axis])
        xy[..., axis][xy[..., axis] == edge] = np.nextafter(edge, np.float32(0))
    return xy.astype(float), visible, owner
