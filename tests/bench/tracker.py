"""The default tracker beside Lucas-Kanade alone, on clips of exactly known motion: TAP's figures, and time.

python tests/bench/tracker.py [--size WIDTH HEIGHT] [--frames N] [--sheets FOLDER]

The second set stands on photographs where some are at hand (scikit-image's and scikit-learn's, or WAN_MOVE_PHOTOS, a
folder), else on drawings. It is looked at only: nothing of the tracker was set by it.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "core/motion/tracking"))
import _setup

CUT_PHOTOS = ("cell.png", "color.png", "microaneurysms.png", "motorcycle_right.png", "horse.png", "text.png")
"""None of those that the bounds of cuts were set on, but for STAYS and the PLAIN ones, which these helped to set."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", nargs=2, type=int, default=(832, 480), metavar=("WIDTH", "HEIGHT"))
    parser.add_argument("--frames", type=int, default=81)
    parser.add_argument("--sheets", type=Path, help="write frames with the tracks on them here, to look at")
    args = parser.parse_args()
    import cv2

    cv2.setNumThreads(1)
    _setup.load_core()
    from held_out import HELD_OUT, PHOTOS, photograph
    from truth_clips import CLIPS

    size_wh, frames = tuple(args.size), args.frames
    print(_setup.header(f"Tracker, {frames} frames of {size_wh[0]}x{size_wh[1]}"))
    print(
        "Thresholds 1 to 16 px of the clip; taken up: of the points hidden for a time that show at the end; astray: of "
        "the positions of points with nothing to see around them, those told seen and 8 px or more off. Dense / "
        "Lucas-Kanade.\n"
    )
    there = sum(photograph(name) is not None for name in PHOTOS)
    bare = "points with nothing around them that could be seen again (see `Clip.bare`) are left out of δ, occlusion, AJ"
    for title, clips in (
        ("Sequences that it was set by, on painted textures; all points", [m(size_wh, frames) for m in CLIPS.values()]),
        (
            f"Sequences that it was never set by, on {f'{there} photographs' if there else 'drawings'}; {bare}",
            [m(size_wh, frames, bool(there)) for m in HELD_OUT.values()],
        ),
    ):
        print(f"{title}:\n\n| sequence | δ | occlusion | AJ | taken up | astray | s |\n|---|---|---|---|---|---|---|")
        _table(clips, size_wh[0] / 18, title.startswith("Sequences that it was never"), args.sheets)
        print()
    _cuts()


def _table(clips: list[Any], spacing_px: float, without_bare: bool, sheets: Path | None) -> None:
    import numpy as np
    from tap import taken_up, tap

    from wan_move_core.motion.tracking.choose import tracker_by_name

    rows: dict[str, list] = {"dense": [], "lk": []}
    ups: dict[str, list] = {"dense": [], "lk": []}
    for clip in clips:
        frames, points = list(clip.paint()), clip.points(spacing_px)
        truth, visible = clip.truth(points)
        bare = clip.bare(points)
        judged = ~bare if without_bare else np.ones(len(points), bool)
        told: dict[str, list[str]] = {}
        for name, into in rows.items():
            start = time.perf_counter()
            found = tracker_by_name(name).track(frames, points)
            took = time.perf_counter() - start
            figures = tap(found.xy[:, judged], found.visible[:, judged], truth[:, judged], visible[:, judged])
            share, count = taken_up(found.xy, found.visible, truth, visible)
            ups[name] += [] if share is None else [(share * count, count)]
            off = (np.linalg.norm(found.xy - truth, axis=-1) >= 8) & found.visible
            astray = float(off[1:, bare].mean()) if bare.any() else 0.0
            into.append((figures.delta, figures.occlusion, figures.jaccard, astray, took))
            told[name] = [f"{v:.3f}" for v in into[-1][:3]] + ["-" if share is None else f"{share:.2f}"]
            told[name] += [f"{astray:.3f}", f"{took:.1f}"]
            if sheets is not None and name == "dense":
                _sheet(sheets / f"{clip.name.replace(' ', '_')}.png", frames, found, truth)
        hidden = taken_up(truth, visible, truth, visible)[1]
        cells = [" / ".join(pair) for pair in zip(told["dense"], told["lk"], strict=True)]
        cells[3] += f" of {hidden}" if hidden else ""
        print(f"| {clip.name} | {' | '.join(cells)} |", flush=True)
    means = {name: np.mean(values, axis=0) for name, values in rows.items()}
    up = {name: sum(a for a, _ in pairs) / max(1, sum(b for _, b in pairs)) for name, pairs in ups.items()}
    cells = [f"{means['dense'][k]:.3f} / {means['lk'][k]:.3f}" for k in range(3)]
    cells.append(f"{up['dense']:.2f} / {up['lk']:.2f}")
    cells += [f"{means['dense'][k]:.{d}f} / {means['lk'][k]:.{d}f}" for k, d in ((3, 3), (4, 1))]
    print(f"| **mean** | {' | '.join(cells)} |")
    least = min(row[2] for row in rows["dense"])
    ratio = np.median([dense[4] / lk[4] for dense, lk in zip(rows["dense"], rows["lk"], strict=True)])
    print(f"\nLeast AJ of dense: {least:.3f}. Its time over Lucas-Kanade's: {ratio:.1f} (median of the sequences).")


def _cuts() -> None:
    from cut_clips import with_cuts, without_cuts
    from held_out import drawn, photograph

    from wan_move_core.motion.tracking.dense import DenseTracker

    pictures = [photo for photo in map(photograph, CUT_PHOTOS) if photo is not None]
    kind = "photographs" if pictures else "drawings"
    pictures = pictures or [drawn((480, 320), 60 + number) for number in range(6)]
    point = [[160.0, 96.0]]
    found = [DenseTracker().track(frames, point).cuts == cuts for _, frames, cuts in with_cuts(pictures)]
    calm = {name: DenseTracker().track(frames, point).cuts for name, frames in without_cuts(pictures)}
    wrong = [name for name, cuts in calm.items() if cuts]
    print(
        f"Cuts between {len(pictures)} {kind} that most of their bounds were not set on: {sum(found)} of {len(found)} "
        f"found to the frame; taken for one of {len(calm)} flashes, pans, dissolves, fades and zooms: {len(wrong)}"
        + (f" ({', '.join(wrong)})." if wrong else ".")
    )


def _sheet(path: Path, frames: list, found: Any, truth: Any) -> None:
    """Five frames beside each other: green seen and right, red seen and 8 px off, grey told hidden."""
    import cv2
    import numpy as np

    def of(number: int) -> Iterator[np.ndarray]:
        picture = cv2.cvtColor(frames[number], cv2.COLOR_RGB2BGR)
        off = np.linalg.norm(found.xy[number] - truth[number], axis=-1)
        for (x, y), seen, far in zip(found.xy[number], found.visible[number], off, strict=True):
            colour = (150, 150, 150) if not seen else (40, 40, 230) if far >= 8 else (60, 220, 60)
            cv2.circle(picture, (int(x), int(y)), 4, (0, 0, 0), -1, cv2.LINE_AA)
            cv2.circle(picture, (int(x), int(y)), 3, colour, -1, cv2.LINE_AA)
        yield cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)

    path.parent.mkdir(parents=True, exist_ok=True)
    shown = np.linspace(0, len(frames) - 1, 5).astype(int)
    cv2.imwrite(str(path), np.hstack([picture for number in shown for picture in of(int(number))]))


if __name__ == "__main__":
    main()
