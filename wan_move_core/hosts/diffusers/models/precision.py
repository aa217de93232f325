"""The published precision: matrix products in bfloat16 or float16, the residual stream and the modulation in float32.

diffusers runs the whole network in the weights' type, which costs about four times the published error: with 40 layers
1.4e-2 of the result instead of 3e-3.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from diffusers import WanTransformer3DModel
from diffusers.hooks import HookRegistry, ModelHook

from ....errors import WanMoveError

PRECISIONS = ("published", "plain")

_HOOK = "wan_move_float32"
FLOAT32_MODULES = ("condition_embedder.time_embedder", "condition_embedder.time_proj", "proj_out")
"""Computed in float32 by :func:`keep_float32_stream`; never held in blocks, which know no float32."""


class _Float32Forward(ModelHook):
    """Computes the module outside autocast, from float32 inputs."""

    def new_forward(self, module: torch.nn.Module, *args: Any, **kwargs: Any) -> Any:
        args = tuple(a.float() if isinstance(a, torch.Tensor) and a.is_floating_point() else a for a in args)
        with torch.autocast(args[0].device.type, enabled=False):
            return self.fn_ref.original_forward(*args, **kwargs)


class _Float32Stream(ModelHook):
    """Widens the hidden states that enter the first block; every block keeps the type of its input."""

    def pre_forward(self, module: torch.nn.Module, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
        if args:
            args = (args[0].float(), *args[1:])
        elif "hidden_states" in kwargs:
            kwargs["hidden_states"] = kwargs["hidden_states"].float()
        return args, kwargs


def keep_float32_stream(transformer: WanTransformer3DModel) -> None:
    """Hook the network for :func:`autocast_network`, its few float32 parts widened in place. Idempotent."""
    for name, hook in [("blocks.0", _Float32Stream()), *((n, _Float32Forward()) for n in FLOAT32_MODULES)]:
        module = transformer.get_submodule(name)
        registry = HookRegistry.check_if_exists_or_initialize(module)
        if registry.get_hook(_HOOK) is None:
            registry.register_hook(hook, _HOOK)
            if name in FLOAT32_MODULES:
                module.float()


@contextmanager
def autocast_network(device: torch.device, dtype: torch.dtype, precision: str) -> Iterator[None]:
    """Autocast to ``dtype`` around the network for ``published``; nothing for float32 or ``plain``."""
    if precision != "published" or dtype == torch.float32:
        yield
        return
    with torch.autocast(device.type, dtype=dtype, cache_enabled=False):
        yield


def require_precision(precision: str) -> str:
    """``precision`` when known. Raises: WanMoveError otherwise."""
    if precision not in PRECISIONS:
        raise WanMoveError(
            where="Generate / precision", what=f"unknown precision {precision!r}", fix=f"use {' or '.join(PRECISIONS)}"
        )
    return precision
