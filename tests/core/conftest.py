"""What the fuzz tests cost, at the end of a run that had any."""

from __future__ import annotations

import sys


def pytest_terminal_summary(terminalreporter) -> None:
    lane = sys.modules.get("fuzz_lane")
    if lane is not None and lane.TOTAL.inputs:
        terminalreporter.write_sep("=", "broken and hostile files")
        terminalreporter.write_line(lane.summary())
