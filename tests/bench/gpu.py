"""Proof on a card: seconds and memory at the published size, with random weights that are made on the card itself.

    python tests/bench/gpu.py [--seconds 420] [--out FOLDER] [--site FOLDER] [--only PART ...]

Needs one CUDA card and torch; no network, no checkpoint, no ComfyUI. The parts come in the order of their worth, each
starts only where its estimate still fits into --seconds, and a part that fails or hangs costs only itself: the card is
touched by a process of its own, which is started again when it is lost. Table and JSON are written into --out after
every part, the table goes to standard output at the end. On a machine without a card the last kept result is printed;
--tiny runs everything on the CPU with two thin layers, to try the script and not the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

import _unmeasured
from gpu_parts.plan import Part, choose
from gpu_parts.report import Results, markdown

HERE = Path(__file__).resolve().parent
KEPT = HERE / "gpu_results"
GRACE_SECONDS = 20
"""How far past --seconds a part that started in time may run."""
NO_CARD = 4
"""The worker's exit code where torch sees no CUDA card."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=420, help="time for everything; default 420")
    parser.add_argument("--out", type=Path, help=f"folder for gpu.json, gpu.md and gpu.log; default {KEPT.name}")
    parser.add_argument("--site", type=Path, help="folder of packages or wheels (diffusers, ...) to use first")
    parser.add_argument("--only", nargs="+", metavar="PART", help="measure these parts alone")
    parser.add_argument("--list", action="store_true", help="name the parts and stop")
    parser.add_argument("--tiny", action="store_true", help="two thin layers on the CPU")
    parser.add_argument("--commit", help="what to write as commit where there is no git")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        return run_worker(json.loads(args.worker))
    try:
        parts = choose(args.only)
    except ValueError as error:
        parser.error(str(error))
    if args.list:
        print("\n".join(f"{part.name:13} {part.title}" for part in parts))
        return 0
    # The clock begins before a worker's first import of torch, which alone can take many seconds.
    began = time.time()
    os.environ.setdefault("OMP_NUM_THREADS", "1" if args.tiny else str(min(8, os.cpu_count() or 1)))
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    with tempfile.TemporaryDirectory() as scratch:
        if args.site:
            put_first(unpacked(args.site, Path(scratch)))
        return measure(args, parts, began, Path(scratch))


def measure(args: argparse.Namespace, parts: list[Part], began: float, scratch: Path) -> int:
    """Have workers run the parts until none is left or the time is over; write and print what came out."""
    out = args.out or (scratch / "out" if args.tiny else KEPT)
    log = scratch / "gpu.log"
    results = Results(
        {"date": time.strftime("%Y-%m-%d %H:%M"), "commit": args.commit or commit(), "seconds": 0.0},
        [(part.name, part.title) for part in parts],
    )

    def write() -> None:
        out.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(log, out / log.name)
        results.head["seconds"] = time.time() - began
        results.write(out / "gpu.json")
        (out / "gpu.md").write_text(markdown(results.to_json()), encoding="utf-8", newline="\n")

    def stopped(*_: Any) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stopped)
    deadline = began + args.seconds
    try:
        while (left := results.left()) and time.time() < deadline:
            told = {
                "parts": left,
                "events": str(scratch / f"events{len(left)}.jsonl"),
                "deadline": deadline,
                "tiny": args.tiny,
                "known": results.known,
            }
            code = watch(told, results, log, deadline, write)
            if code == NO_CARD:
                return print_kept()
            if results.left() == left:
                results.give_up(f"no worker came as far as a part: {last_line(log)}")
            write()
    except KeyboardInterrupt:
        results.cut("stopped from outside")
    write()
    print(markdown(results.to_json()))
    return 0


def watch(told: dict[str, Any], results: Results, log: Path, deadline: float, write: Any) -> int | None:
    """Follow one worker to its end, or end it when it takes far too long; its exit code, None where it was ended."""
    events = Path(told["events"])
    events.touch()
    with log.open("a", encoding="utf-8") as stream, events.open(encoding="utf-8") as lines:
        command = [sys.executable, __file__, "--worker", json.dumps(told)]
        worker = subprocess.Popen(command, stdout=stream, stderr=subprocess.STDOUT)
        heard, held = time.time(), ""
        try:
            while True:
                # Asked before the last lines are read: what a worker said before it ended is never lost.
                code = worker.poll()
                held += lines.read()
                *whole, held = held.split("\n")
                for line in whole:
                    event = json.loads(line)
                    print(describe(event), file=sys.stderr, flush=True)
                    results.take(event)
                    heard = time.time()
                    if "status" in event:
                        write()
                if code is not None:
                    results.cut(f"its process ended with {code}; see {log.name}")
                    return code
                if time.time() > min(deadline + GRACE_SECONDS, heard + results.patience()):
                    results.cut(f"stopped: nothing heard for {time.time() - heard:.0f} s")
                    return None
                time.sleep(0.05)
        finally:
            if worker.poll() is None:
                worker.kill()
                worker.wait()


def run_worker(told: dict[str, Any]) -> int:
    import _setup

    _setup.load_core()
    from gpu_parts.worker import work

    return work(choose(told["parts"]), Path(told["events"]), told["deadline"], told["tiny"], told["known"])


def print_kept() -> int:
    kept = KEPT / "gpu.json"
    if kept.exists():
        print(markdown(json.loads(kept.read_text(encoding="utf-8"))))
    else:
        _unmeasured.not_measured("no CUDA card here, and no result kept from another machine")
    return 0


def unpacked(site: Path, scratch: Path) -> Path:
    """``site`` itself; or, where it holds wheels, a folder with those that fit this Python unpacked."""
    if not site.is_dir():
        sys.exit(f"--site {site}: there is no such folder")
    wheels = sorted(site.glob("*.whl"))
    if not wheels:
        return site.resolve()
    fits = (f"-cp{sys.version_info.major}{sys.version_info.minor}-", "-abi3-", "-none-any.", "-py3-none-")
    folder = scratch / "site"
    for wheel in wheels:
        # After name and version: Python, ABI, platform.
        if any(tag in wheel.name for tag in fits):
            with zipfile.ZipFile(wheel) as packed:
                packed.extractall(folder)
    return folder


def put_first(folder: Path) -> None:
    """Before all other packages, in every worker."""
    os.environ["PYTHONPATH"] = os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])


def commit() -> str:
    try:
        command = ["git", "rev-parse", "--short", "HEAD"]
        told = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
    except OSError:
        return "unknown"
    return told.stdout.strip() or "unknown"


def last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1][:200] if lines else "it said nothing"


def describe(event: dict[str, Any]) -> str:
    """One line of progress."""
    kind = event["event"]
    if kind == "row" and event["value"] is not None:
        return f"    {event['what']}: {event['value']:.4g} {event['unit']} {event['note']}"
    if kind == "row":
        return f"    {event['what']}: {event['note']}"
    if kind == "begin":
        return f"{event['part']} (about {event['estimate']:.0f} s)"
    if kind == "end":
        return f"    {event['status']} in {event['seconds']:.0f} s {event['note']}"
    return f"{event['card']}, torch {event['torch']}"


if __name__ == "__main__":
    sys.exit(main())
