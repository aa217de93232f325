"""generate --takes: every take made (or found), measured, ranked; nothing is thrown away."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from ...errors import WanMoveError, plain
from ...generate.cases import Case
from ...generate.settings import RunSettings
from ...generate.takes.page import Take, grouped, write_page
from ...generate.takes.plan import Varied, page_path, take_cases
from .._inputs import say
from ..cases.run import IsFinished, run_cases
from .measure import measured

Begin = Callable[[list[Case]], AbstractContextManager[list[Case]]]


def run_takes(
    args: argparse.Namespace,
    settings: RunSettings,
    cases: list[Case],
    varied: Varied,
    is_finished: IsFinished,
    begin: Begin,
) -> int:
    """Make the takes of every case, measure and rank them; 0.

    ``begin``: as ``run_cases`` takes it, of the cases themselves: a list's drawn seed is one for all takes.

    Raises: WanMoveError as ``run_cases`` does. Takes that are left (another run's, or damaged) are told at the end,
        after the others were ranked.
    """
    left: list[WanMoveError] = []
    code = 0
    made: list[tuple[RunSettings, int, list[Case], list[Case]]] = []
    for value, own in enumerate(varied.settings(settings)):
        counted: list[list[Case]] = [cases]

        @contextmanager
        def begun(_: list[Case], value: int = value, counted: list[list[Case]] = counted) -> Iterator[list[Case]]:
            with begin(cases) as given:
                counted[:] = [given]
                yield take_cases(given, args.takes, varied, value)

        planned = take_cases(cases, args.takes, varied, value)
        if varied.name:
            say(args, f"Takes with {varied.told(value)}")
        try:
            code = max(code, run_cases(args, own, planned, None, is_finished, begun))
        except WanMoveError as error:
            if not any(Path(case.output).exists() for case in planned):
                raise
            left.append(error)
        made.append((own, value, counted[0], take_cases(counted[0], args.takes, varied, value)))
    if args.dry_run or os.environ.get("RANK", "0") != "0":
        return code
    takes = [take for group in made for take in _measured(args, varied, *group)]
    page = Path(args.output or ".") / "takes.html" if args.list else page_path(cases[0].output)
    write_page(takes, page)
    _tell(args, takes, page)
    if left:
        raise left[0]
    return code


def _measured(
    args: argparse.Namespace,
    varied: Varied,
    settings: RunSettings,
    value: int,
    cases: list[Case],
    planned: list[Case],
) -> Iterator[Take]:
    from ...progress import progress_bar

    width = max(1, len(varied.values))
    for index, case in enumerate(planned):
        if not Path(case.output).exists():
            continue
        of, k = cases[index // args.takes], index % args.takes
        # In a list's folders two clips may have one file name.
        name = Path(of.output).relative_to(args.output or ".").as_posix() if args.list else Path(of.output).name
        with progress_bar(f"Measure {Path(case.output).name}", quiet=args.quiet) as bar:
            yield measured(case, settings, name, k * width + value + 1, varied.told(value), bar)


def _tell(args: argparse.Namespace, takes: list[Take], page: Path) -> None:
    for name, group in grouped(takes).items():
        say(args, f"{plain(name)}, best first:")
        for take in group:
            figures: list[Any] = [take.clip.name, f"seed {take.seed}"]
            figures += [take.varied] if take.varied else []
            if take.score is None:
                figures.append(take.note or "not measured")
            else:
                figures.append(f"score {take.score:.0f}: {take.followed or 0:.0%} of the tracks follow")
                figures += [] if take.still is None else [f"{take.still:.0%} of the rest stays"]
            say(args, plain("  " + ", ".join(figures)))
    say(args, f"{page}: the takes side by side")
