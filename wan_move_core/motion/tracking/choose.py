"""The tracker that a name stands for."""

from __future__ import annotations

from ...errors import WanMoveError
from .cuts import ON_CUT, checked_on_cut
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

    ``on_cut``: what it does at a scene cut, one of ON_CUT; None: the first.
    Raises: WanMoveError for an unknown name or word, a missing package or missing weights.
    """
    at_cut = checked_on_cut(on_cut or ON_CUT[0])
    if name == "dense":
        return DenseTracker(on_cut=at_cut)
    if name in ("lk", "lucas-kanade"):
        return LucasKanade(on_cut=at_cut)
    if name in ("cotracker", "tapir"):
        return (CoTracker if name == "cotracker" else Tapir)(weights, device, at_cut)
    raise WanMoveError(where="Tracker", what=f"unknown tracker {name!r}", fix="use dense, lk, cotracker or tapir")
