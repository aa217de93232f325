"""How closely a clip follows its tracks: points tracked through it from the tracks' first positions, and compared.

Conventions: positions and errors in pixels of the clip. Frame 0 is given to the model and never counted. A position of
a track counts when the track is visible and inside the picture there; a track counts when it is so at frame 0 (from
there the model copies, and from there the tracker starts). Where the tracker loses a point, its position is a guess:
every figure says whether guesses are in it. ``mean_px`` is over what was seen, ``mean_all_px`` includes guesses.

*By looks* (what the command and the node ask for; a benchmark does not): a point whose surroundings in frame 0 are too
smooth to be found again counts nowhere, nor does a moving one that the tracker calls so; a still point is where it
should be as long as its place looks as it did, and so is a lost one where the place that is asked for does.

A track *follows* when its mean error is at most a tenth of its way and at most two cells, and no more than one frame of
ten is farther off (``thresholds``); a still one when the mean is at most a cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sized
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np

from ..errors import WanMoveError, plural
from ..motion.tracking.dense import DenseTracker
from ..motion.tracking.points import PointTracker, Progress, TrackedPoints
from ..pictures import grey_of
from ..tracks import Tracks
from .looks import judged_by_looks, too_smooth
from .thresholds import (
    CELL_PX,
    FALLS_SHORT,
    LEAST_OFF_PX,
    LOST_SHARE,
    MOST_OFF_PX,
    PART_OF_WAY,
    STILL_PX,
    USUAL,
)

FOLLOWED, STAYS, DRAGGED, ELSEWHERE, LOST, SMOOTH, UNMEASURED = (
    "follows", "stays behind", "is dragged along", "goes elsewhere", "lost", "too smooth to judge", "not measured",
)  # fmt: skip


@dataclass(frozen=True)
class TrackScore:
    """One track. Lengths in px; None where nothing could be measured.

    Attributes:
        track: its number, from 0.
        verdict: one of the seven words above; *is dragged along* is a still point that moved.
        mean_px, end_px, worst_px, worst_frame: of the error where the point was seen; the end is the last such frame.
        mean_all_px: of the error at every counted frame, with the tracker's guesses.
        lost_share: of the counted frames, where the point was not seen.
        lost_from: the first frame from which it was not seen again.
        way_px: farthest that the track asks its point to go from its start.
        went: how much of that way the point went, in its direction: 0 stayed, 1 arrived.
    """

    track: int
    verdict: str
    mean_px: float | None = None
    mean_all_px: float | None = None
    end_px: float | None = None
    worst_px: float | None = None
    worst_frame: int | None = None
    lost_share: float = 0.0
    lost_from: int | None = None
    way_px: float = 0.0
    went: float | None = None


@dataclass(frozen=True, eq=False)
class Adherence:
    """What :func:`measure_adherence` found.

    Attributes:
        tracks: what was asked for, in the clip's pixels.
        found_xy: float32 [T, N, 2] px; the track's own position where it was not measured.
        seen: bool [T, N]: the tracker saw the point. False for tracks that were not measured.
        counted: bool [T, N]: positions that count.
        smooth: bool [N]: tracks that start where nothing can be found again; none of their positions counts.
        error_px: float32 [T, N]: distance to the track, everywhere.
        rest: what became of ``rest_xy`` ([M, 2], places that no track touches), when these were asked for.
        rest_smooth: bool [M]: places among them that cannot be judged.
        tracker: its name, which belongs in every table.
        cuts: frames that begin another scene, as far as the tracker looks for them.
        on_cut: what the tracker does there: ``stop`` or ``go on``.
    """

    tracks: Tracks
    found_xy: np.ndarray
    seen: np.ndarray
    counted: np.ndarray
    error_px: np.ndarray
    tracker: str
    smooth: np.ndarray
    rest_xy: np.ndarray
    rest: TrackedPoints | None
    rest_smooth: np.ndarray
    cuts: tuple[int, ...] = ()
    on_cut: str = "stop"

    @property
    def measured(self) -> np.ndarray:
        """bool [N]: tracks with at least one counted position."""
        return np.asarray(self.counted.any(0))

    @property
    def mean_px(self) -> float | None:
        """End-point error: mean over counted positions that the tracker saw; None when there is none."""
        return _mean(self.error_px[self.counted & self.seen])

    @property
    def mean_all_px(self) -> float | None:
        """The same with the tracker's guesses for lost points."""
        return _mean(self.error_px[self.counted])

    @property
    def lost_share(self) -> float | None:
        """Share of the counted positions that the tracker did not see."""
        return _mean(~self.seen[self.counted])

    def scores(self) -> list[TrackScore]:
        """One per track, in the tracks' order."""
        return list(self._scores)

    def worst(self, count: int = 10) -> list[TrackScore]:
        """Up to ``count`` tracks that do not follow: those lost first, then by how far they are off."""
        off = [s for s in self.scores() if s.verdict not in (FOLLOWED, SMOOTH, UNMEASURED)]
        return sorted(off, key=lambda s: (s.verdict != LOST, -(s.mean_all_px or 0.0)))[:count]

    def summary(self) -> dict[str, Any]:
        """Plain numbers, for reports."""
        scores = self.scores()
        return {
            "tracker": self.tracker,
            "frames": self.tracks.frames,
            "size_wh": list(self.tracks.size_wh),
            "tracks": len(scores),
            "measured": int(self.measured.sum()),
            "follows": sum(s.verdict == FOLLOWED for s in scores),
            "too_smooth": int(self.smooth.sum()),
            "epe_px": self.mean_px,
            "epe_all_px": self.mean_all_px,
            "lost_share": self.lost_share,
            "cuts": list(self.cuts),
        }

    @cached_property
    def _scores(self) -> tuple[TrackScore, ...]:
        return tuple(self._score(track) for track in range(self.tracks.count))

    def _score(self, track: int) -> TrackScore:
        target, visible = self.tracks.xy[:, track].numpy(), self.counted[:, track]
        apart = np.linalg.norm(target - target[0], axis=1)
        way = float(apart[visible].max(initial=0.0))
        if not visible.any():
            return TrackScore(track, SMOOTH if self.smooth[track] else UNMEASURED, way_px=way)
        seen, error = visible & self.seen[:, track], self.error_px[:, track]
        lost_share = 1.0 - float(seen.sum() / visible.sum())
        last_seen = int(np.flatnonzero(seen)[-1]) if seen.any() else 0
        later = np.flatnonzero(visible[last_seen + 1 :])
        lost_from = last_seen + 1 + int(later[0]) if len(later) else None
        far = int(np.argmax(np.where(seen if seen.any() else visible, apart, -1)))
        step = target[far] - target[0]
        went = None
        if apart[far] > STILL_PX:
            went = float((self.found_xy[far, track] - target[0]) @ step / (step @ step))
        mean, mean_all = _mean(error[seen]), _mean(error[visible])
        usual = float(np.percentile(error[seen], USUAL)) if seen.any() else 0.0
        worst = int(np.argmax(np.where(seen, error, -1))) if seen.any() else None
        return TrackScore(
            track, _verdict(mean, usual, lost_share, way, went), mean, mean_all,
            end_px=float(error[last_seen]) if seen.any() else None,
            worst_px=None if worst is None else float(error[worst]), worst_frame=worst,
            lost_share=lost_share, lost_from=lost_from, way_px=way, went=went,
        )  # fmt: skip


def measure_adherence(
    frames: Iterable[np.ndarray],
    tracks: Tracks,
    tracker: PointTracker | None = None,
    progress: Progress | None = None,
    *,
    rest_xy: np.ndarray | None = None,
    by_looks: bool = False,
) -> Adherence:
    """Track a clip from the tracks' first positions and compare.

    Args:
        frames: uint8 [H, W, 3] RGB, as many as the tracks have frames, of the tracks' size; read once.
        tracker: the dense one when None.
        progress: called with the number of frames done; may raise to cancel.
        rest_xy: [M, 2] px: places followed as well, that nothing should move (see ``places_to_watch``).
        by_looks: leave out what is too smooth to judge, and judge still points by whether their place looks the same.
            False: every point counts and the tracker alone is asked, as benchmarks do.

    Raises: WanMoveError when size or length differ, or no track starts visible inside the picture.
    """
    tracker = tracker or DenseTracker()
    iterator = iter(frames)
    first = next(iterator, None)
    if first is None:
        raise WanMoveError(where="Adherence / clip", what="there are no frames", fix="give a clip")
    if (first.shape[1], first.shape[0]) != tracks.size_wh:
        raise WanMoveError(
            where="Adherence / tracks",
            what=f"they belong to {tracks.size_wh[0]}x{tracks.size_wh[1]}, the clip is "
            f"{first.shape[1]}x{first.shape[0]}",
            fix="fit the tracks to the clip's size first",
        )
    if isinstance(frames, Sized):
        # Before a minute of tracking, not after it.
        _require_length(len(frames), tracks)
    target = tracks.xy.numpy(force=True).astype(np.float32)
    usable = (tracks.visible & tracks.inside()).numpy(force=True)
    start = np.flatnonzero(usable[0])
    rest = np.zeros((0, 2), np.float32) if rest_xy is None else np.asarray(rest_xy, np.float32)
    if not len(start):
        raise WanMoveError(
            where="Adherence / tracks",
            what="no track is visible inside the picture at frame 0, so none can be followed from there",
            fix="check the tracks (wan-move tracks check): such tracks guide nothing either",
        )
    points = np.concatenate([target[0, start], rest])
    greys: list[np.ndarray] = []

    def remembered() -> Iterator[np.ndarray]:
        for frame in chain([first], iterator):
            if by_looks:
                greys.append(grey_of(frame))
            yield frame

    found = tracker.track(remembered(), points, progress)
    _require_length(len(found.xy), tracks)
    smooth = np.zeros(len(points), bool)
    if by_looks:
        ways = np.linalg.norm(target[:, start] - target[0, start], axis=-1).max(0)
        still = np.concatenate([ways <= STILL_PX, np.ones(len(rest), bool)])
        smooth = too_smooth(greys[0], points)
        if found.smooth is not None:
            # What moves is judged by the tracker, so what that cannot tell is not told; looks alone judge the rest.
            smooth = smooth | (found.smooth & ~still)
        wanted = np.concatenate([target[:, start], np.broadcast_to(rest, (len(target), *rest.shape))], axis=1)
        moving = np.concatenate([usable[:, start], np.zeros((len(target), len(rest)), bool)], axis=1) & ~still & ~smooth
        found = judged_by_looks(found, greys, points, still & ~smooth, wanted, moving)
    found_xy, seen = target.copy(), np.zeros(usable.shape, bool)
    found_xy[:, start], seen[:, start] = found.xy[:, : len(start)], found.visible[:, : len(start)]
    featureless = np.zeros(tracks.count, bool)
    featureless[start] = smooth[: len(start)]
    counted = usable & usable[0] & ~featureless
    counted[0] = False
    return Adherence(
        tracks=tracks,
        found_xy=found_xy,
        seen=seen,
        counted=counted,
        error_px=np.linalg.norm(found_xy - target, axis=-1).astype(np.float32),
        tracker=tracker.name,
        smooth=featureless,
        rest_xy=rest,
        rest=None
        if not len(rest)
        else TrackedPoints(found.xy[:, len(start) :], found.visible[:, len(start) :], found.error_px[:, len(start) :]),
        rest_smooth=smooth[len(start) :],
        cuts=found.cuts,
        on_cut=getattr(tracker, "on_cut", "stop"),
    )


def _require_length(frames: int, tracks: Tracks) -> None:
    if frames and frames != tracks.frames:
        raise WanMoveError(
            where="Adherence / length",
            what=f"the clip has {plural(frames, 'frame')}, the tracks have {tracks.frames}",
            fix=f"retime the tracks to {plural(frames, 'frame')}, or give the clip that was made from them",
        )


def allowed_px(way_px: float) -> float:
    """The mean error up to which a track with a way of ``way_px`` follows."""
    if way_px <= STILL_PX:
        return CELL_PX
    return max(LEAST_OFF_PX, min(PART_OF_WAY * way_px, MOST_OFF_PX))


def _verdict(mean: float | None, usual: float, lost_share: float, way: float, went: float | None) -> str:
    if mean is None or lost_share > LOST_SHARE:
        return LOST
    if mean <= allowed_px(way) and usual <= MOST_OFF_PX:
        return FOLLOWED
    if way <= STILL_PX:
        return DRAGGED
    return STAYS if went is not None and went < FALLS_SHORT else ELSEWHERE


def _mean(values: np.ndarray) -> float | None:
    return float(values.mean(dtype=np.float64)) if values.size else None
