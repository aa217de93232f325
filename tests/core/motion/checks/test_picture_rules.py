"""The rules that look at the picture, on painted ones, by the draft's own cut."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
import torch

from wan_move_core.cli import main
from wan_move_core.draft.outlines import outlines_from_document
from wan_move_core.draft.things import things_in
from wan_move_core.motion.checks.checker import check_document, check_tracks
from wan_move_core.motion.document.read import parse_document
from wan_move_core.motion.evaluation.evaluate import tracks_and_owners
from wan_move_core.tracks import Tracks

PICTURE_RULES = ("lone_point", "still_in_way", "cut_by_frame")
Way = tuple[tuple[float, float], tuple[float, float]]
BALL_XY = [(178, 260), (224, 268), (200, 306)]


def painted(thing: str) -> np.ndarray:
    """uint8 [480, 832, 3]: a ball at (200, 280), or a face, on a soft sky with a little noise."""
    noise = np.random.default_rng(3).integers(-3, 4, (480, 832, 3))
    sky = np.linspace((80, 130, 170), (80, 170, 170), 480)[:, None] + np.zeros((1, 832, 1))
    picture = (sky + noise).astype(np.uint8)
    if thing == "ball":
        cv2.circle(picture, (200, 280), 50, (210, 60, 50), -1, cv2.LINE_AA)
    else:
        cv2.ellipse(picture, (400, 240), (170, 204), 0, 0, 360, (220, 170, 140), -1, cv2.LINE_AA)
    return picture


def lines(*ways: Way) -> Tracks:
    part = torch.linspace(0, 1, 81)[:, None]
    xy = [torch.tensor(a) + part * (torch.tensor(b) - torch.tensor(a)) for a, b in ways]
    return Tracks.make(torch.stack(xy, 1).float(), size_wh=(832, 480))


def seen(picture: np.ndarray, tracks: Tracks) -> list[tuple[str, int | None, int | None]]:
    found = check_tracks(tracks, things=things_in(picture, tracks))
    return [(issue.id, issue.track, issue.frame) for issue in found if issue.id in PICTURE_RULES]


def rolling() -> list[Way]:
    return [((float(x), float(y)), (x + 250.0, float(y))) for x, y in BALL_XY]


def staying(x: float, y: float) -> Way:
    return (x, y), (x, y)


def test_a_nose_in_a_face_is_said_and_a_ball_is_not():
    assert seen(painted("face"), lines(((400.0, 240.0), (520.0, 200.0)))) == [("lone_point", 0, None)]
    assert seen(painted("face"), lines(((400.0, 240.0), (401.0, 240.0)))) == []
    assert seen(painted("ball"), lines(*rolling())) == []
    tracks = lines(((400.0, 240.0), (520.0, 200.0)))
    assert not {issue.id for issue in check_tracks(tracks)} & set(PICTURE_RULES), "without a picture nobody knows"


def test_still_points_on_the_way_are_said_and_others_are_not():
    on_it, in_the_way, aside = staying(205.0, 300.0), staying(430.0, 280.0), staying(700.0, 60.0)
    found = seen(painted("ball"), lines(*rolling(), on_it, in_the_way, aside))
    assert [(name, track) for name, track, _ in found] == [("still_in_way", 3), ("still_in_way", 4)]
    assert found[0][2] == 0
    assert found[1][2] is not None and found[1][2] > 20


REGION = {
    "id": "r1",
    "type": "region",
    "name": "Cat",
    "polygon": [[0.35, 0.52], [0.61, 0.52], [0.61, 1.0], [0.35, 1.0]],
    "pivot": [0.5, 0.75],
    "keys": [
        {"frame": 0, "offset": [0, 0], "rotate": 0, "scale": 1},
        {"frame": 80, "offset": [0.07, -0.17], "rotate": 0, "scale": 1},
    ],
}


@pytest.mark.parametrize(("offset", "said"), [([0.07, -0.17], True), ([0.07, 0.06], False), ([0.0, -0.02], False)])
def test_a_region_that_the_frame_cuts_must_not_leave_its_edge(tmp_path, capsys, offset, said):
    keys = [REGION["keys"][0], {**REGION["keys"][1], "offset": offset}]
    raw = {"version": 1, "size_wh": [832, 480], "frames": 81, "fps": 16, "layers": [{**REGION, "keys": keys}]}
    document = parse_document(json.dumps(raw))
    tracks = tracks_and_owners(document, through_camera=False)[0]
    things = things_in(painted("face"), tracks, outlines_from_document(document))
    issues = [issue for issue in check_document(document, things=things) if issue.id in PICTURE_RULES]
    assert [issue.id for issue in issues] == (["cut_by_frame"] if said else [])
    # The command with a picture says the same.
    (tmp_path / "motion.json").write_text(json.dumps(raw), encoding="utf-8")
    cv2.imwrite(str(tmp_path / "face.png"), painted("face"))
    code = main(["tracks", "check", str(tmp_path / "motion.json"), "--image", str(tmp_path / "face.png")])
    assert code == 0
    assert ("cuts away from that edge" in capsys.readouterr().out) is said


def test_the_middle_that_a_thing_turns_about_is_not_in_its_way():
    """A region of far more points than carry it in the draft; the one about which it turns stands still."""
    middle = (50.5 * 8 / 832, 30.5 * 8 / 480)
    keys = [REGION["keys"][0], {**REGION["keys"][1], "offset": [0, 0], "rotate": 12}]
    box = [[0.25, 0.15], [0.75, 0.15], [0.75, 0.85], [0.25, 0.85]]
    layer = {**REGION, "polygon": box, "pivot": middle, "keys": keys}
    held = {"id": "h1", "type": "anchors", "name": "Held", "points": [[0.5, 0.4], [0.02, 0.02]]}
    found = []
    for layers in ([layer], [layer, held]):
        raw = {"version": 1, "size_wh": [832, 480], "frames": 81, "fps": 16, "layers": layers}
        document = parse_document(json.dumps(raw))
        tracks, owner = tracks_and_owners(document, through_camera=False)
        assert (torch.linalg.vector_norm(tracks.xy[-1] - tracks.xy[0], dim=-1)[owner == 0] < 0.01).any()
        things = things_in(painted("face"), tracks, outlines_from_document(document))
        assert [len(thing.tracks) < (owner == 0).sum() for thing in things] == [True]
        issues = check_document(document, things=things)
        found.append([owner[issue.track] for issue in issues if issue.id == "still_in_way"])
    assert found == [[], [1]], "a still point of another layer is"


def test_the_command_mends_off_what_moves_in_the_picture(tmp_path, capsys):
    """With --image the still points that --fix adds keep off the ball and its way."""
    np.save(tmp_path / "ball.npy", lines(*rolling()).xy.numpy())
    cv2.imwrite(str(tmp_path / "ball.png"), cv2.cvtColor(painted("ball"), cv2.COLOR_RGB2BGR))
    held = []
    for more in (["--image", str(tmp_path / "ball.png")], ["--size", "832x480"]):
        out = tmp_path / f"mended{len(held)}.npy"
        assert main(["tracks", "check", str(tmp_path / "ball.npy"), "--fix", str(out), *more]) == 0
        start = np.load(out)[0, 0]
        held.append(start[:-3])
        capsys.readouterr()

    def nearest_px(points: np.ndarray) -> float:
        """From the ball's way, the line of its centre."""
        x = np.clip(points[:, 0], 200, 450)
        return float(np.hypot(points[:, 0] - x, points[:, 1] - 280).min())

    assert len(held[0]) > 50
    assert nearest_px(held[0]) > 50
    assert len(held[0]) <= len(held[1])


def test_a_lone_point_that_takes_little_along_is_not_said():
    """As in the editor: what goes along is measured, and a small patch of it is no larger thing."""
    nose: Way = ((404.0, 244.0), (444.0, 244.0))
    held = [staying(404.0 + dx, 244.0 + dy) for dx, dy in ((-28, 0), (0, -28), (0, 28), (-20, -20), (-20, 20))]
    cells = np.random.default_rng(5).integers(0, 256, (60, 104, 3)).astype(np.uint8)
    gravel = np.kron(cells, np.ones((8, 8, 1), np.uint8))
    assert [name for name, *_ in seen(painted("face"), lines(nose))] == ["lone_point"]
    assert [thing.share is None for thing in things_in(gravel, lines(nose, *held))] == [True]
    assert seen(gravel, lines(nose, *held)) == []


ON_IT_XY, IN_THE_WAY_XY, ASIDE_XY = (205.0, 300.0), (430.0, 280.0), (700.0, 60.0)


def test_the_command_takes_still_points_out_of_the_way(tmp_path, capsys):
    """--fix with --image applies the picture's rules to a document's layers and to bare tracks."""
    cv2.imwrite(str(tmp_path / "ball.png"), cv2.cvtColor(painted("ball"), cv2.COLOR_RGB2BGR))
    norm = [[x / 832, y / 480] for x, y in (ON_IT_XY, IN_THE_WAY_XY, ASIDE_XY)]
    layers = [{"id": "h1", "type": "anchors", "name": "Held", "points": norm}]
    for n, (a, b) in enumerate(rolling()):
        points = [[x / 832, y / 480] for x, y in (a, b)]
        layers.append({"id": f"p{n}", "type": "path", "name": f"P{n}", "start": 0, "end": 80, "points": points})
    raw = {"version": 1, "size_wh": [832, 480], "frames": 81, "fps": 16, "layers": layers}
    (tmp_path / "motion.json").write_text(json.dumps(raw), encoding="utf-8")
    held = lines(staying(*ON_IT_XY), staying(*IN_THE_WAY_XY), staying(*ASIDE_XY))
    np.save(tmp_path / "ball.npy", torch.cat([held.xy, lines(*rolling()).xy], 1).numpy())
    image = ["--image", str(tmp_path / "ball.png")]
    for file, out in (("motion.json", "mended.json"), ("ball.npy", "mended.npy")):
        assert main(["tracks", "check", str(tmp_path / file), "--fix", str(tmp_path / out), *image]) == 0
        assert "out of the way" in (said := capsys.readouterr().out) or "taken out" in said
    layers = json.loads((tmp_path / "mended.json").read_text(encoding="utf-8"))["layers"]
    assert next(layer for layer in layers if layer["id"] == "h1")["points"] == norm[2:]
    assert [layer["id"] for layer in layers if layer["type"] == "path"] == ["p0", "p1", "p2"]
    start = [tuple(xy) for xy in np.load(tmp_path / "mended.npy")[0, 0].tolist()]
    assert ASIDE_XY in start and ON_IT_XY not in start and IN_THE_WAY_XY not in start


def test_windows_hold_nothing_where_a_thing_passes(tmp_path):
    """``split --refill anchors`` with the picture: each window keeps off what passes in it, and off nothing else."""
    cv2.imwrite(str(tmp_path / "ball.png"), cv2.cvtColor(painted("ball"), cv2.COLOR_RGB2BGR))
    still = lines(staying(12.0, 12.0), staying(820.0, 12.0))
    np.save(tmp_path / "ball.npy", torch.cat([lines(*rolling()).xy, still.xy], 1).numpy())
    more = ["--window", "41", "--refill", "anchors", "--image", str(tmp_path / "ball.png"), "--quiet"]
    assert main(["tracks", "split", str(tmp_path / "ball.npy"), str(tmp_path / "part.npy"), *more]) == 0

    def nearest_px(number: int, left: float, right: float) -> float:
        points = np.load(tmp_path / f"part_{number}.npy")[0]
        points = points[0, np.abs(points - points[0]).max((0, 2)) < 1]
        x = np.clip(points[:, 0], left, right)
        return float(np.hypot(points[:, 0] - x, points[:, 1] - 280).min())

    assert nearest_px(0, 200, 325) > 50
    assert nearest_px(1, 325, 450) > 50
    assert nearest_px(1, 200, 200) < 50, "the ball has left its place"
