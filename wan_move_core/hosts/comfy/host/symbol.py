"""What a symbol of ComfyUI is to the pack, and the one way to reach one: looked up when it is used, never at import."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib import import_module
from typing import Any, NamedTuple

from ....errors import WanMoveError

FLOOR = "0.5.0"
"""The oldest ComfyUI supported. What is older than it is listed as of it: nobody looked further back."""

NEWEST_TRIED = "0.33.0"

_ABSENT: Any = object()


class HostSymbol(NamedTuple):
    """One name of the host.

    Attributes:
        name: ``module.attribute`` or ``module.Class.attribute`` (looked up on the module or class),
            ``module.function(parameter)``, ``module.Class().attribute`` (on an object of the class), or
            ``module["word"]`` (a key or marker that this module reads or writes).
        since: the release that it came with; :data:`FLOOR` also for what is older.
        used_for: what the pack does with it.
        without: what happens on a host that does not have it, as a clause that "so" can begin.
        essential: its absence is told as an error where it is needed; otherwise the fallback of ``without`` acts.
    """

    name: str
    since: str
    used_for: str
    without: str
    essential: bool = False

    @property
    def attribute(self) -> str:
        """The last part of the name."""
        return self.name.rpartition(".")[2]


class Symbols:
    """A room's part of the list, and the way to what it names. Asking for a name that is not listed is a KeyError."""

    def __init__(self, *listed: HostSymbol) -> None:
        self._listed = listed
        self._by_name = {symbol.name: symbol for symbol in listed}

    def __iter__(self) -> Iterator[HostSymbol]:
        return iter(self._listed)

    def find(self, name: str, default: Any = None) -> Any:
        """What ``name`` stands for in this host, or ``default``."""
        assert not self._by_name[name].essential, name
        found = _look_up(name)
        return default if found is _ABSENT else found

    def need(self, name: str) -> Any:
        """What ``name`` stands for in this host. Raises: WanMoveError naming the host's version where it is gone."""
        symbol = self._by_name[name]
        assert symbol.essential, name
        found = _look_up(name)
        if found is _ABSENT:
            raise _missing(symbol)
        return found

    def find_of(self, owner: Any, name: str, default: Any = None) -> Any:
        """The attribute of ``owner`` that ``module.Class().attribute`` stands for, or ``default``."""
        symbol = self._by_name[name]
        assert not symbol.essential, name
        return getattr(owner, symbol.attribute, default)

    def need_of(self, owner: Any, name: str) -> Any:
        """The attribute of ``owner``. Raises: WanMoveError naming the host's version where it is gone."""
        symbol = self._by_name[name]
        assert symbol.essential, name
        found = getattr(owner, symbol.attribute, _ABSENT)
        if found is _ABSENT:
            raise _missing(symbol)
        return found

    def call(self, name: str, *args: Any, **options: Any) -> Any:
        """Call an essential function with the options that this host knows; each must be listed as its parameter.

        Raises: WanMoveError where the function or an essential parameter is gone.
        """
        function = self.need(name)
        known = inspect.signature(function).parameters
        takes_all = any(parameter.kind is parameter.VAR_KEYWORD for parameter in known.values())
        passed = {}
        for option, value in options.items():
            symbol = self._by_name[f"{name}({option})"]
            if takes_all or option in known:
                passed[option] = value
            elif symbol.essential:
                raise _missing(symbol)
        return function(*args, **passed)


def host_version() -> str | None:
    """The version that ComfyUI says it has; None where it says none."""
    try:
        return str(import_module("comfyui_version").__version__)
    except (ImportError, AttributeError):
        return None


def _missing(symbol: HostSymbol) -> WanMoveError:
    return WanMoveError(
        where=f"ComfyUI {host_version() or '(version unknown)'}",
        what=f"it has no {symbol.name}, so {symbol.without}",
        fix=f"update the Wan-Move pack, or use a ComfyUI from {FLOOR} to {NEWEST_TRIED}, with which it was tried",
    )


def _look_up(name: str) -> Any:
    """The module's attribute, through classes too; :data:`_ABSENT` where any part of the way is gone."""
    parts = name.split(".")
    # The longest part that can be imported is the module. Attributes of the parent package would not do: a
    # submodule that nothing has imported yet is not one.
    for length in range(len(parts) - 1, 0, -1):
        module = ".".join(parts[:length])
        try:
            found = import_module(module)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{module}.".startswith(f"{error.name}."):
                raise  # the host has the module, and a package that it needs is not installed
            continue
        for part in parts[length:]:
            found = getattr(found, part, _ABSENT)
            if found is _ABSENT:
                break
        return found
    return _ABSENT
