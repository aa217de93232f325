"""LoRAs of ``wan-move generate``: whose they are, and what there is to say of them before a run."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...checkpoints.lora.asked import MOST_LORAS, OFF, parse_lora
from ...checkpoints.lora.few_steps import damping, warning
from ...errors import WanMoveError, plural, verb
from ...generate.cases import Case
from ...generate.settings import RunSettings

if TYPE_CHECKING:
    from ...checkpoints.lora.read import Placed

_SHOWN = 3


def with_loras(args: argparse.Namespace, cases: list[Case]) -> list[Case]:
    """``cases`` with the LoRAs of --lora, where a list says nothing of its own; ``off`` is none.

    Raises: WanMoveError for a strength that is no number, or too many of them.
    """
    asked = getattr(args, "lora", None) or []
    own = () if asked == [OFF] else tuple(parse_lora(text).text for text in asked)
    made = []
    for case in cases:
        loras = case.loras or own
        case = dataclasses.replace(case, loras=() if loras == (OFF,) else loras)
        if len(case.loras) > MOST_LORAS:
            raise WanMoveError(
                where=f"Generate / lora ({Path(case.output).name})",
                what=f"{len(case.loras)} LoRAs",
                fix=f"give at most {MOST_LORAS}",
            )
        made.append(case)
    return made


def lora_lines(
    cases: Sequence[Case], settings_of: Callable[[Case], RunSettings], placed: Callable[[Case], list[list[Placed]]]
) -> Iterator[str]:
    """What to tell of the LoRAs of a run: what each changes, what has no place, and what will damp motion."""
    told: set[str] = set()
    for case in cases:
        for number, network in enumerate(placed(case), start=1):
            for one in network:
                where = "" if len(placed(case)) == 1 else f" on expert {number}"
                line = f"LoRA {one.file.path.name} at {one.strength:g}{where}: {_counted(one)}"
                if line not in told:
                    told.add(line)
                    yield line
        settings = settings_of(case)
        files = [(Path(lora.path).name, max(lora.strengths)) for lora in case.lora_files()]
        damped = "" if settings.lora_start_steps else damping(files, settings.guidance_scale, settings.steps)
        if damped and damped not in told:
            told.add(damped)
            yield f"Note: {warning(damped, '--lora-start')}"


def _counted(one: Placed) -> str:
    file = one.file
    parts = [f"{plural(len(file.factors), 'matrix', 'matrices')}"] * bool(file.factors)
    parts += [f"{plural(len(file.diffs), 'other tensor')}"] * bool(file.diffs)
    text = f"{' and '.join(parts)}, {file.size_bytes / 1e9:.2f} GB beside the network"
    if file.strange:
        names = ", ".join(name[:80] for name in file.strange[:_SHOWN])
        more = f" and {len(file.strange) - _SHOWN} more" if len(file.strange) > _SHOWN else ""
        none = verb(len(file.strange), "has no place in this network and is", "have no place in this network and are")
        text += f"; of its keys {len(file.strange)} {none} left out ({names}{more})"
    return text
