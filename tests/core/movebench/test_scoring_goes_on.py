"""``wan-move bench score``: what cannot be read is told and the rest is scored; stopped, it goes on where it was."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from wan_move_core import cli
from wan_move_core.errors import WanMoveError
from wan_move_core.generate.cases import Case
from wan_move_core.generate.elastic import store
from wan_move_core.generate.settings import RunSettings
from wan_move_core.generate.sidefile import SideFile, sha256_file
from wan_move_core.motion.tracking.dense import DenseTracker
from wan_move_core.movebench import scoring
from wan_move_core.movebench.dataset import read_dataset
from wan_move_core.movebench.kept import KeptScores, measured_by
from wan_move_core.movebench.scoring import score_results


class Means:
    name, digest, width = "channel means", "0" * 64, 3

    def features(self, clip):
        return clip.mean((1, 2)) / 255


@pytest.fixture
def results(same, tmp_path):
    """Four clips that are the reference clips themselves."""
    folder = tmp_path / "results"
    folder.mkdir()
    for number in range(4):
        shutil.copy(same / f"clip_{number}.mp4", folder)
    return folder


@pytest.fixture
def measured(monkeypatch):
    """Ids of the clips that were measured, not taken from what was kept."""
    ids, score = [], scoring.score_clip

    def noted(id, *more):
        ids.append(id)
        return score(id, *more)

    monkeypatch.setattr(scoring, "score_clip", noted)
    return ids


def _side_file(clip: Path, tracks: Path, **result: str) -> None:
    inputs = {"tracks": {"path": str(tracks), "bytes": 1, "sha256": sha256_file(tracks)}}
    case = Case(0, "a.png", "p", str(clip), 1)
    SideFile(RunSettings(), case, inputs, {}, result, {}).write(clip.with_name(f"{clip.name}.json"))


def _command(results: Path, dataset: Path, *more: str) -> list[str]:
    return ["bench", "score", str(results), str(dataset), "--mode", "multi", "--language", "en", "--no-floor", *more]


def test_a_clip_that_cannot_be_read_is_told_and_the_rest_is_scored(results, dataset, capsys):
    whole = (results / "clip_1.mp4").read_bytes()
    (results / "clip_1.mp4").write_bytes(whole[: len(whole) // 2])
    (results / "clip_2.mp4").write_bytes(b"no video")
    assert cli.main(_command(results, dataset)) == 0
    told = capsys.readouterr().out
    assert "2 of 12 clips scored" in told
    assert "not scored: clip_1: " in told and "not scored: clip_2: not a video that can be read" in told
    table = json.loads((results / "scores" / "scores.json").read_text())
    assert sorted(table["unreadable"]) == ["clip_1", "clip_2"] and table["clips_scored"] == 2
    assert "Not scored: clip_2" in (results / "scores" / "report.html").read_text()


def test_only_unreadable_clips_are_an_error(results, dataset, capsys):
    for path in results.iterdir():
        path.write_bytes(b"no video")
    assert cli.main(_command(results, dataset)) == 2
    assert "none of the 4 clips can be scored (not a video" in capsys.readouterr().err
    assert not (results / "scores").exists()


def test_a_clip_that_is_not_the_one_its_side_file_names_is_left_out(results, dataset):
    bench = read_dataset(dataset, "en", "multi")
    tracks = {clip.id: clip.tracks for clip in bench.clips}
    for number in range(4):
        clip = results / f"clip_{number}.mp4"
        _side_file(clip, tracks[clip.stem], sha256=sha256_file(clip))
    # One was replaced by another clip, one belongs to other tracks, one has a side file that cannot be read.
    shutil.copy(results / "clip_0.mp4", results / "clip_1.mp4")
    _side_file(results / "clip_2.mp4", tracks["clip_3"], sha256=sha256_file(results / "clip_2.mp4"))
    (results / "clip_3.mp4.json").write_text("{")
    scored = score_results(bench, results, floor=False)
    assert [score.id for score in scored.clips] == ["clip_0"]
    assert "its bytes are others" in scored.unreadable["clip_1"]
    assert "other tracks than the data set's" in scored.unreadable["clip_2"]
    assert "its side file cannot be read" in scored.unreadable["clip_3"]


def test_a_scoring_that_was_stopped_goes_on(results, dataset, measured, tmp_path):
    """To the same numbers as one that was not, FID over all clips and the report's pictures included."""
    bench, tracker, means = read_dataset(dataset, "en", "multi"), DenseTracker(), Means()
    kept = KeptScores(tmp_path / "report", measured_by(tracker, (means,), False))
    shown: list[str] = []

    def again(**more):
        return score_results(
            bench, results, tracker=tracker, fid=means, floor=False, kept=kept, on_clip=lambda *_: {"thumb": b"\xff"},
            on_kept=lambda clip, pictures: shown.append(clip.id) if pictures == {"thumb": b"\xff"} else None, **more,
        )  # fmt: skip

    def stop(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        again(progress=stop)
    assert measured == ["clip_0", "clip_1"]
    resumed = again()
    assert measured == ["clip_0", "clip_1", "clip_2", "clip_3"] and shown == ["clip_0", "clip_1"]
    fresh = score_results(bench, results, tracker=tracker, fid=means, floor=False)
    assert resumed.table() == fresh.table() and resumed.fid.samples == 36
    assert [score.psnr for score in resumed.clips] == [np.inf] * 4


def test_what_was_kept_of_other_files_or_measures_does_not_count(results, dataset, measured, tmp_path):
    bench, tracker = read_dataset(dataset, "en", "multi"), DenseTracker()

    def score(how: str) -> list[str]:
        measured.clear()
        score_results(bench, results, tracker=tracker, floor=False, kept=KeptScores(tmp_path / "report", how))
        return list(measured)

    assert len(score("one")) == 4 and score("one") == []
    shutil.copy(results / "clip_0.mp4", results / "clip_3.mp4")
    assert score("one") == ["clip_3"]
    assert len(score("another")) == 4
    for path in (tmp_path / "report").iterdir():
        path.write_bytes(path.read_bytes()[:50])
    assert len(score("another")) == 4
    plain, floored = (measured_by(tracker, (Means(),), floor) for floor in (False, True))
    assert len({plain, floored, measured_by(tracker, (None,), False)}) == 3


def test_the_command_goes_on_unless_told_otherwise(results, dataset, measured):
    assert cli.main(_command(results, dataset, "--quiet")) == 0 and len(measured) == 4
    before = (results / "scores" / "report.html").read_text()
    assert cli.main(_command(results, dataset, "--quiet")) == 0 and len(measured) == 4
    assert (results / "scores" / "report.html").read_text() == before
    assert cli.main(_command(results, dataset, "--quiet", "--fresh")) == 0 and len(measured) == 8


def test_results_that_are_not_there_are_an_error(results, dataset):
    bench = read_dataset(dataset, "en", "multi")
    (results / "clip_0.mp4").unlink()
    with pytest.raises(WanMoveError, match="none of the 1 clips"):
        score_results(bench, results, bench.clips[:1])


@pytest.mark.parametrize("more", [(), ("--fresh",)], ids=["kept", "fresh"])
def test_two_processes_score_what_one_scores(results, dataset, tmp_path, more):
    """Under torchrun each measures the next clip; one report, of the same numbers, by whoever speaks for all."""
    (results / "clip_2.mp4").write_bytes(b"no video")
    assert cli.main(_command(results, dataset, "-o", str(tmp_path / "one"))) == 0
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2", "-m"]
    command = [*launch, "wan_move_core.cli", *_command(results, dataset, "-o", str(tmp_path / "two"), *more)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=250)
    assert done.returncode == 0, done.stderr[-4000:]
    one, two = (json.loads((tmp_path / name / "scores.json").read_text()) for name in ("one", "two"))
    assert two["clips_scored"] == 3 and two == one
    assert done.stdout.count("3 of 12 clips scored") == 1
    assert sorted(re.findall(r"^scored (\d)/4", done.stderr, re.MULTILINE)) == ["1", "2", "3", "4"]
    assert not list((tmp_path / "two.kept").glob(".*"))


def test_a_store_that_is_gone_is_told_in_words(results, dataset, tmp_path, monkeypatch, capsys):
    def gone(*given):
        raise store.StoreLost("torchrun's store does not answer any more")

    monkeypatch.setattr(store, "open_store", gone)
    for name, value in {"WORLD_SIZE": "2", "RANK": "1"}.items():
        monkeypatch.setenv(name, value)
    assert cli.main(_command(results, dataset, "-o", str(tmp_path / "told"))) == 1
    assert capsys.readouterr().err.splitlines()[-1] == "torchrun's store does not answer any more"
