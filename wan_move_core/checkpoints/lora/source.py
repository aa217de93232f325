"""One of the two models that are compared: published or diffusers' names, sharded or single, plain or scaled fp8."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path

import torch

from ...errors import WanMoveError, plural
from ..fp8 import FLOAT8_DTYPES, Scratch, dequantise, find_form, read_scales
from ..headers import TensorInfo
from ..layout import Layout, find_layout, read_tensors, some
from ..shapes import NetworkShape, check_network, expected_shapes, network_names
from .factors import squared_norm
from .names import published_name

TRAINED_FROM = "Wan2.1-I2V-14B-480P"
_FIXES = {
    "model": "give the Wan-Move checkpoint (its folder, or one file)",
    "base": f"give {TRAINED_FROM}, the model that Wan-Move was trained from (its folder, or one file)",
}
_DIFFUSERS_FOLDER = "transformer"


@dataclass(frozen=True)
class DiffusersLayout(Layout):
    """A checkpoint with diffusers' names, read under the published ones."""

    @cached_property
    def _stored(self) -> dict[str, str]:
        return {published_name(name): name for name in self.raw_infos}

    @cached_property
    def infos(self) -> dict[str, TensorInfo]:
        return {ours: self.raw_infos[stored] for ours, stored in self._stored.items()}

    def stored_name(self, name: str) -> str:
        return self._stored[name]


class Source:
    """A checkpoint whose tensors can be had one by one, as float32.

    Args:
        path: published folder, diffusers' pipeline or its ``transformer`` folder, ``*.index.json``, or one file.
        role: ``model`` or ``base``; named in errors.

    Raises: WanMoveError for whatever cannot be a Wan2.1 image-to-video network of full precision or scaled fp8.
    """

    def __init__(self, path: str | Path, role: str) -> None:
        self.role = role
        try:
            self.layout = _network_layout(Path(path))
            self.shape: NetworkShape = check_network(self.layout)
            find_form(self.layout.infos, self.layout.metadata)
            self._scales = read_scales(self.layout)
        except WanMoveError as error:
            raise self._error(error.what, error.where) from error
        self.infos = network_names(self.layout.infos)
        odd = [n for n, info in self.infos.items() if info.dtype is None or not info.dtype.is_floating_point]
        if odd:
            raise self._error(f"{some(odd)} are no plain or scaled floats (a 4-bit or integer format)")

    @property
    def name(self) -> str:
        return self.layout.path.name

    def _error(self, what: str, where: str | None = None) -> WanMoveError:
        return WanMoveError(where=f"Extract LoRA / {self.role} {where or self.name}", what=what, fix=_FIXES[self.role])

    def _stored(self, name: str) -> tuple[torch.Tensor, torch.Tensor]:
        """The tensor as it lies in the file, and the factor that it is to be multiplied with."""
        tensor = read_tensors(self.layout, [name])[name]
        scale = self._scales.get(name.removesuffix(".weight")) if tensor.dtype in FLOAT8_DTYPES else None
        return tensor, torch.ones(()) if scale is None else scale.to(torch.float32).reshape(())

    def float32(self, name: str, scratch: Scratch) -> torch.Tensor:
        """The tensor ``name`` in float32, in memory of its own."""
        stored, scale = self._stored(name)
        return dequantise(stored, scale, torch.float32, scratch)

    def subtract_from(self, tensor: torch.Tensor, name: str, scratch: Scratch) -> float:
        """Take this source's tensor ``name`` away from ``tensor`` (float32, in place); what it had, as ||.||^2."""
        stored, scale = self._stored(name)
        norm = 0.0
        for buffer, part, target in scratch.chunks(stored, tensor):
            norm += squared_norm(buffer.copy_(part).mul_(scale))
            target.sub_(buffer)
        return norm


def _network_layout(path: Path) -> Layout:
    inner = path / _DIFFUSERS_FOLDER
    layout = find_layout(inner if inner.is_dir() and not any(path.glob("*.safetensors*")) else path)
    if layout.kind == "gguf":
        raise WanMoveError(where=path.name, what="a GGUF file holds quantised blocks, not tensors", fix="")
    kind = DiffusersLayout if any(n.startswith("condition_embedder.") for n in layout.raw_infos) else Layout
    told = {field.name: getattr(layout, field.name) for field in fields(layout)}
    # How the width is divided among heads does not matter here, and a single file may not tell.
    return kind(**{**told, "config": {**layout.config, "num_heads": 1}})


def require_same_shapes(model: Source, base: Source) -> None:
    """Raise: WanMoveError, naming some, where tensors of the two differ in shape or stand in one of them only."""
    ours, theirs = model.infos, base.infos
    differing = [
        f"{name} {list(ours[name].shape)} in {model.name}, {list(theirs[name].shape)} in {base.name}"
        for name in expected_shapes(model.shape)
        if name in theirs and theirs[name].shape != ours[name].shape
    ]
    alone = ours.keys() ^ theirs.keys()
    if differing or alone:
        problems = [f"{plural(len(differing), 'tensor')} of another shape: {some(differing, 2)}"] if differing else []
        problems += [f"{plural(len(alone), 'tensor')} in one of them only: {some(sorted(alone), 4)}"] if alone else []
        raise WanMoveError(where=f"Extract LoRA / base {base.name}", what="; ".join(problems), fix=_FIXES["base"])
