"""Which files a checkpoint consists of, and its tensors one at a time.

Recognised: the published folder, an ``*.index.json`` with its shards, one ``.safetensors``, one torch file
(``.pth``/``.pt``/``.bin``) and one ``.gguf``. Source of the layout: Wan-Move 27409be and its model page.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import torch

from ..errors import WanMoveError, plural
from .headers import TensorInfo, load_torch, read_infos, require_file
from .names import CLIP_NAME, CONFIG_NAME, INDEX_NAME, SINGLE_NAME, TOKENIZER_FOLDER, UMT5_NAME, VAE_NAME

__all__ = [
    "CLIP_NAME", "CONFIG_NAME", "INDEX_NAME", "PREFIXES", "SHARD", "SINGLE_NAME", "TOKENIZER_FOLDER", "UMT5_NAME",
    "VAE_NAME", "Layout", "LayoutKind", "find_layout", "iter_tensors", "read_tensors", "some",
]  # fmt: skip

LayoutKind = Literal["sharded", "safetensors", "torch", "gguf"]

PREFIXES = ("model.diffusion_model.", "diffusion_model.", "model.model.", "net.", "model.")
"""What savers put before the network's own names; longest match first."""

_KINDS: dict[str, LayoutKind] = {
    ".safetensors": "safetensors",
    ".sft": "safetensors",
    ".pth": "torch",
    ".pt": "torch",
    ".bin": "torch",
    ".ckpt": "torch",
    ".gguf": "gguf",
}
SHARD = re.compile(r"-\d{5}-of-\d{5}\.(?:safetensors|sft)$")
"""How the names of shards end."""

_MAX_JSON_BYTES = 16 * 2**20
_NAMES_SHOWN = 6
_NAME_SHOWN = 120


def some(names: Any, limit: int = _NAMES_SHOWN) -> str:
    """``a, b, c and 7 more``: a list that stays readable in an error."""
    names = [str(name) if len(str(name)) <= _NAME_SHOWN else f"{str(name)[:_NAME_SHOWN]}..." for name in names]
    shown = ", ".join(names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"


@dataclass(frozen=True)
class Layout:
    """A checkpoint's files.

    ``path`` is what the user named, ``folder`` the folder that the files lie in, ``files`` the weight files in order,
    ``index`` name -> file of an index.json (None without one), ``config`` the folder's config.json ({} without one).
    """

    path: Path
    kind: LayoutKind
    folder: Path
    files: tuple[Path, ...]
    index: dict[str, str] | None = None
    config: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def _read(self) -> tuple[dict[str, TensorInfo], dict[str, str]]:
        infos: dict[str, TensorInfo] = {}
        metadata: dict[str, str] = {}
        for file in self.files:
            part, part_metadata = read_infos(file)
            twice = infos.keys() & part.keys()
            if twice:
                raise WanMoveError(
                    where=self.path.name,
                    what=f"{some(sorted(twice))} stand in more than one shard",
                    fix="download the folder again, into an empty place",
                )
            infos.update(part)
            metadata.update(part_metadata)
        if self.index is not None:
            absent = [name for name in self.index if name not in infos]
            if absent:
                raise WanMoveError(
                    where=self.path.name,
                    what=f"the index lists {some(absent)}, which no shard holds",
                    fix="download the shards again: index and shards are of different versions",
                )
        return infos, metadata

    @property
    def raw_infos(self) -> dict[str, TensorInfo]:
        """Every stored name, as stored -> TensorInfo. Reads headers only; the result is kept."""
        return self._read[0]

    @property
    def metadata(self) -> dict[str, str]:
        """The safetensors metadata of all files, merged."""
        return self._read[1]

    @cached_property
    def prefix(self) -> str:
        """What stands before the network's own names ("" in published files)."""
        return find_prefix(self.raw_infos)

    @cached_property
    def infos(self) -> dict[str, TensorInfo]:
        """Published name -> TensorInfo; what stands outside the prefix (a VAE in the same file, ...) is left out."""
        cut = len(self.prefix)
        return {name[cut:]: info for name, info in self.raw_infos.items() if name.startswith(self.prefix)}

    def stored_name(self, name: str) -> str:
        """What the file calls the published tensor ``name``."""
        return self.prefix + name

    @property
    def size_bytes(self) -> int:
        return sum(file.stat().st_size for file in self.files)


def find_prefix(names: Any) -> str:
    """The prefix of PREFIXES that the network's names carry in ``names``, "" when they carry none."""
    names = set(names)
    for marker in ("head.modulation", "patch_embedding.weight"):
        if marker in names:
            return ""
        for prefix in PREFIXES:
            if prefix + marker in names:
                return prefix
    return ""


def find_layout(path: str | Path) -> Layout:
    """Recognise what ``path`` is: a folder, an index.json or one weight file.

    Raises: WanMoveError when nothing is there, a folder holds no or several checkpoints, a shard is missing, or the
    ending is unknown. Reads no tensor.
    """
    path = Path(path)
    if path.is_dir():
        return _from_folder(path)
    if path.name.endswith(".index.json"):
        return _from_index(path, path)
    kind = _KINDS.get(path.suffix.lower())
    if not path.exists():
        raise WanMoveError(where=path.name or str(path), what=f"{path} is not there", fix="correct the path")
    if kind is None:
        raise WanMoveError(
            where=path.name,
            what=f"unknown ending {path.suffix!r}",
            fix=f"give the published folder, an index.json, or a file ending in {', '.join(_KINDS)}",
        )
    require_file(path)
    if SHARD.search(path.name):
        raise WanMoveError(
            where=path.name,
            what="this is one shard of a checkpoint, and nothing says which tensors the others hold",
            fix=f"give the folder with all shards and {INDEX_NAME}",
        )
    # A single published-style file may lie in a folder of many models: only its own metadata speaks for it, unless it
    # carries the published name.
    config = _read_config(path.parent) if path.name == SINGLE_NAME else {}
    return Layout(path, kind, path.parent, (path,), None, config)


def _from_folder(folder: Path) -> Layout:
    index = folder / INDEX_NAME
    if not index.is_file():
        found = sorted(folder.glob("*.safetensors.index.json"))
        if len(found) > 1:
            raise WanMoveError(
                where=folder.name, what=f"several indexes: {some(f.name for f in found)}", fix="give one of them"
            )
        index = found[0] if found else index
    if index.is_file():
        return _from_index(index, folder)
    files = sorted(f for f in folder.iterdir() if f.suffix.lower() in (".safetensors", ".sft"))
    if len(files) == 1:
        return Layout(folder, "safetensors", folder, (files[0],), None, _read_config(folder))
    if any("-of-" in f.name for f in files):
        raise WanMoveError(
            where=folder.name,
            what=f"{len(files)} shards but no {INDEX_NAME}",
            fix="download the index too: it says which shard holds what",
        )
    raise WanMoveError(
        where=folder.name,
        what=f"{plural(len(files), 'safetensors file')} and no {INDEX_NAME}",
        fix="give the published folder (with its index.json), or one file",
    )


def _from_index(index: Path, path: Path) -> Layout:
    require_file(index)
    weight_map = _read_json(index).get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        raise WanMoveError(where=index.name, what="no weight_map in it", fix="download the index again")
    shards = sorted({str(name) for name in weight_map.values()})
    outside = [name for name in shards if Path(name).name != name or name in ("", ".", "..") or "\\" in name]
    if outside:
        raise WanMoveError(
            where=index.name,
            what=f"it names files outside its own folder: {some(outside)}",
            fix="download the index from the model's own page",
        )
    absent = [name for name in shards if not (index.parent / name).is_file()]
    if absent:
        raise WanMoveError(
            where=index.name,
            what=f"{len(absent)} of {len(shards)} shards missing: {some(absent)}",
            fix="download them into the same folder",
        )
    files = tuple(index.parent / name for name in shards)
    names = {str(name): str(file) for name, file in weight_map.items()}
    return Layout(path, "sharded", index.parent, files, names, _read_config(index.parent))


def _read_config(folder: Path) -> dict[str, Any]:
    file = folder / CONFIG_NAME
    return _read_json(file) if file.is_file() else {}


def _read_json(file: Path) -> dict[str, Any]:
    if file.stat().st_size > _MAX_JSON_BYTES:
        raise WanMoveError(where=file.name, what="larger than any such file is", fix="download it again")
    try:
        value = json.loads(file.read_text(encoding="utf-8"), parse_constant=_refuse_number, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise WanMoveError(where=file.name, what=f"not JSON ({error})", fix="download it again") from error
    if not isinstance(value, dict):
        raise WanMoveError(where=file.name, what="not a JSON object", fix="download it again")
    return value


def _finite(digits: str) -> float:
    value = float(digits)
    return value if math.isfinite(value) else _refuse_number(digits)


def _refuse_number(digits: str) -> float:
    raise ValueError(f"{digits[:40]} is no finite number")


def iter_file(path: Path) -> Iterator[tuple[str, torch.Tensor]]:
    """(stored name, tensor) of one weight file, one at a time; memory-mapped, so that only what is touched is read.

    Raises: WanMoveError for GGUF, whose blocks are not tensors.
    """
    kind = _KINDS.get(path.suffix.lower())
    if kind == "gguf":
        raise WanMoveError(
            where=path.name,
            what="a GGUF file holds quantised blocks, not tensors",
            fix="use it with a GGUF loader, or start from the published folder",
        )
    if kind == "safetensors":
        with _safetensors(path) as stream:
            for name in list(stream.keys()):
                yield name, stream.get_tensor(name)
        return
    yield from load_torch(path).items()


@contextmanager
def _safetensors(path: Path) -> Iterator[Any]:
    """The file open for reading tensors. Raises: WanMoveError for what the format's own reader refuses."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), framework="pt", device="cpu") as stream:
            yield stream
    except SafetensorError as error:
        raise WanMoveError(
            where=path.name, what=f"a damaged safetensors file ({error})", fix="download the file again"
        ) from error


def iter_tensors(source: Layout | str | Path) -> Iterator[tuple[str, torch.Tensor]]:
    """(published name, tensor) of a whole checkpoint, file by file, prefixes stripped.

    Tensors are views of memory-mapped files: holding one at a time keeps the process at one tensor's size. Do not write
    to them. Files of other networks (text and image encoder) have no such prefix and pass unchanged.
    """
    layout = source if isinstance(source, Layout) else find_layout(source)
    cut = len(layout.prefix)
    for file in layout.files:
        for name, tensor in iter_file(file):
            if name.startswith(layout.prefix):
                yield name[cut:], tensor


def read_tensors(layout: Layout, names: Sequence[str]) -> dict[str, torch.Tensor]:
    """The tensors of these published names only, in the order of the names."""
    found: dict[str, torch.Tensor] = {}
    by_file: dict[Path, list[str]] = {}
    for name in names:
        by_file.setdefault(layout.infos[name].file, []).append(name)
    for file, wanted in by_file.items():
        if _KINDS.get(file.suffix.lower()) == "safetensors":
            with _safetensors(file) as stream:
                found.update({name: stream.get_tensor(layout.stored_name(name)) for name in wanted})
        else:
            stored = dict(iter_file(file))
            found.update({name: stored[layout.stored_name(name)] for name in wanted})
    return {name: found[name] for name in names}
