"""Draft beside scenes with exact truth: shares of pixels, as Markdown; contact sheets to look at with ``--sheets``.

python tests/bench/draft/draft_truth.py [--sheets FOLDER]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2] / "core" / "draft"))
import _setup


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sheets", type=Path, help="write a row of frames and the truth per scene here")
    folder = parser.parse_args().sheets
    _setup.load_core()
    import cv2
    import numpy as np
    import scenes

    from wan_move_core.draft.render import Draft

    def sheet(name: str, pictures: list) -> None:
        if folder is None:
            return
        folder.mkdir(parents=True, exist_ok=True)
        row = np.hstack([cv2.resize(p, (416, 240), interpolation=cv2.INTER_AREA) for p in pictures])
        cv2.imwrite(str(folder / f"{name.replace(' ', '_')}.png"), row[..., ::-1])

    print("| scene | own pixels, mean | worst thing | still there |\n|---|---|---|---|")
    for scene in scenes.own_scenes():
        first = scene.truth(0)[0]
        frames = scenes.drawn_frames(Draft(first, scene.tracks()))
        figures = scenes.measured(scene, frames)
        print(f"| {scene.name} | {figures.own.mean():.3f} | {figures.own.min():.3f} | {figures.left.max():.3f} |")
        sheet(scene.name, [first, frames[40], frames[80], scene.truth(80)[0]])
    print("\n| camera | tracked points that show their own colour |\n|---|---|")
    for scene in scenes.own_depth_scenes():
        frames = scenes.drawn_frames(Draft(scene.picture, scene.tracks()))
        print(f"| {scene.name} | {scene.shows_its_own(frames):.3f} |")
        sheet(scene.name, [scene.picture, frames[20], frames[40], frames[80]])


if __name__ == "__main__":
    main()
