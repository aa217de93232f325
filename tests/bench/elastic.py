"""How near a list under torchrun comes to the ideal when one of its processes is slow: dealt out, and in fixed shares.

python tests/bench/elastic.py [--cases 120] [--slow 4]

Three processes on this machine make a list with the model left out: a case is a rest of 0.4 s, in the slow process of
``--slow`` times that, and a small clip; store, claims, checks and writing are those of a run. The ideal is all cases
over the sum of the processes' own speeds, each measured while it has a case in hand: what is lost beside that is
dealing, waiting and the end, when some have nothing left to do.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import _setup

_setup.load_core()

PROCESSES, REST_SECONDS = 3, 0.4
SLOWNESS = (1, 2, 4, 8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=120)
    parser.add_argument("--slow", type=float, nargs="+", default=SLOWNESS)
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        work(Path(args.one[0]), args.one[1], float(args.one[2]), args.cases)
        return
    print(f"# A list shared by {PROCESSES} processes, one of them slow\n")
    print(f"{args.cases} cases of {REST_SECONDS} s; seconds from the moment when all are ready to the last clip.\n")
    print("| the slow one takes | ideal s | dealt out s | of the ideal | fixed shares s | of the ideal | cases each |")
    print("|---|---|---|---|---|---|---|")
    for slow in args.slow:
        ideal, took, shares = run("dealt", slow, args.cases)
        fixed_ideal, fixed, _ = run("fixed", slow, args.cases)
        print(
            f"| {slow:g} times as long | {ideal:.1f} | {took:.1f} | {ideal / took:.0%} | {fixed:.1f} "
            f"| {fixed_ideal / fixed:.0%} | {', '.join(map(str, shares))} |",
            flush=True,
        )


def run(way: str, slow: float, cases: int) -> tuple[float, float, list[int]]:
    """The ideal's seconds, the seconds it took, and how many cases each process made."""
    with tempfile.TemporaryDirectory() as folder:
        launch = ["-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={PROCESSES}", __file__]
        words = ["--cases", str(cases), "--one", folder, way, str(slow)]
        done = subprocess.run([sys.executable, *launch, *words], capture_output=True, text=True, timeout=900)
        if done.returncode:
            raise SystemExit(done.stderr[-2000:])
        told = [json.loads((Path(folder) / f"{rank}.json").read_text()) for rank in range(PROCESSES)]
        assert len(list(Path(folder).glob("clip_*.mp4"))) == cases
    counts = [len(one["seconds"]) for one in told]
    speed = sum(len(one["seconds"]) / sum(one["seconds"]) for one in told)
    took = max(one["ended"] for one in told) - max(one["ready"] for one in told)
    return cases / speed, took, counts


def work(folder: Path, way: str, slow: float, count: int) -> None:
    """One process of the run: which cases it makes is what is measured."""
    from contextlib import closing

    import numpy as np

    from wan_move_core.commands.cases.turns import Turns
    from wan_move_core.generate.cases import Case
    from wan_move_core.generate.elastic.store import open_store
    from wan_move_core.generate.results import write_result
    from wan_move_core.generate.settings import RunSettings
    from wan_move_core.generate.sidefile import SideFile, finished
    from wan_move_core.hosts.diffusers.parallel import plan_parallel

    parallel = plan_parallel()
    rest = REST_SECONDS * (slow if parallel.rank == 0 else 1)
    settings = RunSettings(checkpoint="none", frames=5)
    cases = [Case(i, "none.png", "none", str(folder / f"clip_{i}.mp4"), i) for i in range(count)]
    sides = [SideFile(settings, case, {}, {}, {}, {}) for case in cases]
    store = open_store(parallel.rank, parallel.world, count)
    turns = Turns(store, parallel, cases, lambda case: finished(sides[case.index]), lambda case: None)
    places = turns.all() if way == "dealt" else (place for place in range(parallel.rank, count, parallel.world))
    (folder / f"{parallel.rank}.ready").touch()
    while len(list(folder.glob("*.ready"))) < parallel.world:
        time.sleep(0.01)
    ready, ended, seconds = time.time(), 0.0, []
    with closing(places):
        for place in places:
            began = time.monotonic()
            time.sleep(rest)
            noise = np.random.default_rng(place).integers(0, 255, (settings.frames, 48, 80, 3), dtype=np.uint8)
            write_result(sides[place], noise, settings.fps, {})
            store.close(place)
            ended = time.time()
            seconds.append(time.monotonic() - began)
    told = {"ready": ready, "ended": ended, "seconds": seconds}
    (folder / f"{parallel.rank}.json").write_text(json.dumps(told))
    store.leave()


if __name__ == "__main__":
    main()
