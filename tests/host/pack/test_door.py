"""The pack's door on hosts that cannot run it, and what the host reads of it: one line, never tracebacks."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from _host import ROOT, checkout_with, version_of

WITHOUT_INTERFACE = "010954d2"
"""ComfyUI 0.3.39, whose comfy_api does not have the interface that the nodes are written for."""

LOAD = """
import asyncio, importlib.util, json, logging, sys
class Lines(logging.Handler):
    def emit(self, record): heard.append([record.levelname, record.getMessage()])
heard = []
logging.getLogger().addHandler(Lines())
spec = importlib.util.spec_from_file_location("wm", {root!r} + "/__init__.py", submodule_search_locations=[{root!r}])
pack = importlib.util.module_from_spec(spec); sys.modules["wm"] = pack; spec.loader.exec_module(pack)
count = None
if hasattr(pack, "comfy_entrypoint"):
    async def load(): return len(await (await pack.comfy_entrypoint()).get_node_list())
    count = asyncio.run(load())
print(json.dumps([count, [h for h in heard if "Wan-Move" in h[1]], pack.WEB_DIRECTORY]))
"""


def load_pack(python: Path, host: Path, *, before: str = "", path: list[Path] | None = None):
    """(number of nodes or None, [level, line] of ours, web folder) of the pack imported beside ``host``'s files."""
    places = os.pathsep.join(str(p) for p in [host, *(path or [])])
    words = [str(python), *(["-S"] if path else []), "-c", before + LOAD.format(root=str(ROOT))]
    environment = {**os.environ, "PYTHONPATH": places}
    done = subprocess.run(words, cwd=host, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Traceback" not in done.stderr, done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1])


def lay_out(commit: str, into: Path, *names: str) -> None:
    """Some files of an older release, out of the checkout's history."""
    checkout = checkout_with(commit)
    archive = into / "some.tar"
    words = ["git", "-C", str(checkout), "archive", "-o", str(archive), commit, "--", *names]
    done = subprocess.run(
        words, capture_output=True, text=True, check=False, env={**os.environ, "GIT_NO_LAZY_FETCH": "1"}
    )
    if done.returncode:
        pytest.skip(f"{commit} is not in the checkout's history: {done.stderr.strip()}")
    subprocess.run(["tar", "-xf", str(archive), "-C", str(into)], check=True)


def test_a_host_without_the_node_interface_gets_one_line(comfy_checkout, comfy_python, tmp_path):
    lay_out(WITHOUT_INTERFACE, tmp_path, "comfy_api", "comfyui_version.py", "folder_paths.py", "comfy/options.py")
    count, lines, web = load_pack(comfy_python, tmp_path)
    assert count is None and web == "./js"
    assert lines == [["ERROR", "Wan-Move: this is ComfyUI 0.3.39, too old. Fix: update it to 0.5.0 or later."]]


def test_a_host_just_below_the_floor_gets_one_line(comfy_checkout, comfy_python, tmp_path):
    """Today's interface under yesterday's number: what decides is the oldest release that was tried."""
    version = tmp_path / "comfyui_version.py"
    version.write_text('__version__ = "0.4.9"\n')
    count, lines, _ = load_pack(
        comfy_python, comfy_checkout, before=f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
    )
    assert count is None
    assert lines == [["ERROR", "Wan-Move: this is ComfyUI 0.4.9, too old. Fix: update it to 0.5.0 or later."]]


def test_a_missing_package_is_named_once(comfy_checkout, comfy_python, tmp_path):
    """The host's own interpreter, with everything it has but two of the packages that the pack requires."""
    ask = "import json, site, sysconfig; print(json.dumps([*site.getsitepackages(), sysconfig.get_path('purelib')]))"
    told = subprocess.run([str(comfy_python), "-c", ask], capture_output=True, text=True, check=True).stdout
    site = tmp_path / "site"
    site.mkdir()
    for folder in dict.fromkeys(json.loads(told)):
        for entry in Path(folder).iterdir() if Path(folder).is_dir() else ():
            if entry.name not in ("cv2", "einops") and not (site / entry.name).exists():
                (site / entry.name).symlink_to(entry, target_is_directory=entry.is_dir())
    options = "import comfy.options, sys; sys.argv = ['main.py', '--cpu']; comfy.options.enable_args_parsing()\n"
    count, lines, _ = load_pack(comfy_python, comfy_checkout, before=options, path=[site])
    if version_of(comfy_checkout) < (0, 18, 1):
        # Its own node interface imports one of the two, so the pack comes no further.
        assert count is None and len(lines) == 1 and "No module named 'einops'" in lines[0][1], lines
        assert "Fix: install ComfyUI's own requirements." in lines[0][1]
        return
    named = [line for _, line in lines if "not installed: opencv-python-headless, einops." in line]
    assert len(named) == 1 and "-m pip install opencv-python-headless einops" in named[0]
    assert count is not None and len(lines) == 1 and "\n" not in lines[0][1], lines


def test_the_host_reads_the_packs_metadata(comfy_checkout, comfy_python):
    """pyproject.toml through the host's own reader: names, classifiers and versions that it accepts."""
    code = f"""
import json, sys
sys.path.insert(0, {str(comfy_checkout)!r})
try:
    from comfy_config import config_parser
except ImportError as error:
    print(json.dumps({{"absent": str(error)}})); sys.exit()
read = config_parser.extract_node_configuration({str(ROOT)!r})
project, comfy = read.project, read.tool_comfy
print(json.dumps([project.name, project.supported_os, project.supported_accelerators, project.urls.repository,
                  comfy.display_name, comfy.web, project.license.text]))
"""
    done = subprocess.run([str(comfy_python), "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout.strip().splitlines()[-1])
    if isinstance(told, dict):
        pytest.skip(f"this host cannot read pyproject.toml: {told['absent']}")
    name, systems, accelerators, repository, title, web, licence = told
    assert name == "wan-move" and title and repository.startswith("https://") and licence == "Apache-2.0"
    assert systems == ["OS Independent"] and accelerators == ["GPU :: NVIDIA CUDA"]
    assert web is None, "the web folder is named in __init__.py alone"
