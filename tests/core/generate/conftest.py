"""A list of cases for the tiny checkpoint of the reference numbers, and the command that makes them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture
def list_command(golden: Path, tmp_path: Path) -> Callable[..., list[str]]:
    """Of how many cases, and what more to say: they are made into ``tmp_path/out``, one step of 5 frames, 80x48."""
    tiny = golden / "tiny_official"

    def make(count: int, *more: str) -> list[str]:
        np.save(tmp_path / "embeds.npy", np.load(tiny / "expected.npz")["clip_features"])
        shutil.copy(tiny / "image.png", tmp_path / "image.png")
        case = {"image": "image.png", "prompt": "a", "image_embeds": "embeds.npy"}
        lines = [json.dumps({**case, "output": f"{i}.mp4"}) for i in range(count)]
        (tmp_path / "cases.jsonl").write_text("\n".join(lines))
        model = ["--ckpt_dir", str(tiny / "checkpoint"), "--dtype", "fp32", "--device", "cpu", "--steps", "1"]
        small = ["--width", "80", "--height", "48", "--frames", "5", *more]
        return ["generate", *model, *small, "--list", str(tmp_path / "cases.jsonl"), "-o", str(tmp_path / "out")]

    return make
