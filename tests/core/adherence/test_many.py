"""Adherence of hundreds and thousands of tracks: the same things as by definition, for work that does not explode."""

from __future__ import annotations

import numpy as np
import pytest

from wan_move_core.adherence import advice as advice_module
from wan_move_core.adherence import things as things_module
from wan_move_core.adherence.advice import advise
from wan_move_core.adherence.groups import _EveryFrame, groups
from wan_move_core.adherence.measure import Adherence, measure_adherence
from wan_move_core.adherence.report import report_lines
from wan_move_core.adherence.things import things
from wan_move_core.adherence.thresholds import ALIKE_PART, NEAR_PX, STILL_PX
from wan_move_core.motion.tracking.points import TrackedPoints
from wan_move_core.tracks import Tracks

W, H = 832, 480


class Told:
    """A tracker that finds what it is told."""

    name = "told"

    def __init__(self, xy: np.ndarray) -> None:
        self.xy = np.asarray(xy, np.float32)

    def track(self, frames, point_xy, progress=None):
        assert len(list(frames)) == len(self.xy) and self.xy.shape[1] == len(point_xy)
        return TrackedPoints(self.xy, np.ones(self.xy.shape[:2], bool), np.zeros(self.xy.shape[:2], np.float32))


def found_of(
    xy: np.ndarray,
    went_xy: np.ndarray | None = None,
    visible: np.ndarray | None = None,
    rest: tuple[np.ndarray, np.ndarray] | None = None,
) -> Adherence:
    """Asked positions [T, N, 2], found ones, and places [M, 2] with where they went [T, M, 2]."""
    tracks = Tracks.make(xy, visible, size_wh=(W, H))
    start = (tracks.visible & tracks.inside())[0].numpy()
    went = (xy if went_xy is None else went_xy)[:, start]
    places = None if rest is None else rest[0]
    told = Told(went if rest is None else np.concatenate([went, rest[1]], axis=1))
    return measure_adherence(np.zeros((len(xy), H, W, 3), np.uint8), tracks, told, rest_xy=places)


def all_ways(count: int, part: np.ndarray, seed: int = 0) -> np.ndarray:
    """[T, N, 2]: from a lattice, each track to a place of its own in every frame, as far as ``part`` [T] says."""
    rng = np.random.default_rng(seed)
    columns = int(np.ceil(np.sqrt(count)))
    at = np.stack(np.unravel_index(np.arange(count), (columns, columns)), -1) / columns
    start = np.array([240.0, 190.0]) + at * np.array([W - 480, H - 380])
    return start + part[:, None, None] * rng.normal(0, 60, (len(part), count, 2))


def by_definition(found: Adherence) -> list[list[int]]:
    """Connected parts of the graph of all pairs, each pair judged in every frame."""
    xy = found.tracks.xy.numpy().astype(np.float64)
    usable = (found.tracks.visible & found.tracks.inside()).numpy()
    way = xy - xy[:1]
    longest = np.where(usable, np.linalg.norm(way, axis=-1), 0).max(0)
    moving = [n for n in range(xy.shape[1]) if usable[0, n] and longest[n] > STILL_PX]
    part = {n: n for n in moving}
    for a in moving:
        for b in moving:
            both = usable[:, a] & usable[:, b]
            differ = np.linalg.norm(way[both, a] - way[both, b], axis=-1).max()
            apart = np.linalg.norm(xy[both, a] - xy[both, b], axis=-1)
            alike = differ <= max(STILL_PX, ALIKE_PART * min(longest[a], longest[b]))
            keeps = apart[0] <= NEAR_PX and np.abs(apart - apart[0]).max() <= ALIKE_PART * apart[0] + STILL_PX
            if (alike or keeps) and part[a] != part[b]:
                kept, gone = sorted((part[a], part[b]))
                part = {n: kept if of == gone else of for n, of in part.items()}
    return [[n for n in moving if part[n] == first] for first in sorted(set(part.values()))]


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pairs were compared in how many frames: a number for each comparison at once."""
    made: list[int] = []
    plain = _EveryFrame._apart

    def counting(self: _EveryFrame, one: int, others: np.ndarray, frames: np.ndarray) -> np.ndarray:
        made.append(len(others) * len(frames))
        return plain(self, one, others, frames)

    monkeypatch.setattr(_EveryFrame, "_apart", counting)
    return made


@pytest.mark.parametrize("seed", range(6))
def test_things_are_the_connected_parts_of_all_pairs(seed):
    """Walks, turns and common ways, with hidden frames and points that leave the picture."""
    rng = np.random.default_rng(seed)
    frames, count = 17, 40
    start = rng.uniform((20, 20), (W - 20, H - 20), (count, 2))
    part = np.linspace(0, 1, frames)[:, None, None]
    common = rng.uniform(-120, 120, (5, 2))[rng.integers(0, 5, count)] * part
    walk = np.cumsum(rng.normal(0, 4, (frames, count, 2)), axis=0) * (rng.uniform(size=count) < 0.5)[:, None]
    angle = part[..., 0] * 1.2
    around = (start - [W / 2, H / 2]) @ (1, 1j) * np.exp(1j * angle)
    turned = np.stack([around.real + W / 2, around.imag + H / 2], -1)
    xy = np.where((np.arange(count) % 3 == 0)[:, None], turned, start + common + walk)
    xy[0] = start
    found = found_of(xy, visible=rng.uniform(size=(frames, count)) > 0.15)
    expected = by_definition(found)
    assert [one.tolist() for one in groups(found)] == expected and 1 < len(expected) < count


def test_a_pair_that_parts_is_not_compared_to_the_end(compared):
    """Where all go their own ways, about a frame a pair is enough, and not all 81."""
    count, frames = 300, 81
    found = found_of(all_ways(count, np.linspace(0, 1, frames)))
    assert len(groups(found)) > count / 10
    pairs = count * (count - 1) // 2
    # Each pair is asked how far apart it starts besides.
    assert sum(compared) < 3 * pairs + 3 * count * frames < pairs * frames / 10


def test_where_ways_part_is_learned(compared):
    """Ways that part in three frames of 81 alone, wherever these are."""
    count, frames = 300, 81
    part = np.zeros(frames)
    part[29:32] = 1
    groups(found_of(all_ways(count, part)))
    pairs = count * (count - 1) // 2
    assert sum(compared) < 3 * pairs + 6 * count * frames < pairs * frames / 5


def test_one_thing_of_many_tracks_is_compared_once(compared):
    """What joins is not looked at again: the work grows as the tracks do."""
    frames = 81
    for count in (500, 1000):
        xy = all_ways(count, np.zeros(frames)) + np.linspace(0, 1, frames)[:, None, None] * np.array([40.0, 8.0])
        compared.clear()
        assert [len(one) for one in groups(found_of(xy))] == [count]
        assert sum(compared) <= 2 * count * frames


def test_what_all_advice_needs_is_worked_out_once(monkeypatch):
    """Groups once, a score and a fit a track, and no thing's motion that nobody asks about."""
    frames, count = 17, 120
    calls: dict[str, int] = {}

    def count_calls(owner: object, name: str) -> None:
        plain = getattr(owner, name)

        def counting(*args, **more):
            calls[name] = calls.get(name, 0) + 1
            return plain(*args, **more)

        monkeypatch.setattr(owner, name, counting)

    asked = all_ways(count, np.linspace(0, 1, frames))
    went = asked[:1] + 0.3 * (asked - asked[:1])
    # Left of all tracks, nearest to those in the first column, a region goes down by 30 px.
    places = np.stack(np.meshgrid([24.0, 72.0, 120.0], [200.0, 248.0]), -1).reshape(-1, 2)
    moved = places + np.linspace(0, 1, frames)[:, None, None] * np.array([0.0, 30.0])
    found = found_of(asked, went, rest=(places, moved))
    for name in ("groups", "_fitted", "_Clip"):
        count_calls(things_module, name)
    count_calls(advice_module, "thing_motion")
    count_calls(Adherence, "_score")
    advice = advise(found)
    made = things(found)
    assert {one.kind for one in advice} >= {"anchors", "path"} and len(made) > 40
    assert advise(found) == advice and list(report_lines(found, advice)) and found.summary()["tracks"] == count
    assert calls["groups"] == 1 and calls["_Clip"] == 1
    assert calls["_fitted"] == len(made) and calls["_score"] == count
    assert calls["thing_motion"] <= 2 * 2 * len(places) < len(made)


def test_still_points_with_no_thing_beside_them_go_along_with_nothing():
    still = np.broadcast_to(np.array([[300.0, 200.0], [400.0, 200.0]]), (9, 2, 2))
    found = found_of(still.copy(), still + np.linspace(0, 40, 9)[:, None, None])
    assert [score.verdict for score in found.scores()] == ["is dragged along"] * 2
    assert things(found) == [] and advise(found) == []
