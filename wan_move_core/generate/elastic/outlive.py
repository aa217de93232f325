"""A process that outlives its neighbours: what torchrun starts is a stand-in, the one that computes is its child.

When one process dies, torchrun ends all of them and starts them again: every other clip in hand would be lost, and
every network loaded anew. The child is in a session of its own, which torchrun's signals do not reach; the next
stand-in of the same place finds it by a file in a private folder and waits for it as the one before did. So one death
costs one clip. The child ends when torchrun is gone: cancelled, killed, or out of restarts.

Used where it helps: several processes with a case each, under a torchrun that may start them again and keeps the store.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from ..claims import is_alive

CHILD = "WAN_MOVE_STAND_IN"
"""In the child's environment: the file by which it and its stand-ins know each other."""
EXIT_BAD_INPUT = 2
"""As the command line has it: the next start would say the same."""
POLL_SECONDS = 0.1
WATCH_SECONDS = 0.5
END_SECONDS = 20.0
"""From the request to end until the end."""
_PLACES = ("RANK", "WORLD_SIZE", "GROUP_RANK", "GROUP_WORLD_SIZE", "TORCHELASTIC_RESTART_COUNT")


def is_worth_it(environment: Mapping[str, str] | None = None) -> bool:
    """Whether this process was started by a torchrun that would end it for a neighbour's death."""
    env = os.environ if environment is None else environment
    return (
        os.name == "posix"
        and Path("/proc/self/stat").exists()
        and int(env.get("WORLD_SIZE", "1")) > 1
        and int(env.get("TORCHELASTIC_MAX_RESTARTS", "0")) > 0
        and env.get("TORCHELASTIC_USE_AGENT_STORE") == str(True)
    )


def stand_in() -> int | None:
    """The exit code of the child that computes, once it has ended; None in that child, which is to go on."""
    if CHILD in os.environ:
        _Child(Path(os.environ[CHILD])).watch()
        return None
    if not is_worth_it():
        return None
    folder = private_folder()
    return None if folder is None else _StandIn(folder / place()).wait()


def place(environment: Mapping[str, str] | None = None) -> str:
    """The place that torchrun has given this process on this machine, the same after a restart."""
    env = os.environ if environment is None else environment
    # With --virtual-local-rank every process is at 0, with a card of its own.
    return f"{env.get('LOCAL_RANK', '0')}_{re.sub(r'[^0-9A-Za-z]', '_', env.get('CUDA_VISIBLE_DEVICES', ''))[:100]}"


def tell_code(code: int) -> None:
    """Leave the exit code for a stand-in that is not our parent."""
    if CHILD in os.environ:
        _Child(Path(os.environ[CHILD])).end(code)


class _StandIn:
    def __init__(self, file: Path) -> None:
        self.file, self.code, self.pid = file, file.with_suffix(".code"), 0

    def wait(self) -> int:
        """Of the child that is there, or of one that is started now."""
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
            signal.signal(number, self._cancel)
        # torchrun ends us for a neighbour's sake: the child stays. If torchrun itself is ending, the child sees that.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _write(self.file.with_suffix(".env"), json.dumps({name: os.environ.get(name, "") for name in _PLACES}))
        self.pid, started = _living(self.file)
        child = None
        if not self.pid:
            if self._said() == EXIT_BAD_INPUT:
                return self._end(EXIT_BAD_INPUT)
            self.code.unlink(missing_ok=True)
            command = [sys.executable, *sys.orig_argv[1:]]
            child = subprocess.Popen(command, env={**os.environ, CHILD: str(self.file)}, start_new_session=True)
            self.pid, started = child.pid, _start_of(child.pid)
            _write(self.file, f"{self.pid} {started}")
        while child.poll() is None if child is not None else _start_of(self.pid) == started:
            time.sleep(POLL_SECONDS)
        said = self._said()
        # Killed: torchrun is to start it again.
        return self._end(1 if said is None else said)

    def _said(self) -> int | None:
        """The exit code that the child has left; None where it was killed."""
        try:
            return int(self.code.read_text())
        except (OSError, ValueError):
            return None

    def _end(self, code: int) -> int:
        """What was wrong with the input stays wrong: it is kept for the starts that torchrun has left."""
        if code != EXIT_BAD_INPUT or _is_last_start():
            _clear(self.file)
        return code

    def _cancel(self, _number: int, _frame: FrameType | None) -> None:
        if self.pid:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGTERM)


class _Child:
    def __init__(self, file: Path) -> None:
        self.file = file
        # The folder is named after torchrun's process.
        self.launcher, self.launched = file.parent.name.split("-")[-2:]

    def watch(self) -> None:
        """End with torchrun; be at the place that torchrun gives it now. Ends at once where it is not the one meant."""
        patience = time.monotonic() + 5
        while _living(self.file)[0] != os.getpid():
            if time.monotonic() > patience:
                raise SystemExit(1)
            time.sleep(POLL_SECONDS)
        threading.Thread(target=self._watch, daemon=True).start()

    def end(self, code: int) -> None:
        """Leave the exit code for the stand-in of now, or nothing at all where torchrun is gone."""
        if self._is_launcher_there():
            with suppress(OSError):
                _write(self.file.with_suffix(".code"), str(code))
        else:
            _clear(self.file)

    def _is_launcher_there(self) -> bool:
        return _start_of(int(self.launcher)) == self.launched

    def _watch(self) -> None:
        while self._is_launcher_there():
            with suppress(OSError, ValueError):
                os.environ.update(json.loads(self.file.with_suffix(".env").read_text()))
            time.sleep(WATCH_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(END_SECONDS)
        os.kill(os.getpid(), signal.SIGKILL)


def private_folder() -> Path | None:
    """A folder that this user alone can read, one for each torchrun on this machine; None where there can be none.

    It goes with torchrun: what others, which are gone, have left goes first.
    """
    if CHILD in os.environ:
        return Path(os.environ[CHILD]).parent
    if os.name != "posix" or not Path("/proc/self/stat").exists():
        return None
    launcher, ours = os.getppid(), f"wan-move-{os.getuid()}-"
    for folder in Path(tempfile.gettempdir()).glob(f"{ours}*-*"):
        words = folder.name.removeprefix(ours).split("-")
        if len(words) == 2 and words[0].isdigit() and _start_of(int(words[0])) != words[1]:
            shutil.rmtree(folder, ignore_errors=True)
    folder = Path(tempfile.gettempdir()) / f"{ours}{launcher}-{_start_of(launcher)}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise PermissionError(13, "belongs to somebody else", str(folder))
    return folder


@contextmanager
def encoded_folder(run: str, wanted: bool) -> Iterator[Path | None]:
    """Where a machine's processes of ``run`` keep what they encode; None where it is not ``wanted`` or cannot be.

    It stays for those that are started again, and is gone when the run has ended, was stopped, or has failed for good.
    """
    private = private_folder() if wanted else None
    if private is None:
        yield None
        return
    folder, over = private / run, False
    try:
        yield folder
        over = True
    except BaseException as error:
        over = isinstance(error, KeyboardInterrupt) or _is_last_start()
        raise
    finally:
        if over:
            shutil.rmtree(folder, ignore_errors=True)
            with suppress(OSError):
                private.rmdir()


def _is_last_start() -> bool:
    """Whether torchrun will not start its processes again."""
    return os.environ.get("TORCHELASTIC_RESTART_COUNT") == os.environ.get("TORCHELASTIC_MAX_RESTARTS")


def _clear(file: Path) -> None:
    for left in (file, file.with_suffix(".code"), file.with_suffix(".env")):
        left.unlink(missing_ok=True)
    with suppress(OSError):
        file.parent.rmdir()


def _living(file: Path) -> tuple[int, str]:
    """Process id and start of the child that ``file`` names; (0, "") where none lives."""
    try:
        pid, started = file.read_text().split()
    except (OSError, ValueError):
        return 0, ""
    return (int(pid), started) if _start_of(int(pid)) == started else (0, "")


def _start_of(pid: int) -> str:
    """When process ``pid`` was started, in clock ticks since boot (a number that is used again is another); "" if it
    does not live."""
    if not is_alive(pid):
        return ""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _write(path: Path, text: str) -> None:
    waiting = path.with_name(f"{path.name}.{os.getpid()}.part")
    waiting.write_text(text)
    waiting.replace(path)
