"""The bench for a card, on the CPU: every part runs, and what fails, hangs or comes too late costs only itself."""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench"


def _run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    told = {k: v for k, v in os.environ.items() if k not in ("COMFYUI_PATH", "CUDA_VISIBLE_DEVICES")}
    command = [sys.executable, str(BENCH / "gpu.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=290, env={**told, **environment})


@pytest.fixture
def bench(monkeypatch):
    """The script as a module."""
    monkeypatch.syspath_prepend(str(BENCH))
    ended = signal.getsignal(signal.SIGTERM)
    yield importlib.import_module("gpu")
    signal.signal(signal.SIGTERM, ended)
    for name in [n for n in sys.modules if n == "gpu" or n.partition(".")[0] == "gpu_parts"]:
        del sys.modules[name]


def _statuses(told: dict) -> dict[str, str]:
    return {part["name"]: part["status"] for part in told["parts"]}


@pytest.fixture(scope="module")
def tried(tmp_path_factory):
    """(every part's name, its folder, the process that has run them all): torch and diffusers are imported once."""
    pytest.importorskip("diffusers", reason="the extra 'standalone' is not installed")
    folder = tmp_path_factory.mktemp("tried")
    listed = [line.split()[0] for line in _run("--list").stdout.splitlines()]
    return listed, folder, _run("--tiny", "--out", str(folder), "--only", *listed)


def test_every_part_runs_on_two_thin_layers(tried):
    listed, folder, done = tried
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads((folder / "gpu.json").read_text())
    absent = {n for n in listed if n.startswith("comfy")} | {"lora"}
    notes = {part["name"]: part["note"] for part in told["parts"]}
    others = {n: s for n, s in _statuses(told).items() if n not in absent | {"compile"}}
    assert others == dict.fromkeys([n for n in listed if n not in absent | {"compile"}], "done"), notes
    assert notes["comfy"] == notes["comfy-experts"] == "no ComfyUI at $COMFYUI_PATH"
    rows = {row["key"]: row for part in told["parts"] for row in part["rows"] if row["key"]}
    wanted = {"stock 1", "plain 1", "published 1", "published 2", "published 3", "fp8 1", "fp8 matmul 1"}
    wanted |= {"12g step", "12g clip", "16g clip", "24g clip", "encode", "decode", "guide 200", "lead host"}
    assert wanted <= rows.keys()
    assert all(rows[key]["value"] > 0 for key in wanted)
    three, one = rows["published 3"], rows["published 1"]
    assert three["ratio"] == pytest.approx(three["value"] / one["value"]) and three["beside"] == "1 branch"
    assert done.stdout.strip() == (folder / "gpu.md").read_text().strip()
    assert told["card"].startswith("none") and told["torch"] and told["commit"]
    # A card's targets are not judged by what has no card.
    assert "| preset 12g under 12 GB | not measured | |" in done.stdout


def test_compiled_blocks(tried):
    _, folder, done = tried
    told = json.loads((folder / "gpu.json").read_text())
    assert _statuses(told)["compile"] == "done", done.stdout + done.stderr[-2000:]


def test_no_part_starts_without_time_for_it(tmp_path):
    done = _run("--tiny", "--seconds", "0.5", "--out", str(tmp_path), "--only", "guide", "matrices")
    assert done.returncode == 0, done.stderr
    assert set(_statuses(json.loads((tmp_path / "gpu.json").read_text())).values()) == {"no time"}
    assert "not started: it takes about 1 s, 0 s were left" in done.stdout


def test_unknown_parts_are_refused():
    done = _run("--only", "gide")
    assert done.returncode == 2 and "no part gide; there are matrices, guide" in done.stderr


def test_without_a_card_the_kept_result_is_printed(bench, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(bench, "KEPT", tmp_path)
    with pytest.raises(SystemExit) as ended:
        bench.print_kept()
    out = capsys.readouterr().out
    assert ended.value.code == 0 and out.startswith("Not measured: ") and "no result kept" in out
    (tmp_path / "gpu.json").write_text(json.dumps({"card": "a card", "date": "1999", "parts": []}))
    bench.print_kept()
    assert capsys.readouterr().out.startswith("## GPU: a card\n\n1999")


WORKER = """
import json, os, signal, sys, time
told = json.loads(sys.argv[2])
with open(told["events"], "a") as events:
    def tell(**event):
        events.write(json.dumps(event) + "\\n")
        events.flush()
    tell(event="card", card="paper", torch="0")
    for part in told["parts"]:
        # An estimate that leaves no patience makes the one that hangs end at once.
        tell(event="begin", part=part, estimate=-30 if part == "guide" else 1)
        tell(event="row", what=f"row of {part}", value=1.5, unit="s", note="", key="", ratio=None, beside="")
        if part == "matrices":
            # Windows has no SIGKILL; there any other ends a process as suddenly, with its number as the exit code.
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
        if part == "guide":
            time.sleep(60)
        tell(event="end", part=part, status="done", seconds=1.5, note="", known={"forward_seconds": 2.0})
"""


def test_a_part_that_dies_or_hangs_costs_only_itself(bench, tmp_path, monkeypatch, capsys):
    """The script's own watching, with a worker that is killed in its first part and hangs in its second."""
    worker = tmp_path / "worker.py"
    worker.write_text(WORKER)
    monkeypatch.setattr(bench, "__file__", str(worker))
    monkeypatch.setattr(sys, "argv", ["gpu.py", "--only", "matrices", "guide", "steps", "fp8", "--out", str(tmp_path)])
    assert bench.main() == 0
    told = json.loads((tmp_path / "gpu.json").read_text())
    assert _statuses(told) == {"matrices": "failed", "guide": "failed", "steps": "done", "fp8": "done"}
    notes = {part["name"]: part["note"] for part in told["parts"]}
    killed = f"ended with {-signal.SIGKILL if hasattr(signal, 'SIGKILL') else int(signal.SIGTERM)};"
    assert killed in notes["matrices"] and "nothing heard" in notes["guide"]
    assert all([row["what"] for row in part["rows"]] == [f"row of {part['name']}"] for part in told["parts"])
    out = capsys.readouterr().out
    assert "## GPU: paper" in out and "row of matrices" in out


def test_targets_are_held_against_the_numbers(bench):
    rows = [
        {"key": key, "what": key, "value": value, "unit": "s", "note": "", "ratio": ratio, "beside": "stock", **peaks}
        for key, value, ratio, peaks in (
            ("plain 1", 4.6, 1.03, {}),
            ("published 1", 4.7, 1.04, {}),
            ("guide 200", 2.0, None, {}),
            ("12g clip", 9.0, None, {"peak_reserved_gb": 12.4, "peak_allocated_gb": 11.0}),
        )
    ]
    told = {"card": "x", "parts": [{"name": "a", "title": "A", "status": "done", "note": "", "rows": rows}]}
    text = bench.markdown(told)
    assert "precision plain) | 1.03 | **not met** |" in text
    assert "precision published) | 1.04 | met |" in text
    assert "preset 12g under 12 GB | 12.4 | **not met** |" in text
    # 2 ms of 40 steps of two branches of 4.7 s.
    assert "of a clip, % | 0.0005319 | met |" in text
    assert "| A | plain 1 | 4.60 s |  | 1.03 x stock |  |" in text


def test_wheels_for_this_python_are_unpacked(bench, tmp_path):
    import zipfile

    site, scratch = tmp_path / "site", tmp_path / "scratch"
    site.mkdir()
    here, other = f"cp3{sys.version_info.minor}", f"cp3{sys.version_info.minor + 1}"
    for name in (f"a-1-{here}-{here}-manylinux", f"b-1-{other}-{other}-manylinux", "c-1-py3-none-any"):
        with zipfile.ZipFile(site / f"{name}.whl", "w") as wheel:
            wheel.writestr(f"{name[0]}.py", "")
    folder = bench.unpacked(site, scratch)
    assert sorted(p.name for p in folder.iterdir()) == ["a.py", "c.py"]
    assert bench.unpacked(folder, scratch) == folder
