"""As much as a drawing may hold, in a real browser: nothing vanishes, what does not fit is said before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from bare_documents import document, path_layer

Open = Callable[..., Any]
FULL = 2000


def drawing(count: int, points: int) -> str:
    starts = np.stack(np.meshgrid(np.linspace(0.05, 0.9, 50), np.linspace(0.05, 0.9, 40)), -1).reshape(-1, 2)
    along = np.linspace(0, 0.04, points)[:, None]
    layers = [
        path_layer(id=f"p{i}", name=f"Track {i}", points=(starts[i] + along).round(3).tolist()) for i in range(count)
    ]
    return document(*layers)


def test_the_last_layer_that_fits_is_drawn_and_the_next_one_is_said_to_be_too_many(open_editor: Open) -> None:
    ed = open_editor(document=drawing(FULL - 1, 2))
    ed.press("d")
    ed.drag((200, 280), (320, 180), (480, 160))
    assert ed.js("state.doc.layers.length") == FULL and ed.js("state.history.undoLabel") == "draw"
    for tool in ("d", "r", "p"):
        ed.page.evaluate("document.querySelector('.wme-hint').hidden = true")
        ed.press(tool)
        ed.drag((20, 20), (60, 30), (60, 80), (22, 70))
        hint = ed.page.locator(".wme-hint")
        assert hint.is_visible() and "at most 2000 layers" in hint.inner_text()
        assert ed.js("state.doc.layers.length") == FULL and ed.js("state.gesture") is None
    # What is there is moved and taken back as in any drawing.
    ed.press("v", "Control+a", "Delete", "Control+z")
    assert ed.js("state.doc.layers.length") == FULL


def test_a_hundred_thousand_points_are_picked_moved_and_put_back(open_editor: Open) -> None:
    ed = open_editor(document=drawing(FULL, 70))
    before = ed.js("state.doc.layers[7].points[3][0]")
    ed.press("v", "Control+a")
    ed.settle()
    place = ed.page.get_by_label("x in percent")
    shown = float(place.input_value())
    # The middle of all of them, by the panel.
    assert abs(shown - (0.05 + 0.94) / 2 * 100) < 0.5
    place.fill(str(shown + 10))
    place.press("Enter")
    assert abs(ed.js("state.doc.layers[7].points[3][0]") - before - 0.1) < 1e-3
    ed.js("state.undo() && 0")
    assert ed.js("state.doc.layers[7].points[3][0]") == before
    ed.settle()
    assert abs(float(place.input_value()) - shown) < 0.05
