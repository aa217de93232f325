"""Scoring a results folder: every clip that is there, FID and FVD over all of them, and what the numbers rest on."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import WanMoveError, plural
from ..generate.sidefile import read_side_file, sha256_file, side_path
from ..motion.tracking.dense import DenseTracker
from ..motion.tracking.points import PointTracker
from ..video import read_clip
from .dataset import BenchClip, BenchSet, clip_tracks
from .features import FeatureExtractor
from .frechet import FeatureStatistics, statistics_distance
from .kept import Features, Kept, KeptScores, measured_by
from .perceptual import CLIP_HELP, LPIPS_HELP, FrameMeasure
from .scores import COLUMNS, NOTICE, SSIM_REGION, ClipScore, Scored, collected, means, score_clip

OnClip = Callable[[BenchClip, Scored, np.ndarray], Mapping[str, bytes] | None]
"""Hears of every clip that was scored: its result as uint8 [T, H, W, 3] too. Pictures that it returns are kept."""
OnKept = Callable[[BenchClip, Mapping[str, bytes]], None]
"""Hears of every clip whose scores an earlier start has kept, with its pictures."""


MOST_TOLD = 20
"""Clips that were left out, named on a terminal."""
NO_FID = "no feature weights were given (--fid-weights): pt_inception-2015-12-05-6726825d.pth, which pytorch-fid uses"
NO_FVD = "no feature weights were given (--fvd-weights): I3D on Kinetics-400, rgb_imagenet.pt"
NO_PUBLISHED = "not asked for (--fid-published): every frame of whole clips, eight times the work of FID"
NO_LPIPS = f"no weights were given (--lpips-weights) or found: {LPIPS_HELP}"
NO_CLIP = f"no weights were given (--clip-weights) or found: {CLIP_HELP}"


@dataclass(frozen=True)
class SetScore:
    """FID, FVD, or the mean of LPIPS or CLIP-I: ``value`` is None where it was left out, and ``why`` says so."""

    value: float | None
    why: str | None = None
    extractor: str | None = None
    digest: str | None = None
    samples: int = 0


@dataclass(frozen=True, eq=False)
class BenchScores:
    """All that was measured, and of what."""

    bench: BenchSet
    results: Path
    asked: int
    clips: list[ClipScore]
    missing: list[str]
    tracker: str
    unreadable: dict[str, str]
    fid: SetScore
    fvd: SetScore
    fid_published: SetScore
    lpips: SetScore
    clip_i: SetScore

    @property
    def guessed(self) -> tuple[int, int]:
        """Positions that were guessed, of how many, in the clips that have an EPE with guesses."""
        shown = [score for score in self.clips if score.epe_all_px is not None]
        return sum(score.guessed for score in shown), sum(score.positions for score in shown)

    @property
    def sets(self) -> tuple[tuple[str, str, SetScore], ...]:
        """Key, label and figure of everything that rests on a network's weights."""
        return (
            ("fid", "FID", self.fid), ("fid_published", "FID, as published", self.fid_published),
            ("fvd", "FVD", self.fvd), ("lpips", "LPIPS", self.lpips), ("clip_i", "CLIP-I", self.clip_i),
        )  # fmt: skip

    def table(self) -> dict[str, Any]:
        """Plain JSON data; infinite numbers as the text "inf"."""
        return {
            "format": "wan-move-bench-scores",
            "version": 1,
            "notice": NOTICE,
            "dataset": self.bench.folder.name,
            "language": self.bench.language,
            "split": self.bench.split,
            "clips_in_list": len(self.bench.clips),
            "clips_asked": self.asked,
            "clips_scored": len(self.clips),
            "missing": self.missing,
            "unreadable": self.unreadable,
            "tracker": self.tracker,
            "columns": list(COLUMNS),
            "means": {c: {k: _plain(v) for k, v in told.items()} for c, told in means(self.clips).items()},
            "ssim_region": SSIM_REGION,
            "epe_with_guesses": dict(zip(("guessed", "positions"), self.guessed, strict=True)),
            **{key: vars(one) for key, _, one in self.sets},
            "versions": versions(),
            "clips": [score.to_json() for score in self.clips],
        }


@dataclass(frozen=True)
class Measures:
    """What measures each clip of a folder; None leaves a measure out.

    Attributes:
        tracker: follows the points for EPE.
        fid, fvd, fid_published: networks whose features are compared over the whole set.
        lpips, clip_i: frame by frame, beside the reference.
        floor: track the reference as well.
        on_clip: hears of every clip that was measured now.
    """

    tracker: PointTracker = field(default_factory=DenseTracker)
    fid: FeatureExtractor | None = None
    fvd: FeatureExtractor | None = None
    fid_published: FeatureExtractor | None = None
    lpips: FrameMeasure | None = None
    clip_i: FrameMeasure | None = None
    floor: bool = True
    on_clip: OnClip | None = None

    @cached_property
    def extractors(self) -> tuple[tuple[FeatureExtractor | None, str, bool], ...]:
        """Of each set: its network, what to say without one, and whether it takes every frame of whole clips."""
        without = NO_FID if self.fid is None else NO_PUBLISHED
        return ((self.fid, NO_FID, False), (self.fvd, NO_FVD, False), (self.fid_published, without, True))

    def told(self) -> str:
        """See :func:`measured_by`."""
        return measured_by(self.tracker, (self.fid, self.fvd, self.fid_published, self.lpips, self.clip_i), self.floor)


def score_results(
    bench: BenchSet,
    results: str | Path,
    clips: Sequence[BenchClip] | None = None,
    measures: Measures | None = None,
    *,
    progress: Callable[[int, int], None] | None = None,
    kept: KeptScores | None = None,
    on_kept: OnKept | None = None,
    **each: Any,
) -> BenchScores:
    """Score RESULTS/ID.mp4 for every clip of ``clips`` (None: the whole list) that is there.

    ``each``: fields of :class:`Measures`, in place of ``measures``.

    A clip that cannot be read, or is not the one that its side file names, is left out and said in ``unreadable``.
    ``kept`` holds what was measured of each, so that a scoring that was stopped goes on. ``progress(done, total)`` is
    called after each clip, and may raise to cancel.

    Raises: WanMoveError when no result is there, none can be read, or a file of the data set is missing or damaged.
    """
    folder, measures = Path(results), measures or Measures(**{k: v for k, v in each.items() if v is not None})
    wanted = list(bench.clips if clips is None else clips)
    there = [clip for clip in wanted if (folder / clip.result_name).is_file()]
    if not there:
        raise WanMoveError(
            where=str(folder), what=f"none of the {len(wanted)} clips of {bench.name} is there",
            fix="run wan-move bench generate first, or name the language and mode of these results",
        )  # fmt: skip
    sets = [_Pair(network, missing) for network, missing, _ in measures.extractors]
    scores: list[ClipScore] = []
    unreadable: dict[str, str] = {}
    for done, clip in enumerate(there, start=1):
        found, why, is_new = _found(clip, folder, measures, kept)
        if found is not None:
            if not is_new and on_kept is not None:
                on_kept(clip, found.pictures)
            scores.append(found.score)
            for pair, features in zip(sets, found.features, strict=True):
                pair.take(features)
        if why is not None:
            unreadable[clip.id] = why
        if progress is not None:
            progress(done, len(there))
    if not scores:
        raise WanMoveError(
            where=str(folder),
            what=f"none of the {plural(len(there), 'clip')} can be scored ({next(iter(unreadable.values()))})",
            fix="make them again with wan-move bench generate",
        )  # fmt: skip
    here = {clip.id for clip in there}
    of_frames, of_clips, published = (pair.score() for pair in sets)
    return BenchScores(
        bench, folder, len(wanted), scores, [c.id for c in wanted if c.id not in here],
        measures.tracker.name, unreadable, of_frames, of_clips, published,
        _mean_of("lpips", measures.lpips, scores, NO_LPIPS), _mean_of("clip_i", measures.clip_i, scores, NO_CLIP),
    )  # fmt: skip


def measure_clip(clip: BenchClip, results: str | Path, kept: KeptScores, measures: Measures) -> None:
    """Measure RESULTS/ID.mp4 into ``kept``, for :func:`score_results` to find there. What cannot be read is left."""
    _found(clip, Path(results), measures, kept)


def _found(
    clip: BenchClip, folder: Path, measures: Measures, kept: KeptScores | None
) -> tuple[Kept | None, str | None, bool]:
    """The clip's measures, kept or made now; why there are none; whether they are new."""
    path = folder / clip.result_name
    why = foreign(path, clip)
    if why is not None:
        return None, why, False
    key = "" if kept is None else kept.key(clip, path)
    found = None if kept is None else kept.load(clip, key)
    if found is not None:
        return found, None, False
    try:
        result = collected(read_clip(path, on_short=_refuse_short(path)), str(path))
        found = _measured(clip, result, measures)
    except WanMoveError as error:
        return None, error.what if error.where == str(path) else f"{error.where}: {error.what}", False
    if kept is not None:
        kept.save(clip, key, found)
    return found, None, True


def foreign(path: Path, clip: BenchClip) -> str | None:
    """Why the clip at ``path`` is not the one of ``clip`` that its side file names; None without a side file."""
    side = side_path(path)
    if not side.is_file():
        return None
    try:
        record = read_side_file(side)
    except WanMoveError as error:
        return f"its side file cannot be read: {error.what}"
    if record.result.get("sha256") != sha256_file(path):
        return "it is not the clip that its side file names: its bytes are others"
    own = record.inputs.get("tracks", {}).get("sha256")
    if own is not None and clip.tracks.is_file() and own != sha256_file(clip.tracks):
        return "its side file names other tracks than the data set's"
    return None


def _refuse_short(path: Path) -> Callable[[int, int], None]:
    def refuse(decoded: int, announced: int) -> None:
        raise WanMoveError(
            where=str(path), what=f"only {decoded} of its {announced} frames can be decoded", fix="make it again"
        )

    return refuse


def _measured(clip: BenchClip, result: np.ndarray, measures: Measures) -> Kept:
    reference = collected(read_clip(clip.video), str(clip.video)) if clip.video.is_file() else None
    scored = score_clip(
        clip.id, clip.index, result, reference, _tracks(clip), measures.tracker, None, measures.floor, measures.lpips,
        measures.clip_i,
    )  # fmt: skip
    if reference is None:
        scored = _noted(scored, "no reference video: no PSNR, SSIM, LPIPS, CLIP-I")
    features = tuple(_features(network, whole, result, reference) for network, _, whole in measures.extractors)
    pictures = None if measures.on_clip is None else measures.on_clip(clip, scored, result)
    return Kept(scored.score, features, dict(pictures or {}))


def _features(
    extractor: FeatureExtractor | None, whole: bool, result: np.ndarray, reference: np.ndarray | None
) -> Features | None:
    """Of one clip and its reference; None without an extractor or a reference."""
    if extractor is None or reference is None:
        return None
    frames = min(len(result), len(reference))
    made = [extractor.features(clip if whole else clip[:frames]) for clip in (result, reference)]
    return np.asarray(made[0]), np.asarray(made[1])


class _Pair:
    """Statistics of results and references under one extractor; ``missing``: what to say without one."""

    def __init__(self, extractor: FeatureExtractor | None, missing: str) -> None:
        self.extractor, self.missing, self.skipped = extractor, missing, 0
        width = 0 if extractor is None else extractor.width
        self.result, self.reference = FeatureStatistics(width), FeatureStatistics(width)

    def take(self, features: Features | None) -> None:
        if self.extractor is None:
            return
        if features is None:
            self.skipped += 1
            return
        for statistics, one in zip((self.result, self.reference), features, strict=True):
            statistics.add(one)

    def score(self) -> SetScore:
        if self.extractor is None:
            return SetScore(None, self.missing)
        name, digest, samples = self.extractor.name, self.extractor.digest, self.result.count
        if samples < 2:
            return SetScore(None, f"{plural(samples, 'sample')}; a covariance needs 2", name, digest, samples)
        why = f"{plural(self.skipped, 'clip')} without a reference video left out" if self.skipped else None
        if samples <= self.extractor.width:
            few = f"{samples} samples for {self.extractor.width} features: strongly biased upwards, not comparable"
            why = few if why is None else f"{why}; {few}"
        return SetScore(statistics_distance(self.result, self.reference), why, name, digest, samples)


def _mean_of(column: str, measure: FrameMeasure | None, scores: Sequence[ClipScore], missing: str) -> SetScore:
    if measure is None:
        return SetScore(None, missing)
    told = means(scores)[column]
    value, clips = told["mean"], int(told["clips"] or 0)
    return SetScore(value, None if clips else "no clip has a reference video", measure.name, measure.digest, clips)


def _tracks(clip: BenchClip) -> Any:
    """The clip's tracks in its picture's pixels."""
    from ..pictures import read_picture

    picture = read_picture(clip.picture)
    return clip_tracks(clip, (int(picture.shape[1]), int(picture.shape[0])))


def _noted(scored: Scored, note: str) -> Scored:
    import dataclasses

    return Scored(dataclasses.replace(scored.score, notes=(*scored.score.notes, note)), scored.adherence)


def _plain(value: Any) -> Any:
    return "inf" if isinstance(value, float) and np.isinf(value) else value


def versions() -> dict[str, str]:
    from importlib import metadata

    found = {"python": platform.python_version()}
    for package in ("wan-move", "torch", "torchmetrics", "opencv-python-headless", "av", "numpy"):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def lines(scored: BenchScores) -> Iterator[str]:
    """The table of means, for a terminal; the notice stands above the numbers."""
    told = means(scored.clips)
    yield NOTICE
    yield (
        f"{scored.bench.name}: {len(scored.clips)} of {plural(scored.asked, 'clip')} scored"
        + (f" ({len(scored.missing)} not generated yet)" if scored.missing else "")
        + f"; points tracked by {scored.tracker}."
    )
    for id, why in list(scored.unreadable.items())[:MOST_TOLD]:
        yield f"  not scored: {id}: {why}"
    if len(scored.unreadable) > MOST_TOLD:
        yield f"  not scored: {len(scored.unreadable) - MOST_TOLD} more, all in scores.json"
    for column, label, unit in (
        ("psnr", "PSNR, over clips", "dB"),
        ("psnr_frames", "PSNR, mean of frames", "dB"),
        ("ssim", f"SSIM ({SSIM_REGION})", ""),
        ("epe_px", "EPE, seen points", "px"),
        ("epe_all_px", "EPE, with guesses for lost ones", "px"),
        ("epe_reference_px", "EPE to the tracked references", "px"),
        ("epe_floor_px", "EPE of the references (floor)", "px"),
    ):
        about = f"{told[column]['clips']} clips"
        if column == "epe_all_px":
            about += "; {:,} of {:,} positions guessed".format(*scored.guessed)
        yield f"  {label:<37}{number(told[column]['mean'])} {unit}".rstrip() + f"  ({about})"
    lost = told["lost_share"]["mean"]
    yield f"  {'Points lost':<37}{'-' if lost is None else format(lost, '.1%')}"
    cut = [score.id for score in scored.clips if score.cuts]
    if cut:
        shown = ", ".join(cut[:5]) + (f" and {len(cut) - 5} more" if len(cut) > 5 else "")
        yield f"  {'Results that cut to another scene':<37}{len(cut)}  ({shown})"
    for _, label, one in scored.sets:
        value = "left out" if one.value is None else number(one.value)
        weights = "" if one.extractor is None else f"; {one.extractor}, sha256 {str(one.digest)[:12]}"
        yield f"  {label:<37}{value}" + (f"  ({one.why or f'{one.samples} samples'}{weights})")


def number(value: float | int | None) -> str:
    """For tables: "∞" for infinity, "-" for none."""
    if value is None:
        return "-"
    return "∞" if np.isinf(value) else f"{value:.4g}" if abs(value) >= 1000 else f"{value:.3f}"
