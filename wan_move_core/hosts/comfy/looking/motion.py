"""What the motion nodes show: their tracks on the picture as a short clip, and the sizes that they agree on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ....errors import WanMoveError
from ....geometry import Fit
from ....overlay.brush import TrackStyle
from ....overlay.draw import draw_tracks
from ....tracks import Tracks
from ..files.names import preview_clip
from ..tracks.sockets import HostTracks

LOOK_SIDE_PX = 640
LOOK_BACKGROUND = 28
MOST_DRAWN = 256
MOST_FRAMES = 161


@dataclass(frozen=True)
class Made:
    """TRACKS of the host, what to tell about them, and the {filename, ...} of a preview clip."""

    tracks: HostTracks
    report: str
    preview: dict[str, Any]

    @property
    def frames(self) -> int:
        return int(self.tracks["track_path"].shape[0])


def made(tracks: Tracks, notes: Sequence[str], picture: torch.Tensor | None, known: bool = True) -> Made:
    """The result of a node. ``picture``: IMAGE [B, H, W, C] to show the tracks on; ``known``: the size is no guess."""
    host = tracks.to_host()
    if not known:
        del host["size_wh"]
    return Made(host, "\n".join(_sentence(note) for note in notes), look(tracks, picture))


def look(tracks: Tracks, picture: torch.Tensor | None) -> dict[str, str]:
    """A preview clip: up to 256 tracks, evenly chosen, on the picture darkened, or on a dark frame."""
    scale = min(1.0, LOOK_SIDE_PX / max(tracks.size_wh))
    size = (max(2, round(tracks.size_wh[0] * scale)), max(2, round(tracks.size_wh[1] * scale)))
    few = tracks
    if tracks.count > MOST_DRAWN:
        # A step that shares no factor with a lattice's rows would do as well; chance-free and spread is what matters.
        few = tracks.select(np.unique(np.linspace(0, tracks.count - 1, MOST_DRAWN).astype(np.int64)))
    if few.frames > MOST_FRAMES:
        few = few.retime(MOST_FRAMES)
    small = few.fit(Fit.make("stretch", few.size_wh, size))
    return preview_clip(draw_tracks(_background(picture, size), small, TrackStyle().scaled_to(size)))


def _background(picture: torch.Tensor | None, size_wh: tuple[int, int]) -> np.ndarray:
    if picture is None:
        return np.full((size_wh[1], size_wh[0], 3), LOOK_BACKGROUND, np.uint8)
    import cv2

    frame = (picture[0, ..., :3].clamp(0, 1) * 255 + 0.5).to(torch.uint8).cpu().numpy()
    small = cv2.resize(frame, size_wh, interpolation=cv2.INTER_AREA)
    return (small * 0.75).astype(np.uint8)


def size_of(picture: torch.Tensor | None, *others: Any) -> tuple[int, int]:
    """(width, height) of the IMAGE, else of the first of ``others`` (planes [H, W]) that is there.

    Raises: WanMoveError when there is nothing to take a size from.
    """
    if picture is not None:
        return int(picture.shape[2]), int(picture.shape[1])
    for plane in others:
        if plane is not None:
            return int(plane.shape[1]), int(plane.shape[0])
    raise WanMoveError(where="Motion / picture", what="nothing says the picture's size", fix="connect the picture")


def require_same_picture(tracks: Tracks, size_wh: tuple[int, int], where: str) -> None:
    """Raise where the tracks belong to a picture of another size than ``size_wh``."""
    if tracks.size_wh != size_wh:
        raise WanMoveError(
            where=where,
            what=f"tracks of a {tracks.size_wh[0]}x{tracks.size_wh[1]} picture, this one is {size_wh[0]}x{size_wh[1]}",
            fix="connect the picture that the tracks were made on, such as the motion editor's own picture output",
        )


def _sentence(note: str) -> str:
    text = note[:1].upper() + note[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
