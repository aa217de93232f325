"""The published CLIP file through ComfyUI's own image encoder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import comfy.clip_vision

from ....checkpoints.headers import load_torch
from ....checkpoints.keys import clip_vision_state_dict, is_published_clip
from ....checkpoints.layout import some
from ....errors import WanMoveError


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
    config = (
        Path(json_config) if json_config else Path(comfy.clip_vision.__file__).with_name("clip_vision_config_h.json")
    )
    clip = comfy.clip_vision.ClipVisionModel(str(config))
    _check(clip.model.state_dict(), vision, path)
    clip.load_sd(vision)
    return clip


def _check(expected: dict[str, Any], found: dict[str, Any], path: Path) -> None:
    missing = [name for name in expected if name not in found]
    unknown = [name for name in found if name not in expected]
    wrong = [
        f"{name} {list(found[name].shape)}, expected {list(value.shape)}"
        for name, value in expected.items()
        if name in found and found[name].shape != value.shape
    ]
    problems = [
        f"{len(names)} tensors {kind}: {some(names)}"
        for kind, names in (("missing", missing), ("of the wrong shape", wrong), ("unknown", unknown))
        if names
    ]
    if problems:
        raise WanMoveError(
            where=path.name,
            what="not a complete ViT-H/14 image encoder; " + "; ".join(problems),
            fix="download models_clip_open-clip-xlm-roberta-large-vit-huge-14.pth again",
        )
