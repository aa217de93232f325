"""What several tests of the frontend put into a node, drop on a page and wait for."""
# Scripts for the page keep their own lines.
# ruff: noqa: E501

from __future__ import annotations

import json
from typing import Any

from frontend_page import ComfyPage

BALL = (0.24, 0.58)
"""The red ball of the test picture, 0-1 of the picture."""


def path_document(**fields: Any) -> str:
    layer = {
        "id": "a1",
        "type": "path",
        "name": "Ball",
        "points": [[0.25, 0.5], [0.75, 0.5]],
        "curve": "straight",
        "start": 0,
        "end": 80,
    }
    return json.dumps(
        {
            "version": 1,
            "size_wh": [832, 480],
            "frames": 81,
            "fps": 16,
            "fit": "crop",
            "picture": None,
            "layers": [layer],
            "camera": None,
            **fields,
        }
    )


def put_document(tab: ComfyPage, text: str) -> None:
    tab.js(
        "{ const w = node.widgets.find((w) => w.name === 'document'); w.value = arg; w.callback?.(arg); return null }",
        text,
    )
    tab.settle()


def wait_red(tab: ComfyPage) -> None:
    """Until the thumbnail shows the red ball where the picture has it; the picture is letterboxed in it."""
    tab.page.wait_for_function(
        """([x, y, ratio]) => [...document.querySelectorAll('.wmc .wme-thumb canvas:first-child')].some((canvas) => {
            if (!canvas.width || !canvas.getClientRects().length) return false;
            const w = Math.min(canvas.width, canvas.height * ratio), h = w / ratio;
            const at = [(canvas.width - w) / 2 + x * w, (canvas.height - h) / 2 + y * h].map(Math.round);
            const [r, g, b] = canvas.getContext('2d').getImageData(at[0], at[1], 1, 1).data;
            return r > 150 && r > g + 60 && r > b + 60;
        })""",
        arg=[*BALL, 832 / 480],
        timeout=10000,
    )


def drop(tab: ComfyPage, selector: str, name: str) -> None:
    """The test picture, dropped from outside under another name."""
    tab.page.evaluate(
        """async ([selector, name]) => {
            const bytes = await (await fetch('/view?filename=scene.png&type=input')).arrayBuffer();
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], name, { type: 'image/png' }));
            const target = [...document.querySelectorAll(selector)].find((one) => one.getClientRects().length);
            for (const kind of ['dragenter', 'dragover', 'drop']) target.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: transfer }));
        }""",
        [selector, name],
    )
