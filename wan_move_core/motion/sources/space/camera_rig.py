"""A camera on a rig: named moves and keys, handheld shake, and where the camera then is and looks.

Channels, all zero (zoom 1) where the camera rests; right, up, clockwise and forward are positive:
pan, tilt, roll     turn the camera on the spot, in degrees. Pan right: the picture's content moves left.
orbit, orbit_up     carry it around the subject, which stays in the middle, in degrees. Right and up.
truck, pedestal     shift it to the right and up, in percent of the subject's distance.
dolly               drives it forward, in percent of the subject's distance.
dolly_zoom          the same while zooming out so that things at the subject's distance keep their size.
zoom                times of magnification.
The orbit comes first, then the shifts along the camera's own axes, then pan, tilt and roll in this order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ....errors import WanMoveError
from ..move_keys import Channel, Key, move_from_to
from .projection import turns

RIG_CHANNELS = (
    Channel("pan", 0.0, False, -360.0, 360.0),
    Channel("tilt", 0.0, False, -180.0, 180.0),
    Channel("roll", 0.0, False, -3600.0, 3600.0),
    Channel("orbit", 0.0, False, -360.0, 360.0),
    Channel("orbit_up", 0.0, False, -90.0, 90.0),
    Channel("truck", 0.0, False, -10000.0, 10000.0),
    Channel("pedestal", 0.0, False, -10000.0, 10000.0),
    Channel("dolly", 0.0, False, -10000.0, 10000.0),
    Channel("dolly_zoom", 0.0, False, -1000.0, 95.0),
    Channel("zoom", 1.0, True, 0.01, 100.0),
)
_COLUMN = {channel.name: i for i, channel in enumerate(RIG_CHANNELS)}

_MOVES: dict[str, tuple[str, float]] = {
    "pan left": ("pan", -1), "pan right": ("pan", 1), "tilt up": ("tilt", 1), "tilt down": ("tilt", -1),
    "roll clockwise": ("roll", 1), "roll counter-clockwise": ("roll", -1),
    "truck left": ("truck", -1), "truck right": ("truck", 1),
    "pedestal up": ("pedestal", 1), "pedestal down": ("pedestal", -1),
    "dolly in": ("dolly", 1), "dolly out": ("dolly", -1), "zoom in": ("zoom", 1), "zoom out": ("zoom", -1),
    "orbit left": ("orbit", -1), "orbit right": ("orbit", 1),
    "orbit up": ("orbit_up", 1), "orbit down": ("orbit_up", -1),
    "dolly zoom in": ("dolly_zoom", 1), "dolly zoom out": ("dolly_zoom", -1),
}  # fmt: skip
CAMERA_MOVES = ("none", *_MOVES)

_WAVES = 6
_SHAKE_FADE_FRAMES = 8


@dataclass(frozen=True, eq=False)
class CameraPath:
    """Where the camera is in each frame, seen from where it is in the first.

    Attributes:
        turn: float64 [T, 3, 3], camera axes to the first frame's axes. turn[0] is the identity.
        place: float64 [T, 3], the camera's place in the first frame's axes. place[0] is zero.
        magnification: float64 [T], focal length over that of the first frame.
    """

    turn: torch.Tensor
    place: torch.Tensor
    magnification: torch.Tensor

    def see(self, point_xyz: torch.Tensor) -> torch.Tensor:
        """float64 [T, N, 3]: points [N, 3] or [T, N, 3] of the first frame's axes, in the camera's axes."""
        return (point_xyz - self.place[:, None]) @ self.turn


def keys_from_moves(moves: Sequence[tuple[str, float]], start: int, end: int, frames: int) -> list[Key]:
    """Keys of the named moves, all from ``start`` to ``end`` (-1: the last frame): (move, amount) pairs.

    Amounts are degrees for pan, tilt, roll and orbit, percent else; "zoom in" by 50 is 1.5 times, "zoom out" its
    inverse. The same channel named twice adds up (zoom multiplies).
    Raises: WanMoveError for an unknown move or an amount out of its range.
    """
    where = "Camera tracks / move"
    values: dict[str, float] = {}
    for move, amount in moves:
        if move == "none":
            continue
        if move not in _MOVES:
            raise WanMoveError(where=where, what=f"unknown {move!r}", fix=f"use {', '.join(CAMERA_MOVES)}")
        name, sign = _MOVES[move]
        if name == "zoom":
            if amount <= -100.0:
                raise WanMoveError(where=where, what=f"{move} by {amount} percent", fix="use more than -100")
            values[name] = values.get(name, 1.0) * (1.0 + amount / 100.0) ** sign
        else:
            values[name] = values.get(name, 0.0) + sign * amount
    for name, value in values.items():
        channel = RIG_CHANNELS[_COLUMN[name]]
        if not channel.least <= value <= channel.most:
            raise WanMoveError(
                where=where, what=f"{name} of {value:g} in all", fix=f"use {channel.least:g} to {channel.most:g}"
            )
    return move_from_to(values, start, end, frames, where)


def with_shake(
    values: np.ndarray,
    degrees: float,
    rate_hz: float = 1.5,
    fps: float = 16.0,
    generator: torch.Generator | None = None,
) -> np.ndarray:
    """float64 [T, C]: ``values`` of RIG_CHANNELS with the tremble of a hand on pan, tilt and, half as much, roll.

    Args:
        degrees: root mean square of pan and of tilt.
        rate_hz: middle of the tremble's frequencies.
        generator: where the tremble comes from; the same state gives the same tremble. Needed when degrees > 0.

    The first frame is not shaken, and the shake grows over the next eight: points keep the first picture's places.
    """
    if degrees <= 0:
        return values
    if generator is None:
        raise WanMoveError(where="Camera tracks / shake", what="no generator", fix="pass a torch.Generator")
    frames = len(values)
    draws = torch.rand(3, 2, _WAVES, generator=generator, dtype=torch.float64).numpy()
    seconds = np.arange(frames) / fps
    shaken = values.copy()
    grow = np.clip(np.arange(frames) / _SHAKE_FADE_FRAMES, 0.0, 1.0)
    grow = grow * grow * (3.0 - 2.0 * grow)
    for draw, (name, share) in zip(draws, (("pan", 1.0), ("tilt", 1.0), ("roll", 0.5)), strict=True):
        frequency = rate_hz * (0.3 + 1.4 * draw[0])
        phase = 2.0 * np.pi * (frequency * seconds[:, None] + draw[1])
        # Slower waves swing further, as a hand does; the sum is brought to the wanted mean square.
        weight = 1.0 / frequency
        wave = (np.sin(phase) * weight).sum(1) / np.sqrt((weight**2).sum() / 2.0)
        shaken[:, _COLUMN[name]] += degrees * share * grow * wave
    return shaken


def camera_path(values: np.ndarray, subject_distance: float) -> CameraPath:
    """Poses from values [T, C] of RIG_CHANNELS; ``subject_distance``: the orbit's radius, and 100 percent."""
    if not subject_distance > 0:
        raise WanMoveError(
            where="Camera tracks / subject distance", what=f"{subject_distance}", fix="use a positive distance"
        )
    column = {name: torch.from_numpy(np.ascontiguousarray(values[:, i])) for name, i in _COLUMN.items()}
    x_axis, y_axis, z_axis = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
    around = turns(y_axis, -column["orbit"]) @ turns(x_axis, -column["orbit_up"])
    subject = torch.tensor([0.0, 0.0, subject_distance], dtype=torch.float64)
    forward = column["dolly"] + column["dolly_zoom"]
    shift = torch.stack([column["truck"], -column["pedestal"], forward], -1) * (subject_distance / 100.0)
    place = subject + (around @ (shift - subject)[..., None])[..., 0]
    turn = around @ turns(y_axis, column["pan"]) @ turns(x_axis, column["tilt"]) @ turns(z_axis, column["roll"])
    magnification = column["zoom"] * (1.0 - column["dolly_zoom"] / 100.0)
    home = turn[0].T
    return CameraPath(
        turn=home @ turn,
        place=(place - place[0]) @ turn[0],
        magnification=magnification / magnification[0],
    )
