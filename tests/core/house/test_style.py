"""Formatting, lint and types are part of what must hold."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def _tool(name: str) -> str:
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@pytest.mark.parametrize("arguments", [["check", "."], ["format", "--check", "."]], ids=["lint", "format"])
def test_ruff(arguments):
    done = subprocess.run([_tool("ruff"), *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_pyright():
    """What people run; the tests' own types take minutes more, and are looked at with the other slow checks."""
    folders = [] if os.environ.get("WAN_MOVE_SLOW_TESTS") else ["wan_move_core", "nodes"]
    done = subprocess.run(
        [_tool("pyright"), "--pythonpath", sys.executable, *folders],
        cwd=ROOT, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    if done.returncode not in (0, 1):
        pytest.skip(f"pyright could not run here: {(done.stderr or done.stdout)[-300:]}")
    assert done.returncode == 0, done.stdout[-6000:]


def test_files_stay_readable():
    """A file that grows past 400 lines wants to be two."""
    long = []
    for pattern in ("wan_move_core/**/*.py", "nodes/**/*.py", "js/**/*.mjs", "js/*.js"):
        for path in ROOT.glob(pattern):
            lines = path.read_text(encoding="utf-8").count("\n")
            if lines > 400:
                long.append(f"{path.relative_to(ROOT)}: {lines}")
    assert not long, long
