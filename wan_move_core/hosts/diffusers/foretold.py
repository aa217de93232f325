"""What a run will need, told before anything is loaded: the memory plan, its estimate and advice."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from ...generate.cases import Case
from ...generate.memory import estimate, plan_lines, sharing_notes
from .engine import Engine


def foretold(engine: Engine, case: Case, files: Mapping[str, Sequence[Path]], card_bytes: int | None) -> Iterator[str]:
    """Lines for people, of a run whose largest case is ``case``. Reads headers only.

    Args:
        files: of each part, as ``weight_files`` gives them.
        card_bytes: the card's memory, None without one.
    """
    settings, sharing = engine.settings, engine.parallel.sharing
    text_bytes = float(sum(file.stat().st_size for file in files.get("text_encoder", ())))
    network = files["transformer"]
    computed = partial(
        estimate,
        engine.plan,
        engine.shape,
        engine.size_of(case),
        settings.frames,
        weight_bytes=4 if settings.dtype == "fp32" else 2,
        text_bytes=text_bytes,
        gguf_bytes=float(network[0].stat().st_size) if network[0].suffix.lower() == ".gguf" else None,
        sequence=sharing.team,
        experts=engine.experts,
    )
    divided = computed(shards=sharing.network_shards, text_shards=sharing.text_shards)
    yield from plan_lines(engine.plan, divided, engine.experts, sharing)
    yield from sharing_notes(sharing, computed(), text_bytes, card_bytes, host_bytes())


def host_bytes() -> int | None:
    """This machine's memory; None where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None
