"""The pipeline's parts from files: each model built empty from what its file says, then filled as a stream.

No configuration is fetched from anywhere: sizes come from the tensors' shapes, and the few numbers that no shape shows
are the published ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ....checkpoints import fp8, keys, shapes
from ....checkpoints.layout import Layout, find_layout, iter_tensors
from ....errors import WanMoveError
from ..guards import TEXT_TOKENS
from .fill import build_empty, fill_model
from .fp8_linear import Fp8Linear

STORAGES = ("plain", "fp8")

_T5_MAX_DISTANCE = 128
_CLIP_HEAD_WIDTH = 80
"""ViT-H/14 has 16 heads of 80; nothing in the file tells."""


def transformer_config(layout: Layout) -> dict[str, Any]:
    """WanTransformer3DModel's arguments for the network in ``layout``, after checking every tensor's name and shape."""
    shape = shapes.check_network(layout)
    told = layout.config
    if shape.image_positions:
        raise WanMoveError(
            where=layout.path.name,
            what="this is the first-and-last-frame model (FLF2V), whose image features are of two pictures",
            fix="use it in ComfyUI, or choose Wan-Move",
        )
    if told.get("text_len", TEXT_TOKENS) != TEXT_TOKENS:
        raise WanMoveError(
            where=layout.path.name,
            what=f"config.json asks for {told['text_len']} text tokens, this network runs with {TEXT_TOKENS}",
            fix="use the model's own config.json",
        )
    return {
        "patch_size": (1, 2, 2),
        "num_attention_heads": shape.num_heads,
        "attention_head_dim": shape.dim // shape.num_heads,
        "in_channels": shape.in_dim,
        "out_channels": shape.out_dim,
        "text_dim": shape.text_dim,
        "freq_dim": shape.freq_dim,
        "ffn_dim": shape.ffn_dim,
        "num_layers": shape.num_layers,
        "cross_attn_norm": True,
        "qk_norm": "rms_norm_across_heads",
        "eps": float(told.get("eps", 1e-6)),
        "image_dim": shape.image_dim,
        "added_kv_proj_dim": None if shape.image_dim is None else shape.dim,
    }


def load_transformer(
    path: str | Path, dtype: torch.dtype, device: torch.device | str = "cpu", storage: str = "plain"
) -> Any:
    """The network from a published folder, a single file (plain or scaled fp8) or a GGUF file.

    Args:
        storage: ``plain`` holds every weight in ``dtype`` (fp8 files are multiplied out); ``fp8`` holds the attention
            and feed-forward matrices in fp8 with their scales, those of an fp8 file as they are.

    The modules that diffusers keeps in float32 are float32 whatever ``dtype`` is.
    """
    from diffusers import WanTransformer3DModel

    require_storage(storage)
    layout = find_layout(path)
    model = build_empty(lambda: WanTransformer3DModel(**transformer_config(layout)))
    float32 = tuple(WanTransformer3DModel._keep_in_fp32_modules)
    fill: dict[str, Any] = {"where": layout.path.name, "dtype": dtype, "device": device, "float32": float32}
    if layout.kind == "gguf":
        from .gguf_file import GGUFPlacer, iter_gguf

        require_plain(layout, storage)
        placer = GGUFPlacer(model, dtype, device)
        fill_model(model, ((diffusers_name(n), v) for n, v in iter_gguf(layout)), place=placer, **fill)
        return model
    if storage == "plain":
        fill_model(model, ((diffusers_name(n), t) for n, t in _network(layout, dtype)), **fill)
        return model
    placer = _Fp8Placer(model, fp8.read_scales(layout), dtype, device)
    fill_model(model, placer.pairs(_network(layout, dtype, keep=fp8.is_quantised_name)), place=placer, **fill)
    return model


def require_storage(storage: str) -> None:
    """Raise: WanMoveError for a storage that there is not."""
    if storage not in STORAGES:
        raise WanMoveError(
            where="Generate / storage", what=f"unknown storage {storage!r}", fix=f"use {' or '.join(STORAGES)}"
        )


def require_plain(layout: Layout, storage: str) -> None:
    """Raise: WanMoveError for a GGUF file to be stored in fp8."""
    if storage == "fp8":
        raise WanMoveError(
            where=layout.path.name, what="a GGUF file is quantised already", fix="leave storage at plain"
        )


def diffusers_name(name: str) -> str:
    """diffusers' name of a published tensor of the network."""
    from diffusers.loaders.single_file_utils import convert_wan_transformer_to_diffusers

    # Its map renames key by key; asked one key at a time it needs no tensor, and no second copy of the state dict.
    return next(iter(convert_wan_transformer_to_diffusers({name: None})))


def _network(
    layout: Layout, dtype: torch.dtype, keep: Callable[[str], bool] = lambda name: False
) -> Iterator[tuple[str, torch.Tensor]]:
    """(published name, tensor) with fp8 multiplied out, save for names that ``keep`` accepts; the rest as stored."""
    # It refuses the formats that are not one scale per layer. Scales are looked for whatever it finds: a file that has
    # them without the markers of its form must not pass for one that has none.
    fp8.find_form(layout.infos, layout.metadata)
    scales = fp8.read_scales(layout)
    wanted, scratch = shapes.network_names(layout.infos), fp8.Scratch()
    for name, tensor in iter_tensors(layout):
        if name not in wanted:
            continue
        if tensor.dtype in fp8.FLOAT8_DTYPES and not keep(name):
            scale = scales.get(name.removesuffix(".weight"), torch.ones(()))
            tensor = fp8.dequantise(tensor, scale, dtype, scratch)
        yield name, tensor


class _Fp8Placer:
    """Turns the big linear layers into :class:`Fp8Linear` as their weights arrive; the rest is left to the filler."""

    def __init__(
        self, model: nn.Module, scales: Mapping[str, torch.Tensor], dtype: torch.dtype, device: torch.device | str
    ) -> None:
        self.model, self.scales, self.dtype, self.device = model, scales, dtype, device
        self.scratch = fp8.Scratch()
        self.published: dict[str, str] = {}

    def pairs(self, tensors: Iterator[tuple[str, torch.Tensor]]) -> Iterator[tuple[str, torch.Tensor]]:
        for name, tensor in tensors:
            ours = diffusers_name(name)
            self.published[ours] = name
            yield ours, tensor

    def __call__(self, module: nn.Module, attribute: str, name: str, value: torch.Tensor) -> bool:
        published = self.published[name]
        if (
            attribute != "weight"
            or not isinstance(module, nn.Linear)
            or tuple(value.shape) != tuple(module.weight.shape)
        ):
            return False
        scale = self.scales.get(published.removesuffix(".weight"))
        if not fp8.is_quantised_name(published):
            return False
        if value.dtype in fp8.FLOAT8_DTYPES:
            stored, scale = value.clone(), torch.ones(()) if scale is None else scale.reshape(())
        else:
            stored, scale = fp8.quantise(value, self.scratch, published)
        parent_name, _, child = name.removesuffix(".weight").rpartition(".")
        parent = self.model.get_submodule(parent_name)
        # The bias has come already, or is still the empty one that the filler will replace.
        parent._modules[child] = Fp8Linear(stored.to(self.device), scale.to(self.device), module.bias, self.dtype)
        return True


def load_text_encoder(path: str | Path, dtype: torch.dtype, device: torch.device | str = "cpu") -> Any:
    """umT5 from the published .pth, or from a safetensors file with Hugging Face's names; fp8 is multiplied out."""
    from transformers import UMT5EncoderModel

    layout = find_layout(path)
    config, published = text_encoder_config(layout)
    model = build_empty(lambda: UMT5EncoderModel(config))
    fill_model(
        model,
        ((hf, t) for n, t in _network(layout, dtype) for hf in (keys.umt5_names(n) if published else (n,))),
        where=layout.path.name,
        dtype=dtype,
        device=device,
        float32=text_encoder_float32(dtype),
        optional=TEXT_ENCODER_OPTIONAL,
    )
    model.encoder.embed_tokens = model.shared
    return model


TEXT_ENCODER_OPTIONAL = ("spiece_model", "encoder.embed_tokens.weight")
"""What a text encoder's file may hold or lack: its words, and a second name of the table."""


def text_encoder_float32(dtype: torch.dtype) -> tuple[str, ...]:
    """Modules kept in float32: float16 overflows in this one product, as transformers has it for that type alone."""
    return ("wo",) if dtype == torch.float16 else ()


def text_encoder_config(layout: Layout) -> tuple[Any, bool]:
    """(UMT5Config from the tensors' shapes, whether the names are the published ones)."""
    from transformers import UMT5Config

    infos = layout.infos
    published = keys.is_published_umt5(infos)
    named = {hf: info for n, info in infos.items() for hf in (keys.umt5_names(n) if published else (n,))}
    block = "encoder.block.0.layer."
    needed = (
        "shared.weight",
        f"{block}0.SelfAttention.relative_attention_bias.weight",
        f"{block}1.DenseReluDense.wo.weight",
    )
    _require(named, needed, layout, "a umT5 text encoder")
    vocabulary, width = named[needed[0]].shape
    buckets, heads = named[needed[1]].shape
    config = UMT5Config(
        vocab_size=vocabulary,
        d_model=width,
        d_kv=named[f"{block}0.SelfAttention.q.weight"].shape[0] // heads,
        d_ff=named[needed[2]].shape[1],
        num_layers=1 + max(int(n.split(".")[2]) for n in named if n.startswith("encoder.block.")),
        num_heads=heads,
        relative_attention_num_buckets=buckets,
        relative_attention_max_distance=_T5_MAX_DISTANCE,
        layer_norm_epsilon=1e-6,
        feed_forward_proj="gated-gelu",
        is_encoder_decoder=False,
        use_cache=False,
    )
    return config, published


def load_image_encoder(
    path: str | Path, dtype: torch.dtype, device: torch.device | str = "cpu", heads: int | None = None
) -> Any:
    """CLIP's image tower from the published .pth, or from a safetensors file with Hugging Face's names.

    ``heads`` is needed only for a tower that is not built of heads of 80, as the published one is.
    """
    from transformers import CLIPVisionConfig, CLIPVisionModel

    layout = find_layout(path)
    tensors = dict(iter_tensors(layout))
    if keys.is_published_clip(tensors):
        named = keys.clip_vision_state_dict(tensors, prefix="")
    else:
        named = {n.removeprefix("vision_model."): t for n, t in tensors.items() if n.startswith("vision_model.")}
    patch_name, place_name, inner_name = (
        "embeddings.patch_embedding.weight",
        "embeddings.position_embedding.weight",
        "encoder.layers.0.mlp.fc1.weight",
    )
    _require(named, (patch_name, place_name, inner_name), layout, "a CLIP image encoder")
    width, _, patch, _ = named[patch_name].shape
    heads = heads or (width // _CLIP_HEAD_WIDTH if width % _CLIP_HEAD_WIDTH == 0 else None)
    if not heads or width % heads:
        raise WanMoveError(
            where=layout.path.name,
            what=f"width {width} does not tell the number of attention heads",
            fix="give image_encoder_heads",
        )
    config = CLIPVisionConfig(
        hidden_size=width,
        intermediate_size=named[inner_name].shape[0],
        num_hidden_layers=1 + max(int(n.split(".")[2]) for n in named if n.startswith("encoder.layers.")),
        num_attention_heads=heads,
        image_size=patch * math.isqrt(named[place_name].shape[0] - 1),
        patch_size=patch,
        hidden_act="gelu",
        layer_norm_eps=1e-5,
    )
    model = build_empty(lambda: CLIPVisionModel(config))
    # transformers 4 puts "vision_model." before every name, 5 does not.
    lead = "vision_model." if any(n.startswith("vision_model.") for n, _ in model.named_parameters()) else ""
    fill_model(
        model,
        ((lead + n, t) for n, t in named.items()),
        where=layout.path.name,
        dtype=dtype,
        device=device,
        optional=(f"{lead}embeddings.position_ids", f"{lead}post_layernorm.weight", f"{lead}post_layernorm.bias"),
    )
    return model


def load_vae(path: str | Path, dtype: torch.dtype = torch.float32, device: torch.device | str = "cpu") -> Any:
    """The Wan2.1 VAE from the published .pth or a safetensors file with the same names. Published in float32."""
    from diffusers import AutoencoderKLWan
    from diffusers.loaders.single_file_utils import convert_wan_vae_to_diffusers

    layout = find_layout(path)
    infos = layout.infos
    _require(infos, ("encoder.conv1.weight", "decoder.conv1.weight", "conv2.weight"), layout, "a Wan2.1 VAE")
    config = {"base_dim": infos["encoder.conv1.weight"].shape[0], "z_dim": infos["conv2.weight"].shape[0]}
    model = build_empty(lambda: AutoencoderKLWan(**config))
    pairs = ((next(iter(convert_wan_vae_to_diffusers({n: None}))), t) for n, t in iter_tensors(layout))
    fill_model(model, pairs, where=layout.path.name, dtype=dtype, device=device)
    return model


def load_tokenizer(folder: str | Path) -> Any:
    """umT5's tokenizer from its folder, without asking any hub."""
    from transformers import AutoTokenizer

    folder = Path(folder)
    if not folder.is_dir():
        raise WanMoveError(
            where="Text encoder / tokenizer",
            what=f"{folder} is not there",
            fix="download google/umt5-xxl of the folder",
        )
    try:
        return AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
    except Exception as error:
        raise WanMoveError(
            where="Text encoder / tokenizer",
            what=f"{folder.name} cannot be read ({type(error).__name__}: {str(error)[:200]})",
            fix="download the folder's tokenizer.json and tokenizer_config.json again",
        ) from error


def _require(found: Mapping[str, Any], names: tuple[str, ...], layout: Layout, what: str) -> None:
    absent = [name for name in names if name not in found]
    if absent:
        raise WanMoveError(
            where=layout.path.name, what=f"this is not {what}: no {absent[0]} in it", fix="choose the right file"
        )
