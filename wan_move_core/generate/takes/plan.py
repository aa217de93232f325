"""Several takes of each clip: other seeds, or other values of one setting, under names that stay."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from ...checkpoints.lora.asked import MOST_STRENGTH
from ...errors import WanMoveError
from ...lead.presets import PRESETS as LEADS
from ..cases import MAX_SEED, Case
from ..settings import RunSettings

MAX_TAKES = 1000
VARIED = {
    "strength": ("strength", 0.0, 1.0),
    "guidance": ("guidance_scale", 0.0, 100.0),
    "track-guidance": ("track_guidance_scale", 0.0, 100.0),
    "lead-from": ("lead_from", 0.0, 1.0),
    "lead-to": ("lead_to", 0.0, 1.0),
    "lora": ("", -MOST_STRENGTH, MOST_STRENGTH),
}
"""What ``--vary`` takes as numbers -> the setting, and its least and greatest value. ``lora``: of all LoRAs."""
WORDS = {"lead": (), "lead-preset": (*LEADS, "off")}
"""What it takes as words -> which; none: ``draft``, ``off``, or files."""
_SUCH_AS = {
    "strength": "0.7,0.85,1", "guidance": "4,5,6", "track-guidance": "2,4,6", "lead-from": "0.97,0.98,0.99",
    "lead-to": "0.93,0.95", "lora": "0.6,0.8,1", "lead": "off,draft", "lead-preset": "off,objects,loose",
}  # fmt: skip


@dataclass(frozen=True)
class Varied:
    """One setting that the takes differ in, and its values; without a name, their seeds alone differ."""

    name: str = ""
    values: tuple[float | str, ...] = ()

    def check(self, settings: RunSettings) -> None:
        """Raise: WanMoveError for a setting that has no effect in a run of ``settings``."""
        if self.name == "track-guidance" and settings.guidance_mode != "track-cfg":
            raise WanMoveError(
                where="Generate / --vary",
                what="track-guidance counts in the guidance mode track-cfg only",
                fix="add --guidance-mode track-cfg",
            )

    def case(self, case: Case, value: int) -> Case:
        """``case`` with the value, where that is the case's: what leads it, or how strong its LoRAs are.

        Raises: WanMoveError where the value needs what the case does not have.
        """
        if not self.name:
            return case
        given = self.values[value]
        if self.name == "lead":
            return dataclasses.replace(case, lead=None if given == "off" else str(given), lead_mask=self._mask(case))
        if self.name == "lead-preset" and given == "off":
            return dataclasses.replace(case, lead=None, lead_mask=None)
        if self.name.startswith("lead-") and case.lead is None:
            raise WanMoveError(
                where="Generate / --vary", what=f"{self.name} without a lead", fix="add --lead draft, or a clip"
            )
        if self.name == "lora":
            if not case.loras:
                raise WanMoveError(where="Generate / --vary", what="lora without a LoRA", fix="add --lora FILE")
            loras = [dataclasses.replace(lora, strength=float(given), second=None) for lora in case.lora_files()]
            return dataclasses.replace(case, loras=tuple(lora.text for lora in loras))
        return case

    def settings(self, settings: RunSettings, value: int) -> RunSettings:
        """``settings`` with the value, where that is theirs."""
        if not self.name or self.name in ("lead", "lora"):
            return settings
        given = self.values[value]
        if self.name == "lead-preset":
            levels = None if given == "off" else LEADS[str(given)]
            return (
                settings
                if levels is None
                else dataclasses.replace(settings, lead_from=levels.start, lead_to=levels.release)
            )
        return dataclasses.replace(settings, **{VARIED[self.name][0]: given})

    def told(self, index: int) -> str:
        """``strength 0.8``, or nothing."""
        if not self.name:
            return ""
        value = self.values[index]
        return f"{self.name} {value if isinstance(value, str) else f'{value:g}'}"

    def _mask(self, case: Case) -> str | None:
        """The mask stays with the clip that it was given for."""
        return case.lead_mask if case.lead in self.values else None


def parse_varied(text: str | None) -> Varied:
    """``strength=0.7,0.85,1``. Raises: WanMoveError for an unknown setting, or values that are none of its."""
    if not text:
        return Varied()
    name, _, listed = text.partition("=")
    name = name.strip().replace("_", "-")
    if name not in {*VARIED, *WORDS}:
        raise WanMoveError(
            where="Generate / --vary",
            what=f"{name!r} cannot be varied",
            fix=f"use one of {', '.join((*VARIED, *WORDS))}",
        )
    parts = [part.strip() for part in listed.split(",") if part.strip()]
    values: tuple[float | str, ...] = ()
    if name in WORDS:
        known = WORDS[name]
        told = f"different ones of {', '.join(known)}" if known else "draft, off, or clips and folders, none twice"
        if not known or set(parts) <= set(known):
            values = tuple(parts)
    else:
        _, least, most = VARIED[name]
        told = f"different numbers from {least:g} to {most:g}"
        try:
            numbers = tuple(float(part) for part in parts)
        except ValueError:
            numbers = ()
        values = numbers if all(least <= value <= most for value in numbers) else ()
    if not values or len(set(values)) != len(values):
        raise WanMoveError(
            where="Generate / --vary",
            what=f"{listed!r} for {name}",
            fix=f"give {told}, such as --vary {name}={_SUCH_AS[name]}",
        )
    return Varied(name, values)


def take_path(output: str | Path, number: int) -> str:
    """``a.mp4`` -> ``a_take3.mp4``; takes count from 1."""
    path = Path(output)
    return str(path.with_name(f"{path.stem}_take{number}{path.suffix}"))


def page_path(output: str | Path) -> Path:
    """Where the ranking of a single clip's takes goes: ``a.mp4`` -> ``a_takes.html``."""
    path = Path(output)
    return path.with_name(f"{path.stem}_takes.html")


@dataclass(frozen=True)
class PlannedTake:
    """One take: the case that makes it, the place of its clip in the list, its number, and its value by index."""

    case: Case
    of: int
    number: int
    value: int


def take_cases(cases: list[Case], seeds: int, varied: Varied) -> list[PlannedTake]:
    """Every case as often as there are seeds and values, in that order.

    Seeds lie side by side: of C cases the k-th seed of one is its own plus k C, so that no two takes share one but
    those that differ in their value alone. Takes are numbered seed by seed, so that more seeds later leave the names of
    those that are there.
    """
    check_count(seeds, varied)
    width = max(1, len(varied.values))
    made: list[PlannedTake] = []
    for place, case in enumerate(cases):
        for k in range(seeds):
            for value in range(width):
                number = k * width + value + 1
                take = dataclasses.replace(
                    varied.case(case, value),
                    index=len(made),
                    seed=(case.seed + k * len(cases)) % (MAX_SEED + 1),
                    output=take_path(case.output, number),
                )
                made.append(PlannedTake(take, place, number, value))
    return made


def check_count(seeds: int, varied: Varied) -> None:
    """Raise: WanMoveError for no takes, or more than anyone can look at."""
    count = seeds * max(1, len(varied.values))
    if seeds < 1 or count > MAX_TAKES:
        raise WanMoveError(where="Generate / --takes", what=f"{count} takes of a clip", fix=f"use 1 to {MAX_TAKES}")
