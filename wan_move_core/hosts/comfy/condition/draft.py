"""A draft as the host's LATENT, for sampling that it leads: encoded frames, and a noise mask in latent steps.

The noise mask is 5-D, [1, 1, Tl, h, w]: the host would lay a mask of frames over latent steps by blurring it in time.
It is 1 where the model is free and 0 where the draft knows, as the host reads it.
"""

from __future__ import annotations

import logging
from typing import Any

import torch

from ....errors import WanMoveError, plural
from ....geometry import Fit, VideoSpec
from ....lead.cells import known_cells
from ....lead.clip import (
    ALPHA_NOTE,
    draft_fit,
    fitted_frames,
    fitted_known,
    over_grey,
    pace_notes,
    paced,
    shape_note,
)
from ..host.conditioning import encode_video, led_latent
from .picture import LATENT_CHANNELS, EncodedImage, require_wan_vae, wrong_vae

WHERE = "Encode draft"


def encode_draft(
    draft: torch.Tensor,
    vae: Any,
    known: torch.Tensor | None = None,
    encoded: EncodedImage | None = None,
    feather: int = 0,
    fps: float = 16.0,
    clock: torch.Tensor | None = None,
) -> tuple[dict[str, Any], str]:
    """(LATENT, what was done) of a draft, IMAGE [T, H, W, C]; with four channels it knows what its alpha shows opaque.

    Args:
        known: MASK [T or 1, H, W], 1 where the draft knows what is seen; None: everywhere that it is opaque.
        encoded: the draft is fitted as its picture was, and brought to its length; None: it is of the video's size.
        feather: cells over which what is known fades out.
        fps: of the draft; the video has 16.
        clock: MASK [T or 1, H, W], 1 where the draft leads to the end of its time, less where it lets go earlier.

    Raises: WanMoveError for sizes and lengths that do not go together, or a VAE of another model.
    """
    require_wan_vae(vae, f"{WHERE} / VAE")
    size_wh = (draft.shape[2], draft.shape[1])
    if encoded is None:
        spec = VideoSpec(*size_wh, frames=draft.shape[0])
        fit = Fit.make("stretch", size_wh, size_wh)
    else:
        spec, fit = encoded.spec, draft_fit(size_wh, encoded.fit)
    pace = paced(draft.shape[0], spec.frames, fps if encoded is not None else spec.fps, spec.fps)
    notes = pace_notes(draft.shape[0], size_wh, fps if encoded is not None else spec.fps, pace, fit, spec.fps)
    if encoded is not None and (odd := shape_note(size_wh, encoded.fit.source_wh)):
        notes.append(odd)
    index = list(pace.index)
    draft, alpha = over_grey(draft)
    video = draft.new_empty((spec.frames, spec.height, spec.width, 3), dtype=torch.float32)
    for at, taken in enumerate(index):
        video[at] = fitted_frames(draft[taken : taken + 1], fit)[0]
    latent = encode_video(vae, video)
    expected = (LATENT_CHANNELS, spec.latent_steps, *spec.latent_size_hw)
    if tuple(latent.shape[1:]) != expected:
        raise wrong_vae(f"it gives {list(latent.shape)}, expected {[1, *expected]}", f"{WHERE} / VAE")
    cells = torch.ones(1, 1, *expected[1:])
    given = [] if known is None else [_planes(known, "mask", draft, fit, encoded, index, pace.known)]
    if alpha is not None:
        given.append(_planes(alpha, "alpha", draft, fit, encoded, index, pace.known))
        notes.append(ALPHA_NOTE)
    if given:
        cells = known_cells(torch.stack(given).prod(0), feather)
    elif pace.known < spec.frames:
        alive = torch.zeros(spec.frames, spec.height, spec.width)
        alive[: pace.known] = 1
        cells = known_cells(alive)
    share = float(cells.mean())
    notes.append(f"it knows {share:.0%} of the video's cells")
    if not share:
        logging.warning("Wan-Move: the draft's mask is empty: the draft gives the start of sampling and holds nothing.")
    timed = None if clock is None else known_cells(_planes(clock, "clock", draft, fit, encoded, index, spec.frames))
    return led_latent(latent, 1 - cells, timed), "; ".join(notes)[:1].upper() + "; ".join(notes)[1:] + "."


def _planes(
    mask: torch.Tensor,
    name: str,
    draft: torch.Tensor,
    fit: Fit,
    encoded: EncodedImage | None,
    index: list[int],
    alive: int,
) -> torch.Tensor:
    """float32 [T, h, w]: the mask fitted and paced as its draft, nothing from frame ``alive`` on."""
    planes = mask if mask.ndim == 3 else mask.reshape(-1, *mask.shape[-2:])
    if len(planes) not in (1, len(draft)):
        raise WanMoveError(
            where=f"{WHERE} / {name}",
            what=f"{plural(len(planes), 'frame')}, the draft has {len(draft)}",
            fix="give one mask for all frames, or one for each",
        )
    size_wh = (planes.shape[2], planes.shape[1])
    if size_wh == fit.source_wh:
        its_fit = fit
    elif encoded is not None:
        its_fit = draft_fit(size_wh, encoded.fit)
    else:
        raise WanMoveError(
            where=f"{WHERE} / {name}",
            what=f"{size_wh[0]}x{size_wh[1]}, the draft is {fit.source_wh[0]}x{fit.source_wh[1]}",
            fix="give a mask of the draft's size, or connect wanmove_image, by which both are fitted",
        )
    if len(planes) == 1:
        made = fitted_known(planes.clamp(0, 1), its_fit).repeat(len(index), 1, 1)
    else:
        made = torch.cat([fitted_known(planes[i : i + 1].clamp(0, 1), its_fit) for i in index])
    made[alive:] = 0
    return made.cpu()
