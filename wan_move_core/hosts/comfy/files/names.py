"""Files of the host's input, output and temp folders, and nothing outside of them.

A name is relative to the input folder unless it ends in " [output]" or " [temp]", as everywhere in the host.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from ....errors import WanMoveError
from ....video import DEFAULT_FPS, write_clip
from ..host.folders import input_folder, named_folder, numbered_place, output_folder, temp_folder

TRACK_SUFFIXES = (
    ".npy", ".npz", ".json", ".jsonl", ".txt", ".csv", ".tsv", ".svg", ".nk", ".2dt", ".shk",
    ".pth", ".pt", ".safetensors",
)  # fmt: skip
MAX_LISTED = 2000
MAX_DEPTH = 4
PREVIEW_SIDE_PX = 640
MAX_NAME_BYTES = 200
"""Of one part of a path: file systems take 255, and the number and the ending follow."""
MAX_PATH_LETTERS = 1000


def readable_path(name: str, where: str) -> Path:
    """The existing file that ``name`` means.

    Raises: WanMoveError when it lies outside the folder it claims (also by a link), or is not there.
    """
    _require_short(name, where)
    clean, root = named_folder(name.strip())
    root = root.resolve()
    try:
        path = (root / clean.strip()).resolve()
    except (OSError, ValueError, RuntimeError):  # the last: links in a circle, before Python 3.13
        path = root.parent
    if not path.is_relative_to(root) or path == root:
        raise WanMoveError(
            where=where,
            what=f"{name!r} is not inside ComfyUI's {root.name} folder",
            fix="put the file into ComfyUI's input folder and give its name",
        )
    if not path.is_file():
        raise WanMoveError(
            where=where,
            what=f"there is no file {name!r} in ComfyUI's {root.name} folder",
            fix="put it there, then refresh the page's node list (R)",
        )
    return path


def list_track_files() -> list[str]:
    """Names of files that may hold tracks: the input folder's, then the output folder's with " [output]"."""
    names = list(_walk(input_folder()))
    names += [f"{name} [output]" for name in _walk(output_folder())]
    return names


def _walk(root: Path) -> Iterator[str]:
    given = 0
    for here, folders, files in os.walk(root):
        depth = len(Path(here).relative_to(root).parts)
        folders[:] = [] if depth >= MAX_DEPTH else sorted(f for f in folders if not f.startswith("."))
        for file in sorted(files):
            if file.lower().endswith(TRACK_SUFFIXES) and not file.startswith("."):
                yield Path(here, file).relative_to(root).as_posix()
                given += 1
                if given >= MAX_LISTED:
                    return


def output_path(prefix: str, suffix: str, where: str) -> tuple[Path, str]:
    """A new numbered file under the output folder, and its subfolder.

    Raises: WanMoveError when the prefix leads out of the output folder.
    """
    _require_short(prefix, where)
    root = output_folder().resolve()
    if not prefix.strip() or "\0" in prefix or not (root / os.path.normpath(prefix)).resolve().is_relative_to(root):
        raise WanMoveError(
            where=where,
            what=f"{prefix!r} is not inside ComfyUI's output folder",
            fix="use a name such as wan_move/tracks",
        )
    folder, name, counter, subfolder = numbered_place(prefix, root)
    return folder / f"{name}_{counter:05}_{suffix}", subfolder


def _require_short(name: str, where: str) -> None:
    """Raise: WanMoveError for a name that no file system takes, which would say so in its own words."""
    parts = name.replace("\\", "/").split("/")
    longest = max(len(part.encode("utf-8", "replace")) for part in parts)
    if longest > MAX_NAME_BYTES or len(name) > MAX_PATH_LETTERS:
        raise WanMoveError(
            where=where, what=f"{name[:40]!r}... is a name of {len(name):,} letters", fix="use a shorter name"
        )


def preview_clip(frames: Iterable[np.ndarray], fps: float = DEFAULT_FPS) -> dict[str, str]:
    """Write uint8 [H, W, 3] frames as a clip of at most 640 px into the temp folder; the host's {filename, ...}."""
    import cv2

    def small() -> Iterator[np.ndarray]:
        for frame in frames:
            scale = PREVIEW_SIDE_PX / max(frame.shape[:2])
            if scale < 1:
                size = (max(2, round(frame.shape[1] * scale)), max(2, round(frame.shape[0] * scale)))
                frame = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
            yield np.ascontiguousarray(frame[..., :3])

    path = temp_folder() / f"wan_move_{uuid.uuid4().hex[:12]}.mp4"
    write_clip(path, small(), fps, quality=70)
    return {"filename": path.name, "subfolder": "", "type": "temp"}
