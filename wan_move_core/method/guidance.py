"""Latent trajectory guidance, the paper's method: the first frame's latent features copied along the tracks.

Source: Wan-Move (arXiv 2512.08765), section 3; published code 27409be. Differs on purpose: nothing is written in
place; a track hidden or outside at frame 0 guides nothing (the published code copies the bottom-right cell along it);
tracks that share a cell resolve in order, the later one winning, instead of by the global random generator.
"""

from __future__ import annotations

import math

import torch

from ..errors import WanMoveError, plural
from ..geometry import STRIDE_T, STRIDE_X, STRIDE_Y
from ..tracks import Tracks

# Below one position in so many cells, sorting the positions is quicker than looking through the cells.
FEW = 32


def cells_from_tracks(tracks: Tracks) -> tuple[torch.Tensor, torch.Tensor]:
    """Quantise tracks to latent cells; latent step j reads frame 4 j.

    Returns:
        cell_yx: int64 [N, Tl, 2], the cell (y, x) of each track at each latent step; zero where not valid.
        valid: bool [N, Tl]: visible and inside the picture there *and* at frame 0, where the features come from.

    Raises: WanMoveError when the number of frames is not 4k+1.
    """
    tracks.require_video_length("Guidance / tracks")
    cell_y, cell_x, valid = _cells(tracks)
    cell_yx = torch.stack((cell_y.T, cell_x.T), dim=-1).to(torch.int64)
    return torch.where(valid.T[..., None], cell_yx, 0), valid.T.contiguous()


def guide_latent(
    latent: torch.Tensor,
    tracks: Tracks,
    strength: float = 1.0,
    known_steps: int = 1,
    generator: torch.Generator | None = None,
) -> torch.Tensor:
    """Copy the features of latent step 0 along the tracks.

    Args:
        latent: float [B, C, Tl, Hl, Wl], the encoded condition clip (its picture in step 0). Never written.
        tracks: pixels of the same clip: size (8 Wl, 8 Hl), frames 4 (Tl - 1) + 1.
        strength: 0 leaves the latent as it is, 1 copies exactly, between interpolates: dst + (src - dst) * strength.
        known_steps: latent steps below it are given (a start clip's) and are not written; at least 1.
        generator: when given, tracks that share a cell win it at random, drawn from this generator, as in the published
            code. None: the later track in the list wins.

    Returns: a new tensor, same shape, dtype and device. The result does not depend on the number of threads.

    Raises: WanMoveError for shapes that do not belong together, or a strength that is not a finite number >= 0.
    """
    _require_match(latent, tracks, strength, known_steps)
    guided = latent.clone(memory_format=torch.contiguous_format)
    if strength == 0 or tracks.count == 0:
        return guided
    source, target = _winning_cells(tracks, known_steps, generator)
    source, target = source.to(latent.device), target.to(latent.device)
    channels, plane = latent.shape[1], latent.shape[3] * latent.shape[4]
    # One clip of the batch at a time bounds the scratch to the channels of the cells that are written.
    for clip in guided.view(latent.shape[0], channels, -1):
        value = clip[:, :plane].gather(1, source.expand(channels, -1))
        index = target.expand(channels, -1)
        if strength != 1:
            there = clip.gather(1, index)
            value = there + (value - there) * strength
        clip.scatter_(1, index, value)
    return guided


def _winning_cells(
    tracks: Tracks, known_steps: int, generator: torch.Generator | None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Flat source cell (in step 0) and flat target cell for every cell that some track writes; each target once."""
    cell_y, cell_x, valid = _cells(tracks)
    steps, count = valid.shape
    width = tracks.size_wh[0] // STRIDE_X
    plane = width * (tracks.size_wh[1] // STRIDE_Y)
    flat = cell_y * width + cell_x
    valid[:known_steps] = False
    offset = torch.arange(steps, dtype=flat.dtype, device=flat.device)[:, None] * plane
    rank = torch.arange(count, device=flat.device)
    if generator is not None:
        rank = torch.randperm(count, generator=generator, device=generator.device).to(flat.device)
    if steps * count * FEW < steps * plane:
        track, written = _winners_by_sorting(flat + offset, valid, rank)
    else:
        track, written = _winners_by_cell(torch.where(valid, flat + offset, steps * plane), rank, steps * plane)
        if generator is not None:
            track = torch.argsort(rank)[track]
    return flat[0].to(torch.int64)[track], written


def _winners_by_sorting(
    cell: torch.Tensor, valid: torch.Tensor, rank: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Few tracks: the positions themselves are put in order, and the highest rank is the last one of its cell."""
    step, track = valid.nonzero(as_tuple=True)
    target = cell[step, track].to(torch.int64)
    order = torch.argsort(target * rank.numel() + rank[track])
    target, track = target[order], track[order]
    last = torch.ones_like(target, dtype=torch.bool)
    torch.ne(target[1:], target[:-1], out=last[:-1])
    return track[last], target[last]


def _winners_by_cell(target: torch.Tensor, rank: torch.Tensor, cells: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Many tracks: every cell keeps the highest rank. A maximum does not depend on the order threads meet it in.

    What does not count writes into one cell past the end, which is cheaper than picking out what does.
    """
    winner = torch.full((cells + 1,), -1, dtype=torch.int64, device=target.device)
    winner.scatter_reduce_(0, target.view(-1).to(torch.int64), rank.repeat(target.shape[0]), reduce="amax")
    written = (winner[:-1] >= 0).nonzero().squeeze(1)
    return winner[written], written


def _cells(tracks: Tracks) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """int32 cell_y and cell_x [Tl, N] (meaningless where not valid) and bool valid [Tl, N].

    Inside means inside the part of the picture that has cells: sides that are not multiples of 8 lose the rest.
    """
    # Planes of x and of y, contiguous: strided comparisons cost several times as much.
    cell = (tracks.xy[::STRIDE_T].permute(2, 0, 1).contiguous() * (1 / STRIDE_X)).floor_()
    # Far outside would not fit an int32; anything beyond the picture is only ever "not inside".
    cell_x, cell_y = cell.clamp_(-1, 1 << 24).to(torch.int32)
    width, height = tracks.size_wh[0] // STRIDE_X, tracks.size_wh[1] // STRIDE_Y
    usable = (cell_x >= 0) & (cell_x < width) & (cell_y >= 0) & (cell_y < height) & tracks.visible[::STRIDE_T]
    return cell_y, cell_x, usable & usable[:1]


def _require_match(latent: torch.Tensor, tracks: Tracks, strength: float, known_steps: int) -> None:
    if latent.ndim != 5 or not latent.is_floating_point():
        raise WanMoveError(
            where="Guidance / latent",
            what=f"{latent.dtype} of shape {list(latent.shape)}, expected floating point [B, C, Tl, Hl, Wl]",
            fix="give the encoded condition clip",
        )
    steps, height, width = latent.shape[2:]
    if tracks.frames != (steps - 1) * STRIDE_T + 1:
        raise WanMoveError(
            where="Guidance / tracks",
            what=f"{plural(tracks.frames, 'frame')}, the video has {(steps - 1) * STRIDE_T + 1}",
            fix=f"retime or trim the tracks to {(steps - 1) * STRIDE_T + 1} frames, or change the video's length",
        )
    if (tracks.size_wh[0] // STRIDE_X, tracks.size_wh[1] // STRIDE_Y) != (width, height):
        raise WanMoveError(
            where="Guidance / tracks",
            what=f"tracks of a {tracks.size_wh[0]}x{tracks.size_wh[1]} picture, "
            f"the video is {width * STRIDE_X}x{height * STRIDE_Y}",
            fix="fit the tracks to the video with the picture's own Fit",
        )
    if not (math.isfinite(strength) and strength >= 0):
        raise WanMoveError(where="Guidance / strength", what=f"{strength}", fix="use a number from 0 to 1")
    if known_steps < 1:
        raise WanMoveError(where="Guidance / known steps", what=f"{known_steps}", fix="use at least 1")
