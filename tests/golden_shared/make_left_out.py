"""Writes left_out.json: whole documents from which one field is left out, and whether README.md allows it.

Run ``python tests/golden_shared/make_left_out.py``.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from independent import encode_dense

HERE = Path(__file__).resolve().parent
COMMON = {"name": "Thing", "color": "#6699ff", "visible": True, "locked": False}
KEY = {"frame": 4, "offset": [0.1, 0], "rotate": 5, "scale": 1.5}
WHOLE: dict[str, Any] = {
    "version": 1, "size_wh": [64, 48], "frames": 9, "fps": 16, "fit": "crop", "picture": None,
    "layers": [
        {"id": "p", "type": "path", **COMMON, "points": [[0.1, 0.2], [0.5, 0.4]], "times": [0, 1], "curve": "straight",
         "closed": False, "timing": "arc", "speeds": None, "start": 0, "end": 8, "before": "hold", "after": "hold",
         "easing": "linear", "hidden": [[2, 3]]},
        {"id": "k", "type": "anchors", **COMMON, "points": [[0.05, 0.05]]},
        {"id": "r", "type": "region", **COMMON, "polygon": [[0.1, 0.1], [0.6, 0.1], [0.6, 0.8]], "mask": None,
         "density": 1.0, "pivot": [0.3, 0.4], "keys": [KEY], "easing": "linear", "hidden": []},
        {"id": "d", "type": "dense", **COMMON, "tracks": encode_dense([[[1638, 1638]], [[3277, 3277]]], [[1], [1]])},
    ],
    "camera": {"keys": [{"frame": 0, "truck": [0.1, 0], "zoom": 1.2, "roll": 3}], "easing": "linear"},
}  # fmt: skip
REQUIRED = {
    "": {"version", "size_wh", "frames", "layers"}, "layer": {"id", "type"}, "path": {"points"}, "anchors": {"points"},
    "region": {"polygon", "pivot"}, "dense": {"tracks"}, "key": {"frame"}, "camera": set(),
}  # fmt: skip
"""README.md's own words; a region needs a polygon where it has no mask."""


def cases() -> Iterator[dict[str, Any]]:
    def without(name: str, needed: set[str], reach) -> Iterator[dict[str, Any]]:
        for field in list(reach(WHOLE)):
            left = copy.deepcopy(WHOLE)
            del reach(left)[field]
            yield {"name": f"{name} without {field}", "document": left, "readable": field not in needed}

    yield {"name": "whole", "document": WHOLE, "readable": True}
    yield from without("document", REQUIRED[""], lambda d: d)
    for i, layer in enumerate(WHOLE["layers"]):
        kind = layer["type"]
        yield from without(kind, REQUIRED["layer"] | REQUIRED[kind], lambda d, i=i: d["layers"][i])
    yield from without("region key", REQUIRED["key"], lambda d: d["layers"][2]["keys"][0])
    yield from without("camera key", REQUIRED["key"], lambda d: d["camera"]["keys"][0])
    late = copy.deepcopy(WHOLE)
    late["layers"][0] = {"id": "p", "type": "path", "points": [[0.1, 0.2], [0.5, 0.4]], "start": 20}
    yield {"name": "a path that starts after the clip, without end", "document": late, "readable": True}


def main() -> None:
    lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in cases())
    (HERE / "left_out.json").write_text(f'{{"cases":[\n{lines}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
