"""Which LoRAs make few steps do, and when one of them will damp motion.

That it does is told by its makers (LightX2V, Wan2.2-Lightning issue 13: slower motion than the model without it) and by
users of Wan-Move; the remedies are theirs: a strength near 0.6, or first steps without it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

FULL = 0.9
"""A strength from which motion is said to suffer; users advise 0.6."""

FEW_STEPS = 12
"""A run without guidance of no more steps is one for a few-step LoRA, whatever the file is called."""

_NAMES = re.compile(
    r"lightx2v|lightning|distil|caus?vid|accvid|self.?forcing|fastwan|fusionx|longlive|turbo|dmd"
    r"|(?<!\d)\d{1,2}[-_ ]?steps?",
    re.IGNORECASE,
)
"""What publishers call LoRAs that make few steps do."""


def is_few_step(name: str) -> bool:
    """Whether a LoRA's file is named as one that makes few steps do."""
    return _NAMES.search(name) is not None


def is_few_step_run(cfg: float, steps: int) -> bool:
    """Whether a run's own numbers are those of a few-step LoRA."""
    return math.isclose(cfg, 1) and steps <= FEW_STEPS


def damping(loras: Iterable[tuple[str, float]], cfg: float, steps: int, named_only: bool = False) -> str:
    """What of ``loras`` (file name, strength) will damp motion in a run of ``steps`` steps at ``cfg``, or nothing.

    Names speak first; where none does, any LoRA at full strength in a run that is plainly a few-step one counts, unless
    ``named_only``.
    """
    full = [(name, strength) for name, strength in loras if strength >= FULL]
    found = [one for one in full if is_few_step(one[0])]
    if not found and not named_only and is_few_step_run(cfg, steps):
        found = full
    return ", ".join(f"{name} at {strength:g}" for name, strength in found)


def warning(told: str, remedy: str) -> str:
    """The sentence for people; ``remedy``: how a start without the LoRA is asked for here."""
    return (
        f"{told}: few-step LoRAs at full strength are known to damp motion. Two remedies: a strength of 0.6, or "
        f"{remedy}, the model without it, for the first 1 to 3 steps."
    )
