"""A list under torchrun: killed processes cost the case that they had in hand, and nothing else; machines share it."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("diffusers", reason="the extra 'standalone' is not installed")

from wan_move_core.generate.claims import is_alive
from wan_move_core.generate.sidefile import read_side_file, sha256_file

if not Path("/proc/self/stat").exists():
    pytest.skip("processes are found by /proc", allow_module_level=True)

WORKER = Path(__file__).with_name("worker.py")
PATIENCE_SECONDS = 250


class Job:
    """A list of cases and the command that makes it; what its processes have noted of their work."""

    def __init__(self, folder: Path, tiny: Path, count: int) -> None:
        self.folder, self.out, self.count = folder, folder / "out", count
        np.save(folder / "embeds.npy", np.load(tiny / "expected.npz")["clip_features"])
        shutil.copy(tiny / "image.png", folder / "image.png")
        lines = [
            {"image": "image.png", "prompt": "a", "image_embeds": "embeds.npy", "output": f"{i:02d}.mp4"}
            for i in range(count)
        ]
        (folder / "cases.jsonl").write_text("\n".join(map(json.dumps, lines)))
        model = ["--ckpt_dir", str(tiny / "checkpoint"), "--dtype", "fp32", "--device", "cpu", "--steps", "1"]
        small = ["--width", "80", "--height", "48", "--frames", "5"]
        self.command = ["generate", *model, *small, "--list", str(folder / "cases.jsonl"), "-o", str(self.out)]

    @contextmanager
    def started(self, *launch: str, seconds: str = "0.7", fails: str = "") -> Iterator[subprocess.Popen]:
        """The job under torchrun with the options ``launch``."""
        command = [sys.executable, "-m", "torch.distributed.run", *launch, str(WORKER), str(self.folder / "log")]
        with (self.folder / f"told-{len(list(self.folder.glob('told-*')))}").open("w") as told:
            run = subprocess.Popen(
                [*command, seconds, *self.command], stderr=told, env={**os.environ, "WORKER_FAILS": fails}
            )
            try:
                yield run
            finally:
                for pid in (*stand_ins(run), *self.pids(), run.pid):
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                run.wait()

    def told(self) -> str:
        return "\n".join(path.read_text() for path in sorted(self.folder.glob("told-*")))

    def notes(self, what: str) -> list[tuple[str, int]]:
        """(case, process) in the order in which they came."""
        log = self.folder / "log"
        words = [line.split() for line in log.read_text().splitlines()] if log.exists() else []
        return [(name, int(pid)) for kind, name, pid, _ in words if kind == what]

    def pids(self) -> set[int]:
        """Of the processes that compute and live."""
        return {pid for _, pid in self.notes("start") if is_alive(pid) and self._is_ours(pid)}

    def _is_ours(self, pid: int) -> bool:
        """A number may be another process's by now."""
        with suppress(OSError):
            return str(self.folder).encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
        return False

    def wait_for(self, run: subprocess.Popen, ended: int) -> None:
        """Until so many cases were computed."""
        patience = time.monotonic() + PATIENCE_SECONDS
        while len(self.notes("end")) < ended:
            assert run.poll() is None and time.monotonic() < patience, self.told()[-4000:]
            time.sleep(0.05)

    def require_all_made(self) -> None:
        """Every clip once, whole, by its own seed, and nothing beside them."""
        seeds = []
        for place in range(self.count):
            side = read_side_file(self.out / f"{place:02d}.mp4.json")
            assert side.result["sha256"] == sha256_file(self.out / f"{place:02d}.mp4")
            seeds.append(side.case.seed)
        assert seeds == [seeds[0] + place for place in range(self.count)]
        names = {f"{place:02d}.mp4{more}" for place in range(self.count) for more in ("", ".json")}
        assert {path.name for path in self.out.iterdir()} == {*names, "cases.seed.json"}


def stand_ins(run: subprocess.Popen) -> list[int]:
    """The processes that torchrun itself has started and that live."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            words = stat.read_text().rpartition(")")[2].split()
            if int(words[1]) == run.pid and words[0] not in "ZX":
                found.append(int(stat.parent.name))
    return found


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


@pytest.fixture
def job(golden, tmp_path):
    return lambda count: Job(tmp_path, golden / "tiny_official", count)


def require_least_lost(job: Job, killed: set[int]) -> None:
    """Only what a killed process had in hand was begun again; nobody who lived lost a case."""
    begun = job.notes("begin")
    for case in {name for name, _ in begun}:
        makers = [pid for name, pid in begun if name == case]
        assert set(makers[:-1]) <= killed, f"{case} was made by {makers}; killed were {sorted(killed)}"
    lost = [pid for place in range(job.count) for pid in [p for name, p in begun if name == f"{place:02d}"][:-1]]
    assert len(lost) == len(set(lost)) <= len(killed), "a process that was killed had more than one case in hand"


def kill(run: subprocess.Popen, among: Callable[[], list[int]]) -> int:
    """Kill one of ``among``; while torchrun starts its processes again there may be none for a moment."""
    patience = time.monotonic() + PATIENCE_SECONDS
    while not (found := among()):
        assert run.poll() is None and time.monotonic() < patience
        time.sleep(0.05)
    pid = random.choice(found)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    return pid


def test_a_death_costs_the_case_in_hand_and_nothing_else(job):
    """The process that computes one, and then what torchrun itself has started of another."""
    one = job(10)
    with one.started("--standalone", "--nproc_per_node=2", "--max-restarts=3") as run:
        one.wait_for(run, 1)
        killed = kill(run, lambda: sorted({pid for _, pid in one.notes("begin")} & one.pids()))
        one.wait_for(run, 4)
        kill(run, lambda: stand_ins(run))
        assert run.wait(PATIENCE_SECONDS) == 0, one.told()[-4000:]
        assert not one.pids() - {killed}
    one.require_all_made()
    require_least_lost(one, {killed})
    assert len(one.notes("begin")) <= 11


@pytest.mark.skipif(
    not os.environ.get("WAN_MOVE_SLOW_TESTS"), reason="ten kills take minutes: set WAN_MOVE_SLOW_TESTS=1 to run it"
)
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", [1, 2])
def test_ten_kills_at_any_time(job, seed):
    """Three ranks; any of their processes, computing, starting or standing in, at random moments."""
    random.seed(seed)
    many, killed = job(45), set()
    with many.started("--standalone", "--nproc_per_node=3", "--max-restarts=20") as run:
        for number in range(10):
            many.wait_for(run, 2 + 3 * number)
            time.sleep(random.uniform(0, 1.5))
            killed.add(kill(run, lambda: [*many.pids(), *stand_ins(run)]))
        assert run.wait(PATIENCE_SECONDS) == 0, many.told()[-4000:]
    assert len(killed) == 10
    many.require_all_made()
    require_least_lost(many, killed)


def test_two_machines_share_a_list_by_their_speed(job):
    """Two torchruns that meet at one endpoint, the second a quarter as fast; a case that fails is told, once."""
    both = job(14)
    meet = ["--nnodes=2", "--nproc_per_node=1", "--rdzv-backend=c10d", f"--rdzv-endpoint=127.0.0.1:{free_port()}"]
    with (
        both.started(*meet, "--rdzv-id=7", seconds="0.3,1.2", fails="05.fails") as first,
        both.started(*meet, "--rdzv-id=7", seconds="0.3,1.2", fails="05.fails") as second,
    ):
        codes = [first.wait(PATIENCE_SECONDS), second.wait(PATIENCE_SECONDS)]
    # Both machines' torchruns end as failed: a case was left.
    assert codes == [1, 1], both.told()[-4000:]
    begun = both.notes("begin")
    assert sorted(name for name, _ in begun) == [f"{place:02d}" for place in range(14)]
    shares = sorted(len([1 for _, pid in begun if pid == one]) for one in {pid for _, pid in begun})
    assert len(shares) == 2 and shares[0] < shares[1], shares
    assert not (both.out / "05.mp4").exists() and len(list(both.out.glob("*.mp4"))) == 13
    told = both.told()
    assert told.count("Left: Picture: it is gone") == 1
    assert told.count("1 of 14 clips were left as they are: 05.mp4") == 1


def test_the_first_ranks_and_tells_before_any_ends_for_what_was_left(job):
    """torchrun stops the others at the first that ends as failed."""
    taken = job(4)
    tracks = np.random.default_rng(0).uniform((0, 0), (80, 48), (1, 5, 60, 2)).astype(np.float32)
    np.save(taken.folder / "tracks.npy", tracks)
    lines = [json.loads(line) for line in (taken.folder / "cases.jsonl").read_text().splitlines()]
    (taken.folder / "cases.jsonl").write_text("\n".join(json.dumps({**line, "tracks": "tracks.npy"}) for line in lines))
    taken.command += ["--takes", "2"]
    with taken.started("--standalone", "--nproc_per_node=2", seconds="0.5", fails="01_take1.fails") as run:
        assert run.wait(PATIENCE_SECONDS) == 1, taken.told()[-4000:]
    assert "1 of 8 clips were left as they are: 01_take1.mp4" in taken.told()
    told = json.loads((taken.out / "takes.json").read_text())["clips"]
    assert [len(told[f"{place:02d}.mp4"]) for place in range(4)] == [2, 1, 2, 2]


def test_a_stopped_torchrun_leaves_nobody_behind(job):
    """Ctrl-C, and a kill that torchrun cannot pass on: the computing processes end, and no claim stays."""
    stopped = job(6)
    for how in (signal.SIGINT, signal.SIGKILL):
        with stopped.started("--standalone", "--nproc_per_node=2", "--max-restarts=3", seconds="30") as run:
            patience = time.monotonic() + PATIENCE_SECONDS
            while not {pid for _, pid in stopped.notes("begin")} & stopped.pids():
                assert run.poll() is None and time.monotonic() < patience, stopped.told()[-4000:]
                time.sleep(0.05)
            run.send_signal(how)
            while stopped.pids() or stand_ins(run):
                assert time.monotonic() < patience, f"{stopped.pids()} live on after {how.name}"
                time.sleep(0.05)
        assert not list(stopped.out.glob(".*")), how.name
