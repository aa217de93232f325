"""What a stranger gets: tables that are true, metadata that the registry takes, a wheel that works, one-line errors."""

from __future__ import annotations

import ast
import importlib.metadata
import json
import os
import re
import subprocess
import sys
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[3]
PLACEHOLDER = "wan-move-pack"
TOP_LEVEL = {
    "__init__.py", "nodes", "wan_move_core", "js", "example_workflows", "subgraphs", "locales", "tests",
    "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "LICENSE", "pyproject.toml", "requirements.txt",
    "install.py", "node_list.json", "package.json", "jsconfig.json", ".ci", ".github", ".gitignore", ".gitattributes",
    ".comfyignore", ".pre-commit-config.yaml",
}  # fmt: skip


def _load(path: Path, name: str):
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def tables():
    return _load(ROOT / "tests" / "tools" / "make_tables.py", "make_tables")


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    """The files of the repository; without git, every file that is not built."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in done.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


# -- what README says -------------------------------------------------------------------------------------------------


def test_readme_tables_are_those_of_the_nodes_and_commands(tables):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert text == tables.readme(text), "run: python tests/tools/make_tables.py"


def test_every_command_of_the_help_is_in_readme():
    from wan_move_core.cli import available_commands

    rows = set(
        re.findall(r"^\| `wan-move ([\w-]+)` \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert rows == set(available_commands())


def test_node_list_names_every_node(tables):
    assert (ROOT / "node_list.json").read_text(encoding="utf-8") == tables.node_list(), (
        "run: python tests/tools/make_tables.py"
    )
    # By another way than the tool's: the classes that the modules export.
    exported = set()
    for path in (ROOT / "nodes").rglob("*.py"):
        for line in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(line, ast.Assign) and any(getattr(t, "id", "") == "NODES" for t in line.targets):
                exported |= {n.id for n in ast.walk(line.value) if isinstance(n, ast.Name)}
    assert set(json.loads(tables.node_list())) == exported


def test_every_node_file_is_loaded():
    source = ast.parse((ROOT / "nodes" / "__init__.py").read_text(encoding="utf-8"))
    modules = next(
        ast.literal_eval(line.value)
        for line in source.body
        if isinstance(line, ast.AnnAssign) and getattr(line.target, "id", "") == "MODULES" and line.value is not None
    )
    files = {
        ".".join(p.relative_to(ROOT / "nodes").with_suffix("").parts)
        for p in (ROOT / "nodes").rglob("*.py")
        if "\nNODES = [" in p.read_text(encoding="utf-8")
    }
    assert set(modules) == files


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"])
def test_links_to_files_lead_somewhere(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?://|#)([^)\s]+)\)", text)
    assert not [link for link in links if not (ROOT / link.split("#")[0]).exists()]
    urls = re.findall(r"https?://[^\s)>\"'`}]+", text)
    assert all(url.startswith("https://") for url in urls)


def test_the_two_commands_are_marked():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for mark in ("main-command", "test-command"):
        assert re.search(rf"<!-- {mark} -->\n```bash\n[^`]+\n```\n", text), mark


# -- metadata ---------------------------------------------------------------------------------------------------------


def test_registry_metadata(project):
    comfy = project["tool"]["comfy"]
    assert comfy["DisplayName"] and comfy["requires-comfyui"] == ">=0.5.0"
    assert "web" not in comfy, "named in __init__.py as well, it would be loaded twice"
    assert re.fullmatch(r"\d+\.\d+\.\d+", project["project"]["version"])
    assert "comfyui" not in project["project"]["name"].lower()
    for key, (width, height) in {"Icon": (400, 400), "Banner": (1260, 540)}.items():
        path = ROOT / comfy[key].split("/main/")[1]
        assert _size(path) == (width, height)


def _size(path: Path) -> tuple[int, int]:
    import cv2

    picture = cv2.imread(str(path))
    assert picture is not None
    return picture.shape[1], picture.shape[0]


def test_version_is_one():
    from wan_move_core import __version__

    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert declared == __version__
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert newest is not None and newest[1] == declared


def test_requirements_are_the_nodes_part_of_the_packages(project):
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    required = {line for line in lines if line and not line.startswith("#")}
    assert required <= set(project["project"]["dependencies"])
    names = {re.split(r"[<>=~! ]", line)[0] for line in required}
    assert not names & {"torch", "torchvision", "numpy"}, "they are ComfyUI's, and a newer one could break it"
    assert not [name for name in names if name.startswith("opencv")], "it would overwrite another variant"
    installer = _load(ROOT / "install.py", "pack_install")
    assert installer.OPENCV in project["project"]["dependencies"]
    assert set(_nodes_door().REQUIREMENTS.values()) == names | {installer.OPENCV.split(">")[0]}


def test_install_adds_opencv_only_where_there_is_none(tmp_path):
    code = f"import runpy; print(runpy.run_path({str(ROOT / 'install.py')!r})['install_command']())"
    here = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert here.stdout.strip() == "None"
    # Without site-packages nothing is installed, and any variant's folder named cv2 counts.
    bare = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert ast.literal_eval(bare.stdout)[-2:] == ["install", "opencv-python-headless>=4.8"]
    (tmp_path / "cv2").mkdir()
    (tmp_path / "cv2" / "__init__.py").write_text("")
    other = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert other.stdout.strip() == "None"


def test_top_level_stays_small(tracked):
    strange = {path.relative_to(ROOT).parts[0] for path in tracked} - TOP_LEVEL
    assert not strange


def test_what_the_registry_leaves_out(tracked):
    patterns = [
        line for line in (ROOT / ".comfyignore").read_text(encoding="utf-8").splitlines() if line and line[0] != "#"
    ]
    assert all(p.startswith("/") or "*" in p or p == "__pycache__/" for p in patterns), "docs/ would drop js/docs too"
    for name in ("js/docs/WanMoveGuide.md", "js/editor/editor.mjs", "js/wan_move.js", "install.py", "requirements.txt"):
        assert not [p for p in patterns if p.startswith("/") and f"/{name}".startswith(p)], name


# -- what must not be in the tree -------------------------------------------------------------------------------------


def test_no_word_of_one_machine(tracked):
    """Paths of somebody's machine, private package indexes and their tokens do not belong into the repository."""
    home = "|".join(
        ("/ro" + "ot/", "/wo" + "rk/", r"/ho" + r"me/(?!user\b|you\b)[a-z]", r"C:\\\\?Us" + r"ers\\\\?[a-z]")
    )
    index = "(?:extra-)?index-" + "url|registry" + "=http|_auth" + "Token|tru" + "sted-host"
    pattern = re.compile(f"(?<![\\w.])(?:{home})|(?:{index})")
    found = []
    for path in tracked:
        if path.suffix in {".png", ".jpg", ".webp", ".npy", ".npz"} or path == Path(__file__):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if pattern.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert not found, "\n".join(found)


def test_the_placeholder_is_where_it_is_expected(tracked):
    """The publisher's name and the repository's address are not known yet: these files name it."""
    named = {
        str(p.relative_to(ROOT))
        for p in tracked
        if p.suffix in {".toml", ".md", ".yml", ".yaml", ".json", ".py", ".mjs", ".js"}
        and PLACEHOLDER in p.read_text(encoding="utf-8", errors="replace")
    }
    assert named <= {
        "pyproject.toml",
        "README.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "tests/core/house/test_packaging.py",
    }


# -- a host without what the pack needs -------------------------------------------------------------------------------


def _nodes_door():
    return _load(ROOT / "nodes" / "__init__.py", "nodes_door_under_test")


def test_missing_packages_are_named_in_one_line(tmp_path):
    code = (
        "import importlib.util\n"
        f"spec = importlib.util.spec_from_file_location('door', {str(ROOT / 'nodes' / '__init__.py')!r})\n"
        "door = importlib.util.module_from_spec(spec); spec.loader.exec_module(door)\n"
        "print(door.why_incomplete())"
    )
    bare = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert bare.stdout.count("\n") == 1 and not bare.stderr
    assert "Wan-Move: not installed: opencv-python-headless, av, einops, kornia, safetensors." in bare.stdout
    assert "-m pip install opencv-python-headless av einops kornia safetensors" in bare.stdout
    full = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert full.stdout.strip() == "None"


def test_folders_of_data_are_in_the_packages_list(project):
    """setuptools deprecates data in a folder that is no package of the list: it may leave it out one day."""
    built = project["tool"]["setuptools"]
    for package, patterns in built["package-data"].items():
        assert package in built["packages"]
        home = ROOT / built["package-dir"].get(package, package.replace(".", "/"))
        for pattern in (p for p in patterns if "**" not in p):
            found = list(home.glob(pattern))
            assert found, f"{package}: nothing matches {pattern}"
            for file in found:
                inner = ".".join((package, *file.relative_to(home).parts[:-1]))
                # A folder with an __init__.py is a package already; one without is a folder of data.
                assert inner in built["packages"], f"{inner} holds data and is not in the packages list"


# -- the wheel --------------------------------------------------------------------------------------------------------


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


@pytest.fixture(scope="module")
def wheel(tmp_path_factory, tracked) -> Path:
    # Asked, not imported: in one process pip and setuptools quarrel over distutils.
    found = {package: _version(package) for package in ("pip", "setuptools")}
    if found["pip"] is None or found["setuptools"] is None:
        pytest.skip(f"building a wheel needs pip and setuptools: {found}")
    if int(found["setuptools"].split(".")[0]) < 77:
        pytest.skip(f"setuptools {found['setuptools']} is too old to build the wheel without a network; 77 is wanted")
    folder = tmp_path_factory.mktemp("wheel")
    for path in tracked:
        if path.relative_to(ROOT).parts[0] != "tests":
            copy = folder / "source" / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    words = ["wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(folder), "."]
    done = subprocess.run(
        [sys.executable, "-m", "pip", *words], cwd=folder / "source", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return next(folder.glob("*.whl"))


def test_wheel_holds_the_core_and_nothing_that_shadows_the_host(wheel, tracked):
    names = set(zipfile.ZipFile(wheel).namelist())
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"wan_move_core"}
    ours = [p.relative_to(ROOT) for p in tracked if p.relative_to(ROOT).parts[0] == "wan_move_core"]
    assert not [p for p in ours if str(p.as_posix()) not in names], "a folder is missing in pyproject's packages"
    editor = ROOT / "js" / "editor"
    assets = [p.relative_to(editor).as_posix() for p in tracked if p.is_relative_to(editor)]
    assert any("/" in name for name in assets)
    assert not [name for name in assets if f"wan_move_core/editor_assets/{name}" not in names]


def test_the_installed_editor_finds_its_page(wheel, tmp_path):
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    picture = site / "wan_move_core" / "demo" / "assets" / "dusk.jpg"
    environment = {**os.environ, "PYTHONPATH": str(site), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "wan_move_core.cli", "edit", str(picture), "--no-browser", "-o", str(tmp_path)],
        env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        heard = ""
        address = None
        while address is None:
            line = process.stdout.readline()
            assert line, heard
            heard += line
            address = re.search(r"http://127\.0\.0\.1:\d+/\S+", line)
        # The address works once: what follows goes by the cookie that it gives, as in a browser.
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        onward = re.search(r'content="0;url=([^"]+)"', browser.open(address[0], timeout=20).read().decode())
        assert onward is not None
        address = [urllib.parse.urljoin(address[0], onward[1])]
        page = browser.open(address[0], timeout=20).read().decode()
        module = re.search(r'src="([^"]+\.mjs)"', page)
        assert module is not None
        code = browser.open(urllib.parse.urljoin(address[0], module[1]), timeout=20).read()
        page_module = ROOT / "js" / module[1]
        assert code == page_module.read_bytes()
        # What it imports lies in the rooms of the editor.
        parts = re.findall(r'from "(\./[\w/]+\.mjs)"', code.decode())
        assert any(part.count("/") > 1 for part in parts)
        for part in parts:
            url = urllib.parse.urljoin(address[0], module[1])
            served = browser.open(urllib.parse.urljoin(url, part), timeout=20).read()
            assert served == (page_module.parent / part).read_bytes()
    finally:
        process.terminate()
        process.wait(20)
