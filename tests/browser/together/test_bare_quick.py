"""A hand that is quicker than what is looked for: every press is answered, and what is taken back does not come."""

from __future__ import annotations

import pytest
from test_bare_things import LAYERS, agreement, in_ball, one_thing

AS_LONG_AS_A_SEARCH_MS = 1200
HOLD = """() => {
    let ms = performance.now();
    performance.now = () => (ms += 50);
    const held = [];
    scheduler.yield = () => new Promise((go) => held.push(go));
    globalThis.goOn = () => {
        delete performance.now;
        delete scheduler.yield;
        for (const go of held) go();
    };
}"""
"""What is looked for rests at its next step: a machine may be as quick as it likes."""


def in_box(x, y):
    return (abs(x - 580) < 60) & (abs(y - 295) < 45)


def test_two_things_pointed_at_one_right_after_the_other_are_both_there(open_editor):
    editor = open_editor(tool=None)
    editor.page.evaluate(HOLD)
    editor.click(210, 290)
    editor.click(580, 300)
    editor.page.evaluate("goOn()")
    editor.wait(f"{LAYERS}.length === 2")
    ball, box = editor.layers
    assert agreement(ball, in_ball) > 0.9 and agreement(box, in_box) > 0.9
    assert editor.js("state.selection.layers") == [box["id"]]


def test_pressed_twice_in_a_hurry_it_is_one_thing(open_editor):
    editor = open_editor(tool=None)
    editor.page.evaluate(HOLD)
    for x in (208, 210, 212):
        editor.click(x, 290)
    editor.page.evaluate("goOn()")
    ball = one_thing(editor)
    editor.page.wait_for_timeout(AS_LONG_AS_A_SEARCH_MS)
    assert len(editor.layers) == 1 and agreement(ball, in_ball) > 0.9


def test_shift_adds_to_what_is_still_looked_for(open_editor):
    editor = open_editor(tool=None)
    editor.page.evaluate(HOLD)
    editor.click(200, 280)
    editor.page.keyboard.down("Shift")
    editor.click(580, 300)
    editor.page.keyboard.up("Shift")
    editor.page.evaluate("goOn()")
    editor.wait(f"{LAYERS}.length === 1 && Math.max(...{LAYERS}[0].polygon.map(([x]) => x)) > 0.7")
    assert agreement(editor.layers[0], lambda x, y: in_ball(x, y) | in_box(x, y)) > 0.85


def test_a_press_that_is_held_is_not_ended_by_what_is_found_meanwhile(open_editor):
    editor = open_editor(tool=None)
    editor.page.evaluate(HOLD)
    editor.click(210, 290)
    editor.page.mouse.move(*editor.at(580, 300))
    editor.page.mouse.down()
    editor.page.evaluate("goOn()")
    editor.page.wait_for_timeout(AS_LONG_AS_A_SEARCH_MS)
    editor.page.mouse.up()
    editor.wait(f"{LAYERS}.length === 2")
    assert agreement(editor.layers[1], in_box) > 0.9


@pytest.mark.parametrize("key", ["Escape", "Control+z"])
def test_what_is_taken_back_while_it_is_looked_for_does_not_come(open_editor, key):
    editor = open_editor(tool=None)
    editor.click(210, 290)
    ball = one_thing(editor)
    editor.page.evaluate(HOLD)
    editor.click(580, 300)
    editor.press(key)
    editor.page.evaluate("goOn()")
    editor.page.wait_for_timeout(AS_LONG_AS_A_SEARCH_MS)
    assert [one["id"] for one in editor.layers] == [ball["id"]], "and nothing before it is taken back"
    # The next press is answered.
    editor.click(580, 300)
    editor.wait(f"{LAYERS}.length === 2")


def test_a_part_and_the_whole_are_still_known_after_undo(open_editor):
    editor = open_editor(tool=None)
    editor.click(210, 290)
    first = one_thing(editor)
    editor.press("]")
    larger = editor.layers[0]["polygon"]
    assert larger != first["polygon"]
    editor.press("Control+z", "]")
    assert editor.layers[0]["polygon"] == larger


def test_what_is_no_part_of_the_thing_is_added_too(open_editor):
    editor = open_editor(tool=None)
    editor.click(200, 280)
    one_thing(editor)
    editor.page.keyboard.down("Shift")
    editor.click(420, 440)
    editor.page.keyboard.up("Shift")
    editor.wait(f"Math.max(...{LAYERS}[0].polygon.map(([, y]) => y)) > 0.95")
    # The green ground, and the ball upon it.
    assert agreement(editor.layers[0], lambda x, y: in_ball(x, y) | ((y > 330) & ~(in_box(x, y)))) > 0.85
