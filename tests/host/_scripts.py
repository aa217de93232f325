"""Scripts under the host's interpreter. Its imports take seconds: one process does them, and forks for every script."""

from __future__ import annotations

import atexit
import functools
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from _host import lend_requirements

FORKS = Path(__file__).resolve().parent / "_forks.py"
PATIENCE_SECONDS = 280


def script_result(python: Path, checkout: Path, script: Path, *arguments: object) -> dict[str, Any]:
    """What ``script`` reported as its last line, in JSON.

    Raises: AssertionError when it failed, with its last words.
    """
    done = run_script(python, script, *arguments, COMFYUI_PATH=str(checkout))
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


def run_script(python: Path, script: Path, *arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
    """``python script arguments`` in an environment with ``more``, and with what the pack requires and it lacks."""
    argv = [str(script), *map(str, arguments)]
    if sys.platform != "linux":
        with tempfile.TemporaryDirectory() as folder:
            env = _environment(python, Path(folder), more)
            command = [str(python), *argv]
            return subprocess.run(
                command, capture_output=True, text=True, check=False, env=env, timeout=PATIENCE_SECONDS
            )
    return _forking(python).run(argv, more)


def _environment(python: Path, folder: Path, more: dict[str, str]) -> dict[str, str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", **more}
    environment.pop("PYTHONPATH", None)
    lent = lend_requirements(python, folder / "lent")
    return environment if lent is None else {**environment, "PYTHONPATH": str(lent)}


@functools.cache
def _forking(python: Path) -> _Forking:
    return _Forking(python)


class _Forking:
    """The process of one interpreter; it ends with the tests."""

    def __init__(self, python: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="host-scripts-"))
        self.environment = _environment(python, self.folder, {})
        self.answers, told = os.pipe()
        with (self.folder / "imports.log").open("w") as log:
            self.process = subprocess.Popen(
                [str(python), str(FORKS), str(told)],
                stdin=subprocess.PIPE, stdout=log, stderr=log, text=True, pass_fds=(told,), start_new_session=True,
                env=self.environment,
            )  # fmt: skip
        os.close(told)
        atexit.register(self.close)

    def run(self, argv: list[str], more: dict[str, str]) -> subprocess.CompletedProcess[str]:
        out, err = self.folder / "stdout", self.folder / "stderr"
        told = {"argv": argv, "env": {**self.environment, **more}, "stdout": str(out), "stderr": str(err)}
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(told) + "\n")
        self.process.stdin.flush()
        if not select.select([self.answers], [], [], PATIENCE_SECONDS)[0]:
            self.close()
            raise subprocess.TimeoutExpired(argv, PATIENCE_SECONDS)
        answer = os.read(self.answers, 100)
        assert answer, (self.folder / "imports.log").read_text(errors="replace")[-4000:]
        return subprocess.CompletedProcess(
            argv, int(answer), out.read_text(errors="replace"), err.read_text(errors="replace")
        )

    def close(self) -> None:
        _forking.cache_clear()
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
