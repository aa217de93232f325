"""Shared by every test lane: where the golden data is, and one thread for tiny tensors."""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def repo_root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def golden() -> Path:
    """The folder of reference numbers; a user's clone has none, and then the test says so and skips."""
    folder = SHARED / "golden"
    if not folder.is_dir():
        pytest.skip(f"reference numbers not found at {folder}")
    return folder


@pytest.fixture(scope="session")
def example() -> Path:
    """The published example: image, tracks, visibility."""
    folder = SHARED / "example"
    if not folder.is_dir():
        pytest.skip(f"published example not found at {folder}")
    return folder
