"""Scores of one clip against its reference and its tracks, and of a set of clips together.

The published scoring script was seen in part: which measures it takes, and how FID and FVD read their input, but not
how it computes EPE, SSIM and PSNR. :data:`NOTICE` stands wherever a number is printed. What is measured here:

* PSNR in dB, both ways: from the mean squared error over all pixels of all frames of a clip (infinite for equal clips),
  and as the mean of every frame's own PSNR (over frames that differ at all).
* SSIM: mean over frames (Gaussian window of 11, sigma 1.5), on RGB from 0 to 1, over the whole frame with mirrored
  borders. Over the inner region alone (scikit-image's) it would be another number.
* LPIPS and CLIP-I: see :mod:`.perceptual`.
* EPE in px: distance between the data set's tracks and the points tracked through the result from the tracks' first
  positions, mean over the positions that are visible there; frame 0 is given, so it does not count. Figures with the
  tracker's guesses for lost points are separate, shown where it saw most, and say how many were guessed. The same on
  the reference clip is the *floor*: what the tracker itself adds. A second reading, *EPE to the reference*, compares
  with the points tracked through the reference clip instead: the tracker's own error cancels, and equal clips give
  exactly 0.
* FID and FVD: the Fréchet distance between features of frames, and of clips.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..adherence.measure import Adherence, measure_adherence
from ..errors import WanMoveError, plural
from ..motion.tracking.points import PointTracker, Progress
from ..tracks import Tracks
from .perceptual import FrameMeasure
from .words import NOTICE as NOTICE

COLUMNS = (
    "psnr", "psnr_frames", "ssim", "lpips", "clip_i", "epe_px", "epe_all_px", "lost_share", "epe_reference_px",
    "epe_floor_px",
)  # fmt: skip
SSIM_REGION = "whole frame, borders mirrored"
MOST_GUESSED = 0.5
"""EPE with guesses is shown below this share of positions that the tracker did not see: beyond, it measures guesses."""
AT_CUT = {
    "stop": "EPE is of what was seen before, the rest counts as lost",
    "go on": "EPE goes on with what the points then stand on",
}
MOST_FRAMES = 2000
WINDOW_PX, SIGMA_PX = 11, 1.5
C1, C2 = 0.01**2, 0.03**2
"""SSIM's window and constants for values from 0 to 1 (Wang et al. 2004)."""


@dataclass(frozen=True)
class ClipScore:
    """Scores of one clip; None where one could not be taken, and ``notes`` say why.

    ``epe_px`` is over positions that the tracker saw, ``epe_all_px`` includes its guesses (``guessed`` of
    ``positions``; None unless it saw most), ``epe_floor_px`` is ``epe_px`` of the reference clip;
    ``epe_reference_px`` is to the points tracked through it. ``cuts``: frames of the result that begin another scene.
    """

    id: str
    index: int
    frames: int
    width: int
    height: int
    psnr: float | None
    ssim: float | None
    epe_px: float | None
    epe_all_px: float | None
    lost_share: float | None
    epe_reference_px: float | None
    epe_floor_px: float | None
    tracks: int
    notes: tuple[str, ...] = ()
    psnr_frames: float | None = None
    lpips: float | None = None
    clip_i: float | None = None
    positions: int = 0
    guessed: int = 0
    cuts: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain JSON data: infinite PSNR as the text "inf", since JSON has no such number."""
        return {k: "inf" if isinstance(v, float) and math.isinf(v) else v for k, v in asdict(self).items()}


@dataclass(frozen=True, eq=False)
class Scored:
    """A clip's scores, and what a report shows of it."""

    score: ClipScore
    adherence: Adherence | None


def psnr(result: np.ndarray, reference: np.ndarray) -> float:
    """dB over whole clips, uint8 [T, H, W, 3] each; inf for equal ones. Raises: WanMoveError for unequal shapes."""
    _require_alike(result, reference)
    # Whole numbers, summed frame by frame: exact, and no copy of the clip.
    squares = sum(int(np.square(a.astype(np.int32) - b).sum()) for a, b in zip(result, reference, strict=True))
    return math.inf if squares == 0 else 10 * math.log10(255**2 * result.size / squares)


def psnr_frames(result: np.ndarray, reference: np.ndarray) -> float:
    """dB: mean over frames of each frame's own PSNR; frames that are equal, whose PSNR is infinite, do not count.

    inf when all are equal. uint8 [T, H, W, 3] each. Raises: WanMoveError for unequal shapes.
    """
    _require_alike(result, reference)
    each = [psnr(a[None], b[None]) for a, b in zip(result, reference, strict=True)]
    finite = [value for value in each if math.isfinite(value)]
    return float(np.mean(finite)) if finite else math.inf


def ssim(result: np.ndarray, reference: np.ndarray) -> float:
    """Mean SSIM over frames, uint8 [T, H, W, 3] each; 1 for equal ones. Raises: WanMoveError for unequal shapes.

    torchmetrics' numbers (window of 11, sigma 1.5, borders mirrored), in float64 and some twenty times faster: its
    window is not separated, which would take ten hours for the benchmark on a CPU.
    """
    _require_alike(result, reference)
    if min(result.shape[1:3]) < WINDOW_PX:
        raise WanMoveError(
            where="Scores / SSIM",
            what=f"frames of {result.shape[2]}x{result.shape[1]}",
            fix=f"use {WINDOW_PX} px or more",
        )
    return float(np.mean([_frame_ssim(a, b) for a, b in zip(result, reference, strict=True)]))


def _frame_ssim(a: np.ndarray, b: np.ndarray) -> float:
    import cv2

    def blur(values: np.ndarray) -> np.ndarray:
        return cv2.GaussianBlur(values, (WINDOW_PX, WINDOW_PX), SIGMA_PX)

    x, y = a.astype(np.float64) / 255, b.astype(np.float64) / 255
    mean_x, mean_y = blur(x), blur(y)
    across = mean_x * mean_y
    square_x, square_y = mean_x**2, mean_y**2
    shared = blur(x * y) - across
    # Rounding may leave a flat patch a hair below zero.
    own = np.maximum(blur(x * x) - square_x, 0) + np.maximum(blur(y * y) - square_y, 0)
    index = ((2 * across + C1) * (2 * shared + C2)) / ((square_x + square_y + C1) * (own + C2))
    return float(index.mean())


def score_clip(
    id: str,
    index: int,
    result: np.ndarray,
    reference: np.ndarray | None,
    tracks: Tracks | None,
    tracker: PointTracker | None = None,
    progress: Progress | None = None,
    floor: bool = True,
    lpips: FrameMeasure | None = None,
    clip_i: FrameMeasure | None = None,
) -> Scored:
    """Everything that concerns one clip.

    Args:
        result: uint8 [T, H, W, 3]; what was generated.
        reference: the data set's clip. Longer or shorter: the common frames are compared; another size: it is scaled
            to the result's. Both are said in ``notes``. None: no PSNR, no SSIM, no floor.
        tracks: in pixels of the first frame's size; fitted to the result. None: no EPE.
        floor: track the reference as well: EPE to the reference, and the floor.
        lpips, clip_i: None: left out.
    """
    from ..geometry import Fit

    _require_clip(result, id)
    notes: list[str] = []
    frames, size_wh = len(result), (int(result.shape[2]), int(result.shape[1]))
    compared = None if reference is None else _alike(reference, result, notes)
    values: dict[str, float | None] = dict.fromkeys(COLUMNS)
    if compared is not None:
        part = result[: len(compared)]
        values.update(psnr=psnr(part, compared), psnr_frames=psnr_frames(part, compared), ssim=ssim(part, compared))
        for column, measure in (("lpips", lpips), ("clip_i", clip_i)):
            values[column] = None if measure is None else measure.compare(part, compared)
    found, positions, guessed = None, 0, 0
    if tracks is not None:
        own = tracks.fit(Fit.make("stretch", tracks.size_wh, size_wh)) if tracks.size_wh != size_wh else tracks
        if own.frames > frames:
            notes.append(f"tracks: the first {frames} of {plural(own.frames, 'frame')}")
            own = own.trim(0, frames - 1)
        elif own.frames < frames:
            notes.append(f"tracked: the first {own.frames} of {plural(frames, 'frame')}")
        try:
            found = measure_adherence(result[: own.frames], own, tracker, progress)
        except WanMoveError as error:
            notes.append(f"no EPE: {error.what}")
        else:
            positions, guessed = int(found.counted.sum()), int((found.counted & ~found.seen).sum())
            mostly_seen = positions > 0 and guessed < MOST_GUESSED * positions
            values.update(
                epe_px=found.mean_px, epe_all_px=found.mean_all_px if mostly_seen else None, lost_share=found.lost_share
            )
            if found.mean_px is not None and not mostly_seen:
                notes.append(f"no EPE with guesses: {guessed} of {plural(positions, 'position')} would be guesses")
            if found.mean_px is None and frames > 1:
                notes.append("no EPE: the tracker saw no point again")
            if found.cuts:
                frames_of = ", ".join(map(str, found.cuts))
                notes.append(f"the result cuts to another scene at frame {frames_of}: {AT_CUT[found.on_cut]}")
            if floor and compared is not None and len(compared) >= own.frames:
                truth = measure_adherence(compared[: own.frames], own, tracker, progress)
                both = found.counted & found.seen & truth.seen
                apart = np.linalg.norm(found.found_xy - truth.found_xy, axis=-1)[both]
                values["epe_reference_px"] = float(apart.mean(dtype=np.float64)) if apart.size else None
                values["epe_floor_px"] = truth.mean_px
    score = ClipScore(
        id, index, frames, *size_wh, **values, tracks=0 if found is None else int(found.measured.sum()),
        notes=tuple(notes), positions=positions, guessed=guessed, cuts=() if found is None else found.cuts,
    )  # fmt: skip
    return Scored(score, found)


def means(scores: Sequence[ClipScore]) -> dict[str, dict[str, float | int | None]]:
    """Column -> mean, median and over how many clips: a clip without a score counts in none of them."""
    told = {}
    for column in COLUMNS:
        values = [v for v in (getattr(s, column) for s in scores) if v is not None]
        told[column] = {
            "mean": float(np.mean(values)) if values else None,
            "median": float(np.median(values)) if values else None,
            "clips": len(values),
        }
    return told


def collected(frames: Iterable[np.ndarray], where: str) -> np.ndarray:
    """uint8 [T, H, W, 3] from frames one at a time, at most 2000 of them."""
    made: list[np.ndarray] = []
    for frame in frames:
        if len(made) == MOST_FRAMES:
            raise WanMoveError(where=where, what=f"more than {MOST_FRAMES} frames", fix="give the benchmark's own clip")
        made.append(frame)
    if not made:
        raise WanMoveError(where=where, what="there are no frames", fix="give a clip")
    return np.stack(made)


def _alike(reference: np.ndarray, result: np.ndarray, notes: list[str]) -> np.ndarray:
    import cv2

    frames = min(len(reference), len(result))
    if len(reference) != len(result):
        notes.append(f"compared: {plural(frames, 'frame')} (reference {len(reference)}, result {len(result)})")
    reference = reference[:frames]
    size_wh = (int(result.shape[2]), int(result.shape[1]))
    if reference.shape[1:3] != result.shape[1:3]:
        notes.append(f"reference scaled from {reference.shape[2]}x{reference.shape[1]} to {size_wh[0]}x{size_wh[1]}")
        shrinks = size_wh[0] <= reference.shape[2] and size_wh[1] <= reference.shape[1]
        how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
        reference = np.stack([cv2.resize(frame, size_wh, interpolation=how) for frame in reference])
    return reference


def _require_alike(result: np.ndarray, reference: np.ndarray) -> None:
    if result.shape != reference.shape:
        raise WanMoveError(
            where="Scores / clips", what=f"shapes {result.shape} and {reference.shape}", fix="give clips of one size"
        )


def _require_clip(clip: np.ndarray, id: str) -> None:
    if clip.ndim != 4 or clip.dtype != np.uint8 or clip.shape[-1] != 3 or not len(clip):
        raise WanMoveError(
            where=f"Scores / {id}", what=f"{clip.dtype} {list(clip.shape)}, expected uint8 [T, H, W, 3]", fix="give RGB"
        )
