"""The report of tensors that do not fit a model."""

from __future__ import annotations

import numpy as np

from wan_move_core.checkpoints.report import shapes_of, tensor_problems

EXPECTED = {"norm.weight": (4,), "ffn.weight": (8, 4), "ffn.bias": (8,)}


def test_what_fits_has_nothing_to_report():
    assert tensor_problems(EXPECTED, {name: list(shape) for name, shape in EXPECTED.items()}) == ""


def test_each_kind_is_told_in_one_line():
    found = {"norm.weight": (5,), "ffn.weight": (8, 4), "extra": (1,), "marker": (0,)}
    assert tensor_problems(EXPECTED, found, may_lack=["marker", "unused"], repeated=["ffn.weight"]) == (
        "1 tensor missing: ffn.bias; 1 tensor of the wrong shape: norm.weight [5], expected [4]; "
        "2 tensors unknown: extra, ffn.weight (twice)"
    )


def test_an_expected_tensor_may_be_absent_where_the_model_says_so():
    assert tensor_problems(EXPECTED, {"norm.weight": (4,), "ffn.weight": (8, 4)}, may_lack=["ffn.bias"]) == ""


def test_a_shape_that_is_not_known_is_not_compared():
    assert tensor_problems({"a": None, "b": (2,)}, {"a": (7, 7), "b": None}) == ""
    assert tensor_problems({"a": None}, {}) == "1 tensor missing: a"


def test_shapes_of_arrays():
    assert shapes_of({"a": np.zeros((2, 3)), "b": np.zeros(())}) == {"a": (2, 3), "b": ()}


def test_a_report_stays_readable():
    expected = dict.fromkeys((f"blocks.{i}.weight" for i in range(30)), (1,))
    assert "and 24 more" in tensor_problems(expected, {})
