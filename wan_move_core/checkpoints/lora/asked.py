"""A LoRA as it is asked for: ``FILE``, ``FILE:STRENGTH``, or two strengths, one for each expert."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...errors import WanMoveError

OFF = "off"
"""The word for none, where a list's case has none of the option's."""
MOST_STRENGTH = 100.0
MOST_LORAS = 16

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_SPELT = re.compile(rf"(?P<path>.+?)(?::(?P<first>{_NUMBER}))?(?::(?P<second>{_NUMBER}))?")
_ENDED = re.compile(r"(?P<path>.+\.(?:safetensors|sft)):(?P<rest>[^/\\]*)", re.IGNORECASE)


@dataclass(frozen=True)
class Lora:
    """``path``, its strength on the network, and on the second expert (None: the same)."""

    path: str
    strength: float = 1.0
    second: float | None = None

    @property
    def text(self) -> str:
        """As :func:`parse_lora` reads it."""
        return f"{self.path}:{self.strength!r}" + ("" if self.second is None else f":{self.second!r}")

    @property
    def strengths(self) -> tuple[float, float]:
        """Of the first and of the second expert."""
        return self.strength, self.strength if self.second is None else self.second


def parse_lora(text: str, where: str = "Generate / --lora") -> Lora:
    """Raises: WanMoveError for a strength that is no number from -100 to 100."""
    found = _SPELT.fullmatch(text)
    if found is None:
        raise WanMoveError(where=where, what=f"{text!r}", fix="give a LoRA's file, such as style.safetensors:0.8")
    given = [None if found[name] is None else float(found[name]) for name in ("first", "second")]
    odd = _ENDED.fullmatch(found["path"])
    if odd is not None or any(value is not None and abs(value) > MOST_STRENGTH for value in given):
        told = odd["rest"] if odd is not None else ":".join(found[name] for name in ("first", "second") if found[name])
        raise WanMoveError(
            where=where, what=f"strength {told!r}", fix="give a number such as 0.8, or two for two experts: 1:0.5"
        )
    first, second = given
    return Lora(found["path"], 1.0 if first is None else first, second)
