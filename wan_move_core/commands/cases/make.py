"""One case made: sampled, with a bar, then kept with its side file; and the word of a team that it can be, or was."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from ...errors import WanMoveError
from ...generate.elastic.store import RunStore
from ...generate.sidefile import SideFile
from .._inputs import say, speaks

if TYPE_CHECKING:
    import numpy as np

    from ...hosts.diffusers.engine import Engine
    from ...hosts.diffusers.parallel import Parallel

Item = TypeVar("Item")

PATIENCE_SECONDS = 120.0
"""How long a rank whose case has failed waits for the word of the others: they have failed as well, or they sample on
and wait for it, which only torchrun can end."""


class TeamApart(WanMoveError):
    """A case that has failed on some ranks of a team while the others are at work on it: the run cannot go on."""


def sample(args: argparse.Namespace, engine: Engine, side: SideFile, label: str) -> np.ndarray:
    """uint8 [T, H, W, 3]: the clip of ``side``."""
    from ...progress import progress_bar

    # One bar: that of the process which speaks. What the others have made is told as it is there.
    shows = not args.quiet and engine.parallel.writes and speaks()
    with progress_bar(label, quiet=not shows) as bar:

        def stepped(done: int, total: int) -> None:
            bar(done, total)
            if shows and not sys.stderr.isatty():
                sys.stderr.write(f"{label}: step {done}/{total}\n")

        engine.settings = side.settings
        return engine.make(side.case, stepped)


def keep(
    args: argparse.Namespace,
    engine: Engine,
    side: SideFile,
    frames: np.ndarray,
    seconds: Callable[[], float],
    expected: SideFile | None,
) -> None:
    """Write the clip of ``side`` and its side file, and tell of it. ``seconds``: since its making began."""
    from ...generate.results import write_result, write_with_tracks

    case = side.case
    told: dict[str, Any] = {
        "seconds": round(seconds(), 3),
        "device": engine.device_name,
        "memory_plan": engine.plan.preset,
    }
    result = write_result(side, frames, engine.settings.fps, {**told, "processes": engine.parallel.world})
    if not args.quiet:
        several = engine.parallel.world > 1 and not engine.parallel.together
        by = f" (process {engine.parallel.rank})" if several else ""
        size = f"{result['frames']} frames of {frames.shape[2]}x{frames.shape[1]}"
        sys.stderr.write(f"{case.output}: {size}, {told['seconds']:.1f} s{by}\n")
    if args.vis_track:
        tracks = engine.tracks_of(case)
        if tracks is None:
            say(args, "--vis-track: the case has no tracks, so there is nothing to draw")
        else:
            say(args, f"{write_with_tracks(case.output, frames, tracks, engine.settings.fps)}: with its tracks")
    if expected is not None:
        same = expected.result.get("frames_sha256") == result["frames_sha256"]
        if not args.quiet:
            # By whoever made it: that need not be the first process.
            told_same = "The frames are the same, bit for bit." if same else None
            sys.stderr.write(f"{told_same or 'The frames differ (other machine or versions?).'}\n")


def as_one(parallel: Parallel, store: RunStore, step: str, work: Callable[[], Item], patience: float) -> Item:
    """What ``work`` gives, once it has on every rank of the team; ``step`` names it, once in a start.

    Raises: the WanMoveError of the team's first rank that has one, on all its ranks, so that all go on or none does;
        TeamApart where the others have no word for ``patience`` seconds.
    """
    if not parallel.together:
        return work()
    made: Item | None = None
    own: WanMoveError | None = None
    try:
        made = work()
    except WanMoveError as error:
        own = error
    first = parallel.team * parallel.team_size
    ranks = range(first, first + parallel.team_size)
    told = store.words(step, ranks, None if own is None else [own.where, own.what, own.fix], patience if own else None)
    if told is None:
        assert own is not None
        raise TeamApart(where=own.where, what=own.what, fix=own.fix)
    for word in told:
        if word is not None:
            where, what, fix = word
            raise WanMoveError(where=where, what=what, fix=fix)
    return made  # type: ignore[return-value]
