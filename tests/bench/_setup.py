"""Shared by the benches: our core loaded by location, a real ComfyUI where one is found, medians, and who measured.

The repository's root never goes on sys.path (its `nodes` would shadow the host's), so the core is loaded by file.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

ROOT = Path(__file__).resolve().parents[2]


def load_core() -> None:
    """Make ``import wan_move_core`` give this checkout's core."""
    if "wan_move_core" in sys.modules:
        return
    folder = ROOT / "wan_move_core"
    spec = importlib.util.spec_from_file_location(
        "wan_move_core", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["wan_move_core"] = module
    spec.loader.exec_module(module)


def comfy_checkout() -> Path | None:
    """The first of $COMFYUI_PATH, else ~/comfy/ComfyUI, else the checkout this pack sits in."""
    places = [
        *os.environ.get("COMFYUI_PATH", "").split(os.pathsep),
        Path.home() / "comfy" / "ComfyUI",
        ROOT.parent.parent,
    ]
    return next((Path(p) for p in places if p and (Path(p) / "comfy" / "sd.py").is_file()), None)


def rerun_under_comfy(script: str, *needs: str) -> None:
    """Run this bench again under the host's interpreter, both timed in one process; return if none.

    ``needs``: packages that the bench wants beside torch; an interpreter without them is told and left.
    """
    checkout = comfy_checkout()
    if checkout is None or os.environ.get("WAN_MOVE_BENCH_INSIDE"):
        return
    python = os.environ.get("COMFYUI_PYTHON") or str(Path.home() / "comfy" / "venv" / "bin" / "python")
    # Two virtual environments may share one interpreter file, so links are not followed here.
    if not Path(python).is_file() or Path(python).absolute() == Path(sys.executable).absolute():
        return
    lacking = [n for n in needs if subprocess.run([python, "-c", f"import {n}"], capture_output=True).returncode]
    if lacking:
        sys.stderr.write(f"{python} has no {', '.join(lacking)}: measured without ComfyUI.\n")
        return
    done = subprocess.run(
        [python, script, *sys.argv[1:]], env={**os.environ, "WAN_MOVE_BENCH_INSIDE": "1"}, check=False
    )
    sys.exit(done.returncode)


def load_host() -> str | None:
    """Put the host on sys.path, on the CPU; its version, or None where there is no host or it does not import."""
    checkout = comfy_checkout()
    if checkout is None:
        return None
    sys.path.insert(0, str(checkout))
    try:
        import comfy.options
        from comfy.cli_args import args

        args.cpu = True
        # What its nodes need, so that a part of it is not taken for the whole.
        import comfy.sd  # noqa: F401
        import comfyui_version
    except ImportError as error:
        # Not a line of the section: its header says that no host stood beside.
        sys.stderr.write(f"The host at {checkout} does not import here: {error}\n")
        return None
    return comfyui_version.__version__


def interleaved(functions: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Seconds per call, all functions in turn in every round, so that a noisy neighbour troubles all alike."""
    times: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            start = time.perf_counter()
            function()
            times[name].append(time.perf_counter() - start)
    return times


def ms(seconds: list[float]) -> float:
    """Median in milliseconds."""
    return statistics.median(seconds) * 1000


def header(title: str, host_version: str | None = None) -> str:
    import torch

    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    host = f"; beside ComfyUI {host_version}" if host_version else "; no ComfyUI found"
    return (
        f"## {title}\n{time.strftime('%Y-%m-%d')}, commit {commit.stdout.strip() or 'unknown'}, "
        f"{platform.machine()} with {os.cpu_count()} cores, torch {torch.__version__}, "
        f"{torch.get_num_threads()} thread(s){host}\n"
    )
