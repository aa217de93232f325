"""Which case is next: dealt out one at a time by the run's counter, then whatever is left over by a process that died.

There is no fixed share. A fast process takes more cases, a slow one fewer; what a process had in hand when it was
killed is taken by whoever has nothing else to do, or by that process when torchrun has started it again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any, Protocol

from ...generate.cases import Case
from ...generate.claims import Holder, claimed
from ...generate.elastic.store import RunStore

POLL_SECONDS = 1.0
"""Between two looks at the clips that others of this run still have in hand."""
_END, _WAIT = -1, -2


class Group(Protocol):
    """The ranks that make a clip together, as hosts/diffusers/parallel.py has them."""

    @property
    def together(self) -> bool: ...
    @property
    def writes(self) -> bool: ...
    def agreed(self, value: Any, /) -> Any: ...


class OneEach:
    """Every process makes clips of its own."""

    together, writes = False, True

    def agreed(self, value: Any) -> Any:
        return value


class Turns:
    """The cases of a run as they fall to this process, or to the ``group`` with which it shares each video.

    ``is_made(case)`` tells whether another run has made the clip meanwhile; ``require_room(case)`` raises where it
    could not be kept. :attr:`open` are the places of the cases that are not done and not left; :attr:`elsewhere` the
    cases that another run has in hand, and who that is.
    """

    def __init__(
        self,
        store: RunStore,
        group: Group,
        cases: Sequence[Case],
        is_made: Callable[[Case], bool],
        require_room: Callable[[Case], None],
    ) -> None:
        self.store, self.group, self.cases = store, group, cases
        self._is_made, self._require_room = is_made, require_room
        self.open = [place for place in range(len(cases)) if not store.is_closed(place)]
        self.elsewhere: dict[Case, str] = {}
        self._seen_held: set[int] = set()

    def all(self) -> Generator[int]:
        """The places of the cases to make, one at a time; each is claimed until the next is asked for.

        Whoever made a case closes its place in the store before that. Ends when every case is done, left, or in the
        hands of another run: who has nothing to do waits, and takes over what a process of this run leaves undone.
        Close the iterator (``contextlib.closing``) where it is not run to its end: it holds a claim.
        """
        if not self.group.writes:
            while (place := self.group.agreed(_END)) != _END:
                if place != _WAIT:
                    yield place
            return
        for place in self._led():
            self._tell_group(place)
            if place != _WAIT:
                yield place
        self._tell_group(_END)

    def _tell_group(self, place: int) -> None:
        if self.group.together:
            self.group.agreed(place)

    def _led(self) -> Iterator[int]:
        count = len(self.cases)
        while (place := self.store.take(count)) is not None:
            if place in self.open:
                yield from self._turn(place)
        while self.open:
            # Each starts elsewhere, so that two do not reach for the same clip.
            first = self.store.rank * count // self.store.world
            before = len(self.open)
            for place in sorted(self.open, key=lambda place: (place - first) % count):
                yield from self._turn(place)
            if self.open and len(self.open) == before:
                yield _WAIT
                time.sleep(POLL_SECONDS)

    def _turn(self, place: int) -> Iterator[int]:
        """``place``, if its case is to be made now and by us."""
        case = self.cases[place]
        if self._closed(place):
            return
        self._require_room(case)
        with claimed(case.output) as holder:
            if holder is not None:
                self._note(place, holder)
                return
            if self._closed(place):
                return
            if not self._is_made(case):
                yield place
            elif not self.store.is_closed(place):
                self.store.close(place)
        self.open.remove(place)

    def _closed(self, place: int) -> bool:
        if not self.store.is_closed(place):
            return False
        self.open.remove(place)
        return True

    def _note(self, place: int, holder: Holder) -> None:
        """Of this run: it is waited for. Of another: the case is looked at once more, then left to it."""
        several = self.store.world > 1
        if several and (not holder.pid or self.store.has_process(holder.host, holder.pid)):
            return
        if place in self._seen_held:
            self.elsewhere[self.cases[place]] = str(holder)
            self.open.remove(place)
        self._seen_held.add(place)
