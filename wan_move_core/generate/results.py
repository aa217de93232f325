"""A finished video and its side file put in place together."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import WanMoveError
from ..geometry import Fit
from ..tracks import Tracks
from ..video import write_clip
from .sidefile import SideFile, sha256_file, side_path


def write_result(side: SideFile, frames: np.ndarray, fps: float, told: dict[str, Any]) -> dict[str, Any]:
    """Write the clip and then its side file, each under a temporary name until it is whole; what ``result`` holds.

    Args:
        frames: uint8 [T, H, W, 3]. ``told``: more to record (seconds, device, plan, ...).

    A stop in between leaves neither: the clip gets its name last, so a clip with that name is always complete.
    """
    output = Path(side.case.output)
    output.parent.mkdir(parents=True, exist_ok=True)
    waiting = output.with_name(f".{output.stem}.{os.getpid()}.new{output.suffix}")
    record = side_path(output)
    placed = False
    try:
        write_clip(waiting, frames, fps)
        result = {
            "sha256": sha256_file(waiting),
            "frames_sha256": hashlib.sha256(np.ascontiguousarray(frames).tobytes()).hexdigest(),
            "frames": int(frames.shape[0]),
            "size_wh": [int(frames.shape[2]), int(frames.shape[1])],
            **told,
        }
        output.unlink(missing_ok=True)
        dataclasses.replace(side, result=result).write(record)
        waiting.replace(output)
        placed = True
    finally:
        waiting.unlink(missing_ok=True)
        if not placed and not output.exists():
            record.unlink(missing_ok=True)
    return result


def tracks_path(output: str | Path) -> Path:
    """``clip.mp4`` -> ``clip_tracks.mp4``."""
    output = Path(output)
    return output.with_name(f"{output.stem}_tracks{output.suffix}")


def write_with_tracks(output: str | Path, frames: np.ndarray, tracks: Tracks, fps: float) -> Path:
    """As published by ``vis_track``: the first frame with its tracks drawn on it, above the video."""
    from ..overlay.draw import draw_paths, stacked

    size_wh = (int(frames.shape[2]), int(frames.shape[1]))
    still = draw_paths(frames[0], tracks.fit(Fit.make("stretch", tracks.size_wh, size_wh)))
    target = tracks_path(output)
    write_clip(target, stacked(repeat(still, len(frames)), iter(frames)), fps)
    return target


def write_text(path: Path, text: str) -> None:
    """A report in whole or not at all, in UTF-8. Raises: WanMoveError where it cannot be written."""
    waiting = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        waiting.write_text(text, encoding="utf-8")
        waiting.replace(path)
    except OSError as error:
        raise WanMoveError(
            where=str(path), what=f"cannot be written ({error.strerror or error})", fix="choose another folder"
        ) from error
    finally:
        waiting.unlink(missing_ok=True)
