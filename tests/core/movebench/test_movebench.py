"""MoveBench on a miniature with known motion: the data set's layout, every score against what is known, the report."""

from __future__ import annotations

import csv
import json
import math
import shutil
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest
import torch

from wan_move_core import cli
from wan_move_core.errors import WanMoveError
from wan_move_core.movebench import scores
from wan_move_core.movebench.dataset import clip_tracks, find_datasets, read_dataset, require_files
from wan_move_core.movebench.report import csv_text, html_page
from wan_move_core.video import read_clip

from . import movebench_mini as mini

SIZE_WH, FRAMES = (160, 128), 9


# -- the data set -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("split", ["single", "multi"])
def test_lists(dataset, language, split):
    bench = read_dataset(dataset, language, split)
    assert [clip.id for clip in bench.clips] == [f"clip_{i}" for i in range(12)]
    assert [clip.index for clip in bench.clips] == list(range(12))
    # English captions have a comma of their own: the line is split at the first one.
    assert bench.clips[5].prompt == mini.LANGUAGES[language].format(5)
    require_files(bench.clips, ("first frame", "video", "tracks", "visibility"))
    tracks = clip_tracks(bench.clips[3], SIZE_WH)
    np.testing.assert_allclose(tracks.xy, mini.track_xy(3, FRAMES, SIZE_WH, split), atol=1e-4)
    assert tracks.count == (1 if split == "single" else 3) and tracks.size_wh == SIZE_WH


def test_data_may_lie_once_for_both_languages(dataset, tmp_path):
    tmp_path = tmp_path / "models" / "bench"
    (tmp_path / "en").mkdir(parents=True)
    shutil.copy(dataset / "en" / "single_track.txt", tmp_path / "en")
    for part in ("first_frame", "video", "track"):
        (tmp_path / part).symlink_to(dataset / "en" / part, target_is_directory=True)
    bench = read_dataset(tmp_path)
    require_files(bench.clips, ("first frame", "video", "tracks", "visibility"))
    assert bench.clips[0].video == tmp_path / "video" / "clip_0.mp4"
    assert find_datasets(tmp_path.parent.parent) == [tmp_path]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("../secret.mp4,a", r"single_track.txt / line 1: '../secret.mp4' is no path inside the folder"),
        ("/etc/passwd,a", "is no path inside the folder"),
        ("a/../../b.mp4,c", "is no path inside the folder"),
        ("..\\b.mp4,c", "is no path inside the folder"),
        ("C:/b.mp4,c", "is no path inside the folder"),
        (".hidden.mp4,c", "is no path inside the folder"),
        ("# note\n\nclip.mp4 no comma", r"line 3: no caption in 'clip.mp4 no comma'"),
        ("clip.mp4,  ", "no caption"),
        ("a.mp4,x\na.mp4,y", "line 2: a stands in line 1 already"),
        ("# nothing\n", "there is no clip in it"),
    ],
)
def test_lists_are_checked(tmp_path, text, message):
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "single_track.txt").write_text(text)
    with pytest.raises(WanMoveError, match=message):
        read_dataset(tmp_path)


def test_missing_files_are_named(dataset, tmp_path):
    with pytest.raises(WanMoveError, match=r"single_track.txt: cannot be read \(No such file.*wan-move download"):
        read_dataset(tmp_path)
    with pytest.raises(WanMoveError, match=r"unknown 'fr'. Fix: use en or zh"):
        read_dataset(dataset, "fr")
    shutil.copytree(dataset, tmp_path / "part")
    for i in range(7):
        (tmp_path / "part" / "en" / "video" / f"clip_{i}.mp4").unlink()
    clips = read_dataset(tmp_path / "part").clips
    require_files(clips)
    with pytest.raises(WanMoveError, match=r"missing: en/video/clip_0.mp4.*clip_4.mp4 and 2 more"):
        require_files(clips, ("video",))
    bench = read_dataset(dataset)
    assert [c.index for c in bench.chosen(["clip_7", "clip_2"])] == [2, 7]
    with pytest.raises(WanMoveError, match="not in the list: nope"):
        bench.chosen(["nope"])


# -- scores -----------------------------------------------------------------------------------------------------------


def test_equal_clips_score_perfectly(scored_same):
    scored, _ = scored_same
    assert len(scored.clips) == 12 and scored.missing == []
    for one in scored.clips:
        assert one.psnr == math.inf
        assert one.ssim == pytest.approx(1, abs=1e-6)
        assert one.epe_reference_px == 0.0
        # Against the exact motion, only the tracker's own error is left, and it is the floor.
        assert one.epe_px is not None and one.epe_px < 0.2 and one.epe_px == one.epe_floor_px
        assert one.lost_share == 0.0 and one.notes == ()


@pytest.mark.parametrize("extra_xy", [(6.0, -8.0), (-3.0, 0.0), (0.5, 20.0)])
def test_a_shifted_clip_has_the_shift_as_its_epe(dataset, extra_xy):
    d = math.hypot(*extra_xy)
    for clip in read_dataset(dataset, "en", "multi").clips[::4]:
        result = mini.render(clip.index, FRAMES, SIZE_WH, extra_xy)
        reference = mini.render(clip.index, FRAMES, SIZE_WH)
        one = scores.score_clip(clip.id, clip.index, result, reference, clip_tracks(clip, SIZE_WH)).score
        assert one.epe_px == pytest.approx(d, rel=0.02)
        assert one.epe_reference_px == pytest.approx(d, rel=0.02)
        assert one.epe_all_px == pytest.approx(d, rel=0.02)


def test_psnr_and_ssim_against_their_definitions():
    rng = np.random.default_rng(0)
    a = rng.integers(0, 256, (11, 24, 32, 3), np.uint8)
    b = np.clip(a.astype(int) + rng.integers(-20, 21, a.shape), 0, 255).astype(np.uint8)
    mse = ((a.astype(np.float64) - b) ** 2).mean()
    assert scores.psnr(a, b) == pytest.approx(10 * math.log10(255**2 / mse), abs=1e-9)
    assert scores.psnr(a, b) == pytest.approx(_torchmetrics_psnr(a, b), abs=1e-4)
    # A constant difference leaves SSIM's structure alone: its luminance term is known.
    flat, other = np.full((1, 32, 32, 3), 100, np.uint8), np.full((1, 32, 32, 3), 150, np.uint8)
    x, y, c1 = 100 / 255, 150 / 255, 0.01**2
    assert scores.ssim(flat, other) == pytest.approx((2 * x * y + c1) / (x * x + y * y + c1), abs=1e-5)
    assert scores.ssim(a, a) == 1.0
    assert scores.ssim(a, b) == pytest.approx(_torchmetrics_ssim(a, b), abs=1e-5)
    smooth = np.stack([cv2.GaussianBlur(frame, (0, 0), 3) for frame in a])
    assert scores.ssim(smooth, a) == pytest.approx(_torchmetrics_ssim(smooth, a), abs=1e-5)
    with pytest.raises(WanMoveError, match="frames of 8x8"):
        scores.ssim(a[:, :8, :8], b[:, :8, :8])
    with pytest.raises(WanMoveError, match="give clips of one size"):
        scores.psnr(a, b[:3])


def _torchmetrics_psnr(a, b):
    from torchmetrics.functional.image import peak_signal_noise_ratio

    return float(peak_signal_noise_ratio(torch.from_numpy(a).float(), torch.from_numpy(b).float(), data_range=255.0))


def _torchmetrics_ssim(a, b):
    from torchmetrics.functional.image import structural_similarity_index_measure

    x, y = (torch.from_numpy(c).permute(0, 3, 1, 2).float() / 255 for c in (a, b))
    found = structural_similarity_index_measure(x, y, data_range=1.0)
    assert isinstance(found, torch.Tensor)
    return float(found)


def test_a_result_that_cuts_to_another_scene_is_noted(dataset):
    clip = read_dataset(dataset).clips[0]
    whole = mini.render(0, FRAMES, SIZE_WH)
    other = np.random.default_rng(1).integers(0, 256, (*SIZE_WH[::-1], 3)).astype(np.uint8)
    cut = np.concatenate([whole[:5], np.repeat(other[None], FRAMES - 5, axis=0)])
    one = scores.score_clip("x", 0, cut, None, clip_tracks(clip, SIZE_WH)).score
    assert one.cuts == (5,) and one.to_json()["cuts"] == (5,) and one.lost_share == pytest.approx(0.5)
    assert one.notes[-1] == (
        "the result cuts to another scene at frame 5: EPE is of what was seen before, the rest counts as lost"
    )
    assert scores.score_clip("x", 0, whole, None, clip_tracks(clip, SIZE_WH)).score.cuts == ()


def test_what_does_not_fit_is_compared_and_said(dataset):
    clip = read_dataset(dataset).clips[0]
    small = mini.render(0, FRAMES, SIZE_WH)[:, ::2, ::2]
    reference = np.stack(list(read_clip(clip.video)))
    one = scores.score_clip("x", 0, small[:5], reference, clip_tracks(clip, SIZE_WH)).score
    assert one.notes == (
        "compared: 5 frames (reference 9, result 5)",
        "reference scaled from 160x128 to 80x64",
        "tracks: the first 5 of 9 frames",
    )
    hidden = clip_tracks(clip, SIZE_WH).with_visible(np.zeros((FRAMES, 1), bool))
    one = scores.score_clip("x", 0, reference, None, hidden).score
    assert one.psnr is None and one.epe_px is None and "no track is visible inside the picture" in one.notes[0]
    grey = np.full_like(reference, 128)
    one = scores.score_clip("x", 0, grey, reference, clip_tracks(clip, SIZE_WH)).score
    assert one.lost_share == 1.0 and one.epe_px is None and one.notes == ("no EPE: the tracker saw no point again",)
    assert one.epe_all_px is None and (one.guessed, one.positions) == (8, 8)


# -- the report -------------------------------------------------------------------------------------------------------


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.links, self.text = [], [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [v for k, v in attrs if k in ("src", "href")]

    def handle_data(self, data):
        self.text += data


def test_the_page_needs_nothing_else_and_escapes(scored_same):
    scored, pictures = scored_same
    pictures.prompts["clip_0"] = "</td><script>alert(1)</script> & 'so'"
    page = _Page()
    page.feed(html_page(scored, pictures))
    assert page.tags.count("script") == 1 and page.tags.count("img") == 24
    assert all(link.startswith("data:image/jpeg;base64,") for link in page.links)
    assert page.text.count(scores.NOTICE) == 2 and "dense (OpenCV" in page.text
    assert "no feature weights were given (--fid-weights)" in page.text
    assert "∞" in page.text


def test_json_and_csv_hold_the_same(dataset, same, tmp_path, capsys):
    command = ["bench", "score", str(same), str(dataset), "--mode", "single", "--language", "en", "--limit", "2"]
    assert cli.main([*command, "-o", str(tmp_path / "r"), "--no-floor"]) == 0
    told = capsys.readouterr().out
    assert scores.NOTICE in told and "2 of 2 clips scored; points tracked by dense (OpenCV" in told
    assert "PSNR" in told and "∞ dB" in told
    table = json.loads((tmp_path / "r" / "scores.json").read_text())
    assert table["notice"] == scores.NOTICE and table["clips"][1]["psnr"] == "inf"
    assert table["fid"]["value"] is None and "--fid-weights" in table["fid"]["why"]
    rows = list(csv.DictReader((tmp_path / "r" / "scores.csv").read_text().splitlines()[2:]))
    assert [row["id"] for row in rows] == [
        "clip_0", "clip_1", "mean", "FID", "FID, as published", "FVD", "LPIPS", "CLIP-I",
    ]  # fmt: skip
    assert float(rows[0]["epe_px"]) == pytest.approx(table["clips"][0]["epe_px"], rel=1e-5)
    assert sorted(p.name for p in (tmp_path / "r").iterdir()) == ["report.html", "scores.csv", "scores.json"]


def test_csv_is_no_formula(scored_same):
    import dataclasses

    scored, _ = scored_same
    first = dataclasses.replace(scored.clips[0], id="=1+1")
    assert "\n0,'=1+1," in csv_text(dataclasses.replace(scored, clips=[first]))


def test_score_asks_for_what_it_needs(dataset, same, tmp_path, capsys):
    for more, text in (
        ([str(same), str(dataset)], "the folder does not say which list its clips are of"),
        ([str(tmp_path), str(dataset), "--mode", "single", "--language", "en"], "none of the 12 clips"),
        ([str(same), str(dataset), "--mode", "single", "--language", "en", "--tracker", "tapir"], "no weights file"),
        ([str(same), str(tmp_path), "--mode", "single", "--language", "en"], "cannot be read"),
    ):
        assert cli.main(["bench", "score", *more]) == 2
        assert text in capsys.readouterr().err
