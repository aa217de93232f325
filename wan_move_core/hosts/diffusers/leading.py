"""The draft that leads a case, through the VAE; the last one is kept for the next take of the same clip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from ...generate.cases import Case
from ...generate.settings import RunSettings
from ...geometry import Fit
from ...lead.clip import LeadClip
from ...lead.presets import LeadLevels
from .sampling.lead import Lead, encode_lead


class ReadLead(Protocol):
    """Gives the draft that leads a case at the video's size; ``check`` raises what is wrong with it."""

    def __call__(self, case: Case, fit: Fit) -> LeadClip | None: ...

    def check(self, case: Case) -> None: ...


class LeadEncoder:
    """``encoder(pipe, case, fit, settings)``: the draft that ``read`` gives, in the latent; ``tell`` hears of it.

    ``settings``: settled for the case.
    """

    def __init__(self, read: ReadLead | None, tell: Callable[[str], None]) -> None:
        self._read, self._tell = read, tell
        self._last: tuple[Any, Lead] | None = None

    def __call__(self, pipe: Any, case: Case, fit: Fit, settings: RunSettings) -> Lead | None:
        if case.lead is None or self._read is None:
            return None
        assert settings.lead_from is not None and settings.lead_to is not None, "settled"
        levels = LeadLevels(settings.lead_from, settings.lead_to)
        shown = (case.image, case.tracks, case.visibility, case.lead, case.lead_mask, fit, settings.lead_feather)
        if self._last is not None and self._last[0] == shown:
            return replace(self._last[1], levels=levels)
        clip = self._read(case, fit)
        if clip is None:
            return None
        self._tell(f"Encoding the draft that leads; it knows {float(clip.known.mean()):.0%} of the video")
        lead = encode_lead(pipe, clip.frames, clip.known, levels, settings.lead_feather)
        self._last = (shown, lead)
        return lead
