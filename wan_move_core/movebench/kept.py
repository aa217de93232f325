"""What was measured of each clip, kept beside the report: a scoring that was killed goes on, an unchanged clip is read.

One ``.npz`` a clip, under a key of everything that its numbers rest on: the bytes of the clip,
its reference, tracks and picture, what measured them, and how.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from .. import __version__
from ..generate.sidefile import sha256_file
from .dataset import BenchClip
from .scores import ClipScore

VERSION = 1
_MAX_BYTES = 256 * 2**20

Features = tuple[np.ndarray, np.ndarray]
"""Of the result and of its reference, each [M, width]."""


@dataclass(frozen=True, eq=False)
class Kept:
    """One clip's measures: its scores, its features under each extractor (None: none), its pictures as JPEG bytes."""

    score: ClipScore
    features: tuple[Features | None, ...]
    pictures: dict[str, bytes]


class KeptScores:
    """The measured clips in ``folder``. ``how``: what measured them, see :func:`measured_by`."""

    def __init__(self, folder: str | Path, how: str) -> None:
        self.folder, self.how = Path(folder), how

    def key(self, clip: BenchClip, result: Path) -> str:
        files = (result, clip.video, clip.tracks, clip.visibility, clip.picture)
        told = [sha256_file(file) if file.is_file() else None for file in files]
        return hashlib.sha256(json.dumps([VERSION, self.how, clip.id, clip.index, told]).encode()).hexdigest()

    def load(self, clip: BenchClip, key: str) -> Kept | None:
        """What was kept of ``clip`` under ``key``; None where nothing was, or it is another clip's or damaged."""
        path = self.path(clip)
        try:
            if not path.is_file():
                return None
            with zipfile.ZipFile(path) as archive:
                if sum(entry.file_size for entry in archive.infolist()) > _MAX_BYTES:
                    return None
            with np.load(path, allow_pickle=False) as table:
                if str(table["key"]) != key:
                    return None
                score = _score(json.loads(str(table["score"])))
                count = int(table["sets"])
                features = tuple(
                    (table[f"result_{i}"], table[f"reference_{i}"]) if f"result_{i}" in table else None
                    for i in range(count)
                )
                pictures = {
                    name.removeprefix("picture_"): table[name].astype(np.uint8).tobytes()
                    for name in table.files
                    if name.startswith("picture_")
                }
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error):
            return None
        return Kept(score, features, pictures)

    def save(self, clip: BenchClip, key: str, kept: Kept) -> None:
        """Write what was measured, whole or not at all."""
        arrays: dict[str, Any] = {"key": key, "score": json.dumps(kept.score.to_json()), "sets": len(kept.features)}
        for i, pair in enumerate(kept.features):
            if pair is not None:
                arrays[f"result_{i}"], arrays[f"reference_{i}"] = pair
        for name, picture in kept.pictures.items():
            arrays[f"picture_{name}"] = np.frombuffer(picture, np.uint8)
        path = self.path(clip)
        path.parent.mkdir(parents=True, exist_ok=True)
        waiting = path.with_name(f".{path.name}.{os.getpid()}.part")
        made = io.BytesIO()
        np.savez(made, **arrays)
        try:
            waiting.write_bytes(made.getvalue())
            waiting.replace(path)
        finally:
            waiting.unlink(missing_ok=True)

    def path(self, clip: BenchClip) -> Path:
        """Where the clip's measures are kept."""
        return self.folder / f"{clip.index:05d}.npz"


def measured_by(tracker: Any, parts: Iterable[Any], floor: bool) -> str:
    """What measures, as text that changes when its numbers would: names, weights' digests, settings, versions."""
    import cv2
    import torch

    told = [_named(part) for part in (tracker, *parts)]
    return json.dumps([__version__, torch.__version__, cv2.__version__, floor, told], sort_keys=True)


def _named(part: Any) -> Any:
    if part is None:
        return None
    plain = {k: v for k, v in getattr(part, "__dict__", {}).items() if isinstance(v, str | int | float | bool | None)}
    told = {name: str(getattr(part, name)) for name in ("name", "digest") if hasattr(part, name)}
    return [type(part).__qualname__, plain, told]


def _score(table: dict[str, Any]) -> ClipScore:
    known = {field.name for field in fields(ClipScore)}
    values = {k: float("inf") if v == "inf" else v for k, v in table.items() if k in known}
    # JSON has lists alone.
    listed = {name: tuple(values.get(name, ())) for name in ("notes", "cuts")}
    return ClipScore(**{**values, **listed})
