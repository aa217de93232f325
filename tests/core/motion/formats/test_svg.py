"""SVG paths: every command against the geometry it means, the viewBox, transforms, and what strangers could send."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from wan_move_core.errors import WanMoveError
from wan_move_core.motion.formats import parse_tracks_text, read_tracks
from wan_move_core.motion.formats.vector import affine
from wan_move_core.motion.formats.vector.path_data import arc, parse

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "formats"


def svg(body: str, head: str = 'viewBox="0 0 832 480"') -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" {head}>{body}</svg>'


def ends(d: str) -> list[list[float]]:
    return np.round(np.concatenate([path.drawn for path in parse(d)]), 6).tolist()


def test_one_path():
    got = parse_tracks_text(svg('<path d="M100 200 C 200 100 400 300 500 200"/>'))
    assert got.report.format == "svg" and got.report.size_wh == (832, 480) and got.tracks.frames == 81
    xy = got.tracks.xy[:, 0].double().numpy()
    assert xy[0].tolist() == [100, 200] and xy[-1].tolist() == [500, 200]
    # The curve is point-symmetric about its middle, and its speed is even.
    assert np.allclose(xy + xy[::-1], [600, 400], atol=0.05)
    steps = np.hypot(*np.diff(xy, axis=0).T)
    assert steps.std() / steps.mean() < 0.01
    assert got.document is not None
    (layer,) = got.document["layers"]
    assert layer["type"] == "path" and len(layer["points"]) <= 12, "it is to be edited by hand"


def test_absolute_and_relative_commands_are_alike():
    for one, other in (
        ("M10 20 L30 40 H50 V60", "m10 20 l20 20 h20 v20"),
        ("M10 20 C 1 2 3 4 50 60 S 7 8 90 10", "m10,20c-9-18-7-16 40 40s-43-52 40-50"),
        ("M10 20 Q 30 5 50 60 T 90 10", "m10 20q20-15 40 40t40-50"),
        ("M10 20 A 30 20 10 1 0 50 60", "m10 20a30 20 10 1040 40"),
        ("M1 2 3 4 5 6", "M1 2L3 4L5 6"),
    ):
        for a, b in zip(parse(one), parse(other), strict=True):
            assert np.allclose(a.line, b.line)


def test_numbers_without_separators_and_closing():
    assert ends("M.5.5L-1-1e1") == [[0.5, 0.5], [-1, -10]]
    assert ends("M0 0H10V10Z") == [[0, 0], [10, 0], [10, 10], [0, 0]]
    # After Z the next relative command starts where the path began.
    assert ends("m5 5h10v10zm1 1h3")[4:] == [[6, 6], [9, 6]]
    assert len(parse("M0 0L1 1M5 5L6 6M9 9")) == 2, "a move alone draws nothing"
    assert ends("M0 0L5 5 L nonsense") == [[0, 0], [5, 5]], "what comes before an error is kept"


def test_curves_end_where_they_lead():
    t = np.linspace(0, 1, 33)[:, None]
    q = parse("M0 0Q50 100 100 0")[0].line
    assert np.allclose(q, 2 * (1 - t) * t * [50, 100] + t**2 * [100, 0])
    # S mirrors the handle before it, so the tangent goes on.
    s = parse("M0 0C0 50 50 100 100 100S200 50 200 0")[0].line
    assert np.allclose(s[32:] - s[32], np.flip(s[32] - s[:33], 0) * [1, -1], atol=1e-9)


@pytest.mark.parametrize("turn", [0, 30, -75])
@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("sweep", [False, True])
def test_arcs_lie_on_their_ellipse(turn, large, sweep):
    start, end = np.array([20.0, 30.0]), np.array([70.0, 55.0])
    made = np.concatenate([start[None], arc(start, 50, 30, turn, large, sweep, end)])
    assert np.allclose(made[-1], end)
    a = math.radians(turn)
    unit = (made @ np.array([[math.cos(a), -math.sin(a)], [math.sin(a), math.cos(a)]])) / [50, 30]
    # In the ellipse's own axes it is a unit circle: solve for its centre by least squares.
    rows = np.column_stack([2 * unit, np.ones(len(unit))])
    centre = np.linalg.lstsq(rows, (unit**2).sum(1), rcond=None)[0]
    middle = centre[:2]
    assert np.allclose(np.hypot(*(unit - middle).T), 1, atol=1e-6)
    angle = np.unwrap(np.arctan2(*(unit - middle).T[::-1]))
    assert (angle[-1] > angle[0]) == sweep and (abs(angle[-1] - angle[0]) > math.pi) == large


def test_arcs_with_odd_radii():
    half = arc(np.zeros(2), 1, 1, 0, False, True, np.array([10.0, 0.0]))
    assert np.allclose(np.hypot(*(half - [5, 0]).T), 5), "radii too small are enlarged until they reach"
    assert arc(np.zeros(2), 0, 5, 0, False, True, np.array([10.0, 0.0])).tolist() == [[10, 0]], "none: a straight line"


@pytest.mark.parametrize(
    ("text", "point", "there"),
    [
        ("translate(3)", (1, 2), (4, 2)),
        ("translate(3,-4) scale(2)", (1, 2), (5, 0)),
        ("scale(2 3)", (1, 2), (2, 6)),
        ("rotate(90)", (1, 2), (-2, 1)),
        ("rotate(90 1 1)", (1, 2), (0, 1)),
        ("matrix(1 2 3 4 5 6)", (1, 2), (12, 16)),
        ("skewX(45)", (1, 2), (3, 2)),
        ("skewY(45)", (1, 2), (1, 3)),
    ],
)
def test_transforms(text, point, there):
    assert np.allclose(affine.apply(affine.parse(text), np.array([point], float)), [there])
    with pytest.raises(ValueError, match="transform"):
        affine.parse("warp(3)")


def test_view_box_groups_and_what_is_left_out():
    got = read_tracks(FIXTURES / "paths.svg")
    assert got.report.size_wh == (832, 480) and got.tracks.count == 5
    starts = got.tracks.xy[0].round(decimals=3).tolist()
    assert starts == [[100, 200], [40, 60], [200, 200], [0, 0], [2, 4]]
    assert got.tracks.xy[-1, 1].round(decimals=3).tolist() == [40, 60], "a closed path ends where it began"
    assert got.document is not None and got.document["layers"][0]["name"] == "hand"
    assert "Shapes other than paths, lines and polygons are left out" in str(got.report)
    # A square viewBox in a wide picture is fitted and centred; without a size the viewBox is the picture.
    wide = parse_tracks_text(svg('<path d="M0 0L10 10"/>', 'width="200" height="100" viewBox="0 0 10 10"'))
    assert wide.tracks.xy[[0, -1], 0].tolist() == [[50, 0], [150, pytest.approx(100, abs=1e-3)]]
    moved = parse_tracks_text(svg('<path d="M-5 -5L15 15"/>', 'viewBox="-10 -10 40 40"'))
    assert moved.report.size_wh == (40, 40) and moved.tracks.xy[0, 0].tolist() == [5, 5]
    scaled = parse_tracks_text(svg('<path d="M0 0L400 240"/>'), size_wh=(1664, 960))
    assert scaled.tracks.xy[-1, 0].tolist() == [800, 480]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg><path d="M0 0L1 1"/></svg>', "entities could grow without bound"),
        ("<svg><path d='M0 0L1 1'></svg>", "not valid XML"),
        ("<root/>", "XML of 'root', not SVG"),
        ("<svg/>", "an SVG without a path"),
        ("<svg>" + "<g>" * 300 + "</g>" * 300 + "</svg>", "too deeply nested"),
        ("<svg>" + "<path d='M0 0L1 1'/>" * 2001 + "</svg>", "more than 2,000 paths"),
        ("<svg><path d='" + "M0 0L1 1" * 11000 + "'/></svg>", "an SVG without a path"),
        (
            "<svg>" + ("<path d='" + "M0 0" * 100_000 + "'/>") * 6 + "</svg>",
            "more than 2,000,000 characters of path data",
        ),
    ],
)
def test_refused(text, words):
    with pytest.raises(WanMoveError) as error:
        parse_tracks_text(text)
    assert words in str(error.value)
