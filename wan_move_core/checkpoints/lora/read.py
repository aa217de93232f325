"""A LoRA file by the tensors that it changes, whoever named them: kohya's flat names, ComfyUI's, diffusers', peft's.

Every key has its place, or is named: a loader that leaves something out without a word makes another model. Headers are
read first; values one tensor at a time.

Sources of the names: ComfyUI 0.18.1, ``comfy/lora.py`` and ``comfy/weight_adapter/lora.py``; diffusers 0.42.1,
``loaders/lora_conversion_utils.py``; LightX2V's extraction (``diff_m``: modulation).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import torch

from ...errors import WanMoveError, plural
from ..headers import TensorInfo, read_safetensors_header, require_file
from ..layout import some
from ..shapes import NetworkShape, expected_shapes
from .names import published_name

ENDINGS = (".safetensors", ".sft")
_FLAT = "lora_unet_"
_PREFIXES = (
    "base_model.model.",
    "model.diffusion_model.",
    "diffusion_model.",
    "transformer_2.",
    "transformer.",
    "unet.",
)
_PARTS = {
    ".lora_up.weight": "up", ".lora_down.weight": "down", ".lora_B.weight": "up", ".lora_A.weight": "down",
    ".lora_B.default.weight": "up", ".lora_A.default.weight": "down", ".lora.up.weight": "up",
    ".lora.down.weight": "down", ".lora_B.bias": "bias", ".lora_B.default.bias": "bias", ".alpha": "alpha",
    ".diff": "diff", ".diff_b": "bias", ".diff_m": "modulation",
}  # fmt: skip
_OTHER_KINDS = {
    "dora_scale": "DoRA", "lokr_": "LoKr", "hada_": "LoHa", "lora_mid": "LoCon with a middle factor", "oft_": "OFT",
    "glora": "GLoRA", "set_weight": "weights that are set, not added", "reshape_weight": "weights of another shape",
}  # fmt: skip
_MAX_RANK = 4096


@dataclass(frozen=True)
class Factors:
    """The keys of one matrix's factors; the difference is up @ down, times ``alpha`` over the rank if there is one."""

    up: str
    down: str
    alpha: str | None = None


@dataclass(frozen=True)
class LoraFile:
    """What a file adds to a network. Published tensor name -> the keys that hold it.

    Attributes:
        factors: of weights. diffs: of tensors that are stored as they differ.
        strange: keys that have no place in this network.
        infos: key -> shape and dtype.
    """

    path: Path
    factors: dict[str, Factors] = field(default_factory=dict)
    diffs: dict[str, str] = field(default_factory=dict)
    strange: tuple[str, ...] = ()
    infos: dict[str, TensorInfo] = field(default_factory=dict)

    @property
    def size_bytes(self) -> int:
        """Of all that has a place."""
        placed = [*self.diffs.values(), *(key for pair in self.factors.values() for key in (pair.up, pair.down))]
        kinds = [(info.numel, info.dtype or torch.float16) for info in map(self.infos.__getitem__, placed)]
        return sum(count * kind.itemsize for count, kind in kinds)

    def read(self, keys: Iterable[str]) -> dict[str, torch.Tensor]:
        """The tensors under ``keys``, as stored."""
        from safetensors import safe_open

        with safe_open(str(self.path), framework="pt") as stream:
            return {key: stream.get_tensor(key) for key in keys}

    def pair(self, name: str) -> tuple[torch.Tensor, torch.Tensor]:
        """(up [out, r], down [r, in]) of weight ``name``, as stored, with the scale of ``alpha`` in ``down``."""
        keys = self.factors[name]
        found = self.read([key for key in (keys.up, keys.down, keys.alpha) if key is not None])
        up, down = found[keys.up].flatten(1), found[keys.down].flatten(1)
        scale = 1.0 if keys.alpha is None else float(found[keys.alpha]) / down.shape[0]
        return up, down if scale == 1 else (down.float() * scale).to(down.dtype)


@dataclass(frozen=True)
class Placed:
    """A file read for one network, and its strength there."""

    file: LoraFile
    strength: float


def read_lora(path: str | Path, shape: NetworkShape) -> LoraFile:
    """The file at ``path`` for a network of ``shape``; nothing but its header is read.

    Raises: WanMoveError for anything but a safetensors file of factors and differences, for matrices of another shape,
        for a file none of whose keys belongs to this network.
    """
    path = Path(path)
    where = f"LoRA {path.name}"
    require_file(path, where)
    if path.suffix.lower() not in ENDINGS:
        raise WanMoveError(where=where, what=f"{path.suffix or 'no'} ending", fix="give a .safetensors file")
    infos, _ = read_safetensors_header(path)
    sides = expected_shapes(shape)
    flat = {name.rpartition(".")[0].replace(".", "_"): name.rpartition(".")[0] for name in sides}
    factors: dict[str, dict[str, str]] = {}
    diffs: dict[str, str] = {}
    strange: list[str] = []
    for key in infos:
        _require_known_kind(key, where)
        layer, part = _split(key)
        target = _target(_layer(layer, flat), part, sides)
        if target is None:
            strange.append(key)
        elif part in ("up", "down", "alpha"):
            if factors.setdefault(target, {}).setdefault(part, key) != key:
                raise _twice(where, key, factors[target][part])
        elif diffs.setdefault(target, key) != key:
            raise _twice(where, key, diffs[target])
    left_out = [name for name, key in diffs.items() if not _fits(infos[key].shape, sides[name])]
    for name in left_out:
        # Of text to video, whose first layer takes fewer channels: others leave it out too.
        if name != "patch_embedding.weight":
            raise _misshapen(where, name, infos[diffs[name]].shape, sides[name])
        strange.append(diffs.pop(name))
    whole = {name: _factors(name, parts, infos, sides[name], where) for name, parts in factors.items()}
    placed = {name: pair for name, pair in whole.items() if pair is not None}
    strange += [key for name, pair in whole.items() if pair is None for key in factors[name].values()]
    if not placed and not diffs:
        raise WanMoveError(
            where=where,
            what=f"none of its {plural(len(infos), 'key')} belongs to this network: {some(strange, 3)}",
            fix="give a LoRA of Wan2.1 or Wan2.2 14B, image to video or text to video",
        )
    return LoraFile(path, placed, diffs, tuple(strange), infos)


def _split(key: str) -> tuple[str, str]:
    for ending, part in _PARTS.items():
        if key.endswith(ending):
            return key[: -len(ending)], part
    return key, ""


def _layer(layer: str, flat: dict[str, str]) -> str:
    """The published name of a layer, by whatever name; names that are none come back as they are."""
    if layer.startswith(_FLAT):
        return flat.get(layer[len(_FLAT) :], layer)
    for prefix in _PREFIXES:
        layer = layer.removeprefix(prefix)
    if layer.endswith("scale_shift_table"):
        return published_name(layer)
    return published_name(f"{layer}.weight").removesuffix(".weight")


def _target(layer: str, part: str, sides: dict[str, tuple[int, ...]]) -> str | None:
    names = {"bias": (f"{layer}.bias",), "modulation": (f"{layer}.modulation",), "": ()}
    return next((n for n in names.get(part, (f"{layer}.weight", layer)) if n in sides), None)


def _factors(
    name: str, parts: dict[str, str], infos: dict[str, TensorInfo], sides: tuple[int, ...], where: str
) -> Factors | None:
    """The pair of a weight; None for one of text to video's first layer."""
    absent = [f"lora_{part}" for part in ("up", "down") if part not in parts]
    if absent:
        raise WanMoveError(
            where=where, what=f"{name} has no {absent[0]} beside {some(parts.values())}", fix="download it again"
        )
    up, down = infos[parts["up"]].shape, infos[parts["down"]].shape
    if "alpha" in parts and infos[parts["alpha"]].numel != 1:
        raise _misshapen(where, f"alpha of {name}", infos[parts["alpha"]].shape, ())
    inner = math.prod(sides[1:])
    rank = next(iter(down), 0)
    pair = len(up) >= 2 and len(down) >= 2 and math.prod(up[1:]) == rank
    if not pair or len(sides) < 2 or up[:1] != sides[:1] or math.prod(down[1:]) != inner or not 0 < rank <= _MAX_RANK:
        if name == "patch_embedding.weight" and pair:
            return None
        raise WanMoveError(
            where=where,
            what=f"{name}: factors {list(up)} and {list(down)} for a weight of {list(sides)}",
            fix="give a LoRA of a network of this size (Wan2.1 or Wan2.2, 14B)",
        )
    return Factors(parts["up"], parts["down"], parts.get("alpha"))


def _fits(found: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    return found == wanted or (math.prod(found) == math.prod(wanted) and found[-1:] == wanted[-1:])


def _require_known_kind(key: str, where: str) -> None:
    kind = next((kind for word, kind in _OTHER_KINDS.items() if word in key), None)
    if kind is not None:
        raise WanMoveError(
            where=where,
            what=f"{key[:120]} is of another kind than LoRA ({kind})",
            fix="give a LoRA of up and down factors",
        )


def _twice(where: str, key: str, other: str) -> WanMoveError:
    return WanMoveError(where=where, what=f"{key} and {other} change the same tensor", fix="download it again")


def _misshapen(where: str, name: str, found: tuple[int, ...], wanted: tuple[int, ...]) -> WanMoveError:
    return WanMoveError(
        where=where,
        what=f"{name}: shape {list(found)}, the network's is {list(wanted)}",
        fix="give a LoRA of a network of this size (Wan2.1 or Wan2.2, 14B)",
    )
