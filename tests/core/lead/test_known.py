"""The mask of what a draft knows, on pictures whose truth is known: a square moves, a camera pans and zooms."""

from __future__ import annotations

import numpy as np
import pytest

from wan_move_core.draft.matte import Outline
from wan_move_core.draft.render import Draft
from wan_move_core.lead.known import known_frames
from wan_move_core.tracks import Tracks

W, H, T = 160, 96, 9
HELD = np.array([(6, 6), (154, 6), (6, 90), (154, 90), (80, 4), (80, 92)], float)
SQUARE = np.array([(24, 40), (40, 40), (24, 56), (40, 56), (32, 48)], float)
TIME = np.linspace(0, 1, T)[:, None, None]


@pytest.fixture(scope="module")
def picture():
    noise = np.random.default_rng(2).integers(0, 60, (H, W, 3))
    noise[32:64, 16:48] += 150
    return noise.astype(np.uint8)


def _square(shift=(80.0, 0.0)) -> tuple[Tracks, list[Outline]]:
    xy = np.concatenate([SQUARE[None] + TIME * np.asarray(shift), np.repeat(HELD[None], T, 0)], 1)
    inside = np.zeros((H, W), bool)
    inside[32:64, 16:48] = True
    return Tracks.make(xy.astype(np.float32), size_wh=(W, H)), [Outline(range(5), inside)]


def _masks(picture, tracks, outlines=()) -> np.ndarray:
    made = list(known_frames(Draft(picture, tracks, outlines)))
    assert len(made) == tracks.frames and all(m.dtype == np.uint8 and m.shape == (H, W) for m in made)
    return np.stack(made)


def test_a_thing_where_it_is_and_the_place_it_left(picture):
    tracks, outlines = _square()
    known = _masks(picture, tracks, outlines)
    for frame in range(T):
        at = 80 * frame / (T - 1)
        assert (known[frame, 34:62, int(at) + 19 : int(at) + 46] > 200).all(), frame
        if frame:
            left = known[frame, 34:62, 18 : min(46, int(at) + 16)]
            assert (left > (200 if at >= 16 else 100)).all(), frame
    # What nothing ever was over is not known: the model is free there.
    assert not known[:, :12].any() and not known[:, -12:].any() and not known[:, 34:62, 140:].any()
    assert not known[0, :, 60:].any()


def test_a_thing_that_is_hidden_is_not_known_but_its_place_is(picture):
    tracks, outlines = _square()
    visible = np.ones((T, tracks.count), bool)
    visible[2:, :5] = False
    hidden = Tracks.make(tracks.xy, visible, size_wh=(W, H))
    known = _masks(picture, hidden, outlines)
    assert not known[T - 1, 34:62, 98:126].any()
    assert (known[T - 1, 34:62, 18:46] > 200).all()


@pytest.mark.parametrize("kind", ["pan", "zoom out", "zoom in"])
def test_a_camera_knows_all_but_what_it_uncovers(picture, kind):
    gx, gy = np.meshgrid(np.arange(8, W, 16), np.arange(8, H, 16))
    grid = np.stack([gx, gy], -1).reshape(-1, 2).astype(float)
    factor = {"pan": 0.0, "zoom out": -0.3, "zoom in": 1.0}[kind]
    xy = grid[None] + TIME * np.array([-40.0, 0]) if kind == "pan" else (grid - (W / 2, H / 2))[None] * (
        1 + factor * TIME
    ) + (W / 2, H / 2)  # fmt: skip
    known = _masks(picture, Tracks.make(xy.astype(np.float32), size_wh=(W, H)))
    assert known[0].all()
    if kind == "zoom in":
        assert known.all()
        return
    # The true rim: what was beyond the picture at the start.
    edge = {"pan": (0, W - 40), "zoom out": (W * 0.15, W * 0.85)}[kind]
    columns = np.arange(W)
    inside = (columns > edge[0] + 4) & (columns < edge[1] - 4)
    beyond = (columns < edge[0] - 4) | (columns > edge[1] + 4)
    middle = known[T - 1, H // 2]
    assert middle[inside].all() and not middle[beyond].any()


def test_what_bends_is_known_where_it_moves(picture):
    """A lone point in a smooth picture bends it: that is known, and what it does not reach is not."""
    smooth = np.full((H, W, 3), 120, np.uint8)
    xy = np.concatenate([np.array([[[60.0, 48.0]]]) + TIME * np.array([14.0, 0]), np.repeat(HELD[None], T, 0)], 1)
    known = _masks(smooth, Tracks.make(xy.astype(np.float32), size_wh=(W, H)))
    assert not known[0].any()
    assert known[T - 1, 48, 68:76].all() and not known[T - 1, :4].any() and not known[T - 1, -4:].any()


def test_nothing_moves_nothing_is_known(picture):
    still = Tracks.make(np.repeat(HELD[None], T, 0).astype(np.float32), size_wh=(W, H))
    assert not _masks(picture, still).any()


def test_the_draft_is_left_as_it_was(picture):
    tracks, outlines = _square()
    draft = Draft(picture, tracks, outlines)
    before = np.stack(list(draft))
    list(known_frames(draft))
    assert np.array_equal(before, np.stack(list(draft)))


def test_the_command_writes_what_is_known(picture, tmp_path):
    from wan_move_core import cli
    from wan_move_core.lead.clip import DraftFile
    from wan_move_core.pictures import write_png

    tracks, _ = _square()
    write_png(tmp_path / "a.png", picture)
    np.save(tmp_path / "a.npy", tracks.xy.numpy())
    words = ["draft", "--image", str(tmp_path / "a.png"), "--tracks", str(tmp_path / "a.npy"), "--size", f"{W}x{H}"]
    assert cli.main([*words, "-o", str(tmp_path / "f"), "--mask", str(tmp_path / "m"), "--quiet"]) == 0
    made = np.stack(list(DraftFile(tmp_path / "m").taken(range(T))))[..., 0]
    assert np.array_equal(made, _masks(picture, tracks))
    for same in (tmp_path / "f", tmp_path / "m" / ".." / "f"):
        assert cli.main([*words, "-o", str(tmp_path / "f"), "--mask", str(same), "--quiet"]) == 2
