"""The network that a checkpoint holds: its sizes, the tensors it must have, and what cannot be guided."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from ..errors import WanMoveError, plural
from .headers import TensorInfo
from .layout import Layout, some

TELL_APART = (
    "plain Wan2.1 I2V (and Fun InP) 14B has the same tensors and shapes as Wan-Move and cannot be told apart: "
    "it loads, but it was never trained to follow tracks"
)

INPUT_CHANNELS = 36
"""Of every network that takes the published condition: 16 of noise, 4 of mask, 16 of the guided picture."""

SIDE_SUFFIXES = (
    ".weight_scale",
    ".weight_scale_2",
    ".comfy_quant",
    ".input_scale",
    ".scale_weight",
    ".scale_input",
)
"""Tensors that quantised files keep beside a layer's own; they are no part of the network."""

SIDE_NAMES = ("scaled_fp8",)


@dataclass(frozen=True)
class NetworkShape:
    """Sizes of a Wan image-to-video network. The published one: dim 5120, 40 layers, 40 heads, ffn 13824.

    ``image_dim`` None: it takes no image features, as Wan2.2's. ``image_positions``: tokens of the table of positions
    that the first-and-last-frame network adds to them, 0 without one.
    """

    dim: int
    ffn_dim: int
    num_layers: int
    num_heads: int
    in_dim: int = 36
    out_dim: int = 16
    freq_dim: int = 256
    text_dim: int = 4096
    image_dim: int | None = 1280
    image_positions: int = 0

    def transformer_config(self) -> dict[str, int]:
        """What ComfyUI's detection cannot see in the tensors and assumes instead."""
        return {"num_heads": self.num_heads, "freq_dim": self.freq_dim, "text_dim": self.text_dim}

    @property
    def needs_config(self) -> bool:
        """Whether a stock loader must be told: heads of 128, 256 frequencies and umT5's 4096 are what it assumes."""
        return self.transformer_config() != {"num_heads": self.dim // 128, "freq_dim": 256, "text_dim": 4096}


PUBLISHED_SHAPE = NetworkShape(dim=5120, ffn_dim=13824, num_layers=40, num_heads=40)


def network_names(infos: Mapping[str, TensorInfo]) -> dict[str, TensorInfo]:
    """``infos`` without the side tensors of quantised files."""
    return {n: i for n, i in infos.items() if n not in SIDE_NAMES and not n.endswith(SIDE_SUFFIXES)}


def expected_shapes(shape: NetworkShape) -> dict[str, tuple[int, ...]]:
    """Every tensor of the network -> its shape (1303 of them at the published size)."""
    d, out = shape.dim, {}

    def linear(name: str, rows: int, columns: int) -> None:
        out[f"{name}.weight"], out[f"{name}.bias"] = (rows, columns), (rows,)

    out["patch_embedding.weight"], out["patch_embedding.bias"] = (d, shape.in_dim, 1, 2, 2), (d,)
    linear("text_embedding.0", d, shape.text_dim)
    linear("text_embedding.2", d, d)
    linear("time_embedding.0", d, shape.freq_dim)
    linear("time_embedding.2", d, d)
    linear("time_projection.1", 6 * d, d)
    for index in range(shape.num_layers):
        block = f"blocks.{index}."
        out[f"{block}modulation"] = (1, 6, d)
        for attention in ("self_attn", "cross_attn"):
            for part in "qkvo":
                linear(f"{block}{attention}.{part}", d, d)
            out[f"{block}{attention}.norm_q.weight"] = out[f"{block}{attention}.norm_k.weight"] = (d,)
        if shape.image_dim is not None:
            linear(f"{block}cross_attn.k_img", d, d)
            linear(f"{block}cross_attn.v_img", d, d)
            out[f"{block}cross_attn.norm_k_img.weight"] = (d,)
        out[f"{block}norm3.weight"] = out[f"{block}norm3.bias"] = (d,)
        linear(f"{block}ffn.0", shape.ffn_dim, d)
        linear(f"{block}ffn.2", d, shape.ffn_dim)
    out["head.modulation"] = (1, 2, d)
    linear("head.head", shape.out_dim * 4, d)
    if shape.image_dim is None:
        return out
    out["img_emb.proj.0.weight"] = out["img_emb.proj.0.bias"] = (shape.image_dim,)
    linear("img_emb.proj.1", shape.image_dim, shape.image_dim)
    linear("img_emb.proj.3", d, shape.image_dim)
    out["img_emb.proj.4.weight"] = out["img_emb.proj.4.bias"] = (d,)
    if shape.image_positions:
        out["img_emb.emb_pos"] = (1, shape.image_positions, shape.image_dim)
    return out


def find_shape(layout: Layout) -> NetworkShape:
    """Sizes of the network in ``layout``, from its tensors, and from config.json or metadata where they are silent.

    Raises: WanMoveError for what cannot be guided, and when the number of heads is not to be known.
    """
    infos, where = layout.infos, layout.path.name
    refuse_others(infos, where)
    dim = _side(infos, "head.modulation", -1, where)
    told = {**_told_by_metadata(layout.metadata), **layout.config}
    heads = told.get("num_heads", dim // 128)
    if not isinstance(heads, int) or heads < 1 or dim % heads:
        raise WanMoveError(
            where=where,
            what=f"width {dim} and {heads} attention heads do not fit together",
            fix="put the model's config.json (with num_heads) beside the index, or give the whole folder",
        )
    blocks = {int(m[1]) for n in infos if (m := re.match(r"blocks\.(\d{1,4})\.", n))}
    return NetworkShape(
        dim=dim,
        ffn_dim=_side(infos, "blocks.0.ffn.0.bias", 0, where),
        num_layers=max(blocks, default=-1) + 1,
        num_heads=heads,
        in_dim=_side(infos, "patch_embedding.weight", 1, where),
        freq_dim=_side(infos, "time_embedding.0.weight", 1, where),
        text_dim=_side(infos, "text_embedding.0.weight", 1, where),
        image_dim=_side(infos, _IMAGE_BRANCH, 0, where) if _takes_images(infos) else None,
        image_positions=_side(infos, "img_emb.emb_pos", 1, where) if "img_emb.emb_pos" in infos else 0,
    )


def _takes_images(infos: Mapping[str, TensorInfo]) -> bool:
    # By any part of the branch: half of one must not pass for a network that has none.
    return any("_img." in name or name.startswith("img_emb.") for name in infos)


def _side(infos: Mapping[str, TensorInfo], name: str, axis: int, where: str) -> int:
    info = infos.get(name)
    if info is None or len(info.shape) <= max(axis, 0):
        what = f"missing {name}" if info is None else f"{name} has shape {info.shape}"
        raise WanMoveError(where=where, what=what, fix="download the checkpoint again: it is incomplete")
    return info.shape[axis]


def _told_by_metadata(metadata: Mapping[str, str]) -> dict[str, Any]:
    try:
        told = json.loads(metadata.get("config", "{}")).get("transformer", {})
    except (ValueError, AttributeError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


_IMAGE_BRANCH = "img_emb.proj.0.bias"
_OTHER_NETWORKS = {
    "vace_patch_embedding.weight": "VACE",
    "control_adapter.conv.weight": "a Fun camera-control model",
    "casual_audio_encoder.encoder.final_linear.weight": "a speech-to-video model (S2V)",
    "audio_proj.audio_proj_glob_1.layer.bias": "HuMo",
    "face_adapter.fuser_blocks.0.k_norm.weight": "Animate",
    "patch_embedding_pose.weight": "SCAIL",
    "ref_conv.weight": "a Fun control model with a reference picture",
}
"""A tensor -> whose it is: networks that want more than a picture, whatever channels they take."""


def refuse_others(infos: Mapping[str, TensorInfo], where: str) -> None:
    """Raise, with the reason, when the tensors are not an image-to-video network's of 36 input channels.

    Wan-Move is one of these (Wan2.1 I2V 14B); Wan2.2 A14B's two experts, the Fun InP models and the
    first-and-last-frame model take the same condition. Whether one follows tracks is a matter of its weights.
    """

    def refuse(reason: str, fix: str = "choose Wan-Move, or another image-to-video network of 36 channels") -> None:
        raise WanMoveError(
            where=where, what=f"{reason}; the guided condition takes {INPUT_CHANNELS} input channels", fix=fix
        )

    if "head.modulation" not in infos or "patch_embedding.weight" not in infos:
        _refuse_no_wan(infos, where)
    for name, model in _OTHER_NETWORKS.items():
        if name in infos:
            refuse(f"this is {model} ({name})")
    patch = infos["patch_embedding.weight"].shape
    channels = patch[1] if len(patch) == 5 else -1
    found = f"{channels} input channels"
    if channels == 16:
        refuse(f"this is a text-to-video model (T2V): {found}")
    if channels == 48 and _IMAGE_BRANCH not in infos:
        refuse(f"this is the 5B text/image-to-video model of Wan2.2, whose latents are another VAE's: {found}")
    if channels == 48:
        refuse(f"this is a Fun control model: {found}")
    if channels != INPUT_CHANNELS:
        refuse(f"this cannot be guided: {found}")
    rows = {infos[name].shape[:1] for name in ("head.head.weight", "head.head.bias") if name in infos}
    if len(rows) == 1 and (64,) not in rows:
        refuse(f"this cannot be guided: {rows.pop()[0] // 4} output channels, expected 16")


def _refuse_no_wan(infos: Mapping[str, TensorInfo], where: str) -> None:
    names = list(infos)
    what, fix = f"no Wan network in it (its tensors: {some(names, 3) or 'none'})", "choose a Wan-Move checkpoint"
    if any("lora" in name for name in names):
        what, fix = "this is a LoRA, not a model", "load it with a LoRA loader, on top of the model"
    elif any(name.startswith("condition_embedder.") for name in names):
        what = "this checkpoint uses diffusers' names"
        fix = "use the published folder, or a single file with the published names"
    elif any(name.startswith("decoder.") for name in names):
        what, fix = "this is a VAE", "load it with Load VAE, and choose the diffusion model here"
    elif any(name.startswith(("encoder.block.", "token_embedding", "shared.weight")) for name in names):
        what, fix = "this is a text encoder", "load it with a text encoder loader, and choose the diffusion model here"
    elif any(name.startswith(("visual.", "vision_model.")) for name in names):
        what, fix = "this is an image encoder", "load it with a CLIP vision loader, and choose the diffusion model here"
    raise WanMoveError(where=where, what=what, fix=fix)


def check_network(layout: Layout) -> NetworkShape:
    """Sizes of the network in ``layout``, after comparing every tensor's name and shape with what it must be.

    Reads headers only. Raises: WanMoveError naming the missing, unknown or misshapen tensors (a few of each).
    """
    shape = find_shape(layout)
    expected, found = expected_shapes(shape), network_names(layout.infos)
    missing = [name for name in expected if name not in found]
    unknown = [name for name in found if name not in expected]
    misshapen = [
        f"{name} {list(found[name].shape)}, expected {list(size)}"
        for name, size in expected.items()
        if name in found and not _fits(found[name], size)
    ]
    problems = [
        f"{plural(len(names), 'tensor')} {kind}: {some(names)}"
        for kind, names in (("missing", missing), ("of the wrong shape", misshapen), ("unknown", unknown))
        if names
    ]
    if problems:
        raise WanMoveError(
            where=layout.path.name,
            what=f"not a complete image-to-video network of width {shape.dim} with {shape.num_layers} layers; "
            + "; ".join(problems),
            fix="download the checkpoint again, or choose another one",
        )
    return shape


def _fits(info: TensorInfo, size: tuple[int, ...]) -> bool:
    # 4-bit formats pack several numbers into one byte, and GGUF may fold small sides.
    if info.dtype is torch.uint8:
        return True
    if info.dtype is None:
        return info.numel == math.prod(size)
    return info.shape == size


def host_metadata(layout: Layout, shape: NetworkShape) -> dict[str, str]:
    """Metadata to hand to ComfyUI with the tensors: the file's own, and ``config`` where detection must be told."""
    metadata = dict(layout.metadata)
    if shape.needs_config:
        config: dict[str, Any] = {}
        if "config" in metadata:
            try:
                loaded = json.loads(metadata["config"])
                config = loaded if isinstance(loaded, dict) else {}
            except (ValueError, RecursionError):
                config = {}
        config["transformer"] = {**_told_by_metadata(metadata), **shape.transformer_config()}
        metadata["config"] = json.dumps(config)
    return metadata
