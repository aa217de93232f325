"""Names of the network's tensors in diffusers' words, and in those of a LoRA file. Pure functions.

Sources: diffusers 0.42.1, ``loaders/single_file_utils.py`` and ``loaders/lora_conversion_utils.py``; ComfyUI 0.18.1,
``comfy/lora.py``.
"""

from __future__ import annotations

import re

from ...errors import WanMoveError

_ATTENTION = {"to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "o", "norm_q": "norm_q", "norm_k": "norm_k"}
_BLOCK = {
    **{f"attn1.{theirs}": f"self_attn.{ours}" for theirs, ours in _ATTENTION.items()},
    **{f"attn2.{theirs}": f"cross_attn.{ours}" for theirs, ours in _ATTENTION.items()},
    "attn2.add_k_proj": "cross_attn.k_img",
    "attn2.add_v_proj": "cross_attn.v_img",
    "attn2.norm_added_k": "cross_attn.norm_k_img",
    "ffn.net.0.proj": "ffn.0",
    "ffn.net.2": "ffn.2",
    # Theirs counts the norms in the order in which they act.
    "norm2": "norm3",
}
_OUTER = {
    "condition_embedder.time_embedder.linear_1": "time_embedding.0",
    "condition_embedder.time_embedder.linear_2": "time_embedding.2",
    "condition_embedder.time_proj": "time_projection.1",
    "condition_embedder.text_embedder.linear_1": "text_embedding.0",
    "condition_embedder.text_embedder.linear_2": "text_embedding.2",
    "condition_embedder.image_embedder.norm1": "img_emb.proj.0",
    "condition_embedder.image_embedder.ff.net.0.proj": "img_emb.proj.1",
    "condition_embedder.image_embedder.ff.net.2": "img_emb.proj.3",
    "condition_embedder.image_embedder.norm2": "img_emb.proj.4",
    "proj_out": "head.head",
}
_TABLE = "scale_shift_table"
_IN_BLOCK = re.compile(r"blocks\.(\d{1,4})\.(.+)")
_IMAGE_BRANCH = re.compile(r"img_emb\.|blocks\.\d+\.cross_attn\.(?:k_img|v_img|norm_k_img)\.")

LORA_PREFIX = "diffusion_model."
"""Before every key: the one spelling that ComfyUI's loader and diffusers' both take, and that can name every tensor
(kohya's ``lora_unet_`` has no words for tensors that are no layer's weight or bias)."""


def published_name(name: str) -> str:
    """The published name of diffusers' tensor ``name``; names that are none of theirs come back as they are."""
    block = _IN_BLOCK.fullmatch(name)
    lead, rest, layers = (f"blocks.{block[1]}.", block[2], _BLOCK) if block else ("", name, _OUTER)
    if rest == _TABLE:
        return f"{lead}modulation" if block else "head.modulation"
    layer, _, part = rest.rpartition(".")
    return f"{lead}{layers[layer]}.{part}" if layer in layers else name


def block_of(name: str) -> int | None:
    """The number of the block that the published tensor ``name`` belongs to; None outside the blocks."""
    match = _IN_BLOCK.fullmatch(name)
    return int(match[1]) if match else None


def is_image_branch(name: str) -> bool:
    """Whether ``name`` belongs to the image features' branch, which the networks of Wan2.2 do not have."""
    return _IMAGE_BRANCH.match(name) is not None


def factor_keys(name: str) -> tuple[str, str]:
    """(up, down): the keys of the two factors of the matrix ``name``.

    No ``alpha`` stands beside them: without one both loaders take the product as it is, and diffusers refuses an alpha
    outside the blocks.
    """
    layer = LORA_PREFIX + name.removesuffix(".weight")
    return f"{layer}.lora_up.weight", f"{layer}.lora_down.weight"


def diff_key(name: str) -> str:
    """The key of what is added to the tensor ``name`` as it is: biases, norms, modulation, convolutions."""
    if name.endswith(".bias"):
        return f"{LORA_PREFIX}{name.removesuffix('.bias')}.diff_b"
    return f"{LORA_PREFIX}{name.removesuffix('.weight')}.diff"


def kind_of(name: str) -> str:
    """What the tensors of one kind are called together: ``self_attn.q``, ``ffn.2``, ``norms``, ``biases``, ..."""
    if name.endswith(".bias"):
        return "biases"
    match = _IN_BLOCK.fullmatch(name)
    inner = (match[2] if match else name).removesuffix(".weight")
    if "norm" in inner or inner in ("img_emb.proj.0", "img_emb.proj.4"):
        return "norms"
    return "modulation" if inner.endswith("modulation") else inner


def parse_blocks(text: str, count: int) -> tuple[int, ...]:
    """Block numbers of ``0,1,38-39``, sorted; () of an empty text.

    Raises: WanMoveError for anything else, a block that the network lacks, or every block of it.
    """
    chosen: set[int] = set()
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        match = re.fullmatch(r"(\d{1,4})(?:\s*-\s*(\d{1,4}))?", part)
        first = int(match[1]) if match else -1
        last = int(match[2]) if match and match[2] else first
        if not 0 <= first <= last < count:
            raise WanMoveError(
                where="Extract LoRA / leave out",
                what=f"{part!r} is no block or range of blocks among 0 to {count - 1}",
                fix="write numbers and ranges such as 0,1,38-39",
            )
        chosen.update(range(first, last + 1))
    if len(chosen) == count:
        raise WanMoveError(
            where="Extract LoRA / leave out", what="every block is left out", fix="leave out some of them only"
        )
    return tuple(sorted(chosen))
