"""What is encoded for all processes of a machine: every way in and out of the mapping goes through the folder."""

from __future__ import annotations

import pytest
import torch

from wan_move_core.generate.elastic.encoded import Encoded, SharedEncoded

TEXT = torch.arange(12.0).reshape(1, 3, 4)


@pytest.fixture(params=["alone", "shared"])
def encoded(request, tmp_path):
    return Encoded() if request.param == "alone" else SharedEncoded(tmp_path / "texts", 0.5)


def test_it_is_a_mapping_by_every_method(encoded):
    encoded.update({"a": TEXT, "b": TEXT + 1})
    encoded.setdefault("a", TEXT + 7)
    encoded.setdefault("c", TEXT + 2)
    assert sorted(encoded) == sorted(encoded.keys()) == ["a", "b", "c"] and len(encoded) == 3
    assert torch.equal(dict(encoded.items())["b"], TEXT + 1)
    assert torch.equal(encoded.pop("b"), TEXT + 1) and "b" not in encoded
    assert encoded.get("b") is None and torch.equal(encoded.get("a"), TEXT)
    assert list(encoded.absent(["a", "b", "c"])) == ["b"]
    del encoded["c"]
    with pytest.raises(KeyError):
        encoded["c"]
    encoded.clear()
    assert not encoded


def test_what_one_process_updates_another_finds(tmp_path):
    one, other = (SharedEncoded(tmp_path / "texts", share) for share in (0.0, 0.5))
    one.update(a=TEXT, b=TEXT + 1)
    assert "a" in other and torch.equal(other["b"], TEXT + 1)
    assert sorted(other) == ["a", "b"]
    other.clear()
    assert "a" not in one and len(one) == 0
