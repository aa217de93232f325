"""MoveBench's distances of features: Fréchet against closed forms, the networks, their weights and their names."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import linalg

from wan_move_core.errors import WanMoveError
from wan_move_core.movebench.dataset import read_dataset
from wan_move_core.movebench.features import I3DFeatures, InceptionFeatures, named_extractor, read_state
from wan_move_core.movebench.frechet import FeatureStatistics, frechet_distance
from wan_move_core.movebench.i3d import InceptionI3D
from wan_move_core.movebench.inception import InceptionV3
from wan_move_core.movebench.scoring import lines, score_results
from wan_move_core.video import read_clip, write_clip

SIZE_WH, FRAMES = (160, 128), 9


# -- Fréchet ----------------------------------------------------------------------------------------------------------


def _gaussian(rng, width, rank=None):
    factor = rng.standard_normal((width, rank or width))
    return rng.standard_normal(width), factor @ factor.T / width


@pytest.mark.parametrize("width", [1, 3, 40])
def test_frechet_against_scipy_and_closed_forms(width):
    rng = np.random.default_rng(width)
    (m1, c1), (m2, c2) = _gaussian(rng, width), _gaussian(rng, width)
    root = np.real(np.atleast_2d(linalg.sqrtm(c1 @ c2)))
    expected = ((m1 - m2) ** 2).sum() + np.trace(c1 + c2 - 2 * root)
    assert frechet_distance(m1, c1, m2, c2) == pytest.approx(expected, rel=1e-7)
    assert frechet_distance(m1, c1, m1, c1) == pytest.approx(0, abs=1e-9 * width)
    # Diagonal covariances: per axis, (m1 - m2)² + (s1 - s2)².
    s1, s2 = rng.uniform(0.1, 3, width), rng.uniform(0.1, 3, width)
    expected = ((m1 - m2) ** 2 + (s1 - s2) ** 2).sum()
    assert frechet_distance(m1, np.diag(s1**2), m2, np.diag(s2**2)) == pytest.approx(expected, rel=1e-9)


def test_frechet_of_singular_covariances():
    """Fewer clips than features is the usual case: scipy's root of a singular product is not reliable, ours is."""
    rng = np.random.default_rng(3)
    _, c = _gaussian(rng, 30, rank=4)
    m = np.zeros(30)
    assert frechet_distance(m, c, m, c) == pytest.approx(0, abs=1e-5)
    assert frechet_distance(m, c, m, 4 * c) == pytest.approx(np.trace(c), rel=1e-6)  # (2 - 1)² tr C
    with pytest.raises(WanMoveError, match="give statistics of the same features"):
        frechet_distance(m, c, m[:3], c)


def test_statistics_are_those_of_all_samples_at_once():
    rng = np.random.default_rng(5)
    samples = rng.standard_normal((50, 6)) * [1, 2, 3, 4, 5, 6] + 1e4
    told = FeatureStatistics(6)
    for part in np.split(samples, [1, 1, 7, 30]):
        told.add(part)
    assert told.count == 50
    np.testing.assert_allclose(told.mean, samples.mean(0))
    np.testing.assert_allclose(told.covariance, np.cov(samples, rowvar=False), rtol=1e-8, atol=1e-8)
    with pytest.raises(WanMoveError, match="1 sample"):
        lone = FeatureStatistics(2)
        lone.add(np.zeros((1, 2)))
        _ = lone.covariance
    with pytest.raises(WanMoveError, match=r"expected finite \[M, 6\]"):
        told.add(np.full((1, 6), np.nan))


# -- features ---------------------------------------------------------------------------------------------------------


class Means:
    """Mean and deviation of each channel: features whose Fréchet distance is worked out in the test."""

    name, digest, width = "channel means", "0" * 64, 3

    def features(self, clip):
        return clip.mean((1, 2)) / 255


def test_fid_and_fvd_are_the_frechet_distance_of_the_features(dataset, tmp_path):
    rng = np.random.default_rng(0)
    bench, rows = read_dataset(dataset), ([], [])
    for clip in bench.clips[:4]:
        reference = np.stack(list(read_clip(clip.video)))
        darker = (reference * rng.uniform(0.5, 0.9)).astype(np.uint8)
        write_clip(tmp_path / clip.result_name, darker, quality=100)
        result = np.stack(list(read_clip(tmp_path / clip.result_name)))
        for held, part in zip(rows, (result, reference), strict=True):
            held.append(part.mean((1, 2)) / 255)
    (m1, c1), (m2, c2) = ((np.concatenate(r).mean(0), np.cov(np.concatenate(r), rowvar=False)) for r in rows)
    expected = ((m1 - m2) ** 2).sum() + np.trace(c1 + c2 - 2 * np.real(linalg.sqrtm(c1 @ c2)))
    scored = score_results(bench, tmp_path, fid=Means(), fvd=Means(), floor=False)
    assert scored.fid.value == pytest.approx(expected, rel=1e-4)
    assert scored.fid.value == scored.fvd.value and scored.fid.samples == 36
    assert len(scored.missing) == 8
    assert any("channel means, sha256 000000000000" in line for line in lines(scored))


def test_networks_have_the_published_sizes():
    """Parameters as documented: torchvision's Inception-v3 27,161,264, less 3,326,696 of its auxiliary head and
    2,049,000 of its classifier; I3D 12.7 M."""
    with torch.device("meta"):
        inception, i3d = InceptionV3(), InceptionI3D()
        assert inception(torch.zeros(1, 3, 299, 299)).shape == (1, 2048)
        assert i3d(torch.zeros(1, 3, 16, 224, 224)).shape == (1, 400)
    assert sum(p.numel() for p in inception.parameters()) == 27_161_264 - 3_326_696 - 2_049_000
    assert sum(p.numel() for p in i3d.parameters()) == 12_697_264
    names = inception.state_dict()
    assert names["Mixed_6c.branch7x7dbl_4.conv.weight"].shape == (160, 160, 7, 1)
    assert names["Mixed_7b.branch3x3dbl_3b.bn.running_var"].shape == (384,)
    assert i3d.state_dict()["Mixed_4f.b1b.conv3d.weight"].shape == (320, 160, 3, 3, 3)
    assert i3d.state_dict()["logits.conv3d.bias"].shape == (400,)


def test_weights_fill_the_network_or_are_refused(tmp_path):
    torch.manual_seed(0)
    net = InceptionI3D().eval()
    state = {k: v for k, v in net.state_dict().items() if "num_batches" not in k}
    torch.save({"state_dict": {f"module.{k}": v for k, v in state.items()}}, tmp_path / "i3d.pt")
    made = I3DFeatures(tmp_path / "i3d.pt")
    clip = np.random.default_rng(0).integers(0, 256, (9, 24, 32, 3), np.uint8)
    video = torch.nn.functional.interpolate(
        torch.from_numpy(clip).permute(0, 3, 1, 2).float(), (224, 224), mode="bilinear"
    )
    with torch.no_grad():
        expected = net((video / 127.5 - 1).permute(1, 0, 2, 3)[None])
    np.testing.assert_allclose(made.features(clip), expected, atol=1e-5)
    assert len(made.digest) == 64 and "i3d.pt" in made.name
    with pytest.raises(WanMoveError, match="5 frames, I3D needs 9"):
        made.features(clip[:5])
    with pytest.raises(WanMoveError, match=r"i3d.pt does not fit InceptionV3: missing Conv2d_1a_3x3.* in all\)"):
        InceptionFeatures(tmp_path / "i3d.pt")


def test_weights_that_could_run_code_are_refused(tmp_path):
    torch.jit.script(torch.nn.Linear(2, 2)).save(str(tmp_path / "script.pt"))
    with pytest.raises(WanMoveError, match=r"script.pt is a TorchScript archive: loading one runs the program in it"):
        read_state(tmp_path / "script.pt", "FVD / weights")
    torch.save({"a": print}, tmp_path / "code.pt")
    with pytest.raises(WanMoveError, match=r"code.pt holds more than tensors, or is damaged"):
        read_state(tmp_path / "code.pt", "FVD / weights")
    (tmp_path / "bad.safetensors").write_bytes(b"no")
    with pytest.raises(WanMoveError, match=r"bad.safetensors is damaged"):
        read_state(tmp_path / "bad.safetensors", "FID / weights")
    with pytest.raises(WanMoveError, match="there is no file"):
        read_state(tmp_path / "none.pt", "FID / weights")


def test_named_extractors(tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text(
        "class A:\n name, digest, width = 'mine', 'x', 1\n"
        " def features(self, clip): return clip.mean((1, 2, 3))[:, None]\n"
        "def make(): return A()\ndef bad(): return 3\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert named_extractor("mine:make", "FID").name == "mine"
    for name, message in (
        ("mine", "name it as package.module:function"),
        ("mine:none", "has no attribute 'none'"),
        ("nowhere_at_all:make", "No module named"),
        ("mine:bad", "returned a int without name, digest, width, features"),
    ):
        with pytest.raises(WanMoveError, match=message):
            named_extractor(name, "FID")
