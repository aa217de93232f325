"""The five tasks that the editor promises in few actions: their steps, on whatever picture and whatever page."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hand import Hand, Place

Layer = dict[str, Any]
Thing = Place | tuple[Place, ...]
"""One place: it is clicked; several: a rough line around it."""


def _taken(hand: Hand, thing: Any) -> Layer:
    return hand.lasso(*thing) if isinstance(thing[0], tuple) else hand.point(thing)


def a_thing_is_moved_with_the_rest_held(hand: Hand, thing: Thing, move: Callable[[Hand, Layer], None]) -> None:
    """Three: the thing, its motion, the rest."""
    layer = _taken(hand, thing)
    move(hand, layer)
    hand.button(name="Hold the rest")
    hand.until_layers(2)


def three_things_with_their_own_times(hand: Hand, things: list[tuple[Thing, Place, Place, tuple[int, int]]]) -> None:
    """Nine: each thing, its drag from and to, and the end of its bar from a frame to another."""
    for thing, start, end, (frame, to) in things:
        _taken(hand, thing)
        hand.drag(start, end)
        # What was drawn last is the first row.
        hand.bar(0, frame, to)


def a_thing_is_scaled_and_turned(hand: Hand, thing: Thing, factor: float, degrees: float) -> None:
    """Three: the thing, a corner, the round handle."""
    layer = _taken(hand, thing)
    hand.scale_by(layer, factor)
    hand.turn(hand.layers[0], degrees)


def a_camera_pushes_in_past_a_pinned_thing(hand: Hand, thing: Thing, corner_to: Place) -> None:
    """Six: the thing, the camera, its frame's corner towards its middle, the thing's row, its pin, the rest.

    Without points in the rest nothing tells the model that the picture moves.
    """
    layer = _taken(hand, thing)
    hand.key("c")
    hand.drag((1, 1), corner_to)
    hand.row(layer["name"])
    hand.switch("Pin to the screen")
    hand.button(name="Hold the rest")
    hand.until_layers(2)


def coordinates_are_pasted(hand: Hand, xy: list[Place]) -> None:
    """Two: the text as another editor copies it, and the answer to what is to be done with it."""
    hand.paste(json.dumps([[{"x": x, "y": y} for x, y in xy]]))
    hand.page.get_by_role("button", name="Add", exact=True).wait_for()
    hand.button(name="Add", exact=True)
    hand.until_layers(1)
