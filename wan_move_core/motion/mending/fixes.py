"""What mends an issue: per rule one pure function from tracks to tracks, and a sentence that says what was changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ...errors import WanMoveError, plural
from ...geometry import STRIDE_T, STRIDE_X, Fit, is_video_length, nearest_lengths
from ...tracks import Tracks, merge_tracks
from ..checks.checker import judge_tracks
from ..checks.issues import Issue, checks_table
from ..checks.rules import Judged, latent_step_cells, lost_cells, nearest_size, unsampled_runs
from ..sources.anchors import KeptFree, hold_the_rest

LAST_PIXEL = 1.0
"""Points brought inside stay this far from the right and bottom border, in px."""


@dataclass(frozen=True)
class Repair:
    """What a fix works on: the tracks judged, and the numbers of those concerned (empty for fixes of the whole)."""

    judged: Judged
    tracks: Tracks
    index: np.ndarray
    kept_free: KeptFree | None = None


Fix = Callable[[Repair], tuple[Tracks, str]]


def apply(
    tracks: Tracks,
    issues: Iterable[Issue],
    *,
    frames: int | None = None,
    size_wh: tuple[int, int] | None = None,
    regions: Mapping[str, Sequence[int]] | None = None,
    kept_free: KeptFree | None = None,
) -> tuple[Tracks, list[str]]:
    """Mend ``issues`` of ``tracks`` (as :func:`checker.check_tracks` found them, with the same further arguments).

    Of those that nothing but their author can mend, the report says what they are.

    ``kept_free``: what moves in the picture and where it passes, as ``anchor_points`` takes it; no point is held there.

    Returns: the new tracks, and one sentence for each kind of change. Tracks that are added come first, so that numbers
    move up by as many and added points win no cell. Check again afterwards: a fix may uncover another issue.

    Raises: WanMoveError for an issue of unknown id, or of a track that does not exist.
    """
    wanted: dict[str, set[int]] = {}
    by_hand: list[str] = []
    for issue in issues:
        if issue.id in checks_table() and issue.id not in FIXES:
            by_hand.append(in_words(issue))
            continue
        if issue.id not in FIXES:
            raise WanMoveError(where="Fix", what=f"no fix for {issue.id!r}", fix=f"use one of {', '.join(FIXES)}")
        if issue.track is not None and not 0 <= issue.track < tracks.count:
            raise WanMoveError(
                where=f"Fix / {issue.id}",
                what=f"track {issue.track + 1} of {tracks.count}",
                fix="check these tracks again",
            )
        wanted.setdefault(issue.id, set()).update([] if issue.track is None else [issue.track])
    report: list[str] = []
    added = 0
    for rule in (name for name in checks_table() if name in wanted):
        moved = {name: [i + added for i in members] for name, members in (regions or {}).items()}
        judged = judge_tracks(tracks, frames=frames, size_wh=size_wh, regions=moved)
        index = np.array(sorted(i + added for i in wanted[rule]), np.int64)
        before = tracks.count
        tracks, said = FIXES[rule](Repair(judged, tracks, index, kept_free))
        added += tracks.count - before
        report.append(said)
    return tracks, report + by_hand


def in_words(issue: Issue) -> str:
    """What is said of an issue that nothing but its author can mend."""
    return f"{issue.title}, left as it is: {issue.text}"


def retime(repair: Repair) -> tuple[Tracks, str]:
    target = repair.judged.frames or nearest_length(repair.tracks.frames)
    return repair.tracks.retime(target), f"Retimed from {repair.tracks.frames} to {plural(target, 'frame')}."


def rescale(repair: Repair) -> tuple[Tracks, str]:
    size = repair.judged.size_wh or nearest_size(repair.tracks.size_wh)
    fit = Fit.make("stretch", repair.tracks.size_wh, size)
    old = repair.tracks.size_wh
    return repair.tracks.fit(fit), f"Stretched from {old[0]}x{old[1]} to {size[0]}x{size[1]} px."


def show_at_start(repair: Repair) -> tuple[Tracks, str]:
    visible = repair.tracks.visible.clone()
    visible[0, repair.index] = True
    return repair.tracks.with_visible(visible), f"{_tracks(repair)} shown at the first frame."


def start_inside(repair: Repair) -> tuple[Tracks, str]:
    xy = repair.tracks.xy.clone()
    start = xy[0, repair.index]
    xy[:, repair.index] += _brought_inside(start, repair.tracks.size_wh) - start
    # Sums in float32 may fall a hair short of where they were meant to end.
    xy[0, repair.index] = _brought_inside(xy[0, repair.index], repair.tracks.size_wh)
    return _with_xy(repair.tracks, xy), f"{_tracks(repair)} moved as a whole to start inside the picture."


def off_the_border(repair: Repair) -> tuple[Tracks, str]:
    clamped, _ = repair.tracks.select(repair.index).clamp_border()
    xy = repair.tracks.xy.clone()
    xy[:, repair.index] = clamped.xy
    return _with_xy(repair.tracks, xy), f"{_tracks(repair)} moved from the border onto the last pixel."


def keep_inside(repair: Repair) -> tuple[Tracks, str]:
    xy, outside = repair.tracks.xy.clone(), ~repair.tracks.inside()
    chosen = torch.zeros_like(outside)
    chosen[:, repair.index] = outside[:, repair.index]
    xy[chosen] = _brought_inside(xy[chosen], repair.tracks.size_wh)
    return _with_xy(
        repair.tracks, xy
    ), f"{_tracks(repair)} kept inside the picture ({plural(int(chosen.sum()), 'position')})."


def show_longer(repair: Repair) -> tuple[Tracks, str]:
    visible = repair.tracks.visible.clone()
    for track in repair.index.tolist():
        for first, last in unsampled_runs(repair.judged.visible[:, track]):
            low, high = reach_sample(first, last, repair.tracks.frames)
            visible[low : high + 1, track] = True
    return repair.tracks.with_visible(visible), f"{_tracks(repair)} shown up to the nearest 4th frame."


def even_speed(repair: Repair) -> tuple[Tracks, str]:
    xy = repair.tracks.xy.to(torch.float64).clone().numpy()
    for track in repair.index.tolist():
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy[:, track], axis=0).T))])
        even = np.linspace(0.0, along[-1], len(along))
        xy[:, track] = np.stack([np.interp(even, along, xy[:, track, axis]) for axis in range(2)], -1)
    mended = _with_xy(repair.tracks, torch.from_numpy(xy))
    limit = checks_table()["jumps"]["threshold"]
    cells = latent_step_cells(judge_tracks(mended))
    left = int((cells[:, repair.index] > limit).any(0).sum()) if len(cells) else 0
    still = f" {left} still too fast: shorten the way or lengthen the clip." if left else ""
    return mended, f"{_tracks(repair)} given one even speed over the clip.{still}"


def hide_loser(repair: Repair) -> tuple[Tracks, str]:
    visible, (lost, _) = repair.tracks.visible.clone(), lost_cells(repair.judged)
    for track in repair.index.tolist():
        for step in np.flatnonzero(lost[:, track]).tolist():
            sample = (step + 1) * STRIDE_T
            visible[sample - STRIDE_T + 1 : sample + 1, track] = False
    return repair.tracks.with_visible(visible), f"{_tracks(repair)} hidden where another track wins the cell."


def add_anchors(repair: Repair) -> tuple[Tracks, str]:
    anchors = hold_the_rest(repair.tracks, kept_free=repair.kept_free)
    if anchors.count == 0:
        return repair.tracks, "No anchor added: the tracks leave no room for one."
    return merge_tracks([anchors, repair.tracks]), f"{anchors.count} anchors added over everything that does not move."


def add_companions(repair: Repair) -> tuple[Tracks, str]:
    """Four points one cell beside each, moving along: a subject follows several points better than one."""
    if len(repair.index) == 0:
        return repair.tracks, "No point added: the region covers no latent cell; draw it larger."
    chosen = repair.tracks.select(repair.index)
    offsets = [(-STRIDE_X, 0), (STRIDE_X, 0), (0, -STRIDE_X), (0, STRIDE_X)]
    beside = merge_tracks([chosen.transform(offset_xy=(float(x), float(y))) for x, y in offsets])
    kept = beside.select(beside.inside()[0] & beside.visible[0])
    if kept.count == 0:
        return repair.tracks, "No point added: there is no room beside the tracks."
    return merge_tracks(
        [kept, repair.tracks]
    ), f"{plural(kept.count, 'point')} added around {len(repair.index)} track{'s' * (len(repair.index) != 1)}."


def left_to_the_editor(repair: Repair) -> tuple[Tracks, str]:
    return repair.tracks, f"{_tracks(repair)} left as drawn: the editor mends that, over the picture."


def without_them(repair: Repair) -> tuple[Tracks, str]:
    """Last of all rules: what is left moves down, and no other fix asks for its number."""
    kept = torch.ones(repair.tracks.count, dtype=torch.bool)
    kept[torch.from_numpy(repair.index)] = False
    return repair.tracks.select(kept), f"{_tracks(repair)} taken out of the way of what moves."


FIXES: Mapping[str, Fix] = {
    "wrong_length": retime,
    "size_mismatch": rescale,
    "hidden_at_start": show_at_start,
    "outside_at_start": start_inside,
    "on_border": off_the_border,
    "leaves_picture": keep_inside,
    "between_samples": show_longer,
    "jumps": even_speed,
    "shares_cell": hide_loser,
    "no_anchors": add_anchors,
    "few_points": add_companions,
    "lone_point": left_to_the_editor,
    "cut_by_frame": left_to_the_editor,
    "still_in_way": without_them,
}


def nearest_length(frames: int) -> int:
    """The nearest 4k+1; the longer of two equally near."""
    if is_video_length(frames):
        return frames
    below, above = nearest_lengths(frames)
    return above if above - frames <= frames - below else below


def reach_sample(first: int, last: int, frames: int) -> tuple[int, int]:
    """The visible run first..last, lengthened to the nearest sampled frame after it, else before it."""
    after = (last // STRIDE_T + 1) * STRIDE_T
    if after < frames:
        return first, after
    return first // STRIDE_T * STRIDE_T, last


def _brought_inside(point_xy: torch.Tensor, size_wh: tuple[int, int]) -> torch.Tensor:
    return torch.minimum(point_xy.clamp(min=0.0), point_xy.new_tensor(size_wh) - LAST_PIXEL)


def _with_xy(tracks: Tracks, xy: torch.Tensor) -> Tracks:
    return Tracks.make(xy, tracks.visible, size_wh=tracks.size_wh, where="Fix")


def _tracks(repair: Repair) -> str:
    count = len(repair.index)
    return f"Track {int(repair.index[0]) + 1}" if count == 1 else plural(count, "track")
