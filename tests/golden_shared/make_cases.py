"""Writes the shared cases: documents and the tracks that they mean, read by pytest and by ``node --test``.

Run ``python tests/golden_shared/make_cases.py`` after a change of the rules; the files are deterministic.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from independent import encode_dense, evaluate
from independent_checks import anchor_points, check

HERE = Path(__file__).resolve().parent
BEND = [[0.1, 0.2], [0.3, 0.75], [0.55, 0.3], [0.9, 0.6]]
ZIGZAG = [[0.05, 0.5], [0.2, 0.1], [0.25, 0.15], [0.6, 0.9], [0.7, 0.2], [0.95, 0.5]]
ANCHOR = {"id": "k", "type": "anchors", "name": "Hold", "points": [[0.05, 0.05], [0.95, 0.06]]}


def document(*layers, size_wh=(832, 480), frames=17, **fields):
    return {"version": 1, "size_wh": list(size_wh), "frames": frames, "fps": 16, "layers": list(layers), **fields}


def path(points, **fields):
    return {"id": fields.pop("id", "p"), "type": "path", "name": "Path", "points": points, **fields}


def region(keys=(), **fields):
    base = {"id": "r", "type": "region", "name": "Boat", "pivot": [0.5, 0.5], "keys": list(keys)}
    return {**base, **fields}


def rkey(frame, offset=(0, 0), rotate=0, scale=1):
    return {"frame": frame, "offset": list(offset), "rotate": rotate, "scale": scale}


def ckey(frame, truck=(0, 0), zoom=1, roll=0):
    return {"frame": frame, "truck": list(truck), "zoom": zoom, "roll": roll}


def path_cases():
    def one(points, frames=17, **fields):
        return document(path(points, **fields), frames=frames)

    for curve in ("straight", "cubic", "catmull-rom"):
        for closed in (False, True):
            yield f"{curve}{' closed' if closed else ''}", one(BEND, curve=curve, closed=closed)
        for count in (1, 2, 3):
            yield f"{curve} {count} points", one(BEND[:count], frames=9, curve=curve)
            yield f"{curve} {count} points closed", one(BEND[:count], frames=9, curve=curve, closed=True)
        yield f"{curve} zigzag speeds", one(ZIGZAG, curve=curve, speeds=[1, 3, 0.5, 0.5, -2, 1])
    yield "speeds closed", one(BEND, curve="catmull-rom", closed=True, speeds=[1, 2, 4, 0.3])
    yield "speeds null after merge", one([*BEND[:2], BEND[1], BEND[2]], speeds=[1, 2, 9, 3])
    yield "times", one(BEND, curve="catmull-rom", times=[0, 0.1, 0.8, 1])
    yield "times win over speeds", one(BEND, times=[0, 0.5, 0.6, 1], speeds=[1, 9, 9, 1])
    yield "times with a rest", one([*BEND[:2], BEND[1], *BEND[2:]], times=[0, 0.2, 0.6, 0.8, 1])
    yield "times with a jump", one(BEND, times=[0, 0.4, 0.4, 1])
    yield "times resting at the end", one([*BEND[:3], BEND[2]], times=[0, 0.3, 0.5, 1])
    yield "times closed short", one(BEND, closed=True, times=[0, 0.2, 0.5, 1])
    yield "times closed long", one(BEND, closed=True, times=[0, 0.2, 0.5, 0.6, 1])
    yield "times closed, drawn back to the start", one([*BEND, BEND[0]], closed=True, times=[0, 0.2, 0.5, 0.6, 1])
    yield "times eased", one(BEND, times=[0, 0.1, 0.8, 1], easing="ease-in-out")
    for easing in ("ease-in", "ease-out", "ease-in-out", [0.1, 0.9, 0.2, 1], [0.95, 0, 0.05, 1], [0.3, -0.6, 0.6, 1.7]):
        yield f"easing {easing}", one(BEND, curve="catmull-rom", easing=easing)
    yield "overshoot closed wraps", one(BEND, closed=True, easing=[0.3, -0.6, 0.6, 1.7])
    yield "overshoot closed speeds", one(BEND, closed=True, easing=[0.3, -0.6, 0.6, 1.7], speeds=[1, 2, 3, 4])
    yield "start and end", one(BEND, start=3, end=11)
    yield "hide before and after", one(BEND, start=3, end=11, before="hide", after="hide")
    yield "end beyond the clip", one(BEND, start=4, end=40)
    yield "start beyond the clip", one(BEND, start=30, end=40, before="hide")
    yield "start equals end", one(BEND, start=5, end=5, before="hide")
    yield "hidden intervals overlap", one(BEND, hidden=[[9, 12], [2, 3], [11, 14], [3, 3], [30, 99]])
    yield "one point hides too", one([[0.5, 0.5]], start=2, end=6, before="hide", after="hide", hidden=[[4, 4]])
    yield "coincident points", one([BEND[0], BEND[0], *BEND[1:], BEND[3]], curve="cubic")
    yield "all points coincide", one([BEND[0]] * 5, curve="cubic", closed=True)
    yield "closed, drawn back to the start", one([*BEND, BEND[0]], curve="cubic", closed=True)
    yield "exactly one", document(path([[1, 1], [0.5, 1]]), path([[1, 0], [1, 1]], id="q"), size_wh=(64, 48), frames=5)
    yield "leaves the picture", one([[-0.3, 0.5], [0.5, -0.2], [1.4, 1.2]], curve="catmull-rom")
    for name, extra in {
        "published straight": {},
        "published cubic": {"curve": "cubic"},
        "published catmull-rom is cubic": {"curve": "catmull-rom", "speeds": [1, 3, 0.05, 2]},
        "published closed": {"curve": "cubic", "closed": True},
        "published offset": {"start": 3, "end": 12, "before": "hide", "speeds": [1, 2, 3, 4]},
        "published ignores easing and times": {"easing": "ease-in", "times": [0, 0.1, 0.2, 1]},
        "published start equals end": {"start": 5, "end": 5},
    }.items():
        yield name, one(BEND, timing="published", **extra)
    yield "published one point", one(BEND[:1], timing="published", frames=5)
    yield "published coincident", one([BEND[0], *BEND], timing="published", curve="cubic", frames=9)
    bent = [[0, 0, 0.1, 0.2], [-0.05, 0.2, 0.05, -0.2], None, [-0.2, -0.3, 0.1, 0.1]]
    yield "handles", one(BEND, handles=bent)
    yield "handles closed", one(BEND, handles=bent, closed=True)
    yield "handles, the rest smooth", one(ZIGZAG, curve="catmull-rom", handles=[None] * 4 + [[-0.1, 0, 0.1, 0], None])
    yield "handles, the rest cubic", one(BEND, curve="cubic", handles=[[0.3, 0, 0.3, 0.1], None, None, None])
    yield "handles with times", one(BEND, handles=bent, times=[0, 0.1, 0.8, 1])
    yield "handles with speeds closed", one(BEND, handles=bent, speeds=[1, 2, 4, 0.3], closed=True)
    yield "handles after merge", one([*BEND[:2], BEND[1], *BEND[2:]], handles=[*bent[:2], [0, 0.4, 0.4, 0], *bent[2:]])
    yield "handles of two points", one(BEND[:2], handles=[[0, 0, 0.2, -0.3], [0.1, -0.2, 0, 0]], easing="ease-in-out")
    yield "handles of one point", one(BEND[:1], handles=[[0.1, 0.1, 0.1, 0.1]], frames=5)
    yield "handles with a loop", one(BEND[:2], handles=[[0, 0, 1.2, 0.4], [-1.2, 0.4, 0, 0]])
    yield "no handles at all", one(BEND, curve="cubic", handles=[None] * 4)
    yield "published ignores handles", one(BEND, timing="published", curve="cubic", handles=bent)
    yield "one frame", one(BEND, frames=1)
    yield "defaults", document({"id": "p", "type": "path", "points": BEND})


def region_cases():
    diamond = [[0.5, 0.1], [0.9, 0.5], [0.5, 0.9], [0.1, 0.5]]
    bow = [[0.1, 0.1], [0.9, 0.9], [0.9, 0.1], [0.1, 0.9]]
    star = [[0.5, 0], [0.8, 1], [0, 0.4], [1, 0.4], [0.2, 1]]
    small = {"size_wh": (104, 72), "frames": 5}
    keys = [rkey(0), rkey(4, (0.3, -0.1), 30, 1.4)]
    yield "polygon", document(region(polygon=diamond), **small)
    yield "self-crossing", document(region(polygon=bow), **small)
    yield "star is even-odd", document(region(polygon=star), **small)
    yield (
        "on cell centres",
        document(region(polygon=[[4 / 104, 4 / 72], [60 / 104, 4 / 72], [60 / 104, 52 / 72]]), **small),
    )
    yield "size not a multiple of 8", document(region(polygon=diamond), size_wh=(101, 75), frames=1)
    for density in (0.02, 0.25, 0.5, 0.75, 1):
        yield f"density {density}", document(region(polygon=diamond, density=density), size_wh=(104, 72), frames=1)
    lone = [[0.36, 0.36], [0.44, 0.36], [0.44, 0.44], [0.36, 0.44]]
    yield "density keeps one", document(region(polygon=lone, density=0.005), size_wh=(104, 72), frames=1)
    yield "nothing inside", document(region(polygon=[[0, 0], [0.01, 0], [0.01, 0.01]]), ANCHOR, **small)
    mask = {"size_wh": [10, 6], "runs": [12, 5, 5, 6, 4, 3, 10, 2, 13]}
    yield "mask", document(region(mask=mask), **small)
    yield "mask wins", document(region(mask=mask, polygon=diamond), **small)
    yield "mask starting with ones", document(region(mask={"size_wh": [4, 2], "runs": [0, 2, 2, 4]}), **small)
    yield "keys", document(region(keys, polygon=lone, pivot=[0.2, 0.8]), size_wh=(104, 72), frames=9)
    for easing in ("ease-in-out", [0.2, -0.8, 0.7, 1.9]):
        yield f"keys {easing}", document(region(keys, polygon=lone, easing=easing), size_wh=(104, 72), frames=9)
    shrink = [rkey(0), rkey(8, (0, 0), 0, 0.05)]
    yield (
        "overshoot below no size",
        document(region(shrink, polygon=lone, easing=[0.2, 0, 0.4, 2.5]), size_wh=(104, 72), frames=9),
    )
    three = [rkey(6, (0.2, 0.2), -90, 2), rkey(2, (0.1, 0), 45, 0.5), rkey(11, (0, 0), 720, 1)]
    yield (
        "keys unsorted, none at 0",
        document(region(three, polygon=lone, pivot=[0.1, 0.9], easing="ease-out"), size_wh=(104, 72), frames=13),
    )
    bent = [*three, rkey(12, (0.4, -0.3), 700, 1.2), rkey(20, (0.4, -0.3), 700, 3)]
    for easing in ("linear", "ease-in", "ease-out", "ease-in-out", [0, 1, 1, 0], [0.5, -0.5, 0.5, 2]):
        fields = {"polygon": lone, "pivot": [0.1, 0.9], "easing": easing, "curve": "smooth"}
        yield f"smooth {easing}", document(region(bent, **fields), size_wh=(104, 72), frames=25)
    yield "smooth, two keys", document(region(keys, polygon=lone, curve="smooth", easing="ease-in"), **small)
    yield "hidden", document(region(keys, polygon=lone, hidden=[[1, 2], [2, 3]]), **small)
    yield "eye shut", document(region(keys, polygon=lone, visible=False), ANCHOR, **small)


def camera_cases():
    thing = path(BEND, curve="catmull-rom")
    box = region([rkey(0), rkey(12, (0.2, 0.1), 40, 0.7)], polygon=[[0.2, 0.2], [0.23, 0.2], [0.23, 0.25], [0.2, 0.25]])

    def shot(keys, *layers, easing="linear", **fields):
        return document(*(layers or (ANCHOR, thing)), camera={"keys": keys, "easing": easing}, frames=13, **fields)

    yield "no keys", shot([])
    yield "truck", shot([ckey(0), ckey(12, (0.1, -0.05))])
    yield "zoom is even", shot([ckey(0), ckey(12, zoom=4)])
    yield "roll", shot([ckey(0), ckey(12, roll=30)])
    yield "all eased", shot([ckey(0), ckey(12, (0.1, 0.2), 1.5, -20)], easing="ease-in-out")
    yield "overshoot", shot([ckey(0), ckey(12, (0.1, 0.2), 1.5, -20)], easing=[0.3, -0.6, 0.6, 1.7])
    yield "not identity at 0", shot([ckey(0, (0.2, 0.1), 2, 15), ckey(12, (0, 0), 1, 0)])
    yield "first key late", shot([ckey(9, (0.1, 0), 0.5, 90), ckey(4, (-0.1, 0.1), 1.5, 10)], easing="ease-out")
    yield "one key", shot([ckey(5, (0.1, 0), 2, 45)])
    turn = [ckey(0, roll=5), ckey(12, (0.1, 0), 1.3, 25)]
    yield "pinned anchors stay", shot(turn, {**ANCHOR, "pinned": True}, thing)
    yield "pinned path moves on the screen", shot(turn, ANCHOR, {**thing, "pinned": True}, easing="ease-in")
    yield "pinned region", shot(turn, {**box, "pinned": True}, ANCHOR)
    yield "pinned without a camera", shot([], {**thing, "pinned": True})
    yield "region rides", shot([ckey(0, roll=5), ckey(12, (0.1, 0), 1.3, 25)], ANCHOR, box)
    yield (
        "exactly one stays inside",
        document(path([[1, 1], [1, 0.5]]), camera={"keys": [ckey(0, (0.1, 0), 2, 0)]}, size_wh=(64, 48), frames=3),
    )
    dense = {"id": "d", "type": "dense", "name": "In", "tracks": encode_dense([[[8192, 8192]]] * 5, [[1]] * 5)}
    yield (
        "everything",
        shot(
            [ckey(2, (0.02, 0), 1.1, 3), ckey(10, (-0.1, 0.05), 0.9, -8)],
            ANCHOR,
            path(
                BEND, curve="cubic", closed=True, speeds=[1, 2, 1, 3], start=2, end=10, before="hide", hidden=[[5, 6]]
            ),
            path(BEND, id="q", visible=False),
            box,
            dense,
            path([[0.9, 0.9], [0.1, 0.9]], id="w", times=[0, 1], easing="ease-out", timing="published"),
            easing="ease-in",
            picture={"ref": {"filename": "a.png", "subfolder": "", "type": "input"}, "size_wh": [1920, 1080]},
            fit="crop",
        ),
    )


def dense_cases():
    units = np.array([[[0, 0], [16383, 16384]], [[100, -200], [16000, 20000]], [[-32768, 32767], [0, 1]]])
    seen = [[1, 0], [1, 1], [0, 1]]
    layer = {"id": "d", "type": "dense", "name": "In", "tracks": encode_dense(units, seen)}
    for frames in (1, 3, 6):
        yield f"three frames into {frames}", document(layer, frames=frames)
    yield "wraps around", document({**layer, "tracks": encode_dense(units[::-1], seen)}, frames=3)
    yield "eye shut", document({**layer, "visible": False}, ANCHOR, frames=3)
    none = {**layer, "tracks": encode_dense(np.zeros((2, 0, 2), int), np.zeros((2, 0)))}
    yield "no tracks", document(none, ANCHOR, frames=2)


def track_case(name, doc):
    xy, visible, _ = evaluate(doc)
    digits = 6 if min(doc["size_wh"]) < 100 else 4
    return {
        "name": name,
        "document": doc,
        "tracks": {"xy": np.round(xy, digits).tolist(), "visible": visible.astype(int).tolist()},
    }


def check_cases():
    still = ANCHOR
    trio = [[[0.2 + d, 0.3], [0.5 + d, 0.3]] for d in (0, 0.02, 0.04)]
    group = [path(p, id=f"g{i}") for i, p in enumerate(trio)]
    box = [[0.4, 0.4], [0.45, 0.4], [0.45, 0.5], [0.4, 0.5]]
    yield "nothing drawn", document()
    yield "ready", document(still, *group)
    yield "wrong length", document(still, frames=18)
    yield "size not a multiple of 8", document(still, size_wh=(830, 480))
    yield "hidden at the start", document(still, *group[:2], path(trio[2], id="h", start=4, end=16, before="hide"))
    yield "outside at the start", document(still, path([[-0.1, 0.5], [0.5, 0.5]], id="o"))
    yield "starts at exactly one", document(still, path([[1, 0.5], [0.5, 0.5]], id="o"))
    yield "leaves", document(still, path([[0.5, 0.5], [1.2, 0.5]], id="o"))
    yield (
        "leaves and comes back hidden",
        document(still, path([[0.5, 0.5], [1.2, 0.5], [0.5, 0.6]], id="o", hidden=[[7, 9]], times=[0, 0.5, 1])),
    )
    yield "between samples", document(still, path(trio[0], hidden=[[1, 4], [8, 16]]), *group)
    yield "seen at the start alone", document(still, *group, path([[0.2, 0.32], [0.4, 0.4]], id="b", hidden=[[3, 16]]))
    yield "jumps", document(still, path([[0.05, 0.5], [0.95, 0.5]], end=8), frames=21)
    yield "jumps while hidden", document(still, path([[0.05, 0.5], [0.95, 0.5]], end=8, hidden=[[4, 4]]), frames=21)
    yield "one wins the cell", document(still, path([[0.2, 0.5], [0.6, 0.5]]), path([[0.6, 0.5]], id="s"))
    yield "same place all along", document(still, path([[0.6, 0.5]], id="s"), path([[0.6001, 0.5]], id="t"))
    yield "crossing", document(still, path([[0.2, 0.2], [0.6, 0.8]]), path([[0.2, 0.8], [0.6, 0.2]], id="s"))
    yield "nothing holds still", document(*group)
    yield "a region alone", document(region([rkey(0), rkey(16, (0.2, 0.1), 30, 0.6)], polygon=box))
    yield "a thin region", document(still, region([rkey(0), rkey(16, (0.2, 0))], polygon=box, density=0.03))
    yield "an empty region", document(still, region(polygon=[[0, 0], [0.001, 0], [0.001, 0.001]]))
    yield (
        "region over path",
        document(still, path([[0.3, 0.45], [0.5, 0.45]]), region([rkey(0), rkey(16, (0.1, 0))], polygon=box)),
    )
    wide = [[0.1, 0.2], [0.4, 0.2], [0.4, 0.6], [0.1, 0.6]]
    yield "a thing slides", document(still, region([rkey(0), rkey(16, (0.2, 0.1))], polygon=box))
    yield "a thing slides a little", document(still, region([rkey(0), rkey(16, (0.03, 0))], polygon=box))
    yield "a thing that grows as it goes", document(still, region([rkey(0), rkey(16, (0.2, 0), 0, 1.6)], polygon=box))
    beside = region([rkey(0), rkey(16, (0, 0.3))], polygon=[[0.6, 0.1], [0.66, 0.1], [0.66, 0.2], [0.6, 0.2]], id="q")
    yield "two things slide", document(still, region([rkey(0), rkey(16, (0.2, 0.1))], polygon=box), beside)
    yield (
        "a camera beside a thing that slides",
        document(
            still, region([rkey(0), rkey(16, (0.2, 0))], polygon=box), camera={"keys": [ckey(0), ckey(16, (0.017, 0))]}
        ),
    )
    places = [[(i % 20 + 0.5) / 20, (i // 20 + 0.5) / 12] for i in range(201)]
    yield "more tracks than it was trained with", document({**still, "points": places})
    yield "as many tracks as it was trained with", document({**still, "points": places[:200]})
    yield "a large region is one thing", document(still, region(polygon=wide))
    yield "camera moves all", document(*group, camera={"keys": [ckey(0), ckey(16, (0.1, 0), 1.2, 5)]})
    yield (
        "pinned while the camera moves",
        document(*[{**one, "pinned": True} for one in group], camera={"keys": [ckey(0), ckey(16, (0.1, 0), 1.2, 5)]}),
    )
    yield "camera held", document(*group, camera={"keys": [ckey(0, (0.1, 0))]})
    leaving = {"camera": {"keys": [ckey(0), ckey(16, (0.3, 0), 2)]}}
    yield "camera leaves what stays", document(still, path([[0.6, 0.5]]), **leaving)
    goes = path([[0.9, 0.5], [1.2, 0.5]], id="q")
    yield "camera leaves what stays and what goes", document(still, path([[0.6, 0.5]]), goes, **leaving)
    yield "camera leaves all that stays", document(still, camera={"keys": [ckey(0), ckey(16, (1.2, 0))]})
    yield "camera over anchors", document(still, camera={"keys": [ckey(0), ckey(16, (0.21, 0))]})
    yield (
        "everything wrong",
        document(
            path([[0.5, 0.5], [1.2, 0.5]], id="a", start=2, end=6, before="hide"),
            path([[1.1, 0.5], [0.5, 0.5]], id="b"),
            path([[0.1, 0.5], [0.9, 0.5]], id="c", end=6),
            path([[0.9, 0.5]], id="d", start=0, end=1, after="hide"),
            size_wh=(830, 484),
            frames=19,
        ),
    )


def anchor_cases():
    yield "nothing drawn", document(), 6, 3
    yield "odd size", document(size_wh=(100, 76)), 3, 1
    yield "a path", document(path(BEND, curve="catmull-rom")), 6, 3
    yield "a fast path has no gaps", document(path([[0.05, 0.5], [0.95, 0.5]], end=2), frames=5), 4, 1
    yield "hidden stretch is free", document(path([[0.05, 0.5], [0.95, 0.5]], hidden=[[5, 10]])), 4, 1
    yield "twice is once", document(ANCHOR, path(BEND[:2])), 6, 3
    pan = {"keys": [ckey(0), ckey(16, (0.2, 0), 1.5, 0)]}
    yield "pinned passes over the scene", document(path([[0.5, 0.5]], pinned=True), camera=pan), 6, 3
    yield "camera removed", document(path(BEND), camera={"keys": [ckey(0), ckey(16, (0.3, 0), 2, 0)]}), 6, 3


def write(name, cases):
    text = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    target = HERE / name
    partial = target.with_suffix(".partial")
    partial.write_text(f'{{"cases":[\n{text}\n]}}\n', encoding="utf-8")
    partial.replace(target)


def main():
    groups = {"paths": path_cases, "regions": region_cases, "camera": camera_cases, "dense": dense_cases}
    for name, cases in groups.items():
        write(f"{name}.json", [track_case(*case) for case in cases()])
    write(
        "checks_documents.json", [{"name": n, "document": d, "expected": check(d, evaluate)} for n, d in check_cases()]
    )
    write(
        "anchors.json",
        [
            {"name": n, "document": d, "spacing": s, "margin": m, "points": anchor_points(d, evaluate, s, m)}
            for n, d, s, m in anchor_cases()
        ],
    )


if __name__ == "__main__":
    main()
