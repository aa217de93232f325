"""What the encoders make of a run's texts and pictures, made once for all processes of a machine.

Whoever may get any case needs the text of every case, and the text encoder takes seconds for each on a CPU. So each
process begins at another place of the list, skips what is there already, and reads from the folder what it needs.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import torch


class Encoded(dict[Any, torch.Tensor]):
    """Key -> tensor, in memory: of a process alone."""

    def absent(self, keys: Iterable[Any]) -> Iterator[Any]:
        """Those of ``keys`` that are not there when their turn comes."""
        return (key for key in keys if key not in self)


class SharedEncoded(Encoded):
    """Key -> tensor [..., rows, width], in ``folder``. ``share``: where in the list this process begins, 0 to 1."""

    def __init__(self, folder: Path, share: float) -> None:
        super().__init__()
        self.folder, self.share = folder, share

    def absent(self, keys: Iterable[Any]) -> Iterator[Any]:
        keys = list(keys)
        first = int(len(keys) * self.share)
        return super().absent([*keys[first:], *keys[:first]])

    def __contains__(self, key: object) -> bool:
        return self._path(key).is_file()

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

    def __getitem__(self, key: Any) -> torch.Tensor:
        from safetensors.torch import load_file

        if key not in self:
            raise KeyError(key)
        kept = load_file(self._path(key))
        used = kept["used"]
        return torch.nn.functional.pad(used, (0, 0, 0, int(kept["rows"]) - used.shape[-2]))

    def get(self, key: Any, default: Any = None) -> Any:
        try:
            return self[key]
        except KeyError:
            return default

    def _path(self, key: object) -> Path:
        return self.folder / f"{hashlib.sha256(repr(key).encode()).hexdigest()[:32]}.safetensors"
