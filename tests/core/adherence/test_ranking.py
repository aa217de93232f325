"""A clip's score in words: what it is made of, and what it is where something could not be judged."""

from __future__ import annotations

import pytest

from wan_move_core.adherence.ranking import Standing


@pytest.mark.parametrize(
    ("stands", "words"),
    [
        (Standing(0.8, 0.5, 3.0, 40.0), "Score 40%: 80% of the tracks follow, 50% of the rest stays."),
        (Standing(0.8, None, 3.0, 80.0), "Score 80%: 80% of the tracks follow, nothing else to watch."),
        (Standing(0.0, 1.0, 30.0, 0.0), "Score 0%: 0% of the tracks follow, 100% of the rest stays."),
        (Standing(None, 1.0, None, None), "No score: no track can be judged."),
    ],
)
def test_words(stands: Standing, words: str) -> None:
    assert stands.words == words
