"""Writes formats.json: files as other tools write them, and the tracks that they mean, held by Python and the editor.

Every case starts from a motion in closed form, which is laid out as a tool would, by hand; what it means is computed
from the motion, never read back. Run ``python tests/golden_shared/make_format_cases.py``.
"""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
EVERY = 8
"""Positions are kept of every eighth frame; the motions are straight in between."""
CLIP = {"size_wh": [832, 480], "frames": 81, "fps": 16}


def runs(flags: np.ndarray) -> list[list[int]]:
    """[track, first, last] of every run of true frames in [T, N]."""
    edges = np.diff(np.pad(flags.astype(int), ((1, 1), (0, 0))), axis=0)
    return [
        [n, int(first), int(last) - 1]
        for n in range(flags.shape[1])
        for first, last in zip(*(np.flatnonzero(edges[:, n] == v) for v in (1, -1)), strict=True)
    ]


def lines(frames: int) -> np.ndarray:
    """Three points [T, 3, 2], far from each other, that go straight and evenly."""
    part = np.linspace(0, 1, frames)[:, None, None]
    start = np.array([[100.0, 80.0], [420.0, 300.0], [700.0, 150.0]])
    return start + part * np.array([[160.0, 40.0], [-80.0, 80.0], [40.0, 240.0]])


def at_clip(xy: np.ndarray, seen: np.ndarray, frames: int = 81) -> tuple[np.ndarray, np.ndarray]:
    """[T, N, 2] over the clip's frames: straight between frames, a hidden point waits where it was, sight of the
    nearest frame."""
    given = len(xy)
    held = xy.copy()
    for n in range(xy.shape[1]):
        shown = np.flatnonzero(seen[:, n])
        for f in range(given):
            before = shown[shown <= f]
            held[f, n] = xy[before[-1] if len(before) else shown[0], n]
    at = np.linspace(0, given - 1, frames)
    made = np.stack([[np.interp(at, np.arange(given), held[:, n, k]) for k in (0, 1)] for n in range(xy.shape[1])])
    return made.transpose(2, 0, 1), seen[np.minimum(np.floor(at + 0.5).astype(int), given - 1)]


def points(xy: np.ndarray, x: str = "x", y: str = "y") -> list[dict[str, float]]:
    return [{x: round(px, 2), y: round(py, 2)} for px, py in xy.tolist()]


def npy(array: np.ndarray) -> dict[str, str]:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=False)
    return {"base64": base64.b64encode(stream.getvalue()).decode()}


def case(name, content, xy, seen=None, *, visibility=None, choices=None, axes=None, unit="px", said=(), **clip):
    """``content``: text, or ``npy(...)``; ``xy`` [T, N, 2] px at the clip's frames; ``said``: words of its report."""
    seen = np.ones(xy.shape[:2], bool) if seen is None else seen
    return {
        "name": name,
        "clip": {**CLIP, **clip},
        "content": content,
        "visibility": visibility,
        "choices": choices or {},
        "expected": {
            "every": EVERY,
            "xy": np.round(xy[::EVERY], 4).tolist(),
            "hidden": runs(~seen),
            "count": xy.shape[1],
            "axes": axes,
            "unit": unit,
            "said": list(said),
        },
    }


def text_cases():
    xy = lines(81)
    strings = [json.dumps(points(xy[:, n])) for n in range(3)]
    yield case("a list of coordinate strings", json.dumps(strings), xy)
    yield case("a Python list of coordinate strings", repr(strings), xy)
    yield case("coordinate strings, one a line", "\n".join(strings), xy)
    yield case("coordinate strings with commas and Windows' line ends", ",\r\n".join(strings) + "\r\n", xy)
    for name, between in (("nothing", ""), ("a blank", " "), ("a comma", ", ")):
        yield case(f"coordinate strings with {name} between", between.join(strings), xy)
    yield case(
        "UTF-16", {"base64": base64.b64encode(json.dumps(points(xy[:, 0])).encode("utf-16")).decode()}, xy[:, :1]
    )
    frames = [{"frame": f, "points": [{"x": x, "y": y} for x, y in xy[f].tolist()]} for f in range(81)]
    yield case("lists of points for each frame", json.dumps(frames), xy)
    yield case("lists of points under frames", json.dumps({"frames": frames}), xy)
    yield case("strings of strings, some empty", json.dumps([json.dumps(strings[:2]), "", strings[2]]), xy)
    both = json.dumps([points(xy[:, 0]), points(xy[:, 1])])
    yield case("a string of two tracks beside one of one", json.dumps([both, strings[2]]), xy)
    yield case("quoted once more", json.dumps(json.dumps([points(xy[:, n]) for n in range(3)])), xy)
    yield case("with a byte order mark", "\ufeff" + json.dumps([points(xy[:, n]) for n in range(3)]), xy)
    yield case("Python's dicts", repr([points(xy[:, n]) for n in range(3)]), xy)
    yield case("X and Y", json.dumps([points(xy[:, n], "X", "Y") for n in range(3)]), xy)
    texts = [[{"x": str(p["x"]), "y": str(p["y"])} for p in points(xy[:, n])] for n in range(3)]
    yield case("numbers in quotes", json.dumps(texts), xy)
    short = lines(21)
    made, seen = at_clip(short, np.ones((21, 3), bool))
    yield case("fewer frames than the clip", json.dumps([points(short[:, n]) for n in range(3)]), made, seen)
    unequal = [points(lines(81)[:, 0]), points(lines(9)[:, 1]), points(lines(33)[:, 2])]
    yield case("tracks of different lengths", json.dumps(unequal), xy)
    yield case("one track without its outer list", json.dumps(points(xy[:, 0])), xy[:, :1])
    parts = xy / (832, 480)
    parted = [[{"x": x, "y": y} for x, y in parts[:, n].tolist()] for n in range(3)]
    yield case("parts of the picture", json.dumps(parted), xy, unit="norm")
    small = np.tile([[[1.0, 0.0]], [[0.0, 1.0]]], (1, 1, 1))
    made, seen = at_clip(small, np.ones((2, 1), bool))
    yield case("whole numbers in the corner are pixels", json.dumps([points(small[:, 0])]), made, seen)


def hidden_cases():
    xy, seen = lines(81), np.ones((81, 3), bool)
    seen[20:31, 1] = seen[60:81, 2] = False
    rows = [points(xy[:, n]) for n in range(3)]
    for key, reverse in (("v", False), ("visible", False), ("Visibility", False), ("occluded", True)):
        named = [
            [{**p, key: bool(s) != reverse} for p, s in zip(row, seen[:, n], strict=True)] for n, row in enumerate(rows)
        ]
        yield case(f"sight as {key}", json.dumps(named), xy, seen)
    held = at_clip(xy, seen)[0]
    for name, nothing in (
        ("null for x and y", {"x": None, "y": None}),
        ("null for a point", None),
        ("a marker", {"x": -100, "y": -100}),
        ("a far marker", {"x": -9999, "y": -9999}),
        ("minus one", {"x": -1, "y": -1}),
    ):
        dropped = [[p if s else nothing for p, s in zip(row, seen[:, n], strict=True)] for n, row in enumerate(rows)]
        yield case(name, json.dumps(dropped), held, seen)
    few, gaps = lines(9), np.ones((9, 3), bool)
    gaps[3:5, 0] = False
    dropped = [
        [p if s else {"x": -100, "y": -100} for p, s in zip(points(few[:, n]), gaps[:, n], strict=True)]
        for n in range(3)
    ]
    yield case("a marker before it is resampled", json.dumps(dropped), *at_clip(few, gaps))
    through = np.stack([np.linspace(-41, 39, 81)] * 2, -1)[:, None]
    yield case("a path that passes by minus one", json.dumps([points(through[:, 0])]), through)
    yield case(
        "NaN as Python prints it",
        json.dumps(
            [
                [p if s else {"x": np.nan, "y": np.nan} for p, s in zip(row, seen[:, n], strict=True)]
                for n, row in enumerate(rows)
            ]
        ),
        held,
        seen,
    )


def timed_cases():
    clip = np.arange(81.0)
    keys = np.array([0, 20, 80]), np.array([[100.0, 100.0], [300.0, 120.0], [310.0, 130.0]])
    xy = np.stack([np.interp(clip, keys[0], keys[1][:, k]) for k in (0, 1)], -1)[:, None]
    placed = [{**p, "frame": int(f)} for p, f in zip(points(keys[1]), keys[0], strict=True)]
    yield case("frame numbers of keys", json.dumps([placed]), xy)
    yield case("in any order", json.dumps([placed[::-1]]), xy)
    yield case(
        "parts of the clip",
        json.dumps([[{**p, "t": f / 80} for p, f in zip(points(keys[1]), keys[0], strict=True)]]),
        xy,
    )
    yield case(
        "times as frames", json.dumps([[{**p, "t": int(f)} for p, f in zip(points(keys[1]), keys[0], strict=True)]]), xy
    )
    seconds = [{**p, "t": f} for p, f in zip(points(keys[1]), (0.0, 1.25, 5.0), strict=True)]
    yield case("seconds at the clip's rate", json.dumps([seconds]), xy)
    line = lines(81)
    from_one = [[{**p, "frame": f + 1} for f, p in enumerate(points(line[:, n]))] for n in range(3)]
    yield case("frames that count from one", json.dumps(from_one), line)
    seen = np.zeros((81, 3), bool)
    seen[10:71] = True
    gaps = [[{**p, "frame": f} for f, p in enumerate(points(line[:, n])) if 10 <= f <= 70] for n in range(3)]
    yield case("frames without a row", json.dumps(gaps), line, seen)
    listed = [{"id": n, "points": [{**p, "frame": f} for f, p in enumerate(points(line[:, n]))]} for n in range(3)]
    yield case("an object a track", json.dumps(listed), line)
    long = [{**p, "frame": f, "track": f"t{n}"} for n in range(3) for f, p in enumerate(points(line[:, n]))]
    yield case("one long list with a track's name in each point", json.dumps(long), line)


def object_cases():
    xy, seen = lines(81), np.ones((81, 3), bool)
    seen[30:40, 0] = False
    listed, flags = np.round(xy, 2).tolist(), seen.tolist()
    turned = np.round(xy, 2).transpose(1, 0, 2).tolist()
    for tracks, sight in (
        ("tracks", "visibility"),
        ("pred_tracks", "pred_visibility"),
        ("points", "vis"),
        ("positions", "visibs"),
    ):
        yield case(f"{{{tracks}, {sight}}}", json.dumps({tracks: listed, sight: flags}), xy, seen, axes="frames_first")
    yield case(
        "{tracks, occluded}",
        json.dumps({"tracks": listed, "occluded": (~seen).tolist()}),
        xy,
        seen,
        axes="frames_first",
    )
    yield case("{trajectories}, tracks first", json.dumps({"trajectories": turned}), xy, axes="tracks_first")
    yield case(
        "{tracks, visibility}, both tracks first",
        json.dumps({"tracks": turned, "visibility": seen.T.tolist()}),
        xy,
        seen,
        axes="tracks_first",
    )
    double = {"width": 1664, "height": 960, "tracks": np.round(xy * 2, 2).tolist()}
    yield case("{width, height, tracks}", json.dumps(double), xy, axes="frames_first", said=["1664x960"])
    yield case(
        "{fps, tracks}",
        json.dumps({"fps": 24, "tracks": listed}),
        xy,
        axes="frames_first",
        said=["24 frames per second"],
    )
    yield case("{tracks} of points", json.dumps({"tracks": [points(xy[:, n]) for n in range(3)]}), xy)
    triple = np.concatenate([xy, seen[..., None]], -1)
    yield case("a third column", json.dumps({"tracks": np.round(triple, 2).tolist()}), xy, seen, axes="frames_first")
    yield case(
        "{tracks, other}", json.dumps({"tracks": listed, "colour": "red"}), xy, axes="frames_first", said=["colour"]
    )


def array_cases():
    xy, seen = lines(81), np.ones((81, 3), bool)
    seen[5:25, 2] = False
    single = xy.astype(np.float32)
    yield case("npy [T, N, 2]", npy(single), xy, axes="frames_first", said=["No visibility was given"])
    yield case("npy [N, T, 2]", npy(single.transpose(1, 0, 2)), xy, axes="tracks_first", said=["tracks first"])
    yield case("npy [1, T, N, 2]", npy(xy[None]), xy, axes="frames_first")
    yield case("npy [1, N, T, 2]", npy(xy.transpose(1, 0, 2)[None]), xy, axes="tracks_first")
    yield case("npy [T, 2]", npy(single[:, 0]), xy[:, :1])
    yield case("npy of whole numbers", npy(np.round(xy).astype(np.int32)), np.round(xy), axes="frames_first")
    yield case("npy with visibility", npy(single), xy, seen, visibility=npy(seen), axes="frames_first")
    yield case(
        "npy with visibility as floats",
        npy(single),
        xy,
        seen,
        visibility=npy(seen[None].astype(np.float32)),
        axes="frames_first",
    )
    yield case(
        "npy with logits",
        npy(single),
        xy,
        seen,
        visibility=npy(np.where(seen, 3.5, -0.25)),
        axes="frames_first",
        said=["logits"],
    )
    yield case(
        "npy tracks first with visibility",
        npy(single.transpose(1, 0, 2)),
        xy,
        seen,
        visibility=npy(seen.T),
        axes="tracks_first",
    )
    column = seen[:, 2:]
    yield case(
        "npy with one column of visibility",
        npy(single),
        xy,
        np.repeat(column, 3, 1),
        visibility=npy(column),
        axes="frames_first",
    )
    parts = np.where(seen[..., None], xy / (832, 480), -1).astype(np.float32)
    yield case(
        "npy of parts, minus one where absent", npy(parts), at_clip(xy, seen)[0], seen, axes="frames_first", unit="norm"
    )
    marked = np.where(seen[..., None], xy, -100).astype(np.float32)
    yield case("npy with markers", npy(marked), at_clip(xy, seen)[0], seen, axes="frames_first")
    holes = np.where(seen[..., None], xy, np.nan).astype(np.float32)
    yield case("npy with NaN", npy(holes), at_clip(xy, seen)[0], seen, axes="frames_first")
    few = lines(9)
    for name, array, axes in (("first", few, "frames_first"), ("second", few.transpose(1, 0, 2), "tracks_first")):
        yield case(
            f"npy of nine frames, the {name} axis is time", npy(array), *at_clip(few, np.ones((9, 3), bool)), axes=axes
        )
    listed = np.round(few, 2)
    yield case(
        "lists with frames first",
        json.dumps(listed.tolist()),
        *at_clip(few, np.ones((9, 3), bool)),
        axes="frames_first",
    )
    yield case(
        "lists with tracks first",
        json.dumps(listed.transpose(1, 0, 2).tolist()),
        *at_clip(few, np.ones((9, 3), bool)),
        axes="tracks_first",
    )
    ragged = [[[x, y, 250.0 + f] for f, (x, y) in enumerate(lines(count)[:, n].tolist())]
              for n, count in enumerate((81, 41, 21))]  # fmt: skip
    yield case("lists of x, y and a depth", json.dumps(ragged), lines(81), said=["third number"])
    one_path = np.repeat(lines(9)[:, :1], 3, 1)
    yield case(
        "npy of tracks on one path", npy(one_path), *at_clip(one_path, np.ones((9, 3), bool)), axes="frames_first"
    )
    still = np.repeat(lines(2)[:1], 9, 0)
    yield case(
        "npy of points that stand still", npy(still), *at_clip(still, np.ones((9, 3), bool)), axes="frames_first"
    )
    down, across = np.meshgrid(np.arange(6.0), np.arange(6.0), indexing="ij")
    grid = np.stack([100 + 60 * across, 100 + 50 * down], -1)
    shown = np.ones((6, 6), bool)
    yield case(
        "a grid that does not tell", npy(grid), *at_clip(grid, shown), axes="frames_first", said=["cannot be told"]
    )
    yield case(
        "the other order by a person's word",
        npy(grid),
        *at_clip(grid.transpose(1, 0, 2), shown),
        axes="tracks_first",
        choices={"axes": "tracks_first"},
    )
    yield case("pixels by a person's word", npy(xy / 1000), xy / 1000, choices={"unit": "px"}, axes="frames_first")


def refusals():
    """What says no positions, or two things at once: nobody guesses at it. ``says``: the place, as both name it."""
    point = {"x": 1, "y": 2}
    for name, value in (
        ("an empty list", []), ("an empty object", {}), ("a list of words", ["a", "b"]), ("a number", 7),
        ("an unknown object", {"hello": 1}),
        ("nothing but null", [[None, None]]),
        ("rows of different lengths", {"track_path": [[[1, 2]], [[1, 2], [3, 4]]]}),
        ("frames in some tracks alone", [[{**point, "frame": 0}], [point]]),
        ("visibility that is not the tracks'", {"tracks": [[[1, 2]], [[3, 4]]], "visibility": [[1, 1, 1]] * 5}),
        ("a normalized list", [{"x": 0.5, "y": 0.2}, {"x": 1.2, "y": 0.3}]),
        ("strings of which one is no JSON", [json.dumps([point]), "[{"]),
    ):  # fmt: skip
        yield {"name": name, "content": json.dumps(value)}
    for name, value, says in (
        ("a track without positions", [[point], []], "track 2 has no positions"),
        ("a position without y", [[point, {"x": 1}]], "y of track 1 at frame 1 is missing"),
        ("a word for a number", [[{"x": "far", "y": 1}]], "x of track 1 at frame 0 is "),
        (
            "a point without its frame", [[{**point, "frame": 0}], [{**point, "frame": 0}, point]],
            "frame of point 2 of track 2 is missing",
        ),
    ):  # fmt: skip
        yield {"name": name, "content": json.dumps(value), "says": says}
    hole = np.ones((81, 3, 2))
    hole[5, 1, 0] = np.nan
    yield {"name": "half a position", "content": npy(hole), "says": "position of track 2 at frame 5 is not finite"}
    yield {"name": "text", "content": "these are words and no tracks"}
    yield {"name": "nothing", "content": ""}
    yield {"name": "an array of yes and no", "content": npy(np.ones((81, 3), bool))}
    yield {"name": "an array of four columns", "content": npy(np.ones((81, 3, 4)))}
    yield {"name": "an array of nothing", "content": npy(np.ones((0, 3, 2)))}
    yield {"name": "a batch of two", "content": npy(np.ones((2, 81, 3, 2)))}


def main() -> None:
    cases = [*text_cases(), *hidden_cases(), *timed_cases(), *object_cases(), *array_cases()]
    lines_of = ",\n".join(json.dumps(one, allow_nan=False, separators=(",", ":")) for one in cases)
    refused = json.dumps(list(refusals()), separators=(",", ":"))
    (HERE / "formats.json").write_text(f'{{"cases":[\n{lines_of}\n],\n"refused":{refused}}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
