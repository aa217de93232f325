"""torchrun on this machine, whose processes are forked from it once everything is imported.

usage: launch.py COUNT SCRIPT ARGUMENT ... . torch and diffusers take seconds to import in every process: here they do
so once. Where processes cannot be forked safely, each imports for itself, as under torchrun's own command.
"""

from __future__ import annotations

import importlib
import runpy
import sys

from torch.distributed.launcher.api import LaunchConfig, elastic_launch


def run(script: str, *arguments: str) -> None:
    sys.argv = [script, *arguments]
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as ended:
        # The launcher waits for a process to come back, unless it failed.
        if ended.code:
            raise


if __name__ == "__main__":
    forks = sys.platform == "linux"
    if forks:
        for module in ("wan_move_core.cli", "wan_move_core.hosts.diffusers.engine", "transformers.models.umt5"):
            importlib.import_module(module)
    config = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=int(sys.argv[1]),
        rdzv_backend="c10d",
        rdzv_endpoint="localhost:0",
        max_restarts=0,
        start_method="fork" if forks else "spawn",
    )
    elastic_launch(config, run)(*sys.argv[2:])
