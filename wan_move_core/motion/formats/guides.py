"""Our tracks in the numbers that other video models are steered with: their size, their length, their coordinates.

Sources: the nodes LTXVSparseTrackEditor and LTXVDrawTracks of ComfyUI-LTXVideo (LTX-2.3, Motion-Track IC-LoRA),
WanTrackToVideo of ComfyUI 0.18.1 and the trajectory editor of ATI, WanFunControlToVideo and WanVaceToVideo of ComfyUI.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ...errors import WanMoveError, plural
from ...geometry import Fit, require_video_length
from ...tracks import Tracks
from .sampled.torch_files import ATI_FRAMES
from .text import dump_json

LTX_FRAMES = 121
_LTX_STEP = 8
"""Frames that a latent step of LTX covers; it keeps 8n+1 of a guide and drops the rest without a word."""
LTX_SHRINK = 2
"""The LoRA was trained on references of half the video's size."""
_LTX_GRID = 32 * LTX_SHRINK
_WAN_GRID = 16
_DECIMALS = 2
_MOST_SIDE = 4096
_MOST_OBLONG = 8

MODELS: dict[str, str] = {
    "ltx": "LTX-2.3's Motion-Track IC-LoRA: discs and trails at half size, 121 frames",
    "ati": "ATI: 121 samples in pixels of the video",
    "dots": "Fun Control: white dots on black",
    "vace": "VACE: the picture, then white dots on grey, and the mask of what is to be made",
}
"""What ``for_model`` takes."""


@dataclass(frozen=True)
class ForModel:
    """Tracks as another model takes them.

    ``tracks``: in pixels of the video that it is to make, as long as the guide. ``coordinates``: the same as JSON
    ``[[{"x", "y"}, ...], ...]``, one sample a frame. ``guide_wh``: of the drawn guide. ``notes``: what was changed.
    """

    tracks: Tracks
    coordinates: str
    guide_wh: tuple[int, int]
    notes: tuple[str, ...]


def for_model(
    model: str, tracks: Tracks, video_wh: tuple[int, int] | None = None, frames: int | None = None
) -> ForModel:
    """``tracks`` as ``model`` (of MODELS) takes them.

    Args:
        video_wh: of the video that it is to make, whose picture is the tracks' cut to that shape in the middle (as the
            loaders of these models cut it). None: the tracks' own size, to the model's grid.
        frames: of the guide. None: 121 for LTX, else the tracks' own; ATI has 121 always.

    Raises: WanMoveError for an unknown model, no tracks, a size off the model's grid, or a length that it would cut.
    """
    where = f"Tracks for {model}"
    if model not in MODELS:
        raise WanMoveError(where="Tracks for other models", what=f"unknown {model!r}", fix=f"use {', '.join(MODELS)}")
    if tracks.count == 0:
        raise WanMoveError(where=where, what="there are no tracks", fix="draw at least one track")
    video_wh = _size(where, model, tracks.size_wh, video_wh)
    length = _length(where, model, tracks.frames, frames)
    notes: list[str] = []
    shrink = LTX_SHRINK if model == "ltx" else 1
    moved = tracks
    if tracks.size_wh != video_wh:
        moved = tracks.fit(Fit.make("crop", tracks.size_wh, video_wh))
        notes.append(f"Fitted from {_wh(tracks.size_wh)} to {_wh(video_wh)}, cut in the middle.")
    if moved.frames != length:
        notes.append(f"Retimed from {plural(moved.frames, 'frame')} to {length}.")
        moved = moved.retime(length)
    if model == "ati":
        moved = _seen_at_first(where, moved, notes)
    moved = Tracks(moved.xy.round(decimals=_DECIMALS), moved.visible, video_wh)
    hidden = int((~moved.visible).sum())
    if hidden and model in ("ltx", "ati"):
        notes.append(f"{plural(hidden, 'hidden position')} written far outside the picture, where nothing is drawn.")
    guide_wh = (video_wh[0] // shrink, video_wh[1] // shrink)
    return ForModel(moved, coordinates(moved), guide_wh, tuple(notes))


def coordinates(tracks: Tracks) -> str:
    """JSON ``[[{"x", "y"}, ...], ...]``, a list for every track; hidden positions lie a whole picture outside.

    None of these readers has a word for hidden: what is outside the picture they neither draw nor follow.
    """
    width, height = tracks.size_wh
    away = torch.tensor([-float(width), -float(height)])
    xy = torch.where(tracks.visible[..., None], tracks.xy, away).double()
    rows = [[{"x": _short(x), "y": _short(y)} for x, y in xy[:, n].tolist()] for n in range(tracks.count)]
    return dump_json(rows)


def _short(value: float) -> float | int:
    rounded = round(value, _DECIMALS)
    return int(rounded) if rounded == int(rounded) else rounded


def _size(where: str, model: str, own_wh: tuple[int, int], asked: tuple[int, int] | None) -> tuple[int, int]:
    grid = _LTX_GRID if model == "ltx" else _WAN_GRID
    nearest = tuple(min(max(grid, round(side / grid) * grid), _MOST_SIDE) for side in asked or own_wh)
    if asked is not None and tuple(asked) != nearest:
        raise WanMoveError(
            where=f"{where} / size",
            what=f"a video of {_wh(asked)}; both sides must be multiples of {grid}, at most {_MOST_SIDE}",
            fix=f"use {nearest[0]}x{nearest[1]}",
        )
    if max(nearest) > _MOST_OBLONG * min(nearest):
        raise WanMoveError(
            where=f"{where} / size",
            what=f"{nearest[0]}x{nearest[1]} is more than {_MOST_OBLONG} times as long as wide",
            fix="give the size of the video",
        )
    return nearest[0], nearest[1]


def _length(where: str, model: str, own: int, asked: int | None) -> int:
    if model == "ati":
        if asked not in (None, ATI_FRAMES):
            raise WanMoveError(
                where=f"{where} / length",
                what=f"{asked} frames; ATI reads {ATI_FRAMES} samples, however long the video is",
                fix=f"leave the length out, or use {ATI_FRAMES}",
            )
        return ATI_FRAMES
    if model == "ltx":
        length = LTX_FRAMES if asked is None else asked
        if length < 1 or (length - 1) % _LTX_STEP:
            below = max(0, (length - 1) // _LTX_STEP) * _LTX_STEP + 1
            raise WanMoveError(
                where=f"{where} / length",
                what=f"{length} frames; LTX has 8n+1 and would drop the rest",
                fix=f"use {below} or {below + _LTX_STEP}",
            )
        return length
    length = own if asked is None else asked
    require_video_length(length, f"{where} / length")
    return length


def _seen_at_first(where: str, tracks: Tracks, notes: list[str]) -> Tracks:
    """ATI carries what lies under a track's first sample: one that is hidden there has nothing to carry."""
    seen = tracks.visible[0]
    if not bool(seen.any()):
        raise WanMoveError(
            where=where,
            what="every track is hidden in the first frame, from which ATI takes what it moves",
            fix="show at least one track there",
        )
    if not bool(seen.all()):
        notes.append(f"{plural(int((~seen).sum()), 'track')} hidden in the first frame left out.")
    return tracks.select(seen)


def _wh(size_wh: tuple[int, ...]) -> str:
    return f"{size_wh[0]}x{size_wh[1]}"
