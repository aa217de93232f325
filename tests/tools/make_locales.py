"""Writes locales/en from the nodes' own schemas, and lists what locales/zh lacks.

    python tests/tools/make_locales.py OBJECT_INFO

OBJECT_INFO is the address of a running ComfyUI with this pack, or a file with what its /object_info answers.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from make_workflows import read_object_info

ROOT = Path(__file__).resolve().parents[2]
CATEGORY = "Wan-Move"


def node_texts(object_info: dict[str, Any]) -> dict[str, Any]:
    """What ComfyUI translates of every node of the pack, in its own layout: outputs by their number."""
    texts: dict[str, Any] = {}
    for id, info in object_info.items():
        if not info["category"].startswith(CATEGORY):
            continue
        entry: dict[str, Any] = {"display_name": info["display_name"], "description": escaped(info["description"])}
        given = {**info["input"].get("required", {}), **info["input"].get("optional", {})}
        entry["inputs"] = {name: {"name": name, "tooltip": escaped(spec[1]["tooltip"])} for name, spec in given.items()}
        tips = info.get("output_tooltips") or []
        outputs = {
            str(i): {"name": name, **({"tooltip": escaped(tips[i])} if i < len(tips) and tips[i] else {})}
            for i, name in enumerate(info["output_name"])
        }
        if outputs:
            entry["outputs"] = outputs
        texts[id] = entry
    return texts


def escaped(text: str) -> str:
    """``text`` with the characters that the page's message format reads as its own written as literals."""
    return re.sub(r"[{}@$|]", lambda found: "{'" + found[0] + "'}", text)


def keys_of(texts: Any, path: str = "") -> set[str]:
    """Paths of all leaves, such as "WanMoveGuide.inputs.tracks.tooltip"."""
    if not isinstance(texts, dict):
        return {path}
    return {key for name, value in texts.items() for key in keys_of(value, f"{path}.{name}" if path else name)}


def main() -> None:
    english = node_texts(read_object_info(sys.argv[1]))
    target = ROOT / "locales" / "en" / "nodeDefs.json"
    target.write_text(json.dumps(english, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    chinese = ROOT / "locales" / "zh" / "nodeDefs.json"
    known = keys_of(json.loads(chinese.read_text(encoding="utf-8"))) if chinese.is_file() else set()
    for key in sorted(keys_of(english) - known):
        print("zh lacks", key)
    for key in sorted(known - keys_of(english)):
        print("zh has too much", key)


if __name__ == "__main__":
    main()
