"""Makes a miniature of MoveBench whose motion is known exactly: ``python tests/core/movebench/movebench_mini.py DIR``.

Twelve clips: a textured picture of noise, larger than the frame, under a window that moves by a smooth, known shift (a
line, an arc, a wave, to and fro, in different directions and speeds). Every point of a clip moves by the same shift,
so that its track, and its position in a clip that is moved by d px, are numbers and not estimates.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cv2
import numpy as np

from wan_move_core.video import write_clip

CLIPS = 12
MARGIN_PX = 64
LANGUAGES = {"en": "A textured plane moves, clip {0}, as asked", "zh": "一块有纹理的平面移动，第{0}段"}


def texture(size_wh: tuple[int, int], seed: int) -> np.ndarray:
    """float32 [H + 2 m, W + 2 m, 3]: noise of several sizes, for a frame of ``size_wh`` with a margin all round."""
    rng = np.random.default_rng(seed)
    shape = (size_wh[1] + 2 * MARGIN_PX, size_wh[0] + 2 * MARGIN_PX, 3)
    made = np.zeros(shape, np.float32)
    for sigma, weight in ((1.8, 1.0), (5.0, 2.0), (16.0, 3.0)):
        noise = cv2.GaussianBlur(rng.standard_normal(shape).astype(np.float32), (0, 0), sigma)
        made += weight * noise / noise.std()
    return np.clip(128 + made * 18, 0, 255)


def shift_xy(clip: int, frames: int) -> np.ndarray:
    """float64 [T, 2] px: how far everything in the clip has moved; zero at frame 0."""
    t = np.linspace(0, 1, frames)
    reach, angle = 8.0 + 2.0 * clip, 2 * np.pi * clip / CLIPS
    along = (t, np.sin(np.pi * t / 2), (1 - np.cos(np.pi * t)) / 2, np.sin(np.pi * t))[clip % 4]
    across = 0.3 * np.sin(np.pi * t) * (clip % 3 - 1)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return reach * np.stack([along, across], -1) @ turn


def render(clip: int, frames: int, size_wh: tuple[int, int], extra_xy: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
    """uint8 [T, H, W, 3]; from frame 1 on, everything lies ``extra_xy`` px further than the clip's own motion says."""
    plane, shown = texture(size_wh, clip), []
    for frame, shift in enumerate(shift_xy(clip, frames)):
        x, y = shift + (np.asarray(extra_xy) if frame else 0)
        matrix = np.array([[1, 0, x - MARGIN_PX], [0, 1, y - MARGIN_PX]])
        window = cv2.warpAffine(plane, matrix, size_wh, flags=cv2.INTER_CUBIC)
        shown.append(np.clip(window + 0.5, 0, 255).astype(np.uint8))
    return np.stack(shown)


def starts_xy(clip: int, size_wh: tuple[int, int], split: str) -> np.ndarray:
    """float64 [N, 2] px: 1 point for single, 3 to 5 for multi; well inside for the whole clip."""
    w, h = size_wh
    spots = np.array([(0.5, 0.5), (0.42, 0.4), (0.6, 0.58), (0.44, 0.62), (0.58, 0.42)]) * (w, h)
    return spots[: 1 if split == "single" else 3 + clip % 3]


def track_xy(clip: int, frames: int, size_wh: tuple[int, int], split: str) -> np.ndarray:
    """float64 [T, N, 2] px."""
    return starts_xy(clip, size_wh, split)[None] + shift_xy(clip, frames)[:, None]


def make(folder: Path, size_wh: tuple[int, int] = (160, 128), frames: int = 13, clips: int = CLIPS) -> Path:
    """Write the data set into ``folder`` and return it. English captions have commas: only the first one splits."""
    for language, caption in LANGUAGES.items():
        home = folder / language
        lines = ["# miniature of MoveBench", ""]
        lines += [f"clip_{i}.mp4,{caption.format(i)}" for i in range(clips)]
        home.mkdir(parents=True, exist_ok=True)
        for split in ("single", "multi"):
            (home / f"{split}_track.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
            place = home / "track" / split
            place.mkdir(parents=True, exist_ok=True)
            for i in range(clips):
                xy = track_xy(i, frames, size_wh, split).astype(np.float32)
                np.save(place / f"clip_{i}_tracks.npy", xy[None])
                np.save(place / f"clip_{i}_visibility.npy", np.ones((1, *xy.shape[:2]), bool))
        for i in range(clips):
            clip = render(i, frames, size_wh)
            write_clip(home / "video" / f"clip_{i}.mp4", clip, quality=100)
            (home / "first_frame").mkdir(exist_ok=True)
            data = cv2.imencode(".jpg", cv2.cvtColor(clip[0], cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 98])[1]
            (home / "first_frame" / f"clip_{i}.jpg").write_bytes(data.tobytes())
    return folder


if __name__ == "__main__":
    made = make(Path(sys.argv[1] if len(sys.argv) > 1 else "MoveBenchMini"))
    sys.stdout.write(json.dumps({"made": str(made), "clips": CLIPS}) + "\n")
