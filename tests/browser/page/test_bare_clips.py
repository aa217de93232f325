"""The draft as a clip, and masks as things, in a real browser: what is saved opens, and shows what the draft shows."""
# Scripts for the page keep their own lines.
# ruff: noqa: E501

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from bare_documents import document
from test_bare_things import agreement, in_ball

LAYERS = "wanMoveEditor.editor.state.doc.layers"
BALL = [[0.24 + 0.07 * np.cos(a), 0.583 + 0.121 * np.sin(a)] for a in np.linspace(0, 2 * np.pi, 32, endpoint=False)]


def sliding_ball():
    keys = [
        {"frame": 0, "offset": [0, 0], "rotate": 0, "scale": 1},
        {"frame": 16, "offset": [0.25, 0], "rotate": 0, "scale": 1},
    ]
    region = {"id": "r", "type": "region", "name": "Ball", "polygon": BALL, "pivot": [0.24, 0.583], "keys": keys}
    return document(region, frames=17)


def record(editor, words):
    editor.page.get_by_role("button", name="Files").click()
    editor.page.get_by_role("menuitem", name="Clip of the draft").click()
    with editor.expect_download() as download:
        editor.page.get_by_role("menuitem", name=words).click()
    return Path(download.value.path()), download.value.suggested_filename


def decoded(path):
    import av

    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)], float(stream.average_rate or 0)


def middle_of_red(frame):
    red = (frame[..., 0].astype(int) - frame[..., 2] > 90) & (frame[..., 0].astype(int) - frame[..., 1] > 60)
    y, x = np.nonzero(red)
    return x.mean(), y.mean(), red.sum()


@pytest.mark.parametrize(("words", "name"), [("MP4", "draft.mp4"), ("WebM", "draft.webm"), ("GIF", "draft.gif")])
def test_the_draft_is_saved_as_a_clip(open_editor, words, name):
    editor = open_editor(document=sliding_ball(), tool="v")
    path, offered = record(editor, words)
    assert offered == name
    frames, rate = decoded(path)
    assert len(frames) == 17 and all(frame.shape == (480, 832, 3) for frame in frames)
    assert rate == pytest.approx(16, rel=0.05)
    start, end = middle_of_red(frames[0]), middle_of_red(frames[-1])
    # The ball, painted at (200, 280), is a quarter of the frame to the right in the end, and whole.
    assert start[:2] == pytest.approx((200, 280), abs=3) and end[:2] == pytest.approx((200 + 208, 280), abs=4)
    assert end[2] == pytest.approx(start[2], rel=0.08)
    assert editor.page.locator(".wme-dialog").count() == 0


def test_a_recording_is_stopped_and_nothing_is_saved(open_editor):
    editor = open_editor(document=sliding_ball().replace('"frames": 17', '"frames": 401'), tool="v")
    downloads = []
    editor.page.on("download", lambda one: downloads.append(one))
    editor.page.get_by_role("button", name="Files").click()
    editor.page.get_by_role("menuitem", name="Clip of the draft").click()
    editor.page.get_by_role("menuitem", name="WebM").click()
    dialog = editor.page.locator(".wme-dialog")
    dialog.get_by_text("of 401").wait_for()
    assert dialog.locator("progress").get_attribute("max") == "401"
    dialog.get_by_role("button", name="Cancel").click()
    dialog.wait_for(state="detached")
    editor.page.wait_for_timeout(600)
    assert not downloads
    # And the editor goes on.
    editor.press("End")
    assert editor.js("state.frame") == 400


def test_without_anything_that_moves_there_is_no_clip(open_editor):
    editor = open_editor(tool="v")
    editor.page.get_by_role("button", name="Files").click()
    assert editor.page.get_by_role("menuitem", name="Clip of the draft").is_disabled()


def png(array):
    import cv2

    return cv2.imencode(".png", array)[1].tobytes()


def drop(editor, name, content):
    """Hand a file to the editor as a drop does."""
    editor.page.evaluate(
        """([name, bytes]) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([new Uint8Array(bytes)], name, {type: 'image/png'}));
            for (const type of ['dragenter', 'drop']) document.querySelector('.wme').dispatchEvent(new DragEvent(type, {dataTransfer: transfer, bubbles: true, cancelable: true}));
        }""",
        [name, list(content)],
    )


def mask_of_ball(size_wh=(832, 480)):
    y, x = np.mgrid[: size_wh[1], : size_wh[0]]
    return (in_ball((x + 0.5) * 832 / size_wh[0], (y + 0.5) * 480 / size_wh[1]) * 255).astype(np.uint8)


@pytest.mark.parametrize("kind", ["black and white", "cut out", "half the size"])
def test_a_mask_that_is_dropped_is_a_thing(open_editor, kind, artefacts):
    editor = open_editor(tool="t")
    mask = mask_of_ball((416, 240) if kind == "half the size" else (832, 480))
    content = np.dstack([np.full((*mask.shape, 3), (60, 70, 220), np.uint8), mask]) if kind == "cut out" else mask
    drop(editor, "cat.png", png(content))
    dialog = editor.page.locator(".wme-dialog")
    dialog.get_by_text("looks like a mask").wait_for()
    editor.page.screenshot(path=artefacts / "mask_dialog.png")
    dialog.get_by_role("button", name="As a thing").click()
    editor.wait(f"{LAYERS}.length === 1")
    (layer,) = editor.layers
    assert layer["name"] == "cat" and layer["type"] == "region" and agreement(layer, in_ball) > 0.95
    assert editor.js("state.selection.layers") == [layer["id"]]
    assert editor.js("state.picture.name") == "scene.png"
    editor.drag((200, 280), (300, 200))
    assert editor.layers[0]["keys"][-1]["offset"] == pytest.approx([100 / 832, -80 / 480], abs=0.004)


def test_a_mask_may_be_the_picture_and_a_photograph_is_asked_nothing(open_editor, scene):
    editor = open_editor(tool="t")
    drop(editor, "mask.png", png(mask_of_ball()))
    editor.page.get_by_role("button", name="As the picture").click()
    editor.wait("wanMoveEditor.editor.state.picture.name === 'mask.png'")
    assert editor.layers == []
    drop(editor, "photo.png", scene.read_bytes())
    editor.wait("wanMoveEditor.editor.state.picture.name === 'photo.png'")
    drop(editor, "mask.png", png(mask_of_ball()))
    editor.page.get_by_role("button", name="Cancel").click()
    editor.page.wait_for_timeout(200)
    assert editor.layers == [] and editor.js("state.picture.name") == "photo.png"


def test_masks_that_the_host_gives(open_editor):
    """As the node's view hands them over: the frame's own runs, and a file's channel."""
    editor = open_editor(tool="t")
    box = {"size_wh": [4, 2], "runs": [1, 2, 5]}
    editor.page.evaluate(f"wanMoveEditor.setMasks([{{mask: {box}}}, {{mask: {{size_wh: [3, 3], runs: [1]}}}}])")
    editor.wait(f"{LAYERS}.length === 1")
    (layer,) = editor.layers
    assert layer["name"] == "Mask"
    assert agreement(layer, lambda x, y: (x >= 208) & (x < 624) & (y < 240)) > 0.85
    # Into a drawing that is there they do not come unasked.
    editor.page.evaluate("wanMoveEditor.setMasks([{mask: {size_wh: [2, 1], runs: [1, 1]}}])")
    offer = editor.page.get_by_role("button", name="Mask as a thing")
    offer.wait_for()
    assert len(editor.layers) == 1
    offer.click()
    editor.wait(f"{LAYERS}.length === 2")
    assert [one["name"] for one in editor.layers] == ["Mask", "Mask 2"]
    editor.press("Control+z")
    assert len(editor.layers) == 1
    editor.page.get_by_role("button", name="Files").click()
    assert editor.page.get_by_role("menuitem", name="Mask as a thing").is_visible()


def test_the_server_refuses_what_is_no_clip(open_editor):
    from wan_move_core.editor.envelope import pack
    from wan_move_core.editor.importing import answer

    reply = answer("clip", pack({"format": "mp4", "fps": 16, "lengths": [3]}, [("frames", b"abc")]))
    assert reply.status == 400 and b"frame 0" in reply.content
    assert io.BytesIO(reply.content).read(1) == b"{"
