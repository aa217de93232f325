"""How a bench ends where this machine lacks what it needs: one line, and 0; run.py then leaves its former section."""

from __future__ import annotations

import importlib.util
import sys
from typing import NoReturn

NOT_MEASURED = "Not measured: "
"""Begins that line."""


def not_measured(why: str) -> NoReturn:
    """End this bench, which has printed nothing yet."""
    print(f"{NOT_MEASURED}{' '.join(why.split()).rstrip('.')}.")
    sys.exit(0)


def need_package(name: str, how: str) -> None:
    """Go on only where package ``name`` can be found; ``how`` it is installed."""
    if importlib.util.find_spec(name) is None:
        not_measured(f"{name} is not installed ({how})")
