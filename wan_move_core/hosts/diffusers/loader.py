"""The published folder, or files that stand in for its parts, as one pipeline."""

from __future__ import annotations

from pathlib import Path

import torch

from ...errors import WanMoveError
from ...method.published import BOUNDARY, require_boundary
from .files import part_paths as part_paths
from .models.parts import load_image_encoder, load_text_encoder, load_tokenizer, load_transformer, load_vae
from .sampling.pipeline import WanMovePipeline
from .sampling.schedule import make_scheduler

DTYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}


def load_pipeline(
    folder: str | Path,
    *,
    dtype: torch.dtype | str = torch.bfloat16,
    device: torch.device | str = "cpu",
    transformer: str | Path | None = None,
    transformer_2: str | Path | None = None,
    boundary_ratio: float = BOUNDARY,
    text_encoder: str | Path | bool | None = None,
    image_encoder: str | Path | bool | None = None,
    vae: str | Path | None = None,
    tokenizer: str | Path | None = None,
    storage: str = "plain",
    precision: str = "published",
    text_dtype: torch.dtype | None = None,
    image_encoder_heads: int | None = None,
) -> WanMovePipeline:
    """Load Wan-Move from files alone; nothing is asked of any hub.

    Args:
        folder: the published folder. Parts named by the arguments below are read from there instead.
        dtype: of the network: a torch dtype, or "fp32", "fp16", "bf16". Layers that must be float32 stay so. The VAE is
            always float32, as published; the image encoder is float16 unless ``dtype`` is float32.
        device: where the weights go as they are read.
        transformer: a folder, a single file (plain or scaled fp8), or a GGUF file.
        transformer_2: the second expert, likewise: it takes over below noise level ``boundary_ratio``. Wan2.2's
            published folder holds both experts, in folders of their own; they are found there.
        text_encoder, image_encoder: a file; or False to leave the part out (prompt_embeds or image_embeds must then be
            given). A folder without the image encoder's file loads without it.
        tokenizer: a folder (default: google/umt5-xxl in ``folder``).
        storage: ``fp8`` keeps the big matrices in fp8 with scales, half the memory of bf16.
        precision: ``published`` keeps the residual stream in float32; ``plain`` runs all of it in ``dtype``.

    Raises: WanMoveError naming the file and what is wrong with it.
    """
    folder = Path(folder)
    dtype = parse_dtype(dtype)
    if not folder.exists():
        raise WanMoveError(
            where=str(folder), what="the folder is not there", fix="run wan-move download, or correct it"
        )
    parts = part_paths(
        folder,
        transformer=transformer,
        transformer_2=transformer_2,
        text_encoder=text_encoder,
        image_encoder=image_encoder,
        vae=vae,
        tokenizer=tokenizer,
    )
    text = clip = words = None
    if parts["text_encoder"] is not None:
        # The tokenizer first: it is the part that is most often forgotten, and takes a moment to find out.
        words = load_tokenizer(parts["tokenizer"])
        text = load_text_encoder(parts["text_encoder"], text_dtype or dtype, device)
    if parts["image_encoder"] is not None:
        clip_dtype = torch.float32 if dtype == torch.float32 else torch.float16
        clip = load_image_encoder(parts["image_encoder"], clip_dtype, device, image_encoder_heads)
    second = parts["transformer_2"]
    pipeline = WanMovePipeline(
        tokenizer=words,
        text_encoder=text,
        vae=load_vae(parts["vae"], torch.float32, device),
        scheduler=make_scheduler(),  # type: ignore[arg-type]
        image_encoder=clip,
        transformer=load_transformer(parts["transformer"], dtype, device, storage),
        transformer_2=None if second is None else load_transformer(second, dtype, device, storage),
        boundary_ratio=None if second is None else require_boundary(boundary_ratio, "Generate / boundary"),
    )
    pipeline.set_precision(precision)
    return pipeline


def parse_dtype(dtype: torch.dtype | str) -> torch.dtype:
    """A floating dtype from its name or itself. Raises: WanMoveError for one that the network cannot run in."""
    found = DTYPES.get(dtype) if isinstance(dtype, str) else dtype
    if found not in DTYPES.values():
        raise WanMoveError(
            where="Generate / dtype",
            what=f"{dtype} is not a type to compute in",
            fix=f"use {', '.join(DTYPES)}; for fp8 weights use storage fp8",
        )
    return found  # type: ignore[return-value]
