"""The published command's defaults. Source: Wan-Move 27409be."""

from __future__ import annotations

from typing import Literal

from ..errors import WanMoveError

SolverName = Literal["unipc", "dpm++"]
SOLVERS: tuple[SolverName, ...] = ("unipc", "dpm++")

NEGATIVE_PROMPT = (
    "镜头晃动，色调艳丽，过曝，静态，细节模糊不清，字幕，风格，作品，画作，画面，静止，整体发灰，最差质量，低质量，"
    "JPEG压缩残留，丑陋的，残缺的，多余的手指，画得不好的手部，画得不好的脸部，畸形的，毁容的，形态畸形的肢体，"
    "手指融合，静止不动的画面，杂乱的背景，三条腿，背景人很多，倒着走"
)
"""Wan2.1's own negative prompt after "镜头晃动，" (camera shake)."""

FRAMES = 81
FPS = 16.0
STEPS = 40
GUIDANCE_SCALE = 5.0
SHIFT = 3.0
"""Of the noise schedule, for 480p."""
SHIFT_ABOVE_480P = 5.0
TRAINED_TRACKS = 200
"""Tracks that a training step had at most. Source: arXiv 2512.08765; checks.json has the same number."""
BOUNDARY = 0.9
"""The noise level at which Wan2.2 A14B changes to its second expert in image to video, as published with it."""


def require_boundary(boundary: float, where: str = "Generate / --boundary") -> float:
    """``boundary``. Raises: WanMoveError for what is no noise level inside a run."""
    if not 0 < boundary < 1:
        raise WanMoveError(
            where=where,
            what=f"{boundary:g} is no noise level inside a run",
            fix=f"use a number between 0 and 1 ({BOUNDARY:g} for Wan2.2 image to video)",
        )
    return float(boundary)
