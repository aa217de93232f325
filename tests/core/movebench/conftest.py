"""The miniature data set, and results that are its own reference clips."""

from __future__ import annotations

import shutil

import pytest

from wan_move_core.movebench.dataset import read_dataset
from wan_move_core.movebench.report import ReportPictures
from wan_move_core.movebench.scoring import score_results

from . import movebench_mini as mini

SIZE_WH, FRAMES = (160, 128), 9


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return mini.make(tmp_path_factory.mktemp("data") / "MoveBench", SIZE_WH, FRAMES)


@pytest.fixture(scope="module")
def same(dataset, tmp_path_factory):
    """Results that are the reference clips themselves."""
    folder = tmp_path_factory.mktemp("same")
    for path in (dataset / "en" / "video").iterdir():
        shutil.copy(path, folder / path.name)
    return folder


@pytest.fixture(scope="module")
def scored_same(dataset, same):
    pictures = ReportPictures()
    return score_results(read_dataset(dataset, "en", "multi"), same, on_clip=pictures.add), pictures
