"""What differs between ComfyUI 0.5.0 (the floor) and today's, so that no node file needs to know.

Every node of the pack is built from these names: :func:`schema`, :func:`widget`, :func:`string_input`, ``Tracks``,
``WanMoveImage`` and :data:`CATEGORY`.
"""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

from comfy_api.latest import io

from ..wan_move_core.hosts.comfy.progress import Progress

CATEGORY = "Wan-Move"

Tracks = getattr(io, "Tracks", None) or io.Custom("TRACKS")
WanMoveImage = io.Custom("WANMOVE_IMAGE")
"""What WanMoveEncodeImage makes and WanMoveGuide takes: hosts.comfy.condition.picture.EncodedImage."""

_SCHEMA_FIELDS = frozenset(field.name for field in dataclasses.fields(io.Schema))


def schema(**fields: Any) -> io.Schema:
    """An ``io.Schema`` in this pack's category, without the fields that this host does not know yet."""
    fields.setdefault("category", CATEGORY)
    return io.Schema(**{name: value for name, value in fields.items() if name in _SCHEMA_FIELDS})


def widget(kind: Any, id: str, *, tooltip: str, extra_dict: dict[str, Any] | None = None, **options: Any) -> Any:
    """``kind.Input(id, ...)`` without the options this host does not know yet; the tooltip is not optional.

    ``extra_dict`` (further options that the frontend reads) is an attribute on every host but an argument only on
    newer ones.
    """
    known = inspect.signature(kind.Input.__init__).parameters
    made = kind.Input(id, tooltip=tooltip, **{name: value for name, value in options.items() if name in known})
    if extra_dict:
        made.extra_dict = {**(getattr(made, "extra_dict", None) or {}), **extra_dict}
    return made


def output(kind: Any, name: str, tooltip: str) -> Any:
    """An output shown as ``name``. Its id differs: 0.5.0 wants ids that no input of the node has."""
    return kind.Output(id=f"out_{name}", display_name=name, tooltip=tooltip)


def string_input(id: str, *, tooltip: str, extra_dict: dict[str, Any] | None = None, **options: Any) -> Any:
    """A STRING input; see :func:`widget`."""
    return widget(io.String, id, tooltip=tooltip, extra_dict=extra_dict, **options)


class _SaidOnce(str):
    """A text that reads as itself once, and as a word that points back from then on."""

    def __str__(self) -> str:
        told, self.told = getattr(self, "told", False), True
        return "(as said above)" if told else str.__str__(self)


def said_once(text: str) -> str:
    """What ``validate_inputs`` returns to refuse: the host repeats it for every input that was looked at."""
    return _SaidOnce(text)


__all__ = [
    "CATEGORY",
    "Progress",
    "Tracks",
    "WanMoveImage",
    "output",
    "said_once",
    "schema",
    "string_input",
    "widget",
]
