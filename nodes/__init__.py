"""What the graph shows: the list of node modules, and ComfyUI's entry point."""

from __future__ import annotations

import logging
from importlib import import_module
from importlib.util import find_spec

from comfy_api.latest import ComfyExtension, io

MODULES: tuple[str, ...] = (
    "editor",
    "tracks",
    "motion",
    "motion_tools",
    "image",
    "guide",
    "sampling",
    "pictures",
    "loaders",
)
"""Files of this folder, in the order in which their nodes are offered. Each exports ``NODES``."""


def load_nodes() -> list[type[io.ComfyNode]]:
    """Every node whose parts are there. What a module lacks is said in one line; the other nodes still load."""
    nodes: list[type[io.ComfyNode]] = []
    for name in MODULES:
        if find_spec(f".{name}", __package__) is None:
            logging.warning("Wan-Move: this copy of the pack has no nodes/%s.py. Fix: install the pack again.", name)
            continue
        try:
            nodes += import_module(f".{name}", __package__).NODES
        except ImportError as error:
            missing = getattr(error, "name", None) or str(error)
            logging.warning(
                "Wan-Move: the nodes of %s are not available, because %r cannot be imported (%s). "
                "Fix: install the pack's requirements into ComfyUI's Python.",
                name,
                missing,
                error,
            )
    return nodes


class WanMoveExtension(ComfyExtension):
    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        return load_nodes()


async def comfy_entrypoint() -> WanMoveExtension:
    return WanMoveExtension()
