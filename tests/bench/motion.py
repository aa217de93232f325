"""Motion: a region's lattice, a camera through a depth map, and points tracked through a clip, on one thread.

python tests/bench/motion.py
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import _setup

SIZE_WH, FRAMES = (832, 480), 81


def scene_depth():
    """float64 [480, 832]: a floor to a wall, and a ball in front of it."""
    import numpy as np

    y, x = np.mgrid[0 : SIZE_WH[1], 0 : SIZE_WH[0]] + 0.5
    wall = np.where(y > 260, 400.0 / np.maximum(y - 220.0, 1e-6), 10.0)
    return np.where((x - 400) ** 2 + (y - 240) ** 2 < 80**2, 3.0, wall)


def moving_clip():
    """81 frames of a texture that drifts by 3 px, turns and grows."""
    import cv2
    import numpy as np

    rng = np.random.default_rng(0)
    picture = np.zeros((SIZE_WH[1], SIZE_WH[0], 3), np.float32)
    for sigma, weight in ((2.0, 1.0), (6.0, 2.0), (20.0, 3.0)):
        noise = cv2.GaussianBlur(rng.standard_normal(picture.shape).astype(np.float32), (0, 0), sigma)
        picture += weight * noise / noise.std()
    picture = np.clip(128 + picture * 18, 0, 255).astype(np.uint8)
    frames = []
    for f in range(FRAMES):
        matrix = cv2.getRotationMatrix2D((416, 240), 0.2 * f, 1 + 0.001 * f)
        matrix[0, 2] += 1.5 * f
        frames.append(cv2.warpAffine(picture, matrix, SIZE_WH, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT))
    return frames


def main() -> None:
    import cv2
    import numpy as np
    import torch

    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    _setup.load_core()
    from wan_move_core.motion.sources.move_keys import channel_values, move_from_to
    from wan_move_core.motion.sources.region_motion import BODY_CHANNELS, Body, region_tracks
    from wan_move_core.motion.sources.space.camera_rig import RIG_CHANNELS, keys_from_moves
    from wan_move_core.motion.sources.space.camera_scene import camera_tracks
    from wan_move_core.motion.sources.space.depth import distance_map
    from wan_move_core.motion.tracking.lucas_kanade import LucasKanade
    from wan_move_core.motion.tracking.points import grid_points

    print(_setup.header(f"Motion, {FRAMES} frames"))
    body_keys = move_from_to({"x": 60.0, "rotate": 30.0, "scale_x": 1.2, "scale_y": 1.2}, 0, -1, FRAMES, "bench")
    values = channel_values(body_keys, BODY_CHANNELS, FRAMES, "ease-in-out")
    large = (832, 800)
    rigid = Body(np.ones((800, 832), bool), large, values, (416.0, 400.0))
    soft = Body(rigid.mask, large, values, (416.0, 400.0), follow_frames=6.0)
    moves = channel_values(
        keys_from_moves([("orbit left", 20.0), ("dolly in", 20.0)], 0, -1, FRAMES), RIG_CHANNELS, FRAMES, "ease-in-out"
    )
    depth = scene_depth()

    def camera(hide: bool):
        return camera_tracks(SIZE_WH, moves, distances=distance_map(depth, "metres"), spacing_px=8, hide_occluded=hide)[
            0
        ].count

    frames = moving_clip()
    grid = grid_points(SIZE_WH, 38.0)
    points = grid[np.linspace(0, len(grid) - 1, 256).astype(int)]
    # The first call imports and warms up; it is no one's business here.
    camera(True), LucasKanade().track(frames[:3], points)
    times = _setup.interleaved(
        {
            "region lattice, rigid, 10,400 points": lambda: region_tracks([rigid]),
            "region lattice, soft, 10,400 points": lambda: region_tracks([soft]),
            "camera through depth 832x480, 6,240 points, without z-buffer": lambda: camera(False),
            "camera through depth 832x480, 6,240 points, with z-buffer": lambda: camera(True),
            "Lucas-Kanade, 256 points, 832x480": lambda: LucasKanade().track(frames, points),
        },
        7,
    )
    print("| what | median, ms | fastest, ms |\n|---|---|---|")
    for name, seconds in times.items():
        print(f"| {name} | {_setup.ms(seconds):.1f} | {min(seconds) * 1000:.1f} |")


if __name__ == "__main__":
    main()
