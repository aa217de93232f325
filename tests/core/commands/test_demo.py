"""The demo: its objects move along their paths, what is anchored stays, and what it writes can be used again."""

from __future__ import annotations

import numpy as np
import pytest

from wan_move_core import cli
from wan_move_core.demo import picture as demo_picture
from wan_move_core.demo.picture import DOCUMENT, PICTURE
from wan_move_core.motion.checks.checker import check_document
from wan_move_core.motion.document.read import parse_document
from wan_move_core.motion.evaluation.evaluate import tracks_from_document
from wan_move_core.pictures import read_picture
from wan_move_core.video import probe_clip, read_clip


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "wan-move-demo"
    assert cli.main(["demo", "-o", str(folder), "-q"]) == 0
    return folder


def test_what_is_written(demo):
    names = {"draft.mp4", "overlay.mp4", "contact-sheet.png", "picture.jpg", "motion.json"}
    assert {p.name for p in demo.iterdir()} == names
    for name in ("draft.mp4", "overlay.mp4"):
        info = probe_clip(demo / name)
        assert (info.size_wh, info.frames, info.fps) == ((832, 480), 81, pytest.approx(16))
    sheet = read_picture(demo / "contact-sheet.png")
    assert sheet.shape[1] > 1200 and sheet.shape[0] > 700


def test_objects_move_and_anchors_hold(demo):
    """The colours around each track's point at the end are those around it at the start, and the rest has not moved."""
    document = parse_document((demo / "motion.json").read_bytes())
    tracks = tracks_from_document(document)
    frames = list(read_clip(demo / "draft.mp4"))
    first, last = frames[0].astype(int), frames[-1].astype(int)
    moves = (tracks.xy[-1] - tracks.xy[0]).norm(dim=-1)
    assert (moves > 80).sum() >= 20 and (moves == 0).sum() >= 10

    def patch(image, point_xy, reach=4):
        x, y = (int(v) for v in point_xy)
        return image[y - reach : y + reach + 1, x - reach : x + reach + 1].mean((0, 1))

    for n in range(tracks.count):
        # A patch at a boat's or balloon's rim mixes with what is behind it; the middle of the mass does not.
        there, here = patch(last, tracks.xy[-1, n]), patch(first, tracks.xy[0, n])
        assert np.abs(there - here).mean() < (10 if moves[n] == 0 else 60), n
    carried = [
        np.abs(patch(last, tracks.xy[-1, n]) - patch(first, tracks.xy[0, n])).mean()
        for n in range(tracks.count)
        if moves[n] > 80
    ]
    stayed = [
        np.abs(patch(last, xy) - patch(first, xy)).mean() for xy, m in zip(tracks.xy[0], moves, strict=True) if m > 80
    ]
    assert np.median(carried) < 12 < np.median(stayed)
    assert np.abs(last[:, 660:] - first[:, 660:]).mean() < 3, "lighthouse and land stay"


def test_the_overlay_shows_the_tracks(demo):
    draft, overlay = (next(read_clip(demo / name)) for name in ("draft.mp4", "overlay.mp4"))
    assert np.abs(draft.astype(int) - overlay).max() > 100
    changed = (np.abs(draft.astype(int) - overlay).max(-1) > 60).mean()
    assert 0.002 < changed < 0.05


def test_the_motion_has_no_mistakes():
    document = parse_document((demo_picture.ASSETS / DOCUMENT).read_bytes())
    assert check_document(document) == []
    assert (document.frames, document.size_wh) == (81, (832, 480))


def test_the_shipped_files_are_what_the_script_makes():
    import json

    shipped = json.loads((demo_picture.ASSETS / DOCUMENT).read_text(encoding="utf-8"))
    assert shipped == json.loads(json.dumps(demo_picture.motion()))
    picture = read_picture(demo_picture.ASSETS / PICTURE)
    assert picture.shape == (480, 832, 3)


def test_the_contents_can_be_used_again(demo, capsys):
    args = ["draft", "--image", str(demo / "picture.jpg"), "--tracks", str(demo / "motion.json"), "--frames", "9"]
    assert cli.main([*args, "--size", "416x240", "-o", str(demo.parent / "mine.mp4")]) == 0
    assert probe_clip(demo.parent / "mine.mp4").size_wh == (416, 240)
    assert "Remapped" in capsys.readouterr().out


def test_the_demo_is_ready_by_its_picture_too(capsys):
    """Nothing that stays lies on what moves or where it passes, by the rules that look at the picture."""
    asked = ["tracks", "check", str(demo_picture.ASSETS / DOCUMENT), "--image", str(demo_picture.ASSETS / PICTURE)]
    assert cli.main(asked) == 0
    assert "No issue found" in capsys.readouterr().out
