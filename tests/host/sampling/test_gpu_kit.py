"""The parts of the bench for a card that need a ComfyUI: each runs, on two thin layers, with the host's own modules."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from _host import lend_requirements

BENCH = Path(__file__).resolve().parents[2] / "bench" / "gpu.py"
PARTS = ("comfy", "comfy-fp8", "comfy-lead", "comfy-experts", "comfy-stream", "comfy-accel")


@pytest.fixture(scope="module")
def told(comfy_checkout, comfy_python, tmp_path_factory):
    """What the bench wrote."""
    out = tmp_path_factory.mktemp("gpu kit")
    environment = {**os.environ, "COMFYUI_PATH": str(comfy_checkout), "OMP_NUM_THREADS": "1"}
    environment.pop("PYTHONPATH", None)
    lent = lend_requirements(comfy_python, out / "lent")
    if lent is not None:
        environment["PYTHONPATH"] = str(lent)
    done = subprocess.run(
        [str(comfy_python), str(BENCH), "--tiny", "--out", str(out), "--only", *PARTS],
        capture_output=True, text=True, check=False, env=environment, timeout=280,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads((out / "gpu.json").read_text())


def test_every_part_runs_on_this_host(told):
    notes = {part["name"]: (part["status"], part["note"]) for part in told["parts"]}
    assert notes.pop("comfy-stream") == ("skipped", "streams are a card's")
    assert {name: status for name, (status, _) in notes.items()} == dict.fromkeys(notes, "done"), notes


def test_what_it_measures_is_there(told):
    rows = {row["key"]: row for part in told["parts"] for row in part["rows"] if row["key"]}
    wanted = {"comfy stock 1", "comfy ours 1", "comfy ours 3", "comfy matmul 1", "lead 1", "experts step"}
    assert wanted | {"experts change", "torch.compile, inductor", "EasyCache at its defaults"} <= rows.keys()
    assert all(rows[key]["value"] > 0 for key in wanted)
    failed = [row["what"] for part in told["parts"] for row in part["rows"] if row["note"].startswith("failed")]
    assert not failed
