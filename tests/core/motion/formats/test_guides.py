"""The numbers that other models take: their sizes, lengths and coordinates, and how their readers read them."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
import torch

from wan_move_core.errors import WanMoveError
from wan_move_core.motion.formats import parse_tracks_text, write_tracks
from wan_move_core.motion.formats.guides import MODELS, for_model
from wan_move_core.tracks import Tracks

SIZE = (832, 480)


def tracks(frames: int = 81, size_wh: tuple[int, int] = SIZE) -> Tracks:
    t = torch.linspace(0, 1, frames)
    xy = torch.stack([torch.stack([100 + 500 * t, 200 + 40 * t], -1), torch.tensor([700.0, 33.0]).expand(frames, 2)], 1)
    return Tracks.make(xy, size_wh=size_wh)


def test_ltx_has_121_samples_at_a_multiple_of_64():
    made = for_model("ltx", tracks())
    assert made.tracks.size_wh == (832, 512) and made.guide_wh == (416, 256) and made.tracks.frames == 121
    rows = json.loads(made.coordinates)
    assert [len(row) for row in rows] == [121, 121] and set(rows[0][0]) == {"x", "y"}
    # 832x480 is cut to 832x512's shape in the middle: both sides grow by 512 / 480.
    grown = 512 / 480
    for sample in (0, 60, 120):
        x, y = 100 + 500 * sample / 120, 200 + 40 * sample / 120
        assert rows[0][sample]["x"] == pytest.approx(416 + (x - 416) * grown, abs=0.02)
        assert rows[0][sample]["y"] == pytest.approx(y * grown, abs=0.02)
    assert any("Retimed from 81 frames to 121" in note for note in made.notes)
    assert any("832x480 to 832x512" in note for note in made.notes)
    assert for_model("ltx", tracks(121, (1024, 576)), (1024, 576)).notes == ()


@pytest.mark.parametrize("model", list(MODELS))
def test_what_is_written_reads_back_in_our_own_reader(model):
    made = for_model(model, tracks(), (832, 512), 121 if model in ("ltx", "ati") else 81)
    back = parse_tracks_text(made.coordinates, size_wh=(832, 512)).tracks
    assert back.frames == made.tracks.frames
    torch.testing.assert_close(back.xy, made.tracks.xy, atol=1e-3, rtol=0)


def test_hidden_positions_lie_outside_where_nothing_is_drawn():
    given = tracks()
    visible = torch.ones(81, 2, dtype=torch.bool)
    visible[40:, 0] = False
    for model in ("ltx", "dots"):
        rows = json.loads(for_model(model, given.with_visible(visible)).coordinates)
        assert rows[0][-1]["x"] < -800 and rows[0][-1]["y"] < -470 and rows[0][0]["x"] > 0
        assert all(point["x"] > 0 for point in rows[1])
    visible[0, 0] = False
    made = for_model("ati", given.with_visible(visible))
    assert made.tracks.count == 1 and any("1 track hidden in the first frame left out" in n for n in made.notes)


@pytest.mark.parametrize(
    ("model", "size_wh", "frames", "text"),
    [
        ("ltx", (832, 480), None, r"multiples of 64, at most 4096\. Fix: use 832x512"),
        ("ltx", (960, 544), None, r"Fix: use 960x512|Fix: use 960x576"),
        ("ltx", None, 120, r"LTX has 8n\+1 and would drop the rest\. Fix: use 113 or 121"),
        ("ltx", None, 0, r"0 frames; LTX has 8n\+1"),
        ("ati", (830, 480), None, r"multiples of 16, at most 4096\. Fix: use 832x480"),
        ("ati", None, 81, r"81 frames; ATI reads 121 samples"),
        ("dots", None, 80, r"80 frames, but the model's lengths are 4k\+1"),
        ("vace", (8192, 480), None, r"at most 4096"),
        ("vace", (4096, 64), None, r"more than 8 times as long as wide"),
        ("sora", None, None, r"unknown 'sora'\. Fix: use ltx, ati, dots, vace"),
    ],
)
def test_what_they_would_cut_or_refuse_is_said(model, size_wh, frames, text):
    with pytest.raises(WanMoveError, match=text):
        for_model(model, tracks(), size_wh, frames)


def test_no_tracks_and_none_seen_at_first():
    with pytest.raises(WanMoveError, match="there are no tracks"):
        for_model("dots", Tracks.empty(81, SIZE))
    visible = torch.ones(81, 2, dtype=torch.bool)
    visible[0] = False
    with pytest.raises(WanMoveError, match="every track is hidden in the first frame"):
        for_model("ati", tracks().with_visible(visible))


def _as_ati_reads(content: bytes, frame_size: tuple[int, int]) -> np.ndarray:
    """[81, N, 4] of time, x, y, visible, each -1 to 1: ATI's own reading (``wan/utils/motion.py``) in NumPy.

    The file holds the bytes of an npz whose ``array`` is eight times [N, 121, 1, 3]; positions count from the middle
    in halves of the shorter side; of the 120 samples after the first, doubled, each third is a frame.
    """
    raw = torch.load(io.BytesIO(content), weights_only=True)
    with np.load(io.BytesIO(raw)) as stored:
        array = stored["array"].astype(np.float64) / 8
    assert array.shape[1:] == (121, 1, 3)
    xy = (array[:, :, 0, :2] - np.array(frame_size) / 2) / min(frame_size) * 2
    time = np.broadcast_to(np.linspace(-1, 1, 121)[None, :, None], (*xy.shape[:2], 1))
    rows = np.concatenate([time, xy, array[:, :, 0, 2:] * 2 - 1], -1).transpose(1, 0, 2)
    return np.concatenate([rows[:1], np.repeat(rows[1:], 2, 0)[1::3]])


def test_ati_reads_our_file(tmp_path):
    given = tracks()
    written = write_tracks(given, tmp_path / "a.pth", "ati").paths[0].read_bytes()
    read = _as_ati_reads(written, SIZE)
    assert read.shape == (81, 2, 4) and (read[..., 3] == 1).all()
    for frame in (0, 20, 40, 80):
        # A frame takes a sample at most half a frame away from its own time.
        x = (100 + 500 * frame / 80 - 416) / 480 * 2
        assert read[frame, 0, 1] == pytest.approx(x, abs=0.6 * 500 / 80 / 480 * 2)
        assert tuple(read[frame, 1, 1:3]) == pytest.approx(((700 - 416) / 240, (33 - 240) / 240), abs=1e-4)
    assert read[0, 0, 1] == pytest.approx((100 - 416) / 240, abs=1e-4)
