"""Loading, parsing, saving, merging and editing tracks in a graph, and keeping to ComfyUI's folders."""

from __future__ import annotations

import json

import numpy as np
import pytest
from _graphs import Graph, diagonal
from _server import Refused


@pytest.fixture
def tracks_of(client, comfy_server):
    """Runs a graph that ends in a TRACKS output; returns TestSave's numbers of it."""

    def made(g: Graph, node: str, name: str, **more):
        g.add("TestSave", name=name, tracks=[node, 0], **more)
        run = client.run(g.prompt)
        return np.load(comfy_server.base / "output" / f"{name}.npz"), run

    return made


@pytest.fixture
def input_file(comfy_server):
    def put(name: str, content: bytes | str | np.ndarray):
        path = comfy_server.base / "input" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, np.ndarray):
            np.save(path, content)
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return name

    return put


def given(g: Graph, tracks: dict) -> str:
    return g.add("TestTracks", json_text=json.dumps(tracks))


POSITIONS = np.array([[[[10, 20], [30, 40]], [[11, 21], [31, 41]], [[12, 22], [32, 42]]]], np.float32)


def test_load_npy_pair(tracks_of, input_file):
    seen = np.array([[[1, 1], [1, 0], [1, 1]]], bool)
    g = Graph()
    node = g.add(
        "WanMoveLoadTracks", file=input_file("a/xy.npy", POSITIONS), visibility=input_file("a/seen.npy", seen),
        width=100, height=50,
    )  # fmt: skip
    numbers, run = tracks_of(g, node, "npy_pair", number=[node, 1])
    assert np.array_equal(numbers["tracks/track_path"], POSITIONS[0])
    assert np.array_equal(numbers["tracks/track_visibility"], seen[0])
    assert numbers["tracks/size_wh"].tolist() == [100, 50]
    assert numbers["number"] == 3
    # People see the tracks on the node, as a clip, and what was recognised.
    assert run.ui[node]["images"][0]["filename"].endswith(".mp4")
    assert "Published array pair" in run.ui[node]["text"][0]


def test_a_size_nobody_told_is_not_invented(tracks_of, input_file):
    g = Graph()
    node = g.add("WanMoveLoadTracks", file=input_file("sizeless.npy", POSITIONS))
    numbers, _ = tracks_of(g, node, "sizeless")
    assert "tracks/size_wh" not in numbers


def test_a_changed_file_is_read_again(client, input_file):
    g = Graph()
    node = g.add("WanMoveLoadTracks", file=input_file("changing.npy", POSITIONS))
    g.add("TestSave", name="changing", tracks=[node, 0])
    assert node in client.run(g.prompt).executed
    assert node not in client.run(g.prompt).executed
    input_file("changing.npy", np.concatenate([POSITIONS, POSITIONS], 2))
    assert node in client.run(g.prompt).executed


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("../../etc/passwd", "is not inside ComfyUI's input folder"),
        ("/etc/passwd", "is not inside ComfyUI's input folder"),
        ("link.npy", "is not inside ComfyUI's input folder"),
        ("../server.log [output]", "is not inside ComfyUI's output folder"),
        ("nothing_there.npy", "there is no file 'nothing_there.npy' in ComfyUI's input folder"),
        ("a" * 5000 + ".npy", "is a name of 5,004 letters"),
    ],
)
def test_only_comfyui_folders_are_read(client, comfy_server, tmp_path, name, text):
    if name == "link.npy":
        np.save(tmp_path / "outside.npy", POSITIONS)
        link = comfy_server.base / "input" / name
        link.unlink(missing_ok=True)
        link.symlink_to(tmp_path / "outside.npy")
    g = Graph()
    g.add("TestSave", name="never", tracks=[g.add("WanMoveLoadTracks", file=name), 0])
    with pytest.raises(Refused) as refused:
        client.run(g.prompt)
    assert text in str(refused.value)


def test_a_pickle_is_never_read(client, input_file):
    g = Graph()
    node = g.add("WanMoveLoadTracks", file=input_file("evil.pth", b"\x80\x04cposix\nsystem\n."))
    g.add("TestSave", name="never", tracks=[node, 0])
    assert "bare pickle, which could run code" in client.run(g.prompt, fail=True).message


def test_parse_other_editors(tracks_of):
    text = "[[{'x': 100, 'y': 20}, {'x': 110, 'y': 21}], [{'x': 5, 'y': 6}, {'x': 7, 'y': 8}]]"
    g = Graph()
    node = g.add("WanMoveParseTracks", text=text, length=5)
    numbers, run = tracks_of(g, node, "parsed")
    path = numbers["tracks/track_path"]
    assert path.shape == (5, 2, 2)
    assert np.allclose(path[:, 0, 0], [100, 102.5, 105, 107.5, 110])
    assert "oordinate JSON" in run.ui[node]["text"][0] and "single quotes" in run.ui[node]["text"][0]


def test_parse_a_list_of_texts(tracks_of):
    """KJNodes' AppendStringsToList gives a Python list where a text is expected."""
    first, second = (json.dumps([{"x": x + 5 * t, "y": 20} for t in range(5)]) for x in (10, 30))
    g = Graph()
    node = g.add("WanMoveParseTracks", text=[g.add("TestStrings", first=first, second=second), 0])
    numbers, run = tracks_of(g, node, "joined")
    assert numbers["tracks/track_path"].shape == (5, 2, 2)
    assert numbers["tracks/track_path"][:, 1, 0].tolist() == [30, 35, 40, 45, 50]
    assert "2 tracks, 5 frames" in run.ui[node]["text"][0]


def test_load_other_programs_files(tracks_of, input_file, client):
    nuke = input_file("nuke.txt", "200 680 1\n201.5 680.5 2\n203 681 3\n204.5 681.5 4\n206 682 5\n")
    g = Graph()
    node = g.add("WanMoveLoadTracks", file=nuke, width=1920, height=1080)
    numbers, run = tracks_of(g, node, "nuke")
    assert numbers["tracks/track_path"][:2, 0].tolist() == [[200, 400], [201.5, 399.5]]
    assert "height of 1080" in run.ui[node]["text"][0]
    g = Graph()
    g.add("TestSave", name="never", tracks=[g.add("WanMoveLoadTracks", file=nuke), 0])
    assert "the picture's height is not known" in client.run(g.prompt, fail=True).message
    xy = np.array([[[100 + 30 * n + 10 * t, 200 + 20 * n] for t in range(9)] for n in range(5)], np.float32)
    g = Graph()
    judged = g.add("WanMoveLoadTracks", file=input_file("tapir.npy", xy))
    numbers, _ = tracks_of(g, judged, "judged")
    assert numbers["tracks/track_path"].shape == (9, 5, 2)
    g = Graph()
    given_axes = g.add("WanMoveLoadTracks", file="tapir.npy", axes="frames_first")
    numbers, _ = tracks_of(g, given_axes, "given_axes")
    assert numbers["tracks/track_path"].shape == (5, 9, 2)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[]", "it is empty: there are no tracks in it"),
        ('[[{"x": 1, "y": NaN}]]', "Parse tracks / text"),
        ('{"a": 1}', "JSON of an unknown shape (an object with a)"),
    ],
)
def test_parse_explains_what_it_cannot(client, text, told):
    g = Graph()
    g.add("TestSave", name="never", tracks=[g.add("WanMoveParseTracks", text=text), 0])
    message = client.run(g.prompt, fail=True).message
    assert told in message and "Fix:" in message


def test_parse_refuses_nothing(client):
    g = Graph()
    g.add("TestSave", name="never", tracks=[g.add("WanMoveParseTracks", text="  "), 0])
    with pytest.raises(Refused, match="it is empty"):
        client.run(g.prompt)


@pytest.mark.parametrize(
    "format", ["npy", "coordinates", "host", "document", "ati", "wan2gp_npy", "csv", "after_effects"]
)
def test_saved_tracks_load_again(tracks_of, client, format):
    told = diagonal(81 if format == "ati" else 9, (64, 48))
    g = Graph()
    save = g.add("WanMoveSaveTracks", tracks=[given(g, told), 0], filename_prefix=f"kept/{format}", format=format)
    run = client.run(g.prompt)
    files = run.ui[save]["files"]
    assert all(f["subfolder"] == "kept" and f["type"] == "output" for f in files)
    names = [f"kept/{f['filename']} [output]" for f in files]
    g = Graph()
    size = {"unit": "norm"} if format == "wan2gp_npy" else {}
    node = g.add("WanMoveLoadTracks", file=names[0], visibility=names[1] if len(names) > 1 else "none", width=64,
                 height=48, length=len(told["xy"]), **size)  # fmt: skip
    numbers, _ = tracks_of(g, node, f"again_{format}")
    worst = np.abs(numbers["tracks/track_path"] - np.array(told["xy"], np.float32)).max()
    assert worst <= (1.5 if format == "document" else 0.3 if format == "ati" else 1e-3)


@pytest.mark.parametrize("prefix", ["../outside", "/tmp/outside", "a/../../outside"])
def test_saving_stays_in_the_output_folder(client, prefix):
    g = Graph()
    g.add("WanMoveSaveTracks", tracks=[given(g, diagonal(9, (64, 64))), 0], filename_prefix=prefix)
    assert "is not inside ComfyUI's output folder" in client.run(g.prompt, fail=True).message


@pytest.mark.parametrize("prefix", ["p" * 300, "f/" * 1000 + "a"], ids=["name", "path"])
def test_a_prefix_that_no_file_system_takes_is_said_so(client, prefix):
    g = Graph()
    g.add("WanMoveSaveTracks", tracks=[given(g, diagonal(9, (64, 64))), 0], filename_prefix=prefix)
    assert f"is a name of {len(prefix):,} letters" in client.run(g.prompt, fail=True).message


def test_merge_keeps_order_and_the_known_size(tracks_of):
    a, b = diagonal(9, (64, 64), 1), diagonal(9, (64, 64), 2, told=False)
    g = Graph()
    node = g.add("WanMoveMergeTracks", tracks_1=[given(g, b), 0], tracks_2=[given(g, a), 0])
    numbers, _ = tracks_of(g, node, "merged")
    assert np.allclose(numbers["tracks/track_path"], np.concatenate([b["xy"], a["xy"]], 1))
    assert numbers["tracks/size_wh"].tolist() == [64, 64]


def test_merge_tells_lengths_apart(client):
    g = Graph()
    parts = [[given(g, diagonal(frames, (64, 64))), 0] for frames in (9, 13)]
    g.add("TestSave", name="never", tracks=[g.add("WanMoveMergeTracks", tracks_1=parts[0], tracks_2=parts[1]), 0])
    assert "part 1 has 13 frames, part 0 has 9" in client.run(g.prompt, fail=True).message


def test_edit_does_what_it_says_in_order(tracks_of):
    told = diagonal(9, (64, 64), 3)
    xy = np.array(told["xy"], np.float32)
    g = Graph()
    node = g.add(
        "WanMoveEditTracks", tracks=[given(g, told), 0], select="3, 1", trim_start=0, trim_end=4, length=9,
        mirror="x", offset_y=2.0, visible_from=2, visible_to=6,
    )  # fmt: skip
    numbers, run = tracks_of(g, node, "edited", number=[node, 1])
    picked = xy[:5, [2, 0]]
    retimed = np.stack([picked[int(f // 2)] * 0.5 + picked[int((f + 1) // 2)] * 0.5 for f in range(9)])
    expected = np.stack([64 - retimed[..., 0], retimed[..., 1] + 2], -1)
    assert np.allclose(numbers["tracks/track_path"], expected, atol=1e-4)
    assert numbers["tracks/track_visibility"].all(1).tolist() == [2 <= f <= 6 for f in range(9)]
    assert numbers["number"] == 9 and run.ui[node]["images"]


def test_edit_needs_a_pivot_that_is_known(client, tracks_of):
    g = Graph()
    told = diagonal(9, (64, 64), 1, told=False)
    node = g.add("WanMoveEditTracks", tracks=[given(g, told), 0], rotate=90.0)
    g.add("TestSave", name="never", tracks=[node, 0])
    assert "set pivot to tracks" in client.run(g.prompt, fail=True).message
    g.prompt[node]["inputs"]["pivot"] = "tracks"
    numbers, _ = tracks_of(g, node, "turned")
    x0, y0 = told["xy"][0][0]
    x8, y8 = told["xy"][8][0]
    assert np.allclose(numbers["tracks/track_path"][8, 0], [x0 - (y8 - y0), y0 + (x8 - x0)], atol=1e-3)


@pytest.mark.parametrize(("select", "text"), [("4", "'4' is no track or range among 1 to 2"), ("a", "'a' is no track")])
def test_edit_refuses_tracks_that_are_not_there(client, select, text):
    g = Graph()
    node = g.add("WanMoveEditTracks", tracks=[given(g, diagonal(9, (64, 64))), 0], select=select)
    g.add("TestSave", name="never", tracks=[node, 0])
    assert text in client.run(g.prompt, fail=True).message


def test_edit_refuses_a_length_no_video_has(client):
    g = Graph()
    node = g.add("WanMoveEditTracks", tracks=[given(g, diagonal(9, (64, 64))), 0], length=80)
    g.add("TestSave", name="never", tracks=[node, 0])
    with pytest.raises(Refused, match="80 frames; lengths are 4k"):
        client.run(g.prompt)
