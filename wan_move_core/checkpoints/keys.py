"""Names of the published text and image encoders in Hugging Face's (and so ComfyUI's) words. Pure functions.

Source of the left-hand names: Wan-Move 27409be, ``models_t5_umt5-xxl-enc-bf16.pth`` and
``models_clip_open-clip-xlm-roberta-large-vit-huge-14.pth``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

import torch

from ..errors import WanMoveError

_UMT5_BLOCK = {
    "norm1": "layer.0.layer_norm",
    "attn.q": "layer.0.SelfAttention.q",
    "attn.k": "layer.0.SelfAttention.k",
    "attn.v": "layer.0.SelfAttention.v",
    "attn.o": "layer.0.SelfAttention.o",
    "pos_embedding.embedding": "layer.0.SelfAttention.relative_attention_bias",
    "norm2": "layer.1.layer_norm",
    "ffn.gate.0": "layer.1.DenseReluDense.wi_0",
    "ffn.fc1": "layer.1.DenseReluDense.wi_1",
    "ffn.fc2": "layer.1.DenseReluDense.wo",
}
_UMT5_OUTER = {
    "token_embedding.weight": ("shared.weight", "encoder.embed_tokens.weight"),
    "norm.weight": ("encoder.final_layer_norm.weight",),
}
_CLIP_BLOCK = {
    "norm1": "layer_norm1",
    "norm2": "layer_norm2",
    "attn.proj": "self_attn.out_proj",
    "mlp.0": "mlp.fc1",
    "mlp.2": "mlp.fc2",
}
_CLIP_OUTER = {
    "cls_embedding": "embeddings.class_embedding",
    "pos_embedding": "embeddings.position_embedding.weight",
    "patch_embedding.weight": "embeddings.patch_embedding.weight",
    "pre_norm.weight": "pre_layrnorm.weight",
    "pre_norm.bias": "pre_layrnorm.bias",
    "post_norm.weight": "post_layernorm.weight",
    "post_norm.bias": "post_layernorm.bias",
}
_BLOCK = re.compile(r"(?:blocks|transformer)\.(\d+)\.(.+)\.(weight|bias)")


def is_published_umt5(names: Iterable[str]) -> bool:
    """Whether ``names`` are those of the published umT5 file."""
    return {"token_embedding.weight", "blocks.0.attn.q.weight"} <= set(names)


def is_published_clip(names: Iterable[str]) -> bool:
    """Whether ``names`` are those of the published CLIP file (with or without its ``visual.`` prefix)."""
    names = set(names)
    return any({f"{p}cls_embedding", f"{p}transformer.0.attn.to_qkv.weight"} <= names for p in ("visual.", ""))


def umt5_names(name: str) -> tuple[str, ...]:
    """Hugging Face's names of the published umT5 tensor ``name``: one, or two for the tied token embedding.

    Raises: WanMoveError for a name that the published file does not have.
    """
    if name in _UMT5_OUTER:
        return _UMT5_OUTER[name]
    match = _BLOCK.fullmatch(name)
    if match and match[2] in _UMT5_BLOCK and match[3] == "weight":
        return (f"encoder.block.{match[1]}.{_UMT5_BLOCK[match[2]]}.weight",)
    raise WanMoveError(
        where="Text encoder", what=f"unknown tensor {name!r}", fix="use the published models_t5_umt5-xxl-enc-bf16.pth"
    )


def umt5_state_dict(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The published umT5 tensors under Hugging Face's names (243 at 24 layers); nothing is copied."""
    return {hf: tensor for name, tensor in tensors.items() for hf in umt5_names(name)}


def clip_tensors(name: str, tensor: torch.Tensor, prefix: str = "vision_model.") -> Iterator[tuple[str, torch.Tensor]]:
    """(Hugging Face name, tensor) pairs of one published CLIP tensor: none for what the video model never uses.

    ``prefix`` is "vision_model." for ComfyUI and transformers 4, "" for transformers 5. ``to_qkv`` [3D, ...] becomes
    three [D, ...] views; the class and position embeddings lose their leading ones. ``log_scale``, ``visual.head`` and
    ``textual.*`` yield nothing.

    Raises: WanMoveError for a name that the published file does not have.
    """
    if name == "log_scale" or name.startswith("textual."):
        return
    own = name.removeprefix("visual.")
    if own == "head":
        return
    if own in _CLIP_OUTER:
        squeezed = {"cls_embedding": lambda t: t.reshape(-1), "pos_embedding": lambda t: t.reshape(t.shape[-2:])}
        yield prefix + _CLIP_OUTER[own], squeezed.get(own, lambda t: t)(tensor)
        return
    match = _BLOCK.fullmatch(own)
    if match and own.startswith("transformer."):
        layer = f"{prefix}encoder.layers.{match[1]}."
        if match[2] == "attn.to_qkv":
            for part, chunk in zip("qkv", tensor.chunk(3, dim=0), strict=True):
                yield f"{layer}self_attn.{part}_proj.{match[3]}", chunk
            return
        if match[2] in _CLIP_BLOCK:
            yield f"{layer}{_CLIP_BLOCK[match[2]]}.{match[3]}", tensor
            return
    raise WanMoveError(
        where="Image encoder",
        what=f"unknown tensor {name!r}",
        fix="use the published models_clip_open-clip-xlm-roberta-large-vit-huge-14.pth",
    )


def clip_vision_state_dict(
    tensors: Mapping[str, torch.Tensor], prefix: str = "vision_model."
) -> dict[str, torch.Tensor]:
    """The published CLIP image tower under Hugging Face's CLIPVisionModel names (519 at 32 layers), as views."""
    return {hf: part for name, tensor in tensors.items() for hf, part in clip_tensors(name, tensor, prefix)}
