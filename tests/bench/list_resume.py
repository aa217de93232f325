"""A list of cases that was stopped: what is made again after kill -9, and what a run costs that finds all of it done.

python tests/bench/list_resume.py [cases]        needs the tiny published-format checkpoint of the golden data
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import _setup
import _unmeasured

TINY = _setup.ROOT.parent / "shared" / "golden" / "tiny_official"


def write_list(folder: Path, count: int) -> list[str]:
    """The command that makes ``count`` cases of the tiny checkpoint into ``folder/out``."""
    import numpy as np

    embeds = folder / "embeds.npy"
    np.save(embeds, np.load(TINY / "expected.npz")["clip_features"])
    common = {"image": str(TINY / "image.png"), "prompt": "a", "image_embeds": str(embeds), "seed": 1}
    (folder / "cases.jsonl").write_text(
        "\n".join(json.dumps({**common, "output": f"{i:03d}.mp4"}) for i in range(count))
    )
    model = ("--ckpt_dir", str(TINY / "checkpoint"), "--dtype", "fp32", "--device", "cpu", "--steps", "4")
    small = ("--width", "80", "--height", "48", "--frames", "5", "--quiet")
    where = ("--list", str(folder / "cases.jsonl"), "-o", str(folder / "out"))
    return [sys.executable, "-P", "-m", "wan_move_core.cli", "generate", *model, *small, *where]


def done(folder: Path) -> dict[str, int]:
    """Finished clips and the time they were written at, in ns."""
    return {p.name: p.stat().st_mtime_ns for p in (folder / "out").glob("[0-9]*.mp4")}


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 24
    if not TINY.is_dir():
        _unmeasured.not_measured(f"the golden data's tiny checkpoint ({TINY.name}) is not beside this repository")
    print(f"## A list of {count} cases, stopped and gone on with\n")
    env = {**os.environ, "PYTHONPATH": str(_setup.ROOT)}
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        command = write_list(folder, count)
        running = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        start = time.perf_counter()
        while len(done(folder)) < count // 2 and running.poll() is None:
            time.sleep(0.02)
        running.send_signal(signal.SIGKILL)
        running.wait()
        killed, kept = time.perf_counter() - start, done(folder)
        start = time.perf_counter()
        subprocess.run(command, env=env, check=True, capture_output=True)
        rest = time.perf_counter() - start
        after = done(folder)
        again = sum(after[name] != at for name, at in kept.items())
        left = sorted(p.name for p in (folder / "out").iterdir() if p.name.startswith(".") and "part" in p.name)
        start = time.perf_counter()
        subprocess.run(command, env=env, check=True, capture_output=True)
        nothing = time.perf_counter() - start
        same = done(folder) == after
    print("| run | clips made | s |\n|---|---|---|")
    print(f"| killed (kill -9) | {len(kept)} | {killed:.1f} |")
    print(f"| gone on with | {len(after) - len(kept) + again} | {rest:.1f} |")
    print(f"| once more, all done | {0 if same else 'some'} | {nothing:.1f} |")
    print(f"\nFinished clips that were made again: {again}. Leftovers in the folder: {', '.join(left) or 'none'}.")
    print(f"A run that finds all {count} done takes {nothing / (killed + rest):.1%} of making them.")


if __name__ == "__main__":
    main()
