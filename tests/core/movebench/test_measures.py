"""What measures a folder of results, as one thing: what is said without a network, and what its numbers rest on."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import pytest

from wan_move_core.movebench.scoring import NO_FID, NO_FVD, NO_PUBLISHED, Measures, score_results


def _network(name: str) -> SimpleNamespace:
    return SimpleNamespace(name=name, digest=name * 4, width=3)


def test_each_set_has_its_network_and_says_what_is_missing():
    assert Measures().extractors == ((None, NO_FID, False), (None, NO_FVD, False), (None, NO_FID, True))
    fid, fvd, every = _network("a"), _network("b"), _network("c")
    assert Measures(fid=fid).extractors[2] == (None, NO_PUBLISHED, True)
    whole = Measures(fid=fid, fvd=fvd, fid_published=every)
    assert [(one, whole) for one, _, whole in whole.extractors] == [(fid, False), (fvd, False), (every, True)]


def test_what_the_numbers_rest_on_tells_every_measure_apart():
    """But not who hears of the clips: that changes no number."""
    plain = Measures()
    told = {plain.told()}
    for name in ("fid", "fvd", "fid_published", "lpips", "clip_i"):
        told.add(dataclasses.replace(plain, **{name: _network("a")}).told())
    told.add(dataclasses.replace(plain, floor=False).told())
    assert len(told) == 7
    assert dataclasses.replace(plain, on_clip=lambda *_: None).told() == plain.told()


def test_a_measure_that_is_none_is_refused(tmp_path):
    with pytest.raises(TypeError, match="sharpness"):
        score_results(None, tmp_path, [], sharpness=1)  # type: ignore[arg-type]
