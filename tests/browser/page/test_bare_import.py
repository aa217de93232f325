"""Files of other tools on the editor's own page: dropped or pasted, read by the server behind it, asked about, added."""

# Scripts for the page keep their own lines.
# ruff: noqa: E501

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from bare_documents import document, path_layer

from wan_move_core.motion.document.read import parse_document
from wan_move_core.motion.evaluation.evaluate import tracks_from_document

Open = Callable[..., Any]

DROP = """(files) => { const data = new DataTransfer();
  for (const [name, content] of files) data.items.add(new File([Uint8Array.from(atob(content), (c) => c.charCodeAt(0))], name));
  const target = document.querySelector('.wme-over');
  for (const kind of ['dragenter', 'dragover', 'drop']) target.dispatchEvent(new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true})); }"""
# Firefox gives an event that a script makes an empty clipboard, whatever it is made with.
PASTE = """(text) => { const data = new DataTransfer(); data.setData('text/plain', text);
  document.querySelector('.wme-keys').dispatchEvent(Object.defineProperty(new ClipboardEvent('paste', {bubbles: true, cancelable: true}), 'clipboardData', {value: data})); }"""
DIALOG, TOAST = ".wme-dialog", ".wme-toast"


def drop(ed: Any, *files: tuple[str, bytes]) -> None:
    ed.page.evaluate(DROP, [[name, base64.b64encode(content).decode()] for name, content in files])


def npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=False)
    return stream.getvalue()


def ati_file(xy: np.ndarray) -> bytes:
    """ATI's own file of positions [N, 121, 2] in pixels: ``torch.save`` of the bytes of an npz, everything times 8."""
    rows = np.concatenate([xy, np.ones((*xy.shape[:2], 1))], -1)[:, :, None] * 8
    inner, outer = io.BytesIO(), io.BytesIO()
    np.savez_compressed(inner, array=rows.astype(np.float32))
    torch.save(inner.getvalue(), outer)
    return outer.getvalue()


def tracks_of(ed: Any) -> np.ndarray:
    return tracks_from_document(parse_document(json.dumps(ed.document))).xy.numpy()


def add(ed: Any) -> None:
    ed.page.get_by_role("button", name="Add", exact=True).click()


def test_a_torch_file_is_read_by_the_server_and_added(open_editor: Open) -> None:
    ed = open_editor(document=document(path_layer()))
    # 121 frames from (100, 50) to (340, 170): a straight line is the same line at any number of frames.
    part = np.linspace(0, 1, 121)[None, :, None]
    xy = np.array([[[100.0, 50.0]], [[300.0, 300.0]]]) + part * np.array([[[240.0, 120.0]], [[-80.0, 40.0]]])
    drop(ed, ("ati.pth", ati_file(xy)))
    dialog = ed.page.locator(DIALOG)
    dialog.wait_for()
    assert "Import ati.pth" in dialog.inner_text() and "ATI tracks" in dialog.inner_text()
    assert "121" in dialog.locator(".wme-report").inner_text()
    add(ed)
    ed.wait("wanMoveEditor.editor.state.sampled.count === 3")
    assert ed.layers[0]["name"] == "Ball", "what was drawn stays"
    np.testing.assert_allclose(
        tracks_of(ed)[[0, -1]][:, 1:], [[(100, 50), (300, 300)], [(340, 170), (220, 340)]], atol=1
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bad.pth", b"PK\x03\x04 no archive"),
        ("noise.bin", bytes(range(256)) * 8),
        ("words.txt", b"these are words and no tracks"),
        ("empty.json", b""),
    ],
)
def test_a_file_that_cannot_be_read_says_so_and_speaks_of_the_file(
    open_editor: Open, name: str, content: bytes
) -> None:
    ed = open_editor(document=document(path_layer()))
    # The refusal is an answer of 400, which the browser writes into its console; it is no fault of the page.
    drop(ed, (name, content))
    ed.wait(f"!document.querySelector('{TOAST}').hidden")
    said = ed.page.locator(TOAST).inner_text()
    assert said.startswith("Not imported:") and name in said and "Fix:" in said
    assert "drawing" not in said and "clear" not in said and "anew" not in said
    assert [layer["name"] for layer in ed.layers] == ["Ball"] and ed.page.locator(DIALOG).count() == 0
    ed.problems[:] = [one for one in ed.problems if "400" not in one]


def test_pasted_coordinates_are_imported_and_copied_layers_still_paste(open_editor: Open) -> None:
    ed = open_editor(document=document(path_layer()))
    ed.press("Control+a", "Control+c", "Control+v")
    assert len(ed.layers) == 2 and ed.page.locator(DIALOG).count() == 0
    ed.page.evaluate(PASTE, json.dumps([[{"x": 10 + f, "y": 20} for f in range(81)]]))
    dialog = ed.page.locator(DIALOG)
    dialog.wait_for()
    assert "pasted text" in dialog.inner_text()
    add(ed)
    ed.wait("wanMoveEditor.editor.state.sampled.count === 3")
    np.testing.assert_allclose(tracks_of(ed)[-1, 2], (90, 20), atol=0.6)
    ed.page.evaluate(PASTE, "an ordinary sentence")
    ed.wait(f"!document.querySelector('{TOAST}').hidden")
    assert "Not imported: pasted text" in ed.page.locator(TOAST).inner_text() and len(ed.layers) == 3
    ed.problems[:] = [one for one in ed.problems if "400" not in one]


def test_keyframes_of_after_effects_are_pasted(open_editor: Open) -> None:
    """Size and rate are in the text: 960 of 1920 is the middle of any picture."""
    rows = "".join(f"\t{f}\t{960 + 4 * f}\t540\t0\r\n" for f in range(81))
    text = (
        "Adobe After Effects 8.0 Keyframe Data\r\n\r\n\tUnits Per Second\t24\r\n\tSource Width\t1920\r\n\tSource Height\t1080\r\n"
        "\tSource Pixel Aspect Ratio\t1\r\n\tComp Pixel Aspect Ratio\t1\r\n\r\nTransform\tPosition\r\n\tFrame\tX pixels\tY pixels\tZ pixels\r\n"
        f"{rows}\r\n\r\nEnd of Keyframe Data\r\n"
    )
    ed = open_editor(picture=None, size_wh=(832, 480))
    ed.page.evaluate(PASTE, text)
    dialog = ed.page.locator(DIALOG)
    dialog.wait_for()
    assert "1920" in dialog.inner_text() and "24" in dialog.inner_text()
    add(ed)
    ed.wait("wanMoveEditor.editor.state.sampled.count === 1")
    np.testing.assert_allclose(tracks_of(ed)[[0, -1], 0], [(416, 240), ((960 + 320) / 1920 * 832, 240)], atol=0.6)


def test_the_files_own_size_and_rate_can_be_taken(open_editor: Open) -> None:
    rows = "".join(f"\t{f}\t{960 + 4 * f}\t540\t0\n" for f in range(81))
    text = (
        "Adobe After Effects 8.0 Keyframe Data\n\n\tUnits Per Second\t24\n\tSource Width\t1920\n\tSource Height\t1080\n"
        "\tSource Pixel Aspect Ratio\t1\n\tComp Pixel Aspect Ratio\t1\n\nTransform\tPosition\n\tFrame\tX pixels\tY pixels\tZ pixels\n"
        f"{rows}\n\nEnd of Keyframe Data\n"
    )
    ed = open_editor(picture=None, size_wh=(832, 480))
    ed.page.evaluate(PASTE, text)
    ed.page.get_by_role("radio", name="1920 × 1080, 24 fps").click()
    ed.wait("document.querySelector('.wme-asked [data-value=file]').getAttribute('aria-checked') === 'true'")
    add(ed)
    ed.wait("wanMoveEditor.editor.state.sampled.count === 1")
    assert ed.document["size_wh"] == [1920, 1080] and ed.document["fps"] == 24
    np.testing.assert_allclose(tracks_of(ed)[[0, -1], 0], [(960, 540), (1280, 540)], atol=0.6)
    ed.press("Control+z")
    assert ed.document["size_wh"] == [832, 480] and ed.layers == []


def test_the_other_order_of_axes_is_one_press(open_editor: Open, artefacts: Path) -> None:
    """Twelve points in a row, each of the two orders plausible: what was taken is said, and the other is a button."""
    ed = open_editor(document=document(path_layer()))
    first, second = np.meshgrid(np.arange(6.0), np.arange(6.0), indexing="ij")
    drop(ed, ("grid.npy", npy(np.stack([100 + 60 * first, 100 + 60 * second], -1).astype(np.float32))))
    dialog = ed.page.locator(DIALOG)
    dialog.wait_for()
    taken = ed.page.get_by_role("radio", name="Frames first")
    other = ed.page.get_by_role("radio", name="Tracks first")
    assert taken.get_attribute("aria-checked") == "true" and "cannot be told" in dialog.inner_text()
    ed.page.screenshot(path=str(artefacts / "import_dialog.png"))
    other.click()
    ed.wait("document.querySelector('.wme-asked [data-value=tracks_first]').getAttribute('aria-checked') === 'true'")
    add(ed)
    ed.wait("wanMoveEditor.editor.state.sampled.count === 7")
    xy = tracks_of(ed)[:, 1:]
    # Tracks first: track n stands at x = 100 + 60 n and goes down from y = 100 to 400.
    np.testing.assert_allclose(np.sort(xy[0, :, 0]), 100 + 60 * np.arange(6), atol=0.6)
    np.testing.assert_allclose(xy[-1, :, 1] - xy[0, :, 1], 300, atol=1)


def test_tracks_and_their_visibility_go_together(open_editor: Open) -> None:
    ed = open_editor(picture=None, size_wh=(832, 480))
    steps = np.arange(81.0)
    xy = np.stack([np.stack([100 + 3 * steps, 200 + steps], -1), np.stack([400 - 2 * steps, 100 + 0 * steps], -1)], 1)
    seen = np.ones((81, 2), bool)
    seen[10:21, 1] = False
    drop(ed, ("shot_visibility.npy", npy(seen)), ("shot.npy", npy(xy.astype(np.float32))))
    ed.page.locator(DIALOG).wait_for()
    add(ed)
    ed.wait("wanMoveEditor.editor.state.sampled.count === 2")
    visible = tracks_from_document(parse_document(json.dumps(ed.document))).visible.numpy()
    np.testing.assert_array_equal(visible, seen)


def test_paths_of_a_vector_drawing_are_dropped_to_edit(open_editor: Open) -> None:
    ed = open_editor(picture=None, size_wh=(832, 480))
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1664 960"><path d="M200 400 L 1000 400"/></svg>'
    ed.page.evaluate(
        DROP.replace("], name)", "], name, {type: 'image/svg+xml'})"),
        [["path.svg", base64.b64encode(drawing.encode()).decode()]],
    )
    ed.page.locator(DIALOG).wait_for()
    add(ed)
    ed.wait("wanMoveEditor.editor.state.sampled.count === 1")
    np.testing.assert_allclose(tracks_of(ed)[[0, -1], 0], [(100, 200), (500, 200)], atol=1)
    assert len(ed.layers[0]["points"]) < 20


def test_cells_of_a_table_are_read_and_not_their_picture(open_editor: Open, scene: Path) -> None:
    """Spreadsheets put a picture of the cells beside their text."""
    ed = open_editor(picture=None, size_wh=(832, 480))
    rows = "frame\tx\ty\n" + "".join(f"{f}\t{100 + 4 * f}\t200\n" for f in range(81))
    ed.page.evaluate(
        """([text, content]) => { const data = new DataTransfer(); data.setData('text/plain', text);
      data.items.add(new File([Uint8Array.from(atob(content), (c) => c.charCodeAt(0))], 'image.png', {type: 'image/png'}));
      document.querySelector('.wme-keys').dispatchEvent(Object.defineProperty(new ClipboardEvent('paste', {bubbles: true, cancelable: true}), 'clipboardData', {value: data})); }""",
        [rows, base64.b64encode(scene.read_bytes()).decode()],
    )
    ed.page.locator(DIALOG).wait_for()
    add(ed)
    ed.wait("wanMoveEditor.editor.state.sampled.count === 1")
    np.testing.assert_allclose(tracks_of(ed)[[0, -1], 0], [(100, 200), (420, 200)], atol=0.6)


def test_a_copied_picture_is_still_pasted(open_editor: Open, scene: Path) -> None:
    ed = open_editor(picture=None)
    ed.page.evaluate(
        """(content) => { const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(atob(content), (c) => c.charCodeAt(0))], 'copied.png', {type: 'image/png'}));
      document.querySelector('.wme-keys').dispatchEvent(Object.defineProperty(new ClipboardEvent('paste', {bubbles: true, cancelable: true}), 'clipboardData', {value: data})); }""",
        base64.b64encode(scene.read_bytes()).decode(),
    )
    ed.wait("wanMoveEditor.editor.state.picture")
    assert ed.document["picture"]["ref"]["filename"] == "copied.png"


def test_a_slow_file_says_so_and_can_be_stopped(open_editor: Open) -> None:
    ed = open_editor(document=document(path_layer()))
    ed.page.evaluate("""() => { const ask = globalThis.fetch;
      globalThis.fetch = (to, options) => (to === 'import' ? new Promise((_, refuse) => options.signal.addEventListener('abort', () => refuse(new DOMException('stopped', 'AbortError')))) : ask(to, options)); }""")
    drop(ed, ("large.npy", npy(np.zeros((81, 3, 2)))))
    ed.wait(f"!document.querySelector('{TOAST}').hidden")
    assert "Reading large.npy" in ed.page.locator(TOAST).inner_text()
    ed.page.locator(TOAST).get_by_role("button", name="Cancel").click()
    ed.settle()
    assert ed.page.locator(TOAST).is_hidden() and ed.page.locator(DIALOG).count() == 0 and len(ed.layers) == 1


def test_two_files_are_asked_about_one_after_the_other(open_editor: Open) -> None:
    ed = open_editor(picture=None, size_wh=(832, 480))
    lists = [json.dumps([[{"x": x + f, "y": 20} for f in range(81)]]).encode() for x in (10, 300)]
    drop(ed, ("first.json", lists[0]), ("second.json", lists[1]))
    ed.wait("document.querySelector('.wme-dialog h2')?.textContent.includes('first.json')")
    ed.page.get_by_role("button", name="Cancel").click()
    ed.wait("document.querySelector('.wme-dialog h2')?.textContent.includes('second.json')")
    add(ed)
    ed.wait("wanMoveEditor.editor.state.sampled.count === 1")
    np.testing.assert_allclose(tracks_of(ed)[0, 0], (300, 20), atol=0.6)


def test_the_menu_writes_what_python_writes(open_editor: Open, tmp_path: Path) -> None:
    ed = open_editor(document=document(path_layer()))
    ed.page.get_by_role("button", name="Files").click()
    ed.page.get_by_role("menuitem", name="For other programs").click()
    with ed.expect_download() as waiting:
        ed.page.get_by_role("menuitem", name="TRACKS (npz)").click()
    kept = tmp_path / "tracks.npz"
    waiting.value.save_as(kept)
    with np.load(kept, allow_pickle=False) as arrays:
        np.testing.assert_allclose(arrays["track_path"], tracks_of(ed), atol=1e-3)
        assert arrays["size_wh"].tolist() == [832, 480]


def test_a_page_without_a_server_reads_what_it_can_and_names_who_reads_the_rest(open_editor: Open) -> None:
    ed = open_editor(picture=None, size_wh=(832, 480))
    ed.page.evaluate("""async () => { const {openEditor} = await import('./editor/editor.mjs'); wanMoveEditor.destroy();
      globalThis.wanMoveEditor = openEditor({full: true, size_wh: [832, 480], frames: 81}); }""")
    ed.wait("document.querySelector('.wme-veil')?.style.visibility === ''")
    drop(ed, ("ati.pth", ati_file(np.ones((1, 121, 2)) * 50)))
    ed.wait(f"!document.querySelector('{TOAST}').hidden")
    said = ed.page.locator(TOAST).inner_text()
    assert "wan-move edit" in said and "ComfyUI" in said
    ed.page.evaluate(PASTE, json.dumps([[{"x": 10 + f, "y": 20} for f in range(81)]]))
    ed.page.locator(DIALOG).wait_for()
    add(ed)
    ed.wait("wanMoveEditor.editor.state.sampled.count === 1")


def test_on_a_chinese_page_reports_faults_and_keys_are_chinese(open_editor: Open) -> None:
    ed = open_editor(query="?theme=dark&lang=zh-CN")
    tracks = np.stack([np.linspace([100, 100], [500 + 9 * n, 300], 21) for n in range(3)], 1)
    drop(ed, ("tracks.npy", npy(tracks.astype(np.float32))))
    report = ed.page.locator(DIALOG).inner_text()
    for said in (
        "由 21 帧改为 81 帧，保留全部运动。",
        "没有给出可见性：每一帧都视为可见。",
        "3 条轨迹：3 条为带时间的路径。",
    ):
        assert said in report
    assert "（原文）" not in report
    ed.press("Escape")
    drop(ed, ("page.html", b"<!doctype html><html></html>"))
    ed.page.locator(TOAST, has_text="page.html：这是网页 (HTML)，不是轨迹文件。解决办法：请下载文件本身").wait_for()
    ed.page.locator(".wme-keys").focus()
    ed.press("?")
    keys = ed.page.locator(".wme-help .wme-kbd").all_inner_texts()
    assert {"空格", "滚轮", "Shift+单击", "右击", "Ctrl"} <= set(keys)
    assert not {"Wheel", "Space", "Double-click"} & set(keys)
    ed.problems = [problem for problem in ed.problems if "400 (Bad Request)" not in problem]
