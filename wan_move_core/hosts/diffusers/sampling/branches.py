"""Which evaluations of the network a guidance mode needs, and how their velocities add up."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ....errors import WanMoveError

GUIDANCE_MODES = ("published", "track-cfg")


@dataclass(frozen=True)
class Branch:
    """One evaluation: with the prompt or the negative, with the guided or the plain condition, and its weight."""

    name: str
    prompted: bool
    guided: bool
    weight: float

    def add(self, total: torch.Tensor | None, velocity: torch.Tensor) -> torch.Tensor:
        """float32 ``total`` + weight * ``velocity``."""
        part = velocity.to(torch.float32) * self.weight if self.weight != 1 else velocity.to(torch.float32)
        return part if total is None else total + part


def plan_branches(mode: str, scale: float, track_scale: float | None, has_tracks: bool) -> list[Branch]:
    """The branches of one step: v = (1 - w_text) u + (w_text - w_track) c + w_track t; zero weights are left out.

    ``published``: u and t only, both with the guided condition. Without tracks both modes are plain prompt guidance.
    Raises: WanMoveError for an unknown mode, or a track scale in a mode that has none.
    """
    if mode not in GUIDANCE_MODES:
        raise WanMoveError(
            where="Generate / guidance mode", what=f"unknown mode {mode!r}", fix=f"use {' or '.join(GUIDANCE_MODES)}"
        )
    if mode == "published" or not has_tracks:
        if track_scale is not None and mode == "published":
            raise WanMoveError(
                where="Generate / track guidance scale",
                what=f"{track_scale} was given, but the published mode has one weight for prompt and tracks",
                fix="use guidance mode track-cfg",
            )
        wanted = [("uncond", False, True, 1 - scale), ("cond", True, True, scale)]
    else:
        track_scale = scale if track_scale is None else track_scale
        wanted = [
            ("uncond", False, False, 1 - scale),
            ("cond", True, False, scale - track_scale),
            ("track", True, True, track_scale),
        ]
    return [Branch(*branch) for branch in wanted if branch[3] != 0]
