"""A thing dragged along a bend: the way of the hand is offered, taken, undone, and forgotten with the next step."""

from __future__ import annotations

import numpy as np


def test_a_thing_goes_along_the_way_of_the_hand_once_it_is_asked_to(open_editor):
    editor = open_editor(tool=None)
    editor.click(200, 280)
    editor.wait("wanMoveEditor.editor.state.doc.layers.length === 1")
    angles = np.linspace(0, np.pi, 13)
    arc = [(340 - 140 * np.cos(a), 280 - 140 * np.sin(a)) for a in angles]
    editor.drag(*arc, steps=2)
    follow = editor.page.get_by_role("button", name="Along my hand's way")
    follow.wait_for()
    straight = editor.layers[0]
    assert [key["frame"] for key in straight["keys"]] == [0, 80] and editor.page.get_by_text("It goes straight").count()
    follow.click()
    editor.wait("wanMoveEditor.editor.state.doc.layers[0].keys.length > 3")
    followed = editor.layers[0]
    assert followed["curve"] == "smooth" and followed["keys"][-1]["offset"] == straight["keys"][-1]["offset"]
    # Half the time on, it is at the top of the arc: 140 px up.
    risen = editor.js("state.sampled.xy[1] - state.sampled.xy[2 * 40 * state.sampled.count + 1]")
    assert abs(risen - 140) < 12
    editor.page.wait_for_timeout(50)
    assert not follow.is_visible()
    editor.press("Control+z")
    assert editor.layers[0]["keys"] == straight["keys"]

    # Another step and it is not offered any more; a straight drag offers nothing.
    editor.press("Control+z")
    editor.drag(*arc, steps=2)
    follow.wait_for()
    editor.press("Control+z")
    editor.page.wait_for_timeout(50)
    assert not follow.is_visible()
    editor.drag((200, 280), (300, 200), (400, 120))
    editor.page.wait_for_timeout(100)
    assert not follow.count() or not follow.is_visible()
