"""Cases made one after another, for the commands that run the model: what is there stays, what fails is told."""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import WanMoveError, plural
from ...generate.cases import Case, settled
from ...generate.settings import RunSettings
from ...generate.sidefile import SideFile, finished, input_record, side_path, versions, weights_record
from ...method.published import BOUNDARY
from .._inputs import compare_inputs, extended, imported_reader, require_extension, say, tracks_reader
from .lead import LeadReader
from .loras import lora_lines

if TYPE_CHECKING:
    from ...hosts.diffusers.engine import Engine
    from ...hosts.diffusers.parallel import Parallel

IsFinished = Callable[[SideFile], bool]
OfCase = Callable[[RunSettings, Case], RunSettings]
Begin = Callable[[list[Case]], AbstractContextManager[list[Case]]]
FULL = "the disk is full"


def run_cases(
    args: argparse.Namespace,
    settings: RunSettings,
    cases: list[Case],
    expected: SideFile | None = None,
    is_finished: IsFinished = finished,
    begin: Begin = nullcontext,
    of_case: OfCase = settled,
) -> int:
    """Make every case that is not there yet, in as many processes as torchrun started; 0.

    ``is_finished(side file of a case)`` tells whether a clip can stay; it raises where it must not be touched: of
    several cases that one is then left as it is, told, and an error at the end. ``begin(cases)`` is entered when
    everything was checked and something will be written; it gives the cases that count. ``of_case(settings, case)``:
    those of one case, which may differ in what is sampled and not in what is loaded.

    Raises: WanMoveError for what cannot be made, before anything is loaded; at the end for cases that were left.
    """
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
    joined = several.start(parallel, device)
    try:
        return _Run(args, settings, cases, expected, parallel, device, is_finished, of_case).all(begin)
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
        of_case: OfCase = settled,
    ) -> None:
        from ...generate.memory import choose_plan
        from ...hosts.diffusers.engine import Engine, run_paths, weight_files

        self.args, self.expected, self.parallel, self.device = args, expected, parallel, device
        self.is_finished, self.of_case = is_finished, of_case
        self.plan = choose_plan(
            settings.memory,
            card_bytes=_card_bytes(device),
            storage=settings.storage,
            t5_cpu=settings.t5_cpu,
            offload_model=settings.offload_model,
            vae_tiling=settings.vae_tiling,
        )
        # What decides the result is recorded as it was used, not as "the preset's" or "this machine's".
        noise_device = "cpu" if device.type == "cpu" else settings.noise_device
        self.settings = dataclasses.replace(
            settings, storage=self.plan.storage, vae_tiling=self.plan.vae_tiling, noise_device=noise_device
        )
        require_extension(args)
        self.cases = parallel.agreed(cases)
        self.files = weight_files(run_paths(self.settings))
        self.weights = weights_record(self.files)
        read = imported_reader(self.settings, lambda line: say(args, line))
        lead = LeadReader(self.settings, read, lambda line: say(args, line))
        self.engine: Engine = Engine(
            self.settings, self.plan, device, tracks_reader(read), parallel, lambda line: say(args, line), lead
        )
        self.sides: dict[int, SideFile] = {}
        self.left: list[str] = []

    def all(self, begin: Begin) -> int:
        args, parallel = self.args, self.parallel
        self._check()
        if args.dry_run:
            many = len(self.cases) > 1
            say(args, f"{len(self.cases)} case{'s' * many} checked; nothing was made (--dry-run)")
            return 0
        with begin(self.cases) if parallel.rank == 0 else nullcontext(self.cases) as counted:
            self.cases = parallel.agreed(extended(args, counted, self.device))
            self._record()
            if parallel.rank == 0:
                self._sweep()
            pending = self._pending()
            # All ranks must have looked before any of them writes.
            parallel.barrier()
            mine = parallel.mine(pending)
            if mine:
                self.engine.prepare(mine)
            elsewhere = self._make_those(mine)
            if elsewhere:
                # What another run held at first may be free by now: done, or left by a run that was killed.
                elsewhere = self._make_those(list(elsewhere))
            self.engine.close()
            parallel.barrier()
        self._conclude(elsewhere)
        return 0

    def _check(self) -> None:
        from ...generate.memory import estimate, plan_lines

        for case in self.cases:
            input_record(case)
            self.engine.check(case)
        if self.parallel.rank:
            return
        plan, files, parallel = self.plan, self.files, self.parallel
        computed = estimate(
            plan,
            self.engine.shape,
            self.engine.size_of(self.cases[0]),
            self.settings.frames,
            weight_bytes=4 if self.settings.dtype == "fp32" else 2,
            text_bytes=sum(f.stat().st_size for f in files.get("text_encoder", [])),
            gguf_bytes=_gguf_bytes(files["transformer"]),
            shards=parallel.world if parallel.dit_fsdp else 1,
            sequence=parallel.ulysses * parallel.ring,
            experts=self.engine.experts,
        )
        for line in plan_lines(plan, computed, self.engine.experts):
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

    def _pending(self) -> list[Case]:
        """The cases to make. A clip that must not be touched is left, or the error of the only case."""
        if self.args.overwrite:
            self.before = {case.output: _stamp(case.output) for case in self.cases}
            return self.cases
        pending, there = [], 0
        for case in self.cases:
            try:
                if self.is_finished(self.sides[case.index]):
                    there += 1
                else:
                    pending.append(case)
            except WanMoveError as error:
                self._leave(case, error)
        if there:
            say(self.args, f"{there} of {len(self.cases)} are there already")
        return pending

    def _leave(self, case: Case, error: WanMoveError) -> None:
        if len(self.cases) == 1:
            raise error
        self.left.append(Path(case.output).name)
        if os.environ.get("RANK", "0") == "0" or not self.parallel.together:
            sys.stderr.write(f"Left: {error}\n")

    def _make_those(self, cases: Sequence[Case]) -> dict[Case, str]:
        """Make ``cases``; those that another run is making now, and who that is."""
        elsewhere = {}
        for number, case in enumerate(cases, start=1):
            with self._turn(case) as turn:
                if turn == "make":
                    self._make_one(case, f"{number}/{len(cases)} {Path(case.output).name}")
                elif turn == "done":
                    say(self.args, f"{case.output}: another run has made it meanwhile")
                else:
                    elsewhere[case] = turn
        return elsewhere

    def _make_one(self, case: Case, label: str) -> None:
        try:
            make(self.args, self.engine, self.sides[case.index], label, self.expected)
        except WanMoveError as error:
            # A full disk fails the others too; ranks that share a video must all go on, or none.
            if FULL in error.what or self.parallel.together:
                raise
            self._leave(case, error)

    @contextmanager
    def _turn(self, case: Case) -> Iterator[str]:
        """``make``: the case is ours inside the block; ``done``: another run has made it; else who is making it."""
        from ...generate.claims import claimed
        from ...generate.leftovers import require_space

        if not self.parallel.writes:
            yield self._shared("")
            return
        require_space(case.output, self.engine.size_of(case), self.settings.frames, 1 + bool(self.args.vis_track))
        with claimed(case.output) as holder:
            if holder is not None:
                yield self._shared(str(holder))
            else:
                yield self._shared("done" if self._made_meanwhile(case) else "make")

    def _shared(self, turn: str) -> str:
        return self.parallel.agreed(turn) if self.parallel.together else turn

    def _made_meanwhile(self, case: Case) -> bool:
        if self.args.overwrite and _stamp(case.output) == self.before[case.output]:
            return False
        try:
            return finished(self.sides[case.index])
        except WanMoveError:
            # Damaged, or it would not be here: whatever came since is judged by the next start.
            return False

    def _conclude(self, elsewhere: dict[Case, str]) -> None:
        if elsewhere and len(self.cases) == 1:
            raise WanMoveError(
                where=self.cases[0].output,
                what=f"it is being made by {next(iter(elsewhere.values()))}",
                fix="wait for that run, or choose another output",
            )
        for case, holder in elsewhere.items():
            say(self.args, f"{case.output} is left to {holder}, which is making it")
        if self.left:
            raise WanMoveError(
                where="Generate",
                what=f"{len(self.left)} of {plural(len(self.cases), 'clip')} were left as they are: {_some(self.left)}",
                fix="see the lines above; --overwrite replaces clips that are there",
            )


def make(args: argparse.Namespace, engine: Engine, side: SideFile, label: str, expected: SideFile | None) -> None:
    from ...generate.results import write_result, write_with_tracks
    from ...progress import progress_bar

    began = time.monotonic()
    case, writes = side.case, engine.parallel.writes
    with progress_bar(label, quiet=args.quiet or not writes) as bar:

        def stepped(done: int, total: int) -> None:
            bar(done, total)
            if not args.quiet and writes and not sys.stderr.isatty():
                sys.stderr.write(f"{label}: step {done}/{total}\n")

        engine.settings = side.settings
        frames = engine.make(case, stepped)
    if not writes:
        return
    told = {
        "seconds": round(time.monotonic() - began, 3),
        "device": engine.device_name,
        "memory_plan": engine.plan.preset,
    }
    result = write_result(side, frames, engine.settings.fps, {**told, "processes": engine.parallel.world})
    say(
        args,
        f"{case.output}: {result['frames']} frames of {frames.shape[2]}x{frames.shape[1]}, {told['seconds']:.1f} s",
    )
    if args.vis_track:
        tracks = engine.tracks_of(case)
        if tracks is None:
            say(args, "--vis-track: the case has no tracks, so there is nothing to draw")
        else:
            say(args, f"{write_with_tracks(case.output, frames, tracks, engine.settings.fps)}: with its tracks")
    if expected is not None:
        same = expected.result.get("frames_sha256") == result["frames_sha256"]
        say(
            args, "The frames are the same, bit for bit." if same else "The frames differ (other machine or versions?)."
        )


def device_of(given: str | None, parallel: Parallel) -> Any:
    """The torch.device to compute on, always with its number where it is a GPU: torch cannot select one without."""
    import torch

    where = "Generate / --device"
    try:
        device = torch.device(given or ("cuda" if torch.cuda.is_available() else "cpu"))
    except RuntimeError as error:
        raise WanMoveError(where=where, what=f"unknown device {given!r}", fix="use cuda or cpu") from error
    if device.type != "cuda":
        return device
    if not torch.cuda.is_available():
        raise WanMoveError(
            where=where, what="this PyTorch sees no GPU", fix="install its CUDA build, or use --device cpu"
        )
    if parallel.world > 1 and device.index is not None:
        raise WanMoveError(
            where=where, what=f"{given} for {parallel.world} processes, which need a GPU each", fix="use --device cuda"
        )
    index, count = parallel.local_rank if device.index is None else device.index, torch.cuda.device_count()
    if index >= count:
        raise WanMoveError(
            where=where,
            what=f"GPU number {index}, and this machine has {count}",
            fix="count from 0, or start at most as many processes as there are GPUs",
        )
    return torch.device("cuda", index)


def _card_bytes(device: Any) -> int | None:
    import torch

    return torch.cuda.get_device_properties(device).total_memory if device.type == "cuda" else None


def _gguf_bytes(files: list[Path]) -> float | None:
    return float(files[0].stat().st_size) if files[0].suffix.lower() == ".gguf" else None


def _stamp(output: str) -> int | None:
    path = side_path(output)
    return path.stat().st_mtime_ns if path.is_file() else None


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
