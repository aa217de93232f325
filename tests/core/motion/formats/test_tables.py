"""Tables and trackers' text: small files as each program writes them, with positions worked by hand."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wan_move_core.errors import WanMoveError
from wan_move_core.motion.formats import parse_tracks_text, read_tracks

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "formats"
HD = (1920, 1080)


def xy(imported, track: int = 0) -> list[list[float]]:
    return np.round(imported.tracks.xy[:, track].double().numpy(), 3).tolist()


def seen(imported, track: int = 0) -> list[bool]:
    return imported.tracks.visible[:, track].tolist()


def said(imported) -> str:
    return str(imported.report)


# -- After Effects and Mocha ------------------------------------------------------------------------------------------

AE = """Adobe After Effects 8.0 Keyframe Data

\tUnits Per Second\t24
\tSource Width\t1920
\tSource Height\t1080
\tSource Pixel Aspect Ratio\t1
\tComp Pixel Aspect Ratio\t1

Transform\tPosition
\tFrame\tX pixels\tY pixels\tZ pixels
\t0\t200\t400\t0
\t1\t205\t401\t0
\t2\t210\t402\t0
\t3\t215\t403\t0
\t4\t220\t404\t0


End of Keyframe Data
"""


@pytest.mark.parametrize("text", [AE, AE.replace("\n", "\r\n"), AE.replace("\t", "    "), "\n" + AE])
def test_after_effects_position(text):
    got = parse_tracks_text(text)
    assert got.report.format == "after_effects" and got.report.size_wh == HD and got.report.size_from == "from the file"
    assert xy(got) == [[200, 400], [205, 401], [210, 402], [215, 403], [220, 404]] and all(seen(got))
    assert got.report.choices["fps"].taken == 24 and got.report.choices["size_wh"].by == "file"
    assert "assumed" not in said(got) and "24 frames per second" in said(got)


def test_after_effects_is_scaled_to_the_picture():
    got = parse_tracks_text(AE, size_wh=(960, 540))
    assert xy(got)[0] == [100, 200] and "Scaled from the file's 1920x1080 to 960x540" in said(got)
    assert got.report.choices["size_wh"].other == [1920, 1080]


def test_after_effects_trackers():
    got = read_tracks(FIXTURES / "ae_trackers.txt")
    assert got.tracks.count == 2 and xy(got) == [[960, 540], [962.5, 541], [965, 542]]
    # A frame between two keys lies on the line between them.
    assert xy(got, 1) == [[100, 200], [105, 210], [110, 220]]
    assert "Not used: Confidence, Attach Point" in said(got)


def test_after_effects_corner_pin():
    got = read_tracks(FIXTURES / "ae_corner_pin.txt")
    assert [xy(got, n)[0] for n in range(4)] == [[10, 20], [630, 20], [10, 340], [630, 340]]
    assert "Not used: Position" in said(got)


def test_after_effects_says_what_it_cannot_use():
    with pytest.raises(WanMoveError, match="turn off Separate Dimensions"):
        parse_tracks_text(AE.replace("Position", "X Position").replace("X pixels\tY pixels\tZ pixels", "pixels"))
    with pytest.raises(WanMoveError, match=r"line 13 is '2\.x210"):
        parse_tracks_text(AE.replace("\t2\t210", "\t2.x210"))
    assert "may have been cut off" in said(parse_tracks_text(AE.replace("End of Keyframe Data", "")))


# -- Nuke -------------------------------------------------------------------------------------------------------------


def test_nuke_ascii_needs_the_height():
    text = (FIXTURES / "nuke_ascii.txt").read_text()
    with pytest.raises(WanMoveError, match=r"y counts from the bottom .*height is not known.*such as 1920x1080"):
        parse_tracks_text(text)
    got = parse_tracks_text(text, size_wh=HD)
    assert xy(got) == [[200, 400], [201.5, 399.5], [203, 399], [204.5, 398.5], [206, 398]]
    assert "read as x, y, frame" in said(got) and "Frames count from 1 there" in said(got)
    assert got.report.choices["y_origin"].taken == "bottom" and got.report.choices["y_origin"].other == "top"
    top = parse_tracks_text(text, size_wh=HD, y_origin="top")
    assert xy(top)[0] == [200, 680] and top.report.choices["y_origin"].by == "given"


def test_nuke_time_and_values():
    """The example of Nuke's manual for "Import Time+value Ascii": five keys at frames 1, 10, 50, 90, 100."""
    text = "# Tracking Data\n1 1 1\n10 240 240\n50 1000 700\n90 1800 1200\n100 2048 1556\n"
    got = parse_tracks_text(text, size_wh=(2048, 1556))
    assert got.tracks.frames == 100 and xy(got)[9] == [240, 1316] and xy(got)[49] == [1000, 856]
    assert all(seen(got)) and "read as frame, x, y" in said(got)


def test_nuke_nodes():
    got = read_tracks(FIXTURES / "nuke_tracker4.nk")
    assert got.report.size_wh == (2048, 1556) and got.report.choices["fps"].taken == 24
    assert xy(got)[:3] == [[322, 1108], [328.25, 1110.5], [330, 1110]] and xy(got)[4:] == [[249, 1116], [242, 1120]]
    assert seen(got) == [True, True, True, False, True, True]
    assert seen(got, 1) == [False, True, True, True, False, False] and xy(got, 1)[2] == [112, 1491.5]
    three = read_tracks(FIXTURES / "nuke_tracker3.nk", size_wh=HD)
    assert three.tracks.count == 2 and xy(three) == [[888, 674], [890.5, 675], [891, 676]]
    assert xy(three, 1)[:2] == [[10, 1060], [11, 1059]]
    expression = "Tracker3 {\n track1 {{curve x1 1 2} {curve x1 =frame}}\n track2 {{curve x1 1 2} {curve x1 3 4}}\n}\n"
    with_one = parse_tracks_text(expression, size_wh=HD)
    assert with_one.tracks.count == 1 and "Curves with expressions are not used: track1" in said(with_one)
    with pytest.raises(WanMoveError, match="a Nuke script without a tracked curve"):
        parse_tracks_text("Tracker4 {\n name Tracker1\n}\n", size_wh=HD)


# -- match-movers -----------------------------------------------------------------------------------------------------


def test_equalizer():
    got = read_tracks(FIXTURES / "equalizer4.txt", size_wh=HD)
    assert got.report.format == "equalizer" and got.tracks.frames == 42 and got.tracks.count == 2
    assert (
        xy(got)[39:] == [[407.375, 847.5], [407.25, 845.25], [407.125, 843]] and seen(got)[38:] == [False] + [True] * 3
    )
    assert xy(got, 1)[40] == [10, 1060]
    three = read_tracks(FIXTURES / "equalizer3.txt")
    assert three.report.size_wh == (2048, 778) and xy(three) == [[71.75, 296.5], [141.25, 300.75], [207.5, 305.75]]
    with pytest.raises(WanMoveError, match="ends after 1 of 3 frames"):
        parse_tracks_text("1\nname\n0\n3\n1 2 3\n", size_wh=HD)


def test_pftrack_and_shake():
    got = read_tracks(FIXTURES / "pftrack.2dt", size_wh=HD)
    assert xy(got) == [[587, 839.5], [588, 838.5], [589, 837.5]] and seen(got, 1) == [False, True, False]
    text = read_tracks(FIXTURES / "shake.txt", size_wh=HD)
    assert text.report.format == "shake" and xy(text) == [[379.82, 59.19], [373.75, 95.44], [369.97, 128.05]]
    script = read_tracks(FIXTURES / "shake.shk")
    assert script.report.size_wh == (720, 486) and xy(script) == [[715.5, 399.5], [714.25, 400], [713, 400.5]]


def test_syntheyes_runs_between_the_centres_of_the_outer_pixels():
    got = read_tracks(FIXTURES / "syntheyes.txt", size_wh=HD)
    assert xy(got) == [[0.5, 0.5], [960, 540], [1919.5, 1079.5]]
    assert seen(got, 1) == [True, False, True], "outcome 32 is out of sight"


def test_blender_rows_are_parts_counted_from_the_bottom():
    got = parse_tracks_text("1 0.25 0.75\n2 0.5 0.5\n3 0.5 0.25\n", size_wh=(800, 400))
    assert got.report.unit == "norm" and xy(got) == [[200, 100], [400, 200], [400, 300]]
    assert "as Blender's markers do" in said(got) and "Frames count from 1 there" in said(got)


# -- tables -----------------------------------------------------------------------------------------------------------


def test_one_track():
    got = parse_tracks_text("frame,x,y\n0,100,200\n1,105,200\n2,110,200\n3,115,200\n4,120,200\n")
    assert got.report.format == "table" and xy(got) == [[100, 200], [105, 200], [110, 200], [115, 200], [120, 200]]
    assert "No visibility was given" in said(got) and "y is taken to count from the top" in said(got)
    turned = parse_tracks_text("frame,x,y\n0,100,200\n1,105,200\n", size_wh=(832, 480), y_origin="bottom")
    assert xy(turned)[0] == [100, 280]


def test_long_wide_and_decimal_commas():
    long = read_tracks(FIXTURES / "table_long.csv")
    assert xy(long) == [[100, 200], [105, 201], [110, 202]] and seen(long) == [True, True, False]
    assert xy(long, 1)[2] == [302, 400] and "Columns not used: score" in said(long)
    assert "No visibility was given" not in said(long)
    wide = read_tracks(FIXTURES / "table_wide.tsv")
    assert xy(wide) == [[10, 20], [11, 21], [12, 22]] and seen(wide, 1) == [True, True, False]
    german = read_tracks(FIXTURES / "table_german.csv")
    assert xy(german) == [[100.5, 200.25], [105.5, 201.25], [110.5, 202.25]]
    assert "Commas are read as decimal points" in said(german)
    spaced = parse_tracks_text("frame x y\n0 1,5 2,25\n1 2,5 3,25\n")
    assert xy(spaced) == [[1.5, 2.25], [2.5, 3.25]]


@pytest.mark.parametrize(
    "heading", ["x1,y1,x2,y2", "x_1,y_1,x_2,y_2", "hand.x,hand.y,foot.x,foot.y", "p0 X,p0 Y,p1 X,p1 Y"]
)
def test_wide_headings(heading):
    got = parse_tracks_text(f"{heading}\n1,2,3,4\n5,6,7,8\n")
    assert xy(got) == [[1, 2], [5, 6]] and xy(got, 1) == [[3, 4], [7, 8]]


@pytest.mark.parametrize(
    ("row", "first", "said_as"),
    [
        ("{t},10,20,1", [[10, 20]], "frame, x, y, visible"),
        ("10{t},20,30,40", [[100, 20], [30, 40]], "x, y, x, y"),
        ("10.5,20,1", [[10.5, 20]], "x, y, visible"),
        ("10.5,20,7.5", [[10.5, 20]], "x, y, -"),
        ("{t},10,20,30,40,50,60", [[10, 20], [30, 40], [50, 60]], "frame, x, y, x, y, x, y"),
        ("10.5 20 {t}", [[10.5, 460]], "x, y, frame"),
    ],
)
def test_numbers_alone(row, first, said_as):
    got = parse_tracks_text("\n".join(row.format(t=t) for t in range(3)), size_wh=(832, 480))
    assert [xy(got, n)[0] for n in range(got.tracks.count)] == first and f"read as {said_as}." in said(got)
    assert got.tracks.frames == 3


def test_numbers_alone_long():
    """Tracks numbered on and frames rising are no two tracks side by side."""
    for order in ((0, 1), (1, 0)):
        rows = [(*((n, t)[k] for k in order), 10 * n + t, 5 + n) for n in range(3) for t in range(4)]
        got = parse_tracks_text("\n".join(",".join(map(str, row)) for row in sorted(rows)))
        assert got.tracks.count == 3 and xy(got, 2) == [[20, 7], [21, 7], [22, 7], [23, 7]]
    wide = parse_tracks_text("100,5,300,7\n100,6,301,7\n100,7,302,7\n")
    assert wide.tracks.count == 2 and xy(wide) == [[100, 5], [100, 6], [100, 7]]
    quoted = parse_tracks_text('"frame","x","y"\n0,1,2\n1,3,4\n')
    assert xy(quoted) == [[1, 2], [3, 4]]
    excel = parse_tracks_text("sep=;\nframe;x;y\n0;1;2\n1;3;4\n")
    assert xy(excel) == [[1, 2], [3, 4]]


def test_occluded_and_a_gap_and_a_plate():
    got = parse_tracks_text("Frame;X;Y;Occluded\n1001;1;2;0\n1002;2;3;1\n1003;3;4;0\n1005;5;6;0\n")
    assert seen(got) == [True, False, True, False, True] and xy(got)[3] == [4, 5]
    assert "1001 becomes frame 0" in said(got) and "Frames without a row are hidden" in said(got)


def test_times_in_seconds():
    short = parse_tracks_text("Time (s),X (px),Y (px)\n0,0,0\n0.25,80,0\n0.5,160,0\n", fps=16)
    assert short.tracks.frames == 9 and xy(short)[4] == [80, 0]
    got = parse_tracks_text("time,x,y\n0,0,0\n0.5,80,0\n1.5,160,0\n", fps=16)
    assert got.tracks.frames == 25 and xy(got)[8] == [80, 0] and xy(got)[24] == [160, 0]
    assert "read as seconds at 16 frames per second" in said(got)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("frame,x,y\n0,1,2\n1,x,3\n", "row 3, 'x' is 'x', not a number"),
        ("frame,x,y\n", "a heading without rows"),
        ("frame,x,y\n0,1,2\n0,3,4\n1,5,6\n1,7,8\n", "no column says which track a row belongs to"),
        ("1,2\n3\n", "row 2 has 1 number, the first 2"),
        ("frame,x,y\n0,,\n1,,\n", "no row has a position"),
        ("frame,x,y\n,1,2\n", "row 2 has no frame"),
        ("frame,x,y\n0,1,2\n90000,1,2\n", "frames 0 to 90000, at most 4001"),
    ],
)
def test_errors_name_the_row(text, words):
    with pytest.raises(WanMoveError, match=re.escape(words)):
        parse_tracks_text(text)


positions = st.lists(
    st.tuples(st.integers(50, 4000).map(lambda n: n / 4), st.integers(50, 4000).map(lambda n: n / 4)),
    min_size=3,
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(positions, st.sampled_from([",", ";", "\t", " "]), st.booleans(), st.booleans(), st.integers(0, 1))
def test_dialects_hold_the_same_track(points, separator, comma, windows, first):
    """The same positions in every separator, decimal mark, line end and first frame."""
    comma = comma and separator != ","
    rows = [separator.join(("Frame", "X", "Y"))]
    for t, (x, y) in enumerate(points):
        cells = (str(t + first), f"{x:.2f}", f"{y:.2f}")
        rows.append(separator.join(c.replace(".", ",") if comma else c for c in cells))
    got = parse_tracks_text(("\r\n" if windows else "\n").join(rows), size_wh=(2000, 2000))
    assert xy(got) == [[x, y] for x, y in points]


@settings(max_examples=40, deadline=None)
@given(positions)
def test_turning_y_over_twice_is_nothing(points):
    text = "\n".join(f"{x} {y} {t + 1}" for t, (x, y) in enumerate(points))
    bottom, top = (parse_tracks_text(text, size_wh=(2000, 1500), y_origin=o) for o in ("bottom", "top"))
    assert np.allclose(bottom.tracks.xy[..., 1] + top.tracks.xy[..., 1], 1500, atol=1e-3)
    assert np.allclose(bottom.tracks.xy[..., 0], top.tracks.xy[..., 0])
