"""MoveBench and adherence on the host's pictures and TRACKS.

A data set is a MoveBench folder inside ComfyUI's input folder, or under models/movebench (also of the extra model
paths). It is chosen by name from those that were found there: no name leads elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path

import numpy as np
import torch

from ....adherence.advice import advise, places_to_watch, suggested_tracks
from ....adherence.measure import Adherence, measure_adherence
from ....adherence.picture import draw_adherence
from ....adherence.ranking import standing
from ....draft.things import swept_cut
from ....errors import WanMoveError, plural
from ....geometry import Fit
from ....movebench.dataset import (
    BenchClip,
    BenchSet,
    clip_tracks,
    find_datasets,
    list_path,
    read_dataset,
    require_files,
)
from ....movebench.scores import NOTICE, SSIM_REGION, collected, score_clip
from ....overlay.brush import TrackStyle
from ....overlay.draw import draw_tracks
from ....tracks import Tracks
from ..condition.guide import fit_tracks
from ..condition.picture import EncodedImage
from ..files.names import preview_clip
from ..host.folders import input_folder, pack_folders
from ..looking.clips import as_bytes
from ..motion.sources import NO_WEIGHTS, ON_CUT, TRACKERS, named_tracker, tracker_weights
from ..progress import Progress
from ..tracks.sockets import HostTracks
from .measures import NO_CLIP, NO_LPIPS, clip_files, frame_measures, lpips_files

FOLDER = "movebench"
NO_DATASET = "none"
WHERE = "Bench case"

__all__ = [
    "NO_DATASET", "NO_WEIGHTS", "ON_CUT", "TRACKERS", "adherence", "best_clip", "case", "clip_files", "datasets",
    "lpips_files", "score", "stamp", "tracker_weights",
]  # fmt: skip


def datasets() -> dict[str, Path]:
    """Name -> MoveBench folder: ``NAME`` in the input folder, ``models/NAME`` under models/movebench."""
    found: dict[str, Path] = {}
    for prefix, root in (("", input_folder()), *(("models/", root) for root in pack_folders(FOLDER))):
        for folder in find_datasets(root):
            inner = folder.relative_to(root).as_posix()
            name = f"{prefix}{FOLDER if prefix and inner == '.' else inner}"
            if name != ".":
                found.setdefault(name, folder)
    return found


@dataclass(frozen=True)
class Case:
    """What the node gives, and a preview of it."""

    picture: torch.Tensor
    prompt: str
    tracks: HostTracks
    reference: torch.Tensor
    length: int
    id: str
    told: str
    preview: dict[str, str]


def case(name: str, split: str, language: str, index: int) -> Case:
    """Clip ``index`` of a list. Raises: WanMoveError for an unknown set, an index beyond the list, missing files."""
    from ....pictures import read_picture
    from ....video import read_clip

    bench, clip = _clip(name, split, language, index)
    require_files([clip], ("first frame", "video", "tracks", "visibility"))
    picture = read_picture(clip.picture)
    tracks = clip_tracks(clip, (int(picture.shape[1]), int(picture.shape[0])))
    reference = collected(read_clip(clip.video), str(clip.video))
    look = TrackStyle().scaled_to(tracks.size_wh)
    told = (
        f"{bench.name}, clip {clip.index} of {len(bench.clips)}: {clip.id}\n{picture.shape[1]}x{picture.shape[0]}, "
        f"{plural(tracks.frames, 'frame')}, {plural(tracks.count, 'track')}; published seed: base + {clip.index}"
    )
    return Case(
        picture=_image(picture[None]),
        prompt=clip.prompt,
        tracks=tracks.to_host(),
        reference=_image(reference),
        length=tracks.frames,
        id=clip.id,
        told=told,
        preview=preview_clip(draw_tracks(reference[: tracks.frames], tracks, look)),
    )


def stamp(name: str, split: str, language: str, index: int) -> str:
    """What changes when the clip's files do."""
    try:
        bench, clip = _clip(name, split, language, index)
    except WanMoveError as error:
        return str(error)
    files = [list_path(bench.folder, language, split), *clip.files().values()]
    return "|".join(f"{f.stat().st_size}:{f.stat().st_mtime_ns}" if f.is_file() else "-" for f in files)


@dataclass(frozen=True)
class Scores:
    """Figures; not-a-number where one could not be taken."""

    psnr: float
    ssim: float
    epe: float
    report: str
    lpips: float
    clip_i: float


def score(
    images: torch.Tensor,
    reference: torch.Tensor | None,
    tracks: HostTracks | None,
    tracker: str,
    weights: str,
    encoded: EncodedImage | None = None,
    lpips_weights: str = NO_WEIGHTS,
    clip_weights: str = NO_WEIGHTS,
    on_cut: str = ON_CUT[0],
) -> Scores:
    """One clip against its reference and its tracks. LPIPS and CLIP-I: from weights that were named, else at hand."""
    where = "Bench score"
    if reference is None and tracks is None:
        raise WanMoveError(where=where, what="nothing to compare with", fix="connect reference, tracks or both")
    clip = _array(images)
    own = None if tracks is None else _own(tracks, images, encoded, f"{where} / tracks")
    progress = Progress(2 * len(clip))
    calls = count(1)
    chosen = named_tracker(tracker, weights, on_cut=on_cut)
    measures = (None, None) if reference is None else frame_measures(lpips_weights, clip_weights)
    made = score_clip(
        "clip", 0, clip, None if reference is None else _array(reference), own, chosen, lambda _: progress(next(calls)),
        lpips=measures[0], clip_i=measures[1],
    ).score  # fmt: skip
    rows = [
        ("PSNR", made.psnr, "dB"),
        ("PSNR, mean of frames", made.psnr_frames, "dB"),
        (f"SSIM ({SSIM_REGION})", made.ssim, ""),
        ("LPIPS", made.lpips, ""),
        ("CLIP-I", made.clip_i, ""),
        ("EPE, seen points", made.epe_px, "px"),
        ("EPE, with guesses for lost ones", made.epe_all_px, "px"),
        ("EPE to the tracked reference", made.epe_reference_px, "px"),
        ("EPE of the reference (floor)", made.epe_floor_px, "px"),
    ]
    lines = [NOTICE, f"Points tracked by {chosen.name}."] if own is not None else [NOTICE]
    lines += [f"{name}: {_number(value)} {unit}".rstrip() for name, value, unit in rows if value is not None]
    if made.lost_share is not None:
        lines.append(
            f"Points lost: {made.lost_share:.1%} ({made.guessed} of {plural(made.positions, 'position')} guessed)"
        )
    if reference is not None:
        for name, measure, missing in (("LPIPS", measures[0], NO_LPIPS), ("CLIP-I", measures[1], NO_CLIP)):
            lines.append(f"{name} left out: {missing}" if measure is None else f"{name}: {measure.name}")
    lines += made.notes
    psnr, ssim, epe, lpips, clip_i = map(_float, (made.psnr, made.ssim, made.epe_px, made.lpips, made.clip_i))
    return Scores(psnr, ssim, epe, "\n".join(lines), lpips, clip_i)


@dataclass(frozen=True)
class Followed:
    """Frames coloured by error, the tracks to try next, the measurement in words, and its score (0-1, or NaN)."""

    images: torch.Tensor
    tracks: HostTracks
    error: float
    report: str
    preview: dict[str, str]
    score: float

    @property
    def shown_score(self) -> tuple[float, ...]:
        """For the node's ``ui``, empty without a score: NaN is no JSON, and a page could not read the history."""
        return () if math.isnan(self.score) else (self.score,)


def adherence(
    images: torch.Tensor,
    tracks: HostTracks,
    tracker: str,
    weights: str,
    worst: int = 10,
    scale_px: float = 0.0,
    encoded: EncodedImage | None = None,
    on_cut: str = ON_CUT[0],
) -> Followed:
    """How closely ``images`` follow ``tracks``. ``scale_px`` 0: chosen by the errors."""
    from ....adherence.report import report_lines

    clip = _array(images)
    own = _own(tracks, images, encoded, "Adherence / tracks")
    progress = Progress(2 * len(clip))
    found = _followed(clip, own, tracker, weights, on_cut, lambda done: progress(done))
    advice = advise(found)
    frames = draw_adherence(clip, found, scale_px or None)
    first = next(frames)
    made = torch.empty((own.frames, *first.shape), dtype=torch.float32)
    for i, frame in enumerate(chain([first], frames)):
        torch.div(torch.from_numpy(frame), 255, out=made[i])
        progress(len(clip) + i + 1)
    better = suggested_tracks(found, advice) or own
    stands = standing(found)
    return Followed(
        made, better.to_host(), _float(found.mean_px),
        "\n".join([*report_lines(found, advice, worst), stands.words]), preview_clip(as_bytes(made)),
        math.nan if stands.score is None else stands.score / 100,
    )  # fmt: skip


@dataclass(frozen=True)
class Best:
    """The clip that follows best, which one it is (from 1), its score (0-1, or NaN), and all scores in words."""

    images: torch.Tensor
    number: int
    score: float
    report: str


def best_clip(
    clips: list[torch.Tensor],
    tracks: HostTracks,
    tracker: str,
    weights: str,
    encoded: EncodedImage | None = None,
    on_cut: str = ON_CUT[0],
) -> Best:
    """The one of ``clips`` (at least one) that follows ``tracks`` best; of equal ones the first."""
    progress, done_before = Progress(sum(len(clip) for clip in clips)), 0
    scores, told = [], []
    for number, images in enumerate(clips, 1):
        own = _own(tracks, images, encoded, f"Best clip / clip {number}")
        before = done_before

        def tell(done: int, before: int = before) -> None:
            progress(before + done)

        stands = standing(_followed(_array(images), own, tracker, weights, on_cut, tell))
        done_before += len(images)
        scores.append(math.nan if stands.score is None else stands.score / 100)
        told.append(f"Clip {number}: {stands.words}")
    best = max(range(len(clips)), key=lambda i: -1.0 if math.isnan(scores[i]) else scores[i])
    unjudged = " No clip could be judged: it is the first." if all(math.isnan(score) for score in scores) else ""
    told.append(f"Best: clip {best + 1} of {len(clips)}.{unjudged}")
    return Best(clips[best], best + 1, scores[best], "\n".join(told))


def _followed(
    clip: np.ndarray, own: Tracks, tracker: str, weights: str, on_cut: str, tell: Callable[[int], None]
) -> Adherence:
    """``clip`` uint8 [T, H, W, 3] measured against tracks in its own pixels."""
    # Frame 0 is the picture: what its things cover on their way is nothing that should stay.
    rest_xy = places_to_watch(own, swept_cut(np.ascontiguousarray(clip[0]), own))
    follow = named_tracker(tracker, weights, on_cut=on_cut)
    return measure_adherence(clip, own, follow, tell, rest_xy=rest_xy, by_looks=True)


def _clip(name: str, split: str, language: str, index: int) -> tuple[BenchSet, BenchClip]:
    there = datasets()
    if name not in there:
        raise WanMoveError(
            where=WHERE,
            what="no MoveBench folder was found" if name == NO_DATASET or not there else f"no data set {name!r}",
            fix="put MoveBench (with en/single_track.txt in it) into ComfyUI's input folder or into models/movebench, "
            "then press R",
        )
    bench = read_dataset(there[name], language, split)
    if not 0 <= index < len(bench.clips):
        raise WanMoveError(
            where=f"{WHERE} / index", what=f"clip {index} of {len(bench.clips)}", fix=f"use 0 to {len(bench.clips) - 1}"
        )
    return bench, bench.clips[index]


def _own(tracks: HostTracks, images: torch.Tensor, encoded: EncodedImage | None, where: str) -> Tracks:
    """Tracks in the clip's pixels: as the encoded picture was fitted, else by their own size."""
    size = (int(images.shape[2]), int(images.shape[1]))
    if encoded is not None and encoded.spec.size_wh != size:
        raise WanMoveError(
            where=where,
            what=f"frames of {size[0]}x{size[1]}, wanmove_image is {encoded.spec.width}x{encoded.spec.height}",
            fix="give the generated frames, or leave wanmove_image unconnected",
        )
    fit = Fit.make("stretch", size, size) if encoded is None else encoded.fit
    try:
        return fit_tracks(tracks, fit, where=where)
    except WanMoveError as error:
        raise WanMoveError(
            where=where, what=error.what,
            fix="give the tracks that the clip was made from, and wanmove_image where they were made on the picture",
        ) from error  # fmt: skip


def _array(images: torch.Tensor) -> np.ndarray:
    return np.stack(list(as_bytes(images[..., :3])))


def _image(frames: np.ndarray) -> torch.Tensor:
    made = torch.empty(frames.shape, dtype=torch.float32)
    for i, frame in enumerate(frames):
        torch.div(torch.from_numpy(frame), 255, out=made[i])
    return made


def _float(value: float | None) -> float:
    return math.nan if value is None else value


def _number(value: float) -> str:
    return "∞" if math.isinf(value) else f"{value:.3f}"
