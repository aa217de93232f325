"""The five tasks in ComfyUI's own frontend, in both renderers, on photographs that a Load Image node was given.

Photographs are those that scikit-image and scikit-learn ship: installed, or under the folder in WAN_MOVE_PHOTOGRAPHS.
"""
# Scripts for the page keep their own lines.
# ruff: noqa: E501, F811

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import five_tasks as tasks
import numpy as np
import pytest
from frontend_fixtures import VERSIONS, comfy, frontend, tab  # noqa: F401  (fixtures)
from frontend_page import ComfyPage
from hand import SIZE_WH, Hand, Place

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))

from photo_parts.photographs import FILES, path_of, photograph

from wan_move_core.draft.outlines import outlines_from_document, view_of
from wan_move_core.draft.render import Draft
from wan_move_core.motion.document.read import parse_document
from wan_move_core.motion.evaluation.evaluate import tracks_and_owners

Document = dict[str, Any]
EVERY = [(version, way) for version in VERSIONS[1:] for way in ("classic", "nodes2")]
"""WAN_MOVE_EVERY_PAGE=1: each version in both renderers, else each in one of them."""
PAGES = pytest.mark.parametrize(
    ("frontend", "comfy"), EVERY if os.environ.get("WAN_MOVE_EVERY_PAGE") else EVERY[1:3], indirect=True
)


def on(name: str) -> Any:
    """A photograph that a test is on: skipped before any page is opened where it is not at hand."""
    why = f"{FILES[name]} is not at hand: install scikit-image and scikit-learn, or name their folder in WAN_MOVE_PHOTOGRAPHS"
    return pytest.mark.skipif(path_of(FILES[name]) is None, reason=why)


HEAD = ((60, 150), (90, 4), (690, 4), (690, 250), (600, 476), (180, 476), (60, 300))
FEATURES = {"left eye": (320, 160), "right eye": (590, 215), "nose": (480, 400), "brow": (430, 60)}


def give(tab: ComfyPage, name: str) -> None:
    """A photograph for the Load Image node, by the node's own button."""
    path = path_of(FILES[name])
    assert path is not None
    with tab.page.expect_file_chooser() as asked:
        if tab.renderer == "nodes2":
            tab.page.locator("[data-node-id] input[type=file]").first.locator("xpath=..").click()
        else:
            x, y = tab.js(
                "{ const n = graph.nodes.find((n) => n.type === 'LoadImage'), w = n.widgets.find((w) => w.type === 'button'); return [n.pos[0] + n.size[0] / 2, n.pos[1] + w.last_y + 12] }"
            )
            tab.page.mouse.move(x, y)
            tab.settle(2)
            tab.page.mouse.click(x, y, delay=30)
    asked.value.set_files(str(path))
    tab.wait(f"graph.nodes.find((n) => n.type === 'LoadImage').widgets[0].value === '{path.name}'")


@pytest.fixture
def edit(tab: ComfyPage, artefacts: Path) -> Callable[..., Document]:
    """Does a task on a photograph and presses Done: the node's document."""

    def do(name: str, photo: str | None, most: int, steps: Callable[[Hand], None], frame: int = 80) -> Document:
        tab.start()
        if photo:
            give(tab, photo)
        tab.button().click()
        tab.editor_ready(tool=None)
        if photo:
            # Its shape is another than the clip's, and that is said: by then it is there.
            tab.page.locator(".wme-toast button").wait_for()
        hand = Hand(tab.page, lambda: tab.document)
        steps(hand)
        hand.look(frame)
        tab.settle(4)
        tab.page.screenshot(path=artefacts / f"comfy_task_{name}_{tab.version}_{tab.renderer}.png")
        assert hand.actions == most
        tab.close_editor()
        shown = Path(FILES[photo]).name if photo else "scene.png"
        assert tab.document["picture"]["ref"]["filename"] == shown
        return tab.document

    return do


def draft_of(document: Document, photo: str, frame: int = 80) -> tuple[np.ndarray, np.ndarray]:
    """The photograph, and what Python's draft makes of it at a frame, both uint8 [480, 832, 3]."""
    return photograph(photo), _drawn(json.dumps(document), photo, frame)


@cache
def _drawn(text: str, photo: str, frame: int) -> np.ndarray:
    """The same hand on another page mostly makes the same document: that draft was judged already."""
    parsed = parse_document(text)
    tracks, view = view_of(parsed) or (tracks_and_owners(parsed)[0], None)
    return Draft(photograph(photo), tracks, outlines_from_document(parsed), view).frame(frame)


def shape(layer: Document) -> np.ndarray:
    """bool [480, 832]: what lies within a thing's outline."""
    area = np.zeros(SIZE_WH[::-1], np.uint8)
    cv2.fillPoly(area, [np.rint(np.array(layer["polygon"]) * SIZE_WH).astype(np.int32)], 1)
    return area > 0


def way(layer: Document, key: Document | None = None) -> np.ndarray:
    """[2, 3]: where a key, the last if none is named, takes a thing."""
    key = key or layer["keys"][-1]
    x, y = np.array(layer["pivot"]) * SIZE_WH
    m = cv2.getRotationMatrix2D((x, y), -key["rotate"], key["scale"])
    m[:, 2] += np.array(key["offset"]) * SIZE_WH
    return m


def alike(shown: np.ndarray, expected: np.ndarray, where: np.ndarray) -> float:
    """Which share of ``where`` looks as expected."""
    apart = np.abs(cv2.blur(shown, (5, 5)).astype(int) - cv2.blur(expected, (5, 5))).max(2)
    return float((apart[where] < 20).mean())


def whole(
    shown: np.ndarray, picture: np.ndarray, layer: Document, m: np.ndarray, others: np.ndarray | None = None
) -> None:
    """All of a thing is where its key takes it: nothing of it was left behind or torn off."""
    inside = cv2.erode(shape(layer).astype(np.uint8), np.ones((9, 9)), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    there = cv2.warpAffine(inside, m, SIZE_WH, flags=cv2.INTER_NEAREST) > 0
    if others is not None:
        there &= ~others
    assert there.sum() > 1000
    # At the frame's edge the picture is drawn along, so that nothing shows past it.
    assert alike(shown, cv2.warpAffine(picture, m, SIZE_WH), there) > 0.93


@on("chelsea")
@PAGES
def test_a_cats_head_is_turned_with_the_rest_held_in_three(edit: Any) -> None:
    made = edit(
        "1_turned",
        "chelsea",
        3,
        lambda hand: tasks.a_thing_is_moved_with_the_rest_held(hand, HEAD, lambda hand, head: hand.turn(head, 10)),
    )
    head = next(one for one in made["layers"] if one["type"] == "region")
    held = next(one for one in made["layers"] if one["type"] == "anchors")["points"]
    outline = np.float32(head["polygon"]) * np.float32(SIZE_WH)
    for name, at in FEATURES.items():
        assert cv2.pointPolygonTest(outline, at, False) > 0, name
    assert shape(head).mean() > 0.45, "a head, not a scrap of one"
    assert head["keys"][-1]["rotate"] == pytest.approx(10, abs=1)
    picture, shown = draft_of(made, "chelsea")
    whole(shown, picture, head, way(head))
    there = np.rint(np.array(held) * SIZE_WH).astype(int)
    assert len(there) > 20
    still = np.zeros(SIZE_WH[::-1], bool)
    still[there[:, 1], there[:, 0]] = True
    assert not (still & shape(head)).any()
    assert alike(shown, picture, still) > 0.9


@pytest.mark.parametrize(("frontend", "comfy"), EVERY[-1:], indirect=True)
def test_a_painted_ball_is_moved_with_the_rest_held_in_three(edit: Any) -> None:
    """Where there is no photograph, the steps are tried all the same."""
    ball, end = (200, 280), (270, 250)
    made = edit(
        "0_ball",
        None,
        3,
        lambda hand: tasks.a_thing_is_moved_with_the_rest_held(hand, ball, lambda hand, _: hand.drag(ball, end)),
    )
    held, thing = made["layers"]
    assert np.array(thing["keys"][-1]["offset"]) * SIZE_WH == pytest.approx(np.subtract(end, ball), abs=2)
    away = np.linalg.norm(np.array(held["points"]) * SIZE_WH - ball, axis=-1)
    assert len(away) > 20 and away.min() > 50


@on("china")
@PAGES
def test_three_things_of_a_view_have_their_own_times_in_nine(edit: Any) -> None:
    moved: list[tuple[Place, Place, tuple[int, int]]] = [
        ((300, 280), (300, 262), (80, 40)),
        ((30, 250), (20, 240), (0, 20)),
        ((780, 350), (800, 360), (80, 60)),
    ]
    made = edit(
        "2_times",
        "china",
        9,
        lambda hand: tasks.three_things_with_their_own_times(hand, [(at, at, end, time) for at, end, time in moved]),
    )
    pagoda, left, right = made["layers"]
    assert [(one["keys"][0]["frame"], one["keys"][-1]["frame"]) for one in made["layers"]] == [
        (0, 40),
        (20, 80),
        (0, 60),
    ]
    for layer, (at, end, _) in zip(made["layers"], moved, strict=True):
        assert len(layer["keys"]) == 2
        assert np.array(layer["keys"][-1]["offset"]) * SIZE_WH == pytest.approx(np.subtract(end, at), abs=2)
    picture, early = draft_of(made, "china", 18)
    assert alike(early, picture, shape(left) & ~shape(pagoda)) > 0.93, "its time has not come"
    _, late = draft_of(made, "china", 80)
    whole(late, picture, pagoda, way(pagoda), cv2.warpAffine(shape(right).astype(np.uint8), way(right), SIZE_WH) > 0)
    whole(late, picture, right, way(right))


@on("flower")
@PAGES
def test_a_flower_is_scaled_and_turned_in_three(edit: Any) -> None:
    made = edit("3_scaled", "flower", 3, lambda hand: tasks.a_thing_is_scaled_and_turned(hand, (400, 250), 1.15, 30))
    (flower,) = made["layers"]
    key = flower["keys"][-1]
    assert key["scale"] == pytest.approx(1.15, abs=0.02) and key["rotate"] == pytest.approx(30, abs=2)
    picture, shown = draft_of(made, "flower")
    whole(shown, picture, flower, way(flower))


@on("rocket")
@PAGES
def test_a_camera_pushes_in_past_a_pinned_rocket_in_six(edit: Any) -> None:
    made = edit(
        "4_camera", "rocket", 6, lambda hand: tasks.a_camera_pushes_in_past_a_pinned_thing(hand, (418, 260), (139, 80))
    )
    held, rocket = made["layers"]
    assert held["type"] == "anchors" and rocket["pinned"] is True and len(made["camera"]["keys"]) == 2
    assert made["camera"]["keys"][-1]["zoom"] == pytest.approx(1.5, abs=0.03)
    tracks, owner = tracks_and_owners(parse_document(json.dumps(made)))
    ways = np.linalg.norm(tracks.xy[-1].numpy() - tracks.xy[0].numpy(), axis=-1)
    assert ways[owner == 1].max() < 0.01 and np.median(ways[owner == 0]) > 100, (
        "it stays on the screen, the picture comes nearer"
    )
    picture, shown = draft_of(made, "rocket")
    thing = cv2.erode(shape(rocket).astype(np.uint8), np.ones((9, 9))) > 0
    assert alike(shown, picture, thing) > 0.97
    zoom = made["camera"]["keys"][-1]["zoom"]
    nearer = cv2.getRotationMatrix2D((SIZE_WH[0] / 2 - 0.5, SIZE_WH[1] / 2 - 0.5), 0, zoom)
    beside = ~(cv2.dilate(shape(rocket).astype(np.uint8), np.ones((31, 31))) > 0)
    beside &= ~(cv2.warpAffine(cv2.dilate(shape(rocket).astype(np.uint8), np.ones((31, 31))), nearer, SIZE_WH) > 0)
    assert alike(shown, cv2.warpAffine(picture, nearer, SIZE_WH), beside) > 0.9


@on("coffee")
@PAGES
def test_coordinates_of_another_editor_are_pasted_in_two(edit: Any) -> None:
    xy = [(430 + 60 * np.sin(f / 20), 330 - 1.5 * f + f * f / 160) for f in range(81)]
    made = edit("5_pasted", "coffee", 2, lambda hand: tasks.coordinates_are_pasted(hand, xy))
    tracks, _ = tracks_and_owners(parse_document(json.dumps(made)))
    assert tracks.count == 1
    # As few keys as keep it within a pixel at every frame.
    np.testing.assert_allclose(tracks.xy[:, 0].numpy(), xy, atol=1)
    np.testing.assert_allclose(tracks.xy[[0, -1], 0].numpy(), [xy[0], xy[-1]], atol=0.05)
