"""Progress of long work: bars on a terminal, silence elsewhere, always on stderr so that output can be piped."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from .errors import plain

OnProgress = Callable[[int, int], None]
"""Called with (done, total) as work goes on. It may raise to stop the work; what is unfinished is then removed."""

Item = TypeVar("Item")


@contextmanager
def progress_bar(label: str, *, quiet: bool = False) -> Iterator[OnProgress]:
    """A bar named ``label`` that the yielded function moves; nothing where stderr is not a terminal, or ``quiet``."""
    if quiet or not sys.stderr.isatty():
        yield _nothing
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(compact=True))
    with Progress(*columns, console=Console(stderr=True)) as bars:
        task = bars.add_task(plain(label), total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


def counted(items: Iterable[Item], total: int, on_progress: OnProgress | None) -> Iterator[Item]:
    """``items``, telling ``on_progress`` after each one has been used."""
    for done, item in enumerate(items, start=1):
        yield item
        if on_progress is not None:
            on_progress(done, total)


def _nothing(done: int, total: int) -> None:
    return None
