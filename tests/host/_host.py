"""Where a real ComfyUI is: its checkout, its interpreter, and older releases out of its history. Nothing is faked."""

from __future__ import annotations

import functools
import importlib.util
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FLOOR = "3a5f239c"
"""The commit of ComfyUI 0.5.0, the oldest release that the pack supports."""
READS_CONFIG = (0, 15, 1)
"""Since this release a file's own words tell heads and text width; before, its shapes."""


def is_checkout(place: Path) -> bool:
    return (place / "main.py").is_file() and (place / "comfy").is_dir()


def named_checkouts() -> list[Path]:
    """Every release that the lane runs on: $COMFYUI_PATH, a list as $PATH is one, whether there or not; else the one
    that is found at ~/comfy/ComfyUI or above this pack, if any."""
    named = [Path(place) for place in os.environ.get("COMFYUI_PATH", "").split(os.pathsep) if place]
    found = [p for p in (Path.home() / "comfy" / "ComfyUI", ROOT.parent.parent) if is_checkout(p)]
    return list(dict.fromkeys(named)) or found[:1]


def find_checkout() -> Path | None:
    """The first of the lane's checkouts that is there."""
    return next((place for place in named_checkouts() if is_checkout(place)), None)


def find_python(checkout: Path | None = None) -> Path:
    """The interpreter of ``checkout``, else of the first one.

    $COMFYUI_PYTHON, one for all or a list in the order of $COMFYUI_PATH; else as :func:`python_beside` finds it.
    Raises: ValueError when the two lists differ in length.
    """
    checkout = checkout or find_checkout()
    named = [Path(place) for place in os.environ.get("COMFYUI_PYTHON", "").split(os.pathsep) if place]
    if len(named) > 1 and checkout in (places := named_checkouts()):
        if len(named) != len(places):
            raise ValueError(f"$COMFYUI_PYTHON names {len(named)} interpreters for {len(places)} of $COMFYUI_PATH")
        return named[places.index(checkout)]
    if named:
        return named[0]
    return python_beside(checkout)


def python_beside(checkout: Path | None) -> Path:
    """From the environment in ``checkout`` or beside it (ComfyUI-033: venv-033), ~/comfy/venv, else the running one."""
    environments = [Path.home() / "comfy" / "venv"]
    if checkout is not None:
        beside = checkout.parent / f"venv{checkout.name.removeprefix('ComfyUI')}"
        environments = [checkout / ".venv", checkout / "venv", beside, *environments]
    pythons = [place / name for place in environments for name in ("bin/python", "Scripts/python.exe")]
    return next((python for python in pythons if python.exists()), Path(sys.executable))


def version_of(checkout: Path) -> tuple[int, ...]:
    """(0, 18, 1), from the checkout's own file; () where it has none."""
    told = checkout / "comfyui_version.py"
    return tuple(map(int, re.findall(r"\d+", told.read_text(encoding="utf-8"))[:3])) if told.is_file() else ()


def later_host(than: Path) -> tuple[Path, Path] | str:
    """(checkout, interpreter) of the newest release beside ~/comfy/ComfyUI, or why there is none to look ahead at."""
    beside = (p for p in (Path.home() / "comfy").glob("ComfyUI-*") if is_checkout(p))
    newest = max((p for p in beside if version_of(p) > version_of(than)), key=version_of, default=None)
    if newest is None:
        return f"no later ComfyUI than {than} at {Path.home() / 'comfy'}/ComfyUI-*"
    if newest in named_checkouts():
        return f"the whole lane runs on {newest}"
    return newest, python_beside(newest)


@functools.cache
def why_no_host(checkout: Path | None = None) -> str | None:
    """None when a server of ``checkout`` can be started, else the sentence that a skipped test prints."""
    checkout = checkout or find_checkout()
    if checkout is None or not is_checkout(checkout):
        named = os.environ.get("COMFYUI_PATH")
        where = f"$COMFYUI_PATH={named}" if named else "$COMFYUI_PATH, ~/comfy/ComfyUI or above this pack"
        return f"no ComfyUI checkout found at {checkout or where}"
    python = find_python(checkout)
    probe = subprocess.run([python, "-c", "import torch, aiohttp, av"], capture_output=True, text=True, check=False)
    if probe.returncode:
        return f"{python} cannot run ComfyUI: {probe.stderr.strip().splitlines()[-1]}"
    lacking = missing_requirements(checkout, python)
    if not lacking:
        return None
    # Some of them are for a few nodes only: whether the rest starts without is for the host to say.
    started = subprocess.run([python, "-c", _START], cwd=checkout, capture_output=True, text=True, check=False)
    if started.returncode == 0:
        return None
    return (
        f"ComfyUI's own requirements are incomplete in {python}: {', '.join(lacking)} "
        f"({(started.stderr.strip().splitlines() or ['no reason given'])[-1]}). "
        f"Fix: {python} -m pip install -r {checkout / 'requirements.txt'}"
    )


_LACKING = """
import re, sys
from importlib import metadata
from pathlib import Path
for line in Path("requirements.txt").read_text(encoding="utf-8").splitlines():
    name = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", line.partition("#")[0].strip())
    try:
        name and metadata.version(name[0])
    except metadata.PackageNotFoundError:
        print(name[0])
"""
_START = """
import sys
sys.path.insert(0, ".")
sys.argv = ["main.py", "--cpu"]
import comfy.options
comfy.options.enable_args_parsing()
import utils.install_util, app.frontend_management, server, execution, nodes, comfy.sd
"""


def missing_requirements(checkout: Path, python: Path) -> list[str]:
    """Packages of the checkout's requirements.txt that ``python`` does not have."""
    asked = subprocess.run([python, "-c", _LACKING], cwd=checkout, capture_output=True, text=True, check=False)
    return asked.stdout.split()


def checkout_with(commit: str) -> Path | None:
    """One whose history knows ``commit``: of the lane's, else ~/comfy/ComfyUI; without such a one the lane's first."""
    environment = {**os.environ, "GIT_NO_LAZY_FETCH": "1"}
    for place in (*filter(is_checkout, named_checkouts()), Path.home() / "comfy" / "ComfyUI"):
        asked = ["git", "-C", str(place), "cat-file", "-e", f"{commit}^{{tree}}"]
        if subprocess.run(asked, capture_output=True, check=False, env=environment).returncode == 0:
            return place
    return find_checkout()


def export_release(commit: str, into: Path) -> str | None:
    """Lay ``commit`` of a checkout's history out under ``into``; the reason when that cannot be done.

    A history fetched in part may lack large files: they are taken from the checkout, where they rarely change.
    """
    checkout = checkout_with(commit)
    assert checkout is not None
    environment = {**os.environ, "GIT_NO_LAZY_FETCH": "1"}

    def git(*words: str, feed: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["git", "-C", str(checkout), *words],
            input=feed, capture_output=True, text=True, check=False, env=environment,
        )  # fmt: skip

    listing = git("ls-tree", "-r", commit)
    if listing.returncode:
        return f"{checkout} has no commit {commit} in its history ({listing.stderr.strip()})"
    name_from_blob: dict[str, list[str]] = {}
    for line in listing.stdout.splitlines():
        entry, name = line.split("\t", 1)
        name_from_blob.setdefault(entry.split()[2], []).append(name)
    answers = git("cat-file", "--batch-check", feed="\n".join(name_from_blob) + "\n").stdout.splitlines()
    lacking = [n for a in answers if a.endswith(" missing") for n in name_from_blob[a.split()[0]]]
    without = [f":(exclude){name}" for name in lacking]
    into.mkdir(parents=True, exist_ok=True)
    archive = into.with_suffix(".tar")
    packed = git("archive", "-o", str(archive), commit, "--", ".", *without)
    if packed.returncode:
        return f"git archive of {commit} failed: {packed.stderr.strip()}"
    with tarfile.open(archive) as tar:
        if hasattr(tarfile, "data_filter"):
            tar.extractall(into, filter="data")
        else:
            tar.extractall(into)
    archive.unlink()
    for name in lacking:
        if (checkout / name).is_file():
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            (into / name).write_bytes((checkout / name).read_bytes())
    return None


def lend_requirements(python: Path, into: Path) -> Path | None:
    """A folder for PYTHONPATH with what the pack requires and ``python`` lacks, lent from the running interpreter.

    A user installs requirements.txt into ComfyUI's Python; the tests leave a checkout they were pointed at as it is.
    """
    if subprocess.run([python, "-c", "import cv2"], capture_output=True, check=False).returncode == 0:
        return None
    spec = importlib.util.find_spec("cv2")
    if spec is None or spec.origin is None:
        return None
    site = Path(spec.origin).parent.parent
    into.mkdir(parents=True, exist_ok=True)
    for folder in (site / "cv2", *site.glob("opencv_python*.libs")):
        if not (into / folder.name).exists():
            (into / folder.name).symlink_to(folder, target_is_directory=True)
    return into
