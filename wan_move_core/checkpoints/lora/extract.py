"""Wan-Move minus the model that it was trained from, as a LoRA file: layer by layer, resumable, with its errors."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from ...errors import WanMoveError
from ..convert import ProgressCall, check_disk, check_target
from ..fp8 import Scratch
from ..shapes import expected_shapes
from ..stream import Entry, StreamedFile
from .factors import low_rank, squared_norm, squared_residual
from .names import block_of, diff_key, factor_keys, is_image_branch, kind_of
from .source import TRAINED_FROM, Source, require_same_shapes

RANKS = (1, 256)
DTYPES = {"fp16": torch.float16, "bf16": torch.bfloat16, "fp32": torch.float32}

MOST_CHANGE = 0.5
"""||model - base|| / ||base|| of a matrix that training can bring about. Unrelated models differ by 1.4."""

_VERSION = 1


@dataclass(frozen=True)
class LayerReport:
    """One tensor of the network. ``rank`` is 0 where the difference is stored as it is; ``change`` is the difference
    beside the base's own size; ``error`` what the file lacks of the difference, as a share of it (0 to 1)."""

    name: str
    shape: tuple[int, ...]
    rank: int
    change: float
    error: float
    squared: tuple[float, float, float]
    """||base||^2, ||difference||^2, ||what is lacking||^2, to be added up over layers."""


@dataclass(frozen=True)
class ExtractionReport:
    """What an extraction did: settings, every layer, and whether an earlier run was continued."""

    target: Path
    model: str
    base: str
    rank: int
    dtype: str
    left_out: tuple[int, ...]
    layers: tuple[LayerReport, ...]
    bytes_after: int
    resumed: int
    restarted: bool

    def total(self, kind: str | None = None) -> tuple[float, float]:
        """(change, error) of all layers together, or of one kind's (see ``names.kind_of``)."""
        rows = [row.squared for row in self.layers if kind is None or kind_of(row.name) == kind]
        base, diff, lacking = (math.fsum(row[i] for row in rows) for i in range(3))
        return _ratio(diff, base), _ratio(lacking, diff)

    def to_dict(self) -> dict[str, object]:
        change, error = self.total()
        layers = [{k: v for k, v in asdict(row).items() if k != "squared"} for row in self.layers]
        return {
            "file": self.target.name, "model": self.model, "base": self.base, "rank": self.rank, "dtype": self.dtype,
            "left_out_blocks": list(self.left_out), "bytes": self.bytes_after, "change": change, "error": error,
            "layers": layers,
        }  # fmt: skip


def extract_lora(
    model: str | Path,
    base: str | Path,
    target: str | Path,
    rank: int = 64,
    *,
    dtype: str = "fp16",
    leave_out: Sequence[int] = (),
    image_branch: bool = True,
    force: bool = False,
    progress: ProgressCall | None = None,
) -> ExtractionReport:
    """Write ``model`` minus ``base`` as a LoRA with the names that ComfyUI and diffusers read.

    Matrices become two factors of at most ``rank``; biases, norms, modulation and the patch convolution are stored as
    they differ. Differences, products and factors are float32; only what is stored is rounded to ``dtype``.

    Args:
        model: Wan-Move; base: Wan2.1-I2V-14B-480P. Either: see ``Source``.
        rank: 1 to 256, such as 16 (small) to 256 (close).
        leave_out: blocks whose differences are left out.
        image_branch: False leaves out the layers of the image features, which the networks of Wan2.2 lack.
        progress: see ``convert.ProgressCall``.

    One layer is held at a time, and a buffer of 16 MiB. A killed run leaves ``target.partial`` and ``target.journal``;
    the same call goes on from them to the same bytes, and starts anew when inputs or settings have changed.

    Raises: WanMoveError for checkpoints that do not belong together, settings out of range, an existing target
        without ``force``, a full disk.
    """
    target = Path(target)
    _check_settings(rank, dtype)
    check_target(target, force)
    ours, theirs = Source(model, "model"), Source(base, "base")
    _check_files(ours, theirs, target)
    require_same_shapes(ours, theirs)
    _check_blocks(leave_out, ours.shape.num_layers)
    names = [
        name
        for name in expected_shapes(ours.shape)
        if block_of(name) not in leave_out and (image_branch or not is_image_branch(name))
    ]
    stored = DTYPES[dtype]
    entries: dict[str, Entry] = {key: entry for name in names for key, entry in _entries(ours, name, rank, stored)}
    output = StreamedFile(target, entries, _metadata(ours, theirs, rank, leave_out), _plan(ours, theirs, rank))
    check_disk(target, output)
    scratch = Scratch()
    with output:
        resumed = len(output.done)
        for count, name in enumerate(names, start=1):
            if name not in output.done:
                tensors, note = _layer(ours, theirs, name, rank, stored, scratch)
                if _ratio(note[1], note[0]) > MOST_CHANGE and block_of(name) is not None and name.endswith(".weight"):
                    output.discard()
                    raise _not_related(ours, theirs, name, _ratio(note[1], note[0]))
                output.write(name, tensors, note)
            if progress is not None:
                progress(count, len(names), name)
        notes = {name: output.done[name] for name in names}
        if not any(note[1] for note in notes.values()):
            output.discard()
            raise WanMoveError(
                where=f"Extract LoRA / base {theirs.name}",
                what=f"it holds the same numbers as {ours.name}: there is nothing to extract",
                fix=f"give {TRAINED_FROM} as the base and Wan-Move as the model",
            )
        output.finish()
    layers = tuple(_report(ours, name, rank, notes[name]) for name in names)
    return ExtractionReport(
        target, ours.name, theirs.name, rank, dtype, tuple(sorted(leave_out)), layers, target.stat().st_size, resumed,
        output.restarted,
    )  # fmt: skip


def _entries(source: Source, name: str, rank: int, dtype: torch.dtype) -> Iterator[tuple[str, Entry]]:
    shape = source.infos[name].shape
    if not _is_matrix(name, shape):
        yield diff_key(name), (shape, dtype)
        return
    up, down = factor_keys(name)
    least = min(rank, *shape)
    yield down, ((least, shape[1]), dtype)
    yield up, ((shape[0], least), dtype)


def _is_matrix(name: str, shape: tuple[int, ...]) -> bool:
    return name.endswith(".weight") and len(shape) == 2


def _layer(
    ours: Source, theirs: Source, name: str, rank: int, dtype: torch.dtype, scratch: Scratch
) -> tuple[dict[str, torch.Tensor], tuple[float, float, float]]:
    """What the file holds of one tensor, and (||base||^2, ||difference||^2, ||what is lacking||^2)."""
    difference = ours.float32(name, scratch)
    base = theirs.subtract_from(difference, name, scratch)
    size = squared_norm(difference)
    if not math.isfinite(base + size):
        raise WanMoveError(
            where=f"Extract LoRA / {name}",
            what=f"{ours.name} or {theirs.name} holds values there that are not finite",
            fix="download that checkpoint again: it is damaged",
        )
    if not _is_matrix(name, tuple(difference.shape)):
        kept = _rounded(difference, name, dtype)
        return {diff_key(name): kept}, (base, size, squared_norm(difference - kept.float()))
    # Each layer draws from its own generator: a run that is continued draws what the whole run would have.
    generator = torch.Generator().manual_seed(zlib.crc32(name.encode()))
    up, down = (_rounded(factor, name, dtype) for factor in low_rank(difference, rank, generator))
    keys = factor_keys(name)
    return {keys[0]: up, keys[1]: down}, (base, size, squared_residual(difference, up, down))


def _rounded(tensor: torch.Tensor, name: str, dtype: torch.dtype) -> torch.Tensor:
    rounded = tensor.to(dtype)
    if not bool(torch.isfinite(rounded).all()):
        raise WanMoveError(
            where=f"Extract LoRA / {name}",
            what="the difference is beyond what fp16 can express (65504)",
            fix="extract with --dtype bf16",
        )
    return rounded


def _report(source: Source, name: str, rank: int, note: Sequence[float]) -> LayerReport:
    shape = source.infos[name].shape
    base, diff, lacking = note
    least = min(rank, *shape) if _is_matrix(name, shape) else 0
    return LayerReport(name, shape, least, _ratio(diff, base), _ratio(lacking, diff), (base, diff, lacking))


def _ratio(over: float, under: float) -> float:
    return math.sqrt(over / under) if under else (0.0 if not over else math.inf)


def _plan(ours: Source, theirs: Source, rank: int) -> dict[str, object]:
    inputs = [
        [[file.name, (stat := file.stat()).st_size, stat.st_mtime_ns] for file in source.layout.files]
        for source in (ours, theirs)
    ]
    return {"inputs": inputs, "rank": rank, "version": _VERSION}


def _metadata(ours: Source, theirs: Source, rank: int, leave_out: Sequence[int]) -> dict[str, str]:
    told = {"model": ours.name, "base": theirs.name, "rank": rank, "left_out_blocks": sorted(leave_out)}
    return {"format": "pt", "wan_move_extracted": json.dumps(told)}


def _check_settings(rank: int, dtype: str) -> None:
    if not RANKS[0] <= rank <= RANKS[1]:
        raise WanMoveError(
            where="Extract LoRA / rank", what=f"rank {rank}", fix=f"use {RANKS[0]} to {RANKS[1]}, such as 64"
        )
    if dtype not in DTYPES:
        raise WanMoveError(
            where="Extract LoRA / dtype", what=f"unknown precision {dtype!r}", fix=f"use {', '.join(DTYPES)}"
        )


def _check_files(ours: Source, theirs: Source, target: Path) -> None:
    files = {role: {f.resolve() for f in source.layout.files} for role, source in (("m", ours), ("b", theirs))}
    if files["m"] & files["b"]:
        raise WanMoveError(
            where="Extract LoRA / base",
            what="model and base are the same files",
            fix=f"give {TRAINED_FROM} as the base and Wan-Move as the model",
        )
    if target.resolve() in files["m"] | files["b"]:
        raise WanMoveError(where=target.name, what="the output is one of the inputs", fix="choose another name")


def _check_blocks(leave_out: Sequence[int], count: int) -> None:
    wrong = [block for block in leave_out if not 0 <= block < count]
    if wrong or len(set(leave_out)) == count:
        what = f"there is no block {wrong[0]}: they are 0 to {count - 1}" if wrong else "every block is left out"
        raise WanMoveError(
            where="Extract LoRA / leave out", what=what, fix="name some of the blocks, such as 0,1,38-39"
        )


def _not_related(ours: Source, theirs: Source, name: str, change: float) -> WanMoveError:
    return WanMoveError(
        where=f"Extract LoRA / base {theirs.name}",
        what=f"{name} differs from {ours.name}'s by {change:.0%} of its own size: one was never trained from the other",
        fix=f"give {TRAINED_FROM}, the model that Wan-Move was trained from",
    )
