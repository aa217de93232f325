"""What to change in the tracks when a clip does not follow them: where to hold the picture still, where to add points.

Two readings of the measurement. *Drift*: places that no track touches (where anchors would go, by the rule of
``motion.anchors``) moved by more than a cell, so nothing held them: anchors belong there. *Thin motion*: a track that
is not followed has few neighbours that move as it does; the model sees one cell against its surroundings, and more
points on the same body help. Both are offered as tracks, to be added before the given ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ..geometry import is_inside
from ..motion.sources.anchors import anchor_points
from ..tracks import Tracks, merge_tracks
from .measure import CELL_PX, FOLLOWED, LOST, STILL_PX, UNMEASURED, Adherence, TrackScore

NEIGHBOUR_PX = 48.0
ENOUGH_NEIGHBOURS = 3
COMPANION_PX = 16.0
"""Added points lie two cells from their track: the next cell would say nothing new about the body."""
MOST_ADVISED = 8
SMALLEST_REGION = 3
WIDESPREAD = 0.3


@dataclass(frozen=True)
class Advice:
    """One sentence for people, and what it concerns.

    ``kind``: ``anchors``, ``points``, ``start`` or ``lost``. ``track`` is its number or None; ``point_xy`` the places
    [(x, y)] in px that the advice would add.
    """

    kind: str
    text: str
    track: int | None = None
    point_xy: tuple[tuple[float, float], ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "text": self.text, "track": self.track, "add_px": [list(p) for p in self.point_xy]}


def places_to_watch(tracks: Tracks) -> np.ndarray:
    """float32 [M, 2] px: where nothing asks for motion; give them to ``measure_adherence`` as ``rest_xy``."""
    return anchor_points(tracks).astype(np.float32)


def advise(found: Adherence) -> list[Advice]:
    """What to change, the most widespread first. Empty when there is nothing to say."""
    return [*_drift(found), *_thin(found), *_others(found)]


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
    """float32 [M, 2]: how far each watched place went by the last frame in which it was seen; NaN if it never was."""
    rest = found.rest
    if rest is None:
        return np.zeros((0, 2), np.float32)
    frames = np.arange(len(rest.visible))[:, None]
    last = np.where(rest.visible, frames, 0).max(0)
    moved = rest.xy[last, np.arange(len(last))] - found.rest_xy
    return np.where((last > 0)[:, None], moved, np.nan).astype(np.float32)


def _drift(found: Adherence) -> list[Advice]:
    moved = drift_px(found)
    known = np.isfinite(moved).all(-1)
    far = known & (np.linalg.norm(np.nan_to_num(moved), axis=-1) > CELL_PX)
    if not far.any():
        return []
    held = int((_ways(found.tracks) <= STILL_PX).sum())
    have = f"{held} still point{'s' * (held != 1)}" if held else "no still point"
    advice = []
    for members in _clusters(found.rest_xy, moved, far):
        mean = np.median(moved[members], axis=0)
        size = float(np.linalg.norm(mean))
        widespread = len(members) >= WIDESPREAD * known.sum()
        along = _goes_along(found, mean)
        if len(members) < SMALLEST_REGION and not widespread:
            continue  # single points are more often mistracked than moved
        if along and not widespread:
            continue  # a part of the subject that no track lies on
        how = f"{'goes along with the tracks, ' if along else 'drifts by '}{size:.0f} px {_direction(mean)}"
        x, y = found.rest_xy[members].mean(0)
        where = (
            f"most of what no track touches ({len(members) / known.sum():.0%})"
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


def _thin(found: Adherence) -> list[Advice]:
    tracks, scores = found.tracks, found.scores()
    start, ways = tracks.xy[0], tracks.xy[-1] - tracks.xy[0]
    advice = []
    for score in found.worst(count=len(scores)):
        if len(advice) == MOST_ADVISED or score.way_px <= STILL_PX:
            continue
        near = torch.linalg.vector_norm(start - start[score.track], dim=-1) <= NEIGHBOUR_PX
        alike = torch.linalg.vector_norm(ways - ways[score.track], dim=-1) <= max(CELL_PX, 0.25 * score.way_px)
        companions = int((near & alike & found.tracks.visible[0]).sum()) - 1
        if companions >= ENOUGH_NEIGHBOURS:
            continue
        points = _companions(found, score.track)
        if not points:
            continue
        company = f"only {companions} other point{'s' * (companions != 1)}" if companions else "no other point"
        advice.append(
            Advice(
                "points",
                f"Track {score.track} {_how(score)}: {company} within {NEIGHBOUR_PX:.0f} px of its start "
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
    unmeasured = [s.track for s in scores if s.verdict == UNMEASURED]
    if unmeasured:
        advice.append(
            Advice(
                "start",
                f"{_list(unmeasured)} could not be measured: hidden or outside the picture at frame 0 (or in every "
                "later frame), where the model copies from. Such a track guides nothing.",
            )
        )
    lost = [s.track for s in scores if s.verdict == LOST]
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
            alike = max(CELL_PX / 2, 0.25 * float(np.linalg.norm(moved[here])))
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
    if score.verdict == LOST:
        return "was lost"
    went = "" if score.went is None else f" ({score.went:.0%} of its way)"
    return f"{score.verdict}{went}, off by {score.mean_px or 0:.0f} px"


def _goes_along(found: Adherence, mean_xy: np.ndarray) -> bool:
    """Whether most moving points ended as far off, in the same direction: the picture moves with its subject."""
    moves = (_ways(found.tracks) > STILL_PX) & found.measured
    if not moves.any():
        return False
    went = found.found_xy[-1, moves] - found.tracks.xy[0].numpy(force=True)[moves]
    size = float(np.linalg.norm(mean_xy))
    return float(np.median(np.linalg.norm(went - mean_xy, axis=-1))) <= max(CELL_PX / 2, 0.25 * size)


def _direction(mean_xy: np.ndarray) -> str:
    x, y = float(mean_xy[0]), float(mean_xy[1])
    words = [w for w, on in (("up", y < -abs(x) * 0.4), ("down", y > abs(x) * 0.4)) if on]
    words += [w for w, on in (("left", x < -abs(y) * 0.4), ("right", x > abs(y) * 0.4)) if on]
    return " and ".join(words)


def _list(tracks: list[int]) -> str:
    shown = ", ".join(map(str, tracks[:10])) + (f" and {len(tracks) - 10} more" if len(tracks) > 10 else "")
    return f"Track{'s' * (len(tracks) != 1)} {shown}"


__all__ = ["FOLLOWED", "Advice", "advise", "drift_px", "places_to_watch", "suggested_tracks"]
