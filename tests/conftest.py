"""Shared by every test lane: where the golden data is, and one thread for tiny tensors."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


_FUZZED: list[str] = []


def pytest_sessionfinish(session: pytest.Session) -> None:
    """What the fuzz tests of this process cost; a worker hands it to the process that speaks."""
    lane = sys.modules.get("fuzz_lane")
    if lane is None or not lane.TOTAL.inputs:
        return
    handed = getattr(session.config, "workeroutput", None)
    if handed is None:
        _FUZZED.append(lane.summary())
    else:
        handed["fuzzed"] = lane.summary()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    if said := getattr(node, "workeroutput", {}).get("fuzzed"):
        _FUZZED.append(said)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _FUZZED:
        terminalreporter.write_sep("=", "broken and hostile files")
        for said in _FUZZED:
            terminalreporter.write_line(said)


@pytest.fixture(scope="session")
def repo_root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def golden() -> Path:
    """The folder of reference numbers; a user's clone has none, and then the test says so and skips."""
    folder = SHARED / "golden"
    if not folder.is_dir():
        pytest.skip(f"reference numbers not found at {folder}")
    return folder


@pytest.fixture(scope="session")
def example() -> Path:
    """The published example: image, tracks, visibility."""
    folder = SHARED / "example"
    if not folder.is_dir():
        pytest.skip(f"published example not found at {folder}")
    return folder


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One Chromium for every lane: a thread can hold only one Playwright at a time."""
    # Test files are imported by path; what the lanes share lies in a plain module.
    sys.path.insert(0, str(ROOT / "tests" / "browser"))
    from chromium import CHROMIUM_FLAGS, chromium_path

    path = chromium_path()
    if path is None:
        pytest.skip("no Chromium: install one, or name it in CHROMIUM")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()
