"""Writes clips.json: documents carried to another clip or crop, by arithmetic of its own in exact fractions.

Run ``python tests/golden_shared/make_clip_cases.py`` after a change of the rules.
"""

from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path

TARGET = Path(__file__).resolve().with_name("clips.json")
POINTS = [[0.25, 0.4], [0.8, 0.1], [0.05, 0.95]]


def nearest(value):
    return math.floor(value + Fraction(1, 2))


def part(size, crop):
    """Left, top, width, height in whole pixels of what is left of a picture."""
    if crop is None:
        return 0, 0, *size
    x, y, w, h = (Fraction(str(v)) for v in crop)
    left, right = nearest(x * size[0]), nearest((x + w) * size[0])
    top, bottom = nearest(y * size[1]), nearest((y + h) * size[1])
    return left, top, min(size[0], right) - left, min(size[1], bottom) - top


def rectangles(mode, picture, target, crop):
    """What is cut from the picture, and where it lies in the frame."""
    left, top, w, h = part(picture, crop)
    tw, th = target
    if mode == "crop":
        cw, ch = min(w, nearest(Fraction(h * tw, th))), min(h, nearest(Fraction(w * th, tw)))
        return [left + (w - cw) // 2, top + (h - ch) // 2, cw, ch], [0, 0, tw, th]
    if mode == "pad":
        scale = min(Fraction(tw, w), Fraction(th, h))
        pw, ph = min(tw, nearest(w * scale)), min(th, nearest(h * scale))
        return [left, top, w, h], [(tw - pw) // 2, (th - ph) // 2, pw, ph]
    return [left, top, w, h], [0, 0, tw, th]


def on_picture(document, point):
    cut, place = rectangles(document["fit"], document["picture"]["size_wh"], document["size_wh"], document.get("crop"))
    return [
        (Fraction(str(point[i])) * document["size_wh"][i] - place[i]) * Fraction(cut[2 + i], place[2 + i]) + cut[i]
        for i in (0, 1)
    ]


def carried(document, target):
    """What the document is on the target: its crop, its rectangles, and where its points are, 0-1."""
    picture = target.get("picture_wh", document["picture"]["size_wh"])
    drawn_on = document["picture"]["size_wh"]
    size, fit = target.get("size_wh", document["size_wh"]), target.get("fit", document["fit"])
    other = abs(Fraction(picture[0], picture[1]) / Fraction(drawn_on[0], drawn_on[1]) - 1) > Fraction(1, 100)
    crop = target.get("crop", None if other else document.get("crop"))
    cut, place = rectangles(fit, picture, size, crop)
    points = []
    for point in document["layers"][0]["points"]:
        at = on_picture(document, point)
        at = [at[i] * Fraction(picture[i], drawn_on[i]) for i in (0, 1)]
        points.append(
            [float(((at[i] - cut[i]) * Fraction(place[2 + i], cut[2 + i]) + place[i]) / size[i]) for i in (0, 1)]
        )
    return {"crop": crop, "crop_xywh": cut, "place_xywh": place, "points": points}


def document(picture=(1600, 1200), crop=None, fit="crop", size=(832, 480)):
    base = {"version": 1, "size_wh": list(size), "frames": 81, "fps": 16, "fit": fit}
    layers = [{"id": "p", "type": "path", "name": "Path", "points": POINTS}]
    cut = {} if crop is None else {"crop": list(crop)}
    return {**base, "picture": {"ref": None, "size_wh": list(picture)}, "layers": layers, "camera": None, **cut}


LEFT = (0.1, 0.2, 0.4, 0.5)


def cases():
    for fit in ("crop", "pad", "stretch"):
        yield f"a crop is drawn, {fit}", document(fit=fit), {"crop": list(LEFT)}
        yield f"a crop is taken away, {fit}", document(crop=LEFT, fit=fit), {"crop": None}
        yield f"another size keeps the crop, {fit}", document(crop=LEFT, fit=fit), {"size_wh": [480, 832]}
    yield "another crop", document(crop=LEFT), {"crop": [0.5, 0.05, 0.3, 0.9]}
    yield "crop and size", document(crop=LEFT), {"crop": [0, 0, 0.317, 1], "size_wh": [512, 512]}
    yield "another fit", document(crop=LEFT), {"fit": "pad"}
    yield "the same picture, smaller", document(crop=LEFT), {"picture_wh": [801, 601]}
    yield "a picture of another shape has no crop", document(crop=LEFT), {"picture_wh": [1200, 1600]}
    yield "a crop to the edge", document((1001, 667)), {"crop": [0.501, 0.251, 0.499, 0.749]}
    yield "a crop of a few pixels", document((333, 777)), {"crop": [0.2, 0.2, 0.004, 0.004]}


def main():
    rows = [{"name": n, "document": d, "target": t, "expected": carried(d, t)} for n, d, t in cases()]
    text = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    TARGET.write_text(f'{{"cases":[\n{text}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
