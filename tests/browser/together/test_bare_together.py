"""Parts of the editor together in a real browser: pins under a camera, several at once, keys, handles, the crop."""

from __future__ import annotations

import numpy as np
import pytest
from bare_documents import document, path_layer

CAMERA = {
    "keys": [
        {"frame": 0, "truck": [0, 0], "zoom": 1, "roll": 0},
        {"frame": 80, "truck": [0.1, 0.05], "zoom": 1.6, "roll": 10},
    ],
    "easing": "linear",
}


def square(name, x, y, **fields):
    corners = [(x - 40, y - 40), (x + 40, y - 40), (x + 40, y + 40), (x - 40, y + 40)]
    return {
        "id": name,
        "type": "region",
        "name": name,
        "polygon": [[cx / 832, cy / 480] for cx, cy in corners],
        "pivot": [x / 832, y / 480],
        "keys": [],
        **fields,
    }


def shown_at(ed):
    """The middle of each layer's tracks at the playhead, as the model is told, px."""
    return np.array(
        ed.js("""state.doc.layers.map((_, i) => {
            const { sampled: { xy, count, first } } = state, n = first[i + 1] - first[i], sum = [0, 0];
            for (let k = first[i]; k < first[i + 1]; k++) for (const a of [0, 1]) sum[a] += xy[2 * (Math.round(state.frame) * count + k) + a] / n;
            return sum;
        })""")  # noqa: E501
    )


@pytest.mark.parametrize("held", [0, 1])
def test_what_is_pinned_and_what_is_not_move_together_under_a_camera(open_editor, held):
    ed = open_editor(document=document(square("P", 600, 120, pinned=True), square("S", 300, 300), camera=CAMERA))
    ed.press("v")
    ed.js("(state.setFrame(40), state.selectLayers(['P', 'S']))")
    before = shown_at(ed)
    x, y = before[held]
    ed.drag((x, y), (x + 60, y + 30))
    np.testing.assert_allclose(shown_at(ed) - before, [(60, 30)] * 2, atol=0.6)


def test_paths_that_are_pinned_and_not_move_together_under_a_camera(open_editor):
    away = path_layer(id="a", points=[[0.1, 0.15], [0.2, 0.15]])
    pinned = path_layer(id="b", pinned=True, points=[[0.3, 0.7], [0.5, 0.8]])
    ed = open_editor(document=document(away, pinned, camera=CAMERA), tool="v")
    ed.js("(state.setFrame(80), state.selectLayers(['a', 'b']))")
    before = shown_at(ed)
    ed.drag((0.4 * 832, 0.75 * 480), (0.4 * 832 + 48, 0.75 * 480 - 24))
    # A pointer at whole pixels of the screen, as Firefox has it, is up to a pixel off.
    np.testing.assert_allclose(shown_at(ed) - before, [(48, -24)] * 2, atol=1.0)


def test_several_are_scaled_about_the_middle_that_is_seen(open_editor):
    ed = open_editor(document=document(square("P", 600, 120, pinned=True), square("S", 300, 300), camera=CAMERA))
    ed.press("v")
    ed.js("(state.setFrame(40), state.selectLayers(['P', 'S']))")
    before = shown_at(ed)
    # The box: the pinned square as it is, the other one as the camera shows it (zoom 1.3, roll 5 degrees).
    turned = 1.3 * 40 * (np.cos(np.radians(5)) + np.sin(np.radians(5)))
    low = np.array([before[1][0] - turned, 80])
    high = np.array([640, before[1][1] + turned])
    middle = (low + high) / 2
    ed.drag(tuple(high), tuple(middle + 1.5 * (high - middle)))
    after = shown_at(ed)
    np.testing.assert_allclose(after, middle + 1.5 * (before - middle), atol=5)
    np.testing.assert_allclose(after[1] - after[0], 1.5 * (before[1] - before[0]), atol=5)
    assert [one["keys"][-1]["scale"] for one in ed.layers] == pytest.approx([1.5, 1.5], abs=0.02)


def test_the_crosshair_finds_what_is_pinned_where_it_is_seen(open_editor):
    ed = open_editor(document=document(square("P", 600, 120, pinned=True), camera=CAMERA), tool="v")
    ed.js("(state.setFrame(40), state.selectLayers(['P']))")
    ed.press("Enter", "Tab", "Enter", "Shift+ArrowRight", "Enter")
    key = ed.layers[0]["keys"][-1]
    assert key["frame"] == 40 and key["offset"] == pytest.approx([32 / 832, 0], abs=1e-4)


def test_the_crosshair_turns_handles_of_a_curve_and_several_things(open_editor):
    curve = path_layer(curve="catmull-rom", handles=[[0, 0, 0.1, -0.1], [-0.1, 0, 0.1, 0], [-0.1, -0.1, 0, 0]])
    ed = open_editor(document=document(curve), tool="v")
    ed.js("state.selectLayers(['a1'])")
    # The first point, its handle, the second point, its handle before it.
    ed.press("Enter", "Tab", "Tab", "Tab", "Tab", "Enter", "Shift+ArrowUp", "Enter")
    assert ed.layers[0]["points"] == curve["points"]
    assert ed.layers[0]["handles"][1][:2] == pytest.approx([-0.1, -32 / 480], abs=1e-4)

    ed = open_editor(document=document(square("A", 200, 240), square("B", 400, 240)), tool="v")
    ed.js("state.selectLayers(['A', 'B'])")
    # Both bodies, the handle that turns, the upper left corner: 160..440 x 200..280, away from the middle.
    ed.press("Enter", "Tab", "Tab", "Tab", "Tab", "Enter", *["Shift+ArrowLeft"] * 4, "Enter")
    scale = np.hypot(140 + 128, 40) / np.hypot(140, 40)
    assert [one["keys"][-1]["scale"] for one in ed.layers] == pytest.approx([scale] * 2, abs=0.01)
    assert ed.js("state.selection.layers") == ["A", "B"]


def crop(ed):
    ed.page.locator(".wme-clip-btn").click()
    ed.page.get_by_role("button", name="Crop…").click()
    ed.settle()


def test_the_crop_has_its_own_keys_whatever_the_crosshair_had(open_editor):
    ed = open_editor(document=document(path_layer()), tool="v")
    ed.js("state.selectLayers(['a1'])")
    ed.press("Enter")
    crop(ed)
    before = ed.document
    ed.press("Delete", "Backspace", "m", "h", "ArrowUp")
    assert ed.document["layers"] == before["layers"] and ed.js("state.tool") == "crop"
    ed.press(*["-"] * 8, *["ArrowLeft"] * 200, "Enter")
    assert ed.js("state.tool") == "select"
    assert ed.document["crop"][0] == pytest.approx(0, abs=0.01) and ed.document["crop"][2] < 0.8
    ed.press("Control+z")
    assert ed.document.get("crop") is None and ed.layers == before["layers"]


def test_the_crop_is_of_the_picture_whatever_the_camera_shows(open_editor):
    ed = open_editor(document=document(path_layer(), camera=CAMERA), tool="v")
    crop(ed)
    assert ed.js("state.frame") == 0
    shown = """(() => { const c = document.querySelector('.wme-over');
        return [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data].reduce((a, v, i) => (a * 31 + v * (i % 97)) % 1e9, 7); })()"""  # noqa: E501
    ed.settle()
    first = ed.page.evaluate(shown)
    ed.js("state.setFrame(60)")
    ed.settle()
    assert ed.page.evaluate(shown) == first
