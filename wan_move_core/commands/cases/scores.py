"""MoveBench's clips measured by several processes: each takes the next one; their measures lie in one folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from ...generate.cases import Case
from ...generate.elastic.store import RunStore
from ...movebench.dataset import BenchClip
from ...movebench.kept import KeptScores
from ...movebench.scoring import Measures, measure_clip
from .turns import OneEach, Turns


def measure_in_turn(
    store: RunStore,
    results: Path,
    clips: Sequence[BenchClip],
    kept: KeptScores,
    measures: Measures,
    tell: Callable[[str], None],
) -> None:
    """Measure into ``kept`` those of ``clips`` that fall to this process. Returns when all were measured, or left.

    ``store`` is of a run of ``len(clips)`` cases.
    """

    def is_made(case: Case) -> bool:
        clip = clips[case.index]
        return kept.load(clip, kept.key(clip, results / clip.result_name)) is not None

    # What is made of a clip here is the file of its measures.
    cases = [Case(place, "", "", str(kept.path(clip)), 0) for place, clip in enumerate(clips)]
    turns = Turns(store, OneEach(), cases, is_made, lambda case: None)
    with closing(turns.all()) as places:
        for place in places:
            measure_clip(clips[place], results, kept, measures)
            store.close(place)
            tell(f"scored {store.count('scored')}/{len(clips)}: {clips[place].id}")
    store.leave()
