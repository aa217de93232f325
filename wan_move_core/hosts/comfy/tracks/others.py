"""TRACKS of the host in the numbers of other video models; what is drawn of them is ``looking/guides``'s."""

from __future__ import annotations

from ....errors import WanMoveError
from ....motion.formats.guides import MODELS, ForModel, for_model
from ....tracks import Tracks
from .sockets import HostTracks, open_tracks

__all__ = ["MODELS", "ForModel", "tracks_for"]


def tracks_for(model: str, tracks: HostTracks, width: int, height: int, length: int) -> ForModel:
    """See ``for_model``. Zeros: the tracks' own size, and the model's own length.

    Tracks that do not say their picture's size are pixels of the video that is to be made.

    Raises: WanMoveError also for one side without the other, or no size at all.
    """
    where = f"Tracks for other models / {model}"
    if (width > 0) != (height > 0):
        raise WanMoveError(
            where=where, what=f"a size of {width}x{height}", fix="give width and height, or 0 for both: the tracks' own"
        )
    given, known = open_tracks(tracks, where)
    if not known:
        if not width:
            raise WanMoveError(
                where=where, what="these tracks do not carry their picture's size", fix="give width and height"
            )
        given = Tracks(given.xy, given.visible, (width, height))
    return for_model(model, given, (width, height) if width else None, length or None)
