"""What the encoders make of a run's texts and pictures, made once for all processes of a machine.

Whoever may get any case needs the text of every case, and the text encoder takes seconds for each on a CPU. So each
process begins at another place of the list, skips what is there already, and reads from the folder what it needs.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, MutableMapping
from pathlib import Path
from typing import Any

import torch


class Encoded(MutableMapping[Any, torch.Tensor]):
    """Key -> tensor, in memory: of a process alone."""

    def __init__(self) -> None:
        self._held: dict[Any, torch.Tensor] = {}

    def absent(self, keys: Iterable[Any]) -> Iterator[Any]:
        """Those of ``keys`` that are not there when their turn comes."""
        return (key for key in keys if key not in self)

    def __getitem__(self, key: Any) -> torch.Tensor:
        return self._held[key]

    def __setitem__(self, key: Any, tensor: torch.Tensor) -> None:
        self._held[key] = tensor

    def __delitem__(self, key: Any) -> None:
        del self._held[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)


class SharedEncoded(MutableMapping[Any, torch.Tensor]):
    """Key -> tensor [..., rows, width], in ``folder``. ``share``: where in the list this process begins, 0 to 1.

    Every way in and out goes through the folder. The files' names are digests, so that a key is found by asking for
    it; its keys are those that this process has asked for or put there, as far as they are there.
    """

    def __init__(self, folder: Path, share: float) -> None:
        self.folder, self.share = folder, share
        self._known: dict[Any, None] = {}

    def absent(self, keys: Iterable[Any]) -> Iterator[Any]:
        """Those of ``keys`` that are not there when their turn comes, from this process's share of them on."""
        keys = list(keys)
        first = int(len(keys) * self.share)
        return (key for key in [*keys[first:], *keys[:first]] if key not in self)

    def __contains__(self, key: object) -> bool:
        there = self._path(key).is_file()
        if there:
            self._known[key] = None
        return there

    def __setitem__(self, key: Any, tensor: torch.Tensor) -> None:
        from safetensors.torch import save_file

        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        waiting = path.with_name(f"{path.name}.{os.getpid()}.part")
        # Of a text's 512 rows most are zero.
        rows = tensor.reshape(-1, *tensor.shape[-2:]).ne(0).any(-1).any(0).nonzero()
        used = int(rows[-1]) + 1 if len(rows) else 0
        kept = {"used": tensor[..., :used, :].contiguous(), "rows": torch.tensor(tensor.shape[-2])}
        try:
            save_file(kept, waiting)
            waiting.replace(path)
        finally:
            waiting.unlink(missing_ok=True)
        self._known[key] = None

    def __getitem__(self, key: Any) -> torch.Tensor:
        from safetensors.torch import load_file

        if key not in self:
            raise KeyError(key)
        kept = load_file(self._path(key))
        used = kept["used"]
        return torch.nn.functional.pad(used, (0, 0, 0, int(kept["rows"]) - used.shape[-2]))

    def __delitem__(self, key: Any) -> None:
        if key not in self:
            raise KeyError(key)
        self._path(key).unlink(missing_ok=True)
        self._known.pop(key, None)

    def __iter__(self) -> Iterator[Any]:
        return (key for key in list(self._known) if key in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _path(self, key: object) -> Path:
        return self.folder / f"{hashlib.sha256(repr(key).encode()).hexdigest()[:32]}.safetensors"
