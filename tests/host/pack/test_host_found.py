"""Where the host cannot run, its tests skip and say what is missing, instead of failing one by one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from _host import missing_requirements, why_no_host


def test_incomplete_requirements_are_named(comfy_checkout, monkeypatch):
    """With the interpreter that runs the tests, where it lacks what the host requires."""
    lacking = missing_requirements(comfy_checkout, Path(sys.executable))
    if "comfyui-frontend-package" not in lacking:
        pytest.skip("this interpreter has the host's requirements")
    monkeypatch.setenv("COMFYUI_PYTHON", sys.executable)
    why = why_no_host.__wrapped__()
    assert why is not None and "ComfyUI's own requirements are incomplete" in why
    assert all(name in why for name in lacking) and "requirements.txt" in why


def test_the_host_that_the_lane_runs_on_is_found(comfy_python, comfy_checkout):
    assert why_no_host.__wrapped__() is None
    assert not {"torch", "aiohttp", "safetensors"} & set(missing_requirements(comfy_checkout, comfy_python))
