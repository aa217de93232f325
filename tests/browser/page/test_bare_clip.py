"""The clip in the header, the crop over the whole picture, the camera's row and what is pinned, in a real browser."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from wan_move_core.geometry import Fit
from wan_move_core.motion.document.read import parse_document
from wan_move_core.motion.evaluation.evaluate import tracks_from_document

PATH = {"id": "a", "type": "path", "name": "Ball", "points": [[0.24, 0.58], [0.7, 0.58]], "start": 0, "end": 80}
PAN = {
    "keys": [
        {"frame": 0, "truck": [0, 0], "zoom": 1, "roll": 0},
        {"frame": 80, "truck": [0.15, 0], "zoom": 1.4, "roll": 0},
    ],
    "easing": "linear",
}
ANCHOR = {"id": "k", "type": "anchors", "name": "Logo", "points": [[0.8, 0.2]]}


def text(**fields):
    plain = {"version": 1, "size_wh": [832, 480], "frames": 81, "fps": 16, "fit": "crop", "layers": [PATH]}
    return json.dumps({**plain, **fields})


@pytest.fixture(scope="module")
def portrait(tmp_path_factory) -> Path:
    """A picture in which each place has its own colour, 900 x 1200."""
    x, y = np.meshgrid(np.linspace(0, 255, 900), np.linspace(0, 255, 1200))
    picture = np.stack([np.full_like(x, 90), y, x], -1).astype(np.uint8)
    path = tmp_path_factory.mktemp("portrait") / "portrait.png"
    cv2.imwrite(str(path), picture)
    return path


def panel(ed):
    ed.page.locator(".wme-clip-btn").click()
    return ed.page.get_by_role("dialog", name="Clip")


def put(ed, label, value):
    field = ed.page.get_by_label(label, exact=True)
    field.fill(str(value))
    field.press("Enter")
    ed.settle()


def test_size_length_and_rate_are_set_in_the_header(open_editor):
    ed = open_editor(document=text())
    shown = panel(ed)
    shown.get_by_role("button", name="480 × 832").click()
    assert ed.document["size_wh"] == [480, 832]
    assert "480 × 832 · 81 frames · 5.1 s" in ed.page.locator(".wme-clip-btn").inner_text()
    put(ed, "Width in pixels", 500)
    assert ed.document["size_wh"] == [496, 832], "the nearest that a video may have"
    assert ed.page.get_by_label("Width in pixels", exact=True).input_value() == "496"
    put(ed, "Frames", 49)
    assert (ed.document["frames"], ed.layers[0]["end"]) == (49, 48), "the motion fills the new length"
    put(ed, "Seconds", 5)
    assert (ed.document["frames"], ed.layers[0]["end"]) == (81, 80)
    shown.get_by_role("radio", name="Keep timing").click()
    before = tracks_from_document(parse_document(ed.document))
    put(ed, "Frames", 49)
    after = tracks_from_document(parse_document(ed.document))
    assert ed.layers[0]["end"] == 48
    assert float((before.xy[:49] - after.xy).abs().max()) < 0.05, "the motion of these three seconds is as it was"
    put(ed, "Frames per second", 24)
    assert (ed.document["fps"], ed.document["frames"], ed.layers[0]["end"]) == (24, 49, 48)
    ed.press("Escape")
    for _ in range(6):
        ed.press("Control+z")
    assert (ed.document["size_wh"], ed.document["frames"], ed.document["fps"]) == ([832, 480], 81, 16)
    assert ed.layers[0]["end"] == 80 and len(ed.layers[0]["points"]) == 2


def test_saved_and_opened_again_it_is_the_clip_that_was_set(open_editor):
    ed = open_editor(document=text(), size_wh=(832, 480), frames=81)
    panel(ed).get_by_role("button", name="1280 × 720").click()
    put(ed, "Frames", 33)
    ed.press("Escape", "Escape")
    ed.page.get_by_role("button", name="Done").click()
    ed.page.get_by_role("button", name="Open again").click()
    ed.ready()
    assert (ed.document["size_wh"], ed.document["frames"], ed.layers[0]["end"]) == ([1280, 720], 33, 32)


def test_a_drawing_left_unsaved_comes_back_in_its_own_clip(open_editor):
    ed = open_editor(document=text())
    panel(ed).get_by_role("button", name="480 × 832").click()
    ed.page.wait_for_timeout(1500)
    ed.page.reload()
    ed.ready()
    ed.wait("wanMoveEditor.editor.state.doc.size_wh[0] === 480")
    assert ed.document["size_wh"] == [480, 832]


def corner(ed, name, picture_wh, rect):
    """Where a corner of the crop lies on the page, by the stage's own margins."""
    view, box = ed.js("({...state.view})"), ed.page.locator(".wme-over").bounding_box()
    scale = min((view["width"] - 52) / picture_wh[0], (view["height"] - 88) / picture_wh[1])
    left = (view["width"] - picture_wh[0] * scale) / 2
    top = 62 + (view["height"] - 88 - picture_wh[1] * scale) / 2
    x = rect[0] + (rect[2] if "e" in name else 0)
    y = rect[1] + (rect[3] if "s" in name else 0)
    return box["x"] + left + x * scale, box["y"] + top + y * scale, scale


def pull(ed, start, by):
    mouse = ed.page.mouse
    mouse.move(*start)
    mouse.down()
    mouse.move(start[0] + by[0], start[1] + by[1], steps=5)
    mouse.up()


def test_the_crop_is_drawn_over_the_whole_picture(open_editor, portrait, artefacts):
    ed = open_editor(picture=portrait, document=text(picture={"ref": None, "size_wh": [900, 1200]}))
    fit = Fit.make("crop", (900, 1200), (832, 480))
    on_picture = fit.inverse_points(tracks_from_document(parse_document(ed.document)).xy)[0, 0].tolist()
    panel(ed).get_by_role("button", name="Crop…").click()
    assert ed.js("state.tool") == "crop"
    bar = ed.page.get_by_role("toolbar", name="Crop…")
    ed.settle()
    ed.page.screenshot(path=artefacts / "crop_dark.png")
    x, y, scale = corner(ed, "se", (900, 1200), (0, 340, 900, 519))
    pull(ed, (x, y), (-300 * scale, -60 * scale))
    ed.press("Escape")
    assert ed.js("state.tool") == "drag" and "crop" not in ed.document, "Escape leaves it as it was"

    panel(ed).get_by_role("button", name="Crop…").click()
    pull(ed, (x, y), (-300 * scale, -60 * scale))
    middle = corner(ed, "nw", (900, 1200), (100, 440, 1, 1))
    pull(ed, middle[:2], (120 * scale, -200 * scale))
    ed.press("Enter")
    doc = ed.document
    crop = doc["crop"]
    assert doc["size_wh"] == [832, 480] and 0.6 < crop[2] < 0.95 and crop[1] < 0.2
    assert crop[2] * 900 / (crop[3] * 1200) == pytest.approx(832 / 480, rel=0.01), "the clip's shape"
    # What is drawn stays on its spot of the picture, and the frame shows that part: both as Python does it.
    cut = Fit.make("crop", (900, 1200), (832, 480), part=tuple(crop))
    now = cut.inverse_points(tracks_from_document(parse_document(doc)).xy)[0, 0].tolist()
    assert now == pytest.approx(on_picture, abs=0.05)
    seen = ed.js("""(() => { const c = state.picture.fitted; const px = (x, y) => [...c.getContext('2d').getImageData(
        Math.min(c.width - 1, Math.floor(x * c.width)), Math.min(c.height - 1, Math.floor(y * c.height)), 1, 1).data];
        return [px(0.02, 0.02), px(0.98, 0.98)]; })()""")
    for (red, green, *_), share in zip(seen, (0.02, 0.98), strict=True):
        x, y = cut.crop_xywh[0] + share * cut.crop_xywh[2], cut.crop_xywh[1] + share * cut.crop_xywh[3]
        assert (red, green) == pytest.approx((x / 899 * 255, y / 1199 * 255), abs=2.5)

    # A free crop decides the clip's shape.
    panel(ed).get_by_role("button", name="Crop…").click()
    bar.get_by_role("radio", name="Free").click()
    bar.get_by_role("button", name="All of it").click()
    bar.get_by_role("button", name="Crop", exact=True).click()
    assert "crop" not in ed.document and ed.document["size_wh"] == [544, 720]
    ed.press("Control+z", "Control+z")
    assert "crop" not in ed.document and ed.document["size_wh"] == [832, 480]


def test_a_new_picture_offers_its_own_shape(open_editor, portrait):
    ed = open_editor(document=text())
    ed.page.locator(".wme-stage").evaluate(
        """(stage, [bytes]) => { const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(bytes)], 'portrait.png', { type: 'image/png' }));
        const told = { dataTransfer: data, bubbles: true, cancelable: true };
        for (const type of ['dragenter', 'dragover', 'drop']) stage.dispatchEvent(new DragEvent(type, told)); }""",
        [list(portrait.read_bytes())],
    )
    offer = ed.page.locator(".wme-toast").get_by_role("button", name="Use 544 × 720")
    offer.click()
    assert ed.document["size_wh"] == [544, 720]
    assert ed.js("state.history.canUndo")


def test_every_corner_of_the_cameras_frame_can_be_taken(open_editor):
    """Nothing of the page lies over the picture's corners, so that a drag of each zooms."""
    ed = open_editor(document=text(layers=[ANCHOR, PATH]), size=(1366, 768), tool="c")
    for corner, inwards in [
        ((1, 1), (105, 61)),
        ((831, 1), (727, 61)),
        ((831, 479), (727, 419)),
        ((1, 479), (105, 419)),
    ]:
        ed.js("state.apply({...state.doc, camera: null}, '')")
        ed.drag(corner, inwards)
        assert ed.document["camera"]["keys"][-1]["zoom"] == pytest.approx(4 / 3, abs=0.05), corner


def test_pinned_stays_while_the_camera_moves(open_editor):
    ed = open_editor(document=text(layers=[ANCHOR, PATH], camera=PAN))
    row = ed.page.locator(".wme-camera-row")
    assert row.inner_text().split() == ["Camera", "0–80"]
    ed.js("(ed.setTool('select'), state.selectLayers(['k']), state.setFrame(80))")
    pin = ed.page.get_by_role("switch", name="Pin to the screen")
    pin.wait_for()
    assert ed.page.get_by_text("Goes along with the picture").is_visible()
    pin.check()
    assert ed.layers[0]["pinned"] is True
    tracks = tracks_from_document(parse_document(ed.document))
    assert tracks.xy[80, 0].tolist() == pytest.approx([0.8 * 832, 0.2 * 480], abs=1e-3), "on the screen"
    assert tracks.xy[80, 1].tolist() != pytest.approx([0.7 * 832, 0.58 * 480], abs=1), "and the rest rides"
    assert ed.js("[...state.sampled.xy.slice(80 * 4, 80 * 4 + 2)]") == pytest.approx([665.6, 96], abs=1e-3)

    # Its point is taken where it is shown, and goes where the pointer goes.
    ed.js("state.selectLayers([])")
    ed.drag((665.6, 96), (600, 150))
    assert ed.layers[0]["points"][0] == pytest.approx([600 / 832, 150 / 480], abs=0.004)
    # What is not pinned is still taken where the camera shows it.
    ride = tracks_from_document(parse_document(ed.document)).xy[80, 1].tolist()
    shown = [1.4 * (0.7 * 832 - 416 - 0.15 * 832) + 416, 1.4 * (0.58 * 480 - 240) + 240]
    assert ride == pytest.approx(shown, abs=0.01)
    ed.drag(shown, (shown[0] + 28, shown[1]))
    assert ed.layers[1]["points"][1][0] == pytest.approx(0.7 + 20 / 832, abs=0.004)


def test_the_camera_is_picked_and_deleted_like_a_layer(open_editor):
    ed = open_editor(document=text(camera=PAN))
    row = ed.page.locator(".wme-camera-row")
    row.get_by_role("button", name="Camera 0–80").click()
    assert ed.js("state.cameraPicked") and row.get_attribute("class").endswith("is-on")
    ed.press("Delete")
    assert ed.document["camera"] is None and not row.is_visible()
    ed.press("Control+z")
    assert row.is_visible()
    row.get_by_role("button", name="Remove the camera motion").click()
    assert ed.document["camera"] is None and len(ed.layers) == 1


def test_the_rest_is_held_again_after_another_size(open_editor):
    ed = open_editor(document=text())
    ed.page.get_by_role("button", name="Hold the rest").click()
    ed.wait("wanMoveEditor.editor.state.doc.layers.length === 2")
    panel(ed).get_by_role("button", name="480 × 832").click()
    ed.wait("wanMoveEditor.editor.state.doc.layers[0].points.some(([, y]) => y > 0.97)")
    points = np.array(ed.layers[0]["points"]) * (480, 832)
    assert np.allclose((points - 3.9) % 8, 0.1, atol=0.02) and points[:, 1].min() < 40, "on the cells of the new frame"
    ed.press("Escape")
    ed.press("Control+z")
    assert ed.document["size_wh"] == [832, 480] and len(ed.layers) == 2


@pytest.mark.parametrize(
    ("name", "size", "query"),
    [
        ("wide_dark", (1440, 900), "?theme=dark"),
        ("laptop_light", (1100, 700), "?theme=light"),
        ("narrow_dark", (480, 800), "?theme=dark"),
        ("wide_light_zh", (1440, 900), "?theme=light&lang=zh"),
    ],
)
def test_clip_screens(open_editor, artefacts, name, size, query):
    """Pictures to look at. Asserted: the panel is whole, and so is the crop's bar."""
    ed = open_editor(document=text(layers=[ANCHOR, PATH], camera=PAN), size=size, query=query)
    ed.page.locator(".wme-clip-btn").click()
    box = ed.page.locator(".wme-clip").bounding_box()
    ed.settle()
    ed.page.screenshot(path=artefacts / f"clip_{name}.png")
    assert box["x"] >= 0 and box["x"] + box["width"] <= size[0] and box["y"] + box["height"] <= size[1]
    ed.page.locator(".wme-clip .wme-actions button").nth(5).click()
    assert ed.js("state.tool") == "crop"
    stage = ed.page.locator(".wme-stage").bounding_box()
    bar = ed.page.locator(".wme-crop-bar").bounding_box()
    ed.settle()
    ed.page.screenshot(path=artefacts / f"clip_crop_{name}.png")
    assert bar["x"] >= stage["x"] and bar["x"] + bar["width"] <= stage["x"] + stage["width"]
    ed.press("Escape")
    ed.js("(ed.setTool('select'), state.selectLayers(['k']), state.setFrame(40))")
    ed.settle()
    ed.page.screenshot(path=artefacts / f"clip_pin_{name}.png")


def test_the_held_rest_says_whether_it_follows(open_editor):
    ed = open_editor(document=text())
    ed.page.get_by_role("button", name="Hold the rest").click()
    ed.wait("wanMoveEditor.editor.state.doc.layers.length === 2")
    ed.js("(ed.setTool('select'), state.selectLayers([state.doc.layers[0].id]))")
    ed.page.get_by_text("Follows the drawing").wait_for()
    first = ed.layers[0]["points"]
    ed.drag((first[0][0] * 832, first[0][1] * 480), (first[0][0] * 832 + 20, first[0][1] * 480 + 14))
    ed.page.get_by_text("Moved by hand").wait_for()
    ed.js("state.apply({...state.doc, layers: state.doc.layers.slice(0, 1)}, 'delete')")
    ed.page.wait_for_timeout(800)
    assert ed.layers[0]["points"][1:] == first[1:], "left as it is"
    ed.js("state.selectLayers([state.doc.layers[0].id])")
    ed.page.get_by_role("button", name="Hold the rest anew").click()
    ed.page.get_by_text("Follows the drawing").wait_for()
    assert len(ed.layers[0]["points"]) > len(first)
