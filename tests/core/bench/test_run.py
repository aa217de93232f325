"""The page of measurements: what a bench cannot measure here, or fails at, leaves what stood there before."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench"
WRITTEN = {
    "good": 'print("## Good\\n\\n| a | b |\\n|---|---|\\n| 1 | 2 |")',
    "lacking": 'import _unmeasured\n_unmeasured.not_measured("no such card.")',
    "failing": 'import sys\nprint("## Half of it")\nsys.exit("it broke")',
    "silent": "",
}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """run.py over four benches of our own, none of which has a section yet."""
    monkeypatch.syspath_prepend(str(BENCH))
    monkeypatch.setenv("PYTHONPATH", str(BENCH))
    spec = importlib.util.spec_from_file_location("bench_run", BENCH / "run.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "bench_run", module)
    spec.loader.exec_module(module)
    for name, text in WRITTEN.items():
        (tmp_path / f"{name}.py").write_text(text)
    for name, value in {"HERE": tmp_path, "RESULTS": tmp_path / "RESULTS.md", "PLOTS": tmp_path / "plots"}.items():
        monkeypatch.setattr(module, name, value)
    monkeypatch.setattr(sys, "argv", ["run.py"])
    return module


def _page(run) -> dict[str, str]:
    return run.sections(run.RESULTS.read_text())


def test_only_what_was_measured_is_written(run, capsys):
    assert run.main() == 1
    told = capsys.readouterr().out
    assert "not measured: no such card. (it has no section)" in told
    assert "failed: ended with 1: it broke (it has no section)" in told
    assert "failed: it printed nothing" in told and "Failed: failing, silent." in told
    assert list(_page(run)) == ["good"]


def test_the_former_section_stays(run, capsys, monkeypatch):
    former = {name: f"## {name.title()}\n\nas it was\n" for name in WRITTEN}
    page = "\n".join([run.INTRO, *(f"<!-- bench {name} -->\n{text}" for name, text in former.items())])
    run.RESULTS.write_text(page)
    assert run.main() == 1
    assert "no such card. (its former section stays)" in capsys.readouterr().out
    after = _page(run)
    assert {n: after[n] for n in former if n != "good"} == {n: former[n] for n in former if n != "good"}
    assert "| 1 | 2 |" in after["good"] and "as it was" not in after["good"]
    # What is lacking is no failure.
    monkeypatch.setattr(sys, "argv", ["run.py", "good", "lacking"])
    assert run.main() == 0


def _start(name: str, **environment: str) -> subprocess.CompletedProcess[str]:
    script = next(BENCH.rglob(f"{name}.py"))
    told = {k: v for k, v in os.environ.items() if k not in ("COMFYUI_PATH", "WAN_MOVE_PHOTOGRAPHS")}
    return subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=120, env={**told, **environment}
    )


@pytest.mark.parametrize(
    "name", ["cutout", "draft_photos", "editor", "editor_graph", "editor_watch", "host", "import_time"]
)
def test_on_a_bare_machine_a_bench_says_in_one_line_what_it_lacks(name, tmp_path):
    """No photographs, no Node and no browser on the path, no ComfyUI, no frontend and none that could be fetched."""
    if name in ("cutout", "draft_photos") and importlib.util.find_spec("skimage"):
        pytest.skip("scikit-image's photographs are installed here")
    nowhere = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path), "PATH": str(tmp_path), "CHROMIUM": ""}
    done = _start(name, **nowhere, PIP_NO_INDEX="1", PLAYWRIGHT_BROWSERS_PATH=str(tmp_path))
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.startswith("Not measured: ") and len(done.stdout.splitlines()) == 1


def test_without_a_card_the_kept_result_is_shown_and_without_one_a_line(monkeypatch, capsys):
    monkeypatch.syspath_prepend(str(BENCH))
    gpu = importlib.import_module("gpu")
    try:
        monkeypatch.setattr(gpu, "KEPT", BENCH / "gpu_results")
        assert gpu.print_kept() == 0
        shown = capsys.readouterr().out
        assert shown.startswith("## ") and "not measured" not in shown.splitlines()[0].lower()
        monkeypatch.setattr(gpu, "KEPT", BENCH / "nowhere")
        with pytest.raises(SystemExit) as ended:
            gpu.print_kept()
        assert ended.value.code == 0
        assert capsys.readouterr().out.startswith("Not measured: no CUDA card here")
    finally:
        for name in [n for n in sys.modules if n == "gpu" or n.partition(".")[0] == "gpu_parts"]:
            del sys.modules[name]
