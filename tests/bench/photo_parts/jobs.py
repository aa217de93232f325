"""What people first try, on photographs: rows of frames to look at (there is no truth to compare with)."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

from . import photographs

W, H = SIZE_WH = photographs.SIZE_WH
FRAMES = 81
CORNERS = [(12, 12), (820, 12), (12, 468), (820, 468)]
JOBS: list[tuple[str, str, list[tuple[float, float]], tuple[float, float], float, bool]] = [
    # name, picture, points, way in px, degrees about their middle, the rest held
    ("cat nose", "chelsea", [(495, 400)], (60, -30), 0, False),
    ("cat nose, held", "chelsea", [(495, 400)], (60, -30), 0, True),
    ("cat nose, far", "chelsea", [(495, 400)], (160, -100), 0, False),
    ("cat eye", "chelsea", [(325, 170)], (-30, 25), 0, False),
    ("cat leaves", "chelsea", [(330, 130), (640, 100), (495, 400), (370, 220), (570, 240)], (560, 30), 0, False),
    ("astronaut nose", "astronaut", [(390, 15)], (40, 20), 0, False),
    ("astronaut nose, held", "astronaut", [(390, 15)], (40, 20), 0, True),
    ("astronaut patch, held", "astronaut", [(333, 440)], (50, -40), 0, True),
    ("astronaut body", "astronaut", [(370, 30), (380, 200), (300, 330), (480, 330)], (150, 10), 0, False),
    ("astronaut flag", "astronaut", [(60, 120), (110, 320), (60, 420)], (-40, -20), -5, False),
    ("coffee cup", "coffee", [(330, 130), (480, 120), (400, 250), (300, 330), (540, 330)], (120, -40), 0, False),
    ("coffee cup alone", "coffee", [(260, 80), (480, 60), (380, 220), (310, 290), (440, 240)], (-120, -20), 0, False),
    ("coffee spoon", "coffee", [(490, 345), (520, 270), (570, 110)], (120, 40), 20, False),
    ("rocket up", "rocket", [(410, 150), (410, 230), (405, 300)], (20, -400), 0, False),
    ("flower, one point", "flower", [(420, 220)], (90, 30), 0, False),
    ("flower", "flower", [(420, 220), (340, 160), (500, 170), (430, 320)], (-130, -60), 15, False),
    ("pagoda", "china", [(265, 60), (150, 190), (400, 190), (250, 330), (430, 340)], (200, -10), 0, False),
    ("pagoda, roof", "china", [(265, 60)], (60, -20), 0, False),
    (
        "motorcycle",
        "motorcycle_left",
        [(215, 345), (700, 370), (600, 260), (420, 310), (300, 250)],
        (-60, -60),
        -8,
        False,
    ),
    ("cameraman", "camera", [(330, 130), (310, 250), (280, 380), (390, 260)], (220, 0), 0, False),
    ("clock", "clock_motion", [(330, 150), (500, 150), (416, 330), (416, 240)], (-120, 40), 25, False),
    ("coins", "coins", [(160, 120), (190, 150)], (200, 120), 40, False),
]


def draw(folder: Path) -> None:
    """One PNG a job into ``folder``: the picture with its paths, and frames 20, 40 and 80."""
    import cv2

    from wan_move_core.draft.render import Draft

    folder.mkdir(parents=True, exist_ok=True)
    for name, picture, points, way, degrees, held in JOBS:
        _job(folder, name, photographs.photograph(picture), points, way, degrees, held)
    picture, tracks = photographs.photograph("flower"), _swaying()
    _written(folder, "flower sways", picture, tracks, Draft(picture, tracks))
    cv2.setRNGSeed(0)


def _job(folder: Path, name: str, picture: Any, points: Any, way: Any, degrees: float, held: bool) -> None:
    from wan_move_core.draft.render import Draft
    from wan_move_core.motion.sources.anchors import hold_the_rest
    from wan_move_core.tracks import Tracks, merge_tracks

    start = np.asarray(points, float)
    moved = _moved(start, way, degrees)
    tracks = Tracks.make(moved, ((moved >= 0) & (moved < SIZE_WH)).all(-1), size_wh=SIZE_WH)
    if held:
        tracks = merge_tracks([hold_the_rest(tracks), tracks])
    else:
        still = np.repeat(np.asarray(CORNERS, np.float32)[None], FRAMES, 0)
        tracks = merge_tracks([Tracks.make(still, None, size_wh=SIZE_WH), tracks])
    began = time.monotonic()
    draft = Draft(picture, tracks)
    print(f"{name}: {tracks.count} tracks, {len(draft.objects)} things, {time.monotonic() - began:.1f} s", flush=True)
    _written(folder, name, picture, tracks, draft)


def _moved(start: Any, way: Any, degrees: float) -> Any:
    middle = start.mean(0)
    share = np.linspace(0, 1, FRAMES)
    turn = np.radians(degrees) * share
    rotation = np.stack([np.stack([np.cos(turn), -np.sin(turn)], -1), np.stack([np.sin(turn), np.cos(turn)], -1)], 1)
    there = np.einsum("tij,nj->tni", rotation, start - middle) + middle
    return (there + share[:, None, None] * np.asarray(way, float)).astype(np.float32)


def _swaying() -> Any:
    from wan_move_core.tracks import Tracks

    x, y = np.meshgrid(np.arange(20, W, 60), np.arange(20, H, 60))
    start = np.stack([x, y], -1).reshape(-1, 2).astype(float)
    phase, t = start[:, 0] / 50 + start[:, 1] / 70, np.linspace(0, 1, FRAMES)[:, None]
    way = np.stack([14 * (np.sin(6 * t + phase) - np.sin(phase)), 8 * (np.cos(5 * t + phase) - np.cos(phase))], -1)
    return Tracks.make((start + way).astype(np.float32), None, size_wh=SIZE_WH)


def _written(folder: Path, name: str, picture: Any, tracks: Any, draft: Any) -> None:
    import cv2

    shown = picture.copy()
    xy = tracks.xy.numpy()
    for n in range(tracks.count):
        moving = bool(np.abs(xy[:, n] - xy[0, n]).max() > 2)
        place = (int(xy[0, n, 0]), int(xy[0, n, 1]))
        if moving:
            cv2.polylines(shown, [xy[:, n].astype(int).reshape(-1, 1, 2)], False, (255, 255, 0), 2)
        cv2.circle(shown, place, 6 if moving else 2, (255, 0, 255), -1)
    frames = [shown, *(draft.frame(f) for f in (20, 40, 80))]
    row = np.hstack([cv2.resize(p, (640, 369), interpolation=cv2.INTER_AREA) for p in frames])
    cv2.imwrite(str(folder / f"{name.replace(' ', '_').replace(',', '')}.png"), row[..., ::-1])
