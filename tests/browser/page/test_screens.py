"""Pictures of the editor to look at, at the sizes and themes people use. Asserted: nothing is cut off at its edges."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

LAYERS = [
    {
        "id": "k1",
        "type": "anchors",
        "name": "Hold",
        "color": "#9aa0a6",
        "points": [[0.05, 0.9], [0.9, 0.1], [0.9, 0.9]],
    },
    {
        "id": "a1",
        "type": "path",
        "name": "Ball",
        "color": "#ffd400",
        "points": [[0.24, 0.58], [0.35, 0.3], [0.5, 0.25], [0.6, 0.4]],
        "curve": "catmull-rom",
        "start": 8,
        "end": 56,
        "speeds": [1, 0.5, 2, 1],
        "hidden": [[60, 72]],
    },
    {
        "id": "r1",
        "type": "region",
        "name": "Box",
        "color": "#ff66cc",
        "polygon": [[0.62, 0.51], [0.78, 0.51], [0.78, 0.72], [0.62, 0.72]],
        "pivot": [0.7, 0.61],
        "density": 0.5,
        "keys": [
            {"frame": 0, "offset": [0, 0], "rotate": 0, "scale": 1},
            {"frame": 80, "offset": [0.1, -0.2], "rotate": 20, "scale": 1.1},
        ],
        "easing": "ease-in-out",
    },
]


Screen = tuple[str, tuple[int, int], str]


@pytest.mark.parametrize(
    ("touch", "ratio", "screens"),
    [
        (
            False,
            1,
            [
                ("wide_dark", (1440, 900), "dark"),
                ("small_dark", (1024, 700), "dark"),
                ("wide_light", (1440, 900), "light"),
            ],
        ),
        (
            True,
            2,
            [
                ("tablet_light", (820, 1180), "light"),
                ("phone_dark", (390, 844), "dark"),
                ("phone_narrow_dark", (320, 640), "dark"),
            ],
        ),
    ],
    ids=["mouse", "touch"],
)
def test_screens(
    open_editor: Callable[..., Any], artefacts: Path, touch: bool, ratio: int, screens: list[Screen]
) -> None:
    """One page for each kind of pointer, resized in place. Touch screens have two pixels a point."""
    text = json.dumps({"version": 1, "size_wh": [832, 480], "frames": 81, "fps": 16, "fit": "crop", "layers": LAYERS})
    ed = open_editor(document=text, size=screens[0][1], touch=touch, ratio=ratio, query=f"?theme={screens[0][2]}")
    theme = screens[0][2]
    for name, size, wanted in screens:
        ed.page.set_viewport_size({"width": size[0], "height": size[1]})
        if wanted != theme:
            ed.open(f"?theme={wanted}")
            theme = wanted
        ed.js("(ed.setTool('select'), state.selectLayers(['a1']), state.setFrame(28))")
        ed.settle()
        ed.settle()
        ed.page.screenshot(path=artefacts / f"editor_{name}.png")
        check_layout(ed, size, ratio)


def check_layout(ed: Any, size: tuple[int, int], ratio: int) -> None:
    done = ed.page.get_by_role("button", name="Done").bounding_box()
    status = ed.page.locator(".wme-status").bounding_box()
    assert done["x"] >= 0 and done["x"] + done["width"] <= size[0]
    assert status["y"] + status["height"] <= size[1]
    # Nothing scrolls sideways, the stage keeps its part of the page, and its pixels are the screen's.
    assert ed.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    stage = ed.page.locator(".wme-stage").bounding_box()
    assert stage["height"] > size[1] * 0.3
    assert abs(ed.js("ed.stage.over.width") - stage["width"] * ratio) <= 2
