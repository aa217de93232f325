"""The house by subject: which room may know which, in Python and in the editor, and how full a room may be.

A room is a folder. Everyone may know the nouns at the root (errors, geometry, tracks, ... ; in the editor the palette),
a room knows itself, and beyond that only what stands here. A new arrow is a decision: add it here, or move the code.
"""

from __future__ import annotations

import ast
import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
CORE, EDITOR = ROOT / "wan_move_core", ROOT / "js" / "editor"

MOST_FILES, MOST_TESTS, MOST_LINES = 14, 18, 400

_MOTION = "timing document evaluation checks sources mending tracking formats"
MOTION = {f"motion/{name}" for name in _MOTION.split()}


def _rooms(words: str, inside: str = "") -> set[str]:
    return {inside + word for word in words.split()}


PYTHON: dict[str, set[str]] = {
    "method": set(),
    "motion": set(),
    "motion/timing": set(),
    "motion/document": _rooms("timing", "motion/"),
    "motion/evaluation": _rooms("document timing", "motion/"),
    "motion/checks": _rooms("evaluation document", "motion/"),
    "motion/sources": _rooms("checks evaluation document timing", "motion/"),
    "motion/mending": _rooms("checks sources evaluation document", "motion/"),
    "motion/tracking": set(),
    "motion/formats": _rooms("sources evaluation document", "motion/"),
    "draft": _rooms("checks document evaluation", "motion/"),
    "lead": {"draft"},
    "overlay": set(),
    "demo": set(),
    "adherence": _rooms("sources tracking", "motion/"),
    "editor": _rooms("document evaluation formats", "motion/"),
    "checkpoints": set(),
    "generate": {"lead", "method", "checkpoints", "overlay", "motion/document", "motion/formats"},
    "movebench": {"adherence", "generate", "motion/formats", "motion/tracking"},
    "hosts": set(),
    "hosts/comfy/files": set(),
    "hosts/comfy/models": {"checkpoints"},
    "hosts/comfy/condition": {"lead", "method"},
    "hosts/comfy/sampling": {"checkpoints", "lead", "method", "overlay", "hosts/comfy/condition"},
    "hosts/comfy/tracks": {"hosts/comfy/files", *_rooms("formats evaluation document", "motion/")},
    "hosts/comfy/looking": {"draft", "lead", "overlay", *_rooms("condition files tracks", "hosts/comfy/")},
    "hosts/comfy/motion": {
        "draft", "editor", *(MOTION - {"motion/timing", "motion/formats"}), *_rooms("looking tracks", "hosts/comfy/"),
    },
    "hosts/comfy/movebench": {
        "adherence", "draft", "movebench", "overlay", *_rooms("condition files looking motion tracks", "hosts/comfy/"),
    },
    "hosts/diffusers/models": {"checkpoints", "generate"},
    "hosts/diffusers/sampling": {"lead", "method", "hosts/diffusers/models"},
    "hosts/diffusers": {"checkpoints", "generate", "lead", "method", *_rooms("models sampling", "hosts/diffusers/")},
    "commands": {
        "adherence", "checkpoints", "demo", "draft", "editor", "generate", "lead", "method", "movebench", "overlay",
        "hosts/diffusers", *(MOTION - {"motion/timing"}),
    },
}  # fmt: skip
"""Rooms of wan_move_core. hosts/comfy's own files are known by its rooms; hosts/diffusers' too."""

_DOM_FREE = _rooms("geometry motion/timing motion/document motion/evaluation motion/checks motion/sources")

JS: dict[str, set[str]] = {
    "geometry": set(),
    "motion/timing": set(),
    "motion/document": _rooms("geometry motion/timing"),
    "motion/evaluation": _rooms("geometry motion/document motion/timing"),
    "motion/checks": _rooms("geometry motion/document motion/evaluation motion/timing"),
    "motion/sources": _rooms("motion/checks motion/document motion/evaluation"),
    "commands": _DOM_FREE,
    "motion/mending": _DOM_FREE | {"commands"},
    "motion/formats": _rooms("motion/document motion/timing commands"),
    "state": _rooms("geometry motion/document motion/evaluation motion/checks"),
    "draft": _rooms("geometry motion/document motion/evaluation"),
    "ui/sentences": set(),
    "ui": {"ui/sentences"},
    "cutout": {"draft"},
    "stage/handles": _rooms("geometry motion/evaluation state"),
    "stage": _DOM_FREE | {"stage/handles", "state", "draft", "ui"},
    "tools/thing": _rooms("cutout motion/document motion/evaluation ui"),
    "tools/keys": _rooms("commands geometry motion/timing stage stage/handles state tools ui"),
    "panels/timeline": _rooms("commands motion/timing ui"),
    "tools/crop": _rooms("geometry commands stage ui"),
    "tools/hold": _rooms("motion/document commands"),
    "tools": _DOM_FREE
    | {"cutout", "tools/crop", "tools/hold", "tools/thing", "commands", "state", "stage", "stage/handles", "ui"},
    "panels/props": _rooms("commands motion/document motion/evaluation motion/timing state ui"),
    "panels/clip": _rooms("geometry motion/document commands ui"),
    "panels": _DOM_FREE
    | {"panels/clip", "panels/props", "panels/timeline", "commands", "motion/mending", "state", "ui"},
    "masks": _rooms("commands cutout geometry motion/document stage state ui"),
    "recording": _rooms("draft files motion/document state ui"),
    "files": _rooms("commands motion/document motion/formats state ui"),
}
"""Rooms of js/editor; the entry files beside them know all."""


def python_files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*.py")) if "__pycache__" not in path.parts]


def python_room(path: Path) -> str:
    """The longest room of the table that holds the file, or '' for the root's nouns."""
    folder = path.parent.relative_to(CORE).as_posix()
    while folder and folder != "." and folder not in PYTHON and folder != "hosts/comfy":
        folder = folder.rpartition("/")[0]
    return "" if folder == "." else folder


def python_arrows(path: Path) -> set[Path]:
    """Files of the core that this file imports, at the top or inside a function."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if not (isinstance(node, ast.ImportFrom) and node.level):
            continue
        base = path.parents[node.level - 1].joinpath(*(node.module or "").split("."))
        for alias in node.names:
            for target in (base / f"{alias.name}.py", base / alias.name / "__init__.py", base.with_suffix(".py"),
                           base / "__init__.py"):  # fmt: skip
                if target.is_file():
                    found.add(target)
                    break
    return found


@pytest.mark.parametrize("path", python_files(CORE), ids=lambda path: str(path.relative_to(CORE)))
def test_python_arrows(path):
    room = python_room(path)
    for target in python_arrows(path):
        other = python_room(target)
        if path.name == "cli.py" or other in ("", room) or path == target:
            continue
        below = room.startswith("hosts/comfy/") and other == "hosts/comfy"
        below |= room.startswith("hosts/diffusers/") and other == "hosts/diffusers"
        assert below or other in PYTHON.get(room, set()), f"{path.relative_to(ROOT)}: {room or 'a noun'} knows {other}"


def js_files() -> list[Path]:
    return sorted(EDITOR.rglob("*.mjs"))


def js_arrows(path: Path) -> set[Path]:
    """Files that this module imports. Types in comments are no arrows: they are gone when the code runs."""
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    found = re.findall(r"""(?:\bfrom|\bimport)\s*\(?\s*["'](\.[^"']+)["']""", text)
    return {(path.parent / name).resolve() for name in found}


@pytest.mark.parametrize("path", js_files(), ids=lambda path: str(path.relative_to(EDITOR)))
def test_editor_arrows(path):
    room = path.parent.relative_to(EDITOR).as_posix()
    for target in js_arrows(path):
        assert target.is_file(), f"{path}: {target} is not there"
        assert target.is_relative_to(EDITOR), f"{path.relative_to(ROOT)}: the editor knows nothing outside itself"
        other = target.parent.relative_to(EDITOR).as_posix()
        if room == "." or other == room or target.name == "palette.mjs":
            continue
        assert other in JS[room], f"{path.relative_to(ROOT)}: {room} knows {other} ({target.name})"


def _circle(arrows: dict) -> str | None:
    """One circle of imports in words, or None."""
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        return " -> ".join(str(one) for one in reversed(error.args[1]))
    return None


def test_no_circles():
    assert _circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) is not None
    for files, arrows_of in ((python_files(CORE), python_arrows), (js_files(), js_arrows)):
        arrows = {path.relative_to(ROOT): {t.relative_to(ROOT) for t in arrows_of(path)} - {path.relative_to(ROOT)}
                  for path in files}  # fmt: skip
        assert sum(map(len, arrows.values())) > 200, "the imports are not found"
        assert _circle(arrows) is None


def test_no_circles_between_rooms():
    assert _circle({room: known - {room} for room, known in JS.items()}) is None
    # A host's own files and its rooms lie in one house: what they hold of each other is judged file by file above.
    assert _circle({room: known - {room, "hosts/diffusers"} for room, known in PYTHON.items()}) is None


def test_no_room_is_crowded():
    crowded = []
    folders = {path.parent for top in ("wan_move_core", "nodes", "js", "tests") for path in (ROOT / top).rglob("*.*")}
    for folder in sorted(folders - {f for f in folders if "artefacts" in f.parts or "__pycache__" in f.parts}):
        count = sum(1 for path in folder.iterdir() if path.suffix in (".py", ".mjs", ".js", ".css", ".html"))
        if count > (MOST_TESTS if folder.is_relative_to(ROOT / "tests") else MOST_FILES):
            crowded.append(f"{folder.relative_to(ROOT)}: {count}")
    assert not crowded


def test_no_file_is_a_wall():
    long = []
    for top in ("wan_move_core", "nodes", "tests", "js"):
        for path in sorted((ROOT / top).rglob("*")):
            if path.suffix in (".py", ".mjs", ".js", ".css") and (lines := path.read_text().count("\n")) > MOST_LINES:
                long.append(f"{path.relative_to(ROOT)}: {lines}")
    assert not long


@pytest.mark.parametrize("folder", sorted({p.parent for p in python_files(CORE)} - {CORE}), ids=str)
def test_a_room_says_what_lives_there(folder):
    """The folder's first file: what lives there, and whom it may know."""
    first = folder / "__init__.py"
    said = ast.get_docstring(ast.parse(first.read_text(encoding="utf-8"))) or ""
    assert len(said.split()) >= 8 and re.search(r"[Kk]nows?\b|imports?\b|Part of\b|A command like", said), first
    room = folder.relative_to(CORE).as_posix()
    if not room.startswith(("hosts", "commands")):
        missing = [other for other in PYTHON.get(room, ()) if other.split("/")[-1] not in said]
        assert not missing, f"{first} does not say that it may know {missing}"


@pytest.mark.parametrize("folder", sorted({p.parent for p in js_files()} - {EDITOR}), ids=str)
def test_a_room_of_the_editor_says_what_lives_there(folder):
    """Its first file, by name: a comment that begins with the room and says what it imports."""
    first = min(folder.glob("*.mjs"))
    said = first.read_text(encoding="utf-8").split("\n\n")[0]
    assert said.startswith(f"// {folder.name}/ ") and "import" in said, first


def test_the_twins_share_their_path():
    """What the editor and the core both have lies at the same place in both: motion/X."""
    python = {path.name for path in (CORE / "motion").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert {path.name for path in (EDITOR / "motion").iterdir() if path.is_dir()} <= python


def test_contributing_names_every_room():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for room in (*PYTHON, *JS):
        assert f"`{room.rpartition('/')[2]}/`" in text, room
