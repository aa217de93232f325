"""Models whose weights are shared out among ranks: built without memory, divided, then filled by each rank with its
own rows, read from the files. No rank ever holds a tensor whole that it shares, and nothing is sent between them.

The order is: an :class:`EmptyPart`, whatever changes its types or hooks it, ``shard_weights``, :meth:`EmptyPart.fill`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from ....checkpoints import fp8, keys, shapes
from ....checkpoints.layout import Layout, find_layout
from .fill import build_empty, kept_in_float32, move_buffers, require_fit, slots
from .gguf_file import GGUFRows
from .parts import (
    TEXT_ENCODER_OPTIONAL,
    diffusers_name,
    require_plain,
    require_storage,
    text_encoder_config,
    text_encoder_float32,
    transformer_config,
)
from .precision import FLOAT32_MODULES
from .rows import Rows, ScaledRows, copy_rows, open_rows, require_shareable
from .shared_layers import SharedEmbedding, SharedFp8Linear, SharedGGUFLinear, rows_of

if TYPE_CHECKING:
    from torch.distributed.device_mesh import DeviceMesh


@dataclass
class EmptyPart:
    """A model on the meta device, and the file that its rows will come from.

    Attributes:
        model: to be divided; its parameters have the types that they will have, until something changes them.
        dtype: that the file's numbers are rounded to, save where a module is kept in float32.
        blocks: its parts that are gathered one at a time.
        apart: parameters that are divided already.
        bytes_read: what this rank has read of the files.
    """

    model: Any
    blocks: list[nn.Module]
    layout: Layout
    mesh: DeviceMesh
    dtype: torch.dtype
    apart: set[nn.Parameter] = field(default_factory=set)
    bytes_read: int = 0
    _published: dict[str, str] = field(default_factory=dict)
    _rounded_to: dict[str, torch.dtype] = field(default_factory=dict)
    _gguf: Any = None

    def fill(self, device: torch.device) -> None:
        """Give every parameter its rows, on ``device``: all of them where it was not divided.

        All ranks of the mesh must do so together: scales that no file holds are agreed on.
        Raises: WanMoveError for a damaged file, or weights that are not finite where they are rounded to fp8.
        """
        with self._open() as (source, rows):
            scales = {} if self.layout.kind == "gguf" else fp8.read_scales(self.layout)
            scratch = fp8.Scratch()
            for name, published in self._published.items():
                owner, _, attribute = name.rpartition(".")
                module = self.model.get_submodule(owner)
                if isinstance(module, SharedFp8Linear) and attribute == "weight":
                    self._fill_digits(module, published, source, scales, scratch, device)
                    continue
                held = module._parameters[attribute]
                assert held is not None
                first, last = self._own_rows(held)
                out = torch.empty(_rows_shape(held, first, last), dtype=held.dtype, device=device)
                copy_rows(rows, published, first, out, self._rounded_to.get(name, held.dtype))
                module._parameters[attribute] = _like(held, out)
            self.bytes_read += source.bytes_read
        move_buffers(self.model, device)

    @contextmanager
    def _open(self) -> Iterator[tuple[Any, Rows]]:
        if self.layout.kind == "gguf":
            yield (source := self._gguf), source
            return
        with open_rows(self.layout) as source:
            yield source, ScaledRows(source, fp8.read_scales(self.layout), self.dtype)

    def _own_rows(self, held: nn.Parameter) -> tuple[int, int]:
        if not held.ndim:
            return 0, 0
        return rows_of(len(held), self.mesh) if _is_divided(held) else (0, len(held))

    def _fill_digits(
        self,
        layer: SharedFp8Linear,
        published: str,
        source: Rows,
        scales: Mapping[str, torch.Tensor],
        scratch: fp8.Scratch,
        device: torch.device,
    ) -> None:
        first, last = self._own_rows(layer.weight)
        stored = source.read(published, first, last)
        if stored.dtype in fp8.FLOAT8_DTYPES:
            digits, scale = stored, scales.get(published.removesuffix(".weight"), torch.ones(()))
        else:
            # The scale is the whole matrix's: the largest of what each rank finds in its rows.
            scale = fp8.fp8_scale(stored, scratch, published)
            largest = scale.to(self.mesh.device_type)
            torch.distributed.all_reduce(largest, torch.distributed.ReduceOp.MAX, group=self.mesh.get_group())
            scale = largest.cpu()
            digits, _ = fp8.quantise(stored, scratch, published, scale)
        held = layer.weight
        out = torch.empty(_rows_shape(held, first, last), dtype=torch.uint8, device=device)
        out.copy_(digits.view(torch.uint8))
        layer._parameters["weight"] = _like(held, out)
        layer.scale = scale.to(torch.float32).reshape(()).to(device)


def require_shared_files(paths: Mapping[str, Any], network: bool, text: bool) -> None:
    """Raise: WanMoveError where a part that is to be shared out lies in a file whose rows cannot be read by themselves.

    ``paths``: part -> file or folder, None for one that the run has not.
    """
    parts = [*("transformer", "transformer_2") * network, *("text_encoder",) * text]
    for path in (paths[part] for part in parts):
        if path is not None:
            require_shareable(find_layout(path))


def empty_transformer(path: str | Path, dtype: torch.dtype, storage: str, mesh: DeviceMesh) -> EmptyPart:
    """The network of :func:`load_transformer`, of the same files and storages, to be shared out over ``mesh``."""
    from diffusers import WanTransformer3DModel

    require_storage(storage)
    layout = find_layout(path)
    model = build_empty(lambda: WanTransformer3DModel(**transformer_config(layout)))
    names = {diffusers_name(name): name for name in shapes.network_names(layout.infos)}
    float32 = tuple(WanTransformer3DModel._keep_in_fp32_modules)
    if layout.kind == "gguf":
        require_plain(layout, storage)
        sides = {names[name]: shape for name, shape in slots(model)}
        part = _part(model, model.blocks, layout, mesh, names, dtype, float32)
        part._gguf = GGUFRows(layout, sides)
        _place_gguf(part, dtype)
        return part
    fp8.find_form(layout.infos, layout.metadata)
    part = _part(model, model.blocks, layout, mesh, names, dtype, float32)
    if storage == "fp8":
        _place_fp8(part, dtype)
    return part


def empty_text_encoder(path: str | Path, dtype: torch.dtype, mesh: DeviceMesh) -> EmptyPart:
    """The text encoder of :func:`load_text_encoder`, to be shared out over ``mesh``, its table of words already so."""
    from transformers import UMT5EncoderModel

    layout = find_layout(path)
    config, published = text_encoder_config(layout)
    model = build_empty(lambda: UMT5EncoderModel(config))
    fp8.find_form(layout.infos, layout.metadata)
    names = {
        hf: name
        for name in shapes.network_names(layout.infos)
        for hf in (keys.umt5_names(name) if published else (name,))
    }
    part = _part(
        model, model.encoder.block, layout, mesh, names, dtype, text_encoder_float32(dtype), TEXT_ENCODER_OPTIONAL
    )
    # One table under two names.
    part._published.pop("encoder.embed_tokens.weight", None)
    model.shared = model.encoder.embed_tokens = SharedEmbedding(model.shared, mesh)
    part.apart.add(model.shared.weight)
    return part


def _part(
    model: nn.Module,
    blocks: Iterable[nn.Module],
    layout: Layout,
    mesh: DeviceMesh,
    names: Mapping[str, str],
    dtype: torch.dtype,
    float32: tuple[str, ...],
    optional: tuple[str, ...] = (),
) -> EmptyPart:
    """``names``: of the model -> published. Raises: WanMoveError where file and model do not fit."""
    places = dict(slots(model))
    gguf = layout.kind == "gguf"
    found = {name: None if gguf else layout.infos[published].shape for name, published in names.items()}
    require_fit(places, found, layout.path.name, may_lack=optional)
    part = EmptyPart(model, list(blocks), layout, mesh, dtype)
    order = {published: place for place, published in enumerate(layout.infos)}
    for name in sorted(places.keys() & names.keys(), key=lambda name: order[names[name]]):
        owner, _, attribute = name.rpartition(".")
        module = model.get_submodule(owner)
        held = module._parameters.get(attribute)
        if held is None:
            continue
        target = torch.float32 if kept_in_float32(name, float32) else dtype
        part._published[name], part._rounded_to[name] = names[name], target
        module._parameters[attribute] = nn.Parameter(held.to(target), requires_grad=False)
    return part


def _linears(part: EmptyPart) -> Iterator[tuple[str, nn.Linear]]:
    """(its weight's name, layer) of every linear layer of the model."""
    for name in part._published:
        layer = part.model.get_submodule(name.rpartition(".")[0])
        if name.endswith(".weight") and isinstance(layer, nn.Linear):
            yield name, layer


def _replace(part: EmptyPart, name: str, layer: nn.Module) -> None:
    owner, _, child = name.removesuffix(".weight").rpartition(".")
    part.model.get_submodule(owner)._modules[child] = layer


def _place_fp8(part: EmptyPart, dtype: torch.dtype) -> None:
    for name, layer in list(_linears(part)):
        published = part._published[name]
        if fp8.is_quantised_name(published):
            stored = part.layout.infos[published].dtype
            digits = stored if stored in fp8.FLOAT8_DTYPES else fp8.FP8
            _replace(part, name, SharedFp8Linear(layer, digits, dtype))


def _place_gguf(part: EmptyPart, dtype: torch.dtype) -> None:
    from diffusers.models.transformers.transformer_wan import WanTransformer3DModel
    from gguf import GGMLQuantizationType as Kinds

    float32 = tuple(WanTransformer3DModel._keep_in_fp32_modules)
    for name, layer in list(_linears(part)):
        published = part._published[name]
        kind = part._gguf.kinds[published]
        wide = kept_in_float32(name, float32) or name.startswith(FLOAT32_MODULES)
        if kind in (Kinds.F32, Kinds.F16, Kinds.BF16) or wide:
            continue
        part._gguf.raw.add(published)
        part._rounded_to[name] = torch.uint8
        _replace(part, name, SharedGGUFLinear(layer, part._gguf.row_bytes(published), kind, dtype))


def _is_divided(held: nn.Parameter) -> bool:
    from torch.distributed.tensor import DTensor

    return isinstance(held, DTensor)


def _rows_shape(held: nn.Parameter, first: int, last: int) -> tuple[int, ...]:
    return (last - first, *held.shape[1:]) if held.ndim else ()


def _like(held: nn.Parameter, rows: torch.Tensor) -> nn.Parameter:
    """``rows`` in the place of ``held``: its part on this rank, where it is divided."""
    from torch.distributed.tensor import DTensor

    if isinstance(held, DTensor):
        placed: Any = DTensor.from_local(
            rows, held.device_mesh, held.placements, run_check=False, shape=held.shape, stride=held.stride()
        )
        return nn.Parameter(placed, requires_grad=False)
    return nn.Parameter(rows, requires_grad=False)
