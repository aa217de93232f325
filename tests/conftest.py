"""Shared by every test lane: where the golden data is, one thread for tiny tensors, how a run is spread."""

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

# Test files are imported by path, and the names of this folder's rooms stay off sys.path.
sys.path.insert(0, str(ROOT / "tests"))
import spread  # noqa: E402

sys.path.pop(0)


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("WAN_MOVE_COSTS") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(spread.Measured())


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    names = [item.nodeid for item in items]
    several = hasattr(config, "workerinput")
    order = spread.longest_first(names, spread.read_costs()) if several else spread.frontends_together(names)
    items[:] = [items[place] for place in order]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    return spread.scheduler(config, log) if config.option.dist == "loadfile" else None


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
def playwright() -> Iterator[Any]:
    """A thread can hold only one at a time, whichever browsers it starts."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    """One browser for every lane: Chromium, or what $WAN_MOVE_BROWSER names."""
    # Test files are imported by path; what the lanes share lies in a plain module.
    sys.path.insert(0, str(ROOT / "tests" / "browser"))
    from engines import asked_engine, start

    started = start(playwright, getattr(request, "param", None) or asked_engine())
    if isinstance(started, str):
        pytest.skip(started)
    yield started
    started.close()
