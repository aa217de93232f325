"""The host's progress bar, which is also where a long piece of work hears that it was cancelled."""

from __future__ import annotations

from typing import Any

from .host.running import progress_bar, throw_if_cancelled


class Progress:
    """Callable ``report(done, total=None)``; raises the host's interruption when the user cancelled."""

    def __init__(self, total: int) -> None:
        self.total = max(int(total), 1)
        self._move = progress_bar(self.total)

    def __call__(self, done: int, total: int | None = None, preview: Any = None) -> None:
        """``preview``: the host's triple (format, PIL image, longest side) or None."""
        throw_if_cancelled()
        self._move(int(done), int(total or self.total), preview)
