"""Every symbol of ComfyUI that the pack touches, and the only way to it: listed, dated, with what happens without it.

Knows errors only. Nothing else in the pack says ``comfy``, ``folder_paths``, ``latent_preview`` or ``server``; nodes
build on ``comfy_api``, which is versioned. A file for each subject: its ``SYMBOLS`` are the list, the functions below
are how the other rooms use them. Nothing of the host is imported before it is used.
"""

from . import conditioning, folders, loading, running, sampling, server
from .symbol import HostSymbol

SYMBOLS: tuple[HostSymbol, ...] = tuple(
    symbol
    for subject in (folders, server, running, loading, conditioning, sampling)
    for symbol in subject.SYMBOLS
)  # fmt: skip
"""The whole list. A symbol that two subjects need stands in both, each with its own use and fallback."""
