"""The nodes around motion: anchors, checks, windows of long clips and simplification, on the host's TRACKS."""

from __future__ import annotations

FIXES = ("none", "errors", "warnings", "all")
REFILLS = ("none", "anchors", "surroundings")
