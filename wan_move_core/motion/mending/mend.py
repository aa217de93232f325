"""Mend, check again, and mend what came to light, until nothing more changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from ..checks.issues import Issue

LEVELS: dict[str, tuple[str, ...]] = {
    "none": (),
    "errors": ("error",),
    "warnings": ("error", "warning"),
    "all": ("error", "warning", "info"),
}
"""What to mend, by severity."""

MOST_ROUNDS = 4

Motion = TypeVar("Motion")


def mend(
    motion: Motion,
    check: Callable[[Motion], list[Issue]],
    apply: Callable[[Motion, Sequence[Issue]], tuple[Motion, list[str]]],
    level: str = "warnings",
) -> tuple[Motion, list[Issue], list[str]]:
    """Mend ``motion`` (tracks or a document) with its own ``check`` and ``apply``, as far as ``level`` says.

    A fix may uncover another issue: a point that was hidden at the start may turn out to start outside. So this goes
    on for a few rounds, and ends where a round leaves the same issues.

    Returns: the mended motion, the issues that are left, and one sentence per change.
    """
    left = check(motion)
    said: list[str] = []
    for _ in range(MOST_ROUNDS):
        wanted = [issue for issue in left if issue.fixable and issue.severity in LEVELS[level]]
        if not wanted:
            break
        motion, sentences = apply(motion, wanted)
        said += [sentence for sentence in sentences if sentence not in said]
        before, left = left, check(motion)
        if [(i.id, i.track, i.count) for i in before] == [(i.id, i.track, i.count) for i in left]:
            break
    return motion, left, said
