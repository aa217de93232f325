"""The default tracker beside Lucas-Kanade alone, on clips of exactly known motion: TAP's figures, and time.

python tests/bench/tracker.py [WIDTH HEIGHT]
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "core/motion/tracking"))
import _setup

FRAMES = 81


def main(size_wh: tuple[int, int]) -> None:
    import cv2
    import numpy as np

    cv2.setNumThreads(1)
    _setup.load_core()
    from tap import taken_up, tap
    from truth_clips import CLIPS

    from wan_move_core.motion.tracking.choose import tracker_by_name

    print(_setup.header(f"Tracker, {FRAMES} frames of {size_wh[0]}x{size_wh[1]}"))
    print("Thresholds 1 to 16 px of the clip; taken up: of the points hidden for a time that show at the end.\n")
    print("| sequence | tracker | δ | occlusion | AJ | taken up | s |\n|---|---|---|---|---|---|---|")
    rows: dict[str, list] = {"lk": [], "dense": []}
    for make in CLIPS.values():
        clip = make(size_wh, FRAMES)
        frames, points = list(clip.paint()), clip.points(size_wh[0] / 18)
        truth, visible = clip.truth(points)
        for name, told in rows.items():
            start = time.perf_counter()
            found = tracker_by_name(name).track(frames, points)
            took = time.perf_counter() - start
            figures = tap(found.xy, found.visible, truth, visible)
            share, count = taken_up(found.xy, found.visible, truth, visible)
            told.append((figures.delta, figures.occlusion, figures.jaccard, took))
            back = "-" if share is None else f"{share:.2f} of {count}"
            print(
                f"| {clip.name} | {name} | {figures.delta:.3f} | {figures.occlusion:.3f} | {figures.jaccard:.3f} "
                f"| {back} | {took:.1f} |",
                flush=True,
            )
    for name, told in rows.items():
        mean = np.mean(told, axis=0)
        print(f"| **mean** | {name} | {mean[0]:.3f} | {mean[1]:.3f} | {mean[2]:.3f} | | {mean[3]:.1f} |")
    ratio = np.median([dense[3] / lk[3] for dense, lk in zip(rows["dense"], rows["lk"], strict=True)])
    print(f"\nTime of dense over Lucas-Kanade: {ratio:.1f} (median of the sequences).")


if __name__ == "__main__":
    main((int(sys.argv[1]), int(sys.argv[2])) if len(sys.argv) == 3 else (832, 480))
