"""Small motion documents that browser tests start from."""

from __future__ import annotations

import json


def path_layer(**fields: object) -> dict:
    return {
        "id": "a1",
        "type": "path",
        "name": "Ball",
        "color": "#6699ff",
        "points": [[0.25, 0.5], [0.5, 0.25], [0.75, 0.5]],
        "curve": "straight",
        "start": 0,
        "end": 80,
        **fields,
    }


def document(*layers: dict, **fields: object) -> str:
    return json.dumps(
        {"version": 1, "size_wh": [832, 480], "frames": 81, "fps": 16, "fit": "crop", "layers": list(layers), **fields}
    )
