"""The import arrows of the design, read from the source: who may know whom."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
CORE = ROOT / "wan_move_core"
CORE_MAY = {
    "torch", "numpy", "einops", "cv2", "kornia", "safetensors", "av", "rich", "torchmetrics",
    "wan_move_core",
}  # fmt: skip
OPTIONAL = {"huggingface_hub", "modelscope", "transformers", "gguf", "cotracker", "tapnet"}
HOSTS = {
    "comfy": {"comfy", "comfy_api", "comfy_extras", "comfy_execution", "folder_paths", "latent_preview", "node_helpers",
              "nodes", "server", "aiohttp", "PIL", "tqdm", "sentencepiece"},
    "diffusers": {"diffusers", "transformers", "accelerate", "gguf", "sentencepiece", "tokenizers"},
}  # fmt: skip
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


def _imports(path: Path):
    """(top-level module, relative level, line, inside a function) of every import in a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    inside = {
        id(n) for f in ast.walk(tree) if isinstance(f, ast.FunctionDef | ast.AsyncFunctionDef) for n in ast.walk(f)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name.split(".")[0], 0, node.lineno, id(node) in inside
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0], node.level, node.lineno, id(node) in inside


def _python_files(folder: Path):
    return [p for p in sorted(folder.rglob("*.py")) if "__pycache__" not in p.parts]


def _third_party(module: str) -> bool:
    return module not in sys.stdlib_module_names and module != "__future__"


@pytest.mark.parametrize("path", _python_files(CORE), ids=lambda p: str(p.relative_to(ROOT)))
def test_core_imports(path):
    host = path.relative_to(CORE).parts[1] if path.relative_to(CORE).parts[0] == "hosts" else None
    allowed = CORE_MAY | HOSTS.get(host or "", set())
    for module, level, line, lazy in _imports(path):
        if level or not _third_party(module):
            continue
        assert module != "wan_move_core", f"{path}:{line}: imports inside the core are relative"
        ok = module in allowed or (module in OPTIONAL and lazy)
        assert ok, f"{path}:{line}: the core may not import {module!r} here"


@pytest.mark.parametrize("path", _python_files(ROOT / "nodes"), ids=lambda p: str(p.relative_to(ROOT)))
def test_node_imports(path):
    for module, level, line, _ in _imports(path):
        if level or not _third_party(module):
            continue
        allowed = {"comfy_api", "comfyui_version", "torch", "numpy"}
        assert module in allowed, f"{path}:{line}: nodes reach {module!r} through the core"


def test_core_outside_hosts_never_reaches_into_them():
    for path in _python_files(CORE):
        parts = path.relative_to(CORE).parts
        if parts[0] in ("hosts", "commands"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level:
                assert not (node.module or "").startswith("hosts"), f"{path}:{node.lineno}: the core imports a host"


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


def test_editor_is_self_contained():
    for path in sorted((ROOT / "js" / "editor").rglob("*.mjs")):
        text = path.read_text(encoding="utf-8")
        assert "scripts/app" not in text and "comfyAPI" not in text, f"{path}: the editor knows ComfyUI"


def test_light_imports(tmp_path):
    """What the nodes need first must not pull in the heavy libraries."""
    code = (
        "import sys, wan_move_core, wan_move_core.tracks, wan_move_core.method.guidance, wan_move_core.geometry\n"
        "heavy = {'cv2', 'kornia', 'av', 'diffusers', 'transformers', 'rich', 'torchmetrics', 'comfy'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert out.stdout.strip() == "[]"


def test_root_is_importable_without_a_host(tmp_path):
    code = (
        "import importlib.util, sys\n"
        f"spec = importlib.util.spec_from_file_location('pack_under_test', {str(ROOT / '__init__.py')!r},\n"
        f"    submodule_search_locations=[{str(ROOT)!r}])\n"
        "m = importlib.util.module_from_spec(spec); sys.modules['pack_under_test'] = m; spec.loader.exec_module(m)\n"
        "print(m.WEB_DIRECTORY, hasattr(m, 'comfy_entrypoint'))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert out.stdout.split() == ["./js", "False"]
