"""The published umT5 file through ComfyUI's own text encoder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from ....checkpoints.headers import load_torch
from ....checkpoints.keys import is_published_umt5, umt5_state_dict
from ....checkpoints.layout import TOKENIZER_FOLDER, some
from ....checkpoints.report import shapes_of, tensor_problems
from ....errors import WanMoveError
from ..host.folders import model_folders
from ..host.loading import make_text_encoder, patcher_of_text_encoder, remember_loading

_LAYERS = 24
_PARTS = ("norm1", "attn.q", "attn.k", "attn.v", "attn.o", "norm2", "ffn.gate.0", "ffn.fc1", "ffn.fc2")
_PUBLISHED = {"d_model": 4096, "d_kv": 64, "d_ff": 10240, "num_heads": 64, "num_layers": _LAYERS, "vocab_size": 256384}
SPIECE = "spiece.model"
_MAX_SPIECE_BYTES = 64 * 2**20


def load_text_encoder(path: str | Path, device: str = "default", disable_dynamic: bool = False) -> Any:
    """A CLIP object of the published ``models_t5_umt5-xxl-enc-bf16.pth`` and the tokenizer that belongs to it.

    Raises: WanMoveError for another file, an incomplete one, or a missing tokenizer.
    """
    path = Path(path)
    tensors = load_torch(path)
    config = _check(tensors, path)
    encoder = umt5_state_dict(tensors)
    encoder.pop("encoder.embed_tokens.weight")  # the host's own class keeps the shared one only
    clip = make_text_encoder(
        encoder,
        read_tokenizer(path, config["vocab_size"]),
        embeddings=model_folders("embeddings"),
        size=None if config == _PUBLISHED else config,
        device=torch.device("cpu") if device == "cpu" else None,
        disable_dynamic=disable_dynamic,
    )
    remember_loading(patcher_of_text_encoder(clip), _load_patcher, str(path), device)
    return clip


def _load_patcher(path: str, device: str, disable_dynamic: bool = False) -> Any:
    return patcher_of_text_encoder(load_text_encoder(path, device, disable_dynamic))


def _check(tensors: dict[str, torch.Tensor], path: Path) -> dict[str, int]:
    """The encoder's sizes, after making sure that it is the published one and whole."""
    if not is_published_umt5(tensors):
        stock = any(name.startswith("encoder.block.") for name in tensors)
        raise WanMoveError(
            where=path.name,
            what="a repackaged umT5" if stock else f"not the published umT5 (its tensors: {some(tensors, 3)})",
            fix='load it with Load CLIP, type "wan"' if stock else "choose models_t5_umt5-xxl-enc-bf16.pth",
        )
    layers = [f"blocks.{i}." for i in range(_LAYERS)]
    names = [f"{layer}{part}.weight" for layer in layers for part in (*_PARTS, "pos_embedding.embedding")]
    names += ["token_embedding.weight", "norm.weight"]
    found = {name: shape for name, shape in shapes_of(tensors).items() if name in names}
    missing = tensor_problems(dict.fromkeys(names), found)
    if missing:
        raise WanMoveError(
            where=path.name, what=missing, fix="download the file again: ComfyUI reads the 24-layer umT5-xxl encoder"
        )
    vocab, width = tensors["token_embedding.weight"].shape
    heads = tensors["blocks.0.pos_embedding.embedding.weight"].shape[1]
    inner, hidden = tensors["blocks.0.attn.q.weight"].shape[0], tensors["blocks.0.ffn.fc1.weight"].shape[0]
    if hidden != _PUBLISHED["d_ff"] or inner % heads:
        raise WanMoveError(
            where=path.name,
            what=f"feed-forward width {hidden} and {heads} heads in {inner}, expected 10240 as in umT5-xxl",
            fix="choose models_t5_umt5-xxl-enc-bf16.pth",
        )
    shapes = {
        "norm1": (width,),
        "norm2": (width,),
        **dict.fromkeys(("attn.q", "attn.k", "attn.v"), (inner, width)),
        "attn.o": (width, inner),
        **dict.fromkeys(("ffn.gate.0", "ffn.fc1"), (hidden, width)),
        "ffn.fc2": (width, hidden),
    }
    expected = {f"{layer}{part}.weight": shape for layer in layers for part, shape in shapes.items()}
    wrong = tensor_problems(expected, {name: found[name] for name in expected})
    if wrong:
        raise WanMoveError(where=path.name, what=wrong, fix="download it again")
    sizes = (width, inner // heads, hidden, heads, _LAYERS, vocab)
    return dict(zip(_PUBLISHED, sizes, strict=True))


def require_tokenizer(path: Path) -> Path:
    """``spiece.model`` of the published folder that ``path`` lies in, or of ``models/text_encoders``.

    The published folder holds it as ``google/umt5-xxl/spiece.model``; ComfyUI cannot use the ``tokenizer.json`` that
    lies beside it. Raises: WanMoveError naming the file to download and its place.
    """
    roots = [path.parent, *(Path(root) for root in model_folders("text_encoders"))]
    places = (TOKENIZER_FOLDER, "", Path(TOKENIZER_FOLDER).name)
    file = next((f for root in roots for place in places if (f := root / place / SPIECE).is_file()), None)
    if file is None:
        raise WanMoveError(
            where=path.name,
            what=f"its tokenizer {SPIECE} was not found beside it (a tokenizer.json is not enough for ComfyUI)",
            fix=f"download {TOKENIZER_FOLDER}/{SPIECE} of the published folder to "
            f"{path.parent / TOKENIZER_FOLDER / SPIECE}",
        )
    return file


def read_tokenizer(path: Path, vocab_size: int) -> torch.Tensor:
    """The sentencepiece model as the uint8 tensor that the host's tokenizer is built from.

    Raises: WanMoveError when it is missing, damaged, or made for another encoder.
    """
    file = require_tokenizer(path)
    if file.stat().st_size > _MAX_SPIECE_BYTES:
        raise WanMoveError(where=str(file), what="too large for a sentencepiece model", fix="download it again")
    raw = file.read_bytes()
    import sentencepiece

    try:
        pieces = sentencepiece.SentencePieceProcessor(model_proto=raw).get_piece_size()
    except Exception as error:
        raise WanMoveError(where=str(file), what="not a sentencepiece model", fix="download it again") from error
    if pieces > vocab_size:
        raise WanMoveError(
            where=str(file),
            what=f"{pieces} pieces, but the encoder knows {vocab_size} tokens: it belongs to another model",
            fix=f"use the {SPIECE} of the published folder",
        )
    return torch.frombuffer(bytearray(raw), dtype=torch.uint8)
