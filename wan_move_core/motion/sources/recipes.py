"""What nodes and commands ask for, in their words, as the values that the motion functions take.

Everywhere ``keys`` is JSON text that, unless empty, replaces the single move; ``start`` and ``end`` are frames, -1 the
last one; ``where`` is named in errors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from ...errors import WanMoveError, plural
from ..timing.easing import Easing
from .move_keys import Channel, Key, channel_values, move_from_to, parse_keys, require_easing
from .region_motion import BODY_CHANNELS, Body, parse_body_keys, pivot_of_mask
from .space.camera_rig import RIG_CHANNELS, keys_from_moves, with_shake
from .space.rotate3d import TURN_CHANNELS


def bodies_from_masks(
    masks: Sequence[np.ndarray],
    size_wh: tuple[int, int],
    frames: int,
    *,
    move: Mapping[str, float],
    keys: str = "",
    start: int = 0,
    end: int = -1,
    easing: Easing = "ease-in-out",
    pivot: str | tuple[float, float] = "centre",
    ways: np.ndarray | None = None,
    follow_frames: float = 0.0,
    elastic: float = 0.0,
    where: str = "Region tracks",
) -> list[Body]:
    """One body for each mask, from back to front.

    Args:
        masks: bool [h, w] of any size.
        move: values of BODY_CHANNELS at the end of the single move.
        keys: one list for all masks, or one for each.
        pivot: a word of region_motion.PIVOTS, or pixels (x, y).
        ways: float64 [T, N, 2] px, added to the bodies' offsets; the last one for masks beyond N.

    Raises: WanMoveError for an empty mask, bad keys, or as many lists as neither fits all nor each.
    """
    lists = parse_body_keys(keys, f"{where} / keys") or [move_from_to(move, start, end, frames, where)]
    if len(lists) not in (1, len(masks)):
        raise WanMoveError(
            where=f"{where} / keys",
            what=f"{plural(len(lists), 'list')} of keys for {plural(len(masks), 'mask')}",
            fix="give one list for all, or one for each mask",
        )
    eased = require_easing(easing, f"{where} / easing")
    bodies = []
    for number, mask in enumerate(masks):
        if not mask.any():
            raise WanMoveError(where=f"{where} / mask", what=f"mask {number + 1} is empty", fix="paint what shall move")
        values = channel_values(lists[min(number, len(lists) - 1)], BODY_CHANNELS, frames, eased)
        if ways is not None:
            values[:, :2] += ways[:, min(number, ways.shape[1] - 1)]
        at = pivot_of_mask(mask, size_wh, pivot) if isinstance(pivot, str) else pivot
        bodies.append(Body(mask, size_wh, values, at, follow_frames, elastic))
    return bodies


def camera_values(
    moves: Sequence[tuple[str, float]],
    frames: int,
    *,
    keys: str = "",
    start: int = 0,
    end: int = -1,
    easing: Easing = "ease-in-out",
    shake_deg: float = 0.0,
    shake_seed: int = 0,
    shake_rate_hz: float = 1.5,
    where: str = "Camera tracks",
) -> np.ndarray:
    """float64 [T, C] of RIG_CHANNELS: named moves (see camera_rig.keys_from_moves) or keys, and handheld shake."""
    moved = _one_list(keys, RIG_CHANNELS, where) or keys_from_moves(moves, start, end, frames)
    values = channel_values(moved, RIG_CHANNELS, frames, require_easing(easing, f"{where} / easing"))
    return with_shake(values, shake_deg, shake_rate_hz, generator=torch.Generator().manual_seed(shake_seed))


def turn_angles(
    angle_deg: float,
    frames: int,
    *,
    keys: str = "",
    start: int = 0,
    end: int = -1,
    easing: Easing = "ease-in-out",
    where: str = "Rotate in 3D",
) -> np.ndarray:
    """float64 [T] degrees: one turn, or keys."""
    turned = _one_list(keys, TURN_CHANNELS, where) or move_from_to({"angle": angle_deg}, start, end, frames, where)
    return channel_values(turned, TURN_CHANNELS, frames, require_easing(easing, f"{where} / easing"))[:, 0]


def _one_list(keys: str, channels: Sequence[Channel], where: str) -> list[Key]:
    lists = parse_keys(keys, channels, f"{where} / keys")
    if len(lists) > 1:
        raise WanMoveError(where=f"{where} / keys", what=f"{len(lists)} lists of keys", fix="give one list")
    return lists[0] if lists else []
