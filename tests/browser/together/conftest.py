"""Whole tasks and parts together: what they start from lies beside the page's own tests and the frontend's."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
for folder in (HERE.parent / "page", HERE.parent / "comfy", HERE):
    sys.path.insert(0, str(folder))
