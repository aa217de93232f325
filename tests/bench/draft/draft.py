"""Draft: seconds for 81 frames at 832x480, to frames and to a clip, by number of tracks; the clip plays 5.06 s.

python tests/bench/draft/draft.py
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import _setup

SIZE_WH, FRAMES = (832, 480), 81


def make_tracks(count: int, kind: str):
    """``objects``: four stiff groups that travel, and anchors; ``random``: every point on its own straight way."""
    import torch

    from wan_move_core.tracks import Tracks

    generator = torch.Generator().manual_seed(count)
    size = torch.tensor(SIZE_WH, dtype=torch.float32)
    time = torch.linspace(0, 1, FRAMES)[:, None, None]
    if kind == "random":
        start, end = (torch.rand(1, count, 2, generator=generator) * size for _ in range(2))
        return Tracks.make(start + (end - start) * time, size_wh=SIZE_WH)
    centres = torch.tensor([[150.0, 120], [600, 140], [200, 360], [620, 350]])
    ways = torch.tensor([[200.0, 40], [-180, 60], [150, -60], [-200, -80]])
    group = torch.arange(count) % 5
    moving = group < 4
    which = group.clamp(max=3)
    spread = torch.randn(count, 2, generator=generator) * 18
    anchors = torch.rand(count, 2, generator=generator) * size
    start = torch.where(moving[:, None], centres[which] + spread, anchors)
    way = torch.where(moving[:, None], ways[which], torch.zeros(2))
    return Tracks.make(start[None] + way[None] * time, size_wh=SIZE_WH)


def main() -> None:
    _setup.load_core()
    import numpy as np

    from wan_move_core.demo.picture import ASSETS, PICTURE
    from wan_move_core.draft.render import Draft, draft_clip
    from wan_move_core.pictures import read_picture

    print(_setup.header("Draft, 81 frames 832x480, seconds (median of 3)"))
    picture = read_picture(ASSETS / PICTURE)
    assert picture.shape == (480, 832, 3) and picture.dtype == np.uint8
    print("| tracks | kind | frames | clip (.mp4) |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for count, kind in ((16, "objects"), (256, "objects"), (1024, "objects"), (16, "random"), (1024, "random")):
            tracks = make_tracks(count, kind)
            functions = {
                "frames": lambda t=tracks: sum(1 for _ in Draft(picture, t)),
                "clip": lambda t=tracks: draft_clip(Path(folder) / "d.mp4", picture, t),
            }
            times = _setup.interleaved(functions, 3)
            row = " | ".join(f"{_setup.ms(times[name]) / 1000:.2f}" for name in functions)
            print(f"| {count} | {kind} | {row} |", flush=True)


if __name__ == "__main__":
    main()
