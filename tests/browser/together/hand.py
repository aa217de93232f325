"""What a person does in the open editor, wherever its page is: mouse, wheel and keys, every one of them counted."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from typing import Any

Place = tuple[float, float]
"""x, y in pixels of the clip."""

SIZE_WH = (832, 480)
HANDLE_AWAY = 26
"""The handle that turns stands so far above a thing, CSS px."""
ROW_PX, NAMES_PX, PAST_PX = 24, 150, 22
"""Of the timeline: a row and the ruler, the names before the frames, the rest after them."""
PASTE = """(text) => { const data = new DataTransfer(); data.setData('text/plain', text);
const how = { clipboardData: data, bubbles: true, cancelable: true };
document.querySelector('.wme-keys').dispatchEvent(new ClipboardEvent('paste', how)); }"""


def lies(thing: dict[str, Any]) -> tuple[tuple[float, ...], Place, float]:
    """(left, top, right, bottom) at frame 0, the middle it turns about, and its scale at its end; px."""
    xs, ys = ([place[k] * side for place in thing["polygon"]] for k, side in enumerate(SIZE_WH))
    x, y = thing["pivot"]
    scale = thing["keys"][-1]["scale"] if thing["keys"] else 1
    return (min(xs), min(ys), max(xs), max(ys)), (x * SIZE_WH[0], y * SIZE_WH[1]), scale


class Hand:
    """``document`` reads what the page has stored by now; places are found by what the footer says."""

    def __init__(self, page: Any, document: Callable[[], dict[str, Any] | None]) -> None:
        self.page, self._document, self.actions = page, document, 0
        self.box = page.locator(".wme-over").bounding_box()
        (ax, ay), (bx, by) = shares = (0.25, 0.45), (0.75, 0.7)
        (x0, y0), (x1, y1) = (self._told(*share) for share in shares)
        self.scale = self.box["width"] * (bx - ax) / (x1 - x0)
        assert abs(self.box["height"] * (by - ay) / (y1 - y0) - self.scale) < 0.01
        self.origin = (
            self.box["x"] + self.box["width"] * ax - x0 * self.scale,
            self.box["y"] + self.box["height"] * ay - y0 * self.scale,
        )

    def _told(self, x: float, y: float) -> Place:
        """What the footer says of a place of the stage, 0-1."""
        self.page.mouse.move(self.box["x"] + self.box["width"] * x, self.box["y"] + self.box["height"] * y)
        words = self.page.locator(".wme-foot").inner_text()
        found = re.search(r"(-?[\d.]+), (-?[\d.]+) px", words)
        assert found, words
        return float(found[1]), float(found[2])

    @property
    def document(self) -> dict[str, Any]:
        return self._document() or {"layers": []}

    @property
    def layers(self) -> list[dict[str, Any]]:
        return self.document["layers"]

    def until(self, true: Callable[[], Any], seconds: float = 15) -> None:
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, f"never came true: {true}"
            time.sleep(0.02)

    def until_layers(self, count: int) -> None:
        self.until(lambda: len(self.layers) == count)

    def at(self, x: float, y: float) -> Place:
        return self.origin[0] + x * self.scale, self.origin[1] + y * self.scale

    def _drag(self, start: Place, *places: Place) -> None:
        mouse = self.page.mouse
        mouse.move(*start)
        mouse.down()
        for place in places:
            mouse.move(*place, steps=6)
        mouse.up()

    def _within_reach(self, x: float, y: float) -> Place:
        """Where a handle is shown: what would lie off the stage or under the bar at its top comes down."""
        middle = abs(x - self.box["x"] - self.box["width"] / 2) < 130
        return x, max(y, self.box["y"] + (56 if middle else 10))

    def _time(self, frame: int) -> float:
        """Where a frame lies along the timeline of a clip of 81."""
        box = self.page.locator(".wme-lanes").bounding_box()
        return box["x"] + NAMES_PX + frame * (box["width"] - NAMES_PX - PAST_PX) / 80

    # -- what is counted --------------------------------------------------------------------------------------------

    def point(self, at: Place) -> dict[str, Any]:
        """A click on a thing; it is in the document when its outline is found."""
        self.actions += 1
        known = {layer["id"] for layer in self.layers}
        self.page.mouse.click(*self.at(*at))
        self.until_layers(len(known) + 1)
        return next(layer for layer in self.layers if layer["id"] not in known)

    def lasso(self, *around: Place) -> dict[str, Any]:
        """A rough line around a thing."""
        self.actions += 1
        known = {layer["id"] for layer in self.layers}
        self._drag(*(self.at(*place) for place in (*around, around[0])))
        self.until_layers(len(known) + 1)
        return next(layer for layer in self.layers if layer["id"] not in known)

    def turn(self, thing: dict[str, Any], degrees: float) -> None:
        """By the round handle above a thing: clockwise on the screen."""
        self.actions += 1
        (left, top, right, _), (px, py), scale = lies(thing)
        x, y = self.at(px + scale * ((left + right) / 2 - px), py + scale * (top - py))
        x, y = self._within_reach(x, y - HANDLE_AWAY)
        (mx, my), turn = self.at(px, py), math.radians(degrees)
        dx, dy = x - mx, y - my
        to = (mx + dx * math.cos(turn) - dy * math.sin(turn), my + dx * math.sin(turn) + dy * math.cos(turn))
        self._drag((x, y), to)

    def scale_by(self, thing: dict[str, Any], factor: float) -> None:
        """By a corner, away from the middle."""
        self.actions += 1
        (_, _, *corner), (px, py), scale = lies(thing)
        far = [p + scale * (c - p) for p, c in zip((px, py), corner, strict=True)]
        self._drag(self.at(*far), self.at(*(p + factor * (c - p) for p, c in zip((px, py), far, strict=True))))

    def drag(self, *places: Place) -> None:
        self.actions += 1
        self._drag(*(self.at(*place) for place in places))

    def key(self, name: str) -> None:
        self.actions += 1
        self.page.keyboard.press(name)

    def button(self, **role: Any) -> None:
        self.actions += 1
        self.page.get_by_role("button", **role).first.click()

    def row(self, name: str) -> None:
        self.actions += 1
        self.page.locator(".wme-row[data-id]").filter(has_text=name).first.click()

    def switch(self, label: str) -> None:
        self.actions += 1
        self.page.get_by_label(label).first.click(force=True)

    def paste(self, text: str) -> None:
        self.actions += 1
        self.page.evaluate(PASTE, text)

    def bar(self, row: int, frame: int, to: int) -> None:
        """An end of a bar of the timeline, dragged from a frame to another."""
        self.actions += 1
        box = self.page.locator(".wme-scroll").bounding_box()
        y = box["y"] + ROW_PX * row + ROW_PX / 2
        self._drag(*((self._time(frame) + inward, y) for frame, inward in ((frame, -2 if frame else 2), (to, 0))))

    # -- what is not: looking ---------------------------------------------------------------------------------------

    def look(self, frame: int) -> None:
        """At a frame, pressed on the timeline's ruler, once the draft has said what moves; as the camera sees it."""
        self.page.keyboard.press("t")
        box = self.page.locator(".wme-lanes").bounding_box()
        self.page.mouse.click(self._time(frame), box["y"] + ROW_PX / 2)
        self.rest()

    def rest(self) -> None:
        self.until(lambda: "is-" in (self.page.locator(".wme-status").get_attribute("class") or ""), 30)
