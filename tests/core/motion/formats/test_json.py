"""JSON formats: small files written by hand from the shapes, with numbers worked by hand or computed another way."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.interpolate import CubicHermiteSpline

from wan_move_core.errors import WanMoveError
from wan_move_core.motion.formats import parse_tracks_text, read_tracks
from wan_move_core.motion.formats.paths.path_animator import easing
from wan_move_core.motion.formats.paths.wan2gp import MODES, render, speed_progress

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "formats"


def load(name: str, **options):
    return read_tracks(FIXTURES / name, **options)


def xy_of(imported, track: int) -> np.ndarray:
    return imported.tracks.xy[:, track].double().numpy()


def said(imported) -> str:
    return str(imported.report)


def walk(points: np.ndarray, distance: float) -> np.ndarray:
    """A plain loop along a polyline, the independent way."""
    for a, b in itertools.pairwise(points):
        span = float(np.linalg.norm(b - a))
        if distance <= span:
            return a + (b - a) * (distance / span if span else 0.0)
        distance -= span
    return points[-1]


# -- coordinate JSON --------------------------------------------------------------------------------------------------


def test_coordinates():
    got = load("coordinates.json", size_wh=(832, 480))
    assert got.report.format == "coordinates" and got.report.unit == "px"
    assert xy_of(got, 0).tolist() == [[100, 201], [104, 203], [108, 205], [112, 207], [116, 209]]
    assert got.tracks.visible[:, 1].tolist() == [True, True, False, True, True]
    # (832, 300) and (820, 480) lie on the border: every reader would drop them.
    assert 831.99 < xy_of(got, 1)[0, 0] < 832 and 479.99 < xy_of(got, 1)[1, 1] < 480
    assert "2 positions exactly on the right or bottom border moved just inside" in said(got)
    assert "coordinate JSON (one position per frame): 2 tracks, 5 frames, pixels" in said(got).lower().replace(
        "json", "JSON"
    )
    assert said(got).splitlines()[0].endswith("picture 832x480 (as given).")


def test_python_spelling_and_texts_as_numbers():
    got = load("coordinates_python.txt")
    assert xy_of(got, 0).tolist() == [[10, 20], [30.5, 40], [-15, 60]]
    assert "single quotes" in said(got) and "2 numbers written as text" in said(got)
    assert "832x480 (assumed)" in said(got)
    assert "3 frames is not a length of the model (4k+1); the nearest are 1 and 5" in said(got)
    quoted = parse_tracks_text("""[[{'x': 1, 'y': 2, 'note': 'it\\'s "so"'}, {'x': 9, 'y': 2, 'v': True}]]""")
    assert xy_of(quoted, 0).tolist() == [[1, 2], [9, 2]]
    twice = parse_tracks_text(json.dumps('[{"x": 1, "y": 2}]'))
    assert xy_of(twice, 0).tolist() == [[1, 2]] and "the quotes were taken off" in said(twice)


def test_unequal_lengths_each_over_the_whole_clip():
    got = load("coordinates_unequal.json")
    assert got.tracks.frames == 5
    assert xy_of(got, 1).tolist() == [[100, 100], [120, 150], [140, 200], [160, 150], [180, 100]]
    assert xy_of(got, 2).tolist() == [[50, 60]] * 5
    assert "Tracks have 1 to 5 positions; 2 tracks resampled to 5 frames" in said(got)
    longer = load("coordinates_unequal.json", frames=9)
    assert longer.tracks.frames == 9 and xy_of(longer, 0)[:, 0].tolist() == [0, 5, 10, 15, 20, 25, 30, 35, 40]
    assert xy_of(longer, 1)[3].tolist() == [130, 175]


def test_frames_resample_the_whole_motion():
    got = parse_tracks_text('[[{"x":0,"y":0},{"x":8,"y":4}]]', frames=5)
    assert xy_of(got, 0).tolist() == [[0, 0], [2, 1], [4, 2], [6, 3], [8, 4]]
    assert "Resampled from 2 positions per track to 5 frames" in said(got)


def test_absent_positions_are_hidden_and_held():
    got = parse_tracks_text(
        '[[{"x":null,"y":null,"v":0},{"x":5,"y":6},{"x":null,"y":null,"v":0},{"x":9,"y":6},{"x":9,"y":7}]]'
    )
    assert got.tracks.visible[:, 0].tolist() == [False, True, False, True, True]
    assert xy_of(got, 0).tolist() == [[5, 6], [5, 6], [5, 6], [9, 6], [9, 7]]
    assert "1 track hidden at frame 0: guidance has nothing to carry there" in said(got)


def test_normalised_coordinates_are_judged_and_said():
    got = parse_tracks_text("[[[0.25,0.5],[0.5,0.75]]]", size_wh=(400, 200))
    assert xy_of(got, 0).tolist() == [[100, 100], [200, 150]] and got.report.unit == "norm"
    assert "All coordinates lie within 0-1" in said(got)
    pixels = parse_tracks_text("[[[0,1],[1,0]]]", size_wh=(400, 200))
    assert pixels.report.unit == "px" and "say unit norm" in said(pixels)
    assert parse_tracks_text("[[[0.25,0.5],[0.5,0.75]]]", unit="px").report.unit == "px"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[]", "it is empty: there are no tracks in it"),
        ("{}", "it is empty"),
        ("[[]]", "track 1 has no positions"),
        ('[[{"x":1,"y":2}],[]]', "track 2 has no positions"),
        ('[[{"x":1,"y":2},{"x":NaN,"y":2}]]', "x of track 1 at frame 1 is missing or not a number"),
        ('[[{"x":1,"y":2},{"x":1}]]', "y of track 1 at frame 1 is missing or not a number"),
        ('[[{"x":1,"y":2},"no"]]', "position of track 1 at frame 1 is missing"),
        ("[[{'x': 1, 'y': None}]]", "y of track 1 at frame 0 is missing or not a number"),
        ('[[{"x":1,"y":"abc"}]]', "y of track 1 at frame 0 is 'abc', not a number"),
        ('[[{"x":1,"y":"1_0"}]]', "is '1_0', not a number"),
        ('[[{"x":1,"y":true}]]', "y of track 1 at frame 0 is 'True', not a number"),
        ('[[{"x":1,"y":1e300}]]', "y of track 1 at frame 0 is 1e+300, beyond any picture"),
        ('[[{"x":1,"y":1e7}]]', "position of track 1 at frame 0 is (1, 1e+07), not within 1,000,000 pixels"),
        ('[{"x":1,"y":2}, 3]', "position of track 1 at frame 1 is missing or not an x and a y"),
        ('"hello"', "JSON of an unknown shape (a str)"),
        ("[1,2,3]", "JSON of an unknown shape (a list of int)"),
        ('{"positive":[],"negative":[]}', "JSON of an unknown shape (an object with positive, negative)"),
        ("hello, there", "a text of no known kind"),
        ("[[{'x': 1, 'y': 2}", "not valid JSON"),
        ('{"layers":[],"resolution":{"width":0,"height":5}}', "resolution is 0 by 5"),
        ('{"paths":[]}', "there are no paths in it"),
        ('{"strokes":[]}', "there are no strokes in it"),
        ('{"coordinates":[]}', "there are no paths in it"),
        ('[{"points":[]}]', "spline 1 has no points"),
        ('{"layers":[{"path":[{"x":1,"y":1}],"speedMode":"warp"}],"scene":{}}', "speedMode of layer 1"),
        ('{"paths":[{"points":[{"x":1,"y":1}],"bezier_pts":[1,2]}]}', "bezier_pts of path 1 are not 4 or 6 numbers"),
    ],
)  # fmt: skip
def test_errors_name_the_place(text, words):
    with pytest.raises(WanMoveError) as error:
        parse_tracks_text(text)
    assert str(error.value).startswith("Tracks / text: ") and words in str(error.value)


def test_normalized_str_is_refused():
    with pytest.raises(
        WanMoveError, match="looks like KJNodes' normalized_str: y is flipped, x is divided by the height"
    ):
        load("normalized_str.json")
    assert load("normalized_str.json", unit="norm").tracks.frames == 3


def test_options_are_checked():
    cases: list[tuple[dict[str, Any], str]] = [
        ({"frames": 0}, "0 frames"),
        ({"frames": 5000}, "5000 frames"),
        ({"unit": "mm"}, "unknown unit 'mm'"),
        ({"size_wh": (0, 5)}, "the given size is 0 by 5"),
        ({"fps": 0.0}, "0.0 frames per second"),
    ]
    for options, words in cases:
        with pytest.raises(WanMoveError, match=words):
            parse_tracks_text("[[[1,2]]]", **options)


# -- Wan2GP -----------------------------------------------------------------------------------------------------------


def test_wan2gp_rules_by_hand():
    got = load("wan2gp.json")
    assert got.report.format == "wan2gp" and got.tracks.size_wh == (832, 480) and got.tracks.frames == 81
    # Default end frame 81: the last frame is at 80/81 of 400 px.
    assert xy_of(got, 0)[40] == pytest.approx([100 + 400 * 40 / 81, 200], abs=1e-3)
    assert xy_of(got, 0)[80] == pytest.approx([100 + 400 * 80 / 81, 200], abs=1e-3)
    assert "3 paths end after the last frame" not in said(got) and "2 paths end after the last frame" in said(got)
    # Speed 1 to 3 over 40 frames: at half time 1/2 + 2/8 = 0.75 of 2, so 3/8 of 700 px = 262.5 px, on the first span.
    late = xy_of(got, 1)
    assert late[40] == pytest.approx([50 + 262.5, 60], abs=1e-3) and late[60] == pytest.approx([350, 460], abs=1e-3)
    shown = got.tracks.visible[:, 1].tolist()
    assert shown == [20 <= f <= 60 for f in range(81)]
    assert xy_of(got, 2).tolist() == [[700, 400]] * 81
    assert got.tracks.visible[:, 3].all() and xy_of(got, 3)[80] == pytest.approx([600, 250], abs=1e-3)
    assert "1 track hidden at frame 0" in said(got)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("ratio", [1.0, 4.0, 100.0])
def test_wan2gp_speed_is_the_integral_of_its_profile(mode, ratio):
    knots = {
        "none": [1, 1, 1],
        "accelerate": [1, (1 + ratio) / 2, ratio],
        "decelerate": [ratio, (1 + ratio) / 2, 1],
        "accelerate-decelerate": [1, ratio, 1],
        "decelerate-accelerate": [ratio, 1, ratio],
    }[mode]
    t = np.linspace(0, 1, 20001)
    speed = np.interp(t, [0, 0.5, 1], knots)
    travelled = np.concatenate([[0], np.cumsum((speed[1:] + speed[:-1]) / 2)])
    assert speed_progress(t, mode, ratio) == pytest.approx(travelled / travelled[-1], abs=1e-6)


@pytest.mark.parametrize("tension", [0.05, 0.6, 1.0])
def test_wan2gp_tension_is_a_cardinal_curve(tension):
    points = np.array([[100, 400], [250, 300], [400, 400], [600, 250]], float)
    pieces = max(6, round(8 + tension * 20))
    slopes = (
        np.array([points[1] - points[0], points[2] - points[0], points[3] - points[1], points[3] - points[2]])
        * tension
        / 2
    )
    curve = CubicHermiteSpline(np.arange(4), points, slopes)
    assert render(points, tension) == pytest.approx(curve(np.linspace(0, 3, 3 * pieces + 1)), abs=1e-9)
    assert render(points, 0.0) is points


def test_wan2gp_curve_and_speed_together():
    got = xy_of(load("wan2gp.json"), 3)
    line = render(np.array([[100, 400], [250, 300], [400, 400], [600, 250]], float), 0.6)
    total = sum(np.linalg.norm(b - a) for a, b in itertools.pairwise(line))
    for frame in (0, 7, 33, 40, 61, 80):
        part = float(speed_progress(np.array([frame / 80]), "accelerate-decelerate", 5.0)[0])
        assert got[frame] == pytest.approx(walk(line, part * total), abs=1e-3)


def test_wan2gp_other_length_and_size():
    got = load("wan2gp.json", frames=41, size_wh=(416, 240))
    assert xy_of(got, 0)[20] == pytest.approx([(100 + 400 * 40 / 81) / 2, 100], abs=1e-3)
    assert got.tracks.visible[:, 1].tolist() == [10 <= f <= 30 for f in range(41)]
    assert "Evaluated over 41 frames instead of the file's 81" in said(got)
    assert "Scaled from the file's 832x480 to 416x240." in said(got)
    square = load("wan2gp.json", size_wh=(480, 480))
    assert "x and y by different factors" in said(square)


def test_wan2gp_cut_out_shape_starts_at_its_centre():
    layer = {
        "polygon": [{"x": 0, "y": 0}, {"x": 60, "y": 0}, {"x": 60, "y": 40}, {"x": 0, "y": 40}],
        "path": [{"x": 130, "y": 20}], "shapeType": "polygon", "startFrame": 0, "endFrame": 4,
    }  # fmt: skip
    text = json.dumps(
        {"resolution": {"width": 200, "height": 100}, "scene": {"totalFrames": 5}, "layers": [layer, {"path": []}]}
    )
    got = parse_tracks_text(text)
    assert xy_of(got, 0)[:, 0] == pytest.approx([30, 55, 80, 105, 130], abs=1e-3)
    assert "only their paths are imported, not picture, scale or rotation" in said(got)
    assert "1 layer without a path left out" in said(got)


# -- path animator ----------------------------------------------------------------------------------------------------


def test_path_animator_by_hand():
    got = load("path_animator.json", frames=81)
    assert got.tracks.size_wh == (512, 256)
    assert xy_of(got, 0) == pytest.approx(np.stack([np.arange(81) * 3.2, np.full(81, 128)], 1), abs=1e-3)
    # Frames 20..60; the easing is symmetric, so half time is half way: the corner.
    eased = xy_of(got, 1)
    assert eased[40] == pytest.approx([200, 100], abs=1e-3) and eased[60] == pytest.approx([200, 200], abs=1e-3)
    assert got.tracks.visible[:, 1].tolist() == [20 <= f <= 60 for f in range(81)]
    assert eased[5] == pytest.approx([100, 100]) and eased[75] == pytest.approx([200, 200], abs=1e-3)
    # The anchor stands on the canvas' right edge: moved just inside, visible all the time (static).
    assert (xy_of(got, 2)[:, 0] < 512).all() and got.tracks.visible[:, 2].all()
    assert "81 positions exactly on the right or bottom border" in said(got)
    # y runs 1 to 0: the path is walked backwards over frames 0..40, then held.
    back = xy_of(got, 3)
    assert (
        back[0] == pytest.approx([400, 50])
        and back[40] == pytest.approx([300, 50])
        and back[80] == pytest.approx([300, 50])
    )


def test_path_animator_scales_axes_separately_before_measuring_length():
    got = load("path_animator.json", frames=81, size_wh=(1024, 256))
    # 200 px wide then 100 px high: half of 300 px is 150 px along the first side.
    assert xy_of(got, 1)[40] == pytest.approx([200 + 150, 100], abs=1e-2)


def test_path_animator_rows():
    got = load("path_animator_rows.json", frames=5)
    # 2 % of (600 + 400) / 2 = 10 px apart, across a motion to the right: straight down.
    assert [xy_of(got, n)[2].tolist() for n in range(3)] == [[200, 190], [200, 200], [200, 210]]
    assert "Parallel rows (qty)" in said(got)


@pytest.mark.parametrize("bezier", [(0, 0.42, 0, 0.58, 1, 1), (0, 0.1, -0.6, 0.9, 1.7, 1), (1, 0.3, 0.2, 0.3, 2, 0)])
def test_path_animator_easing_against_polynomial_roots(bezier):
    y0, x1, y1, x2, y2, y3 = bezier
    for time in np.linspace(0.03, 0.97, 13):
        roots = np.roots([1 + 3 * x1 - 3 * x2, 3 * x2 - 6 * x1, 3 * x1, -time])
        u = next(r.real for r in roots if abs(r.imag) < 1e-9 and -1e-9 <= r.real <= 1 + 1e-9)
        expected = (1 - u) ** 3 * y0 + 3 * (1 - u) ** 2 * u * y1 + 3 * (1 - u) * u**2 * y2 + u**3 * y3
        assert easing(np.array([time]), bezier)[0] == pytest.approx(expected, abs=1e-6)


def test_path_animator_overshoot_runs_on_along_the_line():
    text = json.dumps({
        "paths": [{"points": [{"x": 100, "y": 50}, {"x": 200, "y": 50}], "bezier_pts": [-0.5, 0, -0.5, 1, 1.5, 1.5]}],
        "canvas_size": {"width": 400, "height": 100},
    })  # fmt: skip
    got = xy_of(parse_tracks_text(text, frames=5), 0)
    assert got[0] == pytest.approx([50, 50]) and got[4] == pytest.approx([250, 50])


# -- control points ---------------------------------------------------------------------------------------------------


def test_strokes():
    got = load("strokes.json", frames=5)
    assert got.tracks.size_wh == (800, 400) and got.report.unit == "norm"
    # 320 px right, then 160 px down, at even speed: 120 px per frame.
    assert xy_of(got, 0) == pytest.approx(np.array([[80, 80], [200, 80], [320, 80], [400, 120], [400, 240]]), abs=1e-3)
    assert (xy_of(got, 1) < [800, 400]).all()
    assert "The picture inside the file is not imported" in said(got)
    wide = load("strokes.json", frames=5, size_wh=(400, 400))
    assert xy_of(wide, 0)[4] == pytest.approx([200, 240], abs=1e-3)


def test_points_store_bezier():
    got = load("points_store_bezier.json", frames=5)
    # By symmetry the middle of the arch; its height there is (100 + 3*300 + 3*300 + 100) / 8 = 250.
    assert xy_of(got, 0)[2] == pytest.approx([300, 250], abs=0.05)
    assert xy_of(got, 0)[0] == pytest.approx([100, 100]) and xy_of(got, 0)[4] == pytest.approx([500, 100])
    assert "read as Bezier" in said(got)


def test_points_store():
    got = load("points_store.json", frames=5)
    assert xy_of(got, 0)[:, 0] == pytest.approx([0, 100, 200, 300, 400], abs=1e-3)
    assert (xy_of(got, 0)[:, 1] < 480).all()
    assert xy_of(got, 1) == pytest.approx(np.tile([200.5, 100], (5, 1)), abs=1e-4)
    # The curve passes its middle control point.
    assert got.document is not None
    layers = got.document["layers"]
    assert [x["name"] for x in layers] == ["Spline 1", "Spline 2", "Spline 3"]
    assert [x["curve"] for x in layers] == ["straight", "straight", "catmull-rom"]
    assert layers[0]["color"] == "#1f77b4" and layers[2]["color"].startswith("#")
    assert "do not say their curve" in said(got)
    default = load("points_store.json")
    assert default.tracks.frames == 81 and "81 frames are assumed" in said(default)


def test_demo_state_uses_the_published_timing():
    got = load("demo_state.json", frames=81)
    # Speed linear from 1 to 3 along the chord: time to x is ln(1 + 2x) / ln 3, so half time is x = (sqrt(3) - 1) / 2.
    assert xy_of(got, 0)[40] == pytest.approx([100 + 200 * (3**0.5 - 1) / 2, 100], abs=0.05)
    assert got.document is not None and got.document["layers"][0]["timing"] == "published"


def test_power_spline():
    got = load("power_spline.json", frames=5, size_wh=(800, 400))
    assert xy_of(got, 0) == pytest.approx(np.tile([100, 100], (5, 1)), abs=1e-4)
    assert xy_of(got, 1)[:, 0] == pytest.approx([200, 300, 400, 500, 600], abs=1e-3)
    for key in ("easing_functions", "start_p_frames", "end_p_frames", "visibility", "editor_scale", "scale of points"):
        assert key in said(got)
    assert got.document is not None and [x["name"] for x in got.document["layers"]] == ["Track 1", "Move"]


@pytest.mark.parametrize(
    ("name", "exact"),
    [("strokes.json", True), ("wan2gp.json", False), ("path_animator.json", True), ("path_animator_rows.json", False),
     ("points_store.json", True), ("points_store_bezier.json", False), ("power_spline.json", True)],
)  # fmt: skip
def test_editable_documents_move_like_the_file(name, exact):
    from wan_move_core.motion.document.read import parse_document
    from wan_move_core.motion.evaluation.evaluate import tracks_from_document

    got = load(name, frames=81)
    assert got.document is not None
    again = tracks_from_document(parse_document(json.loads(json.dumps(got.document)), where="again"))
    assert bool((again.visible == got.tracks.visible).all())
    off = float((again.xy - got.tracks.xy).norm(dim=-1)[got.tracks.visible].max())
    assert off <= (0.05 if exact else 1.0)
    names = [layer["name"] for layer in got.document["layers"]]
    if name == "wan2gp.json":
        # Only the path whose two speed ramps no easing holds is keyed; the others keep the file's own points.
        assert names == ["Ball", "Late", "Still", "Curve"]
        assert [len(layer["points"]) for layer in got.document["layers"][:3]] == [2, 3, 1]
        assert "1 path imported as timed keys" in said(got)
    if off > 0.051:
        assert "The editable paths differ from the file's motion by up to" in said(got)


def test_host_json_and_pasted_document():
    got = load("host.json")
    assert got.tracks.size_wh == (64, 48) and xy_of(got, 1)[4].tolist() == [34, 44]
    assert got.tracks.visible[2].tolist() == [True, False]
    document = load("strokes.json", frames=5).document
    again = parse_tracks_text(json.dumps(document))
    assert again.report.format == "document" and again.document is not None
    assert xy_of(again, 0)[4] == pytest.approx([400, 240], abs=1e-3)
    retimed = parse_tracks_text(json.dumps(document), frames=9)
    assert retimed.tracks.frames == 9 and "The document has 5 frames; its timing is kept" in said(retimed)
    assert xy_of(retimed, 0)[8] == pytest.approx([400, 240], abs=1e-3)
