"""A run in several processes: every test once, the longest first, and what shares a server together."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def spread():
    spec = importlib.util.spec_from_file_location("spread_alone", TESTS / "spread.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_shares_a_start_is_one_unit(spread):
    unit = spread.unit_of
    host = [unit("tests/host/pack/test_pack.py::test_a"), unit("tests/host/tracks/test_editor.py::test_b[x/y]")]
    assert host[0] == host[1] != unit("tests/core/test_a.py::test_a")
    pages = [
        unit(f"tests/browser/comfy/{file}.py::test_a[{case}]")
        for file, case in (
            ("test_frontend", "classic-1.34.9"), ("test_frontend_clip", "1.34.9-nodes2"),
            ("test_frontend_app_mode", "1.58.1 wide"), ("test_frontend", "nodes2-1.58.1"),
        )
    ]  # fmt: skip
    assert pages[0] == pages[1] != pages[3]
    assert unit("tests/browser/together/test_frontend_tasks.py::test_a[1.58.1-nodes2]") == pages[3]
    assert unit("tests/core/a/test_a.py::test_a[tests/host/x::y-1.2.3]") == "tests/core/a/test_a.py"


def test_the_hosts_lane_alone_goes_to_all_processes(spread):
    alone = spread.units_of(["tests/host/a/test_a.py::test_1", "tests/host/b/test_b.py::test_1"])
    assert alone("tests/host/a/test_a.py::test_1") == "tests/host/a/test_a.py"


def test_the_longest_unit_is_first_and_order_within_stays(spread):
    nodeids = ["a.py::1", "b.py::1", "c.py::1", "tests/host/x.py::1", "a.py::2", "tests/host/y.py::1", "d.py::1"]
    order = spread.longest_first(nodeids, {"a.py": 1.0, "tests/host/": 9.0, "b.py": 5.0, "d.py": 0.5, "gone.py": 3.0})
    assert [nodeids[place] for place in order] == [
        "tests/host/x.py::1", "tests/host/y.py::1", "b.py::1", "c.py::1", "a.py::1", "a.py::2", "d.py::1"
    ]  # fmt: skip


def test_one_process_opens_a_versions_page_once(spread):
    files = "tests/browser/comfy/test_frontend.py", "tests/browser/together/test_frontend_tasks.py"
    nodeids = ["a.py::1", f"{files[0]}::t[classic-1.34.9]", f"{files[0]}::t[nodes2-1.58.1]", "b.py::1"]
    nodeids += [f"{files[1]}::t[1.34.9-classic]", f"{files[1]}::t[1.58.1-classic]", "b.py::2"]
    assert spread.frontends_together(nodeids) == [0, 1, 4, 2, 5, 3, 6]


def test_a_real_run_in_two_processes(tmp_path):
    """Every test once, each file in one process, and the one told to be long begun before the one with more tests."""
    pytest.importorskip("xdist", reason="pytest-xdist is not installed")
    for name in ("conftest.py", "spread.py"):
        (tmp_path / "tests" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "tests" / name).write_text((TESTS / name).read_text(encoding="utf-8"), encoding="utf-8")
    counts = {"long": 2, "many": 9, "some": 3, "few": 1}
    body = "import os, time, pytest\nfrom pathlib import Path\n"
    body += "@pytest.mark.parametrize('n', range({count}))\ndef test_it(n):\n"
    body += "    with Path({log!r}).open('a') as log: log.write(f'{name} {{os.getpid()}} {{n}}\\n')\n"
    log = tmp_path / "log"
    for name, count in counts.items():
        text = body.format(count=count, log=str(log), name=name)
        (tmp_path / "tests" / f"test_{name}.py").write_text(text, encoding="utf-8")
    costs = {"tests/test_long.py": 9.0, "tests/test_some.py": 5.0, "tests/test_few.py": 4.0, "tests/test_many.py": 1.0}
    (tmp_path / "tests" / "costs.json").write_text(json.dumps(costs), encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib\n")
    words = ["-m", "pytest", "tests", "-q", "-n", "2", "--dist", "loadfile", "-p", "no:cacheprovider"]
    told = {**os.environ, "WAN_MOVE_COSTS": "1"}
    done = subprocess.run(
        [sys.executable, *words], cwd=tmp_path, env=told, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [line.split() for line in log.read_text().splitlines()]
    assert sorted((name, int(n)) for name, _, n in rows) == sorted((k, n) for k, c in counts.items() for n in range(c))
    for name in counts:
        assert len({process for file, process, _ in rows if file == name}) == 1, name
    # xdist alone begins one process with the file of nine tests; here it comes last, behind another in its process.
    first = next(i for i, row in enumerate(rows) if row[0] == "many")
    assert rows[first][1] in {process for _, process, _ in rows[:first]}
    measured = json.loads((tmp_path / "tests" / "costs.json").read_text())
    assert set(measured) == set(costs) and measured["tests/test_long.py"] != 9.0
    assert "idle at the end" in done.stdout
