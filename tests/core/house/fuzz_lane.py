"""What the fuzz tests share: how many inputs they try, and what each costs in memory and time.

``WAN_MOVE_FUZZ=10`` tries ten times as many, each other than the ones before. At the end of the run the largest costs
are printed (conftest.py); memory is held to the limit at once, time only in the longer runs: a shared machine may stall
at any time, and a test that fails for that teaches nothing.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MORE = max(1, int(os.environ.get("WAN_MOVE_FUZZ", "1")))
MAX_MEMORY_BYTES = 512 * 2**20
MAX_SECONDS = 5.0


def rounds(count: int) -> int:
    """So many inputs in a run of this length."""
    return count * MORE


@dataclass
class Costs:
    inputs: int = 0
    memory_bytes: int = 0
    memory_of: str = ""
    seconds: float = 0.0
    seconds_of: str = ""


TOTAL = Costs()


@contextmanager
def one(name: str, result_bytes: int = 0) -> Iterator[None]:
    """One input: what happens inside is counted, measured and held to the limits.

    ``result_bytes``: what an accepted input leaves behind, which is no part of the bound.
    """
    before, started = _held(reset=True), time.process_time()
    try:
        yield
    finally:  # a refusal costs too
        seconds, memory = time.process_time() - started, max(0, _held(reset=False) - before - result_bytes)
        TOTAL.inputs += 1
        if memory > TOTAL.memory_bytes:
            TOTAL.memory_bytes, TOTAL.memory_of = memory, name
        if seconds > TOTAL.seconds:
            TOTAL.seconds, TOTAL.seconds_of = seconds, name
        assert memory <= MAX_MEMORY_BYTES, f"{name}: {memory >> 20} MiB"
        assert MORE == 1 or seconds <= MAX_SECONDS, f"{name}: {seconds:.1f} s"


def summary() -> str:
    return (
        f"{TOTAL.inputs:,} inputs; most memory {TOTAL.memory_bytes / 2**20:.0f} MiB ({TOTAL.memory_of}), at most "
        f"{MAX_MEMORY_BYTES >> 20}; longest {TOTAL.seconds:.2f} s ({TOTAL.seconds_of}), at most {MAX_SECONDS:g}"
    )


def _held(reset: bool) -> int:
    """Bytes in memory now (``reset``), or the most since the last reset; where the system tells only the most of the
    whole run, that."""
    try:
        if reset:
            Path("/proc/self/clear_refs").write_text("5")
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmRSS:" if reset else "VmHWM:")[1].split()[0]) * 1024
    except (OSError, IndexError):
        try:
            import resource
        except ImportError:  # Windows tells nothing of the kind
            return 0
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024
