"""Adherence of a clip to its tracks, by their number: how long it takes, and whether it is told rightly.

python tests/bench/adherence.py        81 frames, 832x480, two threads

The clip is a textured picture of which half slides as asked and half stands still, made here: every track on the half
that slides must be told to follow, every one on the other to stay behind, and nothing else is right.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import _setup

SIZE_WH, FRAMES, WAY_PX = (832, 480), 81, 60
COUNTS = (16, 256, 1024, 4096)


def clip():
    """uint8 [T, H, W, 3]: the upper half slides to the right by WAY_PX, the lower stays."""
    import cv2
    import numpy as np

    width, height = SIZE_WH
    rng = np.random.default_rng(0)
    wide = rng.integers(0, 256, (height, width + WAY_PX, 3), dtype=np.uint8)
    wide = cv2.GaussianBlur(wide, (0, 0), 2.5)
    wide = ((wide - wide.min()) * (255.0 / np.ptp(wide))).astype(np.uint8)
    frames = np.repeat(wide[None, :, WAY_PX:], FRAMES, axis=0).copy()
    for t in range(FRAMES):
        shift = np.array([[1, 0, t * WAY_PX / (FRAMES - 1)], [0, 1, 0]], np.float32)
        moved = cv2.warpAffine(wide, shift, (width + WAY_PX, height), flags=cv2.INTER_LINEAR)
        frames[t, : height // 2] = moved[: height // 2, WAY_PX:]
    return frames


def tracks_of(count: int):
    """Half of them on either half of the picture, all of them asked to go WAY_PX to the right."""
    import torch

    from wan_move_core.tracks import Tracks

    columns = round((count * SIZE_WH[0] / SIZE_WH[1]) ** 0.5)
    rows = max(2, 2 * round(count / columns / 2))
    columns = max(1, count // rows)
    x = torch.linspace(60, SIZE_WH[0] - 60 - WAY_PX, columns)
    half = SIZE_WH[1] / 2
    y = torch.cat([torch.linspace(40, half - 40, rows // 2), torch.linspace(half + 40, SIZE_WH[1] - 40, rows // 2)])
    start = torch.stack(torch.meshgrid(x, y, indexing="xy"), -1).reshape(-1, 2)
    way = torch.linspace(0, WAY_PX, FRAMES)[:, None, None] * torch.tensor([1.0, 0.0])
    return Tracks.make(start[None] + way, size_wh=SIZE_WH)


def main() -> None:
    import torch

    torch.set_num_threads(2)
    _setup.load_core()
    from wan_move_core.adherence.advice import advise
    from wan_move_core.adherence.measure import FOLLOWED, STAYS, measure_adherence
    from wan_move_core.motion.tracking.choose import tracker_by_name

    print(_setup.header("Adherence, 81 frames of 832x480"))
    print("| tracks | told rightly | of Lucas-Kanade's time | s | advice, s |\n|---|---|---|---|---|")
    frames = clip()
    for count in COUNTS:
        tracks = tracks_of(count)
        upper = tracks.xy[0, :, 1] < SIZE_WH[1] / 2
        took: dict[str, float] = {}
        right = advice_s = float("nan")
        for name in ("dense", "lk"):
            start = time.perf_counter()
            found = measure_adherence(list(frames), tracks, tracker_by_name(name), by_looks=True)
            scores = found.scores()
            took[name] = time.perf_counter() - start
            if name == "dense":
                wanted = [FOLLOWED if moves else STAYS for moves in upper.tolist()]
                right = sum(s.verdict == w for s, w in zip(scores, wanted, strict=True)) / len(scores)
                start = time.perf_counter()
                advise(found)
                advice_s = time.perf_counter() - start
        print(
            f"| {tracks.count} | {right:.1%} | {took['dense'] / took['lk']:.1f} × | {took['dense']:.1f} "
            f"| {advice_s:.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
