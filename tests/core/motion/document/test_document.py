"""The motion document: shared cases, reading and writing, errors by text, migration, dense layers."""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from wan_move_core.errors import WanMoveError
from wan_move_core.motion.document.dense import dense_from_tracks, tracks_from_dense
from wan_move_core.motion.document.layers import PathLayer
from wan_move_core.motion.document.read import empty_document, migrate, parse_document
from wan_move_core.motion.document.remap import remap_document
from wan_move_core.motion.evaluation.evaluate import tracks_from_document
from wan_move_core.tracks import Tracks

SHARED_CASES = Path(__file__).resolve().parents[3] / "golden_shared"
CASES = [
    (name, case)
    for name in ("paths", "regions", "camera", "dense")
    for case in json.loads((SHARED_CASES / f"{name}.json").read_text(encoding="utf-8"))["cases"]
]

FULL = {
    "version": 1,
    "size_wh": [832, 480],
    "frames": 81,
    "fps": 16,
    "fit": "crop",
    "picture": {"ref": {"filename": "a.png", "subfolder": "", "type": "input"}, "size_wh": [1920, 1080]},
    "layers": [
        {"id": "k1", "type": "anchors", "name": "Hold", "visible": True, "locked": False, "points": [[0.05, 0.05]]},
        {
            "id": "a1",
            "type": "path",
            "name": "Ball",
            "visible": True,
            "locked": False,
            "color": "#6699ff",
            "points": [[0.1, 0.2], [0.5, 0.4]],
            "times": None,
            "curve": "catmull-rom",
            "closed": False,
            "timing": "arc",
            "speeds": None,
            "start": 0,
            "end": 80,
            "before": "hold",
            "after": "hold",
            "easing": "linear",
            "hidden": [[40, 48]],
        },
        {
            "id": "r1",
            "type": "region",
            "name": "Boat",
            "visible": True,
            "locked": False,
            "polygon": [[0.1, 0.1], [0.2, 0.1], [0.2, 0.3]],
            "mask": None,
            "density": 1.0,
            "pivot": [0.15, 0.2],
            "keys": [
                {"frame": 0, "offset": [0.0, 0.0], "rotate": 0, "scale": 1},
                {"frame": 80, "offset": [0.3, 0.0], "rotate": 15, "scale": 1.1},
            ],
            "easing": [0.1, 0.2, 0.3, 1.4],
            "hidden": [],
        },
    ],
    "camera": {
        "keys": [
            {"frame": 0, "truck": [0.0, 0.0], "zoom": 1, "roll": 0},
            {"frame": 80, "truck": [0.1, 0.0], "zoom": 1.2, "roll": 0},
        ],
        "easing": "ease-in-out",
    },
}


def full() -> dict:
    return json.loads(json.dumps(FULL))


@pytest.mark.parametrize(("group", "case"), CASES, ids=[f"{group}: {case['name']}" for group, case in CASES])
def test_tracks_equal_the_independent_evaluation(group, case):
    tracks = tracks_from_document(parse_document(case["document"]))
    width, height = case["document"]["size_wh"]
    expected = np.array(case["tracks"]["xy"], float).reshape(tracks.frames, -1, 2)
    visible = np.array(case["tracks"]["visible"], bool).reshape(tracks.frames, -1)
    assert (tracks.frames, tracks.size_wh) == (case["document"]["frames"], (width, height))
    np.testing.assert_allclose(tracks.xy.numpy(), expected, atol=2e-4, rtol=0)
    np.testing.assert_array_equal(tracks.visible.numpy(), visible)
    assert not bool((tracks.xy == torch.tensor([width, height])).any())


def test_a_complete_document_is_written_as_it_was_read():
    document = parse_document(full())
    assert document.to_dict() == FULL
    assert list(document.to_dict()) == list(FULL)
    assert parse_document(document.to_json()) == document
    assert parse_document(document.to_json().encode("utf-8")) == document


def test_unknown_fields_are_kept_wherever_they_are():
    data = full()
    data["later"] = {"deep": [1, {"x": None}]}
    data["picture"]["note"] = "n"
    for item in (data["layers"][1], data["layers"][2]["keys"][0], data["camera"], data["camera"]["keys"][1]):
        item["later"] = "λ\u2028</script>"
    data["layers"][2]["mask"] = {"size_wh": [2, 1], "runs": [1, 1], "later": 1}
    assert parse_document(data).to_dict() == data
    plain = tracks_from_document(parse_document({**full(), "layers": data["layers"]}))
    del data["layers"][2]["mask"]["later"]
    assert tracks_from_document(parse_document(data)).equals(plain)


def test_handles_are_written_where_there_are_any_and_follow_another_crop():
    data = full()
    assert "handles" not in parse_document(data).to_json()
    data["layers"][1]["handles"] = [None, [-0.1, 0.05, 0.1, -0.05]]
    document = parse_document(data)
    assert parse_document(document.to_json()) == document
    # 832 x 480 of a 1920 x 1080 picture, to 480 x 480: one scale for points and handles.
    path = next(layer for layer in remap_document(document, (480, 480)).layers if layer.id == "a1")
    assert isinstance(path, PathLayer) and path.handles is not None and path.handles[1] is not None
    probe = full()
    probe["layers"][1]["points"] = [[0.5, 0.4], [0.6, 0.35]]
    ends = next(layer for layer in remap_document(parse_document(probe), (480, 480)).layers if layer.id == "a1")
    assert isinstance(ends, PathLayer)
    (x0, y0), (x1, y1) = ends.points
    np.testing.assert_allclose(path.handles[1][2:], [x1 - x0, y1 - y0], atol=1e-12)


def test_a_group_and_the_mark_of_a_mask_survive_whatever_python_does():
    """Fields of the editor alone: kept through reading, remapping and writing."""
    data = full()
    for layer in data["layers"]:
        layer["group"] = "Birds"
    data["layers"][2]["mask_of"] = "12:ab"
    again = json.loads(remap_document(parse_document(data), (480, 832), 41, 24).to_json())
    assert {layer["group"] for layer in again["layers"]} == {"Birds"}
    assert again["layers"][2]["mask_of"] == "12:ab"


def test_defaults_are_filled_in():
    document = parse_document(
        {"version": 1, "size_wh": [64, 64], "frames": 9, "layers": [{"id": "p", "type": "path", "points": [[0, 0]]}]}
    )
    written = document.to_dict()
    assert (written["fps"], written["fit"], written["picture"], written["camera"]) == (16, "crop", None, None)
    layer = written["layers"][0]
    assert (layer["end"], layer["curve"], layer["before"], layer["hidden"]) == (8, "straight", "hold", [])
    assert "color" not in layer


def test_layers_can_be_chosen_and_closed_eyes_stay_closed():
    data = full()
    everything = tracks_from_document(parse_document(data))
    assert everything.count == 1 + 1 + tracks_from_document(parse_document(data), include=["r1"]).count
    assert tracks_from_document(parse_document(data), include={"a1"}).count == 1
    data["layers"][1]["visible"] = False
    assert tracks_from_document(parse_document(data), include={"a1"}).count == 0


def test_an_empty_document_gives_no_tracks():
    document = empty_document((640, 480), 33, picture={"size_wh": [100, 50]})
    assert document.picture_wh == (100, 50)
    assert tracks_from_document(document).xy.shape == (33, 0, 2)
    with pytest.raises(WanMoveError, match=r"Empty motion document / frames: 0 is not within 1 to 4001"):
        empty_document(frames=0)


def change(path, value):
    def apply(data):
        *head, last = path
        for step in head:
            data = data[step]
        data[last] = value

    return apply


def drop(*path):
    def apply(data):
        *head, last = path
        for step in head:
            data = data[step]
        del data[last]

    return apply


L1 = ("layers", 1)
R = ("layers", 2)
ERRORS = [
    (drop("version"), r"^Motion document: not a motion document \(no version\)"),
    (
        change(["version"], 2),
        r"version 2 was written by a newer release, this one reads up to 1\. Fix: update",
    ),
    (change(["version"], "1"), r"Motion document / version: '1' is not a version"),
    (change(["size_wh"], [832]), r"Motion document / size_wh: 1 entries, allowed are 2 to 2"),
    (change(["size_wh"], [832, 480.5]), r"size_wh: 480\.5 is not a whole number"),
    (change(["size_wh"], [832, 4]), r"size_wh: 4 is not within 8 to 16384"),
    (change(["frames"], 4002), r"frames: 4002 is not within 1 to 4001"),
    (change(["frames"], True), r"frames: true is not a number"),
    (change(["fps"], 0), r"fps: 0 is not within"),
    (change(["fit"], "zoom"), r"fit: 'zoom' is unknown\. Fix: use crop, stretch, pad, area"),
    (change(["picture"], "a.png"), r"picture: 'a\.png' is not an object"),
    (change(["picture", "size_wh"], [0, 5]), r"picture / size_wh: 0 is not within"),
    (drop("layers"), r"layers: is missing\. Fix: add layers"),
    (change(["layers"], {}), r"layers: an object is not a list"),
    (change(L1, 7), r"layers\[1\]: 7 is not an object"),
    (drop(*L1, "type"), r"layers\[1\] / type: is missing"),
    (
        change([*L1, "type"], "spline"),
        r"layers\[1\] / type: 'spline' is unknown\. Fix: use path, anchors, region",
    ),
    (change([*L1, "id"], ""), r"layers\[1\] / id: 0 characters, allowed are 1 to 64"),
    (change([*L1, "id"], "k1"), r"layers\[1\] / id: 'k1' is used twice"),
    (change([*L1, "name"], "n" * 201), r"name: 201 characters, allowed are 0 to 200"),
    (change([*L1, "visible"], 1), r"layer 'Ball' \('a1'\) / visible: 1 is not true or false"),
    (change([*L1, "color"], 3), r"layer 'Ball' \('a1'\) / color"),
    (change([*L1, "points"], []), r"layer 'Ball' \('a1'\) / points: 0 entries, allowed are 1 to 4,096"),
    (change([*L1, "points", 1], [0.5]), r"layer 'Ball' \('a1'\) / points\[1\]: a list of 1 is not \[x, y\]"),
    (change([*L1, "points", 1], [0.5, "4"]), r"points\[1\]: '4' is not a number"),
    (change([*L1, "points", 1], [0.5, 17]), r"points\[1\]: 17 is not within -16 to 16"),
    (change([*L1, "times"], [0, 0.5, 1]), r"times: 3 entries for 2 points, expected 2"),
    (change([*L1, "times"], [0, 0.5]), r"times: run from 0 to 0\.5\. Fix: start at 0 and end at 1"),
    (change([*L1, "speeds"], [1]), r"speeds: 1 entries for 2 points"),
    (change([*L1, "handles"], [None]), r"layer 'Ball' \('a1'\) / handles: 1 entries for 2 points"),
    (change([*L1, "handles"], [[0, 0, 0], None]), r"handles\[0\]: 3 entries, allowed are 4 to 4"),
    (change([*L1, "handles"], [None, [0, 0, 0, 17]]), r"handles\[1\]: 17 is not within -16 to 16"),
    (change([*L1, "handles"], {}), r"handles: an object is not a list"),
    (change([*L1, "curve"], "bezier"), r"curve: 'bezier' is unknown\. Fix: use straight, cubic, catmull-rom"),
    (change([*L1, "start"], 81), r"end: frame 80 lies before start, frame 81"),
    (change([*L1, "start"], -1), r"start: -1 is not within 0 to 100000"),
    (change([*L1, "before"], None), r"before: null is unknown\. Fix: use hold, hide"),
    (change([*L1, "easing"], "bounce"), r"easing: 'bounce' is unknown"),
    (change([*L1, "easing"], [0, 0, 1]), r"easing: a list of 3 is not \[x1, y1, x2, y2\]"),
    (change([*L1, "easing"], [0, 0, 1.2, 1]), r"easing\[2\]: 1\.2 is not within 0 to 1"),
    (change([*L1, "hidden"], [[9, 3]]), r"hidden\[0\]: ends at frame 3, before it begins at 9"),
    (change([*R, "polygon"], None), r"layer 'Boat' \('r1'\) / polygon: neither polygon nor mask is given"),
    (change([*R, "polygon"], [[0, 0], [1, 1]]), r"polygon: 2 entries, allowed are 3 to 4,096"),
    (change([*R, "density"], 0), r"density: 0 would keep no point"),
    (drop(*R, "pivot"), r"pivot: is missing"),
    (change([*R, "keys", 1, "frame"], 0), r"layer 'Boat' \('r1'\) / keys\[1\] / frame: 0 has two keys"),
    (change([*R, "keys", 1, "scale"], 0), r"keys\[1\] / scale: 0 is not within 0\.001 to 1000"),
    (change([*R, "mask"], {"size_wh": [4, 4], "runs": [3]}), r"mask / runs: add up to 3, expected 16"),
    (change([*R, "mask"], {"size_wh": [4000, 4000], "runs": []}), r"mask / size_wh: 4000 x 4000 pixels, at most"),
    (change(["camera", "keys", 0, "zoom"], -1), r"camera / keys\[0\] / zoom: -1 is not within"),
    (change(["camera", "easing"], 4), r"camera / easing: 4 is not"),
]


@pytest.mark.parametrize(("damage", "text"), ERRORS, ids=[text[:40] for _, text in ERRORS])
def test_errors_name_the_layer_and_the_field(damage, text):
    data = full()
    damage(data)
    with pytest.raises(WanMoveError, match=text) as caught:
        parse_document(data)
    assert "\n" not in str(caught.value)


TEXT_ERRORS = [
    ("[1, 2]", r"not a motion document \(a list of 2\)"),
    ("", r"the text is empty"),
    ('{"version": 1,', r"not valid JSON"),
    ('{"version": NaN}', r"NaN is not a number"),
    ('{"version": -Infinity}', r"-Infinity is not a number"),
    ('{"version": 1e999}', r"the number 1e999 is too large"),
    ('{"version": 1, "version": 1}', r"the key 'version' appears twice"),
    ('{"version": ' + "9" * 5000 + "}", r"a number of 5000 digits"),
    ("[" * 100_000, r"nested 100000 deep, at most 32"),
    ('{"a":' * 33 + "1" + "}" * 33, r"nested 33 deep, at most 32"),
    (b"\xff\xfe{}", r"not UTF-8 text \(byte 0\)"),
    (" " * 5_000_001, r"5,000,001 bytes of text, at most 5,000,000"),
    ('"' + "é" * 2_600_000 + '"', r"5,200,002 bytes of text, at most 5,000,000"),
    (b"x" * 5_000_001, r"5,000,001 bytes of text"),
    ({"version": float("nan")}, r"holds NaN or infinity"),
    ({"version": object()}, r"not plain JSON data"),
    (7, r"not a motion document \(7\)"),
]


@pytest.mark.parametrize(("source", "text"), TEXT_ERRORS, ids=[text[:30] for _, text in TEXT_ERRORS])
def test_text_from_strangers_is_refused_in_one_line(source, text):
    with pytest.raises(WanMoveError, match=text):
        parse_document(source)


def test_a_document_that_holds_itself_is_refused():
    data = full()
    data["layers"].append(data)
    with pytest.raises(WanMoveError, match="refers to itself"):
        parse_document(data)


def test_where_is_the_callers_own():
    with pytest.raises(WanMoveError, match=r"^ball\.json / frames: is missing"):
        parse_document({"version": 1, "size_wh": [64, 64]}, where="ball.json")


def test_older_versions_migrate_step_by_step():
    table = {1: lambda data: {**data, "b": data["a"] + 1}, 2: lambda data: {**data, "c": data["b"] + 1}}
    assert migrate({"version": 1, "a": 5}, table=table, current=3) == {"version": 3, "a": 5, "b": 6, "c": 7}
    assert migrate({"version": 3, "a": 5}, table=table, current=3) == {"version": 3, "a": 5}
    with pytest.raises(WanMoveError, match="newer release, this one reads up to 3"):
        migrate({"version": 4}, table=table, current=3)


def test_too_many_tracks_are_refused_before_they_are_made():
    region = {"id": "r", "type": "region", "polygon": [[0, 0], [1, 0], [1, 1], [0, 1]], "pivot": [0, 0]}
    big = {"version": 1, "size_wh": [4096, 4096], "frames": 5, "layers": [region]}
    with pytest.raises(WanMoveError, match=r"262,144 tracks, at most 20,000\. Fix: lower the density"):
        tracks_from_document(parse_document(big))
    long = {**big, "size_wh": [832, 480], "frames": 4001}
    with pytest.raises(WanMoveError, match=r"6,240 tracks over 4,001 frames, at most 16,000,000 positions"):
        tracks_from_document(parse_document(long))


# -- dense ----------------------------------------------------------------------------------------------------------


@given(st.integers(0, 2**31), st.integers(1, 12), st.integers(0, 6))
@settings(max_examples=60, deadline=None)
def test_dense_tracks_come_back_within_a_unit_and_on_the_same_side_of_the_border(seed, frames, count):
    rng = np.random.default_rng(seed)
    size = (int(rng.integers(8, 2000)), int(rng.integers(8, 2000)))
    xy = rng.uniform(-1.9, 1.9, (frames, count, 2)) * size
    xy = np.where(rng.random(xy.shape) < 0.2, rng.choice([0.0, -1e-3, 1.0, 1 - 1e-6, 1 + 1e-6], xy.shape) * size, xy)
    tracks = Tracks.make(xy, rng.random((frames, count)) < 0.5, size_wh=size)
    back = tracks_from_dense(dense_from_tracks(tracks), size)
    assert torch.equal(back.visible, tracks.visible)
    assert torch.equal(back.inside(), tracks.inside())
    assert bool(((back.xy - tracks.xy).abs() <= torch.tensor(size) * (1.01 / 16384)).all())


def dense_layer(text: str) -> dict:
    return {"version": 1, "size_wh": [64, 64], "frames": 3, "layers": [{"id": "d", "type": "dense", "tracks": text}]}


def packed(raw: bytes, head: str = "z1:2x1:") -> str:
    return head + base64.b64encode(zlib.compress(raw)).decode()


DENSE_ERRORS = [
    ("", r"layer 'd' / tracks: tracks do not start with"),
    ("z2:1x1:", r"tracks do not start with 'z1:FRAMESxTRACKS:'"),
    ("z1:2x65:", r"65 tracks over 2 frames; at most 64 over 4001"),
    ("z1:2x1:***", r"tracks are damaged \(not base64 of zlib data\)"),
    ("z1:2x1:AAAA", r"tracks are damaged \(not base64 of zlib data\)"),
    (packed(bytes(9)), r"expected 10 bytes for 1 tracks over 2 frames"),
    (packed(bytes(11)), r"expected 10 bytes"),
    (packed(bytes(50_000_000)), r"expected 10 bytes"),
    (packed(bytes(8) + b"\x01\x02"), r"visibility is not 0 or 1"),
]


@pytest.mark.parametrize(("text", "error"), DENSE_ERRORS, ids=range(len(DENSE_ERRORS)))
def test_damaged_dense_layers_are_refused(text, error):
    with pytest.raises(WanMoveError, match=error):
        parse_document(dense_layer(text))


def test_dense_tracks_out_of_reach_are_refused_or_clamped():
    far = Tracks.make([[[200.0, 0.0]]], size_wh=(64, 64))
    with pytest.raises(WanMoveError, match="two picture sides or more outside"):
        dense_from_tracks(far)
    assert tracks_from_dense(dense_from_tracks(far, clamp=True), (64, 64)).xy[0, 0, 0] == pytest.approx(128, abs=0.01)
    with pytest.raises(WanMoveError, match="65 tracks over 1 frames; at most 64"):
        dense_from_tracks(Tracks.make(np.zeros((1, 65, 2)), size_wh=(64, 64)))
