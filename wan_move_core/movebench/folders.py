"""FID between two folders of frames, as it is published: every picture, pool3's 2048 features, one Gaussian each."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..errors import WanMoveError, plural
from .features import FeatureExtractor
from .frechet import FeatureStatistics, statistics_distance

SUFFIXES = (".bmp", ".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp")


def frames_in(folder: str | Path) -> list[Path]:
    """Pictures in ``folder`` itself, by name. Raises: WanMoveError for fewer than two."""
    root = Path(folder)
    found = sorted(p for p in root.iterdir() if p.suffix.lower() in SUFFIXES) if root.is_dir() else []
    if len(found) < 2:
        raise WanMoveError(
            where=str(root), what=f"{plural(len(found), 'picture')}, FID needs two or more",
            fix=f"give a folder of frames ({', '.join(SUFFIXES)})",
        )  # fmt: skip
    return found


def folder_statistics(folder: str | Path, extractor: FeatureExtractor) -> FeatureStatistics:
    """Mean and covariance of the features of every picture in ``folder``; sizes may differ."""
    from ..pictures import read_picture

    made = FeatureStatistics(extractor.width)
    for path in frames_in(folder):
        made.add(extractor.features(np.ascontiguousarray(read_picture(path)[None, ..., :3])))
    return made


def folder_fid(result: str | Path, reference: str | Path, extractor: FeatureExtractor) -> tuple[float, int, int]:
    """FID of two folders of frames, and how many pictures each held."""
    a, b = (folder_statistics(folder, extractor) for folder in (result, reference))
    return statistics_distance(a, b), a.count, b.count
