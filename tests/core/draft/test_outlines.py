"""Outlines of a document's regions: their tracks, and the area that was drawn."""

from __future__ import annotations

import json

import numpy as np

from wan_move_core.draft.outlines import outlines_from_document
from wan_move_core.motion.document.read import parse_document


def test_polygons_and_masks_become_areas():
    still = {"id": "k", "type": "anchors", "name": "Hold", "points": [[0.05, 0.05], [0.95, 0.06]]}
    box = [[0.25, 0.25], [0.75, 0.25], [0.75, 0.5], [0.25, 0.5]]
    drawn = {"id": "a", "type": "region", "name": "A", "pivot": [0.5, 0.5], "keys": [], "polygon": box}
    mask = {"size_wh": [2, 2], "runs": [0, 1, 3]}
    masked = {"id": "b", "type": "region", "name": "B", "pivot": [0.5, 0.5], "keys": [], "mask": mask}
    document = {"version": 1, "size_wh": [320, 240], "frames": 5, "fps": 16, "layers": [still, drawn, masked]}
    first, second = outlines_from_document(parse_document(json.dumps(document)))
    y, x = np.nonzero(first.inside)
    assert np.abs(np.array([x.min(), x.max(), y.min(), y.max()]) - (80, 239, 60, 119)).max() <= 1
    assert list(first.tracks) == list(range(2, 2 + 20 * 8))  # 160 x 60 px hold 20 x 8 centres of cells of 8 px
    assert second.inside[:118, :158].all() and not second.inside[122:].any() and not second.inside[:, 162:].any()
