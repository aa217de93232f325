"""Scaled fp8 (e4m3): one float32 scale per linear layer, in the two forms that ComfyUI reads.

``comfy_quant``: beside ``X.weight`` stand ``X.weight_scale`` (float32 scalar) and ``X.comfy_quant`` (JSON bytes).
``legacy``: beside it stands ``X.scale_weight``, and one tensor ``scaled_fp8`` marks the file; two elements in it mean
matrix products in full precision. Source: ComfyUI 0.18.1, ``comfy/utils.py`` and ``comfy/ops.py``.

The digits are e4m3, or e5m2 in some files: a layer's tag says what its weight is. Only the attention and feed-forward
matrices are quantised: the rest is small, and sensitive.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Literal

import torch

from ..errors import WanMoveError
from .headers import TensorInfo
from .layout import Layout, read_tensors, some

Fp8Form = Literal["plain", "naive", "comfy_quant", "legacy", "metadata"]

FP8 = torch.float8_e4m3fn
FP8_MAX = 448.0
LEGACY_MARKER = "scaled_fp8"
METADATA_KEY = "_quantization_metadata"
FLOAT8_DTYPES = (torch.float8_e4m3fn, torch.float8_e5m2)
"""Every 8-bit float that checkpoints come in; only ``FP8`` is written."""
_FORMATS = {torch.float8_e4m3fn: "float8_e4m3fn", torch.float8_e5m2: "float8_e5m2"}
"""What a layer's tag calls them."""
_CHUNK = 2**22
_LAYER = re.compile(r"blocks\.\d+\.(?:self_attn\.[qkvo]|cross_attn\.(?:[qkvo]|k_img|v_img)|ffn\.[02])\.weight")


def is_quantised_name(name: str) -> bool:
    """Whether the tensor ``name`` is one of the matrices that fp8 files store in fp8."""
    return _LAYER.fullmatch(name) is not None


class Scratch:
    """One float32 buffer (16 MiB), reused for every tensor: fresh temporaries of many sizes fragment the heap."""

    def __init__(self, elements: int = _CHUNK) -> None:
        self.buffer = torch.empty(elements, dtype=torch.float32)

    def chunks(self, *tensors: torch.Tensor) -> Iterator[tuple[torch.Tensor, ...]]:
        """(part of the buffer, part of each flat tensor) in step; all tensors have as many elements."""
        flat = [tensor.reshape(-1) for tensor in tensors]
        for start in range(0, flat[0].numel(), self.buffer.numel()):
            parts = [tensor[start : start + self.buffer.numel()] for tensor in flat]
            yield self.buffer[: parts[0].numel()], *parts


def fp8_scale(weight: torch.Tensor, scratch: Scratch, name: str = "weight") -> torch.Tensor:
    """float32 scalar max|w| / 448, at least 1e-12. Raises: WanMoveError for a weight that is not finite."""
    largest = 0.0
    for buffer, part in scratch.chunks(weight):
        low, high = (float(end) for end in torch.aminmax(buffer.copy_(part)))
        if not (math.isfinite(low) and math.isfinite(high)):
            raise WanMoveError(
                where=name,
                what="it holds values that are not finite",
                fix="download the checkpoint again: it is damaged",
            )
        largest = max(largest, -low, high)
    return (torch.tensor(largest, dtype=torch.float32) / FP8_MAX).clamp_min(1e-12)


def quantise(
    weight: torch.Tensor,
    scratch: Scratch | None = None,
    name: str = "weight",
    scale: torch.Tensor | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """(float8_e4m3fn of the same shape, float32 scalar scale): weight ~ fp8 * scale.

    A weight that is e4m3 already is returned as it is, with scale 1: rounding it again could only lose.
    ``scale``: that of the whole matrix, where ``weight`` is a part of it.
    Raises: WanMoveError for a weight that is not finite.
    """
    if weight.dtype == FP8:
        return weight, torch.tensor(1.0)
    scratch = scratch or Scratch()
    scale = fp8_scale(weight, scratch, name) if scale is None else scale
    out = torch.empty(weight.shape, dtype=FP8)
    for buffer, part, target in scratch.chunks(weight, out):
        target.copy_(buffer.copy_(part).div_(scale).clamp_(-FP8_MAX, FP8_MAX))
    return out, scale


def dequantise(
    weight: torch.Tensor, scale: torch.Tensor, dtype: torch.dtype = torch.float32, scratch: Scratch | None = None
) -> torch.Tensor:
    """fp8 * scale (one number, of any shape) in ``dtype``, the product taken in float32."""
    if scale.numel() != 1:
        raise WanMoveError(
            where="fp8", what=f"{scale.numel()} scales for one layer, expected one", fix="convert from the bf16 file"
        )
    factor = scale.to(torch.float32).reshape(())
    out = torch.empty(weight.shape, dtype=dtype)
    for buffer, part, target in (scratch or Scratch()).chunks(weight, out):
        target.copy_(buffer.copy_(part).mul_(factor))
    return out


def squared_error(
    weight: torch.Tensor, quantised: torch.Tensor, scale: torch.Tensor, scratch: Scratch | None = None
) -> tuple[float, float]:
    """(sum of (fp8 * scale - w)^2, sum of w^2): add them up over layers, divide, take the root."""
    error = norm = 0.0
    for buffer, part, stored in (scratch or Scratch()).chunks(weight, quantised):
        norm += float(torch.linalg.vector_norm(buffer.copy_(part))) ** 2
        buffer.copy_(stored).mul_(scale).sub_(part)
        error += float(torch.linalg.vector_norm(buffer)) ** 2
    return error, norm


def layer_config(full_precision: bool, stored: torch.Tensor | None = None, dtype: torch.dtype = FP8) -> torch.Tensor:
    """The ``X.comfy_quant`` tensor: uint8 JSON. ``full_precision`` False lets the card multiply in fp8.

    ``stored`` is a file's own such tensor, whose format and further fields are kept; without one, ``dtype`` is that of
    the layer's weight.
    """
    config: dict[str, object] = {"format": _FORMATS.get(dtype, _FORMATS[FP8])}
    if stored is not None:
        try:
            config = dict(json.loads(stored.numpy().tobytes()))
        except (ValueError, TypeError) as error:
            raise WanMoveError(
                where="fp8", what="a comfy_quant tensor is not JSON", fix="convert the checkpoint again"
            ) from error
    config.pop("full_precision_matrix_mult", None)
    if full_precision:
        config["full_precision_matrix_mult"] = True
    return torch.tensor(list(json.dumps(config).encode()), dtype=torch.uint8)


def legacy_marker(full_precision: bool) -> torch.Tensor:
    """The ``scaled_fp8`` tensor: two elements for products in full precision, none for products in fp8."""
    return torch.zeros(2 if full_precision else 0, dtype=torch.float32).to(FP8)


def find_form(infos: Mapping[str, TensorInfo], metadata: Mapping[str, str] | None = None) -> Fp8Form:
    """Which fp8 form a file has; "naive" is fp8 without scales, "plain" no fp8 at all.

    Raises: WanMoveError for 4-bit and other formats that are not one scale per layer.
    """
    if any(name.endswith(".weight_scale_2") for name in infos):
        raise WanMoveError(where="Precision", what="the file is nvfp4", fix="load it as stored, or choose a bf16 file")
    if METADATA_KEY in (metadata or {}):
        return "metadata"
    # Some writers leave the markers out; the scales alone say how the digits are meant.
    if any(name.endswith((".comfy_quant", ".weight_scale")) for name in infos):
        return "comfy_quant"
    if LEGACY_MARKER in infos or any(name.endswith(".scale_weight") for name in infos):
        return "legacy"
    return "naive" if any(info.dtype in FLOAT8_DTYPES for info in infos.values()) else "plain"


def as_comfy_quant(
    tensors: dict[str, torch.Tensor], metadata: Mapping[str, str], prefix: str = ""
) -> dict[str, torch.Tensor]:
    """The same tensors with legacy, metadata and unmarked forms written as comfy_quant ones; nothing is copied.

    ``prefix`` is what stood before the names when the metadata was written.
    """
    out: dict[str, torch.Tensor] = {}
    marker = tensors.get(LEGACY_MARKER)
    # A file without the marker does not say; full precision is the choice that cannot make it worse.
    full_precision = marker is None or marker.numel() == 2
    for name, tensor in tensors.items():
        layer, _, part = name.rpartition(".")
        if name == LEGACY_MARKER:
            continue
        if part == "scale_weight":
            if tensor.numel() != 1:
                raise WanMoveError(
                    where="fp8", what=f"{layer} has {tensor.numel()} scales, expected one", fix="choose a bf16 file"
                )
            out[f"{layer}.weight_scale"] = tensor.to(torch.float32).reshape(())
            out[f"{layer}.comfy_quant"] = layer_config(full_precision, dtype=_digits(tensors, layer))
        elif part == "scale_input":
            # The host takes 1 as "not measured".
            if float(tensor) != 1.0:
                out[f"{layer}.input_scale"] = tensor
        else:
            out[name] = tensor
    if METADATA_KEY in metadata:
        try:
            layers = json.loads(metadata[METADATA_KEY])["layers"]
            configs = {str(layer).removeprefix(prefix): dict(config) for layer, config in layers.items()}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise WanMoveError(
                where="fp8", what=f"{METADATA_KEY} in the metadata is malformed", fix="convert the checkpoint again"
            ) from error
        for layer, config in configs.items():
            out[f"{layer}.comfy_quant"] = torch.tensor(list(json.dumps(config).encode()), dtype=torch.uint8)
    for name in [n for n in out if n.endswith(".weight_scale")]:
        # Without the marker the host would take the digits for the weights themselves. Block scales say so themselves.
        if out[name].numel() != 1:
            continue
        layer = name.removesuffix(".weight_scale")
        out.setdefault(f"{layer}.comfy_quant", layer_config(full_precision, dtype=_digits(tensors, layer)))
    for name in [n for n in out if n.endswith(".comfy_quant")]:
        out[name] = _truly_tagged(out[name], _digits(tensors, name.removesuffix(".comfy_quant")))
    return out


def _digits(tensors: Mapping[str, torch.Tensor], layer: str) -> torch.dtype:
    """The dtype of the layer's stored weight; e4m3 where there is none to look at."""
    weight = tensors.get(f"{layer}.weight")
    return FP8 if weight is None else weight.dtype


def _truly_tagged(config: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """The tag with the format that the weight's ``dtype`` is, where it names the other of the two.

    The host reads the digits as the tag says: e5m2 ones taken for e4m3 would be silently other numbers.
    """
    try:
        table = json.loads(config.numpy().tobytes())
        told = table["format"]
    except (ValueError, KeyError, TypeError):
        return config
    if dtype not in _FORMATS or told not in _FORMATS.values() or told == _FORMATS[dtype]:
        return config
    return torch.tensor(list(json.dumps({**table, "format": _FORMATS[dtype]}).encode()), dtype=torch.uint8)


def read_scales(layout: Layout) -> dict[str, torch.Tensor]:
    """Layer name (without ``.weight``) -> its scale, for either form; {} where there are none. Small reads only."""
    suffixes = (".weight_scale", ".scale_weight")
    names = [name for name in layout.infos if name.endswith(suffixes)]
    layers = {name.rpartition(".")[0]: tensor for name, tensor in read_tensors(layout, names).items()}
    odd = [layer for layer, scale in layers.items() if scale.numel() != 1 or scale.dtype == torch.uint8]
    if odd:
        raise WanMoveError(
            where=layout.path.name,
            what=f"{some(odd)} have block scales (mxfp8 or another format), expected one number",
            fix="load it as stored, or choose a bf16 file",
        )
    return layers
