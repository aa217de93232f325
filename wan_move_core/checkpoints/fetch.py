"""One large file over HTTP that goes on where it stopped: what has come waits in a part, and gets its name when whole.

The hubs' own clients throw a part away when a run ends (huggingface_hub since 2.0 on purpose), which for files of ten
gigabytes means starting anew.
"""

from __future__ import annotations

import os
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ..errors import WanMoveError
from .intact import note_intact, same

PARTS = Path(".cache/wan_move")
TRIES = 5
WAIT_SECONDS = 2.0
TIMEOUT_SECONDS = 60
_PIECE_BYTES = 1 << 20


@dataclass(frozen=True)
class Remote:
    """A file at a hub: its ``name`` in the folder, ``size_bytes``, its hash, and where it is just now.

    ``address()`` gives the URL and its headers anew for each try: signed addresses expire.
    """

    name: str
    size_bytes: int
    etag: str
    commit: str
    address: Callable[[], tuple[str, Mapping[str, str]]]


def fetch(folder: Path, remote: Remote, on_bytes: Callable[[int], None] = lambda count: None) -> None:
    """Bring ``remote`` into ``folder``: what is there and has the hash stays, a part is continued.

    Raises: WanMoveError when the disk is too full, another run is at it, or the hash differs; OSError when the
    connection breaks more than five times without a byte between.
    """
    target = folder / remote.name
    if target.is_file() and target.stat().st_size == remote.size_bytes and same(folder, remote.name, remote.etag):
        on_bytes(remote.size_bytes)
        return
    part = folder / PARTS / f"{remote.name}.{remote.etag[:16]}.part"
    part.parent.mkdir(parents=True, exist_ok=True)
    with part.open("ab") as stream:
        _lock(stream, remote.name)
        have = stream.tell()
        if have > remote.size_bytes:
            stream.truncate(have := 0)
        free = shutil.disk_usage(folder).free
        if free < remote.size_bytes - have:
            raise WanMoveError(
                where=str(target),
                what=f"No space: {(remote.size_bytes - have) >> 20:,} MB are to come, {free >> 20:,} MB are free",
                fix="free some disk space, or choose another --to; the same command then goes on",
            )
        on_bytes(have)
        _complete(stream, remote, on_bytes)
    if not same(folder, part.relative_to(folder).as_posix(), remote.etag):
        part.unlink()
        raise WanMoveError(
            where=str(target),
            what="what came is not what the hub says (another hash), and was removed",
            fix="run the same command again",
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    part.replace(target)
    note_intact(folder, remote.name, remote.etag, remote.commit)


def _complete(stream: BinaryIO, remote: Remote, on_bytes: Callable[[int], None]) -> None:
    tries = 0
    while (have := stream.tell()) < remote.size_bytes:
        try:
            url, headers = remote.address()
            request = urllib.request.Request(url, headers={**headers, "Range": f"bytes={have}-"})
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
                if have and answer.status != 206:  # it sends the whole file whatever was asked
                    stream.truncate(0)
                    stream.seek(0)
                    on_bytes(-have)
                while piece := answer.read(min(_PIECE_BYTES, remote.size_bytes - stream.tell())):
                    stream.write(piece)
                    on_bytes(len(piece))
            stream.flush()
            if stream.tell() == have:
                raise OSError("the connection ended without a byte")
        except OSError as error:
            stream.flush()
            tries = 1 if stream.tell() > have else tries + 1
            refused = isinstance(error, urllib.error.HTTPError) and error.code in (401, 403, 404)
            if tries > TRIES or refused:
                raise
            time.sleep(WAIT_SECONDS)


def _lock(stream: BinaryIO, name: str) -> None:
    if os.name == "nt":
        return
    import fcntl

    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise WanMoveError(
            where=name, what="another run is fetching it just now", fix="wait for that run, or stop it"
        ) from None
