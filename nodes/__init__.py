"""What the graph shows: the list of node modules, and ComfyUI's entry point. Importable on a host of any age."""

from __future__ import annotations

import logging
import re
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from comfy_api.latest import ComfyExtension, io

MODULES: tuple[str, ...] = (
    "motion.editor",
    "tracks",
    "others",
    "motion.sources",
    "motion.camera",
    "motion.tools",
    "image",
    "guide",
    "sampling",
    "lead",
    "looking",
    "models",
    "movebench",
)
"""Files of this folder, in the order in which their nodes are offered. Each exports ``NODES``."""

REQUIREMENTS = {
    "cv2": "opencv-python-headless",
    "av": "av",
    "einops": "einops",
    "kornia": "kornia",
    "safetensors": "safetensors",
}
"""What the pack's requirements give, by the name under which it is imported; any variant of OpenCV gives cv2."""


def why_unusable() -> str | None:
    """None where this ComfyUI can run the pack, else the one line to show instead of a traceback."""
    from ..wan_move_core.hosts.comfy.host.symbol import FLOOR, host_version

    version = host_version()
    known, oldest = _numbers(version or ""), _numbers(FLOOR)
    problem = f"too old. Fix: update it to {FLOOR} or later."
    try:
        from comfy_api.latest import ComfyExtension, io

        usable = hasattr(io, "Schema") and ComfyExtension is not None
        if usable and (not known or known >= oldest):
            return None
    except ImportError as error:
        if known >= oldest:
            problem = f"and its node interface does not import ({error}). Fix: install ComfyUI's own requirements."
    return f"Wan-Move: this is ComfyUI {version or '(version unknown)'}, {problem}"


def why_incomplete() -> str | None:
    """None where every package the nodes use is installed, else the one line that says how to get them."""
    missing = [package for module, package in REQUIREMENTS.items() if not _installed(module)]
    if not missing:
        return None
    return (
        f"Wan-Move: not installed: {', '.join(missing)}. The nodes that use them will fail. "
        f'Fix: "{sys.executable}" -m pip install {" ".join(missing)}'
    )


def load_nodes() -> list[type[io.ComfyNode]]:
    """Every node whose parts are there. What is lacking is said in one line for each reason; the others still load."""
    incomplete = why_incomplete()
    if incomplete:
        logging.error(incomplete)
    nodes: list[type[io.ComfyNode]] = []
    failed: dict[str, list[str]] = {}
    for name in MODULES:
        try:
            nodes += import_module(f".{name}", __package__).NODES
        except Exception as error:
            logging.debug("Wan-Move: nodes/%s.py", name.replace(".", "/"), exc_info=True)
            if incomplete and isinstance(error, ImportError):
                continue  # the line above has named what is missing
            failed.setdefault(f"{type(error).__name__}: {error}", []).append(name)
    for reason, names in failed.items():
        logging.error(
            "Wan-Move: the nodes of %s are not available (%s). "
            "Fix: update ComfyUI and the pack, and install the pack's requirements into ComfyUI's Python.",
            ", ".join(names),
            " ".join(reason.split()),
        )
    return nodes


async def comfy_entrypoint() -> ComfyExtension:
    from comfy_api.latest import ComfyExtension

    class WanMoveExtension(ComfyExtension):
        async def get_node_list(self) -> list[type[io.ComfyNode]]:
            return load_nodes()

    return WanMoveExtension()


def _installed(module: str) -> bool:
    # Another pack may have put a stand-in without a spec into sys.modules, at which find_spec raises.
    return module in sys.modules or find_spec(module) is not None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])
