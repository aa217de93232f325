"""A published folder or single file -> one safetensors in another precision, streaming and resumable."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from ..errors import WanMoveError
from .fp8 import (
    FLOAT8_DTYPES,
    FP8,
    LEGACY_MARKER,
    METADATA_KEY,
    Fp8Form,
    Scratch,
    dequantise,
    find_form,
    is_quantised_name,
    layer_config,
    legacy_marker,
    quantise,
    read_scales,
    squared_error,
)
from .layout import Layout, find_layout, iter_tensors
from .names import TARGET_NAMES
from .shapes import check_network, host_metadata, network_names
from .stream import Entry, StreamedFile, tensor_bytes

_DTYPES = (torch.bfloat16, torch.float16, torch.float32, torch.bfloat16, torch.bfloat16)
TARGETS: dict[str, torch.dtype] = dict(zip(TARGET_NAMES, _DTYPES, strict=True))
"""What ``--to`` takes -> the dtype of the tensors that are not stored in fp8."""

_SPARE_BYTES = 64 * 2**20
_MARKER_UNIT = "(marker)"

ProgressCall = Callable[[int, int, str], None]
"""Called with (tensors done, tensors in all, name); raise from it to stop (the next run continues)."""


@dataclass(frozen=True)
class ConversionReport:
    """What a conversion did. ``relative_error`` is that of all quantised matrices together, None where none were
    rounded; ``worst`` is the layer with the largest, and its error."""

    target: Path
    form_before: Fp8Form
    bytes_before: int
    bytes_after: int
    tensors: int
    resumed: int
    restarted: bool
    relative_error: float | None
    worst: tuple[str, float] | None


def planned_entries(layout: Layout, to: str, full_precision: bool = True) -> dict[str, Entry]:
    """name -> (shape, dtype) of every tensor that the converted file will hold."""
    rest, entries = TARGETS[to], {}
    for name, info in network_names(layout.infos).items():
        quantised = to.startswith("fp8") and is_quantised_name(name)
        entries[name] = (info.shape, FP8 if quantised else rest)
        if not quantised:
            continue
        layer = name.removesuffix(".weight")
        if to == "fp8":
            entries[f"{layer}.weight_scale"] = ((), torch.float32)
            entries[f"{layer}.comfy_quant"] = (tuple(layer_config(full_precision).shape), torch.uint8)
        else:
            entries[f"{layer}.scale_weight"] = ((), torch.float32)
    if to == "fp8-legacy":
        entries[LEGACY_MARKER] = (tuple(legacy_marker(full_precision).shape), FP8)
    return entries


def planned_bytes(layout: Layout, to: str) -> int:
    """Size of the converted file's tensors, in bytes."""
    return sum(tensor_bytes(*entry) for entry in planned_entries(layout, to).values())


def convert(
    source: str | Path,
    target: str | Path,
    to: str,
    *,
    fp8_matmul: bool = False,
    force: bool = False,
    progress: ProgressCall | None = None,
) -> ConversionReport:
    """Convert a checkpoint to one safetensors file with the published names.

    ``to``: bf16, fp16, fp32, fp8 (comfy_quant form) or fp8-legacy (older loaders). Tensors that fp8 leaves alone become
    bfloat16. fp8 layers of the source are multiplied out, or kept digit by digit when the target is fp8 too.
    ``fp8_matmul`` marks the file for products in fp8 on cards that can: faster, and less exact.

    At most one tensor and a 16 MiB buffer are held. A killed run leaves ``target.partial`` and ``target.journal``; the
    same call continues from them after checking what is there, and starts anew when inputs or settings have changed.

    Raises: WanMoveError for a checkpoint that is not Wan-Move's, an existing target without ``force``, a full disk.
    """
    target, full_precision = Path(target), not fp8_matmul
    if to not in TARGETS:
        raise WanMoveError(where="convert / --to", what=f"unknown precision {to!r}", fix=f"use {', '.join(TARGETS)}")
    check_target(target, force)
    layout = find_layout(source)
    if layout.kind == "gguf":
        raise WanMoveError(
            where=layout.path.name, what="GGUF cannot be converted", fix="start from the published folder"
        )
    if target.resolve() in {file.resolve() for file in layout.files}:
        raise WanMoveError(where=target.name, what="the output is one of the inputs", fix="choose another name")
    shape = check_network(layout)
    form = find_form(layout.infos, layout.metadata)
    metadata = {k: v for k, v in host_metadata(layout, shape).items() if k != METADATA_KEY}
    metadata.setdefault("format", "pt")
    entries = planned_entries(layout, to, full_precision)
    inputs = [[file.name, (stat := file.stat()).st_size, stat.st_mtime_ns] for file in layout.files]
    output = StreamedFile(target, entries, metadata, {"inputs": inputs, "to": to, "full_precision": full_precision})
    check_disk(target, output)
    worker = _Worker(to, full_precision, read_scales(layout))
    wanted = network_names(layout.infos)
    with output:
        resumed, done = len(output.done), 0
        for name, tensor in iter_tensors(layout):
            if name not in wanted:
                continue
            if name not in output.done:
                output.write(name, *worker.convert(name, tensor))
            done += 1
            if progress is not None:
                progress(done, len(wanted), name)
        if LEGACY_MARKER in entries and _MARKER_UNIT not in output.done:
            output.write(_MARKER_UNIT, {LEGACY_MARKER: legacy_marker(full_precision)})
        notes = {name: note for name, note in output.done.items() if note}
        output.finish()
    total, worst = _errors(notes)
    return ConversionReport(
        target, form, layout.size_bytes, target.stat().st_size, len(wanted), resumed, output.restarted, total, worst
    )


class _Worker:
    """Turns one stored tensor into what the target holds for it, and the note of its rounding error."""

    def __init__(self, to: str, full_precision: bool, scales: dict[str, torch.Tensor]) -> None:
        self.to, self.rest, self.scales = to, TARGETS[to], scales
        self.config = layer_config(full_precision)
        self.scratch = Scratch()

    def convert(self, name: str, tensor: torch.Tensor) -> tuple[dict[str, torch.Tensor], list[float] | None]:
        layer = name.removesuffix(".weight")
        scale = self.scales.get(layer) if tensor.dtype in FLOAT8_DTYPES else None
        if not (self.to.startswith("fp8") and is_quantised_name(name)):
            if tensor.dtype in FLOAT8_DTYPES:
                tensor = dequantise(tensor, torch.ones(()) if scale is None else scale, self.rest, self.scratch)
            return {name: _cast(name, tensor, self.rest)}, None
        note = None
        if tensor.dtype != FP8:
            if scale is not None:
                tensor = dequantise(tensor, scale, torch.float32, self.scratch)
            stored, scale = quantise(tensor, self.scratch, name)
            note = list(squared_error(tensor, stored, scale, self.scratch))
        else:
            stored, scale = tensor, torch.ones(()) if scale is None else scale
        scale = scale.to(torch.float32).reshape(())
        if self.to == "fp8":
            return {name: stored, f"{layer}.weight_scale": scale, f"{layer}.comfy_quant": self.config}, note
        return {name: stored, f"{layer}.scale_weight": scale}, note


def _cast(name: str, tensor: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    cast = tensor.to(dtype)
    if dtype == torch.float16 and not bool(torch.isfinite(cast).all()):
        raise WanMoveError(
            where=name, what="it holds values beyond what fp16 can express (65504)", fix="convert to bf16 instead"
        )
    return cast


def check_target(target: Path, force: bool) -> None:
    """Raise: WanMoveError where ``target`` cannot be the file to write, or exists without ``force``."""
    if target.suffix.lower() != ".safetensors":
        raise WanMoveError(
            where=target.name, what="the output's name must end in .safetensors", fix="name it like model.safetensors"
        )
    if not target.parent.is_dir():
        raise WanMoveError(where=str(target.parent), what="no such folder", fix="make it first")
    if target.exists() and not force:
        raise WanMoveError(
            where=target.name, what="it exists already", fix="choose another name, or overwrite it with --force"
        )


def check_disk(target: Path, output: StreamedFile) -> None:
    """Raise: WanMoveError where the disk has no room for what is still to be written."""
    held = 0
    if output.partial.exists():
        stat = output.partial.stat()
        held = min(getattr(stat, "st_blocks", 0) * 512, output.size_bytes)
    free = shutil.disk_usage(target.parent).free
    needed = output.size_bytes - held
    if free < needed + _SPARE_BYTES:
        raise WanMoveError(
            where=str(target.parent),
            what=f"{free / 1e9:.1f} GB free, {needed / 1e9:.1f} GB needed",
            fix="free some space, or write to another disk",
        )


def _errors(notes: dict[str, list[float]]) -> tuple[float | None, tuple[str, float] | None]:
    if not notes:
        return None, None
    each = {name: math.sqrt(error / norm) if norm else 0.0 for name, (error, norm) in notes.items()}
    norm = sum(norm for _, norm in notes.values())
    worst = max(each, key=lambda name: each[name])
    return math.sqrt(sum(error for error, _ in notes.values()) / norm) if norm else 0.0, (worst, each[worst])
