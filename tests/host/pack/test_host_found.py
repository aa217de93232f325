"""Where the host cannot run, its tests skip and say what is missing, instead of failing one by one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from _host import find_checkout, find_python, later_host, missing_requirements, named_checkouts, version_of, why_no_host


def test_incomplete_requirements_are_named(comfy_checkout, monkeypatch):
    """With the interpreter that runs the tests, where it lacks what the host requires."""
    lacking = missing_requirements(comfy_checkout, Path(sys.executable))
    monkeypatch.setenv("COMFYUI_PATH", str(comfy_checkout))
    if "comfyui-frontend-package" not in lacking:
        pytest.skip("this interpreter has the host's requirements")
    monkeypatch.setenv("COMFYUI_PYTHON", sys.executable)
    why = why_no_host.__wrapped__()
    assert why is not None and "ComfyUI's own requirements are incomplete" in why
    assert all(name in why for name in lacking) and "requirements.txt" in why


def test_the_host_that_the_lane_runs_on_is_found(comfy_python, comfy_checkout):
    assert why_no_host(comfy_checkout) is None
    assert not {"torch", "aiohttp", "safetensors"} & set(missing_requirements(comfy_checkout, comfy_python))


def a_checkout(folder: Path, version: str, *, python: Path | None = None) -> Path:
    """As much of a release as the search looks at."""
    (folder / "comfy").mkdir(parents=True)
    (folder / "main.py").touch()
    (folder / "comfyui_version.py").write_text(f'__version__ = "{version}"\n')
    if python is not None:
        python.parent.mkdir(parents=True)
        python.touch()
    return folder


@pytest.fixture
def two(tmp_path, monkeypatch):
    """An older release with its environment beside it, a newer one with its environment in it, named in that order."""
    old = a_checkout(tmp_path / "ComfyUI", "0.18.1", python=tmp_path / "venv" / "bin" / "python")
    new = a_checkout(tmp_path / "ComfyUI-new", "0.33.0", python=tmp_path / "ComfyUI-new" / ".venv" / "bin" / "python")
    monkeypatch.setenv("COMFYUI_PATH", os.pathsep.join([str(old), str(new)]))
    monkeypatch.delenv("COMFYUI_PYTHON", raising=False)
    return old, new


def test_a_list_of_checkouts_each_with_its_own_interpreter(two, tmp_path, monkeypatch):
    old, new = two
    assert named_checkouts() == [old, new] and find_checkout() == old
    assert version_of(old) == (0, 18, 1) and version_of(tmp_path) == ()
    assert find_python() == find_python(old) == tmp_path / "venv" / "bin" / "python"
    assert find_python(new) == new / ".venv" / "bin" / "python"
    suffixed = a_checkout(tmp_path / "ComfyUI-7", "0.7.0", python=tmp_path / "venv-7" / "bin" / "python")
    assert find_python(suffixed) == tmp_path / "venv-7" / "bin" / "python"
    monkeypatch.setenv("COMFYUI_PYTHON", "/one/python")
    assert find_python(old) == find_python(new) == Path("/one/python")
    monkeypatch.setenv("COMFYUI_PYTHON", os.pathsep.join(["/one/python", "/another/python"]))
    assert (find_python(old), find_python(new)) == (Path("/one/python"), Path("/another/python"))
    monkeypatch.setenv("COMFYUI_PYTHON", os.pathsep.join(["/a", "/b", "/c"]))
    with pytest.raises(ValueError, match="names 3 interpreters for 2 of"):
        find_python(new)


def test_a_named_checkout_that_is_not_there_is_told_not_passed_over(two, tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    monkeypatch.setenv("COMFYUI_PATH", os.pathsep.join([str(gone), str(two[1])]))
    assert named_checkouts() == [gone, two[1]] and find_checkout() == two[1]
    assert why_no_host.__wrapped__(gone) == f"no ComfyUI checkout found at {gone}"


def test_a_later_release_is_looked_ahead_at_unless_the_lane_runs_on_it(two, tmp_path, monkeypatch):
    home = tmp_path / "home"
    monkeypatch.setattr(Path, "home", lambda: home)
    older, newest = (a_checkout(home / "comfy" / f"ComfyUI-{v}", v) for v in ("0.20.0", "0.100.0"))
    assert later_host(two[0]) == (newest, Path(sys.executable))
    assert str(later_host(newest)).startswith(f"no later ComfyUI than {newest}")
    monkeypatch.setenv("COMFYUI_PATH", os.pathsep.join([str(older), str(newest)]))
    assert later_host(older) == f"the whole lane runs on {newest}"


def test_the_lane_runs_once_on_each_of_a_list(two):
    """Names of the tests as a run would have them: one for each release, and plain where there is one."""

    def listed(paths: str) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "--collect-only", "-q", "-o", "addopts=--import-mode=importlib", __file__],
            capture_output=True, text=True, check=False, cwd=Path(__file__).parent,
            env={**os.environ, "COMFYUI_PATH": paths},
        )  # fmt: skip
        return [line.partition("::")[2] for line in done.stdout.splitlines() if "::" in line]

    name = "test_the_host_that_the_lane_runs_on_is_found"
    both = [told for told in listed(os.environ["COMFYUI_PATH"]) if told.startswith(name)]
    assert both == [f"{name}[ComfyUI]", f"{name}[ComfyUI-new]"]
    assert name in listed(str(two[1]))
