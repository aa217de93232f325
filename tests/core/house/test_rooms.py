"""Who knows whom inside the core, read from every import, those inside functions too: no circles, and only the arrows
that each room's first file names."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

CORE = Path(__file__).resolve().parents[3] / "wan_move_core"
MODULES = {".".join(p.relative_to(CORE).with_suffix("").parts): p for p in CORE.rglob("*.py")}
NOUNS = {"errors", "geometry", "tracks", "pictures", "video", "progress", "palette"}
MAY_KNOW = {
    "method": set(),
    "checkpoints": set(),
    "motion/timing": set(),
    "motion/document": {"motion/timing"},
    "motion/evaluation": {"motion/document", "motion/timing"},
    "motion/checks": {"motion/document", "motion/evaluation"},
    "motion/sources": {"motion/document", "motion/timing", "motion/evaluation", "motion/checks"},
    "motion/mending": {"motion/document", "motion/evaluation", "motion/checks", "motion/sources"},
    "motion/tracking": set(),
    "motion/formats": {"motion/document", "motion/evaluation", "motion/sources"},
    "draft": set(),
    "overlay": set(),
    "demo": set(),
    "adherence": {"motion/tracking", "motion/sources"},
    "editor": {"motion/document", "motion/evaluation"},
    "generate": {"method", "checkpoints", "overlay"},
    "movebench": {"adherence", "generate", "motion/formats", "motion/tracking"},
    "hosts/diffusers/models": {"checkpoints", "generate", "hosts/diffusers/guards"},
    "hosts/diffusers/sampling": {"method", "hosts/diffusers/models", "hosts/diffusers/guards"},
}
"""Room -> the rooms that it may know beside the nouns, which know each other; of the rest, what begins with FREE may
know all of them."""
FREE = ("hosts/", "commands", "cli")
PART_OF = {"motion/sources/space": "motion/sources", "motion/formats/sampled": "motion/formats",
           "motion/formats/paths": "motion/formats"}  # fmt: skip
FOLDERS = {path.parent.relative_to(CORE).as_posix() for path in MODULES.values()} - set(PART_OF)


def _known_to(module: str) -> Iterator[str]:
    """The modules of the core that ``module`` imports, at its top or inside a function."""
    package = module.split(".")[:-1]
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            start = package[: len(package) - node.level + 1] + (node.module.split(".") if node.module else [])
            for alias in node.names:
                names = (".".join([*start, alias.name]), ".".join(start), ".".join([*start, "__init__"]))
                yield next(name for name in names if name in MODULES)


def _room(module: str) -> str:
    """The folder of a module; a module that has folders beside it is a room of its own."""
    path = MODULES[module].relative_to(CORE)
    folder = PART_OF.get(path.parent.as_posix(), path.parent.as_posix())
    has_rooms = folder == "." or any(other.startswith(f"{folder}/") for other in FOLDERS)
    return path.with_suffix("").as_posix() if has_rooms else folder


def _rooms() -> dict[str, dict[str, str]]:
    """room -> the other rooms that it knows, each with one import that says so."""
    rooms: dict[str, dict[str, str]] = {}
    for module in MODULES:
        known = rooms.setdefault(_room(module), {})
        for other in _known_to(module):
            if _room(other) != _room(module):
                known[_room(other)] = f"{module} imports {other}"
    return rooms


def _circle(graph) -> str | None:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return " -> ".join(reversed(error.args[1]))
    return None


def test_no_module_knows_itself_through_others():
    assert _circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) is not None
    graph = {module: set(_known_to(module)) - {module} for module in MODULES}
    assert sum(map(len, graph.values())) > 500, "the imports are not found"
    assert _circle(graph) is None


def test_no_room_knows_itself_through_others():
    rooms = _rooms()
    assert _circle(rooms) is None, rooms


def test_rooms_know_whom_they_may():
    rooms = _rooms()
    assert set(MAY_KNOW) | NOUNS <= set(rooms), "a room that is no more"
    held = {room: known for room, known in rooms.items() if room in MAY_KNOW or not room.startswith(FREE)}
    wrong = [why for room, known in held.items() for other, why in known.items() if other not in _allowed(room)]
    assert not wrong


def _allowed(room: str) -> set[str]:
    return NOUNS | MAY_KNOW.get(room, set())


@pytest.mark.parametrize("room", MAY_KNOW)
def test_a_rooms_first_file_says_whom_it_may_know(room):
    text = ast.get_docstring(ast.parse((CORE / room / "__init__.py").read_text(encoding="utf-8"))) or ""
    assert "now" in text and not [other for other in MAY_KNOW[room] if other.split("/")[-1] not in text]
