"""Writes ``draft_groups.json``: tracks whose things are known because the case maker moved them, not because a draft
found them. Read by pytest and by ``node --test``.

Run ``python tests/golden_shared/make_draft_cases.py``; the file is deterministic. Every case is built from *things*
(each with one motion of its own), still points, and perhaps a camera that carries the picture.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
SIZE_WH = (832, 480)
CENTRE = np.array([416.0, 240.0])
SIDEWAYS = np.array([(0, 8), (0, -8), (0, 8), (0, -8)], float)
STILL = [(30, 30), (800, 34), (36, 450), (804, 446), (410, 20), (424, 462)]


def turn(points, pivot, degrees, scale=1.0):
    """Points [N, 2] turned clockwise (y down) about ``pivot`` by one angle, grown by ``scale``."""
    a = np.radians(degrees)
    return np.asarray(pivot) + (points - pivot) @ np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]]) * scale


class Scene:
    """Things and still points in the order they are added; what is expected is what was added."""

    def __init__(self, name, frames=25, size_wh=SIZE_WH):
        self.name, self.frames, self.size_wh = name, frames, size_wh
        self.time = np.linspace(0, 1, frames)
        self.xy, self.visible = [], []
        self.groups, self.base, self.rides, self.field = [], [], {}, False
        self.places: dict[str, dict[str, list[float]]] = {}

    def _add(self, xy, visible=None):
        first = sum(part.shape[1] for part in self.xy)
        self.xy.append(np.asarray(xy, float))
        self.visible.append(np.ones(xy.shape[:2], bool) if visible is None else visible)
        return list(range(first, first + xy.shape[1]))

    def thing(self, points, way=(0, 0), degrees=0, scale=1.0, pivot=None, path=None, hide=None):
        """One rigid thing; ``path`` maps time [T] to offsets [T, 2]; ``hide`` maps (frame, xy) to hidden [N]."""
        points = np.asarray(points, float)
        offsets = self.time[:, None] * np.asarray(way, float) if path is None else path(self.time)
        pivot = points.mean(0) if pivot is None else np.asarray(pivot, float)
        xy = np.stack(
            [
                turn(points, pivot, degrees * t, 1 + (scale - 1) * t) + offset
                for t, offset in zip(self.time, offsets, strict=True)
            ]
        )
        visible = np.ones(xy.shape[:2], bool)
        if hide is not None:
            visible = np.stack([~hide(f, xy[f]) for f in range(self.frames)])
        members = self._add(xy, visible)
        for n, seen in zip(members, visible.T, strict=True):
            if not seen.all():
                self.rides[str(n)] = len(self.groups)
        self.groups.append(members)
        return self

    def joint(self, shoulder, elbow, degrees, way):
        """One thing of two rigid parts, four points each: the lower turns about the elbow."""
        (x0, y0), (x1, y1) = shoulder, elbow
        upper = np.linspace((x0, y0), (x1 - 14, y1), 4) + SIDEWAYS
        lower = np.linspace((x1 + 14, y1), (2 * x1 - x0, 2 * y1 - y0), 4) + SIDEWAYS
        xy = [np.concatenate([upper, turn(lower, elbow, degrees * t)]) + t * np.asarray(way, float) for t in self.time]
        self.groups.append(self._add(np.stack(xy)))
        return self

    def told(self, *frames):
        """Where the hidden points truly are in these frames: their things go on as they went."""
        xy, visible = np.concatenate(self.xy, 1), np.concatenate(self.visible, 1)
        for f in frames:
            self.places[str(f)] = {str(n): np.round(xy[f, n], 2).tolist() for n in np.flatnonzero(~visible[f])}
            assert self.places[str(f)]
        return self

    def still(self, points=STILL):
        xy = np.repeat(np.asarray(points, float)[None], self.frames, 0)
        self.base += self._add(xy)
        return self

    def carried(self, xy, visible=None):
        """Points [T, N, 2] that carry the whole picture: a camera's, or a stuff's that covers it."""
        self._add(xy, visible)
        self.field = True
        return self

    def case(self):
        xy, visible = np.concatenate(self.xy, 1), np.concatenate(self.visible, 1)
        expected = {"field": self.field, "groups": self.groups, "rides": self.rides, "base": self.base}
        if self.places:
            expected["places"] = self.places
        return {
            "name": self.name,
            "size_wh": list(self.size_wh),
            "xy": np.round(xy, 2).tolist(),
            "visible": visible.astype(int).tolist(),
            "expected": expected,
        }


def outside(_frame, xy):
    return ((xy < 0) | (xy >= SIZE_WH)).any(-1)


def grid(columns=12, rows=8, margin=20):
    x = np.linspace(margin, SIZE_WH[0] - margin, columns)
    y = np.linspace(margin, SIZE_WH[1] - margin, rows)
    return np.stack(np.meshgrid(x, y), -1).reshape(-1, 2)


def depth_at(points):
    """A floor that comes nearer downwards, and two pillars in front of it."""
    far = 12 - 8 * points[:, 1] / SIZE_WH[1]
    for left, right, z in ((180, 300, 3.0), (560, 640, 2.4)):
        far = np.where((points[:, 0] > left) & (points[:, 0] < right), np.minimum(far, z), far)
    return far


def dolly(points, frames, forward):
    z = depth_at(points)[None, :, None]
    gone = np.linspace(0, forward, frames)[:, None, None]
    return CENTRE + (points - CENTRE) * z / (z - gone)


def truck(points, frames, aside_px):
    z = depth_at(points)[None, :, None]
    return points + np.linspace(0, 1, frames)[:, None, None] * np.array([-aside_px, 0.0]) * 3 / z


def man(x, y):
    """Head, chest, hip, foot: 70 px from one to the next."""
    return [(x, y), (x + 6, y + 70), (x - 4, y + 140), (x + 10, y + 205)]


WHEELS = [(170, 330), (420, 330), (300, 130), (520, 140), (640, 330)]
BOX = [(0, 0), (40, 4), (4, 36), (44, 40), (20, 22)]


def box(x, y, points=BOX):
    return [(x + dx, y + dy) for dx, dy in points]


def thing_cases():
    yield Scene("five points 250 px apart on one thing that turns").thing(WHEELS, (60, -30), 24).still()
    yield Scene("the same, turning on the spot").thing(WHEELS, (0, 0), 35).still()
    yield Scene("the same, coming nearer").thing(WHEELS, (-20, 10), 4, 1.45).still()
    yield Scene("two men crossing").thing(man(150, 150), (480, 10)).thing(man(650, 140), (-470, -5)).still()
    yield (
        Scene("two men crossing, the one behind covered")
        .thing(man(150, 150), (480, 10), hide=lambda f, xy: (xy[:, 0] > 350) & (xy[:, 0] < 460))
        .thing(man(650, 140), (-470, -5))
        .still()
    )
    animal = [(600, 260), (680, 240), (520, 300), (440, 290), (380, 330), (390, 250)]
    yield (
        Scene("an animal leaves the frame, point by point").thing(animal, (520, 20), hide=outside).still().told(18, 24)
    )
    yield (
        Scene("an animal leaves the frame to the left, turning")
        .thing(animal, (-720, 10), 18, hide=outside)
        .still()
        .told(18, 24)
    )
    yield (
        Scene("a thing leaves the frame, turning and growing, with half of it still inside", 49)
        .thing(box(700, 200), (150, -10), 40, 1.3, hide=outside)
        .still()
        .told(36, 48)
    )
    together = 0.5

    def part_later(t):
        return np.stack([200 * t, 170 * np.maximum(0, t - together)], -1)

    def go_on(t):
        return np.stack([200 * t, -170 * np.maximum(0, t - together)], -1)

    yield (
        Scene("alike for half the time, then apart")
        .thing(box(200, 150), path=part_later)
        .thing(box(210, 260), path=go_on)
        .still()
    )

    def early(f, xy):
        return np.array([f > 10 and n == 4 for n in range(len(xy))])

    yield (
        Scene("alike for half the time, a point of each hidden before they part")
        .thing(box(200, 130), path=part_later, hide=early)
        .thing(box(210, 270), path=go_on, hide=early)
        .still()
    )
    yield (
        Scene("two that go the same way and turn apart")
        .thing([(688, 114), (579, 187), (608, 53), (638, 147), (584, 131)], (-164, -40), 12.3, 1.2)
        .thing([(412, 238), (516, 265), (388, 283), (440, 218), (442, 272)], (-126, 6), -5.8, 1.2)
        .still()
    )
    yield (
        Scene("three that go the same way, two of them with a pair of points that keeps its distance")
        .thing([(378, 193), (423, 247), (382, 248)], (125, -96), 34.1, 1.14)
        .thing([(193, 343), (253, 273), (237, 388), (222, 309), (274, 323)], (119, -31), -1.0, 1.22)
        .thing([(585, 335), (589, 313), (664, 355), (546, 330)], (88, 90), -27.2, 1.06)
        .still()
    )
    yield Scene("an arm that bends at the elbow is one thing").joint((240, 240), (400, 240), 38, (60, -80)).still()
    walkers = [*man(200, 150), *man(330, 145)]
    yield Scene("two who walk side by side all the time are one thing").thing(walkers, (330, 6)).still()
    yield (
        Scene("two who walk side by side and part")
        .thing(man(200, 150), (330, 6))
        .thing(man(330, 145), (40, 0), path=lambda t: np.stack([330 * t * (1 - t) + 60 * t, 0 * t], -1))
        .still()
    )
    hand = [(400, 240), (470, 240), (330, 240), (400, 300), (400, 180)]
    yield Scene("a pivot belongs to what turns around it").thing(hand, (0, 0), 120, pivot=(400, 240)).still()
    gx, gy = np.meshgrid(np.arange(300, 430, 12), np.arange(180, 290, 12))
    region = np.stack([gx, gy], -1).reshape(-1, 2)
    yield Scene("a region of many points").thing(region, (200, 40), 30).still()
    yield Scene("a region of many points that doubles").thing(region, (60, 10), 0, 2.0).still()
    yield Scene("one lone point").thing([(400, 240)], (120, 30)).still()
    yield (
        Scene("two lone points, each on its own way")
        .thing([(250, 240)], (150, 60))
        .thing([(560, 240)], (-40, -150))
        .still()
    )
    yield (
        Scene("three things at once")
        .thing(box(120, 90), (260, 30))
        .thing(box(620, 110), (-60, 190), 40)
        .thing(box(340, 350), (150, -130), -60)
        .still()
    )
    yield (
        Scene("one goes up, one goes down, far apart")
        .thing(box(150, 270), (0, -160))
        .thing(box(600, 120), (0, 170))
        .still()
    )
    around = [(430 + 130 * np.cos(a), 240 + 110 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 17)[:-1]]
    yield Scene("still points around a thing").thing(box(400, 215), (90, 40)).still(around)
    yield Scene("nothing moves").still()


def field_cases():
    points = grid()
    frames = 13
    yield Scene("dolly through depth", frames).carried(dolly(points, frames, 1.1))
    yield Scene("truck past pillars", frames).carried(truck(points, frames, 90))
    few = grid(6, 4, 40)
    pan = np.linspace(0, 1, frames)[:, None, None] * np.array([110.0, -30.0])
    yield Scene("a flat pan, two dozen points", frames).carried(few + pan)
    zoom = np.stack([turn(points, CENTRE, 8 * t, 1 + 0.3 * t) for t in np.linspace(0, 1, frames)])
    yield Scene("a zoom that rolls", frames).carried(zoom)
    t = np.arange(frames)[:, None]
    phase = points[:, 0] / 45 + points[:, 1] / 31
    sway = np.stack([26 * np.sin(0.5 * t + phase), 14 * np.cos(0.4 * t + 1.7 * phase)], -1)
    yield Scene("water or hair: every point on its own way, all over the picture", frames).carried(
        points + sway - sway[:1]
    )
    leaving = dolly(points, frames, 1.6)
    seen = ((leaving >= 0) & (leaving < SIZE_WH)).all(-1)
    yield Scene("dolly, points hidden once outside", frames).carried(leaving, seen)
    yield (
        Scene("a pan, and a thing that goes against it", frames)
        .carried(points + np.linspace(0, 1, frames)[:, None, None] * np.array([-120.0, 0.0]))
        .thing(box(150, 250), (260, 10))
    )
    yield (
        Scene("a truck through depth, and a thing that goes against it", frames)
        .carried(truck(points, frames, 80))
        .thing(box(350, 250), (230, 10))
    )


def main():
    cases = [scene.case() for scene in (*thing_cases(), *field_cases())]
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    (HERE / "draft_groups.json").write_text('{"cases":[\n' + lines + "\n]}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
