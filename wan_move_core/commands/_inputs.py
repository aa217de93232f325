"""What a run of the model is given: its prompts, its tracks, and on repeating one, whether they are those of then."""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import WanMoveError, plural
from ..generate.cases import Case
from ..generate.settings import RunSettings
from ..generate.sidefile import SideFile, same_run
from ..geometry import is_video_length
from ._common import rate_note


def require_extension(args: argparse.Namespace) -> None:
    """Raise where prompts are to be written out and cannot be."""
    if not args.use_prompt_extend or args.repeat:
        return
    if args.prompt_extend_method == "dashscope":
        raise WanMoveError(
            where="Prompt extension / method",
            what="dashscope is a web service; prompts are written out on this machine only",
            fix="use --prompt_extend_method local with --prompt_extend_model FOLDER",
        )
    if not args.prompt_extend_model:
        raise WanMoveError(
            where="Prompt extension / model", what="no chat model was given", fix="give --prompt_extend_model FOLDER"
        )


def extended(args: argparse.Namespace, cases: list[Case], device: Any) -> list[Case]:
    """``cases`` with their prompts written out by a chat model, where that is asked for."""
    if not args.use_prompt_extend or args.repeat:
        return cases
    from ..generate.prompts import extend_prompts

    say(args, f"Writing out {len(cases)} prompt{'s' * (len(cases) > 1)} with {Path(args.prompt_extend_model).name}")
    texts = extend_prompts([c.prompt for c in cases], args.prompt_extend_model, args.prompt_extend_target_lang, device)
    return [dataclasses.replace(case, prompt_used=text) for case, text in zip(cases, texts, strict=True)]


def tracks_reader(read: Any) -> Any:
    """``read(case, size_wh)`` for an engine: the case's tracks, of what :func:`imported_reader` reads."""

    def tracks(case: Case, size_wh: tuple[int, int]) -> Any:
        imported = read(case, size_wh)
        return None if imported is None else imported.tracks

    return tracks


def imported_reader(settings: RunSettings, tell: Callable[[str], None]) -> Any:
    """``read(case, size_wh)``: what the case's file of tracks holds. ``tell`` hears once of one for another rate, or
    whose visibility was found beside it."""
    told: set[str] = set()

    def read(case: Case, size_wh: tuple[int, int]) -> Any:
        if case.tracks is None:
            return None
        from ..motion.formats import notes_of_beside, read_tracks

        visibility = None if case.visibility is None else Path(case.visibility)
        wanted = settings.frames if settings.retime_tracks else None
        imported = read_tracks(Path(case.tracks), frames=wanted, size_wh=size_wh, visibility=visibility)
        tracks = imported.tracks
        if case.tracks not in told:
            told.add(case.tracks)
            for note in (rate_note(imported, settings.fps), *notes_of_beside(imported.report.notes)):
                if note is not None:
                    tell(f"{Path(case.tracks).name}: {note}")
        if tracks.frames != settings.frames:
            raise WanMoveError(
                where=f"Generate / tracks ({Path(case.tracks).name})",
                what=f"{plural(tracks.frames, 'frame')}, the video has {settings.frames}",
                fix=f"use --frames {tracks.frames}, or --retime-tracks"
                if is_video_length(tracks.frames)
                else f"use --retime-tracks, which stretches them over {settings.frames}",
            )
        return imported

    return read


def compare_inputs(old: SideFile, new: SideFile) -> None:
    changed = [role for role, entry in old.inputs.items() if new.inputs.get(role, {}).get("sha256") != entry["sha256"]]
    if changed:
        raise WanMoveError(
            where="Generate / --repeat",
            what=f"changed since: {', '.join(changed)}",
            fix="bring back the original files",
        )
    if old.settings.noise_device != new.settings.noise_device and new.case.noise is None:
        note("a GPU drew the noise then, this machine draws another; the frames will differ.")
    told = [f"{k} {old.versions[k]} -> {v}" for k, v in new.versions.items() if old.versions.get(k, v) != v]
    if told:
        # The names are the file's: none of its control characters may reach the terminal.
        flat = "".join(c if c.isprintable() else " " for c in ", ".join(told))
        note(f"other versions than then ({flat[:1000]}); the frames may differ a little.")
    if not same_run(old, dataclasses.replace(old, weights=new.weights)):
        raise WanMoveError(
            where="Generate / --repeat",
            what="the weights are not those of the side file",
            fix="give --ckpt-dir with them",
        )


def say(args: argparse.Namespace, line: str) -> None:
    """A line for people, unless --quiet; under torchrun one voice is enough."""
    if not args.quiet and speaks():
        sys.stderr.write(line + "\n")
        sys.stderr.flush()


def note(text: str) -> None:
    """What must be known of a run, also under --quiet; by one voice as well."""
    if speaks():
        sys.stderr.write(f"Note: {text}\n")


def speaks() -> bool:
    """Whether this is the process that speaks for all; torchrun may give it that place later."""
    return os.environ.get("RANK", "0") == "0"
