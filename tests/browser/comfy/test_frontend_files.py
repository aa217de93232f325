"""Files in the editor of ComfyUI's own frontend: read over the pack's route, added, and in the very next prompt."""
# Scripts for the page keep their own lines.
# ruff: noqa: E501

from __future__ import annotations

import base64
import io
import json
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent))

from frontend_documents import path_document, put_document
from frontend_fixtures import comfy, frontend, tab  # noqa: F401  (fixtures)
from frontend_page import ComfyPage

from wan_move_core.motion.document.read import parse_document
from wan_move_core.motion.evaluation.evaluate import tracks_from_document

DROP = """([name, content]) => { const data = new DataTransfer();
  data.items.add(new File([Uint8Array.from(atob(content), (c) => c.charCodeAt(0))], name));
  const target = [...document.querySelectorAll('.wme-over')].find((one) => one.getClientRects().length);
  for (const kind of ['dragenter', 'dragover', 'drop']) target.dispatchEvent(new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true})); }"""
PASTE = """(text) => { const data = new DataTransfer(); data.setData('text/plain', text);
  document.querySelector('.wme-keys').dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true})); }"""


def lively(count: int) -> np.ndarray:
    """[81, N, 2] px that no few keys follow: what a tracker finds."""
    rng = np.random.default_rng(5)
    return np.clip(rng.uniform(150, 330, (1, count, 2)) + np.cumsum(rng.normal(0, 6, (81, count, 2)), 0), 5, 470)


def ati_file(xy: np.ndarray) -> bytes:
    rows = np.concatenate([xy, np.ones((*xy.shape[:2], 1))], -1)[:, :, None] * 8
    inner, outer = io.BytesIO(), io.BytesIO()
    np.savez_compressed(inner, array=rows.astype(np.float32))
    torch.save(inner.getvalue(), outer)
    return outer.getvalue()


def add(tab: ComfyPage, count: int) -> None:
    tab.page.locator(".wme-dialog").wait_for()
    tab.page.get_by_role("button", name="Add", exact=True).click()
    tab.wait(f"JSON.parse(node.widgets.find((w) => w.name === 'document').value || '{{}}').layers?.length === {count}")


def test_a_torch_file_is_read_over_the_packs_route(tab: ComfyPage) -> None:
    tab.start()
    put_document(tab, path_document())
    tab.open_editor()
    line = np.array([[[100.0, 50.0]]]) + np.linspace(0, 1, 121)[None, :, None] * np.array([240.0, 120.0])
    tab.page.evaluate(DROP, ["ati.pth", base64.b64encode(ati_file(line)).decode()])
    add(tab, 2)
    xy = tracks_from_document(parse_document(json.dumps(tab.document))).xy.numpy()
    np.testing.assert_allclose(xy[[0, -1], 1], [(100, 50), (340, 170)], atol=1)
    assert tab.layers[0]["name"] == "Ball"
    tab.close_editor()


def test_a_prompt_of_the_next_moment_carries_the_last_step(tab: ComfyPage) -> None:
    """A dense layer's text takes a moment to be packed; a prompt that is made in that moment waits for it."""
    tab.start()
    tab.open_editor()
    tab.page.evaluate(PASTE, json.dumps(lively(40).round(2).tolist()))
    add(tab, 1)
    assert tab.layers[0]["type"] == "dense"
    before = tab.layers[0]["tracks"]
    prompt = tab.js(
        """
        const keys = document.querySelector('.wme-keys');
        keys.dispatchEvent(new KeyboardEvent('keydown', {key: 'm', bubbles: true}));
        const {output} = await app.graphToPrompt();
        return Object.values(output).find((one) => one.class_type === 'WanMoveMotionEditor').inputs.document
        """
    )
    sent = json.loads(prompt)["layers"][0]["tracks"]
    tab.wait(
        "JSON.parse(node.widgets.find((w) => w.name === 'document').value).layers[0].tracks !== arg".replace(
            "arg", json.dumps(before)
        )
    )
    assert sent != before and sent == tab.layers[0]["tracks"]
    tab.close_editor()
