"""The published CLIP file through ComfyUI's own image encoder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ....checkpoints.headers import load_torch
from ....checkpoints.keys import clip_vision_state_dict, is_published_clip
from ....checkpoints.layout import some
from ....checkpoints.report import shapes_of, tensor_problems
from ....errors import WanMoveError
from ..host.loading import fill_image_encoder, image_encoder_tensors, make_image_encoder


def load_clip_vision(path: str | Path, json_config: str | Path | None = None) -> Any:
    """A ClipVisionModel of the published ``models_clip_open-clip-xlm-roberta-large-vit-huge-14.pth``.

    ``json_config`` replaces the host's own description of ViT-H/14. The text tower of the file is not read.
    Raises: WanMoveError for another file or an incomplete one, naming the tensors.
    """
    path = Path(path)
    tensors = load_torch(path)
    if not is_published_clip(tensors):
        stock = any(name.startswith("vision_model.") for name in tensors)
        raise WanMoveError(
            where=path.name,
            what="a repackaged image encoder" if stock else f"not the published CLIP (its tensors: {some(tensors, 3)})",
            fix="load it with Load CLIP Vision"
            if stock
            else "choose models_clip_open-clip-xlm-roberta-large-vit-huge-14.pth",
        )
    vision = clip_vision_state_dict(tensors)
    head = tensors.get("visual.head", tensors.get("head"))
    if head is not None:
        # Wan-Move does not use the projected embedding, but the host would hand out uninitialised memory as one.
        vision["visual_projection.weight"] = head.T.contiguous()
    clip = make_image_encoder(None if json_config is None else Path(json_config))
    problems = tensor_problems(shapes_of(image_encoder_tensors(clip)), shapes_of(vision))
    if problems:
        raise WanMoveError(
            where=path.name,
            what=f"not a complete ViT-H/14 image encoder; {problems}",
            fix="download models_clip_open-clip-xlm-roberta-large-vit-huge-14.pth again",
        )
    fill_image_encoder(clip, vision)
    return clip
