"""Every number that adherence judges by, and why. Lengths in px of the clip, texture in grey levels per px."""

from __future__ import annotations

from ..geometry import STRIDE_X

CELL_PX = float(STRIDE_X)
"""One latent cell, the finest that guidance can say: a place that moved by less has held."""
STILL_PX = CELL_PX / 2
"""A track that never leaves its start by more than half a cell is a still one, an anchor."""

# -- following --------------------------------------------------------------------------------------------------------

PART_OF_WAY = 0.1
"""Allowed mean error of a moving point: a tenth of its way looks the same to a person, ..."""
MOST_OFF_PX = 2 * CELL_PX
"""... but never more than two cells, neither in the mean nor in more than one frame of ten: on a long way a tenth is a
thing beside its path, or late on it."""
USUAL = 90.0
"""Percentile of a point's error that must keep to the two cells: one frame of ten may be a slip of the tracker."""
LEAST_OFF_PX = CELL_PX / 2
"""... and never less than half a cell: so much is lost where a position is rounded to its cell."""
LOST_SHARE = 0.5
"""Lost in more frames than seen: what was seen says nothing about the whole."""
FALLS_SHORT = 0.75
"""Below this part of its way a point *stays behind*; above, it went somewhere else."""

# -- texture and looks ------------------------------------------------------------------------------------------------

PATCH_PX = 21
"""Side of a compared patch: the window of the built-in tracker, which sees no more than that either."""
BLUR_SIGMA_PX = 1.5
"""Both patches are softened by this first: it takes out most noise and the edges of compressed blocks."""
LEAST_TEXTURE = 0.7
"""In the direction where there is least. On seven still photographs coded at crf 35, Lucas-Kanade lost only places that
have less than 0.41; a clip that moves is coded worse."""
TEXTURE_OVER_NOISE = 2.5
"""On the same with noise of 8 levels a channel, places that were lost or slid have less than 2.5 times the slopes that
the noise alone makes, but for a few of 2730."""
LOOKS_HELD = 0.75
"""Correlation with the patch of frame 0 from which a place counts as the same; it does not see gain and offset, so
exposure may change. On still photographs crf 40 leaves 0.90 of it, noise of 8 levels 0.78; what is covered has about 0,
what moved a cell half the time under 0.5 (where it has more, the tracker is asked: BETTER_LOOK)."""
BETTER_LOOK = 0.05
"""A place that still looks the same has moved only if it looks better by this where the tracker says it went."""

# -- things -----------------------------------------------------------------------------------------------------------

ALIKE_PART = 0.25
"""Two points move as one where their ways differ by at most this part of the shorter, ..."""
NEAR_PX = 64.0
"""... or where they start this near and keep their distance, as what turns does."""
MOST_LATE_PART = 0.25
"""A delay is looked for up to this part of the clip; beyond it is no longer the same motion."""
EXPLAINED = 0.4
"""A shift, delay or scale is said when it leaves at most this part of the error, ..."""
SIMPLER = 0.8
"""... and delay is preferred to scale, scale to shift, unless the other leaves less than this part of what it does."""

# -- advice -----------------------------------------------------------------------------------------------------------

NEIGHBOUR_PX = 48.0
ENOUGH_NEIGHBOURS = 3
COMPANION_PX = 2 * CELL_PX
"""Added points lie two cells from their track: the next cell would say nothing new about the body."""
MOST_ADVISED = 8
SMALLEST_REGION = 3
"""One or two places are more often mistracked than moved."""
WIDESPREAD = 0.3
"""From this share of the watched places that can be judged, it is the picture that moves, not a thing in it."""
COMES_BACK = 0.5
"""A place that ends nearer to its start than this part of its farthest has swayed, not drifted."""
