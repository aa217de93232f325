"""LPIPS, CLIP-I, PSNR per frame, FID of folders, EPE with guesses: against torchmetrics, transformers and scipy."""

from __future__ import annotations

import json
import math

import cv2
import numpy as np
import pytest
import torch
from scipy import linalg

from wan_move_core import cli
from wan_move_core.errors import WanMoveError
from wan_move_core.motion.tracking.points import TrackedPoints
from wan_move_core.movebench import scores
from wan_move_core.movebench.dataset import clip_tracks, read_dataset
from wan_move_core.movebench.folders import folder_fid
from wan_move_core.movebench.inception import InceptionV3
from wan_move_core.movebench.perceptual import ClipImages, Lpips
from wan_move_core.movebench.report import html_page
from wan_move_core.movebench.scoring import lines, score_results

SIZE_WH, FRAMES = (160, 128), 9


@pytest.fixture(scope="module")
def clips():
    rng = np.random.default_rng(0)
    a = rng.integers(0, 256, (11, 64, 80, 3), np.uint8)
    b = np.clip(a.astype(int) + rng.integers(-60, 61, a.shape), 0, 255).astype(np.uint8)
    return a, b


# -- LPIPS ------------------------------------------------------------------------------------------------------------


def _alexnet_features():
    nn = torch.nn
    return nn.Sequential(
        nn.Conv2d(3, 64, 11, 4, 2), nn.ReLU(), nn.MaxPool2d(3, 2), nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(),
        nn.MaxPool2d(3, 2), nn.Conv2d(192, 384, 3, padding=1), nn.ReLU(), nn.Conv2d(384, 256, 3, padding=1), nn.ReLU(),
        nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2),
    )  # fmt: skip


@pytest.fixture(scope="module")
def alexnet(tmp_path_factory):
    """Random weights under torchvision's names, with a classifier that is not read."""
    torch.manual_seed(0)
    features = _alexnet_features()
    path = tmp_path_factory.mktemp("alexnet") / "alexnet.pth"
    torch.save(
        {**{f"features.{k}": v for k, v in features.state_dict().items()}, "classifier.1.bias": torch.zeros(3)}, path
    )
    return features, path


def test_lpips_is_torchmetrics(alexnet, clips, monkeypatch):
    """torchmetrics' own network and heads, given the same trunk."""
    from torchmetrics.functional.image import lpips as published

    features, path = alexnet
    monkeypatch.setattr(published, "_get_tv_model_features", lambda net, pretrained=False: features)
    net = published._NoTrainLpips(net="alex")
    x, y = (torch.from_numpy(c).permute(0, 3, 1, 2).float() / 255 for c in clips)
    expected = float(net(x, y, normalize=True).mean())
    ours = Lpips(path)
    assert ours.compare(*clips) == pytest.approx(expected, rel=1e-4)
    assert ours.compare(clips[0], clips[0]) == 0
    assert Lpips(path, every=5).compare(*clips) == pytest.approx(
        float(net(x[::5], y[::5], normalize=True).mean()), rel=1e-4
    )
    assert len(ours.digest) == 64 and "alexnet.pth" in ours.name


def test_lpips_takes_heads_of_its_own_file(alexnet, clips, tmp_path):
    features, path = alexnet
    heads = {f"lin{k}.model.1.weight": torch.zeros(1, w, 1, 1) for k, w in enumerate((64, 192, 384, 256, 256))}
    torch.save({**{f"net.features.{k}": v for k, v in features.state_dict().items()}, **heads}, tmp_path / "both.pth")
    assert Lpips(tmp_path / "both.pth").compare(*clips) == 0
    torch.save({"features.0.weight": torch.zeros(64, 3, 3, 3)}, tmp_path / "other.pth")
    with pytest.raises(WanMoveError, match=r"other.pth lacks features.0.weight, or it has another shape \(10 in all\)"):
        Lpips(tmp_path / "other.pth")
    with pytest.raises(WanMoveError, match="use 32 px or more"):
        Lpips(path).compare(clips[0][:, :16], clips[1][:, :16])
    with pytest.raises(WanMoveError, match="give clips of one size"):
        Lpips(path).compare(clips[0], clips[1][:3])


# -- CLIP-I -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def clip_tower(tmp_path_factory):
    transformers = pytest.importorskip("transformers", reason="the extra 'standalone' is not installed")
    torch.manual_seed(1)
    config = transformers.CLIPVisionConfig(
        hidden_size=128, intermediate_size=96, projection_dim=24, num_hidden_layers=2, num_attention_heads=4,
        image_size=48, patch_size=16,
    )  # fmt: skip
    tower = transformers.CLIPVisionModelWithProjection(config).eval()
    with torch.no_grad():
        for p in tower.parameters():
            p.add_(torch.randn_like(p) * 0.2)
    folder = tmp_path_factory.mktemp("clip")
    tower.save_pretrained(folder)
    return tower, folder


def test_clip_embeddings_are_those_of_transformers(clip_tower):
    tower, folder = clip_tower
    frames = np.random.default_rng(2).integers(0, 256, (3, 48, 48, 3), np.uint8)
    pixels = torch.from_numpy(frames).permute(0, 3, 1, 2).float()
    mean, std = (
        torch.tensor(v)[:, None, None]
        for v in ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))
    )
    with torch.no_grad():
        expected = tower(pixel_values=(pixels / 255 - mean) / std).image_embeds
    torch.testing.assert_close(ClipImages(folder).embed(pixels), expected, rtol=1e-4, atol=1e-4)


def test_clip_i_is_the_cosine_of_what_the_published_preprocessing_gives(clip_tower, clips):
    """Frames that must be scaled and cut: the processor of transformers, then the cosine, frame by frame."""
    from PIL import Image
    from transformers import CLIPImageProcessor

    tower, folder = clip_tower
    processor = CLIPImageProcessor(size={"shortest_edge": 48}, crop_size={"height": 48, "width": 48})
    with torch.no_grad():
        a, b = (
            tower(**processor([Image.fromarray(f) for f in clip], return_tensors="pt")).image_embeds for clip in clips
        )
    expected = float(torch.nn.functional.cosine_similarity(a, b).mean())
    ours = ClipImages(folder)
    assert ours.compare(*clips) == pytest.approx(expected, abs=5e-3)
    assert ours.compare(clips[0], clips[0]) == pytest.approx(1, abs=1e-6)
    assert expected < 0.99


def test_a_file_without_a_projection_is_refused(tmp_path):
    torch.save({"vision_model.post_layernorm.weight": torch.zeros(3)}, tmp_path / "tower.pt")
    with pytest.raises(
        WanMoveError, match=r"tower.pt has no embeddings.patch_embedding.weight, visual_projection.weight"
    ):
        ClipImages(tmp_path / "tower.pt")


# -- PSNR, EPE with guesses -------------------------------------------------------------------------------------------


def test_psnr_over_the_clip_and_per_frame(clips):
    a, b = clips[0], clips[1].copy()
    b[1] = np.clip(a[1].astype(int) + 1, 0, 255)
    errors = ((a.astype(float) - b) ** 2).mean((1, 2, 3))
    assert scores.psnr_frames(a, b) == pytest.approx(np.mean(10 * np.log10(255**2 / errors)), abs=1e-9)
    assert scores.psnr(a, b) == pytest.approx(10 * math.log10(255**2 / errors.mean()), abs=1e-9)
    assert scores.psnr_frames(a, b) > scores.psnr(a, b) + 1
    # The first frame is given: where it is equal, its infinite PSNR does not swallow the rest.
    b[0] = a[0]
    assert scores.psnr_frames(a, b) == pytest.approx(np.mean(10 * np.log10(255**2 / errors[1:])), abs=1e-9)
    assert scores.psnr_frames(a, a) == math.inf


class _Loses:
    """A tracker that stands still, 3 px off, and sees the first ``seen`` frames."""

    name = "loses"

    def __init__(self, seen):
        self.seen = seen

    def track(self, frames, point_xy, progress=None):
        count = len(list(frames))
        xy = np.repeat(point_xy[None] + (3, 0), count, 0).astype(np.float32)
        visible = np.repeat((np.arange(count) < self.seen)[:, None], len(point_xy), 1)
        return TrackedPoints(xy, visible, np.zeros(visible.shape, np.float32))


@pytest.mark.parametrize(("seen", "shown"), [(9, True), (6, True), (5, False), (2, False)])
def test_epe_with_guesses_only_where_most_was_seen(seen, shown):
    from wan_move_core.tracks import Tracks

    clip = np.zeros((FRAMES, 128, 160, 3), np.uint8)
    tracks = Tracks.make(np.full((FRAMES, 2, 2), 50.0, np.float32), size_wh=SIZE_WH)
    one = scores.score_clip("x", 0, clip, None, tracks, _Loses(seen)).score
    assert one.epe_px == pytest.approx(3) and one.positions == 16 and one.guessed == 2 * (9 - seen)
    assert (one.epe_all_px is not None) == shown
    told = f"no EPE with guesses: {one.guessed} of 16 positions would be guesses"
    assert (told in one.notes) == (not shown)


# -- FID of folders ---------------------------------------------------------------------------------------------------


def test_fid_of_two_folders_is_the_published_one(tmp_path, capsys):
    """Inception-v3's 2048 pooled features of every picture; numpy's covariance and scipy's matrix root.

    Ten rows span at most ten directions: turned into those, means and covariances lose nothing, and the root is one of
    10x10 numbers instead of 2048x2048.
    """
    torch.manual_seed(3)
    net = InceptionV3().eval()
    weights = tmp_path / "inception.pth"
    torch.save({**net.state_dict(), "fc.weight": torch.zeros(1008, 2048)}, weights)
    rng, features = np.random.default_rng(4), []
    for name, low in (("a", 0), ("b", 90)):
        (tmp_path / name).mkdir()
        rows = []
        for i in range(5):
            picture = rng.integers(low, 256, (40 + 8 * i, 56, 3), np.uint8)
            cv2.imwrite(str(tmp_path / name / f"{i}.png"), picture[..., ::-1])
            x = torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255
            x = torch.nn.functional.interpolate(x, (299, 299), mode="bilinear", align_corners=False)
            with torch.no_grad():
                rows.append(net(2 * x - 1)[0].double().numpy())
        features.append(np.stack(rows))
    directions = np.linalg.qr(np.concatenate(features).T)[0]
    assert directions.shape == (2048, 10)
    (m1, c1), (m2, c2) = ((f.mean(0), np.cov(f, rowvar=False)) for f in (rows @ directions for rows in features))
    root = np.real(linalg.sqrtm((c1 + np.eye(10) * 1e-9) @ (c2 + np.eye(10) * 1e-9)))
    expected = ((m1 - m2) ** 2).sum() + np.trace(c1 + c2 - 2 * root)
    assert cli.main(["bench", "fid", str(tmp_path / "a"), str(tmp_path / "b"), "--fid-weights", str(weights)]) == 0
    told = capsys.readouterr().out
    assert "5 and 5 pictures" in told and "every frame" not in told.split("(")[0]
    assert float(told.split()[1]) == pytest.approx(expected, rel=2e-2, abs=1e-4)
    assert cli.main(["bench", "fid", str(tmp_path / "a"), str(tmp_path / "b")]) == 2
    assert "no feature weights were given (--fid-weights)" in capsys.readouterr().err


class _Means:
    name, digest, width = "channel means", "0" * 64, 3

    def features(self, clip):
        return clip.mean((1, 2)) / 255


def test_fid_of_folders_against_scipy_exactly(tmp_path):
    rng, held = np.random.default_rng(5), []
    for name in "ab":
        (tmp_path / name).mkdir()
        pictures = rng.integers(0, 256, (9, 6, 7, 3), np.uint8)
        for i, picture in enumerate(pictures):
            cv2.imwrite(str(tmp_path / name / f"{i}.png"), picture[..., ::-1])
        held.append(pictures.mean((1, 2)) / 255)
    (m1, c1), (m2, c2) = ((f.mean(0), np.cov(f, rowvar=False)) for f in held)
    expected = ((m1 - m2) ** 2).sum() + np.trace(c1 + c2 - 2 * np.real(linalg.sqrtm(c1 @ c2)))
    value, a, b = folder_fid(tmp_path / "a", tmp_path / "b", _Means())
    assert value == pytest.approx(expected, rel=1e-9) and (a, b) == (9, 9)
    with pytest.raises(WanMoveError, match="0 pictures, FID needs two or more"):
        folder_fid(tmp_path, tmp_path / "b", _Means())


# -- tables -----------------------------------------------------------------------------------------------------------


def test_every_figure_stands_in_every_table_with_its_reason(scored_same):
    scored, pictures = scored_same
    told, page, table = "\n".join(lines(scored)), html_page(scored, pictures), scored.table()
    for label in ("LPIPS", "CLIP-I", "FID, as published", "SSIM (whole frame, borders mirrored)"):
        assert label in told and label in page
    for option in ("--lpips-weights", "--clip-weights", "--fid-weights"):
        assert option in told and option in page
    assert table["lpips"]["value"] is None and "torchvision's AlexNet" in table["lpips"]["why"]
    assert table["ssim_region"] == "whole frame, borders mirrored"
    assert table["epe_with_guesses"]["guessed"] == 0 and table["epe_with_guesses"]["positions"] > 0
    assert "0 of" in told and "positions guessed" in told and "positions guessed" in page


def test_lpips_and_clip_i_of_a_folder(dataset, same, alexnet, clip_tower, tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    command = ["bench", "score", str(same), str(dataset), "--mode", "single", "--language", "en", "--limit", "2", "-q",
               "--no-floor", "--lpips-weights", str(alexnet[1]), "--clip-weights", str(clip_tower[1]),
               "--perceptual-every", "4", "-o", str(tmp_path / "r")]  # fmt: skip
    assert cli.main(command) == 0
    table = json.loads((tmp_path / "r" / "scores.json").read_text())
    assert table["lpips"]["value"] == 0 and table["clip_i"]["value"] == pytest.approx(1, abs=1e-6)
    assert table["lpips"]["samples"] == 2 and "every 4. frame" in table["clip_i"]["extractor"]
    assert [row["psnr_frames"] for row in table["clips"]] == ["inf", "inf"]


def test_weights_in_torchs_cache_are_found(alexnet, tmp_path, monkeypatch):
    from wan_move_core.movebench.perceptual import alexnet_at_hand

    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    assert alexnet_at_hand() is None
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "alexnet-owt-7be5be79.pth").write_bytes(alexnet[1].read_bytes())
    found = alexnet_at_hand()
    assert found is not None and Lpips(found).digest == Lpips(alexnet[1]).digest


def test_published_fid_takes_every_frame_of_whole_clips(dataset, same):
    bench = read_dataset(dataset)
    scored = score_results(bench, same, bench.clips[:2], fid=_Means(), fid_published=_Means(), floor=False)
    assert scored.fid_published.value == pytest.approx(0, abs=1e-9) and scored.fid_published.samples == 2 * FRAMES
    only = score_results(bench, same, bench.clips[:2], fid=_Means(), floor=False).fid_published
    assert only.value is None and "--fid-published" in (only.why or "")
    assert clip_tracks(bench.clips[0], SIZE_WH).frames == FRAMES
