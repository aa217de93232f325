"""``wan-move bench generate``: killed in the middle it goes on, and what is there is checked, not made again."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("diffusers", reason="the extra 'standalone' is not installed")

from wan_move_core import cli
from wan_move_core.errors import WanMoveError
from wan_move_core.generate.sidefile import read_side_file
from wan_move_core.hosts.diffusers.engine import Engine
from wan_move_core.movebench.dataset import read_dataset
from wan_move_core.movebench.runs import BenchRecord, bench_cases, read_record, sweep
from wan_move_core.video import read_clip

_spec = importlib.util.spec_from_file_location("movebench_mini", Path(__file__).with_name("movebench_mini.py"))
assert _spec is not None and _spec.loader is not None
mini = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(mini)

SIZE_WH, FRAMES = (80, 48), 5
LAUNCH = Path(__file__).resolve().parents[1] / "hosts" / "diffusers" / "torchrun_cases" / "launch.py"


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return mini.make(tmp_path_factory.mktemp("data") / "MoveBench", SIZE_WH, FRAMES)


@pytest.fixture(scope="module")
def command(golden, dataset, tmp_path_factory):
    """``wan-move bench generate`` with the tiny published-layout checkpoint; add -o."""
    tiny, folder = golden / "tiny_official", tmp_path_factory.mktemp("embeds")
    np.save(folder / "embeds.npy", np.load(tiny / "expected.npz")["clip_features"])
    model = ("--ckpt_dir", str(tiny / "checkpoint"), "--dtype", "fp32", "--device", "cpu", "--mode", "multi")
    small = ("--frames", "5", "--steps", "1", "--base_seed", "70", "--negative-prompt", "bad")
    return ["bench", "generate", str(dataset), *model, *small, "--image-embeds", str(folder / "embeds.npy")]


# Each process says who it is, and rests after every clip, so that it is killed between the second and the last.
SLOW = """
import os, sys, time
from pathlib import Path
import wan_move_core.generate.results as results
Path(sys.argv[1], os.environ["RANK"] + ".pid").write_text(str(os.getpid()))
write = results.write_result
def rested(*given):
    made = write(*given)
    time.sleep(1.5)
    return made
results.write_result = rested
from wan_move_core import cli
sys.exit(cli.main(sys.argv[2:]))
"""


@pytest.fixture(scope="module")
def resumed(command, tmp_path_factory):
    """Two processes under torchrun, killed with SIGKILL after at least two clips; one process goes on."""
    if not hasattr(signal, "SIGKILL"):
        pytest.skip("needs SIGKILL")
    folder = tmp_path_factory.mktemp("killed")
    out, script = folder / "results", folder / "slow.py"
    script.write_text(SLOW)
    words = [*command, "-o", str(out), "--quiet"]
    run = [sys.executable, str(LAUNCH), "2"]
    with (folder / "log").open("w") as log:
        started = subprocess.Popen([*run, str(script), str(folder), *words], stderr=log)
    try:
        deadline = time.monotonic() + 240
        while len(list(out.glob("clip_*.mp4"))) < 2:
            assert started.poll() is None, (folder / "log").read_text()[-3000:]
            assert time.monotonic() < deadline, "no clip was made"
            time.sleep(0.1)
    finally:
        pids = [int(path.read_text()) for path in folder.glob("*.pid")]
        for pid in (started.pid, *pids):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        started.wait()
    # The workers are not our children: wait until they are gone, or what they were writing would still come.
    while any(Path(f"/proc/{pid}").exists() and "Z" not in _state(pid) for pid in pids):
        time.sleep(0.05)
    before = {path.name: path.stat().st_mtime_ns for path in out.glob("clip_*.mp4")}
    # What a kill in the middle of writing leaves behind.
    (out / f".clip_9.{pids[0]}.new.mp4").write_bytes(b"half")
    made, make = [], Engine.make

    def note(self, case, on_step=None):
        made.append(Path(case.output).stem)
        return make(self, case, on_step)

    Engine.make = note
    try:
        code_again = cli.main([*words[:-1]])
    finally:
        Engine.make = make
    return out, before, made, code_again


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def test_a_killed_run_goes_on(resumed):
    out, before, made, code = resumed
    assert code == 0
    assert 2 <= len(before) < 12
    assert sorted([*made, *(Path(name).stem for name in before)]) == sorted(f"clip_{i}" for i in range(12))
    assert {name: (out / name).stat().st_mtime_ns for name in before} == before
    names = {f"clip_{i}.mp4{more}" for i in range(12) for more in ("", ".json")}
    assert {path.name for path in out.iterdir()} == {*names, "bench.json"}


def test_every_clip_is_whole_and_seeded_by_its_index(resumed, dataset):
    out = resumed[0]
    for clip in read_dataset(dataset, "en", "multi").clips:
        frames = list(read_clip(out / clip.result_name))
        assert len(frames) == FRAMES and frames[0].shape == (48, 80, 3)
        side = read_side_file(out / f"{clip.result_name}.json")
        assert side.case.seed == 70 + clip.index and side.case.prompt == clip.prompt
        assert side.settings.size_rule == "own" and side.case.prompt_used is None
    assert read_record(out) == BenchRecord("MoveBench", "en", "multi", 70)


def test_finished_clips_are_checked_and_damaged_ones_made_again(resumed, command, capsys, monkeypatch):
    out, *_ = resumed
    monkeypatch.setattr(Engine, "prepare", lambda self, cases: pytest.fail(f"{len(cases)} were made again"))
    words = [*command, "-o", str(out)]
    assert cli.main(words) == 0
    assert "12 of 12 are there already" in capsys.readouterr().err
    # Cut short, as by a full disk: noticed, and made again.
    whole = (out / "clip_4.mp4").read_bytes()
    (out / "clip_4.mp4").write_bytes(whole[: len(whole) // 2])
    seen = []
    monkeypatch.setattr(Engine, "prepare", lambda self, cases: seen.extend(Path(c.output).stem for c in cases))
    monkeypatch.setattr(Engine, "make", lambda self, case, step=None: mini.render(case.index, FRAMES, SIZE_WH))
    assert cli.main(words) == 0
    assert seen == ["clip_4"]
    assert "clip_4.mp4 is made again: " in capsys.readouterr().err
    # Another run's clips are not touched.
    assert cli.main([*words, "--steps", "2"]) == 2
    assert "made with other settings, inputs or weights" in capsys.readouterr().err
    assert cli.main([*words, "--mode", "single"]) == 2
    assert "holds results of en/multi with base seed 70, not of en/single" in capsys.readouterr().err


def test_the_folder_scores_without_being_told_which_list(resumed, dataset, tmp_path, capsys):
    out, *_ = resumed
    assert cli.main(["bench", "score", str(out), str(dataset), "-o", str(tmp_path), "--limit", "3"]) == 0
    told = capsys.readouterr().out
    assert "MoveBench en/multi: 3 of 3 clips scored" in told
    assert json.loads((tmp_path / "scores.json").read_text())["split"] == "multi"


def test_prompt_extension_is_refused(command, tmp_path, capsys):
    assert cli.main([*command, "-o", str(tmp_path), "--use_prompt_extend"]) == 2
    assert "captions that are written out differently in every run cannot be compared" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_requests_are_checked_before_anything_is_loaded(command, dataset, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(Engine, "prepare", lambda *a: pytest.fail("models were loaded first"))
    broken = tmp_path / "part"
    shutil.copytree(dataset, broken)
    (broken / "en" / "track" / "multi" / "clip_3_visibility.npy").unlink()
    for words, text in (
        ([*command[:2], str(broken), *command[3:]], "missing: track/multi/clip_3_visibility.npy"),
        ([*command, "--seed", "-1"], "a drawn seed could not be found again"),
        ([*command, "--ids", "clip_99"], "not in the list: clip_99"),
        ([*command, "--limit", "0"], "0 clips"),
        ([*command, "--frames", "9"], "5 frames, the video has 9"),
    ):
        assert cli.main([*words, "-o", str(tmp_path / "out")]) == 2
        assert text in capsys.readouterr().err
    assert cli.main([*command, "--dry-run", "-o", str(tmp_path / "dry"), "--limit", "2"]) == 0
    assert "2 cases checked; nothing was made" in capsys.readouterr().err
    assert not (tmp_path / "dry").exists()


def test_two_processes_make_what_one_makes(command, resumed, tmp_path):
    """A clip that one of two processes made has the seed and the frames that one process alone gives it."""
    out, before, *_ = resumed
    name = sorted(before)[0]
    assert cli.main([*command, "-o", str(tmp_path), "--ids", Path(name).stem, "--quiet"]) == 0
    two, one = (read_side_file(folder / f"{name}.json") for folder in (out, tmp_path))
    assert (two.result["processes"], one.result["processes"]) == (2, 1)
    assert two.result["frames_sha256"] == one.result["frames_sha256"] and two.case.seed == one.case.seed


def test_cases(dataset, tmp_path):
    bench = read_dataset(dataset, "en", "single")
    (tmp_path / "embeds").mkdir()
    cases = bench_cases(bench, bench.clips[2:4], "out", 5, str(tmp_path / "embeds"))
    assert [c.seed for c in cases] == [7, 8]
    assert cases[0].image_embeds == str(tmp_path / "embeds" / "clip_2.npy")
    assert cases[1].output == str(Path("out/clip_3.mp4"))
    with pytest.raises(WanMoveError, match="use a number from 0"):
        bench_cases(bench, bench.clips, "out", -1)


def test_sweep_leaves_living_processes_files(tmp_path):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    for pid in (ended.pid, os.getpid()):
        (tmp_path / f".a.{pid}.new.mp4").write_bytes(b"")
        (tmp_path / f".a.mp4.json.{pid}.part").write_bytes(b"")
    (tmp_path / ".keep").write_bytes(b"")
    assert sweep(tmp_path) == [f".a.{ended.pid}.new.mp4", f".a.mp4.json.{ended.pid}.part"]
    assert len(list(tmp_path.iterdir())) == 3


def test_a_damaged_record_is_told(tmp_path):
    assert read_record(tmp_path) is None
    (tmp_path / "bench.json").write_text("{}")
    with pytest.raises(WanMoveError, match=r"bench.json: damaged \(another format\)"):
        read_record(tmp_path)
