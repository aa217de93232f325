"""The published model without ComfyUI, on diffusers, the only code that imports it, and lazily: files here put the
rooms models and sampling together.

Knows checkpoints, method, lead, generate and the nouns of the core; commands start it. Its rooms may know guards.py.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .loader import load_pipeline as load_pipeline
    from .sampling.pipeline import WanMovePipeline as WanMovePipeline

_HOMES = {"load_pipeline": ".loader", "WanMovePipeline": ".sampling.pipeline"}

__all__ = ["WanMovePipeline", "load_pipeline"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # The check comes first: what breaks inside diffusers' own imports is far harder to read.
    from .environment import require_diffusers

    require_diffusers()
    return getattr(import_module(_HOMES[name], __name__), name)
