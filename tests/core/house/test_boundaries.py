"""The import arrows of the design, read from the source: who may know whom."""

from __future__ import annotations

import ast
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
    "comfy": {"comfy", "comfy_api", "comfy_extras", "comfy_execution", "folder_paths", "latent_preview", "node_helpers",
              "nodes", "server", "aiohttp", "PIL", "tqdm", "sentencepiece"},
    "diffusers": {"diffusers", "transformers", "accelerate", "gguf", "sentencepiece", "tokenizers"},
}  # fmt: skip


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
