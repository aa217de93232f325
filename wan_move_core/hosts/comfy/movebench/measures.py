"""LPIPS and CLIP-I from files in ComfyUI's models folders, or from what the caches hold."""

from __future__ import annotations

import torch

from ....errors import WanMoveError
from ....movebench.perceptual import CLIP_HELP, LPIPS_HELP, ClipImages, Lpips, alexnet_at_hand, clip_at_hand
from ..host.folders import offered_file, offered_files
from ..motion.sources import NO_WEIGHTS

METRICS, CLIP_VISION = "metrics", "clip_vision"
NO_LPIPS = f"put weights into models/metrics: {LPIPS_HELP}."
NO_CLIP = f"choose a file of models/clip_vision that has the projection: {CLIP_HELP}."


def lpips_files() -> list[str]:
    """Names of weights files in ComfyUI's models/metrics, which the pack makes known to the host."""
    return [NO_WEIGHTS, *offered_files(METRICS, {".pt", ".pth", ".safetensors"})]


def clip_files() -> list[str]:
    """Names of image towers in ComfyUI's models/clip_vision."""
    return [NO_WEIGHTS, *offered_files(CLIP_VISION, {".safetensors"})]


def frame_measures(lpips_weights: str, clip_weights: str) -> tuple[Lpips | None, ClipImages | None]:
    """Both measures; None where nothing was named and nothing is at hand."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    lpips = alexnet_at_hand() if lpips_weights == NO_WEIGHTS else offered_file(METRICS, lpips_weights)
    clip = clip_at_hand() if clip_weights == NO_WEIGHTS else offered_file(CLIP_VISION, clip_weights)
    for kind, name, found in ((METRICS, lpips_weights, lpips), (CLIP_VISION, clip_weights, clip)):
        if name != NO_WEIGHTS and found is None:
            raise WanMoveError(where="Bench score / weights", what=f"no {name} in models/{kind}", fix="press R")
    return (None if lpips is None else Lpips(lpips, device)), (None if clip is None else ClipImages(clip, device))
