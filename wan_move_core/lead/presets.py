"""Between which noise levels a draft leads: presets, and the levels that anyone may give. Light to import."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..errors import WanMoveError


@dataclass(frozen=True)
class LeadLevels:
    """``start`` and ``release`` as sigmas, 1 >= start >= release >= 0; equal: the draft gives the start alone.

    Raises: WanMoveError for levels that are no such pair.
    """

    start: float
    release: float

    def __post_init__(self) -> None:
        for name, value in (("from", self.start), ("to", self.release)):
            if not (math.isfinite(value) and 0 <= value <= 1):
                raise WanMoveError(where=f"Lead / {name}", what=f"noise level {value}", fix="use 0 to 1, such as 0.979")
        if self.start < self.release or self.start == 0:
            raise WanMoveError(
                where="Lead / from and to",
                what=f"from {self.start:g} to {self.release:g}, but noise falls while sampling",
                fix="give the higher level first, such as from 0.979 to 0.949",
            )


PRESETS: dict[str, LeadLevels] = {
    "objects": LeadLevels(0.979, 0.949),
    "camera": LeadLevels(0.986, 0.964),
    "loose": LeadLevels(0.986, 0.975),
}
"""Preset -> levels. ``objects`` and ``camera`` are Time-to-Move's; ``loose`` (ours) starts like a camera and lets go
after a step or two, for drafts whose course is right and whose shapes are not."""

OFF, CUSTOM = "off", "custom"
MOST_FEATHER = 16
"""Cells of 8 px over which the edge of what is known may fall."""


def levels_of(preset: str, start: float, release: float) -> LeadLevels | None:
    """The levels of a preset, or those given for ``custom``; None for ``off``. Raises: WanMoveError."""
    if preset == OFF:
        return None
    if preset == CUSTOM:
        return LeadLevels(start, release)
    if preset not in PRESETS:
        raise WanMoveError(
            where="Lead / preset", what=f"unknown {preset!r}", fix=f"use {', '.join((OFF, *PRESETS, CUSTOM))}"
        )
    return PRESETS[preset]


def require_feather(cells: int) -> None:
    """Raises: WanMoveError for an edge of fewer than 0 or more than 16 cells."""
    if not 0 <= cells <= MOST_FEATHER:
        raise WanMoveError(where="Lead / feather", what=f"{cells} cells", fix=f"use 0 to {MOST_FEATHER}")
