"""Ways in which diffusers goes on without doing what it was asked, each turned into an error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from diffusers import WanTransformer3DModel
from diffusers.models.attention_dispatch import AttentionBackendName, _AttentionBackendRegistry

from ...errors import WanMoveError

TEXT_TOKENS = 512


def require_text_tokens(count: int, where: str) -> None:
    """diffusers splits image from text at 512 tokens whatever it is given; any other number is silently wrong."""
    if count != TEXT_TOKENS:
        raise WanMoveError(
            where=where,
            what=f"{count} text tokens; the network takes exactly {TEXT_TOKENS} and would read the others as image",
            fix=f"use {TEXT_TOKENS} (shorter prompts are padded)",
        )


def enable_cache(transformer: WanTransformer3DModel, config: Any) -> int:
    """``transformer.enable_cache(config)``, refusing a cache that would touch nothing; the number of modules it hooks.

    Some of diffusers' caches look for modules or inputs that this network does not have and then do nothing at all.
    """
    kind = type(config).__name__
    if kind.startswith("SeaCache"):
        # It needs the step and sigma that only some pipelines pass, and otherwise stays off without a word.
        raise _no_cache(kind, "this pipeline does not pass it the step and sigma that it needs")
    before = _hooked(transformer)
    transformer.enable_cache(config)
    added = _hooked(transformer) - before
    touched = {name for name, _ in added if ".attn" in name or name.startswith("blocks.")}
    if not touched:
        transformer.disable_cache()
        raise _no_cache(kind, "with these settings it hooks none of the network's blocks")
    return len(touched)


def _hooked(transformer: torch.nn.Module) -> set[tuple[str, str]]:
    found = set()
    for name, module in transformer.named_modules():
        registry = getattr(module, "_diffusers_hook", None)
        if registry is not None:
            found |= {(name, hook) for hook in registry.hooks}
    return found


def _no_cache(kind: str, why: str) -> WanMoveError:
    return WanMoveError(
        where=f"Generate / cache ({kind})",
        what=f"it would silently do nothing: {why}",
        fix="use FirstBlockCacheConfig, MagCacheConfig or PyramidAttentionBroadcastConfig, or no cache",
    )


def set_attention_backend(transformer: WanTransformer3DModel, backend: str) -> None:
    """Choose the attention kernel of this network alone.

    diffusers' own ``set_attention_backend`` also changes the default of every other model in the process, and its
    reset does not bring that back.

    Raises: WanMoveError for a backend that diffusers does not know or that cannot run here.
    """
    known = [name.value for name in AttentionBackendName]
    if backend not in known:
        raise WanMoveError(where="Generate / attention", what=f"unknown backend {backend!r}", fix=f"use one of {known}")
    try:
        with keep_default_backend():
            transformer.set_attention_backend(backend)
    except (ImportError, RuntimeError, ValueError, NotImplementedError) as error:
        raise WanMoveError(
            where="Generate / attention",
            what=f"the backend {backend!r} cannot be used here ({str(error)[:200]})",
            fix="install what it names, or use native",
        ) from error


@contextmanager
def keep_default_backend() -> Iterator[None]:
    """The process-wide attention backend afterwards is the one before."""
    kept = _AttentionBackendRegistry._active_backend
    try:
        yield
    finally:
        _AttentionBackendRegistry._active_backend = kept
