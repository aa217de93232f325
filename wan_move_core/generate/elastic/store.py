"""What the processes of one run tell each other: a counter that deals the cases out, and what became of each.

All of it lies in the store that torchrun keeps for its processes (a ``TCPStore``). There is no process group and no
collective: a process that dies or is slow holds nobody up, and one that comes later reads what is there. The store
outlives a restart of the processes, so that the counter goes on where it was.
"""

from __future__ import annotations

import functools
import json
import math
import os
import socket
import time
import uuid
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, Protocol, TypeVar

from ...errors import WanMoveError

T = TypeVar("T")

WAIT_SECONDS = 0.1
LEAVE_SECONDS = 20.0
"""How long the process that keeps the store stays for the others to read the end of the run."""
_REACH = timedelta(seconds=300)
_CHUNK_BYTES = 4 * 2**20
"""A TCPStore takes values of at most 8 MiB."""
_opened = 0


class StoreLost(Exception):
    """torchrun has ended, or the machine that keeps its store: another start may find another."""


class Store(Protocol):
    """As torch.distributed's stores have it."""

    def add(self, key: str, amount: int, /) -> int: ...
    def set(self, key: str, value: Any, /) -> None: ...
    def get(self, key: str, /) -> bytes: ...
    def check(self, keys: list[str], /) -> bool: ...


class LocalStore:
    """The store of a process alone."""

    def __init__(self) -> None:
        self._values: dict[str, bytes] = {}

    def add(self, key: str, amount: int) -> int:
        value = int(self._values.get(key, b"0")) + amount
        self._values[key] = str(value).encode()
        return value

    def set(self, key: str, value: str | bytes) -> None:
        self._values[key] = value.encode() if isinstance(value, str) else value

    def get(self, key: str) -> bytes:
        return self._values[key]

    def check(self, keys: list[str]) -> bool:
        return all(key in self._values for key in keys)


def _answering(method: Callable[..., T]) -> Callable[..., T]:
    """Say in words that the store is gone: its errors are of many kinds, and name sockets."""

    @functools.wraps(method)
    def asked(self: RunStore, *given: Any) -> T:
        try:
            return method(self, *given)
        except RuntimeError as error:
            raise StoreLost(
                "Generate / several processes: torchrun's store does not answer any more "
                f"({str(error).splitlines()[0][:160]}). Fix: where torchrun does not start it again by itself "
                "(--max-restarts), start the same command again: clips that are made stay."
            ) from error

    return asked


class RunStore:
    """One run's part of the store. ``run`` names it: the same in all its processes, also those started again."""

    def __init__(self, store: Store, run: str, rank: int = 0, world: int = 1) -> None:
        self._store, self._run, self.rank, self.world = store, run, rank, world
        self.name = run.replace("/", "-")
        self._set(self._process(socket.gethostname(), os.getpid()), b"")

    def take(self, count: int) -> int | None:
        """The next of ``count`` places, which no other process gets; None when all were given out."""
        place = self._add("next") - 1
        return place if place < count else None

    def close(self, place: int, left: str = "") -> bool:
        """The case at ``place`` is done, or is ``left`` as it is for that reason; whether nobody had said so."""
        self._set(f"closed/{place}", left)
        return self._add(f"told/{place}") == 1

    def is_closed(self, place: int) -> bool:
        return self._has(f"closed/{place}")

    def why_left(self, place: int) -> str | None:
        """Why the closed case at ``place`` was left as it is; None where it is done."""
        return self._get(f"closed/{place}").decode() or None

    def count(self, what: str) -> int:
        """One more of ``what``; how many there are now."""
        return self._add(f"count/{what}")

    def end(self, code: int | None = None) -> None:
        """The first process has said what there was to say at the end; ``code``: of the run, where it is for good."""
        self._set("over", "" if code is None else str(code))

    def ended(self) -> int | None:
        """The exit code of the run, where an earlier start has ended it for good."""
        return int(self._get("over")) if self.is_over() and self._get("over") else None

    def words(self, step: str, ranks: Sequence[int], own: Any, patience: float | None) -> list[Any] | None:
        """What each of ``ranks`` has said at ``step``, plain JSON data; ``own`` is this process's word.

        Waits for all of them; where ``patience`` is given, so many seconds: then None.
        """
        start = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")
        keys = [f"words/{start}/{step}/{rank}" for rank in ranks]
        self._set(f"words/{start}/{step}/{self.rank}", json.dumps(own))
        until = time.monotonic() + (math.inf if patience is None else patience)
        while not all(map(self._has, keys)):
            if time.monotonic() > until:
                return None
            time.sleep(WAIT_SECONDS)
        return [json.loads(self._get(key)) for key in keys]

    def is_over(self) -> bool:
        return self._has("over")

    def has_process(self, host: str, pid: int) -> bool:
        """Whether process ``pid`` on ``host`` is, or was, one of this run."""
        return self._has(self._process(host, pid))

    def agreed(self, name: str, make: Callable[[], Any]) -> Any:
        """What the first process ``make``s (plain JSON data), in every process, also in those started again.

        Raises: in every process the WanMoveError of the first, so that none waits for what will not come.
        """
        if self.world == 1:
            return make()
        if self.rank == 0 and not self._has(f"agreed/{name}"):
            try:
                told = [make(), None]
            except WanMoveError as error:
                told = [None, {"where": error.where, "what": error.what, "fix": error.fix}]
            text = zlib.compress(json.dumps(told).encode())
            parts = [text[at : at + _CHUNK_BYTES] for at in range(0, len(text), _CHUNK_BYTES)]
            for number, part in enumerate(parts):
                self._set(f"agreed/{name}/{number}", part)
            self._set(f"agreed/{name}", str(len(parts)))
        while not self._has(f"agreed/{name}"):
            time.sleep(WAIT_SECONDS)
        parts = [self._get(f"agreed/{name}/{number}") for number in range(int(self._get(f"agreed/{name}")))]
        made, failed = json.loads(zlib.decompress(b"".join(parts)))
        if failed is not None:
            raise WanMoveError(**failed)
        return made

    def leave(self) -> None:
        """The run is over here. Where the first process keeps the store itself, it goes last."""
        if self.world == 1:
            return
        with suppress(StoreLost):
            self._add("gone")
            patience = time.monotonic() + LEAVE_SECONDS
            while self.rank == 0 and _keeps_the_store() and time.monotonic() < patience:
                if int(self._get("gone")) >= self.world:
                    return
                time.sleep(WAIT_SECONDS)

    @staticmethod
    def _process(host: str, pid: int) -> str:
        return f"process/{host}/{pid}"

    @_answering
    def _add(self, key: str) -> int:
        return int(self._store.add(f"{self._run}/{key}", 1))

    @_answering
    def _set(self, key: str, value: str | bytes) -> None:
        self._store.set(f"{self._run}/{key}", value)

    @_answering
    def _get(self, key: str) -> bytes:
        return self._store.get(f"{self._run}/{key}")

    @_answering
    def _has(self, key: str) -> bool:
        return bool(self._store.check([f"{self._run}/{key}"]))


def open_store(rank: int, world: int, count: int) -> RunStore:
    """The store of a run of ``count`` cases: of torchrun's processes, or of this one alone.

    A process that makes several runs opens them in the same order as the others, which is how they find each other.

    Raises: WanMoveError when torchrun's store cannot be reached.
    """
    global _opened
    run, _opened = f"wan_move/{_opened}/{count}", _opened + 1
    if world == 1:
        return RunStore(LocalStore(), run)
    import torch

    try:
        store = next(torch.distributed.rendezvous("env://", timeout=_REACH))[0]
    except (RuntimeError, ValueError) as error:
        place = f"{os.environ.get('MASTER_ADDR')}:{os.environ.get('MASTER_PORT')}"
        raise WanMoveError(
            where="Generate / several processes",
            what=f"torchrun's store at {place} cannot be reached ({str(error).splitlines()[0][:160]})",
            fix="start with torchrun, and let the machines reach each other at its --rdzv-endpoint",
        ) from error
    return RunStore(store, run, rank, world)


def _keeps_the_store() -> bool:
    """Whether the first process holds the store, rather than torchrun itself."""
    return os.environ.get("TORCHELASTIC_USE_AGENT_STORE") != str(True)


def fresh_store(store: Any, rank: int, world: int) -> Any:
    """A part of ``store`` that the ``world`` processes of this start alone know.

    torchrun keeps one store for all its starts: a process group that found in it where the dead ones had listened
    would wait for them for ever. The first process names a part, each other one answers with a word of its own, and
    goes on when the first has repeated that word: what an earlier start has left there does not know it.
    """
    from torch.distributed import PrefixStore

    own = uuid.uuid4().hex
    if rank == 0:
        store.set("wan_move/part", own)
        answers = [f"wan_move/{own}/{other}" for other in range(1, world)]
        _wait(lambda: store.check(answers))
        store.set(f"wan_move/{own}/go", json.dumps([store.get(key).decode() for key in answers]))
        return PrefixStore(f"wan_move/{own}", store)
    while True:
        _wait(lambda: store.check(["wan_move/part"]))
        part = store.get("wan_move/part").decode()
        store.set(f"wan_move/{part}/{rank}", own)

        def decided(part: str = part) -> bool:
            return store.check([f"wan_move/{part}/go"]) or store.get("wan_move/part").decode() != part

        _wait(decided)
        if store.check([f"wan_move/{part}/go"]) and own in json.loads(store.get(f"wan_move/{part}/go")):
            return PrefixStore(f"wan_move/{part}", store)
        time.sleep(WAIT_SECONDS)


def _wait(is_so: Callable[[], bool]) -> None:
    while not is_so():
        time.sleep(WAIT_SECONDS)
