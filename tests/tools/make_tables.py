"""Writes what README and node_list.json say of nodes, commands and figures, from nodes, commands and RESULTS.md.

python tests/tools/make_tables.py            rewrites both
"""

from __future__ import annotations

import ast
import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))
import _measured as measured

ROOT = Path(__file__).resolve().parents[2]
README, NODE_LIST = ROOT / "README.md", ROOT / "node_list.json"
CORE = ROOT / "wan_move_core"

# Which file's nodes stand under which heading, in the order of a first use.
HEADINGS: dict[str, tuple[str, ...]] = {
    "Draw and make motion": ("motion.editor", "tracks", "motion.sources", "motion.camera", "motion.tools"),
    "Generate": ("image", "guide", "sampling", "lead", "models", "others"),
    "Look and measure": ("looking", "movebench"),
}


def nodes() -> dict[str, list[tuple[str, str, str]]]:
    """File name -> (id, display name, description) of its nodes, read from the source without importing a host."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for path in sorted((ROOT / "nodes").rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call):
                words = {k.arg: k.value for k in call.keywords}
                if "node_id" in words:
                    said = tuple(_text(words[name]) for name in ("node_id", "display_name", "description"))
                    found.setdefault(_dotted(path), []).append((said[0], said[1], said[2]))
    return found


def commands() -> list[tuple[str, str]]:
    """(name, what it does) of every command that is there, in the order of ``wan-move --help``."""
    groups = _constant(CORE / "cli.py", "GROUPS")
    homes = {name: _command_file(name) for _, names in groups for name in names}
    return [(name, _constant(home, "SUMMARY")) for name, home in homes.items() if home.is_file()]


def _command_file(name: str) -> Path:
    folder = CORE / "commands" / name.replace("-", "_")
    return folder / "command.py" if folder.is_dir() else folder.with_suffix(".py")


def _dotted(path: Path) -> str:
    """nodes/motion/camera.py as ``motion.camera``, the way nodes.MODULES names it."""
    return ".".join(path.relative_to(ROOT / "nodes").with_suffix("").parts)


def node_table() -> str:
    found = nodes()
    unknown = set(found) - {name for names in HEADINGS.values() for name in names}
    if unknown:
        raise SystemExit(f"tests/tools/make_tables.py gives no heading to nodes/{', '.join(sorted(unknown))}.py")
    rows = ["| for | nodes; each name leads to its help page |", "|---|---|"]
    for heading, names in HEADINGS.items():
        links = [
            f"[{title.replace(' (Wan-Move)', '')}](js/docs/{node_id}.md)"
            for name in names
            for node_id, title, _ in found.get(name, [])
        ]
        rows.append(f"| {heading} | {', '.join(links)} |")
    return "\n".join(rows)


def command_table() -> str:
    rows = [f"| `wan-move {name}` | {summary} |" for name, summary in commands()]
    return "\n".join(["| command | what it does |", "|---|---|", *rows])


def readme(text: str) -> str:
    """``text`` with every table as it should be."""
    results = measured.RESULTS.read_text(encoding="utf-8")
    tables = {
        "nodes": node_table(),
        "commands": command_table(),
        "cards": measured.card_table(results),
        "ratios": measured.ratio_table(results),
    }
    for mark, table in tables.items():
        pattern = re.compile(rf"(<!-- {mark} -->\n).*?(<!-- /{mark} -->)", re.DOTALL)
        if not pattern.search(text):
            raise SystemExit(f"README.md has no <!-- {mark} --> ... <!-- /{mark} -->")
        text = pattern.sub(lambda found, table=table: found[1] + table + "\n" + found[2], text)
    return text


def node_list() -> str:
    """node_list.json, from which ComfyUI's Manager knows whose node a workflow lacks."""
    return json.dumps({n[0]: n[2] for names in nodes().values() for n in names}, indent=2, ensure_ascii=False) + "\n"


def _text(value: ast.expr) -> str:
    """A string of the source; what an f-string names is looked up among the checkpoint's file names."""
    if isinstance(value, ast.Constant):
        return str(value.value)
    assert isinstance(value, ast.JoinedStr), ast.dump(value)
    parts = []
    for part in value.values:
        if isinstance(part, ast.FormattedValue):
            assert isinstance(part.value, ast.Name), ast.dump(part)
            parts.append(_constant(CORE / "checkpoints" / "names.py", part.value.id))
        else:
            parts.append(_text(part))
    return "".join(parts)


def _constant(path: Path, name: str):
    """The literal that a module assigns to ``name``."""
    for line in ast.parse(path.read_text(encoding="utf-8")).body:
        targets = line.targets if isinstance(line, ast.Assign) else [getattr(line, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == name for target in targets) and line.value is not None:
            return ast.literal_eval(line.value)
    raise SystemExit(f"{path} assigns no {name}")


if __name__ == "__main__":
    README.write_text(readme(README.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
    NODE_LIST.write_text(node_list(), encoding="utf-8", newline="\n")
    sys.stdout.write("README.md and node_list.json are up to date.\n")
