"""Everything that decides what a run makes, apart from its cases. Plain data, kept in every side file."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

from ..errors import WanMoveError
from ..geometry import PUBLISHED_AREA_PX, require_video_length
from ..method.published import BOUNDARY, FPS, FRAMES, GUIDANCE_SCALE, NEGATIVE_PROMPT, SOLVERS, STEPS
from ..video import check_fps
from .fields import require_fields

CHOICES: dict[str, tuple[str, ...]] = {
    "dtype": ("bf16", "fp16", "fp32"),
    "precision": ("published", "plain"),
    "storage": ("plain", "fp8"),
    "size_rule": ("area", "explicit", "own"),
    "solver": SOLVERS,
    "guidance_mode": ("published", "track-cfg"),
    "noise_device": ("run", "cpu"),
}
"""The words that a setting of text may be."""


@dataclass(frozen=True)
class RunSettings:
    """Settings of one run. Paths are as given; sizes in pixels; None means the published default for the case.

    ``checkpoint`` is the published folder; the next five stand in for its parts. ``size_rule``: ``area`` keeps the
    picture's shape at about ``area_px``, ``explicit`` stretches to width x height, ``own`` takes the picture's size.
    ``transformer_2``, the second expert, takes over below noise level ``boundary``, guided by ``guidance_scale_2``
    (None: as the first). The first ``lora_start_steps`` steps go without the LoRAs, guided by ``lora_start_guidance``.
    As recorded beside a clip, ``vae_tiling`` and ``noise_device`` say what was done, not what was left to the preset
    or the machine: ``run`` then means that a GPU drew the noise.
    """

    checkpoint: str = ""
    transformer: str | None = None
    text_encoder: str | None = None
    image_encoder: str | None = None
    vae: str | None = None
    tokenizer: str | None = None
    dtype: str = "bf16"
    precision: str = "published"
    storage: str | None = None
    size_rule: str = "area"
    area_px: int = PUBLISHED_AREA_PX
    width: int | None = None
    height: int | None = None
    frames: int = FRAMES
    retime_tracks: bool = False
    fps: float = FPS
    steps: int = STEPS
    shift: float | None = None
    solver: str = "unipc"
    guidance_scale: float = GUIDANCE_SCALE
    guidance_mode: str = "published"
    track_guidance_scale: float | None = None
    strength: float = 1.0
    negative_prompt: str = NEGATIVE_PROMPT
    noise_device: str = "run"
    attention: str | None = None
    memory: str = "auto"
    t5_cpu: bool = False
    offload_model: bool | None = None
    image_encoder_heads: int | None = None
    vae_tiling: bool | None = None
    lead_from: float | None = None
    lead_to: float | None = None
    lead_feather: int = 0
    transformer_2: str | None = None
    boundary: float = BOUNDARY
    guidance_scale_2: float | None = None
    lora_start_steps: int = 0
    lora_start_guidance: float = GUIDANCE_SCALE

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, table: Any, where: str) -> RunSettings:
        """From a side file. Raises: WanMoveError for what is not settings, or settings of a newer version."""
        if not isinstance(table, dict):
            raise WanMoveError(where=where, what="no settings in it", fix="give the .json that generate wrote")
        known = {field.name for field in dataclasses.fields(cls)}
        unknown = sorted(set(table) - known)
        if unknown:
            raise WanMoveError(
                where=where, what=f"unknown settings {', '.join(unknown)}", fix="use the version that wrote the file"
            )
        require_fields(cls, table, f"{where} / settings", CHOICES)
        return cls(**table)

    def deciding(self) -> dict[str, Any]:
        """The settings that change the file beyond rounding; where the weights lie while it is computed does not."""
        beside = ("memory", "t5_cpu", "offload_model")
        return {k: v for k, v in self.to_json().items() if k not in beside}


def require_sound(settings: RunSettings) -> RunSettings:
    """``settings``, looked at before anything is loaded: a run takes half an hour.

    Raises: WanMoveError naming the first number that is out of range or not finite.
    """
    require_video_length(settings.frames, "Generate / length")
    check_fps(settings.fps)
    if settings.steps < 1:
        raise WanMoveError(where="Generate / steps", what=f"{settings.steps} steps", fix="use at least 1")
    if settings.lora_start_steps < 0:
        raise WanMoveError(
            where="Generate / --lora-start", what=f"{settings.lora_start_steps} steps", fix="use 0 for none, or 1 to 3"
        )
    shift = settings.shift
    if shift is not None and not (math.isfinite(shift) and shift > 0):
        raise WanMoveError(where="Generate / shift", what=f"shift {shift}", fix="use a positive number, 3 for 480p")
    if not 0 <= settings.strength <= 1:
        raise WanMoveError(where="Generate / strength", what=f"{settings.strength:g}", fix="use a number from 0 to 1")
    for option, value in (
        ("guidance", settings.guidance_scale),
        ("guidance-2", settings.guidance_scale_2),
        ("track-guidance", settings.track_guidance_scale),
        ("lora-start-guidance", settings.lora_start_guidance),
    ):
        if value is not None and not math.isfinite(value):
            raise WanMoveError(where=f"Generate / --{option}", what=f"{value}", fix="use a number such as 5")
    return settings
