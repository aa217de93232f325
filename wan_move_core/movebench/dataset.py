"""The MoveBench folder: lists of clips in two languages, single and multi; their pictures, videos and tracks.

Layout, as the published command reads it (Wan-Move 27409be, README and generate.py)::

    MoveBench/{en,zh}/{single,multi}_track.txt       one "relative_video_path,caption" per line
    MoveBench/{en,zh}/first_frame/ID.jpg             ID: the path without its suffix
    MoveBench/{en,zh}/video/ID.mp4
    MoveBench/{en,zh}/track/{single,multi}/ID_tracks.npy, ID_visibility.npy

Pictures, videos and tracks may also lie once, beside the language folders. Lines are split at the first comma; ``#``
comments and empty lines do not count as clips, so a clip's index (which its seed depends on) is the published one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from ..errors import WanMoveError

if TYPE_CHECKING:
    from ..tracks import Tracks

LANGUAGES = ("en", "zh")
SPLITS = ("single", "multi")
MAX_LIST_BYTES = 64 * 2**20
MAX_NAMED = 5
PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png")
_PARTS = ("first_frame", "video", "track")


@dataclass(frozen=True)
class BenchClip:
    """One clip of the data set: its place in the list, its texts and its files (which need not all exist)."""

    index: int
    id: str
    prompt: str
    picture: Path
    video: Path
    tracks: Path
    visibility: Path

    @property
    def result_name(self) -> str:
        """Where a run puts its video, relative to the results folder."""
        return f"{self.id}.mp4"

    def files(self) -> dict[str, Path]:
        """What the file is -> where it should be."""
        return {
            "first frame": self.picture,
            "video": self.video,
            "tracks": self.tracks,
            "visibility": self.visibility,
        }


@dataclass(frozen=True)
class BenchSet:
    """The clips of one list."""

    folder: Path
    language: str
    split: str
    clips: tuple[BenchClip, ...]

    @property
    def name(self) -> str:
        return f"{self.folder.name} {self.language}/{self.split}"

    def chosen(self, ids: Sequence[str] = (), limit: int | None = None) -> tuple[BenchClip, ...]:
        """The clips named in ``ids`` (empty: all), at most the first ``limit`` of them. Indices stay what they are.

        Raises: WanMoveError for an id that is not in the list, or a limit below 1.
        """
        known = {clip.id for clip in self.clips}
        lost = [given for given in ids if given not in known]
        if lost:
            raise WanMoveError(
                where=f"{self.name} / ids", what=f"not in the list: {', '.join(lost[:MAX_NAMED])}", fix="check the ids"
            )
        if limit is not None and limit < 1:
            raise WanMoveError(where=f"{self.name} / limit", what=f"{limit} clips", fix="use 1 or more")
        return tuple(clip for clip in self.clips if not ids or clip.id in set(ids))[:limit]


def read_dataset(folder: str | Path, language: str = "en", split: str = "single") -> BenchSet:
    """The list of ``language`` and ``split`` in the MoveBench folder. Opens the list alone: see :func:`require_files`.

    Raises: WanMoveError for an unknown language or split, a missing or malformed list (with the line), an id that
        leads out of the folder, or one that stands twice.
    """
    root = Path(folder)
    for kind, value, known in (("language", language, LANGUAGES), ("split", split, SPLITS)):
        if value not in known:
            raise WanMoveError(where=f"MoveBench / {kind}", what=f"unknown {value!r}", fix=f"use {' or '.join(known)}")
    path = list_path(root, language, split)
    homes = {part: _home(root, language, part) for part in _PARTS}
    clips: list[BenchClip] = []
    lines: dict[str, int] = {}
    for number, line in enumerate(_lines(path), start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        where = f"{path.name} / line {number}"
        video, comma, caption = (part.strip() for part in text.partition(","))
        if not comma or not caption:
            raise WanMoveError(
                where=where, what=f"no caption in {text[:60]!r}", fix="write relative_video_path,caption on each line"
            )
        id, suffix = _id(video, where)
        if id in lines:
            raise WanMoveError(where=where, what=f"{id} stands in line {lines[id]} already", fix="remove one of them")
        lines[id] = number
        track = homes["track"] / split
        clips.append(
            BenchClip(
                index=len(clips),
                id=id,
                prompt=caption,
                picture=_first_existing([homes["first_frame"] / f"{id}{s}" for s in PICTURE_SUFFIXES]),
                video=homes["video"] / f"{id}{suffix}",
                tracks=track / f"{id}_tracks.npy",
                visibility=track / f"{id}_visibility.npy",
            )
        )
    if not clips:
        raise WanMoveError(where=str(path), what="there is no clip in it", fix="download the data set again")
    return BenchSet(root, language, split, tuple(clips))


def list_path(folder: Path, language: str, split: str) -> Path:
    return folder / language / f"{split}_track.txt"


def require_files(clips: Sequence[BenchClip], kinds: Sequence[str] = ("first frame", "tracks", "visibility")) -> None:
    """Raise unless every clip has the files of ``kinds`` inside the folder, naming what is missing.

    ``kinds``: of "first frame", "video", "tracks", "visibility".
    """
    lost = [path for clip in clips for kind, path in clip.files().items() if kind in kinds and not path.is_file()]
    if not lost:
        return
    named = ", ".join("/".join(path.parts[-3:]) for path in lost[:MAX_NAMED])
    more = f" and {len(lost) - MAX_NAMED} more" if len(lost) > MAX_NAMED else ""
    raise WanMoveError(
        where="MoveBench / files",
        what=f"missing: {named}{more}",
        fix="download the data set again (wan-move download movebench), or leave those clips out",
    )


def clip_tracks(clip: BenchClip, size_wh: tuple[int, int]) -> Tracks:
    """The clip's tracks, in pixels of its picture, whose size is ``size_wh``. Raises: WanMoveError."""
    from ..motion.formats import read_tracks

    # Stated, not judged: a data set of pixels may hold a clip whose points all lie in the top-left corner, or whose
    # points are so near each other that frames and tracks could be taken for one another.
    return read_tracks(clip.tracks, size_wh=size_wh, unit="px", visibility=clip.visibility, axes="frames_first").tracks


def find_datasets(root: str | Path, depth: int = 2) -> list[Path]:
    """Folders under ``root`` (itself included, ``depth`` levels down) that hold at least one MoveBench list."""
    found, level = [], [Path(root)]
    for _ in range(depth + 1):
        below: list[Path] = []
        for folder in level:
            if any(list_path(folder, lang, split).is_file() for lang in LANGUAGES for split in SPLITS):
                found.append(folder)
            elif folder.is_dir():
                below += sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
        level = below[:1000]
    return found


def _lines(path: Path) -> list[str]:
    try:
        if path.stat().st_size > MAX_LIST_BYTES:
            raise WanMoveError(where=str(path), what="larger than 64 MB", fix="give the published list")
        return path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise WanMoveError(
            where=str(path),
            what=f"cannot be read ({getattr(error, 'strerror', None) or error})",
            fix="give the MoveBench folder, which has en/single_track.txt and others "
            "(wan-move download movebench fetches it)",
        ) from error


def _id(video: str, where: str) -> tuple[str, str]:
    """Id and suffix of a video's relative path. The id names files to read and to write: it may not lead away."""
    path = PurePosixPath(video.replace("\\", "/"))
    bad = (
        path.is_absolute()
        or not path.name
        or any(part in ("..", ".") or part.startswith(".") or ":" in part for part in path.parts)
        or not video.isprintable()
        or len(video) > 250
    )
    if bad:
        raise WanMoveError(
            where=where, what=f"{video[:80]!r} is no path inside the folder", fix="use a name such as clip_0.mp4"
        )
    return str(path.with_suffix("")), path.suffix or ".mp4"


def _home(root: Path, language: str, part: str) -> Path:
    own = root / language / part
    return own if own.is_dir() or not (root / part).is_dir() else root / part


def _first_existing(paths: list[Path]) -> Path:
    return next((path for path in paths if path.is_file()), paths[0])
