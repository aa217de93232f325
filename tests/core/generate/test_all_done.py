"""A run that finds everything made, or ends what a team has failed at: decided before anything heavy is loaded."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("diffusers", reason="the extra 'standalone' is not installed")

from wan_move_core import cli
from wan_move_core.commands.cases.make import TeamApart, as_one
from wan_move_core.errors import WanMoveError
from wan_move_core.generate.elastic.store import LocalStore, RunStore
from wan_move_core.hosts.diffusers.engine import Engine
from wan_move_core.hosts.diffusers.parallel import Parallel

FRAMES = 5
SCRIPT = """
import sys
from wan_move_core import cli
code = cli.main(sys.argv[1:])
print(code, *(name for name in ("diffusers", "transformers") if name in sys.modules))
"""


@pytest.fixture
def words(list_command):
    """The command that makes a list of two into ``tmp_path/out``."""
    return list_command(2, "--seed", "3")


@pytest.fixture
def made(monkeypatch):
    """The cases that were computed: no model is loaded, frames are noise that the seed decides."""
    seeds: list[int] = []

    def make(self, case, on_step=None):
        seeds.append(case.seed)
        return np.random.default_rng(case.seed).integers(0, 255, (FRAMES, 48, 80, 3), dtype=np.uint8)

    monkeypatch.setattr(Engine, "prepare", lambda self, cases: None)
    monkeypatch.setattr(Engine, "make", make)
    return seeds


def _fresh(words: list[str]) -> tuple[list[str], str]:
    done = subprocess.run([sys.executable, "-c", SCRIPT, *words], capture_output=True, text=True, timeout=250)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.split(), done.stderr


def test_a_list_that_is_all_done_never_imports_diffusers(words, made, tmp_path):
    assert cli.main(words) == 0 and len(made) == 2
    told, said = _fresh(words)
    assert told == ["0"] and "2 of 2 are there already" in said
    # A clip of somebody else is refused as early.
    (tmp_path / "out" / "1.mp4.json").unlink()
    told, said = _fresh(words)
    assert told == ["2"] and "1.mp4: the clip exists and it has no side file" in said


def test_what_is_damaged_or_gone_is_made_as_before(words, made, tmp_path, capsys):
    assert cli.main(words) == 0
    (tmp_path / "out" / "0.mp4").write_bytes(b"no clip")
    assert cli.main(words) == 0
    assert made == [3, 4, 3] and "0.mp4 is made again" in capsys.readouterr().err
    (tmp_path / "out" / "1.mp4").unlink()
    assert cli.main(words) == 0 and made == [3, 4, 3, 4]
    assert cli.main([*words, "--overwrite"]) == 0 and len(made) == 6


def test_a_repeated_clip_that_is_there_never_imports_diffusers(words, made, tmp_path):
    assert cli.main(words) == 0
    again = ["generate", "--repeat", str(tmp_path / "out" / "0.mp4.json"), "-o", str(tmp_path / "again.mp4")]
    assert cli.main([*again, "--device", "cpu"]) == 0 and len(made) == 3
    assert _fresh([*again, "--device", "cpu"])[0] == ["0"]


# -- a team's case -----------------------------------------------------------------------------------------------------


class _Locked(LocalStore):
    """A store that two threads share, as processes share torchrun's."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()

    def add(self, key: str, amount: int) -> int:
        with self._lock:
            return super().add(key, amount)


def _in_a_team(*works, patience: float = 30.0) -> list[object]:
    """What each rank of one team gets, or the error that it sees."""
    store, got = _Locked(), [None] * len(works)

    def rank(number: int) -> None:
        run = RunStore(store, "run", number, len(works))
        parallel = Parallel(number, len(works), ulysses=len(works))
        try:
            got[number] = as_one(parallel, run, "made/0", works[number], patience)
        except WanMoveError as error:
            got[number] = error

    threads = [threading.Thread(target=rank, args=(number,)) for number in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return got


def _fails(what: str):
    def work():
        raise WanMoveError(where="Picture", what=what, fix="bring it back")

    return work


def test_a_team_whose_ranks_succeed_goes_on_with_what_each_made():
    assert _in_a_team(lambda: "a", lambda: "b") == ["a", "b"]


def test_what_one_rank_cannot_do_is_the_whole_teams_failure():
    got = _in_a_team(lambda: "a", _fails("it is gone"))
    assert [str(error) for error in got] == ["Picture: it is gone. Fix: bring it back."] * 2
    assert not any(isinstance(error, TeamApart) for error in got)


def test_a_rank_that_fails_alone_does_not_wait_for_ever():
    """The other is inside the network and waits for it: the run cannot go on, and says what failed."""
    asleep = threading.Event()
    got: list[object] = []

    def alone() -> None:
        run = RunStore(LocalStore(), "run", 0, 2)
        try:
            as_one(Parallel(0, 2, ulysses=2), run, "made/0", _fails("it is gone"), 0.3)
        except WanMoveError as error:
            got.append(error)
        asleep.set()

    threading.Thread(target=alone, daemon=True).start()
    assert asleep.wait(30) and isinstance(got[0], TeamApart) and "it is gone" in str(got[0])


@pytest.mark.parametrize("code", [0, 2])
def test_a_start_after_the_end_gives_its_code_and_does_nothing(words, made, monkeypatch, capsys, code):
    """As torchrun starts a team again whose run has ended with a clip left."""
    store = LocalStore()
    monkeypatch.setattr(
        "wan_move_core.commands.cases.run.open_store", lambda rank, world, count: RunStore(store, "run", rank, world)
    )
    RunStore(store, "run").end(code)
    monkeypatch.setenv("TORCHELASTIC_RESTART_COUNT", "1")
    assert cli.main(words) == code and made == []
    assert "are there" not in capsys.readouterr().err
    # What ended for a reason that another start may not meet is begun again.
    RunStore(store, "run").end(None)
    assert cli.main(words) == 0 and len(made) == 2


def test_the_first_process_alone_tells_the_notes(tmp_path, monkeypatch, capsys):
    from wan_move_core.commands import _inputs

    for rank, said in (("0", "Note: one voice.\n"), ("3", "")):
        monkeypatch.setenv("RANK", rank)
        _inputs.note("one voice.")
        assert capsys.readouterr().err == said


def test_nothing_of_a_rank_writes_a_note_by_itself():
    """Notes of what every process finds go through ``say`` or ``note``, which know whose voice it is."""
    commands = Path(cli.__file__).parent / "commands"
    found = [
        path.name
        for path in (*commands.glob("*.py"), *(commands / "cases").glob("*.py"), *(commands / "takes").glob("*.py"))
        if 'write(f"Note' in path.read_text(encoding="utf-8") or 'write("Note' in path.read_text(encoding="utf-8")
    ]
    assert found == ["_inputs.py"]
