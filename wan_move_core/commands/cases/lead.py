"""The draft that leads a case of ``wan-move generate``: the run's own, or a clip or folder of any origin."""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import WanMoveError
from ...generate.cases import Case
from ...generate.settings import RunSettings
from ...geometry import Fit
from ...lead.clip import DRAFT, LeadClip, open_lead, read_lead
from ...pictures import fit_picture, read_picture

if TYPE_CHECKING:
    from ...motion.formats import Imported
    from ...tracks import Tracks

ReadImported = Callable[[Case, tuple[int, int]], "Imported | None"]
OFF = "off"


def with_lead(args: argparse.Namespace, cases: list[Case]) -> list[Case]:
    """``cases`` led as --lead and --lead-mask say, where a list says nothing of its own; ``off`` is none."""
    led = []
    for case in cases:
        own = case.lead is not None
        if not own:
            case = dataclasses.replace(case, lead=args.lead, lead_mask=case.lead_mask or args.lead_mask)
        if case.lead_mask is not None and case.lead in (None, OFF, DRAFT):
            raise WanMoveError(
                where=f"Generate / lead_mask of {Path(case.output).name}",
                what="a mask without a clip or folder that leads"
                if case.lead != DRAFT
                else "the draft knows its own mask",
                fix="give lead a clip or folder, or leave the mask out",
            )
        led.append(dataclasses.replace(case, lead=None) if case.lead == OFF else case)
    return led


class LeadReader:
    """``reader(case, fit)``: the draft at the video's size and length, None where none leads; what an engine asks.

    ``read`` gives a case's tracks, ``tell`` hears once of each file how it was brought to the video.
    """

    def __init__(self, settings: RunSettings, read: ReadImported, tell: Callable[[str], None]) -> None:
        self.settings, self.read, self.tell = settings, read, tell
        self.told: set[str] = set()

    def check(self, case: Case) -> None:
        """Raise what is wrong with the case's lead, before anything is loaded."""
        if case.lead is None:
            return
        if case.lead == DRAFT:
            if case.tracks is None:
                raise WanMoveError(
                    where=f"Generate / --lead ({Path(case.output).name})",
                    what="a draft without tracks",
                    fix="give --tracks, or --lead CLIP",
                )
            return
        open_lead(case.lead, self.settings.frames, self.settings.fps, case.lead_mask)

    def __call__(self, case: Case, fit: Fit) -> LeadClip | None:
        if case.lead is None:
            return None
        if case.lead == DRAFT:
            return self._own(case, fit)
        made = read_lead(case.lead, fit, self.settings.frames, self.settings.fps, case.lead_mask)
        if case.lead not in self.told:
            self.told.add(case.lead)
            self.tell(f"Lead: {'; '.join(made.notes)}")
        return made

    def _own(self, case: Case, fit: Fit) -> LeadClip:
        """The motion draft of the case's picture and tracks, drawn at the video's size."""
        import numpy as np
        import torch

        from ...draft.outlines import outlines_from_document
        from ...draft.render import Draft
        from ...lead.known import frames_and_known
        from ...motion.document.read import parse_document

        imported = self.read(case, fit.source_wh)
        assert imported is not None, "checked"
        tracks: Tracks = imported.tracks.fit(fit)
        document = imported.document
        outlines = outlines_from_document(parse_document(json.dumps(document))) if document else []
        picture = fit_picture(read_picture(case.image), fit)
        draft = Draft(picture, tracks, list(_fitted(outlines, fit)))
        frames, known = zip(*frames_and_known(draft), strict=True)
        return LeadClip(np.stack(frames), torch.from_numpy(np.stack(known)).to(torch.float32) / 255, tuple(draft.notes))


def _fitted(outlines: list[Any], fit: Fit) -> Iterator[Any]:
    """The outlines, of the picture's size, in the video's."""
    import numpy as np
    import torch

    from ...draft.matte import Outline

    for outline in outlines:
        plane = torch.from_numpy(outline.inside.astype(np.float32))[None, ..., None]
        yield Outline(outline.tracks, (fit.picture(plane)[0, ..., 0] > 0.5).numpy())
