"""Writes example_workflows/*.json and subgraphs/*.json, and the workflows' thumbnails.

    python tests/tools/make_workflows.py OBJECT_INFO [--newer OBJECT_INFO]

OBJECT_INFO is the address of a running ComfyUI with this pack, or a file with what its /object_info answers. What nodes
of newer releases take and give is in newer_nodes.json; --newer asks such a release, and writes what it tells there.
"""

from __future__ import annotations

import argparse
import json
import sys
import urllib.request
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from workflow_blueprint import blueprint
from workflow_list import WORKFLOWS

ROOT = Path(__file__).resolve().parents[2]
NEWER_NODES = Path(__file__).with_name("newer_nodes.json")
"""StartLoop and EndLoop are in no release that was at hand: their part is from the host's source, autumn 2026."""


def read_object_info(where: str) -> dict[str, Any]:
    if where.startswith("http"):
        with urllib.request.urlopen(f"{where.rstrip('/')}/object_info", timeout=60) as answer:
            return json.load(answer)
    return json.loads(Path(where).read_text(encoding="utf-8"))


def interface(info: dict[str, Any]) -> dict[str, Any]:
    """What a node takes and gives, by name, type and default: its texts and the files that are there left out."""

    def of(value: Any) -> Any:
        if isinstance(value, dict):
            without = {**value, "model_name": ["COMBO", {"options": []}]} if "model_name" in value else value
            return {k: of(v) for k, v in without.items() if k not in ("tooltip", "display_name", "multiselect")}
        return [of(v) for v in value] if isinstance(value, list) else value

    kept = {key: of(info[key]) for key in ("input", "input_order", "output", "output_name")}
    for part in ("input", "input_order"):
        kept[part] = {name: given for name, given in kept[part].items() if name != "hidden"}
    return kept


def renew_newer_nodes(object_info: dict[str, Any]) -> None:
    """Those of newer_nodes.json that ``object_info`` has; the others stay as they are."""
    known = json.loads(NEWER_NODES.read_text(encoding="utf-8"))
    told = {kind: interface(object_info[kind]) if kind in object_info else old for kind, old in known.items()}
    NEWER_NODES.write_text(as_text(told), encoding="utf-8")


def as_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def write_all(object_info: dict[str, Any], root: Path = ROOT) -> list[Path]:
    """The files that were written: each workflow, and the blueprint."""
    written = []
    for make in WORKFLOWS:
        workflow = make(object_info)
        written.append(root / "example_workflows" / f"{workflow.name}.json")
        written[-1].parent.mkdir(parents=True, exist_ok=True)
        written[-1].write_text(as_text(workflow.saved()), encoding="utf-8")
    name, saved = blueprint(object_info)
    written.append(root / "subgraphs" / f"{name}.json")
    written[-1].parent.mkdir(parents=True, exist_ok=True)
    written[-1].write_text(as_text(saved), encoding="utf-8")
    return written


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("object_info")
    parser.add_argument("--newer", metavar="OBJECT_INFO", help="of a newer ComfyUI: renew newer_nodes.json")
    parser.add_argument("--no-thumbnails", action="store_true", help="only the JSON files")
    args = parser.parse_args()
    if args.newer:
        renew_newer_nodes(read_object_info(args.newer))
    newer = json.loads(NEWER_NODES.read_text(encoding="utf-8"))
    for path in write_all(newer | read_object_info(args.object_info)):
        print(path.relative_to(ROOT))
    if not args.no_thumbnails:
        from workflow_thumbnails import write_thumbnails

        for path in write_thumbnails(ROOT / "example_workflows"):
            print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
