"""The host's progress bar, which is also where a long piece of work hears that it was cancelled."""

from __future__ import annotations

from typing import Any

import comfy.model_management
import comfy.utils


class Progress:
    """Callable ``report(done, total=None)``; raises the host's interruption when the user cancelled.

    ``comfy.utils.ProgressBar`` exists on every supported host; ``ComfyAPI().execution`` only works from 0.14.0.
    """

    def __init__(self, total: int) -> None:
        self.total = max(int(total), 1)
        self._bar = comfy.utils.ProgressBar(self.total)

    def __call__(self, done: int, total: int | None = None, preview: Any = None) -> None:
        """``preview``: the host's triple (format, PIL image, longest side) or None."""
        throw_if_cancelled()
        self._bar.update_absolute(int(done), int(total or self.total), preview)


def throw_if_cancelled() -> None:
    """Raise the host's InterruptProcessingException when the user pressed cancel."""
    comfy.model_management.throw_exception_if_processing_interrupted()
