"""``generate --list`` goes on: a drawn seed, foreign and damaged clips, two runs at once, kills, full disks."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("diffusers", reason="the extra 'standalone' is not installed")

from wan_move_core import cli
from wan_move_core.generate import claims
from wan_move_core.generate.sidefile import read_side_file
from wan_move_core.hosts.diffusers.engine import Engine
from wan_move_core.video import write_clip

SIZE_WH, FRAMES = (80, 48), 5


@pytest.fixture
def cases(list_command):
    """A list of three cases, and the command that makes them into ``tmp_path/out``, without a seed."""
    return list_command(3)


@pytest.fixture
def made(monkeypatch):
    """Which cases were computed: no model is loaded, frames are noise that the seed decides."""
    seeds: list[int] = []

    def make(self, case, on_step=None):
        seeds.append(case.seed)
        return _frames(case.seed)

    monkeypatch.setattr(Engine, "prepare", lambda self, cases: None)
    monkeypatch.setattr(Engine, "make", make)
    return seeds


def _frames(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 255, (FRAMES, SIZE_WH[1], SIZE_WH[0], 3), dtype=np.uint8)


def _seeds(out: Path) -> list[int]:
    return [read_side_file(out / f"{i}.mp4.json").case.seed for i in range(3)]


def test_a_drawn_seed_is_kept_for_every_later_start(cases, made, tmp_path, capsys):
    out = tmp_path / "out"
    assert cli.main(cases) == 0
    first = _seeds(out)
    assert first == [first[0] + i for i in range(3)] and len(made) == 3
    (out / "1.mp4").unlink()
    assert cli.main(cases) == 0
    told = capsys.readouterr().err
    assert f"Seed {first[0]}, as in the earlier start" in told and "2 of 3 are there already" in told
    assert _seeds(out) == first and made == [*first, first[1]]
    # Clips of a start that kept no record say the seed themselves.
    (out / "cases.seed.json").unlink()
    assert cli.main(cases) == 0 and len(made) == 4
    assert json.loads((out / "cases.seed.json").read_text())["base_seed"] == first[0]


def test_nothing_is_kept_of_a_start_that_made_nothing(cases, tmp_path, capsys, monkeypatch):
    """Neither a folder nor a seed: the list is refused, a dry run writes nothing, the model cannot be loaded."""
    assert cli.main([*cases, "--dry-run"]) == 0
    assert not (tmp_path / "out").exists()
    monkeypatch.setattr(Engine, "prepare", lambda self, cases: (_ for _ in ()).throw(KeyboardInterrupt))
    assert cli.main(cases) == 130
    assert not (tmp_path / "out").exists()


def test_a_damaged_seed_record_is_told(cases, made, tmp_path, capsys):
    (tmp_path / "out").mkdir()
    for text in ("{", "[]", '{"format": "wan-move-list", "version": 1, "base_seed": "7"}'):
        (tmp_path / "out" / "cases.seed.json").write_text(text)
        assert cli.main(cases) == 2
        assert "cases.seed.json: damaged" in capsys.readouterr().err
    assert cli.main([*cases, "--seed", "3"]) == 0 and made == [3, 4, 5]


def test_foreign_and_changed_clips_do_not_stop_the_rest(cases, made, tmp_path, capsys):
    """Somebody's clip, one of other settings and one that was edited stay as they are; the others are made."""
    out = tmp_path / "out"
    assert cli.main([*cases, "--seed", "9"]) == 0
    write_clip(out / "0.mp4", _frames(77))
    (out / "2.mp4").unlink()
    (out / "1.mp4.json").unlink()
    kept = [(out / f"{i}.mp4").read_bytes() for i in range(2)]
    assert cli.main([*cases, "--seed", "9", "--quiet"]) == 2
    told = capsys.readouterr().err
    assert made == [9, 10, 11, 11]
    assert "0.mp4: the clip exists and it was changed since it was made. Fix: choose another output" in told
    assert "1.mp4: the clip exists and it has no side file" in told
    assert "2 of 3 clips were left as they are: 0.mp4, 1.mp4" in told
    assert [(out / f"{i}.mp4").read_bytes() for i in range(2)] == kept
    assert cli.main([*cases, "--seed", "9", "--overwrite"]) == 0 and len(made) == 7


def test_a_case_that_fails_does_not_stop_the_rest(cases, tmp_path, capsys, monkeypatch):
    from wan_move_core.errors import WanMoveError

    def make(self, case, on_step=None):
        if case.seed == 10:
            raise WanMoveError(where="Picture", what="it is gone", fix="bring it back")
        return _frames(case.seed)

    monkeypatch.setattr(Engine, "prepare", lambda self, cases: None)
    monkeypatch.setattr(Engine, "make", make)
    assert cli.main([*cases, "--seed", "9"]) == 2
    told = capsys.readouterr().err
    assert "Left: Picture: it is gone" in told and "1 of 3 clips were left as they are: 1.mp4" in told
    assert sorted(p.name for p in (tmp_path / "out").glob("*.mp4")) == ["0.mp4", "2.mp4"]


@pytest.mark.parametrize(
    "more", [["--vae-tiling", "yes"], ["--fps", "24"], ["--strength", "0.5"]], ids=["tiles", "rate", "strength"]
)
def test_all_that_changes_the_clip_makes_another_run(cases, made, tmp_path, capsys, more):
    assert cli.main([*cases, "--seed", "9"]) == 0
    assert cli.main([*cases, "--seed", "9", *more]) == 2
    assert "0.mp4: the clip exists and it was made with other settings" in capsys.readouterr().err
    assert len(made) == 3


def test_the_device_that_drew_the_noise_is_part_of_the_run(cases, made, tmp_path, capsys):
    """``--noise-device run`` on a CPU is ``cpu``; of a record that says a GPU drew it, it is another run."""
    assert cli.main([*cases, "--seed", "9"]) == 0
    assert cli.main([*cases, "--seed", "9", "--noise-device", "cpu"]) == 0 and len(made) == 3
    path = tmp_path / "out" / "0.mp4.json"
    table = json.loads(path.read_text())
    assert table["settings"]["noise_device"] == "cpu"
    table["settings"]["noise_device"], table["result"]["device"] = "run", "NVIDIA H100"
    path.write_text(json.dumps(table))
    assert cli.main([*cases, "--seed", "9"]) == 2
    assert "0.mp4: the clip exists and it was made with other settings" in capsys.readouterr().err


def test_records_of_earlier_versions_are_still_this_run(cases, made, tmp_path):
    """They do not say whether the VAE worked in tiles or where the noise was drawn: their plan and device do."""
    assert cli.main([*cases, "--seed", "9"]) == 0
    for path in (tmp_path / "out").glob("*.json"):
        table = json.loads(path.read_text())
        del table["settings"]["vae_tiling"], table["weights"]["tokenizer"]
        table["settings"]["noise_device"] = "run"
        path.write_text(json.dumps(table))
    assert cli.main([*cases, "--seed", "9"]) == 0 and len(made) == 3


OTHER = """
import sys, time
from pathlib import Path
from wan_move_core.generate.claims import claimed
with claimed(sys.argv[1]) as holder:
    assert holder is None
    print("mine", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def other(tmp_path):
    """Another process that is making ``0.mp4``."""
    command = [sys.executable, "-c", OTHER, str(tmp_path / "out" / "0.mp4")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "mine\n"
    yield process
    process.kill()
    process.wait()


def test_two_runs_share_a_list(cases, made, other, tmp_path, capsys):
    assert cli.main([*cases, "--seed", "9"]) == 0
    assert made == [10, 11]
    assert f"0.mp4 is left to process {other.pid} on " in capsys.readouterr().err
    assert (tmp_path / "out" / ".0.mp4.claim").exists() and not (tmp_path / "out" / "0.mp4").exists()
    # Killed, it holds nothing any more.
    other.kill()
    other.wait()
    assert cli.main([*cases, "--seed", "9"]) == 0
    assert made == [10, 11, 9]
    assert not list((tmp_path / "out").glob(".*"))


def test_a_picture_that_goes_meanwhile_costs_its_case_alone(cases, tmp_path, capsys, monkeypatch):
    lines = [json.loads(line) for line in (tmp_path / "cases.jsonl").read_text().splitlines()]
    shutil.copy(tmp_path / "image.png", tmp_path / "gone.png")
    lines[1]["image"] = "gone.png"
    (tmp_path / "cases.jsonl").write_text("\n".join(map(json.dumps, lines)))

    def make(self, case, on_step=None):
        (tmp_path / "gone.png").unlink(missing_ok=True)
        self.size_of(case)
        return _frames(case.seed)

    monkeypatch.setattr(Engine, "prepare", lambda self, cases: None)
    monkeypatch.setattr(Engine, "make", make)
    assert cli.main(cases) == 2
    said = capsys.readouterr().err
    assert "Left: " in said and "1 of 3 clips were left as they are: 1.mp4" in said
    assert sorted(path.name for path in (tmp_path / "out").glob("*.mp4")) == ["0.mp4", "2.mp4"]


def test_what_another_run_made_meanwhile_is_not_made_again(cases, made, tmp_path, capsys, monkeypatch):
    make = Engine.make

    def and_another(self, case, on_step=None):
        """While the first case is computed, another run makes the second."""
        if len(made) == 0:
            monkeypatch.setattr(Engine, "make", make)
            assert cli.main([*cases, "--seed", "9", "--quiet"]) == 0
        return make(self, case, on_step)

    monkeypatch.setattr(Engine, "make", and_another)
    assert cli.main([*cases, "--seed", "9"]) == 0
    assert sorted(made) == [9, 10, 11]
    assert "another run has made it meanwhile" in capsys.readouterr().err


def test_one_clip_that_another_run_makes_is_an_error(cases, made, other, golden, tmp_path, capsys):
    one = [a for a in cases if a not in ("--list", str(tmp_path / "cases.jsonl"), "-o", str(tmp_path / "out"))]
    inputs = ("--image", str(tmp_path / "image.png"), "--image-embeds", str(tmp_path / "embeds.npy"))
    one += [*inputs, "--prompt", "a", "-o", str(tmp_path / "out" / "0.mp4")]
    assert cli.main(one) == 2
    assert f"it is being made by process {other.pid}" in capsys.readouterr().err
    other.kill()
    other.wait()
    assert cli.main(one) == 0
    # Started again without a seed it is the same clip.
    assert cli.main(one) == 0
    assert len(made) == 1 and "1 of 1 are there already" in capsys.readouterr().err


def test_a_claim_that_nobody_touches_is_taken_over(tmp_path, monkeypatch):
    """Of a machine that went away: its process cannot be asked, so its claim's age decides."""
    path = claims.claim_path(tmp_path / "a.mp4")
    path.write_text(json.dumps({"host": "elsewhere", "pid": 1, "token": "t"}))
    with claims.claimed(tmp_path / "a.mp4") as holder:
        assert holder == claims.Holder("elsewhere", 1, "t")
    old = path.stat().st_mtime - claims.STALE_SECONDS - 5
    os.utime(path, (old, old))
    with claims.claimed(tmp_path / "a.mp4") as holder:
        ours = claims.holder_of(tmp_path / "a.mp4")
        assert holder is None and ours is not None and ours.pid == os.getpid()
    assert not list(tmp_path.iterdir())


def test_a_living_claim_that_was_moved_away_comes_back(tmp_path):
    """Two runs find the same stale claim; the slower one must not take the faster one's new claim for it."""
    path = claims.claim_path(tmp_path / "a.mp4")
    stale = claims.Holder("elsewhere", 1, "old")
    path.write_text(json.dumps({"host": "elsewhere", "pid": 2, "token": "new"}))
    claims._move_away(path, stale)
    assert claims.holder_of(tmp_path / "a.mp4") == claims.Holder("elsewhere", 2, "new")
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_leftovers_of_killed_runs_are_swept(cases, made, tmp_path, capsys):
    out = tmp_path / "out"
    out.mkdir()
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left = [f".0.{ended.pid}.new.mp4", f"..0.{ended.pid}.new.{ended.pid}.part.mp4", f".0.mp4.json.{ended.pid}.part"]
    for name in left:
        (out / name).write_bytes(b"half")
    (out / f".mine.{os.getpid()}.part").write_bytes(b"")
    (out / ".other.mp4.claim").write_text(json.dumps({"host": "elsewhere", "pid": ended.pid, "token": "t"}))
    (out / f".other.{ended.pid}.new.mp4").write_bytes(b"another machine is at it")
    assert cli.main(cases) == 0
    told = capsys.readouterr().err
    assert all(f"Removed {name}, left by a killed run" in told for name in left)
    hidden = {p.name for p in out.glob(".*")}
    assert hidden == {f".mine.{os.getpid()}.part", ".other.mp4.claim", f".other.{ended.pid}.new.mp4"}


def test_a_full_disk_is_noticed_before_a_case_is_computed(cases, made, tmp_path, capsys, monkeypatch):
    usage = namedtuple("usage", "total used free")
    free = iter([10**9, 10**6])
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(10**9, 0, next(free)))
    assert cli.main([*cases, "--seed", "9"]) == 2
    told = capsys.readouterr().err
    assert "1 MB free, 1.mp4 may need" in told and "the disk is full" in told
    assert made == [9]
