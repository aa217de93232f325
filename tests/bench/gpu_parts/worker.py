"""The process that touches the card. It runs the parts it is told, and writes what it learns, a line of JSON at a time.

A part's error ends that part. An error that leaves the card unusable ends the process: ``gpu.py`` then starts another
one for the parts that are left.
"""

from __future__ import annotations

import json
import platform
import time
import traceback
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

from .bench import GB, PUBLISHED, TINY, Bench, Skip
from .plan import Part

CARD_LOST = 3
"""Exit code: the card answers no more in this process."""
NO_CARD = 4
"""Exit code: torch sees no CUDA card."""


def work(parts: list[Part], events: Path, deadline: float, tiny: bool, known: dict[str, Any]) -> int:
    """Run ``parts`` until ``deadline`` (of ``time.time``); the process's exit code.

    ``known`` is what an earlier process of the same run had learned: seconds of an evaluation, times to compare with.
    """
    with events.open("a", encoding="utf-8") as file:

        def tell(event: str, **told: Any) -> None:
            file.write(json.dumps({"event": event, **told}) + "\n")
            file.flush()

        if not tiny and not torch.cuda.is_available():
            return NO_CARD
        # With its number: capping a card's memory asks for one.
        device = torch.device("cpu") if tiny else torch.device("cuda", 0)
        bench = Bench(TINY if tiny else PUBLISHED, device, deadline, lambda row: tell("row", **row))
        tell("card", sizes=str(bench.sizes), **describe(device))
        bench.forward_seconds = known.get("forward_seconds", bench.forward_seconds)
        bench.kept.update({k: v for k, v in known.items() if k != "forward_seconds"})
        for part in parts:
            estimate, left = part.estimate(bench.forward_seconds, tiny), bench.seconds_left()
            if estimate > left:
                tell("begin", part=part.name, estimate=estimate)
                note = f"not started: it takes about {estimate:.0f} s, {max(0, left):.0f} s were left"
                tell("end", part=part.name, status="no time", seconds=0, note=note)
                continue
            tell("begin", part=part.name, estimate=estimate)
            began = time.monotonic()
            status, note = _run(part, bench)
            told = {k: v for k, v in bench.kept.items() if isinstance(v, float)}
            told["forward_seconds"] = bench.forward_seconds
            tell("end", part=part.name, status=status, seconds=time.monotonic() - began, note=note, known=told)
            if status != "done" and not _usable(bench):
                return CARD_LOST
    return 0


def _run(part: Part, bench: Bench) -> tuple[str, str]:
    """(status, note) of one part."""
    try:
        part.load()(bench)
    except Skip as reason:
        return "skipped", str(reason)
    except (Exception, SystemExit) as error:
        traceback.print_exc()
        lines = str(error).strip().splitlines() or [""]
        return "failed", f"{type(error).__name__}: {lines[0][:300]}"
    return "done", ""


def _usable(bench: Bench) -> bool:
    """Whether the card still answers; what the failed part left in its memory is given back."""
    try:
        bench.forget()
        if bench.device.type == "cuda":
            torch.cuda.set_per_process_memory_fraction(1.0, bench.device)
            torch.cuda.synchronize()
    except RuntimeError:
        return False
    return True


def describe(device: torch.device) -> dict[str, Any]:
    """What was measured on: the card and the packages."""
    told: dict[str, Any] = {"torch": torch.__version__, "python": platform.python_version()}
    for package in ("diffusers", "transformers", "accelerate", "triton", "peft"):
        try:
            told[package] = version(package)
        except PackageNotFoundError:
            told[package] = None
    with suppress(RuntimeError):
        # Convolutions of the float32 VAE: torch rounds them to TF32 unless told otherwise.
        told["tf32"] = {"matmul": torch.backends.cuda.matmul.allow_tf32, "cudnn": torch.backends.cudnn.allow_tf32}
    if device.type != "cuda":
        return {**told, "card": f"none ({platform.machine()} CPU)"}
    properties = torch.cuda.get_device_properties(device)
    return {
        **told,
        "card": properties.name,
        "memory_gb": properties.total_memory / GB,
        "capability": f"{properties.major}.{properties.minor}",
        "cuda": torch.version.cuda,
        "free_gb": torch.cuda.mem_get_info()[0] / GB,
    }
