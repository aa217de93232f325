"""GGUF files: their blocks kept as they are in diffusers' GGUF layers, one tensor at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import nn

from ....checkpoints.headers import read_gguf
from ....checkpoints.layout import Layout
from ....errors import WanMoveError
from .fill import kept_in_float32
from .precision import FLOAT32_MODULES


def iter_gguf(layout: Layout) -> Iterator[tuple[str, Any]]:
    """(published name, value) pairs: plain tensors, bf16 included, and diffusers' GGUFParameter for blocks."""
    import gguf
    from diffusers.quantizers.gguf.utils import GGUFParameter, dequantize_gguf_tensor

    kinds = gguf.GGMLQuantizationType
    for entry in read_gguf(layout.files[0]).tensors:
        if not entry.name.startswith(layout.prefix):
            continue
        name, kind = entry.name[len(layout.prefix) :], entry.tensor_type
        sides = tuple(int(side) for side in reversed(entry.shape))
        data = torch.from_numpy(entry.data.copy())
        if kind in (kinds.F32, kinds.F16):
            yield name, _shaped(data, sides)
            continue
        _require_kind(layout, name, kind)
        blocks = GGUFParameter(data, quant_type=kind)
        if kind == kinds.BF16:
            yield name, _shaped(dequantize_gguf_tensor(blocks), sides)
        else:
            yield name, blocks


class GGUFPlacer:
    """Turns a linear layer into diffusers' GGUF layer as its blocks arrive; other blocks are multiplied out."""

    def __init__(self, model: nn.Module, dtype: torch.dtype, device: torch.device | str) -> None:
        from diffusers.models.transformers.transformer_wan import WanTransformer3DModel

        self.model, self.dtype, self.device = model, dtype, device
        self.float32 = tuple(WanTransformer3DModel._keep_in_fp32_modules)

    def __call__(self, module: nn.Module, attribute: str, name: str, value: Any) -> bool:
        from diffusers.quantizers.gguf.utils import GGUFLinear, GGUFParameter, dequantize_gguf_tensor

        if not isinstance(value, GGUFParameter):
            return False
        slot = module._parameters[attribute]
        assert slot is not None
        wide = kept_in_float32(name, self.float32) or name.startswith(FLOAT32_MODULES)
        if attribute == "weight" and isinstance(module, nn.Linear) and not wide:
            if tuple(value.quant_shape) != tuple(slot.shape):
                return False
            parent_name, _, child = name.removesuffix(".weight").rpartition(".")
            with torch.device("meta"):
                layer = GGUFLinear(module.in_features, module.out_features, module.bias is not None, self.dtype)
            layer._parameters["weight"] = GGUFParameter(value.to(self.device), quant_type=value.quant_type)
            # The bias has come already, or is still the empty one that the filler will replace.
            layer._parameters["bias"] = module._parameters["bias"]
            self.model.get_submodule(parent_name)._modules[child] = layer.eval()
            return True
        plain = dequantize_gguf_tensor(value)
        if plain.numel() != slot.numel():
            return False
        target = torch.float32 if kept_in_float32(name, self.float32) else self.dtype
        module._parameters[attribute] = nn.Parameter(
            plain.reshape(slot.shape).to(self.device, target), requires_grad=False
        )
        return True


class GGUFRows:
    """Rows of a GGUF file's tensors: blocks as bytes [rows, bytes of a row] for names in ``raw``, else multiplied out.

    Attributes: ``kinds`` published name -> quantisation, ``row_bytes`` -> bytes of one row as it lies in the file.
    """

    def __init__(self, layout: Layout, sides: Mapping[str, tuple[int, ...]]) -> None:
        cut = len(layout.prefix)
        found = {e.name[cut:]: e for e in read_gguf(layout.files[0]).tensors if e.name.startswith(layout.prefix)}
        self._entries, self._sides = found, sides
        self.kinds = {name: entry.tensor_type for name, entry in found.items()}
        self.raw: set[str] = set()
        self.bytes_read = 0
        for name in sides.keys() & found.keys():
            _require_kind(layout, name, found[name].tensor_type)

    def row_bytes(self, name: str) -> int:
        data = self._entries[name].data
        return data.nbytes // len(data)

    def read(self, name: str, first: int, last: int) -> torch.Tensor:
        from diffusers.quantizers.gguf.utils import GGUFParameter, dequantize_gguf_tensor
        from gguf import GGMLQuantizationType as Kinds

        entry, sides = self._entries[name], self._sides[name]
        # Small sides may be folded into one another: then what lies in the file has other rows.
        same = len(sides) > 0 and len(entry.data) == sides[0]
        data = entry.data[first:last] if same else entry.data
        self.bytes_read += data.nbytes
        stored = torch.from_numpy(data.copy())
        if name in self.raw:
            return stored.view(torch.uint8)
        if entry.tensor_type not in (Kinds.F32, Kinds.F16):
            if not stored.numel():
                return torch.empty((0, *sides[1:]))
            stored = dequantize_gguf_tensor(GGUFParameter(stored, quant_type=entry.tensor_type))
        return stored.reshape(-1, *sides[1:]) if same else stored.reshape(sides)[first:last]


def _require_kind(layout: Layout, name: str, kind: Any) -> None:
    import gguf
    from diffusers.quantizers.gguf.utils import SUPPORTED_GGUF_QUANT_TYPES

    plain = (gguf.GGMLQuantizationType.F32, gguf.GGMLQuantizationType.F16)
    if kind not in (*plain, *SUPPORTED_GGUF_QUANT_TYPES):
        raise WanMoveError(
            where=layout.path.name,
            what=f"{name} is stored as {kind.name}, which diffusers {_diffusers()} cannot read",
            fix="choose another quantisation (Q8_0, Q6_K, Q5_K, Q4_K, ...)",
        )


def _shaped(tensor: torch.Tensor, sides: tuple[int, ...]) -> torch.Tensor:
    """``tensor`` with these sides; as it is where they do not fit, which the filler then reports."""
    return tensor.reshape(sides) if tensor.numel() == torch.Size(sides).numel() else tensor


def _diffusers() -> str:
    from importlib.metadata import version

    return version("diffusers")
