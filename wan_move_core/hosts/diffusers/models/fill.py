"""Models built without memory and filled tensor by tensor, so that the peak is the final model plus one tensor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

import torch
from torch import nn

from ....checkpoints.report import tensor_problems
from ....errors import WanMoveError

Model = TypeVar("Model", bound=nn.Module)


def build_empty(make: Callable[[], Model]) -> Model:
    """``make()`` with parameters on the meta device; buffers that no file holds (rotary tables) are real."""
    from accelerate import init_empty_weights

    with init_empty_weights(include_buffers=False):
        model = make()
    return model.eval().requires_grad_(False)


def kept_in_float32(name: str, patterns: Iterable[str]) -> bool:
    """Whether parameter ``name`` belongs to a module that the library keeps in float32 (by whole path components)."""
    parts = name.split(".")
    return any(pattern in parts for pattern in patterns)


def fill_model(
    model: nn.Module,
    tensors: Iterable[tuple[str, Any]],
    *,
    where: str,
    dtype: torch.dtype,
    device: torch.device | str = "cpu",
    float32: Iterable[str] = (),
    optional: Iterable[str] = (),
    place: Callable[[nn.Module, str, str, Any], bool] | None = None,
) -> None:
    """Give every parameter of ``model`` its tensor.

    Args:
        tensors: (name in the model, tensor) pairs, each name once; consumed one at a time.
        float32: path components of modules kept in float32 whatever ``dtype`` is.
        optional: names that may stand in the file without a place in the model, or be absent.
        place: called first with (module, attribute, full name, value); true when it has placed the value itself
            (quantised storage). What it leaves is cast and copied.

    Raises: WanMoveError naming missing, unknown, repeated and misshapen tensors (a few of each).
    """
    places = dict(slots(model))
    keep, may_lack = tuple(float32), set(optional)
    found: dict[str, tuple[int, ...] | None] = {}
    repeated: list[str] = []
    for name, value in tensors:
        if name in found:
            if name not in may_lack:
                repeated.append(name)
            continue
        found[name] = None
        if name not in places:
            continue
        # Looked up when its tensor comes: ``place`` may have put another module there for an earlier one.
        owner, _, attribute = name.rpartition(".")
        module = model.get_submodule(owner)
        if place is not None and place(module, attribute, name, value):
            continue
        found[name] = tuple(value.shape)
        if found[name] != places[name]:
            continue
        target = torch.float32 if kept_in_float32(name, keep) else dtype
        # A copy even where nothing changes: the source is a view of a mapped file.
        copied = value.detach().to(device=device, dtype=target, copy=True).contiguous()
        if attribute in module._parameters:
            module._parameters[attribute] = nn.Parameter(copied, requires_grad=False)
        else:
            module._buffers[attribute] = copied
    require_fit(places, found, where, may_lack=may_lack, repeated=repeated)
    move_buffers(model, device)


def require_fit(
    places: Mapping[str, tuple[int, ...]],
    found: Mapping[str, tuple[int, ...] | None],
    where: str,
    *,
    may_lack: Iterable[str] = (),
    repeated: Iterable[str] = (),
) -> None:
    """Raise: WanMoveError naming what a file lacks, has too much or in another shape than the model's ``places``."""
    problems = tensor_problems(places, found, may_lack=may_lack, repeated=repeated)
    if problems:
        raise WanMoveError(
            where=where,
            what=f"the file does not fit the model; {problems}",
            fix="download the file again, or choose the right one",
        )


def move_buffers(model: nn.Module, device: torch.device | str) -> None:
    """Put the buffers on ``device``, those that no file holds (rotary tables) with them."""
    for buffers in (m._buffers for m in model.modules()):
        for attribute, buffer in buffers.items():
            if buffer is not None and buffer.device != torch.device(device):
                buffers[attribute] = buffer.to(device)


def slots(model: nn.Module) -> Iterator[tuple[str, tuple[int, ...]]]:
    """(name, shape) of everything that a state dict of ``model`` holds."""
    for prefix, module in model.named_modules():
        lead = f"{prefix}." if prefix else ""
        for attribute, parameter in module._parameters.items():
            if parameter is not None:
                yield lead + attribute, tuple(parameter.shape)
        for attribute, buffer in module._buffers.items():
            if buffer is not None and attribute not in module._non_persistent_buffers_set:
                yield lead + attribute, tuple(buffer.shape)
