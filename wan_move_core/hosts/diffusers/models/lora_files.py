"""The LoRAs that cases ask for, looked at by their headers before anything is loaded."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path

from ....checkpoints.fp8 import is_quantised_name
from ....checkpoints.layout import find_layout
from ....checkpoints.lora.asked import Lora
from ....checkpoints.lora.read import LoraFile, Placed, read_lora
from ....checkpoints.shapes import NetworkShape
from ....errors import WanMoveError
from ....generate.cases import Case


def require_peft() -> None:
    """Raises: WanMoveError where diffusers has nothing to load LoRAs with."""
    if importlib.util.find_spec("peft") is None:
        raise WanMoveError(
            where="Generate / --lora",
            what="diffusers loads LoRAs with peft, which is not installed",
            fix="pip install 'wan-move[standalone]', or pip install peft",
        )


def placed_loras(loras: Sequence[Lora], shapes: Sequence[NetworkShape], storages: Sequence[str]) -> list[list[Placed]]:
    """For each network the LoRAs that count there, looked at by their headers; those of strength 0 do not.

    ``storages``: how each network holds its matrices: ``plain``, ``fp8`` or ``gguf``.

    Raises: WanMoveError for files that cannot be read, are of another network, or change what is quantised as a whole.
    """
    if loras:
        require_peft()
    placed: list[list[Placed]] = []
    for number, (shape, storage) in enumerate(zip(shapes, storages, strict=True)):
        own = [Placed(read_lora(lora.path, shape), lora.strengths[number]) for lora in loras]
        own = [one for one in own if one.strength]
        for one in own:
            _require_plain(one.file, storage)
        placed.append(own)
    return placed


def _require_plain(file: LoraFile, storage: str) -> None:
    whole = [name for name in file.diffs if is_quantised_name(name)]
    if storage != "plain" and whole:
        raise WanMoveError(
            where=f"LoRA {file.path.name}",
            what=f"it changes {whole[0]} as a whole, which {storage} storage holds quantised",
            fix="use --storage plain with a network of full precision, or a LoRA of factors alone",
        )


class AskedLoras:
    """``of(case)``: for each network the LoRAs of the case; every choice of them is looked at once.

    Args:
        shapes, paths: of the networks. storage: how they hold their matrices. shared: whether several processes share
            out their weights.
    """

    def __init__(self, shapes: Sequence[NetworkShape], paths: Sequence[Path], storage: str, shared: bool) -> None:
        self._shapes, self._paths, self._storage, self._shared = shapes, paths, storage, shared
        self._found: dict[tuple[str, ...], list[list[Placed]]] = {}

    def of(self, case: Case) -> list[list[Placed]]:
        """Raises: WanMoveError for what cannot be put on the networks."""
        if case.loras not in self._found:
            if case.loras and self._shared:
                raise WanMoveError(
                    where="Generate / --lora",
                    what="LoRAs beside --dit_fsdp, which shares out the weights that they change",
                    fix="leave --dit_fsdp out, or give a network that has the LoRA in it (--transformer)",
                )
            storages = ["gguf" if find_layout(path).kind == "gguf" else self._storage for path in self._paths]
            self._found[case.loras] = placed_loras(case.lora_files(), self._shapes, storages)
        return self._found[case.loras]
