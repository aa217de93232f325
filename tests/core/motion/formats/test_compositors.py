"""Tracks written for compositors: read back the same, and letter by letter what those programs expect."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from wan_move_core.errors import WanMoveError
from wan_move_core.motion.formats import read_tracks, write_tracks
from wan_move_core.tracks import Tracks

SIZE = (640, 360)


def tracks(count: int = 2, frames: int = 5) -> Tracks:
    t = torch.arange(frames, dtype=torch.float32)
    xy = torch.stack([torch.stack([100 + 2.5 * t + 50 * n, 200 - 0.125 * t], -1) for n in range(count)], 1)
    visible = torch.ones(frames, count, dtype=torch.bool)
    visible[1:3, -1] = False
    return Tracks.make(xy, visible, size_wh=SIZE)


def test_after_effects_letter_by_letter(tmp_path):
    """Laid out as After Effects' own clipboard text of a Position."""
    one = Tracks.make([[[100, 200]], [[102.5, 199.875]]], size_wh=SIZE)
    written = write_tracks(one, tmp_path / "a.txt", "after_effects", fps=23.976)
    assert written.paths[0].read_bytes() == (
        b"Adobe After Effects 8.0 Keyframe Data\n\n"
        b"\tUnits Per Second\t23.976\n\tSource Width\t640\n\tSource Height\t360\n"
        b"\tSource Pixel Aspect Ratio\t1\n\tComp Pixel Aspect Ratio\t1\n\n"
        b"Transform\tPosition\n\tFrame\tX pixels\tY pixels\tZ pixels\n"
        b"\t0\t100\t200\t0\n\t1\t102.5\t199.875\t0\n\n\n"
        b"End of Keyframe Data\n"
    )
    assert "paste it onto a layer" in str(written)


def test_csv_letter_by_letter(tmp_path):
    one = Tracks.make([[[100, 200], [5, 6]], [[102.5, 199.875], [-0.00001, 7]]], [[1, 1], [0, 1]], size_wh=SIZE)
    written = write_tracks(one, tmp_path / "a.csv")
    assert written.paths[0].read_bytes() == (
        b"track,frame,x,y,visible\n1,0,100,200,1\n1,1,102.5,199.875,0\n2,0,5,6,1\n2,1,0,7,1\n"
    )
    assert "640x360" in str(written)


def test_nuke_ascii_letter_by_letter(tmp_path):
    one = Tracks.make([[[200, 40]], [[201.5, 39.5]], [[203, 39]]], [[1], [0], [1]], size_wh=SIZE)
    written = write_tracks(one, tmp_path / "a.txt", "nuke_ascii")
    assert written.paths[0].read_bytes() == b"200.0000 320.0000 1\n203.0000 321.0000 3\n"
    assert "1 hidden position left out" in str(written) and "360 px high" in str(written)


@pytest.mark.parametrize("count", [1, 2, 12])
def test_read_back(tmp_path, count):
    mine = tracks(count)
    table = read_tracks(write_tracks(mine, tmp_path / "a.csv").paths[0], size_wh=SIZE).tracks
    assert torch.equal(table.visible, mine.visible) and torch.allclose(table.xy, mine.xy, atol=1e-4)
    keys = read_tracks(write_tracks(mine, tmp_path / "a.txt", "after_effects", fps=24).paths[0])
    assert torch.allclose(keys.tracks.xy, mine.xy, atol=1e-4) and keys.report.size_wh == SIZE
    assert keys.report.choices["fps"].taken == 24
    written = write_tracks(mine, tmp_path / "n.txt", "nuke_ascii")
    digits = len(str(count))
    names = ["n.txt"] if count == 1 else [f"n_{n:0{digits}}.txt" for n in range(1, count + 1)]
    assert [p.name for p in written.paths] == names
    for n, path in enumerate(written.paths):
        got = read_tracks(path, size_wh=SIZE).tracks
        seen = mine.visible[:, n]
        assert torch.equal(got.visible[:, 0], seen)
        assert torch.allclose(got.xy[seen, 0], mine.xy[seen, n], atol=1e-4)


def test_what_cannot_be_written(tmp_path):
    hidden = tracks(1).with_visible(np.zeros((5, 1), bool))
    with pytest.raises(WanMoveError, match="every position is hidden"):
        write_tracks(hidden, tmp_path / "a.txt", "nuke_ascii")
    assert "hidden positions written as keys" in str(write_tracks(hidden, tmp_path / "b.txt", "after_effects"))
    assert not (tmp_path / "a.txt").exists()


def test_the_visibility_beside_is_found(tmp_path):
    mine = tracks()
    path = write_tracks(mine, tmp_path / "out.npy").paths[0]
    got = read_tracks(path, size_wh=SIZE)
    assert got.tracks.equals(mine) and "Visibility from out_visibility.npy, which lies beside" in str(got.report)
    assert "No visibility was given" not in str(got.report)
    without = read_tracks(path, size_wh=SIZE, visibility="none")
    assert bool(without.tracks.visible.all()) and "is not used, as asked" in str(without.report)
    # Bytes have no place beside which anything could lie.
    assert bool(read_tracks(path.read_bytes(), size_wh=SIZE).tracks.visible.all())
    np.save(tmp_path / "out_visibility.npy", np.ones((7, 2), bool))
    assert "its shape [7, 2] does not fit" in str(read_tracks(path, size_wh=SIZE).report)
    (tmp_path / "out_visibility.npy").write_bytes(b"damaged")
    assert "lies beside and is not used: not a .npy file" in str(read_tracks(path, size_wh=SIZE).report)
