"""Several takes of each clip: other seeds, or other values of one setting, under names that stay."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from ...errors import WanMoveError
from ..cases import MAX_SEED, Case
from ..settings import RunSettings

MAX_TAKES = 1000
VARIED = {
    "strength": ("strength", 0.0, 1.0),
    "guidance": ("guidance_scale", 0.0, 100.0),
    "track-guidance": ("track_guidance_scale", 0.0, 100.0),
}
"""What ``--vary`` takes -> the setting, and its least and greatest value."""
_SUCH_AS = {"strength": "0.7,0.85,1", "guidance": "4,5,6", "track-guidance": "2,4,6"}


@dataclass(frozen=True)
class Varied:
    """One setting that the takes differ in, and its values; without a name, their seeds alone differ."""

    name: str = ""
    values: tuple[float, ...] = ()

    def settings(self, settings: RunSettings) -> list[RunSettings]:
        """The settings of each value, in order."""
        if not self.name:
            return [settings]
        if self.name == "track-guidance" and settings.guidance_mode != "track-cfg":
            raise WanMoveError(
                where="Generate / --vary",
                what="track-guidance counts in the guidance mode track-cfg only",
                fix="add --guidance-mode track-cfg",
            )
        return [dataclasses.replace(settings, **{VARIED[self.name][0]: value}) for value in self.values]

    def told(self, index: int) -> str:
        """``strength 0.8``, or nothing."""
        return f"{self.name} {self.values[index]:g}" if self.name else ""


def parse_varied(text: str | None) -> Varied:
    """``strength=0.7,0.85,1``. Raises: WanMoveError for an unknown setting, or values that are none of its."""
    if not text:
        return Varied()
    name, _, listed = text.partition("=")
    name = name.strip().replace("_", "-")
    if name not in VARIED:
        raise WanMoveError(
            where="Generate / --vary", what=f"{name!r} cannot be varied", fix=f"use one of {', '.join(VARIED)}"
        )
    _, least, most = VARIED[name]
    try:
        values = tuple(float(part) for part in listed.split(",") if part.strip())
    except ValueError:
        values = ()
    if not values or not all(least <= value <= most for value in values) or len(set(values)) != len(values):
        raise WanMoveError(
            where="Generate / --vary",
            what=f"{listed!r} for {name}",
            fix=f"give different numbers from {least:g} to {most:g}, such as --vary {name}={_SUCH_AS[name]}",
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


def take_cases(cases: list[Case], seeds: int, varied: Varied, value: int) -> list[Case]:
    """Every case as often as there are seeds, for one of the varied setting's values (by index).

    Seeds lie side by side: of C cases the k-th seed of one is its own plus k C, so that no two takes share one. Takes
    are numbered seed by seed, so that more seeds later leave the names of those that are there.
    """
    check_count(seeds, varied)
    width, made = max(1, len(varied.values)), []
    for case in cases:
        for k in range(seeds):
            made.append(
                dataclasses.replace(
                    case,
                    index=len(made),
                    seed=(case.seed + k * len(cases)) % (MAX_SEED + 1),
                    output=take_path(case.output, k * width + value + 1),
                )
            )
    return made


def check_count(seeds: int, varied: Varied) -> None:
    """Raise: WanMoveError for no takes, or more than anyone can look at."""
    count = seeds * max(1, len(varied.values))
    if seeds < 1 or count > MAX_TAKES:
        raise WanMoveError(where="Generate / --takes", what=f"{count} takes of a clip", fix=f"use 1 to {MAX_TAKES}")
