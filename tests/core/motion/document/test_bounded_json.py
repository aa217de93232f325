"""The bounded JSON reader: what it takes, what it refuses, and the words it uses."""

from __future__ import annotations

import json

import pytest

from wan_move_core.errors import WanMoveError
from wan_move_core.motion.document.bounded_json import load_json


@pytest.mark.parametrize(
    "value", [{"a": [1, 2.5, None, True, "x\u00e9\U0001f600"]}, [], {}, 3, "s", [[[[]]]], {"brackets": "[[[[{{{{"}]
)
def test_reads_what_json_writes(value):
    assert load_json(json.dumps(value), "here") == value
    assert load_json(json.dumps(value, ensure_ascii=False).encode(), "here") == value
    assert load_json(b"\xef\xbb\xbf" + json.dumps(value).encode(), "here") == value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the text is empty"),
        ("  \n", "the text is empty"),
        ("[1,", "not valid JSON (Expecting value at line 1 column 4)"),
        ("[NaN]", "NaN is not a number"),
        ("[-Infinity]", "-Infinity is not a number"),
        ("[1e999]", "the number 1e999 is too large"),
        ("[" + "9" * 5000 + "]", "a number of 5000 digits"),
        ("[0." + "9" * 5000 + "]", "a number of 5002 digits"),
        ('{"a":1,"a":2}', "the key 'a' appears twice in one object"),
        ("[" * 33 + "]" * 33, "JSON nested 33 deep, at most 32 is accepted"),
        ("[" * 2_000_000, "JSON nested 2000000 deep"),
        (b"\xff\xfe[", "not UTF-8 text (byte 0)"),
        ("[1] 2", "not valid JSON (Extra data at line 1 column 5)"),
    ],
)
def test_refuses(text, words):
    with pytest.raises(WanMoveError) as error:
        load_json(text, "here")
    assert str(error.value).startswith("here: ") and words in str(error.value)


def test_depth_and_size_limits_are_inclusive():
    assert load_json("[" * 32 + "]" * 32, "here")
    assert load_json('"' + "\u00e9" * 4 + '"', "here", max_bytes=10) == "\u00e9" * 4
    with pytest.raises(WanMoveError, match="11 bytes of text, at most 10 are accepted"):
        load_json('"' + "\u00e9" * 4 + 'a"', "here", max_bytes=10)
    with pytest.raises(WanMoveError, match="at most 10 are accepted"):
        load_json(b" " * 11, "here", max_bytes=10)
