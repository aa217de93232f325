"""What to change in the tracks when a clip does not follow them: where to hold the picture still, where to add points.

Readings of the measurement. *Drift*: places that no track touches (where anchors would go, by the rule of
``motion.sources.anchors``) moved by more than a cell at any time, so nothing held them: anchors belong there. *Paths*:
a thing went its way late, beside it, or in part. *Thin motion*: a track that is not followed has few neighbours on its
thing; the model sees one cell against its surroundings, and more points on the same body help. *Dragged*: still points
went along with the thing beside them. Drift and thin motion are offered as tracks, to be added before the given ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch

from ..geometry import is_inside
from ..motion.sources.anchors import anchor_points
from ..tracks import Tracks, merge_tracks
from .measure import DRAGGED, ELSEWHERE, FOLLOWED, LOST, STAYS, UNMEASURED, Adherence, TrackScore
from .things import direction, thing_motion, things
from .thresholds import (
    ALIKE_PART,
    CELL_PX,
    COMES_BACK,
    COMPANION_PX,
    ENOUGH_NEIGHBOURS,
    MOST_ADVISED,
    NEIGHBOUR_PX,
    SMALLEST_REGION,
    STILL_PX,
    WIDESPREAD,
)


@dataclass(frozen=True)
class Advice:
    """One sentence for people, and what it concerns.

    ``kind``: ``anchors``, ``path``, ``points``, ``dragged``, ``start``, ``cut`` or ``lost``. ``track`` is its number or
    None; ``point_xy`` the places [(x, y)] in px that the advice would add.
    """

    kind: str
    text: str
    track: int | None = None
    point_xy: tuple[tuple[float, float], ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "text": self.text, "track": self.track, "add_px": [list(p) for p in self.point_xy]}


def places_to_watch(tracks: Tracks, kept_free: Any = None) -> np.ndarray:
    """float32 [M, 2] px: where nothing asks for motion; give them to ``measure_adherence`` as ``rest_xy``.

    ``kept_free``: what moves, and where it passes, as ``anchor_points`` takes it.
    """
    return anchor_points(tracks, kept_free=kept_free).astype(np.float32)


def advise(found: Adherence) -> list[Advice]:
    """What to change, the most widespread first. Empty when there is nothing to say."""
    return [*_drift(found), *_paths(found), *_thin(found), *_others(found)]


def suggested_tracks(found: Adherence, advice: list[Advice]) -> Tracks | None:
    """The given tracks with every advised point before them (a later track wins a shared cell); None without any."""
    tracks, parts = found.tracks, []
    for one in advice:
        if not one.point_xy:
            continue
        points = torch.tensor(one.point_xy, dtype=torch.float32)
        if one.track is None:
            parts.append(Tracks.make(points[None].expand(tracks.frames, -1, -1), size_wh=tracks.size_wh))
            continue
        way = tracks.xy[:, one.track] - tracks.xy[0, one.track]
        seen = tracks.visible[:, one.track : one.track + 1].expand(-1, len(points))
        parts.append(Tracks.make(points[None] + way[:, None], seen, size_wh=tracks.size_wh))
    return merge_tracks([*parts, tracks]) if parts else None


def drift_px(found: Adherence) -> np.ndarray:
    """float32 [M, 2]: how far each watched place was at its farthest; NaN if it was never seen or cannot be judged."""
    return _farthest(found)[0]


def _farthest(found: Adherence) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each watched place: its farthest way [M, 2] over the clip, the frame of that, and its way at the last sight.

    Three sights in a row count, by their median: a single one is a slip of the tracker.
    """
    rest = found.rest
    if rest is None:
        return np.zeros((0, 2), np.float32), np.zeros(0, int), np.zeros((0, 2), np.float32)
    peak = np.full((len(found.rest_xy), 2), np.nan, np.float32)
    frame, end = np.zeros(len(peak), int), peak.copy()
    for place in np.flatnonzero(~found.rest_smooth):
        seen = np.flatnonzero(rest.visible[1:, place]) + 1
        if not len(seen):
            continue
        way = rest.xy[seen, place] - found.rest_xy[place]
        padded = np.concatenate([way[:1], way, way[-1:]])
        calm = np.median(np.stack([padded[:-2], padded[1:-1], padded[2:]]), axis=0)
        far = int(np.argmax(np.linalg.norm(calm, axis=-1)))
        peak[place], frame[place], end[place] = calm[far], seen[far], way[-1]
    return peak, frame, end


def _drift(found: Adherence) -> list[Advice]:
    moved, frame, end = _farthest(found)
    judged = int((~found.rest_smooth).sum())
    far = np.isfinite(moved).all(-1) & (np.linalg.norm(np.nan_to_num(moved), axis=-1) > CELL_PX)
    if not far.any():
        return []
    held = int((_ways(found.tracks) <= STILL_PX).sum())
    have = f"{held} still point{'s' * (held != 1)}" if held else "no still point"
    carried, among = _carried_along(found), _among_tracks(found)
    advice = []
    for members in _clusters(found.rest_xy, moved, far):
        if len(members) < SMALLEST_REGION:
            continue
        mean = np.median(moved[members], axis=0)
        size = float(np.linalg.norm(mean))
        widespread = len(members) >= WIDESPREAD * judged
        goes = np.array([carried(int(p), int(frame[p]), moved[p]) for p in members])
        along = 2 * goes.sum() > len(members)
        amid = along and 2 * sum(among(found.rest_xy[p]) for p in members[goes]) > len(members)
        if along and (amid or not widespread):
            continue  # a part of the thing that no track lies on
        back = float(np.linalg.norm(np.median(end[members], axis=0))) < COMES_BACK * size
        how = "goes along with the tracks, " if along else "sways by " if back else "drifts by "
        how += f"{size:.0f} px {direction(mean)}"
        if back:
            how += f" (farthest at frame {int(np.median(frame[members]))}) and comes back"
        x, y = found.rest_xy[members].mean(0)
        where = (
            f"{'most' if 2 * len(members) > judged else 'much'} of what no track touches "
            f"({len(members) / judged:.0%} of the {judged} places that can be judged)"
            if widespread
            else f"the region around ({x:.0f}, {y:.0f})"
        )
        advice.append(
            Advice(
                "anchors",
                f"{where} {how}, though no track asks for it; the motion has {have}. Hold it with {len(members)} "
                f"anchor{'s' * (len(members) != 1)} (Hold the rest), unless it is meant to move.",
                point_xy=tuple((float(px), float(py)) for px, py in found.rest_xy[members]),
            )
        )
        if len(advice) == MOST_ADVISED:
            break
    return advice


def _paths(found: Adherence) -> list[Advice]:
    """Things whose error one shift, delay or scale explains."""
    told = [thing for thing in things(found) if thing.words is not None]
    return [
        Advice(
            "path",
            f"{_list(list(thing.tracks))}: {thing.words}; off by {thing.mean_px or 0:.0f} px in the mean, "
            f"{thing.left_px or 0:.0f} px beside that.",
            thing.tracks[0] if len(thing.tracks) == 1 else None,
        )
        for thing in sorted(told, key=lambda thing: -(thing.mean_px or 0))[:MOST_ADVISED]
    ]


def _thin(found: Adherence) -> list[Advice]:
    tracks, scores = found.tracks, found.scores()
    start = tracks.xy[0]
    thing_of = {track: number for number, thing in enumerate(things(found)) for track in thing.tracks}
    same = torch.tensor([thing_of.get(track, -1) for track in range(tracks.count)])
    late = {track for thing in things(found) if thing.late_frames is not None for track in thing.tracks}
    advice = []
    for score in found.worst(count=len(scores)):
        if len(advice) == MOST_ADVISED or score.verdict not in (STAYS, ELSEWHERE) or score.track in late:
            continue
        near = torch.linalg.vector_norm(start - start[score.track], dim=-1) <= NEIGHBOUR_PX
        alike = same == same[score.track]
        companions = int((near & alike & tracks.visible[0]).sum()) - 1
        if companions >= ENOUGH_NEIGHBOURS:
            continue
        points = _companions(found, score.track)
        if not points:
            continue
        company = f"only {companions} other point{'s' * (companions != 1)}" if companions else "no other point"
        advice.append(
            Advice(
                "points",
                f"Track {score.track + 1} {_how(score)}: {company} within {NEIGHBOUR_PX:.0f} px of its start "
                f"move{'s' * (companions <= 1)} as it does. Add points on the same body, such as these "
                f"{len(points)} around it, or draw a region.",
                score.track,
                tuple(points),
            )
        )
    return advice


def _others(found: Adherence) -> list[Advice]:
    advice = []
    scores = found.scores()
    unmeasured, lost, dragged = (
        [s.track for s in scores if s.verdict == verdict] for verdict in (UNMEASURED, LOST, DRAGGED)
    )
    carried = _carried_along(found) if dragged else None
    along = [track for track in dragged if carried is not None and _track_carried(found, scores[track], carried)]
    if along:
        advice.append(
            Advice(
                "dragged",
                f"{_list(along)}, meant to be still, go{'es' * (len(along) == 1)} along with the nearest moving "
                "thing: the model takes that place for a part of it. Put more still points between them, just outside "
                "its outline, or draw the thing as a region.",
            )
        )
    if unmeasured:
        advice.append(
            Advice(
                "start",
                f"{_list(unmeasured)} could not be measured: hidden or outside the picture at frame 0 (or in every "
                "later frame), where the model copies from. Such a track guides nothing.",
            )
        )
    cut = next((frame for frame in found.cuts if found.on_cut == "stop"), None)
    gone = [track for track in lost if cut is not None and (scores[track].lost_from or 0) >= cut - 1]
    lost = [track for track in lost if track not in gone]
    if gone:
        advice.append(
            Advice(
                "cut",
                f"{_list(gone)} {'was' if len(gone) == 1 else 'were'} lost where the clip cuts to another scene, at "
                f"frame {cut}. Make the clip again with another seed, or without the words that ask for the cut.",
            )
        )
    if lost:
        advice.append(
            Advice(
                "lost",
                f"{_list(lost)} {'was' if len(lost) == 1 else 'were'} lost by {found.tracker}: covered, turned away, "
                "or changed beyond recognition. Look at the clip before trusting these figures.",
            )
        )
    return advice


def _companions(found: Adherence, track: int) -> list[tuple[float, float]]:
    """Up to four places around the track's start, two cells away, inside and not next to another track's start."""
    tracks = found.tracks
    around = torch.tensor([(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)]) * COMPANION_PX
    points = tracks.xy[0, track] + around
    others = torch.linalg.vector_norm(points[:, None] - tracks.xy[0][None], dim=-1)
    free = is_inside(points, tracks.size_wh) & (others.amin(1) >= CELL_PX)
    return [(float(x), float(y)) for x, y in points[free]]


def _clusters(point_xy: np.ndarray, moved: np.ndarray, far: np.ndarray) -> list[np.ndarray]:
    """Indices of the far points, in groups of neighbours on their grid that move alike, largest first."""
    gaps = np.linalg.norm(point_xy[:, None] - point_xy[None, :], axis=-1)
    np.fill_diagonal(gaps, np.inf)
    reach = 1.5 * float(gaps.min()) if len(point_xy) > 1 else 0.0
    groups, waiting = [], set(np.flatnonzero(far).tolist())
    while waiting:
        open_, group = [waiting.pop()], []
        while open_:
            here = open_.pop()
            group.append(here)
            alike = max(CELL_PX / 2, ALIKE_PART * float(np.linalg.norm(moved[here])))
            near = {
                other
                for other in waiting
                if gaps[here, other] <= reach and np.linalg.norm(moved[here] - moved[other]) <= alike
            }
            waiting -= near
            open_ += sorted(near)
        groups.append(np.array(sorted(group)))
    return sorted(groups, key=lambda g: (-len(g), int(g[0])))


def _ways(tracks: Tracks) -> np.ndarray:
    return torch.linalg.vector_norm(tracks.xy - tracks.xy[:1], dim=-1).amax(0).numpy(force=True)


def _how(score: TrackScore) -> str:
    went = "" if score.went is None else f" ({score.went:.0%} of its way)"
    return f"{score.verdict}{went}, off by {score.mean_px or 0:.0f} px"


def _carried_along(found: Adherence) -> Callable[..., bool]:
    """A function of (place, frame, moved_xy): whether the nearest moving thing carries a place of the picture so far.

    ``place`` is the number of a watched place, or a position [2]. A thing that was lost is taken to go as asked.
    """
    members = [np.array(thing.tracks) for thing in things(found)]
    starts = found.tracks.xy[0].numpy(force=True).astype(np.float64)[[track for one in members for track in one]]
    thing_of = np.repeat(np.arange(len(members)), np.array([len(one) for one in members], int))

    @cache
    def motions(thing: int) -> tuple[Callable[..., Any], ...]:
        return thing_motion(found, members[thing]), thing_motion(found, members[thing], asked=True)

    def carried(place: Any, frame: int, moved_xy: np.ndarray) -> bool:
        if not members:
            return False
        at = np.asarray(found.rest_xy[place] if isinstance(place, int) else place, np.float64)
        nearest = int(thing_of[np.argmin(np.linalg.norm(starts - at, axis=-1))])
        close = max(CELL_PX / 2, ALIKE_PART * float(np.linalg.norm(moved_xy)))
        ways = (motion(at, frame) for motion in motions(nearest))
        return any(way is not None and np.linalg.norm(way - moved_xy) <= close for way in ways)

    return carried


def _among_tracks(found: Adherence) -> Callable[[np.ndarray], bool]:
    """A function of a place [2]: whether it lies between the tracks of the nearest moving thing, or beside them."""
    import cv2

    start = found.tracks.xy[0].numpy(force=True).astype(np.float32)
    members = [start[list(thing.tracks)] for thing in things(found)]

    @cache
    def outline(thing: int) -> np.ndarray:
        return cv2.convexHull(members[thing])

    def among(place_xy: np.ndarray) -> bool:
        if not members:
            return False
        nearest = int(np.argmin([np.linalg.norm(one - place_xy, axis=-1).min() for one in members]))
        at = (float(place_xy[0]), float(place_xy[1]))
        return cv2.pointPolygonTest(outline(nearest), at, True) >= -NEIGHBOUR_PX

    return among


def _track_carried(found: Adherence, score: TrackScore, carried: Callable[..., bool]) -> bool:
    if score.worst_frame is None:
        return False
    start = found.tracks.xy[0, score.track].numpy(force=True)
    return carried(start, score.worst_frame, found.found_xy[score.worst_frame, score.track] - start)


def _list(tracks: list[int]) -> str:
    shown = ", ".join(str(one + 1) for one in tracks[:10]) + (
        f" and {len(tracks) - 10} more" if len(tracks) > 10 else ""
    )
    return f"Track{'s' * (len(tracks) != 1)} {shown}"


__all__ = ["FOLLOWED", "Advice", "advise", "drift_px", "places_to_watch", "suggested_tracks"]
