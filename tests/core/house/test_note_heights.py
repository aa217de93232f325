"""Notes in the example workflows are as tall as their text, and no taller."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"
WIDEST_LETTER_PX = 7.2
"""Of a title on average: 413 px were measured for 58 letters, 40 of them the frame of the title."""
SAMPLE = """# Draw how

Change the motion and run again: the picture is not encoded again. The seed stays until you change it, so that two runs differ by their motion alone. Size: 832x480 or 480x832 and 81 frames is what the model was made for. Set them in the editor's node; *Encode Image* follows (fit `area`, and the linked length).

x

## Model

1. one
2. two

- `models/diffusion_models/` [Wan21-WanMove_fp8_scaled_e4m3fn_KJ.safetensors](https://example.org/somewhere/far/away)

| a |
|---|
| b |

```
x
```

end
"""  # noqa: E501
MEASURED_PX = {"1.58.1": (384.0 - 16, 498), "1.42.8, classic": (316.3, 450)}
"""Height of this text and its width, in Chromium under the frontends' style sheets."""


@pytest.fixture
def graph(monkeypatch):
    monkeypatch.syspath_prepend(str(TOOLS))
    yield importlib.import_module("workflow_graph")
    sys.modules.pop("workflow_graph", None)


def test_a_note_holds_its_text_with_little_room_left(graph):
    for most, (tall, wide) in zip((1.1, 1.4), MEASURED_PX.values(), strict=True):
        height = graph.note_height(SAMPLE, wide + graph.FRAME_WH[0]) - graph.FRAME_WH[1]
        assert tall <= height <= most * tall


def test_what_is_not_seen_takes_no_room(graph):
    """A link's address, marks and a table's rule are not shown, nor an empty line."""
    seen = graph.note_height("see the model", 480)
    assert graph.note_height(f"see **the** [model](https://example.org/{'x' * 500})", 480) == seen
    assert graph.note_height("a\n\n\n\nb", 480) == graph.note_height("a\n\nb", 480)
    assert graph.note_height("word " * 200, 480) > graph.note_height("word " * 100, 480)
    assert graph.note_height("word " * 200, 300) > graph.note_height("word " * 200, 600)
    assert graph.note_height("x" * 500, 300) > graph.note_height("x" * 100, 300)


def test_no_title_widens_its_node():
    """The canvas makes a node as wide as its title, 14 px tall, and it then lies over its neighbour."""
    folder = TOOLS.parents[1] / "example_workflows"
    wide = {}
    for path in sorted(folder.glob("*.json")):
        graph = json.loads(path.read_text(encoding="utf-8"))
        inner = [node for part in graph.get("definitions", {}).get("subgraphs", []) for node in part["nodes"]]
        for node in graph["nodes"] + inner:
            title = node.get("title") or ""
            if len(title) * WIDEST_LETTER_PX + 40 > node["size"][0]:
                wide[f"{path.stem}: {title}"] = node["size"][0]
    assert any(folder.glob("*.json")) and not wide
