"""What is written reads back the same, in our reader and in the readers it is written for."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from wan_move_core.errors import WanMoveError
from wan_move_core.motion.formats import read_tracks, write_tracks
from wan_move_core.tracks import Tracks

SIZE = (832, 480)


def tracks(frames: int = 81) -> Tracks:
    t = torch.linspace(0, 1, frames)
    xy = torch.stack(
        [
            torch.stack([100 + 500 * t, 200 + 0 * t], -1),
            torch.stack([400 + 100 * torch.cos(3 * t), 240 + 100 * torch.sin(3 * t)], -1),
            torch.tensor([700.0, 33.0]).expand(frames, 2),
        ],
        1,
    )
    visible = torch.ones(frames, 3, dtype=torch.bool)
    visible[frames // 2 : frames // 2 + 5, 1] = False
    return Tracks.make(xy, visible, size_wh=SIZE)


@pytest.mark.parametrize(
    ("name", "format", "atol"),
    [("a.json", "auto", 8e-4), ("a.safetensors", "auto", 0), ("a.npz", "auto", 0), ("a.npy", "wan2gp_npy", 1e-3)],
)
def test_sampled_formats_round_trip(tmp_path, name, format, atol):
    mine = tracks()
    written = write_tracks(mine, tmp_path / name, format)
    got = read_tracks(written.paths[0], size_wh=SIZE).tracks
    assert torch.equal(got.visible, mine.visible)
    off = (got.xy - mine.xy).norm(dim=-1)
    # Wan2GP's array has no position where a track is absent.
    assert float(off[mine.visible].max()) <= atol


@pytest.mark.parametrize(
    ("name", "format", "title"),
    [
        ("a.txt", "equalizer", "3DEqualizer"),
        ("a.2dt", "pftrack", "PFTrack"),
        ("a.txt", "shake", "Shake"),
        ("a.txt", "syntheyes", "SynthEyes"),
    ],
)
def test_tracks_for_match_movers_come_back(tmp_path, name, format, title):
    """By the readers that were written for those programs' own exports; odd sides, so that no middle hides a slip."""
    mine = tracks(21)
    mine = Tracks.make(mine.xy * 0.9 + 1.25, mine.visible, size_wh=(831, 479))
    written = write_tracks(mine, tmp_path / name, format)
    read = read_tracks(written.paths[0], size_wh=(831, 479), frames=21)
    assert title in read.report.title
    assert torch.equal(read.tracks.visible, mine.visible)
    assert float((read.tracks.xy - mine.xy).norm(dim=-1)[mine.visible].max()) <= 1e-3
    # What is never seen has no place in such a file; where nothing is, there is no file.
    gone = torch.zeros_like(mine.visible)
    with pytest.raises(WanMoveError, match="every position is hidden"):
        write_tracks(Tracks.make(mine.xy, gone, size_wh=(831, 479)), tmp_path / f"no_{name}", format)
    assert not (tmp_path / f"no_{name}").exists()


def test_lines_as_a_drawing(tmp_path):
    mine = tracks()
    written = write_tracks(mine, tmp_path / "a.svg", "svg")
    read = read_tracks(written.paths[0], size_wh=SIZE, frames=81)
    assert read.report.format == "svg" and read.tracks.count == 3
    assert any("even speed" in note for note in written.notes)
    # Even tracks are kept in time too; those on a circle keep their line.
    assert float((read.tracks.xy[:, 0] - mine.xy[:, 0]).norm(dim=-1).max()) <= 1.5
    assert float((read.tracks.xy[:, 2] - mine.xy[:, 2]).norm(dim=-1).max()) <= 0.1


def test_the_editors_menu_has_every_format_that_is_written():
    from wan_move_core.editor.importing import EXPORTS
    from wan_move_core.motion.formats.writers import WRITERS

    by_the_page = {"npy", "coordinates", "document"}
    assert {key for key, _ in EXPORTS.values()} | by_the_page == set(WRITERS)


def test_npy_pair(tmp_path):
    mine = tracks()
    written = write_tracks(mine, tmp_path / "ID_tracks.npy")
    assert [p.name for p in written.paths] == ["ID_tracks.npy", "ID_visibility.npy"]
    raw, seen = (np.load(p) for p in written.paths)
    assert raw.shape == (1, 81, 3, 2) and raw.dtype == np.float32 and seen.shape == (1, 81, 3) and seen.dtype == bool
    assert read_tracks(written.paths[0], visibility=written.paths[1], size_wh=SIZE).tracks.equals(mine)
    named = write_tracks(mine, str(tmp_path / "x.npy"), visibility_path=tmp_path / "y.npy")
    assert [p.name for p in named.paths] == ["x.npy", "y.npy"]
    with pytest.raises(WanMoveError, match="the same path"):
        write_tracks(mine, tmp_path / "x.npy", visibility_path=tmp_path / "x.npy")


def test_native_readers(tmp_path):
    mine = tracks()
    write_tracks(mine, tmp_path / "a.json")
    value = json.loads((tmp_path / "a.json").read_text())
    assert np.allclose([[p["x"], p["y"]] for p in value[1]], mine.xy[:, 1], atol=6e-4)
    write_tracks(mine, tmp_path / "a.safetensors")
    stored = load_file(tmp_path / "a.safetensors")
    assert torch.equal(stored["track_path"], mine.xy) and torch.equal(stored["track_visibility"], mine.visible)
    write_tracks(mine, tmp_path / "a.pth")
    data = torch.load(tmp_path / "a.pth", weights_only=True)
    with np.load(io.BytesIO(data)) as inner:
        array = inner["array"] / 8
    assert array.shape == (3, 121, 1, 3) and array[0, 60, 0].tolist() == pytest.approx([350, 200, 1])
    back = read_tracks(tmp_path / "a.pth", size_wh=SIZE, frames=81).tracks
    assert float((back.xy - mine.xy).norm(dim=-1).max()) < 0.5
    absent = np.load(write_tracks(mine, tmp_path / "g.npy", "wan2gp_npy").paths[0])
    assert absent[40, 1].tolist() == [-1, -1] and absent[0, 2] == pytest.approx([700 / 832, 33 / 480])


def test_control_point_formats_say_what_they_lose(tmp_path):
    mine = tracks()
    moving = mine.with_visible(torch.ones(81, 3))
    written = write_tracks(mine, tmp_path / "d.json", "wan2gp")
    assert "5 hidden positions could not be kept hidden" in str(written) and "from the tracks, mostly in timing" in str(
        written
    )
    back = read_tracks(written.paths[0], frames=81, size_wh=SIZE)
    assert back.report.format == "wan2gp" and float((back.tracks.xy - mine.xy).norm(dim=-1).max()) < 3
    strokes = write_tracks(moving, tmp_path / "s.json", "strokes", error_px=0.2)
    back = read_tracks(strokes.paths[0], frames=81)
    assert back.report.format == "strokes" and back.tracks.size_wh == SIZE
    assert float((back.tracks.xy - mine.xy).norm(dim=-1).max()) < 1
    store = write_tracks(moving, tmp_path / "p.json", "points_store")
    assert "Speed along the lines and hidden frames are not kept" in str(store)
    value = json.loads((tmp_path / "p.json").read_text())
    assert [x["isSinglePoint"] for x in value] == [False, False, True]
    assert read_tracks(tmp_path / "p.json", frames=81, size_wh=SIZE).report.format == "points_store"


def test_document(tmp_path):
    mine = tracks()
    written = write_tracks(mine, tmp_path / "m.json", "document", error_px=0.5)
    got = read_tracks(written.paths[0])
    assert got.report.format == "document" and got.tracks.size_wh == SIZE
    assert "no track moves further than" in str(written)
    # The still track became an anchor, at the bottom.
    order = [2, 0, 1]
    assert torch.equal(got.tracks.visible, mine.visible[:, order])
    assert float((got.tracks.xy - mine.xy[:, order]).norm(dim=-1)[got.tracks.visible].max()) <= 0.5
    kept = write_tracks(mine, tmp_path / "k.json", "document", document=got.document)
    assert read_tracks(kept.paths[0]).tracks.equals(got.tracks)


def test_failures_leave_nothing_and_keep_the_old_file(tmp_path):
    mine = tracks()
    old = tmp_path / "tracks.npy"
    old.write_bytes(b"old")
    blocked = tmp_path / "missing" / "visibility.npy"
    with pytest.raises(WanMoveError, match=r"cannot be written \(No such file or directory\)"):
        write_tracks(mine, old, visibility_path=blocked)
    assert old.read_bytes() == b"old" and [p.name for p in tmp_path.iterdir()] == ["tracks.npy"]
    with pytest.raises(WanMoveError, match=r"the ending '\.txt' does not say the format"):
        write_tracks(mine, tmp_path / "a.txt")
    with pytest.raises(WanMoveError, match="unknown format 'x'"):
        write_tracks(mine, tmp_path / "a.txt", "x")
    with pytest.raises(WanMoveError, match="there are no tracks to write"):
        write_tracks(Tracks.empty(5, SIZE), tmp_path / "a.json")
    assert [p.name for p in tmp_path.iterdir()] == ["tracks.npy"]
