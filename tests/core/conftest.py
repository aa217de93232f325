"""What is imported stays: once the tests are collected, the collector need not walk through torch and diffusers.

Every ``generate`` collects twice to give a model's memory back. With half a million objects of imported modules that
takes longer than the tiny clip itself.
"""

from __future__ import annotations

import gc


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
