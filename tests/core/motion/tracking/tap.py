"""Figures of point tracking as TAP-Vid defines them (Doersch et al. 2022, section 3 and its compute_tapvid_metrics).

Written from the definition. Queries stand in frame 0, which is not counted. Thresholds are pixels of the clip, not of a
clip scaled to 256x256: at 832x480 that is up to three times as strict.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

THRESHOLDS_PX = (1.0, 2.0, 4.0, 8.0, 16.0)


@dataclass(frozen=True)
class Tap:
    """``delta``: share of truly visible positions within the threshold, mean over thresholds (the guess counts even
    where the tracker calls the point hidden). ``occlusion``: share of positions whose visibility is told rightly.
    ``jaccard``: TP / (all truly visible + FP), mean over thresholds; a visible guess that is off is an FP and, unless
    the point is hidden, misses its truth too.
    """

    delta: float
    occlusion: float
    jaccard: float


def tap(found_xy, found_visible, true_xy, true_visible) -> Tap:
    """All arrays [T, N(, 2)]; frame 0 is left out."""
    apart = np.linalg.norm(np.asarray(found_xy, float) - true_xy, axis=-1)[1:]
    told, true = np.asarray(found_visible)[1:], np.asarray(true_visible)[1:]
    within, jaccard = [], []
    for threshold in THRESHOLDS_PX:
        near = apart < threshold
        within.append((near & true).sum() / true.sum())
        positive = (near & told & true).sum()
        false = (told & ~true).sum() + (told & true & ~near).sum()
        jaccard.append(positive / (true.sum() + false))
    return Tap(float(np.mean(within)), float((told == true).mean()), float(np.mean(jaccard)))


def taken_up(found_xy, found_visible, true_xy, true_visible, least_frames: int = 3, near_px: float = 8.0):
    """(share, count): of the points hidden for ``least_frames`` frames that show in the last one, those seen there.

    Seen means told visible and within ``near_px``. The share is None where no point was hidden so.
    """
    true = np.asarray(true_visible)
    back = ((~true).sum(0) >= least_frames) & true[-1]
    apart = np.linalg.norm(np.asarray(found_xy, float)[-1] - true_xy[-1], axis=-1)
    found = np.asarray(found_visible)[-1] & (apart < near_px)
    return (float(found[back].mean()) if back.any() else None), int(back.sum())
