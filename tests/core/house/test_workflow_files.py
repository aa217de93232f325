"""The public runs: every version that the pack names is a lane of theirs, and what they start is here."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
ROOT = Path(__file__).resolve().parents[3]
PROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def jobs():
    return yaml.safe_load((ROOT / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8"))["jobs"]


def _declared(key: str) -> str:
    found = re.search(rf'^{key} = ">=([\d.]+)"$', PROJECT, re.MULTILINE)
    assert found, key
    return found[1]


def test_the_oldest_python_and_the_oldest_host_have_a_lane(jobs):
    core, host = (jobs[name]["strategy"]["matrix"] for name in ("core", "host"))
    assert core["python"][0] == _declared("requires-python")
    assert {name.partition("-")[0] for name in core["os"]} == {"ubuntu", "windows", "macos"}
    assert host["comfyui"][0] == f"v{_declared('requires-comfyui')}"
    assert all(re.fullmatch(r"v\d+\.\d+\.\d+", tag) for tag in host["comfyui"]), "a branch's head is another every day"


def test_every_browser_has_a_lane(jobs):
    sys.path.insert(0, str(ROOT / "tests" / "browser"))
    from engines import ENGINES

    assert [lane["engine"] for lane in jobs["browser"]["strategy"]["matrix"]["include"]] == list(ENGINES)
    assert jobs["browser"]["env"]["WAN_MOVE_BROWSER"] == "${{ matrix.engine }}"


def test_types_are_checked_once(jobs):
    """pyright takes longer than half of a lane."""
    commands = {name: " ".join(step.get("run", "") for step in job["steps"]) for name, job in jobs.items()}
    assert "test_style.py" in commands["style"]
    assert "--ignore tests/core/house/test_style.py" in commands["core"]


def test_what_is_started_is_here(jobs):
    named = set()
    for job in jobs.values():
        told = [step.get("run", "") for step in job["steps"]]
        told += [f"pytest {lane['tests']}" for lane in job.get("strategy", {}).get("matrix", {}).get("include", [])]
        for line in "\n".join(told).splitlines():
            words = shlex.split(line)
            if words and words[0] == "pytest":
                named |= {word for word in words[1:] if word.startswith("tests/")}
    assert {"tests/core", "tests/host", "tests/browser"} <= named
    assert [place for place in sorted(named) if not (ROOT / place).exists()] == []
