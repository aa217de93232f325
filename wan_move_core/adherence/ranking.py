"""One number for a clip, so that several of one motion can be put in order: what follows, times what stays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .advice import drift_px
from .measure import FOLLOWED, SMOOTH, UNMEASURED, Adherence
from .thresholds import CELL_PX


@dataclass(frozen=True)
class Standing:
    """How a clip stands among others of the same motion. None where nothing could be judged.

    Attributes:
        followed: share of the tracks that can be judged which follow, 0 to 1.
        still: share of the watched places (that nothing asks to move) which never leave their cell, 0 to 1.
        epe_px: mean distance of the points from their tracks.
        score: 0 to 100: ``followed`` times ``still``; where nothing is watched, ``followed`` alone.
    """

    followed: float | None
    still: float | None
    epe_px: float | None
    score: float | None

    @property
    def words(self) -> str:
        """The score and what it is made of, in one line."""
        if self.score is None or self.followed is None:
            return "No score: no track can be judged."
        stays = "nothing else to watch" if self.still is None else f"{self.still:.0%} of the rest stays"
        return f"Score {self.score:.0f}%: {self.followed:.0%} of the tracks follow, {stays}."


def standing(found: Adherence) -> Standing:
    """See ``Standing``. Measure with ``rest_xy``, or stillness is not known."""
    judged = [score for score in found.scores() if score.verdict not in (SMOOTH, UNMEASURED)]
    followed = sum(score.verdict == FOLLOWED for score in judged) / len(judged) if judged else None
    drift = np.linalg.norm(drift_px(found), axis=-1)
    known = np.isfinite(drift)
    still = float((drift[known] <= CELL_PX).mean()) if known.any() else None
    score = None if followed is None else 100 * followed * (1.0 if still is None else still)
    return Standing(followed, still, found.mean_px, score)
