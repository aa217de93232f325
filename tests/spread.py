"""How a run in several processes (``pytest -n 2 --dist loadfile``) is spread over them.

Work is handed out in units: a file, or several that share a start of some seconds (a real server, a frontend's page).
The longest unit comes first, so that the end of the run is filled with short ones and no process waits for another:
xdist alone begins with the file that holds the most tests, and a file of four tests that runs a minute comes last.

``costs.json`` holds the seconds of each unit; a run with ``WAN_MOVE_COSTS=1`` writes it anew. It only orders: a unit
that it lacks or tells wrongly is run all the same.
"""

from __future__ import annotations

import json
import re
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

COSTS = Path(__file__).resolve().parent / "costs.json"
HOST_LANE = "tests/host/"
FRONTEND_LANE = "tests/browser/comfy/test_frontend"
_FRONTEND_FILE = re.compile(r"tests/browser/\w+/test_frontend")
_VERSION = re.compile(r"\[(?:.*-)?(\d+\.\d+\.\d+)(?:-.*)?\]$")


def unit_of(nodeid: str, host_is_one: bool = True) -> str:
    """The unit of a test: its file; the real server's lane as a whole; the frontend's lane by the page's version.

    ``host_is_one`` is off for a run of that lane alone, whose files then go to all processes, each with a server.
    """
    file, _, test = nodeid.partition("::")
    if host_is_one and file.startswith(HOST_LANE):
        return HOST_LANE
    version = _VERSION.search(test)
    if version and _FRONTEND_FILE.match(file):
        return f"{FRONTEND_LANE}*[{version[1]}]"
    return file


def units_of(nodeids: Iterable[str]) -> Callable[[str], str]:
    """:func:`unit_of` as this run needs it."""
    several_lanes = any(not nodeid.startswith(HOST_LANE) for nodeid in nodeids)
    return lambda nodeid: unit_of(nodeid, host_is_one=several_lanes)


def longest_first(nodeids: list[str], costs: dict[str, float]) -> list[int]:
    """Places in ``nodeids`` as they are to run. Within a unit their order stays; an unknown unit is a median one."""
    unit = units_of(nodeids)
    usual = statistics.median(costs.values()) if costs else 0.0
    first = {}
    for place, nodeid in enumerate(nodeids):
        first.setdefault(unit(nodeid), place)
    names = [unit(nodeid) for nodeid in nodeids]
    return sorted(range(len(nodeids)), key=lambda place: (-costs.get(names[place], usual), first[names[place]], place))


def frontends_together(nodeids: list[str]) -> list[int]:
    """Places in ``nodeids`` as one process runs them: all tests on a version's page where the first of them is.

    Everything else keeps its place; a page that was left is opened anew, and that costs as much as a dozen tests.
    """
    first: dict[str, int] = {}
    places = []
    for place, nodeid in enumerate(nodeids):
        unit = unit_of(nodeid)
        own = first.setdefault(unit, place) if unit.startswith(FRONTEND_LANE) else place
        places.append((own, place))
    return [place for _, place in sorted(places)]


def read_costs() -> dict[str, float]:
    return json.loads(COSTS.read_text(encoding="utf-8")) if COSTS.is_file() else {}


def scheduler(config: pytest.Config, log: Any) -> Any:
    """xdist's own by files, with our units, in the order in which the tests were collected."""
    from xdist.scheduler import LoadFileScheduling

    class ByUnits(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            if not hasattr(self, "unit"):
                self.unit = units_of(next(iter(self.registered_collections.values())))
            return self.unit(nodeid)

    config.option.loadscopereorder = False
    return ByUnits(config, log)


class Measured:
    """Seconds of every unit, and how long each process stood idle at the end."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.ended: list[float] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[unit_of(report.nodeid)] += report.duration

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self) -> None:
        self.ended.append(time.monotonic())

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        known = {**read_costs(), **{unit: round(seconds, 1) for unit, seconds in self.seconds.items()}}
        known = {unit: known[unit] for unit in sorted(known, key=lambda unit: (-known[unit], unit))}
        COSTS.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
        idle = ", ".join(f"{max(self.ended) - end:.0f} s" for end in self.ended)
        terminalreporter.write_line(f"{COSTS.name} written; idle at the end: {idle or '-'}")
