"""Scoring a results folder: every clip that is there, FID and FVD over all of them, and what the numbers rest on."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import WanMoveError
from ..motion.tracking.dense import DenseTracker
from ..motion.tracking.points import PointTracker
from .dataset import BenchClip, BenchSet, clip_tracks
from .features import FeatureExtractor
from .frechet import FeatureStatistics, statistics_distance
from .perceptual import CLIP_HELP, LPIPS_HELP, FrameMeasure
from .scores import COLUMNS, NOTICE, SSIM_REGION, ClipScore, Scored, collected, means, score_clip

OnClip = Callable[[BenchClip, Scored, np.ndarray], None]
"""Hears of every clip that was scored: its result as uint8 [T, H, W, 3] too."""


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
            "tracker": self.tracker,
            "columns": list(COLUMNS),
            "means": {c: {k: _plain(v) for k, v in told.items()} for c, told in means(self.clips).items()},
            "ssim_region": SSIM_REGION,
            "epe_with_guesses": dict(zip(("guessed", "positions"), self.guessed, strict=True)),
            **{key: vars(one) for key, _, one in self.sets},
            "versions": versions(),
            "clips": [score.to_json() for score in self.clips],
        }


def score_results(
    bench: BenchSet,
    results: str | Path,
    clips: Sequence[BenchClip] | None = None,
    *,
    tracker: PointTracker | None = None,
    fid: FeatureExtractor | None = None,
    fvd: FeatureExtractor | None = None,
    fid_published: FeatureExtractor | None = None,
    lpips: FrameMeasure | None = None,
    clip_i: FrameMeasure | None = None,
    floor: bool = True,
    on_clip: OnClip | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> BenchScores:
    """Score RESULTS/ID.mp4 for every clip of ``clips`` (None: the whole list) that is there.

    ``progress(done, total)`` is called after each clip, and may raise to cancel.

    Raises: WanMoveError when no result is there, or a file of a clip that is there is missing or damaged.
    """
    from ..video import read_clip

    folder, tracker = Path(results), tracker or DenseTracker()
    wanted = list(bench.clips if clips is None else clips)
    there = [clip for clip in wanted if (folder / clip.result_name).is_file()]
    if not there:
        raise WanMoveError(
            where=str(folder), what=f"none of the {len(wanted)} clips of {bench.name} is there",
            fix="run wan-move bench generate first, or name the language and mode of these results",
        )  # fmt: skip
    sets = [
        _Pair(extractor, missing, whole)
        for extractor, missing, whole in (
            (fid, NO_FID, False), (fvd, NO_FVD, False), (fid_published, NO_FID if fid is None else NO_PUBLISHED, True),
        )
    ]  # fmt: skip
    scores: list[ClipScore] = []
    for done, clip in enumerate(there, start=1):
        path = folder / clip.result_name
        result = collected(read_clip(path), str(path))
        reference = collected(read_clip(clip.video), str(clip.video)) if clip.video.is_file() else None
        scored = score_clip(clip.id, clip.index, result, reference, _tracks(clip), tracker, None, floor, lpips, clip_i)
        if reference is None:
            scored = _noted(scored, "no reference video: no PSNR, SSIM, LPIPS, CLIP-I")
        for pair in sets:
            pair.add(result, reference)
        scores.append(scored.score)
        if on_clip is not None:
            on_clip(clip, scored, result)
        if progress is not None:
            progress(done, len(there))
    here = {clip.id for clip in there}
    of_frames, of_clips, published = (pair.score() for pair in sets)
    return BenchScores(
        bench, folder, len(wanted), scores, [c.id for c in wanted if c.id not in here], tracker.name,
        of_frames, of_clips, published,
        _mean_of("lpips", lpips, scores, NO_LPIPS), _mean_of("clip_i", clip_i, scores, NO_CLIP),
    )  # fmt: skip


class _Pair:
    """Statistics of results and references under one extractor; ``whole``: all frames, as two folders hold them."""

    def __init__(self, extractor: FeatureExtractor | None, missing: str, whole: bool = False) -> None:
        self.extractor, self.missing, self.whole, self.skipped = extractor, missing, whole, 0
        width = 0 if extractor is None else extractor.width
        self.result, self.reference = FeatureStatistics(width), FeatureStatistics(width)

    def add(self, result: np.ndarray, reference: np.ndarray | None) -> None:
        if self.extractor is None:
            return
        if reference is None:
            self.skipped += 1
            return
        frames = min(len(result), len(reference))
        for statistics, clip in ((self.result, result), (self.reference, reference)):
            statistics.add(self.extractor.features(clip if self.whole else clip[:frames]))

    def score(self) -> SetScore:
        if self.extractor is None:
            return SetScore(None, self.missing)
        name, digest, samples = self.extractor.name, self.extractor.digest, self.result.count
        if samples < 2:
            return SetScore(None, f"{samples} sample(s); a covariance needs 2", name, digest, samples)
        why = f"{self.skipped} clip(s) without a reference video left out" if self.skipped else None
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
        f"{scored.bench.name}: {len(scored.clips)} of {scored.asked} clips scored"
        + (f" ({len(scored.missing)} not generated yet)" if scored.missing else "")
        + f"; points tracked by {scored.tracker}."
    )
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
