"""Tracks drawn as other models were trained to see them: LTX's discs and trails, white dots, dots beside a picture.

Source of LTX's look: LTXVDrawTracks of ComfyUI-LTXVideo at aceeae9, to whose pictures ours are equal: on a canvas whose
shorter side is 1080, a disc for each of the last 51 positions, 2 px at the oldest and 8 px at the newest, blue over
green and yellow to red, newer over older; shrunk by linear interpolation, red and blue exchanged.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..tracks import Tracks
from .draw import draw_tracks
from .style import TrackStyle

CANVAS_SIDE_PX = 1080
TRAIL_FRAMES = 50
LEAST_RADIUS_PX, MOST_RADIUS_PX = 2.0, 8.0
GREY = 0.5
DOT_RADIUS_PX = 8.0


def ltx_frames(tracks: Tracks, guide_wh: tuple[int, int] | None = None) -> Iterator[np.ndarray]:
    """float32 [H, W, 3] in 0-1, one for each frame, of ``guide_wh``; hidden positions are not drawn.

    Args:
        tracks: in pixels of the video that is to be made.
        guide_wh: half that size is what the LoRA was trained on. None: the video's own.
    """
    import torch

    width, height = tracks.size_wh
    out_wh = guide_wh or tracks.size_wh
    canvas_wh = _canvas(width, height)
    scale = torch.tensor([canvas_wh[0] / width, canvas_wh[1] / height], dtype=torch.float64)
    centres = (tracks.xy.double() * scale).float().round().to(torch.int64).numpy()
    visible = tracks.visible.numpy()
    discs = [_disc(_radius(age)) for age in range(TRAIL_FRAMES + 1)]
    # What covers a pixel is told by its age alone: one number a pixel is painted, and coloured at the end.
    colours = np.zeros((TRAIL_FRAMES + 2, 3), np.float32)
    colours[:-1] = [_colour(age) for age in range(TRAIL_FRAMES + 1)]
    empty = TRAIL_FRAMES + 1
    ages = np.empty((canvas_wh[1], canvas_wh[0]), np.uint8)
    for frame in range(tracks.frames):
        ages[:] = empty
        for age in range(min(frame, TRAIL_FRAMES), -1, -1):
            _stamp(ages, centres[frame - age][visible[frame - age]], discs[age], age)
        canvas = torch.from_numpy(colours[ages]).permute(2, 0, 1)[None]
        small = torch.nn.functional.interpolate(canvas, (height, width), mode="bilinear", align_corners=False)
        if out_wh != tracks.size_wh:
            # In two goes, as their graph does: each skips other pixels of the thin trails.
            small = torch.nn.functional.interpolate(small, out_wh[::-1], mode="bilinear", align_corners=False)
        # Red and blue exchanged: the LoRA was trained on clips that were written so.
        yield np.ascontiguousarray(small[0].permute(1, 2, 0).numpy()[..., ::-1])


def _canvas(width: int, height: int) -> tuple[int, int]:
    if height <= width:
        return int(width * CANVAS_SIDE_PX / height), CANVAS_SIDE_PX
    return CANVAS_SIDE_PX, int(height * CANVAS_SIDE_PX / width)


def _radius(age: int) -> float:
    return LEAST_RADIUS_PX + (MOST_RADIUS_PX - LEAST_RADIUS_PX) * (1 - age / TRAIL_FRAMES)


def _colour(age: int) -> tuple[float, float, float]:
    """RGB of a position so many frames old: blue, green, yellow, red, in thirds."""
    third = 3 * (TRAIL_FRAMES - age) / TRAIL_FRAMES
    if third <= 1:
        return 0.0, third, 1 - third
    if third <= 2:
        return third - 1, 1.0, 0.0
    return 1.0, 3 - third, 0.0


def _disc(radius: float) -> np.ndarray:
    """int64 [K, 2]: (x, y) of the pixels of a disc about its middle pixel."""
    reach = int(radius)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    return np.stack([x, y], -1)[x**2 + y**2 <= radius**2]


def _stamp(canvas: np.ndarray, centres: np.ndarray, disc: np.ndarray, value: int) -> None:
    at = (centres[:, None] + disc[None]).reshape(-1, 2)
    inside = (at >= 0).all(-1) & (at[:, 0] < canvas.shape[1]) & (at[:, 1] < canvas.shape[0])
    canvas[at[inside, 1], at[inside, 0]] = value


def dot_frames(tracks: Tracks, radius_px: float | None = None) -> Iterator[np.ndarray]:
    """uint8 [H, W, 3]: white discs on black. The radius is 8 px at 480p and grows with the frame, unless given."""
    width, height = tracks.size_wh
    look = TrackStyle(DOT_RADIUS_PX, 0, 0.0, colours=((255, 255, 255),), rim=False, shrink=False)
    look = look.scaled_to(tracks.size_wh).with_given(radius_px=radius_px)
    return draw_tracks(np.zeros((height, width, 3), np.uint8), tracks, look)


def vace_frames(
    tracks: Tracks, picture: np.ndarray | None, radius_px: float | None = None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(frame float32 [H, W, 3] in 0-1, mask float32 [H, W]): the picture, kept (mask 0); then dots on grey, to be made.

    Grey, 0.5, is what VACE reads as "nothing known here", and it must stand in the frames wherever the mask is 1.

    Args:
        picture: float32 [H, W, 3] in 0-1 of the tracks' size. None: the first frame is to be made as well.
    """
    for frame, dots in enumerate(dot_frames(tracks, radius_px)):
        if frame == 0 and picture is not None:
            yield picture, np.zeros(picture.shape[:2], np.float32)
            continue
        shown = GREY + (1 - GREY) * (dots.astype(np.float32) / 255)
        yield shown, np.ones(shown.shape[:2], np.float32)
