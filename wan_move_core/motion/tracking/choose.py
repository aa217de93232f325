"""The tracker that a name stands for."""

from __future__ import annotations

from ...errors import WanMoveError
from .dense import DenseTracker
from .lucas_kanade import LucasKanade
from .models import CoTracker, Tapir
from .points import PointTracker

NAMES = ("dense", "lk", "cotracker", "tapir")
"""As commands name them, the default first."""


def tracker_by_name(
    name: str, weights: str | None = None, device: str = "cpu", on_cut: str | None = None
) -> PointTracker:
    """``dense`` or ``lk`` (built in), ``cotracker`` or ``tapir`` (the user's own package, and a weights file).

    ``on_cut``: see DenseTracker; None leaves it as it is there. The others look for no cuts.
    Raises: WanMoveError for an unknown name, a missing package or missing weights, or ``on_cut`` for another tracker.
    """
    if name == "dense":
        return DenseTracker() if on_cut is None else DenseTracker(on_cut=on_cut)
    if on_cut is not None:
        raise WanMoveError(
            where="Tracker / on_cut", what=f"{name} looks for no scene cuts", fix="use dense, or leave it out"
        )
    if name in ("lk", "lucas-kanade"):
        return LucasKanade()
    if name in ("cotracker", "tapir"):
        return (CoTracker if name == "cotracker" else Tapir)(weights, device)
    raise WanMoveError(where="Tracker", what=f"unknown tracker {name!r}", fix="use dense, lk, cotracker or tapir")
