// Copy of wan_move_core/motion/checks/checks.json, for pages that are served without it: npm run checks writes it, a test keeps them equal.

/** @type {import('./rule.mjs').Rule[]} */
export const CHECKS = [
  {
    "id": "wrong_length",
    "severity": "error",
    "title": "Wrong length",
    "text": "The motion is {frames} frames long, the video needs {expected} (lengths are 4k+1: 1, 5, 9, ... 81).",
    "fix": "Retime to the nearest valid length",
    "fixable": true
  },
  {
    "id": "size_mismatch",
    "severity": "error",
    "title": "Wrong size",
    "text": "The motion is drawn for {size} px, the video needs {expected} px.",
    "fix": "Scale to the video's size",
    "fixable": true
  },
  {
    "id": "hidden_at_start",
    "severity": "error",
    "title": "Hidden at the first frame",
    "text": "{who} is hidden at frame 0. The model copies what it finds there in the first picture, so this track moves nothing.",
    "fix": "Show it at the first frame",
    "fixable": true
  },
  {
    "id": "outside_at_start",
    "severity": "error",
    "title": "Starts outside the picture",
    "text": "{who} starts outside the picture, where there is nothing to move: it moves nothing.",
    "fix": "Move the track so that it starts inside",
    "fixable": true
  },
  {
    "id": "on_border",
    "severity": "warning",
    "title": "Exactly on the border",
    "text": "{who} lies exactly on the right or bottom border in {count} frame(s), first at frame {frame}: that is outside for every reader.",
    "fix": "Move it onto the last pixel",
    "fixable": true
  },
  {
    "id": "leaves_picture",
    "severity": "warning",
    "title": "Leaves the picture",
    "text": "{who} is outside the picture in {count} frame(s), first at frame {frame}: nothing guides it there.",
    "fix": "Keep it inside",
    "fixable": true
  },
  {
    "id": "between_samples",
    "severity": "warning",
    "title": "Seen only between latent steps",
    "text": "{who} is visible from frame {frame} for so short a time that the model, which reads every 4th frame, never sees it ({count} time(s)).",
    "fix": "Show it up to the nearest 4th frame",
    "fixable": true,
    "stride": 4
  },
  {
    "id": "jumps",
    "severity": "warning",
    "title": "Very fast",
    "text": "{who} moves up to {cells} cells in one latent step (4 frames), first before frame {frame}; above {threshold} the model tends to lose it.",
    "fix": "Even out its speed over the clip",
    "fixable": true,
    "threshold": 16
  },
  {
    "id": "shares_cell",
    "severity": "warning",
    "title": "Two tracks in one cell",
    "text": "{who} is in the same latent cell as {other} at {count} latent step(s), first at frame {frame}; {other} is in front and wins.",
    "fix": "Hide it where the other wins",
    "fixable": true
  },
  {
    "id": "no_anchors",
    "severity": "warning",
    "title": "Nothing holds still",
    "text": "{count} point(s) move and none holds still: the whole picture may drift along.",
    "fix": "Hold the rest",
    "fixable": true,
    "moving_cells": 1,
    "spacing_cells": 6,
    "margin_cells": 3
  },
  {
    "id": "few_points",
    "severity": "info",
    "title": "Few points on the subject",
    "text": "{who} is guided by {count} point(s); a subject usually needs {threshold} or more to move as a whole.",
    "fix": "Add points around it",
    "fixable": true,
    "threshold": 3,
    "radius_cells": 8,
    "moving_cells": 1,
    "region_threshold": 4
  }
];
