"""Who makes which clip: two runs on one folder share its cases instead of making each of them twice.

A claim is a small file beside the clip, ``.clip.mp4.claim``, that exists while the clip is being made. It is created
exclusively, so one run gets it; it says which process on which machine, and that process touches it while it lives. A
claim whose process is gone, or which nobody has touched for :data:`STALE_SECONDS`, is taken over.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ..video import made_folder

BEAT_SECONDS = 20.0
STALE_SECONDS = 180.0
"""Nine beats: a folder on a slow network share must not lose a claim to one of its pauses."""
_MAX_BYTES = 4096


def claim_path(output: str | Path) -> Path:
    """``clip.mp4`` -> ``.clip.mp4.claim``."""
    output = Path(output)
    return output.with_name(f".{output.name}.claim")


@dataclass(frozen=True)
class Holder:
    """Whose claim it is. ``token`` is new for every claim."""

    host: str
    pid: int
    token: str

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"


_UNKNOWN = Holder("another machine", 0, "")
"""Of a claim that holds nothing yet: its run is about to write it, or was killed before it could."""


@contextmanager
def claimed(output: str | Path) -> Iterator[Holder | None]:
    """Hold the claim on ``output`` inside the block. Yields None where it is ours, else who holds it.

    The clip's folder is made where missing, and goes again if nothing was put into it. Where no such file can be made
    at all, the error of the system passes.
    """
    path = claim_path(output)
    with made_folder(path):
        mine = Holder(socket.gethostname(), os.getpid(), uuid.uuid4().hex)
        holder = _take(path, mine)
        if holder is not None:
            yield holder
            return
        ended = threading.Event()
        beating = threading.Thread(target=_beat, args=(path, ended), daemon=True)
        beating.start()
        try:
            yield None
        finally:
            ended.set()
            beating.join()
            if _holder(path) == mine:
                path.unlink(missing_ok=True)


def holder_of(output: str | Path) -> Holder | None:
    """Who is making ``output`` now; None where nobody is, or nobody living."""
    path = claim_path(output)
    holder = _holder(path)
    return None if holder is None or _is_stale(path, holder) else holder


def is_alive(pid: int) -> bool:
    """Whether process ``pid`` of this machine lives."""
    if os.name == "nt":
        return _is_alive_on_windows(pid)
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    try:
        # A killed process that nobody has collected still answers signals, as in containers without an init.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (OSError, IndexError):
        return True


def drop_dead_claim(path: Path) -> bool:
    """Remove the claim file ``path`` if whoever held it is gone; whether it was."""
    holder = _holder(path) or _UNKNOWN
    if not _is_stale(path, holder):
        return False
    _move_away(path, holder)
    return True


def _take(path: Path, mine: Holder) -> Holder | None:
    """None when the claim is ours now, else its holder."""
    text = json.dumps({"host": mine.host, "pid": mine.pid, "token": mine.token}).encode()
    while True:
        try:
            handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
        except FileExistsError:
            holder = _holder(path) or _UNKNOWN
            if not _is_stale(path, holder):
                return holder
            _move_away(path, holder)
            continue
        with os.fdopen(handle, "wb") as stream:
            stream.write(text)
        return None


def _move_away(path: Path, stale: Holder) -> None:
    """Take a stale claim out of the way. If another run was faster, what was moved is its claim: it goes back."""
    aside = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    try:
        path.replace(aside)
    except FileNotFoundError:
        return
    if (_holder(aside) or _UNKNOWN) != stale:
        with suppress(OSError):
            os.link(aside, path)
    aside.unlink(missing_ok=True)


def _holder(path: Path) -> Holder | None:
    try:
        with path.open("rb") as stream:
            table = json.loads(stream.read(_MAX_BYTES))
        return Holder(str(table["host"]), int(table["pid"]), str(table["token"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _is_stale(path: Path, holder: Holder) -> bool:
    if holder.pid and holder.host == socket.gethostname() and not is_alive(holder.pid):
        return True
    try:
        return _clock_of(path.parent) - path.stat().st_mtime > STALE_SECONDS
    except FileNotFoundError:
        return False


def _clock_of(folder: Path) -> float:
    """Now, by the clock that stamps files in ``folder``: a file server's may differ from ours."""
    probe = folder / f".{uuid.uuid4().hex}.{os.getpid()}.part"
    try:
        probe.touch()
        return probe.stat().st_mtime
    except OSError:
        return time.time()
    finally:
        with suppress(OSError):
            probe.unlink(missing_ok=True)


def _beat(path: Path, ended: threading.Event) -> None:
    while not ended.wait(BEAT_SECONDS):
        with suppress(OSError):
            os.utime(path)


def _is_alive_on_windows(pid: int) -> bool:
    import ctypes

    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 - absent where this is checked
    handle = kernel.OpenProcess(0x1000, False, pid)
    if not handle:
        return kernel.GetLastError() == 5
    code = ctypes.c_ulong()
    known = kernel.GetExitCodeProcess(handle, ctypes.byref(code))
    kernel.CloseHandle(handle)
    return not known or code.value == 259
