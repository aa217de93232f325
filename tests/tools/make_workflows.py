"""Writes example_workflows/*.json and subgraphs/*.json, and the workflows' thumbnails.

    python tests/tools/make_workflows.py OBJECT_INFO NEWER

OBJECT_INFO is the address of a running ComfyUI with this pack, or a file with what its /object_info answers. NEWER is
the same of a newer release, for the nodes that the first does not have yet.
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


def read_object_info(where: str) -> dict[str, Any]:
    if where.startswith("http"):
        with urllib.request.urlopen(f"{where.rstrip('/')}/object_info", timeout=60) as answer:
            return json.load(answer)
    return json.loads(Path(where).read_text(encoding="utf-8"))


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
    parser.add_argument("newer")
    parser.add_argument("--no-thumbnails", action="store_true", help="only the JSON files")
    args = parser.parse_args()
    for path in write_all(read_object_info(args.newer) | read_object_info(args.object_info)):
        print(path.relative_to(ROOT))
    if not args.no_thumbnails:
        from workflow_thumbnails import write_thumbnails

        for path in write_thumbnails(ROOT / "example_workflows"):
            print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
