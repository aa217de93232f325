"""The tracker that a name stands for."""

from __future__ import annotations

from ...errors import WanMoveError
from .lucas_kanade import LucasKanade
from .models import CoTracker, Tapir
from .points import PointTracker


def tracker_by_name(name: str, weights: str | None = None, device: str = "cpu") -> PointTracker:
    """``lk`` (built in), ``cotracker`` or ``tapir`` (the user's own package, and a weights file).

    Raises: WanMoveError for an unknown name, a missing package or missing weights.
    """
    if name in ("lk", "lucas-kanade"):
        return LucasKanade()
    if name in ("cotracker", "tapir"):
        return (CoTracker if name == "cotracker" else Tapir)(weights, device)
    raise WanMoveError(where="Tracker", what=f"unknown tracker {name!r}", fix="use lk, cotracker or tapir")
