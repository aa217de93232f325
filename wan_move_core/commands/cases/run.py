"""Cases made one after another, for the commands that run the model: what is there stays, what fails is told."""

from __future__ import annotations

import argparse
import dataclasses
import math
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import WanMoveError, plural
from ...generate.cases import Case, settled
from ...generate.elastic.outlive import EXIT_BAD_INPUT, encoded_folder, stand_in
from ...generate.elastic.store import WAIT_SECONDS, RunStore, StoreLost, open_store
from ...generate.settings import RunSettings
from ...generate.sidefile import SideFile, finished, input_record, side_path, versions, weights_record
from ...method.published import BOUNDARY
from .._inputs import compare_inputs, extended, imported_reader, require_extension, say, speaks, tracks_reader
from .device import card_bytes, device_of
from .lead import LeadReader
from .loras import lora_lines
from .make import PATIENCE_SECONDS, TeamApart, as_one, keep, sample
from .turns import Turns

if TYPE_CHECKING:
    from ...hosts.diffusers.engine import Engine
    from ...hosts.diffusers.parallel import Parallel

IsFinished = Callable[[SideFile], bool]
OfCase = Callable[[RunSettings, Case], RunSettings]
Begin = Callable[[list[Case]], AbstractContextManager[list[Case]]]
FULL = "the disk is full"


def outlives(args: argparse.Namespace) -> int | None:
    """In a process that only stands in for the one that computes: its exit code. None where the work is ours."""
    shared = args.ulysses_size * args.ring_size > 1 or args.dit_fsdp or args.t5_fsdp
    return None if shared or args.dry_run else stand_in()


def run_cases(
    args: argparse.Namespace,
    settings: RunSettings,
    cases: list[Case],
    expected: SideFile | None = None,
    is_finished: IsFinished = finished,
    begin: Begin = nullcontext,
    of_case: OfCase = settled,
    after: Callable[[], None] = lambda: None,
) -> int:
    """Make every case that is not there yet, dealt out one at a time to the processes that torchrun started.

    The exit code: 0, or that of an error which another process tells.

    ``is_finished(side file of a case)`` tells whether a clip can stay; it raises where it must not be touched: of
    several cases that one is then left as it is, told, and an error at the end. ``begin(cases)`` is entered when
    everything was checked and something will be written; it gives the cases that count. ``of_case(settings, case)``:
    those of one case, which may differ in what is sampled and not in what is loaded. ``after()``: what the first
    process does when all is made, and before any ends for the cases that were left.

    Raises: WanMoveError for what cannot be made, before anything is loaded; at the end for cases that were left.
    """
    may_be_done = not (args.overwrite or args.dry_run or args.use_prompt_extend) and _are_there(cases)
    if not may_be_done:
        from ...hosts.diffusers.environment import require_diffusers

        require_diffusers()
    import torch

    from ...hosts.diffusers import parallel as several

    parallel = several.plan_parallel(
        ulysses=args.ulysses_size,
        ring=args.ring_size,
        dit_fsdp=args.dit_fsdp,
        t5_fsdp=args.t5_fsdp,
        attention=settings.attention,
    )
    device = device_of(args.device, parallel)
    if device.type == "cuda":
        torch.cuda.set_device(device)
    joined = False

    def join() -> None:
        nonlocal joined
        # Processes that make a case each need no group: one of them could then hold up or end the others.
        joined = joined or (parallel.together and several.start(parallel, device))

    try:
        store = open_store(parallel.rank, parallel.world, len(cases))
        ended = store.ended() if int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")) else None
        if ended is not None:
            # torchrun starts everything again where a process ends as failed; what there was to say was said.
            return ended
        may_be_done = store.agreed("may be done", lambda: may_be_done)
        if not may_be_done:
            join()
        run = _Run(args, settings, cases, expected, parallel, device, is_finished, of_case, store, join)
        return run.all(begin, after, may_be_done)
    except StoreLost as lost:
        sys.stderr.write(f"{lost}\n")
        return 1
    finally:
        if joined:
            several.stop()


class _Run:
    """One start of the command: its cases, what was found of earlier ones, and what was left undone."""

    def __init__(
        self,
        args: argparse.Namespace,
        settings: RunSettings,
        cases: list[Case],
        expected: SideFile | None,
        parallel: Parallel,
        device: Any,
        is_finished: IsFinished,
        of_case: OfCase,
        store: RunStore,
        join: Callable[[], None],
    ) -> None:
        from ...generate.memory import choose_plan
        from ...hosts.diffusers.files import run_paths, weight_files

        self.store, self.join = store, join
        self.args, self.expected, self.parallel, self.device = args, expected, parallel, device
        self.is_finished, self.of_case = is_finished, of_case
        self.plan = choose_plan(
            settings.memory,
            card_bytes=card_bytes(device),
            storage=settings.storage,
            t5_cpu=settings.t5_cpu,
            offload_model=settings.offload_model,
            vae_tiling=settings.vae_tiling,
            sharing=parallel.sharing,
        )
        # What decides the result is recorded as it was used, not as "the preset's" or "this machine's".
        noise_device = "cpu" if device.type == "cpu" else settings.noise_device
        self.settings = dataclasses.replace(
            settings, storage=self.plan.storage, vae_tiling=self.plan.vae_tiling, noise_device=noise_device
        )
        require_extension(args)
        self.cases = self._agreed("cases", lambda: cases)
        self.files = weight_files(run_paths(self.settings))
        self.weights = weights_record(self.files)
        self.sides: dict[int, SideFile] = {}
        self.before: dict[str, int | None] = {}
        self.prepared = False

    @cached_property
    def engine(self) -> Engine:
        """Not before there is something to make: importing diffusers takes longer than finding that all is done."""
        from ...hosts.diffusers.environment import require_diffusers

        require_diffusers()
        from ...hosts.diffusers.engine import Engine

        self.join()

        def tell(line: str) -> None:
            say(self.args, line)

        read = imported_reader(self.settings, tell)
        lead = LeadReader(self.settings, read, tell)
        return Engine(self.settings, self.plan, self.device, tracks_reader(read), self.parallel, tell, lead)

    def _agreed(self, name: str, make: Callable[[], list[Case]]) -> list[Case]:
        """The first process's cases, in all: what was drawn (a seed) or written by a model (a prompt) must be one."""
        if self.parallel.world == 1:
            return make()
        return [Case.of_json(table) for table in self.store.agreed(name, lambda: [case.to_json() for case in make()])]

    def all(self, begin: Begin, after: Callable[[], None], may_be_done: bool) -> int:
        """``may_be_done``: every clip is there; whether any is to be made is then found out before all else."""
        args, parallel = self.args, self.parallel
        if not may_be_done:
            self._check()
        if args.dry_run:
            many = len(self.cases) > 1
            say(args, f"{len(self.cases)} case{'s' * many} checked; nothing was made (--dry-run)")
            self.store.leave()
            return 0
        with begin(self.cases) if parallel.rank == 0 else nullcontext(self.cases) as counted:
            if parallel.rank == 0:
                self._sweep()
            self.cases = self._agreed("counted", lambda: extended(args, counted, self.device))
            self._record()
            self._look()
            places = range(len(self.cases))
            if self.store.agreed("all closed", lambda: all(map(self.store.is_closed, places))):
                elsewhere: dict[Case, str] = {}
            else:
                if may_be_done:
                    self._check()
                elsewhere = self._make_all()
        return self._conclude(elsewhere, after)

    def _make_all(self) -> dict[Case, str]:
        """Make what is open; the cases that another run has in hand, and who that is."""
        turns = Turns(self.store, self.parallel, self.cases, self._made_meanwhile, self._require_space)
        with encoded_folder(self.store.name, self.parallel.world > 1 and not self.parallel.t5_fsdp) as folder:
            if folder is not None:
                self.engine.share_encoded(folder)
            self._make_those(turns)
        self.engine.close()
        return turns.elsewhere

    def _check(self) -> None:
        from ...hosts.diffusers.foretold import foretold

        for case in self.cases:
            input_record(case)
            self.engine.check(case)
        if self.parallel.rank:
            return
        largest = max(self.cases, key=lambda case: math.prod(self.engine.size_of(case)))
        for line in foretold(self.engine, largest, self.files, card_bytes(self.device)):
            say(self.args, line)
        for line in (*self._without_effect(), *lora_lines(self.cases, self._settings_of, self.engine.asked_loras.of)):
            say(self.args, line)

    def _settings_of(self, case: Case) -> RunSettings:
        return self.of_case(self.settings, case)

    def _without_effect(self) -> Iterator[str]:
        """What was asked for and nothing comes of."""
        settings = self.settings
        if self.engine.experts == 1 and (settings.guidance_scale_2 is not None or settings.boundary != BOUNDARY):
            yield "Note: --boundary and --guidance-2 change nothing without a second expert (--transformer-2)"
        if settings.lead_from is not None and not any(case.lead for case in self.cases):
            yield "Note: the levels and the edge of a lead change nothing without --lead"
        if settings.offload_model is not None and self.plan.blocks_per_group:
            yield f"Note: --offload-model changes nothing where blocks travel anyway (--memory {self.plan.preset})"

    def _record(self) -> None:
        told = versions()
        for case in self.cases:
            self.sides[case.index] = SideFile(self._settings_of(case), case, input_record(case), self.weights, {}, told)
        if self.expected is not None:
            compare_inputs(self.expected, self.sides[self.cases[0].index])

    def _sweep(self) -> None:
        from ...generate.leftovers import sweep

        for folder in sorted({Path(case.output).absolute().parent for case in self.cases}):
            for name in sweep(folder, below=False):
                say(self.args, f"Removed {name}, left by a killed run")

    def _look(self) -> None:
        """Close the cases that are there already. A clip that must not be touched is left, or the only case's error."""
        count, store = len(self.cases), self.store
        if self.args.overwrite:
            self.before = {case.output: _stamp(case.output) for case in self.cases}
        else:
            # Each begins elsewhere: what one process has checked, the others need not.
            first = self.parallel.rank * count // self.parallel.world
            for place in (*range(first, count), *range(first)):
                try:
                    if not store.is_closed(place) and self.is_finished(self.sides[self.cases[place].index]):
                        store.close(place)
                except WanMoveError as error:
                    self._leave(place, error)
        there = sum(store.is_closed(place) and store.why_left(place) is None for place in range(count))
        if there:
            say(self.args, f"{there} of {count} are there already")

    def _leave(self, place: int, error: WanMoveError) -> None:
        if len(self.cases) == 1:
            raise error
        if self.store.close(place, str(error)):
            sys.stderr.write(f"Left: {error}\n")

    def _make_those(self, turns: Turns) -> None:
        pending = list(turns.open)
        with closing(turns.all()) as places:
            for place in places:
                if not self.prepared:
                    # Ranks that share the text encoder's weights must encode the same texts.
                    wanted = self.parallel.agreed(turns.open) if self.parallel.together else turns.open
                    self.engine.prepare([self.cases[other] for other in wanted])
                    self.prepared = True
                number = f"{pending.index(place) + 1}/{len(pending)} " if place in pending else ""
                self._make_one(place, f"{number}{Path(self.cases[place].output).name}")

    def _make_one(self, place: int, label: str) -> None:
        engine, side, began = self.engine, self.sides[self.cases[place].index], time.monotonic()
        team = partial(as_one, self.parallel, self.store)
        try:
            if self.parallel.together:
                # What only one of them cannot read is known before the others wait for it in the network.
                team(f"read/{place}", lambda: engine.check(side.case), math.inf)
            frames = team(f"made/{place}", lambda: sample(self.args, engine, side, label), PATIENCE_SECONDS)
            if self.parallel.writes:
                keep(self.args, engine, side, frames, lambda: time.monotonic() - began, self.expected)
        except TeamApart:
            raise
        except WanMoveError as error:
            if FULL in error.what:  # which fails the others too
                raise
            self._leave(place, error)
        else:
            if self.parallel.writes:
                self.store.close(place)

    def _require_space(self, case: Case) -> None:
        from ...generate.leftovers import require_space

        try:
            size_wh = self.engine.size_of(case)
        except WanMoveError:
            # Its picture is gone: that is told of the case itself, by whoever makes it.
            return
        require_space(case.output, size_wh, self.settings.frames, 1 + bool(self.args.vis_track))

    def _made_meanwhile(self, case: Case) -> bool:
        if self.args.overwrite and _stamp(case.output) == self.before[case.output]:
            return False
        try:
            made = finished(self.sides[case.index])
        except WanMoveError:
            # Damaged, or it would not be here: whatever came since is judged by the next start.
            return False
        if made:
            say(self.args, f"{case.output}: another run has made it meanwhile")
        return made

    def _conclude(self, elsewhere: dict[Case, str], after: Callable[[], None]) -> int:
        store = self.store
        closed = [(case, store.why_left(place)) for place, case in enumerate(self.cases) if store.is_closed(place)]
        left = [Path(case.output).name for case, why in closed if why is not None]
        # Where something was left all end as failed. At the first such end torchrun stops the others: the first process
        # has its say before.
        while left and not speaks() and not store.is_over():
            time.sleep(WAIT_SECONDS)
        if not speaks():
            # One voice, and an exit code that every machine's torchrun sees: it would wait for the others' ends.
            store.leave()
            return EXIT_BAD_INPUT if left else 0
        code: int | None = EXIT_BAD_INPUT if left or (elsewhere and len(self.cases) == 1) else 0
        try:
            after()
        except WanMoveError:
            code = EXIT_BAD_INPUT
            raise
        except BaseException:
            code = None  # another start may come further
            raise
        finally:
            store.end(code)
            store.leave()
        if elsewhere and len(self.cases) == 1:
            raise WanMoveError(
                where=self.cases[0].output,
                what=f"it is being made by {next(iter(elsewhere.values()))}",
                fix="wait for that run, or choose another output",
            )
        for case, holder in elsewhere.items():
            say(self.args, f"{case.output} is left to {holder}, which is making it")
        if left:
            raise WanMoveError(
                where="Generate",
                what=f"{len(left)} of {plural(len(self.cases), 'clip')} were left as they are: {_some(left)}",
                fix="see the lines above; --overwrite replaces clips that are there",
            )
        return 0


def _are_there(cases: Sequence[Case]) -> bool:
    return all(Path(case.output).exists() for case in cases)


def _stamp(output: str) -> int | None:
    path = side_path(output)
    return path.stat().st_mtime_ns if path.is_file() else None


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
