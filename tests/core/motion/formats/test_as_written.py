"""Files as programs and systems really write them: encodings, line ends, numbers of spreadsheets, texts in one."""

from __future__ import annotations

import codecs
import io
import json
import zipfile

import numpy as np
import pytest
import torch

from wan_move_core.errors import WanMoveError
from wan_move_core.motion.formats import parse_tracks_text, read_tracks

HD = (1920, 1080)
TABLE = "frame\tx\ty\n0\t100\t200\n1\t101\t201\n2\t102\t202\n"
HEADING = (
    "Adobe After Effects 8.0 Keyframe Data\n\n\tUnits Per Second\t25\n\tSource Width\t1920\n\tSource Height\t1080\n\n"
)


def keys(first: int) -> str:
    rows = "".join(f"\t{f}\t{first + f}.5\t200\t0\n" for f in range(3))
    return f"{HEADING}Transform\tPosition\n\tFrame\tX pixels\tY pixels\tZ pixels\n{rows}\n\nEnd of Keyframe Data\n"


def x_of(imported, track: int = 0) -> list[float]:
    return imported.tracks.xy[:, track, 0].tolist()


# -- encodings and line ends ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "first"), [(TABLE, 100), (keys(100), 100.5), (json.dumps([[{"x": 100, "y": 2}, {"x": 300, "y": 4}]]), 100)]
)
@pytest.mark.parametrize(
    "encoded",
    [
        lambda t: codecs.BOM_UTF16_LE + t.encode("utf-16-le"),
        lambda t: codecs.BOM_UTF16_BE + t.encode("utf-16-be"),
        lambda t: codecs.BOM_UTF8 + t.encode(),
        lambda t: t.replace("\n", "\r").encode(),
        lambda t: t.replace("\n", "\r\n").encode(),
    ],
)
def test_every_encoding_and_line_end_of_the_systems(text, first, encoded):
    assert x_of(read_tracks(encoded(text)))[0] == first


def test_old_windows_text_is_read_and_said():
    got = read_tracks("Größe;frame;x;y\n1;0;100,5;2\n1;1;101,5;2\n".encode("cp1252"))
    assert x_of(got) == [100.5, 101.5]
    assert "read as Windows-1252" in str(got.report) and "Größe" in str(got.report)


def test_a_nuke_script_keeps_its_rate_whatever_its_line_ends():
    script = (
        'Root {\n format "2048 1556 0 0 2048 1556 1 2K"\n fps 25\n}\nTracker3 {\n'
        " track1 {{curve x1 100 101 102} {curve x1 400 401 402}}\n}\n"
    )
    for ends in ("\n", "\r\n", "\r"):
        got = read_tracks(script.replace("\n", ends).encode())
        assert got.report.choices["fps"].taken == 25 and got.tracks.xy[0, 0].tolist() == [100, 1156]


@pytest.mark.parametrize("enabled", ["{curve K x1 1}", "{1}", "1"])
def test_a_tracker_is_read_however_it_is_enabled(enabled):
    row = f'{{ {enabled} "track 1" {{curve x1 100 101 102}} {{curve x1 400 401 402}} {{curve K x1 0}} 1 0 0 }}'
    got = read_tracks(f"Tracker4 {{\ntracks {{ {{ 1 31 1 }}\n{{ {row} }} }}\n}}\n".encode(), size_wh=HD)
    assert got.tracks.count == 1 and got.tracks.xy[0, 0].tolist() == [100, 680]


# -- numbers of spreadsheets ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "x"),
    [
        ("frame;x;y\n0;1.200,5;2,25\n1;1.201,5;2,25", [1200.5, 1201.5]),
        ("frame;x;y\n0;1.200;2,25\n1;1.201;2,25", [1200, 1201]),
        ("frame;x;y\n0;1.234.567;2,25\n1;-1.000;2,25", None),
        ("frame;x;y\n0;1 200,5;2,25\n1;1\u202f201,5;2,25", [1200.5, 1201.5]),
        ('frame,x,y\n0,"1,200.5",2\n1,"1,201.5",2', [1200.5, 1201.5]),
        ("frame\tx\ty\n0\t1,200.5\t2\n1\t1,201\t2", [1200.5, 1201]),
        ("frame;x;y\n0;1'200.5;2\n1;1'201.5;2", [1200.5, 1201.5]),
    ],
)
def test_marks_between_thousands(rows, x):
    if x is None:
        with pytest.raises(WanMoveError, match="not within"):
            read_tracks(rows.encode(), size_wh=HD)
        return
    got = read_tracks(rows.encode(), size_wh=HD)
    assert x_of(got) == x and "Marks between thousands" in str(got.report)


def test_points_stay_decimal_where_nothing_says_otherwise():
    got = read_tracks(b"frame;x;y\n0;1.200;2\n1;1.201;2\n", size_wh=HD)
    assert np.allclose(x_of(got), [1.2, 1.201]) and "thousands" not in str(got.report)
    small = read_tracks(b"frame;x;y\n0;0.125;2,5\n1;0.250;2,5\n", size_wh=HD, unit="px")
    assert np.allclose(x_of(small), [0.125, 0.25])


def test_decimal_commas_that_begin_late():
    rows = "".join(f"{f};{100 if f < 70 else '100,5'};200\n" for f in range(81))
    assert x_of(read_tracks(f"frame;x;y\n{rows}".encode()))[-1] == 100.5


@pytest.mark.parametrize(("yes", "no"), [("TRUE", "FALSE"), ("WAHR", "FALSCH"), ("ja", "nein"), ("VRAI", "FAUX")])
def test_truth_values_in_the_spreadsheets_language(yes, no):
    rows = f"frame;x;y;visible\n0;10;20;{yes}\n1;11;20;{no}\n2;12;20;{yes}\n"
    assert read_tracks(rows.encode()).tracks.visible[:, 0].tolist() == [True, False, True]


def test_a_column_without_a_name_is_named_as_that():
    assert "Columns not used: one without a name." in str(read_tracks(b",x,y\n0,100,200\n1,101,200\n").report)


# -- several texts in one ---------------------------------------------------------------------------------------------


def test_keyframes_of_several_layers_in_one_text():
    got = read_tracks((keys(100) + keys(900)).encode())
    assert got.tracks.count == 2 and x_of(got, 1) == [900.5, 901.5, 902.5]
    after = read_tracks((keys(100) + "\nTransform\tPosition\n\tFrame\tX pixels\tY pixels\n\t0\t7\t7\n").encode())
    assert after.tracks.count == 1, "what stands behind the end is no keyframe"
    with pytest.raises(WanMoveError, match="different compositions"):
        read_tracks((keys(100) + keys(900).replace("1920", "1280")).encode())


def test_keyframes_with_decimal_commas():
    got = read_tracks(keys(100).replace("25", "23,976").replace(".5", ",5").encode())
    assert x_of(got) == [100.5, 101.5, 102.5] and got.report.choices["fps"].taken == 23.976


@pytest.mark.parametrize("between", ["", " ", ", ", ",", ";", " | ", "\n", "\n\n"])
@pytest.mark.parametrize("indent", [None, 1])
def test_coordinate_strings_joined_with_any_delimiter(between, indent):
    one, two = ([{"x": x + f, "y": 5, "name": 'a "]["}'} for f in range(3)] for x in (100, 300))
    both = between.join(json.dumps(track, indent=indent) for track in (one, [one, two], two))
    got = parse_tracks_text(both)
    assert [x_of(got, n)[0] for n in range(got.tracks.count)] == [100, 100, 300, 300]
    again = parse_tracks_text([both, json.dumps(two)])
    assert [x_of(again, n)[0] for n in range(again.tracks.count)] == [100, 100, 300, 300, 300]


@pytest.mark.parametrize("text", ['[{"x": 1, "y": 2}] and [{"x": 1, "y": 2}]', "[1]]", "[[1]", "[1}{2]"])
def test_what_is_no_row_of_values_keeps_its_error(text):
    with pytest.raises(WanMoveError, match="not valid JSON"):
        parse_tracks_text(text)


# -- archives and files of something else -----------------------------------------------------------------------------


def test_plain_facts_beside_tensors_are_used_or_named():
    stream = io.BytesIO()
    made = {"tracks": torch.ones(5, 2, 2) * 50, "size": (640, 360), "fps": 24, "meta": {"a": [1]}, "name": "x"}
    torch.save(made, stream)
    got = read_tracks(stream.getvalue())
    assert got.tracks.size_wh == (640, 360) and got.report.choices["fps"].taken == 24
    assert "Not used: meta, name." in str(got.report)


@pytest.mark.parametrize(
    ("members", "words"),
    [
        (["xl/workbook.xml"], "a spreadsheet.*CSV"),
        (["content.xml"], "a spreadsheet.*CSV"),
        (["tracks.json"], "an archive of tracks.json.*unpack"),
    ],
)
def test_archives_are_named_by_what_they_hold(members, words):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in members:
            archive.writestr(name, "x")
    with pytest.raises(WanMoveError, match=words):
        read_tracks(stream.getvalue())


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (rb"{\rtf1\ansi frame,x,y\par 0,1,2}", "rich text.*Plain Text"),
        (b"\0\0\0\x20ftypisom\0\0\x02\0", "a video.*wan-move tracks transfer"),
        (b"\x1a\x45\xdf\xa3\x01\0", "a video"),
        (
            b"set cut_paste_input [stack 0]\nversion 13.2 v4\nTransform {\n translate {1 2}\n}\n",
            "without a tracked curve",
        ),
    ],
)
def test_files_of_something_else_are_named(data, words):
    with pytest.raises(WanMoveError, match=words):
        read_tracks(data)


# -- a plate that is not the drawing's picture ------------------------------------------------------------------------


def test_positions_of_a_larger_plate_are_noticed():
    """y 680 counted from the bottom lies on no picture of 480: the drawing's height is not the plate's."""
    rows = b"200.0 680.0 1\n201.5 680.5 2\n203.0 681.0 3\n"
    small = str(read_tracks(rows, size_wh=(832, 480)).report)
    assert "beyond 832x480 (up to x 203, y 681)" in small and "larger picture" in small
    assert "larger picture" not in str(read_tracks(rows, size_wh=HD).report)
    assert "larger picture" not in str(read_tracks(keys(1500).encode(), size_wh=(832, 480)).report)


# -- the corners of a pin that stand still, and halves that do ---------------------------------------------------------


def test_corners_that_stand_still_are_tracks_too():
    node = (
        "CornerPin2D {\n to1 {{curve x1 0 1 2} {curve x1 10 11 12}}\n to2 {1919 10}\n"
        " to3 {{curve x1 1900 1901 1902} 1070}\n to4 {5 {curve x1 1000 1001 1002}}\n from1 {0 0}\n}\n"
    )
    got = read_tracks(node.encode(), size_wh=HD)
    assert got.tracks.count == 4 and bool(got.tracks.visible.all())
    assert got.tracks.xy[2].tolist() == [[2, 1068], [1919, 1070], [1902, 10], [5, 78]]


def test_a_corner_pin_that_stands_still_throughout_is_refused():
    with pytest.raises(WanMoveError, match="without a tracked curve"):
        read_tracks(b"CornerPin2D {\n to1 {0 0}\n to2 {1920 0}\n}\n", size_wh=HD)


def test_tracks_are_counted_from_one_in_errors():
    with pytest.raises(WanMoveError, match="x of track 2 at frame 0 is 'far'"):
        parse_tracks_text(json.dumps([[{"x": 1, "y": 1}], [{"x": "far", "y": 1}]]))


# -- facts beside the tracks, lists of frames, styles -----------------------------------------------------------------


def test_words_beside_the_tracks_of_an_npz_are_named():
    stream = io.BytesIO()
    np.savez(stream, tracks=np.full((5, 2, 2), 50.0), names=np.array(["a", "b"]))
    got = read_tracks(stream.getvalue())
    assert got.tracks.count == 2 and "Not used: names." in str(got.report)
    stream = io.BytesIO()
    np.savez(stream, tracks=np.array(["a", "b"]), other=np.zeros(3))
    with pytest.raises(WanMoveError, match=r"tracks.npy: not an array of plain numbers"):
        read_tracks(stream.getvalue())


@pytest.mark.parametrize("wrap", [lambda frames: frames, lambda frames: {"frames": frames}])
@pytest.mark.parametrize("own", [{}, {"id": 7}])
def test_lists_of_points_for_each_frame(wrap, own):
    frames = [
        {"frame": f, "points": [{"x": 10 + f, "y": 5, **own}, {"x": 300, "y": 20 + f, **({"id": 3} if own else {})}]}
        for f in range(5)
    ]
    got = parse_tracks_text(json.dumps(wrap(frames)))
    assert got.tracks.count == 2 and x_of(got) == [10, 11, 12, 13, 14] and x_of(got, 1) == [300] * 5


def test_frames_that_count_from_one_to_a_videos_length():
    points = [[{"frame": f, "x": 10 + f, "y": 20} for f in range(1, 82)]]
    got = parse_tracks_text(json.dumps(points))
    assert got.tracks.frames == 81 and x_of(got)[0] == 11 and "1 becomes frame 0" in str(got.report)
    late = parse_tracks_text(json.dumps([points[0][:-1]]))
    assert late.tracks.frames == 81 and not late.tracks.visible[0, 0]


def test_a_transform_in_a_style_counts():
    drawn = '<g style="fill:none; transform: translate(100px, 20px)"><path d="M0 0 H50"/></g>'
    got = read_tracks(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 832 480">{drawn}</svg>'.encode())
    assert got.tracks.xy[[0, -1], 0].tolist() == [[100, 20], [150, 20]]


@pytest.mark.filterwarnings("error")
def test_infinities_for_hidden_points_warn_of_nothing():
    xy = np.linspace(0, 100, 17)[:, None, None] + np.zeros((17, 4, 2)) + np.arange(4)[:, None] * 50
    xy[3:6, 2] = np.inf
    got = read_tracks(xy)
    assert got.tracks.visible[:, 2].tolist() == [not 3 <= f < 6 for f in range(17)]
