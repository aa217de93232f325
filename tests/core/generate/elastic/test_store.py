"""The counter that deals cases out, what is agreed, who takes what a dead process leaves; and tensors in a folder."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import torch
from torch.distributed import HashStore, TCPStore

from wan_move_core.commands.cases import turns as turns_room
from wan_move_core.commands.cases.turns import OneEach, Turns
from wan_move_core.errors import WanMoveError
from wan_move_core.generate.cases import Case
from wan_move_core.generate.claims import claim_path, claimed
from wan_move_core.generate.elastic import outlive
from wan_move_core.generate.elastic.encoded import Encoded, SharedEncoded
from wan_move_core.generate.elastic.store import LocalStore, RunStore, StoreLost, fresh_store, open_store


@pytest.fixture
def cases(tmp_path):
    return [Case(i, "a.png", "p", str(tmp_path / f"{i}.mp4"), i) for i in range(12)]


@pytest.fixture
def started():
    """Another process that lives."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process
    process.kill()
    process.wait()


def _turns(store, cases, made=()):
    return Turns(store, OneEach(), cases, lambda case: case.index in made, lambda case: None)


@pytest.mark.parametrize("kind", [LocalStore, HashStore])
def test_a_process_alone_gets_every_case_in_order(cases, kind):
    store, got = RunStore(kind(), "run"), []
    with closing(_turns(store, cases, made={3}).all()) as places:
        for place in places:
            assert claim_path(cases[place].output).exists()
            store.close(place)
            got.append(place)
    assert got == [place for place in range(12) if place != 3]
    assert store.take(12) is None and all(store.is_closed(place) for place in range(12))
    assert not list(Path(cases[0].output).parent.glob(".*"))


def test_three_get_every_case_once_and_the_slow_one_fewer(cases):
    server = TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    got: dict[int, list[int]] = {0: [], 1: [], 2: []}
    slow = threading.Event()

    def work(rank: int) -> None:
        client = TCPStore("127.0.0.1", server.port, is_master=False, timeout=timedelta(seconds=60))
        store = RunStore(client, "run", rank, 3)
        for place in _turns(store, cases).all():
            got[rank].append(place)
            if rank == 2:
                slow.wait(60)
            store.close(place)
            if len(got[0]) + len(got[1]) + len(got[2]) == 12:
                slow.set()

    threads = [threading.Thread(target=work, args=(rank,)) for rank in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert sorted(got[0] + got[1] + got[2]) == list(range(12)) and len(got[2]) <= 1


def test_what_a_dead_process_of_the_run_had_in_hand_is_made(cases, started, monkeypatch):
    """While it lives it is waited for; another run's case is left to that run."""
    monkeypatch.setattr(turns_room, "POLL_SECONDS", 0.01)
    shared = HashStore()
    store = RunStore(shared, "run", 0, 2)
    for place in (0, 1):
        mine = {"host": socket.gethostname(), "pid": started.pid, "token": "t"}
        claim_path(cases[place].output).write_text(json.dumps(mine))
    # Only a process of the same run is waited for.
    other, left = RunStore(shared, "other run", 0, 2), _turns(RunStore(shared, "other run", 0, 2), cases)
    assert [other.close(place) for place in left.all()] == [True] * 10
    assert {case.index for case in left.elsewhere} == {0, 1} and str(started.pid) in left.elsewhere[cases[0]]

    store._set(store._process(socket.gethostname(), started.pid), b"")
    assert store.take(12) == 0 and store.take(12) == 1
    got, waited, sleep = [], [], turns_room.time.sleep

    def wait(seconds: float) -> None:
        waited.append(sorted(turns.open))
        if len(waited) == 3:
            started.kill()
            started.wait()
        sleep(seconds)

    monkeypatch.setattr(turns_room.time, "sleep", wait)
    turns = _turns(store, cases)
    for place in turns.all():
        got.append(place)
        store.close(place)
    assert got == [*range(2, 12), 0, 1] and waited[:3] == [[0, 1]] * 3
    assert not turns.elsewhere


def test_an_interrupted_turn_gives_its_claim_back(cases):
    store = RunStore(LocalStore(), "run")
    with pytest.raises(KeyboardInterrupt), closing(_turns(store, cases).all()) as places:
        for _ in places:
            raise KeyboardInterrupt
    with claimed(cases[0].output) as holder:
        assert holder is None
    assert not store.is_closed(0)


def test_all_hear_what_the_first_has_drawn_also_those_started_again(monkeypatch):
    """In several values, as a store takes none of any size."""
    monkeypatch.setattr("wan_move_core.generate.elastic.store._CHUNK_BYTES", 1000)
    shared = HashStore()
    first, second = (RunStore(shared, "run", rank, 2) for rank in range(2))
    big = ["ä" * 1000, os.urandom(5000).hex()]
    heard = []
    waiting = threading.Thread(target=lambda: heard.append(second.agreed("seed", lambda: "never asked")))
    waiting.start()
    assert first.agreed("seed", lambda: big) == big
    waiting.join(60)
    assert heard == [big]
    again = RunStore(shared, "run", 0, 2)
    assert again.agreed("seed", lambda: pytest.fail("drawn twice")) == big
    assert RunStore(shared, "other run", 0, 2).agreed("seed", lambda: 5) == 5

    def fails():
        raise WanMoveError(where="Words", what="none", fix="give some")

    for process in (first, second, again):
        with pytest.raises(WanMoveError, match=r"Words: none\. Fix: give some\."):
            process.agreed("words", fails)


def test_every_start_has_a_part_of_the_store_of_its_own():
    """Also where the first process comes last, and an earlier start's part lies there, complete or not."""
    shared, found = HashStore(), {}

    def join(start: int, rank: int) -> None:
        part = fresh_store(shared, rank, 3)
        part.add("seen", 1)
        found[start, rank] = part

    for start, ranks in enumerate(([0, 1, 2], [2, 1, 0], [1, 0, 2])):
        threads = []
        for rank in ranks:
            threads.append(threading.Thread(target=join, args=(start, rank), daemon=True))
            threads[-1].start()
            time.sleep(0.3)
        for thread in threads:
            thread.join(60)
        assert {(start, rank) for rank in range(3)} <= set(found)
        assert {int(found[start, rank].add("seen", 0)) for rank in range(3)} == {3}
        # The next start finds one that was killed before all had answered.
        shared.set("wan_move/part", "dead")


def test_a_case_is_left_once_and_by_one_voice():
    shared = HashStore()
    first, second = (RunStore(shared, "run", rank, 2) for rank in range(2))
    assert first.close(4, "it is gone") and not second.close(4, "it is gone")
    assert second.why_left(4) == "it is gone" and second.close(5) and first.why_left(5) is None
    assert [first.count("made"), second.count("made")] == [1, 2]


def test_a_store_that_is_gone_or_not_there_is_said_in_words(monkeypatch):
    class Gone(LocalStore):
        def add(self, key, amount):
            raise RuntimeError("Connection reset by peer\nmore")

    with pytest.raises(
        StoreLost, match=r"does not answer any more \(Connection reset by peer\)\. Fix: .*--max-restarts"
    ):
        RunStore(Gone(), "run").take(3)
    monkeypatch.setattr("wan_move_core.generate.elastic.store._REACH", timedelta(seconds=1))
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = str(held.getsockname()[1])
        env = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "RANK": "1", "WORLD_SIZE": "2"}
        for name, value in {**env, "TORCHELASTIC_USE_AGENT_STORE": "True"}.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(WanMoveError, match=rf"torchrun's store at 127\.0\.0\.1:{port} cannot be reached"):
            open_store(1, 2, 3)


def test_a_stand_in_only_where_a_neighbour_could_end_it():
    here = {"WORLD_SIZE": "3", "TORCHELASTIC_MAX_RESTARTS": "2", "TORCHELASTIC_USE_AGENT_STORE": "True"}
    linux = Path("/proc/self/stat").exists()
    assert outlive.is_worth_it(here) == linux
    for change in (
        {"WORLD_SIZE": "1"}, {"TORCHELASTIC_MAX_RESTARTS": "0"}, {"TORCHELASTIC_USE_AGENT_STORE": "False"},
    ):  # fmt: skip
        assert not outlive.is_worth_it({**here, **change})
    assert not outlive.is_worth_it({}) and outlive.stand_in() is None
    usual = [outlive.place({"LOCAL_RANK": str(n), "CUDA_VISIBLE_DEVICES": "0,1"}) for n in range(2)]
    virtual = [outlive.place({"LOCAL_RANK": "0", "CUDA_VISIBLE_DEVICES": f"GPU-{n}.x"}) for n in range(2)]
    assert len({*usual, *virtual}) == 4 and all(name.replace("_", "").isalnum() for name in (*usual, *virtual))


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are found by /proc")
def test_the_private_folder_is_this_launchers_and_nobody_elses(tmp_path, monkeypatch):
    monkeypatch.setattr(outlive.tempfile, "gettempdir", lambda: str(tmp_path))
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    old = tmp_path / f"wan-move-{os.getuid()}-{dead.pid}-1"
    old.mkdir()
    (tmp_path / "wan-move-edit-abc").mkdir()
    folder = outlive.private_folder()
    assert folder is not None and str(os.getppid()) in folder.name and folder.stat().st_mode & 0o777 == 0o700
    assert not old.exists() and (tmp_path / "wan-move-edit-abc").exists() and outlive.private_folder() == folder
    with outlive.encoded_folder("run", True) as encoded:
        assert encoded is not None
        SharedEncoded(encoded, 0.0)["a"] = torch.ones(1, 2, 3)
        assert encoded.parent == folder
    assert not folder.exists()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are found by /proc")
@pytest.mark.parametrize(("start", "stays"), [("0", True), ("2", False)])
def test_what_a_failed_run_has_encoded_stays_for_the_next_start_alone(tmp_path, monkeypatch, start, stays):
    monkeypatch.setattr(outlive.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setenv("TORCHELASTIC_MAX_RESTARTS", "2")
    monkeypatch.setenv("TORCHELASTIC_RESTART_COUNT", start)
    with pytest.raises(RuntimeError), outlive.encoded_folder("run", True) as encoded:
        assert encoded is not None
        SharedEncoded(encoded, 0.0)["a"] = torch.ones(1, 2, 3)
        raise RuntimeError
    assert encoded is not None and encoded.exists() == encoded.parent.exists() == stays


def test_two_processes_encode_each_text_once(tmp_path):
    """The same tensors as in memory, bit for bit, and what one has made the other does not make."""
    keys = [f"text {i}" for i in range(6)] + [("a.png", None)]
    made = {key: torch.randn(1, 512, 16, generator=torch.Generator().manual_seed(i)).bfloat16()
            for i, key in enumerate(keys)}  # fmt: skip
    for number, tensor in enumerate(made.values()):
        tensor[:, 5 * number :] = 0
    alone, one, two = Encoded(), SharedEncoded(tmp_path / "e", 0.0), SharedEncoded(tmp_path / "e", 0.5)
    order: list[tuple[str, object]] = []
    first, second = one.absent(keys), two.absent(keys)
    for name, mine, turn in [("one", one, first), ("two", two, second)] * 7:
        key = next(turn, None)
        if key is not None:
            order.append((name, key))
            mine[key] = alone[key] = made[key]
    assert sorted(map(repr, (key for _, key in order))) == sorted(map(repr, keys))
    assert {name for name, _ in order} == {"one", "two"}
    for key in keys:
        assert torch.equal(two[key], made[key]) and torch.equal(alone[key], made[key])
        assert two[key].dtype == torch.bfloat16
    assert two.get("nothing") is None and next(two.absent(keys), None) is None
    assert not [path for path in (tmp_path / "e").iterdir() if path.suffix == ".part"]
