"""What the command line costs before it does anything: help, and a refused argument, in fresh processes.

python tests/bench/cli_start.py [runs]        processor seconds; beside a Python that does nothing, and one with torch
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import _setup

AIM_SECONDS = 0.3
LINES = {
    "`wan-move --help`": ["--help"],
    "`wan-move generate --help`": ["generate", "--help"],
    "`wan-move generate --nope`": ["generate", "--nope"],
    "`wan-move tracks check --help`": ["tracks", "check", "--help"],
    "`wan-move tracks check --nope`": ["tracks", "check", "--nope"],
    "`wan-move bench generate --help`": ["bench", "generate", "--help"],
    "a misspelt command": ["drafft"],
}


def cpu_seconds(*command: str) -> float:
    """Processor time of a process and its children, which a busy machine changes less than the clock's."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    env = {**os.environ, "PYTHONPATH": str(_setup.ROOT)}
    subprocess.run(command, capture_output=True, check=False, env=env, cwd=Path.home())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    print("## The command line's own start\n")
    print(f"Processor seconds of a fresh process, median of {runs}; the aim is {AIM_SECONDS}.\n")
    bare: list[float] = []
    told: dict[str, list[float]] = {what: [] for what in LINES}
    torch: list[float] = []
    for _ in range(runs):
        bare.append(cpu_seconds(sys.executable, "-c", "pass"))
        torch.append(cpu_seconds(sys.executable, "-c", "import torch"))
        for what, args in LINES.items():
            told[what].append(cpu_seconds(sys.executable, "-P", "-m", "wan_move_core.cli", *args))
    empty = statistics.median(bare)
    print("| what | of an empty Python | CPU s | |\n|---|---|---|---|")
    for what, seconds in told.items():
        took = statistics.median(seconds)
        print(f"| {what} | {took / empty:.1f} × | {took:.2f} | {'met' if took <= AIM_SECONDS else 'missed'} |")
    heavy = statistics.median(torch)
    print(f"| (a Python that imports torch) | {heavy / empty:.1f} × | {heavy:.2f} | |")
    print(f"| (an empty Python) | 1 × | {empty:.3f} | |")


if __name__ == "__main__":
    main()
