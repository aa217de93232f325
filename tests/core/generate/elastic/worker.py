"""Run by torchrun: ``wan-move`` with the model left out; a frame is noise that the seed decides.

usage: worker.py LOG SECONDS COMMAND ... . Every case that is begun is noted in LOG as ``begin CASE PID``, with
``end CASE PID`` once it is computed. SECONDS: of a case, one number for all ranks or one a rank, by commas.
"""

from __future__ import annotations

import importlib
import os
import sys
import time
from pathlib import Path

from wan_move_core.generate.elastic.outlive import CHILD, is_worth_it

log, seconds = Path(sys.argv[1]), [float(word) for word in sys.argv[2].split(",")]


def note(what: str, name: str) -> None:
    # One short write to a file opened for appending: lines of several processes do not mix.
    with log.open("a") as stream:
        stream.write(f"{what} {name} {os.getpid()} {time.time():.3f}\n")


def make(self, case, on_step=None):
    import numpy as np

    name = Path(case.output).stem
    note("begin", name)
    if f"{name}.fails" in os.environ.get("WORKER_FAILS", ""):
        from wan_move_core.errors import WanMoveError

        raise WanMoveError(where="Picture", what="it is gone", fix="bring it back")
    time.sleep(seconds[int(os.environ["RANK"]) % len(seconds)])
    width, height = self.size_of(case)
    frames = np.random.default_rng(case.seed).integers(0, 255, (self.settings.frames, height, width, 3), dtype=np.uint8)
    note("end", name)
    return frames


def slowly(measured):
    def slow(*given):
        time.sleep(seconds[0])
        return measured(*given)

    return slow


if CHILD in os.environ or not is_worth_it():
    from wan_move_core.commands.takes import measure
    from wan_move_core.hosts.diffusers.engine import Engine

    Engine.prepare = lambda self, cases: note("prepare", str(len(cases)))  # type: ignore[method-assign]
    Engine.make = make  # type: ignore[method-assign]
    # A take is measured for as long as it is made.
    measure.measured = slowly(measure.measured)
    note("start", os.environ["RANK"])
sys.exit(importlib.import_module("wan_move_core.cli").main(sys.argv[3:]))
