"""The import arrows of the design, read from the source: who may know whom."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
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
    "comfy": {"aiohttp", "PIL", "tqdm", "sentencepiece"},
    "diffusers": {"diffusers", "transformers", "accelerate", "gguf", "sentencepiece", "tokenizers"},
}  # fmt: skip


HOST_MODULES = {
    "comfy", "comfy_extras", "comfy_execution", "comfyui_version", "folder_paths", "latent_preview", "node_helpers",
    "nodes", "server", "execution", "app",
}  # fmt: skip
"""Modules of ComfyUI that only the list of its symbols names; nodes know comfy_api besides, which is versioned."""
EVERYDAY = {"nodes", "server", "execution", "app"}
"""Of those, words that other things are called as well: only an import of them is one."""
SYMBOL_LIST = CORE / "hosts" / "comfy" / "host"


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
        allowed = {"comfy_api", "torch", "numpy"}
        assert module in allowed, f"{path}:{line}: nodes reach {module!r} through the core"


def test_core_outside_hosts_never_reaches_into_them():
    for path in _python_files(CORE):
        parts = path.relative_to(CORE).parts
        if parts[0] in ("hosts", "commands"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level:
                assert not (node.module or "").startswith("hosts"), f"{path}:{node.lineno}: the core imports a host"


def _host_mentions(tree: ast.AST):
    """(text, line) of every way to a module of the host: imports, ``comfy.x.y``, and names given to an importer."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or "", node.lineno
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id not in EVERYDAY:
            yield f"{node.value.id}.{node.attr}", node.lineno
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func).split(".")[-1]
            if called in ("import_module", "__import__", "find_spec", "need", "find"):
                yield from ((a.value, node.lineno) for a in node.args[:1] if isinstance(a, ast.Constant))
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value) == "sys.modules":
            yield ast.literal_eval(node.slice) if isinstance(node.slice, ast.Constant) else "", node.lineno


def _names_host(text: object) -> bool:
    return isinstance(text, str) and text.split(".")[0] in HOST_MODULES


@pytest.mark.parametrize(
    "path",
    [p for p in [*_python_files(CORE), *_python_files(ROOT / "nodes")] if SYMBOL_LIST not in p.parents],
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_the_host_is_reached_through_the_list_of_its_symbols(path):
    for text, line in _host_mentions(ast.parse(path.read_text(encoding="utf-8"))):
        assert not _names_host(text), f"{path}:{line}: {text} is listed and reached in hosts/comfy/host alone"


def test_the_search_for_the_host_finds_each_way_to_it():
    ways = (
        "import comfy.sd", "from comfy.samplers import KSAMPLER", "import folder_paths", "from server import x",
        "x = comfy.utils.PROGRESS_BAR_ENABLED", "import_module('comfy.ops')", "find_spec('latent_preview')",
        "sys.modules['node_helpers']", "folder_paths.models_dir = 1",
    )  # fmt: skip
    for way in ways:
        assert any(_names_host(text) for text, _ in _host_mentions(ast.parse(way))), way
    for other in ("from .server import add_get_route", "import comfy_api.latest", "model.comfy.x", "find('a')"):
        assert not any(_names_host(text) for text, _ in _host_mentions(ast.parse(other))), other


def test_the_list_of_host_symbols_is_whole():
    """Each symbol stands once in its subject and says all its parts; every name that is reached is listed there."""
    from wan_move_core.hosts.comfy.host import SYMBOLS, conditioning, folders, loading, running, sampling, server

    for symbol in SYMBOLS:
        assert symbol.used_for and symbol.without and re.fullmatch(r"\d+\.\d+\.\d+", symbol.since), symbol
        assert symbol.name.split(".")[0].split("[")[0] in HOST_MODULES, symbol
    for subject in (folders, server, running, loading, conditioning, sampling):
        listed = [symbol.name for symbol in subject.SYMBOLS]
        assert len(listed) == len(set(listed)), subject.__name__
        for call in ast.walk(ast.parse(Path(str(subject.__file__)).read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and ast.unparse(call.func) in (
                "SYMBOLS.find", "SYMBOLS.need", "SYMBOLS.call", "SYMBOLS.find_of", "SYMBOLS.need_of",
            ):  # fmt: skip
                named = call.args[1 if ast.unparse(call.func).endswith("_of") else 0]
                if isinstance(named, ast.Constant):
                    assert named.value in listed, f"{subject.__file__}:{named.lineno}: {named.value} is not listed"


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
