"""generate --takes: every take made (or found), measured, ranked; nothing is thrown away."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from ...errors import WanMoveError, plain
from ...generate.cases import Case, settled
from ...generate.settings import RunSettings
from ...generate.takes.page import Take, grouped, write_page
from ...generate.takes.plan import PlannedTake, Varied, page_path, take_cases
from ...lead.presets import LeadLevels
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
    """Make the takes of every case, measure and rank them; the exit code of ``run_cases``.

    ``begin``: as ``run_cases`` takes it, of the cases themselves: a list's drawn seed is one for all takes.

    Raises: WanMoveError as ``run_cases`` does. Takes that are left (another run's, or damaged) are told at the end,
        after the others were ranked.
    """
    varied.check(settings)
    counted = cases
    values: dict[int, int] = {}

    def planned(given: list[Case]) -> list[PlannedTake]:
        takes = take_cases(given, args.takes, varied)
        values.update({take.case.index: take.value for take in takes})
        return takes

    def of_case(base: RunSettings, case: Case) -> RunSettings:
        return settled(varied.settings(base, values[case.index]), case)

    @contextmanager
    def begun(_: list[Case]) -> Iterator[list[Case]]:
        nonlocal counted
        with begin(cases) as counted:
            yield [take.case for take in planned(counted)]

    first = [take.case for take in planned(cases)]
    for case in first:
        _check_levels(of_case(settings, case))
    ranked = False

    def rank() -> None:
        nonlocal ranked
        ranked = True
        takes = list(_measured(args, varied, settings, counted, planned(counted)))
        page = Path(args.output or ".") / "takes.html" if args.list else page_path(cases[0].output)
        write_page(takes, page)
        _tell(args, takes, page)

    try:
        return run_cases(args, settings, first, None, is_finished, begun, of_case, rank)
    except WanMoveError:
        speaks = not args.dry_run and os.environ.get("RANK", "0") == "0"
        if speaks and not ranked and any(Path(case.output).exists() for case in first):
            rank()
        raise


def _check_levels(settings: RunSettings) -> None:
    if settings.lead_from is not None and settings.lead_to is not None:
        LeadLevels(settings.lead_from, settings.lead_to)


def _measured(
    args: argparse.Namespace, varied: Varied, settings: RunSettings, cases: list[Case], planned: list[PlannedTake]
) -> Iterator[Take]:
    from ...progress import progress_bar

    for take in planned:
        case, of = take.case, cases[take.of]
        if not Path(case.output).exists():
            continue
        # In a list's folders two clips may have one file name.
        name = Path(of.output).relative_to(args.output or ".").as_posix() if args.list else Path(of.output).name
        with progress_bar(f"Measure {Path(case.output).name}", quiet=args.quiet) as bar:
            yield measured(case, settings, name, take.number, varied.told(take.value), bar)


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
