"""Draft on photographs: things of one travel over another (exact truth), for pictures its settings were tuned on and
for pictures they were not; and jobs to look at.

python tests/bench/draft/draft_photos.py [--sheets FOLDER] [--only tuned|held|depth|jobs]

Without scikit-image's and scikit-learn's pictures (installed, or under WAN_MOVE_PHOTOGRAPHS) it measures nothing.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2] / "core" / "draft"))

import _setup
import _unmeasured
from photo_parts import photographs

TUNED = {
    "china": ("chelsea", "coffee", "flower"),
    "motorcycle_left": ("coffee", "astronaut", "flower"),
    "astronaut": ("flower", "rocket", "coffee"),
}
"""The ground, and what its things are cut from. These were looked at while the draft's settings were chosen."""
HELD_OUT = {
    "clock_motion": ("ihc", "retina", "grass"),
    "camera": ("ihc", "hubble_deep_field", "brick"),
    "grass": ("retina", "ihc", "coins"),
    "gravel": ("hubble_deep_field", "ihc", "camera"),
    "ihc": ("gravel", "camera", "hubble_deep_field"),
    "moon": ("coins", "brick", "retina"),
}
"""Never used to choose anything; shapes, points and ways are others, too."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sheets", type=Path, help="write a row of frames per scene and job here")
    parser.add_argument("--only", choices=("tuned", "held", "depth", "jobs"))
    args = parser.parse_args()
    _setup.load_core()
    if missing := photographs.missing():
        _unmeasured.not_measured(photographs.why_missing(missing))
    print("## Draft on photographs\n")
    import scenes

    sets = {
        "tuned": ("Pictures the settings were tuned on", TUNED, lambda g, le, n: scenes.sprite_scenes(g, le)),
        "held": ("Held out: pictures, shapes and ways that nothing was chosen by", HELD_OUT, scenes.varied_scenes),
    }
    for key, (title, grounds, made) in sets.items():
        if args.only in (None, key):
            _sprites(title, grounds, made, args.sheets and args.sheets / key)
    if args.only in (None, "depth"):
        _depth(args.sheets and args.sheets / "depth")
    if args.only == "jobs" and args.sheets:
        from photo_parts import jobs

        jobs.draw(args.sheets)


def _sprites(title: str, grounds: dict[str, tuple[str, ...]], made: Any, folder: Path | None) -> None:
    import numpy as np
    import scenes

    from wan_move_core.draft.render import Draft

    print(f"{title}:\n\n| ground | scene | things found | own pixels, mean | worst thing | still there |")
    print("|---|---|---|---|---|---|")
    own, left = [], []
    for number, (ground, lent) in enumerate(grounds.items()):
        for scene in made(photographs.photograph(ground), [photographs.photograph(n) for n in lent], number):
            draft = Draft(scene.truth(0)[0], scene.tracks())
            frames = scenes.drawn_frames(draft)
            figures = scenes.measured(scene, frames)
            own.extend(figures.own)
            left.append(figures.left.max())
            what = f"| {ground} | {scene.name} | {len(draft.objects)} of {len(scene.things)} |"
            print(f"{what} {figures.own.mean():.3f} | {figures.own.min():.3f} | {left[-1]:.3f} |", flush=True)
            sheet(folder, f"{ground} {scene.name}", [scene.truth(0)[0], frames[40], frames[80], scene.truth(80)[0]])
    low = float(np.mean(np.asarray(own) < 0.7))
    print(f"| **all** | | | **{np.mean(own):.3f}** | **{min(own):.3f}** | **{max(left):.3f}** |\n")
    print(f"Below 0.7: {low:.1%} of the things and frames; still there, mean {np.mean(left):.3f}.\n")


def _depth(folder: Path | None) -> None:
    import scenes

    from wan_move_core.draft.render import Draft

    print("| camera through the motorcycle's measured depth | tracked points that show their own colour |\n|---|---|")
    picture, depth = photographs.photograph("motorcycle_left"), photographs.motorcycle_depth()
    for name, right, forward in (("dolly in", 0.0, 0.5), ("truck right", 0.35, 0.0)):
        scene = scenes.DepthScene(name, picture, depth, right, forward)
        frames = scenes.drawn_frames(Draft(picture, scene.tracks()))
        print(f"| {name} | {scene.shows_its_own(frames):.3f} |")
        sheet(folder, name, [picture, frames[20], frames[40], frames[80]])


def sheet(folder: Path | None, name: str, pictures: list) -> None:
    import cv2
    import numpy as np

    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    row = np.hstack([cv2.resize(p, (520, 300), interpolation=cv2.INTER_AREA) for p in pictures])
    cv2.imwrite(str(folder / f"{name.replace(' ', '_').replace(',', '')}.png"), row[..., ::-1])


if __name__ == "__main__":
    main()
