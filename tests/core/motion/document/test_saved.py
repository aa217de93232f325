"""Documents that people have saved go on loading, and move as they did."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from wan_move_core.motion.document.read import parse_document
from wan_move_core.motion.evaluation.evaluate import tracks_from_document

SAVED = Path(__file__).resolve().parents[3] / "fixtures" / "saved_0_1"
DOCUMENTS = sorted((SAVED / "documents").glob("*.json"))


def test_there_are_a_dozen():
    assert len(DOCUMENTS) >= 12


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_a_saved_document_moves_as_it_did(path):
    tracks = tracks_from_document(parse_document(path.read_bytes()))
    with np.load(SAVED / "tracks.npz", allow_pickle=False) as then:
        xy, visible = then[f"{path.stem}.xy"], then[f"{path.stem}.visible"]
    # Every fifth frame was kept.
    np.testing.assert_allclose(tracks.xy.numpy()[::5], xy, rtol=0, atol=1e-3)
    np.testing.assert_array_equal(tracks.visible.numpy()[::5], visible)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_a_saved_document_is_written_as_it_was_read(path):
    document = parse_document(path.read_bytes())
    again = parse_document(document.to_json())
    assert again.to_dict() == document.to_dict()
